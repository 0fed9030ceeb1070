"""Policies: screening programmes, and the adjuvant therapy of an era."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

from pydantic import Field

from seedsoil.catalog.entry import Confidence, Entry, Share, Status, Text, Year
from seedsoil.vocabulary import (
    HER2_POSITIVE,
    HR_POSITIVE,
    MENOPAUSE,
    NODE_STATES,
    SUBTYPES,
    THERAPIES,
    Menopause,
    NodeState,
    Therapy,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

Receptor = Literal["positive", "negative"]


class Screening(NamedTuple):
    """A screening programme in numbers: ages and interval in years, participation as a share."""

    first_age: float
    last_age: float
    interval: float
    participation: float


class ScreeningProgramme(Entry):
    """A screening programme: invited from `first_age` to `last_age`, every `interval` years.

    `participation` is the share of invited women who attend.
    """

    description: Text
    first_age: Annotated[float, Field(ge=0.0, le=120.0)]
    last_age: Annotated[float, Field(ge=0.0, le=120.0)]
    interval: Annotated[float, Field(ge=0.25, le=50.0)]
    participation: Share
    population: Text
    sources: list[str]
    status: Status
    confidence: Confidence
    note: str = ""

    def screening(self) -> Screening:
        """The four numbers the simulation needs."""
        return Screening(self.first_age, self.last_age, self.interval, self.participation)


class Rule(Entry):
    """Which share of some women is given a therapy; a field left out means "whatever its value"."""

    therapy: Therapy
    share: Share
    hr: Receptor | None = None
    her2: Receptor | None = None
    menopause: Menopause | None = None
    nodes: NodeState | None = None


class AdjuvantEra(Entry):
    """Adjuvant systemic therapy of an era: rules in order, a later rule overriding an earlier one.

    `since` is the first year of diagnosis in which it was usual; trial arms and series have none.
    """

    description: Text
    give: list[Rule] = Field(default_factory=list)
    since: Year | None = None
    population: Text
    sources: list[str]
    status: Status
    confidence: Confidence
    note: str = ""

    def adjuvant_shares(self) -> NDArray[np.float64]:
        """Share of women given each therapy: array (therapies, subtypes, menopause, nodes).

        Orders: `THERAPIES`, `SUBTYPES`, `MENOPAUSE`, `NODE_STATES`. Women no rule names get 0.
        """
        import numpy as np

        shares = np.zeros((len(THERAPIES), len(SUBTYPES), len(MENOPAUSE), len(NODE_STATES)))
        for rule in self.give:
            subtypes = [
                s
                for s in range(len(SUBTYPES))
                if _has(rule.hr, HR_POSITIVE[s]) and _has(rule.her2, HER2_POSITIVE[s])
            ]
            menopause = _chosen(MENOPAUSE, rule.menopause)
            nodes = _chosen(NODE_STATES, rule.nodes)
            therapy = THERAPIES.index(rule.therapy)
            shares[np.ix_([therapy], subtypes, menopause, nodes)] = rule.share
        return shares


def _has(asked: Receptor | None, positive: bool) -> bool:
    return asked is None or (asked == "positive") == positive


def _chosen(names: tuple[str, ...], name: str | None) -> list[int]:
    return list(range(len(names))) if name is None else [names.index(name)]


@dataclass(frozen=True)
class Policies:
    """Screening programmes and adjuvant eras by name."""

    screening: Mapping[str, ScreeningProgramme]
    adjuvant: Mapping[str, AdjuvantEra]
