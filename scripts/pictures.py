"""The pictures of README.md and docs/, taken from the reports that the commands write.

    python scripts/pictures.py                               report.png and compare.png, some two minutes
    python scripts/pictures.py --registry rotterdam.csv      match.png and match_groups.png, too

A picture is the parts of a report that are named below, one under the other, as a browser of 740 pixels shows
them. The Rotterdam series is not in this repository; docs/match.md says how to write it. Takes Chromium.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from playwright.sync_api import sync_playwright

from chromium import NAMES, browser_path

if TYPE_CHECKING:
    from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
WIDTH = 740


class Picture(NamedTuple):
    """A file of docs/images: the command whose report it is of, and the parts of it that are shown."""

    file: str
    command: tuple[str, ...]
    parts: tuple[str, ...]
    """`answer`, or the heading of a section and which of its figures: `section-survival 1`; 0 is all."""


RUN = ("run", "--women", "100000", "--seed", "1")
COMPARE = ("compare", "none", "pre-2013", "2022", "--women", "20000", "--seed", "1")
PICTURES = (
    Picture("report.png", RUN, ("answer", "section-distant-recurrence 1")),
    Picture(
        "compare.png", COMPARE, ("section-survival 1", "section-differences-from-strategy-none 1")
    ),
)
OF_REGISTRY = (
    ("match.png", ("section-women-free-of-recurrence 1",)),
    ("match_groups.png", ("section-by-size-and-nodes 0",)),
)
# Leaves nothing on the page but the parts that are asked for; captions stand in the text beside the picture.
_KEEP = """(parts) => {
    const chosen = parts.flatMap(part => {
        if (part === "answer") return [document.querySelector("section.answer")];
        const [heading, number] = part.split(" ");
        const figures = [];
        let next = document.getElementById(heading);
        while ((next = next && next.nextElementSibling) && next.tagName !== "H2")
            figures.push(...(next.matches("figure") ? [next] : next.querySelectorAll("figure")));
        return number === "0" ? figures : [figures[number - 1]];
    });
    if (!chosen.length || chosen.some(part => !part)) return false;
    for (const part of chosen)
        part.querySelectorAll("figcaption, details, .save").forEach(one => one.remove());
    const frame = document.createElement("main");
    frame.style.padding = "0.5rem 1rem";
    chosen[0].style.marginTop = 0;
    frame.replaceChildren(...chosen);
    document.body.replaceChildren(frame);
    return true;
}"""
# A chart that is drawn is offered for saving.
_DRAWN = 'document.querySelectorAll(".save").length >= document.querySelectorAll(".chart").length'


def take(page: Page, report: Path, parts: tuple[str, ...], file: Path) -> None:
    """Write the parts of a report as a picture."""
    page.goto(report.resolve().as_uri())
    page.wait_for_function(_DRAWN, timeout=60_000)
    if not page.evaluate(_KEEP, list(parts)):
        raise SystemExit(f"{report.name}: has not all of {', '.join(parts)}")
    page.locator("main").screenshot(path=str(file))
    print(file.relative_to(ROOT), flush=True)


def main() -> None:
    """Make the reports and take the pictures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--registry", type=Path, help="the Rotterdam series, as docs/match.md writes it"
    )
    asked = parser.parse_args()
    browser = browser_path()
    if browser is None:
        raise SystemExit(f"no browser on the path; looked for {', '.join(NAMES)}")
    pictures = list(PICTURES)
    if asked.registry is not None:
        if not asked.registry.is_file():
            raise SystemExit(f"{asked.registry}: no such file")
        match = ("match", str(asked.registry.resolve()), "--seed", "1")
        pictures += [Picture(file, match, parts) for file, parts in OF_REGISTRY]
    with tempfile.TemporaryDirectory() as work, sync_playwright() as driver:
        made: dict[tuple[str, ...], Path] = {}
        page = driver.chromium.launch(executable_path=browser, args=["--no-sandbox"]).new_page(
            viewport={"width": WIDTH, "height": 900}
        )
        for one in pictures:
            if one.command not in made:
                made[one.command] = Path(work) / str(len(made))
                subprocess.run(
                    [sys.executable, "-m", "seedsoil", *one.command, "--out", str(made[one.command])],
                    stdout=subprocess.DEVNULL, check=True,
                )  # fmt: skip
            take(page, made[one.command] / "report.html", one.parts, IMAGES / one.file)


if __name__ == "__main__":
    main()
