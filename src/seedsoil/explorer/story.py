"""How it spreads, in numbers: what the texts of `web/strings` name in braces, from one run and the catalog.

Shares of women have Wilson's interval, medians that of order statistics, shares of colonies that of a ratio
between women, who are independent where their colonies are not. What the catalog holds has no interval here.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.explorer.cells import told
from seedsoil.results.columns import codes, integers, numbers, rows_of, women_found_in_life
from seedsoil.results.intervals import wilson
from seedsoil.units import Z95
from seedsoil.vocabulary import ORGANS, OUTCOMES, PLACES, SUBTYPE_KEYS

if TYPE_CHECKING:
    from seedsoil.catalog import Catalog
    from seedsoil.results.columns import Flags, Floats
    from seedsoil.run.run import Run

Data = dict[str, Any]
DIGITS = 4
"""Significant digits of what is told."""
OF_WOMEN, OF_COLONIES, OF_CELLS = "of 100 women", "of 100 colonies", "of 100 cells"


def story(run: Run, catalog: Catalog) -> tuple[dict[str, Data], dict[str, Data]]:
    """The numbers of the story by the names that its texts have, and those of each organ.

    `run`: women of every kind, treated, with their lesions. See `contract.Named`, `contract.OrganNumbers`.
    """
    organs = _organs(run)
    numbers_of_organs = {
        f"{name.removesuffix('_of_100')}_{organ}": found[name]
        for organ, found in organs.items()
        for name in ("arrest_of_100", "lesions_of_100", "first_of_100", "found_of_100")
    }
    told_numbers = {
        **_catalog_numbers(catalog),
        **_primary(run),
        **_spread(run),
        **numbers_of_organs,
        **_endings(run),
    }
    by_organ = {
        organ: {name: one["value"] for name, one in found.items()}
        for organ, found in organs.items()
    }
    return told_numbers, by_organ


def _named(
    value: float, low: float | None, high: float | None, unit: str, source: str | None = None
) -> Data:
    def rounded(one: float | None) -> float | None:
        return None if one is None else told(float(one), DIGITS)

    return {
        "value": rounded(value), "low": rounded(low), "high": rounded(high), "unit": unit, "source": source,
    }  # fmt: skip


def _catalog_numbers(catalog: Catalog) -> dict[str, Data]:
    """What the model takes from its catalog as it is."""
    cells = catalog.value("growth.cells_per_cm3")
    cluster = math.exp(catalog.value("spread.log_cluster_size"))
    found = {
        "cells_in_1_cm3": _named(cells, None, None, "cells", "growth.cells_per_cm3"),
        "mean_lesions_of_one_founding": _named(
            cluster, None, None, "tumours", "spread.log_cluster_size"
        ),
    }
    for key in SUBTYPE_KEYS:
        share = 100.0 * catalog.value("dormancy.share", key)
        years = math.exp(catalog.value("dormancy.log_mean", key))
        found[f"asleep_share_of_100_{key}"] = _named(
            share, None, None, OF_COLONIES, "dormancy.share"
        )
        found[f"mean_sleep_years_{key}"] = _named(years, None, None, "years", "dormancy.log_mean")
    return found


def _primary(run: Run) -> dict[str, Data]:
    """The primary when it is found, and what has left it by then."""
    patients = run.patients
    operated = _operated(run)
    nodes = integers(patients, "positive_nodes") > 0
    early = integers(patients, "colonies_at_diagnosis") > 0
    return {
        "median_tumour_age_years": _median(numbers(patients, "tumour_age"), "years"),
        "median_doubling_time_days": _median(numbers(patients, "doubling_time_days"), "days"),
        "median_size_found_mm": _median(numbers(patients, "diameter_mm"), "mm"),
        "spread_before_operation_of_100": _share(early),
        "nodes_positive_of_100": _share(nodes[operated]),
    }


def _operated(run: Run) -> Flags:
    """Women without metastatic disease at diagnosis."""
    kind, names = codes(run.patients, "presentation", ("none", "de novo", "recurrent"))
    return np.asarray(kind != names.index("de novo"))


def _spread(run: Run) -> dict[str, Data]:
    """Roads, and colonies that come from colonies, among those outside breast and axilla."""
    lesions = run.lesions
    place, places = codes(lesions, "organ", PLACES)
    away = np.isin(place, [places.index(organ) for organ in ORGANS])
    row = rows_of(run.patients, integers(lesions, "patient"))
    route, routes = codes(lesions, "route", ("blood", "lymph"))
    # the place of a lesion's parent: lesions are numbered within each woman
    number, parent = integers(lesions, "lesion"), integers(lesions, "parent")
    widest = int(max(number.max(initial=0), parent.max(initial=0))) + 1
    name = row * widest + number
    order = np.argsort(name, kind="stable")
    at = np.minimum(np.searchsorted(name[order], row * widest + parent), max(name.size - 1, 0))
    found = name[order][at] == row * widest + parent
    of_metastasis = (parent > 0) & found & away[order][at]
    seen = away & ~np.isnan(numbers(lesions, "visible_at"))
    women = run.patients.num_rows
    return {
        "share_lymph_of_100": _ratio(row, away & (route == routes.index("lymph")), away, women),
        "founded_by_metastases_of_100": _ratio(row, seen & of_metastasis, seen, women),
    }


def _organs(run: Run) -> dict[str, dict[str, Data]]:
    """By organ: cells by flow alone, colonies begun, organ of the first symptom, where it is found."""
    found = run.organs()
    soil = {one["organ"]: one for one in found.soil().to_pylist()}
    seen = {
        one["organ"]: one for one in found.involvement().to_pylist() if one["division"] == "all"
    }
    first = {organ: int(found.times[organ].size) for organ in ORGANS}
    revealed = sum(first.values())
    told_organs = {}
    for organ in ORGANS:
        of = soil[organ]
        half = 100.0 * Z95 * of["standard_error"]
        share = 100.0 * of["share"]
        ratio = of["ratio"] if of["flow_share"] > 0 else None
        told_organs[organ] = {
            "arrest_of_100": _named(
                100.0 * of["flow_share"], None, None, OF_CELLS, "circulation.arrest"
            ),
            "lesions_of_100": _named(share, max(share - half, 0.0), share + half, OF_COLONIES),
            "first_of_100": _count(first[organ], revealed),
            "found_of_100": _count(seen[organ]["involved"], seen[organ]["women"]),
            "soil": {"value": None if ratio is None else told(ratio, DIGITS)},
        }
    return told_organs


def _endings(run: Run) -> dict[str, Data]:
    """How spread is found, whom treatment after the operation rids of it, and how lives end."""
    patients = run.patients
    found_by, ways = codes(patients, "found_by", ("symptoms",))
    in_life = women_found_in_life(patients)
    outcome, outcomes = codes(patients, "outcome", OUTCOMES)
    adjuvant, given = codes(patients, "adjuvant", ("none",))
    had = (
        _operated(run)
        & (integers(patients, "colonies_at_diagnosis") > 0)
        & (adjuvant != given.index("none"))
    )
    rid = (outcome == outcomes.index("eradicated")) & np.isnan(numbers(patients, "metastatic_at"))
    return {
        "found_by_symptoms_of_100": _share((found_by == ways.index("symptoms"))[in_life]),
        "women_with_metastases_found_of_100": _share(in_life),
        "cured_after_operation_of_100": _share(rid[had]),
        **{
            f"outcome_{name.replace(' ', '_')}_of_100": _share(outcome == code)
            for code, name in enumerate(OUTCOMES)
        },
    }


def _share(flags: Flags) -> Data:
    return _count(int(np.count_nonzero(flags)), flags.size)


def _count(count: int, women: int) -> Data:
    """`count` of `women` as a share of a hundred."""
    if not women:
        return _named(math.nan, None, None, OF_WOMEN)
    low, high = (100.0 * float(limit) for limit in wilson(count, women))
    return _named(100.0 * count / women, low, high, OF_WOMEN)


def _median(values: Floats, unit: str) -> Data:
    """The middle of `values` between the order statistics n/2 ± z √n/2."""
    ordered = np.sort(values)
    n = ordered.size
    half = 0.5 * Z95 * math.sqrt(n)
    low, high = max(math.floor(0.5 * n - half), 1), min(math.ceil(0.5 * n + half) + 1, n)
    return _named(float(np.median(ordered)), ordered[low - 1], ordered[high - 1], unit)


def _ratio(row: Any, counted: Flags, among: Flags, women: int) -> Data:
    """Of the lesions `among` those `counted`; r ± z √Σ(y - r x)² / Σx over women (`row`: whose each is)."""
    y = np.bincount(row[counted], minlength=women)
    x = np.bincount(row[among], minlength=women)
    total = int(x.sum())
    if not total:
        return _named(math.nan, None, None, OF_COLONIES)
    ratio = float(y.sum()) / total
    half = Z95 * math.sqrt(float(((y - ratio * x) ** 2).sum())) / total
    low, high = max(ratio - half, 0.0), min(ratio + half, 1.0)
    return _named(100.0 * ratio, 100.0 * low, 100.0 * high, OF_COLONIES)
