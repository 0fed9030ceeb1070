"""Which women teach something: the first few of each kind, the subtypes in turn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from seedsoil.results.columns import codes, flags, integers, numbers, women_found_in_life
from seedsoil.vocabulary import CAUSES_OF_DEATH, OUTCOMES, SUBTYPES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from seedsoil.results.columns import Flags
    from seedsoil.run.run import Run

TWINS = ("2022", "pre-2013", "none")
"""The strategies under which a woman with metastatic disease is shown; without it the first alone."""


class Taught(NamedTuple):
    """A woman to show, and what she teaches."""

    number: int
    teaches: str
    metastatic: bool


@dataclass(frozen=True)
class _Kind:
    """Women of a kind: which, and how many of them are shown."""

    name: str
    which: Flags
    most: int


def taught(runs: Mapping[str, Run], most: int) -> list[Taught]:
    """`most` women at the most, of the same women under `TWINS`, each shown once, in order of their kinds."""
    kinds = _kinds(runs)
    patients = runs[TWINS[0]].patients
    number = integers(patients, "patient")
    subtype, _ = codes(patients, "subtype", SUBTYPES)
    found = women_found_in_life(patients)
    wanted = sum(kind.most for kind in kinds)
    seen: set[int] = set()
    result = []
    for kind in kinds:
        share = max(round(kind.most * most / wanted), 1)
        for row in _in_turn(np.flatnonzero(kind.which), subtype, seen)[:share]:
            seen.add(row)
            result.append(Taught(int(number[row]), kind.name, bool(found[row])))
    return result[:most]


def _in_turn(rows: NDArray[np.int64], subtype: NDArray[np.int64], seen: set[int]) -> list[int]:
    """Rows not yet seen, the first of each subtype, then the second of each, and so on."""
    turn: dict[int, int] = {}
    order = []
    for row in rows.tolist():
        if row in seen:
            continue
        own = int(subtype[row])
        turn[own] = turn.get(own, 0) + 1
        order.append((turn[own], own, row))
    return [row for _, _, row in sorted(order)]


def _kinds(runs: Mapping[str, Run]) -> list[_Kind]:
    """The kinds, those that are rare first, so that a woman stands for what is special of her."""
    run, before, untreated = (runs[name] for name in TWINS)
    patients = run.patients
    found = women_found_in_life(patients)
    at, died = numbers(patients, "metastatic_at"), numbers(patients, "died_at")
    lived = died - at
    died_before = numbers(before.patients, "died_at")
    died_untreated = numbers(untreated.patients, "died_at")
    outcome, _ = codes(patients, "outcome", OUTCOMES)
    cause, _ = codes(patients, "cause_of_death", CAUSES_OF_DEATH)
    how, hows = codes(patients, "presentation", ("none", "de novo", "recurrent"))
    by, bys = codes(patients, "found_by", ("symptoms", "staging", "image", "death"))
    first, firsts = codes(patients, "first_symptom", ("pain",))
    lines = np.nan_to_num(numbers(patients, "lines"))
    colonies = np.nan_to_num(numbers(patients, "colonies_at_diagnosis"))
    recurrent, de_novo = how == hows.index("recurrent"), how == hows.index("de novo")
    eradicated = outcome == OUTCOMES.index("eradicated")
    never_found = how == hows.index("none")
    bone, brain = flags(patients, "bone"), flags(patients, "brain")
    viscera = flags(patients, "lung") | flags(patients, "liver")
    gained = died - died_before
    return [
        _Kind("toxicity", found & (cause == CAUSES_OF_DEATH.index("treatment")), 8),
        _Kind("cured", found & eradicated & (lived > 5), 18),
        _Kind("brain", found & brain & (lines >= 1), 14),
        _Kind("other_cause", found & (cause == 0) & ~eradicated & (lived > 2), 10),
        _Kind("no_symptoms", found & (by == bys.index("image")) & recurrent, 12),
        _Kind(
            "late_bone",
            found & recurrent & (at > 8) & bone & (first == firsts.index("pain")),
            20,
        ),
        _Kind("early_visceral", found & recurrent & (at < 2) & viscera, 18),
        _Kind("long_remission", found & (lived > 6) & (lines <= 2) & ~eradicated, 16),
        _Kind("helped", found & (gained > 3) & (died - died_untreated > 3), 20),
        _Kind("resistance", found & (lines >= 4) & (lived < 4), 16),
        _Kind("same_either_way", found & (np.abs(gained) < 0.1) & (lines >= 1), 16),
        _Kind("de_novo", found & de_novo, 18),
        _Kind("no_recurrence", never_found & eradicated & (colonies > 0), 10),
        _Kind("never_found", never_found & (outcome == OUTCOMES.index("never manifest")), 6),
        _Kind("no_spread", never_found & (outcome == OUTCOMES.index("no spread")), 4),
    ]
