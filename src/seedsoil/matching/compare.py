"""Observed against simulated: curves, expected events, calibration by predicted risk.

In stratum s the simulated women give the net cumulative hazard (Nelson-Aalen, other deaths
censored, as they are in the registry)

    Λ_s(t) = Σ over simulated events at t_e <= t of 1 / (simulated women at risk at t_e)

and everything else follows from it: the expected number of events E = Σ_i Λ_s(i)(T_i) over registry
women with follow-up T_i; and the simulated curve of a group with n_s registry women in stratum s,

    S(t) = exp(-∫ Σ_s n_s G_s e^(-Λ_s) dΛ_s / Σ_s n_s G_s e^(-Λ_s)),

with G_s(t) the registry's own chance of still being followed at t (Hakulinen's method). With the
same G in all strata this is the plain weighted mean Σ n_s e^(-Λ_s) / Σ n_s.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from seedsoil.matching.standardise import AGE, NODES
from seedsoil.units import Z95

if TYPE_CHECKING:
    from seedsoil.matching.standardise import Strata, Women
    from seedsoil.results.columns import Flags, Floats, Integers

GRID_PER_YEAR = 12
HORIZONS = (2.0, 5.0, 10.0, 15.0)
"""Years at which curves are compared."""
RISK_HORIZON = 10.0
"""Years; predicted risk is that to this horizon, or to the last one the registry reaches."""
FEWEST_AT_RISK = 10
"""A curve is drawn, and compared, only while this many registry women are at risk."""
FEWEST_FOR_CENSORING = 50
"""Registry women needed to estimate the follow-up of a group (age band × node group) alone."""
MONTE_CARLO_DRAWS = 200
DIFFERENCE_DRAWS = 4000
RISK_GROUPS = 5


@dataclass(frozen=True)
class Observed:
    """A Kaplan-Meier curve on the grid, with its log-log 95 % band and the women at risk.

    `variance`: Greenwood's Σ d/(n(n-d)) up to each time. The band is NaN before the first event.
    """

    survival: Floats
    low: Floats
    high: Floats
    at_risk: Integers
    variance: Floats


@dataclass(frozen=True)
class Simulated:
    """A simulated curve on the grid with its Monte-Carlo draws (draws × times)."""

    survival: Floats
    draws: Floats

    @property
    def low(self) -> Floats:
        """Lower limit of the central 95 % of the draws."""
        return np.asarray(np.quantile(self.draws, 0.025, axis=0))

    @property
    def high(self) -> Floats:
        """Upper limit of the central 95 % of the draws."""
        return np.asarray(np.quantile(self.draws, 0.975, axis=0))


@dataclass(frozen=True)
class Ratio:
    """Observed over expected events of a group of women.

    `low`, `high`: the exact Poisson 95 % interval of the observed number, widened by the Monte-Carlo
    error of the expected one, `expected_se`. `z` = (O - E)/sqrt(E + se²), the one-sample log-rank
    statistic; `p` is two-sided, normal.
    """

    women: int
    person_years: float
    observed: int
    expected: float
    expected_se: float
    ratio: float
    low: float
    high: float
    z: float
    p: float


@dataclass(frozen=True)
class Steps:
    """The simulated women of a stratum: when her events fall, and who she is.

    At the time `at` Λ rises by `step`, with `at_risk` women at risk; `time`, `event` and `number` have
    one value a simulated woman.
    """

    at: Floats
    step: Floats
    at_risk: Floats
    time: Floats
    event: Flags
    number: Integers


@dataclass(frozen=True)
class Comparison:
    """All that is needed to compare groups of registry women with their simulated counterparts.

    `stratum` and `expected` have one value a registry woman: her stratum and her Λ_s(T). `times` is
    the grid; `hazard` (strata × times) holds the increments of Λ_s over each step, zero in the
    first column; `events` the simulated events behind each increment; `steps` the simulated women of
    each stratum. `follow_up` (groups × times) is G; `follow_up_of` gives each
    registry woman's row of it.
    """

    registry: Women
    stratum: Integers
    times: Floats
    hazard: Floats
    events: Floats
    steps: tuple[Steps, ...]
    simulated_women: int
    expected: Floats
    follow_up: Floats
    follow_up_of: Integers
    seed: int

    def observed(self, members: Flags) -> Observed:
        """Kaplan-Meier of some registry women (one flag a woman)."""
        return kaplan_meier(self.registry.time[members], self.registry.event[members], self.times)

    def simulated(self, members: Flags) -> Simulated:
        """The simulated curve standardised to some registry women, with Monte-Carlo draws.

        A draw replaces the number of simulated events in each stratum and month by a Poisson
        variable of that mean.
        """
        groups = len(self.follow_up)
        pair, count = np.unique(
            self.stratum[members] * groups + self.follow_up_of[members], return_counts=True
        )
        weight = count[:, None] * self.follow_up[pair % groups]
        used, row = np.unique(pair // groups, return_inverse=True)
        hazard, events = self.hazard[used], self.events[used]
        generator = np.random.default_rng((self.seed, 1))
        step = np.divide(hazard, events, out=np.zeros_like(hazard), where=events > 0)
        draws = [
            _pooled((step * generator.poisson(events))[row], weight)
            for _ in range(MONTE_CARLO_DRAWS)
        ]
        return Simulated(_pooled(hazard[row], weight), np.stack(draws))

    def ratio(self, members: Flags) -> Ratio:
        """Observed over expected events of some registry women."""
        observed = int(self.registry.event[members].sum())
        expected = float(self.expected[members].sum())
        variance = self._expected_variance(members)
        person_years = float(self.registry.time[members].sum())
        women = int(members.sum())
        return _ratio(women, person_years, observed, expected, float(np.sqrt(variance)))

    def _expected_variance(self, members: Flags) -> float:
        """Monte-Carlo variance of the events expected of some registry women.

        A sum over simulated women of the square of what each adds to it in all strata together, since
        some of them stand in several.
        """
        influence = np.zeros(self.simulated_women)
        for index in np.unique(self.stratum[members]):
            s = self.steps[index]
            own = np.sort(self.registry.time[members & (self.stratum == index)])
            share = (len(own) - np.searchsorted(own, s.at, side="left")) / s.at_risk
            sums = np.concatenate([[0.0], np.cumsum(share * s.step)])
            added = -sums[np.searchsorted(s.at, s.time, side="right")]
            added[s.event] += share[np.searchsorted(s.at, s.time[s.event])]
            np.add.at(influence, s.number, added)
        return float((influence**2).sum())

    def horizons(self) -> list[float]:
        """The horizons at which enough registry women are at risk."""
        return [h for h in HORIZONS if (self.registry.time >= h).sum() >= FEWEST_AT_RISK]

    def risk_horizon(self) -> float:
        """Years to which predicted risk is counted."""
        reached = [h for h in self.horizons() if h <= RISK_HORIZON]
        return reached[-1] if reached else float(self.times[-1])

    def predicted_risk(self) -> Floats:
        """Of each registry woman: her stratum's simulated net risk up to `risk_horizon()`."""
        column = np.searchsorted(self.times, self.risk_horizon(), side="right")
        net: Floats = 1.0 - np.exp(-self.hazard[:, :column].sum(axis=1))
        return net[self.stratum]


def prepare(registry: Women, simulated: Women, strata: Strata, seed: int) -> Comparison:
    """Make the comparison of registry women, each in a stratum that has simulated women."""
    stratum = strata.of(registry)
    home = strata.of_simulated(simulated)
    times = _grid(registry.time)
    shape = (len(strata.strata), len(times))
    hazard, events = np.zeros(shape), np.zeros(shape)
    expected = np.zeros(len(registry))
    steps = []
    number = np.arange(len(simulated)) if simulated.number is None else simulated.number
    order = np.argsort(home, kind="stable")
    bounds = np.searchsorted(home[order], np.arange(shape[0] + 1))
    for index in range(shape[0]):
        own = order[bounds[index] : bounds[index + 1]]
        at, count, risk = _event_table(simulated.time[own], simulated.event[own])
        step = count / risk
        place = np.searchsorted(times, at, side="left")
        inside = place < len(times)
        np.add.at(hazard[index], place[inside], step[inside])
        np.add.at(events[index], place[inside], count[inside])
        cumulative = np.concatenate([[0.0], np.cumsum(step)])
        women = stratum == index
        expected[women] = cumulative[np.searchsorted(at, registry.time[women], side="right")]
        who = number[own]
        steps.append(Steps(at, step, risk, simulated.time[own], simulated.event[own], who))
    follow_up, follow_up_of = _follow_up(registry, times)
    return Comparison(
        registry=registry,
        stratum=stratum,
        times=times,
        hazard=hazard,
        events=events,
        steps=tuple(steps),
        simulated_women=int(number.max(initial=0)) + 1,
        expected=expected,
        follow_up=follow_up,
        follow_up_of=follow_up_of,
        seed=seed,
    )


def kaplan_meier(time: Floats, event: Flags, times: Floats) -> Observed:
    """Kaplan-Meier estimate at `times` with 95 % log-log limits; other exits are censored."""
    from scipy.stats import CensoredData, ecdf

    result = ecdf(CensoredData(uncensored=time[event], right=time[~event])).sf
    if event.any():
        with warnings.catch_warnings():
            # At 0 % and 100 % the log-log limits do not exist; they stay NaN.
            warnings.filterwarnings("ignore", "The confidence interval is undefined")
            limits = result.confidence_interval(0.95, method="log-log")
        low, high = limits.low.evaluate(times), limits.high.evaluate(times)
    else:
        low = high = np.full(len(times), np.nan)
    first = time[event].min() if event.any() else np.inf
    low, high = (np.where(times < first, np.nan, side) for side in (low, high))
    ordered = np.sort(time)
    at, count, risk = _event_table(time, event)
    left = risk - count
    terms = np.divide(count, risk * left, out=np.zeros(len(at)), where=left > 0)
    sums = np.concatenate([[0.0], np.cumsum(terms)])
    return Observed(
        survival=np.asarray(result.evaluate(times)),
        low=low,
        high=high,
        at_risk=(len(ordered) - np.searchsorted(ordered, times, side="left")).astype(np.int64),
        variance=sums[np.searchsorted(at, times, side="right")],
    )


def _event_table(time: Floats, event: Flags) -> tuple[Floats, Floats, Floats]:
    """Distinct event times, events at each, and women at risk just before."""
    at, count = np.unique(time[event], return_counts=True)
    ordered = np.sort(time)
    risk = len(ordered) - np.searchsorted(ordered, at, side="left")
    return at, count.astype(np.float64), risk.astype(np.float64)


def _grid(time: Floats) -> Floats:
    """Months from 0 while enough registry women are at risk, but at least one."""
    ordered = np.sort(time)
    last = ordered[-FEWEST_AT_RISK] if len(ordered) >= FEWEST_AT_RISK else ordered[-1]
    return np.arange(max(1, int(last * GRID_PER_YEAR)) + 1) / GRID_PER_YEAR


def _follow_up(registry: Women, times: Floats) -> tuple[Floats, Integers]:
    """The chance of still being followed at each time, by age band × node group; each woman's row.

    Kaplan-Meier with the roles of event and censoring exchanged; row 0 is everybody, used for
    groups with too few women.
    """
    rows = [kaplan_meier(registry.time, ~registry.event, times).survival]
    of_woman = np.zeros(len(registry), dtype=np.int64)
    key = registry.levels[:, AGE] * 100 + registry.levels[:, NODES]
    for group in np.unique(key):
        members = key == group
        if members.sum() >= FEWEST_FOR_CENSORING:
            own = kaplan_meier(registry.time[members], ~registry.event[members], times).survival
            of_woman[members] = len(rows)
            rows.append(own)
    return np.stack(rows), of_woman


def _pooled(hazard: Floats, weight: Floats) -> Floats:
    """S(t) from increments of the strata's hazards and their weights n_s·G_s (strata × times)."""
    before = np.exp(-(np.cumsum(hazard, axis=1) - hazard))
    # G just before each step: the value at the start of its month.
    still = np.concatenate([weight[:, :1], weight[:, :-1]], axis=1) * before
    total = still.sum(axis=0)
    mean = np.divide(
        (still * hazard).sum(axis=0), total, out=np.zeros(hazard.shape[1]), where=total > 0
    )
    return np.asarray(np.exp(-np.cumsum(mean)))


def _ratio(women: int, person_years: float, observed: int, expected: float, se: float) -> Ratio:
    from scipy.stats import chi2, norm

    low = chi2.ppf(0.025, 2 * observed) / 2 if observed else 0.0
    high = chi2.ppf(0.975, 2 * observed + 2) / 2
    if expected > 0:
        low, high = _widened(observed, low, high, Z95 * se / expected)
    spread = float(np.sqrt(expected + se**2))
    z = (observed - expected) / spread if spread > 0 else float("nan")
    inverse = 1.0 / expected if expected > 0 else float("nan")
    return Ratio(
        women=women,
        person_years=person_years,
        observed=observed,
        expected=expected,
        expected_se=se,
        ratio=observed * inverse,
        low=float(low) * inverse,
        high=float(high) * inverse,
        z=z,
        p=float(2 * norm.sf(abs(z))),
    )


def _widened(observed: int, low: float, high: float, error: float) -> tuple[float, float]:
    """Limits of O/E from those of O, and the relative error of E (`Z95` standard errors).

    Variances add on the logarithmic scale, on either side.
    """
    if not observed:
        return low, high * float(np.exp(error))
    below = np.hypot(np.log(observed / low), error)
    above = np.hypot(np.log(high / observed), error)
    return observed * float(np.exp(-below)), observed * float(np.exp(above))


@dataclass(frozen=True)
class Difference:
    """Observed minus simulated at the horizons, and the mean absolute difference over them.

    `low`, `high` of the mean absolute difference are percentiles of draws in which both curves vary
    about their estimates; whether it is more than chance is for `curve_test` to say.
    """

    years: list[float]
    observed: list[float]
    observed_low: list[float]
    observed_high: list[float]
    simulated: list[float]
    simulated_low: list[float]
    simulated_high: list[float]
    at_risk: list[int]
    difference_low: list[float]
    difference_high: list[float]
    mean_absolute: float
    low: float
    high: float


def difference(
    comparison: Comparison, observed: Observed, simulated: Simulated
) -> Difference | None:
    """Compare two curves at the horizons; None when the registry reaches none of them.

    Draws of the observed curve multiply it by exp(-Z), Z a Gaussian walk with Greenwood's variance.
    """
    years = comparison.horizons()
    if not years:
        return None
    at = np.searchsorted(comparison.times, np.array(years), side="right") - 1
    generator = np.random.default_rng((comparison.seed, 2))
    added = np.diff(np.concatenate([[0.0], observed.variance[at]]))
    walk = np.cumsum(generator.normal(size=(DIFFERENCE_DRAWS, len(at))) * np.sqrt(added), axis=1)
    seen = observed.survival[at] * np.exp(-walk)
    chosen = generator.integers(0, MONTE_CARLO_DRAWS, DIFFERENCE_DRAWS)
    made = simulated.draws[chosen][:, at]
    gap = seen - made
    exact = observed.survival[at] - simulated.survival[at]
    spread = np.abs(gap).mean(axis=1)

    def column(values: Floats) -> list[float]:
        return [float(value) for value in values[at]]

    return Difference(
        years=years,
        observed=column(observed.survival),
        observed_low=column(observed.low),
        observed_high=column(observed.high),
        simulated=column(simulated.survival),
        simulated_low=column(simulated.low),
        simulated_high=column(simulated.high),
        at_risk=[int(value) for value in observed.at_risk[at]],
        difference_low=[float(v) for v in np.quantile(gap, 0.025, axis=0)],
        difference_high=[float(v) for v in np.quantile(gap, 0.975, axis=0)],
        mean_absolute=float(np.abs(exact).mean()),
        low=float(np.quantile(spread, 0.025)),
        high=float(np.quantile(spread, 0.975)),
    )


@dataclass(frozen=True)
class RiskGroup:
    """Registry women of similar predicted risk: predicted and observed risk to the horizon."""

    predicted_risk: float
    observed_risk: float
    observed_risk_low: float
    observed_risk_high: float
    ratio: Ratio


def risk_groups(comparison: Comparison) -> tuple[list[RiskGroup], float, float]:
    """Fifths of the registry women by predicted risk, with Σ (O-E)²/(E + se²) and its p value.

    The groups of Grønnesby and Borgan, compared with a prediction made without these data, so that
    the statistic is chi-square with as many degrees of freedom as groups. Women of a stratum stay
    together, so the groups are only near in size.
    """
    from scipy.stats import chi2

    risk = comparison.predicted_risk()
    horizon = comparison.risk_horizon()
    ordered = np.sort(risk)
    # Of equal risks the middle place counts, so that a stratum is never split between groups.
    places = [np.searchsorted(ordered, risk, side=side) for side in ("left", "right")]
    rank = (places[0] + places[1]) / (2 * len(risk))
    group = np.minimum((rank * RISK_GROUPS).astype(np.int64), RISK_GROUPS - 1)
    at = np.searchsorted(comparison.times, horizon, side="right") - 1
    found = []
    for index in np.unique(group):
        members = group == index
        seen = comparison.observed(members)
        found.append(
            RiskGroup(
                predicted_risk=float(1.0 - comparison.simulated(members).survival[at]),
                observed_risk=float(1.0 - seen.survival[at]),
                observed_risk_low=float(1.0 - seen.high[at]),
                observed_risk_high=float(1.0 - seen.low[at]),
                ratio=comparison.ratio(members),
            )
        )
    statistic = float(np.nansum([fifth.ratio.z**2 for fifth in found]))
    return found, statistic, float(chi2.sf(statistic, len(found)))
