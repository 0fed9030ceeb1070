"""The draws of the joint posterior that the package ships: one row a set of all fitted numbers."""

from __future__ import annotations

import contextlib
import json
import math
from typing import TYPE_CHECKING, Any, NamedTuple

from seedsoil.catalog.parameters import full_name
from seedsoil.catalog.reading import DRAWS
from seedsoil.errors import DataErrors, InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import numpy as np
    from numpy.typing import NDArray

    from seedsoil.catalog.files import Place
    from seedsoil.catalog.parameters import Parameter

_MOST_BYTES = 50_000_000


class PosteriorDraws(NamedTuple):
    """Draws of the fitted numbers `names`, shape (draws, numbers), in random order: any part is a sample.

    `hashes`: of the numbers that they belong to (`Catalog.hash`): those around which they were found, and
    those at the mode. `record`: how they were made.
    """

    names: tuple[str, ...]
    values: NDArray[np.float64]
    hashes: tuple[str, ...]
    record: dict[str, Any]

    @property
    def draws(self) -> int:
        """How many draws there are."""
        return int(self.values.shape[0])

    def headline(self, name: str) -> tuple[float, float] | None:
        """Mean and standard deviation over the posterior of a headline of usual care.

        None where the file does not tell: those made before 2027 kept neither.
        """
        one = self.record.get("headlines", {}).get(name, {})
        told = one.get("mean"), one.get("sd")
        if not all(isinstance(x, float) and math.isfinite(x) for x in told):
            return None
        return told if told[1] > 0.0 else None


def read_posterior(places: tuple[Place, ...]) -> dict[str, PosteriorDraws]:
    """The draws of the last of the directories that has any, as {"all": draws}; {} where none has.

    Raises DataErrors for a file that is no table of draws.
    """
    for directory, label in reversed(places):
        file = directory.joinpath(DRAWS)
        if file.is_file():
            return {"all": _read(file, f"{label}/{DRAWS}")}
    return {}


def _read(file: Any, where: str) -> PosteriorDraws:
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with file.open("rb") as opened:
            content = opened.read(_MOST_BYTES + 1)
        table = pq.read_table(pa.BufferReader(content))
        record = json.loads(table.schema.metadata[b"seedsoil"])
        hashes = tuple(str(one) for one in record.pop("parameters_hash"))
        values = np.column_stack([column.to_numpy() for column in table.columns]).astype(np.float64)
    except OSError as error:
        raise DataErrors([f"{where}: cannot be read: {error.strerror or error}"]) from error
    except (pa.ArrowException, KeyError, TypeError, ValueError) as error:
        raise DataErrors(
            [f"{where}: is no table of draws as `seedsoil posterior` writes it ({error})"]
        ) from None
    if not np.isfinite(values).all():
        raise DataErrors([f"{where}: holds a number that is not finite"])
    return PosteriorDraws(tuple(table.column_names), values, hashes, record)


def described_posterior(
    draws: Callable[[], PosteriorDraws], parameter: Parameter
) -> dict[str, Any]:
    """What the draws say of a parameter, as {"posterior": rows}; {} where there are none of these numbers.

    `draws` gives them, or raises InputError where there are none.
    """
    if not parameter.prior_sds:
        return {}
    with contextlib.suppress(InputError):
        rows = posterior_of(draws(), parameter.key, parameter.values)
        return {"posterior": rows} if rows else {}
    return {}


def posterior_of(draws: PosteriorDraws, key: str, items: Iterable[str]) -> list[dict[str, Any]]:
    """What the draws say of the fitted numbers of one parameter: a row an item, in the order of `items`.

    `share_of_prior`: its spread in that of its prior, on the scale on which the prior is normal; `targets`:
    those that inform it most.
    """
    import numpy as np

    rows = []
    for item in items:
        name = full_name(key, item)
        if name not in draws.names:
            continue
        values = draws.values[:, draws.names.index(name)]
        low, high = np.quantile(values, (0.025, 0.975)).tolist()
        informed = draws.record.get("informed", {}).get(name, {})
        contraction = informed.get("contraction")
        rows.append(
            {
                "item": item,
                "mean": float(values.mean()),
                "interval_95": [low, high],
                "share_of_prior": None if contraction is None else 1.0 - contraction,
                "targets": list(informed.get("targets", [])),
            }
        )
    return rows
