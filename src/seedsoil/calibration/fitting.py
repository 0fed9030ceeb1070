"""`fit()`: maximum a posteriori by Gauss-Newton with common random numbers.

    minimise  Σ_targets [(simulated - observed)/σ]² + Σ_parameters [(θ - prior mean)/prior sd]²

Every try simulates the same women with the same draws, so the loss is smooth up to the steps of single
women, and derivatives by finite differences of half a prior standard deviation see its slope. The
least-squares form makes some ten steps of `scipy.optimize.least_squares` enough; its last
Jacobian gives the standard errors (docs/decisions/0003 has the comparison with CMA-ES).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from seedsoil.calibration.held_out import simulate_comparisons
from seedsoil.calibration.least_squares import Standardised, check_iterations, minimise
from seedsoil.calibration.loss import Comparison, compare, residuals, simulate_groups
from seedsoil.calibration.scenarios import affected
from seedsoil.errors import InputError
from seedsoil.simulation.backend import backend
from seedsoil.simulation.shards import check_cohort

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from seedsoil.calibration.target_statistics import Cells
    from seedsoil.catalog import Catalog


@dataclass(frozen=True)
class Fit:
    """A fitted parameter set: values and standard errors by name, and the targets beside it."""

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


class _Problem:
    """The least-squares problem in standardised parameters."""

    def __init__(self, catalog: Catalog, women: int, seed: int, threads: int) -> None:
        self.catalog = catalog
        self.women = women
        self.seed = seed
        self.parameters = Standardised(catalog, catalog.fitted_names(), "natural history")
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
    threads: int | None = None,
    catalog: Catalog | None = None,
    from_priors: bool = False,
    progress: Callable[[str], None] | None = None,
) -> Fit:
    """Find the parameters by maximum a posteriori against the natural-history targets.

    Parameters: `women` simulated a try and scenario; `seed` of their draws; `iterations` of
    Gauss-Newton at most; `from_priors` starts at the prior means, else at the values in use;
    `progress` is called with a line of text now and then. With `iterations=0` the parameters in use are
    only compared with the targets.

    Returns a `Fit`; raises `InputError` on illegal numbers. Takes about a minute an iteration and core.
    """
    from seedsoil.catalog import load

    if women < 1000:
        raise InputError(f"women: {women} are too few for a fit; allowed: 1000 and more")
    check_iterations(iterations)
    threads = check_cohort(women, seed, 0, threads)
    catalog = catalog or load()
    problem = _Problem(catalog, women, seed, threads)
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
    problem.fun(x)
    values = problem.parameters.values(x)
    fitted = catalog.with_values(values)
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
