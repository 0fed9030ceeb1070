"""The emulator beside the simulator, for five parameters with all others fixed.

The posterior of five parameters, the others at the mode and the scales of discrepancy at their medians, is
found twice with the same targets, errors and discrepancy:

- from the emulator of all parameters, with what it says that it does not know;
- from the simulator: points of their own around that posterior, `WIDER` times as wide, each on women that
  nothing else has had, and a regression on the five parameters alone. Its noise is that of the women of these
  points: it enters the likelihood as the regression's own variance, and what it does to means and spreads is
  found by drawing the points anew with replacement (bootstrap).

Five, since so few dimensions are filled by a few hundred points: weighing single points by their likelihood
would not do, for by chance alone its logarithm has a standard deviation of about 5.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from seedsoil.calibration.posterior.cloud import design, make_points
from seedsoil.calibration.posterior.emulator import train
from seedsoil.calibration.posterior.engine import Engine, Sizes
from seedsoil.calibration.posterior.joint import cleaned, share_women
from seedsoil.calibration.posterior.likelihood import Conditional, Posterior
from seedsoil.calibration.posterior.sampler import mode, sample
from seedsoil.calibration.posterior.verdict import Check
from seedsoil.calibration.posterior.verify import FRESH

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from seedsoil.calibration.posterior.cloud import Cloud
    from seedsoil.calibration.posterior.find import Found
    from seedsoil.catalog import Catalog

Floats = NDArray[np.float64]
Whole = NDArray[np.intp]

FIVE = 5
POINTS = 160
"""Simulations: as many core-seconds each as a point of the cloud."""
WIDER = 3.0
"""Spread of the points in that of the posterior of the five: slopes are found better from afar."""
BOOTSTRAPS = 40
_DRAWS, _WARM_UP = 1_000, 300
_FIRST = 3 * FRESH
"""Number of the first point of women that neither cloud nor verification has."""
SHIFT, NARROW, WIDE = 0.5, 0.9, 1.1
"""What agreement means: shift of the mean in standard deviations, and ratio of these."""


@dataclass(frozen=True)
class Compared:
    """Means and standard deviations in u by the emulator and the simulator, and the noise of the latter."""

    names: tuple[str, ...]
    emulated: tuple[Floats, Floats]
    simulated: tuple[Floats, Floats]
    noise: tuple[Floats, Floats]
    points: int

    def checks(self) -> list[Check]:
        """A line for each parameter: shift and ratio, with twice their noise as allowance."""
        sd = self.simulated[1]
        shift, ratio = (self.emulated[0] - self.simulated[0]) / sd, self.emulated[1] / sd
        off, loose = self.noise[0] / sd, ratio * self.noise[1] / sd
        made = []
        for k, name in enumerate(self.names):
            near = abs(shift[k]) <= SHIFT + 2.0 * off[k]
            alike = NARROW - 2.0 * loose[k] <= ratio[k] <= WIDE + 2.0 * loose[k]
            made.append(
                Check(f"emulator beside {self.points} simulations, others fixed: `{name}`",
                      f"mean {shift[k]:+.2f} ± {off[k]:.2f} sd, sd {ratio[k]:.2f} ± {loose[k]:.2f}",
                      f"mean within {SHIFT}, sd {NARROW} to {WIDE}, beyond twice the noise",
                      bool(near and alike))
            )  # fmt: skip
        return made


def best_informed(found: Found) -> list[str]:
    """The five parameters that the data narrow most, no two of the same part of the model."""
    told = found.record["parameters_informed"]
    chosen: dict[str, str] = {}
    for name in sorted(told, key=lambda name: -told[name]["contraction"]):
        chosen.setdefault(name.partition(".")[0], name)
    return list(chosen.values())[:FIVE]


def compare(
    found: Found,
    names: Sequence[str],
    *,
    catalog: Catalog,
    place: Path,
    threads: int,
    say: Callable[[str], None],
    points: int = POINTS,
) -> Compared:
    """Both posteriors of the parameters `names`; the simulations are kept in `place` as they come."""
    joint, density = found.joint, found.density
    which = np.array([joint.cloud.space.names.index(name) for name in names], np.intp)
    fixed = Conditional(density, np.concatenate([found.mode, found.scales]), which)
    middle = mode(fixed, found.mode[which])
    sd = np.sqrt(np.diag(np.linalg.inv(fixed.information(middle))))
    own, made = WIDER * sd, joint.cloud.made
    u = np.tile(found.mode, (points, 1))
    u[:, which] = design(middle, own, points, made["seed"] + 1)
    sizes, trials = Sizes(**made["sizes"]), made["trials"]
    points_hash = hashlib.sha256(u.tobytes()).hexdigest()[:12]
    say(f"emulator beside the simulator, for {', '.join(names)}")
    simulated = make_points(
        place / f"simulator-{points_hash}", Engine(catalog, sizes, made["seed"], trials), joint.cloud, u,
        first=_FIRST, threads=threads, say=say,
    )  # fmt: skip
    learnt = Regression(density, simulated, joint.index, which, (middle, own), found.scales)
    every = np.arange(points)
    by_emulator, by_simulator = (
        _moments(sample(one, draws=_DRAWS, warm_up=_WARM_UP, seed=made["seed"], start=middle).flat)
        for one in (fixed, learnt.conditional(every))
    )
    rng = np.random.default_rng(made["seed"])
    again = [
        learnt.laplace(rng.integers(0, points, points), by_simulator[0]) for _ in range(BOOTSTRAPS)
    ]
    noise = tuple(np.std([one[k] for one in again], axis=0, ddof=1) for k in (0, 1))
    return Compared(tuple(names), by_emulator, by_simulator, (noise[0], noise[1]), points)


def _moments(draws: Floats) -> tuple[Floats, Floats]:
    return draws.mean(axis=0), draws.std(axis=0)


class Regression:
    """The posterior of some parameters from simulations around it."""

    def __init__(
        self,
        density: Posterior,
        simulated: Cloud,
        index: Whole,
        which: Whole,
        around: tuple[Floats, Floats],
        scales: Floats,
    ) -> None:
        self._seen, self._scales = density.seen, scales
        self._middle, self._spread = around
        self._z = (simulated.u[:, which] - self._middle) / self._spread
        self._values = cleaned(simulated)[:, index]
        self._women = share_women(simulated.names, simulated.women)[:, index]

    def conditional(self, points: Whole) -> Conditional:
        """The density learnt from these of the points."""
        learnt = train(self._z[points], self._values[points], self._women[points])
        size = self._middle.size
        own = learnt.own_variance(np.full((1, size), 1.0 / WIDER))
        density = Posterior(self._seen, learnt, self._middle, self._spread, own)
        return Conditional(
            density, np.concatenate([self._middle, self._scales]), np.arange(size, dtype=np.intp)
        )

    def laplace(self, points: Whole, start: Floats) -> tuple[Floats, Floats]:
        """Mode and standard deviations by the curvature there."""
        density = self.conditional(points)
        at = mode(density, start)
        return at, np.sqrt(np.diag(np.linalg.inv(density.information(at))))
