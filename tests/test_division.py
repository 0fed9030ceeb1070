"""Arms that divide their women: shares and rules of maintenance and crossover; the disease-free interval."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from fuzz import OWN
from kernels import packaged
from seedsoil.catalog import load_trial, provenance
from seedsoil.catalog.conditions import Eligible, Subgroup
from seedsoil.errors import DataErrors, InputError
from seedsoil.model.treatment.state import STOP_TOXICITY
from seedsoil.trials.enrolment import enrol
from seedsoil.trials.page import trial_report_html
from seedsoil.trials.trial import compared_trial, simulated_arms
from seedsoil.units import WEEKS_PER_YEAR
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
            (UNTIL, 'then = "capecitabine"'),
            (UNTIL, 'then = { when = {}, regimen = "capecitabine" }'),
        ),
        (
            ('crossover = { regimen = "vinorelbine" }',),
            ('crossover = { when = {}, regimen = "vinorelbine" }',),
        ),
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
    assert sum(counts) > 60
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


# ---------------------------------------------------------------- randomised after induction

INDUCED = CHEMO + "induction_months = 4.5\n"
ALONE = arm("control", "paclitaxel")


def test_women_are_randomised_after_induction(tmp_path: Path) -> None:
    """Whose induction is complete: told from a trial in which it goes on until progression."""
    whole = enrolled(tmp_path, head=CHEMO, control=ALONE)
    found = enrolled(tmp_path, 'then = "paclitaxel"', head=INDUCED, control=ALONE)
    courses = whole.arms["new"]
    rows, died = courses.rows, courses.women.since_diagnosis + courses.followed.ends.died_at
    at = rows.started_at + 4.5 / 12.0
    toxic = (rows.stop_reason == STOP_TOXICITY) & (rows.stopped_at <= at)
    kept = ~(rows.progressed_at <= at) & (died > at) & ~toxic
    assert 100 < kept.sum() < 0.8 * whole.women
    assert toxic.any()
    # going on with the same drugs changes no more than a step of time that is divided does: a woman who
    # dies or progresses about that day may fall on its other side
    enrolled_then = np.isin(whole.baseline.patient, found.baseline.patient)
    assert np.isin(found.baseline.patient, whole.baseline.patient).all()
    moved = enrolled_then != kept
    assert moved.sum() < 0.02 * kept.sum()
    nearest = np.fmin(np.abs(died - at), np.abs(rows.progressed_at - at))
    assert (nearest[moved] < 2 * 4.0 / WEEKS_PER_YEAR).all()
    kept = enrolled_then
    again = found.arms["new"].rows
    assert (
        np.isclose(again.progressed_at, rows.progressed_at[kept], rtol=1e-3, equal_nan=True).mean()
        > 0.9
    )
    outcome = simulated_arms(found).arms
    # time zero is the randomisation
    assert np.isclose(outcome["new"].os_time, (died - at)[kept], rtol=1e-2).mean() > 0.8
    for one in outcome.values():
        assert (one.pfs_time > 0.0).all()
        assert (one.os_time > 0.0).all()
    # who is given nothing more stops that day
    assert np.allclose(outcome["control"].further["on_treatment"].time, 0.0, atol=1e-6)
    assert np.median(outcome["new"].pfs_time) > np.median(outcome["control"].pfs_time)


def test_all_that_divides_women_at_once() -> None:
    """Groups with intervals of their own, rules of both kinds, three arms, induction."""
    spec = load_trial(OWN, packaged())
    found = enrol(packaged(), spec, women=WOMEN, threads=2)
    groups = (spec.eligible, *spec.or_eligible)
    assert (sum(found.baseline.meet(group) for group in groups) == 1).all()
    assert set(found.baseline.known.line.tolist()) == {1, 2, 3}
    for one in simulated_arms(found).arms.values():
        assert (one.pfs_time > 0.0).all()
        assert (one.os_time > 0.0).all()
    names = [*REGIMENS, *spec.regimens]
    given = {
        name: {names[m] for m in arm.rows.maintenance if m >= 0} for name, arm in found.arms.items()
    }
    assert given == {
        "new": {"newdrug", "letrozole"}, "third": {"newdrug", "letrozole"}, "control": set(),
    }  # fmt: skip
    # not all have begun it: a drug of the induction may have been stopped for toxicity that very day
    assert np.mean(found.arms["new"].rows.maintenance >= 0) > 0.95
    result = compared_trial(found, seed=1, replicates=40, catalog=packaged())
    assert "new v third" in {r.arm for r in result.results if r.mean is not None}


def test_what_is_read_since_the_line_began_is_not_told_of_them(tmp_path: Path) -> None:
    names = (
        "pfs_median",
        "pfs2_median",
        "on_treatment_at_6",
        "responded_by_12",
        "cr",
        "dor_median",
    )
    values = ", ".join(
        f'{{ endpoint = "{n}", value = 0.5, {den}verified = false }}'
        for n in names
        for den in ['denominator = "all", ' if n == "cr" else ""]
    )
    among = (
        '{ endpoint = "os_at_24", value = 0.5, among = { responders = true }, verified = false }'
    )
    more = ('then = "capecitabine"', f"published = [{values}, {among}]")
    found = enrolled(tmp_path, *more, head=INDUCED, control=ALONE)
    result = compared_trial(found, seed=1, replicates=40, catalog=packaged())
    given = {r.endpoint: not r.reason for r in result.results if r.arm == "new"}
    assert given == {
        "pfs_median": True, "pfs2_median": True, "on_treatment_at_6": True, "responded_by_12": False,
        "cr": False, "dor_median": False, "os_at_24": False, "os_median": True, "orr": False,
    }  # fmt: skip
    page = trial_report_html(result)
    assert "randomised 4.5 months into the line, without progression" in page
    assert "Response of target lesions" not in page


@pytest.mark.parametrize(
    "more, regimen, told",
    [
        ([], "capecitabine", "all arms have the same regimen"),
        ([UNTIL], "paclitaxel", "arm 'new': until is 6 months; leave it out"),
    ],
)
def test_faults_of_induction(tmp_path: Path, more: list[str], regimen: str, told: str) -> None:
    with pytest.raises(DataErrors) as caught:
        trial_of(tmp_path, *more, head=INDUCED, control=arm("control", regimen))
    assert told in "\n".join(caught.value.problems)


def test_induction_longer_than_one_of_its_drugs(tmp_path: Path) -> None:
    own = (
        '[regimen.both]\ndrugs = [{ drug = "paclitaxel", months = 3 }, { drug = "bevacizumab" }]\n'
    )
    path = tmp_path / "mine.toml"
    arms = arm("new", "both", 'then = "capecitabine"') + arm("control", "both")
    path.write_text(INDUCED + arms + own, encoding="utf-8")
    with pytest.raises(DataErrors, match="gives paclitaxel for 3 months alone"):
        load_trial(path, packaged())
    path.write_text(INDUCED.replace("4.5", "2.5") + arms + own, encoding="utf-8")
    assert [one.until_months for one in load_trial(path, packaged()).arms] == [2.5, 2.5]


# ---------------------------------------------------------------- what is written


@pytest.mark.parametrize(
    "more, told",
    [
        (["then = { capecitabine = 1.0 }"], "then is given without until"),
        ([UNTIL, "then = { capecitabine = 0.5 }"], "the shares sum to 0.5; they must sum to 1"),
        ([UNTIL, "then = { capecitabin = 1.0 }"], "arm 'new': unknown regimen 'capecitabin'; did you mean"),
        ([UNTIL, 'then = [{ regimen = "cmf", wen = { line = "1" } }]'], "did you mean 'then 1.when'"),
        ([UNTIL, 'then = [{ when = { had = ["inavolisib"] }, regimen = "cmf" }]'], "then 1: when: had"),
        ([UNTIL, "then = 3"], "then is 3: must be a regimen's name or a table of shares"),
        ([UNTIL, 'then_rules = [{ regimen = "cmf" }]'], "write then = [...]"),
        (['crossover = [{ regimen = "cmf", share = 1.5 }]'], "crossover 1.share is 1.5"),
        (['crossover = [{ regimen = "cfm" }]'], "crossover 1: unknown regimen 'cfm'"),
        (['crossover = [{ share = 0.5 }]'], "'crossover 1.regimen' is missing"),
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
        ("pik3ac = true", "did you mean 'eligible.pik3ca'"),
        (
            "pik3ca = true, pik3ca_pathway = false",
            "pik3ca is one of pik3ca_pathway, which is false",
        ),
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
