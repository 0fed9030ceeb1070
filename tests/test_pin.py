"""Every simulated bit is as pinned; `python tests/pin.py --renew` pins anew, with a word in the changelog."""

from __future__ import annotations

from typing import Any

import pytest

import pin


@pytest.fixture(scope="module")
def kept() -> dict[str, Any]:
    kept = pin.pinned()
    if kept["mathematics"] != pin.mathematics():
        pytest.skip("this machine's mathematical library rounds otherwise than the pinned one")
    return kept


def test_the_pin_is_of_these_parameters(kept: dict[str, Any]) -> None:
    assert kept["parameters_hash"] == pin.parameters_hash()


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("strategy", pin.STRATEGIES)
@pytest.mark.parametrize("seed", pin.SEEDS)
def test_cohorts(kept: dict[str, Any], strategy: str, seed: int, threads: int) -> None:
    now = pin.cohort(strategy, seed, threads=threads)
    assert pin.differences(kept["cohorts"][strategy][str(seed)], now) == []


@pytest.mark.parametrize("strategy", pin.STRATEGIES)
def test_uncompiled(kept: dict[str, Any], strategy: str) -> None:
    now = pin.uncompiled(strategy, pin.SEEDS[0])
    assert pin.differences(kept["first_women"][strategy], now) == []


def test_the_first_women_have_what_is_pinned() -> None:
    """So that the uncompiled runs compare metastases and lines of therapy, not only women without."""
    import seedsoil as ss

    run = ss.simulate(pin.UNCOMPILED_WOMEN, seed=pin.SEEDS[0], strategy="2022")
    assert run.lines.num_rows > 20
    assert run.symptoms.num_rows > 5


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("name", pin.TRIALS)
def test_trials(kept: dict[str, Any], name: str, threads: int) -> None:
    assert pin.differences(kept["trials"][name], pin.trial(name, threads=threads)) == []


@pytest.mark.parametrize("threads", [1, 2])
def test_fit_check(kept: dict[str, Any], threads: int) -> None:
    assert pin.differences(kept["fits"], pin.fit_check(threads=threads)) == []


def test_a_changed_bit_is_seen() -> None:
    """The pin can fail: one unit in the last place of one number gives another digest."""
    import numpy as np
    import pyarrow as pa

    values = np.array([1.0, 2.0, np.nan])
    other = values.copy()
    other[1] = np.nextafter(2.0, 3.0)
    assert pin.column_digest(pa.array(values)) != pin.column_digest(pa.array(other))
    assert pin.differences({"a": {"b": "1"}}, {"a": {"b": "2"}, "c": "3"}) == ["a b", "c (new)"]
