"""The tables of docs/posterior.md, from the posterior.json that `seedsoil posterior` left.

    python scripts/posterior_page.py posterior/posterior.json

Writes anew what was found, the scales of discrepancy and the headlines under "What was found"; the sentences
around them, and what the checks found, are written by hand.
"""

from __future__ import annotations

import argparse
import json
from itertools import chain, repeat
from pathlib import Path
from typing import Any

from seedsoil.calibration.posterior.informed import not_informed
from told_numbers import HEAD, with_part

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "posterior.md"
FOUND, SCALES, HEADLINES = (
    HEAD,
    "Groups of targets that need more than the stated discrepancy (median of the scale): ",
    "| headline of `2022` | mean | posterior sd | depends most on |\n|---|---|---|---|\n",
)
NEEDS_MORE = 1.095
"""The least scale that is told: one that is 1.1 when rounded."""
NAMES = {
    "median_survival": ("median survival from metastatic disease found, years", 2),
    "alive_5": ("alive at five years", 3),
    "alive_10": ("alive at ten years", 3),
    "gain": ("mean life years gained by 2022 over pre-2013", 2),
    "distant_10": ("distant recurrence within ten years", 3),
    "eradicated": ("every colony eradicated", 3),
}


def found(record: dict[str, Any]) -> str:
    """How it went: numbers, chains, and the emulator on fresh women."""
    ess, verified = record["bulk_ess"], record["verified"]
    rows = [
        ("numbers, targets", f"{record['parameters']}, {record['targets']}"),
        ("least and median bulk ESS of four chains", f"{ess['least']:,.0f}, {ess['median']:,.0f}"),
        ("largest split R̂", f"{record['r_hat']['largest']:.3f}"),
    ]
    if verified:
        after = chain(
            ("", " after learning from them"), repeat(" after learning from as many more")
        )
        rows.append((
            f"{verified[0]['draws']} draws on fresh women: the emulator off by, in errors of a target, "
            "root mean square",
            ", ".join(f"{one['off']:.2f}{said}" for one, said in zip(verified, after, strict=False)),
        ))  # fmt: skip
    rows += [
        ("variance of a target's error that is lack of fit of the emulator, median",
         f"{100 * record['emulator']['lack_of_fit_share_of_variance']:.0f}%"),
        ("numbers whose spread is 90 % or more of their prior's",
         f"{len(not_informed(record['parameters_informed']))} of {record['parameters']}"),
    ]  # fmt: skip
    return FOUND + "".join(f"| {what} | {value} |\n" for what, value in rows)


def scales(record: dict[str, Any]) -> str:
    """The groups of targets that need more than the stated discrepancy, the largest first."""
    medians = {name: one[1] for name, one in record["scales"].items() if one[1] >= NEEDS_MORE}
    largest = sorted(medians.items(), key=lambda one: -one[1])
    return SCALES + (", ".join(f"`{name}` {x:.1f}" for name, x in largest) or "none") + ".\n"


def headlines(record: dict[str, Any]) -> str:
    """Mean and standard deviation of each headline, and the three numbers that it depends on most."""
    rows = ""
    for key, (name, digits) in NAMES.items():
        one = record["headlines"][key]
        most = sorted(one["shares"].items(), key=lambda share: -abs(share[1]))[:3]
        on = ", ".join(f"`{number}` {100 * abs(share):.0f}%" for number, share in most)
        rows += f"| {name} | {one['mean']:.{digits}f} | {one['sd']:.{digits}f} | {on} |\n"
    return HEADLINES + rows


def told(page: str, record: dict[str, Any]) -> str:
    """The page with the tables of this posterior."""
    parts = ((FOUND, found(record)), (SCALES, scales(record)), (HEADLINES, headlines(record)))
    for begin, part in parts:
        if page.count(begin) != 1:
            raise ValueError(f"{PAGE.name}: not one part begins with {begin.splitlines()[0]!r}")
        page = with_part(page, page.index(begin), part)
    return page


def main() -> None:
    """Write docs/posterior.md anew."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "record", type=Path, help="posterior.json of the directory of the posterior"
    )
    asked = parser.parse_args()
    try:
        record = json.loads(asked.record.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SystemExit(f"{asked.record}: cannot be read: {error}") from None
    PAGE.write_text(told(PAGE.read_text(encoding="utf-8"), record), encoding="utf-8")


if __name__ == "__main__":
    main()
