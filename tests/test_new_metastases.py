"""Colonies founded under treatment: the same however many are drawn together, whenever worked out."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from kernels import parameters
from seedsoil.model import random
from seedsoil.model.natural_history.clusters import ALONE, cluster_size, group_size
from seedsoil.model.natural_history.dormancy import sleep
from seedsoil.model.treatment.burden import update_burdens
from seedsoil.model.treatment.exposure import start_interval
from seedsoil.model.treatment.lesions import shedding, simulate_period
from seedsoil.model.treatment.loop import load_woman
from seedsoil.model.treatment.new_metastases import count_founded, determine_origin, found_colonies
from seedsoil.model.treatment.state import MAX_PARENTS, ORIGIN_DETERMINED, UNDETERMINED, scratch
from seedsoil.vocabulary import LUNG
from treated import Drug, Lesion, Regimen, constants, lesions_of, women

PERIODS = 12
YEARS = 0.25  # of each


def simulate_foundings(p: Any, s: Any, owed: float, remembered: int = 0) -> tuple[Any, list[Any]]:
    """A woman simulated in `s`, with the metastases of each period: which they are, and what they shed.

    In period k the rate of foundings goes from `owed` (1 + k) to `owed` (2 + k) a period. Metastases are
    `remembered` from before.
    """
    c = constants(p, [Drug({8: 7.0})], [Regimen([0])])
    made = women(p, [Lesion(22.0, organ, rate=0.3) for organ in range(5)] * 2, growth_rate=1e-3)
    woman, initial_lesions = made.women[0], made.initial_lesions
    load_woman(p, c, woman, initial_lesions, s)
    s.burden[:] = -1e300
    s.n_parents = remembered
    start_interval(c, woman, s, 0, 0)
    parents = []
    for period in range(PERIODS):
        s.time = s.times[period]
        s.step = YEARS
        simulate_period(p, c, woman, initial_lesions, s, s.step)
        update_burdens(p, woman, s)
        followed = s.followed[: s.n_followed].copy()
        sheds = [shedding(p, woman, s.lesions[i].organ, s.lesions[i].log_n) for i in followed]
        parents.append((followed, np.array(sheds)))
        found_colonies(p, woman, s, owed * (1 + period) / s.step, owed * (2 + period) / s.step)
    return woman, parents


def check_foundings(p: Any, s: Any, woman: Any, parents: list[Any], owed: float) -> None:
    """Each colony against what its number's random numbers say, one by one and from the equations."""
    clock, number, seen = 0.0, 0, int(woman.lesions)
    for period, (followed, sheds) in enumerate(parents):
        r0, r1 = owed * (1 + period), owed * (2 + period)
        whole = (r1 - r0) / math.log(r1 / r0)  # ∫ over the period
        spent = clock
        while True:
            u, v, w, x = random.uniforms(
                p.key_low, p.key_high, woman.patient, random.TREATED_SPREAD, number, 0
            )
            size = group_size(number, ALONE)
            wait = -math.log(u) * size
            if spent + wait > whole:
                clock = spent - whole
                break
            spent += wait
            lesion = s.lesions[seen]
            bound = s.check_at[seen]
            if s.determined[seen] == UNDETERMINED:
                determine_origin(p, woman, s, seen)
            share = math.log1p(spent * math.log(r1 / r0) / r0) / math.log(r1 / r0)
            assert lesion.founded == pytest.approx(period * YEARS + share * YEARS, abs=1e-12)
            j = int(np.searchsorted(np.cumsum(sheds), v * sheds.sum()))
            assert lesion.parent == followed[j]
            left = (v * sheds.sum() - np.cumsum(sheds)[j] + sheds[j]) / sheds[j]
            arteries = int(s.lesions[followed[j]].organ == LUNG)
            cumulative = p.organ_cumulative[arteries, woman.subtype]
            assert lesion.organ == np.searchsorted(cumulative[:-1], left)
            ends = np.concatenate([[0.0], cumulative])[lesion.organ : lesion.organ + 2]
            lesions = cluster_size(p.log_cluster_more, (left - ends[0]) / (ends[1] - ends[0]))
            assert lesion.multiplicity == size * lesions
            assert lesion.entity == (random.TREATED_SPREAD << 24) + number
            asleep = sleep(w, p.dormancy_share[woman.subtype], p.dormancy_mean[woman.subtype])
            assert lesion.wakes == pytest.approx(lesion.founded + asleep, rel=1e-12)
            growth = p.metastasis_growth[lesion.organ] + p.metastasis_growth_sd * random.normal(x)
            assert lesion.rate == pytest.approx(woman.growth_rate * math.exp(growth), rel=1e-12)
            assert lesion.next_period == period
            # left alone not for longer than it may be
            assert bound <= lesion.wakes + s.years_to_followed / lesion.rate
            number += 1
            seen += 1
    assert (s.count, s.n_founded) == (seen, number)


@pytest.mark.parametrize("owed", [0.3, 3.0, 20.0])
def test_colonies_are_founded_as_their_numbers_say(owed: float) -> None:
    """When, by which metastasis, where; however many are drawn together and whenever it is worked out."""
    s, _ = scratch()  # left by one woman to the next
    for seed in range(540, 545):
        p = parameters(seed=seed)
        woman, parents = simulate_foundings(p, s, owed)
        check_foundings(p, s, woman, parents, owed)


def test_origins_are_worked_out_at_once_if_too_many_metastases_are_to_be_remembered() -> None:
    """As if the memory were nearly full: some origins are worked out at once, the same as later."""
    p = parameters(seed=545)
    s, _ = scratch()
    woman, parents = simulate_foundings(p, s, 3.0, remembered=MAX_PARENTS - 55)
    known_origin = s.determined[woman.lesions : s.count] == ORIGIN_DETERMINED
    assert 0 < known_origin.sum() < known_origin.size
    assert s.n_parents == MAX_PARENTS - 5
    check_foundings(p, s, woman, parents, 3.0)


def test_colonies_founded_by_the_time_of_death() -> None:
    p = parameters(seed=546)
    s, _ = scratch()
    woman, _ = simulate_foundings(p, s, 5.0)
    for i in range(woman.lesions, s.count):
        determine_origin(p, woman, s, i)
    founded = lesions_of(s).founded[woman.lesions :]
    sizes = np.array([group_size(k, ALONE) for k in range(founded.size)])
    for death in np.linspace(11 * YEARS, 12 * YEARS, 7):
        assert count_founded(woman, s, death) == sizes[founded <= death].sum()
    assert (
        0 < count_founded(woman, s, 11 * YEARS) < count_founded(woman, s, 12 * YEARS) == sizes.sum()
    )
