"""Is there a cure: states of women at death, by burden and strategy, and the fitted cure fraction."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest

import seedsoil as ss
from seedsoil.catalog import load
from seedsoil.errors import InputError
from seedsoil.results.cure import cure, relative_survival_cure_fraction
from seedsoil.results.cure_state import STATES, state_of_cure
from seedsoil.results.cure_strategies import cure_by_strategy
from seedsoil.results.mixture_cure import fit_mixture_cure, fraction_limits
from seedsoil.results.shares import Share
from seedsoil.vocabulary import ORGANS

if TYPE_CHECKING:
    import pandas as pd


@dataclasses.dataclass(frozen=True)
class Tables:
    """Three tables and a manifest."""

    patients: pa.Table
    lesions: pa.Table
    symptoms: pa.Table = dataclasses.field(default_factory=lambda: pa.table({"patient": [0]}))
    manifest: dict[str, Any] = dataclasses.field(default_factory=dict)


def limit_cells(organ: str) -> float:
    """log10 cells at the limit of imaging."""
    catalog = load()
    diameter = catalog.value("imaging.limit_mm", organ) / 10
    return math.log10(catalog.value("growth.cells_per_cm3") * math.pi / 6 * diameter**3)


def hand_made() -> Tables:
    """Eight women: what became of each is told by the outcome, the cause and the sizes at death."""
    rows = [
        # presentation, found, died, cause, outcome, visible, organs
        ("none", None, 20.0, "other", "no spread", None, []),
        ("none", None, 15.0, "other", "never manifest", None, []),
        ("recurrent", 4.0, 9.0, "other", "eradicated", 1, ["bone"]),
        ("recurrent", 5.0, 11.0, "other", "died with", 3, ["liver", "bone"]),  # all too small
        ("de novo", 0.0, 3.0, "other", "died with", 7, ["lung", "bone", "brain"]),  # one visible
        ("de novo", 0.0, 2.0, "breast cancer", "died of", 2, ["brain"]),
        ("none", None, 8.0, "other", "eradicated", None, []),
        ("recurrent", 2.0, 2.5, "breast cancer", "died of", 0, []),
    ]
    names = (
        "presentation",
        "metastatic_at",
        "died_at",
        "cause_of_death",
        "outcome",
        "visible_lesions",
    )
    columns: dict[str, Any] = {
        name: [row[place] for row in rows] for place, name in enumerate(names)
    }
    columns |= {organ: [organ in row[6] for row in rows] for organ in ORGANS}
    columns["visible_lesions"] = pa.array(columns["visible_lesions"], pa.int32())
    columns["patient"] = np.arange(10, 18)
    columns["age"] = np.full(8, 60.0)
    columns["subtype"] = ["TNBC"] * 8
    sizes = [
        (11, "liver", 7.0), (12, "bone", None), (13, "bone", limit_cells("bone") - 0.01),
        (13, "liver", 3.0), (13, "node", 10.0), (14, "lung", limit_cells("lung") + 0.01),
        (14, "bone", 2.0), (15, "brain", 10.5), (16, "bone", None), (17, "brain", 9.0),
    ]  # fmt: skip
    patient, organ, size = zip(*sizes, strict=True)
    lesions = {"patient": patient, "organ": organ, "log10_cells": pa.array(size, pa.float64())}
    return Tables(pa.table(columns), pa.table(lesions))


def test_states_by_hand() -> None:
    states = [STATES[code] for code in state_of_cure(hand_made())]
    assert states == [
        "disease-free", "disease-free", "eradicated", "disease-free", "neither", "neither",
        "eradicated", "neither",
    ]  # fmt: skip


def test_among_women_with_metastatic_disease_by_hand() -> None:
    found = cure(hand_made(), among="metastatic")
    states = found.overall.states
    assert states is not None
    assert {name: share.count for name, share in states.items()} == {
        "eradicated": 1,
        "disease-free": 1,
        "neither": 3,
    }
    assert {share.women for share in states.values()} == {5}
    assert found.overall.cured == Share(1, 5)
    assert "20.0\u00a0% ± 17.89 eradicated" in found.sentence
    table = found.states_table().to_pandas()
    assert table.set_index("state").share.to_dict() == pytest.approx(
        {"eradicated": 0.2, "disease-free": 0.2, "neither": 0.6}
    )
    assert table.standard_error[0] == pytest.approx(math.sqrt(0.2 * 0.8 / 5))
    assert set(found.table().column("among").to_pylist()) == {"metastatic"}


@pytest.mark.parametrize(
    "by, groups",
    [
        ("burden", {"none visible": 1, "1 lesion": 1, "2-5 lesions": 2, "6 or more lesions": 1}),
        ("organs", {"none seen": 1, "bone only": 1, "one other organ": 1, "two organs": 1,
                    "three or more organs": 1}),
        ("presentation", {"de novo": 2, "recurrent": 3}),
    ],
)  # fmt: skip
def test_divided_by_what_was_seen(by: str, groups: dict[str, int]) -> None:
    found = cure(hand_made(), by=by, among="metastatic")
    assert {group.group: group.cured.women for group in found.groups} == groups
    assert sum(group.cured.count for group in found.groups) == 1
    if by != "presentation":  # only women with metastatic disease have a burden
        everyone = cure(hand_made(), by=by)
        assert [g.group for g in everyone.groups] == list(groups)
        assert sum(g.cured.women for g in everyone.groups) == 5


def test_a_narrowed_run_tells_outcomes_but_not_who_was_free_of_disease() -> None:
    run = hand_made()
    narrow = dataclasses.replace(run, lesions=run.lesions.slice(0, 0))
    found = cure(narrow)
    assert found.overall.states is None
    assert found.overall.outcomes["died with"].count == 2
    assert "died with" in repr(found)
    with pytest.raises(InputError, match="holds none"):
        cure(narrow, among="metastatic").states_table()


@pytest.mark.parametrize(
    "wrong, says",
    [({"by": "burdens"}, "did you mean 'burden'"), ({"among": "recurrent"}, "among='recurrent'")],
)
def test_wrong_divisions_are_refused(wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        cure(hand_made(), **wrong)


# --- a simulated cohort ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cohort() -> ss.Run:
    return ss.simulate(women=12_000, seed=1, strategy="untreated", adjuvant="none")


@pytest.fixture(scope="module")
def women(cohort: ss.Run) -> pd.DataFrame:
    return cohort.patients.to_pandas()


def test_every_woman_with_metastases_is_in_one_group(cohort: ss.Run, women: pd.DataFrame) -> None:
    metastatic = women[women.presentation != "none"]
    for by in ("burden", "organs", "subtype", "presentation"):
        found = cure(cohort, by=by, among="metastatic")
        assert sum(group.cured.women for group in found.groups) == len(metastatic)
        for group in found.groups:
            assert group.states is not None
            assert sum(share.count for share in group.states.values()) == group.cured.women
    one = next(g for g in cure(cohort, by="burden").groups if g.group == "1 lesion")
    assert one.cured.women == int((metastatic.visible_lesions == 1).sum())
    bone = next(g for g in cure(cohort, by="organs").groups if g.group == "bone only")
    others = metastatic[list(ORGANS)].sum(axis=1)
    assert bone.cured.women == int((metastatic.bone & (others == 1)).sum())


def test_untreated_disease_is_still_there_at_death(cohort: ss.Run) -> None:
    """Untreated lesions only grow: free of disease are at most those found with nothing visible."""
    for group in cure(cohort, by="burden", among="metastatic").groups:
        assert group.states is not None
        assert group.states["eradicated"].count == 0
        if group.group != "none visible":
            assert group.states["disease-free"].count == 0


def test_results_show_themselves(cohort: ss.Run) -> None:
    for found in (
        cure(cohort, by="burden", among="metastatic"),
        cure_by_strategy({"untreated": cohort, "again": cohort}, by="subtype"),
        relative_survival_cure_fraction(cohort, by="subtype", among="metastatic"),
    ):
        assert found._repr_mimebundle_()["text/html"].startswith("<figure")
        assert found.to_pandas().shape[0] >= 4
        assert len(repr(found).splitlines()) >= 5


# --- strategies --------------------------------------------------------------------------------


def treated(run: Tables, cured: list[int]) -> Tables:
    """The same run with some women eradicated."""
    outcome = run.patients.column("outcome").to_pylist()
    for row in cured:
        outcome[row] = "eradicated"
    place = run.patients.column_names.index("outcome")
    return dataclasses.replace(
        run, patients=run.patients.set_column(place, "outcome", pa.array(outcome))
    )


def test_a_strategy_beside_itself_changes_nothing(cohort: ss.Run) -> None:
    found = cure_by_strategy({"one": cohort, "same": cohort}, by="subtype", among="all")
    assert found.paired
    assert all(row.difference == 0.0 and row.difference_error == 0.0 for row in found.shares)
    assert repr(found).count("no difference") == len(found.shares) / 2


def test_changes_are_paired_by_woman() -> None:
    """Rows 4 and 5 cured, of five women: d = (0, 0, 1, 1, 0), mean 0.4, sd of the mean by hand."""
    before = hand_made()
    found = cure_by_strategy({"old": before, "new": treated(before, [4, 5])})
    rows = {(row.strategy, row.state): row for row in found.shares}
    new = rows["new", "eradicated"]
    assert (new.share, new.difference) == (Share(3, 5), pytest.approx(0.4))
    assert new.difference_error == pytest.approx(np.std([0, 0, 1, 1, 0]) / math.sqrt(5))
    assert rows["new", "neither"].difference == pytest.approx(-0.4)
    assert rows["old", "eradicated"].difference == 0.0
    assert "60.0\u00a0%" in found.sentence


def test_other_women_are_compared_as_independent() -> None:
    before = hand_made()
    fewer = dataclasses.replace(before, patients=before.patients.slice(0, 6))
    found = cure_by_strategy({"old": before, "new": fewer})
    assert not found.paired
    new = next(r for r in found.shares if (r.strategy, r.state) == ("new", "eradicated"))
    assert new.difference == pytest.approx(1 / 4 - 1 / 5)
    assert new.difference_error == pytest.approx(math.sqrt(0.25 * 0.75 / 4 + 0.2 * 0.8 / 5))
    with pytest.raises(InputError, match="at least one run"):
        cure_by_strategy({})


# --- the fitted cure fraction ------------------------------------------------------------------


def test_fitted_fraction_lies_between_the_simulated_shares(cohort: ss.Run) -> None:
    """The share that would never die of the disease lies between those with no living colony and those who
    died of another cause; within 4 standard errors in every subtype, and at every length of follow-up.
    """
    for follow_up in (15.0, 25.0, 40.0):
        found = relative_survival_cure_fraction(cohort, by="subtype", follow_up=follow_up)
        for group in found.groups:
            assert 0 < group.standard_error < 0.05
            assert group.fraction > group.no_living_colony.value - 4 * group.standard_error
            assert group.fraction < group.not_died_of_it.value + 4 * group.standard_error
            low, high = group.interval
            assert low < group.fraction < high


def test_women_found_at_death_are_uncured_and_not_fitted(cohort: ss.Run) -> None:
    """With q more deaths on the day of diagnosis the shape stays, and the fraction falls by 1 - q."""
    before = relative_survival_cure_fraction(cohort).overall
    n = cohort.patients.num_rows
    died = cohort.patients.column("died_at").to_numpy()
    kept = cohort.patients.filter(pa.array(died > 0))
    dead = cohort.patients.filter(pa.array(died == 0))
    assert 0 < dead.num_rows < 0.05 * n
    assert before.died_at_once == Share(dead.num_rows, n)
    more = pa.concat_tables([kept, *[dead] * 20])
    after = relative_survival_cure_fraction(Tables(more, cohort.lesions)).overall
    q = Share(20 * dead.num_rows, more.num_rows)
    assert after.died_at_once == q
    assert (after.shape, after.scale) == (before.shape, before.scale)
    rest = before.fraction / (1 - before.died_at_once.value)
    assert after.fraction == pytest.approx(rest * (1 - q.value))


def test_metastatic_disease_untreated_is_not_cured(cohort: ss.Run, women: pd.DataFrame) -> None:
    found = relative_survival_cure_fraction(cohort, by="subtype", among="metastatic")
    assert found.overall.women == int((women.presentation != "none").sum())
    assert found.overall.no_living_colony.count == 0
    assert found.overall.interval[1] < 0.02
    at_once = (women.died_at == women.metastatic_at).sum()
    assert found.overall.died_at_once.count == at_once
    assert "women with metastatic disease" in found.sentence


@pytest.mark.parametrize(
    "fraction, error, interval, words",
    [
        (0.462, 0.013, (0.437, 0.488), "46.2 % ± 1.3"),
        (6e-6, math.nan, (0.0, 0.009), "0.0 % (below 0.90 %)"),
        (1.0 - 6e-6, math.nan, (0.991, 1.0), "100.0 % (above 99.1 %)"),
        (0.004, 0.006, (0.0002, 0.06), "0.40 % (0.0 to 6.0 %)"),
        (0.01, math.nan, (0.0, 1.0), "1.0 % (the data allow any)"),
        (math.nan, math.nan, (math.nan, math.nan), "–"),
    ],
)
def test_a_fraction_is_told_by_what_is_known(
    cohort: ss.Run, fraction: float, error: float, interval: tuple[float, float], words: str
) -> None:
    found = relative_survival_cure_fraction(cohort)
    told = dataclasses.replace(
        found.overall, fraction=fraction, standard_error=error, interval=interval
    )
    assert told.words.replace("\u00a0", " ") == words


def excess(pi: float, n: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Time, death and background hazard of `n` women; the uncured die with shape 1.2, scale 3 years."""
    rng = np.random.default_rng(seed)
    background = rng.uniform(0.005, 0.05, n)
    own = np.where(rng.random(n) < pi, np.inf, 3.0 * rng.weibull(1.2, n))
    died = np.minimum(own, rng.exponential(1.0 / background))
    return np.minimum(died, 25.0), died <= 25.0, background


def test_a_fraction_of_zero_has_a_one_sided_limit() -> None:
    """Nobody cured of 3,000: no standard error, and a limit at which ln L has fallen by 1.353."""
    data = excess(0.0, 3_000, 3)
    pi, error, _, _, best = fit_mixture_cure(*data)
    assert math.isnan(error)
    assert pi < 0.003
    low, high = fraction_limits(pi, error, *data)
    assert low == 0.0
    assert pi < high < 0.01
    assert profile(high, *data) == pytest.approx(best - 1.353, abs=0.02)


def profile(pi: float, time: Any, dead: Any, background: Any) -> float:
    """ln L at π, the likelihood written out, highest over shape and scale by a coarse search."""
    from scipy.optimize import minimize

    def loss(theta: Any) -> float:
        scale, k = np.exp(theta)
        s = np.exp(-((time / scale) ** k))
        alive = pi + (1 - pi) * s
        rate = background + (1 - pi) * (k / time) * (time / scale) ** k * s / alive
        return float(-np.log(rate[dead]).sum() - np.log(alive).sum())

    return -float(minimize(loss, np.log([3.0, 1.2]), method="Nelder-Mead").fun)


def test_one_sided_limits_hold_as_often_as_they_should() -> None:
    """π = 0.002 of 600 in 30 samples: the limit is below it in 5 %; P(more than 9) = 1e-6."""
    missed = 0
    for seed in range(30):
        data = excess(0.002, 600, 100 + seed)
        pi, error, *_ = fit_mixture_cure(*data)
        missed += fraction_limits(pi, error, *data)[1] < 0.002
    assert missed <= 9


def test_times_of_zero_are_refused_and_no_women_give_no_fit() -> None:
    with pytest.raises(InputError, match="above 0"):
        fit_mixture_cure(np.array([0.0, 1.0]), np.array([True, False]), np.array([0.1, 0.1]))
    nobody = np.zeros(0)
    pi, error, *_ = fit_mixture_cure(nobody, nobody.astype(bool), nobody)
    assert math.isnan(pi)
    assert all(map(math.isnan, fraction_limits(pi, error, nobody, nobody.astype(bool), nobody)))
