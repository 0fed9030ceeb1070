"""The coordinates in which the posterior is found: every fitted number as a standard normal a priori.

    θ_i = T_i(u_i),   u_i ~ N(0, 1) a priori

T_i is the quantile map of the prior of parameter i, a normal cut at its legal values. Within the range it
is linear, θ = m + s u. So no draw is ever clipped, and the prior of u is exactly N(0, I).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from seedsoil.calibration.least_squares import split_name

if TYPE_CHECKING:
    from seedsoil.catalog import Catalog

Floats = NDArray[np.float64]

WIDER = 2.0
"""The variance of the cloud, in those of the posterior before."""
_INSIDE = 0.25
"""Prior standard deviations by which the middle of the cloud keeps from a bound, where T' would be 0."""


@dataclass(frozen=True)
class Space:
    """The fitted numbers of a catalog: `names`, prior mean and standard deviation, legal `low` and `high`."""

    names: tuple[str, ...]
    mean: Floats
    sd: Floats
    low: Floats
    high: Floats

    @property
    def size(self) -> int:
        """How many parameters there are."""
        return len(self.names)

    def theta(self, u: Floats) -> Floats:
        """The parameters at `u`, of shape (…, parameters)."""
        from scipy import special

        a, b = (self.low - self.mean) / self.sd, (self.high - self.mean) / self.sd
        below, above = special.ndtr(a), special.ndtr(-b)
        inside = 1.0 - below - above
        # each half from its own tail, so that neither loses its digits
        lower = special.ndtri(below + special.ndtr(np.minimum(u, 0.0)) * inside)
        upper = -special.ndtri(above + special.ndtr(-np.maximum(u, 0.0)) * inside)
        cut = np.where(u < 0.0, lower, upper)
        linear = (below + above) < 1e-15
        z = np.where(linear, u, np.clip(cut, a, b))
        return np.asarray(np.clip(self.mean + self.sd * z, self.low, self.high))

    def u(self, theta: Floats) -> Floats:
        """The coordinates of `theta`; infinite at a bound."""
        from scipy import special

        a, b = (self.low - self.mean) / self.sd, (self.high - self.mean) / self.sd
        below, above = special.ndtr(a), special.ndtr(-b)
        inside = 1.0 - below - above
        z = (theta - self.mean) / self.sd
        from_below = (special.ndtr(z) - below) / inside
        from_above = (special.ndtr(-z) - above) / inside
        cut = np.where(from_below < 0.5, special.ndtri(from_below), -special.ndtri(from_above))
        return np.asarray(np.where((below + above) < 1e-15, z, cut))

    def slope(self, u: Floats) -> Floats:
        """dθ/du at `u`: of the cut normal, φ(u) s (1 - cut) / φ(z)."""
        from scipy import special

        a, b = (self.low - self.mean) / self.sd, (self.high - self.mean) / self.sd
        inside = 1.0 - special.ndtr(a) - special.ndtr(-b)
        z = (self.theta(u) - self.mean) / self.sd
        linear = (1.0 - inside) < 1e-15
        exponent = np.where(linear, 0.0, 0.5 * (z * z - u * u))
        return np.asarray(self.sd * np.where(linear, 1.0, inside) * np.exp(exponent))

    def values(self, u: Floats) -> dict[str, float]:
        """The parameters at one `u` by name."""
        return dict(zip(self.names, self.theta(u).tolist(), strict=True))


def space_of(catalog: Catalog) -> Space:
    """Every number that a fit of the catalog moves, once, with its own prior.

    A number that both fits move, as death from metastases, has the prior that the catalog gives it: what
    one fit found is no prior of the other where both are fitted together.
    """
    drugs = catalog.fitted_names("drugs")
    names = list(dict.fromkeys([*catalog.fitted_names(), *drugs]))
    priors = np.array([catalog.prior(name) for name in names])
    known = [catalog.parameter(split_name(name)[0]) for name in names]
    return Space(
        tuple(names),
        priors[:, 0],
        priors[:, 1],
        np.array([p.low for p in known], dtype=float),
        np.array([p.high for p in known], dtype=float),
    )


def middle_and_spread(space: Space, catalog: Catalog) -> tuple[Floats, Floats]:
    """Middle and standard deviation, in u, of the cloud around the values in use.

    The variance is `WIDER` times that of the standard errors, which are of the posterior before (finite
    differences on few women take noise for information, and are not kept), or of the prior where that is
    less.
    """
    known = [(catalog.parameter(key), item or "") for key, item in map(split_name, space.names)]
    in_use = np.array([p.values[item] for p, item in known])
    se = np.array([p.ses.get(item, np.inf) for p, item in known])
    margin = _INSIDE * np.minimum(space.sd, np.minimum(se, (space.high - space.low) / 4.0))
    middle = space.u(np.clip(in_use, space.low + margin, space.high - margin))
    in_u = np.minimum(np.minimum(se, space.sd) / space.slope(middle), 1.0)
    return middle, np.sqrt(WIDER) * in_u
