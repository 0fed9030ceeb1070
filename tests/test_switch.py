"""A switch of drugs within a line, at an ESR1 mutation in plasma: when, to what, what stays as it was."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

import seedsoil as ss
from kernels import FALSE_ALARM, binomial_p, packaged, parameters
from seedsoil.catalog import load_strategy, load_trial
from seedsoil.catalog.provenance import _strategy, _trial
from seedsoil.catalog.provenance_text import _rule_rows
from seedsoil.errors import DataErrors
from seedsoil.model.treatment.rules import STAY
from seedsoil.model.treatment.state import (
    PART_MAINTENANCE,
    PART_REGIMEN,
    PART_SWITCH,
    STOP_DEATH,
    STOP_PLANNED,
    STOP_SWITCH,
    STOP_TOXICITY,
)
from seedsoil.run.simulate import strategy_hash
from seedsoil.trials.enrolment import enrol
from seedsoil.trials.page import trial_report_html
from seedsoil.trials.trial import compared_trial, simulated_arms
from seedsoil.vocabulary import LIVER
from test_own_trials import HEAD, arm
from treated import (
    SCAN,
    Drug,
    Lesion,
    Regimen,
    cohort,
    constants,
    courses,
    immortal,
    ordinary,
    plan,
    rules,
    women,
)

if TYPE_CHECKING:
    from pathlib import Path

AI, PARTNER, SERD, OTHER = range(4)
FIRST, NEXT, THEN = range(3)  # the regimens of the tests by hand
KILL, LOG_ODDS = 1.0, -1.0
READABLE = 5 * SCAN
"""The first scan after a year, when log-odds of -1 less a kill of 1 a year have come to 0."""
LARGE = Lesion(24.0, LIVER, rate=0.01)


def by_hand(
    first: list[int] | Regimen,
    to: list[int] | Regimen | None,
    then: list[int] | None = None,
    *,
    count: int = 1,
    toxic: dict[int, dict[str, float]] | None = None,
    log_odds: float = LOG_ODDS,
    **line: Any,
) -> Any:
    """Women with a lesion in which oestrogen deprivation selects resistance, to death at 3 years."""
    p = immortal(parameters(seed=741))
    drugs = [Drug({m: KILL}, fields=(toxic or {}).get(d, {})) for d, m in enumerate((0, 2, 1, 9))]
    regimens = [
        one if isinstance(one, Regimen) else Regimen(one)
        for one in (first, to or [OTHER], then or [OTHER])
    ]
    c = constants(p, drugs, regimens, esr1_selection=0.5)
    c.resistance_log_odds[0] = log_odds
    rule = {"regimen": FIRST, "line": (1, 1)}
    if to is not None:
        rule["switch"] = NEXT
    if then is not None:
        rule["maintenance"] = THEN
    made = women(p, [LARGE], count, other_death=3.0)
    return courses(p, plan(c, rules({**rule, **line})), made)


def spells(told: Any) -> list[tuple[Any, ...]]:
    return [
        (r.drug, r.part, r.regimen, r.started_at, r.stopped_at, r.stop_reason) for r in told.drugs
    ]


# ---------------------------------------------------------------- by hand


def test_the_switch_is_at_the_first_scan_that_shows_the_mutation() -> None:
    told = by_hand([AI, PARTNER], [SERD, PARTNER])
    row = told.lines[0]
    assert row.esr1_at == READABLE
    assert (row.regimen, row.switch, row.maintenance) == (FIRST, NEXT, -1)
    assert math.isnan(row.progressed_at)
    assert told.lines.size == 1
    assert spells(told) == [
        (AI, PART_REGIMEN, FIRST, 0.0, READABLE, STOP_SWITCH),
        (PARTNER, PART_REGIMEN, FIRST, 0.0, 3.0, STOP_DEATH),
        (SERD, PART_SWITCH, NEXT, READABLE, 3.0, STOP_DEATH),
    ]
    given = told.s.intervals[: told.s.n_intervals].view(np.recarray)
    assert given.begin.tolist() == [0.0, READABLE]
    assert [sorted(i.mechanism[: i.n_mechanisms].tolist()) for i in given] == [[0, 2], [1, 2]]


@pytest.mark.parametrize("log_odds, scan", [(-0.4, 3), (-0.8, 4), (-2.0, 9)])
def test_the_date_follows_the_log_odds(log_odds: float, scan: int) -> None:
    """K = `KILL` t reaches -`log_odds`; what is less than `esr1_selection`, 0.5, does not count."""
    assert scan == math.floor(max(-log_odds, 0.5) / KILL / SCAN) + 1
    assert by_hand([AI], [SERD], log_odds=log_odds).lines[0].esr1_at == scan * SCAN


@pytest.mark.parametrize("first, log_odds", [([SERD, PARTNER], -1.0), ([AI], -30.0)])
def test_without_the_mutation_nothing_is_switched(first: list[int], log_odds: float) -> None:
    """No oestrogen deprivation, or none that has selected resistance: to the bit as without the rule."""
    told, plain = (by_hand(first, s, log_odds=log_odds) for s in ([OTHER], None))
    assert (told.lines.switch == -1).all()
    assert np.isnan(told.lines.esr1_at).all()
    assert told.s.on_treatment == plain.s.on_treatment
    assert spells(told) == spells(plain)


def test_progression_goes_before_the_mutation() -> None:
    """A scan that shows both ends the line."""
    p = immortal(parameters(seed=742))
    c = constants(p, [Drug({0: 1.0})], [Regimen([0])] * 2, esr1_selection=0.0)
    c.resistance_log_odds[:] = 0.5  # at the first scan already
    rule = {"regimen": 0, "line": (1, 1), "switch": 1}
    growing = women(p, [Lesion(21.0, LIVER, rate=3.0)], other_death=3.0)
    row = courses(p, plan(c, rules(rule)), growing).lines[0]
    assert row.progressed_at == SCAN
    assert (row.switch, math.isnan(row.esr1_at)) == (-1, True)


def test_nothing_is_read_while_no_drug_is_given() -> None:
    """The drugs had their planned end before the scan."""
    assert by_hand([AI], [SERD], planned_years=READABLE - 0.1).lines[0].switch == -1


def test_what_was_planned_is_given_up() -> None:
    late = 8 * SCAN
    assert spells(by_hand([AI], [SERD], [OTHER], planned_years=late)) == [
        (AI, PART_REGIMEN, FIRST, 0.0, READABLE, STOP_SWITCH),
        (SERD, PART_SWITCH, NEXT, READABLE, 3.0, STOP_DEATH),
    ]


def test_a_switch_during_maintenance() -> None:
    early = 2 * SCAN
    told = by_hand([AI, OTHER], [SERD, PARTNER], [AI, PARTNER], planned_years=early)
    assert spells(told) == [
        (AI, PART_REGIMEN, FIRST, 0.0, READABLE, STOP_SWITCH),
        (OTHER, PART_REGIMEN, FIRST, 0.0, early, STOP_PLANNED),
        (PARTNER, PART_MAINTENANCE, THEN, early, 3.0, STOP_DEATH),
        (SERD, PART_SWITCH, NEXT, READABLE, 3.0, STOP_DEATH),
    ]
    row = told.lines[0]
    assert (row.maintenance, row.switch) == (THEN, NEXT)


def test_what_toxicity_stopped_is_not_taken_up_again() -> None:
    """Neither in the part before, nor two parts before; where nothing is left, nothing is switched."""
    stops = {"discontinuation": 200.0}
    told = by_hand([AI, PARTNER], [SERD, PARTNER], toxic={PARTNER: stops})
    first = spells(told)[1]
    assert first[-1] == STOP_TOXICITY
    assert [row[0] for row in spells(told)] == [AI, PARTNER, SERD]
    then = by_hand(
        [AI, PARTNER], [SERD, PARTNER], [AI, OTHER], toxic={PARTNER: stops}, planned_years=SCAN
    )
    assert [row[0] for row in spells(then)] == [AI, PARTNER, OTHER, SERD]
    nothing = by_hand([AI, PARTNER], [PARTNER], toxic={PARTNER: stops})
    assert nothing.lines[0].esr1_at == READABLE
    assert nothing.lines[0].switch == -1
    assert spells(nothing)[0] == (AI, PART_REGIMEN, FIRST, 0.0, 3.0, STOP_DEATH)


def test_drugs_that_go_on_keep_the_day_of_their_toxicity() -> None:
    """The same day with a switch or without, also of a drug that came with maintenance."""
    toxic = {PARTNER: {"discontinuation": 0.5}}
    for first, then in (([AI, PARTNER], None), ([AI, OTHER], [AI, PARTNER])):
        line = {"planned_years": SCAN} if then else {}
        told, plain = (
            by_hand(first, s, then, count=200, toxic=toxic, **line) for s in ([SERD, PARTNER], None)
        )
        one, other = (t.drugs[t.drugs.drug == PARTNER] for t in (told, plain))
        assert (one.stop_reason == other.stop_reason).all()
        assert one.stopped_at == pytest.approx(other.stopped_at, rel=1e-12)
        assert 20 < ((one.stop_reason == STOP_TOXICITY) & (one.stopped_at > READABLE)).sum() < 180


def test_toxicity_of_what_is_added() -> None:
    """By draws of its own; what goes on has had its draw. False-alarm rate 1e-6."""
    toxic = {
        AI: {"grade3": 0.3},
        PARTNER: {"grade3": 0.2},
        SERD: {"grade3": 0.5, "toxic_death": 0.1},
    }
    told = by_hand([AI, PARTNER], [SERD, PARTNER], count=3000, toxic=toxic)
    assert binomial_p(told.lines.toxicity.sum(), 3000, 1.0 - 0.7 * 0.8 * 0.5) > FALSE_ALARM
    assert binomial_p((told.ends.cause == 2).sum(), 3000, 0.1) > FALSE_ALARM
    assert (told.ends.died_at[told.ends.cause == 2] > READABLE).all()


def test_it_is_one_line_of_its_kind() -> None:
    """The switch makes the line one of endocrine therapy or chemotherapy, and no more than one."""
    p = immortal(parameters(seed=743))
    drugs = [Drug({0: 1.0}), Drug({1: 0.01}), Drug({9: 1.0})]
    for kinds, counted in (
        ([("endocrine",), ("endocrine",)], (0, 1)),
        ([("endocrine",), ("chemo",)], (1, 1)),
        ([(), ("endocrine",)], (0, 1)),
    ):
        regimens = [Regimen([d], **dict.fromkeys(kind, True)) for d, kind in enumerate(kinds)]
        c = constants(p, drugs, [*regimens, Regimen([2])], esr1_selection=0.5)
        c.resistance_log_odds[0] = LOG_ODDS
        first = {"regimen": 0, "line": (1, 1), "switch": 1}
        made = women(p, [Lesion(23.5, LIVER, rate=0.25)], other_death=20.0)
        told = courses(p, plan(c, rules(first, {"regimen": 2, "line": (2, 2)})), made)
        assert told.lines[0].switch == 1
        second = told.lines[1].known
        assert (second.chemo_lines, second.endocrine_lines) == counted
        assert second.drugs == second.recent_drugs == 0b011


def test_shares_of_what_is_switched_to() -> None:
    told = by_hand([AI], None, [OTHER], count=3000, switch={NEXT: 0.7, THEN: 0.3})
    assert (told.lines.esr1_at == READABLE).all()
    assert set(told.lines.switch) == {NEXT, THEN}
    assert binomial_p((told.lines.switch == NEXT).sum(), 3000, 0.7) > FALSE_ALARM


# ---------------------------------------------------------------- what a switch leaves as it was

COURSE = ("regimen", "maintenance", "started_at", "stopped_at", "stop_reason", "progressed_at",
          "progression_by", "best_response", "toxicity", "known")  # fmt: skip


def of_cohort(switch: int | None) -> Any:
    """Courses of simulated women; in lines 1 and 2 of HR+ disease oestrogen deprivation, with that switch."""
    found = cohort()
    treated = ordinary(found.parameters)
    treated.before[0].cumulative[0] = 1.0
    if switch is not None:
        treated.before[0].switch[0] = switch
    treated.constants.esr1_selection = 0.5
    treated.constants.resistance_log_odds[0] = -3.0
    return courses(found.parameters, treated, found)


def test_a_switch_to_the_same_changes_nothing() -> None:
    """To the bit: to what is given already, and where it is only looked for."""
    plain, same, stay = (of_cohort(switch) for switch in (None, 0, STAY))
    shown = np.isfinite(same.lines.esr1_at)
    assert 30 < shown.sum() < (plain.lines.regimen == 0).sum()
    np.testing.assert_array_equal(same.lines.switch, np.where(shown, 0, -1))
    assert (stay.lines.switch == -1).all()
    np.testing.assert_array_equal(stay.lines.esr1_at, same.lines.esr1_at)
    assert np.isnan(plain.lines.esr1_at).all()
    for other in (same, stay):
        for name in COURSE:
            np.testing.assert_array_equal(other.lines[name], plain.lines[name])
        for rows in ("drugs", "scans"):
            one, two = getattr(other, rows), getattr(plain, rows)
            for name in one.dtype.names:
                np.testing.assert_array_equal(one[name], two[name])


def test_what_is_read_is_what_is_known_when_the_next_line_starts() -> None:
    told = of_cohort(STAY)
    lines = told.lines
    follows = (lines.patient[1:] == lines.patient[:-1]) & (lines.regimen[:-1] == 0)
    shown = np.isfinite(lines.esr1_at[:-1])[follows]
    known = lines.known.esr1[1:][follows] == 1
    assert shown.sum() > 30
    assert known[shown].mean() > 0.9  # what shows it may have shrunk from sight
    assert known[~shown].mean() < 0.5  # or come to show it at the scan with the progression


# ---------------------------------------------------------------- strategies

RULE = """
scan_weeks = 8

[[line]]
when = { subtype = ["HR+/HER2-"], line = "1" }
regimen = "palbociclib-letrozole"
switch = { when = { esr1 = true }, regimen = "palbociclib-fulvestrant" }

[[line]]
when = { line = "1-3" }
regimen = { capecitabine = 0.5, paclitaxel = 0.5 }
"""


def written(folder: Path, old: str = "", new: str = "") -> Path:
    path = folder / "mine.toml"
    assert old in RULE
    path.write_text(RULE.replace(old, new) if old else RULE, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> ss.Run:
    path = written(tmp_path_factory.mktemp("switch"))
    return ss.simulate(8_000, seed=12, strategy=path, adjuvant="2013+")


@pytest.fixture(scope="module")
def without(tmp_path_factory: pytest.TempPathFactory) -> ss.Run:
    line = next(line for line in RULE.splitlines() if line.startswith("switch"))
    path = written(tmp_path_factory.mktemp("plain"), line, "")
    return ss.simulate(8_000, seed=12, strategy=path, adjuvant="2013+")


def test_a_run_tells_the_switch(run: ss.Run) -> None:
    lines = run.lines.to_pandas()
    switched = lines[lines.switch.notna()]
    assert len(switched) > 10
    assert set(switched.switch) == {"palbociclib-fulvestrant"}
    assert set(switched.regimen) == {"palbociclib-letrozole"}
    assert (lines.switched_at.notna() == lines.switch.notna()).all()
    assert (switched.switched_at > switched.started_at).all()
    assert not (switched.progressed_at <= switched.switched_at).any()
    drugs = run.drugs.to_pandas().merge(switched[["patient", "line", "switched_at"]])
    left = drugs[drugs.stop_reason == "switch"]
    assert set(left.drug) <= {"letrozole"}
    assert (left.stopped_at == left.switched_at).all()
    begun = drugs[drugs.part == "switch"]
    assert set(begun.drug) == {"fulvestrant"}
    assert (begun.started_at == begun.switched_at).all()
    palbociclib = drugs[drugs.drug == "palbociclib"]
    assert (palbociclib.part == "regimen").all()


def test_only_those_who_are_switched_live_otherwise(run: ss.Run, without: ss.Run) -> None:
    with_switch = set(run.lines.to_pandas().query("switch.notna()", engine="python").patient)
    for one, other in ((run.patients, without.patients), (run.symptoms, without.symptoms)):
        mine, theirs = (
            frame[~frame.patient.isin(with_switch)].reset_index(drop=True)
            for frame in (one.to_pandas(), other.to_pandas())
        )
        pd.testing.assert_frame_equal(mine, theirs)
    assert without.lines["switch"].null_count == without.lines.num_rows


def test_the_date_is_that_of_a_scan_without_progression(run: ss.Run, tmp_path: Path) -> None:
    switched = run.lines.to_pandas().dropna(subset=["switch"])
    for _, row in switched.head(3).iterrows():
        course = ss.patient(int(row.patient), seed=12, strategy=written(tmp_path), adjuvant="2013+")
        scans = [s for s in course.scans if s["line"] == row.line]
        there = [s for s in scans if s["scanned_at"] == row.switched_at]
        assert len(there) == 1
        assert there[0]["response"] != "PD"
        line = next(one for one in course.lines if one["line"] == row.line)
        assert (line["switch"], line["switched_at"]) == (row.switch, row.switched_at)


def test_the_strategy_is_told(tmp_path: Path) -> None:
    strategy = load_strategy(written(tmp_path), packaged())
    told = _strategy(strategy)
    assert told["lines"][0]["switch"] == {
        "when": {"esr1": True}, "regimen": {"palbociclib-fulvestrant": 1.0},
    }  # fmt: skip
    assert "switch at esr1 in plasma to palbociclib-fulvestrant" in _rule_rows(told)[0][-1]
    line = next(line for line in RULE.splitlines() if line.startswith("switch"))
    plain = load_strategy(written(tmp_path, line, ""), packaged())
    assert strategy_hash(strategy) != strategy_hash(plain)


@pytest.mark.parametrize(
    "old, new, told",
    [
        ("esr1 = true", "esr1 = false", "switch.when.esr1 is False: it must be true"),
        ("esr1 = true", "esr2 = true", "did you mean 'switch.when.esr1'?"),
        ("esr1 = true", "", "field 'switch.when.esr1' is missing"),
        ("when = { esr1 = true }, ", "", "field 'switch.when' is missing"),
        ("when = { esr1 = true }", 'when = "esr1"', "switch.when is 'esr1': must be a table, { esr1"),
        ('"palbociclib-fulvestrant" }', '"palbociclib-fulvestran" }', "did you mean 'palbociclib-fulv"),
        ('"palbociclib-fulvestrant" }', "{ fulvestrant = 0.5 } }", "shares sum to 0.5"),
        ('"HR+/HER2-"', '"TNBC"', "switch: esr1 needs HR+ disease, but subtype has none"),
        ("switch =", "swich =", "did you mean 'switch'?"),
        ("switch = {", "switch = 1 # {", "switch is 1: must be a table, { when = { esr1 = true }"),
    ],
)  # fmt: skip
def test_faults_of_a_switch(tmp_path: Path, old: str, new: str, told: str) -> None:
    with pytest.raises(DataErrors) as caught:
        load_strategy(written(tmp_path, old, new), packaged())
    problems = "\n".join(caught.value.problems)
    assert told in problems
    assert "rule 1 (line 4)" in problems


# ---------------------------------------------------------------- trials

REGIMEN = "palbociclib-letrozole"
SWITCH = 'switch = { when = { esr1 = true }, regimen = "palbociclib-fulvestrant" }'
RANDOMISED = HEAD + "randomised_at = { esr1 = true }\n"


def trial_of(folder: Path, head: str, *more: str, control: tuple[str, ...] = ()) -> Any:
    path = folder / "mine.toml"
    text = head + arm("new", REGIMEN, *more) + arm("control", REGIMEN, *control)
    path.write_text(text.replace("n = 100", "n = 40"), encoding="utf-8")
    return load_trial(path, packaged())


def test_a_trial_of_women_randomised_at_the_mutation(tmp_path: Path) -> None:
    whole = enrol(packaged(), trial_of(tmp_path, HEAD, SWITCH), women=30_000, threads=2)
    found = enrol(packaged(), trial_of(tmp_path, RANDOMISED, SWITCH), women=30_000, threads=2)
    switched = whole.arms["new"].rows.switch >= 0
    assert switched.sum() > 40
    new, control = found.arms["new"], found.arms["control"]
    np.testing.assert_array_equal(found.baseline.patient, whole.baseline.patient[switched])
    np.testing.assert_array_equal(new.rows.esr1_at, whole.arms["new"].rows.esr1_at[switched])
    np.testing.assert_array_equal(new.rows.esr1_at, control.rows.esr1_at)
    # the control goes on as if nobody had looked
    plain = whole.arms["control"].rows[switched]
    assert (control.rows.switch == -1).all()
    for name in ("started_at", "stopped_at", "progressed_at"):
        np.testing.assert_array_equal(control.rows[name], plain[name])
    told = simulated_arms(found).arms
    died = control.women.since_diagnosis + control.followed.ends.died_at
    np.testing.assert_array_equal(told["control"].os_time, died - control.rows.esr1_at)
    for one in told.values():
        assert (one.pfs_time > 0.0).all()
    assert np.mean(told["new"].pfs_time != told["control"].pfs_time) > 0.5
    page = trial_report_html(compared_trial(found, seed=1, replicates=40, catalog=packaged()))
    assert "randomised when plasma shows an ESR1 mutation, without progression" in page
    assert "at an ESR1 mutation in plasma switched to palbociclib-fulvestrant" in page
    assert "Response of target lesions" not in page
    assert _trial(found.trial)["randomised_at"] == {"esr1": True}


def test_responses_are_not_told_of_them(tmp_path: Path) -> None:
    published = (
        'published = [{ endpoint = "orr", value = 0.4, denominator = "all", verified = false }]'
    )
    found = enrol(
        packaged(), trial_of(tmp_path, RANDOMISED, SWITCH, published), women=20_000, threads=2
    )
    result = compared_trial(found, seed=1, replicates=40, catalog=packaged())
    assert next(r.reason for r in result.results if r.endpoint == "orr").startswith(
        "it is read since"
    )
    assert not next(r.reason for r in result.results if r.endpoint == "pfs_median")


@pytest.mark.parametrize(
    "head, more, control, told",
    [
        (RANDOMISED, (SWITCH, "until = { months = 6 }"), (), "until is not that of arm 'new'"),
        (RANDOMISED + "induction_months = 4\n", (), (), "randomised_at and induction_months: give one"),
        (HEAD + "induction_months = 4\n", (SWITCH,), (), "women could be switched before they are"),
        (HEAD + "randomised_at = { esr1 = false }\n", (SWITCH,), (), "randomised_at.esr1 is False"),
        (HEAD.replace("HR+/HER2-", "TNBC"), (SWITCH,), (), "arm 'new': switch: esr1 needs HR+"),
    ],
)  # fmt: skip
def test_faults_of_trials(
    tmp_path: Path, head: str, more: tuple[str, ...], control: tuple[str, ...], told: str
) -> None:
    with pytest.raises(DataErrors) as caught:
        trial_of(tmp_path, head, *more, control=control)
    assert told in "\n".join(caught.value.problems)
