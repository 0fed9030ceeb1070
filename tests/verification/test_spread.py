"""Colonies: how many, when, where, whether they sleep, how fast they grow."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy.stats import binom, kstest, poisson

from kernels import (
    FALSE_ALARM,
    binomial_p,
    chi_square_p,
    exponential_p,
    lesions,
    packaged,
    parameters,
    same_bits,
    within,
    woman,
    women,
)
from seedsoil.model import random
from seedsoil.model.natural_history.circulation import arrest_shares
from seedsoil.model.natural_history.clusters import alone_of_child, group_size
from seedsoil.model.natural_history.hazard import cumulative, elapsed, hazard_clock
from seedsoil.model.natural_history.lazy_lesions import determine
from seedsoil.model.natural_history.lesions import BLOOD, LYMPH, MAX_LESIONS
from seedsoil.model.natural_history.lymph_nodes import focus_spreads_on
from seedsoil.model.natural_history.spread import Shedding, found_colony, foundings
from seedsoil.vocabulary import DISTANT_NODES, LIVER, LUNG, METASTATIC_ORGANS, NODE, ORGANS

if TYPE_CHECKING:
    from numpy.typing import NDArray

RATE = 0.4
COLONIES = 4000
SUBTYPE_KEYS = ("hr_pos_her2_neg", "hr_pos_her2_pos", "hr_neg_her2_pos", "tnbc")
# Values of the tests' own, so that a new fit of the catalog does not change what they can see.
PINNED = {
    "spread.log_rate": -13.0,
    "spread.log_rate_sd": 1.5,
    "spread.exponent": 0.57,
    "metastasis.log_growth_ratio": 0.4,
    "metastasis.log_growth_sd": 0.3,
    **{f"metastasis.log_shedding_ratio:{organ}": 1.0 for organ in ORGANS},
    **{
        f"dormancy.{name}:{subtype}": value
        for name, values in (("share", (0.7, 0.5, 0.3, 0.2)), ("log_mean", (2.0, 1.5, 1.0, 0.5)))
        for subtype, value in zip(SUBTYPE_KEYS, values, strict=True)
    },
    **{
        f"soil.log_factor:{organ}:{subtype}": base + 0.4 * i
        for organ, base in (
            ("bone", 5.0),
            ("liver", 3.0),
            ("brain", 3.5),
            ("other", 1.0),
            ("nodes", 3.0),
        )
        for i, subtype in enumerate(SUBTYPE_KEYS)
    },
}


def rate_for(p: Any, mean: float, a: float, years: float) -> float:
    """ln c K^a with which `mean` colonies are expected in `years`."""
    return math.log(mean / cumulative(years, 0.0, math.log(a), p.log_y0, RATE))


class Source:
    """A primary from its first cell on, and the colonies it founds at rate c N^a in each woman."""

    def __init__(self, p: Any, log_top: float, a: float, room: int = MAX_LESIONS) -> None:
        self.p, self.log_top, self.a, self.room = p, log_top, a, room
        self.woman = woman(p, 0, RATE, -13.0)
        self.start = hazard_clock(math.log(a), p.log_y0)

    def founds(
        self, patient: int, after: float, until: float, places: float = math.inf
    ) -> tuple[NDArray[np.float64], int, bool]:
        """Times in (after, until], the number of the first of them, and whether the list was full."""
        u, _, _, _ = random.uniforms(self.p.key_low, self.p.key_high, patient, random.WOMAN, 1, 0)
        ln_a = math.log(self.a)
        shedding = Shedding(
            random.PRIMARY_SPREAD,
            -math.log(u),
            math.exp(-self.log_top),
            ln_a,
            self.start,
            places,
        )
        her = self.woman
        her.patient = patient
        found, first, full = foundings(self.p, her, her.primary, shedding, after, until, self.room)
        clocks = her.founding_clocks[:found].tolist()
        times = [elapsed(clock, ln_a, self.p.log_y0, RATE) for clock in clocks]
        return np.array(times), first, full


@pytest.mark.parametrize("a, mean", [(0.57, 3.0), (0.57, 0.02), (1.0, 40.0), (0.1, 2.0)])
def test_number_of_colonies_is_poisson(a: float, mean: float) -> None:
    """Given growth, without heterogeneity: Poisson with mean Λ(T). Times have density ∝ N^a.

    False-alarm rate 1e-6 for each of the two tests.
    """
    p = parameters(seed=101)
    years = 9.0
    log_top = rate_for(p, mean, a, years)
    source = Source(p, log_top, a)
    drawn = [source.founds(patient, -1.0, years) for patient in range(10_000)]
    assert not any(full for _, _, full in drawn)
    times = [found for found, _, _ in drawn]
    counts = np.array([t.size for t in times])
    bins = np.arange(counts.max() + 1)
    expected = counts.size * poisson.pmf(bins, mean)
    expected[-1] += counts.size * poisson.sf(bins[-1], mean)
    assert chi_square_p(np.bincount(counts), expected) > FALSE_ALARM

    # ∫ N^a by the trapezium rule on a fine grid: nothing of the kernel's in it
    grid = np.linspace(0.0, years, 200_001)
    density = np.exp(-a * (np.exp(p.log_y0 - RATE * grid) - np.exp(p.log_y0 - RATE * years)))
    share = np.concatenate([[0.0], np.cumsum(density[1:] + density[:-1])])
    share /= share[-1]
    pooled = np.concatenate(times)
    assert kstest(pooled, lambda t: np.interp(t, grid, share)).pvalue > FALSE_ALARM


@pytest.mark.parametrize("alone", [64, 7, 4])
def test_groups_of_foundings_are_as_many_as_single_ones(alone: int) -> None:
    """Λ(T) foundings are to be expected in T, groups or not; a record is at most 1/`alone` of all.

    False-alarm rate 1e-6.
    """
    p = parameters(seed=111)
    years, a, mean = 9.0, 0.57, 3000.0
    source = Source(p, rate_for(p, mean, a, years), a)
    source.woman.primary.alone = alone
    totals, records = [], []
    for patient in range(2000):
        found, first, full = source.founds(patient, -1.0, years)
        assert first == 0
        assert not full
        sizes = np.array([group_size(k, alone) for k in range(found.size)])
        assert (sizes * alone <= np.cumsum(sizes) - sizes + alone).all()
        totals.append(sizes.sum())
        records.append(found.size)
    error = np.std(totals) / math.sqrt(len(totals))
    assert abs(np.mean(totals) - mean) < 4.9 * error
    assert np.mean(records) < alone * (1.0 + math.log2(1.0 + mean / alone))


def test_later_sources_found_in_groups_earlier() -> None:
    assert [alone_of_child(64, k) for k in (0, 1, 3, 15, 10_000)] == [64, 32, 16, 4, 4]
    assert alone_of_child(4, 0) == 4


@pytest.mark.parametrize("mean, places", [(0.7, 4), (9.0, 12), (40.0, 20)])
def test_node_foci_take_each_node_once(mean: float, places: int) -> None:
    """Cells come to each of n nodes by itself, at rate Λ/n: the nodes with a focus are binomial.

    Their share is 1 - e^(-Λ/n). False-alarm rate 1e-6.
    """
    p = parameters(seed=108)
    years = 9.0
    source = Source(p, rate_for(p, mean, 0.6, years), 0.6)
    drawn = [source.founds(patient, -1.0, years, places) for patient in range(8_000)]
    counts = np.array([found.size for found, _, _ in drawn])
    expected = counts.size * binom.pmf(np.arange(places + 1), places, -math.expm1(-mean / places))
    assert chi_square_p(np.bincount(counts, minlength=places + 1), expected) > FALSE_ALARM


def test_founding_times_are_ordered_and_do_not_depend_on_where_one_looks_from() -> None:
    """Looked at in two parts, a source founds the same colonies at the same times, numbered alike."""
    p = parameters(seed=102)
    middle, end = 6.0, 9.0
    source = Source(p, rate_for(p, 25.0, 0.6, end), 0.6)
    for patient in range(200):
        whole, _, _ = source.founds(patient, -1.0, end)
        early, _, _ = source.founds(patient, -1.0, middle)
        late, first, _ = source.founds(patient, middle, end)
        assert np.all(np.diff(whole) >= 0.0)
        assert same_bits(np.concatenate([early, late]), whole)
        if late.size:
            assert first == early.size


def test_a_full_list_is_reported() -> None:
    p = parameters(seed=103)
    source = Source(p, rate_for(p, 200.0, 0.6, 9.0), 0.6, room=50)
    times, _, full = source.founds(0, -1.0, 9.0)
    assert (times.size, full) == (50, True)


def test_foundings_before_the_window_do_not_take_for_ever() -> None:
    """1e12 foundings before it begins: the list counts as full, in less than a minute."""
    p = parameters(seed=103)
    source = Source(p, rate_for(p, 1e12, 0.6, 9.0), 0.6)
    _, _, full = within(60.0, lambda: source.founds(0, 8.9, 9.0))
    assert full


@pytest.fixture(scope="module")
def colonies() -> tuple[Any, dict[tuple[int, int], Any]]:
    """COLONIES colonies for each subtype and organ of the mother (-1: the primary)."""
    p = parameters(PINNED, seed=104)
    drawn = {}
    for subtype, organ in itertools.product(range(4), (-1, LIVER, LUNG)):
        made = lesions(COLONIES)
        mother = woman(p, subtype, RATE, -13.0)
        for i in range(COLONIES):
            random.uniforms_of_children(
                p.key_low,
                p.key_high,
                1000 + organ,
                random.COLONY,
                subtype,
                i,
                1,
                mother.entities,
                mother.drawn,
            )
            mother.founding_clocks[0] = 1.0
            mother.lesions[0].organ = organ
            found_colony(p, mother, mother.lesions[0], made[i], 0, 0, 0, BLOOD, 1.0, 0.0)
            bound = made[i].small_until
            determine(p, mother, made[i])
            assert bound <= made[i].small_until
        drawn[subtype, organ] = made
    return p, drawn


@pytest.mark.parametrize("mother", [-1, LIVER, LUNG], ids=["primary", "liver", "lung"])
def test_organs_of_colonies_follow_flow_times_soil(
    colonies: tuple[Any, dict[tuple[int, int], Any]], mother: int
) -> None:
    """Shares q_o s_o / Σ q s by subtype; from a lung metastasis q is that of the arteries.

    False-alarm rate 1e-6 a subtype.
    """
    catalog = packaged().with_values(PINNED)
    soil = np.exp(catalog.vector("soil.log_factor"))
    flow = arrest_shares(
        catalog.vector("circulation.output_share"),
        catalog.vector("circulation.arrest"),
        from_lung=mother == LUNG,
    )
    for subtype in range(4):
        share = flow * soil[:, subtype]
        counts = np.bincount(colonies[1][subtype, mother].organ, minlength=METASTATIC_ORGANS)
        assert chi_square_p(counts, COLONIES * share / share.sum()) > FALSE_ALARM


def test_dormancy_share_and_time(
    colonies: tuple[Any, dict[tuple[int, int], Any]],
) -> None:
    """Asleep with probability π (binomial), for Exp(mean τ) years. False-alarm rate 1e-6, 13 tests.

    The times asleep of all subtypes, over their means, are tested together: 7 % off would show.
    """
    p, drawn = colonies
    catalog = packaged().with_values(PINNED)
    asleep_over_mean = []
    for (subtype, _), made in drawn.items():
        sleep = made.woke - made.founded
        asleep = sleep > 0.0
        share = catalog.value("dormancy.share", SUBTYPE_KEYS[subtype])
        assert binomial_p(asleep.sum(), asleep.size, share) > FALSE_ALARM
        mean = math.exp(catalog.value("dormancy.log_mean", SUBTYPE_KEYS[subtype]))
        asleep_over_mean.append(sleep[asleep] / mean)
        assert same_bits(made.start, made.woke)
        assert np.all(made.ln_y == p.log_y0)
    assert exponential_p(np.concatenate(asleep_over_mean)) > FALSE_ALARM


def test_growth_of_metastases_is_log_normal_about_the_primary(
    colonies: tuple[Any, dict[tuple[int, int], Any]],
) -> None:
    """ln(b_lesion / b) is normal with the organ's mean. False-alarm rate 1e-6."""
    p, drawn = colonies
    made = np.concatenate([drawn[key] for key in sorted(drawn)])
    z = np.log(made["rate"] / RATE) - p.metastasis_growth[made["organ"]]
    assert kstest(z / PINNED["metastasis.log_growth_sd"], "norm").pvalue > FALSE_ALARM


def test_without_soil_colonies_lie_where_the_blood_goes() -> None:
    """Soil 1 everywhere: the first colonies are spread by flow alone. False-alarm rate 1e-6."""
    flat = {
        f"soil.log_factor:{organ}:{subtype}": 0.0 for organ in ORGANS for subtype in SUBTYPE_KEYS
    }
    flat["spread.log_cluster_size"] = 0.0  # the lesions of a colony lie in one organ
    _, rows, _ = women(parameters({**PINNED, **flat}, seed=105), 1500)
    organs = rows["organ"][(rows["parent"] == 0) & (rows["organ"] != NODE)]
    catalog = packaged()
    flow = arrest_shares(
        catalog.vector("circulation.output_share"), catalog.vector("circulation.arrest")
    )
    counts = np.bincount(organs, minlength=METASTATIC_ORGANS)
    assert chi_square_p(counts, organs.size * flow) > FALSE_ALARM


@pytest.mark.parametrize("mean", [0.5, 12.0])
def test_a_focus_founds_metastases_in_the_nodes_of_its_basin(mean: float) -> None:
    """Cells come by lymph to each of n nodes by itself, at rate Λ/n, Λ = ∫ λ μL N^aL: binomial.

    False-alarm rate 1e-6.
    """
    nodes = 5
    values = {"lymph.basin_nodes": float(nodes), "lymph.exponent": 0.6}
    p = parameters(values, seed=109)
    years = 9.0
    log_mu = rate_for(p, mean, 0.6, years) - 0.6 * p.log_capacity
    her = woman(p, 0, RATE, -13.0, log_mu + math.log(p.focus_lymph_slowness))
    focus = her.foci[0]
    focus.ln_y, focus.rate, focus.organ = p.log_y0, RATE, NODE
    counts = []
    for patient in range(8_000):
        u, _, _, _ = random.uniforms(p.key_low, p.key_high, patient, random.WOMAN, 1, 0)
        her.patient, her.n_lesions, focus.lymph_uniform = patient, 0, u
        assert focus_spreads_on(p, her, 0, years) == math.inf
        founded = her.lesions[: her.n_lesions]
        assert np.all(founded["organ"] == DISTANT_NODES)
        counts.append(her.n_lesions)
    expected = len(counts) * binom.pmf(np.arange(nodes + 1), nodes, -math.expm1(-mean / nodes))
    assert chi_square_p(np.bincount(counts, minlength=nodes + 1), expected) > FALSE_ALARM


def test_metastases_bring_lymph_nodes_with_them() -> None:
    """By lymph from metastases alone: each such node has a mother outside the nodes; none without."""
    blood = {
        f"soil.log_factor:nodes:{subtype}": -10.0 for subtype in SUBTYPE_KEYS
    }  # so that hardly any comes by blood
    off = {
        **PINNED,
        **blood,
        "lymph.log_onward_ratio": -100.0,
        "metastasis.log_lymph_ratio": -100.0,
    }
    _, rows, _ = women(parameters(off, seed=110), 2000)
    assert np.count_nonzero(rows["organ"] == DISTANT_NODES) < 3
    _, rows, _ = women(parameters({**off, "metastasis.log_lymph_ratio": 0.0}, seed=110), 2000)
    organ = {(row["patient"], row["lesion"]): row["organ"] for row in rows}
    nodes = rows[rows["organ"] == DISTANT_NODES]
    by_lymph = nodes[nodes["route"] == LYMPH]
    assert by_lymph.size > 50
    mothers = [organ[row["patient"], row["parent"]] for row in by_lymph if row["parent"] > 0]
    assert DISTANT_NODES not in mothers


def test_positive_nodes_never_exceed_the_axilla() -> None:
    values = {"lymph.log_rate": -6.0, "lymph.axilla_nodes": 7.0, "spread.log_rate": -40.0}
    patients, _, _ = women(parameters(values, seed=106), 300)
    assert patients["positive_nodes"].max() == 7
