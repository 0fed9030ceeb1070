"""The posterior's density on the emulator.

    y_j | u, s ~ N(g_j(u), se_j² + s_G² δ_j² + R_j),    u ~ N(0, I),    s ~ N(0, I)

se: sampling error of what was published. δ: its stated discrepancy, or se where none is stated. s_G: the
scale of the discrepancy of the group G of targets that j is of, inferred: what the model cannot meet widens
what it says of its parameters, group by group, and nothing else does. R: what the emulator does not know of
the model, its lack of fit and its own error. Only |s| is told, half-normal a priori: without a bound at 0 the
sampler goes through it. A bound counts by Φ: the chance of a value so far on its side.

Monte-Carlo error of single points is not in R: the emulator is a mean over all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from seedsoil.calibration.drug_targets import targets
from seedsoil.calibration.posterior.engine import trial_label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seedsoil.catalog import Catalog

Floats = NDArray[np.float64]

EXACT, AT_MOST, AT_LEAST = 0, -1, 1
"""What is said of a number: itself, that it is at most so large, or at least."""


@dataclass(frozen=True)
class Observed:
    """The targets that enter the likelihood, an entry each.

    `names` as of the cloud's statistics; `value`, sampling error `se` and `discrepancy` on its scale; `bound`
    says what is said of it; `group` is the number among `groups` of those that share a scale; without groups
    no scale is inferred and there is no discrepancy.
    """

    names: tuple[str, ...]
    value: Floats
    se: Floats
    discrepancy: Floats
    bound: NDArray[np.int8]
    group: NDArray[np.intp]
    groups: tuple[str, ...]

    def some(self, which: Sequence[int]) -> Observed:
        """These targets alone; groups that none is of are gone."""
        index = np.array(which, np.intp)
        left = np.unique(self.group[index])
        return Observed(
            tuple(self.names[k] for k in which), self.value[index], self.se[index],
            self.discrepancy[index], self.bound[index], np.searchsorted(left, self.group[index]),
            tuple(self.groups[k] for k in left),
        )  # fmt: skip


def observed(catalog: Catalog) -> Observed:
    """Every fitted target of the natural history, and every fitted result of a calibration trial."""
    rows: list[tuple[str, float, float, float, int, str]] = []
    for name, group in catalog.targets.items():
        for cell, target in group.cells.items():
            if target.fitted:
                bound = AT_MOST if target.at_most else EXACT
                rows.append(
                    (f"{name}.{cell}", target.observed, target.se, target.discrepancy, bound, name)
                )
    for trial in catalog.trials.values():
        if trial.role != "calibration":
            continue
        for result in targets(trial):
            entry = result.wanted.entry
            says = None if entry is None else entry.bound
            bound = {"<": AT_MOST, ">": AT_LEAST}.get(says or "", EXACT)
            rows.append((trial_label(trial.name, result), result.expected, result.sampling,
                         result.discrepancy, bound, f"trials, {result.kind}"))  # fmt: skip
    groups = tuple(dict.fromkeys(row[5] for row in rows))
    names, value, se, discrepancy, bounds, of = zip(*rows, strict=True)
    return Observed(
        tuple(names), np.array(value), np.array(se), np.array(discrepancy),
        np.array(bounds, np.int8), np.array([groups.index(name) for name in of]), groups,
    )  # fmt: skip


class Emulated(Protocol):
    """Statistics as functions of z with their slopes, as `Emulator`."""

    def __call__(self, z: Floats) -> Floats:
        """The statistics at z, shape (…, parameters) → (…, statistics)."""

    def pulled_back(self, z: Floats, weight: Floats) -> Floats:
        """Σ_j weight_j ∂g_j/∂z, shape (points, parameters)."""

    def jacobian(self, z: Floats) -> Floats:
        """∂g/∂z at one z, shape (statistics, parameters)."""


class Posterior:
    """Log density and gradient at x = (u, s), shape (points, parameters + groups).

    `emulator`: of the observed statistics, in their order, in z = (u - middle)/spread; `unknown`: R. Values
    and bounds that are `seen` may have the shape (points, targets): then every point has data of its own.
    """

    def __init__(
        self, seen: Observed, emulator: Emulated, middle: Floats, spread: Floats, unknown: Floats
    ) -> None:
        self.seen, self.emulator = seen, emulator
        self.middle, self.spread = middle, spread
        self.unit = np.where(seen.discrepancy > 0.0, seen.discrepancy, seen.se)
        self.unknown = unknown
        self.fixed = seen.se**2 + unknown
        self.parameters = middle.size
        self.size = middle.size + len(seen.groups)
        self._of_group = (seen.group[:, None] == np.arange(len(seen.groups))).astype(np.float64)

    def z(self, x: Floats) -> Floats:
        """The emulator's coordinates of points."""
        return np.asarray((x[..., : self.parameters] - self.middle) / self.spread)

    def variance(self, x: Floats) -> Floats:
        """Variance of each target around the model."""
        return np.asarray(self.fixed + (self._scales(x) * self.unit) ** 2)

    def _scales(self, x: Floats) -> Floats:
        """The scale of each target's discrepancy; 0 where none is inferred."""
        s = x[..., self.parameters :]
        if not self.seen.groups:
            return np.zeros((*x.shape[:-1], self.unit.size))
        return np.asarray(s[..., self.seen.group])

    def __call__(self, x: Floats) -> tuple[Floats, Floats]:
        """Log density, shape (points,), and gradient, shape (points, parameters + groups)."""
        from scipy import special

        z, s = self.z(x), x[..., self.parameters :]
        variance = self.variance(x)
        error = np.sqrt(variance)
        off = (self.emulator(z) - self.seen.value) / error
        exact = self.seen.bound == EXACT
        each, by_off = -0.5 * off**2 - np.log(error), -off
        bounds = np.flatnonzero(~np.atleast_2d(exact)[0])  # few: Φ takes longer than all else
        if bounds.size:
            sign = self.seen.bound[..., bounds]
            inside = sign * off[:, bounds]
            log_phi = special.log_ndtr(inside)
            each[:, bounds] = log_phi
            by_off[:, bounds] = sign * np.exp(-0.5 * inside**2 - log_phi) / np.sqrt(2.0 * np.pi)
        # variance by s: 2 s unit²; off by ln error: -off
        by_error = np.where(exact, off**2 - 1.0, -by_off * off)
        by_scale = by_error * self._scales(x) * self.unit**2 / variance
        u = x[..., : self.parameters]
        value = each.sum(axis=-1) - 0.5 * np.sum(x * x, axis=-1)
        by_u = self.emulator.pulled_back(z, by_off / error) / self.spread - u
        by_s = by_scale @ self._of_group - s
        return np.asarray(value), np.concatenate([by_u, by_s], axis=-1)

    def information(self, x: Floats) -> Floats:
        """Minus the Hessian at one point, by Gauss and Newton in u, and as expected in s."""
        variance = self.variance(x)
        jacobian = self.emulator.jacobian(self.z(x)) / self.spread
        exact = self.seen.bound == EXACT
        weight = np.where(exact, 1.0, 0.25) / variance
        found = np.eye(self.size)
        found[: self.parameters, : self.parameters] += (jacobian * weight[:, None]).T @ jacobian
        part = self._scales(x) * self.unit**2 / variance
        diagonal = np.arange(self.parameters, self.size)
        found[diagonal, diagonal] += (2.0 * np.where(exact, part, 0.0) ** 2) @ self._of_group
        return found


class Conditional:
    """The density of some coordinates, `which`, with the others as in `x`."""

    def __init__(self, density: Posterior, x: Floats, which: NDArray[np.intp]) -> None:
        self._density, self._x, self._which = density, x, which
        self.size = which.size

    def _whole(self, some: Floats) -> Floats:
        whole = np.tile(self._x, (*some.shape[:-1], 1))
        whole[..., self._which] = some
        return whole

    def __call__(self, x: Floats) -> tuple[Floats, Floats]:
        """Log density, shape (points,), and gradient, shape (points, coordinates)."""
        value, gradient = self._density(self._whole(x))
        return value, gradient[..., self._which]

    def information(self, x: Floats) -> Floats:
        """Minus the Hessian at one point."""
        found = self._density.information(self._whole(x))
        return np.asarray(found[np.ix_(self._which, self._which)])
