"""The checks of a posterior, all of them: a table, and the page that tells it.

Toys whose posterior is known (`toys`), simulation-based calibration of this posterior (`sbc`), the emulator
beside the simulator for five parameters (`five`), what its verification found, and how well its chains mixed.
What takes long is kept in a directory part by part, and gone on with.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from seedsoil.calibration.posterior import five, verify
from seedsoil.calibration.posterior.bands import band, outside_by_chance
from seedsoil.calibration.posterior.diagnostics import converged
from seedsoil.calibration.posterior.informed import LITTLE, not_informed
from seedsoil.calibration.posterior.left_out import HEADER as LEFT_OUT_HEADER
from seedsoil.calibration.posterior.left_out import LeftOut, total, trials_left_out
from seedsoil.calibration.posterior.sbc import THINNING, identity, posterior_sbc
from seedsoil.calibration.posterior.toys import toys
from seedsoil.calibration.posterior.verdict import HEADER, Check
from seedsoil.display.markdown import markdown_table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from seedsoil.calibration.posterior.find import Found
    from seedsoil.calibration.posterior.sbc import Ranks
    from seedsoil.catalog import Catalog

Floats = NDArray[np.float64]

REPLICATES = 200
INTERVAL, BAND = 0.9, 0.95
_CHANCE = 0.99
"""Of the number of coordinates outside the band: what is rarer by chance counts as too many."""


def check(
    found: Found,
    *,
    catalog: Catalog,
    place: Path,
    threads: int,
    say: Callable[[str], None],
    replicates: int = REPLICATES,
    points: int = five.POINTS,
) -> list[Check]:
    """Every check of a posterior, in `place`, which is gone on with after a kill.

    Raises InputError where another process works in it.
    """
    place.mkdir(parents=True, exist_ok=True)
    made = toys(quick=False, say=say, place=place / "methods", threads=threads)
    ranks = posterior_sbc(
        found.density, found.chains.flat, replicates=replicates, seed=1, threads=threads, say=say,
        place=place / f"sbc-{identity(found.density)[:12]}",
    )  # fmt: skip
    made += calibration(
        ranks, np.asarray(np.corrcoef(found.chains.flat.T)), found.density.parameters
    )
    compared = five.compare(
        found, five.best_informed(found), catalog=catalog, place=place, threads=threads, say=say,
        points=points,
    )  # fmt: skip
    return made + compared.checks() + of_record(found.record)


def left_out(found: Found, say: Callable[[str], None]) -> list[LeftOut]:
    """The calibration trials left out in turn, with the scales of discrepancy at their medians."""
    emulator = found.joint.emulator.some(found.joint.index)
    return trials_left_out(found.density, emulator, scales=found.scales, whole=found.mode, say=say)


def calibration(ranks: Ranks, correlation: Floats, parameters: int) -> list[Check]:
    """What ranks of parameters, and of scales behind them, say: coverage, the band, and power."""
    count, size = ranks.ranks.shape
    whole = band(count, ranks.draws)
    made = []
    kinds = {
        "parameters": np.arange(parameters),
        "scales of discrepancy": np.arange(parameters, size),
    }
    for what, some in kinds.items():
        if not some.size:
            continue
        covered = ranks.inside(INTERVAL)[:, some].mean(axis=1)
        coverage, error = float(covered.mean()), float(covered.std(ddof=1) / np.sqrt(count))
        outside = int(np.count_nonzero(whole.p_values(ranks.ranks[:, some]) <= 1.0 - BAND))
        chance, (most,) = outside_by_chance(
            whole, correlation[np.ix_(some, some)], level=BAND, quantiles=(_CHANCE,)
        )
        made += [
            Check(f"posterior SBC, {count} replicates: {INTERVAL:.0%} intervals of {some.size} {what}",
                  f"{coverage:.1%} ± {error:.1%} covered", "87 to 93 %", 0.87 <= coverage <= 0.93),
            Check(f"the same: {what} whose ranks leave the simultaneous {BAND:.0%} band of the ECDF",
                  f"{outside} of {some.size}",
                  f"{chance:.1f} by chance, at most {most} in {_CHANCE:.0%} of cases", outside <= most),
        ]  # fmt: skip
    lag = ranks.autocorrelation
    made.append(
        Check(f"the same: autocorrelation of draws {THINNING} moves apart",
              f"median {np.median(lag):.2f}, largest {lag.max():.2f}",
              "of power alone: ranks are exact whatever it is", None)
    )  # fmt: skip
    return made


def of_record(record: dict[str, Any]) -> list[Check]:
    """What the making of the posterior has told of itself."""
    made = [
        Check(f"{one['draws']} draws on fresh women, time {number}: shift of the emulator",
              f"{one['off']:.2f} errors of a target", f"<= {verify.OFF}", one["off"] <= verify.OFF)
        for number, one in enumerate(record["verified"], start=1)
    ]  # fmt: skip
    if not made:
        made.append(Check("draws on fresh women", "none were simulated", f"<= {verify.OFF}", False))
    ess, hat = record["bulk_ess"]["least"], record["r_hat"]["largest"]
    loose = len(not_informed(record["parameters_informed"]))
    return [
        *made,
        Check("least bulk ESS, largest split R-hat", f"{ess:,.0f}, {hat:.4f}", ">= 1,000, < 1.01",
              converged(ess, hat)),
        Check(f"parameters hardly informed: posterior sd {1.0 - LITTLE:.0%} or more of the prior's",
              f"{loose} of {record['parameters']}", "told", None),
    ]  # fmt: skip


_PAGE = """# Checks of the posterior

How [the posterior](posterior.md) was checked. Written by `{made_by}`.
{told}
A check that is not met is written as `NO`.

{table}

## What is checked

- *Toys*: problems whose posterior is known. On a linear one the sampler is to give the analytic mean and
  spread. On curved ones the emulator stands beside three other methods that have as many noisy runs; the
  exact posterior is sampled without an emulator. ± is one standard error over the toys.
- *Posterior SBC*: a draw of the posterior makes a second set of data, and a posterior is sampled given both.
  Its rank there is uniform if sampler, gradients and likelihood are consistent. The emulator is
  the model in this check: whether it is right is another question.
- *Emulator beside the simulator*: of five parameters, no two of one part of the model, the posterior is found
  again from simulations of their own. A shift is that of the emulator's mean, in standard deviations of the
  simulator's posterior; ± is the noise of the simulations.
- *Draws on fresh women*: the emulator's error where the posterior lies, root mean square over the targets.

## Trials left out in turn

Each calibration trial is left out of the posterior, and predicted by the mode of all that is left, on the
emulator. z is in errors of the likelihood: sampling, the stated discrepancy times its inferred scale, and
what the emulator does not know. The interval holds what is not known of the parameters, too. A trial that is
predicted much worse than it was fitted has numbers of its own: of a drug that no other trial gives, for one.

{left}
"""


def markdown(
    checks: Sequence[Check], left: Sequence[LeftOut], made_by: str, record: dict[str, Any]
) -> str:
    """The tables of the checks and of the trials left out in turn as a page."""
    told = f"Posterior of {record['points']:,} points: `{record['command']}`.\n" if record else ""
    rows = [*(one.row() for one in left), total(left)]
    return _PAGE.format(
        made_by=made_by, told=told,
        table="\n".join(markdown_table(HEADER, (one.row() for one in checks))),
        left="\n".join(markdown_table(LEFT_OUT_HEADER, rows)),
    )  # fmt: skip
