"""`fit()`: maximum a posteriori by Gauss-Newton with common random numbers.

    minimise  Σ_targets [(simulated - observed)/σ]² + Σ_parameters [(θ - prior mean)/prior sd]²

Every try simulates the same women with the same draws, so the loss is smooth up to the steps of single
women, and derivatives by finite differences of half a prior standard deviation see its slope. The
least-squares form makes some ten steps of `scipy.optimize.least_squares` enough; its last
Jacobian gives the standard errors (docs/decisions/0003 has the comparison with CMA-ES).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.calibration.cells import TOO_FEW
from seedsoil.calibration.charts import distances_chart
from seedsoil.calibration.held_out import simulate_comparisons
from seedsoil.calibration.least_squares import (
    Standardised,
    averaged_step,
    check_keys,
    check_steps,
    minimise,
    split_name,
)
from seedsoil.calibration.loss import Comparison, compare, residuals, simulate_groups
from seedsoil.calibration.scenarios import affected
from seedsoil.display.shown import Shown, TextRows, text_table
from seedsoil.errors import whole_number
from seedsoil.simulation.backend import backend
from seedsoil.simulation.shards import check_cohort

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    import pyarrow as pa
    from numpy.typing import NDArray

    from seedsoil.calibration.target_statistics import Cells
    from seedsoil.catalog import Catalog


FEWEST_WOMEN = 1_000
"""Women below which a scenario's statistics are too noisy to fit to."""


@dataclass(frozen=True)
class Fit(Shown):
    """A fitted parameter set: values and standard errors by name, and the targets beside it.

    `loss`: the least-squares sum; `comparisons`: every target beside its simulated value, in its own
    unit; `catalog`: the catalog with the fitted values.
    """

    title = "Targets, observed and simulated"

    values: dict[str, float]
    standard_errors: dict[str, float]
    loss: float
    evaluations: int
    comparisons: list[Comparison]
    catalog: Catalog

    @property
    def misses(self) -> list[Comparison]:
        """Targets missed by more than three standard errors (sampling and Monte-Carlo)."""
        return [row for row in self.comparisons if not abs(row.z) <= 3.0]

    def table(self) -> pa.Table:
        """One row a target, in its own unit.

        Columns target, unit, observed, standard_error (of sampling), discrepancy (stated mismatch of
        population or definition), simulated, monte_carlo_error, z (in standard errors of sampling and
        Monte-Carlo), z_with_discrepancy, fitted.
        """
        import pyarrow as pa

        rows = self.comparisons
        return pa.table(
            {
                "target": [f"{row.group}.{row.cell}" for row in rows],
                "unit": [row.unit for row in rows],
                "observed": [row.observed for row in rows],
                "standard_error": [row.se for row in rows],
                "discrepancy": [row.discrepancy for row in rows],
                "simulated": [row.simulated for row in rows],
                "monte_carlo_error": [row.mc for row in rows],
                "z": [row.z for row in rows],
                "z_with_discrepancy": [row.z_stated for row in rows],
                "fitted": [row.fitted for row in rows],
            }
        )

    @property
    def summary(self) -> dict[str, Any]:
        """What a program reads: loss, evaluations, values, standard errors, and every target."""
        kept = ("target", "observed", "simulated", "z", "unit", "standard_error",
                "monte_carlo_error", "discrepancy", "fitted")  # fmt: skip
        return {
            "loss": self.loss,
            "evaluations": self.evaluations,
            "values": self.values,
            "standard_errors": self.standard_errors,
            "targets": self.table().select(kept).to_pylist(),
        }

    @property
    def sentence(self) -> str:
        """The loss, and how many targets are missed."""
        return (
            f"Loss {self.loss:.1f}; {len(self.misses)} of {len(self.comparisons)} targets are missed by "
            "more than 3 standard errors."
        )

    def chart(self) -> dict[str, Any]:
        """Distance of every target from its simulated value, in standard errors, by group of targets."""
        rows = [(row.group, f"{row.group}.{row.cell}", row.z) for row in self.comparisons]
        return distances_chart(rows, self.sentence)

    def text_rows(self) -> TextRows:
        """One row a target: observed, simulated, their distance z, unit, and whether it was fitted."""
        rows = []
        for row in self.comparisons:
            told = (f"{row.simulated:.4g}", f"{row.z:+.1f}")
            if not np.isfinite(row.z):
                told = (TOO_FEW, "–")
            fitted = "fitted" if row.fitted else "not fitted"
            rows.append([f"{row.group}.{row.cell}", f"{row.observed:.4g}", *told, row.unit, fitted])
        return ["target", "observed", "simulated", "z", "unit", ""], rows

    def __repr__(self) -> str:
        return f"{text_table(*self.text_rows())}\n\n{self.sentence}"


class _Problem:
    """The least-squares problem in standardised parameters."""

    def __init__(
        self, catalog: Catalog, women: int, seed: int, threads: int, hold: Collection[str] = ()
    ) -> None:
        self.catalog = catalog
        self.women = women
        self.seed = seed
        check_keys("hold", hold, catalog.fitted_names())
        names = [name for name in catalog.fitted_names() if split_name(name)[0] not in hold]
        self.parameters = Standardised(catalog, names, "natural history")
        self.backend = backend(threads)
        self.evaluations = 0
        self.base_x: NDArray[np.float64] | None = None
        self.base: dict[str, Cells] = {}
        self.mc: dict[tuple[str, str], float] = {}

    def groups(self, x: NDArray[np.float64], changed: str | None = None) -> dict[str, Cells]:
        catalog = self.catalog.with_values(self.parameters.values(x))
        self.evaluations += 1
        if changed is None:
            return simulate_groups(catalog, women=self.women, seed=self.seed)
        new = simulate_groups(
            catalog, women=self.women, seed=self.seed, scenarios=affected(changed)
        )
        return {**self.base, **new}

    def residuals_of(self, groups: dict[str, Cells], x: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.concatenate([residuals(compare(self.catalog, groups), self.mc), x])

    def fun(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        # the optimiser, its Jacobian and the final table ask for the same point
        if self.base_x is not None and np.array_equal(x, self.base_x):
            return self.residuals_of(self.base, x)
        groups = self.groups(x)
        if not self.mc:
            self.mc = {
                (row.group, row.cell): row.mc
                for row in compare(self.catalog, groups)
                if np.isfinite(row.mc)
            }
        self.base_x, self.base = x.copy(), groups
        return self.residuals_of(groups, x)

    def jac(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        centre = self.fun(x)

        def column(i: int) -> NDArray[np.float64]:
            moved, step = self.parameters.moved(x, i)
            new = self.groups(moved, self.parameters.names[i])
            return (self.residuals_of(new, moved) - centre) / step

        return np.stack(list(self.backend.map(column, range(x.size))), axis=1)


def fit(
    *,
    women: int = 40_000,
    seed: int = 1,
    iterations: int = 12,
    averaged: int = 0,
    threads: int | None = None,
    catalog: Catalog | None = None,
    from_priors: bool = False,
    hold: Collection[str] = (),
    progress: Callable[[str], None] | None = None,
) -> Fit:
    """Find the parameters by maximum a posteriori against the natural-history targets.

    Parameters: `women` simulated a try and scenario, 1,000 or more; `seed` of their draws; `iterations` of
    Gauss-Newton at most; `averaged`, the number of further seeds, `seed` + 1 and on, whose residuals and
    derivatives are averaged in one last step and in the standard errors (0: none); `from_priors` starts at
    the prior means, else at the values in use; `hold`, a list of keys of parameters, such as death.exponent,
    that stay as they are in use (what this fit had found for them is kept for the fit of the drugs);
    `catalog`, by default the packaged one; `progress` is called with a line of text now and then. With
    `iterations=0` the parameters in use are only compared with the targets.

    Returns a `Fit`; raises `InputError` on illegal numbers. Takes about a minute an iteration and core.
    """
    from seedsoil.catalog import load

    whole_number("women", women, least=FEWEST_WOMEN, problem="are too few for a fit")
    check_steps(iterations=iterations, averaged=averaged)
    threads = check_cohort(women, seed, 0, threads)
    catalog = catalog or load()
    problem = _Problem(catalog, women, seed, threads, hold)
    say = progress or (lambda _: None)
    x = problem.parameters.start(from_priors)
    errors: dict[str, float] = {}
    loss = float(np.sum(problem.fun(x) ** 2))
    say(f"start: loss {loss:.1f}, {x.size} parameters")
    if iterations:
        found = minimise(
            problem.fun, problem.jac, problem.parameters, x,
            iterations=iterations, ftol=1e-4, say=say,
        )  # fmt: skip
        x, loss, errors = found.x, found.loss, found.standard_errors
    if averaged:
        others = [_Problem(catalog, women, seed + 1 + i, threads, hold) for i in range(averaged)]
        found = averaged_step(others, problem.parameters, x, say=say)
        x, loss, errors = found.x, found.loss, found.standard_errors
    problem.fun(x)
    values = problem.parameters.values(x)
    fitted = catalog.with_values(values)
    for name in catalog.fitted_names():
        key, item = split_name(name)
        first = catalog.parameter(key).first.get(item or "")
        if key in hold and first is not None:
            values[name], errors[name] = first
    say(f"end: loss {loss:.1f} after {problem.evaluations} evaluations")
    return Fit(
        values=values,
        standard_errors=errors,
        loss=loss,
        evaluations=problem.evaluations,
        comparisons=compare(
            fitted,
            {
                **problem.base,
                **simulate_comparisons(fitted, women=women, seed=seed),
            },
        ),
        catalog=fitted,
    )
