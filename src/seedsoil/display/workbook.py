"""Tables as an Excel workbook, written with nothing but the standard library."""

from __future__ import annotations

import io
import math
import re
import zipfile
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from seedsoil.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pyarrow as pa

MOST_ROWS = 1_048_576
"""Of an Excel sheet, its header among them; a longer table goes on in a further sheet."""
_MOST_LETTERS = 32_767
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
# What XML 1.0 cannot hold.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NOT_IN_A_NAME = re.compile(r"[\[\]:*?/\\']")
# One style for numbers and words, one for the header, which is bold.
_STYLES = (
    f'{_HEAD}<styleSheet xmlns="{_MAIN}"><fonts count="2"><font/><font><b/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill '
    'patternType="gray125"/></fill></fills><borders count="1"><border/></borders>'
    '<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2"><xf xfId="0"/>'
    '<xf xfId="0" fontId="1" applyFont="1"/></cellXfs></styleSheet>'
)


def workbook(tables: Mapping[str, pa.Table], most_rows: int = MOST_ROWS) -> bytes:
    """A workbook with a sheet for each table, by name; the same bytes for the same tables.

    A missing value is an empty cell; infinity is written in words. Raises InputError for a text longer
    than a cell can hold.
    """
    sheets: list[tuple[str, pa.Table]] = []
    for name, table in tables.items():
        for number, start in enumerate(range(0, max(table.num_rows, 1), most_rows - 1), start=1):
            stem = _NOT_IN_A_NAME.sub("_", name)[:24]
            title = stem if number == 1 else f"{stem} ({number})"
            sheets.append((title, table.slice(start, most_rows - 1)))
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as book:

        def add(name: str, pieces: Iterator[str] | list[str]) -> None:
            # without the hour at which it was made
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            with book.open(entry, "w", force_zip64=True) as file:
                for piece in pieces:
                    file.write(piece.encode())

        for name, text in _frame([title for title, _ in sheets]).items():
            add(name, [text])
        for number, (_, table) in enumerate(sheets, start=1):
            add(f"xl/worksheets/sheet{number}.xml", _sheet(table))
    return made.getvalue()


def _frame(titles: list[str]) -> dict[str, str]:
    """The parts of a workbook beside its sheets."""
    numbers = range(1, len(titles) + 1)
    styles = len(titles) + 1
    overrides = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_TYPES}.worksheet+xml"/>'
        for n in numbers
    )
    sheets = "".join(
        f'<sheet name="{_text(title)}" sheetId="{n}" r:id="rId{n}"/>'
        for n, title in zip(numbers, titles, strict=True)
    )
    related = "".join(
        f'<Relationship Id="rId{n}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in numbers
    )
    relationships = f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
    return {
        "[Content_Types].xml": f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPES}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_TYPES}.styles+xml"/>{overrides}</Types>',
        "_rels/.rels": f'{relationships}<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
        f"<sheets>{sheets}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'{relationships}{related}<Relationship Id="rId{styles}" '
        f'Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": _STYLES,
    }


def _sheet(table: pa.Table) -> Iterator[str]:
    """A sheet in pieces: a bold header that stays in sight, then the rows."""
    header = "".join(
        f'<c s="1" t="inlineStr"><is><t>{_text(name)}</t></is></c>' for name in table.column_names
    )
    yield (
        f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" '
        'topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
        f"<sheetData><row>{header}</row>"
    )
    for batch in table.to_batches(max_chunksize=10_000):
        columns = [[_cell(value) for value in column.to_pylist()] for column in batch.columns]
        yield "".join(f"<row>{''.join(row)}</row>" for row in zip(*columns, strict=True))
    yield "</sheetData></worksheet>"


def _cell(value: Any) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "<c/>"
    if isinstance(value, bool):
        return f'<c t="b"><v>{int(value)}</v></c>'
    if isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
        return f"<c><v>{value!r}</v></c>"
    words = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    if len(words) > _MOST_LETTERS:
        raise InputError(f"a cell of an Excel sheet cannot hold a text of {len(words):,} letters.")
    return f'<c t="inlineStr"><is><t xml:space="preserve">{_text(words)}</t></is></c>'


def _text(words: str) -> str:
    return escape(_FORBIDDEN.sub("\ufffd", words), {'"': "&quot;"})
