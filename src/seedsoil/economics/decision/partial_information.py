"""EVPPI: what it would be worth to learn some of the parameters before choosing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.display.shown import Shown
from seedsoil.display.words import listed, percent
from seedsoil.economics.decision.charts import bars_chart
from seedsoil.economics.decision.information import Estimate, competing, known
from seedsoil.economics.decision.words import Units, money
from seedsoil.errors import InputError, nearest, shown
from seedsoil.units import Z95

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from seedsoil.display.shown import TextRows
    from seedsoil.economics.decision.draws import Draws

FEWEST_DRAWS = 100
"""Fewer draws do not carry a regression."""
MOST_TOGETHER = 60
_MOST_NAMED = 4
ALL = "all"


@dataclass(frozen=True)
class Partial:
    """What knowing `parameters` exactly is worth a patient, with its standard error."""

    parameters: tuple[str, ...]
    value: float
    se: float

    @property
    def name(self) -> str:
        """The parameters with + between them."""
        return " + ".join(self.parameters)

    @property
    def label(self) -> str:
        """The name, or its beginning where there are many parameters."""
        more = len(self.parameters) - _MOST_NAMED
        if more <= 1:
            return self.name
        return f"{' + '.join(self.parameters[:_MOST_NAMED])} + {more} more"


@dataclass(frozen=True)
class PartialInformation(Shown):
    """EVPPI of parameters and groups of parameters at one threshold, the largest first.

    `evpi`: the value of knowing everything, which none exceeds. Standard errors hold the doubt of the
    regression and the finite number of draws.
    """

    title = "What learning each parameter would be worth"

    k: float
    evpi: Estimate
    found: tuple[Partial, ...]
    units: Units

    def table(self) -> pa.Table:
        """Columns parameters, threshold, evppi, standard_error, share_of_evpi."""
        import pyarrow as pa

        share = [
            one.value / self.evpi.value if self.evpi.value > 0.0 else 0.0 for one in self.found
        ]
        return pa.table(
            {
                "parameters": [one.name for one in self.found],
                "threshold": pa.array([self.k] * len(self.found), pa.float64()),
                "evppi": pa.array([one.value for one in self.found], pa.float64()),
                "standard_error": pa.array([one.se for one in self.found], pa.float64()),
                "share_of_evpi": pa.array(share, pa.float64()),
            }
        )

    def text_rows(self) -> TextRows:
        """The same as text."""
        rows = [
            [one.label, money(one.value), money(one.se), percent(self._share(one), 0)]
            for one in self.found
        ]
        return ["parameters known", "EVPPI a patient", "standard error", "of EVPI"], rows

    def _share(self, one: Partial) -> float:
        return one.value / self.evpi.value if self.evpi.value > 0.0 else 0.0

    def chart(self) -> dict[str, Any]:
        """Bars with their 95 % intervals; a line where everything is known."""
        rows = [(one.label, one.value, one.se) for one in self.found]
        return bars_chart(
            rows,
            x_title=f"EVPPI a patient{f', {self.units.currency}' if self.units.currency else ''}",
            line=("everything known", self.evpi.value),
            description=self.sentence,
        )

    @property
    def sentence(self) -> str:
        """Which parameters are worth most to learn."""
        at = f"At {self.units.threshold(self.k)}"
        if not self.evpi.value > 0.0:
            return f"{at} no parameter is worth learning: the choice is the same in every draw."
        best = [one for one in self.found if one.value > 0.0][:3]
        if not best:
            return f"{at} none of these parameters, known alone, would change the choice."
        told = [
            f"{one.label} {self.units.money(one.value)} (±\u00a0{money(Z95 * one.se)})"
            for one in best
        ]
        return (
            f"At {self.units.threshold(self.k)} learning everything is worth "
            f"{self.units.money(self.evpi.value)} a "
            f"patient; of it {listed(told)}. The figure after ± is half of the 95 % interval."
        )

    def __repr__(self) -> str:
        from seedsoil.display.shown import text_table

        return f"{text_table(*self.text_rows())}\n\n{self.sentence}"


def partial_information(
    draws: Draws,
    asked: str | Sequence[str | Sequence[str]],
    *,
    k: float,
    evpi: Estimate,
    units: Units,
    seed: int = 1,
) -> PartialInformation:
    """EVPPI of each parameter or group of `asked` at threshold `k`.

    `asked`: "all", which is each parameter by itself; or names, and groups as lists of names or `a+b`.
    One parameter is fitted by a penalised spline, a group by a Gaussian process. Raises InputError
    without parameters, for an unknown name, and for fewer than 100 draws.
    """
    groups = groups_of(draws, asked)
    if draws.count < FEWEST_DRAWS:
        raise InputError(
            f"EVPPI: {draws.count} draws are too few for a regression; it needs {FEWEST_DRAWS} or more"
        )
    strategies = competing(draws, k)
    found = [
        Partial(names, *_value(draws, names, strategies, k, evpi.value, seed)) for names in groups
    ]
    found.sort(key=lambda one: -one.value)
    return PartialInformation(k, evpi, tuple(found), units)


def _value(
    draws: Draws,
    names: tuple[str, ...],
    strategies: tuple[int, ...],
    k: float,
    most: float,
    seed: int,
) -> Estimate:
    columns = [draws.parameters[name] for name in names]
    varying = [column for column in columns if np.ptp(column) > 0.0]
    if not varying or not strategies:
        return Estimate(0.0, 0.0)
    return known(np.column_stack(varying), draws, strategies, k, seed=seed).estimate(
        most, seed=seed
    )


def groups_of(draws: Draws, asked: str | Sequence[str | Sequence[str]]) -> list[tuple[str, ...]]:
    """The groups of parameters that are asked for, each once."""
    if not draws.parameters:
        raise InputError(
            "EVPPI: needs the parameters of each draw; give them, one column a parameter"
        )
    if isinstance(asked, str):
        asked = list(draws.parameters) if asked == ALL and ALL not in draws.parameters else [asked]
    groups = []
    for one in asked:
        names = _names(draws, one)
        if len(names) > MOST_TOGETHER:
            raise InputError(
                f"EVPPI: {len(names)} parameters in one group; at most {MOST_TOGETHER}"
            )
        groups.append(names)
    return list(dict.fromkeys(groups))


def _names(draws: Draws, asked: str | Sequence[str]) -> tuple[str, ...]:
    if isinstance(asked, str):
        parts = (
            [asked] if asked in draws.parameters else [part.strip() for part in asked.split("+")]
        )
    else:
        parts = list(asked)
    if not parts:
        raise InputError("EVPPI: an empty group; name one parameter or more")
    for part in parts:
        if part not in draws.parameters:
            known_names = list(draws.parameters)
            some = ", ".join(known_names[:12]) + (", ..." if len(known_names) > 12 else "")
            hint = nearest(part, known_names)
            raise InputError(
                f"EVPPI: there is no parameter {shown(part)}; there are {some}. {hint}".rstrip()
            )
    return tuple(dict.fromkeys(parts))
