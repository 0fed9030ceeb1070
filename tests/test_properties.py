"""Whatever the legal parameters, results are finite, ordered and consistent with each other."""

from __future__ import annotations

import math
from collections import defaultdict
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import seedsoil as ss
from kernels import packaged, within

if TYPE_CHECKING:
    from seedsoil.catalog import Catalog
from seedsoil.vocabulary import ORGANS

ROUNDING = 1e-6
"""Years. Event times are exact to 1e-11 of the lesion's own time scale, 1/b."""
MANY_PRIOR_SDS = 4.0
FITTED = packaged().fitted_names()

Row = dict[str, Any]


def check_cohort(
    catalog: Catalog, women: int, screening: str, adjuvant: str, strategy: str, seed: int
) -> None:
    """Simulate, within two minutes, and check every woman."""
    run = within(
        120.0,
        lambda: ss.simulate(
            women,
            seed=seed,
            threads=1,
            screening=screening,
            adjuvant=adjuvant,
            strategy=strategy,
            catalog=catalog,
        ),
    )
    lesions: defaultdict[int, list[Row]] = defaultdict(list)
    symptoms: defaultdict[int, list[Row]] = defaultdict(list)
    lines: defaultdict[int, list[Row]] = defaultdict(list)
    for row in run.lines.to_pylist():
        lines[row["patient"]].append(row)
    for row in run.lesions.to_pylist():
        lesions[row["patient"]].append(row)
    for row in run.symptoms.to_pylist():
        symptoms[row["patient"]].append(row)
    patients = run.patients.to_pylist()
    assert [row["patient"] for row in patients] == list(range(women))
    assert set(lesions) | set(symptoms) | set(lines) <= set(range(women))
    for woman in patients:
        hers = lesions[woman["patient"]]
        check_numbers(woman, catalog)
        check_staging(woman, catalog)
        check_course(woman)
        check_lesions(woman, hers, catalog)
        check_outcome(woman, hers)
        check_symptoms(woman, hers, symptoms[woman["patient"]])
        check_lines(woman, lines[woman["patient"]])


def check_numbers(woman: Row, catalog: Catalog) -> None:
    for name, value in woman.items():
        assert not isinstance(value, float) or math.isfinite(value), name
    for name in ("growth_rate", "doubling_time_days", "tumour_age", "diameter_mm"):
        assert woman[name] > 0.0, name
    assert woman["died_at"] >= 0.0
    earliest = catalog.value("woman.earliest_tumour_age")
    assert woman["tumour_age"] <= woman["age"] - earliest + ROUNDING
    assert 0 <= woman["positive_nodes"] <= math.ceil(catalog.value("lymph.axilla_nodes"))
    assert woman["visible_lesions"] >= 0
    assert woman["visible_lesions"] == 0 or woman["colonies"] > 0


def check_staging(woman: Row, catalog: Catalog) -> None:
    largest = 10.0 * (
        6.0 * catalog.value("growth.capacity") / catalog.value("growth.cells_per_cm3") / math.pi
    ) ** (1.0 / 3.0)
    diameter, nodes = woman["diameter_mm"], woman["positive_nodes"]
    assert diameter <= largest * (1.0 + 1e-9)
    assert woman["t_stage"] == ("T1" if diameter <= 20 else "T2" if diameter <= 50 else "T3")
    assert woman["n_stage"] == (
        "N0" if nodes == 0 else "N1" if nodes <= 3 else "N2" if nodes <= 9 else "N3"
    )
    distant = woman["presentation"] == "de novo"
    assert woman["stage"] == ("distant" if distant else "regional" if nodes else "localized")


def check_course(woman: Row) -> None:
    """Presentation, the date metastasis was found, and what found it agree."""
    at, died_at = woman["metastatic_at"], woman["died_at"]
    if woman["presentation"] == "none":
        assert at is None
        assert woman["found_by"] is None
        assert woman["visible_lesions"] == 0
        assert not any(woman[organ] for organ in ORGANS)
    elif woman["presentation"] == "de novo":
        assert at == 0.0
        assert woman["found_by"] != "image"
        assert woman["adjuvant"] == "none"
    else:
        assert 0.0 < at <= died_at
        assert woman["found_by"] in ("symptoms", "image", "death")
        assert woman["colonies"] > 0
    if woman["detected_by"] == "metastasis":
        assert woman["presentation"] == "de novo"
        assert woman["found_by"] != "staging"
    if woman["first_symptom"] is not None:
        assert woman["found_by"] == "symptoms"
    if woman["found_by"] == "death":
        assert at == died_at
    if woman["locoregional_at"] is not None:
        assert 0.0 <= woman["locoregional_at"] <= died_at


def check_lesions(woman: Row, lesions: list[Row], catalog: Catalog) -> None:
    """The primary, if it was kept, is lesion 0; then foci of the axilla and metastases, from 1 on."""
    kept = bool(lesions) and lesions[0]["organ"] == "breast"
    if kept:
        assert woman["presentation"] == "de novo"
        assert lesions[0]["route"] is None
        assert lesions[0]["founded_at"] == pytest.approx(-woman["tumour_age"])
    numbers = [lesion["lesion"] for lesion in lesions]
    assert numbers == list(range(0 if kept else 1, len(lesions) + (0 if kept else 1)))
    by_number = {lesion["lesion"]: lesion for lesion in lesions if lesion["lesion"] > 0}
    died_at = woman["died_at"]
    log10_capacity = math.log10(catalog.value("growth.capacity"))
    for lesion in lesions:
        founded = lesion["founded_at"]
        assert math.isfinite(founded)
        assert -woman["tumour_age"] - ROUNDING <= founded <= died_at
        assert lesion["growth_rate"] > 0.0
        if lesion["lesion"] > 0:
            check_parent(lesion, by_number)
        removed = lesion["organ"] == "node" and not kept
        end = 0.0 if removed else died_at
        if lesion["woke_at"] is not None:
            assert founded <= lesion["woke_at"] <= end
        if lesion["visible_at"] is not None:
            assert not removed
            assert lesion["woke_at"] <= lesion["visible_at"] + ROUNDING
            assert lesion["visible_at"] <= died_at
        if lesion["eradicated_at"] is not None:
            assert woman["adjuvant"] != "none" or woman["lines"] > 0
            assert 0.0 <= lesion["eradicated_at"] <= died_at
            assert lesion["log10_cells"] is None
        else:
            assert -1e-5 <= lesion["log10_cells"] <= log10_capacity + 1e-9
    metastases = [lesion for lesion in lesions if lesion["organ"] in ORGANS]
    # a founding leaves lesions that are alike
    foundings = {(row["organ"], row["founded_at"], row["growth_rate"]) for row in metastases}
    assert len(foundings) <= woman["colonies"]
    assert bool(metastases) == (woman["colonies"] > 0)


def check_parent(lesion: Row, by_number: dict[int, Row]) -> None:
    """Parents exist, came first, and explain the route; after diagnosis only metastases spread."""
    parent = by_number.get(lesion["parent"])
    if parent is None:
        assert lesion["parent"] == 0
        assert lesion["founded_at"] <= ROUNDING
        assert lesion["route"] == ("lymph" if lesion["organ"] == "node" else "blood")
        return
    assert lesion["organ"] != "node"
    assert parent is not lesion
    if lesion["founded_at"] > ROUNDING:
        assert parent["organ"] != "node"
    by_lymph = lesion["organ"] == "nodes" != parent["organ"] and lesion["route"] == "lymph"
    assert by_lymph or lesion["route"] == parent["route"]
    assert lesion["founded_at"] >= parent["founded_at"] - ROUNDING
    assert parent["woke_at"] is not None
    assert lesion["founded_at"] >= parent["woke_at"] - ROUNDING
    if parent["eradicated_at"] is not None:
        assert lesion["founded_at"] <= parent["eradicated_at"]


def check_outcome(woman: Row, lesions: list[Row]) -> None:
    metastases = [lesion for lesion in lesions if lesion["organ"] in ORGANS]
    outcome = woman["outcome"]
    assert (woman["cause_of_death"] == "breast cancer") == (outcome == "died of")
    if woman["cause_of_death"] == "treatment":
        assert woman["lines"] > 0
    if outcome in ("died of", "died with"):
        assert woman["metastatic_at"] is not None
        assert woman["colonies"] > 0
    elif outcome == "never manifest":
        assert woman["metastatic_at"] is None
        assert woman["colonies"] > 0
    else:
        assert (woman["colonies"] == 0) == (outcome == "no spread")
        assert all(lesion["eradicated_at"] is not None for lesion in metastases)
    if outcome == "died with":
        assert woman["died_at"] >= woman["metastatic_at"]


def check_symptoms(woman: Row, lesions: list[Row], symptoms: list[Row]) -> None:
    by_number = {lesion["lesion"]: lesion for lesion in lesions}
    since: dict[tuple[str, str], float | None] = {}
    for row in sorted(symptoms, key=lambda row: row["onset_at"]):
        # no symptom sets in again before it has resolved
        before = since.get((row["organ"], row["symptom"]), -1.0)
        assert before is not None
        assert before <= row["onset_at"] + ROUNDING
        since[row["organ"], row["symptom"]] = row["resolved_at"]
        if row["resolved_at"] is not None:
            assert woman["lines"] > 0
            assert row["onset_at"] <= row["resolved_at"] <= woman["died_at"]
    for row in symptoms:
        assert 0.0 <= row["onset_at"] <= woman["died_at"]
        cause = by_number[row["lesion"]]
        assert cause["organ"] == row["organ"]
        assert cause["woke_at"] <= row["onset_at"] + ROUNDING
        # nobody has a symptom of metastasis that is not known to be metastatic by then
        assert woman["metastatic_at"] <= row["onset_at"]
    if woman["first_symptom"] is not None:
        first = min(symptoms, key=lambda row: row["onset_at"])
        assert woman["first_symptom"] == first["symptom"]
        assert woman["metastatic_at"] == first["onset_at"]
        assert woman[first["organ"]]


def check_lines(woman: Row, lines: list[Row]) -> None:
    """Lines follow one another from the finding of metastatic disease to death."""
    assert [row["line"] for row in lines] == list(range(1, woman["lines"] + 1))
    assert woman["years_on_treatment"] >= 0.0
    assert woman["years_with_symptoms"] >= 0.0
    if woman["presentation"] == "none" or woman["found_by"] == "death":
        assert lines == []
        assert woman["years_on_treatment"] == 0.0
        return
    span = woman["died_at"] - woman["metastatic_at"]
    assert woman["years_on_treatment"] <= span + ROUNDING
    assert woman["years_with_symptoms"] <= span + ROUNDING
    end = woman["metastatic_at"]
    for row in lines:
        assert row["started_at"] >= end - ROUNDING
        end = row["started_at"] if row["progressed_at"] is None else row["progressed_at"]
        assert row["started_at"] <= row["stopped_at"] <= woman["died_at"] + ROUNDING
        assert row["started_at"] <= end <= woman["died_at"] + ROUNDING
        assert (row["progressed_at"] is None) == (row["progression_by"] is None)
        assert (row["baseline_mm"] is not None) == row["measurable"]
        if row["stop_reason"] == "progression":
            assert row["progressed_at"] is not None
        if row["responded_at"] is not None:
            assert row["best_response"] in ("PR", "CR")
            assert row["started_at"] < row["responded_at"] <= woman["died_at"]


def moved(z: dict[str, float]) -> Catalog:
    """The catalog with numbers so many prior standard deviations from their prior means."""
    catalog = packaged()
    values = {}
    for name, distance in z.items():
        mean, sd = catalog.prior(name)
        parameter = catalog.parameter(name.partition(":")[0])
        values[name] = min(max(mean + distance * sd, parameter.low), parameter.high)
    return catalog.with_values(values)


POLICIES = [
    *product(("none", "1990s", "2013+", "chemo"), ("untreated", "none", "pre-2013", "2022"))
]


@pytest.mark.parametrize("number", range(2 * len(POLICIES)))
def test_any_fitted_values(number: int) -> None:
    """A third of the fitted numbers, or more, far from their prior means, with every pair of policies.

    Few women each: in such catalogs a single one can have tens of thousands of lesions.
    """
    random = np.random.default_rng([28, number])
    count = int(random.integers(len(FITTED) // 3, len(FITTED) + 1))
    names = random.choice(FITTED, count, replace=False).tolist()
    z = dict(zip(names, random.uniform(-MANY_PRIOR_SDS, MANY_PRIOR_SDS, count), strict=True))
    adjuvant, strategy = POLICIES[number % len(POLICIES)]
    screening = ("none", "biennial-50-74")[(number + number // 4 + number // 16) % 2]
    seed = int(random.integers(2**63))
    check_cohort(moved(z), 12, screening, adjuvant, strategy, seed)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_packaged_catalog(seed: int) -> None:
    for screening, adjuvant, strategy in (
        ("none", "none", "untreated"),
        ("biennial-50-74", "2013+", "untreated"),
        ("biennial-50-74", "2013+", "2022"),
        ("none", "none", "pre-2013"),
    ):
        check_cohort(packaged(), 300, screening, adjuvant, strategy, seed)


def ends(keys: str, end: str) -> dict[str, float]:
    """Every item of the parameters at the `low` or `high` end of their legal ranges."""
    values: dict[str, float] = {}
    for key in keys.split():
        parameter = packaged().parameter(key.partition(":")[0])
        items = [key] if ":" in key else [f"{key}:{item}".rstrip(":") for item in parameter.values]
        values |= dict.fromkeys(items, parameter.low if end == "low" else parameter.high)
    return values


THERAPIES = ("chemo", "endocrine", "trastuzumab")
CORNERS = {
    "no spread between women": ends(
        "growth.log_rate_sd detection.log_hazard_sd spread.log_rate_sd lymph.log_rate_sd "
        "metastasis.log_growth_sd woman.menopause_age_sd",
        "low",
    ),
    "wide spread between women": ends(
        "growth.log_rate_sd detection.log_hazard_sd spread.log_rate_sd lymph.log_rate_sd "
        "metastasis.log_growth_sd",
        "high",
    ),
    "slow tumours": ends("growth.log_rate", "low"),
    "fast tumours": ends("growth.log_rate", "high"),
    "small capacity": ends("growth.capacity", "low"),
    "large capacity": ends("growth.capacity", "high"),
    "dense tumours": ends("growth.cells_per_cm3", "high"),
    "hidden primary": ends("detection.log_hazard", "low"),
    "obvious primary": ends("detection.log_hazard", "high"),
    "floods of colonies": ends("spread.log_rate spread.exponent", "high"),
    "colonies from the first cells": ends("spread.log_rate", "high")
    | ends("spread.exponent", "low"),
    "floods of nodes": ends("lymph.log_rate lymph.exponent", "high")
    | ends("lymph.axilla_nodes", "low"),
    "everything sleeps for ever": ends("dormancy.share dormancy.log_mean", "high"),
    "nothing sleeps": ends("dormancy.share locoregional.dormant_share", "low"),
    "instant symptoms": ends("symptoms.log_hazard", "high"),
    "symptoms from the first cells": ends("symptoms.exponent", "low")
    | dict.fromkeys(ends("symptoms.log_hazard", "low"), 1.0),
    "no symptoms": ends("symptoms.log_hazard", "low"),
    "sudden death": ends("death.log_hazard", "high") | ends("death.exponent", "low"),
    "harmless metastases": ends("death.log_hazard", "low"),
    "tiny visible lesions": ends("imaging.limit_mm", "low"),
    "lesions never visible": ends("imaging.limit_mm imaging.log_chance_rate", "high"),
    "everything arrests": ends("circulation.arrest", "high"),
    "nothing arrests": ends("circulation.arrest", "low"),
    "positive correlations": ends("spread.lymph_correlation spread.growth_link", "high"),
    "negative correlations": ends("spread.lymph_correlation spread.growth_link", "low"),
    "full kill": ends(" ".join(f"adjuvant.{therapy}_kill" for therapy in THERAPIES), "high"),
    "resistance": ends(" ".join(f"adjuvant.{therapy}_log_odds" for therapy in THERAPIES), "high"),
    "waking stopped": ends("adjuvant.endocrine_log_wake_ratio", "low"),
    "waking hastened": ends("adjuvant.endocrine_log_wake_ratio", "high"),
    "many foci": ends("locoregional.log_foci locoregional.log_new_primary_rate", "high"),
    "much younger": ends("woman.age_shift:tnbc", "low"),
    "much older": ends("woman.age_shift:tnbc", "high"),
}


@pytest.mark.parametrize("corner", CORNERS)
def test_corners_of_the_legal_ranges(corner: str) -> None:
    women = 1500 if corner.startswith("much") else 8
    catalog = packaged().with_values(CORNERS[corner])
    check_cohort(catalog, women, "biennial-50-74", "2000s", "untreated", seed=2)


@pytest.mark.parametrize("corner", CORNERS)
def test_corners_of_the_legal_ranges_under_treatment(corner: str) -> None:
    women = 400 if corner.startswith("much") else 8
    catalog = packaged().with_values(CORNERS[corner])
    check_cohort(catalog, women, "biennial-50-74", "2000s", "2022", seed=2)
