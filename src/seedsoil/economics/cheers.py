"""The CHEERS 2022 checklist of an evaluation as a Word document: 28 rows with links to the report.

Word needs python-docx, which is a dependency of the package and imported here alone: its 0.2 s are paid by
who writes such a document, and nobody who hands in an analysis meets a missing extra.
"""

from __future__ import annotations

import io
from datetime import datetime
from typing import TYPE_CHECKING, Any

from seedsoil.display.page import section_names
from seedsoil.economics.cheers_rows import AUTHOR, DONE, NONE, STATES_OF_ROW, rows
from seedsoil.economics.decision.words import significant
from seedsoil.economics.evaluation import DETERMINISTIC, PROBABILISTIC, icer_words, with_half
from seedsoil.errors import visible
from seedsoil.storage import write_whole

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from seedsoil.economics.cheers_rows import Row
    from seedsoil.economics.evaluation import EvaluationData

REPORT = "report.html"
_SHADES = {DONE: "FFFFFF", AUTHOR: "FFF6CC", NONE: "EEF1F4"}


def write_cheers(evaluation: EvaluationData, path: str | Path) -> Path:
    """Write the CHEERS 2022 checklist of the evaluation as a Word document, and return its path.

    Its 28 rows hold what the evaluation knows, each with a link to a section of `report.html` beside it; what
    the evaluation does not know is marked for the author. Replaces a file that is there. Raises InputError
    for a folder that does not exist.
    """
    return write_whole(path, cheers_document(evaluation))


def cheers_document(evaluation: EvaluationData) -> bytes:
    """The document as bytes."""
    from docx import Document
    from docx.enum.section import WD_ORIENT
    from docx.shared import Cm, Pt

    document = Document()
    page = document.sections[0]
    page.orientation = WD_ORIENT.LANDSCAPE
    page.page_width, page.page_height = Cm(29.7), Cm(21.0)
    page.left_margin = page.right_margin = Cm(1.8)
    page.top_margin = page.bottom_margin = Cm(1.6)
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = "Calibri", Pt(9.5)
    known = document.core_properties
    known.title, known.author = "CHEERS 2022 checklist", ""
    known.created = known.modified = datetime(
        1980, 1, 1
    )  # the same document for the same evaluation

    filled = rows(evaluation)
    document.add_heading("CHEERS 2022 checklist", 0)
    _paragraph(document, f"{' against '.join(reversed(evaluation.strategies[:2]))}"
               + ("" if len(evaluation.strategies) == 2 else f" and {len(evaluation.strategies) - 2} more")
               + f"; {evaluation.perspective}, {evaluation.reference_case}; "
               + f"base case of {evaluation.over} with metastatic disease.")  # fmt: skip
    counted = [sum(row.state == state for row in filled) for state in STATES_OF_ROW]
    _paragraph(
        document,
        f"Of 28 items {counted[0]} are filled from the evaluation, {counted[1]} wait for the "
        "author (yellow) and "
        f"{counted[2]} do not apply. A research and teaching tool: means of simulated women, never "
        "advice for one person.",
    )
    _checklist(document, filled)
    document.add_heading("Main results", 1)
    _paragraph(document, _results_words(evaluation))
    _table(document, *_results(evaluation))
    document.add_heading("Prices", 1)
    _paragraph(
        document,
        f"A unit, in {evaluation.currency} of {evaluation.price_year}; low and high hold 95 %.",
    )
    _table(document, *_inputs(evaluation, "prices", "item"))
    document.add_heading("Utilities", 1)
    _table(document, *_inputs(evaluation, "utilities", "parameter"))
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def _paragraph(document: Any, words: str) -> None:
    document.add_paragraph(visible(words))


def _checklist(document: Any, filled: Sequence[Row]) -> None:
    widths = (4.6, 4.6, 12.6, 3.9)
    table = _empty(document, ("section and item", "what it asks", "reported", "where"), widths)
    for row in filled:
        cells = _row(table)
        _write(cells[0], f"{row.number}. {row.name}", bold=True)
        cells[0].add_paragraph(row.section)
        _write(cells[1], row.asks)
        _write(cells[2], row.reported)
        if row.where:
            place = section_names([row.where])[0]
            _link(cells[3].paragraphs[0], f"{REPORT}#{place}", row.where)
            cells[3].add_paragraph(row.state)
        else:
            _write(cells[3], row.state)
        for cell, width in zip(cells, widths, strict=True):
            _shade(cell, _SHADES[row.state])
            _wide(cell, width)


def _results(e: EvaluationData) -> tuple[list[str], list[list[str]]]:
    """The base case, and beside it the numbers in use where that is the mean over draws."""
    both = e.basis == PROBABILISTIC
    head = [
        *(["result"] if both else []), "strategy", f"cost, {e.currency} (± 95 %)", "QALY (± 95 %)",
        "more cost (± 95 %)", "more QALY (± 95 %)",
        "standing", "against", f"ICER (95 % {e.of_what})" if not both else "ICER (95 %)",
    ]  # fmt: skip
    body = []
    for basis in (PROBABILISTIC, DETERMINISTIC) if both else (e.basis,):
        for r in e.rows("incremental", basis=basis):
            words = {PROBABILISTIC: "base case: mean over draws", DETERMINISTIC: "numbers in use"}
            body.append(
                [
                    *([words[basis]] if both else []),
                    r["strategy"],
                    with_half(r["cost"], r["cost_se"]),
                    with_half(r["qaly"], r["qaly_se"], 3),
                    *_more(r),
                    r["standing"],
                    r["against"] or "",
                    icer_words(r["icer"], r["icer_low"], r["icer_high"]),
                ]
            )
    return head, body


def _more(row: Mapping[str, Any]) -> list[str]:
    """More cost and more QALY than the strategy it is compared with, with their simulation errors."""
    return [
        "" if row[of] is None else with_half(row[of], row[f"{of}_se"], digits)
        for of, digits in (("cost_difference", 0), ("qaly_difference", 3))
    ]


def _results_words(e: EvaluationData) -> str:
    """What the results are the mean of, and what their intervals are of."""
    told = f"The base case is the mean over {e.over} with metastatic disease. "
    of = "its intervals (a to b) are 95 % of draws" if e.basis == PROBABILISTIC else ""
    return told + f"Behind ± is half of the 95 % interval of simulation{'; ' if of else ''}{of}."


def _inputs(e: EvaluationData, name: str, key: str) -> tuple[list[str], list[list[str]]]:
    body = []
    for r in getattr(e, name).to_pylist():
        numbers = ["" if r[c] is None else significant(r[c]) for c in ("value", "low", "high")]
        texts = [r[c] or "" for c in ("distribution", "status", "sources")]
        body.append([r[key], *numbers, *texts])
    return [key, "value", "low", "high", "distribution", "status", "sources"], body


def _table(document: Any, head: list[str], body: list[list[str]]) -> None:
    first = 5.2
    widths = (first, *((25.7 - first) / (len(head) - 1),) * (len(head) - 1))
    table = _empty(document, head, widths)
    for row in body:
        for cell, words, width in zip(_row(table), row, widths, strict=True):
            _write(cell, words)
            _wide(cell, width)


def _empty(document: Any, head: Sequence[str], widths: Sequence[float]) -> Any:
    """A table with its first row, which is repeated on every page."""
    from docx.oxml import OxmlElement
    from docx.shared import Cm

    table = document.add_table(rows=1, cols=len(head))
    table.style = "Table Grid"
    table.autofit = False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Cm(width)
    for cell, words, width in zip(table.rows[0].cells, head, widths, strict=True):
        _write(cell, words, bold=True)
        _shade(cell, "DDE3E8")
        _wide(cell, width)
    properties = table.rows[0]._tr.get_or_add_trPr()
    properties.append(OxmlElement("w:tblHeader"))
    return table


def _row(table: Any) -> Any:
    """The cells of a new row, which no page break divides."""
    from docx.oxml import OxmlElement

    row = table.add_row()
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    return row.cells


def _write(cell: Any, words: str, *, bold: bool = False) -> None:
    run = cell.paragraphs[0].add_run(visible(words))
    run.bold = bold


def _wide(cell: Any, width: float) -> None:
    from docx.shared import Cm

    cell.width = Cm(width)


def _shade(cell: Any, colour: str) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    shade = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", colour)):
        shade.set(qn(f"w:{name}"), value)
    cell._tc.get_or_add_tcPr().append(shade)


def _link(paragraph: Any, address: str, words: str) -> None:
    """A link to a file beside the document."""
    from docx.opc.constants import RELATIONSHIP_TYPE
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import RGBColor

    target = paragraph.part.relate_to(address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
    link = OxmlElement("w:hyperlink")
    link.set(qn("r:id"), target)
    run = paragraph.add_run(visible(words))
    run.font.color.rgb = RGBColor(0x0B, 0x3D, 0x91)
    run.font.underline = True
    link.append(run._r)
    paragraph._p.append(link)
