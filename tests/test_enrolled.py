"""Who enrols beside what was published of it, and the fit in a handful of numbers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from kernels import packaged
from seedsoil.calibration.loss import Comparison
from seedsoil.calibration.reach import reach, slope_and_error
from seedsoil.catalog.published import QUANTITIES, BaselineFact, check_baseline
from seedsoil.model.rows import KNOWN
from seedsoil.model.treatment.plan import Names
from seedsoil.trials.baseline import Baseline
from seedsoil.trials.endpoints import Result
from seedsoil.trials.enrolled import Enrolled, enrolled_facts, enrolled_rows, enrolled_sentence
from seedsoil.trials.validated import FactRow, Row
from seedsoil.trials.validation import Validation
from seedsoil.vocabulary import METASTATIC_PRESENTATIONS, SITES

BONE, LUNG, LIVER = (1 << SITES.index(name) for name in ("bone", "lung", "liver"))
NODE = 1 << SITES.index("node")


def women(count: int, **fields: Any) -> Baseline:
    """Women at enrolment, with `fields` of KNOWN and of Baseline repeated over them."""
    known = np.zeros(count, KNOWN).view(np.recarray)
    own = {
        name: np.zeros(count) for name in ("last_line", "first_line", "disease_free", "target_mm")
    }
    for name, values in fields.items():
        repeated = np.resize(np.asarray(values), count)
        if name in own:
            own[name] = repeated
        else:
            known[name] = repeated
    return Baseline(patient=np.arange(count), known=known, names=Names((), ()), **own)


DE_NOVO = METASTATIC_PRESENTATIONS.index("de novo")


@pytest.mark.parametrize("quantity, fields, expected", [
    ("measurable", {"measurable": [1, 1, 0, 0]}, 0.5),
    ("bone_only", {"bone_only": [1, 0, 0, 0]}, 0.25),
    ("bone", {"organs": [BONE, BONE | LIVER, LIVER, 0]}, 0.5),
    ("lung_or_liver", {"organs": [LUNG, LUNG | LIVER, LIVER, BONE]}, 0.75),
    ("nodes", {"organs": [NODE, BONE, 0, NODE | LUNG]}, 0.5),
    ("one_site", {"organs": [BONE, LUNG, BONE | LUNG, 0]}, 0.5),
    ("two_sites", {"organs": [BONE, LUNG, BONE | LUNG, 0]}, 0.25),
    ("three_or_more_sites", {"organs": [BONE | LUNG | LIVER, 0, 0, NODE | LUNG]}, 0.25),
    ("de_novo", {"presentation": [DE_NOVO, 1 - DE_NOVO]}, 0.5),
    ("disease_free_12_to_24", {"presentation": [1 - DE_NOVO], "disease_free": [0.5, 1.5, 2.5, 2.0]}, 0.5),
    ("disease_free_over_24", {"presentation": [DE_NOVO, 1 - DE_NOVO], "disease_free": [3.0]}, 0.5),
    ("median_age", {"age": [40.0, 50.0, 70.0]}, 50.0),
    ("median_target_sum", {"target_mm": [20.0, np.nan, 60.0]}, 40.0),
])  # fmt: skip
def test_a_quantity_of_women_at_enrolment(
    quantity: str, fields: dict[str, Any], expected: float
) -> None:
    count = 300 if quantity.startswith("median") else 400
    assert women(count, **fields).statistic(quantity) == pytest.approx(expected)


def test_every_quantity_has_a_statistic_and_every_published_one_is_known() -> None:
    someone = women(40, organs=[BONE, LIVER], target_mm=[30.0])
    for quantity in QUANTITIES:
        assert math.isfinite(someone.statistic(quantity)), quantity
    facts = [fact for spec in packaged().trials.values() for fact in spec.baseline]
    assert len(facts) == 42
    for spec in packaged().trials.values():
        assert len(enrolled_facts(spec, someone)) == len(spec.baseline)


def test_facts_of_a_subgroup_and_their_verdicts() -> None:
    spec = packaged().trials["PALOMA-2"]
    given = [
        {"quantity": "bone", "value": 0.61, "among": {"visceral": True}},
        {"quantity": "bone", "value": 0.39, "among": {"visceral": True}},
        {"quantity": "median_age", "value": 62.0},
        {"quantity": "liver", "value": 0.2, "among": {"brain": True}},
    ]
    facts = [
        BaselineFact.model_validate(fact | {"verified": True, "source": "a table"})
        for fact in given
    ]
    told = spec.model_copy(update={"baseline": facts})
    found = women(200, organs=[BONE, LIVER, BONE, LUNG], visceral=[1, 1, 0, 0], age=[68.0])
    met = enrolled_facts(told, found)
    assert [fact.simulated for fact in met] == [0.5, 0.5, 68.0, None]
    assert [fact.within for fact in met] == [False, False, False, None]
    nearer = women(200, organs=[BONE, LIVER, BONE, LUNG], visceral=[1, 1, 0, 0], age=[66.0])
    assert [fact.within for fact in enrolled_facts(told, nearer)][2] is True
    assert all(fact.simulated is None for fact in enrolled_facts(told, None))
    assert enrolled_rows(met)[0] == [
        "bone involved (visceral disease)", "61.0\u00a0%", "50.0\u00a0%", "NO",
    ]  # fmt: skip
    assert enrolled_rows(met)[2] == ["age, median, years", "62", "68", "NO"]
    assert enrolled_rows(met)[3][2:] == ["–", "–"]
    assert enrolled_sentence(met).startswith(
        "Of 3 published facts on the women who enrol 0 are met"
    )


@pytest.mark.parametrize("changes, words", [
    ({"quantity": "bones"}, "unknown quantity 'bones'"),
    ({"unit": "%"}, "unit '%' is not allowed; it must be 'share'"),
    ({"value": 61.0}, "value 61 is out of range; allowed 0 to 1 share"),
    ({"among": {"responders": True}}, "responders are not known at enrolment"),
])  # fmt: skip
def test_errors_of_a_fact(changes: dict[str, Any], words: str) -> None:
    given = {"quantity": "bone", "value": 0.61, "verified": True, "source": "a table", **changes}
    problems: list[str] = []
    check_baseline("mine.toml", BaselineFact.model_validate(given), [], problems)
    assert len(problems) == 1
    assert words in problems[0]


# ---------------------------------------------------------------- the fit in short


def result(endpoint: str, published: float, mean: float, inside: bool, among: str = "") -> Result:
    return Result(
        arm="experimental", endpoint=endpoint, among=among, unit="", published=published, low=None,
        high=None, verified=True, mean=mean, error=None, predicted_low=0.0, predicted_high=1.0,
        inside=inside, reason="", sources=(), note="", bound="", digits=2, analysis="", cut=36.0,
    )  # fmt: skip


def test_slope_and_error_of_hazard_ratios() -> None:
    """Simulated = published to the power of a half, times 1.1."""
    published = [0.3, 0.5, 0.9]
    simulated = [1.1 * hr**0.5 for hr in published]
    slope, error = slope_and_error(published, simulated)
    assert slope == pytest.approx(0.5)
    expected = np.mean([abs(math.log(1.1) - 0.5 * math.log(hr)) for hr in published])
    assert error == pytest.approx(expected)


def test_the_measures_of_the_fit() -> None:
    rows = [
        Row("A", "calibration", result("pfs_hr", hr, hr, inside))
        for hr, inside in ((0.3, True), (0.5, True), (0.8, False))
    ]
    rows += [
        Row("B", "validation", result("pfs_median", 10.0, 10.0, True)),
        Row("B", "validation", result("pfs_median", 10.0, 10.0, False, "liver metastases")),
        Row("B", "validation", result("orr", 0.4, 0.4, False, "measurable disease")),
        Row("B", "validation", result("pfs_hr", 0.5, 0.5, True)),
    ]
    fact = Enrolled("bone", "", "share", 0.6, 0.65, True, True, "a table", "")
    found = Validation(tuple(rows), (FactRow("A", "calibration", fact),))
    distances = [0.5, 3.5, math.nan]
    targets = [
        Comparison("overview_distant", "a", 0.1, 0.14, 0.01, 0.02, 0.0, "share", False),
        Comparison("autopsy", "b", 0.1, 0.1, 0.01, 0.0, 0.0, "share", False),
    ]
    told = {aim.what: (aim.found, aim.reached) for aim in reach(found, distances, targets)}
    assert told == {
        "facts on the women who enrol, within ten points": ("1 of 1 (100 %)", True),
        "calibration trials: numbers inside 95 % of trials": ("2 of 3 (67 %)", False),
        "validation trials: PFS medians inside": ("1 of 1 (100 %)", True),
        "validation trials: response rates inside": ("0 of 1 (0 %)", False),
        "validation trials: hazard ratios of PFS inside": ("1 of 1 (100 %)", True),
        "slope of ln simulated on ln published hazard ratio of PFS, 3 calibration trials": ("1.000", True),
        "mean absolute error of ln simulated on ln published hazard ratio of PFS, 3 calibration trials":
            ("0.000", True),
        "calibration trials: results beyond 3 of the errors used in the fit": ("1 of 2", True),
        "recurrence by decade of diagnosis, within 3 errors with stated discrepancy":
            ("1 of 1 (100 %)", True),
        "targets of the natural history beyond 3 errors": ("1 of 2", True),
    }  # fmt: skip
    assert reach(Validation(())) == []
