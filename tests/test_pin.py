"""Every simulated bit is as pinned; `python tests/pin.py --renew` pins anew, with a word in the changelog."""

from __future__ import annotations

from dataclasses import asdict
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


@pytest.mark.slow
@pytest.mark.parametrize(
    "strategy",
    [
        pytest.param(name, marks=pytest.mark.long if name == "2025" else ())
        for name in pin.STRATEGIES
    ],
)
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


@pytest.mark.slow
@pytest.mark.parametrize("threads", [pytest.param(1, marks=pytest.mark.long), 2])
def test_fit_check(kept: dict[str, Any], threads: int) -> None:
    """On two threads; the long form is on one, and both are beside one pin."""
    assert pin.differences(kept["fits"], pin.fit_check(threads=threads)) == []


# What NumPy works out by the widest vectors of the processor at hand, or a BLAS by its own kernels for it.
_BY_PROCESSOR = (
    "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "power", "cbrt", "dot", "matmul",
)  # fmt: skip


def _one_bit_off(function: Any) -> Any:
    """`function`, but half of the numbers that it finds are the next larger."""
    import numpy as np

    def found(*args: Any, **kwargs: Any) -> Any:
        right = function(*args, **kwargs)
        values = np.asarray(right)
        if values.dtype != np.float64:
            return right
        off = np.atleast_1d(np.nextafter(values, np.inf))
        if values.ndim == 0:
            return off[0]
        off[..., 1::2] = values[..., 1::2]
        return off

    return found


def test_no_bit_is_the_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processors differ in the last bit of what NumPy's exp and log give: nothing simulated asks them."""
    import numpy as np

    import seedsoil as ss

    def found() -> tuple[Any, ...]:
        fit = ss.fit(women=1_000, seed=3, iterations=0)
        compared = pin.digest(v for row in fit.comparisons for v in asdict(row).values())
        return pin.cohort("2025", 1), pin.trial("CLEOPATRA"), compared

    kept = found()
    for name in _BY_PROCESSOR:
        monkeypatch.setattr(np, name, _one_bit_off(getattr(np, name)))
    for name in ("solve", "inv", "cholesky"):
        monkeypatch.setattr(np.linalg, name, _one_bit_off(getattr(np.linalg, name)))
    assert np.exp(np.zeros(4)).tolist() != [1.0] * 4
    assert found() == kept


def test_a_changed_bit_is_seen() -> None:
    """The pin can fail: one unit in the last place of one number gives another digest."""
    import numpy as np
    import pyarrow as pa

    values = np.array([1.0, 2.0, np.nan])
    other = values.copy()
    other[1] = np.nextafter(2.0, 3.0)
    assert pin.column_digest(pa.array(values)) != pin.column_digest(pa.array(other))
    assert pin.differences({"a": {"b": "1"}}, {"a": {"b": "2"}, "c": "3"}) == ["a b", "c (new)"]
