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


@dataclass(frozen=True)
class Cost:
    """Core-hours with their standard error, and bytes on disk at the most."""

    core_hours: float
    error: float
    bytes: int
    women_a_second: float


def cost_of(plan: Plan) -> Cost:
    """The cost of a plan, from four samples of its women in this thread.

    The bytes of a unit of m women are a·m^b through two sizes of the sample, b from 0 to 1. Counts by day
    fill up as women are added, so that it is more than large units take.
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
    part = len(work.make(Unit(makes[0], first, max(1, size // 4))))
    power = max(0.0, min(1.0, math.log(length / part) / math.log(4))) if size >= 8 else 1.0
    women = plan.women * len(makes)
    total = sum(length * max(1.0, unit.women / size) ** power for unit in plan.units())
    return Cost(each * women / 3600, error * women / 3600, int(total), 1.0 / each)
