"""Names for what the kernels take: one for each kind of record, so that a signature says what it needs.

A record is one element of a structured array, viewed as `np.recarray`; kernels read and write it in
place. All have the same type for the checker, which knows no field of it. The dtype says what is in it.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Parameters: TypeAlias = np.record
"""The numbers of one cohort: `PARAMETERS` of `model.parameters`."""

Woman: TypeAlias = np.record
"""What a woman's lesions have in common (`WOMAN` of the natural history, `TREATED_WOMAN` of treatment)."""

Lesion: TypeAlias = np.record
"""One lesion (`LESION`, `INITIAL_LESION` or `TREATED_LESION`)."""

Row: TypeAlias = np.record
"""One row that a kernel writes: a dtype of `model.rows`."""

# Treatment
Constants: TypeAlias = np.record
"""What a plan says of drugs and regimens in numbers: `CONSTANTS`."""

Rule: TypeAlias = np.record
"""One rule of a strategy: `RULE`."""

State: TypeAlias = np.record
"""A woman under treatment, as the kernels follow her: `SCRATCH`."""

Known: TypeAlias = np.record
"""What her doctors know of her: `KNOWN`."""

# Several of them
Lesions: TypeAlias = NDArray[Any]
Rows: TypeAlias = NDArray[Any]
Rules: TypeAlias = NDArray[Any]
Floats: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.int64]
