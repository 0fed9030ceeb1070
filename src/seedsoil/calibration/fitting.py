"""`fit()`: maximum a posteriori by Gauss-Newton with common random numbers.

    minimise  Σ_targets [(simulated - observed)/σ]² + Σ_parameters [(θ - prior mean)/prior sd]²

Every try simulates the same women with the same draws, so the loss is smooth up to the steps of single
women, and derivatives by finite differences of half a prior standard deviation see its slope. The
least-squares form makes some ten steps of `scipy.optimize.least_squares` enough; its last
Jacobian gives the standard errors (docs/decisions/0003 has the comparison with CMA-ES).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from seedsoil.calibration.comparisons import simulate_comparisons
from seedsoil.calibration.loss import Comparison, compare, residuals, simulate_groups
from seedsoil.calibration.scenarios import affected
from seedsoil.calibration.statistics import Cells
from seedsoil.cohort import check_cohort
from seedsoil.errors import InputError

if TYPE_CHECKING:
    from seedsoil.catalog import Catalog

_STEP = 0.5  # of a prior standard deviation


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
    """The least-squares problem in standardised parameters, with its thread pool."""

    def __init__(self, catalog: Catalog, women: int, seed: int, threads: int) -> None:
        self.catalog = catalog
        self.women = women
        self.seed = seed
        self.names = catalog.fitted_names()
        priors = np.array([catalog.prior(name) for name in self.names])
        self.mean, self.sd = priors[:, 0], priors[:, 1]
        self.pool = ThreadPoolExecutor(max_workers=threads)
        self.evaluations = 0
        self.base_x: NDArray[np.float64] | None = None
        self.base: dict[str, Cells] = {}
        self.mc: dict[tuple[str, str], float] = {}
        low, high = [], []
        for name in self.names:
            parameter = catalog.parameter(name.partition(":")[0])
            low.append(parameter.low)
            high.append(parameter.high)
        self.low = (np.array(low) - self.mean) / self.sd
        self.high = (np.array(high) - self.mean) / self.sd

    def values(self, x: NDArray[np.float64]) -> dict[str, float]:
        numbers = self.mean + self.sd * np.clip(x, self.low, self.high)
        return dict(zip(self.names, (float(n) for n in numbers), strict=True))

    def groups(self, x: NDArray[np.float64], changed: str | None = None) -> dict[str, Cells]:
        catalog = self.catalog.with_values(self.values(x))
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
            moved = x.copy()
            step = _STEP if x[i] + _STEP <= self.high[i] else -_STEP
            moved[i] += step
            return (self.residuals_of(self.groups(moved, self.names[i]), moved) - centre) / step

        return np.stack(list(self.pool.map(column, range(x.size))), axis=1)


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
    from scipy.optimize import least_squares

    from seedsoil.catalog import load

    if women < 1000:
        raise InputError(f"women: {women} are too few for a fit; allowed: 1000 and more")
    if iterations < 0:
        raise InputError(f"iterations: {iterations} is negative; allowed: 0 and more")
    threads = check_cohort(women, seed, 0, threads)
    catalog = catalog or load()
    problem = _Problem(catalog, women, seed, threads)
    say = progress or (lambda _: None)
    if from_priors:
        x = np.zeros(len(problem.names))
    else:
        in_use = np.array(
            [catalog.value(*_split(name)) for name in problem.names], dtype=np.float64
        )
        x = np.clip((in_use - problem.mean) / problem.sd, problem.low, problem.high)
    begun = time.perf_counter()
    errors: dict[str, float] = {}
    loss = float(np.sum(problem.fun(x) ** 2))
    say(f"start: loss {loss:.1f}, {len(problem.names)} parameters")
    if iterations:
        step = 0

        def jac(x: NDArray[np.float64]) -> NDArray[np.float64]:
            nonlocal step
            step += 1
            value = float(np.sum(problem.fun(x) ** 2))
            seconds = time.perf_counter() - begun
            say(f"iteration {step}: loss {value:.1f} after {seconds:.0f} s")
            return problem.jac(x)

        inside = np.clip(x, problem.low + 1e-9, problem.high - 1e-9)
        solution: Any = least_squares(
            problem.fun, inside, jac=jac, bounds=(problem.low, problem.high), method="trf",
            max_nfev=iterations, xtol=1e-4, ftol=1e-4,
        )
        x = solution.x
        loss = 2.0 * float(solution.cost)
        covariance = np.linalg.inv(solution.jac.T @ solution.jac)
        spread = problem.sd * np.sqrt(np.diag(covariance))
        errors = dict(zip(problem.names, (float(s) for s in spread), strict=True))
    problem.fun(x)
    values = problem.values(x)
    fitted = catalog.with_values(values)
    say(f"end: loss {loss:.1f} after {problem.evaluations} evaluations")
    problem.pool.shutdown()
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


def _split(name: str) -> tuple[str, str | None]:
    key, _, item = name.partition(":")
    return key, item or None
