"""What a plan takes, before it begins: measured on its first women."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from seedsoil.planned.cohort_work import CohortWork
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
    100,000, 1.5 MB of 500,000, 1.9 MB of a million.) The women's tables grow with m.
    """
    work = CohortWork.of(plan)
    makes = plan.made()
    size = min(WOMEN, plan.women)
    first = plan.segments[0].first
    work.make(Unit(makes[0], first, 10))  # kernels are loaded
    seconds: list[float] = []
    length = 0
    for k in range(SAMPLES):
        made = makes[k % len(makes)]
        start = first + min(k * size, plan.women - size)
        begun = time.thread_time()
        content = work.make(Unit(made, start, size))
        seconds.append(time.thread_time() - begun)
        length = length or len(content)
    each = float(np.mean(seconds)) / size
    error = float(np.std(seconds, ddof=1)) / size / math.sqrt(SAMPLES)
    some = max(1, size // 4)
    part = len(work.make(Unit(makes[0], first, some)))
    slope = (length - part) / max(size - some, 1)
    women = plan.women * len(makes)
    total = sum(_bytes(length, slope, size, unit.women, plan.tables) for unit in plan.units())
    return Cost(each * women / 3600, error * women / 3600, int(total), 1.0 / each)


def _bytes(length: int, slope: float, size: int, women: int, tables: bool) -> float:
    """Bytes of a unit of so many women, where one of `size` takes `length` and a woman more `slope`."""
    linear = women if tables else min(women, FILLING)
    return (length + slope * (linear - size)) * math.pow(women / linear, GROWTH)
