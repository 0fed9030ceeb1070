"""A small posterior with bounds and scales of discrepancy; as a program it calibrates it, kept in parts."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from seedsoil.calibration.posterior.likelihood import AT_LEAST, AT_MOST, Posterior
from seedsoil.calibration.posterior.sampler import sample
from seedsoil.calibration.posterior.toy import toy
from seedsoil.calibration.posterior.toys import as_emulator

if TYPE_CHECKING:
    from numpy.typing import NDArray


def case() -> tuple[Posterior, NDArray[np.float64]]:
    """The density, and draws of it."""
    truth = toy(3, 16, curvature=0.1, seed=7)
    rng = np.random.default_rng(14)
    y = truth(rng.standard_normal(3)) + rng.standard_normal(16)
    bound = np.r_[AT_LEAST, AT_MOST, np.zeros(14)].astype(np.int8)
    seen = dataclasses.replace(
        truth.observed(y), bound=bound, group=np.arange(16) // 8, groups=("one", "other")
    )
    density = Posterior(seen, as_emulator(truth), np.zeros(3), np.ones(3), np.full(16, 0.05))
    start = np.r_[np.zeros(3), 0.5, 0.5]
    draws = sample(density, draws=1_500, warm_up=300, seed=5, start=start).flat
    draws[:, 3:] = np.abs(draws[:, 3:])
    return density, draws


if __name__ == "__main__":
    from seedsoil.calibration.posterior.sbc import posterior_sbc

    made, some = case()
    posterior_sbc(made, some, replicates=80, seed=1, threads=1, place=Path(sys.argv[1]))
