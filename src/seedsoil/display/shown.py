"""How every result shows itself: a table, pandas, polars, a chart, a notebook."""

from __future__ import annotations

import base64
import html
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa


class Shown(ABC):
    """A result: `table()` holds its numbers, `sentence` says what they show, `chart()` draws them."""

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
