"""`decision()`: which strategy is worth its cost, how sure that is, and what more evidence would be worth."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from seedsoil._version import __version__
from seedsoil.economics.decision import page
from seedsoil.economics.decision.draws import draws_of
from seedsoil.economics.decision.draws_file import mixed_up_hint, read_draws
from seedsoil.economics.decision.frontier import frontier, icers_of
from seedsoil.economics.decision.partial_information import ALL, groups_of
from seedsoil.economics.decision.patient_noise import PatientNoise
from seedsoil.economics.decision.population import check_patients
from seedsoil.economics.decision.thresholds import check_at, check_thresholds
from seedsoil.economics.decision.told import DecisionTold
from seedsoil.economics.decision.words import Units
from seedsoil.errors import InputError, shown, text, whole_number

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from seedsoil.display.shown import Shown


class Decision(DecisionTold):
    """A decision between strategies under uncertainty, from draws of their costs and effects.

    `table()`: the full incremental analysis; `nmb(k)`, `inmb(k)`, `inhb(k)`, `ceac`, `ceaf`,
    `expected_loss`, `evpi` as Arrow tables; `evppi(...)`, `evsi(...)`, `tornado(...)`, `two_way(...)`
    are results of their own. `chart()` draws the cost-effectiveness plane, `chart("ceac")` and others
    the other pictures; `report(path)` writes the page, `save(path)` a directory.
    """

    def chart(self, which: str = "plane") -> dict[str, Any]:
        """A picture as a Vega-Lite specification: plane, frontier, ceac, loss or evpi.

        Where no strategy differs from the reference there is no plane, and the acceptability curves
        stand for it.
        """
        makers = {
            "plane": lambda: page.plane_figure(self),
            "frontier": lambda: page.frontier_figure(self),
            "ceac": lambda: page.acceptability_figure(self.clean).chart,
            "loss": lambda: page.loss_figure(self.clean).chart,
            "evpi": lambda: page.evpi_figure(self).chart,
        }
        if which not in makers:
            from seedsoil.errors import nearest

            raise InputError(
                f"chart {shown(which)}: allowed are {', '.join(makers)}. {nearest(which, makers)}".rstrip()
            )
        return makers["ceac" if which == "plane" and self.same else which]()

    def pictures(self) -> list[tuple[str, dict[str, Any]]]:
        """The plane and the acceptability curves."""
        ceac = page.acceptability_figure(self.clean)
        first = (self.sentence, self.chart())
        return [first] if self.same else [first, (ceac.sentence, ceac.chart)]

    def report(self, path: str | Path, *, extras: Sequence[Shown] = ()) -> Path:
        """Write the page to `path` and return the path; `extras` are shown on it, such as an EVSI.

        It replaces a file that is there. Raises InputError where the folder of `path` does not exist.
        """
        return page.write_decision_report(self, path, extras)

    @property
    def summary(self) -> dict[str, Any]:
        """What a program reads: the manifest, the sentence, the incremental analysis, EVPI."""
        evpi = [{"threshold": k, **self.clean.evpi_at(k)._asdict()} for k in self.at]
        found: dict[str, Any] = {
            **self.manifest,
            "sentence": self.sentence,
            "incremental": self.table().to_pylist(),
            "evpi": evpi,
            "notes": list(self.notes),
        }
        if self.corrected is not None:
            found["evpi_not_corrected"] = [
                {"threshold": k, **self.evpi_at(k)._asdict()} for k in self.at
            ]
            found["patient_noise"] = [vars(part) for part in self.decomposition()]
        if self.population is not None:
            found["evpi_population"] = [
                {
                    "threshold": k,
                    "patients": self.population,
                    **self.evpi_of(self.population, k)._asdict(),
                }
                for k in self.at
            ]
        if self.learns:
            found["evppi"] = self.learning.table().to_pylist()
        return found

    @property
    def manifest(self) -> dict[str, Any]:
        """How it was made."""
        return {
            "seedsoil": __version__,
            "draws": self.draws.count,
            "strategies": list(self.names),
            "reference": self.names[self.draws.reference],
            "at": list(self.at),
            "currency": self.units.currency,
            "effect": self.units.effect,
            "women": None if self.noise is None else self.noise.women,
            "seed": self.seed,
        }

    def save(
        self, path: str | Path, *, command: str | None = None, formats: Collection[str] = ()
    ) -> Path:
        """Write report.html, the tables as Parquet and manifest.json to the directory `path`; return it.

        Tables: incremental, net_benefit, ceac, ceaf, expected_loss, evpi; with parameters also evppi and
        tornado. `formats`: csv or xlsx for the tables, svg or png for the charts, too. It appears
        complete or not at all. Raises InputError if `path` is taken or cannot be written, or for another
        format.
        """
        import pyarrow as pa

        from seedsoil.display.export import save_results

        clean = self.clean
        tables = {
            "incremental": self.table(),
            "net_benefit": pa.concat_tables([clean.inmb(k) for k in self.at]),
            "ceac": clean.ceac,
            "ceaf": clean.ceaf,
            "expected_loss": clean.expected_loss,
            "evpi": self.evpi,
        }
        if self.learns:
            tables["evppi"] = self.evppi_table()
            tables["tornado"] = self.tornado().table()
        manifest = {
            "command": command or "seedsoil.decision(...)",
            **self.manifest,
            "notes": list(self.notes),
        }
        return save_results(path, tables, self.report, manifest, formats)


def decision(
    costs: Any,
    effects: Any,
    *,
    names: Sequence[str] | None = None,
    parameters: Any = None,
    thresholds: Any = None,
    at: float | Sequence[float] | None = None,
    reference: int | str = 0,
    currency: str = "",
    effect: str = "QALY",
    evppi: str | Sequence[str | Sequence[str]] = ALL,
    population: float | None = None,
    noise: PatientNoise | None = None,
    seed: int = 1,
) -> Decision:
    """A decision between strategies from draws of their costs and effects, of any model.

    Net benefit of strategy j in draw i at threshold k: k·effects[i, j] − costs[i, j].

    `costs`, `effects`: `float64[draws, strategies]`, a mapping of name to `float64[draws]`, a data frame, or
    the path of a text file with a header; `parameters`: what was drawn, a column a parameter, likewise. A
    row is the same draw in all.

    `at`: the threshold, or thresholds, for which numbers are written out, by default 20,000; `thresholds`:
    those of the curves, by default 501 from 0 to beyond `at` and the ICERs of the frontier, at which the best
    choice changes, each of `at` among them. An ICER of more than 20 times the highest threshold is left
    out, which the sentence under each chart says. `reference`: name or number of the strategy that the
    others are compared with. `currency`, such as "GBP", and `effect` name the units.

    `evppi`: the parameters and groups whose EVPPI the report shows, such as `["a", "a+b"]`; "all" is each
    alone. `population`: the patients of the decision, discounted, for EVPI over all of them. `noise`: the
    covariance between patients within a draw, where draws are means of simulated patients; results are
    then corrected for it and shown both ways.

    Raises InputError for files that cannot be read, unlike numbers of draws or strategies, missing
    numbers, one strategy or one draw, names that differ, thresholds below 0.

    Examples:
        >>> import numpy as np
        >>> import seedsoil as ss
        >>> rng = np.random.default_rng(1)
        >>> effects = {"care": rng.normal(5.0, 0.4, 2000), "drug": rng.normal(5.3, 0.4, 2000)}
        >>> costs = {"care": rng.gamma(16, 500, 2000), "drug": rng.gamma(16, 800, 2000)}
        >>> result = ss.decision(costs, effects, at=30_000, currency="GBP")
        >>> result.best_at()
        'drug'
        >>> result.evpi_at(0.0).value < result.evpi_at().value
        True
    """
    notes: tuple[str, ...] = ()
    if isinstance(costs, str | Path) and isinstance(effects, str | Path):
        table = Path(parameters) if isinstance(parameters, str | Path) else None
        read = read_draws(Path(costs), Path(effects), table)
        costs, effects, notes = read.costs, read.effects, read.notes
        parameters = read.parameters if table is not None else parameters
    elif isinstance(costs, str | Path) or isinstance(effects, str | Path):
        raise InputError("costs and effects: give the paths of two files, or the numbers of both")
    draws = draws_of(costs, effects, names=names, parameters=parameters, reference=reference)
    if hint := mixed_up_hint(draws.costs, draws.effects):
        notes = (*notes, hint)
    chosen = check_at(at)
    if draws.parameters or evppi != ALL:
        groups_of(draws, evppi)
    if noise is not None and not isinstance(noise, PatientNoise):
        raise InputError(
            f"noise={shown(noise)}: must be a PatientNoise, the covariance between patients and their number"
        )
    steps = frontier(draws.mean_costs.tolist(), draws.mean_effects.tolist())
    return Decision(
        draws=draws,
        thresholds=check_thresholds(thresholds, chosen, icers_of(steps)),
        at=chosen,
        units=Units(
            text("currency", currency, example="GBP").strip(),
            text("effect", effect, example="QALY").strip() or "QALY",
        ),
        noise=noise,
        notes=notes,
        asked=evppi,
        population=None if population is None else check_patients(population),
        seed=whole_number("seed", seed, least=0),
    )
