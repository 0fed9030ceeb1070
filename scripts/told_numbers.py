"""The table of README.md that says how well the model fits, from docs/trials-validation.md.

    python scripts/told_numbers.py      writes it anew; `scripts/after_a_fit.py` does so after the trials

So that what is told at the door is what the page says. Sentences around the table are written by hand.
"""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
PAGE = ROOT / "docs" / "trials-validation.md"
SECTION = "## How well it fits"
HEAD = "| | found |\n|---|---|\n"
COUNT = re.compile(r"(\d+) of ([\d,]+)")


def found_on(page: str) -> dict[str, str]:
    """The rows of the page's first table: what was looked at, and what was found."""
    _, _, rest = page.partition("## In short\n")
    rows = [line.strip("| ").split(" | ") for line in rest.partition("\n## ")[0].splitlines()]
    return {cells[0]: cells[1] for cells in rows if len(cells) > 1}


def _count(found: dict[str, str], begins: str) -> str:
    """`376 of 582` of the row that begins so."""
    rows = [value for name, value in found.items() if name.startswith(begins)]
    if len(rows) != 1 or (count := COUNT.match(rows[0])) is None:
        raise ValueError(f"{PAGE.name}: no single row begins with '{begins}'")
    return count[0]


def table(page: str) -> str:
    """The table of README.md, as the page has it."""
    found = found_on(page)
    held_out = [
        _count(found, f"validation trials: {kind}")
        for kind in ("PFS medians inside", "response rates inside", "hazard ratios of PFS inside")
    ]
    missed, targets = _count(found, "targets of the natural history").split(" of ")
    rows = {
        "numbers of calibration trials inside 95 % of simulated trials": _count(
            found, "calibration trials: numbers inside 95 %"
        ),
        "numbers of validation trials inside 90 % of simulated trials, with what is not known of the"
        " parameters": _count(found, "validation trials: numbers inside 90 %"),
        "results of calibration trials beyond 3 errors of the fit": _count(
            found, "calibration trials: results beyond 3"
        ),
        "held-out trials: PFS medians; response rates; hazard ratios of PFS inside": "; ".join(
            held_out
        ),
        "facts on the women who enrol met within ten points": _count(found, "facts on the women"),
        "recurrence of women in adjuvant trials of 1990-99 and 2000-09 within 3 errors": _count(
            found, "recurrence by decade"
        ),
        "targets of the natural history within 3 errors of sampling and simulation": (
            f"{int(targets) - int(missed)} of {targets}"
        ),
    }
    return HEAD + "".join(f"| {what} | {value} |\n" for what, value in rows.items())


def with_part(text: str, begins: int, part: str) -> str:
    """The text with `part` in place of the table or paragraph that begins there."""
    return text[:begins] + part + text[text.index("\n\n", begins) + 1 :]


def told(readme: str, page: str) -> str:
    """README.md with the table as the page has it."""
    begins = readme.find(HEAD, readme.find(SECTION))
    if SECTION not in readme or begins < 0:
        raise ValueError(f"{README.name}: no table under '{SECTION.strip('# ')}'")
    return with_part(readme, begins, table(page))


def main() -> None:
    """Write README.md anew."""
    page = PAGE.read_text(encoding="utf-8")
    README.write_text(told(README.read_text(encoding="utf-8"), page), encoding="utf-8")


if __name__ == "__main__":
    main()
