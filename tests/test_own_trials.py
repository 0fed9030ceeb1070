"""Trials in files of one's own: how they may be written, and what is said of them."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import seedsoil as ss
from kernels import packaged
from seedsoil.catalog import load, load_trial
from seedsoil.catalog.endpoints import NAMED, endpoint
from seedsoil.cli.app import main
from seedsoil.errors import DataErrors, InputError
from seedsoil.trials.page import trial_report_html
from seedsoil.trials.trial import compared_trial
from seedsoil.trials.words import endpoint_words, of_all, role_words, value_words

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from seedsoil.catalog import Trial
    from seedsoil.trials.trial import TrialResult

WOMEN = 5000
HEAD = """
description = "made up"
year = 2026
eligible = { subtype = ["HR+/HER2-"], line = "1" }
adjuvant = "2013+"
before = "2022"
after = "2022"
scan_weeks = 8
accrual_months = 12
follow_up_months = 60
dropout = 0.02
hr_reference = "control"
"""


def arm(name: str, regimen: str, *more: str) -> str:
    return "\n".join(["[[arm]]", f'name = "{name}"', f'regimen = "{regimen}"', "n = 40", *more, ""])


TWO = arm("new", "palbociclib-letrozole") + arm("control", "letrozole")


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Trial]:
    def made(text: str = HEAD + TWO, **changes: str) -> Trial:
        for old, new in changes.items():
            line = next(part for part in text.splitlines() if part.startswith(f"{old} ="))
            text = text.replace(line, new if " = " in new.partition("\n")[0] else f"{old} = {new}")
        path = tmp_path / "mine.toml"
        path.write_text(text, encoding="utf-8")
        return load_trial(path, packaged())

    return made


def problems(make: Callable[..., Trial], *args: Any, **changes: str) -> str:
    with pytest.raises(DataErrors) as caught:
        make(*args, **changes)
    return "\n".join(caught.value.problems)


def simulate(spec: Trial, **changes: Any) -> TrialResult:
    given: dict[str, Any] = {"women": WOMEN, "replicates": 40, "threads": 1, "catalog": packaged()}
    return ss.trial(spec, **(given | changes))


# ---------------------------------------------------------------- what is claimed


@pytest.mark.parametrize("role", ["", 'role = "validation"\n', 'role = "calibration"\n'])
def test_nothing_is_claimed_of_a_file_of_ones_own(make: Callable[..., Trial], role: str) -> None:
    """Nobody knows whether the model was fitted to what it holds."""
    spec = make(role + HEAD + TWO)
    assert spec.role == "own"
    assert "cannot be told" in role_words(spec)
    assert "role 'valid' is not allowed" in problems(make, 'role = "valid"\n' + HEAD + TWO)


def test_a_role_is_believed_of_the_package_alone(tmp_path: Path) -> None:
    known = load().trials["DESTINY-Breast04"]
    other = next(t for t in load().trials.values() if t.role == "validation")
    assert other.packaged
    assert "it is a prediction" in role_words(other)
    folder = tmp_path / "trials"
    folder.mkdir()
    text = 'name = "THEIRS"\nrole = "validation"\npopulation = ""\nsources = []\nstatus = "assumption"\n'
    text += 'confidence = "low"\n' + HEAD + TWO
    (folder / "theirs.toml").write_text(text, encoding="utf-8")
    theirs = load(tmp_path).trials["THEIRS"]
    assert theirs.role == "validation"
    assert not theirs.packaged
    assert "cannot be told" in role_words(theirs)
    assert load(tmp_path).trials[known.name].packaged


def test_own_trials_are_a_role_of_their_own_in_validation(make: Callable[..., Trial]) -> None:
    spec = make(HEAD + arm("new", "palbociclib-letrozole", 'published = [{ endpoint = "pfs_median", '
                "value = 24.8, verified = false }]") + arm("control", "letrozole"))  # fmt: skip
    found = ss.validate([spec], women=WOMEN, replicates=40, threads=1, catalog=packaged())
    assert found.counts("own")[1:] == (1, 1)
    assert "Of your own" in found.to_markdown("made by a test")
    with pytest.raises(InputError, match="replicates: 39 is out of range"):
        ss.validate([spec], replicates=39)


# ---------------------------------------------------------------- when the data are cut


def test_events_alone_are_a_cut(make: Callable[..., Trial]) -> None:
    short, long = (
        make(HEAD + TWO, follow_up_months=text)
        for text in ("60\nevents = 50", "60\ncut = { events = 50 }")
    )
    assert short.cut == long.cut
    assert short.cut is not None
    assert (short.cut.events, short.cut.endpoint) == (50, "pfs")
    assert make(HEAD + TWO, follow_up_months="events = 50").follow_up_months == 240.0
    told = problems(make, HEAD + TWO, follow_up_months="events = 50\ncut = { events = 60 }")
    assert "unknown field 'events'" in told
    assert "events are more than the 80 women" in problems(
        make, HEAD + TWO, dropout="0\nevents = 81"
    )
    assert "cut.events is 'x'" in problems(make, HEAD + TWO, dropout='0\nevents = "x"')


def test_unequal_arms_and_uneven_accrual_end_to_end(make: Callable[..., Trial]) -> None:
    """Each arm has its number of women; ln HR varies as its events say; equal conduct, equal numbers."""
    found = simulate(make(), women=16_000).enrolment

    def run(replicates: int = 40, **changes: str) -> TrialResult:
        text = HEAD + TWO.replace("n = 40", "n = 300", 1).replace("n = 40", "n = 100")
        one = dataclasses.replace(found, trial=make(text, **changes))
        return compared_trial(one, seed=1, replicates=replicates, catalog=packaged())

    many = run(600)
    women = {name: arm.women for name, arm in many.replicates.arms.items()}
    assert {name: set(n.tolist()) for name, n in women.items()} == {"new": {300}, "control": {100}}
    contrast = many.replicates.arms["new"].contrasts["pfs"]
    assert np.std(contrast.log_hr) == pytest.approx(np.mean(contrast.se), rel=0.15)
    width = {r.arm: r.predicted_high - r.predicted_low for r in many.results  # type: ignore[operator]
             if r.endpoint == "pfs_median"}  # fmt: skip
    assert width["new"] / 20.0 < width["control"] / 11.0
    # all of them in the first third of 36 months: as evenly over 12
    third = run(accrual_months="accrual_months = 36\naccrual_rates = [1, 0, 0]")
    assert third.results == run().results
    late = run(accrual_months="accrual_months = 36\naccrual_rates = [0, 0, 1]")
    at_once = run(accrual_months="0")
    follow = [
        np.median(r.replicates.arms["new"].curves["os"].at_risk[:, 140])
        for r in (late, third, at_once)
    ]
    assert follow[0] < follow[1] < follow[2]


# ---------------------------------------------------------------- endpoints


def test_every_hazard_ratio_has_its_median_and_landmarks() -> None:
    curves = [name.removesuffix("_hr") for name in NAMED if name.endswith("_hr")]
    assert {"pfs", "os", "pfs2", "brain_or_death", "chemo_free", "on_treatment"} <= set(curves)
    for curve in curves:
        for name, unit in ((f"{curve}_median", "months"), (f"{curve}_at_12", "share")):
            known = endpoint(name)
            assert known is not None
            assert known.unit == unit
            assert endpoint_words(name) != name


def test_medians_of_further_curves_are_simulated(make: Callable[..., Trial]) -> None:
    names = (
        "pfs_median",
        "pfs2_median",
        "os_median",
        "brain_or_death_median",
        "on_treatment_median",
    )
    told = ", ".join(f'{{ endpoint = "{n}", value = 20.0, verified = false }}' for n in names)
    at = '{ endpoint = "pfs2_at_24", value = 0.6, verified = false }'
    text = HEAD + arm("new", "palbociclib-letrozole", f"published = [{told}, {at}]")
    result = simulate(make(text + arm("control", "letrozole")))
    mean = {r.endpoint: r.mean for r in result.results if r.arm == "new"}
    assert None not in mean.values()
    assert mean["pfs_median"] < mean["pfs2_median"] <= mean["os_median"]  # type: ignore[operator]
    assert mean["brain_or_death_median"] <= mean["os_median"]  # type: ignore[operator]
    assert mean["on_treatment_median"] == pytest.approx(mean["pfs_median"], rel=0.1)
    assert 0.3 < mean["pfs2_at_24"] < 0.9  # type: ignore[operator]


# ---------------------------------------------------------------- several arms

THREE = arm("old", "tamoxifen") + arm("control", "letrozole") + arm("new", "palbociclib-letrozole")


def ratio(name: str, *more: str) -> str:
    return "\n".join(
        ["[[comparison]]", f'endpoint = "{name}"', "value = 0.7", "verified = false", *more, ""]
    )


def test_comparisons_name_their_arms(make: Callable[..., Trial]) -> None:
    """Each as in a trial that has these two arms alone, its reference the one it is against."""
    text = HEAD + THREE
    text += ratio("pfs_hr", 'arm = "new"', 'against = "control"') + ratio(
        "os_hr", 'arm = "new"', 'against = "old"'
    )
    text += ratio("pfs_hr", 'arm = "control"', 'against = "old"')
    text += ratio("pfs_hr", 'arm = "new"', "among = { visceral = true }", 'against = "old"')
    result = simulate(make(text))
    found = {(r.arm, r.endpoint, r.among): r for r in result.results if r.endpoint.endswith("_hr")}
    published = [key for key, r in found.items() if r.published is not None]
    assert published == [
        ("new v control", "pfs_hr", ""), ("new v old", "os_hr", ""), ("control v old", "pfs_hr", ""),
        ("new v old", "pfs_hr", "visceral disease"),
    ]  # fmt: skip
    assert {key for key in found if key not in published} == {
        ("old v control", "pfs_hr", ""), ("old v control", "os_hr", ""), ("new v control", "os_hr", ""),
    }  # fmt: skip
    swapped = simulate(make(text.replace('hr_reference = "control"', 'hr_reference = "old"')))
    again = {(r.arm, r.endpoint, r.among): r for r in swapped.results if r.endpoint.endswith("_hr")}
    for key in published:
        one, other = found[key], again[key]
        assert (one.mean, one.predicted_low, one.predicted_high) == (
            other.mean, other.predicted_low, other.predicted_high,
        )  # fmt: skip
    assert "new v control," in result.sentence
    assert "old v control," in result.sentence
    page = trial_report_html(result)
    assert "Hazard ratios, new v control, new v old, control v old and old v control" in page


def test_the_arms_of_a_comparison_are_checked(make: Callable[..., Trial]) -> None:
    assert "arm is missing; there are 3" in problems(make, HEAD + THREE + ratio("pfs_hr"))
    for named, told in (
        (['arm = "nwe"'], "unknown arm 'nwe'; did you mean 'new'?"),
        (['arm = "new"', 'against = "ol"'], "unknown arm 'ol'; did you mean 'old'?"),
        (['arm = "control"'], "are both 'control'"),
        (['arms = "control"'], "unknown field 'arms'; did you mean 'arm'?"),
    ):
        assert told in problems(make, HEAD + THREE + ratio("pfs_hr", *named))
    assert "unknown field" in problems(
        make, HEAD + arm("new", "letrozole", 'published = [{ endpoint = "orr", value = 0.3, denominator = '
        '"all", verified = false, against = "control" }]') + arm("control", "letrozole"),
    )  # fmt: skip


# ---------------------------------------------------------------- care before and after

CARE = """
[drug.newdrug]
class = "hormonal"
kill = { er_antagonism = 6.0 }
[regimen.newdrug]
drugs = [{ drug = "newdrug" }]
[[line]]
when = { line = "1" }
regimen = "newdrug"
[[line]]
regimen = "capecitabine"
"""
SECOND = 'eligible = { subtype = ["HR+/HER2-"], line = "2", had = ["newdrug"] }'


def test_care_before_and_after_may_be_files(make: Callable[..., Trial], tmp_path: Path) -> None:
    """Relative to the trial's file; what they define, the trial may name."""
    (tmp_path / "care.toml").write_text(CARE, encoding="utf-8")
    care = {"before": '"care.toml"', "after": '"care.toml"', "eligible": SECOND}
    spec = make(HEAD + arm("new", "fulvestrant") + arm("control", "newdrug"), **care)
    assert spec.before == "care.toml"
    found = simulate(spec).enrolment
    names = [*packaged().regimens, *spec.strategies["care.toml"].regimens]
    for courses in found.arms.values():
        lines = courses.followed.lines
        first, later = lines.line == 1, lines.line > 2
        assert {names[r] for r in lines.regimen[first]} == {"newdrug"}
        assert {names[r] for r in lines.regimen[later]} == {"capecitabine"}
    assert {names[r] for r in found.arms["control"].rows.regimen} == {"newdrug"}


def test_faults_of_the_files_of_care(make: Callable[..., Trial], tmp_path: Path) -> None:
    (tmp_path / "care.toml").write_text(CARE, encoding="utf-8")
    told = problems(make, HEAD + TWO, before='"cares.toml"', after='"care.toml"')
    assert "before: " in told
    assert "cares.toml: no such file" in told
    assert "did you mean 'pre-2013'" in problems(make, HEAD + TWO, before='"pre-2012"')
    other = CARE.replace("6.0", "7.0")
    told = problems(make, HEAD + TWO + other.partition("[[line]]")[0], before='"care.toml"')
    assert "drug.newdrug: is defined differently in the trial's file and 'care.toml'" in told
    (tmp_path / "other.toml").write_text(other, encoding="utf-8")
    told = problems(make, HEAD + TWO, before='"care.toml"', after='"other.toml"')
    assert "drug.newdrug: is defined differently in 'care.toml' and 'other.toml'" in told
    (tmp_path / "bad.toml").write_text(
        CARE.replace('"capecitabine"', '"capecitabin"'), encoding="utf-8"
    )
    told = problems(make, HEAD + TWO, after='"bad.toml"')
    assert (
        "bad.toml: rule 2 (line 10): unknown regimen 'capecitabin'; did you mean 'capecitabine'?"
        in told
    )


# ---------------------------------------------------------------- intervals


@pytest.fixture(scope="module")
def paloma() -> TrialResult:
    return ss.trial("PALOMA-2", women=12_000, replicates=40, threads=1, catalog=packaged())


@pytest.mark.parametrize("replicates", [1, 39])
def test_few_replicates_give_no_interval(paloma: TrialResult, replicates: int) -> None:
    few = compared_trial(paloma.enrolment, seed=1, replicates=replicates, catalog=packaged())
    for r, enough in zip(few.results, paloma.results, strict=True):
        assert r.mean == enough.mean
        assert (r.predicted_low, r.predicted_high, r.inside) == (None, None, None)
        assert enough.predicted_low is not None
    assert few.verdict.startswith("Fewer than 40 replicates")
    assert "95 % of trials" not in few.sentence
    assert all(row[3:] == ["–", "–"] for rows in few.rows().values() for row in rows)
    layers = json.dumps(few.chart())
    assert "NaN" not in layers


def test_an_interval_may_be_open(paloma: TrialResult) -> None:
    """A median that some trials do not reach, and a ratio without events to divide by."""
    never = dataclasses.replace(
        next(r for r in paloma.results if r.endpoint == "os_median"),
        predicted_low=50.0, predicted_high=np.inf,
    )  # fmt: skip
    shown = dataclasses.replace(paloma, results=(never,)).rows()
    assert "50.0 to not reached" in str(shown)
    all_beyond = dataclasses.replace(never, predicted_low=np.inf, mean=np.inf)
    shown = dataclasses.replace(paloma, results=(all_beyond,)).rows()
    assert [cell[2:4] for rows in shown.values() for cell in rows] == [
        ["not reached", "not reached"]
    ]
    assert value_words(np.inf, "hazard ratio") == "∞"
    assert of_all(1, 12, "published number") == "Of 12 published numbers 1 lies"
    assert of_all(0, 1, "published number") == "Of 1 published number 0 lie"


# ---------------------------------------------------------------- hints


@pytest.mark.parametrize(
    "given, told",
    [
        ("inavolisib", "known: letrozole"),
        ("camizestrant-everolimus", "known: everolimus-exemestane"),
        ("inavolisib-palbociclib-fulvestrant", "known: palbociclib-fulvestrant"),
        ("dalpiciclib-fulvestrant", "known: fulvestrant"),
        ("palbocilib-letrozole", "did you mean 'palbociclib-letrozole'?"),
        ("letrozole+palbociclib", "did you mean 'palbociclib-letrozole'?"),
        ("Letrozol", "did you mean 'letrozole'?"),
    ],
)
def test_another_drug_is_no_guess(make: Callable[..., Trial], given: str, told: str) -> None:
    said = problems(make, HEAD + arm("new", given) + arm("control", "letrozole"))
    assert told in said
    assert ("did you mean" in said) == told.startswith("did")
    assert (f"or define it in the file under [regimen.{given}]" in said) == told.startswith("known")


def test_a_hint_of_drugs_wherever_they_are_named(make: Callable[..., Trial]) -> None:
    text = HEAD + TWO + '[regimen.mine]\ndrugs = [{ drug = "inavolisib" }]\n'
    said = problems(make, text, eligible='eligible = { line = "2", had = ["inavolisib"] }')
    assert said.count("unknown") == 2
    assert said.count("[drug.inavolisib]") == 2
    assert "did you mean" not in said
    for ask in (packaged().drug, packaged().regimen):
        with pytest.raises(InputError, match=r"unknown .* 'inavolisib'; known: "):
            ask("inavolisib")


@pytest.mark.parametrize(
    "given, told",
    [
        ("paloma2", "did you mean 'PALOMA-2'?"),
        ("DESTINY-Breast4", "did you mean 'DESTINY-Breast04'?"),
        ("PALOM-2", "did you mean 'PALOMA-2'?"),
        ("PALOMA", "of that name: PALOMA-2, PALOMA-3; "),
        ("SOLAR-1", "of that name: SOLAR-1 mutated, SOLAR-1 not mutated; "),
        ("KEYNOTE-522", "of that name: KEYNOTE-355; "),
        ("MONALESA-4", "no such trial; `seedsoil"),
    ],
)
def test_another_trial_is_no_guess(given: str, told: str) -> None:
    with pytest.raises(InputError) as caught:
        ss.trial(given, catalog=packaged())
    assert told in str(caught.value)
    assert ("did you mean" in str(caught.value)) == told.startswith("did")


# ---------------------------------------------------------------- saved


def test_a_trial_and_a_design_are_saved_alike(
    make: Callable[..., Trial], tmp_path: Path, paloma: TrialResult
) -> None:
    design = ss.design(make(), women=WOMEN, replicates=100, n=[80], threads=1, catalog=packaged())
    tables = {"trial": ["results"], "design": ["looks", "power"]}
    for name, made in (("trial", paloma), ("design", design)):
        out = made.save(tmp_path / name, formats=["csv", "svg"])
        ends = {"report.html", "manifest.json", "charts"}
        ends |= {f"{table}.{end}" for table in tables[name] for end in ("parquet", "csv")}
        assert {path.name for path in out.iterdir()} == ends
        manifest = json.loads((out / "manifest.json").read_text("utf-8"))
        assert manifest["command"].startswith(f"seedsoil.{name}(")
        assert manifest["created"].endswith("+00:00")
        with pytest.raises(InputError, match="already there"):
            made.save(tmp_path / name)
        with pytest.raises(InputError, match="format 'pdf' is not known"):
            made.save(tmp_path / "other", formats=["pdf"])


def test_a_directory_of_that_name_is_no_trial(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("paloma-2", "PALOMA-2"):
        (tmp_path / name).mkdir()
    assert main(["trial", "paloma-2"]) == 2
    assert "did you mean 'PALOMA-2'" in capsys.readouterr().err
    assert main(["trial", "PALOMA-2", "--women", "100"]) == 2
    assert "needs 666 women" in capsys.readouterr().err
