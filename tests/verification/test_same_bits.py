"""A woman is the same woman, to the bit, however the cohort is run."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import seedsoil as ss
from kernels import parameters, same_bits, women
from seedsoil.simulation.shards import shards

if TYPE_CHECKING:
    from numpy.typing import NDArray

WOMEN = 2000
POLICIES: dict[str, Any] = {"screening": "biennial-50-74", "adjuvant": "2013+"}
SPREADING = {  # enough colonies for any fit
    "spread.log_rate": -12.5,
    "spread.log_rate_sd": 1.6,
    "spread.exponent": 0.57,
}


def run(threads: int, size: int, count: int = WOMEN, seed: int = 701) -> tuple[NDArray[Any], ...]:
    p = parameters(seed=seed, **POLICIES)
    parts = list(shards(p, count, first=0, threads=threads, size=size))
    return (
        np.concatenate([part.patients for part in parts]),
        np.concatenate([rows for part in parts for rows in part.lesions]),
        np.concatenate([rows for part in parts for rows in part.symptoms]),
    )


def identical(one: tuple[NDArray[Any], ...], other: tuple[NDArray[Any], ...]) -> bool:
    return all(same_bits(a, b) for a, b in zip(one, other, strict=True))


@pytest.fixture(scope="module")
def whole() -> tuple[NDArray[Any], ...]:
    return run(threads=1, size=WOMEN)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("pieces", [1, 7, 64])
def test_threads_and_shards(whole: tuple[NDArray[Any], ...], threads: int, pieces: int) -> None:
    assert identical(whole, run(threads, math.ceil(WOMEN / pieces)))


def test_seed_and_number_make_the_woman(whole: tuple[NDArray[Any], ...]) -> None:
    """Another seed is other women; another first number is the same women under their numbers."""
    other = run(threads=1, size=WOMEN, count=200, seed=702)
    assert not np.any(other[0]["age"] == whole[0]["age"][:200])
    patients, lesions, symptoms = women(parameters(seed=701, **POLICIES), 50, first=1950)
    assert same_bits(patients, whole[0][1950:])
    assert same_bits(lesions, whole[1][whole[1]["patient"] >= 1950])
    assert same_bits(symptoms, whole[2][whole[2]["patient"] >= 1950])


def test_numbers_beyond_32_bits_are_women_of_their_own() -> None:
    p = parameters(seed=701)
    for first in (2**32, 2**48 - 1):
        far, _, _ = women(p, 1, first=first)
        assert far["patient"][0] == first
        near, _, _ = women(p, 1, first=first % 2**32)
        assert far["age"][0] != near["age"][0]


def test_a_woman_alone() -> None:
    """`patient` gives the rows of the cohort's tables, for women with and without metastases."""
    cohort = ss.simulate(300, seed=703, threads=2, strategy="untreated", **POLICIES)
    patients = cohort.patients.to_pylist()
    lesions = cohort.lesions.to_pylist()
    symptoms = cohort.symptoms.to_pylist()
    for number in (0, 299, *(row["patient"] for row in symptoms[:3])):
        alone = ss.patient(number, seed=703, strategy="untreated", **POLICIES)
        assert alone.patient == patients[number]
        assert alone.lesions == [row for row in lesions if row["patient"] == number]
        assert alone.symptoms == [row for row in symptoms if row["patient"] == number]


UNCOMPILED = """
import json, sys
import numpy as np
from kernels import parameters, women
import numba
assert numba.config.DISABLE_JIT
numbers, values, policies = (json.loads(argument) for argument in sys.argv[2:])
p = parameters(values, seed=704, **policies)
tables = [women(p, 1, first=number) for number in numbers]
np.savez(sys.argv[1], *(np.concatenate([t[i] for t in tables]) for i in range(3)))
"""


def uncompiled(numbers: list[int], path: Path) -> tuple[NDArray[Any], ...]:
    """The same women in a process in which nothing is compiled."""
    here = str(Path(__file__).parents[1])
    search = os.pathsep.join([here, str(Path(ss.__file__).parents[1])])
    subprocess.run(
        [
            sys.executable,
            "-c",
            UNCOMPILED,
            str(path),
            json.dumps(numbers),
            json.dumps(SPREADING),
            json.dumps(POLICIES),
        ],
        env=os.environ | {"NUMBA_DISABLE_JIT": "1", "PYTHONPATH": search},
        check=True,
        timeout=500,
    )
    with np.load(path) as saved:
        return tuple(saved[name] for name in ("arr_0", "arr_1", "arr_2"))


def check_uncompiled(ordinary: int, heavy: int, most: int, path: Path) -> None:
    """`ordinary` women in a row, and the `heavy` women with most colonies up to `most`."""
    p = parameters(SPREADING, seed=704, **POLICIES)
    patients, _, _ = women(p, 3000)
    numbers = list(range(ordinary))
    by_colonies = np.argsort(-patients["colonies"], kind="stable")
    allowed = by_colonies[patients["colonies"][by_colonies] <= most]
    numbers += [int(number) for number in allowed[:heavy]]
    alone = [women(p, 1, first=number) for number in numbers]
    compiled = [np.concatenate(parts) for parts in zip(*alone, strict=True)]
    assert (compiled[0]["colonies"] > most // 4).sum() >= heavy
    assert (compiled[0]["adjuvant"] > 0).any()
    assert (compiled[0]["detected_by"] == 1).any()
    assert compiled[2].size > 0
    assert identical(tuple(compiled), uncompiled(numbers, path))


def test_uncompiled_functions_give_the_same_bits(tmp_path: Path) -> None:
    """The readable reference: the same source without Numba."""
    check_uncompiled(55, 5, 80, tmp_path / "rows.npz")


@pytest.mark.slow
@pytest.mark.long
def test_uncompiled_functions_give_the_same_bits_in_heavy_disease(tmp_path: Path) -> None:
    check_uncompiled(300, 5, 1000, tmp_path / "rows.npz")
