"""Which regimen comes next: a strategy's rules against what is known of the woman.

A rule holds if all its conditions hold; the first that holds is taken. `catalog.conditions` says what each
condition means, and `plan` turns it into numbers, the record RULE.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seedsoil.jit import compiled, inlined

if TYPE_CHECKING:
    from seedsoil.model.types import Floats, Integers, Known, Rule, Rules

MAX_OPTIONS = 8  # regimens of one rule
ANY = -1
BY_STRATEGY = -2  # in a trial's rule: enrolled, and treated as the strategy says
NO_SWITCH = -1
STAY = -2  # in place of the regimen of a switch: ESR1 is looked for, and nothing is changed

RULE = np.dtype(
    [
        ("subtypes", "i8"),
        ("biomarkers", "i8"),
        ("without_biomarkers", "i8"),
        ("adjuvant", "i8"),
        ("without_adjuvant", "i8"),
        ("had_drugs", "i8"),
        ("not_drugs", "i8"),
        ("had_mechanisms", "i8"),
        ("not_mechanisms", "i8"),
        ("had_classes", "i8"),
        ("not_classes", "i8"),
        ("recent_drugs", "i8"),
        ("recent_mechanisms", "i8"),
        ("recent_classes", "i8"),
        ("presentation", "i8"),
        # ANY, or 0 or 1
        ("postmenopausal", "i8"),
        ("esr1", "i8"),
        ("endocrine_resistant", "i8"),
        ("visceral", "i8"),
        ("crisis", "i8"),
        ("brain", "i8"),
        ("bone_only", "i8"),
        ("measurable", "i8"),
        # the lowest and the highest value allowed
        ("line", "i8", (2,)),
        ("chemo_lines", "i8", (2,)),
        ("endocrine_lines", "i8", (2,)),
        ("ecog", "i8", (2,)),
        ("age", "f8", (2,)),
        ("last_line", "f8", (2,)),
        # the regimens and their cumulative shares; how long they are planned, years; the same of maintenance
        # and of a switch at ESR1 in plasma
        ("regimens", "i8", (MAX_OPTIONS,)),
        ("cumulative", "f8", (MAX_OPTIONS,)),
        ("planned_years", "f8"),
        ("maintenance", "i8", (MAX_OPTIONS,)),
        ("maintenance_cumulative", "f8", (MAX_OPTIONS,)),
        ("switch", "i8", (MAX_OPTIONS,)),
        ("switch_cumulative", "f8", (MAX_OPTIONS,)),
    ],
    align=True,
)
"""A rule: its conditions, sets as bits, and the regimens of those who meet them."""


@compiled
def _agrees(condition: int, fact: int) -> bool:
    """Whether a yes-or-no condition holds."""
    asked = condition != ANY
    return not asked or condition == fact


@compiled
def holds(rule: Rule, known: Known) -> bool:
    """Whether all the rule's conditions hold."""
    return bool(
        rule.subtypes >> known.subtype & 1
        and rule.line[0] <= known.line <= rule.line[1]
        and rule.biomarkers & ~known.biomarkers == 0
        and rule.without_biomarkers & known.biomarkers == 0
        and rule.had_drugs & ~known.drugs == 0
        and rule.not_drugs & known.drugs == 0
        and rule.had_mechanisms & ~known.mechanisms == 0
        and rule.not_mechanisms & known.mechanisms == 0
        and rule.had_classes & ~known.classes == 0
        and rule.not_classes & known.classes == 0
        and rule.recent_drugs & ~known.recent_drugs == 0
        and rule.recent_mechanisms & ~known.recent_mechanisms == 0
        and rule.recent_classes & ~known.recent_classes == 0
        and rule.adjuvant & ~known.adjuvant == 0
        and rule.without_adjuvant & known.adjuvant == 0
        and _agrees(rule.presentation, known.presentation)
        and _agrees(rule.postmenopausal, known.postmenopausal)
        and _agrees(rule.esr1, known.esr1)
        and _agrees(rule.endocrine_resistant, known.endocrine_resistant)
        and _agrees(rule.visceral, known.visceral)
        and _agrees(rule.crisis, known.crisis)
        and _agrees(rule.brain, known.brain)
        and _agrees(rule.bone_only, known.bone_only)
        and _agrees(rule.measurable, known.measurable)
        and rule.chemo_lines[0] <= known.chemo_lines <= rule.chemo_lines[1]
        and rule.endocrine_lines[0] <= known.endocrine_lines <= rule.endocrine_lines[1]
        and rule.ecog[0] <= known.ecog <= rule.ecog[1]
        and rule.age[0] <= known.age <= rule.age[1]
        and rule.last_line[0] <= known.last_line <= rule.last_line[1]
    )


@compiled
def first_rule(rules: Rules, known: Known) -> int:
    """Index of the first rule that holds, or -1."""
    for i in range(rules.size):
        if holds(rules[i], known):
            return i
    return -1


@inlined
def by_share(regimens: Integers, cumulative: Floats, u: float) -> int:
    """The regimen of several for the uniform `u`, by their shares; -1 where there is none."""
    k = 0
    while k < MAX_OPTIONS - 1 and u >= cumulative[k]:
        k += 1
    return int(regimens[k])


@compiled
def choose(rule: Rule, regimen_drugs: Integers, drugs_had: int, u: float) -> int:
    """The regimen of a rule for the uniform `u`, by the shares of its options.

    Options all of whose drugs the woman has had are passed over, unless that leaves none. The draw
    is the same in every strategy, so that equal rules give equal choices. `regimen_drugs` and `drugs_had`
    are bits.
    """
    fresh = 0.0
    for k in range(MAX_OPTIONS):
        regimen = rule.regimens[k]
        if regimen >= 0 and regimen_drugs[regimen] & ~drugs_had != 0:
            fresh += rule.cumulative[k] - (rule.cumulative[k - 1] if k > 0 else 0.0)
    total = 0.0
    last = -1
    for k in range(MAX_OPTIONS):
        regimen = rule.regimens[k]
        if regimen < 0:
            break
        share = rule.cumulative[k] - (rule.cumulative[k - 1] if k > 0 else 0.0)
        if fresh > 0.0:
            if regimen_drugs[regimen] & ~drugs_had == 0:
                continue
            share /= fresh
        last = regimen
        total += share
        if u < total:
            return int(regimen)
    return int(last)
