"""What a plan takes, before it begins: measured on its first women."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from seedsoil.planned.cohort_work import CohortWork
from seedsoil.planned.contents import TALLY, sizes_in
from seedsoil.work.unit import Unit

if TYPE_CHECKING:
    from seedsoil.planned.plan import Plan

SAMPLES, WOMEN = 4, 2_000
FILLING, GROWTH = 20_000, 0.75
"""Women up to which counts by day grow as they do, and the power with which they grow from there."""


@dataclass(frozen=True)
class Cost:
    """Core-hours with their standard error, and bytes on disk at the most."""

    core_hours: float
    error: float
    bytes: int
    women_a_second: float


def cost_of(plan: Plan) -> Cost:
    """The cost of a plan, from four samples of its women in this thread.

    Counts by day grow with the women until most days are seen: the bytes of a unit are a + b m up to 20,000
    women, and from there with m to the power of 3/4 at the most. (Measured: 0.21 MB of 20,000, 0.68 MB of
    100,000, 1.5 MB of 500,000, 1.9 MB of a million.) Whatever is kept of single women grows with m.
    """
    work = CohortWork.of(plan)
    makes = plan.made()
    size = min(WOMEN, plan.women)
    first = plan.segments[0].first
    work.make(Unit(makes[0], first, 10))  # kernels are loaded
    seconds: list[float] = []
    sizes: dict[str, int] = {}
    for k in range(SAMPLES):
        made = makes[k % len(makes)]
        start = first + min(k * size, plan.women - size)
        begun = time.thread_time()
        content = work.make(Unit(made, start, size))
        seconds.append(time.thread_time() - begun)
        sizes = sizes or sizes_in(content)
    each = float(np.mean(seconds)) / size
    error = float(np.std(seconds, ddof=1)) / size / math.sqrt(SAMPLES)
    some = max(1, size // 4)
    part = sizes_in(work.make(Unit(makes[0], first, some)))
    total = 0.0
    for name, length in sizes.items():
        slope = (length - part[name]) / max(size - some, 1)
        total += sum(
            _bytes(length, slope, size, unit.women, grow=name != TALLY) for unit in plan.units()
        )
    women = plan.women * len(makes)
    return Cost(each * women / 3600, error * women / 3600, int(total), 1.0 / each)


def _bytes(length: int, slope: float, size: int, women: int, *, grow: bool) -> float:
    """Bytes of so many women, where those of `size` take `length` and a woman more `slope`.

    `grow`: they go on as they do; else as counts by day.
    """
    linear = women if grow else min(women, FILLING)
    return (length + slope * (linear - size)) * math.pow(women / linear, GROWTH)
