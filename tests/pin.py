"""The pin on every simulated bit: SHA-256 of what fixed runs give, kept in `pinned/results.json`.

    python tests/pin.py          compare, and say what differs
    python tests/pin.py --renew  write the file again; CHANGELOG.md then says why results change

It asks the public functions alone, so that it holds while the inside of the package moves.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

FILE = Path(__file__).parent / "pinned" / "results.json"
WOMEN, SEEDS = 2_000, (1, 2, 2**40 + 3)
STRATEGIES = ("untreated", "none", "2022", "2025")
TABLES = ("patients", "lesions", "symptoms", "lines", "drugs")
UNCOMPILED_WOMEN = 60
"""The first of the same women in plain Python; among them some with metastases (a test says so)."""
TRIALS = ("PALOMA-2", "CLEOPATRA")


def digest(values: Iterable[Any]) -> str:
    """SHA-256 of values as text; floats in hexadecimal, so that every bit counts."""
    made = hashlib.sha256()
    for value in values:
        text = value.hex() if isinstance(value, float) else repr(value)
        made.update(text.encode())
        made.update(b"\n")
    return made.hexdigest()


def column_digest(column: Any) -> str:
    """SHA-256 of an Arrow column: what it holds, whichever way it is cut or coded."""
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        column = column.cast(pa.string())
    return digest(column.to_pylist())


def table_digests(table: Any) -> dict[str, str]:
    return {name: column_digest(table[name]) for name in table.column_names}


def mathematics() -> str:
    """SHA-256 of what this machine's mathematical library rounds to: other rounding, other bits."""
    points = [float(x) for x in np.linspace(1e-3, 30.0, 4_001)]
    functions = (math.exp, math.log, math.log1p, math.expm1, math.sqrt, math.cos)
    return digest(f(x) for f in functions for x in points)


def cohort(strategy: str, seed: int, *, women: int = WOMEN, threads: int = 2) -> dict[str, Any]:
    """Digests of a cohort's tables, by table and column."""
    import seedsoil as ss

    run = ss.simulate(women, seed=seed, strategy=strategy, threads=threads)
    return {name: table_digests(getattr(run, name)) for name in TABLES}


def trial(name: str, *, threads: int = 2) -> dict[str, str]:
    """Digests of the results of a simulated trial, by column."""
    import seedsoil as ss

    result = ss.trial(name, women=12_000, seed=5, replicates=40, threads=threads)
    return table_digests(result.table())


def fit_check(*, threads: int = 2) -> dict[str, str]:
    """Digests of the comparisons of both fits with nothing fitted."""
    import seedsoil as ss
    from seedsoil.calibration.drugs import fit_drugs

    natural = ss.fit(women=1_000, seed=3, iterations=0, threads=threads)
    drugs = fit_drugs(enough=30, seed=3, iterations=0, threads=threads)
    return {
        "fit": digest(v for row in natural.comparisons for v in asdict(row).values()),
        "fit.loss": digest([natural.loss]),
        # how a cell is shown, in the unit of what was published, is not pinned
        "fit-drugs": digest(
            v
            for cell in drugs.cells
            for name, v in asdict(cell).items()
            if name not in ("natural", "unit")
        ),
        "fit-drugs.loss": digest([drugs.loss]),
    }


_UNCOMPILED = """
import json, sys
import numba, pin
assert numba.config.DISABLE_JIT
print(json.dumps(pin.cohort(sys.argv[1], int(sys.argv[2]), women=pin.UNCOMPILED_WOMEN, threads=1)))
"""


def uncompiled(strategy: str, seed: int) -> dict[str, Any]:
    """As `cohort`, of the first women, in a process in which nothing is compiled."""
    import seedsoil as ss

    search = os.pathsep.join([str(Path(__file__).parent), str(Path(ss.__file__).parents[1])])
    done = subprocess.run(
        [sys.executable, "-c", _UNCOMPILED, strategy, str(seed)],
        env=os.environ | {"NUMBA_DISABLE_JIT": "1", "PYTHONPATH": search},
        check=True,
        capture_output=True,
        text=True,
        timeout=500,
    )
    made: dict[str, Any] = json.loads(done.stdout)
    return made


def parameters_hash() -> str:
    import seedsoil as ss

    return str(ss.catalog().hash())


def measured() -> dict[str, Any]:
    """Everything that is pinned, as it comes out now."""
    return {
        "parameters_hash": parameters_hash(),
        "mathematics": mathematics(),
        "cohorts": {
            strategy: {str(seed): cohort(strategy, seed) for seed in SEEDS}
            for strategy in STRATEGIES
        },
        "first_women": {
            strategy: cohort(strategy, SEEDS[0], women=UNCOMPILED_WOMEN) for strategy in STRATEGIES
        },
        "trials": {name: trial(name) for name in TRIALS},
        "fits": fit_check(),
    }


def pinned() -> dict[str, Any]:
    kept: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return kept


def differences(kept: Any, now: Any, where: str = "") -> list[str]:
    """Where two sets of digests differ, one line each."""
    if not (isinstance(kept, dict) and isinstance(now, dict)):
        return [] if kept == now else [where]
    lines = []
    for name in sorted(kept.keys() | now.keys()):
        path = f"{where} {name}".strip()
        if name in kept and name in now:
            lines += differences(kept[name], now[name], path)
        else:
            lines.append(f"{path} ({'gone' if name in kept else 'new'})")
    return lines


def main() -> int:
    parser = argparse.ArgumentParser(
        description="Compare what is simulated with the pinned digests."
    )
    parser.add_argument("--renew", action="store_true", help="write the digests as they are now")
    renew = parser.parse_args().renew
    now = measured()
    lines = differences(pinned(), now) if FILE.exists() else ["(nothing was pinned)"]
    print("\n".join(lines) or "every bit is as pinned")
    if renew:
        FILE.parent.mkdir(exist_ok=True)
        FILE.write_text(json.dumps(now, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        print(f"written to {FILE.name}: say in CHANGELOG.md why results change")
        return 0
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
