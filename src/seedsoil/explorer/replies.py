"""What a live server replies: jobs with their answers, and refusals; the shapes of `contract`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from seedsoil.explorer.contract import Answers, Pairs, Shape, Version, Woman


class CompareAnswer(Shape):
    """The answer to a comparison."""

    kind: Literal["compare"]
    answers: Answers
    pairs: Pairs
    seconds: float


class CourseAnswer(Shape):
    """The answer to a question for one woman."""

    kind: Literal["course"]
    woman: Woman


class FrontierRow(Shape):
    """A strategy in the full incremental analysis, `icer` with its 95 % interval."""

    strategy: str
    cost: float
    effect: float
    verdict: Literal["reference", "frontier", "dominated", "extended", "same"]
    icer: float | None
    icer_low: float | None
    icer_high: float | None


class EvppiRow(Shape):
    """What it would be worth to know a parameter."""

    parameters: str
    value: float
    standard_error: float | None


class DecisionAnswer(Shape):
    """The answer to draws of costs and effects."""

    kind: Literal["decision"]
    sentence: str
    notes: list[str]
    strategies: list[str]
    currency: str
    effect: str
    draws: int
    threshold: float
    frontier: list[FrontierRow]
    thresholds: list[float]
    ceac: dict[str, list[float]]
    ceac_se: dict[str, list[float]] | None
    ceaf: list[str]
    evpi: list[float]
    evpi_se: list[float] | None
    evppi: list[EvppiRow]


class Job(Shape):
    """A question that is being answered; `id` is the hash of the question and of the numbers in use."""

    schema_: Version = Field(alias="schema")
    id: str
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    place: int | None
    done: int
    of: int
    message: str | None
    again: bool
    answer: CompareAnswer | CourseAnswer | DecisionAnswer | None


class Fault(Shape):
    """Why something is refused: one clear line, and all problems."""

    status: int
    message: str
    problems: list[str]
    field: str | None


class Refusal(Shape):
    """What stands in place of an answer."""

    error: Fault
