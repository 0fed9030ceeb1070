"""An evaluation made by hand with consistent numbers: identical, dominated, extendedly dominated strategies.

Every table follows from quantities, prices and years by state, so that what the exports find can be compared
with what the tables say, without simulating.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

import seedsoil as ss
from seedsoil.economics.books import YEARS
from seedsoil.economics.decision.frontier import frontier
from seedsoil.economics.decision.patient_noise import PatientNoise
from seedsoil.economics.evaluation import (
    COLUMNS,
    DETERMINISTIC,
    EFFECTS,
    ON,
    SAME,
    STATES,
    STRONG,
    TOTAL,
    WEAK,
    EvaluationData,
    GroupDraws,
    Psa,
)
from seedsoil.economics.lever import PRICE, UTILITY, Lever
from seedsoil.economics.probabilistic import acceptability_rows
from seedsoil.economics.rates import RATES, AtRates

ITEMS = (
    ("drug.trastuzumab.150", "drugs", "package", 400.0),
    ("drug.capecitabine", "drugs", "mg", 0.0021),
    ("administration.infusion_short", "administration", "count", 180.0),
    ("scan.ct", "scans", "count", 120.0),
    ("care.progressed", "supportive care", "months", 310.0),
    ("test.free", "tests", "count", 0.0),
)
GROUPS = ("all women", "HR+/HER2-")
NAMES = ("old", "new", "twin of old", "wasteful", "between", "best")
_DRUG = (20.0, 60.0, 20.0, 80.0, 110.0, 130.0)
_LIFE = (2.0, 2.6, 2.0, 2.4, 2.7, 3.2)
_STANDING = {"frontier": ON, "same": SAME, "dominated": STRONG, "extendedly dominated": WEAK}
THRESHOLDS = (20_000.0, 30_000.0)


@dataclass(frozen=True)
class Made(EvaluationData):
    """The data of an evaluation, without its chart."""

    def chart(self, *_: Any, **__: Any) -> dict[str, Any]:
        return {}


class _Numbers(NamedTuple):
    plain: Any
    discounted: Any
    lived: Any
    worth: Any
    prices: Any
    at_rates: AtRates


def _numbers(n: int) -> _Numbers:
    """[groups, strategies, items] and [groups, strategies, states], undiscounted and discounted."""
    plain = np.zeros((2, n, len(ITEMS)))
    years = np.zeros((2, n, len(STATES)))
    for g in range(2):
        for s in range(n):
            d, life = _DRUG[s] * (1 + 0.1 * g), _LIFE[s] * (1 + 0.2 * g)
            plain[g, s] = (d, 90_000.0 + 500 * d, 17.0 + d / 5, 6 * life, 9.0 * life, 1.5)
            years[g, s] = np.array([0.5, 0.2, 0.3]) * life
    discounted = plain * np.array([0.97, 0.96, 0.96, 0.95, 0.93, 0.99])
    lived = np.stack([years, years * np.array([0.98, 0.95, 0.92])])
    worth = np.stack(
        [lived[0] * np.array([0.76, 0.79, 0.6]), lived[1] * np.array([0.761, 0.789, 0.601])]
    )
    prices = np.array([item[3] for item in ITEMS])
    numbers = plain, discounted, lived, worth
    return _Numbers(*numbers, prices, _at_rates(*numbers))


def _at_rates(plain: Any, discounted: Any, lived: Any, worth: Any) -> AtRates:
    """What is undiscounted at none and discounted at 3.5 %, and in between as if all were at one time."""
    times = np.log1p(np.array(RATES)) / np.log1p(0.035)

    def between(none: Any, some: Any) -> Any:
        return np.stack([none * (some / none) ** k for k in times], axis=2)

    utility = np.array([0.76, 0.79, 0.6, 0.79 * 0.6 / 0.76])
    gained = between(worth[0], worth[1])
    response = gained[..., [1]] / 2
    weighted = np.concatenate([gained[..., [0]], response, gained[..., [2]], response], axis=3)
    return AtRates(
        RATES, RATES, 0.035, 0.035, between(plain, discounted), between(lived[0], lived[1]),
        weighted / utility, utility,
    )  # fmt: skip


def table(name: str, rows: list[dict[str, Any]]) -> pa.Table:
    texts = {"basis", "strategy", "group", "category", "item", "unit", "measure", "state", "standing",
             "against", "parameter", "kind", "scenario", "distribution", "currency", "sources",
             "status", "curve"}  # fmt: skip
    whole = {"price_year", "year"}
    schema = pa.schema(
        [
            (c, pa.string() if c in texts else pa.int64() if c in whole else pa.float64())
            for c in COLUMNS[name]
        ]
    )
    return pa.Table.from_pylist(
        [
            {c: row.get(c, DETERMINISTIC if c == "basis" else None) for c in COLUMNS[name]}
            for row in rows
        ],
        schema=schema,
    )


def made(
    names: tuple[str, ...] = NAMES,
    *,
    draws: int = 0,
    noise: bool = True,
    same: bool = False,
    sources: str = "s1",
) -> EvaluationData:
    """The evaluation. `same`: all strategies are the reference; `draws`: of the probabilistic analysis."""
    n = len(names)
    m = _numbers(n)
    if same:
        for array in m[:2]:
            array[:] = array[:, :1]
        for array in m[2:4]:
            array[:] = array[:, :, :1]
        m = m._replace(at_rates=_at_rates(*m[:4]))
    spent = m.discounted * m.prices
    costs, qalys = spent.sum(axis=2), m.worth[1].sum(axis=2)
    categories = tuple(dict.fromkeys(item[1] for item in ITEMS))
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in COLUMNS}
    for g, group in enumerate(GROUPS):
        for s, name in enumerate(names):
            at = {"strategy": name, "group": group}
            for i, (item, category, unit, _) in enumerate(ITEMS):
                rows["quantities"].append(
                    at | {"category": category, "item": item, "unit": unit, "mean": m.plain[g, s, i],
                          "se": 0.1,
                          "discounted_mean": m.discounted[g, s, i], "discounted_se": 0.1}
                )  # fmt: skip
            for category in (*categories, TOTAL):
                own = np.array([category in (item[1], TOTAL) for item in ITEMS])
                cost = float(spent[g, s, own].sum())
                rows["costs"].append(
                    at | {"category": category, "mean": cost, "se": 12.0, "difference_se": 9.0 if s else 0.0,
                          "undiscounted": float((m.plain * m.prices)[g, s, own].sum()),
                          "difference": cost - float(spent[g, 0, own].sum())}
                )  # fmt: skip
                for year in range(1, 6):
                    rows["yearly"].append(
                        at | {"category": category, "year": year, "cost": cost / (5 + year)}
                    )
            for k, measure in enumerate(EFFECTS):
                both = (m.lived, m.worth)[k][:, g, s]
                base = (m.lived, m.worth)[k][1, g, 0]
                for t, state in enumerate(("all", *STATES)):
                    own_state = slice(None) if t == 0 else slice(t - 1, t)
                    rows["effects"].append(
                        at | {"measure": measure, "state": state,
                              "undiscounted": float(both[0, own_state].sum()),
                              "mean": float(both[1, own_state].sum()), "se": 0.01, "difference_se": 0.008,
                              "difference": float(both[1, own_state].sum() - base[own_state].sum())}
                    )  # fmt: skip
            for threshold in THRESHOLDS:
                inmb = threshold * (qalys[g, s] - qalys[g, 0]) - (costs[g, s] - costs[g, 0])
                rows["net_benefit"].append(
                    at | {"threshold": threshold, "nmb": threshold * qalys[g, s] - costs[g, s], "inmb": inmb,
                          "inhb": inmb / threshold, "nmb_se": 30.0, "inmb_se": 20.0, "inhb_se": 0.01}
                )  # fmt: skip
            left = float(m.worth[0, g, s].sum())
            rows["severity"].append(
                at | {"expected": 14.0, "remaining": left, "remaining_se": 0.1, "absolute": 14.0 - left,
                      "proportional": 1 - left / 14.0, "weight": 1.2}
            )  # fmt: skip
        for step in frontier(costs[g].tolist(), qalys[g].tolist()):
            other = step.by[0] if step.status == "same" else step.against
            rows["incremental"].append(
                {"group": group, "strategy": names[step.strategy], "cost": step.cost, "cost_se": 12.0,
                 "qaly": step.effect, "qaly_se": 0.01, "standing": _STANDING[step.status],
                 "against": None if other is None else names[other], "cost_difference": step.cost_difference,
                 "qaly_difference": step.effect_difference, "icer": step.icer,
                 **_ends("cost_difference", step.cost_difference),
                 **_ends("qaly_difference", step.effect_difference),
                 "icer_low": None if step.icer is None else 0.9 * step.icer,
                 "icer_high": None if step.icer is None else 1.1 * step.icer}
            )  # fmt: skip
    levers = (
        *(
            Lever(item, PRICE, value, 0.5 * value, 1.5 * value, items=(i,))
            for i, (item, _, _, value) in enumerate(ITEMS)
            if value
        ),
        Lever("utility.stable", UTILITY, 0.76, 0.7, 0.82, sets=(1, 2)),
    )
    for s, name in enumerate(names[1:], start=1):
        change = qalys[0, s] - qalys[0, 0], costs[0, s] - costs[0, 0]
        inmb = THRESHOLDS[0] * change[0] - change[1]
        for lever in levers:
            more = float(sum(spent[0, s, i] - spent[0, 0, i] for i in lever.items))
            moved = 0.5 * more if lever.items else 900.0
            if moved:
                rows["one_way"].append(
                    {"strategy": name, "parameter": lever.parameter, "kind": lever.kind, "low": lever.low,
                     "high": lever.high, "inmb_low": inmb + moved, "inmb_high": inmb - moved}
                )  # fmt: skip
            for threshold in THRESHOLDS if lever.items and more else ():
                times = (threshold * change[0] - change[1] + more) / more
                rows["threshold_prices"].append(
                    {"strategy": name, "item": lever.parameter, "threshold": threshold,
                     "price": times * lever.value, "times_current": times}
                )  # fmt: skip
    for item, category, unit, value in ITEMS:
        rows["prices"].append(
            {"item": item, "category": category, "unit": unit, "value": value, "low": 0.5 * value,
             "high": 1.5 * value, "standard_error": 0.25 * value, "distribution": "gamma", "currency": "GBP",
             "price_year": 2024, "sources": sources, "status": "published"}
        )  # fmt: skip
    rows["utilities"].append(
        {"parameter": "utility.stable", "value": 0.76, "low": 0.7, "high": 0.82, "standard_error": 0.03,
         "distribution": "beta", "sources": sources, "status": "published"}
    )  # fmt: skip
    psa = _drawn(m, draws, n) if draws else None
    decided = None
    if psa is not None:
        decided = ss.decision(
            psa.costs, psa.effects, names=names, at=THRESHOLDS, currency="GBP",
            noise=PatientNoise.of_draws(psa.noise, psa.women) if noise else None,
        )  # fmt: skip
    if decided is not None:
        rows["acceptability"] = acceptability_rows({GROUPS[0]: decided})
    return Made(
        strategies=names, perspective="uk-nhs", reference_case="nice", currency="GBP", price_year=2024,
        women=2_000, found=400, groups=GROUPS, by="subtype", categories=categories,
        items=tuple(item[0] for item in ITEMS), thresholds=THRESHOLDS,
        discounting={"costs": 0.035, "effects": 0.035, "form": "continuous", "horizon": float("inf"),
                     "clock_zero": "the day metastatic disease is found"},
        provenance={"seed": 1, "seedsoil": "0"}, psa=psa, decision=decided, levers=levers,
        notes=("Made by hand.",), at_rates=m.at_rates, **{name: table(name, rows[name]) for name in COLUMNS},
    )  # fmt: skip


def _ends(name: str, value: float | None) -> dict[str, float | None]:
    """Ends of an interval about a difference, a tenth of it to either side."""
    return {
        f"{name}_{end}": None if value is None else by * value
        for end, by in (("low", 0.9), ("high", 1.1))
    }


def _yearly_noise(draws: int, n: int) -> Any:
    """Covariance among women of what a year costs, and costs more: strategies go together, years do not."""
    together = 1e4 * (np.eye(n) + 0.5) / 1.5
    noise = np.einsum("st,ij->sitj", together, np.full((YEARS, YEARS), 1.0))
    return np.repeat(noise[None], draws, axis=0)


def _drawn(m: _Numbers, draws: int, n: int) -> Psa:
    rng = np.random.default_rng(7)
    prices = m.prices * rng.gamma(16.0, 1 / 16.0, (draws, len(ITEMS)))
    # a draw moves all strategies together, and each a little
    alike = rng.normal(1.0, 0.1, (draws, 1, 1))
    own = rng.normal(1.0, 0.05, (draws, n, 1))
    same = np.array([(m.discounted[0, s] == m.discounted[0, 0]).all() for s in range(n)])
    own[:, same] = own[:, :1]
    quantities = m.at_rates.quantities[0][None] * (alike * own)[:, :, None]
    weighted = m.at_rates.weighted[0][None] * (alike * own)[:, :, None] ** 0.5
    worth = m.at_rates.worth * np.array([1.0, 1.0, 1.0, 0.0])
    worth = worth * (1.0 - 0.1 * rng.random((draws, 1)))
    worth[:, 3] = worth[:, 1] * worth[:, 2] / worth[:, 0]
    years = np.repeat(m.at_rates.years[0][None], draws, axis=0)
    at_rates = AtRates(RATES, RATES, 0.035, 0.035, quantities, years, weighted, worth)
    by_item = at_rates.used * prices[:, None, :]
    delivered = RATES.index(0.035)
    effects = np.einsum("dsp,dp->ds", weighted[:, :, delivered], worth)
    variance = np.diag([4e6] * n + [0.04] * n) + np.outer(
        np.array([1e3] * n + [0.2] * n), np.array([1e3] * n + [0.2] * n)
    )
    for s in np.flatnonzero(same)[1:]:
        for a, b in ((s, 0), (n + s, n)):
            variance[a], variance[:, a] = variance[b], variance[:, b]
            variance[a, a] = variance[b, b]
    kinds = list(dict.fromkeys(item[1] for item in ITEMS))
    members = np.array([[item[1] == c for c in kinds] for item in ITEMS], float)
    yearly = by_item.sum(axis=2)[:, :, None] / (6.0 + np.arange(YEARS))
    yearly[:, 1:] -= yearly[:, :1]
    women = np.full(draws, 400)
    noise = np.repeat(variance[None], draws, axis=0)
    of_all = GroupDraws(
        by_category=by_item @ members, by_state=np.zeros((draws, n, len(EFFECTS) * len(STATES))), noise=noise,
        women=women, yearly=yearly, yearly_noise=_yearly_noise(draws, n),
    )  # fmt: skip
    return Psa(
        costs=by_item.sum(axis=2), effects=effects, life_years=effects / 0.7, by_category=by_item @ members,
        at_rates=at_rates, prices=prices, parameters={}, women=women,
        noise=noise, drawn="fixed", simulated=2_000 * draws * n, groups={GROUPS[0]: of_all},
    )  # fmt: skip
