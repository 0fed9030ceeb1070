"""Colours, dashes, shapes and fonts of every chart and page.

Colours are those of Okabe and Ito (2008), which the colour-blind tell apart. Because greyscale
print loses them, every group also has its own dash pattern and shape, and lines are named where
they run. `ink` is the colour darkened until it can be read as text on white (contrast >= 4.5).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from seedsoil.vocabulary import N_STAGES, PRESENTATIONS, SITES, STAGES, SUBTYPES, T_STAGES

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
INK = "#1f2933"
QUIET = "#52606d"
GRID = "#e4e7eb"
LABEL_SIZE = 12
SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"


@dataclass(frozen=True)
class Style:
    """How one group is drawn: line colour, text colour, dash pattern (pixels), point shape."""

    colour: str
    ink: str
    dash: tuple[int, ...]
    shape: str


STYLES = (
    Style("#0072b2", "#005a8d", (1, 0), "circle"),
    Style("#e69f00", "#8a5f00", (9, 4), "square"),
    Style("#009e73", "#00704f", (2, 3), "triangle-up"),
    Style("#d55e00", "#a84700", (9, 3, 2, 3), "diamond"),
    Style("#cc79a7", "#96457a", (5, 3), "cross"),
    Style("#56b4e9", "#1f6f9f", (1, 2), "triangle-down"),
)
SINGLE = Style("#0072b2", "#005a8d", (1, 0), "circle")

# Groups keep their style in every chart; others take styles in the order in which they come.
ORDERED = (
    SUBTYPES,
    STAGES,
    PRESENTATIONS,
    SITES,
    T_STAGES,
    N_STAGES,
)

CONFIG: dict[str, Any] = {
    "font": FONT,
    "background": "#ffffff",
    "view": {"stroke": None, "continuousWidth": 640, "discreteWidth": 640},
    "axis": {
        "labelColor": INK,
        "labelFontSize": LABEL_SIZE,
        "titleColor": INK,
        "titleFontSize": LABEL_SIZE,
        "titleFontWeight": "normal",
        "titlePadding": 8,
        "gridColor": GRID,
        "domainColor": QUIET,
        "tickColor": QUIET,
    },
    "legend": {
        "labelColor": INK,
        "labelFontSize": LABEL_SIZE,
        "labelLimit": 300,
        "title": None,
        "orient": "top",
        "columns": 2,
        "symbolSize": 70,
    },
    "text": {"fontSize": LABEL_SIZE, "color": INK},
}


def style_of(group: str, others: list[str]) -> Style:
    """The style of `group` among the groups `others` (itself included) of one chart."""
    for known in ORDERED:
        if group in known:
            return _style(known.index(group))
    return _style(others.index(group)) if len(others) > 1 else SINGLE


def _style(k: int) -> Style:
    """The kth style; past the last the colours come again, each with the dash and shape of another."""
    first, other = (STYLES[i % len(STYLES)] for i in (k, k + k // len(STYLES)))
    return Style(first.colour, first.ink, other.dash, other.shape)


def finished(chart: dict[str, Any], description: str) -> dict[str, Any]:
    """The chart with schema, theme, width of its container and description for screen readers."""
    return {
        "$schema": SCHEMA,
        "description": description,
        "width": "container",
        "autosize": {"type": "fit-x", "contains": "padding"},
        "config": CONFIG,
        **chart,
    }


def short(value: float, digits: int = 5) -> float:
    """The number with `digits` significant digits: enough for a screen, and small in a page."""
    return float(f"{value:.{digits}g}")
