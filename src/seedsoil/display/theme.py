"""Colours, dashes, shapes and fonts of every chart and page.

Colours are those of Okabe and Ito (2008), which the colour-blind tell apart. Because greyscale
print loses them, every group also has its own dash pattern and shape, and lines are named where
they run. `ink` is the colour darkened until it can be read as text on white (contrast >= 4.5).
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seedsoil.vocabulary import N_STAGES, PRESENTATIONS, SITES, STAGES, SUBTYPES, T_STAGES

if TYPE_CHECKING:
    from collections.abc import Sequence

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
INK = "#1f2933"
QUIET = "#52606d"
GRID = "#e4e7eb"
PAPER = "#ffffff"
ON_DARK, ON_LIGHT = "#ffffff", "#1b242d"
"""Words inside a shaded part of a chart: by night, too, they keep their colour."""
DARK = "#1f2a34"
"""The darkest part of a bar; not INK, which turns light by night."""
LABEL_SIZE = 12
LETTER = 6.3
"""Mean width of a letter of a label, in pixels."""
NARROWEST = 340.0
"""Pixels that a chart has on a telephone."""
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
# What a dark screen shows instead: (words and lines, fills of shapes). The contrast with the page is 4.5 or
# more for words and 3 for shapes.
NIGHT = {
    INK: "#dde4ea",
    QUIET: "#9fadb9",
    GRID: "#2c3741",
    "#005a8d": "#6bb8ea",
    "#8a5f00": "#f0b840",
    "#00704f": "#3cc9a0",
    "#a84700": "#f08a4b",
    "#96457a": "#e0a0c6",
    "#1f6f9f": "#8fd0f5",
}
NIGHT_SHAPES = {PAPER: "var(--paper)", DARK: "#6b7a88", "#0072b2": "#2f8fd0", "#08306b": "#2a5f9e"}
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
    "background": PAPER,
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
        **_titles_broken(chart),
    }


def _titles_broken(part: Any) -> Any:
    """The chart with the titles of its horizontal axes in lines short enough for a telephone."""
    if isinstance(part, list):
        return [_titles_broken(one) for one in part]
    if not isinstance(part, dict) or "values" in part:
        return part
    return {
        key: {**value, "title": broken(value["title"])}
        if key == "x" and isinstance(value, dict) and isinstance(value.get("title"), str)
        else _titles_broken(value)
        for key, value in part.items()
    }


def broken(words: str) -> str | list[str]:
    """Words as they are, or in lines of like length where they are too long for the chart of a telephone."""
    if len(words) <= 40:
        return words
    lines = -(-len(words) // 34)
    return textwrap.wrap(words, -(-len(words) // lines) + 5)


def key_columns(names: Sequence[str], beside: float = 0.0) -> int:
    """In how many columns a key of these names fits a telephone, where `beside` pixels are taken."""
    for columns in range(len(names), 1, -1):
        widths = [max(map(len, names[i::columns])) for i in range(columns)]
        if sum(26.0 + LETTER * width for width in widths) <= NARROWEST - beside:
            return columns
    return 1


def beside(names: Sequence[str]) -> float:
    """Pixels that an axis of names takes."""
    return 16.0 + LETTER * max(map(len, names), default=0)


def short(value: float, digits: int = 5) -> float:
    """The number with `digits` significant digits: enough for a screen, and small in a page."""
    return float(f"{value:.{digits}g}")
