"""What a workbook finds after rates, a utility and a price were changed in it, beside an evaluation with
these."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import seedsoil as ss
from seedsoil.catalog import load
from seedsoil.economics.evaluation import PARTS, STATES
from seedsoil.economics.prices import Prices
from seedsoil.economics.quantities import quantities_of
from seedsoil.economics.rates import RATES, at_each, rates_with, weights
from seedsoil.economics.sheets import curves, draws
from seedsoil.economics.workbook import write_workbook
from seedsoil.results.discounting import Discounting
from spreadsheet import SOFFICE, cells, convert, edited

if TYPE_CHECKING:
    from pathlib import Path

    from seedsoil.economics.answers import Evaluation

PAIR = ["pre-2013", "2022"]
ITEM, UTILITY, CHANGE = "care.progressed", "progressed", -0.06
BETWEEN, HIGH = 0.02, 0.05
"""Rates that are not among those at which everything is counted."""
NEAR = 5e-5
"""What a polynomial through those may be off: of few women, half of what docs/economics.md says."""


def catalog(
    costs: float = 0.035, effects: float = 0.035, change: float = 0.0
) -> ss.catalog.Catalog:
    """The packaged catalog with other rates; a utility changed, and none drawn, so that all draws have it."""
    known = load()
    cases = known.costs.reference_cases
    case = cases["nice"].model_copy(update={"discount_costs": costs, "discount_effects": effects})
    found = known.with_values({f"utility.{UTILITY}": known.value(f"utility.{UTILITY}") + change})
    plain = {
        key: dataclasses.replace(p, spread=None) if key.startswith("utility.") else p
        for key, p in found.parameters.items()
    }
    costs_of = known.costs._replace(reference_cases={**cases, "nice": case})
    return dataclasses.replace(found, parameters=plain, costs=costs_of)


def evaluated(**settings: Any) -> Evaluation:
    asked = {"women": 300, "seed": 3, "psa": 3, "parameters": "fixed", "threads": 1}
    return ss.evaluate(PAIR, **{**asked, **settings})


@pytest.fixture(scope="module")
def base() -> Evaluation:
    return evaluated(catalog=catalog())


def doubled(path: Path) -> Path:
    """A perspective in which one item costs twice as much, and is as uncertain in proportion."""
    row = Prices.load("uk-nhs").row(ITEM)
    value, error = 2 * row["value"], 2 * row["standard_error"]
    path.write_text(
        f'name = "dearer"\ndescription = "one item costs twice as much"\nextends = "uk-nhs"\n[{ITEM}]\n'
        f'value = {value!r}\nstandard_error = {error!r}\ndistribution = "{row["distribution"]}"\n',
        encoding="utf-8",
    )
    return path


# Rates ------------------------------------------------------------------------------------------------


def test_weights_are_exact_at_the_rates_and_for_short_and_long_lives_between() -> None:
    assert rates_with(0.035) == RATES
    assert rates_with(0.04) == (0.0, 0.015, 0.03, 0.035, 0.04, 0.06)
    assert rates_with(0.0349) == (0.0, 0.015, 0.03, 0.0349, 0.06)
    assert rates_with(0.1)[-1] == 0.1
    for k, rate in enumerate(RATES):
        assert weights(RATES, rate).tolist() == [float(k == j) for j in range(len(RATES))]
    for rate in (0.005, 0.02, 0.033, 0.05):
        for years, within in ((1.0, 2e-5), (10.0, 1e-5), (25.0, 5e-6), (45.0, 6e-5)):
            known = [float(one.flow(0.0, years)) for one in at_each(Discounting(0.035))]
            found = float(weights(RATES, rate) @ known)
            assert found == pytest.approx(float(Discounting(rate).flow(0.0, years)), rel=within)


def test_what_is_counted_at_a_rate_is_what_an_evaluation_at_it_counts(base: Evaluation) -> None:
    assert base.psa is not None
    assert base.at_rates is not None
    at_rates = base.psa.at_rates
    costs, effects = RATES.index(0.015), RATES.index(0.06)
    other = evaluated(catalog=catalog(0.015, 0.06)).psa
    assert other is not None
    used = at_rates.quantities[:, :, costs]
    assert np.einsum("dsi,di->ds", used, base.psa.prices) == pytest.approx(other.costs, rel=1e-12)
    gained = np.einsum("dsp,dp->ds", at_rates.weighted[:, :, effects], at_rates.worth)
    assert gained == pytest.approx(other.effects, rel=1e-12)
    assert at_rates.years[:, :, effects].sum(axis=2) == pytest.approx(other.life_years, rel=1e-12)
    # between the rates a polynomial
    between = evaluated(catalog=catalog(BETWEEN, HIGH)).psa
    assert between is not None
    used = np.einsum("dsri,r->dsi", at_rates.quantities, weights(RATES, BETWEEN))
    assert np.einsum("dsi,di->ds", used, base.psa.prices) == pytest.approx(between.costs, rel=NEAR)
    weighted = np.einsum("dsrp,r->dsp", at_rates.weighted, weights(RATES, HIGH))
    gained = np.einsum("dsp,dp->ds", weighted, at_rates.worth)
    assert gained == pytest.approx(between.effects, rel=NEAR)
    more, exact = gained[:, 1] - gained[:, 0], between.effects[:, 1] - between.effects[:, 0]
    assert more == pytest.approx(exact, rel=2e-4)
    # and of all women, by part of life
    row = base.row("effects", strategy="2022", measure="qaly", state="all", basis="deterministic")
    delivered = base.at_rates.effects.index(0.035)
    worth = base.at_rates.weighted[0, 1, delivered] @ base.at_rates.worth
    assert worth == pytest.approx(row["mean"], rel=1e-12)
    assert base.at_rates.weighted.shape[-1] == len(PARTS) == len(STATES) + 1


def test_years_one_by_one_are_those_up_to_each() -> None:
    run = ss.simulate(300, seed=3, strategy="2022")
    used = quantities_of(run, perspective="uk-nhs", years=5)
    upto = [
        quantities_of(run, perspective="uk-nhs", discount=Discounting(0.0, "none", year)).per_woman
        for year in (1.0, 2.0, 5.0)
    ]
    assert used.yearly[:, 0] == pytest.approx(upto[0], abs=1e-9)
    assert used.yearly[:, :2].sum(axis=1) == pytest.approx(upto[1], abs=1e-9)
    assert used.yearly.sum(axis=1) == pytest.approx(upto[2], rel=1e-12, abs=1e-9)


# LibreOffice --------------------------------------------------------------------------------------------


@pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed")
def test_libreoffice_finds_what_an_evaluation_with_these_numbers_finds(
    base: Evaluation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(curves, "STEPS", 2)
    path = write_workbook(base, tmp_path / "e.xlsx")
    kept = cells(path)
    row = next(r for (s, at), v in kept.items() if s == "Prices" and v == ITEM for r in [at[1:]])
    states = {kept["Inputs", f"A{r}"]: f"B{r}" for r in range(6, 13)}
    changes = {
        ("Inputs", "B7"): BETWEEN, ("Inputs", "B8"): HIGH,
        ("Inputs", states[f"change of utility, {UTILITY}"]): CHANGE,
        ("Prices", f"D{row}"): 2 * float(kept["Prices", f"D{row}"]),
    }  # fmt: skip
    found = cells(convert(edited(path, tmp_path / "x.xlsx", changes), "xlsx", tmp_path))
    dearer = doubled(tmp_path / "dearer.toml")
    other = evaluated(catalog=catalog(BETWEEN, HIGH, CHANGE), perspective=dearer)
    assert other.psa is not None
    # the budget does not follow prices, and says so
    assert found["Check", "B7"] == "WARNING: see the list on the sheet Check"
    for s in range(2):
        first = draws.DATA + 1
        costs = [found["PSA draws", f"{'CD'[s]}{first + d}"] for d in range(3)]
        qalys = [found["PSA draws", f"{'EF'[s]}{first + d}"] for d in range(3)]
        assert costs == pytest.approx(other.psa.costs[:, s], rel=NEAR)
        assert qalys == pytest.approx(other.psa.effects[:, s], rel=NEAR)
        where = {"strategy": PAIR[s], "basis": "deterministic"}
        cost = other.row("costs", category="total", **where)["mean"]
        qaly = other.row("effects", measure="qaly", state="all", **where)["mean"]
        assert found["Net benefit", f"B{6 + s}"] == pytest.approx(cost, rel=NEAR)
        assert found["Net benefit", f"C{6 + s}"] == pytest.approx(qaly, rel=NEAR)
    # the analysis of the draws follows
    more = other.psa.effects[:, 1] - other.psa.effects[:, 0]
    spent = other.psa.costs[:, 1] - other.psa.costs[:, 0]
    ratios = [v for (s, at), v in found.items() if s == "Incremental, draws" and at in ("J6", "J7")]
    assert max(r for r in ratios if isinstance(r, float)) == pytest.approx(
        spent.mean() / more.mean(), rel=1e-3
    )
