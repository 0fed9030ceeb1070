"""Drugs, regimens, strategies, trials: what is packaged, what a user may write, what bad files are told."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from itertools import product
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedsoil.catalog import (
    Catalog,
    Conditions,
    Trial,
    load,
    load_strategy,
    load_trial,
    lookup,
    write_fitted,
)
from seedsoil.catalog.conditions import MANY, Subgroup, contradictions
from seedsoil.catalog.conditions_written import conditions
from seedsoil.catalog.lazy import Lazy
from seedsoil.catalog.provenance import describe
from seedsoil.catalog.provenance_text import render_text
from seedsoil.catalog.unreachable import never_taken
from seedsoil.errors import DataErrors, InputError
from seedsoil.strategies.compare import compare
from seedsoil.vocabulary import MECHANISMS, SUBTYPES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

HR_POSITIVE = ("HR+/HER2-", "HR+/HER2+")
META: dict[str, str | int] = {
    "command": "seedsoil fit drugs",
    "seed": 1,
    "women": 1000,
    "date": "2026-01-01",
    "version": "0",
}


@pytest.fixture(scope="module")
def packaged() -> Catalog:
    return load()


def directory(tmp_path: Path, files: Mapping[str, str]) -> Path:
    place = tmp_path / "mine"
    for name, text in files.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text)
    return place


def file(tmp_path: Path, text: str, name: str = "mine.toml") -> Path:
    path = tmp_path / name
    path.write_text(text)
    return path


def strategy_problems(tmp_path: Path, text: str, catalog: Catalog) -> list[str]:
    with pytest.raises(DataErrors) as caught:
        load_strategy(file(tmp_path, text), catalog)
    return caught.value.problems


# What is packaged.


def test_mechanisms_are_in_the_order_of_the_kernel() -> None:
    assert tuple(MECHANISMS) == MECHANISMS


def test_every_drug_acts_and_has_a_kill(packaged: Catalog) -> None:
    own = {name: drug for name, drug in packaged.drugs.items() if drug.kill_of is None}
    items = [f"{name}.{m}" for name, drug in own.items() for m in drug.mechanisms]
    assert list(packaged.parameters["drug.log_kill"].values) == items
    for name, drug in packaged.drugs.items():
        assert drug.sources or drug.status == "assumption", name
        assert all(math.isfinite(log) for log in packaged.log_kills(name).values())
        if drug.drug_class == "hormonal" or "cdk46" in drug.mechanisms:
            assert drug.subtypes.numbers() == (1, 1, 0, 0), name
        if any(m.startswith("her2") for m in drug.mechanisms):
            assert drug.subtypes.numbers() == (0, 1, 1, 0), name
    assert packaged.drugs["trastuzumab-deruxtecan"].biomarker == "her2_low"
    used = {part.drug for regimen in packaged.regimens.values() for part in regimen.drugs}
    assert used == set(packaged.drugs)


def test_trials_held_out_set_no_number_of_a_drug(packaged: Catalog) -> None:
    """Drugs with no trial to fit to have no prior; no number rests on a source of role validation."""
    movable = packaged.fitted_names("drugs")
    assert "drug.log_kill:capivasertib.pi3k_akt_mtor" in movable
    assert not {name for name in movable if "alpelisib" in name or "talazoparib" in name}
    for drug in packaged.drugs.values():
        assert all(packaged.sources[key].role == "calibration" for key in drug.sources)


def test_toxicity_of_a_regimen_is_that_of_the_arm_it_was_read_from(packaged: Catalog) -> None:
    """1 - Π(1 - share) over the drugs gives back the arm, within the spread of letrozole's two arms."""
    for regimen, arm in (("palbociclib-letrozole", 0.757), ("ribociclib-letrozole", 0.812)):
        none = math.prod(
            1.0 - packaged.drugs[part.drug].grade3_plus for part in packaged.regimens[regimen].drugs
        )
        assert 1.0 - none == pytest.approx(arm, abs=0.03)


def test_the_two_fits_move_different_numbers(packaged: Catalog) -> None:
    natural, drugs = set(packaged.fitted_names()), set(packaged.fitted_names("drugs"))
    assert len(natural) > 70
    assert len(drugs) > 80
    assert {name.partition(".")[0] for name in drugs - natural} == {
        "attrition", "drug", "fitness", "local", "recist", "resistance", "therapy",
    }  # fmt: skip
    # death is fitted first with the natural history and then with the drugs
    assert {name.partition(":")[0] for name in natural & drugs} == {
        "death.log_hazard",
        "death.exponent",
    }


def test_a_second_fit_starts_at_the_first(packaged: Catalog) -> None:
    """The prior of a number that is fitted twice: what the catalog says, then what the first fit found."""
    for name in ("death.exponent", "death.log_hazard:bone"):
        first = packaged.prior(name)
        then = packaged.prior(name, "drugs")
        assert packaged.prior(name, packaged.parameter(name.partition(":")[0]).fit) == first
        assert then != first
        assert 0.0 < then[1] < first[1]  # data were seen
    assert packaged.prior("resistance.frailty_sd") == (0.3, 0.15)


def test_vectors_of_the_new_dimensions(packaged: Catalog) -> None:
    assert packaged.vector("resistance.log_odds").shape == (16,)
    own = [drug for drug in packaged.drugs.values() if drug.kill_of is None]
    assert packaged.vector("drug.log_kill").shape == (len(own),)
    assert packaged.log_kills("alpelisib") == packaged.log_kills("capivasertib")
    assert packaged.vector("resistance.adjuvant_carry").shape == (3,)
    assert packaged.value("drug.log_kill", "palbociclib.cdk46") == pytest.approx(
        packaged.log_kills("palbociclib")["cdk46"]
    )


def test_every_strategy_and_trial_loads(packaged: Catalog) -> None:
    assert len(packaged.strategies) >= 6
    assert len(packaged.trials) >= 30
    assert {trial.role for trial in packaged.trials.values()} == {"calibration", "validation"}
    for name, strategy in packaged.strategies.items():
        assert strategy.name == name
        for line in strategy.lines:
            assert sum(line.regimen.values()) == pytest.approx(1.0, abs=1e-12)
    trial = packaged.trial("PALOMA-2")
    assert trial.eligible.subtype == ("HR+/HER2-",)
    assert trial.eligible.line == (1, 1)
    assert [arm.name for arm in trial.arms] == ["experimental", "control"]
    responders = [r for r in trial.arms[0].published if r.among and r.among.responders]
    assert responders[0].among_conditions()["responders"] is True
    assert trial.comparisons[0].among_conditions() == {}


def test_unknown_names_bring_the_nearest(packaged: Catalog) -> None:
    with pytest.raises(InputError, match="did you mean 'palbociclib'"):
        packaged.drug("palbocicilb")
    with pytest.raises(InputError, match="did you mean 'palbociclib-letrozole'"):
        packaged.regimen("palbociclib-letrozol")
    with pytest.raises(InputError, match="did you mean '2013-2016'"):
        packaged.strategy("2013-2017")
    with pytest.raises(InputError, match="did you mean 'PALOMA-2'"):
        packaged.trial("PALOMA2")


def test_hash_covers_the_drugs_and_not_their_words(tmp_path: Path, packaged: Catalog) -> None:
    source = 'sources = []\nstatus = "assumption"\n'
    toxic = f"[palbociclib]\ngrade3_plus = 0.5\n{source}"
    told = f'[palbociclib]\nschedule = "125 mg a day"\n{source}'
    assert load(directory(tmp_path / "a", {"drugs.toml": toxic})).hash() != packaged.hash()
    assert load(directory(tmp_path / "b", {"drugs.toml": told})).hash() == packaged.hash()


# A user's catalog directory.


def test_a_directory_adds_a_drug_a_regimen_and_a_strategy(tmp_path: Path) -> None:
    drug = """[newdrug]
class = "targeted"
description = "a drug to come"
mechanisms = ["cdk46", "er_antagonism"]
kill = { cdk46 = 2.5, er_antagonism = 1 }
subtypes = { hr_pos_her2_neg = 1, hr_pos_her2_pos = 1, hr_neg_her2_pos = 0, tnbc = 0 }
exposure = { bone = 1, lung = 1, liver = 1, brain = 0.5, other = 1, nodes = 1 }
grade3_plus = 0.2
discontinuation = 0.05
toxic_death = 0
schedule = "by mouth"
population = "none yet"
sources = []
status = "assumption"
confidence = "low"
"""
    regimen = """[newdrug]
description = "the drug alone"
drugs = [{ drug = "newdrug", months = 12 }]
population = "none yet"
sources = []
status = "assumption"
confidence = "low"
"""
    strategy = """name = "new first"
description = "the new drug first"
scan_weeks = 8
bone_agent = false
sources = []
status = "assumption"
confidence = "low"
[[line]]
when = { line = "1" }
regimen = "newdrug"
"""
    files = {"drugs.toml": drug, "regimens.toml": regimen, "strategies/new.toml": strategy}
    catalog = load(directory(tmp_path, files))
    assert catalog.log_kills("newdrug") == {"cdk46": math.log(2.5), "er_antagonism": 0.0}
    assert catalog.regimens["newdrug"].drugs[0].months == 12
    assert catalog.strategies["new first"].lines[0].regimen == {"newdrug": 1.0}
    assert "2013-2016" in catalog.strategies
    assert "drug.log_kill:newdrug.cdk46" not in catalog.fitted_names("drugs")


def test_a_user_may_set_the_kill_of_a_packaged_drug(tmp_path: Path) -> None:
    text = '[palbociclib]\nkill = { cdk46 = 5 }\nstatus = "assumption"\n'
    catalog = load(directory(tmp_path, {"drugs.toml": text}))
    assert catalog.log_kills("palbociclib") == {"cdk46": math.log(5)}
    assert catalog.drugs["palbociclib"].note == ""


def test_fitted_drugs_overlay_the_fit_of_the_natural_history(tmp_path: Path) -> None:
    place = directory(tmp_path, {"notes.txt": ""})
    first = {"drug.log_kill:palbociclib.cdk46": 1.0, "growth.log_rate:tnbc": -0.8}
    second = {"drug.log_kill:palbociclib.cdk46": 1.5, "resistance.log_odds:cdk46": -7.0}
    write_fitted(place / "fitted.toml", first, {}, {**META, "command": "first"})
    write_fitted(place / "fitted_drugs.toml", second, {"resistance.log_odds:cdk46": 0.5}, META)
    catalog = load(place)
    assert catalog.value("drug.log_kill", "palbociclib.cdk46") == 1.5
    assert catalog.value("growth.log_rate", "tnbc") == -0.8
    assert catalog.fit is not None
    assert catalog.fit.command == "first"
    assert catalog.drug_fit is not None
    assert catalog.drug_fit.command == "seedsoil fit drugs"
    assert catalog.parameters["resistance.log_odds"].ses["cdk46"] == 0.5
    assert describe(catalog, "resistance.log_odds")["fit"] == "seedsoil fit drugs"
    assert describe(catalog, "growth.log_rate")["fit"] == "first"
    assert "fitted" in describe(catalog, "drug.palbociclib")["kill_from"]


GOOD_DRUG = """[x]
class = "targeted"
description = "x"
mechanisms = ["cdk46"]
kill = { cdk46 = 2.5 }
subtypes = { hr_pos_her2_neg = 1, hr_pos_her2_pos = 1, hr_neg_her2_pos = 0, tnbc = 0 }
exposure = { bone = 1, lung = 1, liver = 1, brain = 0.5, other = 1, nodes = 1 }
grade3_plus = 0.2
discontinuation = 0.05
toxic_death = 0
schedule = "x"
population = "x"
sources = []
status = "assumption"
confidence = "low"
"""


@pytest.mark.parametrize(
    "old, new, parts",
    [
        ('["cdk46"]', '["cdk64"]', ["mechanisms", "'cdk64'", "did you mean 'cdk46'?"]),
        ('["cdk46"]', "[]", ["mechanisms is empty"]),
        ('["cdk46"]', '["cdk46", "cdk46"]', ["mechanisms", "twice"]),
        ("cdk46 = 2.5", "cdk46 = 0", ["kill: cdk46 is 0", "above 0"]),
        ("cdk46 = 2.5", "cdk46 = -1.5", ["kill: cdk46 is -1.5", "above 0"]),
        ("cdk46 = 2.5", "cdk46 = nan", ["kill.cdk46 is nan", "finite"]),
        ("cdk46 = 2.5", "cdk4 = 2.5", ["kill", "'cdk4'", "did you mean 'cdk46'?"]),
        ("cdk46 = 2.5", "taxane = 2.5", ["kill", "missing mechanism cdk46"]),
        ("kill = { cdk46 = 2.5 }", "", ["kill is missing", "x.cdk46"]),
        ('"targeted"', '"targetted"', ["class", "did you mean 'targeted'?"]),
        ("brain = 0.5", "brian = 0.5", ["'exposure.brian'", "did you mean 'exposure.brain'?"]),
        ("brain = 0.5", "brain = 1.5", ["exposure.brain", "1.5"]),
        ("tnbc = 0", "tnbc = -1", ["subtypes.tnbc", "-1"]),
        ("= 1, hr_pos_her2_pos = 1", "= 0, hr_pos_her2_pos = 0", ["subtypes", "nobody"]),
        ("grade3_plus = 0.2", "grade3_plus = 20", ["grade3_plus", "20"]),
        ("grade3_plus", "grade3", ["'grade3'", "did you mean 'grade3_plus'?"]),
        ('schedule = "x"', 'schedule = "x"\nbiomarker = "gbrca"', ["biomarker", "without"]),
        (
            'schedule = "x"',
            'schedule = "x"\nbiomarker = "brca"\nwithout = 0.1',
            ["biomarker", "did you mean 'gbrca'?"],
        ),
        ('status = "assumption"', 'status = "verified"', ["source missing"]),
        ("sources = []", 'sources = ["NH5-095"]', ["NH5-095", "role validation"]),
        ("[x]", "[taxane]", ["'taxane' names a mechanism"]),
        ("[x]", '["x.y"]', ["a name has letters"]),
    ],
)
def test_bad_drug(tmp_path: Path, old: str, new: str, parts: list[str]) -> None:
    assert old in GOOD_DRUG
    with pytest.raises(DataErrors) as caught:
        load(directory(tmp_path, {"drugs.toml": GOOD_DRUG.replace(old, new, 1)}))
    lines = caught.value.problems
    assert any(all(part in line for part in ["drugs.toml", *parts]) for line in lines), lines


def test_unknown_drug_in_a_regimen(tmp_path: Path) -> None:
    text = """[mine]
description = "x"
drugs = [{ drug = "letrozol" }, { drug = "palbociclib", months = 0 }]
population = "x"
sources = []
status = "assumption"
confidence = "low"
[twice]
description = "x"
drugs = [{ drug = "letrozol" }, { drug = "letrozol", does = 2 }]
population = "x"
sources = []
status = "assumption"
confidence = "low"
[unknown]
description = "x"
drugs = [{ drug = "letrozol" }, { drug = "letrozol" }]
population = "x"
sources = []
status = "assumption"
confidence = "low"
"""
    with pytest.raises(DataErrors) as caught:
        load(directory(tmp_path, {"regimens.toml": text}))
    lines = caught.value.problems
    for part in (
        "mine: drugs 2.months",
        "twice: unknown field 'drugs 2.does'; did you mean 'drugs 2.dose'?",
        "unknown: unknown drug 'letrozol'; did you mean 'letrozole'?",
        "unknown: drug 'letrozol' is named twice",
    ):
        assert any(f"regimen.{part}" in line for line in lines), (part, lines)


# A strategy of a user's.


GOOD_STRATEGY = """
[drug.newdrug]
class = "targeted"
kill = { cdk46 = 3.0 }

[drug.letrozole]
kill = { oestrogen_deprivation = 8.0 }

[regimen.newdrug-letrozole]
drugs = [{ drug = "newdrug" }, { drug = "letrozole" }]

[[line]]
when = { subtype = ["HR+/HER2-"], line = 1, age = "<70", not_had = ["newdrug"] }
regimen = { newdrug-letrozole = 0.667, letrozole = 0.333 }
until = { months = 6 }
then = "letrozole"

[[line]]
regimen = "capecitabine"
"""


def test_a_strategy_with_its_own_drug(tmp_path: Path, packaged: Catalog) -> None:
    strategy = load_strategy(file(tmp_path, GOOD_STRATEGY, "my way.toml"), packaged)
    assert (strategy.name, strategy.status, strategy.sources) == ("my way", "assumption", [])
    assert (strategy.scan_weeks, strategy.bone_agent) == (12.0, True)
    new, changed = strategy.drugs["newdrug"], strategy.drugs["letrozole"]
    assert new.mechanisms == ["cdk46"]
    assert new.exposure.numbers() == (1.0,) * 6
    assert packaged.log_kills("newdrug", new) == {"cdk46": math.log(3.0)}
    assert changed.kill == {"oestrogen_deprivation": 8.0}
    assert changed.exposure == packaged.drugs["letrozole"].exposure
    first, second = strategy.lines
    assert first.when.line == (1, 1)
    assert first.when.age == (0.0, math.nextafter(70.0, 0.0))
    assert first.regimen["newdrug-letrozole"] == pytest.approx(0.667)
    assert sum(first.regimen.values()) == pytest.approx(1.0, abs=1e-12)
    assert (first.until_months, first.then) == (6.0, {"letrozole": 1.0})
    assert second.when == Conditions()
    assert second.until_months is None
    assert "newdrug" not in packaged.drugs


@pytest.mark.parametrize(
    "old, new, parts",
    [
        (
            "regimen = { newdrug-",
            "regimen = { newdurg-",
            ["rule 1 (line 12)", "'newdurg-letrozole'"],
        ),
        ('"capecitabine"', '"capecitabin"', ["rule 2 (line 18)", "did you mean 'capecitabine'?"]),
        (
            'then = "letrozole"',
            'then = "letrozol"',
            ["rule 1 (line 12)", "did you mean 'letrozole'?"],
        ),
        ("until = { months = 6 }", "", ["rule 1 (line 12)", "then is given without until"]),
        (
            'then = "letrozole"',
            "then = { letrozole = 0.6, exemestane = 0.3 }",
            ["rule 1 (line 12): then", "sum to 0.9; they must sum to 1"],
        ),
        (
            'then = "letrozole"',
            "then = { letrozole = 0.6, exemestan = 0.4 }",
            ["rule 1 (line 12)", "did you mean 'exemestane'?"],
        ),
        ('then = "letrozole"', "then = {}", ["rule 1 (line 12): then", "must sum to 1"]),
        ('then = "letrozole"', "then = 6", ["rule 1 (line 12): then", "a regimen's name or"]),
        ("months = 6", "weeks = 6", ["rule 1 (line 12)", "'until.weeks'", "until.months"]),
        ("0.333", "0.4", ["rule 1 (line 12)", "sum to 1.067", "must sum to 1"]),
        ("0.333", "-0.1", ["rule 1 (line 12)", "'letrozole' is -0.1"]),
        ('["newdrug"]', '["newdurg"]', ["rule 1 (line 12)", "not_had", "did you mean 'newdrug'?"]),
        (
            '"HR+/HER2-"',
            '"HR+/HER-"',
            ["rule 1 (line 12): when.subtype", "did you mean 'HR+/HER2-'?"],
        ),
        ('"<70"', '"<seventy"', ["rule 1 (line 12): when.age", "must be ages such as"]),
        ('"<70"', '"80-70"', ["rule 1 (line 12): when.age", "empty range", "80 is above 70"]),
        ("line = 1", 'line = "1.5"', ["rule 1 (line 12): when.line", "whole numbers"]),
        (
            "line = 1",
            "lines = 1",
            ["rule 1 (line 12)", "'when.lines'", "did you mean 'when.line'?"],
        ),
        ("line = 1", 'line = "1", had = ["taxane"]', ["contradiction", "line is 1", "had"]),
        ("line = 1", 'had = ["newdrug"]', ["contradiction", "had and not_had both name 'newdrug'"]),
        ("cdk46 = 3.0", "cdk46 = 0.0", ["drug.newdrug", "above 0"]),
        ('class = "targeted"', "", ["drug.newdrug", "'class' is missing"]),
        (
            '{ drug = "newdrug" }',
            '{ drug = "newdurg" }',
            ["regimen.newdrug-letrozole", "newdrug'?"],
        ),
        ("[[line]]", "[[lines]]", ["no [[line]] is given"]),
        ("[[line]]", "scan_week = 8\n[[line]]", ["letrozole", "scan_week"]),
    ],
)
def test_bad_strategy(
    tmp_path: Path, packaged: Catalog, old: str, new: str, parts: list[str]
) -> None:
    assert old in GOOD_STRATEGY
    count = -1 if old == "[[line]]" and new == "[[lines]]" else 1
    lines = strategy_problems(tmp_path, GOOD_STRATEGY.replace(old, new, count), packaged)
    assert any(all(part in line for part in ["mine.toml", *parts]) for line in lines), lines


def test_all_problems_of_a_strategy_at_once(tmp_path: Path, packaged: Catalog) -> None:
    text = """scan_weeks = 0
bone_agents = true
[[line]]
when = { line = "0", esr1 = true, subtype = ["TNBC"] }
regimen = "letrozol"
[[line]]
when = { bone_only = true, visceral = true }
regimen = "capecitabin"
"""
    lines = strategy_problems(tmp_path, text, packaged)
    assert len(lines) == 7
    assert "scan_weeks" in lines[0]
    assert "bone_agent" in lines[1]
    for part in (
        "below 1",
        "esr1 needs HR+",
        "letrozole",
        "bone_only and visceral",
        "capecitabine",
    ):
        assert any(part in line for line in lines), part


def test_unreadable_strategy(tmp_path: Path, packaged: Catalog) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        load_strategy(tmp_path / "missing.toml", packaged)
    with pytest.raises(InputError, match="is a directory"):
        load_strategy(tmp_path, packaged)
    with pytest.raises(InputError, match="not valid TOML"):
        load_strategy(file(tmp_path, "[[line"), packaged)


# A trial of a user's.


PROVENANCE = """
description = "a trial"
population = "made up"
status = "assumption"
confidence = "low"
"""
GOOD_TRIAL = """
name = "MINE"
year = 2027
role = "validation"
eligible = { subtype = ["HR+/HER2-"], line = "1" }
adjuvant = "2013+"
before = "2022"
after = "2022"
scan_weeks = 8
accrual_months = 12
follow_up_months = 36
dropout = 0.03
hr_reference = "control"

[regimen.longer]
drugs = [{ drug = "letrozole", months = 60 }]

[[arm]]
name = "experimental"
regimen = "longer"
n = 100
crossover = { regimen = "letrozole", share = 0.2 }
published = [
  { endpoint = "pfs_median", value = 20, verified = false },
]

[[arm]]
name = "control"
regimen = "letrozole"
n = 100

[[comparison]]
endpoint = "pfs_hr"
value = 0.5
low = 0.4
high = 0.7
verified = false
"""


def test_a_trial_of_a_users(tmp_path: Path, packaged: Catalog) -> None:
    trial = load_trial(file(tmp_path, GOOD_TRIAL), packaged)
    assert isinstance(trial, Trial)
    assert trial.arms[0].published[0].unit == "months"
    assert not trial.arms[1].published
    assert trial.comparisons[0].unit == "hazard ratio"
    assert trial.regimens["longer"].drugs[0].months == 60
    assert not trial.arms[0].usual_care
    cohort = GOOD_TRIAL.replace('regimen = "letrozole"\nn', 'regimen = "usual care"\nn')
    assert load_trial(file(tmp_path, cohort), packaged).arms[1].usual_care


@pytest.mark.parametrize(
    "old, new, parts",
    [
        ('before = "2022"', 'before = "20222"', ["before", "did you mean '2022'?"]),
        ('adjuvant = "2013+"', 'adjuvant = "2013"', ["adjuvant", "did you mean '2013+'?"]),
        ("follow_up_months = 36", "follow_up_months = 6", ["follow_up_months 6", "accrual"]),
        ('hr_reference = "control"', 'hr_reference = "contrl"', ["did you mean 'control'?"]),
        ('name = "control"', 'name = "experimental"', ["two arms", "'experimental'"]),
        ('"pfs_median"', '"pfs_mean"', ["'pfs_mean'", "did you mean 'pfs_median'?"]),
        ('"pfs_median"', '"pfs_hr"', ["published 1", "belongs under [[comparison]]"]),
        ("value = 20,", 'value = 20, unit = "years",', ["'years'", "must be 'months'"]),
        ("value = 20,", "value = -2,", ["-2 is out of range", "months"]),
        ("value = 20,", "value = nan,", ["value is nan", "finite"]),
        ("low = 0.4", "low = 0.6", ["comparison 1", "not between low 0.6 and high 0.7"]),
        ('endpoint = "pfs_hr"', 'endpoint = "pfs_median"', ["belongs under published"]),
        ("share = 0.2", "share = 2.0", ["arm 1 (line ", "crossover.share"]),
        ('regimen = "letrozole", share', 'regimen = "letro", share', ["crossover", "'letro'"]),
        ("n = 100", "n = 0", ["arm 1 (line 18): n is 0"]),
        ("year = 2027", 'year = "2027"', ["year", "whole number"]),
        ("year = 2027", 'year = 2027\nnct = "NCT1"', ["nct", "eight digits"]),
        ('line = "1" }', 'line = "1", chemo_lines = "1+" }', ["eligible", "chemo_lines"]),
        ("dropout = 0.03", 'sources = ["NH"]\ndropout = 0.03', ["unknown source 'NH'"]),
    ],
)
def test_bad_trial(tmp_path: Path, packaged: Catalog, old: str, new: str, parts: list[str]) -> None:
    assert old in GOOD_TRIAL
    with pytest.raises(DataErrors) as caught:
        load_trial(file(tmp_path, GOOD_TRIAL.replace(old, new, 1)), packaged)
    lines = caught.value.problems
    assert any(all(part in line for part in ["mine.toml", *parts]) for line in lines), lines


def test_a_trial_to_fit_is_cut_on_a_day_and_may_not_rest_on_one_held_out(
    tmp_path: Path, packaged: Catalog
) -> None:
    held_out = next(t for t in packaged.trials.values() if t.role == "validation")
    text = GOOD_TRIAL.replace('"validation"', '"calibration"')
    text = text.replace(
        "dropout", f'sources = ["{held_out.sources[0]}"]\ncut = {{ events = 9 }}\ndropout'
    )
    with pytest.raises(DataErrors) as caught:
        load(directory(tmp_path, {"trials/mine.toml": PROVENANCE + text}))
    assert any("role validation" in line for line in caught.value.problems)
    assert any(
        "cut: drugs are fitted to data cut on a day" in line for line in caught.value.problems
    )


def test_an_entry_is_named_by_its_line_whatever_stands_before_it(
    tmp_path: Path, packaged: Catalog
) -> None:
    """Neither a text of several lines nor a comment is taken for the head of a rule."""
    before = "note = \"\"\"\n[[line]]\n\"\"\"\n# [[line]]\ndescription = '''\n[[line]]'''\n"
    text = (
        before
        + '[[ line ]]\nregimen = "capecitabine"\r\n\r\n  [[line]] # last\r\nregimen = "x"\r\n'
    )
    with pytest.raises(
        DataErrors, match=r"^\S*mine\.toml: rule 2 \(line 10\): unknown regimen 'x'"
    ):
        load_strategy(file(tmp_path, text), packaged)
    inline = 'line = [{ regimen = "capecitabine" }, { regimen = "x" }]'
    with pytest.raises(DataErrors, match=r"mine\.toml: rule 2: unknown regimen 'x'"):
        load_strategy(file(tmp_path, inline), packaged)


@pytest.mark.parametrize(
    "old, new",
    [
        ('class = "targeted"', 'class = "targetted"'),
        ("drugs = [{", "drugs = 3 #"),
        ('[drug.newdrug]\nclass = "targeted"\nkill = { cdk46 = 3.0 }', "drug.newdrug = 3"),
    ],
)
def test_a_bad_drug_or_regimen_is_one_problem(
    tmp_path: Path, packaged: Catalog, old: str, new: str
) -> None:
    with pytest.raises(DataErrors) as caught:
        load_strategy(file(tmp_path, GOOD_STRATEGY.replace(old, new)), packaged)
    assert len(caught.value.problems) == 1


def test_a_file_whose_lines_end_in_cr_alone_is_told_so(tmp_path: Path, packaged: Catalog) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(GOOD_STRATEGY.replace("\n", "\r").encode())
    with pytest.raises(DataErrors, match="end in CR alone"):
        load_strategy(path, packaged)


# Rules that can never be taken.


def rules(*when: dict[str, object]) -> list[Conditions]:
    return [Conditions.model_validate(conditions) for conditions in when]


@pytest.mark.parametrize(
    "when, found",
    [
        ([{"line": "1-4"}, {"line": "2"}], {2: [1]}),
        ([{}, {"line": "2"}, {}], {2: [1], 3: [1]}),
        ([{"line": "2"}, {"line": "1-4"}], {}),
        ([{"visceral": True}, {"line": "1"}, {"visceral": False}, {"age": "<70"}], {4: [1, 3]}),
        ([{"age": "<50"}, {"age": "50-69"}, {"age": "70+"}, {"line": "1"}], {4: [1, 2, 3]}),
        ([{"age": "<50"}, {"age": "51-69"}, {"age": "70+"}, {"line": "1"}], {}),
        ([{"line": "1-2"}, {"line": "4+"}, {"line": "2-5"}], {}),
        ([{"line": "1-3"}, {"line": "4+"}, {"line": "2-5"}], {3: [1, 2]}),
        ([{"subtype": ["TNBC"], "line": "1"}, {"subtype": ["TNBC", "HR-/HER2+"]}], {}),
        ([{"had": ["taxane"]}, {"had": ["platinum", "taxane"]}], {2: [1]}),
        ([{"had": ["platinum", "taxane"]}, {"had": ["taxane"]}], {}),
        ([{"not_had": ["taxane"]}, {"line": "1"}], {}),
        ([{"last_line_months": ">=0"}, {"line": "1"}], {}),
        ([{"last_line_months": ">=6"}, {"last_line_months": ">=12"}], {2: [1]}),
        ([{"menopause": "pre"}, {"menopause": "post"}, {"ecog": "0-1"}], {3: [1, 2]}),
        ([{"ecog": "0-4"}, {}], {2: [1]}),
    ],
)
def test_rules_that_can_never_be_taken(
    when: list[dict[str, object]], found: dict[int, list[int]]
) -> None:
    assert never_taken(rules(*when)) == found


_SOME = st.fixed_dictionaries(
    {},
    optional={
        "subtype": st.sampled_from([["TNBC"], ["TNBC", "HR-/HER2+"], list(SUBTYPES)]),
        "line": st.sampled_from(["1", "2", "1-2", "2+", "3+"]),
        "age": st.sampled_from(["<50", "50-69", "70+"]),
        "visceral": st.booleans(),
    },
)


@given(st.lists(_SOME, min_size=2, max_size=5))
def test_no_woman_is_taken_by_a_rule_that_can_never_be_taken(when: list[dict[str, object]]) -> None:
    women = product(SUBTYPES, (1, 2, 3, 9), (20.0, 49.9, 50.0, 69.99, 70.0, 99.0), (True, False))
    parsed = rules(*when)
    taken = set()
    for subtype, line, age, visceral in women:
        for number, c in enumerate(parsed, start=1):
            if (
                (c.subtype is None or subtype in c.subtype)
                and (c.line is None or c.line[0] <= line <= c.line[1])
                and (c.age is None or c.age[0] <= age <= c.age[1])
                and c.visceral in (None, visceral)
            ):
                taken.add(number)
                break
    assert not taken & set(never_taken(parsed))


def test_the_packaged_rules_can_all_be_taken(packaged: Catalog) -> None:
    for strategy in packaged.strategies.values():
        assert never_taken([line.when for line in strategy.lines]) == {}


def test_a_rule_that_can_never_be_taken_is_a_warning(
    tmp_path: Path, packaged: Catalog, caplog: pytest.LogCaptureFixture
) -> None:
    load_strategy(file(tmp_path, GOOD_STRATEGY), packaged)
    assert not caplog.records
    more = '\n[[line]]\nwhen = { line = "2" }\nregimen = "letrozole"\n'
    load_strategy(file(tmp_path, GOOD_STRATEGY + more), packaged)
    [record] = caplog.records
    assert record.getMessage().endswith(
        "mine.toml: rule 3 (line 21) can never be taken: rule 2 (line 18) takes every woman that it would"
    )


def test_bad_strategy_in_a_directory_is_found_on_loading(tmp_path: Path) -> None:
    place = directory(tmp_path, {"strategies/a.toml": GOOD_STRATEGY.replace("0.333", "0.4")})
    with pytest.raises(
        DataErrors, match=r"mine/strategies/a\.toml: rule 1 \(line 12\): regimen"
    ) as caught:
        load(place)
    assert any("'scan_weeks' is missing" in line for line in caught.value.problems)


# Conditions.


@pytest.mark.parametrize(
    "field, text, expected",
    [
        ("line", "1", (1, 1)),
        ("line", "2-3", (2, 3)),
        ("line", "3+", (3, MANY)),
        ("chemo_lines", "0", (0, 0)),
        ("chemo_lines", "<3", (0, 2)),
        ("chemo_lines", ">=2", (2, MANY)),
        ("age", "<70", (0.0, math.nextafter(70.0, 0.0))),
        ("age", ">=18", (18.0, math.inf)),
        ("age", "50-74", (50.0, math.nextafter(75.0, 0.0))),
        ("age", ">74", (75.0, math.inf)),
        ("last_line_months", ">=12", (12.0, math.inf)),
        ("last_line_months", "<6", (0.0, math.nextafter(6.0, 0.0))),
        ("last_line_months", "6-12", (6.0, 12.0)),
        ("last_line_months", ">12", (math.nextafter(12.0, math.inf), math.inf)),
    ],
)
def test_ranges(field: str, text: str, expected: tuple[float, float]) -> None:
    assert getattr(Conditions.model_validate({field: text}), field) == expected


@given(
    st.integers(0, 20),
    st.integers(0, 20),
    st.sampled_from(["{a}", "{a}-{b}", "{a}+", "<{b}", ">={a}", ">{a}", "<={a}"]),
)
@settings(max_examples=200, deadline=None)
def test_ranges_hold_what_they_say_and_can_be_written_again(a: int, more: int, form: str) -> None:
    """For whole numbers of lines, years and months; the written form gives the same range back."""
    text = form.format(a=a, b=a + more + 1)
    end = a + more + 1
    holds: dict[str, Callable[[int], bool]] = {
        "{a}": lambda n: n == a,
        "{a}-{b}": lambda n: a <= n <= end,
        "{a}+": lambda n: n >= a,
        "<{b}": lambda n: n < end,
        ">={a}": lambda n: n >= a,
        ">{a}": lambda n: n > a,
        "<={a}": lambda n: n <= a,
    }
    says = holds[form]
    for field in ("line", "age", "last_line_months"):
        if field == "last_line_months" and form == "{a}":
            continue
        parsed = Conditions.model_validate({field: text})
        low, high = getattr(parsed, field)
        for n in range(45):
            assert (low <= n <= high) == says(n), (field, text, n)
        assert Conditions.model_validate(conditions(parsed)) == parsed


@pytest.mark.parametrize(
    "asked",
    [
        {"had": ["cdk46"], "not_had": ["cdk46"]},
        {"had_adjuvant": ["chemo"], "not_had_adjuvant": ["chemo"]},
        {"line": "1", "last_line_months": ">=6"},
        {"line": "2", "chemo_lines": "2"},
        {"presentation": "de novo", "had_adjuvant": ["chemo"]},
        {"bone_only": True, "measurable": True},
        {"visceral": False, "visceral_crisis": True},
        {"subtype": ["TNBC"], "endocrine_resistant": True},
        {"subtype": ["HR-/HER2+"], "her2_low": True},
    ],
)
def test_contradictions_are_seen(asked: dict[str, object]) -> None:
    assert len(contradictions(Conditions.model_validate(asked))) == 1


def test_no_contradiction_where_there_is_none() -> None:
    asked = {"subtype": ["HR+/HER2-", "TNBC"], "line": "2+", "chemo_lines": "1", "esr1": True}
    assert contradictions(Subgroup.model_validate({**asked, "brain": True})) == []


# Showing sources.


def test_every_entry_can_be_shown(packaged: Catalog) -> None:
    kinds = {
        "drug": packaged.drugs,
        "regimen": packaged.regimens,
        "strategy": packaged.strategies,
        "trial": packaged.trials,
    }
    listed = {entry["key"] for entry in describe(packaged)["entries"]}
    for kind, entries in kinds.items():
        for name in entries:
            key = f"{kind}.{name}"
            found = describe(packaged, key)
            assert key in listed
            assert render_text(found)
            assert json.loads(json.dumps(found, allow_nan=False)) == found
            assert found["verified"] == (found["status"] in ("verified", "derived"))
        assert len(describe(packaged, kind)["entries"]) >= len(entries)


def test_text_of_a_drug_a_strategy_and_a_trial(packaged: Catalog) -> None:
    text = render_text(describe(packaged, "drug.palbociclib"))
    for part in (
        "cdk46",
        "1/year",
        "share of patients",
        "cost.palbociclib",
        "NOT VERIFIED",
        "TOX-PALOMA-2",
    ):
        assert part in text
    text = render_text(describe(packaged, "trial.PALOMA-2"))
    for part in ("NCT01740427", "pfs_hr", "0.463 to 0.718", "hazard ratio", "calibration"):
        assert part in text
    assert "not endocrine resistant" in text
    assert "NOT VERIFIED" in text
    assert "RES-86" in text
    assert "not responders" in text
    text = render_text(describe(packaged, "strategy.2013-2016"))
    assert "for 6 months then letrozole" in text
    assert "not had" in text
    text = render_text(describe(packaged, "regimen.doxorubicin-docetaxel"))
    assert "drug docetaxel, months 6.0" in text
    assert "dose" not in text.partition("note")[0]


def test_unknown_entry_names_the_nearest(packaged: Catalog) -> None:
    with pytest.raises(InputError, match=r"did you mean 'drug\.palbociclib'"):
        describe(packaged, "drug.palbocicilb")
    with pytest.raises(InputError, match=r"did you mean 'trial\.PALOMA-2'"):
        describe(packaged, "trial.PALOMA2")


# ----------------------------------------------------------------------------- strategies and trials by name


def test_a_trial_is_found_by_name_file_and_itself(packaged: Catalog, tmp_path: Path) -> None:
    known = packaged.trials["PALOMA-2"]
    assert lookup.find_trial("PALOMA-2", catalog=packaged) is known
    assert lookup.find_trial(known) is known
    path = file(tmp_path, GOOD_TRIAL)
    for given_as in (path, str(path)):
        assert lookup.find_trial(given_as, catalog=packaged).name == "MINE"


def test_a_name_goes_before_a_file_or_directory_of_that_name(
    packaged: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("PALOMA-2", "2022", "paloma-2", "my-results"):
        (tmp_path / name).mkdir()
    assert lookup.find_trial("PALOMA-2", catalog=packaged) is packaged.trials["PALOMA-2"]
    assert lookup.strategy("2022", catalog=packaged) is packaged.strategies["2022"]
    # where a trial's results lie is no trial
    with pytest.raises(InputError, match=r"no such trial; did you mean 'PALOMA-2'\?"):
        lookup.find_trial("paloma-2", catalog=packaged)
    with pytest.raises(InputError, match="unknown name 'my-results'"):
        lookup.strategy("my-results", catalog=packaged)
    with pytest.raises(InputError, match="is a directory; give a TOML file"):
        lookup.find_trial(str(tmp_path / "paloma-2"), catalog=packaged)


@pytest.mark.parametrize("wrong", [None, 2022, 1.5, ["2022"], {}])
def test_a_strategy_or_trial_of_another_type_is_refused(packaged: Catalog, wrong: object) -> None:
    with pytest.raises(InputError, match="is not a strategy; give a name of the catalog"):
        lookup.strategy(wrong, catalog=packaged)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="is not a trial; give a name of the catalog"):
        lookup.find_trial(wrong, catalog=packaged)  # type: ignore[arg-type]


def test_lazy_entries_are_read_once_and_when_asked_for() -> None:
    reads: list[int] = []

    def read() -> dict[str, int]:
        reads.append(1)
        return {"a": 1}

    entries = Lazy(read)
    assert reads == []
    assert (entries["a"], list(entries), len(entries), "b" in entries) == (1, ["a"], 1, False)
    assert reads == [1]


def test_the_catalog_reads_no_strategy_before_one_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from seedsoil.catalog import loader

    monkeypatch.setattr(loader, "read_folder", lambda *_: pytest.fail("a folder was read"))
    load()


def test_listing_trials_imports_nothing_heavy() -> None:
    program = (
        "import sys\nfrom seedsoil.catalog import load\nfrom seedsoil.catalog import lookup\n"
        "assert lookup.trials_table(load())\nprint(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert not {"numpy", "numba", "pyarrow", "scipy"} & set(done.stdout.split())


def test_untreated_is_no_strategy_to_compare(packaged: Catalog) -> None:
    assert lookup.strategy("untreated", catalog=packaged) is None
    with pytest.raises(InputError, match="the strategy without drugs to compare with is 'none'"):
        compare(["untreated", "2022"], women=10, catalog=packaged)
