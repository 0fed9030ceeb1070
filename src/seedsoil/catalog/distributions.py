"""How far a number may be off: the distribution of its value, given as standard error or as a range.

With mean m and standard error s: gamma of shape m²/s² and scale s²/m; beta of a = m·c and b = (1 − m)·c,
c = m(1 − m)/s² − 1; log-normal of σ² = ln(1 + s²/m²) and μ = ln m − σ²/2. A range is the interval of 95 %:
s = (high − low) / (2·1.96), for the log-normal σ = ln(high/low) / (2·1.96). The mean is the value in all
of them, wherever in the range it lies.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from seedsoil.units import Z95

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DistributionName = Literal["gamma", "lognormal", "beta", "fixed"]
DISTRIBUTIONS: tuple[str, ...] = get_args(DistributionName)


@dataclass(frozen=True)
class Distribution:
    """The distribution `kind` of a number with mean `mean`; `limits` are those of 95 % where they were given.

    `standard_error` is 0 where the number is fixed; its limits may then still differ, for analyses that
    vary one number at a time.
    """

    kind: DistributionName
    mean: float
    standard_error: float
    limits: tuple[float, float] | None = None

    @property
    def low(self) -> float:
        """The lower limit of 95 %."""
        return self._limits()[0]

    @property
    def high(self) -> float:
        """The upper limit of 95 %."""
        return self._limits()[1]

    def _limits(self) -> tuple[float, float]:
        """The limits given, or those between which 95 % of the distribution lies."""
        if self.limits is not None:
            return self.limits
        import numpy as np

        low, high = self.quantile(np.array([0.025, 0.975])).tolist()
        return low, high

    def quantile(self, u: NDArray[np.float64]) -> NDArray[np.float64]:
        """The values below which a share `u` of the distribution lies, in the shape of `u`."""
        import numpy as np
        from scipy import special

        if self.kind == "fixed":
            return np.full(np.shape(u), self.mean)
        m, s = self.mean, self.standard_error
        found: NDArray[np.float64]
        if self.kind == "gamma":
            found = special.gammaincinv((m / s) ** 2, u) * (s * s / m)
        elif self.kind == "beta":
            c = m * (1.0 - m) / (s * s) - 1.0
            found = special.betaincinv(m * c, (1.0 - m) * c, u)
        else:
            sigma = math.sqrt(math.log1p((s / m) ** 2))
            found = np.exp(math.log(m) - sigma * sigma / 2.0 + sigma * special.ndtri(u))
        return found

    def scaled(self, factor: float) -> Distribution:
        """The distribution of the number times `factor`, as of a price in another currency."""
        limits = None
        if self.limits is not None:
            limits = self.limits[0] * factor, self.limits[1] * factor
        return Distribution(self.kind, self.mean * factor, self.standard_error * factor, limits)


def distribution(
    where: str,
    kind: DistributionName | None,
    value: float,
    standard_error: float | None,
    limits: list[float] | None,
    problems: list[str],
) -> Distribution | None:
    """The distribution of `value`, or None with a line for each reason why it cannot be.

    Without a `kind` it is gamma where a standard error or a range is given, else fixed.
    """
    before = len(problems)
    chosen: DistributionName = kind or (
        "fixed" if standard_error is None and limits is None else "gamma"
    )
    _check_spread(where, chosen, value, standard_error, limits, problems)
    if len(problems) > before:
        return None
    if chosen == "fixed":
        low, high = limits or (value, value)
        return Distribution("fixed", value, 0.0, (low, high))
    if limits is None:
        se = standard_error or 0.0
    elif chosen == "lognormal":
        se = value * math.sqrt(math.expm1((math.log(limits[1] / limits[0]) / (2.0 * Z95)) ** 2))
    else:
        se = (limits[1] - limits[0]) / (2.0 * Z95)
    if not se > 0.0:
        problems.append(
            f"{where}: standard_error is {se:g}; a {chosen} needs one above 0, "
            'or say distribution = "fixed"'
        )
    if chosen == "beta" and se * se >= value * (1.0 - value):
        most = math.sqrt(value * (1.0 - value))
        problems.append(
            f"{where}: standard error {se:.4g} is too large for a beta of mean {value:g}; "
            f"allowed: below {most:.4g}, the root of mean (1 - mean)"
        )
    if len(problems) > before:
        return None
    return Distribution(chosen, value, se, None if limits is None else (limits[0], limits[1]))


def _check_spread(
    where: str,
    kind: DistributionName,
    value: float,
    standard_error: float | None,
    limits: list[float] | None,
    problems: list[str],
) -> None:
    """Add a line for each thing that keeps `value` from having this distribution."""
    if standard_error is not None and limits is not None:
        problems.append(f"{where}: standard_error and range are both given; give one")
    elif kind == "fixed" and standard_error is not None:
        problems.append(
            f"{where}: standard_error is given and the distribution is fixed; leave one out"
        )
    elif kind != "fixed" and standard_error is None and limits is None:
        problems.append(
            f"{where}: a {kind} needs standard_error = ... or range = [low, high]; neither is given"
        )
    if standard_error is not None and standard_error < 0.0:
        problems.append(f"{where}: standard_error is {standard_error:g}; it must be above 0")
    if kind in ("gamma", "lognormal") and not value > 0.0:
        problems.append(
            f"{where}: a {kind} of mean {value:g} cannot be; the mean must be above 0, "
            'or say distribution = "fixed"'
        )
    if kind == "beta" and not 0.0 < value < 1.0:
        problems.append(f"{where}: a beta of mean {value:g} cannot be; allowed: between 0 and 1")
    if limits is not None:
        _check_range(where, kind, value, limits, problems)


def _check_range(
    where: str, kind: DistributionName, value: float, limits: list[float], problems: list[str]
) -> None:
    low, high = limits
    said = f"range {low:g} to {high:g}"
    if low >= high:
        problems.append(f"{where}: {said} is empty; the first number must be the lower one")
    elif not low <= value <= high:
        problems.append(f"{where}: value {value:g} is outside its {said}")
    elif low < 0.0 or (kind == "lognormal" and low == 0.0):
        least = "above 0" if kind == "lognormal" else "0 or more"
        problems.append(f"{where}: {said} reaches to {low:g}; allowed: {least}")
    elif kind == "beta" and high > 1.0:
        problems.append(f"{where}: {said} reaches beyond 1, which a beta cannot")
