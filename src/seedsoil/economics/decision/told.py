"""A decision as tables and sentences: the full incremental analysis, and what it says at each threshold."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seedsoil.display.shown import text_table
from seedsoil.display.words import listed, percent
from seedsoil.economics.decision import net_benefit
from seedsoil.economics.decision.analysis import DecisionData
from seedsoil.economics.decision.ratio import NO_DIFFERENCE
from seedsoil.economics.decision.words import (
    digits_for,
    interval_words,
    money,
    money_with_half,
    percent_with_half,
    plain,
)
from seedsoil.units import Z95

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

    from seedsoil.display.shown import TextRows
    from seedsoil.economics.decision.draws import Floats
    from seedsoil.economics.decision.frontier import Status, Step
    from seedsoil.economics.decision.ratio import Ratio


@dataclass(frozen=True)
class DecisionTold(DecisionData):
    """The numbers of a decision as its tables and its sentence."""

    def table(self) -> pa.Table:
        """The full incremental analysis, a row a strategy by ascending mean cost.

        Costs and effects with sd (over draws) and standard_error (Monte Carlo); status and by whom it is
        dominated; increments and ICER, with standard errors, against the one before it on the frontier,
        with the 95 % interval where the draws lie in one quadrant; at the first of `at`: net benefit,
        its increment on the reference, the share of draws in which it is best, and its expected loss.
        """
        import pyarrow as pa

        k = self.at[0]
        seen, clean = self.draws, self.clean
        found = clean.winners_at(k)
        share_se, loss_se = clean.errors_at(k)
        benefit = clean.net_benefits(net_benefit.net_monetary_benefit, k)
        more = clean.increments(k)
        rows = []
        for step in self.frontier:
            j, against = step.strategy, self.step_ratio(step)
            rows.append(
                {
                    "strategy": self.names[j],
                    "cost": step.cost,
                    "cost_sd": float(seen.costs[:, j].std(ddof=1)),
                    "cost_standard_error": _error(seen.costs[:, j]),
                    "effect": step.effect,
                    "effect_sd": float(seen.effects[:, j].std(ddof=1)),
                    "effect_standard_error": _error(seen.effects[:, j]),
                    "status": step.status,
                    "by": ", ".join(self.names[i] for i in step.by),
                    "compared_with": "" if step.against is None else self.names[step.against],
                    "incremental_cost": step.cost_difference,
                    "incremental_cost_standard_error": None if against is None else against.cost_se,
                    "incremental_effect": step.effect_difference,
                    "incremental_effect_standard_error": None
                    if against is None
                    else against.effect_se,
                    "icer": step.icer,
                    "icer_standard_error": None if against is None else against.icer_se,
                    "icer_low": None if against is None else against.icer_low,
                    "icer_high": None if against is None else against.icer_high,
                    "threshold": k,
                    "nmb": float(benefit.mean[j]),
                    "nmb_standard_error": float(benefit.se[j]),
                    "inmb": float(more.mean[j]),
                    "inmb_standard_error": float(more.se[j]),
                    "probability_best": float(found.shares[0, j]),
                    "probability_best_standard_error": float(share_se[j]),
                    "expected_loss": float(found.loss[0] + found.behind[0, j]),
                    "expected_loss_standard_error": float(loss_se[j]),
                }
            )
        text = ("strategy", "status", "by", "compared_with")
        schema = pa.schema(
            [(name, pa.string() if name in text else pa.float64()) for name in rows[0]]
        )
        return pa.Table.from_pylist(rows, schema=schema)

    def text_rows(self) -> TextRows:
        """The full incremental analysis as text."""
        rows = []
        for step in self.frontier:
            found = self.step_ratio(step)
            effect = self.effect_words
            if found is None or step.cost_difference is None or step.effect_difference is None:
                steps = ["–", "–", self.status_words(step)]
            else:
                told = self.units.ratio_interval(found)
                interval = "no interval" if found.icer_low is None else told
                steps = [
                    money(step.cost_difference),
                    effect(step.effect_difference),
                    f"{self.units.ratio(found)} ({interval})",
                ]
            rows.append([self.names[step.strategy], money(step.cost), effect(step.effect), *steps])
        cost = f"cost{f', {self.units.currency}' if self.units.currency else ''}"
        return [
            "strategy",
            cost,
            self.units.effect,
            "more cost",
            "more effect",
            "ICER (95 % interval)",
        ], rows

    def status_words(self, step: Step) -> str:
        """What stands in the place of a ratio: `dominated by A`, `no difference from A`."""
        by = listed([self.names[i] for i in step.by])
        if step.status == "frontier":
            return "the least costly on the frontier"
        if step.status == "same":
            return f"{NO_DIFFERENCE} from {by}"
        return f"{step.status} by {by}"

    def effect_words(self, value: float) -> str:
        """An effect with as many digits as the spread of the increments, or of the effects, asks for."""
        spread = [
            float(
                (self.draws.effects[:, j] - self.draws.effects[:, self.draws.reference]).std(ddof=1)
            )
            for j in self.draws.others
        ]
        known = [one for one in spread if one > 0.0]
        return plain(value, digits_for(min(known, default=0.0), value))

    def reference_rows(self) -> TextRows:
        """Each strategy against the reference: increments with 95 % intervals over draws, and their ratio.

        A ratio with a dominated strategy has no meaning for the choice, and is not given.
        """
        rows = []
        draws = self.clean.draws
        status = {step.strategy: step.status for step in self.frontier}
        for j in draws.others:
            found = self.clean.against(j)
            effect = self.effect_words
            costs = self._interval(found.cost, found.cost_low, found.cost_high, money)
            more = f"{money(found.cost)} ({costs})"
            ends = self._interval(found.effect, found.effect_low, found.effect_high, effect)
            rows.append(
                [
                    self.names[j],
                    NO_DIFFERENCE if found.same else more,
                    NO_DIFFERENCE if found.same else f"{effect(found.effect)} ({ends})",
                    *self._against_words(j, found, status),
                ]
            )
        return [
            f"against {self.names[draws.reference]}", "more cost (95 %)", f"more {self.units.effect} (95 %)",
            "ICER", "95 % interval",
        ], rows  # fmt: skip

    def _interval(
        self, middle: float, low: float, high: float, words: Callable[[float], str]
    ) -> str:
        """The ends of an interval over draws; without chance between patients it may have no width."""
        if self.corrected is not None:
            return interval_words(middle, low, high, words)
        return f"{words(low)} to {words(high)}"

    def _against_words(self, j: int, found: Ratio, status: dict[int, Status]) -> list[str]:
        """A ratio against the reference with its interval, or which of the two is dominated."""
        reference = self.draws.reference
        if found.same or found.icer is None:
            return [self.units.ratio(found), self.units.ratio_interval(found)]
        for one, words in ((j, ""), (reference, f"{self.names[reference]} is ")):
            if status[one] in ("dominated", "extendedly dominated"):
                return [f"{words}{status[one]}", self.units.quadrants(found)]
        return [self.units.ratio(found), self.units.ratio_interval(found)]

    def threshold_rows(self) -> TextRows:
        """Net benefit, probability and expected loss of each strategy, and EVPI, at each of `at`."""
        rows = []
        for k in self.at:
            clean = self.clean
            found = clean.winners_at(k)
            more = clean.increments(k)
            share_se, loss_se = clean.errors_at(k)
            for j, name in enumerate(self.names):
                best = " (best)" if j == found.best[0] else ""
                gain = (
                    "reference"
                    if j == self.draws.reference
                    else money_with_half(more.mean[j], more.se[j])
                )
                health = "–" if k == 0.0 else self.effect_words(float(more.mean[j]) / k)
                rows.append(
                    [money(k), f"{name}{best}", gain, "reference" if j == self.draws.reference else health,
                     percent_with_half(float(found.shares[0, j]), float(share_se[j])),
                     money_with_half(float(found.loss[0] + found.behind[0, j]), float(loss_se[j]))]
                )  # fmt: skip
        of = "draws" if self.corrected is None else "corrected draws"
        return [
            self.units.per_effect, "strategy", "net money benefit (± 95 %)",
            f"net health benefit, {self.units.effect}", f"best in {of} (± 95 %)", "expected loss (± 95 %)",
        ], rows  # fmt: skip

    @property
    def sentence(self) -> str:
        """Which strategy is best, how sure that is, what learning everything would be worth, and ICERs."""
        return " ".join(filter(None, (self.verdict, self.ratios_sentence)))

    @property
    def verdict(self) -> str:
        """Which strategy is best, how sure that is, and what learning everything would be worth."""
        if self.same:
            return (
                f"{listed(list(self.names))} cost and give the same in every draw: no difference, and "
                "nothing to learn before choosing (EVPI 0)."
            )
        k = self.at[0]
        evpi, se = self.clean.evpi_at(k)
        names, share = self.clean.share_of_best(k)
        return (
            f"At {self.units.threshold(k)} {same_words(names)} the best choice with probability "
            f"{percent(share, 0)}; learning everything would be worth "
            f"{self.units.money(evpi)} (±\u00a0{money(Z95 * se)}, 95 %) a patient."
        )

    @property
    def ratios_sentence(self) -> str:
        """The ICERs of the best choice and of the next one up the frontier, and what noise would hide."""
        if self.same:
            return ""
        told = []
        if self.corrected is not None:
            told.append(
                "Without the correction for chance between patients that would seem to be "
                f"{self.units.money(self.evpi_at().value)}."
            )
        best = int(self.clean.winners_at(self.at[0]).best[0])
        steps = [step for step in self.frontier if step.against is not None]
        near = [step for step in steps if best in (step.strategy, step.against)]
        ways = [self._step_words(step) for step in near or steps[:2]]
        if ways:
            told.append(f"{'; '.join(ways)}.")
        elif self._dominates(self.frontier[0].strategy):
            told.append(
                f"{self.names[self.frontier[0].strategy]} costs least and gives most: it dominates."
            )
        return " ".join(told)

    def _step_words(self, step: Step) -> str:
        found = self.step_ratio(step)
        assert found is not None
        assert step.against is not None
        interval = (
            f"95 % interval {self.units.ratio_interval(found)}"
            if found.icer_low is not None
            else "no interval, since draws straddle quadrants"
        )
        return (
            f"{self.names[step.strategy]} costs {self.units.ratio(found)} for each {self.units.effect} "
            f"gained over {self.names[step.against]} ({interval})"
        )

    def _dominates(self, one: int) -> bool:
        return all(
            step.status in ("dominated", "same") for step in self.frontier if step.strategy != one
        )

    def __repr__(self) -> str:
        return f"{text_table(*self.text_rows(), left=(0, 5))}\n\n{self.sentence}"


def same_words(names: tuple[str, ...]) -> str:
    """A strategy, or several that are the same, as the beginning of a sentence: `A is`, `A or B (...) is`."""
    if len(names) == 1:
        return f"{names[0]} is"
    return f"{' or '.join(names)} ({NO_DIFFERENCE}) is"


def _error(values: Floats) -> float:
    return float(values.std(ddof=1)) / math.sqrt(values.size)
