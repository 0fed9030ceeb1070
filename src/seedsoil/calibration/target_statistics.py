"""What the targets are compared with: the same statistic, taken from simulated women.

Each function returns `{cell: (value, Monte-Carlo standard error)}` for one group of targets; the names
are those of the catalog's target files, where population and source are given.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedsoil.model.elementary import log_each
from seedsoil.model.natural_history.presentation import FOUND_DEATH, FOUND_SYMPTOMS
from seedsoil.model.natural_history.writing import (
    PRESENTATION_DE_NOVO,
    PRESENTATION_NONE,
    PRESENTATION_RECURRENT,
)
from seedsoil.units import DAYS_PER_YEAR
from seedsoil.vocabulary import (
    BONE,
    BRAIN,
    HER2_POSITIVE,
    HR_NEG_HER2_POS,
    HR_POS_HER2_NEG,
    HR_POS_HER2_POS,
    HR_POSITIVE,
    LIVER,
    LUNG,
    METASTATIC_ORGANS,
    SITES,
    STAGES,
    SUBTYPE_KEYS,
    SYMPTOMS,
    TNBC,
)

Rows = NDArray[Any]
Cells = dict[str, tuple[float, float]]
Scenarios = Mapping[str, Rows]

NODE_GROUPS = {"n0": (0, 0), "n1_3": (1, 3), "n4_9": (4, 9), "n10": (10, 999)}
SIZE_GROUPS = {"le20": (0.0, 20.0), "20_50": (20.0, 50.0), "gt50": (50.0, math.inf)}
REPORTED_ORGANS = (BONE, LUNG, LIVER, BRAIN)
"""The organs that the series report one by one."""
_PAIN = SYMPTOMS[BONE].index("pain")


# ---------------------------------------------------------------- shares, curves, rates


def share(hits: NDArray[Any]) -> tuple[float, float]:
    """Share of true values and its binomial standard error (of 1/n at least, so never zero)."""
    n = max(hits.size, 1)
    value = float(np.count_nonzero(hits)) / n
    return value, max(math.sqrt(value * (1.0 - value) / n), 1.0 / n)


def net_incidence(event: NDArray[Any], death: NDArray[Any], at: list[float]) -> Cells:
    """1 - Kaplan-Meier of the event at given years, deaths without it censored; keys are the years."""
    from scipy.stats import CensoredData, ecdf

    if event.size < 2:
        return {f"{t:g}y": (math.nan, math.inf) for t in at}
    happened = event <= death  # NaN compares false: no event
    time = np.where(happened, event, death)
    curve = ecdf(CensoredData.right_censored(np.maximum(time, 1e-9), ~happened)).sf
    free = np.atleast_1d(curve.evaluate(np.asarray(at)))
    result: Cells = {}
    for t, s in zip(at, free, strict=True):
        followed = max(int(np.count_nonzero(time > t)) + int(np.count_nonzero(happened)), 1)
        se = max(math.sqrt(max(s * (1.0 - s), 0.0) / followed), 1.0 / followed)
        result[f"{t:g}y"] = (1.0 - float(s), se)
    return result


def rate(event: NDArray[Any], death: NDArray[Any], begin: float, end: float) -> tuple[float, float]:
    """Events per year at risk in [begin, end), deaths censored; Poisson standard error."""
    happened = event <= death
    time = np.where(happened, event, death)
    years = float(np.sum(np.clip(time, begin, end) - begin))
    events = int(np.count_nonzero(happened & (time >= begin) & (time < end)))
    return events / max(years, 1e-9), math.sqrt(max(events, 1)) / max(years, 1e-9)


def quantile(values: NDArray[Any], q: float) -> tuple[float, float]:
    """A quantile, with its standard error from the quantiles one binomial error away."""
    if values.size < 10:
        return math.nan, math.inf
    half = math.sqrt(q * (1.0 - q) / values.size)
    low, mid, high = np.quantile(values, [max(q - half, 0.0), q, min(q + half, 1.0)])
    return float(mid), max(float(high - low) / 2.0, 1e-9)


def any_relapse(rows: Rows) -> NDArray[Any]:
    """First of locoregional and distant recurrence; NaN if neither."""
    first: NDArray[Any] = np.fmin(rows["locoregional_at"], rows["metastatic_at"])
    return first


def operated(rows: Rows) -> Rows:
    """Women without metastasis at diagnosis."""
    chosen: Rows = rows[rows["presentation"] != PRESENTATION_DE_NOVO]
    return chosen


def hr_positive(rows: Rows) -> NDArray[Any]:
    """Hormone-receptor-positive women, as a mask."""
    mask: NDArray[Any] = np.asarray(HR_POSITIVE)[rows["subtype"]]
    return mask


def her2_positive(rows: Rows) -> NDArray[Any]:
    """HER2-positive women, as a mask."""
    mask: NDArray[Any] = np.asarray(HER2_POSITIVE)[rows["subtype"]]
    return mask


def _has_nodes(rows: Rows, group: str) -> NDArray[Any]:
    low, high = NODE_GROUPS[group]
    return (rows["positive_nodes"] >= low) & (rows["positive_nodes"] <= high)


def _has_size(rows: Rows, group: str) -> NDArray[Any]:
    low, high = SIZE_GROUPS[group]
    return (rows["diameter_mm"] > low) & (rows["diameter_mm"] <= high)


# ---------------------------------------------------------------- growth and detection


def y_of_diameter(parameters: Any, mm: float) -> float:
    """Gompertz's y of a primary of this diameter."""
    return float(parameters.log_capacity - parameters.log_cells_1mm - 3.0 * math.log(mm))


def growth_10_20(rows: Rows, parameters: Any) -> Cells:
    """Years from 10 to 20 mm diameter, over all tumours."""
    factor = math.log(y_of_diameter(parameters, 10.0) / y_of_diameter(parameters, 20.0))
    years = factor / rows["growth_rate"]
    mean = (float(years.mean()), float(years.std() / math.sqrt(years.size)))
    return {"mean": mean, "p05": quantile(years, 0.05), "p95": quantile(years, 0.95)}


def doubling_time(rows: Rows, parameters: Any, mm: float = 17.5) -> Cells:
    """Geometric mean volume doubling time in days at 15-20 mm, by receptor."""
    days = log_each(
        DAYS_PER_YEAR * math.log(2.0) / (rows["growth_rate"] * y_of_diameter(parameters, mm))
    )
    masks = {
        "hr_pos": hr_positive(rows) & ~her2_positive(rows),
        "her2_pos": her2_positive(rows),
        "tnbc": rows["subtype"] == TNBC,
    }
    cells: Cells = {}
    for name, mask in masks.items():
        centre = math.exp(float(days[mask].mean()))
        cells[name] = (centre, centre * float(days[mask].std()) / math.sqrt(mask.sum()))
    return cells


def size_symptomatic(rows: Rows) -> Cells:
    """Diameter in mm of tumours found by their own symptoms."""
    size = rows["diameter_mm"][rows["detected_by"] == 0]
    return {
        "p05": quantile(size, 0.05),
        "p50": quantile(size, 0.5),
        "p95": quantile(size, 0.95),
        "share_small_unscreened": share(rows["diameter_mm"] < 20.0),
    }


def node_positivity(rows: Rows) -> Cells:
    """Share of operated women with a positive node, by diameter in mm."""
    rows = operated(rows)
    edges = {
        "lt10": (0, 10),
        "10_20": (10, 20),
        "20_30": (20, 30),
        "30_40": (30, 40),
        "40_50": (40, 50),
        "ge50": (50, math.inf),
    }
    size, positive = rows["diameter_mm"], rows["positive_nodes"] > 0
    return {
        name: share(positive[(size >= low) & (size < high)]) for name, (low, high) in edges.items()
    }


def critical_diameter(rows: Rows) -> Cells:
    """Share of untreated women with a 35 mm (32-38) tumour whose metastases show within 25 years."""
    near = (rows["diameter_mm"] >= 32.0) & (rows["diameter_mm"] <= 38.0)
    seen = net_incidence(rows["metastatic_at"][near], rows["died_at"][near], [25.0])
    return {"share_at_35mm": seen["25y"]}


# ---------------------------------------------------------------- recurrence


def relapse_n0(rows: Rows) -> Cells:
    """Any relapse of untreated node-negative women by ER."""
    rows = operated(rows)
    rows = rows[rows["positive_nodes"] == 0]
    cells: Cells = {}
    for name, mask in (("er_pos", hr_positive(rows)), ("er_neg", ~hr_positive(rows))):
        curve = net_incidence(
            any_relapse(rows)[mask], rows["died_at"][mask], [2.0, 5.0, 10.0, 15.0]
        )
        cells.update({f"{name}_{year}": value for year, value in curve.items()})
    return cells


def relapse_size_nodes(rows: Rows) -> Cells:
    """Any relapse by size and nodes, under the adjuvant therapy of the series."""
    rows = operated(rows)
    event, death = any_relapse(rows), rows["died_at"]
    cells: Cells = {}
    for size in SIZE_GROUPS:
        for nodes in NODE_GROUPS:
            mask = _has_size(rows, size) & _has_nodes(rows, nodes)
            curve = net_incidence(event[mask], death[mask], [2.0, 5.0, 10.0])
            cells.update({f"{size}_{nodes}_{year}": value for year, value in curve.items()})
    return cells


def recurrence_hazard(rows: Rows) -> Cells:
    """Annual hazard of any recurrence over 25 years, by ER, and late by nodes in ER-positive women."""
    rows = operated(rows)
    event, death, er = any_relapse(rows), rows["died_at"], hr_positive(rows)
    cells: Cells = {}
    for begin in (0, 5, 10, 15, 20):
        span = f"{begin}_{begin + 5}"
        for name, mask in (("er_pos", er), ("er_neg", ~er)):
            cells[f"{name}_{span}"] = rate(event[mask], death[mask], begin, begin + 5)
        if begin >= 10:
            for nodes in ("n0", "n1_3"):
                mask = er & _has_nodes(rows, nodes)
                cells[f"er_pos_{nodes}_{span}"] = rate(event[mask], death[mask], begin, begin + 5)
    return cells


def late_distant(rows: Rows) -> Cells:
    """Distant recurrence in years 5-20 after five years of endocrine therapy, free of it at 5."""
    rows = operated(rows)
    rows = rows[hr_positive(rows) & ~her2_positive(rows)]
    cells: Cells = {}
    for size, group in (("t1", "le20"), ("t2", "20_50")):
        for nodes in ("n0", "n1_3", "n4_9"):
            mask = _has_size(rows, group) & _has_nodes(rows, nodes)
            curve = net_incidence(rows["metastatic_at"][mask], rows["died_at"][mask], [5.0, 20.0])
            early, late = curve["5y"], curve["20y"]
            left = max(1.0 - early[0], 1e-9)
            cells[f"{size}{nodes}"] = ((late[0] - early[0]) / left, late[1] / left)
    return cells


def overview_of(rows: Rows, suffix: str) -> Cells:
    """Distant recurrence within 10 years, net of other death, by ER and nodes.

    Of the women whom the overview counts: younger than 75, up to 50 mm, fewer than ten positive nodes.
    """
    rows = operated(rows)
    rows = rows[(rows["diameter_mm"] <= 50.0) & (rows["age"] < 75.0)]
    cells: Cells = {}
    for er, chosen in (("er_pos", hr_positive(rows)), ("er_neg", ~hr_positive(rows))):
        for nodes in ("n0", "n1_3", "n4_9"):
            mask = chosen & _has_nodes(rows, nodes)
            curve = net_incidence(rows["metastatic_at"][mask], rows["died_at"][mask], [10.0])
            cells[f"{er}_{nodes}{suffix}"] = curve["10y"]
    return cells


def overview_distant(nineties: Rows, since_2000: Rows) -> Cells:
    """Distant recurrence within 10 years of women in adjuvant trials, by decade of entry, ER and nodes."""
    return {**overview_of(nineties, ""), **overview_of(since_2000, "_2000s")}


def locoregional_first(rows: Rows) -> Cells:
    """Share of first recurrences within 10 years that are locoregional."""
    rows = operated(rows)
    first = any_relapse(rows)
    seen = (first <= 10.0) & (first <= rows["died_at"])
    local = rows["locoregional_at"][seen] <= np.nan_to_num(rows["metastatic_at"][seen], nan=np.inf)
    return {"share": share(local)}


def _ratio(
    treated: Rows, control: Rows, begin: float, end: float, *, mortality: bool = False
) -> tuple[float, float]:
    """ln of the ratio of event rates, treated to control, and a (conservative, unpaired) error."""

    def events(rows: Rows) -> tuple[float, float]:
        event = np.where(rows["of_cancer"], rows["died_at"], np.nan)
        return rate(event if mortality else any_relapse(rows), rows["died_at"], begin, end)

    (a, sa), (b, sb) = events(treated), events(control)
    if a <= 0.0 or b <= 0.0:
        return math.nan, math.inf
    # the same women with the same draws: what differs between the arms is a small part of their errors
    return math.log(a / b), 0.5 * math.hypot(sa / a, sb / b)


def adjuvant_ratio(treated: Rows, chemo: Rows, untreated: Rows, newer: Rows) -> Cells:
    """ln rate ratios of the EBCTCG overviews, of recurrence but where mortality is named."""
    hr_treated = operated(treated)
    hr_control = operated(untreated)
    hr_treated = hr_treated[hr_treated["subtype"] == HR_POS_HER2_NEG]
    hr_control = hr_control[hr_control["subtype"] == HR_POS_HER2_NEG]
    her2_treated, her2_control = operated(treated), operated(chemo)
    her2_treated = her2_treated[her2_positive(her2_treated)]
    her2_control = her2_control[her2_positive(her2_control)]
    all_chemo, all_none = operated(chemo), operated(untreated)
    newer = operated(newer)
    luminal = newer["subtype"] == HR_POS_HER2_NEG
    inhibitor = newer[luminal & newer["postmenopausal"]]
    tamoxifen = hr_treated[hr_treated["postmenopausal"]]
    cmf = all_chemo[all_chemo["subtype"] != HR_POS_HER2_NEG]
    return {
        "inhibitor_0_1": _ratio(inhibitor, tamoxifen, 0, 2),
        "inhibitor_2_4": _ratio(inhibitor, tamoxifen, 2, 5),
        "chemo_mortality_taxane": _ratio(newer[~luminal], cmf, 0, 10, mortality=True),
        "endocrine_0_4": _ratio(hr_treated, hr_control, 0, 5),
        "endocrine_5_9": _ratio(hr_treated, hr_control, 5, 10),
        "endocrine_10_14": _ratio(hr_treated, hr_control, 10, 15),
        "chemo_mortality_cmf": _ratio(all_chemo, all_none, 0, 10, mortality=True),
        "chemo_recurrence_cmf": _ratio(all_chemo, all_none, 0, 10),
        "trastuzumab_recurrence": _ratio(her2_treated, her2_control, 0, 10),
        "trastuzumab_0_1": _ratio(her2_treated, her2_control, 0, 2),
        "trastuzumab_2_4": _ratio(her2_treated, her2_control, 2, 5),
        "trastuzumab_5_9": _ratio(her2_treated, her2_control, 5, 10),
    }


# ---------------------------------------------------------------- metastatic disease


def stage_screened(rows: Rows) -> Cells:
    """Stage at diagnosis, and the share of small tumours, in a screened population."""
    return {
        **{name: share(rows["stage"] == code) for code, name in enumerate(STAGES)},
        "share_small_screened": share(rows["diameter_mm"] < 20.0),
    }


def de_novo_odds(rows: Rows) -> Cells:
    """ln odds ratios of metastasis at diagnosis against HR+/HER2-."""
    cells: Cells = {}
    metastatic = rows["presentation"] == PRESENTATION_DE_NOVO

    def log_odds(subtype: int) -> tuple[float, float]:
        mask = rows["subtype"] == subtype
        yes = max(int(np.count_nonzero(metastatic & mask)), 1)
        no = max(int(np.count_nonzero(~metastatic & mask)), 1)
        return math.log(yes / no), math.sqrt(1.0 / yes + 1.0 / no)

    reference, reference_se = log_odds(HR_POS_HER2_NEG)
    for subtype in (HR_POS_HER2_POS, HR_NEG_HER2_POS, TNBC):
        value, se = log_odds(subtype)
        cells[SUBTYPE_KEYS[subtype]] = (value - reference, math.hypot(se, reference_se))
    return cells


def involved(rows: Rows, organ: int) -> NDArray[Any]:
    """Whether the organ is involved on the day metastatic disease is found, as a mask."""
    mask: NDArray[Any] = (rows["involved"] >> organ) & 1 == 1
    return mask


def organs_involved(rows: Rows, organs: Iterable[int] = range(METASTATIC_ORGANS)) -> NDArray[Any]:
    """How many of `organs` are involved, by woman."""
    count: NDArray[Any] = np.sum([involved(rows, organ) for organ in organs], axis=0)
    return count


def de_novo_organs(rows: Rows) -> Cells:
    """Organs involved at diagnosis: share of all women; pattern among the metastatic.

    The registry knows four organs. "Only" and "multiple" count these, whatever else is involved, and
    `other_only` is metastatic disease in none of them.
    """
    metastatic = rows["presentation"] == PRESENTATION_DE_NOVO
    cells: Cells = {
        SITES[organ]: share(metastatic & involved(rows, organ)) for organ in REPORTED_ORGANS
    }
    de_novo = rows[metastatic]
    count = organs_involved(de_novo, REPORTED_ORGANS)
    for organ in REPORTED_ORGANS:
        cells[f"{SITES[organ]}_only"] = share(involved(de_novo, organ) & (count == 1))
    cells["multiple"] = share(count > 1)
    cells["other_only"] = share(count == 0)
    return cells


def de_novo_sites(rows: Rows) -> Cells:
    """Shares of the four-organ involvements at diagnosis, by subtype."""
    rows = rows[rows["presentation"] == PRESENTATION_DE_NOVO]
    cells: Cells = {}
    for subtype, name in enumerate(SUBTYPE_KEYS):
        mask = rows["subtype"] == subtype
        counts = [int(np.count_nonzero(involved(rows[mask], organ))) for organ in REPORTED_ORGANS]
        total = max(sum(counts), 1)
        for organ in REPORTED_ORGANS:
            p = counts[organ] / total
            cells[f"{SITES[organ]}_{name}"] = (
                p,
                max(math.sqrt(p * (1.0 - p) / total), 1.0 / total),
            )
    return cells


def found_in_life(rows: Rows) -> Rows:
    """Women whose metastatic disease was found in life."""
    chosen: Rows = rows[
        (rows["presentation"] != PRESENTATION_NONE) & (rows["found_by"] != FOUND_DEATH)
    ]
    return chosen


def recurrent_in_life(rows: Rows) -> Rows:
    """Women with a distant recurrence found in life."""
    chosen: Rows = rows[
        (rows["presentation"] == PRESENTATION_RECURRENT) & (rows["found_by"] != FOUND_DEATH)
    ]
    return chosen


def relapse_organs(rows: Rows) -> Cells:
    """Organs involved when distant recurrence is found, by subtype."""
    rows = recurrent_in_life(rows)
    return {
        f"{SITES[organ]}_{name}": share(involved(rows, organ)[rows["subtype"] == subtype])
        for subtype, name in enumerate(SUBTYPE_KEYS)
        for organ in REPORTED_ORGANS
    }


def survival_metastatic(rows: Rows) -> Cells:
    """Median years from distant recurrence to death, untreated."""
    rows = recurrent_in_life(rows)
    years = rows["died_at"] - rows["metastatic_at"]
    bone_only = rows["involved"] == 1 << BONE
    return {
        "her2_enriched_median": quantile(years[rows["subtype"] == HR_NEG_HER2_POS], 0.5),
        "basal_median": quantile(years[rows["subtype"] == TNBC], 0.5),
        "liver_first_median": quantile(years[involved(rows, LIVER)], 0.5),
        "bone_only_median": quantile(years[bone_only], 0.5),
    }


def presentation(rows: Rows) -> Cells:
    """How distant recurrence is found, and by which symptom; brain symptoms as first ones, scaled."""
    recurrent = rows[rows["presentation"] == PRESENTATION_RECURRENT]
    symptomatic = recurrent[recurrent["found_by"] == FOUND_SYMPTOMS]
    cells: Cells = {
        "found_by_symptoms": share(recurrent["found_by"] == FOUND_SYMPTOMS),
        "pain_share": share(
            (symptomatic["first_organ"] == BONE) & (symptomatic["first_symptom"] == _PAIN)
        ),
    }
    brain = symptomatic[symptomatic["first_organ"] == BRAIN]
    for k, name in enumerate(SYMPTOMS[BRAIN]):
        cells[name] = share(brain["first_symptom"] == k)
    return cells


def colonies_before_surgery(rows: Rows) -> Cells:
    """Mean number of colonies founded before surgery, per operated woman."""
    count = operated(rows)["colonies_at_diagnosis"].astype(float)
    return {"mean": (float(count.mean()), float(count.std() / math.sqrt(count.size)))}
