"""What a column as a whole means: units, cuts and codes that no single cell can tell.

Each function says how it read the column in `notes`, and asks in `problems` where two readings are
possible: a question in one line costs less than a number that is wrong without a word.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from seedsoil.matching.fields import FIRST_CODE, WORD_NEGATIVE, WORD_POSITIVE
from seedsoil.matching.names import words_of
from seedsoil.units import DAYS_PER_YEAR, MONTHS_PER_YEAR

if TYPE_CHECKING:
    from seedsoil.matching.columns import TimeUnit
    from seedsoil.results.columns import Flags, Floats

ER_CUT_FMOL = 10.0
"""fmol/mg cytosol protein at and above which ligand-binding assays were read as ER positive."""
ER_CUT_PERCENT = 1.0
"""Per cent of stained cells at and above which immunohistochemistry is read as ER positive."""
LONGEST_FOLLOW_UP = 80.0
"""Years."""
MOST_YEARS, MOST_MONTHS = 40.0, 480.0
"""The largest time up to which an undeclared column is taken for years, and for months."""
UNCERTAIN_YEARS, UNCERTAIN_MONTHS = 12.0, 365.0
"""Above these, whole numbers may also be months, or days: the unit is asked for."""
SMALLEST_MEDIAN_MM, SMALLEST_RANGE_MM = 6.0, 10.0
"""A column of which the median, or 95 %, lies below these is likelier to be in centimetres."""
LARGEST_MEDIAN_MM = 80.0
FEWEST_TO_JUDGE = 5
"""Values from which the unit of a column is judged."""
FEWEST_FOR_PERCENT = 30
LEAST_SHARE_OF_WOMEN = 0.9
UNITS: dict[TimeUnit, float] = {"days": DAYS_PER_YEAR, "months": MONTHS_PER_YEAR, "years": 1.0}
_UNIT_WORDS: dict[str, TimeUnit] = {
    "days": "days", "day": "days", "months": "months", "month": "months", "mos": "months",
    "years": "years", "year": "years", "yrs": "years",
}  # fmt: skip


@dataclass
class Said:
    """What is to be said of the reading, and what is wrong with it."""

    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def time_unit(name: str, times: Floats, stated: TimeUnit | None, said: Said) -> TimeUnit:
    """The unit of the column of times: as stated, as its name says, or as its largest value shows."""
    largest = float(times.max()) if len(times) else 0.0
    if stated is not None:
        said.notes.append(f"{name} is in {stated}, as stated.")
        return stated
    for word in words_of(name):
        unit = _UNIT_WORDS.get(word) or next((unit for unit in UNITS if word.endswith(unit)), None)
        if unit:
            said.notes.append(f"{name} was read as {unit}, by its name.")
            return unit
    guess: TimeUnit = "years"
    if largest > MOST_YEARS:
        guess = "months" if largest <= MOST_MONTHS else "days"
    whole = bool((times == np.floor(times)).all()) and len(times) >= FEWEST_TO_JUDGE
    finer: TimeUnit | None = None
    if whole and guess == "years" and largest > UNCERTAIN_YEARS:
        finer = "months"
    elif whole and guess == "months" and largest > UNCERTAIN_MONTHS:
        finer = "days"
    if finer:
        said.problems.append(
            f"{name} holds whole numbers up to {largest:g}: {guess} or {finer}? Say --time-unit"
        )
    said.notes.append(
        f"{name} was read as {guess}, by its largest value ({largest:g} {guess} = "
        f"{largest / UNITS[guess]:.1f} years); state the time unit if that is wrong."
    )
    return guess


def check_follow_up(name: str, times: Floats, unit: TimeUnit, said: Said) -> None:
    """A follow-up beyond a lifetime shows a wrong unit."""
    largest = float(times.max()) if len(times) else 0.0
    if largest / UNITS[unit] > LONGEST_FOLLOW_UP:
        said.problems.append(
            f"the largest {name} is {largest:g} {unit} = {largest / UNITS[unit]:.0f} years; allowed "
            f"up to {LONGEST_FOLLOW_UP:.0f}. State the time unit: days, months or years"
        )


def check_sizes(name: str, diameters: Floats, unit: str, said: Said) -> None:
    """Diameters (mm, as read) that are likelier to have been given in the other unit are asked about."""
    if len(diameters) < FEWEST_TO_JUDGE:
        return
    median, most = (float(q) for q in np.quantile(diameters, (0.5, 0.95)))
    if median <= SMALLEST_MEDIAN_MM or most <= SMALLEST_RANGE_MM:
        said.problems.append(
            f"{name} has the median {median:g} and 95 % up to {most:g} mm when read in {unit}: "
            "centimetres? Say --size-unit cm, or --size-unit mm if it is so"
        )
    elif median > LARGEST_MEDIAN_MM:
        said.problems.append(
            f"{name} has the median {median:g} mm when read in {unit}: say --size-unit mm or cm"
        )
    else:
        small, large = diameters < SMALLEST_RANGE_MM, diameters >= SMALLEST_RANGE_MM
        fractions = diameters != np.floor(diameters)
        in_cm = fractions & small
        if in_cm.mean() >= 0.05 and in_cm.sum() > small.sum() / 2 and not fractions[large].any():
            said.problems.append(
                f"{name} holds fractions below {SMALLEST_RANGE_MM:g} and whole numbers above: does "
                "it mix cm and mm? Mend it, or say --size-unit mm if it does not"
            )


def er_status(name: str, er: Floats, cut: float | None, said: Said) -> tuple[Floats, Flags]:
    """1, 0 or NaN a row from words and amounts, and which rows hold a code for unknown."""
    status = np.where(er == WORD_POSITIVE, 1.0, np.where(er == WORD_NEGATIVE, 0.0, np.nan))
    amount = er >= 0
    unknown = np.zeros(len(er), dtype=np.bool_)
    held = np.unique(er[amount])
    if not len(held):
        return status, unknown
    if np.isin(held, (0.0, 1.0, 9.0)).all() and not (held == 9.0).all():
        said.notes.append(f"{name} holds 0 and 1: read as negative and positive.")
        unknown = er == 9.0
        return np.where(amount & ~unknown, er, status), unknown
    percent = bool({"percent", "pct"} & set(words_of(name))) or "%" in name
    used = cut if cut is not None else ER_CUT_PERCENT if percent else ER_CUT_FMOL
    if cut is None and not percent:
        _ask_about_amounts(name, er[amount], held, said)
    measure = "per cent of cells, 1" if percent else f"assays in fmol/mg, {ER_CUT_FMOL:g}"
    said.notes.append(
        f"{name} holds amounts: {used:g} and over was read as positive (the usual cut of {measure})."
    )
    return np.where(amount, (er >= used).astype(np.float64), status), unknown


def _ask_about_amounts(name: str, amounts: Floats, held: Floats, said: Said) -> None:
    if len(amounts) >= FEWEST_TO_JUDGE and held[-1] < ER_CUT_FMOL:
        codes = ", ".join(f"{value:g}" for value in held[:8])
        said.problems.append(
            f"{name} holds no amount of {ER_CUT_FMOL:g} or more ({codes}{', ...' if len(held) > 8 else ''})"
            ": codes, a score or a share? Say --er-cut, or what codes mean: --code "
            "er:1=positive,er:2=negative"
        )
    elif (
        len(amounts) >= FEWEST_FOR_PERCENT and held[-1] == 100.0 and np.mean(amounts % 5 == 0) > 0.8
    ):
        said.problems.append(
            f"{name} holds multiples of 5 up to 100: per cent of cells? Say --er-cut 1, or --er-cut "
            f"{ER_CUT_FMOL:g} if these are fmol/mg"
        )


def her2_status(name: str, her2: Floats, said: Said) -> Floats:
    """1, 0 or NaN a row from words, 0/1 and scores of immunohistochemistry."""
    status = np.where(her2 == WORD_POSITIVE, 1.0, np.where(her2 == WORD_NEGATIVE, 0.0, np.nan))
    held = np.unique(her2[her2 >= 0])
    if not len(held):
        return status
    if np.isin(held, (0.0, 1.0, 9.0)).all():
        return np.where((her2 == 0) | (her2 == 1), her2, status)
    if np.isin(held, (0.0, 1.0, 2.0, 3.0, 9.0)).all() and 3.0 in held:
        said.notes.append(
            f"{name} holds scores of immunohistochemistry: 0 and 1 were read as negative, 3 as "
            "positive, 2 as unknown."
        )
        status = np.where((her2 == 0) | (her2 == 1), 0.0, status)
        return np.where(her2 == 3, 1.0, status)
    codes = ", ".join(f"{value:g}" for value in held[:8])
    said.problems.append(
        f"{name} holds {codes}: which is positive? Say --code her2:1=positive,her2:2=negative"
    )
    return status


def men(name: str, sex: Floats, said: Said) -> Flags:
    """Which rows are men where sex is given by two numbers: breast cancer registries hold few."""
    coded = sex >= FIRST_CODE
    held, counts = np.unique(sex[coded], return_counts=True)
    nobody: Flags = np.zeros(len(sex), dtype=np.bool_)
    if len(held) < 2:
        return nobody
    common = held[counts.argmax()]
    if counts.max() < LEAST_SHARE_OF_WOMEN * counts.sum():
        codes = " and ".join(f"{value - FIRST_CODE:g}" for value in held)
        said.problems.append(
            f"{name} holds {codes}, none of them in nearly all rows: say --code sex:1=male,sex:2=female"
        )
        return nobody
    said.notes.append(
        f"{name} holds numbers: {common - FIRST_CODE:g}, that of nearly all, was read as female."
    )
    rest: Flags = coded & (sex != common)
    return rest


def check_other_outcomes(
    event_name: str, event: Floats, died: Floats, recurred: Floats, said: Said
) -> None:
    """Columns of death or recurrence that show that the event is not a recurrence alone.

    `died` and `recurred` are NaN where the file does not tell.
    """
    other = np.isfinite(recurred)
    if other.any() and (event[other & (recurred == 1)] == 1).mean() > 0.95:
        without = int((other & (event == 1) & (recurred == 0)).sum())
        if without:
            said.problems.append(
                f"{event_name} counts {without} {'event' if without == 1 else 'events'} of women without "
                "a recurrence by another column: say --endpoint recurrence-or-death if these are "
                "deaths, or --endpoint any if not"
            )
            return
    dead = died == 1
    if dead.sum() >= FEWEST_DEATHS and (event[dead] == 1).all():
        said.problems.append(
            f"{event_name} is an event for each of the {int(dead.sum())} women who died: does it count "
            "deaths? Say --endpoint recurrence-or-death if so, or --endpoint any if not"
        )


FEWEST_DEATHS = 10
"""Deaths from which it is judged whether each is counted as an event."""
