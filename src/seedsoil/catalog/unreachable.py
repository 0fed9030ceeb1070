"""Rules of a strategy that can never be taken, since earlier ones take every woman that they would.

A rule whose conditions hold is always taken, so it leaves no woman to a later rule. Told is only what is
certain: that one earlier rule asks no more, or that several do which differ in one condition and leave
nothing of it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, get_args

from seedsoil.catalog.conditions import MANY, Conditions
from seedsoil.vocabulary import SUBTYPES, Menopause, Presentation

if TYPE_CHECKING:
    from collections.abc import Sequence

_NAMES = ("had", "not_had", "recent_line_had", "had_adjuvant", "not_had_adjuvant")
"""Conditions that ask for each name of a list."""
_WHOLE: dict[str, tuple[float, float]] = {
    "line": (1, MANY),
    "chemo_lines": (0, MANY),
    "endocrine_lines": (0, MANY),
    "ecog": (0, 4),
}
"""Ranges of whole numbers, and what there is of each."""
_AGES = (0.0, math.inf)
_CHOICES: dict[str, frozenset[Any]] = {
    "subtype": frozenset(SUBTYPES),
    "menopause": frozenset(get_args(Menopause)),
    "presentation": frozenset(get_args(Presentation)),
}
_YES_OR_NO: frozenset[Any] = frozenset((True, False))


def never_taken(rules: Sequence[Conditions]) -> dict[int, list[int]]:
    """By number (from 1) of each rule that can never be taken, the numbers of those that leave it nobody."""
    found: dict[int, list[int]] = {}
    for number, rule in enumerate(rules):
        before = _taken_by(rule, rules[:number])
        if before:
            found[number + 1] = [i + 1 for i in before]
    return found


def _taken_by(rule: Conditions, earlier: Sequence[Conditions]) -> list[int]:
    differing = [_not_implied(rule, other) for other in earlier]
    for i, fields in enumerate(differing):
        if not fields:
            return [i]
    for field in dict.fromkeys(fields[0] for fields in differing if len(fields) == 1):
        several = [i for i, fields in enumerate(differing) if fields == [field]]
        if _covered(field, rule, [earlier[i] for i in several]):
            return several
    return []


def _not_implied(rule: Conditions, other: Conditions) -> list[str]:
    """The conditions of `other` that a woman of `rule` need not meet."""
    return [name for name in other.asked() if not _implied(name, rule, other)]


def _implied(name: str, rule: Conditions, other: Conditions) -> bool:
    if name in _NAMES:
        return set(getattr(other, name)) <= set(getattr(rule, name))
    if name == "last_line_months":  # the first line has none before it
        mine, its = rule.last_line_months, other.last_line_months
        return mine is not None and its is not None and its[0] <= mine[0] and mine[1] <= its[1]
    return _covered(name, rule, [other])


def _covered(name: str, rule: Conditions, others: Sequence[Conditions]) -> bool:
    """Whether those that meet the condition `name` of `rule` meet that of one of `others`."""
    if name in _NAMES or name == "last_line_months":
        return False
    if name == "age" or name in _WHOLE:
        low, high = _range(name, rule)
        for first, last in sorted(_range(name, other) for other in others):
            if first > low:
                return False
            if last >= low:
                low = math.nextafter(last, math.inf) if name == "age" else last + 1
        return low > high or low == math.inf
    return _chosen(name, rule) <= frozenset().union(*(_chosen(name, o) for o in others))


def _range(name: str, conditions: Conditions) -> tuple[float, float]:
    asked: tuple[float, float] | None = getattr(conditions, name)
    least, most = _AGES if name == "age" else _WHOLE[name]
    return (least, most) if asked is None else (max(asked[0], least), min(asked[1], most))


def _chosen(name: str, conditions: Conditions) -> frozenset[Any]:
    asked = getattr(conditions, name)
    if asked is None:
        return _CHOICES.get(name, _YES_OR_NO)
    return frozenset(asked if isinstance(asked, tuple) else (asked,))
