"""Decisions under uncertainty: known answers, closed forms, ties, and what patient noise does.

The data of other packages are read from ../shared/peers where they are; otherwise those tests are skipped.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import norm

import seedsoil as ss
from seedsoil.economics.decision import charts
from seedsoil.economics.decision.draws import draws_of
from seedsoil.economics.decision.frontier import frontier
from seedsoil.economics.decision.one_way import Swing
from seedsoil.economics.decision.partial_information import Partial
from seedsoil.economics.decision.patient_noise import PatientNoise
from seedsoil.economics.decision.population import patients_affected
from seedsoil.economics.decision.ratio import ellipse, ratio
from seedsoil.economics.decision.thresholds import check_thresholds, end_of_curves
from seedsoil.economics.decision.winners import winners
from seedsoil.economics.decision.words import significant

if TYPE_CHECKING:
    from seedsoil.economics.decision.decision import Decision

PEERS = Path(__file__).resolve().parents[2] / "shared" / "peers"
Floats = NDArray[np.float64]


def peer(name: str) -> Path:
    """A file of another package's data."""
    path = PEERS / f"{name}.csv"
    if not path.exists():
        pytest.skip("the data of other packages are not here")
    return path


def of_benefit(benefit: Floats, **more: Any) -> Decision:
    """A decision whose net benefit at a threshold of 1 is `benefit` beyond that of doing nothing."""
    nothing = np.zeros_like(benefit)
    return ss.decision(
        np.column_stack([nothing, nothing]), np.column_stack([nothing, benefit]),
        at=1.0, thresholds=[0.5, 1.0, 2.0], **more,
    )  # fmt: skip


def noise_of(sd: float, women: float) -> PatientNoise:
    """Patient noise of the second strategy's effect alone."""
    covariance = np.zeros((4, 4))
    covariance[3, 3] = sd**2
    return PatientNoise.of_draws(covariance, women)


def expected_loss(mean: float, sd: float) -> float:
    """EVPI of a choice between 0 and a normal."""
    z = abs(mean) / sd
    return float(sd * norm.pdf(z) - abs(mean) * norm.cdf(-z))


# The incremental analysis ---------------------------------------------------------------------------


def test_numbers_have_four_digits_and_no_exponent() -> None:
    written = {
        0.0: "0", 32_130.4: "32,130", 10_000.0: "10,000", 5_012.6: "5,013", 999.96: "1,000", 14.55: "14.55",
        0.093651: "0.09365", 0.00016667: "0.0001667", -262_471.0: "\u2212262,471", 5.0: "5", math.nan: "–",
    }  # fmt: skip
    assert {value: significant(value) for value in written} == written


def test_the_frontier_of_screening_for_hiv() -> None:
    """Paltiel et al. 2006, N Engl J Med 355:259: costs in dollars, quality-adjusted life months."""
    costs = [26_000.0, 27_000.0, 28_020.0, 28_440.0, 29_440.0]
    effects = [months / 12 for months in (277.25, 277.57, 277.78, 277.83, 277.76)]
    steps = frontier(costs, effects)
    icers = [step.icer for step in steps if step.icer is not None]
    assert icers == pytest.approx([37_500, 58_285.714286, 100_800], abs=1e-4)
    assert (steps[-1].strategy, steps[-1].status, steps[-1].icer) == (4, "dominated", None)


def brute_force_frontier(costs: list[float], effects: list[float]) -> list[int]:
    """The strategies that are best at some threshold of 0 or more."""
    switches = {0.0, 1e9}
    for i, j in itertools.combinations(range(len(costs)), 2):
        if effects[i] != effects[j]:
            switches.add((costs[i] - costs[j]) / (effects[i] - effects[j]))
    at = sorted(k for k in switches if k >= 0.0)
    middles = [0.5 * (a + b) for a, b in itertools.pairwise(at)]
    found = {max(range(len(costs)), key=lambda j, k=k: k * effects[j] - costs[j]) for k in middles}
    return sorted(found, key=lambda j: costs[j])


@pytest.mark.parametrize("seed", range(20))
def test_the_frontier_holds_what_is_best_at_some_threshold(seed: int) -> None:
    rng = np.random.default_rng(seed)
    costs, effects = rng.uniform(0, 1e5, 9).tolist(), rng.uniform(0, 10, 9).tolist()
    steps = frontier(costs, effects)
    on = [step.strategy for step in steps if step.status == "frontier"]
    assert on == brute_force_frontier(costs, effects)
    icers = [step.icer for step in steps if step.icer is not None]
    assert icers == sorted(icers)
    for step in steps:
        if step.status == "dominated":
            assert any(costs[i] <= step.cost and effects[i] >= step.effect for i in step.by)
        if step.status == "extendedly dominated":
            low, high = step.by
            share = (step.effect - effects[low]) / (effects[high] - effects[low])
            assert costs[low] + share * (costs[high] - costs[low]) <= step.cost


def test_equals_and_ties_on_the_frontier() -> None:
    """Equal cost, less effect; equal effect, more cost; the same point twice; on the line between two."""
    steps = frontier([1.0, 1.0, 2.0, 1.0, 3.0, 2.0], [1.0, 0.5, 1.0, 1.0, 3.0, 2.0])
    status = {step.strategy: step.status for step in steps}
    assert status == {
        0: "frontier", 1: "dominated", 2: "dominated", 3: "same", 4: "frontier",
        5: "extendedly dominated",
    }  # fmt: skip


def test_dominated_strategies_enter_no_ratio() -> None:
    rng = np.random.default_rng(1)
    costs = rng.normal([10, 20, 30, 60], 0.1, (500, 4))
    effects = rng.normal([1.0, 0.5, 1.2, 2.0], 0.01, (500, 4))
    result = ss.decision(costs, effects, names=["a", "b", "c", "d"])
    rows = {row["strategy"]: row for row in result.table().to_pylist()}
    assert (rows["b"]["status"], rows["b"]["by"], rows["b"]["icer"]) == ("dominated", "a", None)
    assert (rows["c"]["status"], rows["c"]["by"]) == ("extendedly dominated", "a, d")
    assert rows["d"]["compared_with"] == "a"
    told = {row[0]: row[3] for row in result.reference_rows()[1]}
    assert told["b"] == "dominated"
    assert told["c"] == "extendedly dominated"
    assert float(told["d"]) == pytest.approx(50.0, rel=0.02)
    turned = ss.decision(costs, effects, names=["a", "b", "c", "d"], reference="c").reference_rows()
    assert {row[0]: row[3] for row in turned[1]}["d"] == "c is extendedly dominated"
    assert rows["d"]["icer"] == pytest.approx(50.0, rel=0.02)


# Ratios and their intervals -------------------------------------------------------------------------


def test_an_interval_in_one_quadrant_is_where_the_acceptability_curve_crosses() -> None:
    rng = np.random.default_rng(2)
    effect, cost = rng.normal(1.0, 0.15, 20_000), rng.normal(20_000.0, 4_000.0, 20_000)
    found = ratio(cost, effect)
    assert found.icer == pytest.approx(cost.mean() / effect.mean())
    assert found.icer_low is not None
    assert found.icer_high is not None
    for limit, share in ((found.icer_low, 0.025), (found.icer_high, 0.975)):
        assert (limit * effect - cost > 0).mean() == pytest.approx(share, abs=0.001)
    assert found.shares == (1.0, 0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    "effect, cost, verdict, interval",
    [
        (1.0, 100.0, "ratio", True),
        (0.1, 100.0, "ratio", False),  # effects on both sides of 0
        (1.0, 1.0, "ratio", False),  # costs on both sides of 0
        (-1.0, -100.0, "saving for each unit lost", True),
        (1.0, -100.0, "dominant", False),
        (-1.0, 100.0, "dominated", False),
    ],
)
def test_a_ratio_has_an_interval_only_within_a_quadrant(
    effect: float, cost: float, verdict: str, interval: bool
) -> None:
    rng = np.random.default_rng(3)
    found = ratio(rng.normal(cost, 10.0, 5_000), rng.normal(effect, 0.1, 5_000))
    assert found.verdict == verdict
    assert (found.icer_low is not None) == interval
    assert (found.icer is not None) == (verdict in ("ratio", "saving for each unit lost"))
    assert sum(found.shares) == pytest.approx(1.0)


def test_the_error_of_a_ratio_is_that_of_repeated_analyses() -> None:
    rng = np.random.default_rng(4)
    found = [
        ratio(rng.normal(20_000.0, 4_000.0, 1_000), rng.normal(1.0, 0.3, 1_000)) for _ in range(400)
    ]
    spread = np.std([one.icer for one in found if one.icer is not None])
    error = np.mean([one.icer_se for one in found if one.icer_se is not None])
    assert error == pytest.approx(float(spread), rel=0.1)


def test_the_ellipse_holds_what_it_says() -> None:
    rng = np.random.default_rng(5)
    effect = rng.normal(1.0, 0.3, 40_000)
    cost = 1_000.0 * effect + rng.normal(0.0, 400.0, 40_000)
    ring = ellipse(cost, effect)
    centred = np.column_stack([effect, cost]) - [effect.mean(), cost.mean()]
    inverse = np.linalg.inv(np.cov(centred.T))
    edge = ring - [effect.mean(), cost.mean()]
    limit = np.einsum("ij,jk,ik->i", edge, inverse, edge)
    assert np.ptp(limit) < 1e-8
    inside = np.einsum("ij,jk,ik->i", centred, inverse, centred) <= limit[0]
    assert inside.mean() == pytest.approx(0.95, abs=0.005)


# Acceptability, expected loss, EVPI -----------------------------------------------------------------


@pytest.mark.parametrize("whole", [False, True])
def test_winners_are_those_of_every_net_benefit(whole: bool) -> None:
    """Against the largest of all, draw by draw; whole numbers give ties at many thresholds."""
    rng = np.random.default_rng(6)
    if whole:
        costs = rng.integers(0, 3, (400, 5)).astype(float)
        effects = rng.integers(0, 3, (400, 5)).astype(float)
    else:
        costs, effects = rng.gamma(2, 10, (400, 5)), rng.normal(1, 1, (400, 5))
    draws = draws_of(costs, effects, reference=2)
    thresholds = np.array([0.0, 0.5, 1.0, 1.5, 2.0, 30.0, 100.0])
    found = winners(draws, thresholds)
    for t, k in enumerate(thresholds):
        benefit = draws.net_benefit(k)
        best = benefit >= benefit.max(axis=1, keepdims=True) - 1e-9
        shares = (best / best.sum(axis=1, keepdims=True)).mean(axis=0)
        assert found.shares[t] == pytest.approx(shares, abs=1e-12)
        assert found.shares[t].sum() == pytest.approx(1.0)
        evpi = benefit.max(axis=1).mean() - benefit.mean(axis=0).max()
        assert found.loss[t] == pytest.approx(evpi, abs=1e-9)
        lost = benefit.max(axis=1) - benefit[:, found.best[t]]
        assert found.loss_se[t] == pytest.approx(lost.std(ddof=1) / math.sqrt(400), abs=1e-9)
        behind = benefit.mean(axis=0).max() - benefit.mean(axis=0)
        assert found.behind[t] == pytest.approx(behind, abs=1e-9)


def test_perfect_information_of_two_normals() -> None:
    """p1 ~ N(1, 1), p2 ~ N(0, 2²), net benefit p1 − p2: √5 φ(1/√5) − Φ(−1/√5)."""
    root = math.sqrt(5.0)
    closed = root * norm.pdf(1 / root) - norm.cdf(-1 / root)
    assert closed == pytest.approx(expected_loss(1.0, root))
    rng = np.random.default_rng(7)
    p1, p2 = rng.normal(1.0, 1.0, 100_000), rng.normal(0.0, 2.0, 100_000)
    found = of_benefit(p1 - p2).evpi_at()
    assert found.value == pytest.approx(closed, abs=3 * found.se)
    assert found.se < 0.01


def test_the_error_of_perfect_information_is_that_of_repeated_analyses() -> None:
    rng = np.random.default_rng(8)
    found = [of_benefit(rng.normal(0.5, 2.0, 500)).evpi_at() for _ in range(300)]
    spread = np.std([one.value for one in found])
    assert np.mean([one.se for one in found]) == pytest.approx(spread, rel=0.15)


def test_identical_strategies_differ_by_nothing() -> None:
    rng = np.random.default_rng(9)
    cost, effect = rng.gamma(3, 7_001.3, 1_000), rng.normal(3.7, 0.9, 1_000)
    x = {"x": effect + rng.normal(0, 1, 1_000)}
    result = ss.decision(
        np.column_stack([cost] * 3),
        np.column_stack([effect] * 3),
        names=["a", "b", "c"],
        parameters=x,
    )
    assert np.all(result.winners.loss == 0.0)
    assert np.all(result.winners.loss_se == 0.0)
    assert np.all(result.winners.behind == 0.0)
    assert result.winners.shares == pytest.approx(np.full((501, 3), 1 / 3))
    assert result.best_at() == "a"
    assert all(row["mean"] == 0.0 for row in result.inmb().to_pylist())
    for row in result.table().to_pylist()[1:]:
        assert (row["status"], row["by"], row["icer"]) == ("same", "a", None)
    assert "no difference from a" in repr(result)
    assert result.against("b").verdict == "no difference"
    assert result.evppi().found == (Partial(("x",), 0.0, 0.0),)
    assert "no difference" in result.sentence


def test_two_identical_strategies_beside_another() -> None:
    """Their difference is exactly 0 however different the reference is; draws are shared."""
    rng = np.random.default_rng(10)
    costs, effects = rng.gamma(3, 7_001.3, (1_000, 3)), rng.normal(3.7, 0.9, (1_000, 3))
    costs[:, 2], effects[:, 2] = costs[:, 1], effects[:, 1]
    result = ss.decision(costs, effects)
    assert np.all(result.winners.shares[:, 1] == result.winners.shares[:, 2])
    assert np.all(result.winners.behind[:, 1] == result.winners.behind[:, 2])
    two = ss.decision(costs[:, :2], effects[:, :2])
    assert np.all(result.winners.loss == two.winners.loss)


def test_expected_loss_is_least_at_the_best_choice_and_equals_evpi() -> None:
    rng = np.random.default_rng(11)
    result = ss.decision(rng.gamma(4, 5_000, (2_000, 4)), rng.normal(5, 1, (2_000, 4)))
    losses = np.column_stack([result.expected_loss.column(j + 1).to_numpy() for j in range(4)])
    evpi = result.evpi["evpi"].to_numpy()
    assert losses.min(axis=1) == pytest.approx(evpi)
    assert [result.names[j] for j in losses.argmin(axis=1)] == result.ceaf["strategy"].to_pylist()


def test_health_and_money_say_the_same() -> None:
    rng = np.random.default_rng(12)
    result = ss.decision(rng.gamma(4, 5_000, (500, 3)), rng.normal(5, 1, (500, 3)), at=30_000)
    money, health = result.inmb().to_pydict(), result.inhb().to_pydict()
    assert money["mean"] == pytest.approx([30_000 * value for value in health["mean"]])
    absolute = result.nmb().to_pydict()["mean"]
    assert [value - absolute[0] for value in absolute] == pytest.approx(money["mean"])
    with pytest.raises(ss.InputError, match="k=0"):
        result.inhb(0.0)


def test_learning_at_several_thresholds_and_for_all_patients() -> None:
    rng = np.random.default_rng(23)
    x = rng.normal(size=(500, 2))
    given = {"parameters": {"x": x[:, 1]}, "at": [1.0, 2.0], "population": 50.0}
    result = ss.decision(np.zeros((500, 2)), x, **given)
    table = result.evppi_table().to_pydict()
    assert table["threshold"] == [1.0, 2.0]
    for row, k in enumerate(result.at):
        one = result.evppi(k=k).found[0]
        assert table["evppi"][row] == one.value
        assert table["evppi_population"][row] == pytest.approx(50 * one.value)
        assert result.evpi_of(50.0, k).value == pytest.approx(50 * result.evpi_at(k).value)
    with pytest.raises(ss.InputError, match="population=-1"):
        ss.decision(np.zeros((9, 2)), x[:9], population=-1)


def test_patients_of_a_decision() -> None:
    assert patients_affected(1_000, 10, 0.035) / 1_000 == pytest.approx(8.461311, abs=1e-6)
    assert patients_affected(5, 3, 0.0, delay=1) == 10
    assert patients_affected(5, 3, 0.1, delay=3) == 0
    whole, late = patients_affected(1, 9, 0.03), patients_affected(1, 9, 0.03, delay=4)
    assert whole == pytest.approx(late + patients_affected(1, 4, 0.03))
    with pytest.raises(ss.InputError, match="years=-1"):
        patients_affected(1, -1)


# EVPPI ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def two_normals() -> Decision:
    rng = np.random.default_rng(13)
    p1, p2 = rng.normal(1.0, 1.0, 20_000), rng.normal(0.0, 2.0, 20_000)
    idle = rng.normal(0.0, 1.0, 20_000)
    fixed, coin = np.full(20_000, 3.0), (p1 > 1.0).astype(float)
    return of_benefit(
        p1 - p2, parameters={"p1": p1, "p2": p2, "idle": idle, "fixed": fixed, "coin": coin}
    )


def test_partial_information_of_two_normals(two_normals: Decision) -> None:
    """Knowing p1 the net benefit is N(1, 1), knowing p2 it is N(1, 2²)."""
    found = {
        one.name: one
        for one in two_normals.evppi(["p1", "p2", "p1+p2", "idle", "fixed", "coin"]).found
    }
    half = norm.pdf(0.0) / 0.5  # mean of |z|: p1 above its mean is 1 + half on average
    closed = {"p1": expected_loss(1, 1), "p2": expected_loss(1, 2), "idle": 0.0, "fixed": 0.0}
    closed |= {"p1 + p2": expected_loss(1, math.sqrt(5)), "coin": max(0.0, (half - 1.0) / 2)}
    for name, value in closed.items():
        assert found[name].value == pytest.approx(value, abs=3 * found[name].se + 1e-12), name
        assert found[name].se < 0.03
    assert (found["fixed"].value, found["fixed"].se) == (0.0, 0.0)
    assert found["p1 + p2"].value <= two_normals.evpi_at().value


def test_what_is_learned_never_falls_when_parameters_are_added(two_normals: Decision) -> None:
    asked = [
        ["p2"],
        ["p2", "idle"],
        ["p1", "p2"],
        ["p1", "p2", "idle"],
        ["p1", "p2", "idle", "fixed", "coin"],
    ]
    found = {one.parameters: one for one in two_normals.evppi(asked).found}
    steps = [found[tuple(one)] for one in asked]
    for fewer, more in itertools.pairwise(steps):
        assert more.value >= fewer.value - 2 * fewer.se
    assert all(one.value <= two_normals.evpi_at().value for one in steps)


def test_the_error_of_partial_information_is_that_of_repeated_analyses() -> None:
    rng = np.random.default_rng(14)
    values, errors = [], []
    for _ in range(60):
        p1, p2 = rng.normal(1.0, 1.0, 1_000), rng.normal(0.0, 2.0, 1_000)
        one = of_benefit(p1 - p2, parameters={"p2": p2}).evppi().found[0]
        values.append(one.value)
        errors.append(one.se)
    assert np.mean(errors) == pytest.approx(np.std(values), rel=0.35)


def test_a_large_group_is_named_by_its_beginning() -> None:
    assert Partial(tuple("abcde"), 0.0, 0.0).label == "a + b + c + d + e"
    assert Partial(tuple("abcdefgh"), 0.0, 0.0).label == "a + b + c + d + 4 more"


def test_an_interaction_is_seen_by_the_group_alone() -> None:
    """Net benefit a·b: each alone is worth nothing, both E|ab|/2 = 1/π."""
    rng = np.random.default_rng(15)
    a, b = rng.normal(size=(2, 10_000))
    found = {
        one.name: one
        for one in of_benefit(a * b, parameters={"a": a, "b": b}).evppi(["a", "a+b"]).found
    }
    assert found["a + b"].value == pytest.approx(1 / math.pi, abs=3 * found["a + b"].se)
    assert found["a"].value < 0.05


def test_many_strategies_are_fitted_together() -> None:
    """Three strategies whose net benefits are independent normals: E max of three, 3/(2√π)."""
    rng = np.random.default_rng(16)
    z = rng.normal(size=(10_000, 3))
    result = ss.decision(
        np.zeros((10_000, 3)), z + rng.normal(0, 1, (10_000, 3)), at=1.0,
        parameters={"a": z[:, 0], "b": z[:, 1], "c": z[:, 2]},
    )  # fmt: skip
    [one] = result.evppi([["a", "b", "c"]]).found
    assert one.value == pytest.approx(1.5 / math.sqrt(math.pi), abs=3 * one.se)


@pytest.mark.parametrize(
    "asked, words",
    [
        ("p3", "no parameter 'p3'; there are p1, p2, .*did you mean 'p"),
        ([["p1", "q"]], "no parameter 'q'"),
        ([[]], "an empty group"),
    ],
)
def test_unknown_parameters_are_named(two_normals: Decision, asked: Any, words: str) -> None:
    with pytest.raises(ss.InputError, match=words):
        two_normals.evppi(asked)


def test_too_few_draws_or_no_parameters_for_a_regression() -> None:
    rng = np.random.default_rng(17)
    benefit = rng.normal(size=50)
    with pytest.raises(ss.InputError, match="50 draws are too few"):
        of_benefit(benefit, parameters={"x": benefit}).evppi()
    with pytest.raises(ss.InputError, match="needs the parameters"):
        of_benefit(benefit).evppi()


# EVSI and ENBS --------------------------------------------------------------------------------------


def test_a_study_of_normal_data(two_normals: Decision) -> None:
    """The mean of n data with SD s on p2: its expectation has SD 2·√(4/(4 + s²/n))."""

    def study(parameters: Any, n: int, rng: np.random.Generator) -> Floats:
        mean: Floats = rng.normal(parameters["p2"], 6.0 / math.sqrt(n))
        return mean

    found = two_normals.evsi(study, [1, 9, 100, 10_000])
    for n, one in found.found.items():
        spread = 2.0 * math.sqrt(4.0 / (4.0 + 36.0 / n))
        assert one.value == pytest.approx(expected_loss(1.0, spread), abs=3 * one.se)
    values = [one.value for one in found.found.values()]
    assert values == sorted(values)
    worth = found.enbs(per_year=100, years=10, rate=0.035, delay=2, fixed=10.0, each=0.05)
    patients = patients_affected(100, 10, 0.035, delay=2)
    for n in worth.found:
        assert worth.of(n).value == pytest.approx(found.found[n].value * patients - 10.0 - 0.05 * n)
    assert worth.best == 100
    assert found.enbs(per_year=1, years=1, each=100.0).of(9).value < 0
    assert (
        "no study of these sizes is worth its cost"
        in found.enbs(per_year=1, years=1, each=9).sentence
    )


def test_a_study_of_another_shape_is_refused(two_normals: Decision) -> None:
    with pytest.raises(ss.InputError, match="one row of summaries for each of the 20,000 draws"):
        two_normals.evsi(lambda _parameters, _n, _rng: np.zeros(3))
    with pytest.raises(ss.InputError, match="n: 0 is out of range"):
        two_normals.evsi(lambda parameters, _n, _rng: parameters["p1"], 0)
    nothing = two_normals.evsi(lambda parameters, _n, _rng: np.zeros(len(parameters["p1"])))
    assert nothing.found[100] == (0.0, 0.0)


# Patient noise --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "women, raw",
    [(100, 6642.7), (1_000, 2635.6), (10_000, 2047.9), (100_000, 1985.0)],
)
def test_perfect_information_of_noisy_draws(women: int, raw: float) -> None:
    """Incremental net benefit N(5000, 10000²), between patients SD 200,000."""
    assert expected_loss(5_000, math.hypot(10_000, 200_000 / math.sqrt(women))) == pytest.approx(
        raw, abs=0.06
    )
    rng = np.random.default_rng(18)
    benefit = rng.normal(5_000.0, 10_000.0, 40_000) + rng.normal(
        0.0, 200_000 / math.sqrt(women), 40_000
    )
    result = of_benefit(benefit, noise=noise_of(200_000, women))
    seen, corrected = result.evpi_at(), result.clean.evpi_at()
    assert seen.value == pytest.approx(raw, abs=3 * seen.se)
    # The mean and the spread of 40,000 draws have errors of their own, which the shrunk draws share.
    total = math.hypot(10_000, 200_000 / math.sqrt(women))
    of_mean = norm.cdf(-0.5) * total / 200
    of_spread = norm.pdf(0.5) * total**2 / 10_000 / math.sqrt(2 * 40_000)
    assert corrected.value == pytest.approx(1978.0, abs=3 * math.hypot(of_mean, of_spread))
    share = result.clean.winners_at(1.0).shares[0, 1]
    assert share == pytest.approx(
        0.6915, abs=3 * math.hypot(0.0023, norm.pdf(0.5) * total / 200 / 10_000)
    )
    [part] = result.decomposition()
    assert part.parameter == pytest.approx(
        10_000, rel=3 * (total / 10_000) ** 2 / math.sqrt(2 * 40_000)
    )
    assert part.best_women == pytest.approx(400, rel=0.3)
    assert part.more == ("women" if women < 400 else "draws")
    assert f"more {part.more}" in result.noise_sentence


def test_correction_keeps_means_and_leaves_the_spread_of_parameters() -> None:
    """Three strategies on common patients: costs and effects, correlated within and between draws."""
    rng = np.random.default_rng(19)
    count, women = 5_000, 50
    mix = rng.normal(size=(6, 6)) * np.array([9e3, 9e3, 9e3, 1, 1, 1])[:, None]
    within = mix @ mix.T
    truth = rng.normal(size=(count, 6)) @ (0.3 * mix).T + np.array([1e4, 2e4, 3e4, 5, 6, 6.5])
    seen = truth + rng.multivariate_normal(np.zeros(6), within / women, count)
    noise = PatientNoise.of_draws(within, women)
    result = ss.decision(seen[:, :3], seen[:, 3:], noise=noise, at=20_000)
    clean, draws = result.clean.draws, result.draws
    assert clean.mean_costs == pytest.approx(draws.mean_costs)
    assert clean.mean_effects == pytest.approx(draws.mean_effects)
    for k in (0.0, 20_000.0, 1e5):
        before, after = np.cov(draws.increments(k)[:, 1:].T), np.cov(clean.increments(k)[:, 1:].T)
        one = np.array([[-1, 1, 0, -k, k, 0], [-1, 0, 1, -k, 0, k]]) * np.array(
            [-1, -1, -1, 1, 1, 1]
        )
        chance = one @ within @ one.T / women
        assert after == pytest.approx(before - chance, rel=1e-6)
    true = ss.decision(truth[:, :3], truth[:, 3:], at=20_000)
    assert abs(result.clean.evpi_at().value - true.evpi_at().value) < 0.5 * abs(
        result.evpi_at().value - true.evpi_at().value
    )


def test_errors_of_corrected_results_are_those_of_repeated_analyses() -> None:
    """The shrunk draws alone would seem surer than they are."""
    rng = np.random.default_rng(24)
    values: dict[str, list[float]] = {
        name: [] for name in ("evpi", "inmb", "share", "loss", "effect")
    }
    errors: dict[str, list[float]] = {name: [] for name in values}
    for _ in range(100):
        benefit = rng.normal(5.0, 10.0, 600) + rng.normal(0.0, 15.0, 600)
        clean = of_benefit(benefit, noise=noise_of(150.0, 100)).corrected
        assert clean is not None
        row = clean.table().to_pylist()
        one = next(r for r in row if r["strategy"] == "strategy 2")
        evpi = clean.evpi_at()
        for name, value, error in (
            ("evpi", evpi.value, evpi.se),
            ("inmb", one["inmb"], one["inmb_standard_error"]),
            ("share", one["probability_best"], one["probability_best_standard_error"]),
            ("loss", one["expected_loss"], one["expected_loss_standard_error"]),
            ("effect", clean.against(1).effect, clean.against(1).effect_se),
        ):
            values[name].append(value)
            errors[name].append(error)
    for name in values:
        assert np.mean(errors[name]) == pytest.approx(np.std(values[name]), rel=0.2), name


def test_regressions_take_the_draws_as_they_were_simulated() -> None:
    """Chance between patients is averaged out by the regression; shrunk draws would hide the signal."""
    rng = np.random.default_rng(25)
    x = rng.normal(1.0, 2.0, 4_000)
    benefit = x + rng.normal(0.0, 3.0, 4_000)
    result = of_benefit(benefit, noise=noise_of(30.0, 100), parameters={"x": x})
    assert result.corrected is not None
    for one in (result, result.corrected):
        [found] = one.evppi().found
        assert found.value == pytest.approx(expected_loss(1.0, 2.0), abs=3 * found.se)
        assert found.value <= result.corrected.evpi_at().value


def test_noise_that_explains_everything_leaves_nothing_to_learn() -> None:
    rng = np.random.default_rng(20)
    result = of_benefit(rng.normal(1.0, 2.0, 2_000), noise=noise_of(30.0, 100))
    assert result.clean.evpi_at().value == pytest.approx(0.0, abs=1e-12)
    assert "not told apart from chance" in result.noise_sentence
    assert result.blurred
    calm = of_benefit(rng.normal(1.0, 2.0, 2_000), noise=noise_of(0.0, 100))
    assert calm.clean.evpi_at().value == pytest.approx(calm.evpi_at().value)
    assert not calm.blurred
    assert not of_benefit(
        rng.normal(1.0, 2.0, 2_000)
    ).blurred  # nothing is known of chance between patients


def test_what_is_the_same_in_every_draw_is_the_same_without_noise_too() -> None:
    rng = np.random.default_rng(9)
    costs, effects = rng.normal(60_000.0, 9_000.0, (200, 6)), rng.normal(3.0, 0.4, (200, 6))
    for one, other in ((2, 0), (5, 1)):
        costs[:, one], effects[:, one] = costs[:, other], effects[:, other]
    spread = np.concatenate([np.full(6, 4e6), np.full(6, 0.04)])
    within = np.diag(spread)
    for one, other in ((2, 0), (5, 1), (8, 6), (11, 7)):
        within[one, other] = within[other, one] = spread[one]
    noise = PatientNoise.of_draws(within, 400)
    clean = ss.decision(costs, effects, noise=noise, at=20_000).corrected
    assert clean is not None
    for one, other in ((2, 0), (5, 1)):
        np.testing.assert_array_equal(clean.draws.costs[:, one], clean.draws.costs[:, other])
        np.testing.assert_array_equal(clean.draws.effects[:, one], clean.draws.effects[:, other])
        shares = clean.winners_at(20_000.0).shares[0]
        assert shares[one] == pytest.approx(shares[other], abs=1e-12)


def test_noise_from_women_and_unlike_numbers() -> None:
    rng = np.random.default_rng(21)
    costs, effects = rng.gamma(2, 100, (500, 2)), rng.normal(1, 1, (500, 2))
    noise = PatientNoise.of_women(costs, effects)
    assert noise.women == 500
    assert noise.covariance[0, 2] == pytest.approx(np.cov(costs[:, 0], effects[:, 0])[0, 1])
    assert PatientNoise.of_draws(np.eye(4), [100, 300]).women == pytest.approx(150)
    for covariance, women, words in (
        (np.eye(3), 10, "shape"),
        (-np.eye(4), 10, "below 0"),
        (np.triu(np.ones((4, 4))), 10, "not symmetric"),
        (np.eye(4), 0, "women=0"),
    ):
        with pytest.raises(ss.InputError, match=words):
            PatientNoise.of_draws(covariance, women)
    with pytest.raises(ss.InputError, match="it needs 4"):
        _ = of_benefit(rng.normal(size=50), noise=PatientNoise.of_draws(np.eye(6), 5)).corrected


# One and two parameters at a time, prices -----------------------------------------------------------


def test_the_tornado_of_a_sum(two_normals: Decision) -> None:
    """Net benefit p1 − p2, at the 2.5th and 97.5th percentile of each."""
    found = two_normals.tornado()
    bars = {bar.parameter: bar for bar in found.bars}
    assert [bar.parameter for bar in found.bars][:2] == ["p2", "p1"]
    assert bars["p2"].at_low == pytest.approx(1 + 1.96 * 2, abs=0.15)
    assert bars["p1"].at_high == pytest.approx(1 + 1.96, abs=0.15)
    assert bars["fixed"].width == 0.0
    assert bars["p2"].best_high == "strategy 1"
    assert bars["p2"].best_low == "strategy 2"


def test_a_tornado_of_evaluations(two_normals: Decision) -> None:
    swing = Swing("price", 1.0, 2.0, [0, 1], [0, 3], [0, 5], [0, 3])
    found = two_normals.tornado(2.0, swings=[swing])
    [bar] = found.bars
    assert (bar.at_low, bar.at_high) == (5.0, 1.0)
    assert (bar.icer_low, bar.icer_high) == (pytest.approx(1 / 3), pytest.approx(5 / 3))
    with pytest.raises(ss.InputError, match="'price' needs a finite cost and effect"):
        two_normals.tornado(swings=[swing._replace(costs_low=[1.0])])


def test_the_map_of_two_parameters(two_normals: Decision) -> None:
    """The second strategy is best where p1 > p2."""
    found = two_normals.two_way("p1", "p2")
    truth = found.x[:, None] > found.y
    clear = np.abs(found.x[:, None] - found.y) > 0.2
    assert ((found.benefit.argmax(axis=2) == 1) == truth)[clear].all()
    assert found.table().num_rows == found.x.size * found.y.size
    grid = ("a", [0.0, 1.0]), ("b", [0.0, 1.0, 2.0])
    evaluated = two_normals.two_way(*grid, costs=np.zeros((2, 3, 2)), effects=np.ones((2, 3, 2)))
    assert evaluated.best == [["strategy 1"] * 3] * 2
    for x, y, words in (
        ("p1", "p3", "no parameter 'p3'"),
        ("p1", "p1", "twice"),
        ("p1", "fixed", "the same in every draw"),
    ):
        with pytest.raises(ss.InputError, match=words):
            two_normals.two_way(x, y)
    with pytest.raises(ss.InputError, match=r"shape \(2, 3, 2\)"):
        two_normals.two_way(*grid, costs=np.zeros((2, 2, 2)), effects=np.zeros((2, 2, 2)))


def test_a_threshold_price_makes_strategies_equal() -> None:
    rng = np.random.default_rng(22)
    units = np.column_stack([np.zeros(4_000), rng.gamma(20, 0.5, 4_000)])
    base = rng.gamma(30, 100, (4_000, 2))
    effects = rng.normal([5.0, 5.6], 0.3, (4_000, 2))
    price = 1_500.0
    result = ss.decision(base + price * units, effects, at=30_000, names=["care", "drug"])
    found = result.threshold_price(units, price, strategy="drug")
    assert found.value is not None
    assert found.se is not None
    assert found.against == "care"
    at = ss.decision(base + found.value * units, effects, at=30_000)
    gain = at.inmb()["mean"].to_pylist()
    assert gain[1] == pytest.approx(0.0, abs=1e-6)
    assert found.se == pytest.approx(
        at.inmb()["standard_error"][1].as_py() / units[:, 1].mean(), rel=0.01
    )
    other = result.threshold_price(units, price, strategy="care")
    assert (other.value, other.lowest) == (None, pytest.approx(found.value))
    with pytest.raises(ss.InputError, match="its price decides nothing"):
        result.threshold_price([1.0, 1.0], price, strategy="drug")


# The range of the curves --------------------------------------------------------------------------------


def of_means(*strategies: tuple[float, float], **more: Any) -> Decision:
    """Two draws of strategies with these mean costs and effects."""
    off = np.array([[-1.0], [1.0]])
    costs = np.array([cost for cost, _ in strategies]) + off
    effects = np.array([effect for _, effect in strategies]) + 0.01 * off
    names = ["A", "B", "C", "D"][: len(strategies)]
    return ss.decision(costs, effects, names=names, currency="GBP", **more)


def test_curves_reach_beyond_the_last_change_of_the_choice() -> None:
    """At 250,000 a QALY a range of 0 to 2.5 times the threshold showed one flat line."""
    result = of_means((100_000, 3.0), (350_000, 4.0), at=[25_000, 35_000])
    assert result.thresholds.size == 501
    assert (result.thresholds[0], result.thresholds[-1]) == (0.0, 500_000.0)
    assert {25_000.0, 35_000.0} <= set(result.thresholds.tolist())
    assert np.allclose(np.diff(result.thresholds), 1_000.0)
    assert set(result.ceaf["strategy"].to_pylist()) == {"A", "B"}
    for which in ("ceac", "loss", "evpi"):
        assert "Not on the chart" not in result.chart(which)["description"]
    words = "On average the best choice changes at GBP\u00a0250,000 a QALY (B over A)."
    assert words in result.chart("ceac")["description"]


def test_an_icer_beyond_all_thresholds_is_said_and_widens_no_curve() -> None:
    result = of_means((0, 1.0), (10_000, 2.0), (1_010_000, 2.001), at=20_000)
    assert result.thresholds[-1] == 50_000.0
    words = r"Not on the chart, where .* changes, too: GBP.[\d,]{11,13} a QALY \(C over B\)\."
    for which in ("ceac", "loss", "evpi"):
        assert re.search(words, result.chart(which)["description"])
    # the bound itself: 20 times the highest threshold is drawn, more is not
    assert of_means((0, 1.0), (399_999, 2.0), at=20_000).thresholds[-1] == 500_000.0
    assert of_means((0, 1.0), (400_001, 2.0), at=20_000).thresholds[-1] == 50_000.0


def test_thresholds_that_were_named_are_left_as_they_are() -> None:
    result = of_means((0, 1.0), (250_000, 2.0), at=20_000, thresholds=[10_000, 40_000])
    assert result.thresholds.tolist() == [10_000.0, 40_000.0]
    assert "Not on the chart" in result.chart("ceac")["description"]


@pytest.mark.parametrize(
    "at, icers, end",
    [
        ((20_000.0,), (), 50_000.0),
        ((20_000.0,), (40_000.0,), 50_000.0),
        ((20_000.0,), (40_001.0,), 62_500.0),
        ((25_000.0, 35_000.0), (), 62_500.0),
        ((35_000.0, 25_000.0), (), 125_000.0),
        ((1_000.0, 100_000.0), (), 125_000.0),
        ((100_000.0, 150_000.0), (1_252_295.0,), 2_500_000.0),
        ((20_000.0,), (math.inf, math.nan, -5.0, 0.0), 50_000.0),
        ((0.0,), (), 50_000.0),
        ((0.0, 30_000.0), (70_000.0,), 125_000.0),
        ((1.0,), (3.0,), 5.0),
        ((1e12,), (3e12,), 1e12),
        ((5e-324,), (), 5e-288),
    ],
)
def test_where_curves_end(at: tuple[float, ...], icers: tuple[float, ...], end: float) -> None:
    assert end_of_curves(at, icers) == pytest.approx(end)
    found = check_thresholds(None, at, icers)
    assert found.size == 501
    assert (found[0], found[-1]) == (0.0, pytest.approx(end))
    assert set(at) <= set(found.tolist())
    assert np.all(np.diff(found) > 0.0)


def test_thresholds_that_are_no_step_take_the_place_of_one() -> None:
    at = (20_000.0, 12_345.67, 12_345.68, 33_333.3)
    found = check_thresholds(None, at)
    assert found.size == 501
    assert set(at) <= set(found.tolist())
    assert np.diff(found).max() < 400.0  # no gap of more than a few steps
    many = tuple(float(k) for k in range(7, 49_000, 70))
    found = check_thresholds(None, many)
    assert set(many) <= set(found.tolist())


# Known answers of other packages --------------------------------------------------------------------


@pytest.fixture(scope="module")
def chemotherapy() -> Decision:
    return ss.decision(
        peer("voi_chemo_c"), peer("voi_chemo_e"), parameters=peer("voi_chemo_pars"),
        thresholds=[10_000, 20_000, 30_000, 40_000, 50_000], currency="GBP",
    )  # fmt: skip


def test_chemotherapy_of_voi(chemotherapy: Decision) -> None:
    known = [8.76486716, 368.605096, 206.468705, 150.472904, 126.983450]
    assert chemotherapy.evpi["evpi"].to_pylist() == pytest.approx(known, abs=1e-6)
    assert chemotherapy.ceac["Novel"].to_pylist() == [0.0364, 0.4923, 0.7463, 0.8430, 0.8891]
    assert "Novel is the best choice with probability 49" in chemotherapy.sentence
    assert "worth GBP\u00a0369" in chemotherapy.sentence


@pytest.mark.parametrize(
    "names, known, within",
    [
        ("p_side_effects_t2", 262.1, 0.01),
        ("logor_side_effects", 331.9, 0.01),
        ("p_side_effects_t1", 26.8, 0.05),
        ("u_home_care", 100.6, 0.01),
        ("p_died", 55.0, 0.01),
        ("p_side_effects_t2+logor_side_effects", 334.4, 0.01),
        ("p_side_effects_t1+p_side_effects_t2", 333.45, 0.01),
        ("all 14", 368.605, 0.01),
    ],
)
def test_partial_information_of_chemotherapy(
    chemotherapy: Decision, names: str, known: float, within: float
) -> None:
    every = list(chemotherapy.draws.parameters)
    [one] = chemotherapy.evppi([every if names == "all 14" else names]).found
    assert one.value == pytest.approx(known, rel=within)
    assert one.value <= chemotherapy.evpi_at().value
    assert 0.0 < one.se < 10.0


def test_a_trial_of_chemotherapy(chemotherapy: Decision) -> None:
    """A trial of 100 an arm that counts side effects in both."""

    def trial(parameters: Any, n: int, rng: np.random.Generator) -> dict[str, Any]:
        return {arm: rng.binomial(n, parameters[f"p_side_effects_{arm}"]) for arm in ("t1", "t2")}

    # one simulated data set moves the estimate by 0.7 %, so that three are taken
    several = [dataclasses.replace(chemotherapy, seed=seed).evsi(trial, 100) for seed in (1, 2, 3)]
    found = np.mean([one.found[100].value for one in several])
    assert found == pytest.approx(242.1, rel=0.015)


def test_vaccine_of_bcea() -> None:
    result = ss.decision(
        peer("bcea_vaccine_cost"),
        peer("bcea_vaccine_eff"),
        thresholds=range(0, 50_001, 100),
        at=25_000,
    )
    assert result.table()["icer"][1].as_py() == pytest.approx(20_097.59, abs=0.005)
    best = result.ceaf.to_pydict()
    assert best["threshold"][best["strategy"].index("1")] == 20_100
    evpi = result.evpi.to_pydict()
    found = [evpi["evpi"][evpi["threshold"].index(k)] for k in (0, 10_000, 20_000, 25_000, 30_000)]
    assert found == pytest.approx([0.05621, 0.694399, 2.505627, 2.414467, 2.373572], abs=1e-5)


def test_example_of_dampack() -> None:
    result = ss.decision(
        peer("dampack_example_psa_cost"), peer("dampack_example_psa_effectiveness"),
        parameters=peer("dampack_example_psa_parameters"), at=[100_000, 1_000],
    )  # fmt: skip
    assert result.names == ("Chemo", "Radio", "Surg")
    assert result.evpi_at(1_000).value == pytest.approx(1_084.833, abs=1e-3)
    assert result.evpi_at(100_000).value == pytest.approx(22_683.9466, abs=1e-4)
    assert result.winners_at(100_000).shares[0].tolist() == [0.4564, 0.1817, 0.3619]
    evppi = result.evppi(["pDieSurg", "pDieSurg+pFailSurg", "pDieSurg+pFailSurg+muDieCancer"]).found
    by_size = sorted(evppi, key=lambda one: len(one.parameters))
    for fewer, more in itertools.pairwise(by_size):
        assert more.value >= fewer.value - 2 * fewer.se


def test_a_chart_on_which_everything_is_0_has_an_axis_that_can_be_read() -> None:
    """Vega would label an axis of no length with a dozen digits of 0."""
    bars = charts.bars_chart(
        [("a", 0.0, 0.0)], x_title="EVPPI", line=("everything known", 0.0), description="none"
    )
    assert bars["layer"][0]["encoding"]["x"]["scale"]["domain"] == [0, 1.0]
    grid = np.array([0.0, 1.0, 2.0])
    for height, end in ((0.0, 1.0), (3.0, None)):
        lines = charts.threshold_chart(
            grid, [("a", np.full(3, height))], ["a"], at=[1.0], x_title="x", y_title="loss",
            share=False, description="one",
        )  # fmt: skip
        assert lines["layer"][-1]["encoding"]["y"]["scale"].get("domainMax") == end
