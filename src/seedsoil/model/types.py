"""Names for what the kernels take: one for each kind of record, so that a signature says what it needs.

A record is one element of a structured array, viewed as `np.recarray`; kernels read and write it in
place. These classes are for annotations alone: the checker sees that a lesion is not taken for a woman,
but knows no field. The dtype says what is in a record.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray


class Record:
    """One record of any kind; at run time an `np.record`."""

    if TYPE_CHECKING:

        def __getattr__(self, field: str) -> Any: ...
        def __setattr__(self, field: str, value: Any) -> None: ...
        def __getitem__(self, field: str) -> Any: ...


class Parameters(Record):
    """The numbers of one cohort: `PARAMETERS` of `model.parameters`."""


class Woman(Record):
    """A woman: `WOMAN` of the natural history, with all her lesions, or `TREATED_WOMAN` of treatment."""


class Lesion(Record):
    """One lesion: `LESION`, `INITIAL_LESION` or `TREATED_LESION`."""


class Interval(Record):
    """An interval of exposure, in which the same drugs are given: `INTERVAL`."""


class Row(Record):
    """One row that a kernel writes: a dtype of `model.rows`."""


class Constants(Record):
    """What a plan says of drugs and regimens in numbers: `CONSTANTS`."""


class Rule(Record):
    """One rule of a strategy: `RULE`."""


class State(Record):
    """A woman under treatment, as the kernels follow her: `SCRATCH`."""


class Known(Record):
    """What her doctors know of her: `KNOWN`."""


Lesions: TypeAlias = NDArray[Any]
Rows: TypeAlias = NDArray[Any]
Rules: TypeAlias = NDArray[Any]
Floats: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.int64]
