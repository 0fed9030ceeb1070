"""Results as files: what a workbook holds, tables and charts by the ending of a name, and in notebooks."""

from __future__ import annotations

import csv
import io
import math
from typing import TYPE_CHECKING

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import seedsoil as ss
from pages import charts_of
from seedsoil.cli.app import main
from seedsoil.display.export import export, titled_charts
from seedsoil.display.theme import SCHEMA
from seedsoil.display.workbook import workbook
from seedsoil.errors import InputError
from seedsoil.results.survival import survival
from seedsoil.run.page import run_report_html
from synthetic import synthetic_run

if TYPE_CHECKING:
    from pathlib import Path


def sheets(content: bytes) -> dict[str, list[list[object]]]:
    """The sheets of a workbook by name, cell by cell: None, bool, number or text."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    return {
        sheet.title: [[cell.value for cell in row] for row in sheet.iter_rows()]
        for sheet in book.worksheets
    }


def test_a_workbook_holds_what_the_tables_hold() -> None:
    words = ["=1+1", '<a> & "b"\u2028', "a\x00\x1b[31mb\ufffe"]
    table = pa.table(
        {
            "words": pa.array(words).dictionary_encode(),
            "n": [1, None, 2**53],
            "x": [0.1, math.nan, math.inf],
            "yes": [True, False, None],
            "list": [["a", "b"], [], None],
        }
    )
    content = workbook({"first": table, "a/b:c[d]*?'": table.slice(0, 1)})
    assert content == workbook({"first": table, "a/b:c[d]*?'": table.slice(0, 1)})
    found = sheets(content)
    assert list(found) == ["first", "a_b_c_d____"]
    assert found["first"] == [
        ["words", "n", "x", "yes", "list"],
        ["=1+1", 1.0, 0.1, True, "a, b"],
        ['<a> & "b"\u2028', None, None, False, ""],
        ["a\ufffd\ufffd[31mb\ufffd", 2.0**53, "inf", None, None],
    ]
    # A text, even one that begins like a formula, is never one.
    sheet = openpyxl.load_workbook(io.BytesIO(content))["first"]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {
        "s",
        "n",
        "b",
        "inlineStr",
    }


def test_a_table_longer_than_a_sheet_goes_on_in_the_next() -> None:
    found = sheets(workbook({"long": pa.table({"n": range(7)})}, most_rows=4))
    assert [[row[0] for row in rows] for rows in found.values()] == [
        ["n", 0, 1, 2], ["n", 3, 4, 5], ["n", 6],
    ]  # fmt: skip
    assert list(found) == ["long", "long (2)", "long (3)"]
    assert sheets(workbook({"none": pa.table({"n": pa.array([], pa.int64())})})) == {
        "none": [["n"]]
    }


def test_a_text_too_long_for_a_cell_is_refused() -> None:
    with pytest.raises(InputError, match=r"32,768 letters"):
        workbook({"t": pa.table({"w": ["x" * 32_768]})})


def test_a_result_is_written_by_the_ending_of_the_name(tmp_path: Path) -> None:
    found = survival(synthetic_run(300, seed=3), by="stage")
    table = found.table()
    with found.export(tmp_path / "s.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["group"] for row in rows] == table["group"].to_pylist()
    assert [float(row["survival"]) for row in rows] == table["survival"].to_pylist()
    (sheet,) = sheets(found.export(tmp_path / "s.xlsx").read_bytes()).values()
    assert sheet[0] == table.column_names
    assert len(sheet) == table.num_rows + 1
    assert pq.read_table(found.export(tmp_path / "s.parquet")).equals(table)
    assert found.export(tmp_path / "s.svg").read_text().startswith("<svg")
    assert found.export(tmp_path / "s.png").read_bytes().startswith(b"\x89PNG")
    assert list(charts_of(found.export(tmp_path / "s.html").read_text("utf-8"))) == ["figure-1"]
    with pytest.raises(InputError, match=r"\.csv, \.xlsx"):
        found.export(tmp_path / "s.xls")
    assert sorted(path.name[2:] for path in tmp_path.iterdir()) == [
        "csv", "html", "parquet", "png", "svg", "xlsx",
    ]  # fmt: skip


def test_charts_of_a_page_are_named_by_their_headings() -> None:
    page = run_report_html(synthetic_run(300, seed=3))
    named = titled_charts(page)
    assert list(named.values()) == list(charts_of(page).values())
    assert "01-what-became-of-all-women" in named
    assert any(name.endswith("-sizes-at-diagnosis") for name in named)
    assert any(name.endswith("-soil-against-flow") for name in named)


def test_a_table_in_a_file_is_written_as_that_in_memory(tmp_path: Path) -> None:
    table = synthetic_run(300, seed=3).patients
    pq.write_table(table, tmp_path / "kept.parquet", row_group_size=100)
    export(tmp_path, ["csv", "xlsx"], {"mine": table, "kept": tmp_path / "kept.parquet"}, "")
    assert (tmp_path / "mine.csv").read_bytes() == (tmp_path / "kept.csv").read_bytes()
    found = sheets((tmp_path / "tables.xlsx").read_bytes())
    assert found["mine"] == found["kept"]
    assert len(found["mine"]) == 301


def test_commands_write_the_formats_that_are_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["run", "--women", "300", "--out", "run", "--format", "csv,xlsx,svg"]) == 0
    run = ss.open_run("run")
    names = {"patients", "lesions", "symptoms", "lines", "drugs"}
    assert {f"{name}.csv" for name in names} <= {path.name for path in (tmp_path / "run").iterdir()}
    with (tmp_path / "run/patients.csv").open(newline="") as file:
        assert [int(row["patient"]) for row in csv.DictReader(file)] == list(range(300))
    book = sheets((tmp_path / "run/tables.xlsx").read_bytes())
    assert {name: len(rows) - 1 for name, rows in book.items()} == {
        name: getattr(run, name).num_rows for name in names
    }
    charts = charts_of((tmp_path / "run/report.html").read_text("utf-8"))
    assert len(list((tmp_path / "run/charts").glob("*.svg"))) == len(charts)
    assert main(["patient", "24", "--out", "woman.csv"]) == 0
    with (tmp_path / "woman.csv").open(newline="", encoding="utf-8") as file:
        assert next(csv.reader(file)) == ["time_years", "event"]


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["run", "--format", "cvs"], "did you mean 'csv'"),
        (["run", "--format", "svg", "--no-report"], "--no-report"),
        (["run", "--format", "xlsx", "--women", "100001"], "use csv"),
        (["compare", "pre-2013", "2022", "--format", "csv"], "--out"),
        (["trial", "PALOMA-2", "--format", "csv"], "--out"),
        (["match", "a.csv", "--format", "cvs"], "did you mean 'csv'"),
        (["patient", "24", "--out", "woman.pdf"], "For a PDF, print the .html page"),
        (["run", "--out", "run.html"], "is to be a directory"),
        (["compare", "none", "2022", "--out", "a.pdf"], "is to be a directory"),
        (["trial", "PALOMA-2", "--out", "a.csv"], "is to be a directory"),
        (["design", "PALOMA-2", "--out", "a.csv"], "is to be a directory"),
        (["match", "a.csv", "--out", "a.html"], "is to be a directory"),
        (["decision", "a.csv", "b.csv", "--format", "csv"], "--out"),
        (["evaluate", "none", "2022", "--format", "csv"], "--out"),
        (["evaluate", "none", "2022", "--out", "a.html"], "is to be a directory"),
        (["decision", "a.csv", "b.csv", "--out", "a.csv"], "is to be a directory"),
    ],
)
def test_formats_that_cannot_be_are_refused_before_the_work(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    assert said in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_woman_in_a_notebook_is_drawn_with_her_treatment() -> None:
    course = next(c for n in range(500) if len((c := ss.patient(n)).lines) > 2)
    bundle = course._repr_mimebundle_()
    assert bundle["image/svg+xml"].startswith("<svg")
    version = SCHEMA.rpartition("/v")[2].removesuffix(".json")
    assert bundle[f"application/vnd.vegalite.v{version}+json"] == course.chart()
    assert bundle["text/html"].count("<figure") == len(course.pictures()) >= 2
    assert bundle["text/plain"] == repr(course)
