"""The frame of every sheet: title, units, what it is for, widths, frozen panes and how it prints.

Cells are addressed by row and column from 0. What may be edited has a style of its own. Every formula is
written together with the value that Python finds, so that a reader that does not calculate shows it too.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from seedsoil.display.workbook import cell_text

if TYPE_CHECKING:
    from collections.abc import Collection

RESEARCH = (
    "A research and teaching tool: means of simulated women, never advice for one person. "
    "Cells with a yellow ground are inputs and may be edited; others follow, or say not."
)
OTHER_GROUP, OTHER_PRICES, OTHER_RATES, OTHER_THRESHOLD, OTHER_UTILITIES, WRITTEN_UTILITIES = (
    "changed_group", "changed_prices", "changed_rates", "changed_threshold", "changed_utilities",
    "changed_utilities_of_the_model",
)  # fmt: skip
"""Names of the numbers of inputs that were changed, by kind; the last are of cells that are no inputs."""
Stay = tuple[Sequence[str], str]
"""Names of changes, and what of a sheet does not follow them."""
FIXED_PRICES = "changed_prices_that_draws_cannot_follow"
DRAWS_STAY: Stay = (
    (OTHER_GROUP, FIXED_PRICES),
    "draws are of all women, and of these prices as drawn. Evaluate again, with --by, for draws of a group.",
)
"""What no draw follows."""
FIRST = 4
"""The row under the lines that each sheet begins with."""
_NUMBERS = {
    "text": None,
    "wrapped": None,
    "whole": "#,##0",
    "money": "#,##0.00",
    "years": "#,##0.0000",
    "amount": "#,##0.0000",
    "share": "0.0%",
    "rate": "0.00%",
    "small": "0.00E+00",
    "year": "0",
}
_LINE, _HEIGHT, _LAST = 100.0, 13.5, 16_383
"""Characters of a line of words; points of its height; the last column of a sheet."""
INK, PALE, RULE, INPUT = "#1f2a37", "#eef1f4", "#9aa3ad", "#fff6cc"


class Check(NamedTuple):
    """A headline: what it is, the cell in which the workbook finds it, and what Python finds.

    `floor`: how far apart both may be where the value is nothing, in its own unit.
    """

    what: str
    cell: str
    value: float | str
    floor: float


class Change(NamedTuple):
    """What may be changed and is not followed everywhere: how it is called, and how many cells differ.

    `differing`: a formula; `sheets`: those that do not follow. Without sheets it is what must not
    be, and `state` says so.
    """

    what: str
    differing: str
    sheets: list[str]
    state: str = ""


class Book:
    """A workbook in the making: its styles, its names and what is to be checked."""

    def __init__(self, book: Any) -> None:
        self.book = book
        self.checks: list[Check] = []
        self.inputs: list[tuple[str, str]] = []
        """Ranges of inputs, with those of the values as delivered."""
        self.changes: dict[str, Change] = {}
        """What is not followed everywhere, by the name of its number of cells that were changed."""
        self._styles: dict[tuple[Any, ...], Any] = {}
        book.set_properties({"created": datetime(1980, 1, 1)})
        book.set_calc_mode("auto")

    def style(self, kind: str, **options: Any) -> Any:
        """A style of cells: `kind` is one of the numbers, with `input`, `bold`, `pale`, `head`, `title`."""
        key = (kind, *sorted(options.items()))
        if key not in self._styles:
            look: dict[str, Any] = {"font_name": "Calibri", "font_size": 10, "font_color": INK}
            if _NUMBERS[kind]:
                look["num_format"] = _NUMBERS[kind]
            if kind == "wrapped" or "head" in options:
                look |= {"text_wrap": True, "valign": "top"}
            if kind in ("text", "wrapped") and "title" not in options:
                look["indent"] = 1 if options.get("inset", True) and "right" not in options else 0
            if "right" in options:
                look["align"] = "right"
            if "head" in options:
                look |= {"bold": True, "bg_color": PALE, "bottom": 1, "bottom_color": RULE}
            if "title" in options:
                look |= {"bold": True, "font_size": 16}
            if "bold" in options:
                look |= {"bold": True, "top": 1, "top_color": RULE}
            if "pale" in options:
                look["font_color"] = "#5b6672"
            if "input" in options:
                look |= {"bg_color": INPUT, "border": 1, "border_color": RULE, "locked": False}
                look["font_color"] = "#0b3d91"
            self._styles[key] = self.book.add_format(look)
        return self._styles[key]

    def sheet(
        self,
        name: str,
        title: str,
        about: str,
        widths: Sequence[float],
        *,
        rest: float = 14.0,
        wide: int | None = None,
    ) -> Sheet:
        """A new sheet with its first lines; `about` says what it holds and in which units.

        `widths` are of the first columns, `rest` of all others. A sheet prints one page wide; a
        `wide` one on as many pages as it takes, each with its first columns, of which `wide` is the last.
        """
        made = Sheet(self, name, widths, rest)
        ws = made.ws
        ws.hide_gridlines(2)
        ws.write_string(0, 0, cell_text(title), self.style("text", title=True))
        ws.set_row(0, 24)
        for row, words, look in ((1, about, {}), (2, RESEARCH, {"pale": True})):
            made.paragraph(row, words, **look)
        ws.set_paper(9)
        ws.set_landscape()
        if wide is None:
            ws.fit_to_pages(1, 0)
        else:
            ws.set_print_scale(60)
            ws.repeat_columns(0, wide)
        ws.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
        ws.set_footer("&L&8seedsoil, &A&R&8&P of &N")
        return made

    def name(self, name: str, place: str) -> None:
        """Give a cell or range a name that formulas use."""
        self.book.define_name(name, f"={place}")

    def change(self, name: str, what: str, count: str, state: str = "") -> None:
        """Have the sheet Check count the cells that differ from what was written, under a name."""
        self.changes[name] = Change(what, count, [], state)

    def check(self, what: str, cell: str, value: float | str, floor: float = 1e-9) -> None:
        """Have the Check sheet compare a cell with the value that Python finds."""
        self.checks.append(Check(what, cell, value, floor))


class Sheet:
    """One sheet: writes cells, and says where they are."""

    def __init__(self, book: Book, name: str, widths: Sequence[float], rest: float) -> None:
        self.book, self.name = book, name
        self.ws = book.book.add_worksheet(name)
        self._widths, self._rest = tuple(widths), rest
        for column, width in enumerate(widths):
            self.ws.set_column(column, column, width)
        self.ws.set_column(len(widths), _LAST, rest)
        self._high: dict[int, int] = {}

    def _width(self, column: int) -> float:
        return self._widths[column] if column < len(self._widths) else self._rest

    def paragraph(self, row: int, words: str, **style: Any) -> None:
        """Words over as many columns as make a line of 100 characters, and on as many lines as it takes."""
        width, last = 0.0, -1
        while width < _LINE:
            last += 1
            width += self._width(last)
        look = self.book.style("wrapped", inset=False, **style)
        if last:
            self.ws.merge_range(row, 0, row, last, "", look)
        self.ws.write_string(row, 0, cell_text(words), look)
        self.ws.set_row(row, _HEIGHT * math.ceil(len(words) / (width * 1.05)))

    def text(self, row: int, column: int, words: str, kind: str = "text", **style: Any) -> None:
        """Text, whatever it begins with: never a formula or a link."""
        self.ws.write_string(row, column, cell_text(words), self.book.style(kind, **style))

    def head(
        self, row: int, column: int, titles: Sequence[str], *, texts: Collection[int] = (0,)
    ) -> None:
        """Titles of columns, those of `texts` (by place) over text; in rows as high as they need."""
        lines = 1
        for k, words in enumerate(titles):
            right: dict[str, Any] = {} if k in texts else {"right": True}
            self.text(row, column + k, words, head=True, **right)
            lines = max(lines, math.ceil(1.15 * len(words) / self._width(column + k)))
        self._high[row] = max(self._high.get(row, 0), min(lines, 6))
        self.ws.set_row(row, _HEIGHT * self._high[row])

    def number(self, row: int, column: int, value: Any, kind: str = "amount", **style: Any) -> None:
        """A number; an empty cell where there is none."""
        known = value is not None and math.isfinite(value)
        look = self.book.style(kind, **style)
        if known:
            self.ws.write_number(row, column, float(value), look)
        else:
            self.ws.write_blank(row, column, None, look)

    def formula(
        self, row: int, column: int, formula: str, value: Any, kind: str = "amount", **style: Any
    ) -> str:
        """A formula with the value that Python finds; returns the address of the cell."""
        if isinstance(value, float | np.floating):
            value = float(value) if math.isfinite(value) else ""
        elif isinstance(value, str):
            value = cell_text(value)
        assert len(formula) < 8192, "longer than a cell of Excel can hold"
        self.ws.write_formula(row, column, f"={formula}", self.book.style(kind, **style), value)
        return self.at(row, column)

    def at(self, row: int, column: int, *, fixed: bool = True) -> str:
        """The address of a cell, from anywhere in the workbook."""
        return f"'{self.name}'!{here(row, column, fixed=fixed)}"

    def block(self, row: int, column: int, rows: int, columns: int = 1) -> str:
        """The address of a range, from anywhere in the workbook."""
        last = here(row + rows - 1, column + columns - 1)
        return f"{self.at(row, column)}:{last}"

    def tell_stays(self, *stays: Stay, column: int = 0) -> None:
        """Have the sheet say, above its first row, what was changed that it does not follow, and what to do.

        The sheet Check says it too: nothing is out of date in silence.
        """
        told = []
        for of, words in stays:
            some = "+".join(of)
            parts = "&".join(f'IF({name}>0,"{self.book.changes[name].what}; ","")' for name in of)
            told.append(f'IF({some}>0,"NOT FOLLOWED HERE: "&{parts}&"{words} ","")')
            for name in of:
                self.book.changes[name].sheets.append(self.name)
        self.formula(FIRST - 1, column, "&".join(told), "", "text", bold=True)

    def lock(self) -> None:
        """Lock what is no input, without a password: widths, filters and looks stay free."""
        free = ("autofilter", "sort", "format_cells", "format_columns", "format_rows")
        self.ws.protect("", dict.fromkeys(free, True))

    def freeze(self, row: int, column: int, *, repeat: tuple[int, int] | None = None) -> None:
        """Keep the rows above and the columns left of a cell in view; `repeat` those rows in print."""
        self.ws.freeze_panes(row, column)
        if repeat is not None:
            self.ws.repeat_rows(*repeat)


def here(row: int, column: int, *, fixed: bool = True) -> str:
    """A cell's address on its own sheet."""
    from xlsxwriter.utility import xl_rowcol_to_cell

    return str(xl_rowcol_to_cell(row, column, row_abs=fixed, col_abs=fixed))


def in_its_column(row: int, column: int) -> str:
    """A cell's address on its own sheet, of which the column stays and the row does not."""
    from xlsxwriter.utility import xl_rowcol_to_cell

    return str(xl_rowcol_to_cell(row, column, row_abs=False, col_abs=True))


def spread(row: int, column: int, rows: int, columns: int = 1) -> str:
    """A range's address on its own sheet."""
    return f"{here(row, column)}:{here(row + rows - 1, column + columns - 1)}"
