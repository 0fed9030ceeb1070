"""What women use beside their drugs: visits, tests, scans, toxicity, symptoms, bone agents, care, lost work.

How often what is used are the numbers of the perspective's table `use`; when it happened, and to whom, are
those of the run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seedsoil.economics.dosing import spread
from seedsoil.economics.imaging import scans_of
from seedsoil.results.columns import codes, flags, integers
from seedsoil.units import MONTHS_PER_YEAR, WEEKS_PER_YEAR
from seedsoil.vocabulary import (
    CAUSES_OF_DEATH,
    HER2_POSITIVE,
    HR_POS_HER2_NEG,
    ORGANS,
    PLACES,
    SYMPTOM_KEYS,
    TNBC,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from seedsoil.catalog import Strategy
    from seedsoil.economics.drug_use import AllSpells
    from seedsoil.economics.ledger import Ledger, Women
    from seedsoil.results.columns import Flags, Floats, Integers

_OTHER, _CANCER, _TREATMENT = range(len(CAUSES_OF_DEATH))
SKELETAL = {
    "bone.fracture": "skeletal.fracture",
    "bone.cord_compression": "skeletal.cord_compression",
}
_PAIN = "bone.pain"
_NOW = 1e-7
"""Years within which a symptom that revealed the disease set in on the day it was found."""


def count_states(ledger: Ledger, women: Women, progressed: Floats) -> None:
    """Months before and after the first progression, and the last days of those who died of the disease."""
    everyone = women.everyone
    until = np.fmin(progressed, women.died)
    ledger.flow("care.progression_free", everyone, 0.0, until, MONTHS_PER_YEAR)
    ledger.flow("care.progressed", everyone, until, women.died, MONTHS_PER_YEAR)
    of_it = np.flatnonzero(women.cause != _OTHER)
    ledger.events("care.last_days", of_it, women.died[of_it])
    ledger.events("one_off.diagnosis", everyone, 0.0)


def first_progression(lines: pa.Table, women: Women) -> Floats:
    """Years from clock zero to each woman's first progression on a line; NaN if there was none."""
    row = women.rows(lines)
    at = women.since(lines, "progressed_at", row)
    found = np.full(women.number, np.inf)
    counted = (row >= 0) & np.isfinite(at)
    np.minimum.at(found, row[counted], at[counted])
    return np.where(np.isfinite(found), found, np.nan)


def count_visits(ledger: Ledger, women: Women, lines: pa.Table, uses: Mapping[str, float]) -> None:
    """Visits and blood tests while a line is given, and visits while none is; the journeys to them."""
    row = women.rows(lines)
    known = row >= 0
    row = row[known]
    start, stop = (
        women.since(lines, name, women.rows(lines))[known] for name in ("started_at", "stopped_at")
    )
    on = uses["visits_on_treatment"] * MONTHS_PER_YEAR
    off = uses["visits_off_treatment"] * MONTHS_PER_YEAR
    ledger.flow(
        "monitoring.blood_test",
        row,
        start,
        stop,
        uses["blood_tests_on_treatment"] * MONTHS_PER_YEAR,
    )
    for item, times in (
        ("monitoring.visit", 1.0),
        ("society.travel", uses["travel_per_visit"]),
    ):
        ledger.flow(item, row, start, stop, (on - off) * times)
        ledger.flow(item, women.everyone, 0.0, women.died, off * times)


def count_travel(
    ledger: Ledger, attendances: list[tuple[Integers, Floats]], uses: Mapping[str, float]
) -> None:
    """Journeys to infusions, injections and scans."""
    for row, at in attendances:
        ledger.events("society.travel", row, at, uses["travel_per_visit"])


def count_scans(
    ledger: Ledger,
    women: Women,
    lines: pa.Table,
    uses: Mapping[str, float],
    *,
    scan_weeks: float,
    jitter_weeks: float,
    seed: int,
) -> tuple[Integers, Floats]:
    """Scans of each line; the woman and time of each."""
    found = scans_of(lines, women, scan_weeks=scan_weeks, jitter_weeks=jitter_weeks, seed=seed)
    ledger.events("scan.ct", found.row, found.at, uses["ct_per_scan"])
    ledger.events("scan.bone", found.row, found.at, uses["bone_scan_per_scan"])
    brain = found.brain
    ledger.events("scan.brain_mri", found.row[brain], found.at[brain], uses["brain_mri_per_scan"])
    return found.row, found.at


def count_tests(
    ledger: Ledger,
    women: Women,
    lines: pa.Table,
    strategy: Strategy | None,
    uses: Mapping[str, float],
) -> None:
    """Biopsies and biomarkers; a biomarker is tested only where a rule of the strategy asks for it."""
    everyone = women.everyone
    ledger.events("test.biopsy", everyone, 0.0, uses["biopsy_share"])
    ledger.events("test.receptors_her2", everyone, 0.0, uses["biopsy_share"])
    asked = _asked(strategy)
    if "pd_l1_cps10" in asked:
        rows = np.flatnonzero(women.subtype == TNBC)
        ledger.events("test.pd_l1", rows, 0.0, uses["pd_l1_share"])
    if "gbrca" in asked:
        her2 = np.array(HER2_POSITIVE)
        rows = np.flatnonzero(~her2[women.subtype])
        ledger.events("test.gbrca", rows, 0.0, uses["gbrca_share"])
    row = women.rows(lines)
    second = np.flatnonzero((integers(lines, "line") == 2) & (row >= 0))
    second = second[women.subtype[row[second]] == HR_POS_HER2_NEG]
    start = women.since(lines, "started_at", row)[second]
    for condition, item, use in (
        ("pik3ca_pathway", "test.pik3ca", "pik3ca_share"),
        ("esr1", "test.esr1_plasma", "esr1_share"),
    ):
        if condition in asked:
            ledger.events(item, row[second], start, uses[use])


def _asked(strategy: Strategy | None) -> set[str]:
    """The biomarkers that a rule of the strategy asks for."""
    names = ("pd_l1_cps10", "gbrca", "pik3ca_pathway", "esr1")
    rules = () if strategy is None else strategy.lines
    return {name for name in names for rule in rules if getattr(rule.when, name) is not None}


def count_toxicity(
    ledger: Ledger,
    women: Women,
    lines: pa.Table,
    spells: AllSpells,
    chemotherapy: Sequence[str],
    uses: Mapping[str, float],
) -> None:
    """Toxicity of grade 3 or more, at the start of its line; under chemotherapy a share of it is febrile.

    Febrile neutropenia is part of what the run counts as toxicity and no further event.
    """
    row, line = women.rows(lines), integers(lines, "line")
    toxic = flags(lines, "toxicity") & (row >= 0)
    row, line, at = (
        row[toxic],
        line[toxic],
        women.since(lines, "started_at", women.rows(lines))[toxic],
    )
    is_chemo = np.array([name in chemotherapy for name in spells.drugs], dtype=np.bool_)
    given = is_chemo[spells.drug] if spells.drug.size else np.zeros(0, dtype=np.bool_)
    most = 1 + max(line.max(initial=0), spells.line.max(initial=0))
    with_chemo = np.isin(row * most + line, spells.spells.row[given] * most + spells.line[given])
    febrile = np.where(with_chemo, uses["febrile_share"], 0.0)
    ledger.events("toxicity.febrile_neutropenia", row, at, febrile)
    ledger.events("toxicity.grade3", row, at, 1.0 - febrile)
    died = np.flatnonzero(women.cause == _TREATMENT)
    ledger.events("toxicity.death", died, women.died[died])


def count_symptoms(
    ledger: Ledger, women: Women, symptoms: pa.Table, uses: Mapping[str, float]
) -> None:
    """Each onset of a symptom from the day the disease was found; radiotherapy for a share of bone pain."""
    key, names = _symptom_keys(symptoms)
    row = women.rows(symptoms)
    at = women.since(symptoms, "onset_at", row)
    counted = (row >= 0) & (at >= -_NOW)
    at = np.maximum(at, 0.0)
    for code, name in enumerate(names):
        here = counted & (key == code)
        item = SKELETAL.get(name, f"symptom.{name}")
        ledger.events(item, row[here], at[here])
        if name == _PAIN:
            ledger.events("skeletal.radiotherapy", row[here], at[here], uses["radiotherapy_share"])


def _symptom_keys(symptoms: pa.Table) -> tuple[Integers, tuple[str, ...]]:
    """The symptom of each row as a place in SYMPTOM_KEYS; names of symptoms are told apart without organs."""
    words = tuple(name.partition(".")[2].replace("_", " ") for name in SYMPTOM_KEYS)
    return codes(symptoms, "symptom", words)[0], SYMPTOM_KEYS


def bone_known(women: Women, lines: pa.Table, symptoms: pa.Table) -> Floats:
    """Years from clock zero to when metastases in bone are known; infinity if they never are.

    At clock zero; at a symptom of bone; at the start of a line with metastases in bone alone; at a
    progression in bone.
    """
    known = np.where(flags(women.patients, "bone"), 0.0, np.inf)
    bone = ORGANS.index("bone")
    row = women.rows(symptoms)
    _earliest(
        known,
        row,
        women.since(symptoms, "onset_at", row),
        codes(symptoms, "organ", ORGANS)[0] == bone,
    )
    row = women.rows(lines)
    _earliest(known, row, women.since(lines, "started_at", row), flags(lines, "bone_only"))
    in_bone = codes(lines, "progression_organ", PLACES)[0] == PLACES.index("bone")
    _earliest(known, row, women.since(lines, "progressed_at", row), in_bone)
    return np.maximum(known, 0.0)


def _earliest(known: Floats, row: Integers, at: Floats, which: Flags) -> None:
    counted = which & (row >= 0) & np.isfinite(at)
    np.minimum.at(known, row[counted], at[counted])


def count_bone_agents(
    ledger: Ledger, known: Floats, women: Women, uses: Mapping[str, float]
) -> None:
    """Bone agents from the day metastases in bone are known to death, at their intervals."""
    share = uses["denosumab_share"]
    for item, place, part, use in (
        ("bone_agent.denosumab", "administration.injection", share, "denosumab_weeks"),
        ("bone_agent.zoledronic_acid", "administration.infusion_short", 1.0 - share, "zoledronic_acid_weeks"),
    ):  # fmt: skip
        if part <= 0.0:
            continue
        interval = uses[use] / WEEKS_PER_YEAR
        lasts = np.where(np.isfinite(known), women.died - known, 0.0)
        counts = np.ceil(np.maximum(lasts, 0.0) / interval - _NOW).astype(np.int64)
        row, number = spread(np.maximum(counts, 0))
        at = known[row] + number * interval
        ledger.events(item, row, at, part)
        ledger.events(place, row, at, part)
        ledger.events("society.travel", row, at, part * uses["travel_per_visit"])


def count_society(ledger: Ledger, women: Women, uses: Mapping[str, float]) -> None:
    """Paid work lost before the age of retirement, and months with the disease in which relatives care."""
    working = np.minimum(women.died, uses["retirement_age"] - women.age)
    ledger.flow(
        "society.productivity", women.everyone, 0.0, working,
        uses["employed_share"] * MONTHS_PER_YEAR,
    )  # fmt: skip
    ledger.flow("society.informal_care", women.everyone, 0.0, women.died, MONTHS_PER_YEAR)
