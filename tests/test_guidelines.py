"""The packaged strategies, read by subtype, menopause and year, each rule with its source."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from kernels import packaged, parameters
from seedsoil.model.treatment.plan import treatment_plan
from seedsoil.simulation.shards import simulate_rows
from seedsoil.vocabulary import HR_POS_HER2_POS

if TYPE_CHECKING:
    from numpy.typing import NDArray

WOMEN = 1500
LAST_YEAR = {
    "pre-1998": 1997, "pre-2013": 2012, "esme-2008-2016": 2016, "2013-2016": 2016,
    "2017-2021": 2021, "2022": 2022, "2025": 2025,
}  # fmt: skip
# Without suppression of the ovaries these do nothing before the menopause.
NEED_SUPPRESSION = {"letrozole", "anastrozole", "exemestane", "fulvestrant", "fulvestrant-250"}


def approvals() -> dict[str, int]:
    """Year of first approval by drug, from the two sources that list them."""
    years: dict[str, int] = {}
    for key in ("GUIDE-APPROVALS", "GUIDE-APPROVALS-2"):
        text = re.sub(r"\([^)]*\)", "", packaged().sources[key].value)
        names: list[str] = []
        for part in re.split(r",| and ", text):
            match = re.fullmatch(r"\s*([a-z -]+?)\s*(\d{4})?\s*", part)
            assert match is not None, part
            names.append(match[1].strip().replace(" ", "-"))
            if match[2]:
                years.update(dict.fromkeys(names, int(match[2])))
                names = []
    years["paclitaxel-weekly"] = years["paclitaxel"]
    years["fulvestrant-250"] = years["fulvestrant"]
    return years


def first_lines(name: str) -> tuple[NDArray[Any], list[set[str]]]:
    """The first lines of simulated women under a strategy, and the drugs of each regimen."""
    p = parameters(seed=11, screening="biennial-50-74", adjuvant="2000s")
    plan, names = treatment_plan(packaged(), p, before=packaged().strategies[name])
    rows = simulate_rows(p, 0, WOMEN, details=True, plan=plan)
    lines = np.concatenate(rows.lines)
    drugs = [{part.drug for part in packaged().regimen(r).drugs} for r in names.regimens]
    return lines[lines["line"] == 1], drugs


def test_every_strategy_has_its_year() -> None:
    assert set(packaged().strategies) == {*LAST_YEAR, "none"}


@pytest.mark.parametrize("name", LAST_YEAR)
def test_every_rule_names_its_source(name: str) -> None:
    for line in packaged().strategies[name].lines:
        assert line.sources, line
        assert all(key in packaged().sources for key in line.sources)


@pytest.mark.parametrize("name", LAST_YEAR)
def test_no_drug_before_its_approval(name: str) -> None:
    years = approvals()
    assert len(years) > 25
    for line in packaged().strategies[name].lines:
        for regimen in [*line.regimen, *line.then]:
            for part in packaged().regimen(regimen).drugs:
                assert years.get(part.drug, 0) <= LAST_YEAR[name], (regimen, line.when)


def test_sacituzumab_in_hr_positive_disease_from_2023() -> None:
    for line in packaged().strategies["2022"].lines:
        if "sacituzumab" in line.regimen:
            assert line.when.subtype == ("TNBC",)


@pytest.mark.parametrize("name", LAST_YEAR)
def test_first_line_before_the_menopause_suppresses_the_ovaries(name: str) -> None:
    lines, drugs = first_lines(name)
    pre = lines[lines["known"]["postmenopausal"] == 0]
    assert pre.size > 20
    suppressed = 0
    for row in pre:
        for regimen in (row["regimen"], row["maintenance"]):
            if regimen >= 0 and drugs[regimen] & NEED_SUPPRESSION:
                assert "goserelin" in drugs[regimen], drugs[regimen]
            suppressed += regimen >= 0 and "goserelin" in drugs[regimen]
    assert suppressed > 0
    post = lines[lines["known"]["postmenopausal"] == 1]
    assert not any("goserelin" in drugs[row["regimen"]] for row in post)


@pytest.mark.parametrize("name", LAST_YEAR)
def test_her2_positive_disease_with_hormone_receptors_gets_endocrine_therapy(name: str) -> None:
    """As the first regimen or as its maintenance, of women whose first line lasted beyond chemotherapy."""
    lines, drugs = first_lines(name)
    lines = lines[lines["known"]["subtype"] == HR_POS_HER2_POS]
    lasted = lines[lines["stopped_at"] - lines["started_at"] > 0.55]
    hormonal = {d for d, drug in packaged().drugs.items() if drug.drug_class == "hormonal"}
    given = [
        any(r >= 0 and drugs[r] & hormonal for r in (row["regimen"], row["maintenance"]))
        for row in lasted
    ]
    assert len(given) > 5
    assert np.mean(given) > 0.8


def test_the_menopause_may_come_between_diagnosis_and_relapse() -> None:
    p = parameters(seed=11, screening="none", adjuvant="none")
    plan, _ = treatment_plan(packaged(), p, before=packaged().strategies["2022"])
    rows = simulate_rows(p, 0, WOMEN, details=True, plan=plan)
    lines = np.concatenate(rows.lines)
    lines = lines[lines["line"] == 1]
    women = rows.patients[lines["patient"]]
    then, now = women["postmenopausal"], lines["known"]["postmenopausal"] == 1
    assert np.all(now[then])
    late = women["metastatic_at"] > 8.0
    assert np.count_nonzero(now & ~then & late) > 5
    assert np.array_equal(now[women["metastatic_at"] == 0.0], then[women["metastatic_at"] == 0.0])
