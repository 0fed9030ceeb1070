"""The joint posterior of a cloud: emulator, what it does not know, and the density that is sampled."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from seedsoil.calibration.posterior.emulator import Emulator, train
from seedsoil.calibration.posterior.engine import TRIALS
from seedsoil.calibration.posterior.known import mean_known, variance_known
from seedsoil.calibration.posterior.likelihood import Conditional, Observed, Posterior, observed
from seedsoil.calibration.posterior.sampler import Chains, mode, sample
from seedsoil.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from seedsoil.calibration.posterior.cloud import Cloud
    from seedsoil.catalog import Catalog

Floats = NDArray[np.float64]

KNOWN = 0.5
"""Share of points that have a statistic below which it is no target: too few women of the kind."""
POINTS_A_PARAMETER = 3
"""Points without which there are fewer than coefficients, and no emulator is trained."""
_FEWEST_SHARE = 10
"""Women of the smaller arm below which a hazard ratio is no number to learn from."""


@dataclass(frozen=True)
class Joint:
    """An emulator of all statistics of a cloud, and the targets that enter the likelihood.

    `index`: the statistic of each target. `monte_carlo` and `lack_of_fit`: variances of each statistic, that
    of one point's women and that of the model around its emulator.
    """

    cloud: Cloud
    seen: Observed
    index: NDArray[np.intp]
    emulator: Emulator
    monte_carlo: Floats
    lack_of_fit: Floats

    def density(self, z: Floats) -> Posterior:
        """The posterior, with the emulator's own error where points z are."""
        own = self.emulator.own_variance(z)
        unknown = (self.lack_of_fit + own)[self.index]
        here = self.emulator.some(self.index)
        return Posterior(self.seen, here, self.cloud.middle, self.cloud.spread, unknown)

    def z(self, u: Floats) -> Floats:
        """The emulator's coordinates of u."""
        return np.asarray((u - self.cloud.middle) / self.cloud.spread)

    def start(self) -> Floats:
        """Where the search for the mode begins: the middle of the cloud, scales of a half."""
        return np.concatenate([self.cloud.middle, np.full(len(self.seen.groups), 0.5)])


def check_points(points: int, parameters: int) -> None:
    """Raise InputError where so many points are too few to learn so many parameters from."""
    least = POINTS_A_PARAMETER * parameters
    if points < least:
        raise InputError(
            f"points: {points:,} are too few to learn {parameters:,} parameters from; "
            f"allowed: {least:,} and more"
        )


def joint_of(cloud: Cloud, catalog: Catalog) -> Joint:
    """Train the emulator of a cloud. Raises InputError where it has too few points for its parameters."""
    check_points(cloud.points, cloud.space.size)
    seen = observed(catalog)
    place = {name: k for k, name in enumerate(cloud.names)}
    unknown = [name for name in seen.names if name not in place]
    if unknown:
        raise InputError(
            f"the cloud holds no {unknown[0]} ({len(unknown)} targets of the catalog are missing); "
            "make a new one in another --out"
        )
    women, values = share_women(cloud.names, cloud.women), cleaned(cloud)
    known = np.mean(np.isfinite(values), axis=0)
    seen = seen.some([k for k, name in enumerate(seen.names) if known[place[name]] >= KNOWN])
    emulator = train((cloud.u - cloud.middle) / cloud.spread, values, women)
    noise = monte_carlo_variance(cloud, values)
    lack = np.maximum(emulator.residual - noise, 0.0)
    index = np.array([place[name] for name in seen.names])
    return Joint(cloud, seen, index, emulator, noise, lack)


def is_ratio(name: str) -> bool:
    """Whether a statistic is the logarithm of a hazard ratio of a trial."""
    return name.startswith(f"{TRIALS}.") and any(
        part.endswith("_hr") for part in name.split(".")[2:]
    )


def share_women(names: Sequence[str], women: NDArray[np.int32]) -> NDArray[np.int32]:
    """The women behind each share; 0 for what is no share of women."""
    ratio = np.array([is_ratio(name) for name in names])
    return np.where(ratio, 0, women).astype(np.int32)


def cleaned(cloud: Cloud) -> Floats:
    """The values of a cloud, NaN for hazard ratios of a handful of women."""
    ratio = np.array([is_ratio(name) for name in cloud.names])
    few = ratio & (cloud.women < _FEWEST_SHARE)
    return np.where(few, np.nan, cloud.values)


def kind_of(name: str) -> str:
    """Which statistics share how far formulas of Monte-Carlo error are off: a group, or a kind of result."""
    if not name.startswith(f"{TRIALS}."):
        return name.partition(".")[0]
    return f"{TRIALS}, ratio" if is_ratio(name) else f"{TRIALS}, share"


def monte_carlo_variance(cloud: Cloud, values: Floats) -> Floats:
    """Variance of one point's statistics by the play of chance: its formula, corrected by kind.

    The points in the middle of the cloud differ by their women alone. By kind of statistic, the median of
    their variance over the formula's is the correction.
    """
    formula = mean_known(cloud.variances)
    middle = np.all(cloud.u == cloud.middle, axis=1)
    if np.count_nonzero(middle) < 5:
        return np.asarray(formula)
    here = variance_known(values[middle], ddof=1) / mean_known(cloud.variances[middle])
    kinds = np.array([kind_of(name) for name in cloud.names])
    found = formula.copy()
    for kind in np.unique(kinds):
        ratios = here[kinds == kind]
        ratios = ratios[np.isfinite(ratios)]
        if ratios.size:
            found[kinds == kind] *= np.median(ratios)
    return np.asarray(found)


def more_points(joint: Joint, u: Floats, values: Floats, women: NDArray[np.int32]) -> Joint:
    """The emulator trained on the cloud and further points, where the posterior is."""
    cloud = joint.cloud
    count = u.shape[0]
    whole = replace(
        cloud,
        index=np.concatenate([cloud.index, np.arange(count) + cloud.index.max() + 1]),
        u=np.concatenate([cloud.u, u]),
        values=np.concatenate([cloud.values, values]),
        variances=np.concatenate([cloud.variances, np.full(values.shape, np.nan)]),
        women=np.concatenate([cloud.women, women]),
    )
    z = (whole.u - cloud.middle) / cloud.spread
    emulator = train(z, cleaned(whole), share_women(cloud.names, whole.women))
    lack = np.maximum(emulator.residual - joint.monte_carlo, 0.0)
    return replace(joint, cloud=whole, emulator=emulator, lack_of_fit=lack)


def sampled(
    joint: Joint, *, draws: int, warm_up: int, seed: int, say: Callable[[str], None]
) -> tuple[Chains, Posterior]:
    """Chains of the posterior, sampled with the emulator's error where the posterior lies.

    Where that is, a short run with the error in the middle of the cloud tells.
    """
    first = joint.density(np.ones((1, joint.cloud.space.size)))
    short = sample(
        first, draws=max(draws // 8, 50), warm_up=warm_up, seed=seed, start=joint.start()
    )
    density = joint.density(first.z(short.flat))
    chains = sample(
        density, draws=draws, warm_up=warm_up, seed=seed + 1, start=short.flat[-1], say=say
    )
    chains.x[..., density.parameters :] = np.abs(chains.x[..., density.parameters :])
    return chains, density


def point_estimate(chains: Chains, density: Posterior) -> Floats:
    """The mode in u with the scales of discrepancy at their posterior medians: the new values in use."""
    middle = np.median(chains.flat, axis=0)
    u = np.arange(density.parameters)
    return mode(Conditional(density, middle, u), middle[u])
