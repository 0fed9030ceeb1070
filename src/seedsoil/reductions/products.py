"""Exact sums and cross-products of whole numbers, which no order of adding changes.

A float sum depends on its order; a sum of integers does not. Products of 64-bit integers do not fit 64 bits,
so each number is cut into digits of 15 bits, whose products over up to 2²² rows stay below 2⁵³: there the
matrix product of floats is exact, and fast. What the digits give is put together in Python's whole numbers,
which know no overflow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Integers = NDArray[np.int64]
    Wholes = NDArray[np.object_]

_DIGIT = 15
_ROWS = 1 << 22
"""15 + 15 bits of a product and 22 of the rows leave one of the 53 bits of a float."""


def totals(values: Integers) -> Wholes:
    """Σ x over the rows of `values` [rows, k], as Python's whole numbers [k]."""
    low = (values & 0xFFFFFFFF).sum(axis=0, dtype=np.int64)
    high = (values >> 32).sum(axis=0, dtype=np.int64)
    total: Wholes = high.astype(object) * (1 << 32) + low.astype(object)
    return total


def squares(values: Integers) -> Wholes:
    """Σ x² over the rows of `values` [rows, k], as Python's whole numbers [k]."""
    total = np.zeros(values.shape[1], dtype=object)
    for part in _in_parts(values):
        digits = _digits(part)
        for i, one in enumerate(digits):
            for j in range(i, len(digits)):
                found = np.einsum("nk,nk->k", one, digits[j]).astype(np.int64).astype(object)
                total += found * ((1 << _DIGIT * (i + j)) * (1 if i == j else 2))
    return total


def products(values: Integers) -> Wholes:
    """Σ x xᵀ over the rows of `values` [rows, k], as Python's whole numbers [k, k]."""
    total = np.zeros((values.shape[1],) * 2, dtype=object)
    for part in _in_parts(values):
        digits = _digits(part)
        for i, one in enumerate(digits):
            for j in range(i, len(digits)):
                found = (one.T @ digits[j]).astype(np.int64).astype(object)
                total += (found if i == j else found + found.T) * (1 << _DIGIT * (i + j))
    return total


def _in_parts(values: Integers) -> Iterator[Integers]:
    for start in range(0, values.shape[0], _ROWS):
        yield values[start : start + _ROWS]


def _digits(values: Integers) -> list[NDArray[Any]]:
    """`values` as Σ digit · 2^(15 i), lowest digit first; the highest carries the sign."""
    rest, found = values, []
    while rest.size and (rest.max() >= 1 << _DIGIT or rest.min() < -(1 << _DIGIT)):
        found.append((rest & ((1 << _DIGIT) - 1)).astype(np.float64))
        rest = rest >> _DIGIT
    found.append(rest.astype(np.float64))
    return found
