"""Draws of costs and effects: what every analysis of a decision starts from, checked once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedsoil.errors import InputError, nearest, printable, shown

Floats = NDArray[np.float64]

FEWEST_DRAWS, FEWEST_STRATEGIES = 2, 2
MOST_STRATEGIES = 100
MOST, MOST_PARAMETER = 1e15, 1e100
"""The largest cost or effect, and the largest parameter: of larger ones spreads would overflow."""


@dataclass(frozen=True)
class Draws:
    """Costs and effects a patient: `float64[draws, strategies]`, with the parameters of each draw.

    A row is one draw of all parameters, the same for every strategy. `reference` is the index of the
    strategy that the others are compared with.
    """

    costs: Floats
    effects: Floats
    names: tuple[str, ...]
    parameters: Mapping[str, Floats]
    reference: int

    @property
    def count(self) -> int:
        """How many draws there are."""
        return int(self.costs.shape[0])

    @property
    def others(self) -> tuple[int, ...]:
        """The strategies that are compared with the reference."""
        return tuple(j for j in range(len(self.names)) if j != self.reference)

    @property
    def mean_costs(self) -> Floats:
        """Mean cost of each strategy: that of the reference and the mean of the differences from it."""
        return self._means(self.costs)

    @property
    def mean_effects(self) -> Floats:
        """Mean effect of each strategy, likewise."""
        return self._means(self.effects)

    def _means(self, values: Floats) -> Floats:
        # Two strategies that are the same have the same mean to the last bit.
        base = values[:, self.reference]
        mean: Floats = base.mean() + (values - base[:, None]).mean(axis=0)
        return mean

    def net_benefit(self, k: float) -> Floats:
        """Net monetary benefit of each draw, k·effect − cost: `float64[draws, strategies]`."""
        return k * self.effects - self.costs

    def increments(self, k: float) -> Floats:
        """Incremental net benefit of each draw against the reference: `float64[draws, strategies]`.

        The differences are taken before they are valued, so that two identical strategies give exactly 0.
        """
        r = self.reference
        effect = self.effects - self.effects[:, [r]]
        return k * effect - (self.costs - self.costs[:, [r]])

    def difference(self, strategy: int, from_: int) -> tuple[Floats, Floats]:
        """Incremental cost and effect of each draw of one strategy against another."""
        return (
            self.costs[:, strategy] - self.costs[:, from_],
            self.effects[:, strategy] - self.effects[:, from_],
        )

    def same(self, one: int, other: int) -> bool:
        """Whether two strategies agree in every draw."""
        return bool(
            (self.costs[:, one] == self.costs[:, other]).all()
            and (self.effects[:, one] == self.effects[:, other]).all()
        )


def draws_of(
    costs: Any,
    effects: Any,
    *,
    names: Sequence[str] | None = None,
    parameters: Any = None,
    reference: int | str = 0,
) -> Draws:
    """Draws from arrays, mappings of name to values, or data frames; raises InputError for what is none.

    `costs` and `effects` are divided alike: a row a draw, a column a strategy. Names come from `names`,
    or from the columns; columns of both that have the same names in another order are brought into that
    of `costs`.
    """
    cost_columns, given = _matrix("costs", costs)
    effect_columns, others = _matrix("effects", effects)
    if cost_columns.shape[1] != effect_columns.shape[1]:
        raise InputError(
            f"costs have {cost_columns.shape[1]} strategies, effects {effect_columns.shape[1]}; both need a "
            "column for each strategy"
        )
    if cost_columns.shape[0] != effect_columns.shape[0]:
        raise InputError(
            f"costs have {cost_columns.shape[0]:,} draws, effects {effect_columns.shape[0]:,}; a row is one "
            "draw of both"
        )
    if names is None and given is not None and others is not None and given != others:
        if set(given) != set(others):
            mine, theirs = next((a, b) for a, b in zip(given, others, strict=True) if a != b)
            raise InputError(
                f"costs and effects name their strategies differently: {shown(mine)} and {shown(theirs)}; "
                "give both the same names"
            )
        effect_columns = effect_columns[:, [others.index(name) for name in given]]
    strategies = _names(names or given or others, cost_columns.shape[1])
    if len(strategies) < FEWEST_STRATEGIES:
        raise InputError(
            "costs and effects hold one strategy; a decision is between two or more, a column each"
        )
    if len(strategies) > MOST_STRATEGIES:
        raise InputError(
            f"costs and effects have {len(strategies):,} columns; at most {MOST_STRATEGIES} strategies are "
            "compared. Are draws in columns? A row is a draw, a column a strategy"
        )
    if cost_columns.shape[0] < FEWEST_DRAWS:
        raise InputError(
            "costs and effects hold one draw; uncertainty needs two or more, a row each, and a "
            "thousand to be "
            "of use"
        )
    return Draws(
        cost_columns,
        effect_columns,
        strategies,
        _parameters(parameters, cost_columns.shape[0]),
        index_of(reference, strategies),
    )


def index_of(strategy: int | str, names: Sequence[str], what: str = "reference") -> int:
    """The index of a strategy that is given by name or by index; InputError for one that there is not."""
    if isinstance(strategy, str):
        if strategy in names:
            return list(names).index(strategy)
        raise InputError(
            f"{what} {shown(strategy)}: the strategies are {', '.join(names)}. "
            f"{nearest(strategy, names)}".rstrip()
        )
    if isinstance(strategy, bool) or not isinstance(strategy, int | np.integer):
        raise InputError(
            f"{what}={shown(strategy)}: give the name of a strategy or its number from 0"
        )
    if not 0 <= strategy < len(names):
        raise InputError(
            f"{what}={strategy}: there are {len(names)} strategies, 0 to {len(names) - 1}"
        )
    return int(strategy)


def _matrix(what: str, given: Any) -> tuple[Floats, list[str] | None]:
    columns = _columns(what, given, MOST)
    if columns is not None:
        if not columns:
            raise InputError(f"{what}: there is no column")
        lengths = {len(values) for values in columns.values()}
        if len(lengths) > 1:
            raise InputError(f"{what}: the columns have unlike numbers of draws")
        return np.column_stack(list(columns.values())), list(columns)
    found = _numbers(what, given)
    if found.ndim != 2:
        raise InputError(
            f"{what}: an array of {found.ndim} dimensions; give [draws, strategies], a row a draw"
        )
    _usable(what, found, MOST)
    return found, None


def _columns(what: str, given: Any, most: float) -> dict[str, Floats] | None:
    """The columns of a mapping or a data frame, of numbers up to `most`; None of anything else."""
    if isinstance(given, Mapping):
        pairs: list[tuple[Any, Any]] = list(given.items())
    elif hasattr(given, "__arrow_c_stream__") or hasattr(given, "__dataframe__"):
        import pyarrow as pa

        try:
            table = (
                pa.Table.from_pandas(given, preserve_index=False)
                if type(given).__module__.partition(".")[0] == "pandas"
                else pa.table(given)
            )
        except (pa.ArrowException, TypeError, ValueError) as error:
            raise InputError(
                f"{what}: cannot be read as columns: {str(error).splitlines()[0]}"
            ) from None
        pairs = [
            (name, column.to_pylist())
            for name, column in zip(table.column_names, table.columns, strict=True)
        ]
    else:
        return None
    columns = {}
    for name, values in pairs:
        key = str(name)
        found = _numbers(f"{what}, column {shown(key)}", values)
        if found.ndim != 1:
            raise InputError(
                f"{what}, column {shown(key)}: {found.ndim} dimensions; give one number a draw"
            )
        _usable(f"{what}, column {shown(key)}", found, most)
        columns[key] = found
    return columns


def _numbers(what: str, given: Any) -> Floats:
    try:
        if isinstance(given, list | tuple):
            given = [np.nan if value is None else value for value in given]
        array = np.asarray(given)
        if array.dtype.kind not in "iufO":
            raise TypeError
        return np.array(array, np.float64)
    except (TypeError, ValueError, OverflowError):
        raise InputError(f"{what}: not numbers throughout; give one number a draw") from None


def _usable(what: str, values: Floats, most: float) -> None:
    """Raise InputError where a number is missing, infinite or larger than `most`."""
    bad = np.argwhere(~np.isfinite(values))
    if bad.size:
        first = bad[0]
        column = f", column {first[1]}" if first.size > 1 else ""
        value = "missing (NaN)" if np.isnan(values[tuple(first)]) else "infinite"
        raise InputError(
            f"{what}: draw {first[0]}{column} is {value}, and {len(bad) - 1:,} more; every draw "
            "needs a number"
            if len(bad) > 1
            else f"{what}: draw {first[0]}{column} is {value}; every draw needs a number"
        )
    large = np.argwhere(np.abs(values) > most)
    if large.size:
        first = large[0]
        column = f", column {first[1]}" if first.size > 1 else ""
        raise InputError(
            f"{what}: draw {first[0]}{column} is {values[tuple(first)]:g}; allowed are numbers up to "
            f"{most:g}, so write larger ones in a larger unit"
        )


def _names(names: Sequence[str] | None, count: int) -> tuple[str, ...]:
    if names is None:
        return tuple(f"strategy {j + 1}" for j in range(count))
    if isinstance(names, str) or not all(isinstance(name, str) for name in names):
        raise InputError(f"names={shown(names)}: give a list of names, one a strategy")
    if len(names) != count:
        raise InputError(f"names: {len(names)} names for {count} strategies")
    for position, name in enumerate(names):
        if not name.strip() or not printable(name):
            raise InputError(
                f"names: {shown(name)} is no name of a strategy; write words without control signs"
            )
        if name in names[:position]:
            raise InputError(
                f"names: two strategies are called {shown(name)}; give each its own name"
            )
    return tuple(names)


def _parameters(given: Any, draws: int) -> dict[str, Floats]:
    if given is None:
        return {}
    columns = _columns("parameters", given, MOST_PARAMETER)
    if columns is None:
        raise InputError("parameters: give a mapping of name to one number a draw, or a data frame")
    for name, values in columns.items():
        if len(values) != draws:
            raise InputError(
                f"parameters: {shown(name)} has {len(values):,} draws, costs and effects "
                f"{draws:,}; a row is "
                "one draw of all"
            )
        if not name.strip() or not printable(name):
            raise InputError(
                f"parameters: {shown(name)} is no name; write words without control signs"
            )
    return columns
