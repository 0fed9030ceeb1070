"""What prediction intervals cover: of published numbers, the share that lies where trials of their size do.

By role of the trial and kind of result, for intervals of 90 and 95 %: of chance in who enrols alone, with the
values in use, and with what is not known of the parameters. An interval that is right covers its level. The
interval of the share is binomial (Wilson), as if the numbers were independent; those of one trial are not, so
that it is rather too narrow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seedsoil.display.words import percent
from seedsoil.results.intervals import wilson

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from seedsoil.trials.endpoints import Result

CHANCE, PARAMETERS, DISCREPANCY = "chance", "parameters", "discrepancy"
"""What an interval holds: chance in who enrols; that and what is not known of the parameters; these and what
the model misses by the posterior's own account."""
LEVELS = (0.90, 0.95)
EVERYTHING = "all results"
KINDS: dict[str, Callable[[str], bool]] = {
    "PFS, median": lambda name: name == "pfs_median",
    "OS, median": lambda name: name == "os_median",
    "other medians": lambda name: name.endswith("_median"),
    "PFS, hazard ratio": lambda name: name == "pfs_hr",
    "OS, hazard ratio": lambda name: name == "os_hr",
    "other hazard ratios": lambda name: name.endswith("_hr"),
    "response": lambda name: name in ("orr", "orr_measurable", "cr", "pd_best", "dcr", "cbr"),
    "shares at a month": lambda name: "_at_" in name and name.rpartition("_")[2].isdigit(),
    "toxicity": lambda name: name in ("grade3_plus", "discontinuation"),
    "other": lambda _: True,
}
"""Kinds of results, each with what tells an endpoint of it; the first that holds counts."""


@dataclass(frozen=True)
class Covered:
    """How many published numbers of a role and kind an interval of `level` holds: `inside` of `count`.

    `holds`: what the interval holds, `CHANCE`, `PARAMETERS` (and chance) or `DISCREPANCY` (and both).
    """

    role: str
    kind: str
    holds: str
    level: float
    inside: int
    count: int

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval of the share inside."""
        low, high = wilson(self.inside, self.count)
        return float(low), float(high)

    def words(self) -> str:
        """The share inside and its interval: `62 % (53 to 70)`."""
        low, high = (f"{100.0 * end:.0f}" for end in self.interval)
        return f"{percent(self.inside / self.count, 0)} ({low} to {high})"

    def record(self) -> dict[str, Any]:
        """As a row of a table."""
        low, high = self.interval
        return {**vars(self), "share": self.inside / self.count, "low_95": low, "high_95": high}


def kind_of(endpoint: str) -> str:
    """The kind of result that an endpoint is."""
    return next(kind for kind, holds in KINDS.items() if holds(endpoint))


def by_chance(result: Result) -> tuple[bool | None, bool | None]:
    """Whether intervals of 90 and 95 % of chance alone hold a published number."""
    if result.chance_inside is None:
        return result.inside_90, result.inside
    return result.chance_inside_90, result.chance_inside


def counted(result: Result) -> bool:
    """Whether a result counts: compared, and not one that the data only bound, which an end holds easily."""
    return result.inside is not None and not result.bound


def coverage(found: Iterable[tuple[str, Result]], *, draws: bool) -> list[Covered]:
    """Coverage by role and kind of results, each with the role of its trial.

    `draws`: the predicted intervals are over draws of the posterior; without, those of chance are told
    alone. Roles in the order in which they come, of each all results first, then kinds that there are.
    """
    told = []
    for role, kind, results in _groups(found):
        told += _covered(role, kind, CHANCE, [by_chance(one) for one in results])
        if draws:
            told += _covered(
                role, kind, PARAMETERS, [(one.inside_90, one.inside) for one in results]
            )
    return told


def allowed_coverage(found: Iterable[tuple[str, Result]]) -> list[Covered]:
    """The same of the results alone for which the posterior tells its discrepancy: without and with it."""
    told = []
    known = [(role, one) for role, one in found if one.allowed_inside is not None]
    for role, kind, results in _groups(known):
        told += _covered(role, kind, PARAMETERS, [(one.inside_90, one.inside) for one in results])
        allowed = [(one.allowed_inside_90, one.allowed_inside) for one in results]
        told += _covered(role, kind, DISCREPANCY, allowed)
    return told


def _groups(found: Iterable[tuple[str, Result]]) -> Iterator[tuple[str, str, list[Result]]]:
    """Role, kind and results that count; of each role all of them first."""
    rows = [(role, result) for role, result in found if counted(result)]
    for role in dict.fromkeys(role for role, _ in rows):
        mine = [result for of, result in rows if of == role]
        yield role, EVERYTHING, mine
        for kind in KINDS:
            some = [result for result in mine if kind_of(result.endpoint) == kind]
            if some:
                yield role, kind, some


def _covered(
    role: str, kind: str, holds: str, each: Sequence[tuple[bool | None, bool | None]]
) -> list[Covered]:
    """Of intervals of 90 and 95 %, each with whether they hold the published numbers."""
    return [
        Covered(role, kind, holds, level, sum(map(bool, inside)), len(each))
        for level, inside in zip(LEVELS, zip(*each, strict=True), strict=True)
    ]


def coverage_rows(found: Iterable[Covered]) -> tuple[list[str], list[list[str]]]:
    """The coverage as text, a row a role and kind: count, and the share that each interval holds."""
    groups: dict[tuple[str, str], list[Covered]] = {}
    for one in found:
        groups.setdefault((one.role, one.kind), []).append(one)
    columns = next(iter(groups.values()), [])
    header = ["role", "result", "numbers"]
    header += [f"{one.level:.0%}, {_HOLDS[one.holds]}".replace("%", " %") for one in columns]
    return header, [
        [role, kind, str(each[0].count), *(one.words() for one in each)]
        for (role, kind), each in groups.items()
    ]


_HOLDS = {
    CHANCE: "chance alone",
    PARAMETERS: "chance and parameters",
    DISCREPANCY: "and discrepancy",
}
