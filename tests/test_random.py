"""Philox4x32-10 against its published vectors, and the numbers made of it."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import kstest, norm

from kernels import FALSE_ALARM, chi_square_p
from seedsoil.model import random

STREAMS = {
    name: value
    for name, value in vars(random).items()
    if name.isupper() and not name.startswith("_") and type(value) is int
}
del STREAMS["MAX_PATIENT"]
ONES = 0xFFFFFFFF


# Known-answer vectors of Random123 (Salmon, Moraes, Dror, Shaw), file kat_vectors, philox4x32 10.
@pytest.mark.parametrize(
    "counter, key, expected",
    [
        ((0, 0, 0, 0), (0, 0), "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
        ((ONES,) * 4, (ONES,) * 2, "408f276d 41c83b0e a20bc7c6 6d5451fd"),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            "d16cfe09 94fdcceb 5001e420 24126ea1",
        ),
    ],
)
def test_published_vectors(
    counter: tuple[int, int, int, int], key: tuple[int, int], expected: str
) -> None:
    words = random.philox(*counter, *key)
    assert " ".join(f"{word:08x}" for word in words) == expected


def test_numpy_integers_give_the_same_words() -> None:
    # The kernels hand over the key from a NumPy record.
    low, high = np.array([ONES, 6])
    assert random.philox(1, 2, 3, 4, low, high) == random.philox(1, 2, 3, 4, ONES, 6)


def test_streams_have_numbers_of_their_own() -> None:
    assert len(set(STREAMS.values())) == len(STREAMS)
    assert all(0 < stream < 2**16 for stream in STREAMS.values())


def test_every_part_of_the_address_changes_the_draw() -> None:
    """Patients beyond 32 bits too: 2000 addresses, no block twice."""
    patients = (0, 1, 2**32 - 1, 2**32, 2**32 + 1, random.MAX_PATIENT)
    addresses = itertools.product(
        ((0, 0), (1, 0), (0, 1)), patients, sorted(STREAMS.values()), (0, 1, ONES), (0, 1)
    )
    blocks = [random.uniforms(*key, *address) for key, *address in addresses]
    assert len(set(blocks)) == len(blocks)


def test_uniforms_stay_inside_the_unit_interval() -> None:
    """The words 0 and 2^32 - 1 are the ends; both must leave a finite logarithm and normal."""
    for word in (0, ONES):
        u = (word + 0.5) * 2.0**-32
        assert 0.0 < u < 1.0
        assert math.isfinite(random.normal(u))
    draws = np.array([random.uniforms(7, 0, i, 1, 0, 0) for i in range(5000)])
    assert draws.min() > 0.0
    assert draws.max() < 1.0
    smallest = -math.log((ONES + 0.5) * 2.0**-32)
    assert smallest > 1.1e-10


def test_uniforms_are_uniform_and_independent() -> None:
    """False-alarm rate 1e-6 a check, 23 checks: lanes, pairs of lanes, neighbours, bits."""
    n = 40_000
    blocks = np.array([random.uniforms(20260101, 0, i, 3, 0, 0) for i in range(n)])
    by_draw = np.array([random.uniforms(20260101, 0, 5, 3, 0, i) for i in range(n)])
    for draws in (blocks, by_draw):
        for lane in range(4):
            assert kstest(draws[:, lane], "uniform").pvalue > FALSE_ALARM
        for i, j in itertools.combinations(range(4), 2):
            seen, _, _ = np.histogram2d(draws[:, i], draws[:, j], 16, [[0, 1], [0, 1]])
            assert chi_square_p(seen.ravel(), np.full(256, n / 256)) > FALSE_ALARM
        # successive addresses
        following = np.corrcoef(draws[:-1, 0], draws[1:, 0])[0, 1] * math.sqrt(n - 1)
        assert 2.0 * norm.sf(abs(following)) > FALSE_ALARM
    words = (blocks / 2.0**-32 - 0.5).astype(np.uint64)
    ones = np.array([np.count_nonzero((words >> bit) & 1) for bit in range(32)])
    z = (ones - 2.0 * n) / math.sqrt(n)
    assert 2.0 * norm.sf(np.abs(z).max()) * 32 > FALSE_ALARM


def test_exponentials_are_exponential() -> None:
    """False-alarm rate 1e-6."""
    draws = np.array([random.exponentials(3, 0, i, 4, 0, 0) for i in range(10_000)]).ravel()
    assert kstest(draws, "expon").pvalue > FALSE_ALARM


def test_one_exponential_is_the_first_of_four() -> None:
    for draw in range(20):
        address = (1, 2, 3, random.DEATH, 4, draw)
        assert random.exponential(*address) == random.exponentials(*address)[0]


def test_whole_blocks_hold_all_that_is_asked_for_and_no_block_more() -> None:
    blocks = [random.whole_blocks(count) for count in range(18)]
    assert blocks == [0, *[8] * 8, *[16] * 8, 24]


def test_normal_is_the_quantile_function() -> None:
    """Against scipy.special.ndtri to 1e-14, over every scale that a uniform of 32 bits has."""
    ends = 2.0 ** -np.arange(1, 34)
    grid = np.concatenate([ends, 1.0 - ends, np.linspace(0.0005, 0.9995, 4000)])
    ours = np.array([random.normal(u) for u in grid])
    theirs = ndtri(grid)
    assert np.all(np.abs(ours - theirs) <= 1e-14 * np.maximum(1.0, np.abs(theirs)))
    assert np.all(np.diff(ours[np.argsort(grid)]) >= 0.0)


def test_daughters_have_numbers_of_their_own() -> None:
    """Among 40,000 daughters 0.19 collisions of 32-bit numbers are expected; 4 or more: 5e-5."""
    numbers = [random.child_entity(parent, i) for parent in range(200) for i in range(200)]
    assert all(0 <= number < 2**32 for number in numbers)
    assert len(set(numbers)) > len(numbers) - 4


def test_children_drawn_together_are_those_drawn_alone() -> None:
    entities, drawn = np.zeros(50, np.int64), np.zeros((4, 50))
    for patient, parent, index in ((3, 0, 0), (2**48 - 1, 0xFFFFFFFF, 65536), (2**32, 7 << 24, 5)):
        random.uniforms_of_children(
            9, 2**32 - 1, patient, random.COLONY, parent, index, 50, entities, drawn
        )
        for i in range(50):
            entity = random.child_entity(parent, index + i)
            assert entities[i] == entity
            alone = random.uniforms(9, 2**32 - 1, patient, random.COLONY, entity, 0)
            assert tuple(drawn[:, i]) == alone


def test_entities_drawn_together_are_those_drawn_alone() -> None:
    drawn = np.zeros((4, 50))
    for patient, first in ((3, 0), (2**48 - 1, 7), (2**32, 2**32 - 50)):
        entities = np.arange(first, first + 50)
        random.uniforms_of_entities(
            9, 2**32 - 1, patient, random.TREATED_SPREAD, entities, 50, drawn
        )
        for i in range(50):
            alone = random.uniforms(9, 2**32 - 1, patient, random.TREATED_SPREAD, first + i, 0)
            assert tuple(drawn[:, i]) == alone
