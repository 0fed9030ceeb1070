"""Cumulative incidence of recurrence, with death as a competing event, and its annual hazard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.display.shown import Further, Shown, TextRows, text_table
from seedsoil.display.words import bare_interval, group_words, listed, of_women, percent, whole
from seedsoil.errors import InputError
from seedsoil.results.columns import chosen, codes, groups, numbers
from seedsoil.results.intervals import standard_error, wilson
from seedsoil.results.survival import DISPLAY_POINTS, round_times
from seedsoil.units import Z95
from seedsoil.vocabulary import PRESENTATIONS

if TYPE_CHECKING:
    import pyarrow as pa

    from seedsoil.results.columns import Floats, Integers, Tables

# Years between which annual hazards are given, and the years shown: how results are read, not
# numbers about the disease.
INTERVALS = (0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 7.5, 10.0, 12.5, 15.0, 20.0, 25.0)
HORIZON = 25.0
EVENT_WORDS = {
    "distant": "distant recurrence",
    "locoregional": "locoregional recurrence",
    "any": "any recurrence",
}


@dataclass(frozen=True)
class IncidenceCurve:
    """Cumulative incidence in one group. Times in years since diagnosis, sorted.

    `events` the times of the event; `left` the times at which women ceased to be at risk, by the
    event or by death.
    """

    group: str
    women: int
    events: Floats
    left: Floats

    def share(self, times: Floats) -> Floats:
        """Share of the women who have had the event by each of `times`."""
        return np.searchsorted(self.events, times, side="right") / self.women

    def at_risk(self, times: Floats) -> list[int]:
        """Women alive and free of the event just before each of `times`."""
        return [int(n) for n in self.women - np.searchsorted(self.left, times, side="left")]

    def hazard(self, edges: Floats) -> tuple[Integers, Floats]:
        """Events and woman-years at risk in each interval between `edges`."""
        count = np.diff(np.searchsorted(self.events, edges, side="right"))
        # The first interval is closed at 0, where an event may fall.
        count[0] += np.searchsorted(self.events, edges[0], side="right")
        before = np.concatenate([[0.0], np.cumsum(self.left)])
        inside = np.searchsorted(self.left, edges, side="right")
        lived = before[inside] + edges * (self.women - inside)
        return count.astype(np.int64), np.diff(lived)

    def drawn(self, until: float, points: int = DISPLAY_POINTS) -> Floats:
        """At most `points` times up to `until` at which the step function is drawn."""
        steps = self.events[self.events <= until]
        if steps.size > points - 2:
            steps = steps[np.linspace(0, steps.size - 1, points - 2).astype(np.int64)]
        return np.concatenate([[0.0], steps, [until]])


@dataclass(frozen=True)
class Incidence(Shown):
    """Cumulative incidence of an event in the groups of a cohort; times in years since diagnosis."""

    title = "Cumulative incidence of recurrence"

    curves: tuple[IncidenceCurve, ...]
    by: str | None
    event: str

    def table(self, times: list[float] | None = None) -> pa.Table:
        """group, time_years, incidence, standard_error, lower, upper (95 %), at_risk.

        At every whole year up to 25, or at `times` (years since diagnosis).
        """
        import pyarrow as pa

        at = np.arange(HORIZON + 1.0) if times is None else np.array(times, dtype=np.float64)
        parts = []
        for curve in self.curves:
            share = curve.share(at)
            low, high = wilson(share * curve.women, curve.women)
            parts.append(
                pa.table(
                    {
                        "group": pa.array([curve.group] * at.size),
                        "time_years": at,
                        "incidence": share,
                        "standard_error": standard_error(share, curve.women),
                        "lower": low,
                        "upper": high,
                        "at_risk": pa.array(curve.at_risk(at), pa.int64()),
                    }
                )
            )
        return pa.concat_tables(parts)

    def hazards(self, edges: tuple[float, ...] = INTERVALS) -> pa.Table:
        """Annual hazard in each interval: events / woman-years at risk, se sqrt(events) / years.

        Columns group, from_years, to_years, events, woman_years, hazard, standard_error
        (per year; NaN where nobody was at risk).
        """
        import pyarrow as pa

        limits = np.array(edges, dtype=np.float64)
        parts = []
        for curve in self.curves:
            events, lived = curve.hazard(limits)
            with np.errstate(invalid="ignore", divide="ignore"):
                hazard, error = events / lived, np.sqrt(events) / lived
            parts.append(
                pa.table(
                    {
                        "group": pa.array([curve.group] * events.size),
                        "from_years": limits[:-1],
                        "to_years": limits[1:],
                        "events": events,
                        "woman_years": lived,
                        "hazard": np.where(lived > 0, hazard, np.nan),
                        "standard_error": np.where(lived > 0, error, np.nan),
                    }
                )
            )
        return pa.concat_tables(parts)

    @property
    def sentence(self) -> str:
        """Incidence within 10 and 20 years, group by group."""
        ten, twenty = [], []
        for curve in self.curves:
            share, later = curve.share(np.array([10.0, 20.0]))
            low, high = wilson(share * curve.women, curve.women)
            group = group_words(self.by, curve.group)
            where = f" in {group}" if self.by else f" of {of_women(curve.women)}"
            ten.append(f"{percent(share)} ({bare_interval(float(low), float(high))}){where}")
            twenty.append(percent(later))
        name = EVENT_WORDS[self.event].capitalize()
        return (
            f"{name} within 10 years of diagnosis (95 % interval): {listed(ten)}; "
            f"within 20 years: {listed(twenty)}."
        )

    def chart(self) -> dict[str, Any]:
        """Curves with 95 % bands and the women still at risk under the axis."""
        from seedsoil.display.curves import Curve, curves_chart

        curves = []
        for c in self.curves:
            at = c.drawn(HORIZON)
            share = c.share(at)
            low, high = wilson(share * c.women, c.women)
            curves.append(Curve(c.group, at, share, low, high))
        times = round_times(HORIZON)
        return curves_chart(
            curves,
            horizon=HORIZON,
            ticks=times,
            x_title="Years since diagnosis",
            y_title=f"Women with {EVENT_WORDS[self.event]}",
            at_risk={c.group: c.at_risk(np.array(times)) for c in self.curves},
            description=self.sentence,
            rising=True,
        )

    def hazard_chart(self) -> dict[str, Any]:
        """Annual hazard by interval since diagnosis, with 95 % bands."""
        from seedsoil.display.curves import Curve, curves_chart

        edges = np.array(INTERVALS)
        curves = []
        for c in self.curves:
            events, lived = c.hazard(edges)
            known = lived > 0
            with np.errstate(invalid="ignore", divide="ignore"):
                rate, half = events / lived, Z95 * np.sqrt(events) / lived
            # The last value is repeated at the end of its interval, to which its step is drawn.
            at = np.append(edges[:-1][known], edges[1:][known][-1:])
            rate, half = rate[known], half[known]
            rate, half = np.append(rate, rate[-1:]), np.append(half, half[-1:])
            curves.append(Curve(c.group, at, rate, np.clip(rate - half, 0, None), rate + half))
        return curves_chart(
            curves,
            horizon=HORIZON,
            ticks=round_times(HORIZON),
            x_title="Years since diagnosis",
            y_title=f"Annual hazard of {EVENT_WORDS[self.event]}",
            at_risk={},
            description=self.hazard_sentence,
            rising=True,
        )

    @property
    def hazard_sentence(self) -> str:
        """When recurrence is most likely, in a plain sentence with the numbers."""
        parts = []
        for c in self.curves:
            events, lived = c.hazard(np.array([0.0, 5.0, 10.0, 20.0]))
            with np.errstate(invalid="ignore", divide="ignore"):
                rates = [percent(float(rate)) for rate in events / lived]
            where = f" in {group_words(self.by, c.group)}" if self.by else ""
            parts.append(f"{listed(rates)}{where}")
        name = EVENT_WORDS[self.event]
        return (
            f"Each year {name} comes to this share of the women still alive and free of it, in "
            f"years 0 to 5, 5 to 10 and 10 to 20: {'; '.join(parts)}."
        )

    def further(self) -> list[Further]:
        """The annual hazard."""
        return [Further("Annual hazard", self.hazard_sentence, self.hazard_chart(), self.hazards())]

    def text_rows(self) -> TextRows:
        """Incidence by 5, 10 and 20 years with its Monte-Carlo standard error, group by group."""
        rows = []
        for c in self.curves:
            shares = c.share(np.array([5.0, 10.0, 20.0]))
            errors = standard_error(shares, c.women)
            cells = [
                f"{percent(float(s))} ± {100 * float(e):.2f}"
                for s, e in zip(shares, errors, strict=True)
            ]
            rows.append([c.group, whole(c.women), *cells])
        return ["group", "women", "by 5 years", "by 10 years", "by 20 years"], rows

    def __repr__(self) -> str:
        by = f", by {self.by}" if self.by else ""
        title = f"Cumulative incidence of {EVENT_WORDS[self.event]}{by} (± Monte-Carlo error)"
        return f"{title}\n{text_table(*self.text_rows())}"


def incidence(run: Tables, event: str = "distant", by: str | None = None) -> Incidence:
    """Cumulative incidence F(t) = P(event by t), with death as a competing event.

    `event`: "distant" (distant recurrence), "locoregional", or "any" (the first of the two).
    `by`: None, subtype, age, stage, presentation, t_stage or n_stage. Women metastatic at diagnosis
    (de novo) cannot recur and are left out. Lives are followed to their end, so F(t) is the share
    of women who had the event by t, with binomial Monte-Carlo error; the dead stay in its
    denominator, as they must where death competes.
    Raises InputError for an argument that is not allowed and for a cohort without such women.
    """
    chosen("event", event, tuple(EVENT_WORDS))
    patients = run.patients
    presentation, names = codes(patients, "presentation", PRESENTATIONS)
    within = presentation != names.index("de novo")
    recurrent = presentation == names.index("recurrent")
    never = np.inf
    distant = np.where(recurrent, numbers(patients, "metastatic_at"), never)
    local = np.nan_to_num(numbers(patients, "locoregional_at"), nan=never)
    time = {"distant": distant, "locoregional": local, "any": np.minimum(distant, local)}[event]
    left = np.minimum(time, numbers(patients, "died_at"))
    curves = tuple(
        IncidenceCurve(
            group.name,
            int(group.members.sum()),
            np.sort(time[group.members & np.isfinite(time)]),
            np.sort(left[group.members]),
        )
        for group in groups(patients, by, within)
        if group.members.any()
    )
    if not curves:
        raise InputError("incidence: every woman of the cohort was metastatic at diagnosis.")
    return Incidence(curves, by, event)
