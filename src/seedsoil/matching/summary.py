"""A comparison as tables and plain numbers: groups, curves, strata, notes."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.display.words import listed, percent, whole
from seedsoil.matching.compare import FEWEST_AT_RISK, difference, risk_groups
from seedsoil.matching.curve_test import curve_test
from seedsoil.matching.fields import NODE_GROUPS, SIZE_BANDS
from seedsoil.matching.follow_up import follow_up_quartiles
from seedsoil.matching.selection import kept_and_dropped
from seedsoil.matching.standardise import (
    AGE,
    AGE_BANDS,
    CARE,
    ER,
    FEWEST_SIMULATED,
    HER2,
    NODES,
    OR_DEATH,
    SIZE,
    straddling,
)
from seedsoil.vocabulary import UNTREATED

if TYPE_CHECKING:
    import pyarrow as pa

    from seedsoil.matching.care import Care, Cares
    from seedsoil.matching.cohort import Cohort
    from seedsoil.matching.compare import Comparison
    from seedsoil.matching.selection import Kept
    from seedsoil.matching.standardise import Strata
    from seedsoil.results.columns import Flags

FEWEST_FOR_CURVE = 20
"""Registry women needed for a curve of their own."""
ALL = "all women"
LARGEST_ERROR_SHARE = 0.3
"""Of the registry's own chance, sqrt(E); up to here Monte-Carlo error widens an interval by 4 %."""

ENDPOINTS = {
    "any": "the first recurrence, locoregional or distant",
    "distant": "the first distant recurrence",
    "recurrence-or-death": "the first recurrence, locoregional or distant, or death from any cause",
    "death": "death from any cause",
}

CURVE_COLUMNS = {
    "by": ("", "how the women are divided"),
    "group": ("", "the group of women"),
    "time": ("years", "time from diagnosis"),
    "at_risk": ("women", "registry women at risk"),
    "observed": ("share", "Kaplan-Meier estimate of the registry women"),
    "observed_low": ("share", "lower 95 % log-log limit"),
    "observed_high": ("share", "upper 95 % log-log limit"),
    "simulated": ("share", "simulated women standardised to the registry's strata"),
    "simulated_low": ("share", "lower 95 % Monte-Carlo limit"),
    "simulated_high": ("share", "upper 95 % Monte-Carlo limit"),
}


@dataclass(frozen=True)
class GroupOfWomen:
    """Registry women shown together: `by` names the division, `name` the group."""

    by: str
    name: str
    members: Flags


def groups(comparison: Comparison, cares: tuple[Care, ...] = ()) -> list[GroupOfWomen]:
    """All women, then divided by each dimension in which the registry women differ."""
    levels = comparison.registry.levels
    everyone = np.ones(len(levels), dtype=np.bool_)
    found = [GroupOfWomen(ALL, ALL, everyone)]
    for size, band in enumerate(SIZE_BANDS):
        for node, name in enumerate(NODE_GROUPS):
            members = (levels[:, SIZE] == size) & (levels[:, NODES] == node)
            found.append(GroupOfWomen("size and nodes", f"{band}, {name}", members))
    divisions = (
        ("ER", ER, ("ER-", "ER+")),
        ("HER2", HER2, ("HER2-", "HER2+", "HER2 not known")),
        ("age", AGE, tuple(f"age {band}" for band in AGE_BANDS)),
    )
    for by, dimension, names in divisions:
        if len(np.unique(levels[:, dimension])) > 1:
            found.extend(
                GroupOfWomen(by, name, levels[:, dimension] == level)
                for level, name in enumerate(names)
            )
    for by, part in (("adjuvant therapy", "therapy"), ("strategy", "strategy")):
        names = tuple(dict.fromkeys(getattr(care, part) for care in cares))
        if len(names) > 1:
            of = np.array([names.index(getattr(care, part)) for care in cares])[levels[:, CARE]]
            word = by.partition(" ")[0]
            found.extend(
                GroupOfWomen(by, f"{word} {name}", of == level) for level, name in enumerate(names)
            )
    return [group for group in found if group.members.any()]


def curves_table(comparison: Comparison, cares: tuple[Care, ...] = ()) -> pa.Table:
    """Observed and simulated curves by group and month, while enough women are at risk."""
    import pyarrow as pa

    parts: dict[str, list[Any]] = {name: [] for name in CURVE_COLUMNS}
    for group in groups(comparison, cares):
        if group.members.sum() < FEWEST_FOR_CURVE:
            continue
        observed = comparison.observed(group.members)
        simulated = comparison.simulated(group.members)
        end = int((observed.at_risk >= FEWEST_AT_RISK).sum())
        values = {
            "by": np.full(end, group.by),
            "group": np.full(end, group.name),
            "time": comparison.times,
            "at_risk": observed.at_risk,
            "observed": observed.survival,
            "observed_low": observed.low,
            "observed_high": observed.high,
            "simulated": simulated.survival,
            "simulated_low": simulated.low,
            "simulated_high": simulated.high,
        }
        for name, column in values.items():
            parts[name].append(column[:end])
    arrays, schema = [], []
    for name, (unit, description) in CURVE_COLUMNS.items():
        array = pa.array(np.concatenate(parts[name]), from_pandas=True)
        arrays.append(array)
        metadata = {"unit": unit, "description": description}
        schema.append(pa.field(name, array.type, metadata=metadata))
    return pa.Table.from_arrays(arrays, schema=pa.schema(schema))


def strata_table(strata: Strata, comparison: Comparison) -> pa.Table:
    """One row a stratum: women, weight, observed and expected events, and what was merged."""
    import pyarrow as pa

    count = len(strata.strata)
    registry = comparison.registry

    def sums(values: Any) -> Any:
        return np.bincount(comparison.stratum, weights=values, minlength=count)

    return pa.table(
        {
            "stratum": [s.label for s in strata.strata],
            "registry_women": [s.registry for s in strata.strata],
            "simulated_women": [s.simulated for s in strata.strata],
            "weight": [s.weight for s in strata.strata],
            "person_years": sums(registry.time),
            "observed_events": sums(registry.event.astype(float)).astype(np.int64),
            "expected_events": sums(comparison.expected),
            "merged_because_sparse": [
                "; ".join(label for label, _, _ in s.sparse) for s in strata.strata
            ],
        }
    )


def summarise(
    cohort: Cohort,
    comparison: Comparison,
    strata: Strata,
    simulation: dict[str, Any],
    cares: Cares,
) -> dict[str, Any]:
    """Everything the comparison found, as plain numbers, texts and lists."""
    registry = comparison.registry
    everyone = np.ones(len(registry), dtype=np.bool_)
    gap = difference(comparison, comparison.observed(everyone), comparison.simulated(everyone))
    fifths, statistic, p = risk_groups(comparison)
    sparse = _strata_summary(strata)
    overall = comparison.ratio(everyone)
    test = curve_test(comparison)
    selected = kept_and_dropped(cohort)
    lower, median, upper = follow_up_quartiles(registry.time, registry.event)
    notes = _selection_notes(selected) + _notes(cohort, sparse, cares)
    if overall.expected_se > LARGEST_ERROR_SHARE * math.sqrt(overall.expected):
        notes.append(
            f"Warning: the expected number of events has a Monte-Carlo error of "
            f"{overall.expected_se:.1f}, which widens the intervals; simulate more women."
        )
    summary = {
        "file": Path(cohort.path).name,
        "endpoint": cohort.endpoint,
        "women": len(registry),
        "events": int(registry.event.sum()),
        "follow_up_years": {"lower_quartile": lower, "median": median, "upper_quartile": upper},
        "longest_time_years": float(registry.time.max()),
        "columns": cohort.columns,
        "columns_not_used": list(cohort.ignored),
        "time_unit": cohort.time_unit,
        "rejected": len(cohort.rejected),
        "rejected_rows": [asdict(row) for row in cohort.rejected],
        "kept_and_dropped": [{**asdict(one), "differs": one.differs} for one in selected],
        "simulated": {**simulation, **_care_summary(cares)},
        "strata": sparse,
        "calibration": {
            "overall": asdict(overall),
            "groups": [
                {"by": group.by, "group": group.name, **asdict(comparison.ratio(group.members))}
                for group in groups(comparison, cares.cares)[1:]
            ],
        },
        "curve_test": {**asdict(test), "differ": test.differ},
        "differences": None if gap is None else asdict(gap),
        "risk_groups": {
            "horizon_years": comparison.risk_horizon(),
            "statistic": statistic,
            "degrees_of_freedom": len(fifths),
            "p": p,
            "groups": [
                {
                    "group": index + 1,
                    "predicted_risk": fifth.predicted_risk,
                    "observed_risk": fifth.observed_risk,
                    "observed_risk_low": fifth.observed_risk_low,
                    "observed_risk_high": fifth.observed_risk_high,
                    **asdict(fifth.ratio),
                }
                for index, fifth in enumerate(fifths)
            ],
        },
        "notes": notes,
    }
    plain = _plain(summary)
    assert isinstance(plain, dict)
    return plain


def _strata_summary(strata: Strata) -> dict[str, Any]:
    merged: list[dict[str, Any]] = []
    thin: list[dict[str, Any]] = []
    unmatched: list[dict[str, Any]] = []
    for stratum in strata.strata:
        if stratum.simulated == 0:
            unmatched.append({"stratum": stratum.label, "registry_women": stratum.registry})
            continue
        if stratum.simulated < FEWEST_SIMULATED:
            thin.append(
                {
                    "stratum": stratum.label,
                    "registry_women": stratum.registry,
                    "simulated_women": stratum.simulated,
                }
            )
        merged.extend(
            {
                "stratum": label,
                "registry_women": women,
                "simulated_women": simulated,
                "merged_into": stratum.label,
            }
            for label, women, simulated in stratum.sparse
            if label != stratum.label
        )
    return {
        "count": len(strata.strata),
        "fewest_simulated": FEWEST_SIMULATED,
        "merged": merged,
        "thin": thin,
        "unmatched": unmatched,
    }


def _care_summary(cares: Cares) -> dict[str, Any]:
    """Under which policies women were simulated, and for how many registry women each."""
    women = np.bincount(cares.of, minlength=len(cares.cares))
    return {
        "policies": [
            {
                "therapy": care.therapy,
                "adjuvant": care.adjuvant,
                "strategy": None if care.strategy == UNTREATED else care.strategy,
                "registry_women": int(count),
            }
            for care, count in zip(cares.cares, women, strict=True)
        ],
        "treatment_known": cares.known,
        "treatment_partly_known": cares.partly,
        "treatment_unknown": cares.unknown,
        "eras": list(cares.eras),
        "strategies": list(cares.strategy_names),
        "year_of_diagnosis": cares.by_year,
    }


def _selection_notes(selected: list[Kept]) -> list[str]:
    """Where the rows set apart are other women than those kept: the first thing to know."""
    differing = [one for one in selected if one.differs]
    if not differing:
        return []
    parts = [
        f"{one.name} {_amount(one, one.kept)} among the kept and {_amount(one, one.dropped)} among the "
        "rows set apart"
        for one in differing
    ]
    return [
        f"Warning: the rows set apart differ from those kept by more than chance ({'; '.join(parts)}): "
        "the comparison is not one of all women of the file."
    ]


def _amount(one: Kept, value: float) -> str:
    return percent(value) if one.unit == "share" else f"{value:.1f} {one.unit}"


def _notes(cohort: Cohort, strata: dict[str, Any], cares: Cares) -> list[str]:
    notes = list(cohort.notes)
    if cohort.ignored:
        notes.append(f"Columns not used: {', '.join(cohort.ignored)}.")
    if cohort.rejected:
        notes.append(f"{_women(len(cohort.rejected), 'row', 'rows')} set apart.")
    event = cohort.columns.get("event", "dates")
    notes.append(f"The event is {ENDPOINTS[cohort.endpoint]}; the file tells it as {event}.")
    if cohort.endpoint == "death" or cohort.endpoint in OR_DEATH:
        notes.append("Deaths from other causes follow the model's life table.")
    else:
        notes.append(
            "Women who die without the event are censored at death, registry and simulated alike: "
            "the curves are net of other causes of death."
        )
    her2 = (
        ", of both HER2 states as the model mixes them."
        if cohort.her2 is None
        else "; of women whose HER2 is not known, both states as the model mixes them."
        if not cohort.her2_known.all()
        else "."
    )
    notes.append(
        "Simulated women had no metastasis found at diagnosis, as is usual in registries of "
        "operated women; ER+ women are compared with simulated HR+ women, ER- women with HR- women"
        + her2
    )
    if over := straddling(cohort):
        counts = listed([f"{name}: {_women(count)}" for name, count in over.items()])
        notes.append(
            "Warning: some bands of the file reach over two of the comparison's and are counted by their "
            f"middle, of nodes by the lowest number ({counts})."
        )
    notes.extend(_treatment_notes(cohort, cares))
    if strata["merged"]:
        count = sum(entry["registry_women"] for entry in strata["merged"])
        notes.append(
            f"{len(strata['merged'])} strata with {_women(count)} met fewer than "
            f"{strata['fewest_simulated']} simulated women each and were merged with neighbours."
        )
    if strata["thin"]:
        count = sum(entry["registry_women"] for entry in strata["thin"])
        notes.append(
            f"Warning: {len(strata['thin'])} strata with {_women(count)} have fewer than "
            f"{strata['fewest_simulated']} simulated women even when merged; simulate more women."
        )
    if strata["unmatched"]:
        count = sum(entry["registry_women"] for entry in strata["unmatched"])
        notes.append(
            f"Warning: {_women(count)} in {len(strata['unmatched'])} strata have no simulated "
            "counterpart and are left out of the comparison; simulate more women."
        )
    return notes


def _treatment_notes(cohort: Cohort, cares: Cares) -> list[str]:
    columns = [cohort.columns[r] for r in ("endocrine", "chemo") if r in cohort.columns]
    notes = []
    if cares.adjuvant_stated:
        unused = f" (the file's {listed(columns)} not followed)" if columns else ""
        notes.append(f"All simulated women follow the adjuvant policy '{cares.eras[0]}'{unused}.")
    else:
        women = np.bincount(cares.of, minlength=len(cares.cares))
        kinds = [
            f"{whole(count)} {'by' if care.therapy == 'not known' else care.therapy + ','} policy "
            f"{care.adjuvant}"
            for care, count in _by_adjuvant(cares, women)
        ]
        notes.append(
            "Women are compared with simulated women who had the same adjuvant therapy"
            + (f" by {listed(columns)}" if columns else "")
            + f"; where it is not known it is given as the policy gives it: {listed(kinds)}."
        )
    if cares.guessed:
        notes.append(
            "Warning: nothing says when these women were diagnosed; that they were treated by "
            f"{listed(list(cares.guessed))}, the default, is a guess. State the year with era, or the "
            "policies."
        )
    if cares.strategy_stated and not cares.strategy_names:
        notes.append(
            "The strategy does not bear on this endpoint: metastases are treated after they are found."
        )
    if len(cares.strategy_names) > 1 or (cares.by_year and cares.strategy_names):
        notes.append(
            "Metastases are treated by the strategy of the year of diagnosis, also where they are "
            "found years later."
        )
    if cares.disregarded:
        notes.append(
            f"{_women(cares.disregarded, 'ER- woman', 'ER- women')} had endocrine therapy, which does "
            "nothing in the model's HR- women: they are compared with women who had the rest of "
            "their therapy."
        )
    return notes


def _by_adjuvant(cares: Cares, women: Any) -> list[tuple[Care, int]]:
    """One care for each therapy and policy, with the women of all strategies."""
    found: dict[tuple[str, str], tuple[Care, int]] = {}
    for care, count in zip(cares.cares, women, strict=True):
        key = (care.therapy, care.adjuvant)
        found[key] = (care, int(count) + (found[key][1] if key in found else 0))
    return list(found.values())


def _women(count: int, one: str = "woman", many: str = "women") -> str:
    return f"{whole(count)} {one if count == 1 else many}"


def _plain(value: Any) -> Any:
    """The value with NumPy numbers as Python's and what is not finite as None."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
