"""Regressions use one thread of the BLAS, and leave it as many as it had."""

from __future__ import annotations

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

import seedsoil as ss
from seedsoil.economics.decision import gaussian_process
from seedsoil.economics.decision.algebra import one_thread


def threads() -> set[int]:
    """How many threads the BLAS that are loaded have."""
    return {one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"}


def test_evppi_and_evsi_use_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[set[int]] = []
    real = gaussian_process._covariance

    def looked(one, other):
        seen.append(threads())
        return real(one, other)

    monkeypatch.setattr(gaussian_process, "_covariance", looked)
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(2, 120))
    analysis = ss.decision(
        costs={"care": np.zeros(120), "drug": 100.0 + 100.0 * a},
        effects={"care": np.zeros(120), "drug": 0.01 + 0.01 * b},
        parameters={"a": a, "b": b},
        at=10_000.0,
    )

    def study(parameters, _n, _rng):
        seen.append(threads())  # the caller's own work, which keeps its threads
        return np.column_stack([parameters["a"], parameters["b"]])

    with threadpool_limits(limits=2, user_api="blas"):
        analysis.evppi(["a+b"])
        assert len(seen) > 2
        assert all(one == {1} for one in seen)
        assert threads() == {2}
        seen.clear()
        analysis.evsi(study, [50])
        assert seen[0] == {2}
        assert all(one == {1} for one in seen[1:])
        assert threads() == {2}


@one_thread()
def fails() -> None:
    with one_thread():
        assert threads() == {1}
        raise ZeroDivisionError


def test_the_number_comes_back_after_an_error_within() -> None:
    with threadpool_limits(limits=2, user_api="blas"):
        with pytest.raises(ZeroDivisionError):
            fails()
        assert threads() == {2}
