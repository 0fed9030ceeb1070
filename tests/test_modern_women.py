"""Care of early disease by decade: of what therapy is made, who stops, nodes examined, what is left."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import seedsoil as ss
from kernels import packaged, parameters, same_bits
from seedsoil.calibration.scenarios import (
    SCENARIOS,
    TRIAL_DECADES,
    affected,
    scenario_parameters,
)
from seedsoil.catalog.policies import AdjuvantDrugs, AdjuvantEra
from seedsoil.errors import InputError
from seedsoil.model.natural_history.adjuvant import (
    CHEMO,
    ENDOCRINE,
    TRASTUZUMAB,
    log_resistance,
    resistance_deviate,
    years_given,
)
from seedsoil.model.treatment.carry_over import carried_over
from seedsoil.model.treatment.plan import treatment_plan
from seedsoil.model.treatment.resistance import OESTROGEN_DEPRIVATION
from seedsoil.model.treatment.state import TREATED_WOMAN
from seedsoil.results.reference import net_incidence_at, recurrence_reference
from seedsoil.simulation.shards import simulate_rows
from seedsoil.vocabulary import HR_POSITIVE, MECHANISMS

if TYPE_CHECKING:
    from numpy.typing import NDArray

WOMEN = 4000


def rows(p: Any, women: int = WOMEN) -> NDArray[Any]:
    return simulate_rows(p, 0, women, details=False).patients


# ------------------------------------------------------------------ what a therapy is made of


def test_a_potent_drug_takes_its_potency_off_the_log_odds() -> None:
    p = parameters(seed=21)
    weak = [log_resistance(p, patient, CHEMO) for patient in range(50)]
    p.adjuvant_kinds[CHEMO] = (0.0, 0.0, 1.0)
    p.adjuvant_potency[CHEMO] = (0.0, 1.0, 2.5)
    strong = [log_resistance(p, patient, CHEMO) for patient in range(50)]
    assert np.allclose(np.array(weak) - 2.5, strong, rtol=0, atol=1e-12)


def test_kinds_are_drawn_by_their_shares() -> None:
    """Of 20,000 women 30 % have the second and 10 % the third kind; false-alarm rate 1e-6."""
    p = parameters(seed=22)
    p.adjuvant_log_odds_sd[CHEMO] = 0.0
    p.adjuvant_kinds[CHEMO] = (0.6, 0.9, 1.0)
    p.adjuvant_potency[CHEMO] = (0.0, 1.0, 2.0)
    n = 20_000
    z = np.array([log_resistance(p, patient, CHEMO) for patient in range(n)])
    taken = np.rint(p.adjuvant_log_odds[CHEMO] - z)
    for kind, share in ((1, 0.3), (2, 0.1)):
        assert abs(np.mean(taken == kind) - share) < 4.9 * math.sqrt(share * (1 - share) / n)


def test_eras_hold_cumulative_shares() -> None:
    kinds = packaged().adjuvant_era("1990s").kinds()
    assert kinds[CHEMO] == pytest.approx([0.55, 0.98, 1.0])
    assert kinds[ENDOCRINE] == pytest.approx([1.0, 1.0, 1.0])
    assert kinds[TRASTUZUMAB] == pytest.approx([1.0, 1.0, 1.0])
    with pytest.raises(
        ValueError, match=r"cmf, anthracycline, taxane sum to 0\.5; they must sum to 1"
    ):
        AdjuvantDrugs(cmf=0.5)


def test_later_decades_are_given_more() -> None:
    eras = [packaged().adjuvant_era(name) for name in ("1980s", "1990s", "2000s", "2013+")]
    taxane = [era.made_of.taxane for era in eras]
    inhibitor = [era.made_of.aromatase_inhibitor for era in eras]
    endocrine = [float(era.adjuvant_shares()[ENDOCRINE, 0, 1, 0]) for era in eras]
    for shares in (taxane, inhibitor, endocrine):
        assert shares == sorted(shares)
        assert shares[0] < shares[-1]
    assert all(era.sources for era in eras)


def test_an_era_without_details_is_the_therapy_as_fitted() -> None:
    plain = AdjuvantEra(
        description="x", population="x", sources=[], status="assumption", confidence="low"
    )
    assert np.array_equal(plain.kinds(), np.ones((3, 3)))
    assert (plain.endocrine_stopping, plain.decade) == (0.0, None)


# ------------------------------------------------------------------ who stops


def test_women_stop_endocrine_therapy_at_a_constant_rate() -> None:
    """The share that completes the course is e^(-5 h); false-alarm rate 1e-6."""
    p = parameters(seed=23)
    assert all(years_given(p, patient, ENDOCRINE) == 5.0 for patient in range(50))
    p.adjuvant_stopping[ENDOCRINE] = 0.139
    years = np.array([years_given(p, patient, ENDOCRINE) for patient in range(20_000)])
    assert years.max() == 5.0
    expected = math.exp(-0.139 * 5.0)
    spread = math.sqrt(expected * (1 - expected) / years.size)
    assert abs(np.mean(years == 5.0) - expected) < 4.9 * spread
    assert years_given(p, 0, CHEMO) == p.adjuvant_years[CHEMO]


# ------------------------------------------------------------------ nodes examined


def test_nodes_that_are_not_examined_are_not_counted_and_change_nothing_else() -> None:
    """Each involved node is found with the share examined; women stay as they are. False-alarm rate 1e-6."""
    p = parameters(seed=24)
    p.locoregional_node_slope = 0.0  # foci left behind are taken to follow the count
    every = rows(p)
    p.nodes_examined = 0.7
    some = rows(p)
    assert np.all(some["positive_nodes"] <= every["positive_nodes"])
    total = int(every["positive_nodes"].sum())
    assert abs(some["positive_nodes"].sum() / total - 0.7) < 4.9 * math.sqrt(0.21 / total)
    assert np.mean(some["positive_nodes"] == 0) > np.mean(every["positive_nodes"] == 0) + 0.02
    operated = every["presentation"] != 1
    for name in ("diameter_mm", "colonies_at_diagnosis"):
        assert np.array_equal(every[name][operated], some[name][operated])


def test_the_axilla_of_an_era() -> None:
    catalog = packaged()
    assert parameters(seed=1).nodes_examined == 1.0
    old = parameters(seed=1, adjuvant="1978-1993").nodes_examined
    assert old == catalog.value("lymph.examined", "1980s") < 1.0
    assert parameters(seed=1, adjuvant="2013+").nodes_examined == 1.0


# ------------------------------------------------------------------ the cohorts of the fit


def test_trial_women_are_those_whom_the_overview_counts() -> None:
    for scenario, decade in TRIAL_DECADES.items():
        p = scenario_parameters(packaged(), scenario, 25)
        found = rows(p, 1500)
        found = found[found["metastatic_at"] != 0.0]
        positive = np.asarray(HR_POSITIVE)[found["subtype"]]
        assert np.all(found["adjuvant"][positive] >> ENDOCRINE & 1 == 1)
        assert not np.any(found["adjuvant"][~positive] >> ENDOCRINE & 1)
        assert p.screening_participation == packaged().screening_programme(decade).participation
    assert set(affected("adjuvant.potency:taxane")) < set(affected("adjuvant.chemo_kill"))
    assert affected("lymph.examined:1980s") == SCENARIOS


def test_newer_drugs_differ_from_the_older_arms_in_potency_alone() -> None:
    catalog = packaged()
    newer = rows(scenario_parameters(catalog, "newer", 26), 3000)
    treated = rows(scenario_parameters(catalog, "treated", 26), 3000)
    luminal = newer["subtype"] == 0
    assert np.array_equal(newer["adjuvant"][luminal], treated["adjuvant"][luminal])
    seen = [np.isfinite(found["metastatic_at"][luminal]).sum() for found in (newer, treated)]
    assert 0.6 * seen[1] < seen[0] < seen[1]


# ------------------------------------------------------------------ what adjuvant therapy leaves


class Relapse:
    """Women who had adjuvant endocrine therapy, and relapse so many years after the diagnosis."""

    def __init__(self, years: float, *, fading: float, correlation: float) -> None:
        self.p = parameters(seed=27, adjuvant="endocrine-5y")
        plan, _ = treatment_plan(packaged(), self.p, before=packaged().strategies["2022"])
        self.c = plan.constants
        self.c.adjuvant_fading[:] = fading
        self.c.adjuvant_correlation[:] = correlation
        self.p.adjuvant_kinds[ENDOCRINE] = (0.0, 1.0, 1.0)  # an aromatase inhibitor
        self.woman = np.zeros(1, TREATED_WOMAN).view(np.recarray)[0]
        self.woman.adjuvant = 1 << ENDOCRINE
        self.woman.since_diagnosis = years

    def z(self, patient: int, start: float, since_found: float = 0.0) -> float:
        self.woman.patient = patient
        return carried_over(self.p, self.c, self.woman, since_found, OESTROGEN_DEPRIVATION, start)


def test_carry_over_is_whole_on_therapy_and_fades_after_it() -> None:
    carry = packaged().value("resistance.adjuvant_carry", "endocrine")
    rate = 0.46
    for years, free in ((2.0, 0.0), (5.0, 0.0), (6.0, 1.0), (11.0, 6.0)):
        relapse = Relapse(years, fading=rate, correlation=0.0)
        expected = -3.0 + carry * math.exp(-rate * free)
        assert relapse.z(1, -3.0) == pytest.approx(expected, abs=1e-12)
    late = Relapse(6.0, fading=rate, correlation=0.0)
    assert late.z(1, -3.0, since_found=2.0) == pytest.approx(-3.0 + carry * math.exp(-3 * rate))


def test_off_is_the_constant_carry_over_to_the_bit() -> None:
    carry = packaged().value("resistance.adjuvant_carry", "endocrine")
    relapse = Relapse(9.0, fading=0.0, correlation=0.0)
    assert relapse.z(1, -3.25) == -3.25 + carry
    relapse.p.adjuvant_kinds[ENDOCRINE] = 1.0  # tamoxifen acts otherwise
    assert relapse.z(1, -3.25) == -3.25
    relapse.p.adjuvant_kinds[ENDOCRINE] = (0.0, 1.0, 1.0)
    relapse.woman.adjuvant = 0
    assert relapse.z(1, -3.25) == -3.25
    relapse.woman.adjuvant = 1 << CHEMO  # another therapy than the mechanism's
    assert relapse.z(1, -3.25) == -3.25


def test_resistance_is_shared_with_that_to_the_adjuvant_therapy() -> None:
    """Correlation 0.6 and an unchanged spread, over women who did not have to relapse; false alarms 1e-6."""
    relapse = Relapse(2.0, fading=0.0, correlation=0.6)
    mean = relapse.c.resistance_log_odds[OESTROGEN_DEPRIVATION]
    sd = relapse.c.resistance_log_odds_sd[OESTROGEN_DEPRIVATION]
    n = 8_000
    own = np.random.default_rng(5).standard_normal(n)
    z = np.array([relapse.z(i, mean + sd * own[i]) for i in range(n)])
    x = np.array([resistance_deviate(relapse.p, i, ENDOCRINE) for i in range(n)])
    assert abs(np.corrcoef(z, x)[0, 1] - 0.6) < 4.9 * (1 - 0.36) / math.sqrt(n)
    assert abs(z.std() / sd - 1.0) < 4.9 / math.sqrt(2 * n)


def test_what_was_given_is_carried_and_nothing_else() -> None:
    p = parameters(seed=1)
    plan, _ = treatment_plan(packaged(), p, before=packaged().strategies["2022"])
    therapy = dict(zip(MECHANISMS, plan.constants.adjuvant_therapy, strict=True))
    acts = dict(zip(MECHANISMS, plan.constants.adjuvant_acts.tolist(), strict=True))
    assert therapy["oestrogen_deprivation"] == therapy["er_antagonism"] == ENDOCRINE
    assert acts["er_antagonism"] == [1, 0, 0]
    assert acts["oestrogen_deprivation"] == [0, 1, 0]
    assert therapy["taxane"] == CHEMO
    assert acts["taxane"] == [0, 0, 1]
    assert therapy["her2_antibody"] == TRASTUZUMAB
    assert therapy["cdk46"] == -1


# ------------------------------------------------------------------ what a run is compared with


def test_net_incidence() -> None:
    """Four women: an event at 1, a death at 2, an event at 3, one left at 12: 1 - 3/4 · 1/2."""
    event = np.array([1.0, np.nan, 3.0, np.nan])
    death = np.array([9.0, 2.0, 9.0, 12.0])
    value, error = net_incidence_at(event, death, 10.0)
    assert value == pytest.approx(1.0 - 0.75 * 0.5)
    assert error == pytest.approx(0.375 * math.sqrt(1 / 12 + 1 / 2))
    assert net_incidence_at(event, death, 0.5)[0] == 0.0


def test_a_run_says_what_to_compare_its_recurrence_with() -> None:
    run = ss.simulate(3000, seed=3, strategy="untreated", screening="2000s")
    reference = recurrence_reference(run)
    assert reference is not None
    cells = packaged().targets["practice_distant"].cells
    observed = [cell.observed for cell in cells.values()]
    assert min(observed) < reference.published < max(observed)
    assert 0.0 < reference.simulated < 0.4
    assert "2000-09" in reference.sentence
    assert ss.simulate(50, seed=3, strategy="untreated", adjuvant="none").manifest
    old = ss.simulate(200, seed=3, strategy="untreated", adjuvant="1978-1993")
    assert recurrence_reference(old) is None


def test_unknown_era_brings_the_nearest() -> None:
    with pytest.raises(InputError, match="trials-1990s"):
        ss.simulate(10, adjuvant="trial-1990s")


def test_care_before_1990_leaves_more_women_node_negative() -> None:
    """The same women and tumours, staged by the axillary surgery of two decades."""
    old = parameters(seed=28, adjuvant="none")
    new = parameters(seed=28, adjuvant="none")
    old.nodes_examined = packaged().value("lymph.examined", "1980s")
    assert same_bits(rows(new, 300), rows(parameters(seed=28, adjuvant="none"), 300))
    assert rows(old, 1500)["n_stage"].mean() < rows(new, 1500)["n_stage"].mean()
