"""What the data inform, and which parameters headline results depend on: both from the emulator.

A parameter's contraction is 1 - sd/prior sd of u. Which targets inform it: by Gauss and Newton at the mean,
the information (∂g_j/∂u_i)²/σ_j² of each.

Of a headline h(u), Var h over the posterior is split into b_i Cov(u_i, h)/Var h with b the slopes of its
linear part: they add to one but for what is not linear, and half of each covariance goes to either parameter.
For a linear function of a normal vector these are Shapley's values (Owen and Prieur 2017, arXiv 1610.02080).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from seedsoil.calibration.posterior.engine import HEADLINE

if TYPE_CHECKING:
    from seedsoil.calibration.posterior.joint import Joint
    from seedsoil.calibration.posterior.likelihood import Posterior
    from seedsoil.calibration.posterior.sampler import Chains

Floats = NDArray[np.float64]

RUN = 100_000
"""Women of the default run."""
LITTLE = 0.1
"""Contraction below which a parameter counts as not informed."""
_TOLD = 5


def informed(joint: Joint, density: Posterior, chains: Chains) -> dict[str, dict[str, Any]]:
    """By parameter: prior and posterior, contraction, and the targets that inform it most."""
    u = chains.flat[:, : density.parameters]
    space = joint.cloud.space
    theta = space.theta(u)
    middle = chains.flat.mean(axis=0)
    jacobian = density.emulator.jacobian(density.z(middle)) / density.spread
    information = jacobian**2 / density.variance(middle)[:, None]
    found: dict[str, dict[str, Any]] = {}
    for k, name in enumerate(space.names):
        strongest = np.argsort(-information[:, k])[:_TOLD]
        found[name] = {
            "prior": [float(space.mean[k]), float(space.sd[k])],
            "mean": float(theta[:, k].mean()),
            "sd": float(theta[:, k].std()),
            "interval_95": [float(x) for x in np.quantile(theta[:, k], (0.025, 0.975))],
            "contraction": float(1.0 - u[:, k].std()),
            "targets": [joint.seen.names[j] for j in strongest if information[j, k] > 0.01],
        }
    return found


def not_informed(found: dict[str, dict[str, Any]]) -> list[str]:
    """The parameters whose posterior is hardly narrower than their prior."""
    return [name for name, one in found.items() if one["contraction"] < LITTLE]


def sensitivities(
    joint: Joint, density: Posterior, chains: Chains, *, women: int, seed: int
) -> dict[str, dict[str, Any]]:
    """By headline: mean and standard deviation over the posterior, and the parameters that it depends on.

    `not_linear`: the share of the variance that the linear part does not explain. `split`: shares of the
    variance of what a run of `RUN` women says: its women, what data of those errors leave open of the
    parameters, and what the discrepancy of the targets adds to that (both by Gauss and Newton at the
    posterior's mean). `women`: those behind a headline of a point.
    """
    u = chains.flat[:, : density.parameters]
    narrow, wide = (_covariance(density, chains, scaled) for scaled in (0.0, 1.0))
    names = joint.cloud.names
    which = [k for k, name in enumerate(names) if name.startswith(f"{HEADLINE}.")]
    some = np.random.default_rng(seed).choice(u.shape[0], min(u.shape[0], 4_000), replace=False)
    values = joint.emulator.some(which)(joint.z(u[some]))
    found: dict[str, dict[str, Any]] = {}
    centred = u[some] - u[some].mean(axis=0)
    covariance = np.cov(centred.T)
    for column, k in enumerate(which):
        h = values[:, column] - values[:, column].mean()
        variance = float(np.mean(h**2))
        with_h = centred.T @ h / h.size
        slope = np.linalg.solve(covariance, with_h)
        share = slope * with_h / variance if variance > 0.0 else np.zeros(slope.size)
        strongest = np.argsort(-np.abs(share))[: 2 * _TOLD]
        of_data = min(float(slope @ narrow @ slope) / max(float(slope @ wide @ slope), 1e-300), 1.0)
        of_women = float(joint.monte_carlo[k]) * women / RUN
        whole = variance + of_women
        found[names[k].partition(".")[2]] = {
            "mean": float(values[:, column].mean()),
            "sd": float(np.sqrt(variance)),
            "shares": {joint.cloud.space.names[i]: float(share[i]) for i in strongest},
            "not_linear": float(1.0 - share.sum()),
            "split": {
                "women": of_women / whole,
                "parameters": of_data * variance / whole,
                "discrepancy": (1.0 - of_data) * variance / whole,
            },
        }
    return found


def discrepancy_of(split: dict[str, float]) -> float:
    """The part of the parameters' variance that comes of what the model cannot meet of its targets."""
    whole = split["parameters"] + split["discrepancy"]
    return split["discrepancy"] / whole if whole > 0.0 else 0.0


def _covariance(density: Posterior, chains: Chains, scaled: float) -> Floats:
    """Covariance of u at the posterior's mean, with the scales of discrepancy `scaled`."""
    x = chains.flat.mean(axis=0)
    x[density.parameters :] *= scaled
    information = density.information(x)[: density.parameters, : density.parameters]
    return np.asarray(np.linalg.inv(information))
