"""The benchmarks run, small: what they call has kept its form. Their figures are not judged here."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from benchmarks import clusters, decisions, measure, treatment, trials

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    "small",
    [
        partial(measure.numbers, calls=100, repeats=1),
        partial(treatment.followed, women=200, repeats=1),
        partial(trials.scans, calls=100, repeats=1),
        partial(trials.statistics, trials=5, repeats=1),
        partial(trials.replicates, trials=2, repeats=1),
        partial(clusters.overhead, women=400, size=200),
        partial(decisions.curves, draws=100, repeats=1),
        partial(decisions.learning, draws=200, repeats=1),
    ],
    ids=lambda small: small.func.__name__,
)
def test_a_measurement_gives_figures(small: Callable[[], list[Any]]) -> None:
    lines = small()
    assert lines
    assert all(line.value > 0.0 for line in lines if not line.name.startswith("of it"))
