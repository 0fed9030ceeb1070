"""RECIST 1.1: target lesions, measured sums, the response of a scan, the best confirmed response."""

from __future__ import annotations

import itertools
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest

import seedsoil as ss
from kernels import FALSE_ALARM
from seedsoil.model.treatment.recist import assess, choose_targets, confirm, measured_sum
from seedsoil.vocabulary import (
    BONE,
    BRAIN,
    BREAST,
    CR,
    DISTANT_NODES,
    LIVER,
    LUNG,
    NE,
    NODE,
    OTHER,
    PD,
    PR,
    SD,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

RECORD = np.dtype(
    [
        ("key_low", "i8"),
        ("key_high", "i8"),
        ("recist_measurement_sd", "f8"),
        ("recist_nontarget_log_increase", "f8"),
        ("measurable_log_cells", "f8"),
    ]
)


def record(
    sd: float = 0.1, increase: float = 0.5, seed: int = 5, measurable: float = -math.inf
) -> Any:
    return np.array([(seed, 0, sd, increase, measurable)], RECORD).view(np.recarray)[0]


# ---------------------------------------------------------------- target lesions

SMALLEST = {LUNG: 10.0, LIVER: 10.0, OTHER: 10.0, DISTANT_NODES: 15.0, NODE: 15.0, BREAST: 10.0}
"""mm, of a lesion that can be measured, by organ."""


def choose(lesions: list[tuple[float, int, bool]]) -> tuple[list[int], float]:
    """Indices and sum of the targets among (diameter, organ, visible)."""
    diameters = np.array([mm for mm, _, _ in lesions], np.float64)
    organs = np.array([organ for _, organ, _ in lesions], np.int64)
    visible = np.array([seen for _, _, seen in lesions], np.bool_)
    targets = np.full(5, -1, np.int64)
    n, total = choose_targets(diameters, organs, visible, len(lesions), targets)
    assert (targets[n:] == -1).all()
    return targets[:n].tolist(), total


def test_largest_first_and_two_an_organ() -> None:
    liver = [(30.0, LIVER, True), (50.0, LIVER, True), (40.0, LIVER, True)]
    lung = [(12.0, LUNG, True), (11.0, LUNG, True), (10.0, LUNG, True)]
    other = [(20.0, OTHER, True), (60.0, OTHER, True)]
    assert choose(liver + lung + other) == ([7, 1, 2, 6, 3], 60.0 + 50.0 + 40.0 + 20.0 + 12.0)
    assert choose(liver) == ([1, 2], 90.0)


def test_what_is_never_a_target() -> None:
    assert choose([(80.0, BONE, True), (40.0, BRAIN, True)]) == ([], 0.0)
    assert choose([(9.99, LUNG, True), (50.0, LIVER, False)]) == ([], 0.0)
    assert choose([(10.0, LUNG, True)]) == ([0], 10.0)
    assert choose([(14.9, DISTANT_NODES, True)]) == ([], 0.0)
    assert choose([(15.0, DISTANT_NODES, True)]) == ([0], 15.0)
    assert choose([]) == ([], 0.0)


@given(
    st.lists(
        st.tuples(
            st.sampled_from([0.0, 9.0, 10.0, 12.5, 12.5, 20.0, 31.0, 55.0]),
            st.integers(0, BREAST),
            st.booleans(),
        ),
        max_size=14,
    )
)
def test_the_sum_is_the_largest_that_the_rules_allow(
    lesions: list[tuple[float, int, bool]],
) -> None:
    """Against every set of lesions that the rules allow."""
    measurable = [
        i
        for i, (mm, organ, seen) in enumerate(lesions)
        if seen and mm >= SMALLEST.get(organ, math.inf)
    ]
    of_organ = [[i for i in measurable if lesions[i][1] == organ] for organ in SMALLEST]
    best = 0.0
    for parts in itertools.product(
        *([c for k in range(3) for c in itertools.combinations(organ, k)] for organ in of_organ)
    ):
        chosen = [i for part in parts for i in part]
        if len(chosen) <= 5:
            best = max(best, sum(lesions[i][0] for i in chosen))
    targets, total = choose(lesions)
    assert total == pytest.approx(best)
    assert total == sum(lesions[i][0] for i in targets)
    assert len(set(targets)) == len(targets)
    assert set(targets) <= set(measurable)
    sizes = [lesions[i][0] for i in targets]
    assert sizes == sorted(sizes, reverse=True)


# ---------------------------------------------------------------- measured sums


def measured(
    diameters: list[float], *, p: Any = None, patient: int = 1, line: int = 1, scan: int = 0
) -> float:
    return measured_sum(
        record() if p is None else p,
        patient,
        line,
        scan,
        len(diameters),
        np.array([*diameters, 999.0]),
    )


def test_without_error_the_sum_is_of_what_recist_records() -> None:
    exact = record(sd=0.0)
    assert measured([], p=exact) == 0.0
    assert measured([50.0, 40.0, 30.0, 20.0, 10.0], p=exact) == pytest.approx(150.0, abs=1e-12)
    assert measured([50.0, 4.9, 0.3, 0.0], p=exact) == pytest.approx(60.0, abs=1e-12)
    assert measured([0.0, 0.0], p=exact) == 0.0


@pytest.mark.parametrize("place", range(5))
def test_errors_are_log_normal(place: int) -> None:
    p = record(sd=0.07)
    diameters = [0.0] * place + [25.0]
    z = [
        math.log(measured(diameters, p=p, patient=patient, scan=scan) / 25.0) / 0.07
        for patient in range(400)
        for scan in range(5)
    ]
    assert kstest(z, "norm").pvalue > FALSE_ALARM


def test_errors_are_independent() -> None:
    """Between targets, scans, lines and women; what the other targets do moves none of them."""
    p = record()
    single = [measured([0.0] * place + [25.0], p=p) for place in range(5)]
    assert len(set(single)) == 5
    assert measured([25.0] * 5, p=p) == pytest.approx(sum(single), rel=1e-14)
    addresses = itertools.product(range(3), range(1, 4), range(4))
    sums = {measured([25.0], p=p, patient=w, line=k, scan=s) for w, k, s in addresses}
    assert len(sums) == 36
    assert measured([25.0], p=p) == measured([25.0], p=p)


# ---------------------------------------------------------------- the response of a scan


def respond(
    total: float,
    *,
    baseline: float = 100.0,
    nadir: float | None = None,
    targets: bool = True,
    volume: float = 3.0,
    lowest: float = 3.0,
    nontarget: bool = False,
    gone: bool = False,
    new: bool = False,
) -> int:
    least = baseline if nadir is None else nadir
    return assess(
        total, baseline, least, targets, volume, lowest, nontarget, gone, new, record(increase=0.5)
    )


@pytest.mark.parametrize(
    "total, nadir, expected",
    [
        (100.0, 100.0, SD),
        (119.9, 100.0, SD),
        (120.0, 100.0, PD),  # 20 % and 5 mm, both reached
        (70.0, 100.0, PR),
        (70.1, 100.0, SD),
        (0.0, 100.0, CR),
        (30.0, 25.0, PD),
        (29.9, 25.0, PR),  # 19.6 % above the nadir
        (24.9, 20.0, PR),  # 24.5 % but not 5 mm
        (36.0, 30.0, PD),  # progression from a deep nadir, still far below baseline
        (5.0, 0.0, PD),  # a target seen again after all had vanished
    ],
)
def test_targets(total: float, nadir: float, expected: int) -> None:
    assert respond(total, nadir=nadir) == expected


def test_growth_of_a_small_sum_needs_five_millimetres() -> None:
    assert respond(14.0, baseline=11.0) == SD  # 27 %, 3 mm
    assert respond(16.0, baseline=11.0) == PD


@pytest.mark.parametrize(
    "total, gone, expected",
    [(0.0, True, CR), (0.0, False, PR), (60.0, True, PR), (60.0, False, PR), (90.0, True, SD)],
)
def test_targets_with_non_targets(total: float, gone: bool, expected: int) -> None:
    """Table 1 of the guideline."""
    assert respond(total, nontarget=True, gone=gone) == expected


@pytest.mark.parametrize("total", [0.0, 60.0, 100.0, 130.0])
def test_progression_elsewhere_is_progression(total: float) -> None:
    assert respond(total, new=True) == PD
    assert respond(total, nontarget=True, volume=3.51) == PD
    assert respond(total, nontarget=True, volume=3.49) == respond(total, nontarget=True)
    assert respond(total, volume=9.0) == respond(total)  # there are no non-targets


def test_without_targets() -> None:
    """Table 2 of the guideline; SD stands for non-CR/non-PD."""
    bone = {"targets": False, "nontarget": True, "baseline": 0.0}
    assert respond(0.0, **bone) == SD
    assert respond(0.0, gone=True, **bone) == CR
    assert respond(0.0, volume=3.51, **bone) == PD
    assert respond(0.0, new=True, **bone) == PD
    nothing = {"targets": False, "nontarget": False, "baseline": 0.0}
    assert respond(0.0, **nothing) == SD
    assert respond(0.0, new=True, **nothing) == PD


def test_non_targets_seen_again_after_a_complete_response() -> None:
    after = {"targets": False, "nontarget": True, "baseline": 0.0, "lowest": -math.inf}
    assert respond(0.0, volume=1.0, gone=False, **after) == PD
    assert respond(0.0, volume=1.0, gone=True, **after) == CR
    assert respond(0.0, volume=-math.inf, gone=True, **after) == CR


@given(
    st.floats(0.0, 300.0), st.floats(0.0, 300.0), st.floats(10.0, 300.0), st.floats(0.0, 1.0),
    st.booleans(), st.booleans(), st.floats(0.0, 6.0), st.floats(0.0, 6.0),
)  # fmt: skip
def test_a_larger_sum_is_never_a_better_response(
    one: float, other: float, baseline: float, depth: float, nontarget: bool, gone: bool,
    volume: float, lowest: float,
) -> None:  # fmt: skip
    state: dict[str, Any] = {
        "baseline": baseline, "nadir": depth * baseline, "nontarget": nontarget, "gone": gone,
        "volume": volume, "lowest": lowest,
    }  # fmt: skip
    small, large = sorted([one, other])
    assert respond(small, **state) >= respond(large, **state)
    assert respond(small, new=True, **state) == PD


# ---------------------------------------------------------------- best overall response


def best(scans: tuple[int, ...]) -> int:
    found = previous = NE
    for response in scans:
        found = confirm(previous, response, found)
        previous = response
    return found


@pytest.mark.parametrize(
    "scans, expected",
    [  # table 3 of the guideline, the minimum duration of SD met
        ((CR, CR), CR),
        ((CR, PR), PR),  # its footnote: the first was PR in fact
        ((CR, SD), SD),
        ((CR, PD), SD),
        ((CR,), SD),
        ((PR, CR), PR),
        ((PR, PR), PR),
        ((PR, SD), SD),
        ((PR, PD), SD),
        ((PR,), SD),
        ((), NE),
        ((PD,), PD),
        ((SD, PD), SD),
        ((PR, CR, CR, PD), CR),
        ((SD, SD, PR, PR), PR),
        ((PR, SD, PR, PD), SD),
    ],
)
def test_best_confirmed_response(scans: tuple[int, ...], expected: int) -> None:
    assert best(scans) == expected


def test_best_response_of_every_course() -> None:
    """All courses of six scans against the definition: two in a row at least as good."""
    for scans in itertools.product((PD, SD, PR, CR), repeat=6):
        pairs = [min(pair) for pair in itertools.pairwise(scans)]
        single = min(SD, max(scans))
        assert best(scans) == max([single, *(pair for pair in pairs if pair >= PR)])


# ---------------------------------------------------------------- compiled and not

COURSES = """
import sys
import numpy as np
from test_response import courses
np.save(sys.argv[1], courses())
"""


def courses() -> NDArray[np.float64]:
    """Sums and responses of women with random lesions that shrink and grow again."""
    rng = np.random.default_rng(2)
    p = record(sd=0.08)
    found = []
    for patient in range(40):
        count = int(rng.integers(0, 12))
        start = rng.uniform(3.0, 60.0, count)
        organs = rng.integers(0, 6, count)
        targets = np.empty(5, np.int64)
        n, nadir = choose_targets(start, organs, start > 6.0, count, targets)
        baseline = nadir
        for scan in range(8):
            now = start[targets[:n]] * abs(1.0 - 0.25 * scan)
            total = measured_sum(p, patient, 1, scan, n, now)
            response = assess(total, baseline, nadir, n > 0, 0.0, 0.0, False, False, False, p)
            nadir = min(nadir, total)
            found.append((n, total, response, confirm(PR, response, NE)))
    return np.array(found, np.float64)


def test_uncompiled_gives_the_same_bits(tmp_path: Path) -> None:
    path = tmp_path / "courses.npy"
    search = os.pathsep.join([str(Path(__file__).parent), str(Path(ss.__file__).parents[1])])
    subprocess.run(
        [sys.executable, "-c", COURSES, str(path)],
        env=os.environ | {"NUMBA_DISABLE_JIT": "1", "PYTHONPATH": search},
        check=True,
        timeout=300,
    )
    compiled, plain = courses(), np.load(path)
    assert compiled.tobytes() == plain.tobytes()
    assert {*compiled[:, 2]} == {PD, SD, PR, CR}
