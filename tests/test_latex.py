"""Tables as LaTeX: what LaTeX would obey is written out, and the numbers are those of the table."""

from __future__ import annotations

import dataclasses
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from made_evaluation import NAMES, made
from made_evaluation import table as made_table
from seedsoil.display.latex import LONGEST, escaped, latex_table
from seedsoil.economics.latex import latex_tables

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = ("\\input{/etc/passwd}", "50% & a_b #1 $x$ ^~", "{open")


def test_what_latex_would_obey_is_written_out() -> None:
    assert escaped("50% & a_b #1 $x$") == r"50\% \& a\_b \#1 \$x\$"
    assert escaped("\\input{x}") == r"\textbackslash{}input\{x\}"
    assert escaped("a^b~c<d>e|f") == (
        r"a\textasciicircum{}b\textasciitilde{}c\textless{}d\textgreater{}e\textbar{}f"
    )
    assert escaped("−1 ± 2 × 3 ≥ 4\u00a0%") == r"$-$1 $\pm$ 2 $\times$ 3 $\ge$ 4~\%"
    assert escaped("a\nb\x07") == r"a\textbackslash{}nb\textbackslash{}x07"


def lines(text: str) -> list[str]:
    """The rows of the body."""
    body = text.split(r"\midrule")[-1]
    return [line for line in body.splitlines() if line.endswith(r" \\")]


def test_numbers_are_rounded_and_what_is_missing_is_empty() -> None:
    table = pa.table(
        {
            "name": ["a", "b"],
            "cost": [12_345.678, -0.2],
            "year": pa.array([2024, None], pa.int64()),
            "qaly": [float("inf"), -1.23456],
            "none": pa.array([None, None], pa.float64()),
        }
    )
    text = latex_table(
        table, caption="c", label="tab:x", digits={"cost": 0}, titles={"qaly": "QALY"}
    )
    assert r"\begin{tabular}{lrrr}" in text
    assert r"name & cost & year & QALY \\" in text
    assert lines(text) == [r"a & 12,346 & 2024 & $\infty$ \\", r"b & 0 &  & $-$1.235 \\"]
    for rule in ("toprule", "midrule", "bottomrule"):
        assert text.count(f"\\{rule}") == 1
    assert text.startswith(r"% needs \usepackage{booktabs,longtable}")


def test_long_text_is_broken_over_lines() -> None:
    text = latex_table(
        pa.table({"a": ["x" * 41], "b": ["y" * 40]}), caption="c", label="l", digits={}, titles={}
    )
    assert r"\begin{tabular}{p{4cm}l}" in text


def test_a_long_table_goes_on_over_pages_with_its_head() -> None:
    table = pa.table({"number": list(range(LONGEST + 1))})
    text = latex_table(table, caption="c", label="l", digits={}, titles={})
    assert r"\begin{longtable}{r}" in text
    assert text.count(r"number \\") == 2
    assert len(lines(text)) == LONGEST + 1


def test_tables_are_those_of_the_evaluation() -> None:
    evaluation = made()
    found = latex_tables(evaluation)
    assert list(found) == list(evaluation.tables())
    for name, table in evaluation.tables().items():
        assert len(lines(found[name])) == len(table)
        widths = {len(re.split(r"(?<!\\)&", line)) for line in lines(found[name])}
        columns = re.search(r"\{([lr]+)\}", found[name])
        assert columns is not None
        assert widths == {len(columns[1])}
    assert "money in GBP of 2024" in found["costs"]
    place = evaluation.row("incremental", strategy="new")
    interval = f"{place['icer']:,.0f} ({place['icer_low']:,.0f} to {place['icer_high']:,.0f})"
    assert interval in found["incremental"]
    assert r"cost ($\pm$ 95 \%)" in found["incremental"].replace("~", " ")
    assert (
        rf"{place['cost']:,.0f} $\pm$ 24 & {place['qaly']:.3f} $\pm$ 0.020" in found["incremental"]
    )
    assert r"remaining ($\pm$ 95 \%)" in found["severity"].replace("~", " ")
    # with one group there is no column of groups
    alone = latex_tables(dataclasses.replace(evaluation, groups=("all women",)))
    assert alone["incremental"].splitlines()[6].startswith("strategy & cost")
    assert "price year" not in found["prices"]
    assert r"\label{tab:net-benefit}" in found["net_benefit"]


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="LaTeX is not installed")
def test_latex_sets_them(tmp_path: Path) -> None:
    tables = latex_tables(made(HOSTILE))
    text = "\n".join(tables.values())
    (tmp_path / "all.tex").write_text(
        r"\documentclass{article}\usepackage[T1]{fontenc}\usepackage{textcomp,booktabs,longtable}"
        rf"\begin{{document}}{text}\end{{document}}",
        encoding="utf-8",
    )
    command = [
        "pdflatex",
        "-interaction=nonstopmode",
        "-halt-on-error",
        "-no-shell-escape",
        "all.tex",
    ]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout[-2_000:]
    assert (tmp_path / "all.pdf").stat().st_size > 10_000


def test_an_interval_that_is_none_is_marked_as_on_the_page() -> None:
    """Not a number to itself, and not nothing: the words of the report."""
    evaluation = made(NAMES[:2])
    rows = evaluation.incremental.to_pylist()
    told = [r for r in rows if r["icer"] is not None]
    told[0].update(icer_low=told[0]["icer"], icer_high=told[0]["icer"])
    told[0].update(dict.fromkeys(("qaly_difference_low", "qaly_difference_high"),
                                 told[0]["qaly_difference"]))  # fmt: skip
    told[1].update(icer_low=None, icer_high=None)
    found = dataclasses.replace(evaluation, incremental=made_table("incremental", rows))
    text = latex_tables(found)["incremental"]
    marked = [line for line in lines(text) if "interval" in line]
    assert len(marked) == 2
    first = f"{told[0]['icer']:,.0f} (interval not told from chance)"
    assert marked[0].endswith(rf"{first} \\")
    assert f"{told[0]['qaly_difference']:.3f} (interval not told from chance)" in marked[0]
    assert marked[1].endswith(rf"{told[1]['icer']:,.0f} (interval without end) \\")
    # the page and the terminal have the same words
    assert found.text_rows()[1][1][5] == first


def test_differences_of_draws_keep_their_simulation_error_beside_the_interval() -> None:
    evaluation = made(NAMES[:2])
    rows = evaluation.incremental.to_pylist()
    for row in rows:
        if row["icer"] is not None:
            row.update(cost_difference_se=100.0, qaly_difference_se=0.01)
    both = [*({**row, "basis": "probabilistic"} for row in rows), *rows]
    found = dataclasses.replace(evaluation, incremental=made_table("incremental", both))
    text = latex_tables(found)["incremental"].replace("~", " ")
    row = next(r for r in rows if r["icer"] is not None)
    low, high = (f"{row[f'cost_difference_{end}']:,.0f}" for end in ("low", "high"))
    assert rf"{row['cost_difference']:,.0f} $\pm$ 196 ({low} to {high})" in text
    assert r"more cost ($\pm$ 95 \%; 95 \%)" in text
