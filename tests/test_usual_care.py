"""Usual care from diagnosis to death: what treatment changes, what it must not change, and the same bits."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

import seedsoil as ss
from kernels import packaged, parameters, same_bits
from seedsoil.catalog import lookup
from seedsoil.model.natural_history.presentation import FOUND_DEATH
from seedsoil.model.rows import PATIENT
from seedsoil.model.treatment.plan import Plan, treatment_plan
from seedsoil.run.run import TABLES
from seedsoil.run.simulate import strategy_hash
from seedsoil.simulation.shards import Shard, shards, simulate_rows
from seedsoil.units import WEEKS_PER_YEAR

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

WOMEN = 1500
POLICIES = {"screening": "biennial-50-74", "adjuvant": "2013+"}
# What of a woman's row treatment decides.
DECIDED = {
    "died_at", "of_cancer", "of_treatment", "outcome", "colonies", "lines", "years_on_treatment",
    "years_with_symptoms", "truncated", "locoregional_at",
}  # fmt: skip
POISON = """
[drug.poison]
class = "chemotherapy"
kill = { platinum = KILL }
toxic_death = TOXIC
[regimen.poison]
drugs = [{ drug = "poison" }]
[[line]]
when = { line = "1-3" }
regimen = "poison"
"""


def plan(strategy: str, seed: int = 801) -> Plan:
    p = parameters(seed=seed, **POLICIES)
    return treatment_plan(packaged(), p, before=packaged().strategies[strategy])[0]


def simulated(strategy: str | None, threads: int, size: int, count: int = WOMEN) -> Shard:
    p = parameters(seed=801, **POLICIES)
    chosen = None if strategy is None else plan(strategy)
    parts = list(shards(p, count, first=0, threads=threads, size=size, plan=chosen))
    joined = [np.concatenate([rows for part in parts for rows in part[i]]) for i in (1, 2)]
    lines, drugs = ([rows for part in parts for rows in part[i]] for i in (3, 4))
    return Shard(
        np.concatenate([part.patients for part in parts]),
        [joined[0]], [joined[1]], [np.concatenate(lines)] if lines else [],
        [np.concatenate(drugs)] if drugs else [],
    )  # fmt: skip


def identical(one: Shard, other: Shard) -> bool:
    return all(
        same_bits(a, b)
        for mine, theirs in ((one, other),)
        for a, b in zip(
            (mine.patients, *mine.lesions, *mine.symptoms, *mine.lines, *mine.drugs),
            (theirs.patients, *theirs.lesions, *theirs.symptoms, *theirs.lines, *theirs.drugs),
            strict=True,
        )
    )


@pytest.fixture(scope="module")
def whole() -> Shard:
    return simulated("2022", threads=1, size=WOMEN)


@pytest.fixture(scope="module")
def untreated() -> Shard:
    return simulated(None, threads=1, size=WOMEN)


def treated_women(patients: NDArray[Any]) -> NDArray[np.bool_]:
    return np.isfinite(patients["metastatic_at"]) & (patients["found_by"] != FOUND_DEATH)


# ------------------------------------------------------------------------------------ the same bits


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("pieces", [1, 7, 64])
def test_threads_and_shards(whole: Shard, threads: int, pieces: int) -> None:
    assert identical(whole, simulated("2022", threads, math.ceil(WOMEN / pieces)))


def test_rows_of_patients_do_not_depend_on_the_other_tables(whole: Shard) -> None:
    alone = simulate_rows(
        parameters(seed=801, **POLICIES), 0, WOMEN, details=False, plan=plan("2022")
    )
    assert same_bits(alone.patients, whole.patients)
    assert alone.lesions == alone.lines == alone.drugs == []


def test_a_woman_alone() -> None:
    cohort = ss.simulate(300, seed=803, threads=2, **POLICIES)
    patients = cohort.patients.to_pylist()
    tables = {name: getattr(cohort, name).to_pylist() for name in TABLES[1:]}
    busy = sorted(range(300), key=lambda k: -patients[k]["lines"])[:4]
    for number in (0, 299, *busy):
        alone = ss.patient(number, seed=803, **POLICIES)
        assert alone.patient == patients[number]
        for name, rows in tables.items():
            assert getattr(alone, name) == [row for row in rows if row["patient"] == number]


def test_a_buffer_that_is_full_resumes(whole: Shard, monkeypatch: pytest.MonkeyPatch) -> None:
    from seedsoil.model.treatment.state import MAX_DRUG_ROWS, MAX_EPISODES, MAX_LINES
    from seedsoil.model.treatment.writing import MOST_LESIONS
    from seedsoil.simulation import shards as cohort

    for name, size in (
        ("_LESION_BUFFER", MOST_LESIONS + 500),
        ("_SYMPTOM_BUFFER", MAX_EPISODES + 20),
        ("_LINE_BUFFER", MAX_LINES + 10),
        ("_DRUG_BUFFER", MAX_DRUG_ROWS + 20),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(cohort, name, size)
            p = parameters(seed=801, **POLICIES)
            shard = simulate_rows(p, 0, 400, details=True, plan=plan("2022"))
        assert len(shard.lines) > 3
        for mine, theirs in (
            (shard.lesions, whole.lesions),
            (shard.lines, whole.lines),
            (shard.drugs, whole.drugs),
        ):
            together = np.concatenate(mine)
            assert same_bits(together, theirs[0][theirs[0]["patient"] < 400])


# --------------------------------------------------------------- what treatment must leave as it was


def test_all_before_the_finding_is_that_of_the_untreated(whole: Shard, untreated: Shard) -> None:
    one, other = whole.patients, untreated.patients
    # with more lesions than can be stored, those founded after the finding push out others
    stored = ~(one["truncated"] | other["truncated"])
    assert stored.mean() > 0.95
    never = stored & ~treated_women(one)
    assert 0.5 < never.mean() < 0.95
    for name in PATIENT.names:
        same = never if name in DECIDED else stored
        assert one[name][same].tobytes() == other[name][same].tobytes(), name
    numbers = one["patient"][never]
    for mine, theirs in ((whole.lesions, untreated.lesions), (whole.symptoms, untreated.symptoms)):
        rows, rows_untreated = (t[0][np.isin(t[0]["patient"], numbers)] for t in (mine, theirs))
        assert same_bits(rows, rows_untreated)


def test_the_first_symptom_has_the_same_cause(whole: Shard, untreated: Shard) -> None:
    """Lesions of the finding keep their place: founded, organ, growth; so the cause is the same lesion."""
    known = ["patient", "organ", "route", "founded_at", "growth_rate"]

    def causes(shard: Shard) -> dict[int, tuple[Any, ...]]:
        found = dict(zip(shard.patients["patient"], shard.patients["metastatic_at"], strict=True))
        rows = {(int(r["patient"]), int(r["lesion"])): r for r in shard.lesions[0]}
        return {
            int(row["patient"]): tuple(
                rows[int(row["patient"]), int(row["lesion"])][name] for name in known
            )
            for row in shard.symptoms[0]
            if row["onset_at"] == found[row["patient"]]
        }

    assert len(causes(whole)) > 50
    assert causes(whole) == causes(untreated)


def test_the_strategy_none_is_the_natural_course_period_by_period() -> None:
    """No drug: as the untreated but for the draws after the finding. 4 standard errors of each mean.

    Fitness weighs on death from the finding on, by a factor whose mean is 1. Lesions are followed from 0.5 mm
    on: what smaller ones would have founded is left out (Limits of docs/model.md), 5 colonies of 100 at 3 mm.
    """
    catalog = packaged().with_values({"therapy.followed_mm": 0.5})
    cohorts = [
        ss.simulate(
            18_000, seed=805, strategy=s, adjuvant="none", screening="none", catalog=catalog
        )
        for s in ("none", "untreated")
    ]
    for name in ("died_at", "years_with_symptoms"):
        means, errors = [], []
        for cohort in cohorts:
            women = cohort.patients.to_pandas()
            women = women[women.metastatic_at.notna() & (women.found_by != "death")]
            values = women[name] - (women.metastatic_at if name == "died_at" else 0.0)
            means.append(values.mean())
            errors.append(values.std() / math.sqrt(len(values)))
        assert abs(means[0] - means[1]) < 4.0 * math.hypot(*errors)
    assert cohorts[0].lines.num_rows == cohorts[1].lines.num_rows == 0
    # Colonies: of the women in whom neither loop filled its list, which hold different numbers.
    treated, untreated = (c.patients.to_pandas().set_index("patient") for c in cohorts)
    same = treated.colonies[treated.metastatic_at.isna()]
    assert (same == untreated.colonies[same.index]).all()
    both = treated[(treated.found_by != "death") & treated.metastatic_at.notna()].index
    both = both[(treated.colonies[both] < 900) & (untreated.colonies[both] < 900)]
    more = treated.colonies[both] - untreated.colonies[both]
    assert len(both) > 3000
    assert (more != 0).mean() > 0.3
    assert abs(more.mean()) < 4.0 * more.std() / math.sqrt(len(both))


def strategy_file(path: Path, kill: float, toxic: float, scan_weeks: int = 12) -> Path:
    text = POISON.replace("KILL", str(kill)).replace("TOXIC", str(toxic))
    path.write_text(f"scan_weeks = {scan_weeks}\n{text}")
    return path


@pytest.mark.parametrize("scan_weeks", [12, 9])
def test_a_drug_without_kill_changes_no_death(tmp_path: Path, scan_weeks: int) -> None:
    """But for the ends of periods, which scans move.

    Between these ln N, which by Gompertz lies above its chord, is taken to be the chord: the curve of at
    most b Δ²/8 years before, so that what a burden does comes at most that much late. In a few women, 0.8 %
    of 7,191, a colony is founded by another lesion for it, or not at all.
    """
    path = strategy_file(tmp_path / "water.toml", 1e-12, 0.0, scan_weeks)
    # growth changes by lines, not by kill; scans are on time
    steady = packaged().with_values(
        {
            "therapy.quickening": 0.0,
            "therapy.growth_regression": 0.0,
            "recist.scan_jitter_weeks": 0.0,
        }
    )
    drugs, none = (ss.simulate(2400, seed=806, strategy=s, catalog=steady) for s in (path, "none"))
    one, other = drugs.patients.to_pandas(), none.patients.to_pandas()
    treated = (one.lines > 0).to_numpy()
    assert treated.sum() > 400
    lesions = pd.concat([drugs.lesions.to_pandas(), none.lesions.to_pandas()])
    fastest = lesions[lesions.organ != "node"].groupby("patient").growth_rate.max()
    late = fastest.reindex(one.patient).to_numpy() * (12.0 / WEEKS_PER_YEAR) ** 2 / 8.0
    difference = (one.died_at - other.died_at).to_numpy()
    assert (difference[~treated] == 0.0).all()
    difference, late = difference[treated], late[treated]
    if scan_weeks == 12:  # as long as a period without scans
        assert np.median(np.abs(difference)) < 1e-9
    within = np.abs(difference) <= late + 1e-9
    assert within.mean() > 0.97
    assert abs(difference[within].mean()) < 0.1 * late.mean()
    assert (one.cause_of_death != other.cause_of_death).sum() <= 0.002 * treated.sum()
    assert (one.outcome != other.outcome).sum() <= 0.002 * treated.sum()


def test_identical_strategies_are_identical() -> None:
    catalog = packaged()
    strategy = catalog.strategies["pre-2013"]
    other = strategy.model_copy(update={"name": "another name"})
    one, two = (ss.simulate(400, seed=807, strategy=s) for s in (strategy, other))
    for name in ("patients", "lesions", "symptoms", "lines"):
        assert getattr(one, name).equals(getattr(two, name))
    assert one.manifest["strategy_hash"] == two.manifest["strategy_hash"]
    assert two.manifest["strategy"] == "another name"


# ----------------------------------------------------------------------------- what treatment decides


def test_toxic_deaths_are_named(tmp_path: Path) -> None:
    path = strategy_file(tmp_path / "harsh.toml", 1e-12, 0.4)
    run = ss.simulate(600, seed=808, strategy=path)
    women = run.patients.to_pandas()
    toxic = women[women.cause_of_death == "treatment"]
    treated = women[women.lines > 0]
    # nobody dies of it before the first half year has begun, and it takes a large share
    assert 0.25 * len(treated) < len(toxic) < 0.9 * len(treated)
    assert set(toxic.outcome) == {"died with"}
    assert run.manifest["strategy"] == "harsh"


def test_a_cure_for_all_eradicates(tmp_path: Path) -> None:
    """Kill without resistance leaves no cell: outcome, lesions and colonies say so."""
    catalog = packaged().with_values(
        {
            "resistance.log_odds:platinum": -40.0,
            "resistance.log_odds_sd:platinum": 0.0,
            "resistance.primary_logit:platinum": -12.0,
            "resistance.lesion_sd:platinum": 0.0,
        }
    )
    path = strategy_file(tmp_path / "cure.toml", 60.0, 0.0)
    strategy = lookup.strategy(path, catalog=catalog)
    assert strategy is not None
    run = ss.simulate(500, seed=809, strategy=strategy, catalog=catalog)
    women = run.patients.to_pandas().set_index("patient")
    cured = women[(women.outcome == "eradicated") & (women.lines > 0)]
    assert len(cured) > 40
    lesions = run.lesions.to_pandas()
    lesions = lesions[~lesions.organ.isin(["node", "breast"]) & lesions.patient.isin(cured.index)]
    assert lesions.eradicated_at.notna().all()
    assert lesions.log10_cells.isna().all()
    died = lesions.patient.map(cured.died_at)
    assert (lesions.eradicated_at <= died).all()
    assert (cured.cause_of_death == "other").all()
    foundings = lesions.drop_duplicates(["patient", "organ", "founded_at", "growth_rate"])
    others = foundings.groupby("patient").size()
    assert (others <= cured.colonies[others.index]).all()
    resolved = run.symptoms.to_pandas()
    resolved = resolved[resolved.patient.isin(cured.index)]
    # but for those that came of lesions too small to be seen, which nobody sees go
    seen = lesions[lesions.visible_at.notna()].set_index(["patient", "lesion"]).index
    of_seen = pd.MultiIndex.from_frame(resolved[["patient", "lesion"]]).isin(seen)
    assert of_seen.sum() > 30
    assert resolved.resolved_at[of_seen].notna().all()


def test_usual_care_lengthens_lives_and_takes_longer_with_symptoms(
    whole: Shard, untreated: Shard
) -> None:
    women = treated_women(whole.patients)
    longer = (whole.patients["died_at"] - untreated.patients["died_at"])[women]
    assert longer.mean() > 5.0 * longer.std() / math.sqrt(longer.size)
    assert (whole.patients["lines"][women] > 0).mean() > 0.9
    assert (whole.patients["years_on_treatment"][women] > 0.0).any()
    resolved = whole.symptoms[0]["resolved_at"]
    assert 0.1 < np.isfinite(resolved).mean() < 0.9


def test_lesion_numbers_agree_between_tables(whole: Shard) -> None:
    owned: defaultdict[int, list[Any]] = defaultdict(list)
    for row in whole.lesions[0]:
        owned[int(row["patient"])].append(row)
    for row in whole.symptoms[0]:
        hers = owned[int(row["patient"])]
        cause = next(lesion for lesion in hers if lesion["lesion"] == row["lesion"])
        assert cause["lesion"] == row["lesion"]
        assert cause["organ"] == row["organ"]
        assert cause["founded_at"] <= row["onset_at"]
    for hers in owned.values():
        numbers = [int(row["lesion"]) for row in hers]
        kept = int(numbers[0] == 0)  # the primary
        assert numbers == list(range(1 - kept, len(hers) + 1 - kept))
        for row in hers[kept:]:
            assert row["parent"] < row["lesion"]


def test_metastases_found_colonies_under_treatment(whole: Shard) -> None:
    found = dict(zip(whole.patients["patient"], whole.patients["metastatic_at"], strict=True))
    late = [
        row for row in whole.lesions[0]
        if row["founded_at"] > np.nan_to_num(found[row["patient"]], nan=np.inf)
    ]  # fmt: skip
    assert len(late) > 20
    assert all(row["parent"] > 0 for row in late)


# ------------------------------------------------------------------------------------- one woman told


@pytest.fixture(scope="module")
def busy() -> ss.patient:
    """The woman with most lines of therapy among a few hundred."""
    women = ss.simulate(300, seed=803, threads=2, **POLICIES).patients.to_pandas()
    return ss.patient(int(women.patient[women.lines.argmax()]), seed=803, **POLICIES)


def test_scans_of_a_woman(busy: Any) -> None:
    assert busy.strategy == "2022"
    by_line: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
    for scan in busy.scans:
        by_line[scan["line"]].append(scan)
    assert sum(map(len, by_line.values())) >= len(busy.lines) - 1
    for line in busy.lines:
        scans = by_line[line["line"]]
        times = [scan["scanned_at"] for scan in scans]
        assert times == sorted(times)
        assert all(line["started_at"] < time <= busy.patient["died_at"] for time in times)
        if line["progression_by"] in ("target", "new lesion", "non-target"):
            assert scans[-1]["response"] == "PD"
            assert scans[-1]["scanned_at"] == line["progressed_at"]
        if line["measurable"] and scans:
            smallest = min(scan["sum_mm"] for scan in scans)
            assert line["best_change"] == pytest.approx(smallest / line["baseline_mm"] - 1.0)


def test_growth_under_treatment_ends_as_the_table_says(busy: Any) -> None:
    growth = pd.DataFrame(busy.growth)
    assert growth.time_years.max() == pytest.approx(busy.patient["died_at"])
    for lesion in busy.lesions:
        points = growth[growth.lesion == lesion["lesion"]]
        if lesion["organ"] == "node" or points.empty or lesion["log10_cells"] is None:
            continue
        assert points.time_years.is_monotonic_increasing
        # those left alone were caught up by the exact solution, drawn period by period
        assert points.log10_cells.iloc[-1] == pytest.approx(lesion["log10_cells"], abs=0.01)
    shrank = growth.groupby("lesion").log10_cells.agg(lambda cells: (cells.diff() < -1e-9).any())
    assert shrank.any()


def test_the_timeline_tells_every_line(busy: Any) -> None:
    text = busy.timeline()
    for line in busy.lines:
        assert re.search(rf"Line {line['line']} .*begins: {line['regimen']}", text)
    for row in busy.symptoms:
        if row["resolved_at"] is not None:
            assert "resolves." in text


# ----------------------------------------------------------------------------------- names and files


def test_strategies_are_found_by_name_file_and_object(tmp_path: Path) -> None:
    catalog = packaged()
    path = strategy_file(tmp_path / "mine.toml", 1.0, 0.0)
    assert lookup.strategy("untreated", catalog=catalog) is None
    assert lookup.strategy("2022", catalog=catalog) is catalog.strategies["2022"]
    for given in (path, str(path)):
        found = lookup.strategy(given, catalog=catalog)
        assert found is not None
        assert found.name == "mine"
        assert lookup.strategy(found, catalog=catalog) is found
    assert len(strategy_hash(catalog.strategies["2022"])) == 64
    hashes = {strategy_hash(strategy) for strategy in catalog.strategies.values()}
    assert len(hashes) == len(catalog.strategies)


@pytest.mark.parametrize(
    "text, message",
    [
        ("line = [", "mine.toml"),
        (
            '[[line]]\nregimen = "letrozol"\n',
            "unknown regimen 'letrozol'; did you mean 'letrozole'",
        ),
        ('[[line]]\nwhen = { lines = "1" }\nregimen = "letrozole"\n', "did you mean"),
        ("scan_weeks = 12\n", r"no \[\[line\]\] is given"),
    ],
)
def test_a_bad_strategy_file_is_one_clear_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(ss.InputError, match=message) as caught:
        ss.simulate(10, strategy=str(path))
    assert "\n" not in str(caught.value)
    assert "mine.toml" in str(caught.value)
