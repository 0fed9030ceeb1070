"""What is measured of trials: a scan, the statistics of a trial, and how much quicker than lifelines."""

from __future__ import annotations

from functools import partial
from importlib.util import find_spec
from typing import Any

import numpy as np

from benchmarks.measure import Line, _best

PATIENTS = 600


def _trials(count: int) -> tuple[Any, Any, Any]:
    """Time in months, event and arm: progression seen every other month, hazard ratio 0.67."""
    rng = np.random.default_rng(1)
    arm = np.tile((np.arange(PATIENTS) % 2).astype(np.int8), (count, 1))
    progressed = rng.exponential(20.0, arm.shape) * np.where(arm == 1, 1.5, 1.0)
    progressed = np.ceil(progressed / 2.0) * 2.0
    cut = rng.uniform(10.0, 60.0, arm.shape)
    return np.minimum(progressed, cut), progressed <= cut, arm


def statistics(*, trials: int, repeats: int) -> list[Line]:
    """Log-rank test and Cox model together, in trials a second, and as a multiple of lifelines."""
    from seedsoil.trials.batched_survival import compare, curves

    time, event, arm = _trials(trials)
    compare(time[:2], event[:2], arm[:2])  # loads the machine code
    curves(time[:2], event[:2], arm[:2])
    both = trials / _best(repeats, partial(compare, time, event, arm))
    medians = trials / _best(repeats, partial(curves, time, event, arm, 1, (12.0, 24.0)))
    lines = [
        Line(f"log-rank and Cox, {PATIENTS} patients", both, "trials/s/core", "≥ 5,000"),
        Line("Kaplan-Meier median and landmarks", medians, "trials/s/core"),
    ]
    if find_spec("lifelines"):
        lines.append(
            Line("log-rank and Cox against lifelines", both / _lifelines(repeats), "times")
        )
    return lines


def _lifelines(repeats: int) -> float:
    """Trials a second of the same two statistics in lifelines."""
    import warnings

    import pandas
    from lifelines import CoxPHFitter
    from lifelines.statistics import logrank_test

    count = 10
    time, event, arm = _trials(count)

    def run() -> None:
        for r in range(count):
            one = arm[r] == 1
            logrank_test(time[r][one], time[r][~one], event[r][one], event[r][~one])
            data = pandas.DataFrame({"time": time[r], "event": event[r], "arm": arm[r]})
            CoxPHFitter().fit(data, "time", "event")

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        run()
        return count / _best(repeats, run)


def replicates(*, trials: int, repeats: int) -> list[Line]:
    """Whole replicates: women drawn of 100,000, both endpoints, response, all curves and contrasts."""
    from seedsoil.trials.arms import ArmOutcomes, Conduct
    from seedsoil.trials.replicates import replicate

    rng = np.random.default_rng(1)
    size = 100_000

    def arm(mean: float) -> ArmOutcomes:
        progressed = np.ceil(rng.exponential(mean, size) * 6.0) / 6.0
        response = rng.choice(5, size)
        return ArmOutcomes(
            pfs_time=progressed,
            pfs_event=np.ones(size, np.bool_),
            os_time=progressed + rng.exponential(2.0 * mean, size),
            os_event=np.ones(size, np.bool_),
            response=response,
            responded_at=np.where(response >= 3, 0.5 * progressed, np.nan),
            measurable=rng.random(size) < 0.7,
        )

    run = partial(
        replicate,
        {"experimental": arm(2.0), "control": arm(1.3)},
        {"experimental": PATIENTS // 2, "control": PATIENTS // 2},
        Conduct(accrual=1.5, follow_up=6.0, dropout=0.03, scan_interval=1.0 / 6.0),
        trial="benchmark",
        seed=1,
        reference="control",
        landmarks=(12.0, 24.0, 36.0),
    )
    run(replicates=2)
    rate = trials / _best(repeats, partial(run, replicates=trials))
    return [Line(f"replicates of a trial of {PATIENTS}", rate, "trials/s/core")]


def scans(*, calls: int, repeats: int) -> list[Line]:
    """Nanoseconds for one scan of five target lesions: measured, assessed, best response."""
    import numba

    from seedsoil.model.treatment.recist import MAX_TARGETS, assess, confirm, measured_sum

    dtype = [
        ("key_low", "i8"),
        ("key_high", "i8"),
        ("recist_measurement_sd", "f8"),
        ("recist_nontarget_log_increase", "f8"),
        ("measurable_log_cells", "f8"),
    ]
    p = np.array([(1, 0, 0.1, 0.5, 20.0)], dtype).view(np.recarray)[0]
    diameters = np.full(MAX_TARGETS, 25.0)

    @numba.njit  # type: ignore[untyped-decorator,unused-ignore]
    def loop(p: Any, n: int, diameters: Any) -> int:
        total, previous = 0, 0
        for scan in range(n):
            size = measured_sum(p, scan, 1, 1, MAX_TARGETS, diameters)
            response = assess(size, 130.0, 110.0, True, 1.0, 1.0, True, False, False, p)
            total += confirm(previous, response, 0)
            previous = response
        return total

    loop(p, 10, diameters)  # compiles
    seconds = _best(repeats, partial(loop, p, calls, diameters))
    return [Line("scan of five target lesions", 1e9 * seconds / calls, "ns", "< 300")]
