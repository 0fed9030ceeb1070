"""Everything that is made of the fitted numbers, made again in order after they have changed.

    python scripts/after_a_fit.py                  all steps; about half an hour on two cores
    python scripts/after_a_fit.py --from trials    from a step on, after one that failed
    python scripts/after_a_fit.py --list           the steps, and what is left to do by hand

A posterior is made before (`seedsoil posterior`), and its values and draws are in the catalog by then. A page
is replaced once it is whole, so that a step that ends early loses nothing. Pages tell the command as it was
typed, so that commands run where their files are, and name them without a path.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACK = ROOT / "src" / "seedsoil" / "explorer" / "pack"
TABLE, FIT_TABLE = "trials.csv", "fitted.csv"
DRAWS, WOMEN = "30", "30000"
STEPS = {
    "pin": "the fingerprint of the default run (tests/pinned)",
    "coding": "the second coding's comparison (qc/)",
    "natural-history": "docs/validation.md, and the table of the fit that reports show",
    "trials": "docs/trials-validation.md, and README.md's table of how well it fits",
    "pack": "what the explorer ships",
    "published": "docs/published-values.md",
    "pictures": "docs/images, but for those of docs/match.md",
}
# Steps that are a script of this checkout and nothing else.
SCRIPTS = {
    "pin": ("tests/pin.py", "--renew"),
    "coding": ("scripts/second_coding.py", "renew"),
    "published": ("scripts/published_values.py",),
    "pictures": ("scripts/pictures.py",),
}
BY_HAND = (
    "README.md: the sentences on how well it fits, survival at ten years",
    "docs/model.md: limits; docs/strategies.md: shares that live",
    "docs/posterior.md: `scripts/posterior_page.py` writes its tables, the sentences are by hand",
    "src/seedsoil/catalog/data/misses.toml: why targets are missed",
    "docs/match.md and its pictures (`scripts/pictures.py --registry`); the woman of the guide",
    "docs/posterior-checks.md: `seedsoil posterior --check --markdown`, in the directory of the posterior",
)


def seedsoil(work: Path, *arguments: str) -> None:
    """Run a command of the installed package in a directory; its progress goes to the terminal."""
    subprocess.run([sys.executable, "-m", "seedsoil", *arguments], cwd=work, check=True)


def script(name: str, *arguments: str) -> None:
    """Run a script of this checkout."""
    subprocess.run([sys.executable, str(ROOT / name), *arguments], cwd=ROOT, check=True)


def make(step: str, work: Path) -> None:
    """Make one of `STEPS` again; `work` is a directory for what is kept between steps."""
    page, table = work / f"{step}.md", work / TABLE
    page.unlink(missing_ok=True)
    if step in SCRIPTS:
        script(*SCRIPTS[step])
    elif step == "natural-history":
        (work / FIT_TABLE).unlink(missing_ok=True)
        seedsoil(
            work, "fit", "--check", "--women", "60000", "--seed", "2", "--markdown", page.name,
            "--table", FIT_TABLE,
        )  # fmt: skip
        shutil.move(page, ROOT / "docs" / "validation.md")
        shutil.move(work / FIT_TABLE, ROOT / "src" / "seedsoil" / "catalog" / "data" / FIT_TABLE)
    elif step == "trials":
        table.unlink(missing_ok=True)
        seedsoil(
            work, "validate", "--seed", "2", "--draws", DRAWS, "--natural-history", WOMEN, "--yes",
            "--processes", "2", "--table", TABLE, "--markdown", page.name,
        )  # fmt: skip
        shutil.move(page, ROOT / "docs" / "trials-validation.md")
        script("scripts/told_numbers.py")
    else:
        if not table.is_file():
            raise SystemExit(f"{table} is not there: begin --from trials")
        seedsoil(work, "explore", "--make-pack", str(PACK), "--trials", TABLE)


def main() -> None:
    """Take the steps that are asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--from", dest="first", choices=list(STEPS), default="pin", metavar="STEP",
                        help=f"the first step to take: {', '.join(STEPS)}")  # fmt: skip
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "after-a-fit",
                        help="where the table of trials is kept between steps")  # fmt: skip
    parser.add_argument("--list", action="store_true", help="say what there is to do, and end")
    asked = parser.parse_args()
    if not asked.list:
        asked.work.mkdir(parents=True, exist_ok=True)
        names = list(STEPS)
        for step in names[names.index(asked.first) :]:
            begun = time.monotonic()
            print(f"{step}: {STEPS[step]}", flush=True)
            make(step, asked.work)
            print(f"{step}: done in {(time.monotonic() - begun) / 60:.1f} minutes", flush=True)
    else:
        for step, what in STEPS.items():
            print(f"{step}: {what}")
    print("By hand:", *BY_HAND, sep="\n  ")


if __name__ == "__main__":
    main()
