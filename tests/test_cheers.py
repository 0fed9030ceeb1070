"""The CHEERS 2022 checklist in Word: 28 rows that hold what the evaluation knows and nothing else."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import docx
import pytest

from made_evaluation import NAMES, made
from seedsoil.economics.cheers import cheers_document, write_cheers
from seedsoil.economics.cheers_rows import AUTHOR, DONE, NONE, rows
from seedsoil.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

LEFT = "To be completed by the author."


def opened(content: bytes) -> docx.document.Document:
    return docx.Document(io.BytesIO(content))


def test_there_are_28_items_in_the_order_of_the_statement() -> None:
    found = rows(made(draws=8))
    assert [row.number for row in found] == list(range(1, 29))
    assert [row.name for row in found][:4] == [
        "Title", "Abstract", "Background and objectives", "Health economic analysis plan",
    ]  # fmt: skip
    assert found[14].name == "Currency, price date, and conversion"
    assert found[27].name == "Conflicts of interest"
    sections = list(dict.fromkeys(row.section for row in found))
    assert sections == [
        "Title", "Abstract", "Introduction", "Methods", "Results", "Discussion", "Other relevant information",
    ]  # fmt: skip


def test_what_the_evaluation_cannot_know_is_the_authors_and_nothing_is_empty() -> None:
    found = {row.number: row for row in rows(made(draws=8))}
    for number in (21, 25, 27, 28):
        assert found[number].state == AUTHOR
        assert found[number].reported.endswith(LEFT)
    assert all(row.reported for row in found.values())
    # where it is left to the author it says so, and only there
    for row in found.values():
        assert ("completed by the author" in row.reported) == (row.state == AUTHOR), row.number


def test_rows_hold_the_numbers_of_the_evaluation() -> None:
    evaluation = made(draws=30)
    found = {row.number: row for row in rows(evaluation)}
    assert "400 simulated women" in found[5].reported
    assert "2,000 simulated from the first" in found[5].reported
    assert found[9].reported.startswith("A lifetime")
    assert "3.5\u00a0%" in found[10].reported
    assert found[15].reported.startswith("GBP at prices of 2024.")
    assert "6 in all (6 published)" in found[22].reported
    assert evaluation.sentence in found[23].reported
    best = evaluation.decision.corrected.winners_at(20_000.0)
    assert f"old {best.shares[0, 0]:.0%}".replace("%", "\u00a0%") in found[24].reported
    assert found[18].where == "By subtype"


def test_without_draws_and_groups_it_says_so() -> None:
    import dataclasses

    evaluation = made()
    plain = dataclasses.replace(evaluation, by=None, severity=evaluation.severity.slice(0, 0))
    found = {row.number: row for row in rows(plain)}
    assert found[18].state == NONE
    assert found[19].state == NONE
    assert found[20].reported.startswith("No probabilistic analysis was made.")
    assert found[20].where == "One number at a time"
    assert found[24].state == DONE


def test_the_document_has_them_all_with_links_to_the_report(tmp_path: Path) -> None:
    evaluation = made(draws=8)
    document = opened(write_cheers(evaluation, tmp_path / "cheers.docx").read_bytes())
    table = document.tables[0]
    assert len(table.rows) == 29
    assert [cell.text for cell in table.rows[0].cells] == [
        "section and item", "what it asks", "reported", "where",
    ]  # fmt: skip
    said = rows(evaluation)
    assert [row.cells[2].text for row in table.rows[1:]] == [row.reported for row in said]
    links = {r.target_ref for r in document.part.rels.values() if r.is_external}
    assert "report.html#section-fully-incremental-analysis" in links
    assert len(links) == len({row.where for row in said if row.where})
    states = [sum(row.state == state for row in said) for state in (DONE, AUTHOR, NONE)]
    assert f"Of 28 items {states[0]} are filled from the evaluation, {states[1]} wait" in (
        document.paragraphs[2].text
    )
    results = document.tables[1]
    assert [row.cells[3].text for row in results.rows[1:]] == [
        r["standing"] for r in evaluation.incremental.to_pylist() if r["group"] == "all women"
    ]
    assert "research and teaching" in document.paragraphs[2].text


def test_hostile_names_are_text() -> None:
    names = ("<w:p>&amp;", "=cmd()", "ü*?~ ≥ " + "x" * 400)
    document = opened(cheers_document(made(names)))
    assert [row.cells[0].text for row in document.tables[1].rows[1:]] == [
        names[0], names[2], names[1],
    ]  # fmt: skip
    # a control character would make a file that Word cannot open
    assert "a\\x07" in opened(cheers_document(made(("a\x07", "b")))).tables[1].rows[1].cells[0].text


def test_a_folder_that_is_not_there_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        write_cheers(made(NAMES[:2]), tmp_path / "none" / "cheers.docx")
