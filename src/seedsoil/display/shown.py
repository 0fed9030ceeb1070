"""How every result shows itself: a table, pandas, polars, a chart, a page, a notebook."""

from __future__ import annotations

import base64
import html
import math
import re
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from seedsoil.display.words import whole
from seedsoil.errors import as_path

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    import pandas as pd
    import polars as pl
    import pyarrow as pa


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

    Every result also has `to_pandas()`, `to_polars()`, `export(path)` and `report(path)`, and draws itself
    in a notebook.
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
        from seedsoil._version import __version__
        from seedsoil.display.page import Figure, page_html
        from seedsoil.storage import write_whole

        figures = [("", Figure(self.chart(), self.sentence, *self.text_rows()))]
        figures += [
            (more.title, Figure(more.chart, more.sentence, *rows_of_table(more.table)))
            for more in self.further()
        ]
        page = page_html(
            "display/templates/result.html", title=self.title, version=__version__, figures=figures
        )
        return write_whole(path, page)

    def export(self, path: str | Path) -> Path:
        """Write the result to `path`, as the ending of its name says, and return the path.

        .csv, .xlsx (Excel) and .parquet: `table()`; .svg, .png and .json (Vega-Lite): `chart()`; .html: the
        page of `report`. It replaces a file that is there. Raises InputError for another ending or a folder
        that does not exist.

        Examples:
            >>> import seedsoil as ss
            >>> survival = ss.simulate(500, seed=1).survival(by="stage")
            >>> survival.export("survival.xlsx").name
            'survival.xlsx'
        """
        from seedsoil.display.export import (
            FORMATS,
            TABLE_FORMATS,
            known_ending,
            save_chart,
            save_table,
        )

        path = as_path("path", path, what="the path of a file, such as 'result.csv'")
        ending = known_ending(path, (*TABLE_FORMATS, *FORMATS), "a result")
        if ending in TABLE_FORMATS:
            return save_table(self.table(), path, self.title)
        return self.report(path) if ending == ".html" else save_chart(self.chart(), path)

    def to_pandas(self) -> pd.DataFrame:
        """`table()` as a pandas DataFrame (pandas must be installed)."""
        return self.table().to_pandas()

    def to_polars(self) -> pl.DataFrame:
        """`table()` as a polars DataFrame (polars must be installed)."""
        import polars as pl

        frame = pl.from_arrow(self.table())
        assert isinstance(frame, pl.DataFrame)
        return frame

    def pictures(self) -> list[tuple[str, dict[str, Any]]]:
        """What a notebook shows: sentences, each with its chart; the first is that of the result."""
        return [(self.sentence, self.chart())]

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """Notebook display: the charts as pictures, each with its sentence under it; else the text.

        Pictures, because they need no JavaScript and no network and survive in a saved notebook. The first
        also goes as SVG and, for what can draw it, as Vega-Lite of the version of its schema.
        """
        del include, exclude
        from seedsoil.display.export import as_svg

        drawn = [(words, chart, as_svg(chart)) for words, chart in self.pictures()]
        _, chart, svg = drawn[0]
        return {
            "text/plain": repr(self),
            "text/html": "".join(_picture(words, picture) for words, _, picture in drawn),
            "image/svg+xml": svg,
            vega_lite_type(chart): chart,
        }


def vega_lite_type(chart: dict[str, Any]) -> str:
    """The mime type of a Vega-Lite chart, by the version that its schema names."""
    version = re.search(r"/vega-lite/v(\d+)", chart["$schema"])
    assert version is not None
    return f"application/vnd.vegalite.v{version[1]}+json"


def _picture(sentence: str, svg: str) -> str:
    picture, words = base64.b64encode(svg.encode()).decode(), html.escape(sentence)
    return (
        f'<figure style="margin:0"><img alt="{words}" style="max-width:100%" '
        f'src="data:image/svg+xml;base64,{picture}"><figcaption>{words}</figcaption></figure>'
    )


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


def text_table(header: list[str], rows: list[list[str]], left: Collection[int] = (0,)) -> str:
    """Rows of text in aligned columns; those in `left` (by number) to the left, the others to the right."""
    widths = [max(len(line[i]) for line in [header, *rows]) for i in range(len(header))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if i in left else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in [header, *rows]
    )
