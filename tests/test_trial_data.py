"""The packaged trials and strategies: numbers are legal, names exist, and later lines do not run out.

Files are read as they are written, so that a loader that forgives cannot hide a slip.
"""

from __future__ import annotations

import random
import re
import tomllib
from functools import cache
from importlib import resources
from typing import Any

import pytest

from seedsoil.catalog import Catalog, load

Table = dict[str, Any]

MONTHS = re.compile(r"(pfs|os|ttp|dor|chemo_free|cns_pfs|esr1_lead)_median")
RATIO = re.compile(r"(pfs|os|ttp|chemo_free|cns_pfs|pfs2|brain_or_death)_hr")
LANDMARK = re.compile(r"(pfs|os|on_treatment)_at_(\d+)|(responded|brain)_by_(\d+)")
SHARE = re.compile(
    r"orr|orr_measurable|cr|pd_best|dcr|cbr|intracranial_orr|grade3_plus|discontinuation"
    r"|post_therapy|post_chemo|attrition_[1-9]|time_on_treatment|died_on_treatment"
    r"|esr1_at_enrolment|esr1_at_progression|esr1_polyclonal|esr1_rising|brain_at_enrolment"
)
OTHER = {"pfs_os_correlation": (-1.0, 1.0), "lines_received": (1.0, 10.0)}
LONGEST_MONTHS = 240.0
CONDITIONS = {
    *(
        "subtype",
        "menopause",
        "her2_low",
        "pd_l1_cps10",
        "gbrca",
        "pik3ca_pathway",
        "pik3ca",
        "esr1",
        "line",
    ),
    *("chemo_lines", "endocrine_lines", "had", "not_had", "had_adjuvant", "not_had_adjuvant"),
    *("presentation", "endocrine_resistant", "visceral", "visceral_crisis", "brain", "bone_only"),
    *("measurable", "age", "last_line_months", "recent_line_had"),
}
AT_ENROLMENT = CONDITIONS | {"responders", "bone", "lung", "liver", "first_line_months"}
"""Conditions that subgroups of published results also use."""
SUBTYPES = ("HR+/HER2-", "HR+/HER2+", "HR-/HER2+", "TNBC")
USUAL_CARE = "usual care"


@cache
def files(folder: str) -> dict[str, Table]:
    place = resources.files("seedsoil.catalog").joinpath("data", folder)
    found = sorted(place.iterdir(), key=lambda entry: entry.name)
    return {f.name: tomllib.loads(f.read_text("utf-8")) for f in found if f.name.endswith(".toml")}


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load()


TRIALS = sorted(files("trials"))
STRATEGIES = sorted(files("strategies"))
on_trials = pytest.mark.parametrize("file", TRIALS)
on_strategies = pytest.mark.parametrize("file", STRATEGIES)


def published(trial: Table) -> list[Table]:
    arms = [entry for arm in trial["arm"] for entry in arm["published"]]
    return [*arms, *trial.get("comparison", [])]


def options(entry: Table) -> dict[str, float]:
    """The regimens of an arm or rule with their shares."""
    regimen = entry["regimen"]
    return {regimen: 1.0} if isinstance(regimen, str) else dict(regimen)


def regimens(table: Table, entries: str) -> set[str]:
    names = {name for entry in table.get(entries, []) for name in options(entry)}
    names |= {entry["then"] for entry in table.get(entries, []) if "then" in entry}
    return names | {e["crossover"]["regimen"] for e in table.get(entries, []) if "crossover" in e}


def legal_range(endpoint: str) -> tuple[float, float, str]:
    if MONTHS.fullmatch(endpoint):
        return 0.1, LONGEST_MONTHS, "months"
    if RATIO.fullmatch(endpoint):
        return 0.05, 5.0, "hazard ratio"
    if LANDMARK.fullmatch(endpoint) or SHARE.fullmatch(endpoint):
        return 0.0, 1.0, "share"
    low, high = OTHER[endpoint]
    return low, high, "lines" if endpoint == "lines_received" else "rank correlation"


# What is published.


@on_trials
def test_published_numbers_are_legal(file: str) -> None:
    for entry in published(files("trials")[file]):
        low, high, unit = legal_range(entry["endpoint"])
        assert low <= entry["value"] <= high, entry
        assert entry["unit"] == unit, entry
        assert isinstance(entry["verified"], bool), entry
        assert entry["confidence"] in ("high", "medium", "low"), entry
        if "low" in entry or "high" in entry:
            assert entry["low"] <= entry["value"] <= entry["high"], entry
        assert set(entry.get("among", {})) <= AT_ENROLMENT, entry


@on_trials
def test_hazard_ratio_lies_near_the_middle_of_its_interval(file: str) -> None:
    """On the scale of logarithms an interval is even, but for rounding and inversion."""
    for entry in published(files("trials")[file]):
        if RATIO.fullmatch(entry["endpoint"]) and "low" in entry:
            middle = (entry["low"] * entry["high"]) ** 0.5
            assert abs(entry["value"] / middle - 1.0) < 0.05, entry


@on_trials
def test_no_number_is_given_twice(file: str) -> None:
    trial = files("trials")[file]
    for entries in [*(arm["published"] for arm in trial["arm"]), trial.get("comparison", [])]:
        keys = [(e["endpoint"], repr(sorted(e.get("among", {}).items()))) for e in entries]
        assert len(keys) == len(set(keys))


@on_trials
def test_curves_do_not_rise_and_agree_with_their_median(file: str) -> None:
    for arm in files("trials")[file]["arm"]:
        whole = {e["endpoint"]: e["value"] for e in arm["published"] if "among" not in e}
        for curve in ("pfs", "os"):
            points = sorted(
                (int(name.rpartition("_")[2]), share)
                for name, share in whole.items()
                if name.startswith(f"{curve}_at_")
            )
            assert [s for _, s in points] == sorted((s for _, s in points), reverse=True)
            median = whole.get(f"{curve}_median")
            for month, share in points:
                if median and abs(month - median) > 1.5:
                    assert (share > 0.5) == (month < median), (arm["name"], curve, month)
        if {"cr", "orr"} <= set(whole):
            assert whole["cr"] <= whole["orr"]


@on_trials
def test_subgroup_is_not_the_whole_trial(file: str) -> None:
    trial = files("trials")[file]
    groups = [trial["eligible"], *trial.get("or_eligible", [])]
    for entry in published(trial):
        for key, value in entry.get("among", {}).items():
            assert any(group.get(key) != value for group in groups), (key, value)


# Trials as they are run.


@on_trials
def test_arms_and_conduct(file: str, catalog: Catalog) -> None:
    trial = files("trials")[file]
    arms = [arm["name"] for arm in trial["arm"]]
    assert arms in (["experimental", "control"], ["cohort"])
    assert trial["hr_reference"] == arms[-1]
    assert ("comparison" in trial) <= (arms != ["cohort"])
    assert trial["role"] in ("calibration", "validation")
    assert 0 < trial["scan_weeks"] <= 26
    assert 0 < trial["accrual_months"] < trial["follow_up_months"]
    assert 0.0 <= trial["dropout"] < 0.3
    assert trial["adjuvant"] in catalog.policies.adjuvant
    strategies = {strategy["name"] for strategy in files("strategies").values()}
    assert {trial["before"], trial["after"]} <= strategies
    for arm in trial["arm"]:
        assert arm["n"] >= 20
        assert sum(options(arm).values()) == pytest.approx(1.0)
        assert 0.0 < arm.get("crossover", {"share": 0.5})["share"] < 1.0


@on_trials
def test_regimens_exist(file: str, catalog: Catalog) -> None:
    names = regimens(files("trials")[file], "arm") - {USUAL_CARE}
    assert names <= set(catalog.regimens), names - set(catalog.regimens)


@on_trials
def test_sources_exist_and_share_the_role_of_the_trial(file: str, catalog: Catalog) -> None:
    trial = files("trials")[file]
    named = [*trial["sources"], *(key for e in published(trial) for key in e.get("sources", []))]
    assert trial["sources"]
    assert set(named) == set(trial["sources"])
    for key in named:
        assert catalog.sources[key].role == trial["role"], key


@on_trials
def test_verified_numbers_rest_on_a_verified_source(file: str, catalog: Catalog) -> None:
    trial = files("trials")[file]
    for entry in published(trial):
        if entry["verified"]:
            key = (entry.get("sources") or trial["sources"])[0]
            assert catalog.sources[key].status == "verified", entry


@on_trials
def test_validation_is_not_named_as_evidence_for_a_fitted_number(
    file: str, catalog: Catalog
) -> None:
    trial = files("trials")[file]
    assert trial["status"] in ("verified", "derived", "unverified", "assumption")
    assert "assumption" in trial["note"]
    if trial["role"] == "validation":
        for parameter in catalog.parameters.values():
            assert not set(parameter.sources) & set(trial["sources"]), parameter.key


def test_names_of_trials_differ() -> None:
    names = [trial["name"].casefold() for trial in files("trials").values()]
    assert len(names) == len(set(names))


# Strategies.


@on_strategies
def test_strategy_is_well_formed(file: str, catalog: Catalog) -> None:
    strategy = files("strategies")[file]
    assert strategy["name"] + ".toml" == file
    assert set(strategy["sources"]) <= set(catalog.sources)
    assert strategy["sources"] or strategy["status"] == "assumption"
    names = regimens(strategy, "line")
    assert names <= set(catalog.regimens), names - set(catalog.regimens)
    for rule in strategy.get("line", []):
        assert set(rule["when"]) <= CONDITIONS, rule["when"]
        assert set(rule["when"].get("subtype", SUBTYPES)) <= set(SUBTYPES)
        assert sum(options(rule).values()) == pytest.approx(1.0), rule
        assert len(options(rule)) <= 8
        assert ("then" in rule) <= ("until" in rule)


def within(condition: str, number: int) -> bool:
    """Whether a whole number satisfies "2", "2-4" or "3+"."""
    low, dash, high = condition.partition("-")
    if dash:
        return int(low) <= number <= int(high)
    return number >= int(low[:-1]) if low.endswith("+") else number == int(low)


class Woman:
    """What a strategy may ask of a woman, drawn at random, and what she has been given."""

    def __init__(self, subtype: str, luck: random.Random) -> None:
        biomarkers = ("her2_low", "pd_l1_cps10", "gbrca", "pik3ca_pathway", "pik3ca", "esr1")
        flags = (*biomarkers, "visceral", "visceral_crisis", "brain", "endocrine_resistant")
        self.facts: Table = {flag: luck.random() < 0.4 for flag in flags}
        self.facts["pik3ca"] = self.facts["pik3ca_pathway"] and self.facts["pik3ca"]
        self.facts["bone_only"] = not self.facts["visceral"] and luck.random() < 0.5
        self.facts["subtype"] = subtype
        self.facts["menopause"] = luck.choice(["pre", "post"])
        self.age = luck.choice([45, 60, 80])
        self.adjuvant = {t for t in ("chemo", "endocrine") if luck.random() < 0.5}
        self.had: set[str] = set()
        self.drugs: set[str] = set()
        self.counts = {"line": 1, "chemo_lines": 0, "endocrine_lines": 0}

    def meets(self, when: Table) -> bool:
        tests = {
            "subtype": lambda v: self.facts["subtype"] in v,
            "had": lambda v: set(v) <= self.had,
            "not_had": lambda v: not set(v) & self.had,
            "had_adjuvant": lambda v: set(v) <= self.adjuvant,
            "age": lambda v: self.age >= int(v.removeprefix(">=")),
        }
        return all(
            tests[key](value)
            if key in tests
            else within(value, self.counts[key])
            if key in self.counts
            else self.facts[key] == value
            for key, value in when.items()
        )

    def given(self, name: str, catalog: Catalog) -> None:
        drugs = {part.drug for part in catalog.regimens[name].drugs}
        mechanisms = {m for drug in drugs for m in catalog.drugs[drug].mechanisms}
        classes = {catalog.drugs[drug].drug_class for drug in drugs}
        self.drugs |= drugs
        self.had |= drugs | mechanisms | classes
        payload = bool(mechanisms & {"topo1_payload", "dm1_payload"})
        self.counts["chemo_lines"] += "chemotherapy" in classes or payload
        self.counts["endocrine_lines"] += "hormonal" in classes
        self.counts["line"] += 1


@on_strategies
def test_later_lines_bring_new_drugs_and_end(file: str, catalog: Catalog) -> None:
    """A woman who lives long enough gets five lines or more, six or more as a rule; three before taxanes."""
    strategy = files("strategies")[file]
    fewest, mean = (3, 2.9) if file == "pre-1998.toml" else (5, 5.9)
    if not strategy.get("line"):
        return
    luck = random.Random(11)
    for subtype in SUBTYPES:
        lines = []
        for _ in range(150):
            woman = Woman(subtype, luck)
            while True:
                rule = next((r for r in strategy["line"] if woman.meets(r["when"])), None)
                if rule is None:
                    break
                fresh = {
                    name: share
                    for name, share in options(rule).items()
                    if {part.drug for part in catalog.regimens[name].drugs} - woman.drugs
                }
                assert fresh, (subtype, sorted(woman.drugs), rule)
                woman.given(luck.choices(list(fresh), list(fresh.values()))[0], catalog)
                if "then" in rule:
                    woman.drugs |= {d.drug for d in catalog.regimens[rule["then"]].drugs}
                    woman.had |= woman.drugs
                assert woman.counts["line"] < 12
            lines.append(woman.counts["line"] - 1)
        assert min(lines) >= fewest, (subtype, min(lines))
        assert sum(lines) / len(lines) > mean, (subtype, sum(lines) / len(lines))
