"""A registry extract as the comparison uses it: the women kept, and what is known of the rows set apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seedsoil.matching.columns import TimeUnit
    from seedsoil.matching.names import Endpoint

UNREADABLE = "cannot be read"
MISSING = "missing"
NOT_COMPARED = "another kind of patient"
NO_FOLLOW_UP = "no follow-up"
KINDS = (UNREADABLE, MISSING, NOT_COMPARED, NO_FOLLOW_UP)
"""Why a row is set apart: a cell that cannot be read; a value that every woman needs is missing; a
patient whom the model does not simulate (a man, M1, in situ); a time of zero."""


@dataclass(frozen=True)
class Rejected:
    """A row that is not used: its line in the file (the header is line 1), why, and of which kind."""

    line: int
    reason: str
    kind: str = UNREADABLE


@dataclass(frozen=True)
class Range:
    """What is known of a number, one value a woman: it lies from `low` to `high`, both included.

    They are equal where the number itself is known, and NaN where nothing is. The width of a band
    of ages is that of its completed years: 30-39 is from 30 to 40.
    """

    low: NDArray[np.float64]
    high: NDArray[np.float64]

    @property
    def exact(self) -> NDArray[np.bool_]:
        """Whether the number itself is known."""
        exact: NDArray[np.bool_] = np.equal(self.low, self.high)
        return exact


@dataclass(frozen=True)
class Dropped:
    """What could be read of the rows set apart, one value a row, NaN where nothing could.

    `kind` holds, a row, one of `KINDS`. `er`, `her2`, `endocrine`, `chemo` and `event` are 1 for yes
    and 0 for no; `time` is in years, sizes in mm, `nodes` the number of positive nodes.
    """

    kind: NDArray[np.str_]
    age: Range
    size_mm: Range
    nodes: Range
    er: NDArray[np.float64]
    her2: NDArray[np.float64]
    endocrine: NDArray[np.float64]
    chemo: NDArray[np.float64]
    time: NDArray[np.float64]
    event: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.kind)


@dataclass(frozen=True)
class Cohort:
    """A registry extract as the comparison uses it; arrays hold one value a woman.

    `age` and `time` in years, `size_band` an index into `fields.SIZE_BANDS`, `node_group` into
    `fields.NODE_GROUPS`; where the file gives bands, these are of the band's middle (of the lowest
    number of nodes), and `age_range`, `size_mm` and `node_count` hold the bands. `her2`, `endocrine`
    and `chemo` are None when the file has no such column, and False where it does not say: see
    `her2_known`, `endocrine_known` and `chemo_known`, which are False throughout without a column.
    `year` is that of diagnosis, NaN where unknown. `columns` maps each role to its column;
    `constants` holds what was stated for all women instead; `notes` says, a sentence each, how what
    the file leaves open was read.
    """

    path: str
    endpoint: Endpoint
    time_unit: TimeUnit
    age: NDArray[np.float64]
    size_band: NDArray[np.int64]
    node_group: NDArray[np.int64]
    er: NDArray[np.bool_]
    her2: NDArray[np.bool_] | None
    endocrine: NDArray[np.bool_] | None
    chemo: NDArray[np.bool_] | None
    time: NDArray[np.float64]
    event: NDArray[np.bool_]
    columns: dict[str, str]
    ignored: tuple[str, ...]
    rejected: tuple[Rejected, ...]
    notes: tuple[str, ...]
    age_range: Range
    size_mm: Range
    node_count: Range
    her2_known: NDArray[np.bool_]
    endocrine_known: NDArray[np.bool_]
    chemo_known: NDArray[np.bool_]
    year: NDArray[np.float64]
    dropped: Dropped
    constants: dict[str, str]

    @property
    def women(self) -> int:
        """Number of women used."""
        return len(self.age)

    @property
    def treatment_known(self) -> NDArray[np.bool_]:
        """Whether a woman's adjuvant treatment is known: chemotherapy, and endocrine therapy if ER+.

        Endocrine therapy of an ER- woman makes no difference in the model.
        """
        known: NDArray[np.bool_] = self.chemo_known & (self.endocrine_known | ~self.er)
        return known
