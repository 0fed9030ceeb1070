"""Survival from diagnosis or from the finding of metastases: Kaplan-Meier curves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.display.shown import Shown, TextRows, text_table
from seedsoil.display.words import (
    group_words,
    listed,
    median_interval,
    of_women,
    percent,
    percent_interval,
    span,
    whole,
)
from seedsoil.errors import InputError
from seedsoil.results.burden import divided
from seedsoil.results.columns import (
    chosen,
    codes,
    groups,
    numbers,
    women_found_in_life,
    women_with_metastases,
)
from seedsoil.results.shares import Share
from seedsoil.units import FEWEST_OF_MEDIAN, Z95

if TYPE_CHECKING:
    import pyarrow as pa

    from seedsoil.results.columns import Floats, Tables

DISPLAY_POINTS = 400
SINCE = {
    "diagnosis": "diagnosis",
    "found in life": "metastatic disease was found in life",
    "metastasis": "metastatic disease was found, in life or at death",
}
"""What survival may count from, in words."""


@dataclass(frozen=True)
class SurvivalCurve:
    """One Kaplan-Meier curve: a step function that holds each value until the next time.

    `time` (years, from 0), `survival`, `lower`, `upper` (95 %, log-log), one entry a step;
    `followed` the sorted times at which women left, by death or censoring.
    """

    group: str
    women: int
    time: Floats
    survival: Floats
    lower: Floats
    upper: Floats
    followed: Floats

    def at(self, time: float) -> tuple[float, float, float]:
        """Share alive at `time` (years) and its 95 % interval."""
        step = int(np.searchsorted(self.time, time, side="right")) - 1
        return float(self.survival[step]), float(self.lower[step]), float(self.upper[step])

    def at_risk(self, times: Floats) -> list[int]:
        """Women alive and followed just before each of `times` (years)."""
        left = np.searchsorted(self.followed, times, side="left")
        return [int(count) for count in self.women - left]

    @property
    def median(self) -> tuple[float, float, float]:
        """Median survival in years and its 95 % interval (Brookmeyer and Crowley 1982).

        The time at which the curve first falls to one half, and the times at which the limits of
        its interval do; infinite where that is not reached. Fewer than six women bound it nowhere: 0 to
        infinity.
        """
        median = _first_at_half(self.time, self.survival)
        if self.women < FEWEST_OF_MEDIAN:
            return median, 0.0, float("inf")
        return (
            median,
            _first_at_half(self.time, self.lower),
            _first_at_half(self.time, self.upper),
        )

    @property
    def median_interval_words(self) -> str:
        """The interval of the median without its unit: `3.53 to 3.96`, or that there are too few women."""
        _, low, high = self.median
        return median_interval(low, high)

    def interval_at(self, time: float) -> tuple[float, float]:
        """95 % interval of the share alive at `time`; the curve's has no width where all or none are."""
        alive, lower, upper = self.at(time)
        bounded = self._all_or_none(alive)
        return (lower, upper) if bounded is None else bounded.interval

    def share_words(self, time: float) -> str:
        """The share alive at `time` with its interval: `43.7 % (35.5 to 51.6 %)`, `0 % (below 60.0 %)`."""
        alive, lower, upper = self.at(time)
        bounded = self._all_or_none(alive)
        if bounded is None:
            return f"{percent(alive)} ({percent_interval(lower, upper)})"
        return bounded.words

    def _all_or_none(self, alive: float) -> Share | None:
        """The count behind a share of all women or of none; None for any other."""
        return Share(round(alive * self.women), self.women) if alive in (0.0, 1.0) else None

    @property
    def median_words(self) -> str:
        """The median without its unit, with its interval if both ends are known: `3.75 (3.53 to 3.96)`."""
        median, low, high = self.median
        known = f" ({span(low)} to {span(high)})" if np.isfinite([low, high]).all() else ""
        return f"{span(median)}{known}"

    def thinned(self, until: float, points: int = DISPLAY_POINTS) -> SurvivalCurve:
        """At most `points` of the steps up to `until`, evenly spread along the drawn curve.

        What is left out lies within 2/points of the axes' lengths: under two pixels on a screen.
        """
        shown = np.flatnonzero(self.time <= until)
        if shown.size > points:
            time, height = self.time[shown] / until, self.survival[shown]
            run = np.concatenate([[0.0], np.cumsum(np.diff(time) + np.abs(np.diff(height)))])
            wanted = np.linspace(0.0, run[-1], points - 1)
            shown = shown[np.unique(np.searchsorted(run, wanted).clip(0, run.size - 1))]
        time = self.time[shown]
        if self.survival[shown[-1]] > 0:  # women still followed: the last step is drawn to the end
            shown, time = np.append(shown, shown[-1]), np.append(time, until)
        return SurvivalCurve(
            self.group,
            self.women,
            time,
            self.survival[shown],
            self.lower[shown],
            self.upper[shown],
            self.followed,
        )


@dataclass(frozen=True)
class Survival(Shown):
    """Kaplan-Meier curves of the groups of a cohort. Times in years."""

    title = "Survival"

    curves: tuple[SurvivalCurve, ...]
    by: str | None
    since: str
    cause: str

    @property
    def horizon(self) -> float:
        """Round number of years by which all but about 5 % of the longest-lived group have left."""
        # A small group's last women would stretch the axis of all others.
        largest = max(curve.women for curve in self.curves)
        ends = [np.quantile(c.followed, 0.95) for c in self.curves if c.women >= 0.01 * largest]
        return round_up(float(max(ends)))

    def table(self) -> pa.Table:
        """Every step: group, time_years, survival, lower, upper, at_risk."""
        import pyarrow as pa

        return pa.concat_tables(
            [
                pa.table(
                    {
                        "group": pa.array([c.group] * c.time.size),
                        "time_years": c.time,
                        "survival": c.survival,
                        "lower": c.lower,
                        "upper": c.upper,
                        "at_risk": pa.array(c.at_risk(c.time), pa.int64()),
                    }
                )
                for c in self.curves
            ]
        )

    def at_risk(self, times: list[float] | None = None) -> pa.Table:
        """Women at risk and share alive at round times (or at `times`, years), by group."""
        import pyarrow as pa

        at = np.array(round_times(self.horizon) if times is None else times, dtype=np.float64)
        rows: dict[str, list[Any]] = {k: [] for k in ("group", "time_years", "at_risk", "survival")}
        for curve in self.curves:
            rows["group"] += [curve.group] * at.size
            rows["time_years"] += at.tolist()
            rows["at_risk"] += curve.at_risk(at)
            rows["survival"] += [curve.at(time)[0] for time in at.tolist()]
        return pa.table(rows)

    def medians(self) -> pa.Table:
        """Median survival in years with its 95 % interval, by group; infinite if not reached."""
        import pyarrow as pa

        medians = [curve.median for curve in self.curves]
        return pa.table(
            {
                "group": [curve.group for curve in self.curves],
                "women": [curve.women for curve in self.curves],
                "median_years": [median for median, _, _ in medians],
                "lower": [low for _, low, _ in medians],
                "upper": [high for _, _, high in medians],
            }
        )

    @property
    def sentence(self) -> str:
        """Median survival and the share alive after 5 years, group by group."""
        start = SINCE[self.since]
        net = "" if self.cause == "any" else ", other deaths censored (net survival)"
        parts, five = [], []
        for curve in self.curves:
            name = group_words(self.by, curve.group)
            of = f" in {name}" if self.by else f" in {of_women(curve.women)}"
            parts.append(f"{curve.median_words}{of}")
            five.append(percent(curve.at(5.0)[0]))
        return (
            f"Median survival since {start}{net}, in years (95 % interval): {listed(parts)}; "
            f"alive after 5 years: {listed(five)}."
        )

    def chart(self) -> dict[str, Any]:
        """Curves with 95 % bands and the women at risk under the axis."""
        from seedsoil.display.curves import Curve, curves_chart

        horizon = self.horizon
        times = round_times(horizon)
        start = SINCE[self.since]
        return curves_chart(
            [
                Curve(c.group, c.time, c.survival, c.lower, c.upper)
                for c in (curve.thinned(horizon) for curve in self.curves)
            ],
            horizon=horizon,
            ticks=times,
            x_title=f"Years since {start}",
            y_title="Women alive" if self.cause == "any" else "Net survival",
            at_risk={c.group: c.at_risk(np.array(times)) for c in self.curves},
            description=self.sentence,
        )

    def text_rows(self) -> TextRows:
        """Median and share alive after 5 years of each group, with 95 % intervals."""
        rows = []
        for c in self.curves:
            median = c.median[0]
            five = c.at(5.0)[0]
            rows.append(
                [c.group, whole(c.women), span(median), c.median_interval_words, percent(five),
                 percent_interval(*c.interval_at(5.0))]
            )  # fmt: skip
        header = [
            "group",
            "women",
            "median, years",
            "95 % interval",
            "alive at 5 y",
            "95 % interval",
        ]
        return header, rows

    def __repr__(self) -> str:
        by = f", by {self.by}" if self.by else ""
        title = f"Survival since {self.since}, cause of death: {self.cause}{by}"
        return f"{title}\n{text_table(*self.text_rows())}"


def survival(
    run: Tables, by: str | None = None, since: str = "diagnosis", cause: str = "any"
) -> Survival:
    """Kaplan-Meier survival S(t) = Π_{t_i <= t} (1 - d_i/n_i), with log-log 95 % intervals.

    `since`: "diagnosis" (all women), "found in life" (women whose metastatic disease was found while they
    lived, from that day; what a series of patients shows, and what the command line and the reports tell)
    or "metastasis" (also those in whom it was found only at death, whose survival is 0).
    `cause`: "any", or "breast cancer" for net survival, where other deaths are censored; net
    survival is what a registry reports, and rests on the two causes being independent given what
    is held fixed. `by`: None, subtype, age, stage, presentation, t_stage or n_stage; since metastatic disease
    was found also "burden" (visible lesions then) or "organs" (involved then).

    Every simulated life is followed to its end, so for cause "any" nothing is censored and the
    estimate is the share still alive; with censoring it comes from `scipy.stats.ecdf`.
    Raises InputError for an argument that is not allowed and for a cohort without such women.
    """
    chosen("since", since, tuple(SINCE))
    chosen("cause", cause, ("any", "breast cancer"))
    died = numbers(run.patients, "died_at")
    within = None
    if since != "diagnosis":
        in_life = since == "found in life"
        within = (
            women_found_in_life(run.patients) if in_life else women_with_metastases(run.patients)
        )
        died = died - numbers(run.patients, "metastatic_at")
    divide = groups if within is None else divided
    found = divide(run.patients, by, within)
    if not found or not found[0].members.any():
        raise InputError(f"survival since {since}: the cohort has no such women; simulate more.")
    if cause == "any":
        curves = [complete_curve(group.name, died[group.members]) for group in found]
    else:
        values, names = codes(run.patients, "cause_of_death")
        of_cancer = values == (names.index(cause) if cause in names else -2)
        curves = [
            censored_curve(group.name, died[group.members], of_cancer[group.members])
            for group in found
        ]
    return Survival(tuple(curves), by, since, cause)


def complete_curve(group: str, died: Floats) -> SurvivalCurve:
    """The Kaplan-Meier estimate when nobody is censored: S(t) is the share that lives beyond t.

    Greenwood's variance is then S(1-S)/n, and the log-log limits are
    S^exp(±z·sqrt((1-S)/(nS))/ln S) (Kalbfleisch and Prentice 1980). The same numbers as
    `scipy.stats.ecdf`, without its import of seconds, which a report does not need.
    """
    times = np.sort(died)
    n = times.size
    steps, deaths = np.unique(times, return_counts=True)
    alive = (n - np.cumsum(deaths)) / n
    inner = (alive > 0) & (alive < 1)
    s = np.where(inner, alive, 0.5)
    spread = Z95 * np.sqrt((1.0 - s) / (n * s)) / np.log(s)
    lower = np.where(inner, s ** np.exp(-spread), 0.0)
    upper = np.where(inner, s ** np.exp(spread), 0.0)
    return _from_start(group, n, steps, alive, lower, upper, times)


def censored_curve(group: str, time: Floats, event: np.ndarray) -> SurvivalCurve:
    """The Kaplan-Meier estimate with right censoring where `event` is false (scipy.stats.ecdf)."""
    import warnings

    from scipy.stats import CensoredData, ecdf

    followed = np.sort(time)
    if not event.any():
        start = np.zeros(0)
        return _from_start(group, time.size, start, start, start, start, followed)
    found = ecdf(CensoredData(uncensored=time[event], right=time[~event])).sf
    with warnings.catch_warnings():
        # Where S is 0 or 1 the log-log limits are undefined; they are set in _from_start.
        warnings.simplefilter("ignore")
        limits = found.confidence_interval(confidence_level=0.95, method="log-log")
    return _from_start(
        group,
        time.size,
        np.asarray(found.quantiles),
        np.asarray(found.probabilities),
        np.asarray(limits.low.probabilities),
        np.asarray(limits.high.probabilities),
        followed,
    )


def round_up(value: float) -> float:
    """The next round number of years for the end of an axis that has five equal steps."""
    for step in (0.1, 0.2, 0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 12.0, 15.0, 20.0):
        if 5.0 * step >= value:
            return 5.0 * step
    return 20.0 * float(np.ceil(value / 20.0))


def round_times(horizon: float) -> list[float]:
    """Six round times from 0 to `horizon`."""
    return [round(horizon * step / 5.0, 6) for step in range(6)]


def _from_start(
    group: str, women: int, time: Floats, alive: Floats, lower: Floats, upper: Floats,
    followed: Floats,
) -> SurvivalCurve:  # fmt: skip
    """The curve with its start: everybody alive at time 0. Undefined limits are closed."""
    lower = np.where(np.isnan(lower), np.where(alive >= 1.0, 1.0, 0.0), lower)
    upper = np.where(np.isnan(upper), np.where(alive >= 1.0, 1.0, 0.0), upper)
    one = np.ones(1)
    return SurvivalCurve(
        group,
        women,
        np.concatenate([np.zeros(1), time]),
        np.concatenate([one, alive]),
        np.concatenate([one, lower]),
        np.concatenate([one, upper]),
        followed,
    )


def _first_at_half(time: Floats, value: Floats) -> float:
    below = np.flatnonzero(value <= 0.5)
    return float(time[below[0]]) if below.size else float("inf")
