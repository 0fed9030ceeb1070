"""Arms that divide their women: shares and rules of maintenance and crossover; the disease-free interval."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from kernels import packaged
from seedsoil.catalog import load_trial, provenance
from seedsoil.catalog.conditions import Eligible, Subgroup
from seedsoil.errors import DataErrors, InputError
from seedsoil.trials.enrolment import enrol
from seedsoil.trials.page import trial_report_html
from seedsoil.trials.trial import compared_trial
from seedsoil.vocabulary import METASTATIC_PRESENTATIONS
from test_own_trials import HEAD, arm

if TYPE_CHECKING:
    from pathlib import Path

    from seedsoil.trials.enrolment import Enrolment

WOMEN = 12_000
CHEMO = HEAD.replace('line = "1"', 'line = "2-3"')
REGIMENS = list(packaged().regimens)
CONTROL = arm("control", "paclitaxel", "until = { months = 6 }")


def trial_of(folder: Path, *more: str, head: str = CHEMO, control: str = CONTROL) -> Any:
    path = folder / "mine.toml"
    path.write_text(head + arm("new", "paclitaxel", *more) + control, encoding="utf-8")
    return load_trial(path, packaged())


def enrolled(folder: Path, *more: str, **changes: Any) -> Enrolment:
    return enrol(packaged(), trial_of(folder, *more, **changes), women=WOMEN, threads=2)


def same(one: Any, other: Any) -> None:
    for rows in ("lines", "ends"):
        for name in getattr(one.followed, rows).dtype.names:
            np.testing.assert_array_equal(
                getattr(one.followed, rows)[name], getattr(other.followed, rows)[name]
            )


def later(found: Enrolment, arm: str) -> tuple[Any, Any, Any]:
    """Of each woman with a line after the trial's: that line, the trial's, and her place."""
    courses = found.arms[arm]
    lines, ends = courses.followed.lines, courses.followed.ends
    has = courses.at + 1 < ends.first_line + ends.lines
    return lines[courses.at[has] + 1], lines[courses.at[has]], np.flatnonzero(has)


UNTIL = "until = { months = 6 }"


@pytest.mark.parametrize(
    "plain, divided",
    [
        ((UNTIL, 'then = "capecitabine"'), (UNTIL, "then = { capecitabine = 1.0 }")),
        ((UNTIL, 'then = "capecitabine"'), (UNTIL, 'then = [{ regimen = "capecitabine" }]')),
        (
            ('crossover = { regimen = "vinorelbine", share = 1.0 }',),
            ('crossover = [{ regimen = "vinorelbine" }]',),
        ),
        (
            ('crossover = { regimen = "vinorelbine", share = 0.0 }',),
            ('crossover = [{ regimen = "vinorelbine", share = 0.0 }]',),
        ),
        (("crossover = { regimen = 'vinorelbine', share = 0.0 }",), ("crossover = []",)),
    ],
)
def test_one_choice_is_what_the_kernel_does(
    tmp_path: Path, plain: tuple[str, ...], divided: tuple[str, ...]
) -> None:
    """To the bit: of one regimen that all are given, or nobody, the plan alone gives the same courses."""
    one, other = enrolled(tmp_path, *plain), enrolled(tmp_path, *divided)
    same(one.arms["new"], other.arms["new"])
    same(one.arms["control"], other.arms["control"])
    np.testing.assert_array_equal(one.baseline.patient, other.baseline.patient)


def test_maintenance_by_shares_and_by_what_is_known(tmp_path: Path) -> None:
    then = (
        "then = [{ when = { visceral = true }, regimen = { capecitabine = 0.7, vinorelbine = 0.3 } }, "
        '{ when = { line = "2" }, regimen = "gemcitabine" }]'
    )
    found = enrolled(tmp_path, UNTIL, then, control=CONTROL + then + "\n")
    same(found.arms["new"], found.arms["control"])
    rows = found.arms["new"].rows
    given = np.array([REGIMENS[m] if m >= 0 else "" for m in rows.maintenance])
    visceral, second = found.baseline.meet(Eligible(visceral=True)), rows.line == 2
    assert set(given[visceral]) == {"capecitabine", "vinorelbine", ""}
    assert set(given[~visceral & second]) == {"gemcitabine", ""}
    assert set(given[~visceral & ~second]) == {""}
    counts = [(given[visceral] == name).sum() for name in ("capecitabine", "vinorelbine")]
    assert sum(counts) > 100
    assert counts[0] / sum(counts) == pytest.approx(0.7, abs=4 * np.sqrt(0.21 / sum(counts)))


def test_crossover_by_shares_and_by_what_is_known_then(tmp_path: Path) -> None:
    """At the line after the trial's alone; who is not in the share of a rule is asked by the next."""
    cross = (
        "crossover = [{ when = { visceral = true }, regimen = { vinorelbine = 0.25, gemcitabine = 0.75 }, "
        'share = 0.6 }, { when = { line = "3" }, regimen = "cmf" }]'
    )
    found = enrolled(tmp_path, cross)
    line, trial_line, place = later(found, "new")
    usual, _, same_place = later(found, "control")
    assert line.size > 300
    assert (line.line == trial_line.line + 1).all()
    given = np.array([REGIMENS[r] for r in line.regimen])
    visceral, third = line.known.visceral == 1, line.line == 3
    crossed = np.isin(given, ["vinorelbine", "gemcitabine"])
    share = np.mean(crossed[visceral & ~third])
    few = (visceral & ~third).sum()
    # some of the rest are given one of them by the strategy
    assert share > 0.6 - 4 * np.sqrt(0.24 / few)
    assert (given[third & ~visceral] == "cmf").all()
    assert set(given[third & visceral]) == {"vinorelbine", "gemcitabine", "cmf"}
    assert "cmf" not in given[~third]
    part = np.mean(given[third & visceral] == "cmf")
    assert part == pytest.approx(0.4, abs=4 * np.sqrt(0.24 / (third & visceral).sum()))
    both = given[visceral & (given != "cmf") & third]
    assert np.mean(both == "vinorelbine") == pytest.approx(0.25, abs=4 * np.sqrt(0.19 / both.size))
    # where no rule holds, the strategy after decides: as in the arm without crossover
    no_rule = ~third & ~visceral
    rest = {int(p): r for p, r in zip(same_place, usual.regimen, strict=True)}
    alike = [rest[int(p)] == r for p, r in zip(place[no_rule], line.regimen[no_rule], strict=True)
             if int(p) in rest]  # fmt: skip
    assert np.mean(alike) > 0.9
    lines = found.arms["new"].followed.lines
    assert "cmf" not in {REGIMENS[r] for r in lines.regimen[lines.line > 4]}


def test_division_does_not_depend_on_threads_or_batches(tmp_path: Path) -> None:
    spec = trial_of(tmp_path, UNTIL, "then = { capecitabine = 0.5, vinorelbine = 0.5 }")
    one, other = (enrol(packaged(), spec, women=WOMEN, threads=t) for t in (1, 2))
    same(one.arms["new"], other.arms["new"])
    more = enrol(packaged(), spec, women=2 * WOMEN, threads=2)
    first = more.arms["new"].rows[: one.women]
    np.testing.assert_array_equal(first.maintenance, one.arms["new"].rows.maintenance)
    np.testing.assert_array_equal(more.baseline.patient[: one.women], one.baseline.patient)


# ---------------------------------------------------------------- the disease-free interval


def head(eligible: str, others: str = "") -> str:
    line = next(part for part in HEAD.splitlines() if part.startswith("eligible"))
    return HEAD.replace(line, f"eligible = {{ {eligible} }}\n" + others)


def test_women_enrol_by_their_disease_free_interval(tmp_path: Path) -> None:
    """Those of the whole trial who meet it: the same women, at the same line, with the same courses."""
    asked = 'subtype = ["HR+/HER2-"], line = "1-2"'
    whole = enrolled(tmp_path, head=head(asked))
    found = enrolled(tmp_path, head=head(asked + ', disease_free_months = ">=24"'))
    base = found.baseline
    recurrent = whole.baseline.known.presentation == METASTATIC_PRESENTATIONS.index("recurrent")
    met = recurrent & (12.0 * whole.baseline.disease_free >= 24.0)
    assert 100 < met.sum() < recurrent.sum() < whole.women
    np.testing.assert_array_equal(base.patient, whole.baseline.patient[met])
    np.testing.assert_array_equal(base.disease_free, whole.baseline.disease_free[met])
    rows = whole.arms["new"].rows[met]
    for name in ("started_at", "progressed_at", "regimen"):
        np.testing.assert_array_equal(found.arms["new"].rows[name], rows[name])
    among = Subgroup(disease_free_months="<36")  # type: ignore[arg-type]
    np.testing.assert_array_equal(base.meet(among), 12.0 * base.disease_free < 36.0)


def test_groups_of_eligibility_with_intervals_of_their_own(tmp_path: Path) -> None:
    others = 'or_eligible = [{ line = "2", disease_free_months = ">24" }, { line = "3", had = ["platinum"] }]'
    text = head('subtype = ["HR+/HER2-"], line = "1", disease_free_months = "<=24"', others)
    found = enrolled(tmp_path, UNTIL, "then = { capecitabine = 0.5, vinorelbine = 0.5 }", head=text)
    base, line = found.baseline, found.baseline.known.line
    groups = np.array(
        [base.meet(group) for group in (found.trial.eligible, *found.trial.or_eligible)]
    )
    assert groups.any(axis=0).all()
    assert (groups.sum(axis=1) > 5).all()
    assert set(line.tolist()) == {1, 2, 3}
    assert (np.diff(base.patient) > 0).all()
    np.testing.assert_array_equal(found.arms["new"].women.patient, base.patient)
    np.testing.assert_array_equal(found.arms["new"].rows.patient, base.patient)


def test_an_interval_that_nobody_had_is_explained(tmp_path: Path) -> None:
    text = head('subtype = ["TNBC"], line = "1", disease_free_months = ">590"')
    with pytest.raises(InputError, match=r"disease_free_months 0 %"):
        enrolled(tmp_path, head=text)


# ---------------------------------------------------------------- what is written


@pytest.mark.parametrize(
    "more, told",
    [
        (["then = { capecitabine = 1.0 }"], "then is given without until"),
        ([UNTIL, "then = { capecitabine = 0.5 }"], "the shares sum to 0.5; they must sum to 1"),
        ([UNTIL, "then = { capecitabin = 1.0 }"], "then 1: unknown regimen 'capecitabin'; did you mean"),
        ([UNTIL, 'then = [{ regimen = "cmf", wen = { line = "1" } }]'], "did you mean 'arm 1.then 1.when'"),
        ([UNTIL, 'then = [{ when = { had = ["inavolisib"] }, regimen = "cmf" }]'], "then 1: when: had"),
        ([UNTIL, "then = 3"], "then is 3; it must be text"),
        ([UNTIL, 'then_rules = [{ regimen = "cmf" }]'], "write then = [...]"),
        (['crossover = [{ regimen = "cmf", share = 1.5 }]'], "arm 1.crossover 1.share is 1.5"),
        (['crossover = [{ regimen = "cfm" }]'], "crossover 1: unknown regimen 'cfm'"),
        (['crossover = [{ share = 0.5 }]'], "'arm 1.crossover 1.regimen' is missing"),
        (['crossover = [{ when = { line = "1", had = ["cdk46"] }, regimen = "cmf" }]'], "contradiction"),
    ],
)  # fmt: skip
def test_faults_of_what_is_written(tmp_path: Path, more: list[str], told: str) -> None:
    with pytest.raises(DataErrors) as caught:
        trial_of(tmp_path, *more)
    assert told in "\n".join(caught.value.problems)


def test_faults_of_eligibility(tmp_path: Path) -> None:
    for asked, told in (
        ('presentation = "de novo", disease_free_months = ">12"', "asks for a primary before"),
        ('disease_free_months = "12"', "must be a range of months"),
        ("pik3ca = true", "did you mean 'eligible.pik3ca_pathway'"),
        ("pd_l1 = false", "did you mean 'eligible.pd_l1_cps10'"),
    ):
        with pytest.raises(DataErrors) as caught:
            trial_of(tmp_path, head=head(f'line = "1", {asked}'))
        assert told in "\n".join(caught.value.problems)
    crossing = 'crossover = [{ when = { disease_free_months = ">12" }, regimen = "cmf" }]'
    with pytest.raises(DataErrors, match="unknown field"):
        trial_of(tmp_path, crossing)


def test_pd_l1_below_10_is_the_opposite_of_10_and_more(tmp_path: Path) -> None:
    text = head('subtype = ["TNBC"], line = "1", pd_l1_cps10 = false')
    found = enrolled(tmp_path, head=text)
    assert found.women > 50
    assert not found.baseline.meet(Eligible(pd_l1_cps10=True)).any()


def test_rules_are_told_on_the_page_and_in_the_sources(tmp_path: Path) -> None:
    then = 'then = [{ when = { visceral = true }, regimen = "capecitabine" }, { regimen = "cmf" }]'
    cross = "crossover = { regimen = { vinorelbine = 0.25, gemcitabine = 0.75 }, share = 0.6 }"
    found = enrolled(tmp_path, UNTIL, then, cross)
    page = trial_report_html(compared_trial(found, seed=1, replicates=40, catalog=packaged()))
    assert "then capecitabine if visceral disease, else cmf" in page
    assert "crossing over: vinorelbine (25\u00a0%) and gemcitabine (75\u00a0%) if 60\u00a0%" in page
    told = provenance._trial(found.trial)["arms"][0]
    assert told["then"][0] == {"when": {"visceral": True}, "regimen": {"capecitabine": 1.0}}
    assert told["crossover"][0]["share"] == 0.6
