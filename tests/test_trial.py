"""Trials simulated as they were run: one set of women in all arms, eligibility, endpoints, comparison."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from scipy.special import expit

import seedsoil as ss
from kernels import packaged
from seedsoil.calibration.drug_targets import targets, women_of
from seedsoil.catalog import Conditions, Trial, load_trial
from seedsoil.catalog.conditions import Subgroup
from seedsoil.catalog.published import Published
from seedsoil.cli.app import main
from seedsoil.display.words import whole
from seedsoil.errors import DataErrors, InputError
from seedsoil.model.rows import KNOWN
from seedsoil.model.treatment.state import BY_NEW_LESION, STOP_DEATH, STOP_TOXICITY
from seedsoil.simulation.follow import follow
from seedsoil.simulation.population import population
from seedsoil.trials.baseline import enrolled, trial_lines
from seedsoil.trials.division import plans, treat
from seedsoil.trials.endpoints import (
    Simulated,
    Wanted,
    among_words,
    hazards,
    published,
    times,
)
from seedsoil.trials.enrolment import Enrolment, enrol, wanted_subtypes
from seedsoil.trials.page import trial_report_html
from seedsoil.trials.trial import simulated_arms, trial
from seedsoil.trials.words import endpoint_words
from seedsoil.vocabulary import BRAIN, PR, SD, SUBTYPES

if TYPE_CHECKING:
    from seedsoil.trials.trial import TrialResult

WOMEN = 5000

HEAD = """
name = "{name}"
year = 2024
role = "{role}"
description = "one arm against another"
eligible = {eligible}
or_eligible = {others}
adjuvant = "2000s"
before = "2013-2016"
after = "2017-2021"
scan_weeks = 8
accrual_months = 18
follow_up_months = 72
dropout = 0.03
hr_reference = "control"
"""
ARM = """
[[arm]]
name = "{name}"
regimen = {regimen}
n = {n}
published = [
  {{ endpoint = "pfs_median", value = 12.0, verified = true }},
  {{ endpoint = "os_at_24", value = 0.7, verified = false }},
  {{ endpoint = "pfs_median", value = 9.0, among = {{ visceral = true }}, verified = true }},
  {{ endpoint = "orr", value = 0.3, denominator = "all", among = {{ responders = true }}, verified = true }},
  {{ endpoint = "esr1_polyclonal", value = 0.4, verified = true }},
]
"""
RATIO = """
[[comparison]]
endpoint = "pfs_hr"
value = 0.6
low = 0.4
high = 0.9
verified = true
"""
FIRST_LINE = (
    '{ subtype = ["HR+/HER2-"], menopause = "post", line = "1", endocrine_resistant = false }'
)
LATER = (
    '{ subtype = ["HR+/HER2-", "TNBC"], line = "2-3", chemo_lines = "0-1", had = ["hormonal"], '
    'not_had = ["fulvestrant"] }'
)


def text(
    *,
    name: str = "TEST-1",
    eligible: str = FIRST_LINE,
    others: str = "[]",
    role: str = "validation",
    arms: tuple[str, ...] = ('experimental="palbociclib-letrozole"', 'control="letrozole"'),
    n: int = 40,
) -> str:
    given = (arm.partition("=") for arm in arms)
    made = [ARM.format(name=arm, regimen=regimen, n=n) for arm, _, regimen in given]
    return (
        HEAD.format(name=name, eligible=eligible, others=others, role=role) + "".join(made) + RATIO
    )


Make = Callable[..., Trial]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def made(**changes: Any) -> Trial:
        path = tmp_path / "trial.toml"
        path.write_text(text(**changes), encoding="utf-8")
        return load_trial(path, packaged())

    return made


def simulate(spec: Trial | str | Path, **changes: Any) -> TrialResult:
    given: dict[str, Any] = {"women": WOMEN, "replicates": 40, "threads": 1, "catalog": packaged()}
    return trial(spec, **(given | changes))


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> TrialResult:
    path = tmp_path_factory.mktemp("trial") / "trial.toml"
    path.write_text(text(), encoding="utf-8")
    return simulate(path)


@pytest.fixture(scope="module")
def later(tmp_path_factory: pytest.TempPathFactory) -> Enrolment:
    path = tmp_path_factory.mktemp("trial") / "later.toml"
    arms = ('experimental="palbociclib-fulvestrant"', 'control="fulvestrant"')
    path.write_text(text(name="LATER", eligible=LATER, arms=arms), encoding="utf-8")
    return enrol(packaged(), load_trial(path, packaged()), women=4 * WOMEN)


# ---------------------------------------------------------------- the same women in every arm


def test_identical_arms_are_identical(make: Make) -> None:
    same = make(arms=('experimental="letrozole"', 'control="letrozole"'))
    found = simulate(same)
    one, other = (found.enrolment.arms[name].followed for name in ("experimental", "control"))
    for rows in ("lines", "ends"):
        for name in getattr(one, rows).dtype.names:
            np.testing.assert_array_equal(getattr(one, rows)[name], getattr(other, rows)[name])
    ratios = [r for r in found.results if r.endpoint.endswith("_hr")]
    assert [r.mean for r in ratios] == [1.0, 1.0]
    assert [r.error for r in ratios] == [0.0, 0.0]
    assert all(r.predicted_low < 1.0 < r.predicted_high for r in ratios)  # type: ignore[operator]
    means = {
        arm: [r.mean for r in found.results if r.arm == arm] for arm in ("experimental", "control")
    }
    assert means["experimental"] == means["control"]


def test_order_of_the_arms_does_not_matter(make: Make) -> None:
    arms = ('experimental="palbociclib-letrozole"', 'control="letrozole"')
    one, other = (simulate(make(arms=order)) for order in (arms, arms[::-1]))
    key = lambda r: (r.arm, r.endpoint, r.among)  # noqa: E731
    assert sorted(one.results, key=key) == sorted(other.results, key=key)


def test_threads_and_batches_change_nothing(make: Make, result: TrialResult) -> None:
    again = simulate(make(), threads=2)
    assert again.results == result.results
    assert again.manifest == result.manifest
    other = simulate(make(), seed=2)
    assert other.results != result.results


def test_the_same_women_enrol_in_every_arm(make: Make) -> None:
    """Of the whole population, not only of those whom the first arm enrols."""
    spec = make(eligible=LATER)
    part = population(packaged(), WOMEN, adjuvant=spec.adjuvant, subtypes=wanted_subtypes(spec))
    arms, _ = plans(packaged(), spec, part.parameters)
    followed = [follow(part, plan) for plan in arms]
    who = [enrolled(f) for f in followed]
    np.testing.assert_array_equal(who[0], who[1])
    begun = [f.lines[trial_lines(f)] for f in followed]
    for name in ("line", "started_at", "measurable", "baseline_mm"):
        np.testing.assert_array_equal(begun[0][name], begun[1][name])
    for name in KNOWN.names:
        np.testing.assert_array_equal(begun[0].known[name], begun[1].known[name])
    women, short = treat(part, arms)
    np.testing.assert_array_equal(women.patient, part.women.patient[who[0]])
    for whole_arm, index, arm in zip(followed, who, short, strict=True):
        np.testing.assert_array_equal(arm.ends.died_at, whole_arm.ends.died_at[index])
        assert arm.lines.size == whole_arm.ends.lines[index].sum()
        np.testing.assert_array_equal(arm.lines.patient, np.repeat(women.patient, arm.ends.lines))


# ---------------------------------------------------------------- who enrols


def history(found: Enrolment, arm: str, woman: int) -> tuple[list[Any], Any, list[Any]]:
    """A woman's lines before the trial's, that line, and those after."""
    followed = found.arms[arm].followed
    end = followed.ends[woman]
    lines = list(followed.lines[end.first_line : end.first_line + end.lines])
    at = next(i for i, line in enumerate(lines) if line.trial)
    return lines[:at], lines[at], lines[at + 1 :]


def given_in(line: Any, regimens: list[Any]) -> set[str]:
    """The drugs of a line, those of its maintenance too."""
    drugs = {part.drug for part in regimens[line.regimen].drugs}
    if line.maintenance >= 0:
        drugs |= {part.drug for part in regimens[line.maintenance].drugs}
    return drugs


def test_enrolment_obeys_eligibility(later: Enrolment) -> None:
    """Told from the lines and the catalog's regimens, woman by woman."""
    catalog = packaged()
    regimens = list(catalog.regimens.values())
    women = later.arms["control"].women
    assert later.women > 100
    assert {SUBTYPES[s] for s in women.subtype} <= {"HR+/HER2-", "TNBC"}
    hormonal = 0
    for i in range(later.women):
        before, row, _ = history(later, "control", i)
        assert row.line in (2, 3)
        assert len(before) == row.line - 1
        names = {name for line in before for name in given_in(line, regimens)}
        drugs = [catalog.drugs[name] for name in names]
        hormonal += any(drug.drug_class == "hormonal" for drug in drugs)
        assert "fulvestrant" not in names
        chemo = [
            any(
                catalog.drugs[d.drug].drug_class == "chemotherapy"
                or {"topo1_payload", "dm1_payload"} & set(catalog.drugs[d.drug].mechanisms)
                for d in regimens[line.regimen].drugs
            )
            for line in before
        ]
        assert sum(chemo) <= 1
    assert hormonal == later.women


def test_what_is_known_at_enrolment(later: Enrolment) -> None:
    catalog = packaged()
    regimens = list(catalog.regimens.values())
    base = later.baseline
    assert base.meet(later.trial.eligible).all()
    had = {drug: base.meet(Conditions(had=(drug,))) for drug in ("letrozole", "capecitabine")}
    recent = base.meet(Conditions(recent_line_had=("taxane",)))
    early = base.meet(Subgroup(last_line_months="<6"))  # type: ignore[arg-type]
    for i in range(later.women):
        before, row, _ = history(later, "control", i)
        given = {name for line in before for name in given_in(line, regimens)}
        for drug, mask in had.items():
            assert mask[i] == (drug in given)
        last = given_in(before[-1], regimens)
        assert recent[i] == any("taxane" in catalog.drugs[name].mechanisms for name in last)
        lasted = [line.progressed_at - line.started_at for line in before]
        assert base.last_line[i] == pytest.approx(lasted[-1], abs=1e-12)
        assert base.first_line[i] == pytest.approx(lasted[0], abs=1e-12)
        assert early[i] == (12.0 * lasted[-1] < 6.0)
        assert base.meet(Subgroup(bone=True))[i] == bool(row.known.organs & 1)
    assert (base.meet(Conditions(visceral=True)) != base.meet(Conditions(visceral=False))).all()
    # one in a thousand is in a crisis: from a tenth of the burden on there are enough to look at
    easier = packaged().with_values({"attrition.crisis_log10_cells": 10.3})
    larger = enrol(easier, later.trial, women=WOMEN).baseline
    crisis = larger.meet(Conditions(visceral_crisis=True))
    visceral = larger.meet(Conditions(visceral=True))
    assert 0 < crisis.sum() < visceral.sum()
    assert visceral[crisis].all()
    assert (crisis != larger.meet(Conditions(visceral_crisis=False))).all()
    for group in (
        {"menopause": "post"},
        {"age": "<60"},
        {"pik3ca_pathway": True},
        {"chemo_lines": "1+"},
    ):
        inside = base.meet(Subgroup(**group))
        assert 0 < inside.sum() < later.women


def test_a_woman_of_any_group_is_eligible(make: Make) -> None:
    spec = make(
        eligible='{ subtype = ["TNBC"], line = "1" }',
        others='[{ subtype = ["HR+/HER2+"], line = "2", had = ["trastuzumab"] }]',
        arms=('experimental="paclitaxel"', 'control="capecitabine"'),
    )
    found = enrol(packaged(), spec, women=4 * WOMEN)
    groups = [found.baseline.meet(group) for group in (spec.eligible, *spec.or_eligible)]
    assert (groups[0] ^ groups[1]).all()
    assert min(group.sum() for group in groups) > 20
    # of those who enrol at their first line no line before lasted any time
    first = found.baseline.known.line == 1
    for years in (found.baseline.last_line, found.baseline.first_line):
        np.testing.assert_array_equal(np.isnan(years), first)


# ---------------------------------------------------------------- endpoints


def test_outcomes_are_those_of_the_lines(later: Enrolment) -> None:
    """Every endpoint again, woman by woman, in plain Python."""
    catalog = packaged()
    regimens = list(catalog.regimens.values())
    simulated = simulated_arms(later)
    is_chemo = [
        any(catalog.drugs[d.drug].drug_class == "chemotherapy" for d in r.drugs) for r in regimens
    ]
    for name, arm in simulated.arms.items():
        courses = later.arms[name]
        for i in range(0, later.women, 3):
            before, row, after = history(later, name, i)
            woman, end = courses.women[i], courses.followed.ends[i]
            start = row.started_at
            death = woman.since_diagnosis + end.died_at - start
            progressed = not math.isnan(row.progressed_at)
            pfs = row.progressed_at - start if progressed else death
            assert (arm.pfs_time[i], arm.os_time[i]) == (pfs, death)
            assert pfs <= death + 1e-12
            chemo = [line.started_at - start for line in after if is_chemo[line.regimen]]
            assert arm.further["chemo_free"].time[i] == min([*chemo, death])
            assert arm.ratios["post_chemo"].part[i] == bool(chemo)
            assert arm.ratios["post_therapy"].part[i] == bool(after)
            second = death
            if after and not math.isnan(after[0].progressed_at):
                second = after[0].progressed_at - start
            assert arm.further["pfs2"].time[i] == second
            assert arm.further["ttp"].event[i] == progressed
            brain = [
                line.progressed_at - start
                for line in [row, *after]
                if line.progression_organ == BRAIN
                and (not row.brain or line.progression_by == BY_NEW_LESION)
            ]
            if not row.brain:
                brain = [woman.since_diagnosis + end.brain_at - start]
            assert arm.further["brain_or_death"].time[i] == min([*brain, death])
            assert arm.ratios["esr1_at_progression"].whole[i] == bool(after)
            if after:
                assert arm.ratios["esr1_at_progression"].part[i] == after[0].esr1
            benefit = row.best_response >= PR or (row.best_response == SD and pfs >= 168 / 365.25)
            assert arm.ratios["cbr"].part[i] == benefit
            treated = sum(line.stopped_at - line.started_at for line in [row, *after])
            assert arm.ratios["time_on_treatment"].part[i] == pytest.approx(treated)
            last = [*before, row, *after][-1]
            assert arm.ratios["died_on_treatment"].part[i] == (last.stop_reason == STOP_DEATH)
            assert arm.medians["lines_received"][i] == 1 + len(after)
            assert arm.ratios["discontinuation"].part[i] == row.discontinued
            if row.stop_reason == STOP_TOXICITY:
                assert row.discontinued


def test_the_fit_compares_the_endpoints_of_the_trial(later: Enrolment) -> None:
    """Medians as the share free of the event then, shares as log-odds, hazard ratios as logarithms."""
    simulated = simulated_arms(later)
    fitted = targets(later.trial)
    per_arm = ["pfs_median", "os_at_24", "pfs_median", "orr"]
    assert [t.wanted.endpoint for t in fitted] == [*per_arm, *per_arm, "pfs_hr"]
    for target in fitted[:-1]:
        one, arm = target.wanted, simulated.arms[target.wanted.arm]
        keep = women_of(simulated, one)
        if one.endpoint == "pfs_median":
            if one.group == "visceral disease":
                assert np.array_equal(keep, later.baseline.known.visceral == 1)
            assert target.expected == 0.0  # a half
            share = float(np.mean(arm.pfs_time[keep] > target.published / 12.0))
        elif one.endpoint == "os_at_24":
            assert target.expected == pytest.approx(math.log(0.7 / 0.3))
            share = float(np.mean(arm.os_time > 2.0))
        else:
            assert np.array_equal(keep, arm.response >= PR)
            continue
        # to half a woman, which keeps an empty cell finite
        assert expit(target.statistic(simulated)) == pytest.approx(share, abs=0.005)
    assert fitted[-1].expected == pytest.approx(math.log(0.6))
    assert 0.2 < math.exp(fitted[-1].statistic(simulated)) < 1.5


def test_no_subgroup_by_earlier_treatment_is_fitted() -> None:
    known = [t for spec in packaged().trials.values() for t in targets(spec)]
    asked = {name for target in known for name in target.wanted.conditions}
    assert {"subtype", "visceral", "esr1"} <= asked
    assert not asked & {"chemo_lines", "endocrine_resistant", "last_line_months", "recent_line_had"}


def test_swapped_arms_have_the_inverse_hazard_ratio(later: Enrolment) -> None:
    simulated = simulated_arms(later)
    swapped = Simulated(
        later.trial.model_copy(update={"hr_reference": "experimental"}),
        later.baseline,
        simulated.arms,
    )
    everybody = np.ones(later.women, np.bool_)
    both = [
        float(hazards(s, "pfs", Wanted(a, "pfs_hr"), everybody, everybody).log_hr)
        for s, a in ((simulated, "experimental"), (swapped, "control"))
    ]
    assert both[0] == pytest.approx(-both[1])
    # deaths before progression are no progression, for the time to it
    assert not times(simulated.arms["control"], "ttp")[1].all()


def test_the_fit_reads_a_hazard_ratio_at_its_own_data_cut(later: Enrolment) -> None:
    simulated = simulated_arms(later)
    everybody = np.ones(later.women, np.bool_)
    entry = {"endpoint": "os_hr", "value": 0.6, "verified": True}
    early = Published.model_validate({**entry, "follow_up_months": 24.0})
    cut = Simulated(
        later.trial.model_copy(update={"follow_up_months": 24.0}), later.baseline, simulated.arms
    )

    def ratio(of: Simulated, entry: Published | None) -> float:
        one = Wanted("experimental", "os_hr", entry)
        return float(hazards(of, "os", one, everybody, everybody).log_hr)

    assert ratio(simulated, early) == ratio(cut, None)
    assert ratio(simulated, early) != ratio(simulated, None)


# ---------------------------------------------------------------- beside what was published


def test_no_published_number_is_dropped(result: TrialResult) -> None:
    given = [
        entry for arm in result.trial.arms for entry in arm.published
    ] + result.trial.comparisons
    listed = [r for r in result.results if r.published is not None]
    assert len(listed) == len(given) == 11
    assert [r.published for r in listed] == [entry.value for entry in given]
    for r in result.results:
        assert (r.mean is None) == bool(r.reason)
        assert (r.inside is None) == (r.mean is None or r.published is None)
        if r.inside is not None:
            assert r.predicted_low <= r.predicted_high  # type: ignore[operator]
            assert r.inside == (r.predicted_low <= r.published <= r.predicted_high)  # type: ignore[operator]
    assert {r.endpoint for r in result.results if r.reason} == {"esr1_polyclonal"}
    assert {(r.arm, r.endpoint) for r in result.results if r.published is None} == {
        ("experimental", "os_median"), ("control", "os_median"), ("experimental", "orr"),
        ("control", "orr"), ("experimental v control", "os_hr"),
    }  # fmt: skip


def test_every_packaged_number_has_a_value_or_a_reason(later: Enrolment) -> None:
    """All endpoints and subgroups of all packaged trials are known, whatever the women."""
    simulated = simulated_arms(later)
    for spec in packaged().trials.values():
        for one in published(spec):
            among_words(one.conditions)
            assert endpoint_words(one.endpoint) != one.endpoint
            simulated.masks(one.among)


def test_table_and_text(result: TrialResult) -> None:
    table = result.table()
    assert table.num_rows == len(result.results)
    assert table["published"].to_pylist()[0] == 12.0
    assert table.to_pandas().shape == (table.num_rows, table.num_columns)
    shown = repr(result)
    assert "PFS, median (visceral disease)" in shown
    assert result.sentence in shown
    assert "image/svg" in result._repr_mimebundle_()["text/html"]
    assert result.summary["women"]["simulated"] == WOMEN
    with pytest.raises(InputError, match="did you mean 'os'"):
        result.chart("ose")


def test_report(result: TrialResult) -> None:
    page = trial_report_html(result)
    assert page.count("<figure id=") == 7  # PFS, OS, ratios, two waterfalls, site, what showed it
    assert "The trial is of a file of your own" in page
    assert "not advice for any person" in page
    assert "several ESR1 mutations" in page
    assert 'src="http' not in page
    assert 'href="http' not in page


# ---------------------------------------------------------------- what cannot be run


def test_unknown_names() -> None:
    with pytest.raises(InputError, match="did you mean 'PALOMA-2'"):
        trial("paloma2", catalog=packaged())
    with pytest.raises(InputError, match="no such file"):
        trial("nowhere.toml", catalog=packaged())
    with pytest.raises(InputError, match="replicates: 0"):
        trial("PALOMA-2", replicates=0, catalog=packaged())
    with pytest.raises(InputError, match="threads: 0"):
        trial("PALOMA-2", threads=0, catalog=packaged())


def test_all_problems_of_a_file_are_listed(tmp_path: Path) -> None:
    path = tmp_path / "broken.toml"
    broken = text().replace('before = "2013-2016"', 'before = "2013-2017"')
    broken = broken.replace('"palbociclib-letrozole"', '"palbociclib-letrozol"')
    broken = broken.replace("dropout = 0.03", "dropout = -1.0").replace("scan_weeks", "scan_week")
    path.write_text(broken, encoding="utf-8")
    with pytest.raises(DataErrors) as caught:
        trial(path, catalog=packaged())
    assert len(caught.value.problems) >= 2
    path.write_text(text().replace('before = "2013-2016"', 'before = "2013-2017"').replace(
        '"palbociclib-letrozole"', '"palbociclib-letrozol"'), encoding="utf-8")  # fmt: skip
    with pytest.raises(DataErrors) as caught:
        trial(path, catalog=packaged())
    assert "did you mean '2013-2016'" in str(caught.value)
    assert "did you mean 'palbociclib-letrozole'" in str(caught.value)


def test_a_trial_larger_than_what_was_simulated(make: Make) -> None:
    with pytest.raises(InputError) as caught:
        simulate(make(n=4000))
    message = str(caught.value)
    assert message.startswith("trial 'TEST-1': needs 8,000 women, and ")
    assert f"of the {whole(WOMEN)} simulated enrol; simulate about " in message
    assert "\n" not in message


def test_a_trial_for_which_nobody_is_eligible(make: Make) -> None:
    """Each condition by itself is met, both together are not: parp is given to nobody of this era."""
    spec = make(
        eligible='{ subtype = ["HR+/HER2-"], line = "2", had = ["parp"], measurable = true }'
    )
    with pytest.raises(InputError) as caught:
        simulate(spec)
    message = str(caught.value)
    assert "is ever eligible" in message
    assert "had 0 %" in message
    assert "subtype 100 %" in message
    assert "\n" not in message


# ---------------------------------------------------------------- the command


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(text(), encoding="utf-8")
    out = tmp_path / "out"
    options = ["--women", str(WOMEN), "--replicates", "40", "--threads", "1"]
    assert main(["trial", str(file), *options, "--out", str(out)]) == 0
    shown = capsys.readouterr().out
    assert "The trial is of a file of your own" in shown
    assert "For research and teaching" in shown
    assert "not simulated: several ESR1 mutations" in shown
    assert {path.name for path in out.iterdir()} == {
        "manifest.json", "report.html", "results.parquet"
    }  # fmt: skip
    assert pq.read_table(out / "results.parquet").num_rows == 16
    assert json.loads((out / "manifest.json").read_text())["trial"] == "TEST-1"
    assert main(["trial", str(file), *options, "--out", str(out)]) == 2
    assert "already there" in capsys.readouterr().err
    assert main(["trial", str(file), *options, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["role"] == "own"
    assert len(told["results"]) == 16


def test_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trial", "--list"]) == 0
    shown = capsys.readouterr().out
    assert "PALOMA-2" in shown
    assert "validation (" in shown
    assert main(["trial", "--list", "--json"]) == 0
    trials = json.loads(capsys.readouterr().out)
    assert {t["role"] for t in trials} == {"calibration", "validation"}
    assert main(["trial"]) == 2
    assert main(["trial", "PALOMA2"]) == 2
    assert "did you mean 'PALOMA-2'" in capsys.readouterr().err


def test_from_the_package() -> None:
    assert ss.trial is trial


def test_the_example_of_the_docs(tmp_path: Path) -> None:
    docs = Path(__file__).parents[1] / "docs" / "trials.md"
    example = docs.read_text(encoding="utf-8").split("```toml\n")[1].split("```")[0]
    path = tmp_path / "mine.toml"
    path.write_text(example, encoding="utf-8")
    spec = load_trial(path, packaged())
    assert [arm.n for arm in spec.arms] == [200, 200]
    assert spec.drugs["degrader"].kill == {"er_antagonism": 4.0}
