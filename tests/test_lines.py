"""From line to line, and from a line's first drugs to its maintenance: what stays known, what goes on."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from kernels import FALSE_ALARM, binomial_p, parameters
from seedsoil.model.treatment.state import (
    BY_NEW_LESION,
    BY_NON_TARGET,
    BY_SYMPTOM,
    BY_TARGET,
    STOP_DEATH,
    STOP_PLANNED,
    STOP_TOXICITY,
)
from seedsoil.vocabulary import BONE, BRAIN, LIVER, NE, OTHER, PD, SD
from treated import (
    PERIOD,
    SCAN,
    Drug,
    Lesion,
    Regimen,
    constants,
    courses,
    immortal,
    log_cells,
    plan,
    rules,
    women,
)

# ---------------------------------------------------------------- what was known stays known


def two_lines(p: Any, kill: float, **values: Any) -> Any:
    """First a drug that shrinks what is outside the liver, then one that shrinks the liver alone."""
    drugs = [Drug({8: kill}, organs={LIVER: 0.0}), Drug({9: 6.0}, organs={OTHER: 0.0})]
    c = constants(p, drugs, [Regimen([0]), Regimen([1])], **values)
    return plan(c, rules({"regimen": 0, "line": (1, 1)}, {"regimen": 1, "line": (2, 2)}))


@pytest.mark.parametrize(
    "kill, residue, kept", [(6.0, 0.0, True), (13.0, 1.0, True), (13.0, 0.0, False)]
)
def test_a_lesion_seen_in_the_line_before_is_not_new(
    kill: float, residue: float, kept: bool
) -> None:
    """Below the imaging limit at the start of the second line, but seen, it regrows as a non-target.

    So does one of which only a residue is seen. What had gone without a residue is new.
    """
    p = immortal(parameters(seed=700))
    lesions = [
        Lesion(log_cells(p, 40.0), LIVER, rate=0.4),
        Lesion(log_cells(p, 14.0), OTHER, rate=0.4),
    ]
    made = women(p, lesions, other_death=30.0)
    told = courses(
        p,
        two_lines(
            p,
            kill,
            recist_residue=residue,
            resistance_log_odds=-30.0,
            recist_residue_size_logit=0.0,
        ),
        made,
    )
    first, second = told.lines
    assert (first["progression_by"], first["progression_organ"]) == (BY_TARGET, LIVER)
    assert second["known"]["organs"] == 1 << LIVER | kept << OTHER
    assert second["progression_organ"] == OTHER
    assert second["progression_by"] == (BY_NON_TARGET if kept else BY_NEW_LESION)


def test_known_lesions_are_those_of_the_same_woman() -> None:
    """The working space of the woman before is forgotten."""
    p = immortal(parameters(seed=701))
    treated = two_lines(p, 30.0, recist_residue=1.0)
    made = women(p, [Lesion(log_cells(p, 40.0), LIVER, rate=0.4)], 2, other_death=30.0)
    lines = courses(p, treated, made).lines
    assert lines.known.organs.tolist() == [1 << LIVER] * lines.size


def test_growth_of_small_non_targets_is_not_progression() -> None:
    """Non-targets progress above max(nadir + increase, a lesion of 10 mm), whichever is the larger."""
    for mm, increase in ((12.0, 0.5), (6.5, 0.5), (12.0, 1.5)):
        p = immortal(parameters(seed=702))
        p.imaging_ln_y[:] = math.log(p.log_capacity - log_cells(p, 5.0))
        rate = 0.15
        made = women(p, [Lesion(log_cells(p, mm), BONE, rate=rate)], other_death=60.0)
        c = constants(
            p, [Drug({8: 1.0})], [Regimen([0])], resistance_log_odds=40.0,
            recist_nontarget_log_increase=increase,
        )  # fmt: skip
        [row] = courses(p, plan(c, rules({"regimen": 0, "line": (1, 1)})), made).lines
        start = p.log_capacity - log_cells(p, mm)
        end = p.log_capacity - max(log_cells(p, mm) + increase, log_cells(p, 10.0))
        due = math.log(start / end) / rate
        assert row["progression_by"] == BY_NON_TARGET
        assert row["progressed_at"] == math.ceil(due / SCAN) * SCAN


# ---------------------------------------------------------------- symptoms are confirmed by imaging


SMALL = log_cells(parameters(), 7.0)


def symptomatic(organ: int, log_n: float, rate: float, **values: Any) -> Any:
    """A line of a drug without effect, of a woman whose organ soon gives a symptom."""
    p = immortal(parameters(seed=703))
    p.symptom_log_top[organ] = 12.0
    c = constants(
        p,
        [Drug({8: 1.0})],
        [Regimen([0])],
        resistance_log_odds=40.0,
        scan_years=9 * PERIOD,
        **values,
    )
    made = women(p, [Lesion(log_n, organ, rate=rate)], 20, other_death=5.0)
    return courses(p, plan(c, rules({"regimen": 0, "line": (1, 1)})), made)


def test_a_symptom_without_growth_is_not_progression() -> None:
    """She is scanned for it, and the line goes on."""
    told = symptomatic(LIVER, 22.0, 1e-4)
    assert (told.episodes.onset_at < PERIOD).any()
    assert np.isnan(told.lines.progressed_at).all()
    assert (told.lines.stop_reason == STOP_DEATH).all()
    early = told.scans.scanned_at < 9 * PERIOD - 1e-6
    assert early.any()
    assert (told.scans.response == SD).all()


def test_a_symptom_that_imaging_confirms_dates_the_progression() -> None:
    """At the onset, before the scan that is due; the woman is not without an assessment."""
    told = symptomatic(LIVER, 22.0, 2.0)
    by_symptom = told.lines[told.lines.progression_by == BY_SYMPTOM]
    assert by_symptom.size >= 15
    assert (by_symptom.progression_organ == LIVER).all()
    assert np.isin(by_symptom.progressed_at, told.episodes.onset_at).all()
    assert (by_symptom.progressed_at < 9 * PERIOD).all()
    assert (by_symptom.best_response == PD).all()


def test_the_first_symptom_of_the_brain_is_progression() -> None:
    """The brain is imaged for it and shows what gave it, however small."""
    told = symptomatic(BRAIN, SMALL, 1e-4)
    assert told.lines.size == 20
    for row in told.lines:
        assert (row.progression_by, row.progression_organ) == (BY_SYMPTOM, BRAIN)
        own = told.episodes[told.episodes.patient == row.patient]
        assert row.progressed_at == own.onset_at.min()
        assert row.best_response == PD


# ---------------------------------------------------------------- maintenance

UNTIL = 6 * PERIOD
STABLE = Lesion(22.0, BONE, rate=1e-9)


def maintained(
    p: Any,
    drugs: list[Drug],
    first: list[int],
    then: list[int] | None,
    count: int = 40,
    **fields: Any,
) -> Any:
    """A line of drugs `first`, planned for UNTIL, then of drugs `then`, to death at 3 years."""
    regimens = [Regimen(first), Regimen(then or [0]), Regimen([0])]
    for r, name in fields.items():
        regimens[int(r[1:])] = regimens[int(r[1:])]._replace(**{name: True})
    c = constants(p, drugs, regimens)
    line = {"regimen": 0, "line": (1, 1), "planned_years": UNTIL}
    if then is not None:
        line["maintenance"] = 1
    return courses(p, plan(c, rules(line)), women(p, [STABLE], count, other_death=3.0))


def given(told: Any, m: int) -> float:
    """Years for which mechanism m was given to the last woman."""
    years = 0.0
    intervals = told.s.intervals[: told.s.n_intervals].view(np.recarray)
    ends = [*intervals.begin[1:], 3.0]
    for interval, end in zip(intervals, ends, strict=True):
        if m in interval.mechanism[: interval.n_mechanisms]:
            years += end - interval.begin
    return years


def test_what_toxicity_stopped_is_not_taken_up_again() -> None:
    p = immortal(parameters(seed=704))
    drugs = [Drug({8: 1.0}, fields={"discontinuation": 200.0}), Drug({9: 1.0}), Drug({10: 1.0})]
    told = maintained(p, drugs, [0, 1], [0, 2])
    assert told.lines.discontinued.all()
    intervals = told.s.intervals[: told.s.n_intervals].view(np.recarray)
    for interval in intervals[intervals.begin >= UNTIL]:
        assert interval.mechanism[: interval.n_mechanisms].tolist() == [10]
    assert given(told, 9) == pytest.approx(UNTIL)
    assert given(told, 10) == pytest.approx(3.0 - UNTIL)


def test_drugs_that_go_on_keep_the_day_of_their_toxicity() -> None:
    """The same woman stops the drug on the same day, whether it is called maintenance or not."""
    p = immortal(parameters(seed=705))
    drugs = [Drug({8: 1.0}, fields={"discontinuation": 0.7}), Drug({9: 1.0})]
    c = constants(p, drugs, [Regimen([0])])
    made = women(p, [STABLE], 200, other_death=3.0)
    alone = courses(p, plan(c, rules({"regimen": 0, "line": (1, 1)})), made).lines
    kept = maintained(p, drugs, [1, 0], [0], 200).lines
    late = alone.stopped_at > UNTIL
    assert 50 < late.sum() < 200
    assert kept.stopped_at[late] == pytest.approx(alone.stopped_at[late], rel=1e-12)
    assert (kept.stop_reason == alone.stop_reason)[late].all()
    # the others are left with nothing at the planned end of the other drug
    assert (kept.stopped_at[~late] == UNTIL).all()
    assert (kept.stop_reason[~late] == STOP_PLANNED).all()


def test_a_slot_of_a_regimen_changes_nothing() -> None:
    p = immortal(parameters(seed=706))
    drugs = [
        Drug({8: 1.0}, fields={"discontinuation": 0.7}),
        Drug({9: 1.0}, fields={"discontinuation": 0.4}),
    ]
    one, other = (maintained(p, drugs, order, None, 200).lines for order in ([0, 1], [1, 0]))
    assert (one.stopped_at == other.stopped_at).all()
    assert (one.stop_reason == other.stop_reason).all()


def test_maintenance_has_toxicity_of_its_own() -> None:
    """Of the drugs that it adds; what goes on has had its draw. False-alarm rate 1e-6."""
    p = immortal(parameters(seed=707))
    drugs = [
        Drug({8: 1.0}, fields={"grade3": 0.3}),
        Drug({9: 1.0}),
        Drug({10: 1.0}, fields={"grade3": 0.5, "toxic_death": 0.2}),
    ]
    told = maintained(p, drugs, [0, 1], [0, 2], 3000)
    assert binomial_p(told.lines.toxicity.sum(), 3000, 1.0 - 0.7 * 0.5) > FALSE_ALARM
    assert binomial_p((told.ends.cause == 2).sum(), 3000, 0.2) > FALSE_ALARM
    without = maintained(p, drugs, [0, 1], [0], 3000)
    assert binomial_p(without.lines.toxicity.sum(), 3000, 0.3) > FALSE_ALARM


def test_maintenance_counts_among_the_lines() -> None:
    """A line with chemotherapy or endocrine therapy in its maintenance is one of that kind, and no more."""
    p = immortal(parameters(seed=708))
    drugs = [Drug({8: 1.0}), Drug({9: 1.0}), Drug({10: 1.0})]
    for chemo, endocrine in ((1, 0), (0, 1)):
        regimens = [
            Regimen([0], chemo=not chemo, endocrine=not endocrine),
            Regimen([1], chemo=bool(chemo), endocrine=bool(endocrine)),
            Regimen([2]),
        ]
        c = constants(p, drugs, regimens, resistance_log_odds=40.0)
        first = {"regimen": 0, "line": (1, 1), "planned_years": PERIOD, "maintenance": 1}
        treated = plan(c, rules(first, {"regimen": 2, "line": (2, 2)}))
        made = women(p, [Lesion(22.0, LIVER, rate=0.6)], other_death=10.0)
        second = courses(p, treated, made).lines[1].known
        assert (second.chemo_lines, second.endocrine_lines) == (1, 1)


def test_maintenance_starts_when_what_it_replaces_has_stopped() -> None:
    """Chemotherapy that toxicity stops is followed at once, not at its planned end."""
    p = immortal(parameters(seed=709))
    drugs = [Drug({8: 1.0}, fields={"discontinuation": 200.0}), Drug({9: 1.0}), Drug({10: 1.0})]
    alone = maintained(p, drugs, [0], [1])
    assert alone.ends.on_treatment == pytest.approx(3.0)
    assert (alone.lines.stop_reason == STOP_DEATH).all()
    assert (alone.lines.maintenance == 1).all()
    beside = maintained(p, drugs, [0, 1], [1, 2])  # 1 goes on; 2 replaces 0
    assert given(beside, 10) > 3.0 - UNTIL
    assert given(beside, 9) == pytest.approx(3.0)
    added = maintained(p, drugs, [1], [1, 2])  # nothing is replaced: 2 is added when planned
    assert given(added, 10) == pytest.approx(3.0 - UNTIL)


def test_maintenance_by_shares() -> None:
    """By a random number of its own: the first regimen, and all else that is drawn, stay as they were."""
    p = immortal(parameters(seed=711))
    drugs = [Drug({8 + d: 1.0}) for d in range(4)]
    c = constants(p, drugs, [Regimen([d]) for d in range(4)])
    made = women(p, [STABLE], 4000, other_death=3.0)

    def lines(maintenance: Any) -> Any:
        first = {
            "shares": {0: 0.5, 1: 0.5},
            "line": (1, 1),
            "planned_years": UNTIL,
            "maintenance": maintenance,
        }
        return courses(p, plan(c, rules(first)), made).lines

    one, both = lines(2), lines({2: 0.7, 3: 0.3})
    np.testing.assert_array_equal(one.regimen, both.regimen)
    np.testing.assert_array_equal(one.stopped_at, both.stopped_at)
    assert set(both.maintenance) == {2, 3}
    for first in (0, 1):  # independent of the choice of the first
        chosen = both.maintenance[both.regimen == first]
        assert binomial_p((chosen == 2).sum(), chosen.size, 0.7) > FALSE_ALARM
    # the share of the whole changes nothing, and neither does a regimen that she has had
    np.testing.assert_array_equal(lines({2: 1.0}).maintenance, one.maintenance)
    again = lines({0: 0.7, 3: 0.3})
    np.testing.assert_array_equal(again.maintenance == 0, both.maintenance == 2)


def test_nothing_is_left_for_maintenance() -> None:
    """Where toxicity has stopped all its drugs, the line stops with them."""
    p = immortal(parameters(seed=710))
    drugs = [Drug({8: 1.0}, fields={"discontinuation": 200.0})]
    told = maintained(p, drugs, [0], [0])
    assert (told.lines.stop_reason == STOP_TOXICITY).all()
    assert (told.lines.stopped_at < UNTIL).all()
    assert (told.lines.best_response != NE).all()
