"""How every result shows itself: a table, pandas, polars, a chart, a page, a notebook."""

from __future__ import annotations

import base64
import html
import math
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from seedsoil.display.words import whole

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    import polars as pl
    import pyarrow as pa

    from seedsoil.display.page import Figure

TextRows = tuple[list[str], list[list[str]]]
"""A header and rows of text."""


class Further(NamedTuple):
    """Another figure of a result's report: its title, sentence, chart and numbers."""

    title: str
    sentence: str
    chart: dict[str, Any]
    table: pa.Table


class Shown(ABC):
    """A result: `table()` holds its numbers, `sentence` says what they show, `chart()` draws them.

    Every result also has `to_pandas()`, `to_polars()` and `report(path)`, and draws itself in a notebook.
    """

    title: ClassVar[str] = "Result"
    """The title of the result's page."""

    @abstractmethod
    def table(self) -> pa.Table:
        """The numbers as an Arrow table."""

    @abstractmethod
    def chart(self) -> dict[str, Any]:
        """The result drawn, as a Vega-Lite specification."""

    @property
    @abstractmethod
    def sentence(self) -> str:
        """What the result shows, in one or two plain sentences with the numbers."""

    def text_rows(self) -> TextRows:
        """The numbers as the terminal and the page show them: a header and rows of text."""
        return rows_of_table(self.table())

    def further(self) -> list[Further]:
        """What the report shows after the chart; nothing unless a result has more to tell."""
        return []

    def report(self, path: str | Path) -> Path:
        """Write the result as a self-contained HTML page to `path` and return the path.

        The page has the chart, its sentence and its numbers as a table. It replaces a file that is there.
        Raises InputError where the folder of `path` does not exist.
        """
        from seedsoil.display.page import Figure

        figures = [("", Figure(self.chart(), self.sentence, *self.text_rows()))]
        figures += [
            (more.title, Figure(more.chart, more.sentence, *rows_of_table(more.table)))
            for more in self.further()
        ]
        return _write_page(path, self.title, figures)

    def to_pandas(self) -> pd.DataFrame:
        """`table()` as a pandas DataFrame (pandas must be installed)."""
        return self.table().to_pandas()

    def to_polars(self) -> pl.DataFrame:
        """`table()` as a polars DataFrame (polars must be installed)."""
        import polars as pl

        frame = pl.from_arrow(self.table())
        assert isinstance(frame, pl.DataFrame)
        return frame

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """Notebook display: the chart as a picture with the sentence under it; else the text.

        A picture, because it needs no JavaScript and no network and survives in a saved notebook.
        """
        del include, exclude
        from seedsoil.display.export import as_svg

        picture = base64.b64encode(as_svg(self.chart()).encode()).decode()
        words = html.escape(self.sentence)
        figure = (
            f'<figure style="margin:0"><img alt="{words}" style="max-width:100%" '
            f'src="data:image/svg+xml;base64,{picture}"><figcaption>{words}</figcaption></figure>'
        )
        return {"text/plain": repr(self), "text/html": figure}


def _write_page(path: str | Path, title: str, figures: list[tuple[str, Figure]]) -> Path:
    from seedsoil._version import __version__
    from seedsoil.display.page import Page, write_whole

    page = Page()
    page.header(title, f"seedsoil {__version__}.")
    for name, figure in figures:
        page.figure(name, figure)
    return write_whole(path, page.html(f"seedsoil: {title}"))


def rows_of_table(table: pa.Table) -> TextRows:
    """An Arrow table as a header and rows of text; numbers to four significant digits."""
    header = [name.replace("_", " ") for name in table.column_names]
    columns = [[_cell(value) for value in column.to_pylist()] for column in table.columns]
    return header, [list(row) for row in zip(*columns, strict=True)]


def _cell(value: Any) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return whole(value)
    if isinstance(value, float):
        return "∞" if math.isinf(value) else f"{value:.4g}"
    return ", ".join(value) if isinstance(value, list) else str(value)


def text_table(header: list[str], rows: list[list[str]]) -> str:
    """Rows of text in aligned columns: the first to the left, the others to the right."""
    widths = [max(len(line[i]) for line in [header, *rows]) for i in range(len(header))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in [header, *rows]
    )
