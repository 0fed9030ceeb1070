"""Words, theme, curves, shares, pages and export: how numbers are shown. It knows nothing of the disease."""
