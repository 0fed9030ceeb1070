"""Charts as files: SVG, PNG, HTML, Vega-Lite JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from seedsoil.errors import InputError, nearest
from seedsoil.storage import write_whole

FIXED_WIDTH = 640
FORMATS = (".svg", ".png", ".html", ".json")


def as_svg(chart: dict[str, Any], width: int = FIXED_WIDTH) -> str:
    """The chart (a Vega-Lite specification) drawn as SVG text, `width` pixels wide."""
    import vl_convert

    return str(vl_convert.vegalite_to_svg(json.dumps(_sized(chart, width))))


def save_chart(chart: dict[str, Any], path: str | Path, width: int = FIXED_WIDTH) -> Path:
    """Write the chart as .svg, .png, .html (self-contained) or .json, by the ending of `path`.

    `width` in pixels; HTML takes the width of its window. Raises InputError for another ending or
    a folder that does not exist.
    """
    path = Path(path)
    ending = path.suffix.lower()
    if ending not in FORMATS:
        raise InputError(
            f"{path}: a chart is written as one of {', '.join(FORMATS)}."
            f" {nearest(ending, FORMATS)}".rstrip()
        )
    if ending == ".json":
        return write_whole(path, json.dumps(chart, indent=1))
    if ending == ".svg":
        return write_whole(path, as_svg(chart, width))
    if ending == ".html":
        from seedsoil.display.page import page_html

        return write_whole(path, page_html("display/templates/chart.html", chart=chart))
    import vl_convert

    picture = vl_convert.vegalite_to_png(json.dumps(_sized(chart, width)), scale=2)
    return write_whole(path, bytes(picture))


def _sized(chart: dict[str, Any], width: int) -> dict[str, Any]:
    """A chart that fills its container has none outside a page: give it a width."""
    return {**chart, "width": width} if chart.get("width") == "container" else chart
