"""Hamiltonian Monte Carlo on the emulator, preconditioned by the curvature at the mode (Neal 2011).

    x = mode + L⁻ᵀ w,   L Lᵀ = minus the Hessian at the mode,   w ~ about N(0, I)

In w the posterior is nearly a standard normal, so one step size does for all; it is adapted to a mean
acceptance of 0.8 in the warm-up (dual averaging, Hoffman and Gelman 2014) and then kept. Chains begin far
apart, twice as wide as the curvature says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Callable

Floats = NDArray[np.float64]

CHAINS = 4
_ACCEPTED = 0.8
_LENGTH = (1.0, 2.2)
"""Of a trajectory, in w: about a quarter of a standard normal's orbit, drawn anew each time."""
_MOST_STEPS = 64
_FIRST_STEP = 0.2


class Density(Protocol):
    """A log density with its gradient and curvature, of `size` coordinates."""

    size: int

    def __call__(self, x: Floats) -> tuple[Floats, Floats]:
        """Log density and gradient at points of shape (points, size)."""

    def information(self, x: Floats) -> Floats:
        """About minus the Hessian at one point; positive definite."""


@dataclass(frozen=True)
class Chains:
    """Samples of shape (chains, draws, size), their log density, and how the sampler went."""

    x: Floats
    log_density: Floats
    mode: Floats
    step: float
    accepted: float

    @property
    def flat(self) -> Floats:
        """All samples, shape (chains · draws, size)."""
        return self.x.reshape(-1, self.x.shape[-1])


def mode(density: Density, start: Floats) -> Floats:
    """Where the density is largest: Newton's steps, each halved until it gains."""
    x = start.copy()
    value = float(density(x[None])[0][0])
    for _ in range(200):
        gradient = density(x[None])[1][0]
        step = np.linalg.solve(density.information(x), gradient)
        for part in 0.5 ** np.arange(12):
            tried = x + part * step
            new = float(density(tried[None])[0][0])
            if new > value:
                break
        else:
            return np.asarray(x)
        gained, x, value = new - value, tried, new
        if gained < 1e-9 * (1.0 + abs(value)):
            return np.asarray(x)
    return np.asarray(x)


class State(NamedTuple):
    """Where walkers are, in w of shape (walkers, size), with log density and its gradient there."""

    w: Floats
    value: Floats
    gradient: Floats


class Kernel:
    """One transition of Hamiltonian Monte Carlo, with which the density is invariant and reversible.

        x = centre + L⁻ᵀ w,   L Lᵀ = `information`, about minus the Hessian

    Step size and length of a trajectory do not depend on where a walker is, so that what is proposed from
    either end is the other.
    """

    def __init__(self, density: Density, centre: Floats, information: Floats) -> None:
        self._density = density
        self._centre = centre
        self._root = np.linalg.cholesky(information)
        self._scale = np.linalg.inv(self._root).T

    def x(self, w: Floats) -> Floats:
        """The density's coordinates of walkers at w."""
        return np.asarray(self._centre + w @ self._scale.T)

    def at(self, w: Floats) -> State:
        """Walkers at w."""
        value, gradient = self._density(self.x(w))
        return State(w, value, gradient @ self._scale)

    def at_x(self, x: Floats) -> State:
        """Walkers at the density's coordinates x."""
        return self.at(np.asarray((x - self._centre) @ self._root))

    def move(self, state: State, step: float, rng: np.random.Generator) -> tuple[State, Floats]:
        """The walkers a trajectory later, and the chance with which each took it."""
        length = rng.uniform(*_LENGTH)
        steps = int(np.clip(np.ceil(length / step), 1, _MOST_STEPS))
        momentum = rng.standard_normal(state.w.shape)
        tried, turned, slope = state.w, momentum + 0.5 * step * state.gradient, state.gradient
        with np.errstate(all="ignore"):  # a trajectory that flies off is refused, not told
            for n in range(steps):
                tried = tried + step * turned
                new = self.at(tried)
                slope = new.gradient
                turned = turned + (step if n < steps - 1 else 0.5 * step) * slope
            gain = new.value - state.value + 0.5 * np.sum(momentum**2 - turned**2, axis=1)
        chance = np.exp(np.minimum(np.where(np.isfinite(gain), gain, -np.inf), 0.0))
        took = rng.uniform(size=chance.size) < chance
        return State(
            np.where(took[:, None], tried, state.w),
            np.where(took, new.value, state.value),
            np.where(took[:, None], slope, state.gradient),
        ), chance


def adapted_step(
    kernel: Kernel, state: State, moves: int, rng: np.random.Generator
) -> tuple[State, float]:
    """The walkers after `moves` in which the step size goes to a mean acceptance of 0.8, and that step."""
    step, adapted = _FIRST_STEP, _DualAveraging(_FIRST_STEP)
    for k in range(moves):
        state, chance = kernel.move(state, step, rng)
        step = adapted.next(float(chance.mean()), last=k == moves - 1)
    return state, step


def sample(
    density: Density,
    *,
    draws: int,
    warm_up: int,
    seed: int,
    start: Floats,
    chains: int = CHAINS,
    say: Callable[[str], None] = lambda _: None,
) -> Chains:
    """`draws` of each chain after `warm_up` that are thrown away."""
    rng = np.random.default_rng(seed)
    at_mode = mode(density, start)
    kernel = Kernel(density, at_mode, density.information(at_mode))
    state = kernel.at(
        2.0 * rng.standard_normal((chains, density.size)) / max(density.size, 1) ** 0.25
    )
    state, step = adapted_step(kernel, state, warm_up, rng)
    kept = np.empty((chains, draws, density.size))
    logs = np.empty((chains, draws))
    accepted = 0.0
    for k in range(draws):
        state, chance = kernel.move(state, step, rng)
        accepted += float(chance.mean()) / draws
        kept[:, k] = kernel.x(state.w)
        logs[:, k] = state.value
        if (k + 1) % max(draws // 4, 1) == 0:
            say(f"sampling: {k + 1:,} of {draws:,} draws a chain")
    return Chains(kept, logs, at_mode, step, accepted)


class _DualAveraging:
    """Step sizes whose mean acceptance goes to `_ACCEPTED` (Hoffman and Gelman 2014, algorithm 5)."""

    def __init__(self, step: float) -> None:
        self.centre = np.log(10.0 * step)
        self.off, self.mean, self.count = 0.0, 0.0, 0

    def next(self, accepted: float, *, last: bool) -> float:
        """The next step size; the `last` is the averaged one."""
        self.count += 1
        t = self.count
        self.off += (_ACCEPTED - accepted - self.off) / (t + 10.0)
        log_step = self.centre - np.sqrt(t) / 0.05 * self.off
        share = t**-0.75
        self.mean = share * log_step + (1.0 - share) * self.mean
        return float(np.exp(self.mean if last else log_step))
