"""How it spreads: each number counted again, woman by woman, and each that a text names is there."""

from __future__ import annotations

import math
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import seedsoil as ss
from reading import HOLE
from seedsoil.explorer.contract import Named, OrganNumbers
from seedsoil.explorer.story import story
from seedsoil.vocabulary import OUTCOMES, SUBTYPE_KEYS
from test_explorer_words import ALL

if TYPE_CHECKING:
    from seedsoil.run.run import Run

Told = tuple[dict[str, Any], dict[str, Any]]


@pytest.fixture(scope="module")
def run() -> Run:
    return ss.simulate(1_000, seed=11, strategy="2022", adjuvant="2013+")


@pytest.fixture(scope="module")
def told(run: Run) -> Told:
    return story(run, ss.catalog())


def test_shares_of_women_are_counts(run: Run, told: Told) -> None:
    numbers, _ = told
    women = run.patients.to_pylist()
    operated = [w for w in women if w["presentation"] != "de novo"]
    found = [w for w in women if w["metastatic_at"] is not None and w["found_by"] != "death"]
    had = [w for w in operated if w["colonies_at_diagnosis"] and w["adjuvant"] != "none"]
    counted = {
        "spread_before_operation_of_100": (women, lambda w: w["colonies_at_diagnosis"] > 0),
        "nodes_positive_of_100": (operated, lambda w: w["positive_nodes"] > 0),
        "found_by_symptoms_of_100": (found, lambda w: w["found_by"] == "symptoms"),
        "women_with_metastases_found_of_100": (women, lambda w: w in found),
        "cured_after_operation_of_100": (
            had, lambda w: w["outcome"] == "eradicated" and w["metastatic_at"] is None,
        ),
        **{f"outcome_{name.replace(' ', '_')}_of_100": (women, lambda w, n=name: w["outcome"] == n)
           for name in OUTCOMES},
    }  # fmt: skip
    for name, (among, whether) in counted.items():
        share = 100 * sum(map(whether, among)) / len(among)
        one = numbers[name]
        assert one["value"] == pytest.approx(share, rel=1e-3), name
        assert one["low"] <= one["value"] <= one["high"], name
        assert one["source"] is None
        # Wilson's interval of that share, at least as wide as half the simple one
        assert one["high"] - one["low"] > 1.9 * math.sqrt(share * (100 - share) / len(among))
    total = sum(numbers[f"outcome_{name.replace(' ', '_')}_of_100"]["value"] for name in OUTCOMES)
    assert total == pytest.approx(100, abs=0.05)
    # the primary founds nothing after surgery, so whoever has no colony by then never will
    assert numbers["spread_before_operation_of_100"]["value"] == pytest.approx(
        100 - numbers["outcome_no_spread_of_100"]["value"], abs=0.02
    )


def test_medians_have_the_interval_of_order_statistics(run: Run, told: Told) -> None:
    numbers, _ = told
    for name, column in (
        ("median_tumour_age_years", "tumour_age"),
        ("median_size_found_mm", "diameter_mm"),
        ("median_doubling_time_days", "doubling_time_days"),
    ):
        ordered = sorted(run.patients.column(column).to_pylist())
        one = numbers[name]
        assert one["value"] == pytest.approx(median(ordered), rel=1e-3)
        # n/2 ± z √n/2 with n = 1000: ranks 469 and 532
        assert one["low"] == pytest.approx(ordered[468], rel=1e-3)
        assert one["high"] == pytest.approx(ordered[531], rel=1e-3)


def test_colonies_are_counted_with_women_independent(run: Run, told: Told) -> None:
    numbers, _ = told
    lesions = [one for one in run.lesions.to_pylist() if one["organ"] not in ("breast", "node")]
    place = {(one["patient"], one["lesion"]): one["organ"] for one in run.lesions.to_pylist()}
    seen = [one for one in lesions if one["visible_at"] is not None]
    from_metastasis = [
        one["parent"] > 0 and place.get((one["patient"], one["parent"]), "node") != "node"
        for one in seen
    ]
    for name, among, whether in (
        ("share_lymph_of_100", lesions, [one["route"] == "lymph" for one in lesions]),
        ("founded_by_metastases_of_100", seen, from_metastasis),
    ):
        owner = np.array([one["patient"] for one in among])
        x = np.bincount(owner, minlength=1_000)
        y = np.bincount(owner, weights=whether, minlength=1_000)
        ratio = y.sum() / x.sum()
        assert 0 < ratio < 1
        one = numbers[name]
        assert one["value"] == pytest.approx(100 * ratio, rel=1e-3)
        # a jackknife over women gives the same error to a few per cent
        leave = [(y.sum() - b) / (x.sum() - a) for a, b in zip(x, y, strict=True)]
        error = math.sqrt(999 * np.var(leave))
        assert one["high"] - one["low"] == pytest.approx(100 * 2 * 1.96 * error, rel=0.1)


def test_organs_are_those_of_the_report(run: Run, told: Told) -> None:
    numbers, by_organ = told
    organs = run.organs()
    soil = {one["organ"]: one for one in organs.soil().to_pylist()}
    for organ, one in by_organ.items():
        OrganNumbers.model_validate(one)
        assert one["arrest_of_100"] == pytest.approx(100 * soil[organ]["flow_share"], rel=1e-3)
        assert one["lesions_of_100"] == pytest.approx(100 * soil[organ]["share"], rel=1e-3)
        assert one["soil"] == pytest.approx(soil[organ]["ratio"], rel=1e-3)
        assert numbers[f"lesions_{organ}"]["value"] == one["lesions_of_100"]
        assert numbers[f"found_{organ}"]["value"] == one["found_of_100"]
    for name in ("arrest_of_100", "lesions_of_100", "first_of_100"):
        assert sum(one[name] for one in by_organ.values()) == pytest.approx(100, abs=0.1)


def test_numbers_of_the_catalog_name_their_entry(told: Told) -> None:
    numbers, _ = told
    catalog = ss.catalog()
    for key in SUBTYPE_KEYS:
        share, years = numbers[f"asleep_share_of_100_{key}"], numbers[f"mean_sleep_years_{key}"]
        assert share["value"] == pytest.approx(100 * catalog.value("dormancy.share", key), rel=1e-3)
        assert math.log(years["value"]) == pytest.approx(
            catalog.value("dormancy.log_mean", key), abs=1e-3
        )
    for one in numbers.values():
        Named.model_validate(one)
        assert one["source"] is None or one["source"] in catalog.parameters


@pytest.mark.parametrize("language", list(ALL))
def test_each_number_that_a_text_names_is_there_and_has_words(told: Told, language: str) -> None:
    numbers, by_organ = told
    texts = ALL[language]["spread"]
    steps = [key for key in texts if key.startswith("s") and key.endswith("_text")]
    assert len(steps) == 10
    named = {name[1:-1] for key in steps for name in HOLE.findall(texts[key])}
    assert named <= set(numbers)
    labels = {key.removeprefix("n_") for key in texts if key.startswith("n_")}
    for name in named:
        kind = name
        for organ in by_organ:
            kind = kind.replace(f"_{organ}", "_of_100") if kind.endswith(f"_{organ}") else kind
        for key in SUBTYPE_KEYS:
            kind = kind.removesuffix(f"_{key}")
        assert kind in labels, name
