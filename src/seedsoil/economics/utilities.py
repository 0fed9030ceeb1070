"""Utilities drawn from their distributions, with the orders that hold between them.

Each number that has one is x = F⁻¹(u), u uniform; one that is below or above another, as that of progressed
disease, is drawn as a difference to what was drawn for that other (see `catalog.spreads`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, overload

import numpy as np

from seedsoil.catalog.spreads import spreads
from seedsoil.errors import DataErrors

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seedsoil.catalog import Catalog
    from seedsoil.catalog.spreads import NumberSpread

GROUP = "utility."


def utility_spreads(catalog: Catalog) -> list[NumberSpread]:
    """The utilities that have a distribution; DataErrors where one cannot be."""
    problems: list[str] = []
    found = spreads(catalog.parameters, problems, GROUP, changed=catalog.changed)
    if problems:
        raise DataErrors(problems)
    return found


@overload
def draw_utilities(
    rng: np.random.Generator, catalog: Catalog, size: None = None
) -> dict[str, float]: ...


@overload
def draw_utilities(
    rng: np.random.Generator, catalog: Catalog, size: int
) -> dict[str, NDArray[np.float64]]: ...


def draw_utilities(
    rng: np.random.Generator, catalog: Catalog, size: int | None = None
) -> dict[str, float] | dict[str, NDArray[np.float64]]:
    """Utilities by name, `utility.stable` or `utility.symptom:bone.pain`, drawn from their distributions.

    A number each, or an array of shape (size,). Those without a distribution are left out: they stay as
    the catalog has them. `catalog.with_values` takes a draw of one. Raises `DataErrors` where a
    distribution cannot be, as of a value that was changed.
    """
    found = utility_spreads(catalog)
    uniform = rng.random((1 if size is None else size, len(found)))
    drawn: dict[str, NDArray[np.float64]] = {}
    for column, one in sorted(
        enumerate(found), key=lambda pair: bool(pair[1].below or pair[1].above)
    ):
        value = one.drawn.quantile(uniform[:, column])
        other = one.below or one.above
        if other is not None:
            of = drawn.get(other, np.float64(catalog.value(other)))
            value = of * (1.0 - value) if one.below else of + (1.0 - of) * value
        drawn[one.name] = value
    names = [one.name for one in found]
    if size is None:
        return {name: float(drawn[name][0]) for name in names}
    return {name: drawn[name] for name in names}
