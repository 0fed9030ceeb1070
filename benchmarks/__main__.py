"""Measure the speed and memory of seedsoil, and print a table."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import decisions, measure, treatment, trials
from benchmarks.measure import ROOT, Line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def machine() -> dict[str, str | int]:
    """What the numbers were taken on."""
    model = platform.processor() or platform.machine()
    try:
        with Path("/proc/cpuinfo").open(encoding="utf-8") as lines:
            model = next(
                line.split(":")[1].strip() for line in lines if line.startswith("model name")
            )
    except (OSError, StopIteration):
        pass
    return {
        "processor": model,
        "cores": os.cpu_count() or 1,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
    }


def plan(*, quick: bool, large: bool) -> Iterator[Callable[[], list[Line]]]:
    """The measurements to make, in order."""
    women, repeats = (10_000, 2) if quick else (50_000, 3)
    yield partial(measure.importing, repeats=5)
    yield partial(measure.kernel, women=women, repeats=repeats)
    yield partial(measure.threads, women=4 * women, repeats=repeats)
    yield partial(measure.numbers, calls=2_000_000, repeats=repeats)
    yield partial(treatment.followed, women=10_000, repeats=5 * repeats)  # passes of 0.1 s
    yield partial(trials.scans, calls=1_000_000, repeats=repeats)
    yield partial(trials.statistics, trials=2_000, repeats=repeats)
    yield partial(trials.replicates, trials=500, repeats=repeats)
    yield partial(decisions.curves, draws=10_000, repeats=repeats)
    yield partial(decisions.learning, draws=10_000, repeats=repeats)
    yield partial(measure.warm_start, repeats=repeats)
    if not quick:
        yield measure.cold_start
    sizes = [100_000] if quick else [100_000, 1_000_000]
    for size in [*sizes, 10_000_000] if large else sizes:
        yield partial(measure.streaming, women=size)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--quick", action="store_true", help="fewer and smaller: half a minute")
    parser.add_argument("--large", action="store_true", help="also 10,000,000 women: some minutes")
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT / "src"))
    lines: list[Line] = []
    about = machine()
    if not options.json:
        print(", ".join(f"{name} {value}" for name, value in about.items()), flush=True)
    for measurement in plan(quick=options.quick, large=options.large):
        for line in measurement():
            lines.append(line)
            if not options.json:
                value = f"{line.value:,.0f}" if line.value >= 1000 else f"{line.value:.3g}"
                row = f"{line.name:<42} {value:>10} {line.unit:<13} {line.reach}"
                print(row.rstrip(), flush=True)
    if options.json:
        print(json.dumps({"machine": about, "lines": [asdict(line) for line in lines]}, indent=2))


if __name__ == "__main__":
    main()
