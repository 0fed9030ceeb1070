"""What a page asks, checked against the catalog: a question that can be answered, or why it cannot."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from seedsoil.catalog.complaints import check_entry
from seedsoil.errors import DataErrors, nearest, printable, shown
from seedsoil.explorer.built import build, strategies_of, warnings_of
from seedsoil.explorer.contract import SCHEMA
from seedsoil.explorer.defaults import packaged_thresholds
from seedsoil.explorer.eras import ERAS
from seedsoil.explorer.questions import (
    FEWEST_WOMEN,
    KINDS,
    MOST_WOMEN,
    BuiltStrategy,
    CompareQuestion,
    DecisionQuestion,
    Question,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seedsoil.catalog import Catalog

_KIND = re.compile(r"(strategies \d+|regimen)\.(?:table|text)")


def question_of(data: object, catalog: Catalog, *, most_women: int = MOST_WOMEN) -> Question:
    """The question that `data` is; raises `DataErrors` with a line for each thing wrong with it.

    Strategies are looked up and built, so that what is queued can be answered. A decision without a threshold
    has the packaged one of its currency (`defaults.packaged_thresholds`).
    """
    if not isinstance(data, dict):
        raise DataErrors([f"question: {shown(data)} is not a table of fields"])
    if data.get("schema") != SCHEMA:
        raise DataErrors([f"schema: {shown(data.get('schema'))} is not known; allowed: {SCHEMA}"])
    kind = data.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        hint = nearest(kind, KINDS)
        raise DataErrors(
            [f"kind: {shown(kind)} is not known; allowed: {', '.join(KINDS)}. {hint}".rstrip()]
        )
    problems: list[str] = []
    if KINDS[kind] is DecisionQuestion and data.get("threshold") is None:
        data = {**data, "threshold": _threshold_of(data.get("currency", ""), catalog)}
    question = check_entry(KINDS[kind], data, "question", problems)
    if question is None:
        raise DataErrors(_plain(problems))
    if isinstance(question, DecisionQuestion):
        _check_words(question)
        return question
    _check_known("era", question.era, ERAS, problems)
    if isinstance(question, CompareQuestion) and question.women > most_women:
        problems.append(
            f"women: {question.women:,} are more than this server simulates; allowed: {FEWEST_WOMEN:,} "
            f"to {most_women:,}"
        )
    try:
        strategies_of(question.strategies, catalog)
    except DataErrors as error:
        problems += error.problems
    if problems:
        raise DataErrors(problems)
    return question


def _threshold_of(currency: object, catalog: Catalog) -> float:
    """The packaged threshold of a currency: that of another would be a wrong number without a word."""
    packaged = packaged_thresholds(catalog)
    if not isinstance(currency, str) or currency not in packaged:
        of = f"in {shown(currency)}" if currency else "where no currency is named"
        raise DataErrors(
            [
                f"threshold: none is packaged {of}; give what a good year may cost, such as 30000, or "
                f"a currency that has one: {', '.join(packaged)}"
            ]
        )
    return packaged[currency].value


def built_of(data: object, catalog: Catalog) -> list[str]:
    """Check a built strategy alone; return what is worth a warning. Raises `DataErrors` for what is wrong."""
    if not isinstance(data, dict):
        raise DataErrors([f"strategy: {shown(data)} is not a table of fields"])
    problems: list[str] = []
    built = check_entry(BuiltStrategy, data, "strategy", problems)
    if built is None:
        raise DataErrors(_plain(problems))
    return warnings_of(build(built, catalog), len(built.lines))


def _plain(problems: list[str]) -> list[str]:
    """The problems without the words by which two kinds of one field are told apart."""
    return [_KIND.sub(r"\1", problem) for problem in problems]


def _check_known(field: str, name: str, known: Iterable[str], problems: list[str]) -> None:
    names = list(known)
    if name not in names:
        problems.append(
            f"{field}: {shown(name)} is not known; allowed: {', '.join(names)}. "
            f"{nearest(name, names)}".rstrip()
        )


def _check_words(question: DecisionQuestion) -> None:
    problems = [
        f"{field}: {shown(value)} holds control characters"
        for field in ("currency", "effect", "reference")
        if (value := getattr(question, field)) is not None and not printable(value)
    ]
    if problems:
        raise DataErrors(problems)
