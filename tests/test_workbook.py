"""The Excel workbook of an evaluation: what its formulas find in programs that know nothing of us."""

from __future__ import annotations

import dataclasses
import math
import zipfile
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest

import seedsoil as ss
from made_evaluation import GROUPS, ITEMS, NAMES, THRESHOLDS
from made_evaluation import made as made_anew
from seedsoil.economics.evaluation import SAME, STANDINGS, TOTAL
from seedsoil.economics.latex import latex_tables
from seedsoil.economics.probabilistic import evppi_rows
from seedsoil.economics.rates import RATES, weights
from seedsoil.economics.sheets import curves, draw_inputs
from seedsoil.economics.tables import table
from seedsoil.economics.workbook import workbook_of, write_workbook
from seedsoil.errors import InputError
from spreadsheet import SOFFICE, calculated, cells, convert, edited, formulas_of

if TYPE_CHECKING:
    from pathlib import Path

    from seedsoil.economics.evaluation import EvaluationData

Cells = dict[tuple[str, str], Any]
made = cache(made_anew)  # nobody changes one
untraced = pytest.mark.no_cover
"""Other programs' work, mostly; what of this package it needs, the tests of what is written run, too."""


def office(test: Any) -> Any:
    return untraced(
        pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed")(test)
    )


WARNED = "WARNING: see the list on the sheet Check"
"""Once something was changed that not every sheet follows."""
UTILITIES = ("C20", "C21", "C22", "C23")
HOSTILE = ('=cmd|"/c calc"!A1', "+1", 'a "quoted" & <b>', "ü*?~ ≥", "x" * 300, "@sum")


@pytest.fixture(autouse=True)
def short_curves(monkeypatch: pytest.MonkeyPatch) -> None:
    """Curves of a few thresholds, as a workbook is calculated often here."""
    monkeypatch.setattr(curves, "STEPS", 4)


def same(one: Any, other: Any) -> bool:
    one, other = ("" if v is None else v for v in (one, other))
    if isinstance(one, int | float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-7)
    return bool(one == other)


def apart(path: Path, found: Cells) -> list[str]:
    """The formulas of which the value kept in the file is not what another program finds."""
    kept = cells(path)
    return [
        f"{at} {formula[:120]}: kept {kept.get(at)!r}, found {found.get(at)!r}"
        for at, formula in formulas_of(path).items()
        if not same(kept.get(at), found.get(at))
    ]


WRITTEN: dict[tuple[int, int, int], tuple[EvaluationData, bytes]] = {}
"""By the id of the evaluation, which no other has while it is kept, and the limits that tests set."""


def written(evaluation: EvaluationData, tmp_path: Path, name: str = "e.xlsx") -> Path:
    """The workbook as a file; what several tests look at is made once."""
    path = tmp_path / name
    key = (id(evaluation), curves.STEPS, draw_inputs.MOST_CELLS)
    if key not in WRITTEN:
        WRITTEN[key] = (evaluation, workbook_of(evaluation))
    path.write_bytes(WRITTEN[key][1])
    return path


def overall(found: Cells) -> str:
    return str(found["Check", "B7"])


def row_of(found: Cells, sheet: str, words: str) -> int:
    """The first row of a sheet that begins with these words."""
    rows = [
        int(at[1:])
        for (title, at), value in found.items()
        if title == sheet and at[0] == "A" and at[1:].isdigit() and value == words
    ]
    return min(rows)


# What is written ------------------------------------------------------------------------------------


def test_results_are_formulas_that_every_spreadsheet_program_knows(tmp_path: Path) -> None:
    path = written(made(draws=12), tmp_path)
    formulas = formulas_of(path)
    kept = cells(path, formulas=True)
    for sheet in ("Costs", "QALYs", "Incremental", "Incremental, draws"):
        numbers = [
            at
            for at, v in kept.items()
            if at[0] == sheet and isinstance(v, float) and at[1][0] != "A"
        ]
        # what is no formula there is a utility of the model, or a Monte-Carlo error, at the right of costs
        # and below QALYs
        first = 12 if sheet == "Costs" else 24
        for _, at in numbers:
            column = sum(
                26**k * (ord(c) - 64) for k, c in enumerate(reversed(at.rstrip("0123456789")))
            )
            row = int(at.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
            errors = {"QALYs": 30, "Incremental": 21, "Incremental, draws": 21}.get(sheet, 1_000)
            assert column > first or row > errors or (sheet == "QALYs" and at in UTILITIES), at
    text = " ".join(formulas.values()).upper()
    for newer in (
        "_XLFN",
        "_XLWS",
        "LET(",
        "LAMBDA",
        "FILTER(",
        "SORT(",
        "UNIQUE(",
        "XLOOKUP",
        "--(",
    ):
        assert newer not in text
    assert not [v for v in cells(path).values() if isinstance(v, str) and v.startswith("#")]
    assert max(len(formula) for formula in formulas.values()) < 8_192


def test_headlines_are_kept_with_the_values_of_the_evaluation(tmp_path: Path) -> None:
    evaluation = made(draws=12)
    kept = cells(written(evaluation, tmp_path))
    assert overall(kept) == "OK"
    row = row_of(kept, "Costs", "total")
    for column, name in zip("BCDEFG", NAMES, strict=True):
        assert kept["Costs", f"{column}{row}"] == pytest.approx(
            evaluation.row("costs", strategy=name, category=TOTAL)["mean"]
        )
    standings = [kept["Incremental", f"E{row}"] for row in range(6, 12)]
    assert set(standings) == set(STANDINGS)


def test_the_same_evaluation_gives_the_same_bytes() -> None:
    assert workbook_of(made_anew(draws=8)) == workbook_of(made_anew(draws=8))


def test_every_sheet_says_what_it_is_and_prints_on_pages(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.load_workbook(written(made(draws=12), tmp_path))
    names = {sheet.title for sheet in book}
    assert {"Summary", "Inputs", "Prices", "Quantities", "Check", "PSA draws", "Charts"} <= names
    for sheet in book:
        assert sheet["A1"].value, sheet.title
        assert sheet["A2"].value, sheet.title
        assert "research and teaching" in sheet["A3"].value, sheet.title
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.title == "Charts" or sheet.freeze_panes, sheet.title
    assert {sheet["A5"].value for sheet in book if sheet.title == "Prices"} == {"item"}
    statuses = [book["Prices"].cell(6 + k, 12).value for k in range(len(ITEMS))]
    assert statuses == ["published"] * len(ITEMS)
    for name in ("threshold", "rate_costs", "rate_effects", "item_price", "overall_check"):
        assert name in book.defined_names


def test_charts_are_of_excel_and_draw_the_formulas(tmp_path: Path) -> None:
    with zipfile.ZipFile(written(made(draws=12), tmp_path)) as archive:
        charts = [
            archive.read(n).decode() for n in archive.namelist() if n.startswith("xl/charts/chart")
        ]
    assert len(charts) == 3
    assert sum("'Acceptability and EVPI'!" in chart for chart in charts) == 2
    assert any("'PSA draws'!" in chart for chart in charts)
    # without a probabilistic analysis there is nothing to draw
    with zipfile.ZipFile(written(made(), tmp_path, "plain.xlsx")) as archive:
        assert not [n for n in archive.namelist() if "chart" in n]


def test_names_are_text_whatever_they_begin_with(tmp_path: Path) -> None:
    path = written(made(HOSTILE, draws=8, sources="=1+1"), tmp_path)
    formulas = formulas_of(path)
    assert not [f for f in formulas.values() if "cmd" in f or "calc" in f]
    kept = cells(path)
    names = [kept["Net benefit", f"A{row}"] for row in range(6, 12)]
    assert names == list(HOSTILE)
    assert kept["Prices", "M6"] == "=1+1"
    assert overall(kept) == "OK"
    # a control character has no place in a file of Excel
    kept = cells(written(made(("a\x07", "b")), tmp_path, "control.xlsx"))
    assert kept["Net benefit", "A6"] == "a\ufffd"


def test_what_excel_cannot_hold_is_refused(tmp_path: Path) -> None:
    evaluation = made()
    many = dataclasses.replace(evaluation, strategies=tuple(f"s{k}" for k in range(41)))
    with pytest.raises(InputError, match="at most 40 strategies, not 41"):
        write_workbook(many, tmp_path / "many.xlsx")
    with pytest.raises(InputError, match=r"cannot hold a text of 40,025 letters"):
        write_workbook(made(("a", "x" * 40_000)), tmp_path / "long.xlsx")
    with pytest.raises(InputError, match="does not exist"):
        write_workbook(evaluation, tmp_path / "none" / "e.xlsx")
    assert not list(tmp_path.iterdir())


# What a program in Python that reads formulas finds ------------------------------------------------------


@untraced
def test_a_reader_of_formulas_finds_what_is_kept_with_each(tmp_path: Path) -> None:
    path = written(made(NAMES[:3], draws=5), tmp_path)
    found = calculated(path)
    assert apart(path, found) == []
    assert overall(found) == "OK"


@untraced
def test_it_finds_dominance_and_what_is_no_difference(tmp_path: Path) -> None:
    evaluation = made()
    path = written(evaluation, tmp_path)
    found = calculated(path)
    assert apart(path, found) == []
    places = [r for r in evaluation.incremental.to_pylist() if r["group"] == GROUPS[0]]
    for row, place in enumerate(places, start=6):
        assert found["Incremental", f"B{row}"] == place["strategy"]
        assert found["Incremental", f"E{row}"] == place["standing"]
        assert same(found["Incremental", f"J{row}"], place["icer"])
    twin = row_of(found, "Net benefit", "twin of old")
    assert found["Net benefit", f"F{twin}"] == SAME


@untraced
@pytest.mark.slow
@pytest.mark.long
def test_a_price_that_is_edited_moves_costs_net_benefit_and_the_draws(tmp_path: Path) -> None:
    """The shorter form is of LibreOffice, below: the draws move with rates, utilities and prices."""
    evaluation = made(NAMES[:2], draws=6, noise=False)
    path = written(evaluation, tmp_path)
    changed = edited(
        path, tmp_path / "changed.xlsx", {("Prices", "D6"): 800.0, ("Inputs", "B9"): 50_000}
    )
    found = calculated(changed)
    assert overall(found) == WARNED
    used = [
        r["discounted_mean"]
        for r in evaluation.quantities.to_pylist()
        if r["group"] == GROUPS[0] and r["item"] == ITEMS[0][0]
    ]
    before = [evaluation.row("costs", strategy=n, category=TOTAL)["mean"] for n in NAMES[:2]]
    after = [cost + 400.0 * mg for cost, mg in zip(before, used, strict=True)]
    row = row_of(found, "Costs", "total")
    assert [found["Costs", f"{c}{row}"] for c in "BC"] == pytest.approx(after, rel=1e-9)
    qalys = [
        evaluation.row("effects", strategy=n, measure="qaly", state="all")["mean"]
        for n in NAMES[:2]
    ]
    first = row_of(found, "Net benefit", "willingness to pay, GBP a QALY")
    inmb = 50_000 * (qalys[1] - qalys[0]) - (after[1] - after[0])
    assert found["Net benefit", f"E{first + 2}"] == pytest.approx(inmb, rel=1e-9)
    psa = evaluation.psa
    assert psa is not None
    drawn = psa.costs + psa.quantities[:, :, 0] * psa.prices[:, [0]]
    assert found["PSA draws", "C6"] == pytest.approx(drawn[:, 0].mean(), rel=1e-9)
    benefit = 50_000 * (psa.effects[:, 1] - psa.effects[:, 0]) - (drawn[:, 1] - drawn[:, 0])
    evpi = np.maximum(benefit, 0).mean() - max(0.0, benefit.mean())
    assert found["Acceptability and EVPI", "B6"] == pytest.approx((benefit <= 0).mean())
    assert found["Acceptability and EVPI", "E6"] == pytest.approx(evpi, rel=1e-9, abs=1e-7)


# What LibreOffice finds -----------------------------------------------------------------------------


@office
@pytest.mark.parametrize(
    "options",
    [
        {"draws": 30, "steps": 50},
        pytest.param({"draws": 12, "same": True}, marks=[pytest.mark.slow, pytest.mark.long]),
        pytest.param(
            {"draws": 12, "names": NAMES[:2], "noise": False},
            marks=[pytest.mark.slow, pytest.mark.long],
        ),
        {"draws": 8, "names": HOSTILE},
    ],
    ids=["all kinds", "all the same", "two", "hostile names"],
)
def test_libreoffice_finds_what_is_kept_with_every_formula(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any]
) -> None:
    monkeypatch.setattr(curves, "STEPS", options.get("steps", 4))
    options = {key: value for key, value in options.items() if key != "steps"}
    path = written(made(**options), tmp_path)
    found = cells(convert(path, "xlsx", tmp_path))
    assert apart(path, found) == []
    assert overall(found) == "OK"
    assert not [v for v in found.values() if isinstance(v, str) and v.startswith(("#", "Err:"))]


@office
def test_libreoffice_follows_the_rate_the_group_and_utilities(tmp_path: Path) -> None:
    """And the sheets of draws, which follow all but the group, say so."""
    evaluation = made(draws=4)
    path = written(evaluation, tmp_path)
    changes = {("Inputs", "B6"): GROUPS[1], ("Inputs", "B7"): 0.0, ("Inputs", "B8"): 0.0}
    found = cells(convert(edited(path, tmp_path / "x.xlsx", changes), "xlsx", tmp_path))
    row = row_of(found, "Costs", "total")
    last = row_of(found, "QALYs", "discounted QALYs") + 5
    for column, name in zip("BCDEFG", NAMES, strict=True):
        where = {"strategy": name, "group": GROUPS[1]}
        cost = evaluation.row("costs", category=TOTAL, **where)["undiscounted"]
        qaly = evaluation.row("effects", measure="qaly", state="all", **where)["undiscounted"]
        assert found["Costs", f"{column}{row}"] == pytest.approx(cost, rel=1e-9)
        assert found["QALYs", f"{column}{last}"] == pytest.approx(qaly, rel=1e-9)
    assert overall(found) == WARNED
    for sheet in ("PSA draws", "Incremental, draws", "Acceptability and EVPI", "Summary"):
        assert str(found[sheet, "A4"]).startswith("NOT FOLLOWED HERE")


@office
def test_libreoffice_moves_the_draws_with_rates_utilities_and_prices(tmp_path: Path) -> None:
    evaluation = made(NAMES[:3], draws=6, noise=False)
    path = written(evaluation, tmp_path)
    rates, change = (0.025, 0.05), {"stable": 0.04, "response": -0.02, "progressed": -0.1}
    changes = {("Inputs", "B7"): rates[0], ("Inputs", "B8"): rates[1], ("Prices", "D6"): 800.0}
    changes |= {("Inputs", f"B{10 + k}"): value for k, value in enumerate(change.values())}
    found = cells(convert(edited(path, tmp_path / "y.xlsx", changes), "xlsx", tmp_path))
    assert overall(found) == WARNED
    psa = evaluation.psa
    assert psa is not None
    assert evaluation.at_rates is not None
    times = np.where(np.arange(len(ITEMS)) == 0, 2.0, 1.0)
    for kept, prices, worth, at in (
        (psa.at_rates, psa.prices, psa.at_rates.worth, "PSA draws"),
        (evaluation.at_rates, np.array([i[3] for i in ITEMS])[None], evaluation.at_rates.worth, ""),
    ):
        used = np.einsum("...sri,r->...si", kept.quantities, weights(RATES, rates[0]))
        costs = np.einsum("dsi,di->ds", used[: len(prices)], prices * times)
        utility = np.atleast_2d(worth)[:, :3] + np.array(list(change.values()))
        utility = np.column_stack([utility, utility[:, 1] * utility[:, 2] / utility[:, 0]])
        lived = np.einsum("...srp,r->...sp", kept.weighted, weights(RATES, rates[1]))
        qalys = np.einsum("dsp,dp->ds", lived[: len(utility)], utility)
        for s in range(3):
            if at:
                column, other = "CDE"[s], "FGH"[s]
                cells_of = [(at, f"{column}{13 + d}") for d in range(6)]
                others = [(at, f"{other}{13 + d}") for d in range(6)]
            else:
                cells_of = [("Net benefit", f"B{6 + s}")]
                others = [("Net benefit", f"C{6 + s}")]
            assert [found[c] for c in cells_of] == pytest.approx(costs[:, s], rel=1e-9)
            assert [found[c] for c in others] == pytest.approx(qalys[:, s], rel=1e-9)
    # nothing says that it does not follow
    assert not found.get(("PSA draws", "A4"))


@office
def test_the_check_sheet_finds_a_number_that_is_wrong(tmp_path: Path) -> None:
    evaluation = made()
    wrong = [
        1.00001 * v if k == 3 else v
        for k, v in enumerate(evaluation.costs.column("mean").to_pylist())
    ]
    place = evaluation.costs.column_names.index("mean")
    costs = evaluation.costs.set_column(place, "mean", pa.array(wrong))
    path = written(dataclasses.replace(evaluation, costs=costs), tmp_path)
    found = cells(convert(path, "xlsx", tmp_path))
    assert overall(found) == "DIFFERENT"
    assert found["Check", "B6"] == 1


@office
def test_many_draws_keep_their_largest_items_and_the_sum(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(draw_inputs, "MOST_CELLS", 1)
    path = written(made(draws=12), tmp_path)
    found = cells(convert(path, "xlsx", tmp_path))
    assert apart(path, found) == []
    assert overall(found) == "OK"
    titles = {v for (sheet, at), v in found.items() if sheet == "PSA items" and at.endswith("6")}
    assert {"drug.trastuzumab.150", "all other items"} <= titles


def test_the_curves_of_the_workbook_end_where_those_of_the_report_do(tmp_path: Path) -> None:
    """Not at twice the thresholds: the ICERs, at which the choice changes, lie beyond."""
    one = made(draws=12)
    assert one.decision is not None
    found = cells(written(one, tmp_path))
    steps = [
        value
        for (sheet, at), value in found.items()
        if sheet == "Acceptability and EVPI" and at[0] == "A" and at[1:].isdigit()
        and isinstance(value, int | float)
    ]  # fmt: skip
    assert max(steps) == one.decision.thresholds[-1]
    icers = [step.icer for step in one.decision.frontier if step.icer is not None]
    assert max(THRESHOLDS) < max(icers) < max(steps)


def test_the_corrected_curve_is_first_and_named_the_result_in_every_file(tmp_path: Path) -> None:
    evaluation = made(NAMES[:2], draws=12)
    kept = cells(written(evaluation, tmp_path))
    sheet = "Acceptability and EVPI"
    assert kept[sheet, "B5"] == "probability best, corrected (the result), old"
    k = THRESHOLDS[0]
    clean = evaluation.decision.corrected
    assert kept[sheet, "B7"] == pytest.approx(clean.winners_at(k).shares[0, 0])
    assert kept[sheet, "E7"] == pytest.approx(float(clean.winners_at(k).loss[0]), abs=1e-6)
    titles = [v for (s, at), v in sorted(kept.items()) if s == sheet and at.endswith("5")]
    assert "EVPI, as drawn, not corrected" in titles
    first = row_of(kept, "Summary", "corrected (the result)")
    assert row_of(kept, "Summary", "as drawn, not corrected") == first + 1
    # the table of the CSV and of LaTeX has the same order and the same name, with errors
    rows = evaluation.acceptability.to_pylist()
    curves_of = list(dict.fromkeys(r["curve"] for r in rows))
    assert curves_of == ["corrected (the result)", "as drawn, not corrected"]
    assert rows[0]["probability_best"] == kept[sheet, "B7"]
    assert rows[0]["probability_best_se"] == clean.errors_at(k)[0][0]
    text = latex_tables(evaluation)["acceptability"]
    assert text.index("corrected (the result)") < text.index("as drawn, not corrected")
    assert r"EVPI ($\pm$ 95 \%)" in text.replace("~", " ")
    # where chance between women is not known there is one curve
    alone = made(NAMES[:2], draws=12, noise=False)
    assert {r["curve"] for r in alone.acceptability.to_pylist()} == {"as drawn (the result)"}
    kept = cells(written(alone, tmp_path, "alone.xlsx"))
    assert kept[sheet, "B5"] == "probability best, old"


# What follows, and what says that it does not ---------------------------------------------------------


@office
def test_uptake_is_spread_over_all_strategies_and_the_budget_follows(tmp_path: Path) -> None:
    """Rows a strategy, in the budget and over the draws, with intervals by their own covariance."""
    evaluation = made(NAMES[:3], draws=6)
    path = written(evaluation, tmp_path)
    sheet = "Budget impact"
    women = row_of(cells(path), sheet, "women")
    shares = {"C": (0.3, 0.5), "D": (0.2, 0.6)}
    changes = {(sheet, f"{c}{women + 2 + s}"): v[s] for c, v in shares.items() for s in range(2)}
    changes |= {(sheet, f"B{women + 2}"): 0.25, (sheet, f"B{women + 3}"): 0.75}
    found = cells(convert(edited(path, tmp_path / "b.xlsx", changes), "xlsx", tmp_path))
    yearly = np.array(
        [[r["cost"] for r in evaluation.yearly.to_pylist()
          if (r["strategy"], r["group"], r["category"]) == (name, GROUPS[0], TOTAL)] for name in NAMES[:3]]
    )  # fmt: skip
    taken = np.array([[0.25, 0.3, 0.2], [0.75, 0.5, 0.6]]) * 1_000
    more = yearly[1:] - yearly[0]
    each = np.array([[sum(taken[s, j] * more[s, t - j] for j in range(t + 1)) for t in range(3)]
                     for s in range(2)])  # fmt: skip
    impact = row_of(found, sheet, "budget impact")
    columns = "BCD"
    assert [found[sheet, f"{c}{impact}"] for c in columns] == pytest.approx(each.sum(axis=0))
    for s in range(2):
        row = row_of(found, sheet, f"of it, {NAMES[1 + s]}")
        assert [found[sheet, f"{c}{row}"] for c in columns] == pytest.approx(each[s], abs=1e-6)
    together = row_of(found, sheet, "all but the reference together (at most 100 %)")
    assert [found[sheet, f"{c}{together}"] for c in columns] == pytest.approx([1.0, 0.8, 0.8])
    assert (found["Check", "B5"], overall(found)) == (6, "OK")
    # over the draws: the second year
    psa = evaluation.psa
    assert psa is not None
    group = psa.groups[GROUPS[0]]
    weights_of = np.zeros((2, 5))
    weights_of[:, 0], weights_of[:, 1] = taken[:, 1], taken[:, 0]
    values = np.einsum("dst,st->d", group.yearly[:, 1:], weights_of)
    noise = group.yearly_noise[:, 1:, :, 1:].mean(axis=0) / 400
    chance = np.einsum("si,sitj,tj->", weights_of, noise, weights_of)
    total = values.var(ddof=1)
    kept = math.sqrt(max(total - chance, 0.0) / total)
    place = column_of(found, "Budget draws", "impact, year 2")
    names = [found.get(("Budget draws", f"A{row}")) for row in range(1, 30)]
    first = names.index("mean") + 1
    own = [found["Budget draws", f"{place}{first + k}"] for k in range(7)]
    low, high = np.quantile(values, (0.025, 0.975))
    mean = values.mean()
    assert own[0] == pytest.approx(mean)
    assert own[5:] == pytest.approx([mean + kept * (low - mean), mean + kept * (high - mean)])
    assert 0.0 < kept < 1.0


@office
def test_shares_above_all_women_are_a_warning(tmp_path: Path) -> None:
    path = written(made(NAMES[:3]), tmp_path)
    women = row_of(cells(path), "Budget impact", "women")
    changes = {("Budget impact", f"C{women + 3}"): 0.2}
    found = cells(convert(edited(path, tmp_path / "s.xlsx", changes), "xlsx", tmp_path))
    assert overall(found) == WARNED
    told = [v for (sheet, _), v in found.items() if sheet == "Check" and "NOT ALLOWED" in str(v)]
    assert told == ["NOT ALLOWED: the budget is of shares that cannot be"]
    assert any("more than 100 %" in str(v) for (s, _), v in found.items() if s == "Budget impact")


def column_of(found: Cells, sheet: str, title: str) -> str:
    """The letters of the column under a title."""
    at = next(at for (s, at), v in found.items() if s == sheet and v == title)
    return at.rstrip("0123456789")


@office
@pytest.mark.parametrize(
    "changes, sheets",
    [
        ({("Inputs", "B6"): GROUPS[1]}, ("PSA draws", "Incremental, draws", "Acceptability and EVPI",
                                       "Budget impact", "Budget draws", "Summary")),
        # two in one file, as each has a sheet that nothing else concerns
        ({("Utilities", "B6"): 0.5, ("Inputs", "B8"): 0.06}, ("Utilities", "Severity")),
        ({("Prices", "D11"): 5.0}, ("PSA draws", "PSA items", "Budget impact")),
        ({("Prices", "D6"): 500.0}, ("Budget impact", "Acceptability and EVPI")),
    ],
    ids=["group", "utility of the model, and rate", "price of nothing", "price"],
)  # fmt: skip
def test_what_is_not_followed_is_told_on_its_sheet_and_in_check(
    tmp_path: Path, changes: dict[tuple[str, str], Any], sheets: tuple[str, ...]
) -> None:
    path = written(made(NAMES[:2], draws=6), tmp_path)
    kept = cells(path)
    assert not [v for v in kept.values() if str(v).startswith("NOT FOLLOWED")]
    found = cells(convert(edited(path, tmp_path / "w.xlsx", changes), "xlsx", tmp_path))
    assert overall(found) == WARNED
    told = [str(v) for (s, _), v in found.items()
            if s == "Check" and str(v).startswith("NOT FOLLOWED on")]  # fmt: skip
    assert told
    for sheet in sheets:
        assert sheet in " ".join(told)
        assert str(found[sheet, "A4"]).startswith("NOT FOLLOWED HERE")


def test_cells_that_nothing_follows_are_locked(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.load_workbook(written(made(NAMES[:2], draws=6), tmp_path))
    for sheet, locked, free in (("Utilities", "B6", ()), ("Prices", "F6", ("D6",))):
        assert book[sheet].protection.sheet
        assert book[sheet][locked].protection.locked
        assert not any(book[sheet][cell].protection.locked for cell in free)


def test_errors_of_the_result_stand_in_the_sheets(tmp_path: Path) -> None:
    evaluation = made(NAMES[:2], draws=6)
    kept = cells(written(evaluation, tmp_path))
    titles = {(s, v) for (s, _), v in kept.items() if isinstance(v, str)}
    for sheet, title in (
        ("Severity", "se of remaining and absolute"), ("Net benefit", "se of INMB"),
        ("Incremental", "se of more cost"), ("Acceptability errors", "probability best se"),
        ("Acceptability errors", "evpi se"), ("Costs", "se, old"),
    ):  # fmt: skip
        assert (sheet, title) in titles, title
    place = column_of(kept, "Severity", "se of remaining and absolute")
    assert kept["Severity", f"{place}6"] == 0.1
    place = column_of(kept, "Incremental", "se of cost")
    assert 12.0 in {v for (s, at), v in kept.items() if s == "Incremental" and at[0] == place}


def test_what_learning_one_number_is_worth_stands_in_every_table(tmp_path: Path) -> None:
    """EVPPI with its standard errors, by threshold, in the tables, LaTeX and the workbook."""
    evaluation = made(NAMES, draws=200)
    assert evaluation.evppi.num_rows == 0  # nothing is known of what was drawn
    psa = evaluation.psa
    assert psa is not None
    decided = ss.decision(
        psa.costs, psa.effects, names=NAMES, at=THRESHOLDS, currency="GBP",
        parameters={"drug": psa.prices[:, 0], "scan": psa.prices[:, 3]},
    )  # fmt: skip
    rows = evppi_rows({"all women": decided})
    assert len(rows) == 2 * len(THRESHOLDS)
    for k in THRESHOLDS:
        mine = [r for r in rows if r["threshold"] == k]
        told = decided.evppi(k=k).found
        assert [(r["parameter"], r["evppi"], r["evppi_se"]) for r in mine] == [
            (one.name, one.value, one.se) for one in told
        ]
        for r in mine:
            evpi = decided.clean.evpi_at(k).value
            assert r["share_of_evpi"] * evpi == pytest.approx(r["evppi"])
    found = dataclasses.replace(evaluation, decision=decided, evppi=table("evppi", rows))
    assert "evppi" in found.tables()
    text = latex_tables(found)["evppi"]
    assert r"EVPPI ($\pm$ 95 \%)" in text.replace("~", " ")
    kept = cells(written(found, tmp_path, "evppi.xlsx"))
    for k, r in enumerate(rows, start=6):
        assert kept["EVPPI", f"A{k}"] == r["parameter"]
        for column, name in zip(
            "BCDE", ("threshold", "evppi", "evppi_se", "share_of_evpi"), strict=True
        ):
            assert kept["EVPPI", f"{column}{k}"] == pytest.approx(r[name], rel=1e-14)
    assert max(r["evppi_se"] for r in rows) > 0.0
    assert evppi_rows({"all women": made(NAMES, draws=12).decision}) == []
