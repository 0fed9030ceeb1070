"""The least-squares steps that both fits take, in parameters standardised by their priors."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from seedsoil.errors import InputError, nearest, shown, whole_number

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from seedsoil.catalog import Catalog
    from seedsoil.catalog.fits import FitName

Floats = NDArray[np.float64]

STEP = 0.5
"""Of the finite differences, in prior standard deviations: far enough to move more than single women."""


def split_name(name: str) -> tuple[str, str | None]:
    """The key and the item of a parameter's full name, `growth.log_rate:tnbc`."""
    key, _, item = name.partition(":")
    return key, item or None


def check_steps(*, iterations: int, averaged: int) -> None:
    """Raise InputError for a negative number of steps, or of sets of women of the averaged one."""
    whole_number("iterations", iterations, least=0, problem="is negative")
    whole_number("averaged", averaged, least=0, problem="is negative")


def check_keys(option: str, keys: Collection[str], names: Sequence[str]) -> None:
    """Raise InputError unless `keys` is a list of keys of the parameters `names`."""
    if isinstance(keys, str):
        raise InputError(
            f"{option}={shown(keys)}: pass a list of keys of parameters, such as ['{names[0]}']"
        )
    known = sorted({split_name(name)[0] for name in names})
    for key in keys:
        if key not in known:
            raise InputError(
                f"{option}: no fitted parameter '{key}'; allowed: {', '.join(known)}. "
                f"{nearest(key, known)}".strip()
            )


class Standardised:
    """The parameters that a fit moves: x = (θ - prior mean)/prior sd, within the legal values of θ."""

    def __init__(self, catalog: Catalog, names: Sequence[str], fit: FitName) -> None:
        self.catalog = catalog
        self.names = list(names)
        priors = np.array([catalog.prior(name, fit) for name in self.names])
        self.mean, self.sd = priors[:, 0], priors[:, 1]
        known = [catalog.parameter(split_name(name)[0]) for name in self.names]
        self.low = (np.array([p.low for p in known]) - self.mean) / self.sd
        self.high = (np.array([p.high for p in known]) - self.mean) / self.sd

    def start(self, from_priors: bool) -> Floats:
        """Where a fit begins: the prior means, or the values in use."""
        if from_priors:
            return np.zeros(len(self.names))
        in_use = np.array([self.catalog.value(*split_name(name)) for name in self.names])
        return np.asarray(np.clip((in_use - self.mean) / self.sd, self.low, self.high))

    def values(self, x: Floats) -> dict[str, float]:
        """The parameters by name."""
        numbers = self.mean + self.sd * np.clip(x, self.low, self.high)
        return dict(zip(self.names, (float(n) for n in numbers), strict=True))

    def moved(self, x: Floats, i: int) -> tuple[Floats, float]:
        """x with one parameter moved by a legal step, and the step."""
        step = STEP if x[i] + STEP <= self.high[i] else -STEP
        result = x.copy()
        result[i] += step
        return result, step


@dataclass(frozen=True)
class Minimum:
    """Where a fit ended: parameters, loss, and standard errors by name (from the last Jacobian)."""

    x: Floats
    loss: float
    standard_errors: dict[str, float]


class Problem(Protocol):
    """Residuals and their derivatives on one set of simulated women."""

    def fun(self, x: Floats) -> Floats:
        """Residuals of targets and priors."""

    def jac(self, x: Floats) -> Floats:
        """Their derivatives by x."""


def minimise(
    residuals: Callable[[Floats], Floats],
    jacobian: Callable[[Floats], Floats],
    parameters: Standardised,
    x: Floats,
    *,
    iterations: int,
    ftol: float,
    say: Callable[[str], None],
) -> Minimum:
    """Σ residuals² made small from `x` on, in at most `iterations` (1 or more) steps."""
    from scipy.optimize import least_squares

    begun = time.perf_counter()
    step = 0

    def counted(x: Floats) -> Floats:
        nonlocal step
        step += 1
        loss = float(np.sum(residuals(x) ** 2))
        say(f"iteration {step}: loss {loss:.1f} after {time.perf_counter() - begun:.0f} s")
        return jacobian(x)

    low, high = parameters.low, parameters.high
    solution: Any = least_squares(
        residuals, np.clip(x, low + 1e-9, high - 1e-9), jac=counted, bounds=(low, high),
        method="trf", max_nfev=iterations, xtol=1e-4, ftol=ftol,
    )  # fmt: skip
    return Minimum(solution.x, 2.0 * float(solution.cost), _errors(parameters, solution.jac))


def _errors(parameters: Standardised, jacobian: Floats) -> dict[str, float]:
    """Standard errors by name, of the linearised problem."""
    spread = parameters.sd * np.sqrt(np.diag(np.linalg.inv(jacobian.T @ jacobian)))
    return dict(zip(parameters.names, (float(s) for s in spread), strict=True))


def averaged_step(
    problems: Sequence[Problem], parameters: Standardised, x: Floats, *, say: Callable[[str], None]
) -> Minimum:
    """One Gauss-Newton step on residuals and derivatives averaged over several sets of women.

    A fit to one set of women takes a part of their noise for signal, and the derivatives by single women's
    steps act as a ridge. Both fall with the number of sets. The step is halved while it does not make the
    averaged loss smaller, and left out if an eighth of it does not.
    """
    from scipy.optimize import lsq_linear

    low, high = parameters.low + 1e-9, parameters.high - 1e-9
    x = np.asarray(np.clip(x, low, high))

    def averaged(x: Floats) -> Floats:
        return np.asarray(np.mean([problem.fun(x) for problem in problems], axis=0))

    centre = averaged(x)
    loss = float(np.sum(centre**2))
    say(f"averaged over {len(problems)} sets of women: loss {loss:.1f}")
    jacobian = np.mean([problem.jac(x) for problem in problems], axis=0)
    step = lsq_linear(jacobian, -centre, bounds=(low - x, high - x)).x
    for part in (1.0, 0.5, 0.25, 0.125):
        tried = float(np.sum(averaged(x + part * step) ** 2))
        say(f"{part:g} of the averaged step: loss {tried:.1f}")
        if tried < loss:
            return Minimum(x + part * step, tried, _errors(parameters, jacobian))
    return Minimum(x, loss, _errors(parameters, jacobian))
