"""What `seedsoil evaluate --format` writes of a real evaluation, and its wrong inputs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import docx
import pytest

import seedsoil as ss
from seedsoil.cli import main
from seedsoil.economics.sheets import curves
from seedsoil.economics.workbook import write_workbook
from spreadsheet import SOFFICE, cells, convert, edited, formulas_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("exports") / "appraisal"
    command = [
        "evaluate",
        "pre-2013",
        "2022",
        "none",
        "--women",
        "1000",
        "--psa",
        "6",
        "--by",
        "subtype",
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(curves, "STEPS", 5)
        assert main([*command, "--out", str(out), "--format", "xlsx,docx,tex,csv"]) == 0
    return out


def test_each_format_is_there(saved: Path) -> None:
    assert {path.stem for path in saved.glob("latex/*.tex")} == {
        path.stem for path in saved.glob("*.csv") if not path.stem.startswith("psa_")
    }
    assert not (saved / "tables.xlsx").exists()
    kept = cells(saved / "evaluation.xlsx")
    assert kept["Check", "B7"] == "OK"
    assert kept["Prices", "L6"]


def test_numbers_of_the_report_are_without_exponents_and_prices_have_units(saved: Path) -> None:
    cells = re.findall(r"<t[dh][^>]*>([^<]*)</t[dh]>", (saved / "report.html").read_text("utf-8"))
    assert [cell for cell in cells if re.search(r"\d[eE][+-]?\d|(^|\s)-\d", cell)] == []
    assert any(re.fullmatch(r"[\d.,]+ to [\d.,]+ [A-Z]{3} a mg", cell) for cell in cells)


def test_the_checklist_links_to_sections_that_the_report_has(saved: Path) -> None:
    document = docx.Document(str(saved / "cheers.docx"))
    links = {r.target_ref for r in document.part.rels.values() if r.is_external}
    sections = set(re.findall(r'<h2 id="([^"]+)"', (saved / "report.html").read_text("utf-8")))
    assert links
    for link in links:
        page, _, section = link.partition("#")
        assert (saved / page).is_file()
        assert section in sections


@pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed")
def test_libreoffice_finds_what_the_evaluation_found(saved: Path, tmp_path: Path) -> None:
    path = saved / "evaluation.xlsx"
    kept, found = cells(path), cells(convert(path, "xlsx", tmp_path))
    assert found["Check", "B7"] == "OK"
    numbers = [at for at in formulas_of(path) if isinstance(kept.get(at), int | float)]
    assert len(numbers) > 2_000
    for at in numbers:
        # to a thousandth of a penny: differences of sums of a hundred thousand pounds are near 0
        assert found[at] == pytest.approx(kept[at], rel=1e-9, abs=1e-5), at


@pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed")
def test_another_discount_rate_is_what_is_simulated_at_it(tmp_path: Path) -> None:
    asked: dict[str, Any] = {
        "women": 1_000,
        "seed": 2,
        "perspective": "uk-nhs",
        "thresholds": 20_000,
    }
    names = ["pre-2013", "2022"]
    path = write_workbook(ss.evaluate(names, reference_case="nice", **asked), tmp_path / "e.xlsx")
    changes = {("Inputs", "B7"): 0.015, ("Inputs", "B8"): 0.015}
    found = cells(convert(edited(path, tmp_path / "x.xlsx", changes), "xlsx", tmp_path))
    simulated = ss.evaluate(names, reference_case="cda-amc", **asked)
    assert simulated.discounting["costs"] == 0.015
    row = next(r for r in range(6, 30) if found.get(("Costs", f"A{r}")) == "total")
    for place, (column, name) in enumerate(zip("BC", names, strict=True), start=6):
        cost = simulated.row("costs", strategy=name, category="total")["mean"]
        qaly = simulated.row("effects", strategy=name, measure="qaly", state="all")["mean"]
        # everything is counted at 1.5 %, too
        assert found["Costs", f"{column}{row}"] == pytest.approx(cost, rel=1e-9)
        assert found["Net benefit", f"C{place}"] == pytest.approx(qaly, rel=1e-9)
    more = simulated.row("costs", strategy="2022", category="total")["difference"]
    assert found["Net benefit", "D7"] == pytest.approx(more, rel=1e-9)


@pytest.mark.parametrize(
    "asked, said",
    [
        ("docx,pdf", "format 'pdf' is not known; allowed: csv, xlsx, svg, png, docx, tex"),
        ("xls", "did you mean 'xlsx'?"),
    ],
)
def test_a_format_that_is_not_known_is_one_line(
    asked: str, said: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    command = ["evaluate", "pre-2013", "2022", "--format", asked, "--out", str(tmp_path / "x")]
    assert main(command) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "x").exists()


def test_other_commands_do_not_know_them(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    command = ["compare", "pre-2013", "2022", "--format", "docx", "--out", str(tmp_path / "x")]
    assert main(command) == 2
    assert "allowed: csv, xlsx, svg, png." in capsys.readouterr().err
