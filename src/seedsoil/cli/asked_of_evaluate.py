"""What `seedsoil evaluate` may be asked beside the evaluation: a budget's years, and a proposed trial."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from seedsoil.cli.counts import count
from seedsoil.errors import InputError, nearest

if TYPE_CHECKING:
    from seedsoil.catalog import Catalog
    from seedsoil.economics.answers import Evaluation
    from seedsoil.economics.budget_impact import Plan

BUDGET, UPTAKE, TRIAL, SIZES, NET = (
    "--budget-impact",
    "--uptake",
    "--evsi-trial",
    "--evsi",
    "--enbs",
)
_PLAN = ("women", "uptake")
_NET = ("per_year", "years", "rate", "delay", "fixed", "each")
_NUMBER = re.compile(r"[\d.,_]+\s*(k|m|bn)?(e\+?\d+)?(,.*)?", re.IGNORECASE)

Budget = Annotated[
    str | None,
    typer.Option(
        BUDGET,
        help="Budget impact: women newly found a year, one number or one a year with commas, with "
        "--uptake; or "
        "a CSV file with the columns women and uptake, a row a year. Up to five years.",
        show_default=False,
        metavar="FILE|WOMEN,...",
    ),
]
Uptake = Annotated[
    str | None,
    typer.Option(
        UPTAKE,
        help="With --budget-impact: the share of them who take a strategy instead of the reference, one a "
        "year, "
        "such as 20%,40%,60%.",
        show_default=False,
        metavar="SHARE,...",
    ),
]
Trial = Annotated[
    str | None,
    typer.Option(
        TRIAL,
        help="What this trial, of the catalog or a TOML file, would be worth; with --psa and --evsi.",
        show_default=False,
        metavar="NAME|FILE",
    ),
]
Sizes = Annotated[
    str | None,
    typer.Option(
        SIZES,
        help="With --evsi-trial: women of the whole trial; several with commas.",
        show_default=False,
        metavar="WOMEN,...",
    ),
]
Net = Annotated[
    str | None,
    typer.Option(
        NET,
        help="With --evsi: less its cost, for all women of the decision: per_year and years, and rate, "
        "delay, fixed "
        "and each if they are not 0, such as per_year=5000,years=10,rate=0.035,fixed=20e6,each=60000.",
        show_default=False,
        metavar="KEY=NUMBER,...",
    ),
]


def budget_plan(women: str | None, uptake: str | None) -> Plan | None:
    """The years of the budget that is asked for, or None. Raises InputError for what cannot be."""
    if women is None:
        if uptake is not None:
            raise InputError(f"{UPTAKE}: goes with {BUDGET}, the women newly found a year")
        return None
    from seedsoil.economics.budget_impact import Plan

    if not _NUMBER.fullmatch(women.strip()) and not women.strip().startswith("-"):
        if uptake is not None:
            raise InputError(f"{UPTAKE}: {women} has the uptake; give one of both")
        return _of_file(Path(women))
    if uptake is None:
        raise InputError(
            f"{BUDGET} {women}: give {UPTAKE} too, the share of newly found women who take a strategy in "
            "each "
            "year, such as 20%,40%,60%"
        )
    numbers = [_women(part) for part in women.split(",")]
    return Plan.of(numbers[0] if len(numbers) == 1 else numbers, _shares(uptake))


def _women(text: str) -> float:
    try:
        return float(count(text))
    except typer.BadParameter as error:
        raise InputError(f"{BUDGET}: {error.message}") from None


def _shares(text: str) -> list[float]:
    return [_share(part, UPTAKE) for part in text.split(",") if part.strip()]


def _share(text: str, where: str) -> float:
    percent = text.strip().endswith("%")
    try:
        return float(text.strip().removesuffix("%")) / (100.0 if percent else 1.0)
    except ValueError:
        raise InputError(f"{where}: '{text}' is not a share, such as 0.2 or 20%") from None


def _of_file(path: Path) -> Plan:
    import csv

    from seedsoil.economics.budget_impact import Plan

    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except OSError as error:
        raise InputError(
            f"{BUDGET}: '{path}' is neither numbers of women, such as 1000, nor a file that can be read "
            f"({error.strerror})"
        ) from None
    except (UnicodeDecodeError, csv.Error):
        raise InputError(f"{path}: cannot be read as CSV") from None
    found = [(name or "").strip().lower() for name in (rows[0] if rows else {})]
    for name in _PLAN:
        if name not in found:
            hint = nearest(name, [one for one in found if one not in _PLAN])
            raise InputError(
                f"{path}: no column '{name}'; it needs {' and '.join(_PLAN)}, a row a year. {hint}".rstrip()
            )
    plain = [{(k or "").strip().lower(): v or "" for k, v in row.items()} for row in rows]
    try:
        women = [float(count(row["women"])) for row in plain]
    except typer.BadParameter as error:
        raise InputError(f"{path}: women: {error.message}") from None
    return Plan.of(women, [_share(row["uptake"], f"{path}: uptake") for row in plain])


class TrialAsked(NamedTuple):
    """A proposed trial: by name or file, sizes of the whole trial, and what `enbs` takes, if anything."""

    trial: str
    sizes: tuple[int, ...]
    net: dict[str, float] | None

    def of(self, result: Evaluation, threads: int | None) -> Evaluation:
        """The evaluation with what the trial would be worth."""
        from seedsoil.catalog.lookup import find_trial

        found = result.evsi_of_trial(self.trial, self.sizes, threads=threads)
        if self.net is not None:
            found = found.enbs(**self.net)
        name = find_trial(self.trial, catalog=result.asked.catalog).name
        return result.with_trial(name, found)


def trial_asked(
    trial: str | None, sizes: str | None, net: str | None,
    *, psa: int | None, parameters: str | None, catalog: Catalog | None,
) -> TrialAsked | None:  # fmt: skip
    """The trial that is asked for, checked before anything is simulated, or None; InputError otherwise."""
    if trial is None:
        for option, given in ((SIZES, sizes), (NET, net)):
            if given is not None:
                raise InputError(f"{option}: goes with {TRIAL}, the trial that is proposed")
        return None
    from seedsoil.catalog.lookup import find_trial
    from seedsoil.economics.decision.partial_information import FEWEST_DRAWS
    from seedsoil.economics.decision.population import patients_affected
    from seedsoil.economics.trial_information import sizes_of

    if sizes is None:
        raise InputError(
            f"{TRIAL} {trial}: give {SIZES} too, women of the whole trial, such as 100,300"
        )
    if psa is None or psa < FEWEST_DRAWS:
        raise InputError(f"{TRIAL}: needs draws: give --psa, {FEWEST_DRAWS} or more, 1000 say")
    if parameters == "fixed":
        raise InputError(
            f"{TRIAL}: with --parameters fixed a trial could tell nothing; leave that out"
        )
    try:
        numbers = [count(part) for part in sizes.split(",") if part.strip()]
    except typer.BadParameter as error:
        raise InputError(f"{SIZES}: {error.message}") from None
    found = sizes_of(numbers, find_trial(trial, catalog=catalog))
    asked = None if net is None else _net(net)
    if asked is not None:
        patients_affected(
            asked["per_year"], asked["years"], asked.get("rate", 0.0), delay=asked.get("delay", 0.0)
        )
    return TrialAsked(trial, found, asked)


def _net(text: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for part in text.split(","):
        key, equals, value = (piece.strip() for piece in part.partition("="))
        if key not in _NET or not equals:
            raise InputError(
                f"{NET}: '{part}' is not KEY=NUMBER with one of {', '.join(_NET)}. "
                f"{nearest(key, _NET)}".rstrip()
            )
        try:
            found[key] = float(value)
        except ValueError:
            raise InputError(f"{NET}: {key}='{value}' is not a number") from None
    for key in ("per_year", "years"):
        if key not in found:
            raise InputError(f"{NET}: {key} is missing, such as {NET} per_year=5000,years=10")
    return found
