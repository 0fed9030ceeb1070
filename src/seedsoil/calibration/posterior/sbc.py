"""Posterior simulation-based calibration (Säilynoja, Schmitt, Bürkner and Vehtari, arXiv 2502.03279).

A draw of the posterior makes data; among draws given the old data and the new its rank is uniform. Draws come
as of Besag and Clifford (1989): the draw that made the data is put at a random place of a chain, of which one
part is run forward from it, and the other backward, by a kernel that is reversible. If the kernel leaves the
posterior as it is, all members of the chain are exchangeable, and the rank is exactly uniform however the
chain is correlated: there is no warm-up that might have been too short, and no thinning that might have been
too little. What correlation costs is power, and so it is told.

Replicates advance together, a row each: an emulator of many points costs little more than one of few. They
share one preconditioner, the mean curvature over the posterior with the data twice, and one step size.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from seedsoil.calibration.posterior.kept import kept_parts
from seedsoil.calibration.posterior.likelihood import AT_LEAST, EXACT, Emulated, Observed, Posterior
from seedsoil.calibration.posterior.sampler import Kernel, State, adapted_step

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

TOGETHER = 20
"""Replicates that advance as one, and are kept as one file."""
DRAWS = 99
"""Draws among which each replicate is ranked: a hundred ranks."""
THINNING = 5
"""Transitions from one of them to the next."""
_CURVED = 100
"""Draws over which the curvature is averaged that all replicates share."""
_PILOT = 150
"""Transitions in which the step size is found."""


@dataclass(frozen=True)
class Ranks:
    """Ranks of shape (replicates, coordinates) among `draws`, and the lag-one autocorrelation of these.

    Coordinates: the parameters, then the scales of discrepancy. `autocorrelation`: mean over replicates.
    """

    ranks: Whole
    autocorrelation: Floats
    draws: int

    def inside(self, level: float) -> NDArray[np.bool_]:
        """Whether the central interval of `level` holds what made the data."""
        out = (self.draws + 1) * (1.0 - level) / 2.0
        return np.asarray((self.ranks >= out) & (self.ranks <= self.draws - out))


def twice(seen: Observed) -> Observed:
    """The targets and as many more of the same kinds, to which a draw gives the values."""
    names = (*seen.names, *(f"{name}, again" for name in seen.names))
    both = {
        field: np.concatenate([getattr(seen, field)] * 2)
        for field in ("value", "se", "discrepancy", "bound", "group")
    }
    return Observed(names, groups=seen.groups, **both)


class _Twice:
    """An emulator's statistics once more behind themselves, at the cost of once."""

    def __init__(self, once: Emulated) -> None:
        self._once = once

    def __call__(self, z: Floats) -> Floats:
        found = self._once(z)
        return np.concatenate([found, found], axis=-1)

    def pulled_back(self, z: Floats, weight: Floats) -> Floats:
        first, second = np.split(weight, 2, axis=1)
        return self._once.pulled_back(z, first + second)

    def jacobian(self, z: Floats) -> Floats:
        return np.concatenate([self._once.jacobian(z)] * 2)


class Replicates:
    """Posteriors given the data of `density` and new ones that draws of it made; the data are made here."""

    def __init__(self, density: Posterior) -> None:
        self._density = density
        self._twice = twice(density.seen)
        self._emulator = _Twice(density.emulator)
        self._unknown = np.concatenate([density.unknown] * 2)

    def information(self, x: Floats) -> Floats:
        """About minus the Hessian at x with the data twice."""
        return self._given(self._twice).information(x)

    def given(self, truth: Floats, rng: np.random.Generator) -> Posterior:
        """The posteriors of data that the draws `truth`, a row each, make."""
        seen = self._density.seen
        error = np.sqrt(self._density.variance(truth))
        new = self._density.emulator(self._density.z(truth)) + error * rng.standard_normal(
            error.shape
        )
        bounds = seen.bound != EXACT
        # a bound is drawn as what it is: on its side or not; on the other the sign of the bound turns
        sides = np.where(new > seen.value, AT_LEAST, -AT_LEAST)
        old_value, old_bound = (np.broadcast_to(a, new.shape) for a in (seen.value, seen.bound))
        value = np.concatenate([old_value, np.where(bounds, seen.value, new)], axis=1)
        bound = np.concatenate([old_bound, np.where(bounds, sides, EXACT)], axis=1)
        return self._given(replace(self._twice, value=value, bound=bound.astype(np.int8)))

    def _given(self, seen: Observed) -> Posterior:
        density = self._density
        return Posterior(seen, self._emulator, density.middle, density.spread, self._unknown)


def exchangeable(
    kernel: Kernel,
    truth: Floats,
    *,
    step: float,
    rng: np.random.Generator,
    draws: int,
    thinning: int,
) -> Floats:
    """Chains through `truth` (walkers, size): `draws` more members of each, in the order of the chain.

    Shape (draws + 1, walkers, size), the truth at a random place.
    """
    begun, walkers = kernel.at_x(truth), truth.shape[0]
    ahead = rng.integers(0, draws + 1, walkers)  # so many members come after the truth
    behind = draws - ahead
    rows = np.arange(walkers)
    chain = np.empty((draws + 1, walkers, truth.shape[1]))
    chain[behind, rows] = truth
    state = begun
    for k in range(draws):
        turned = np.equal(ahead, k)  # from here the walker goes the other way, from the truth again
        state = State(
            np.where(turned[:, None], begun.w, state.w),
            np.where(turned, begun.value, state.value),
            np.where(turned[:, None], begun.gradient, state.gradient),
        )
        for _ in range(thinning):
            state, _ = kernel.move(state, step, rng)
        here = np.where(k < ahead, behind + 1 + k, draws - 1 - k)
        chain[here, rows] = kernel.x(state.w)
    return chain


def ranks_of(chain: Floats, truth: Floats) -> Whole:
    """How many members of each chain are less than the truth, of each coordinate."""
    return np.asarray(np.count_nonzero(chain < truth, axis=0))


def autocorrelation(chain: Floats) -> Floats:
    """Of neighbours in each chain, shape (walkers, size)."""
    off = chain - chain.mean(axis=0)
    return np.asarray(np.mean(off[1:] * off[:-1], axis=0) / np.mean(off**2, axis=0))


def posterior_sbc(
    density: Posterior,
    draws: Floats,
    *,
    replicates: int,
    seed: int,
    threads: int = 1,
    place: Path | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Ranks:
    """Ranks of `replicates` of `draws`, shape (points, parameters + groups), each given its own data.

    `place`: a directory in which they are kept, `TOGETHER` at a time, and gone on with; None: nothing is.
    Raises InputError where it holds others.
    """
    whole = Replicates(density)
    told = np.r_[np.zeros(density.parameters, bool), np.ones(len(density.seen.groups), bool)]
    some = np.random.default_rng(seed).integers(draws.shape[0], size=replicates)
    middle = np.median(draws, axis=0)
    even = np.linspace(0, draws.shape[0] - 1, _CURVED).round().astype(int)
    information = np.mean([whole.information(one) for one in draws[even]], axis=0)
    pilot = np.random.default_rng([seed, replicates])
    first = draws[some[:TOGETHER]]
    kernel = Kernel(whole.given(first, pilot), middle, information)
    _, step = adapted_step(kernel, kernel.at_x(first), _PILOT, pilot)

    def made(number: int) -> dict[str, NDArray[np.generic]]:
        rng = np.random.default_rng([seed, replicates, number])
        truth = draws[some[number * TOGETHER : (number + 1) * TOGETHER]]
        kernel = Kernel(whole.given(truth, rng), middle, information)
        chain = exchangeable(kernel, truth, step=step, rng=rng, draws=DRAWS, thinning=THINNING)
        size, chain = np.where(told, np.abs(truth), truth), np.where(told, np.abs(chain), chain)
        return {"ranks": ranks_of(chain, size), "autocorrelation": autocorrelation(chain)}

    parts = kept_parts(
        place,
        {
            "density_hash": identity(density),
            "replicates": replicates,
            "together": TOGETHER,
            "seed": seed,
        },
        -(-replicates // TOGETHER),
        made,
        threads=threads,
        what=f"posterior SBC, {TOGETHER} replicates each",
        say=say,
    )
    ranks, lag = (np.concatenate([p[name] for p in parts]) for name in ("ranks", "autocorrelation"))
    return Ranks(ranks, lag.mean(axis=0), DRAWS)


def identity(density: Posterior) -> str:
    """What tells one density from another: all that it is made of."""
    seen, size = density.seen, density.middle.size
    found = hashlib.sha256("\n".join((*seen.names, *seen.groups)).encode())
    some = np.random.default_rng(1).standard_normal((2, size))  # where the emulator tells itself
    for array in (
        seen.value, seen.se, seen.discrepancy, seen.bound, seen.group, density.middle, density.spread,
        density.fixed, density.emulator(some),
    ):  # fmt: skip
        found.update(np.ascontiguousarray(array).tobytes())
    return found.hexdigest()
