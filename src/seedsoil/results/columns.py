"""Columns of a run as NumPy arrays, and the groups into which its women are divided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from seedsoil.errors import InputError, nearest, shown
from seedsoil.vocabulary import N_STAGES, PRESENTATIONS, STAGES, SUBTYPES, T_STAGES

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]
    Flags = NDArray[np.bool_]


AGE_GROUPS = ("age under 40", "age 40-49", "age 50-59", "age 60-69", "age 70 and over")
_AGE_EDGES = (40.0, 50.0, 60.0, 70.0)

# Columns by which results are divided, each with its groups in the order in which they are shown; age, in
# years at diagnosis, in bands.
GROUPINGS: dict[str, tuple[str, ...]] = {
    "subtype": SUBTYPES,
    "age": AGE_GROUPS,
    "stage": STAGES,
    "presentation": PRESENTATIONS,
    "t_stage": T_STAGES,
    "n_stage": N_STAGES,
}
ALL_WOMEN = "all women"


class Tables(Protocol):
    """What results need of a run: its three tables and its manifest (see docs/design.md)."""

    @property
    def patients(self) -> pa.Table:
        """One row a woman."""

    @property
    def lesions(self) -> pa.Table:
        """One row a lesion that existed before death."""

    @property
    def symptoms(self) -> pa.Table:
        """One row each time a symptom sets in."""

    @property
    def manifest(self) -> dict[str, Any]:
        """How the cohort was made."""


@dataclass(frozen=True)
class Group:
    """Women who share a value of a column. `members`: one flag a row of the patients table."""

    name: str
    members: Flags


def numbers(table: pa.Table, name: str) -> Floats:
    """A numeric column as float64; null becomes NaN."""
    return np.asarray(table.column(name).to_numpy(), dtype=np.float64)


def flags(table: pa.Table, name: str) -> Flags:
    """A boolean column; null counts as false."""
    values = table.column(name).to_numpy()
    return np.asarray(values == True, dtype=np.bool_)  # noqa: E712 - None must give False


def codes(table: pa.Table, name: str, order: tuple[str, ...] = ()) -> tuple[Integers, list[str]]:
    """A text column as integers and their names; null is -1.

    The names begin with `order`, whether they occur or not; names of the column that `order`
    does not know follow.
    """
    import pyarrow as pa

    column = table.column(name)
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    column = column.unify_dictionaries()
    names = list(order)
    if column.num_chunks == 0 or len(column) == 0:
        return np.zeros(0, dtype=np.int64), names
    stored: list[str] = column.chunk(0).dictionary.to_pylist()
    names += [value for value in stored if value not in names]
    place = np.array([names.index(value) for value in stored] + [-1], dtype=np.int64)
    parts = []
    for chunk in column.chunks:
        indices = chunk.indices.to_numpy(zero_copy_only=False)
        if chunk.null_count:
            indices = np.where(np.isnan(indices), -1, indices)
        parts.append(indices.astype(np.int64, copy=False))
    # Index -1 of `place` is its last entry, which is the null.
    return place[np.concatenate(parts)], names


def groups(patients: pa.Table, by: str | None, within: Flags | None = None) -> list[Group]:
    """The women divided by a column, in the column's order; groups without women are left out.

    `by`: None for one group of all, or one of subtype, age, stage, presentation, t_stage, n_stage.
    `within`: only these women. Raises InputError for any other column.
    """
    everyone = np.ones(patients.num_rows, dtype=np.bool_) if within is None else within
    if by is None:
        return [Group(ALL_WOMEN, everyone)]
    if by not in list(GROUPINGS):
        raise InputError(
            f"by={shown(by)}: a cohort is divided by one of {', '.join(GROUPINGS)}, or not at all"
            f" (None). {nearest(by, GROUPINGS)}".rstrip()
        )
    if by == "age":
        values, names = (
            np.searchsorted(_AGE_EDGES, numbers(patients, "age"), "right"),
            list(AGE_GROUPS),
        )
    else:
        values, names = codes(patients, by, GROUPINGS[by])
    found = [Group(name, (values == code) & everyone) for code, name in enumerate(names)]
    return [group for group in found if group.members.any()]


def chosen(parameter: str, value: str, allowed: tuple[str, ...]) -> str:
    """`value` if it is allowed, else an InputError that says what is."""
    if value not in allowed:
        raise InputError(
            f"{parameter}={shown(value)}: must be one of {', '.join(repr(a) for a in allowed)}."
            f" {nearest(value, allowed)}".rstrip()
        )
    return value


def rows_of(patients: pa.Table, ids: Integers) -> Integers:
    """The rows of the patients table that hold the women numbered `ids`; -1 where none does."""
    own = np.asarray(patients.column("patient").to_numpy(), dtype=np.int64)
    if own.size == 0:
        return np.full(ids.shape, -1, dtype=np.int64)
    if own[-1] - own[0] == own.size - 1 and bool(np.all(np.diff(own) == 1)):
        row = ids - own[0]  # numbered without gaps, as simulated: no search needed
        return np.where((row >= 0) & (row < own.size), row, -1)
    order = np.argsort(own, kind="stable")
    place = np.minimum(np.searchsorted(own, ids, sorter=order), own.size - 1)
    row = order[place]
    return np.where(own[row] == ids, row, -1)


def rows_of_women(table: pa.Table, patients: pa.Table) -> pa.Table:
    """The rows of another table that belong to the women of `patients`."""
    import pyarrow.compute as pc

    numbers_of = patients.column("patient").combine_chunks()
    return table.filter(pc.is_in(table.column("patient"), value_set=numbers_of))


def integers(table: pa.Table, name: str) -> Integers:
    """An integer column without nulls, as int64."""
    return np.asarray(table.column(name).to_numpy(), dtype=np.int64)


def women_found_in_life(patients: pa.Table) -> Flags:
    """Women whose metastatic disease was found while they lived, so that there was somebody to treat."""
    by, _ = codes(patients, "found_by", ("death",))
    return np.asarray(np.isfinite(numbers(patients, "metastatic_at")) & (by != 0))


def women_with_metastases(patients: pa.Table) -> Flags:
    """Women whose metastatic disease was found, in life or only at death: de novo or recurrent."""
    values, names = codes(patients, "presentation", PRESENTATIONS)
    return np.asarray((values >= 0) & (values != names.index("none")))
