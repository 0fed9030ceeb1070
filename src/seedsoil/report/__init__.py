"""Charts, pages and timelines: how results are shown to people."""
