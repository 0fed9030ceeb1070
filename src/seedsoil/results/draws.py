"""A number over draws of the parameters: what comes of them, and what of the play of chance in women.

    Var(parameters) = Var(x_1 … x_N) - mean(v_k)

x_k: the number in draw k, on women of its own; v_k: its Monte-Carlo variance. The interval is that of the
draws drawn together around their mean so far that what is left is the parameters' variance.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.errors import whole_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from seedsoil.catalog import Catalog
    from seedsoil.results.columns import Floats

FEWEST, MOST = 2, 100_000


@dataclass(frozen=True)
class OverDraws:
    """One number over draws: its `mean`, and what it is uncertain by.

    `monte_carlo`: standard error of the mean that women leave; `parameters`: standard deviation that the
    parameters make; `low`, `high`: between which 95 % of it lie. `unit`: share, years, lines, events or
    ratio. `discrepancy`: the part of the parameters' variance that comes of what the model cannot meet of
    its targets; None where the posterior does not tell.
    """

    name: str
    mean: float
    monte_carlo: float
    parameters: float
    low: float
    high: float
    draws: int
    unit: str = ""
    discrepancy: float | None = None

    @property
    def of_women(self) -> float:
        """Variance that the women of one draw make in the number."""
        return self.monte_carlo**2 * self.draws

    @property
    def beyond_chance(self) -> bool:
        """Whether the draws differ by more than chance in their women makes; also where nothing does."""
        return not (self.parameters == 0.0 and self.monte_carlo > 0.0)

    def record(self) -> dict[str, Any]:
        """As a row of a table; without ends of an interval that chance hides, which is not one of width 0."""
        return {
            "name": self.name,
            "mean": self.mean,
            "monte_carlo_error": self.monte_carlo,
            "parameter_sd": self.parameters,
            "low_95": self.low if self.beyond_chance else None,
            "high_95": self.high if self.beyond_chance else None,
            "draws": self.draws,
            "unit": self.unit,
            "discrepancy_share": self.discrepancy,
        }

    def row(self, digits: int = 3) -> list[str]:
        """Name, mean, interval of the parameters, and Monte-Carlo error, in words."""
        beyond = self.parameters > 0.0
        interval = f"{self.low:.{digits}f} to {self.high:.{digits}f}"
        return [
            self.name, f"{self.mean:.{digits}f}",
            interval if beyond else "not beyond chance; more women tell",
            f"{self.parameters:.{digits}f}" if beyond else "–", f"{self.monte_carlo:.{digits}f}",
        ]  # fmt: skip


HEADER = ["", "mean", "95 % over the parameters", "sd by parameters", "Monte-Carlo error"]


def draws_table(records: Sequence[dict[str, Any]]) -> pa.Table:
    """Rows of `OverDraws.record` as a table; a column without any number is one of numbers, too."""
    import pyarrow as pa

    table = pa.Table.from_pylist(list(records))
    schema = [
        pa.field(f.name, pa.float64() if pa.types.is_null(f.type) else f.type) for f in table.schema
    ]
    return table.cast(pa.schema(schema))


def told(draws: int, women: int) -> str:
    """What a table over draws is of, in a sentence."""
    return (
        f"\nOver {draws:,} draws of the posterior, {women:,} women of its own in each: what the parameters "
        "leave open, and what chance in the women does to the mean."
    )


def over_draws(
    name: str,
    values: Sequence[float] | Floats,
    errors: Sequence[float] | Floats,
    *,
    unit: str = "",
    discrepancy: float | None = None,
) -> OverDraws:
    """One number over draws, from its value and Monte-Carlo error in each; those without one are left out."""
    x, e = np.asarray(values, float), np.asarray(errors, float)
    known = np.isfinite(x) & np.isfinite(e)
    x, e = x[known], e[known]
    if x.size < FEWEST:
        return OverDraws(name, *(float("nan"),) * 5, draws=int(x.size), unit=unit)
    mean, noise, between = float(x.mean()), float(np.mean(e**2)), float(x.var(ddof=1))
    own = max(between - noise, 0.0)
    low, high = np.quantile(mean + kept_spread(between, noise) * (x - mean), (0.025, 0.975))
    return OverDraws(
        name, mean, float(np.sqrt(noise / x.size)), float(np.sqrt(own)), float(low), float(high),
        int(x.size), unit, discrepancy,
    )  # fmt: skip


def kept_spread(total: float, chance: float) -> float:
    """By what distances from the mean of draws shrink once the variance `chance` is out of their `total`."""
    return math.sqrt(max(total - chance, 0.0) / total) if total > 0.0 else 0.0


def check_draws(draws: int, catalog: Catalog) -> int:
    """How many draws are taken; InputError where there are fewer, or none belong to the catalog."""
    return whole_number(
        "draws",
        draws,
        least=FEWEST,
        most=min(MOST, catalog.posterior.draws),
        problem="cannot be taken",
    )
