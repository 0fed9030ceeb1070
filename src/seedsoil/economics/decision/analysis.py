"""The numbers of a decision: everything that the draws say of which strategy to choose, and how sure."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from seedsoil.display.shown import Shown
from seedsoil.economics.decision import frontier as incremental
from seedsoil.economics.decision import (
    net_benefit,
    one_way,
    partial_information,
    sample_information,
)
from seedsoil.economics.decision import patient_noise as noise_of
from seedsoil.economics.decision import threshold_price as prices
from seedsoil.economics.decision import two_way as two
from seedsoil.economics.decision.draws import index_of
from seedsoil.economics.decision.information import Estimate
from seedsoil.economics.decision.jackknife import jackknife_error, parts_of
from seedsoil.economics.decision.population import patients_affected
from seedsoil.economics.decision.ratio import Ratio, ratio
from seedsoil.economics.decision.thresholds import check_threshold
from seedsoil.economics.decision.winners import Winners, winners
from seedsoil.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pyarrow as pa

    from seedsoil.economics.decision.draws import Draws, Floats
    from seedsoil.economics.decision.patient_noise import Decomposition, PatientNoise
    from seedsoil.economics.decision.words import Units


@dataclass(frozen=True)
class DecisionData(Shown):
    """A decision between strategies under uncertainty; `Decision` draws and saves it.

    `at`: the thresholds for which numbers are written out, the first of which the sentence is of;
    `thresholds`: those of the curves. `noise`: chance between patients within a draw, where the draws
    come from simulated patients; then `corrected` is the decision without it. `asked`: the parameters
    and groups whose EVPPI is reported. `population`: the patients of the decision, discounted, where it
    is named. `notes`: what was noticed when the draws were read. Of a corrected decision `seen` are the
    draws before, and `without` those without each part of them, for standard errors.
    """

    title = "A decision under uncertainty"

    draws: Draws
    thresholds: Floats
    at: tuple[float, ...]
    units: Units
    noise: PatientNoise | None = None
    notes: tuple[str, ...] = ()
    asked: Sequence[str | Sequence[str]] | str = partial_information.ALL
    population: float | None = None
    seed: int = 1
    seen: Draws | None = None
    without: tuple[Draws, ...] = ()

    # What is asked at a threshold ----------------------------------------------------------------------

    def threshold(self, k: float | None) -> float:
        """`k` if it is a threshold, that of the sentence if it is None; else InputError."""
        return self.at[0] if k is None else check_threshold("k", k)

    @property
    def names(self) -> tuple[str, ...]:
        """The strategies."""
        return self.draws.names

    @property
    def simulated(self) -> Draws:
        """The draws as they were simulated: regressions average chance between patients out themselves."""
        return self.seen or self.draws

    def nmb(self, k: float | None = None) -> pa.Table:
        """Net monetary benefit, k·effect − cost: a row a strategy.

        Columns strategy, threshold, mean, sd (over draws: doubt about the parameters), standard_error
        (Monte Carlo), low and high (2.5 and 97.5 % of draws). `k` as everywhere: by default the
        threshold of the sentence.
        """
        k = self.threshold(k)
        return self._table_of(self.net_benefits(net_benefit.net_monetary_benefit, k), k)

    def inmb(self, k: float | None = None) -> pa.Table:
        """Incremental net monetary benefit against the reference, k·Δeffect − Δcost; columns as `nmb`."""
        k = self.threshold(k)
        return self._table_of(self.increments(k), k)

    def inhb(self, k: float | None = None) -> pa.Table:
        """Incremental net health benefit against the reference, Δeffect − Δcost/k; columns as `nmb`."""
        k = self.threshold(k)
        return self._table_of(self.net_benefits(net_benefit.incremental_net_health_benefit, k), k)

    def net_benefits(
        self, kind: Callable[[Draws, float], net_benefit.NetBenefit], k: float
    ) -> net_benefit.NetBenefit:
        """Net benefits of a kind; the error of a mean is that of the draws as they were simulated."""
        found = kind(self.draws, k)
        return found if self.seen is None else found._replace(se=kind(self.seen, k).se)

    def increments(self, k: float) -> net_benefit.NetBenefit:
        """Incremental net monetary benefits against the reference."""
        return self.net_benefits(net_benefit.incremental_net_monetary_benefit, k)

    def _table_of(self, found: net_benefit.NetBenefit, k: float) -> pa.Table:
        import pyarrow as pa

        numbers = {
            "mean": found.mean,
            "sd": found.sd,
            "standard_error": found.se,
            "low": found.low,
            "high": found.high,
        }
        return pa.table(
            {
                "strategy": list(self.names),
                "threshold": pa.array([k] * len(self.names), pa.float64()),
                **{name: pa.array(values) for name, values in numbers.items()},
            }
        )

    def against(self, strategy: str | int, other: str | int | None = None) -> Ratio:
        """Increments of one strategy against another, by default the reference, and their ratio."""
        one = index_of(strategy, self.names, "strategy")
        base = self.draws.reference if other is None else index_of(other, self.names, "strategy")
        found = ratio(*self.draws.difference(one, base))
        if self.seen is None:
            return found
        seen = ratio(*self.seen.difference(one, base))
        return dataclasses.replace(
            found, cost_se=seen.cost_se, effect_se=seen.effect_se, icer_se=seen.icer_se
        )

    def evpi_at(self, k: float | None = None) -> Estimate:
        """The expected value of perfect information a patient at one threshold, with its standard error."""
        found = self.winners_at(self.threshold(k))
        return Estimate(float(found.loss[0]), float(found.loss_se[0]))

    def evpi_population(
        self, per_year: float, years: float, rate: float = 0.0, *, k: float | None = None
    ) -> Estimate:
        """EVPI over all patients of the decision: a patient's, times the patients discounted at `rate`.

        They come evenly, `per_year` of them for `years` years. Raises InputError for numbers below 0.
        """
        return self.evpi_of(patients_affected(per_year, years, rate), k)

    def evpi_of(self, patients: float, k: float | None = None) -> Estimate:
        """EVPI of so many patients, corrected for patient noise where that is known."""
        one = self.clean.evpi_at(k)
        return Estimate(one.value * patients, one.se * patients)

    def winners_at(self, k: float) -> Winners:
        """How often each strategy is best at one threshold, and what the best choice loses."""
        return self._winners(np.array([k]))

    def _winners(self, thresholds: Floats) -> Winners:
        found = winners(self.draws, thresholds)
        if self.without:
            again = [winners(one, thresholds).loss for one in self.without]
            found = found._replace(loss_se=jackknife_error(again))
        return found

    def errors_at(self, k: float) -> tuple[Floats, Floats]:
        """Monte-Carlo standard errors, by strategy, of its share of draws and of its expected loss at `k`."""
        if self.without:
            again = [winners(one, np.array([k])) for one in self.without]
            shares = jackknife_error([one.shares[0] for one in again])
            return shares, jackknife_error([one.loss[0] + one.behind[0] for one in again])
        share = self.winners_at(k).shares[0]
        benefit = self.draws.increments(k)
        lost = benefit.max(axis=1, keepdims=True) - benefit
        n = self.draws.count
        return np.sqrt(share * (1.0 - share) / (n - 1)), lost.std(axis=0, ddof=1) / math.sqrt(n)

    def best_at(self, k: float | None = None) -> str:
        """The strategy of the highest mean net benefit; of equals the reference, then the first."""
        return self.names[int(self.winners_at(self.threshold(k)).best[0])]

    def evppi(
        self, asked: str | Sequence[str | Sequence[str]] | None = None, k: float | None = None
    ) -> partial_information.PartialInformation:
        """EVPPI: what it would be worth to learn some parameters before choosing, with standard errors.

        E_φ max_j E[NB_j | φ] − max_j E[NB_j]. `asked`: "all", which is each parameter alone; or a list
        of names, and of groups as lists of names or `a+b`; by default what `decision` was asked for. By
        regression: a penalised spline for one, a Gaussian process for a group (Strong, Oakley and
        Brennan 2014). Never above EVPI. Raises InputError without parameters, for an unknown name, and
        for fewer than 100 draws.
        """
        k = self.threshold(k)
        return partial_information.partial_information(
            self.simulated,
            self.asked if asked is None else asked,
            k=k,
            evpi=self.clean.evpi_at(k),
            units=self.units,
            seed=self.seed,
        )

    def evppi_table(
        self,
        asked: str | Sequence[str | Sequence[str]] | None = None,
        k: Sequence[float] | None = None,
    ) -> pa.Table:
        """EVPPI at several thresholds, by default all of `at`, in one table.

        Columns as those of `evppi(...).table()`; where a population is named also evppi_population and its
        standard error.
        """
        import pyarrow as pa

        asked_at = self.at if k is None else tuple(self.threshold(one) for one in k)
        shown = self.threshold(None) if asked is None else None  # what the report shows is kept
        learnt = [self.learning if one == shown else self.evppi(asked, one) for one in asked_at]
        table = pa.concat_tables([one.table() for one in learnt])
        if self.population is not None:
            for name, source in (("evppi", "evppi"), ("standard_error", "standard_error")):
                of_all = pa.array(self.population * table.column(source).to_numpy())
                table = table.append_column(f"{name}_population", of_all)
        return table

    @property
    def learns(self) -> bool:
        """Whether EVPPI can be told: there are parameters, draws enough, and a strategy that differs."""
        enough = self.draws.count >= partial_information.FEWEST_DRAWS
        return bool(self.draws.parameters) and enough and not self.same

    @cached_property
    def learning(self) -> partial_information.PartialInformation:
        """The EVPPI that the report shows."""
        return self.evppi()

    def evsi(
        self, simulate: Callable[..., Any], n: int | Sequence[int] = 100, k: float | None = None
    ) -> sample_information.SampleInformation:
        """EVSI: what a study of `n` patients would be worth before choosing; `.enbs(...)` takes off its cost.

        `simulate(parameters, n, rng)` gives the study's summary for every draw: `parameters` maps names
        to `float64[draws]`, and it returns `float64[draws]`, `float64[draws, summaries]` or a mapping of
        such columns. Raises InputError for another shape, sizes below 1, and fewer than 100 draws.
        """
        k = self.threshold(k)
        sizes = [n] if isinstance(n, int | np.integer) else list(n)
        return sample_information.sample_information(
            self.simulated,
            simulate,
            sizes,
            k=k,
            evpi=self.clean.evpi_at(k),
            units=self.units,
            seed=self.seed,
        )

    def tornado(
        self,
        k: float | None = None,
        *,
        strategy: str | int | None = None,
        swings: Sequence[one_way.Swing] | None = None,
    ) -> one_way.OneWay:
        """One parameter at a time: the net benefit of a strategy over the reference at low and high values.

        `strategy`: by default the best one on average, or the first other. `swings`: evaluations at low
        and high values; without them what the draws say of each parameter, by regression. Raises
        InputError where there are neither parameters nor swings.
        """
        k = self.threshold(k)
        if strategy is None:
            best = int(self.winners_at(k).best[0])
            chosen = best if best != self.draws.reference else self.draws.others[0]
        else:
            chosen = index_of(strategy, self.names, "strategy")
        return one_way.one_way(
            self.simulated, k=k, strategy=chosen, units=self.units, swings=swings
        )

    def two_way(
        self,
        x: str | tuple[str, Any],
        y: str | tuple[str, Any],
        k: float | None = None,
        *,
        costs: Any = None,
        effects: Any = None,
    ) -> two.TwoWay:
        """Which strategy is best over two parameters.

        `x`, `y`: names of parameters of the draws, then by regression; or names with ascending values,
        and `costs` and `effects` of the model at them, `float64[x, y, strategies]`. Raises InputError
        for an unknown name and arrays of another shape.
        """
        k = self.threshold(k)
        if isinstance(x, str) and isinstance(y, str):
            return two.two_way_of_draws(self.simulated, x, y, k=k, units=self.units)
        if isinstance(x, str) or isinstance(y, str) or costs is None or effects is None:
            raise InputError(
                "two-way: give two names of parameters, or two names with values, costs and effects"
            )
        return two.two_way_of_evaluations(self.draws, x, y, costs, effects, k=k, units=self.units)

    def threshold_price(
        self, units: Any, price: float, *, strategy: str | int, k: float | None = None
    ) -> prices.ThresholdPrice:
        """The highest price at which a strategy has the highest mean net benefit; see `threshold_price`."""
        return prices.threshold_price(
            self.draws,
            units,
            price,
            strategy=index_of(strategy, self.names, "strategy"),
            k=self.threshold(k),
        )

    # Curves over the thresholds --------------------------------------------------------------------------

    @cached_property
    def winners(self) -> Winners:
        """The best strategies at all `thresholds`."""
        return self._winners(self.thresholds)

    @property
    def ceac(self) -> pa.Table:
        """Acceptability curves: threshold, and for each strategy the share of draws in which it is best.

        Strategies that are equally good in a draw, to 12 digits, share it equally, so that shares sum to 1.
        """
        return self._by_strategy(self.winners.shares)

    @property
    def expected_loss(self) -> pa.Table:
        """Expected loss curves: threshold, and by strategy E[max_j NB_j] − E[NB]; the lowest is EVPI."""
        return self._by_strategy(self.winners.loss[:, None] + self.winners.behind)

    @property
    def ceaf(self) -> pa.Table:
        """The acceptability frontier: threshold, the best strategy on average, its share of draws."""
        import pyarrow as pa

        share = np.take_along_axis(self.winners.shares, self.winners.best[:, None], axis=1)[:, 0]
        names = [self.names[j] for j in self.winners.best]
        return pa.table(
            {"threshold": self.thresholds, "strategy": names, "probability_best": share}
        )

    @property
    def evpi(self) -> pa.Table:
        """EVPI a patient: threshold, evpi, standard_error; with patient noise also both corrected."""
        import pyarrow as pa

        columns = {
            "threshold": self.thresholds,
            "evpi": self.winners.loss,
            "standard_error": self.winners.loss_se,
        }
        if self.corrected is not None:
            columns["evpi_corrected"] = self.corrected.winners.loss
            columns["standard_error_corrected"] = self.corrected.winners.loss_se
        return pa.table(columns)

    def _by_strategy(self, values: Floats) -> pa.Table:
        import pyarrow as pa

        # Not by name: a strategy may be called threshold.
        arrays = [pa.array(self.thresholds), *(pa.array(column) for column in values.T)]
        return pa.Table.from_arrays(arrays, ["threshold", *self.names])

    # Patient noise ---------------------------------------------------------------------------------------

    @cached_property
    def corrected(self) -> Self | None:
        """The decision with chance between patients taken out of its spread; None without `noise`."""
        if self.noise is None:
            return None
        return dataclasses.replace(
            self,
            draws=noise_of.corrected(self.draws, self.noise),
            noise=None,
            seen=self.draws,
            without=tuple(noise_of.corrected(part, self.noise) for part in parts_of(self.draws)),
        )

    def decomposition(self, k: float | None = None) -> list[Decomposition]:
        """What the spread of each strategy's incremental net benefit is made of; empty without `noise`."""
        if self.noise is None:
            return []
        k = self.threshold(k)
        return [noise_of.decomposition(self.draws, self.noise, k, j) for j in self.draws.others]

    @property
    def noise_sentence(self) -> str:
        """How far chance between patients blurs the result, and whether more draws or women would help."""
        return noise_of.noise_words(self.decomposition())

    @property
    def blurred(self) -> bool:
        """Whether the spread of some strategy's net benefit is not told from chance between patients.

        What is corrected for that chance is then as unsure as its estimate: intervals may be far too narrow,
        and shares of draws of 0 or 100 % mean little.
        """
        return any(part.total > 0.0 and not part.told_apart for part in self.decomposition())

    @property
    def clean(self) -> Self:
        """The decision that is reported: corrected for patient noise where that is known."""
        return self.corrected or self

    # The incremental analysis ----------------------------------------------------------------------------

    @cached_property
    def frontier(self) -> list[incremental.Step]:
        """The full incremental analysis of means, by cost, with dominance."""
        return incremental.frontier(
            self.draws.mean_costs.tolist(), self.draws.mean_effects.tolist()
        )

    def step_ratio(self, step: incremental.Step) -> Ratio | None:
        """The ratio of a strategy on the frontier to the one before it; None of all others."""
        if step.against is None:
            return None
        return self.clean.against(step.strategy, step.against)

    def share_of_best(self, k: float) -> tuple[tuple[str, ...], float]:
        """The best strategy on average at `k` with those that agree with it in every draw, and their share.

        The share is that of draws in which they are best; strategies that are the same would divide it.
        """
        won = self.winners_at(k)
        best = int(won.best[0])
        seen = self.simulated
        alike = [j for j in range(len(self.names)) if j == best or seen.same(j, best)]
        return tuple(self.names[j] for j in alike), float(won.shares[0, alike].sum())

    @property
    def same(self) -> bool:
        """Whether no strategy differs from the reference in any draw."""
        return all(self.draws.same(j, self.draws.reference) for j in self.draws.others)
