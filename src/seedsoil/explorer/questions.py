"""What a page may ask: JSON that says nothing but what is named here.

A question is known by the hash of what decides its answer: itself, in canonical JSON, the numbers in use and
the version. It holds no path, and no text of it is ever run.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag

from seedsoil._version import __version__
from seedsoil.catalog.entry import Duration, Entry
from seedsoil.errors import printable

if TYPE_CHECKING:
    from seedsoil.catalog import Catalog

MOST_STRATEGIES, MOST_RULES, MOST_SHARES = 3, 20, 8
LONGEST_NAME = 60
FEWEST_WOMEN, MOST_WOMEN, MOST_PUBLIC_WOMEN = 200, 200_000, 20_000
MOST_NUMBER = 10_000_000
"""Numbers of women who may be asked for one by one."""
MOST_SEED = 2**53 - 1
"""Whole numbers up to which a browser keeps exactly."""


def _name(value: Any) -> Any:
    """A name that is shown and is part of a key."""
    if isinstance(value, str):
        if not value.strip() or len(value) > LONGEST_NAME:
            raise ValueError(f"must be 1 to {LONGEST_NAME} characters")
        if "|" in value or not printable(value):
            raise ValueError("may hold no control character and no |")
    return value


Name = Annotated[str, BeforeValidator(_name)]
Agent = Annotated[str, Field(min_length=1, max_length=200)]
Seed = Annotated[int, Field(ge=0, le=MOST_SEED)]
Shares = Annotated[dict[Agent, float], Field(min_length=1, max_length=MOST_SHARES)]
SchemaVersion = Literal[1]


def _text_or_table(value: Any) -> str:
    """Which of two kinds something is meant to be, so that complaints are of that kind alone."""
    return "text" if isinstance(value, str) else "table"


Regimen = Annotated[
    Annotated[Agent, Tag("text")] | Annotated[Shares, Tag("table")], Discriminator(_text_or_table)
]


class BuiltLine(Entry):
    """A rule of a strategy that was built: which regimen in which lines, in which subtypes."""

    line: Annotated[str, Field(max_length=8)]
    subtypes: Annotated[list[Agent], Field(max_length=4)]
    regimen: Regimen
    months: Duration | None = None
    then: Agent | None = None


class BuiltStrategy(Entry):
    """A strategy built on the page; the rules of `base`, a packaged one, follow its own."""

    name: Name
    base: Agent | None = None
    lines: Annotated[list[BuiltLine], Field(max_length=MOST_RULES)]


StrategyAsked = Annotated[
    Annotated[Agent, Tag("text")] | Annotated[BuiltStrategy, Tag("table")],
    Discriminator(_text_or_table),
]
Strategies = Annotated[list[StrategyAsked], Field(min_length=1, max_length=MOST_STRATEGIES)]


class CompareQuestion(Entry):
    """A cohort under one strategy to three."""

    schema_: SchemaVersion = Field(alias="schema")
    kind: Literal["compare"]
    women: Annotated[int, Field(ge=FEWEST_WOMEN, le=MOST_WOMEN)]
    seed: Seed
    era: str
    strategies: Strategies
    costs: bool = True


class CourseQuestion(Entry):
    """One woman under one strategy to three."""

    schema_: SchemaVersion = Field(alias="schema")
    kind: Literal["course"]
    number: Annotated[int, Field(ge=0, le=MOST_NUMBER)]
    seed: Seed
    era: str
    strategies: Strategies


class DecisionQuestion(Entry):
    """Draws of costs and effects, and of parameters, as the text of CSV files.

    Where a page names no `threshold`, `question_of` puts in the packaged one of the currency.
    """

    schema_: SchemaVersion = Field(alias="schema")
    kind: Literal["decision"]
    costs: Annotated[str, Field(min_length=1)]
    effects: Annotated[str, Field(min_length=1)]
    parameters: str | None = None
    threshold: Annotated[float, Field(ge=0.0, le=1e12)]
    currency: Annotated[str, Field(max_length=8)] = ""
    effect: Annotated[str, Field(max_length=20)] = "QALY"
    reference: Annotated[str, Field(max_length=200)] | None = None


Question = CompareQuestion | CourseQuestion | DecisionQuestion
KINDS: dict[str, type[Question]] = {
    "compare": CompareQuestion,
    "course": CourseQuestion,
    "decision": DecisionQuestion,
}


def question_id(question: Question, catalog: Catalog) -> str:
    """SHA-256 of all that decides the answer to a question, in hexadecimal."""
    asked = question.model_dump(mode="json", by_alias=True)
    whole = {"asked": asked, "version": __version__, "parameters_hash": catalog.hash()}
    canonical = json.dumps(whole, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
