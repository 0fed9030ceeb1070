"""Tables as an Excel workbook."""

from __future__ import annotations

import io
import math
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from seedsoil.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

MOST_ROWS = 1_048_576
"""Of an Excel sheet, its header among them; a longer table goes on in a further sheet."""
_MOST_LETTERS = 32_767
# What XML 1.0 cannot hold.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NOT_IN_A_NAME = re.compile(r"[\[\]:*?/\\']")
_OPTIONS = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}


def workbook(tables: Mapping[str, pa.Table], most_rows: int = MOST_ROWS) -> bytes:
    """A workbook with a sheet for each table, by name; the same bytes for the same tables.

    A missing value is an empty cell; infinity is written in words. Raises InputError for a text longer
    than a cell can hold.
    """
    from xlsxwriter import Workbook

    made = io.BytesIO()
    with Workbook(made, _OPTIONS) as book:
        # without the hour at which it was made
        book.set_properties({"created": datetime(1980, 1, 1)})
        bold = book.add_format({"bold": True})
        for name, table in tables.items():
            for number, start in enumerate(
                range(0, max(table.num_rows, 1), most_rows - 1), start=1
            ):
                stem = _NOT_IN_A_NAME.sub("_", name)[:24]
                sheet = book.add_worksheet(stem if number == 1 else f"{stem} ({number})")
                sheet.freeze_panes(1, 0)
                sheet.write_row(0, 0, [cell_text(title) for title in table.column_names], bold)
                _write_rows(sheet, table.slice(start, most_rows - 1))
    return made.getvalue()


def _write_rows(sheet: Any, table: pa.Table) -> None:
    row = 0
    for batch in table.to_batches(max_chunksize=10_000):
        for values in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            row += 1
            for column, value in enumerate(values):
                _write(sheet, row, column, value)


def _write(sheet: Any, row: int, column: int, value: Any) -> None:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
        sheet.write_number(row, column, value)
    else:
        words = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        sheet.write_string(row, column, cell_text(words))


def cell_text(words: str) -> str:
    """`words` as a cell holds them, without what a file of Excel cannot; InputError if they are too long."""
    if len(words) > _MOST_LETTERS:
        raise InputError(f"a cell of an Excel sheet cannot hold a text of {len(words):,} letters.")
    return _FORBIDDEN.sub("\ufffd", words)
