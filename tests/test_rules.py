"""Rules against a plain reference; which regimen comes next; how lines begin, stop and follow each other."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernels import FALSE_ALARM, binomial_p, chi_square_p, exponential_p, packaged, parameters
from seedsoil.model.treatment.exposure import exposure
from seedsoil.model.treatment.plan import treatment_plan
from seedsoil.model.treatment.rules import BY_STRATEGY, MAX_OPTIONS, choose, first_rule, holds
from seedsoil.model.treatment.state import (
    BY_NEW_LESION,
    BY_NON_TARGET,
    BY_TARGET,
    MAX_LINES,
    STOP_PLANNED,
    STOP_PROGRESSION,
    STOP_TOXICITY,
)
from seedsoil.vocabulary import BONE, BRAIN, LIVER, LUNG, OTHER
from treated import (
    PERIOD,
    SCAN,
    Drug,
    Lesion,
    Regimen,
    constants,
    courses,
    immortal,
    known,
    plan,
    rules,
    women,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

# ---------------------------------------------------------------- conditions

MASKS = {
    # all of these must be there; none of these may
    "biomarkers": ("biomarkers", "without_biomarkers", 5),
    "adjuvant": ("adjuvant", "without_adjuvant", 3),
    "drugs": ("had_drugs", "not_drugs", 60),
    "mechanisms": ("had_mechanisms", "not_mechanisms", 16),
    "classes": ("had_classes", "not_classes", 4),
    "recent_drugs": ("recent_drugs", None, 60),
    "recent_mechanisms": ("recent_mechanisms", None, 16),
    "recent_classes": ("recent_classes", None, 4),
}
YES_OR_NO = (
    "presentation",
    "postmenopausal",
    "esr1",
    "endocrine_resistant",
    "visceral",
    "crisis",
    "brain",
    "bone_only",
    "measurable",
)
RANGES = {
    "line": st.integers(1, 8),
    "chemo_lines": st.integers(0, 6),
    "endocrine_lines": st.integers(0, 6),
    "ecog": st.integers(0, 4),
    "age": st.floats(18.0, 100.0),
    "last_line": st.floats(0.0, 5.0),
}


def bits(n: int) -> st.SearchStrategy[frozenset[int]]:
    return st.frozensets(st.integers(0, n - 1), max_size=4)


@st.composite
def facts(draw: st.DrawFn) -> dict[str, Any]:
    made: dict[str, Any] = {"subtype": draw(st.integers(0, 3))}
    made |= {name: draw(bits(n)) for name, (_, _, n) in MASKS.items()}
    made |= {name: draw(st.integers(0, 1)) for name in YES_OR_NO}
    return made | {name: draw(numbers) for name, numbers in RANGES.items()}


@st.composite
def conditions(draw: st.DrawFn, most: int) -> dict[str, Any]:
    """Up to `most` conditions: sets for masks, a set of subtypes, pairs for ranges, 0 or 1 else."""
    names = ["subtypes", *YES_OR_NO, *RANGES]
    names += [name for yes, no, _ in MASKS.values() for name in (yes, no) if name]
    sizes = {name: n for yes, no, n in MASKS.values() for name in (yes, no) if name}
    made: dict[str, Any] = {}
    for name in draw(st.lists(st.sampled_from(names), max_size=most, unique=True)):
        if name == "subtypes":
            made[name] = draw(st.frozensets(st.integers(0, 3), min_size=1))
        elif name in YES_OR_NO:
            made[name] = draw(st.integers(0, 1))
        elif name in RANGES:
            made[name] = tuple(sorted([draw(RANGES[name]), draw(RANGES[name])]))
        else:
            made[name] = draw(bits(sizes[name]))
    return made


def truth(asked: dict[str, Any], woman: dict[str, Any]) -> bool:
    """What the conditions mean, in plain Python."""
    for name, value in asked.items():
        if name == "subtypes":
            good = woman["subtype"] in value
        elif name in YES_OR_NO:
            good = woman[name] == value
        elif name in RANGES:
            good = value[0] <= woman[name] <= value[1]
        else:
            [fact] = [fact for fact, (yes, no, _) in MASKS.items() if name in (yes, no)]
            given = woman[fact]
            good = value <= given if MASKS[fact][0] == name else not value & given
        if not good:
            return False
    return True


def mask(value: Any) -> Any:
    return sum(1 << bit for bit in value) if isinstance(value, frozenset) else value


def compiled_rules(*asked: dict[str, Any]) -> NDArray[Any]:
    return rules(*({name: mask(value) for name, value in one.items()} for one in asked))


def compiled_known(woman: dict[str, Any]) -> Any:
    return known(**{name: mask(value) for name, value in woman.items()})


@settings(max_examples=500, deadline=None)
@given(asked=conditions(1), woman=facts())
def test_each_condition_alone(asked: dict[str, Any], woman: dict[str, Any]) -> None:
    assert holds(compiled_rules(asked)[0], compiled_known(woman)) == truth(asked, woman)


@settings(max_examples=500, deadline=None)
@given(asked=conditions(5), woman=facts(), data=st.data())
def test_conditions_together(
    asked: dict[str, Any], woman: dict[str, Any], data: st.DataObject
) -> None:
    """Among them conditions bent to the woman, so that long lists hold too."""
    for name in list(asked):
        if name in YES_OR_NO and data.draw(st.booleans()):
            asked[name] = woman[name]
        elif name in RANGES and data.draw(st.booleans()):
            asked[name] = (woman[name], woman[name])
        elif name.startswith("had_") or name == "biomarkers":
            fact = next(fact for fact, row in MASKS.items() if row[0] == name)
            asked[name] = frozenset(
                data.draw(st.lists(st.sampled_from(sorted(woman[fact])))) if woman[fact] else ()
            )
    assert holds(compiled_rules(asked)[0], compiled_known(woman)) == truth(asked, woman)


@settings(max_examples=200, deadline=None)
@given(asked=st.lists(conditions(2), max_size=6), woman=facts())
def test_the_first_rule_that_holds(asked: list[dict[str, Any]], woman: dict[str, Any]) -> None:
    wanted = next((i for i, one in enumerate(asked) if truth(one, woman)), -1)
    assert first_rule(compiled_rules(*asked), compiled_known(woman)) == wanted


def test_no_line_before_has_no_duration() -> None:
    """`last_line_months = "<6"` asks for a line before; the first line has none."""
    catalog = packaged()
    strategy = catalog.strategies["pre-2013"]
    line = strategy.lines[0]
    when = type(line.when)(last_line_months="<6")
    only = strategy.model_copy(update={"lines": [line.model_copy(update={"when": when})]})
    treated, _ = treatment_plan(catalog, parameters(), before=only)
    made = women(parameters(), [Lesion(23.0)])
    assert courses(parameters(), treated, made).ends.lines[0] == 0


# ---------------------------------------------------------------- the regimen

BITS = np.array([0b0001, 0b0010, 0b0100, 0b0110, 0b1000, 0b1001, 0b0011, 0b1111], np.int64)


def reference_choice(shares: dict[int, float], had: int, u: float) -> int:
    """Options with a drug she has not had, or all if there are none, by their shares."""
    left = {r: share for r, share in shares.items() if int(BITS[r]) & ~had} or shares
    total = 0.0
    for regimen, share in left.items():
        total += share / sum(left.values())
        if u < total - 1e-12:
            return regimen
    return list(left)[-1]


@settings(max_examples=400, deadline=None)
@given(
    regimens=st.lists(st.integers(0, 7), min_size=1, max_size=MAX_OPTIONS, unique=True),
    weights=st.lists(st.floats(0.01, 1.0), min_size=MAX_OPTIONS, max_size=MAX_OPTIONS),
    had=st.integers(0, 15),
    u=st.floats(1e-6, 1.0 - 1e-6),
)
def test_choice_of_a_regimen(regimens: list[int], weights: list[float], had: int, u: float) -> None:
    total = sum(weights[: len(regimens)])
    shares = {r: w / total for r, w in zip(regimens, weights, strict=False)}
    got = choose(rules({"shares": shares})[0], BITS, had, u)
    wanted = {reference_choice(shares, had, v) for v in (u - 1e-9, u, u + 1e-9)}
    assert got in wanted


def test_shares_of_women() -> None:
    """In the kernel each regimen gets its share of the women. False-alarm rate 1e-6."""
    p = immortal(parameters(seed=650))
    shares = {0: 0.5, 1: 0.3, 2: 0.2}
    c = constants(
        p, [Drug({8: 1.0}), Drug({9: 1.0}), Drug({10: 1.0})], [Regimen([d]) for d in range(3)]
    )
    made = women(p, [Lesion(21.0)], 5000, other_death=0.01)
    given = courses(p, plan(c, rules({"shares": shares})), made).lines.regimen
    assert (
        chi_square_p(np.bincount(given, minlength=3), 5000 * np.array([0.5, 0.3, 0.2]))
        > FALSE_ALARM
    )


# ---------------------------------------------------------------- lines

RESISTANT = {"resistance_log_odds": 40.0}  # drugs without effect
GROWS = Lesion(22.0, LIVER, rate=0.6)


def line_plan(
    p: Any,
    *wanted: dict[str, Any],
    drugs: list[Drug] | None = None,
    regimens: list[Regimen] | None = None,
    **values: Any,
) -> Any:
    drugs = drugs or [Drug({m: 1.0}) for m in (8, 9, 10, 11)]
    regimens = regimens or [Regimen([d]) for d in range(len(drugs))]
    return plan(constants(p, drugs, regimens, **(RESISTANT | values)), rules(*wanted))


@pytest.mark.parametrize("interval", [SCAN, 1.5 * PERIOD, 2 * PERIOD, 0.9 * PERIOD])
def test_target_progression_is_seen_at_the_first_scan_after_it(interval: float) -> None:
    """+20 % and +5 mm over the baseline of a lesion that grows as Gompertz says, on the grid of scans."""
    p = immortal(parameters(seed=651))
    made = women(p, [GROWS], other_death=10.0)
    told = courses(p, line_plan(p, {"regimen": 0, "line": (1, 1)}, scan_years=interval), made)
    y0 = p.log_capacity - GROWS.log_n

    def mm(t: float) -> float:
        return math.exp((p.log_capacity - y0 * math.exp(-GROWS.rate * t) - p.log_cells_1mm) / 3.0)

    scan = 1
    while mm(scan * interval) < max(1.2 * mm(0.0), mm(0.0) + 5.0):
        scan += 1
    [row] = told.lines
    assert row["progressed_at"] == pytest.approx(scan * interval, rel=1e-12)
    assert row["stopped_at"] == row["progressed_at"]
    assert (row["stop_reason"], row["progression_by"]) == (STOP_PROGRESSION, BY_TARGET)
    assert row["progression_organ"] == LIVER
    assert row["baseline_mm"] == pytest.approx(mm(0.0), rel=1e-12)
    assert row["best_change"] == pytest.approx(mm(interval) / mm(0.0) - 1.0, rel=1e-9)
    assert told.scans.scanned_at == pytest.approx(interval * np.arange(1, scan + 1), rel=1e-12)
    assert told.scans.sum_mm == pytest.approx(
        [mm(k * interval) for k in range(1, scan + 1)], rel=1e-9
    )


def test_non_target_and_new_lesions() -> None:
    """Bone grows by ln 1.65; a liver lesion unseen at baseline is new when it passes what counts as new."""
    p = immortal(parameters(seed=652))
    values = {"recist_nontarget_log_increase": 0.5}
    bone = women(p, [Lesion(22.0, BONE, rate=0.3)], other_death=10.0)
    [row] = courses(p, line_plan(p, {"regimen": 0, "line": (1, 1)}, **values), bone).lines
    y0 = p.log_capacity - 22.0
    due = -math.log(1.0 - 0.5 / y0) / 0.3
    assert row["progressed_at"] == math.ceil(due / SCAN) * SCAN
    assert (row["progression_by"], row["progression_organ"]) == (BY_NON_TARGET, BONE)
    assert not row["measurable"]
    assert row["bone_only"]
    assert not row["visceral"]

    both = women(
        p, [Lesion(22.0, BONE, rate=1e-9), Lesion(17.0, OTHER, rate=0.5)], other_death=10.0
    )
    treated = line_plan(p, {"regimen": 0, "line": (1, 1)}, **values)
    [row] = courses(p, treated, both).lines
    due = math.log((p.log_capacity - 17.0) / treated.constants.new_lesion_y[OTHER]) / 0.5
    assert row["progressed_at"] == math.ceil(due / SCAN) * SCAN
    assert (row["progression_by"], row["progression_organ"]) == (BY_NEW_LESION, OTHER)
    assert row["bone_only"]
    assert row["known"]["organs"] == 1 << BONE


def test_what_is_known_at_the_start_of_a_line() -> None:
    """Visible organs; the brain only when it gave symptoms; the organ of the first symptom."""
    p = immortal(parameters(seed=653))
    lesions = [
        Lesion(22.0, LUNG, rate=1e-9),
        Lesion(21.0, BONE, rate=1e-9),
        Lesion(22.0, BRAIN, rate=1e-9),
        Lesion(15.0, LIVER, rate=1e-9),
    ]
    treated = line_plan(p, {"regimen": 0})
    for first, organs in (
        (-1, {LUNG, BONE}),
        (LIVER, {LUNG, BONE, LIVER}),
        (BRAIN, {LUNG, BONE, BRAIN}),
    ):
        [row] = courses(p, treated, women(p, lesions, other_death=0.1, first_organ=first)).lines
        assert row["known"]["organs"] == sum(1 << organ for organ in organs)
        assert row["brain"] == (BRAIN in organs)
        assert row["visceral"]
        assert row["measurable"]
        assert not row["bone_only"]


def test_planned_duration_and_maintenance() -> None:
    """Drugs end as planned; maintenance goes on in the same line until progression."""
    p = immortal(parameters(seed=654))
    made = women(p, [Lesion(21.0, BONE, rate=0.2)], other_death=20.0)
    until = 4 * PERIOD
    drugs = [Drug({m: 1.0}, fields={"discontinuation": 1e-6}) for m in (8, 9, 10, 11)]
    alone = courses(
        p, line_plan(p, {"regimen": 0, "line": (1, 1), "planned_years": until}, drugs=drugs), made
    )
    treated = line_plan(
        p, {"regimen": 0, "line": (1, 1), "planned_years": until, "maintenance": 1}, drugs=drugs
    )
    kept = courses(p, treated, made)
    [row], [other] = alone.lines, kept.lines
    assert row["stopped_at"] == until
    assert alone.ends.on_treatment[0] == until
    assert row["progressed_at"] > until
    assert row["stop_reason"] == STOP_PLANNED
    assert other["progressed_at"] == row["progressed_at"] == other["stopped_at"]
    assert other["stop_reason"] == STOP_PROGRESSION
    assert other["regimen"] == 0
    # first the one mechanism kills, at 1 a year, then the other, then none
    given, maintenance, after = kept.s.intervals[: kept.s.n_intervals].view(np.recarray)
    assert (given.begin, maintenance.begin, after.begin) == (0.0, until, row["progressed_at"])

    def told(interval: Any, m: int, at: float) -> float:
        return float(exposure(treated.constants, interval, m, BONE, at))

    assert told(given, 8, until) == pytest.approx(until)
    assert told(maintenance, 8, until + 1.0) == told(after, 8, 20.0) == told(given, 8, until)
    assert told(given, 9, until) == told(maintenance, 9, until) == 0.0
    assert told(maintenance, 9, until + 0.25) == pytest.approx(0.25)
    assert told(after, 9, 20.0) == pytest.approx(after.begin - until)


def test_maintenance_counts_as_given() -> None:
    """A drug given as maintenance has been had: for rules, and for the choice among regimens."""
    p = immortal(parameters(seed=655))
    made = women(p, [GROWS], 40, other_death=10.0)
    first = {"regimen": 0, "line": (1, 1), "planned_years": PERIOD, "maintenance": 1}
    chosen = courses(
        p, line_plan(p, first, {"shares": {1: 0.5, 2: 0.5}, "line": (2, 2)}), made
    ).lines
    assert (chosen.regimen[chosen.line == 2] == 2).all()
    had = courses(p, line_plan(p, first, {"had_mechanisms": 1 << 9, "regimen": 3}), made).lines
    assert (had.regimen[had.line == 2] == 3).all()
    assert (had.line == 2).sum() == 40


def test_a_line_keeps_what_was_known_when_it_was_to_start() -> None:
    """Before its own drugs are given: the lines before, their drugs, and how long the last one lasted."""
    p = immortal(parameters(seed=666))
    first = {"regimen": 0, "line": (1, 1), "planned_years": PERIOD, "maintenance": 1}
    treated = line_plan(p, first, {"regimen": 2, "line": (2, 2)}, {"regimen": 3, "line": (3, 3)})
    lines = courses(p, treated, women(p, [GROWS], other_death=10.0)).lines
    known = lines.known
    assert lines.line.tolist() == known.line.tolist() == [1, 2, 3]
    assert known.drugs.tolist() == [0, 0b11, 0b111]
    assert known.recent_drugs.tolist() == [0, 0b11, 0b100]
    assert known.mechanisms.tolist() == [0, 0b11 << 8, 0b111 << 8]
    assert known.recent_mechanisms.tolist() == [0, 0b11 << 8, 0b100 << 8]
    lasted = lines.progressed_at - lines.started_at
    assert known.last_line.tolist() == [-1.0, *lasted[:-1]]
    assert known.age.tolist() == (60.0 + lines.started_at).tolist()


def test_toxicity_stops_a_drug() -> None:
    """Exponential at its hazard, between scans too; the line waits for progression. Rate 1e-6."""
    p = immortal(parameters(seed=656))
    made = women(p, [Lesion(22.0, BONE, rate=1e-9)], 4000, other_death=30.0)
    drugs = [Drug({8: 1.0}, fields={"discontinuation": 2.0})]
    told = courses(p, line_plan(p, {"regimen": 0}, drugs=drugs), made)
    assert (told.lines.stop_reason == STOP_TOXICITY).all()
    assert exponential_p(2.0 * told.lines.stopped_at) > FALSE_ALARM
    assert told.ends.on_treatment == pytest.approx(told.lines.stopped_at)


def test_the_reason_is_that_of_the_last_drug() -> None:
    """One drug stopped early for toxicity, the other as planned: planned."""
    p = immortal(parameters(seed=657))
    drugs = [Drug({8: 1.0}, fields={"discontinuation": 50.0}), Drug({9: 1.0})]
    regimens = [Regimen([0, 1], years=[math.inf, 6 * PERIOD])]
    made = women(p, [Lesion(22.0, BONE, rate=1e-9)], 20, other_death=3.0)
    lines = courses(p, line_plan(p, {"regimen": 0}, drugs=drugs, regimens=regimens), made).lines
    assert (lines.stopped_at == 6 * PERIOD).all()
    assert (lines.stop_reason == STOP_PLANNED).all()
    assert (lines.discontinued == (lines.stopped_at > 0.0)).all()
    until = {"regimen": 0, "planned_years": 6 * PERIOD}
    drugs = [Drug({8: 1.0}, fields={"discontinuation": 1e-6})]
    planned = courses(p, line_plan(p, until, drugs=drugs), made).lines
    assert (planned.stop_reason == STOP_PLANNED).all()
    assert not planned.discontinued.any()


def test_grade_three_toxicity() -> None:
    """1 - Π(1 - share) of the patients. False-alarm rate 1e-6."""
    p = immortal(parameters(seed=658))
    drugs = [Drug({8: 1.0}, fields={"grade3": 0.3}), Drug({9: 1.0}, fields={"grade3": 0.5})]
    made = women(p, [GROWS], 4000, other_death=0.01)
    lines = courses(
        p, line_plan(p, {"regimen": 0}, drugs=drugs, regimens=[Regimen([0, 1])]), made
    ).lines
    assert binomial_p(lines.toxicity.sum(), 4000, 0.65) > FALSE_ALARM


def test_lines_end_with_the_rules_or_the_rows() -> None:
    p = immortal(parameters(seed=660))
    made = women(p, [Lesion(18.0, BONE, rate=0.05)], first_organ=BONE, other_death=1000.0 * PERIOD)
    few = line_plan(p, {"regimen": 0, "line": (1, 3)}, recist_nontarget_log_increase=0.05)
    none_left = courses(p, few, made)
    assert none_left.ends.lines[0] == 3
    without_end = courses(p, line_plan(p, {"regimen": 0}, recist_nontarget_log_increase=0.01), made)
    assert without_end.ends.lines[0] == MAX_LINES


# ---------------------------------------------------------------- trials


def trial_plan(p: Any, arm: dict[str, Any], **values: Any) -> Any:
    """Before: regimen 0; in the trial, from line 2: `arm`; after: regimen 3."""
    drugs = [Drug({m: 1.0}) for m in (8, 9, 10, 11)]
    c = constants(p, drugs, [Regimen([d]) for d in range(4)], **(RESISTANT | values))
    return plan(c, rules({"regimen": 0}), rules({"regimen": 3}), rules({"line": (2, 3)} | arm))


def test_enrolment_happens_once() -> None:
    p = immortal(parameters(seed=661))
    made = women(p, [Lesion(22.0, LIVER, rate=0.4)], 5, other_death=20.0)
    scan = 2 * PERIOD
    told = courses(p, trial_plan(p, {"regimen": 1}, trial_scan_years=scan), made)
    for patient in range(5):
        own = told.lines[told.lines.patient == patient]
        assert own.regimen[:4].tolist() == [0, 1, 3, 3]
        assert own.trial.tolist() == [False, True] + [False] * (own.size - 2)
        at = told.scans[(told.scans.patient == patient) & (told.scans.line == 2)].scanned_at
        assert np.diff(at, prepend=own.started_at[1]) == pytest.approx(scan)
        at = told.scans[(told.scans.patient == patient) & (told.scans.line == 3)].scanned_at
        assert np.diff(at, prepend=own.started_at[2]) == pytest.approx(SCAN)


def test_usual_care_is_an_arm() -> None:
    p = immortal(parameters(seed=662))
    made = women(p, [Lesion(22.0, LIVER, rate=0.4)], 5, other_death=20.0)
    lines = courses(p, trial_plan(p, {"regimen": BY_STRATEGY}), made).lines
    assert (lines.regimen == np.where(lines.line == 1, 0, 3)).all()
    assert (lines.trial == (lines.line == 2)).all()


def test_crossover_and_enrolment_share() -> None:
    """A share of the enrolled gets the other arm's regimen next, once. False-alarm rate 1e-6 each."""
    p = immortal(parameters(seed=663))
    made = women(p, [Lesion(22.0, LIVER, rate=0.4)], 3000, other_death=6.0)
    treated = trial_plan(
        p,
        {"regimen": 1, "line": (2, 2)},
        crossover_regimen=2,
        crossover_share=0.3,
        enrolment_share=0.6,
    )
    lines = courses(p, treated, made).lines
    enrolled = np.isin(lines.patient, lines.patient[lines.trial])
    assert binomial_p(lines.trial.sum(), 3000, 0.6) > FALSE_ALARM
    third = lines[(lines.line == 3) & enrolled]
    assert np.isin(third.regimen, [2, 3]).all()
    assert binomial_p((third.regimen == 2).sum(), third.size, 0.3) > FALSE_ALARM
    assert (lines.regimen[(lines.line > 3) & enrolled] == 3).all()
    assert (lines.regimen[~enrolled] == 0).all()
