"""Which regimen comes next: a strategy's rules against what is known of the woman (compiled).

A rule holds if all its conditions hold; the first that holds is taken. `catalog` says what each condition
means and `plan` compiles it into the RULE record.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.jit import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_OPTIONS = 8
ANY = -1
BY_STRATEGY = -2  # in a trial's rule: enrolled, and treated as the strategy says

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
        # -1 whatever, else 0 or 1
        ("postmenopausal", "i8"),
        ("esr1", "i8"),
        ("endocrine_resistant", "i8"),
        ("visceral", "i8"),
        ("crisis", "i8"),
        ("brain", "i8"),
        ("bone_only", "i8"),
        ("measurable", "i8"),
        # from, to: both allowed
        ("line", "i8", (2,)),
        ("chemo_lines", "i8", (2,)),
        ("endocrine_lines", "i8", (2,)),
        ("age", "f8", (2,)),
        ("last_line", "f8", (2,)),
        ("regimens", "i8", (MAX_OPTIONS,)),
        ("cumulative", "f8", (MAX_OPTIONS,)),
        ("until", "f8"),
        ("then", "i8"),
    ],
    align=True,
)

# What is known of the woman when a line is to start.
KNOWN = np.dtype(
    [
        ("subtype", "i8"),
        ("biomarkers", "i8"),
        ("adjuvant", "i8"),
        ("presentation", "i8"),
        ("postmenopausal", "i8"),
        ("line", "i8"),
        ("chemo_lines", "i8"),
        ("endocrine_lines", "i8"),
        ("drugs", "i8"),
        ("mechanisms", "i8"),
        ("classes", "i8"),
        ("recent_drugs", "i8"),
        ("recent_mechanisms", "i8"),
        ("recent_classes", "i8"),
        ("esr1", "i8"),
        ("endocrine_resistant", "i8"),
        ("visceral", "i8"),
        ("crisis", "i8"),
        ("brain", "i8"),
        ("bone_only", "i8"),
        ("measurable", "i8"),
        ("organs", "i8"),
        ("age", "f8"),
        ("last_line", "f8"),
        ("log_burden", "f8"),
    ],
    align=True,
)


@compiled
def _agrees(condition: int, fact: int) -> bool:
    return bool(condition in (ANY, fact))


@compiled
def holds(rule: Any, known: Any) -> bool:
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
        and rule.age[0] <= known.age <= rule.age[1]
        and rule.last_line[0] <= known.last_line <= rule.last_line[1]
    )


@compiled
def first_rule(rules: NDArray[Any], known: Any) -> int:
    """Index of the first rule that holds, or -1."""
    for i in range(rules.size):
        if holds(rules[i], known):
            return i
    return -1


@compiled
def choose(rule: Any, regimen_drugs: NDArray[Any], drugs_had: int, u: float) -> int:
    """The regimen of the rule for the uniform `u`, by the shares of its options.

    Options all of whose drugs the woman has had are passed over, unless that leaves none. The draw
    is the same in every strategy, so that equal rules give equal choices.
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
