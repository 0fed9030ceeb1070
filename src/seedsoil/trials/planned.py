"""What a design gives, as numbers, tables and sentences."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.display.shown import Shown, TextRows, text_table
from seedsoil.display.words import bare_interval, listed, of_women, percent, whole
from seedsoil.trials.words import EVENT_WORDS, conduct_words
from seedsoil.units import Z95

if TYPE_CHECKING:
    import pyarrow as pa

    from seedsoil.catalog import Trial
    from seedsoil.trials.power import Plan, Powered, Size

_BAND = (0.5, 0.025, 0.975)


@dataclass(frozen=True)
class LookResult:
    """One look at trials of the planned size; the fields are the columns of `DesignData.table()`.

    `events` planned and their share `information` (both without a cut at events: None, 1). Boundaries on the
    scale of Z and, at this size, of the hazard ratio; None where no trial stops. `month` of the look
    since accrual began and `hr`, the hazard ratio at it: medians and 95 % of trials, whether or not they
    stopped before; of an earlier look, of those that reach it (NaN where none does). `efficacy`, `futility`:
    share of all trials that stop at this look, each with its Monte-Carlo error. `reached`: share of trials
    that have so many events at the latest cut.
    """

    look: int
    events: int | None
    information: float
    z_efficacy: float | None
    hr_efficacy: float | None
    z_futility: float | None
    hr_futility: float | None
    month: float
    month_low: float
    month_high: float
    hr: float
    hr_low: float
    hr_high: float
    efficacy: float
    efficacy_error: float
    futility: float
    futility_error: float
    reached: float


def look_results(plan: Plan, planned: Powered) -> tuple[LookResult, ...]:
    """The looks of trials of the planned size."""
    found = []
    for k, look in enumerate(planned.looks):
        se = float(np.median(look.log_hr_se[np.isfinite(look.log_hr_se)], axis=None))
        upper, lower = plan.boundaries.efficacy[k], plan.boundaries.futility[k]
        hr_futility = None if math.isinf(lower) else math.exp(-lower * se)
        if plan.futility_hr and k < len(plan.futility_hr):
            hr_futility = plan.futility_hr[k]
        # an earlier look that is not reached is not taken; the last one is, at the latest cut
        taken = look.reached if k + 1 < len(planned.looks) else np.ones_like(look.reached)
        months, ratios = _band(look.month[taken]), _band(look.hr[taken])
        shares = []
        for stops in (look.efficacy, look.futility):
            share = float(stops.mean())
            shares += [share, math.sqrt(share * (1.0 - share) / stops.size)]
        found.append(
            LookResult(
                k + 1, look.events, plan.boundaries.at[k],
                None if math.isinf(upper) else upper,
                None if math.isinf(upper) else math.exp(-upper * se),
                None if math.isinf(lower) else lower, hr_futility,
                months[0], months[1], months[2], ratios[0], ratios[1], ratios[2],
                shares[0], shares[1], shares[2], shares[3], float(look.reached.mean()),
            )
        )  # fmt: skip
    return tuple(found)


def _band(values: Any) -> tuple[float, float, float]:
    known = values[~np.isnan(values)]
    if known.size == 0:
        return math.nan, math.nan, math.nan
    middle, low, high = np.quantile(known, _BAND, method="inverted_cdf")
    return float(middle), float(low), float(high)


@dataclass(frozen=True)
class DesignData(Shown):
    """The operating characteristics of a trial; `Design` draws them.

    `looks`: each look at trials of the planned size. `powers`: the sizes that were run, ascending. `hr` is
    the model's hazard ratio at large n with its Monte-Carlo error `log_hr_error` (of its logarithm). `size`:
    women for the power `wanted`.
    """

    title = "A trial designed"

    trial: Trial
    plan: Plan
    planned: Powered
    looks: tuple[LookResult, ...]
    powers: tuple[Powered, ...]
    hr: float
    log_hr_error: float
    wanted: float
    size: Size
    alpha: float
    manifest: dict[str, Any]

    def table(self) -> pa.Table:
        """One row a look, at the planned size; columns as the fields of `LookResult`, times in months."""
        import pyarrow as pa

        kinds: dict[str, pa.DataType] = dict.fromkeys(LookResult.__dataclass_fields__, pa.float64())
        kinds |= {"look": pa.int64(), "events": pa.int64()}
        return pa.Table.from_pylist(
            [vars(row) for row in self.looks], pa.schema(list(kinds.items()))
        )

    def power_table(self) -> pa.Table:
        """One row a size: women, events of the last look, power with its error, months to the stop."""
        import pyarrow as pa

        rows = [
            {
                "women": point.women,
                "events": point.looks[-1].events,
                "power": point.power,
                "error": self.error_of(point),
                "months": float(np.median(point.months)),
            }
            for point in self.powers
        ]
        schema = {"women": pa.int64(), "events": pa.int64()}
        schema |= dict.fromkeys(("power", "error", "months"), pa.float64())
        return pa.Table.from_pylist(rows, pa.schema(list(schema.items())))

    def error_of(self, point: Powered) -> float:
        """Monte-Carlo error of a power: by the number of trials and of the women they are drawn from."""
        return point.error(self.log_hr_error)

    @property
    def power(self) -> float:
        """The power at the planned size."""
        return self.planned.power

    @property
    def power_error(self) -> float:
        """Its Monte-Carlo error."""
        return self.error_of(self.planned)

    @property
    def conduct_sentence(self) -> str:
        """How women enrol and when the data are cut, in one sentence."""
        words = conduct_words(self.trial)
        return f"{words[:1].upper()}{words[1:]}."

    @property
    def size_sentence(self) -> str:
        """The number of women for the wanted power, in one sentence."""
        power = percent(self.wanted, 0)
        if math.isnan(self.size.women):
            return f"Women for a power of {power}: {self.size.reason}."
        return (
            f"A power of {power} takes about {of_women(math.ceil(self.size.women))} (95 % by "
            f"Monte-Carlo error {whole(self.size.low)} to {whole(self.size.high)})."
        )

    @property
    def stops_sentence(self) -> str:
        """How often trials stop early; empty without interim looks."""
        if len(self.looks) == 1:
            return ""
        parts = []
        for row in self.looks[:-1]:
            stops = f"{percent(row.efficacy)} stop for efficacy"
            if row.hr_futility is not None:
                stops += f" and {percent(row.futility)} for futility"
            when = "not reached" if math.isnan(row.month) else f"month {row.month:.0f}"
            parts.append(f"at look {row.look} ({when}) {stops}")
        return f"Of the trials, {listed(parts)}."

    @property
    def sentence(self) -> str:
        """Power at the planned size with its error, the size for the wanted power, and early stops."""
        n = listed([f"{whole(size)} {name}" for name, size in self.plan.n.items()])
        what = EVENT_WORDS[self.plan.curve]
        last = self.looks[-1]
        cut = f"month {last.month:.0f}"
        if last.events is not None:
            cut = (
                f"{whole(last.events)} events, in month {last.month:.0f} "
                f"(95 % {last.month_low:.0f} to {last.month_high:.0f})"
            )
        low, high = (self.hr * math.exp(sign * Z95 * self.log_hr_error) for sign in (-1, 1))
        text = (
            f"With {of_women(self.planned.women)} ({n}) and the last look at {cut}, "
            f"{percent(self.power)} ± {100 * self.power_error:.1f} of simulated trials show fewer events "
            f"({what}) under {self.plan.compared[0]} at a one-sided error of {percent(self.alpha)}; "
            f"the model's hazard ratio is {self.hr:.2f} (95 % by Monte-Carlo error {low:.2f} to {high:.2f})."
        )
        short = 1.0 - last.reached
        if short > 0.0:
            text += (
                f" In {percent(short)} of the trials so many events are not reached by month "
                f"{self.trial.follow_up_months:g}; those are analysed then."
            )
        return " ".join(filter(None, (text, self.stops_sentence, self.size_sentence)))

    def look_rows(self) -> TextRows:
        """The looks as text."""
        header = ["look", "events", "month", "stops at HR ≤", "futile at HR ≥", "HR, 95 % of trials",
                  "reached", "efficacy", "futility"]  # fmt: skip
        rows = [
            [
                str(row.look),
                "–" if row.events is None else whole(row.events),
                _interval(row.month, row.month_low, row.month_high, 1),
                _ratio(row.hr_efficacy),
                _ratio(row.hr_futility),
                _interval(row.hr, row.hr_low, row.hr_high, 2),
                percent(row.reached, 0),
                f"{percent(row.efficacy)} ± {100 * row.efficacy_error:.1f}",
                f"{percent(row.futility)} ± {100 * row.futility_error:.1f}",
            ]
            for row in self.looks
        ]
        return header, rows

    def text_rows(self) -> TextRows:
        """The sizes that were run as text."""
        header = ["women", "events", "power", "95 %", "months to the stop"]
        rows = []
        for point in self.powers:
            error, events = self.error_of(point), point.looks[-1].events
            ends = [min(max(point.power + sign * Z95 * error, 0.0), 1.0) for sign in (-1, 1)]
            rows.append(
                [whole(point.women), "–" if events is None else whole(events), percent(point.power),
                 bare_interval(ends[0], ends[1]), f"{float(np.median(point.months)):.1f}"]
            )  # fmt: skip
        return header, rows

    @property
    def summary(self) -> dict[str, Any]:
        """What a program reads: manifest, sentence, looks, powers, and the size for the wanted power."""
        return {
            **self.manifest,
            "sentence": self.sentence,
            "endpoint": self.plan.curve,
            "compared": list(self.plan.compared),
            "hr": self.hr,
            "log_hr_error": self.log_hr_error,
            "power": self.power,
            "power_error": self.power_error,
            "looks": [vars(row) for row in self.looks],
            "powers": self.power_table().to_pylist(),
            "wanted": {"power": self.wanted, **vars(self.size)},
        }

    def __repr__(self) -> str:
        parts = [text_table(*self.look_rows()), text_table(*self.text_rows()), self.sentence]
        return "\n\n".join([f"{self.trial.name}: {self.trial.description}", *parts])


def _interval(middle: float, low: float, high: float, digits: int) -> str:
    if math.isnan(middle):
        return "–"
    told = ["\u221e" if math.isinf(x) else f"{x:.{digits}f}" for x in (middle, low, high)]
    return f"{told[0]} ({told[1]} to {told[2]})"


def _ratio(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"
