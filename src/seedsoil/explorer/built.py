"""A strategy that was built on the page by line and drug, as a strategy of the model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seedsoil.catalog import lookup
from seedsoil.catalog.complaints import unknown
from seedsoil.catalog.loader import strategy_of
from seedsoil.catalog.unreachable import never_taken
from seedsoil.errors import DataErrors, InputError
from seedsoil.vocabulary import UNTREATED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seedsoil.catalog import Catalog, Strategy
    from seedsoil.explorer.questions import BuiltLine, BuiltStrategy, StrategyAsked


def strategies_of(asked: Sequence[StrategyAsked], catalog: Catalog) -> tuple[Strategy, ...]:
    """The strategies that are meant; raises `DataErrors` with a line for each problem of each.

    A name is one of the catalog and never a file.
    """
    problems: list[str] = []
    found: list[Strategy] = []
    for one in asked:
        try:
            found.append(_named(one, catalog) if isinstance(one, str) else build(one, catalog))
        except DataErrors as error:
            problems += error.problems
    if problems:
        raise DataErrors(problems)
    return tuple(found)


def _named(name: str, catalog: Catalog) -> Strategy:
    if name == UNTREATED:
        raise DataErrors(
            ["strategies: 'untreated' is simulated on other random numbers; 'none' gives no drug"]
        )
    if name not in catalog.strategies:
        raise DataErrors([unknown("strategies", "name", name, list(catalog.strategies))])
    found = lookup.strategy(name, catalog=catalog)
    assert found is not None
    return found


def build(built: BuiltStrategy, catalog: Catalog) -> Strategy:
    """The strategy with the rules that were built, and those of its base after them.

    Raises `DataErrors` with a line for each problem, in the words of strategies' files.
    """
    where = f"strategy {built.name!r}"
    base = None
    if built.base is not None:
        base = _named(built.base, catalog)
    if not built.lines and base is None:
        raise DataErrors([f"{where}: has no line and no base; add a line, or take 'none'"])
    table: dict[str, Any] = {
        "name": built.name,
        "description": "built on a page of the explorer",
        "line": [_rule(line) for line in built.lines],
    }
    if base is not None:
        table |= {
            "scan_weeks": base.scan_weeks,
            "bone_agent": base.bone_agent,
            "local_era": base.local_era,
        }
    try:
        strategy = strategy_of(where, table, catalog)
    except DataErrors:
        raise
    except InputError as error:
        raise DataErrors([str(error)]) from None
    if base is None:
        return strategy
    return strategy.model_copy(
        update={
            "lines": [*strategy.lines, *base.lines],
            "drugs": {**base.drugs, **strategy.drugs},
            "regimens": {**base.regimens, **strategy.regimens},
        }
    )


def _rule(line: BuiltLine) -> dict[str, Any]:
    when: dict[str, Any] = {"line": line.line}
    if line.subtypes:
        when["subtype"] = list(line.subtypes)
    rule: dict[str, Any] = {"when": when, "regimen": line.regimen}
    if line.months is not None:
        rule["until"] = {"months": line.months}
    if line.then is not None:
        rule["then"] = line.then
    return rule


def warnings_of(strategy: Strategy, built: int) -> list[str]:
    """Rules that can never be taken, since earlier ones take every woman that they would.

    Told are those of the first `built` rules: that they go before the rules of a base is what they are for.
    """
    found = never_taken([line.when for line in strategy.lines[:built]])
    return [
        f"rule {number} can never be taken: rule{'s' * (len(before) > 1)} "
        f"{' and '.join(map(str, before))} take{'s' * (len(before) == 1)} every woman that it would"
        for number, before in found.items()
    ]
