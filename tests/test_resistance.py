"""Resistance, sensitivity and frailty: their distributions, and who shares which of them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy.stats import kstest, norm

from kernels import FALSE_ALARM, binomial_p, parameters
from seedsoil.model.treatment.resistance import (
    ALL_RESISTANT,
    OESTROGEN_DEPRIVATION,
    frailty,
    of_woman,
    sensitivity,
)
from seedsoil.vocabulary import BONE, BRAIN, MECHANISMS, N_MECHANISMS
from treated import (
    PERIOD,
    Drug,
    Lesion,
    Regimen,
    after_period,
    constants,
    courses,
    each,
    immortal,
    lesion_deviate,
    lesions_of,
    plan,
    rules,
    women,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

N = 6000
TAXANE, ANTIMETABOLITE, OTHER = 8, 11, 4


def drawn(p: Any, c: Any, mechanism: int, count: int = N) -> tuple[NDArray[Any], ...]:
    """z̄, ε and primary resistance of many women."""
    rows = [of_woman(p, c, patient, mechanism) for patient in range(count)]
    return tuple(np.array(column) for column in zip(*rows, strict=True))


def correlation_p(a: NDArray[Any], b: NDArray[Any], rho: float = 0.0) -> float:
    """p-value of a sample correlation when the true one is rho (Fisher's z)."""
    z = (math.atanh(np.corrcoef(a, b)[0, 1]) - math.atanh(rho)) * math.sqrt(a.size - 3)
    return float(2.0 * norm.sf(abs(z)))


def test_the_order_of_mechanisms() -> None:
    assert len(MECHANISMS) == N_MECHANISMS == 16 == len(set(MECHANISMS))
    assert MECHANISMS[OESTROGEN_DEPRIVATION] == "oestrogen_deprivation"


@pytest.mark.parametrize("mechanism", [0, 3, 8, 15])
def test_marginal_distributions(mechanism: int) -> None:
    """z̄ normal with its mean and sd, ε standard normal, primary resistance with its share; independent.

    False-alarm rate 1e-6 each.
    """
    p = parameters(seed=601)
    c = constants(p, resistance_log_odds=-7.1, resistance_log_odds_sd=8.2, resistance_primary=0.35)
    z, deviate, primary = drawn(p, c, mechanism)
    assert kstest(z, norm(-7.1, 8.2).cdf).pvalue > FALSE_ALARM
    assert kstest(deviate, norm.cdf).pvalue > FALSE_ALARM
    assert binomial_p(primary.sum(), N, 0.35) > FALSE_ALARM
    assert correlation_p(z, deviate) > FALSE_ALARM
    assert correlation_p(z, primary.astype(float)) > FALSE_ALARM
    assert correlation_p(deviate, primary.astype(float)) > FALSE_ALARM


def test_mechanisms_are_independent_but_for_frailty() -> None:
    """Of the log sensitivities to two mechanisms: correlation s_F² / (s_F² + s_m²). Rate 1e-6."""
    p = parameters(seed=602)
    c = constants(p, frailty_sd=0.4, sensitivity_sd=0.3, resistance_log_odds_sd=5.0)
    z8, e8, _ = drawn(p, c, 8)
    z9, e9, _ = drawn(p, c, 9)
    f = np.array([frailty(p, patient) for patient in range(N)])
    assert kstest(f, norm.cdf).pvalue > FALSE_ALARM
    for pair in ((z8, z9), (e8, e9), (f, e8), (f, z8)):
        assert correlation_p(*pair) > FALSE_ALARM
    s8, s9 = (
        np.log([sensitivity(c, m, a, b, 0.0) for a, b in zip(f, e, strict=True)])
        for m, e in ((8, e8), (9, e9))
    )
    assert kstest(s8, norm(0.0, 0.5).cdf).pvalue > FALSE_ALARM
    assert correlation_p(s8, s9, 0.4**2 / (0.4**2 + 0.3**2)) > FALSE_ALARM


@pytest.mark.parametrize("theta", [0.0, 0.7, 2.0])
def test_what_grows_fast_dies_fast(theta: float) -> None:
    """The factor (b / median b)^θ."""
    p = parameters(seed=603)
    c = constants(p, growth_exponent=theta)
    assert sensitivity(c, 8, 1.3, -0.7, math.log(5.0)) == pytest.approx(5.0**theta, rel=1e-14)


def test_lesions_spread_around_the_woman() -> None:
    """Standard normal, independent between lesions and mechanisms, the same whenever asked. Rate 1e-6."""
    p = parameters(seed=604)
    for entity, mechanism in ((0, 0), (7, 5), (2**32 - 1, 10), (27 << 24, 15)):
        sample = np.array(
            [lesion_deviate(p, patient, entity, mechanism) for patient in range(3000)]
        )
        assert kstest(sample, norm.cdf).pvalue > FALSE_ALARM
        again = [lesion_deviate(p, patient, entity, mechanism) for patient in range(50)]
        assert np.array_equal(sample[:50], again)
    table = np.array(
        [[lesion_deviate(p, patient, 5, m) for m in range(N_MECHANISMS)] for patient in range(1500)]
    )
    for a in range(N_MECHANISMS):
        for b in range(a):
            assert correlation_p(table[:, a], table[:, b]) > FALSE_ALARM
    assert len({lesion_deviate(p, 0, entity, 3) for entity in range(500)}) == 500


# ---------------------------------------------------------------- in the kernel


def spread(p: Any, drugs: list[Drug], regimens: list[Regimen], **values: Any) -> Any:
    return constants(
        p,
        drugs,
        regimens,
        resistance_log_odds=-6.0,
        resistance_log_odds_sd=3.0,
        resistance_primary=0.3,
        lesion_sd=1.0,
        growth_exponent=0.7,
        sensitivity_sd=0.3,
        frailty_sd=0.3,
        **values,
    )


def test_first_use_draws_the_woman_and_her_lesions() -> None:
    """What the kernel uses is what the functions say, with what adjuvant therapy selected added."""
    p = immortal(parameters(seed=605))
    c = spread(p, [Drug({TAXANE: 5.0, ANTIMETABOLITE: 3.0})], [Regimen([0])])
    c.adjuvant_carry[0] = 2.5
    c.adjuvant_fading[:] = 0.0
    c.adjuvant_correlation[:] = 0.0
    c.adjuvant_acts[TAXANE] = 1  # the kind that all women have, CMF, holds no taxane
    lesions = [Lesion(22.0, BONE, entity=11), Lesion(21.0, BONE, entity=12)]
    for adjuvant in (0b000, 0b001, 0b110):
        made = women(p, lesions, 40, adjuvant=adjuvant, log_relative_growth=0.5, other_death=0.01)
        resistant = 0
        for patient, s in enumerate(each(p, plan(c, rules({"regimen": 0})), made)):
            f = frailty(p, patient)
            for m in (TAXANE, ANTIMETABOLITE):
                z, deviate, primary = of_woman(p, c, patient, m)
                if adjuvant & 1:
                    z += 2.5
                assert s.resistant[m] == primary
                assert s.sensitivity[m] == sensitivity(c, m, f, deviate, 0.5)
                for i, lesion in enumerate(lesions):
                    own = z + lesion_deviate(p, patient, lesion.entity, m)
                    assert lesions_of(s).z[i, m] == (ALL_RESISTANT if primary else own)
                resistant += primary
        assert 0 < resistant < 80


def left_after(
    drugs: list[Drug], regimens: list[Regimen], lines: list[int], years: list[float], seed: int
) -> Any:
    """Scratch space of a woman with one lesion of bone at her death, after these regimens in turn."""
    p = immortal(parameters(seed=seed))
    c = spread(p, drugs, regimens, recist_nontarget_log_increase=1000.0)
    wanted: list[dict[str, Any]] = [
        {"regimen": lines[0], "line": (1, 1), "planned_years": years[0]}
    ]
    if len(lines) > 1:
        wanted[0]["maintenance"] = lines[1]
    made = women(p, [Lesion(22.0, BONE, rate=0.3)], other_death=sum(years) - 1e-6)
    return p, c, courses(p, plan(c, rules(*wanted)), made).s


def by_hand(p: Any, c: Any, kills: list[dict[int, float]], rate: float, log_n: float) -> float:
    """y of the lesion after periods with these kills a year (before sensitivity), and z shared by drugs."""
    y = p.log_capacity - log_n
    so_far: dict[int, float] = {}
    for given in kills:
        acting = []
        for m, kill in given.items():
            z, deviate, primary = of_woman(p, c, 0, m)
            z = ALL_RESISTANT if primary else z + lesion_deviate(p, 0, 0, m)
            k = kill * sensitivity(c, m, frailty(p, 0), deviate, 0.0)
            acting.append((z + so_far.get(m, 0.0), k))
            so_far[m] = so_far.get(m, 0.0) + k * PERIOD
        y = after_period(y, rate, PERIOD, acting)
    return y


@pytest.mark.parametrize("seed", range(610, 618))
def test_drugs_of_one_mechanism_share_resistance(seed: int) -> None:
    """A second drug of the mechanism finds the lesion as the first left it; of another, it does not."""
    drugs = [Drug({TAXANE: 4.0}), Drug({TAXANE: 6.0}), Drug({ANTIMETABOLITE: 6.0})]
    regimens = [Regimen([d]) for d in range(3)]
    for second, mechanism in ((1, TAXANE), (2, ANTIMETABOLITE)):
        p, c, s = left_after(drugs, regimens, [0, second], [8 * PERIOD, 8 * PERIOD], seed)
        kills = [{TAXANE: 4.0}] * 8 + [{mechanism: 6.0}] * 8
        assert s.periods == 16
        assert lesions_of(s).y[0] == pytest.approx(by_hand(p, c, kills, 0.3, 22.0), rel=1e-12)


def test_two_drugs_of_one_mechanism_at_once_add_up() -> None:
    drugs = [Drug({TAXANE: 4.0}), Drug({TAXANE: 3.0, OTHER: 1.0})]
    p, c, s = left_after(drugs, [Regimen([0, 1])], [0], [10 * PERIOD], 620)
    y = by_hand(p, c, [{TAXANE: 7.0, OTHER: 1.0}] * 10, 0.3, 22.0)
    assert lesions_of(s).y[0] == pytest.approx(y, rel=1e-12)


def test_a_wholly_resistant_tumour_grows_as_without_drugs() -> None:
    p = immortal(parameters(seed=621))
    c = constants(p, [Drug({TAXANE: 50.0})], [Regimen([0])], resistance_primary=1.0)
    made = women(p, [Lesion(21.0, BONE), Lesion(15.0, BRAIN)], other_death=1.0)
    treated = lesions_of(courses(p, plan(c, rules({"regimen": 0})), made).s)
    untreated = lesions_of(courses(p, plan(c, rules()), made).s)
    assert treated.y == pytest.approx(untreated.y, rel=1e-14)  # periods end at other times


def test_biomarkers_subtypes_and_organs_gate_the_kill() -> None:
    """k x factor of the subtype x what is left without the biomarker x exposure of the organ x dose."""
    p = immortal(parameters(seed=622))
    fields = {"factor": [1.0, 0.5, 0.0, 2.0], "biomarker": [1, 1, 1, -1], "without": 0.3}
    drug = Drug({TAXANE: 4.0}, organs={BONE: 0.8, BRAIN: 0.1}, fields=fields)
    c = constants(p, [drug], [Regimen([0], dose=[1.25])], resistance_log_odds=-500.0)
    for subtype in range(4):
        for biomarkers in (0b0000, 0b0010, 0b1101):
            made = women(
                p,
                [Lesion(22.0, BONE), Lesion(21.0, BRAIN)],
                other_death=PERIOD,
                subtype=subtype,
                biomarkers=biomarkers,
            )
            s = courses(p, plan(c, rules({"regimen": 0})), made).s
            kill = 4.0 * 1.25 * (1.0, 0.5, 0.0, 2.0)[subtype]
            if subtype != 3 and not biomarkers & 0b0010:
                kill *= 0.3
            for i, (log_n, exposure) in enumerate(((22.0, 0.8), (21.0, 0.1))):
                y = after_period(p.log_capacity - log_n, 0.5, PERIOD, [(-500.0, kill * exposure)])
                assert lesions_of(s).y[i] == pytest.approx(y, rel=1e-12)


@pytest.mark.parametrize("seed", range(630, 634))
def test_a_more_potent_drug_finds_fewer_cells_resistant(seed: int) -> None:
    """The kill reads z less the drug's potency, that of the most potent if several are given; z does not."""
    drugs = [
        Drug({TAXANE: 4.0}),
        Drug({TAXANE: 6.0}, fields={"potency": 3.0}),
        Drug({TAXANE: 1.0}, fields={"potency": -2.0}),
    ]
    regimens = [Regimen([0]), Regimen([1]), Regimen([2, 1])]
    for second, kill in ((1, 6.0), (2, 7.0)):
        p, c, s = left_after(drugs, regimens, [0, second], [8 * PERIOD, 8 * PERIOD], seed)
        z, deviate, primary = of_woman(p, c, 0, TAXANE)
        z = ALL_RESISTANT if primary else z + lesion_deviate(p, 0, 0, TAXANE)
        factor = sensitivity(c, TAXANE, frailty(p, 0), deviate, 0.0)
        y = p.log_capacity - 22.0
        for k, potency in [(4.0 * factor, 0.0)] * 8 + [(kill * factor, 3.0)] * 8:
            y = after_period(y, 0.3, PERIOD, [(z - potency, k)])
            z += k * PERIOD
        assert lesions_of(s).y[0] == pytest.approx(y, rel=1e-12)
