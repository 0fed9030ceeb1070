"""Catalog → the flat record of numbers that the kernels read.

Everything that does not change from woman to woman is worked out here once: logarithms, cumulative
shares, the solution of the circulation, the imaging limits in Gompertz's y.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from seedsoil.model.elementary import exp_each, log_each
from seedsoil.model.natural_history.circulation import arrest_shares
from seedsoil.model.natural_history.growth import ln_y_of
from seedsoil.model.natural_history.hazard import hazard_clock
from seedsoil.model.natural_history.lazy_lesions import GROWTH_BINS, hazard_bound, small_y
from seedsoil.model.random import normal
from seedsoil.vocabulary import (
    ADJUVANT_DRUGS,
    ADJUVANT_KINDS,
    AGE_BANDS,
    BIOMARKERS,
    LUNG,
    MAX_SYMPTOMS,
    MENOPAUSE,
    METASTATIC_ORGANS,
    NODE_STATES,
    PIK3CA,
    PIK3CA_PATHWAY,
    RISKS,
    SITES,
    SUBTYPES,
    SYMPTOMS,
    THERAPIES,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seedsoil.catalog import Catalog
    from seedsoil.model.types import Parameters

_AGES = 111  # of the life table: 0 to 110 years, and over
_FROM = 2  # cells shed into the veins; into the arteries, by a lung metastasis

_S, _O, _T, _K = len(SUBTYPES), METASTATIC_ORGANS, len(THERAPIES), MAX_SYMPTOMS

PARAMETERS = np.dtype(
    [
        # The seed, in two halves of 32 bits
        ("key_low", "i8"),
        ("key_high", "i8"),
        # The woman
        ("subtype_cumulative", "f8", (_S,)),
        ("age_cumulative", "f8", (len(AGE_BANDS),)),
        ("age_edges", "f8", (len(AGE_BANDS) + 1,)),
        ("age_shift", "f8", (_S,)),
        ("earliest_tumour_age", "f8"),
        ("menopause_age", "f8"),
        ("menopause_age_sd", "f8"),
        ("biomarker_share", "f8", (len(BIOMARKERS), _S)),
        ("mortality_rate", "f8", (_AGES,)),  # by year of age, per year
        ("mortality_cumulative", "f8", (_AGES,)),
        # Growth: ln K, ln y of one cell; ln of the cells of two sizes
        ("log_capacity", "f8"),
        ("log_y0", "f8"),
        ("log_cells_1mm", "f8"),
        ("followed_log_cells", "f8"),
        ("growth_log_rate", "f8", (_S,)),
        ("growth_log_rate_sd", "f8"),
        # How the primary is found; ages in years
        ("detection_log_hazard", "f8"),
        ("detection_log_hazard_sd", "f8"),
        ("screening_interval", "f8"),
        ("screening_first_age", "f8"),
        ("screening_last_age", "f8"),
        ("screening_participation", "f8"),
        ("screening_intercept", "f8"),
        ("screening_slope", "f8"),
        ("screening_smallest_mm", "f8"),
        # Spread. `…_start` is what a process's hazard clock shows for a single cell, `…_slowness` is 1/A in
        # years, the other way round than its rate at the capacity, `…_log_top` is ln A
        ("lymph_log_rate", "f8"),
        ("lymph_log_rate_sd", "f8"),
        ("lymph_exponent", "f8"),
        ("lymph_log_exponent", "f8"),
        ("lymph_start", "f8"),
        ("node_positive_log_cells", "f8"),
        ("node_positive_ln_y", "f8"),
        ("nodes_examined", "f8"),
        ("node_log_shedding", "f8"),
        ("node_slowness", "f8"),
        ("axilla_nodes", "f8"),
        ("basin_nodes", "f8"),
        # To further nodes: of a node focus, of a metastasis; ln of the latter's rate less ln μL; ln of the
        # most that either sheds by lymph at the capacity, less ln μL
        ("focus_lymph_slowness", "f8"),
        ("metastasis_lymph_slowness", "f8"),
        ("metastasis_log_lymph", "f8"),
        ("onward_log_top", "f8"),
        ("spread_log_rate", "f8"),
        ("spread_log_rate_shift", "f8", (_S,)),
        ("spread_log_rate_sd", "f8"),
        ("spread_exponent", "f8"),
        ("spread_log_exponent", "f8"),
        ("spread_start", "f8"),
        ("spread_growth_link", "f8"),
        ("spread_lymph_correlation", "f8"),
        ("log_cluster_more", "f8"),  # ln of the chance that a colony has one more lesion
        ("organ_cumulative", "f8", (_FROM, _S, _O)),
        ("log_arterial_weight", "f8", (_S,)),
        # Metastases
        ("metastasis_growth", "f8", (len(SITES),)),
        ("metastasis_growth_sd", "f8"),
        ("metastasis_shedding", "f8", (_O,)),
        ("metastasis_slowness", "f8", (_S, _O)),
        ("dormancy_share", "f8", (_S,)),
        ("dormancy_mean", "f8", (_S,)),  # years
        ("imaging_ln_y", "f8", (_O,)),
        ("baseline_ln_y", "f8", (_O,)),  # of what the scan at the start of therapy shows
        ("staging_probability", "f8", (len(RISKS),)),
        ("chance_image_rate", "f8"),
        ("t1_mm", "f8"),
        ("t2_mm", "f8"),
        ("symptom_count", "i8", (_O,)),
        ("symptom_log_top", "f8", (_O, _K)),
        ("symptom_slowness", "f8", (_O, _K)),
        ("symptom_slowness_min", "f8", (_O,)),
        ("symptom_exponent", "f8", (_O,)),
        ("symptom_log_exponent", "f8", (_O,)),
        ("symptom_start", "f8", (_O,)),
        ("death_log_top", "f8", (_O,)),
        ("death_slowness", "f8", (_O,)),
        ("death_exponent", "f8"),
        ("death_log_exponent", "f8"),
        ("death_start", "f8"),
        # Lazy bounds (`lazy_lesions`): growth rates against the primary's, by site and uniform; y* and κ of
        # all processes but spread; ln of the most that a lesion sheds at the capacity, less ln μ
        ("growth_ratio", "f8", (len(SITES), GROWTH_BINS + 1)),
        ("inverse_growth_ratio", "f8", (len(SITES), GROWTH_BINS + 1)),
        ("small_y", "f8"),
        ("hazard_bound", "f8"),
        ("spread_log_top", "f8", (_S,)),
        # After surgery. Shares of adjuvant therapies by subtype, menopause and whether nodes are positive
        ("locoregional_log_foci", "f8"),
        ("locoregional_size_slope", "f8"),
        ("locoregional_node_slope", "f8"),
        ("locoregional_dormant_share", "f8"),
        ("new_primary_rate", "f8"),
        ("adjuvant_share", "f8", (_T, _S, len(MENOPAUSE), len(NODE_STATES))),
        ("adjuvant_kill", "f8", (_T,)),
        ("adjuvant_log_odds", "f8", (_T,)),
        ("adjuvant_log_odds_sd", "f8", (_T,)),
        ("adjuvant_years", "f8", (_T,)),
        # cumulative shares of what a therapy is made of, and how much each takes off the log-odds of
        # resistance; hazard of stopping it early
        ("adjuvant_kinds", "f8", (_T, ADJUVANT_KINDS)),
        ("adjuvant_potency", "f8", (_T, ADJUVANT_KINDS)),
        ("adjuvant_stopping", "f8", (_T,)),
        ("endocrine_log_wake", "f8"),
    ],
    align=True,
)
"""The numbers of one cohort. Rates are per year; the catalog's keys of the same names have the sources."""

# The borders of the T categories of the TNM classification, in mm: a definition, not a finding.
T1_MM, T2_MM = 20.0, 50.0
# Burden at which h_o is defined: rate h_o (N_o / 1e11)^g.
DEATH_REFERENCE_CELLS = 1e11
_SMALLEST_SHARE = 1e-12
# The catalog names the bands by their ages: a20_34, ..., a85_100.
AGE_EDGES = (*(float(band[1:].split("_")[0]) for band in AGE_BANDS), 100.0)


def _cumulative(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    total: NDArray[np.float64] = np.cumsum(shares) / np.sum(shares)
    total[-1] = 1.0
    return total


def flow_shares(catalog: Catalog) -> NDArray[np.float64]:
    """Share of cells shed by the primary that arrests in each organ, from blood flow alone."""
    return arrest_shares(
        catalog.vector("circulation.output_share"), catalog.vector("circulation.arrest")
    )


def _fill_woman(p: Parameters, catalog: Catalog) -> None:
    value, vector = catalog.value, catalog.vector
    p.subtype_cumulative[:] = _cumulative(vector("woman.subtype_share"))
    p.age_cumulative[:] = _cumulative(vector("woman.age_band_share"))
    p.age_edges[:] = AGE_EDGES
    shift = vector("woman.age_shift")
    # Centred, so that the shifts between subtypes leave the age distribution of all women in place
    p.age_shift[:] = shift - (shift * vector("woman.subtype_share")).sum()
    p.earliest_tumour_age = value("woman.earliest_tumour_age")
    p.menopause_age = value("woman.menopause_age")
    p.menopause_age_sd = value("woman.menopause_age_sd")
    for i, name in enumerate(BIOMARKERS):
        p.biomarker_share[i] = vector(f"woman.{name}")
    p.biomarker_share[PIK3CA] *= p.biomarker_share[PIK3CA_PATHWAY]
    rates = np.array([row.rate_per_year for row in catalog.life_table])
    filled = np.full(_AGES, rates[-1])
    filled[: min(_AGES, rates.size)] = rates[:_AGES]
    p.mortality_rate[:] = filled
    p.mortality_cumulative[1:] = np.cumsum(filled)[:-1]


def _fill_primary(p: Parameters, catalog: Catalog, screening: str) -> None:
    value, vector = catalog.value, catalog.vector
    p.log_capacity = math.log(value("growth.capacity"))
    p.log_y0 = math.log(p.log_capacity)
    # A sphere of 1 mm has π/6 mm³, and a cm³ has a thousand of them
    p.log_cells_1mm = math.log(math.pi / 6.0 * value("growth.cells_per_cm3") / 1000.0)
    p.followed_log_cells = p.log_cells_1mm + 3.0 * math.log(value("therapy.followed_mm"))
    p.growth_log_rate[:] = vector("growth.log_rate")
    p.growth_log_rate_sd = value("growth.log_rate_sd")
    p.detection_log_hazard = value("detection.log_hazard")
    p.detection_log_hazard_sd = value("detection.log_hazard_sd")

    programme = catalog.screening_programme(screening).screening()
    p.screening_interval = programme.interval
    p.screening_first_age = programme.first_age
    p.screening_last_age = programme.last_age
    p.screening_participation = programme.participation
    p.screening_intercept = value("screening.sensitivity_intercept")
    p.screening_slope = value("screening.sensitivity_slope")
    p.screening_smallest_mm = value("screening.smallest_mm")


def _fill_spread(p: Parameters, catalog: Catalog) -> None:
    value, vector = catalog.value, catalog.vector
    p.lymph_log_rate = value("lymph.log_rate")
    p.lymph_log_rate_sd = value("lymph.log_rate_sd")
    p.lymph_exponent = value("lymph.exponent")
    p.node_positive_log_cells = value("lymph.positive_log_cells")
    p.node_positive_ln_y = ln_y_of(p.log_capacity, p.node_positive_log_cells)
    p.node_log_shedding = value("lymph.log_blood_ratio")
    p.axilla_nodes = value("lymph.axilla_nodes")
    p.basin_nodes = value("lymph.basin_nodes")
    p.focus_lymph_slowness = math.exp(-value("lymph.log_onward_ratio"))
    p.metastasis_log_lymph = value("metastasis.log_lymph_ratio")
    p.metastasis_lymph_slowness = math.exp(-p.metastasis_log_lymph)
    p.onward_log_top = p.lymph_exponent * p.log_capacity + max(
        value("lymph.log_onward_ratio"), p.metastasis_log_lymph
    )
    p.spread_log_rate = value("spread.log_rate")
    p.spread_log_rate_shift[:] = vector("spread.log_rate_shift")
    p.spread_log_rate_sd = value("spread.log_rate_sd")
    p.spread_exponent = value("spread.exponent")
    p.spread_growth_link = value("spread.growth_link")
    p.spread_lymph_correlation = value("spread.lymph_correlation")
    alone = math.exp(-value("spread.log_cluster_size"))
    p.log_cluster_more = math.log1p(-alone) if alone < 1.0 else -math.inf


def _fill_organs(p: Parameters, catalog: Catalog) -> None:
    """Where colonies are founded: flow times soil."""
    venous = flow_shares(catalog)
    arterial = arrest_shares(
        catalog.vector("circulation.output_share"),
        catalog.vector("circulation.arrest"),
        from_lung=True,
    )
    soil = exp_each(catalog.vector("soil.log_factor"))
    for subtype in range(len(SUBTYPES)):
        weights = venous * soil[:, subtype]
        from_lung = arterial * soil[:, subtype]
        p.organ_cumulative[0, subtype] = _cumulative(weights)
        p.organ_cumulative[1, subtype] = _cumulative(from_lung)
        # Soil is normalised so that the cells of the primary found colonies at rate μ N^a in all organs.
        p.log_arterial_weight[subtype] = math.log(from_lung.sum() / weights.sum())


def _fill_lesions(p: Parameters, catalog: Catalog) -> None:
    value, vector = catalog.value, catalog.vector
    common = value("metastasis.log_growth_ratio")
    p.metastasis_growth[:] = common + vector("metastasis.log_growth_by_organ")
    p.metastasis_growth_sd = value("metastasis.log_growth_sd")
    p.metastasis_shedding[:] = vector("metastasis.log_shedding_ratio")
    p.dormancy_share[:] = np.maximum(vector("dormancy.share"), _SMALLEST_SHARE)
    p.dormancy_mean[:] = exp_each(vector("dormancy.log_mean"))
    log_limit = p.log_cells_1mm + 3.0 * log_each(vector("imaging.limit_mm"))
    p.imaging_ln_y[:] = log_each(np.maximum(p.log_capacity - log_limit, 1e-9))
    log_limit = p.log_cells_1mm + 3.0 * log_each(vector("imaging.baseline_mm"))
    at_baseline = log_each(np.maximum(p.log_capacity - log_limit, 1e-9))
    p.baseline_ln_y[:] = np.maximum(p.imaging_ln_y, at_baseline)
    p.staging_probability[:] = vector("imaging.staging_probability")
    p.chance_image_rate = math.exp(value("imaging.log_chance_rate"))
    p.symptom_exponent[:] = vector("symptoms.exponent")
    scale = vector("symptoms.log_scale")
    for organ, names in enumerate(SYMPTOMS):
        p.symptom_count[organ] = len(names)
        for k, name in enumerate(names):
            item = f"{SITES[organ]}.{name.replace(' ', '_')}"
            p.symptom_log_top[organ, k] = (
                value("symptoms.log_hazard", item)
                + scale[organ]
                + p.symptom_exponent[organ] * p.log_capacity
            )
    p.death_exponent = value("death.exponent")
    p.death_log_top[:] = vector("death.log_hazard") + p.death_exponent * (
        p.log_capacity - math.log(DEATH_REFERENCE_CELLS)
    )


def _fill_treatment_of_primary(p: Parameters, catalog: Catalog, adjuvant: str) -> None:
    value = catalog.value
    p.locoregional_log_foci = value("locoregional.log_foci")
    p.locoregional_size_slope = value("locoregional.size_slope")
    p.locoregional_node_slope = value("locoregional.node_slope")
    p.locoregional_dormant_share = max(value("locoregional.dormant_share"), _SMALLEST_SHARE)
    p.new_primary_rate = math.exp(value("locoregional.log_new_primary_rate"))
    era = catalog.adjuvant_era(adjuvant)
    p.adjuvant_share[:] = era.adjuvant_shares()
    p.adjuvant_kinds[:] = era.kinds()
    p.adjuvant_stopping[THERAPIES.index("endocrine")] = era.endocrine_stopping
    p.nodes_examined = 1.0 if era.decade is None else value("lymph.examined", era.decade)
    for i, name in enumerate(THERAPIES):
        p.adjuvant_kill[i] = value(f"adjuvant.{name}_kill")
        p.adjuvant_log_odds[i] = value(f"adjuvant.{name}_log_odds")
        p.adjuvant_log_odds_sd[i] = value(f"adjuvant.{name}_log_odds_sd")
        p.adjuvant_years[i] = value(f"adjuvant.{name}_years")
        for kind, drug in enumerate(ADJUVANT_DRUGS[i]):
            p.adjuvant_potency[i, kind] = value("adjuvant.potency", drug)
    p.endocrine_log_wake = value("adjuvant.endocrine_log_wake_ratio")


def _fill_slowness(p: Parameters) -> None:
    """1/A of every process, A its rate at the capacity."""
    p.symptom_slowness[:] = exp_each(-p.symptom_log_top)
    p.death_slowness[:] = exp_each(-p.death_log_top)
    for organ in range(METASTATIC_ORGANS):
        p.symptom_slowness_min[organ] = p.symptom_slowness[organ, : p.symptom_count[organ]].min()
    p.node_slowness = math.exp(-p.node_log_shedding)
    for subtype in range(len(SUBTYPES)):
        p.metastasis_slowness[subtype] = exp_each(-p.metastasis_shedding)
        p.metastasis_slowness[subtype, LUNG] *= math.exp(-p.log_arterial_weight[subtype])


def _start_clocks(p: Parameters) -> None:
    """What each process's clock shows when a lesion is a single cell: the same for all lesions."""
    p.spread_log_exponent = math.log(p.spread_exponent)
    p.lymph_log_exponent = math.log(p.lymph_exponent)
    p.death_log_exponent = math.log(min(1.0, p.death_exponent))
    p.symptom_log_exponent[:] = log_each(np.minimum(1.0, p.symptom_exponent))
    p.spread_start = hazard_clock(p.spread_log_exponent, p.log_y0)
    p.lymph_start = hazard_clock(p.lymph_log_exponent, p.log_y0)
    p.death_start = hazard_clock(p.death_log_exponent, p.log_y0)
    for organ in range(METASTATIC_ORGANS):
        p.symptom_start[organ] = hazard_clock(p.symptom_log_exponent[organ], p.log_y0)


def _fill_lazy_bounds(p: Parameters) -> None:
    """Up to what size nothing comes of a lesion: see `lazy_lesions`."""
    # A uniform's ends are 2^-33 from 0 and 1.
    ends = np.clip(np.arange(GROWTH_BINS + 1) / GROWTH_BINS, 2.0**-34, 1.0 - 2.0**-34)
    z = np.array([normal(u) for u in ends])
    p.growth_ratio[:] = exp_each(p.metastasis_growth[:, None] + p.metastasis_growth_sd * z)
    p.inverse_growth_ratio[:] = 1.0 / p.growth_ratio
    proposed = min(1.0, p.death_exponent)  # of what a lesion proposes: see `thinning`
    hazards = [(p.death_log_top[o], proposed) for o in range(METASTATIC_ORGANS)]
    for organ in range(METASTATIC_ORGANS):
        tops = p.symptom_log_top[organ, : p.symptom_count[organ]]
        hazards += [(top, min(1.0, p.symptom_exponent[organ])) for top in tops]
    p.small_y = max(math.exp(p.baseline_ln_y.max()), *(small_y(top, a) for top, a in hazards))
    p.hazard_bound = max(hazard_bound(top, a, p.small_y) for top, a in hazards)
    for subtype in range(len(SUBTYPES)):
        launch = p.log_arterial_weight[subtype] * (np.arange(METASTATIC_ORGANS) == LUNG)
        largest = max(p.node_log_shedding, (p.metastasis_shedding + launch).max())
        p.spread_log_top[subtype] = largest + p.spread_exponent * p.log_capacity


def fill_derived(p: Parameters) -> None:
    """Work out what follows from the other numbers of the record."""
    _start_clocks(p)
    _fill_slowness(p)
    _fill_lazy_bounds(p)


def kernel_parameters(
    catalog: Catalog, *, seed: int, screening: str = "none", adjuvant: str = "none"
) -> Parameters:
    """The record of numbers (dtype `PARAMETERS`) for one cohort.

    `screening` and `adjuvant` name policies of the catalog; an unknown one raises `InputError`.
    """
    record = np.zeros(1, PARAMETERS).view(np.recarray)
    p: Parameters = record[0]
    p.key_low = seed & 0xFFFFFFFF
    p.key_high = seed >> 32
    p.t1_mm, p.t2_mm = T1_MM, T2_MM
    _fill_woman(p, catalog)
    _fill_primary(p, catalog, screening)
    _fill_spread(p, catalog)
    _fill_organs(p, catalog)
    _fill_lesions(p, catalog)
    _fill_treatment_of_primary(p, catalog, adjuvant)
    fill_derived(p)
    return p
