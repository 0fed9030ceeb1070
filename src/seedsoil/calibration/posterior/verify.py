"""Draws of the posterior put to the simulator, on women that no point of the cloud has had.

For each target the mean of simulated less emulated over the draws, in errors of the target: what a shift of
the emulator, where the posterior lies, does to what is inferred.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from seedsoil.calibration.posterior.cloud import Cloud, make_points
from seedsoil.calibration.posterior.known import mean_known, variance_known

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from seedsoil.calibration.posterior.engine import Engine
    from seedsoil.calibration.posterior.joint import Joint

Floats = NDArray[np.float64]

DRAWS = 300
FRESH = 1 << 20
"""Number of the first point of fresh women, beyond every cloud."""
OFF = 0.25
"""Root mean square of the shift, in errors of the targets, from which the emulator is trained again."""
ROUNDS = 3
"""Verifications at most, each on draws and women of its own."""


@dataclass(frozen=True)
class Verified:
    """What the simulator makes of draws.

    `shift`: mean of simulated less emulated of each target, in its error; `noise`: the Monte-Carlo error of
    that. `spread`: of the standardised single differences over all targets, 1 if the emulator knows it.
    """

    points: Cloud
    shift: Floats
    noise: Floats
    spread: float

    @property
    def off(self) -> float:
        """Root mean square of the shift beyond what chance gives it."""
        return float(np.sqrt(max(float(np.mean(self.shift**2 - self.noise**2)), 0.0)))

    def words(self) -> str:
        """How far the emulator is off, in a sentence."""
        return (
            f"verified on {self.points.points} draws: the emulator is off by {self.off:.2f} errors of a "
            f"target (root mean square of {self.shift.size}; largest {np.abs(self.shift).max():.2f}); "
            f"single simulations spread {self.spread:.2f} times as said"
        )


def verify(
    joint: Joint,
    engine: Engine,
    u: Floats,
    error: Floats,
    *,
    place: Path,
    number: int,
    threads: int,
    say: Callable[[str], None],
) -> Verified:
    """Simulate the draws `u`; `error`: of each target. `number`: which verification, on its own women."""
    points = make_points(
        place, engine, joint.cloud, u, first=(1 + number) * FRESH, threads=threads, say=say
    )
    emulated = joint.emulator(joint.z(points.u))
    off = (points.values - emulated)[:, joint.index]
    count = np.maximum(np.count_nonzero(np.isfinite(off), axis=0), 1)
    said = (joint.monte_carlo + joint.lack_of_fit)[joint.index]
    shift = mean_known(off) / error
    noise = np.sqrt(joint.monte_carlo[joint.index] / count) / error
    spread = float(np.sqrt(mean_known(variance_known(off) / said)))
    known = np.isfinite(shift)
    return Verified(points, np.where(known, shift, 0.0), np.where(known, noise, 0.0), spread)


def summary(found: Verified) -> dict[str, Any]:
    """What a program reads of a verification."""
    return {
        "draws": found.points.points,
        "off": found.off,
        "largest": float(np.abs(found.shift).max()),
        "spread": found.spread,
    }
