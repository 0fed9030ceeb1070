"""Calibration trials left out of the posterior in turn: how each is predicted by all the others.

    u₋ₜ = the mode without the results of trial t,    Σ₋ₜ = the inverse of the curvature there
    z_j = (y_j - g_j(u₋ₜ)) / √(se_j² + s_G² δ_j² + R_j),    j a result of t

on the emulator, with the scales of discrepancy at their posterior medians. The same z at the mode of all
targets says how the fit meets them. A prediction's interval holds the parameters' part, too: J Σ₋ₜ Jᵀ.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from seedsoil.calibration.posterior.engine import label_trial
from seedsoil.calibration.posterior.likelihood import (
    AT_LEAST,
    AT_MOST,
    Conditional,
    Posterior,
)
from seedsoil.calibration.posterior.sampler import mode
from seedsoil.units import Z95

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from seedsoil.calibration.posterior.emulator import Emulator

Floats = NDArray[np.float64]

HEADER = ["trial", "results", "sum of z², in the fit", "left out", "inside 95 %, left out"]


@dataclass(frozen=True)
class LeftOut:
    """A trial that was left out: its results' z in the fit and left out, and whether each is inside 95 %.

    `at`: the mode without the trial, in u.
    """

    trial: str
    names: tuple[str, ...]
    fitted: Floats
    predicted: Floats
    inside: NDArray[np.bool_]
    at: Floats

    def row(self) -> list[str]:
        """As a row under `HEADER`."""
        return [
            self.trial, str(len(self.names)), f"{_squares(self.fitted):.1f}",
            f"{_squares(self.predicted):.1f}", f"{int(self.inside.sum())} of {len(self.names)}",
        ]  # fmt: skip


def trials_left_out(
    density: Posterior,
    emulator: Emulator,
    *,
    scales: Floats,
    whole: Floats,
    say: Callable[[str], None] = lambda _: None,
) -> list[LeftOut]:
    """Leave each trial among the targets of `density` out in turn; `emulator` is of these targets.

    `scales`: of discrepancy, one a group of targets; `whole`: the mode of all targets with these scales, u.
    """
    of = np.array(label_trial(density.seen.names))
    found = []
    trials = [name for name in dict.fromkeys(of.tolist()) if name]
    for number, trial in enumerate(trials, start=1):
        found.append(_left_out(density, emulator, scales, whole, trial, of == trial))
        if number % 10 == 0 or number == len(trials):
            say(f"trials left out in turn: {number} of {len(trials)}")
    return found


def total(found: Sequence[LeftOut]) -> list[str]:
    """All trials together, as a row under `HEADER`."""
    count = sum(len(one.names) for one in found)
    fitted, predicted = (
        sum(_squares(getattr(one, which)) for one in found) for which in ("fitted", "predicted")
    )
    inside = sum(int(one.inside.sum()) for one in found)
    return [
        "**all**", str(count), f"{fitted:.0f}", f"{predicted:.0f}",
        f"{inside} of {count} ({inside / max(count, 1):.0%})",
    ]  # fmt: skip


def _squares(z: Floats) -> float:
    return float(np.sum(z * z))


def _given(density: Posterior, scales: Floats) -> Conditional:
    """The density of the parameters, with these scales of discrepancy."""
    parameters = np.arange(density.parameters)
    return Conditional(density, np.concatenate([np.zeros(parameters.size), scales]), parameters)


def _some(density: Posterior, emulator: Emulator, which: NDArray[np.intp]) -> Posterior:
    """The density with these targets alone."""
    return Posterior(
        density.seen.some(which.tolist()), emulator.some(which.tolist()), density.middle,
        density.spread, density.unknown[which],
    )  # fmt: skip


def _left_out(
    density: Posterior,
    emulator: Emulator,
    scales: Floats,
    whole: Floats,
    trial: str,
    mine: NDArray[np.bool_],
) -> LeftOut:
    others, own = np.flatnonzero(~mine), np.flatnonzero(mine)
    # a scale that no other trial shares stays at what all targets say of it
    without = _given(
        _some(density, emulator, others), scales[np.unique(density.seen.group[others])]
    )
    at = mode(without, whole)
    here = _some(density, emulator, own)
    of_own = scales[np.unique(density.seen.group[own])]
    variance = here.variance(np.concatenate([whole, of_own]))
    jacobian = here.emulator.jacobian(here.z(at)) / here.spread
    of_parameters = np.einsum(
        "ji,ji->j", jacobian, np.linalg.solve(without.information(at), jacobian.T).T
    )
    fitted, predicted = (
        _one_sided((here.seen.value - here.emulator(here.z(u))), here.seen.bound)
        for u in (whole, at)
    )
    return LeftOut(
        trial, here.seen.names, fitted / np.sqrt(variance), predicted / np.sqrt(variance),
        np.abs(predicted) <= Z95 * np.sqrt(variance + of_parameters), at,
    )  # fmt: skip


def _one_sided(off: Floats, bound: NDArray[np.int8]) -> Floats:
    """Published less simulated; 0 for a bound that is met."""
    met = ((bound == AT_MOST) & (off > 0.0)) | ((bound == AT_LEAST) & (off < 0.0))
    return np.where(met, 0.0, off)
