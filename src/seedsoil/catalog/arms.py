"""Arms of a trial: what each is given, what follows in the same line, and what women cross over to.

    then = "letrozole"                                 maintenance, one regimen
    then = { letrozole = 0.5, exemestane = 0.5 }       shares of the women
    then = [{ when = { visceral = true }, regimen = "letrozole" }, { regimen = "exemestane" }]

`crossover` likewise. Maintenance is chosen by what is known of a woman when she enrols, crossover by what is
known when her next line starts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, model_validator

from seedsoil.catalog.conditions import Conditions, Eligible, check_conditions
from seedsoil.catalog.entry import Entry, Share, Text
from seedsoil.catalog.published import Published
from seedsoil.catalog.strategies import Given, Shares, check_given, check_regimens
from seedsoil.vocabulary import USUAL_CARE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seedsoil.catalog.known import Known

MOST_RULES = 8
"""Rules of one arm's maintenance or crossover."""


class Crossover(Entry):
    """The regimen that a share of an arm's women is given as the next line after progression."""

    regimen: Text
    share: Share = 1.0


class MaintenanceRule(Entry):
    """Women who meet `when` at enrolment are given one of `regimen` (name: share) after the planned end."""

    when: Eligible = Eligible()
    regimen: Shares


class CrossoverRule(Entry):
    """A `share` of the women who meet `when` as their next line starts is given one of `regimen` then."""

    when: Conditions = Conditions()
    regimen: Shares
    share: Share = 1.0


class Arm(Given):
    """One arm of a trial, of `n` women, with its published results.

    `then` as written of one regimen or of shares, `crossover` of one regimen; with rules, and crossover with
    shares, they are `then_rules` and `crossover_rules`, of which each woman is given the first that holds and
    in whose share she is.
    """

    name: Text
    n: Annotated[int, Field(ge=1, le=100_000)]
    then_rules: list[MaintenanceRule] = Field(default_factory=list, max_length=MOST_RULES)
    crossover: Crossover | None = None
    crossover_rules: list[CrossoverRule] = Field(default_factory=list, max_length=MOST_RULES)
    published: list[Published] = Field(default_factory=list)

    @model_validator(mode="before")
    @classmethod
    def _as_written(cls, data: Any) -> Any:
        """Shares and rules under the fields that hold them."""
        if not isinstance(data, dict):
            return data
        for field in ("then_rules", "crossover_rules"):
            if field in data:
                raise ValueError(
                    f"unknown field '{field}'; write {field.removesuffix('_rules')} = [...]"
                )
        data = dict(data)
        then, crossover = data.get("then"), data.get("crossover")
        if isinstance(then, dict) and {"regimen", "when"} & then.keys():
            then = [then]
        if isinstance(crossover, dict) and (
            "when" in crossover or isinstance(crossover.get("regimen"), dict)
        ):
            crossover = [crossover]
        for field, value in (("then", then), ("crossover", crossover)):
            if isinstance(value, list):
                del data[field]
                data[f"{field}_rules"] = value
        return data

    @property
    def divided(self) -> bool:
        """Whether its women are not all given the same plan."""
        return bool(self.then_rules or self.crossover_rules)

    @property
    def usual_care(self) -> bool:
        """Whether the arm is treated as the strategy `after` says and has no regimen of its own."""
        return USUAL_CARE in self.regimen


def check_arm(where: str, arm: Arm, known: Known, problems: list[str]) -> None:
    """Add a line for each thing wrong with what an arm is given."""
    more = (arm.until, arm.then, arm.switch, arm.crossover, arm.divided)
    if not arm.usual_care:
        check_given(where, arm, known, problems)
    elif arm.regimen != {USUAL_CARE: 1.0} or any(more):
        problems.append(
            f"{where}: '{USUAL_CARE}' stands alone: no other regimen, until, then, switch or crossover"
        )
    if arm.crossover is not None:
        check_regimens(f"{where}: crossover", [arm.crossover.regimen], known, problems)
    if arm.then_rules and arm.until is None:
        problems.append(
            f"{where}: then is given without until; say when it follows, until = {{ months = 6 }}"
        )
    both: tuple[tuple[str, Sequence[MaintenanceRule | CrossoverRule]], ...] = (
        ("then", arm.then_rules),
        ("crossover", arm.crossover_rules),
    )
    for field, rules in both:
        for number, rule in enumerate(rules, start=1):
            here = f"{where}: {field} {number}"
            check_regimens(here, rule.regimen, known, problems)
            check_conditions(f"{here}: when", rule.when, known.drugs, problems)
