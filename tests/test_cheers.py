"""The CHEERS 2022 checklist in Word: 28 rows that hold what the evaluation knows and nothing else."""

from __future__ import annotations

import io
import math
from typing import TYPE_CHECKING

import docx
import numpy as np
import pytest

import seedsoil as ss
from made_evaluation import NAMES, made
from seedsoil.economics.cheers import cheers_document, write_cheers
from seedsoil.economics.cheers_rows import AUTHOR, DONE, NONE, rows
from seedsoil.economics.women import Women
from seedsoil.errors import InputError
from spreadsheet import SOFFICE, convert

if TYPE_CHECKING:
    from pathlib import Path

    from seedsoil.economics.evaluation import EvaluationData

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
    assert f"old {100 * best.shares[0, 0]:.1f} ± " in found[24].reported
    # at other rates what the simulation counted there, not that some file could tell
    at = evaluation.at_rates
    k = at.costs.index(0.0)
    qalys = at.weighted[0, :, k] @ at.worth
    assert f"at 0\u00a0% new costs GBP {_undiscounted(evaluation):,.0f} more and gives" in (
        found[24].reported
    )
    assert f"{qalys[1] - qalys[0]:.3f} QALYs more" in found[24].reported
    assert "workbook" not in found[24].reported
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
    assert results.rows[0].cells[3].text == "more cost (± 95 %)"
    assert [row.cells[5].text for row in results.rows[1:]] == [
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


def _undiscounted(evaluation: EvaluationData) -> float:
    """What the second strategy costs more than the first at no discount."""
    one, other = (
        evaluation.row("costs", strategy=name, category="total")["undiscounted"]
        for name in NAMES[1::-1]
    )
    return float(one - other)


# What was measured --------------------------------------------------------------------------------------


def test_those_alive_are_counted_within_the_horizon() -> None:
    lived = [np.array([1.0, 5.0, 12.0, 40.0]), np.array([6.0, 10.0, 10.0, 10.0])]
    groups = {"all women": 4, "a": 1}
    endless = Women.of(groups, np.array([50.0, 60.0, 70.0, 80.0]), lived, math.inf)
    assert endless.after(0) == {5.0: 0.75, 10.0: 0.5, 20.0: 0.25, 30.0: 0.25}
    assert endless.at_the_end(0) == 0.0
    assert endless.age == (65.0, pytest.approx(np.std([50, 60, 70, 80])))
    ten = Women.of(groups, np.full(4, 60.0), [np.minimum(one, 10.0) for one in lived], 10.0)
    assert ten.after(0) == {5.0: 0.75}
    assert [ten.at_the_end(s) for s in range(2)] == [0.5, 0.75]
    both = endless + endless
    assert (both.count, both.groups["a"], both.after(1)) == (8, 2, endless.after(1))
    assert both.age == endless.age


def test_the_horizon_has_its_reason_and_who_is_alive_at_its_end() -> None:
    evaluation = ss.evaluate(["pre-2013", "2022"], women=600, seed=1, by="subtype")
    found = {row.number: row for row in rows(evaluation)}
    said = found[9].reported
    assert said.startswith("A lifetime, from the day")
    assert "as reference case nice asks" in said
    assert "differ between strategies until death" in said
    who = evaluation.who
    assert who is not None
    assert who.count == evaluation.found
    assert f"Of {evaluation.found} women" in said
    assert "alive at its end 0\u00a0% under pre-2013 and 0\u00a0% under 2022" in said
    # as the run itself has it
    run = ss.simulate(600, seed=1, strategy="2022")
    p = run.patients.to_pandas()
    p = p[p["metastatic_at"].notna() & ~(p["metastatic_at"] >= p["died_at"])]
    later = float((p["died_at"] - p["metastatic_at"] >= 10.0).mean())
    assert who.after(1)[10.0] == pytest.approx(later)
    assert f"Mean age when metastatic disease is found {who.age[0]:.1f} years" in found[5].reported
    assert f"TNBC ({who.groups['TNBC']})" in found[5].reported
    assert "screening 2000s" in found[6].reported
    assert "a QALY of these women counts" in found[19].reported
    # a horizon that is not the reference case's is the author's to explain, and has women alive at its end
    short = ss.evaluate(["pre-2013", "2022"], women=600, seed=1, horizon=5)
    row = {row.number: row for row in rows(short)}[9]
    assert row.state == AUTHOR
    assert short.who is not None
    assert short.who.at_the_end(1) == pytest.approx(who.after(1)[5.0])
    assert "whose later costs and QALYs do not count" in row.reported
    assert "asks for lifetime" in row.reported


def test_what_was_not_drawn_is_not_called_drawn() -> None:
    said = {row.number: row for row in rows(made(draws=8))}[20].reported
    assert "the model's parameters are not drawn" in said


# LibreOffice --------------------------------------------------------------------------------------------


def converts(path: Path, work: Path) -> bool:
    """Whether LibreOffice makes a PDF of it."""
    try:
        return convert(path, "pdf", work).read_bytes().startswith(b"%PDF")
    except AssertionError:
        return False


@pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed")
def test_libreoffice_makes_pages_of_it(tmp_path: Path) -> None:
    """With Writer, that is: LibreOffice of a spreadsheet alone opens no document of Word."""
    plain = docx.Document()
    plain.add_paragraph("Nothing but a line.")
    plain.save(str(tmp_path / "plain.docx"))
    if not converts(tmp_path / "plain.docx", tmp_path / "plain"):
        pytest.skip("LibreOffice is installed without Writer, which opens documents of Word")
    names = ("<w:p>&amp;", "=cmd()", "ü*?~ ≥ " + "x" * 400)
    for k, evaluation in enumerate((made(draws=8), made(names, draws=8), made())):
        path = write_cheers(evaluation, tmp_path / f"cheers-{k}.docx")
        assert converts(path, tmp_path / f"{k}")
