"""Strategies, drugs and trials of the catalog → the plan, in numbers, that the treatment kernel reads.

Everything that is the same for all women is worked out here once, as in `model.parameters`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from seedsoil.errors import InputError
from seedsoil.model.elementary import exp_each
from seedsoil.model.treatment.fitness import WORST_ECOG
from seedsoil.model.treatment.recist import MEASURABLE_MM, NORMAL_NODE_MM, TOO_SMALL_MM
from seedsoil.model.treatment.rules import ANY, BY_STRATEGY, MAX_OPTIONS, RULE, STAY
from seedsoil.model.treatment.state import MAX_DRUGS
from seedsoil.units import MONTHS_PER_YEAR, WEEKS_PER_YEAR
from seedsoil.vocabulary import (
    ADJUVANT_KINDS,
    BIOMARKERS,
    BONE,
    BRAIN,
    BREAST,
    CLASSES,
    DISTANT_NODES,
    HER2_POSITIVE,
    LOCAL_ERAS,
    MAX_SYMPTOMS,
    MECHANISMS,
    MENOPAUSE,
    METASTATIC_ORGANS,
    METASTATIC_PRESENTATIONS,
    N_MECHANISMS,
    NODE,
    OTHER,
    PLACES,
    SUBTYPES,
    THERAPIES,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from seedsoil.catalog import Catalog, Conditions, Drug, Regimen, Strategy, Trial
    from seedsoil.catalog.strategies import Given
    from seedsoil.model.types import Constants, Floats, Integers, Parameters, Rule, Rules

MAX_CATALOG_DRUGS = 60  # the bits of a 64-bit mask
MAX_REGIMENS = 128
# Antibody-drug conjugates carry chemotherapy: a line with one counts as a line of chemotherapy.
_PAYLOADS = ("topo1_payload", "dm1_payload")
_NO_KILL = -1e9  # ln of the kill a year of a drug that does not act by a mechanism
# Where several lines of a woman are eligible she enrols at each with this chance: a trial of "at most two
# lines before" recruits women at both, not each at her first.
_ENROL_HERE = 0.5
_LARGE = 10**6  # as good as no upper limit to a number of lines

# Mechanisms of adjuvant therapies, resistance to which they have already selected (docs/model.md, section 9):
# for each the kinds of the therapy, in the order of ADJUVANT_DRUGS, that act by it. With an anthracycline
# went fluorouracil, as a rule, with a taxane an anthracycline.
_ADJUVANT_MECHANISMS: dict[str, dict[str, tuple[int, ...]]] = {
    "chemo": {"antimetabolite": (0, 1), "anthracycline": (1, 2), "taxane": (2,)},
    "endocrine": {"er_antagonism": (0,), "oestrogen_deprivation": (1,)},
    "trastuzumab": {"her2_antibody": (0,)},
}

_HER2_NEGATIVE = tuple(not positive for positive in HER2_POSITIVE)
_M, _O, _D, _R = N_MECHANISMS, METASTATIC_ORGANS, MAX_CATALOG_DRUGS, MAX_REGIMENS
_S, _P = len(SUBTYPES), len(PLACES)

CONSTANTS = np.dtype(
    [
        ("key_low", "i8"),
        ("key_high", "i8"),
        ("period_years", "f8"),
        ("resistance_log_odds", "f8", (_M,)),
        ("resistance_log_odds_sd", "f8", (_M,)),
        ("resistance_primary", "f8", (_M,)),
        ("lesion_sd", "f8", (_M,)),
        ("growth_exponent", "f8", (_M,)),
        ("lesion_growth_exponent", "f8"),
        ("median_growth", "f8"),
        ("quickening", "f8"),
        ("growth_regression", "f8"),
        ("quickening_lines", "f8"),
        ("sensitivity_sd", "f8"),
        ("relaxation", "f8", (_M,)),
        ("frailty_sd", "f8"),
        ("resistance_shared", "f8"),
        ("adjuvant_therapy", "i8", (_M,)),
        ("adjuvant_acts", "i8", (_M, ADJUVANT_KINDS)),
        ("adjuvant_carry", "f8", (len(THERAPIES),)),
        ("adjuvant_fading", "f8", (len(THERAPIES),)),
        ("adjuvant_correlation", "f8", (len(THERAPIES),)),
        ("esr1_selection", "f8"),
        ("bone_agent_ratio", "f8"),
        ("symptom_log_resolution", "f8"),
        ("symptom_scale", "f8", (_O, MAX_SYMPTOMS)),
        ("recist_measurement_sd", "f8"),
        ("recist_scan_jitter", "f8"),  # years
        ("recist_nontarget_log_increase", "f8"),
        ("recist_residue", "f8", (_P,)),
        ("recist_residue_size_logit", "f8"),
        ("recist_residue_size_sd", "f8"),
        ("too_small_cells", "f8"),
        ("measurable_log_cells", "f8"),
        ("imaging_y", "f8", (_P,)),
        ("baseline_y", "f8", (_P,)),
        ("new_lesion_y", "f8", (_P,)),
        ("still_seen_cells", "f8"),
        ("normal_node_cells", "f8"),
        ("attrition_log_odds", "f8"),
        ("attrition_per_fitness", "f8"),
        ("fitness_background", "f8"),
        ("fitness_per_decade", "f8"),
        ("fitness_per_symptom", "f8"),
        ("fitness_per_line", "f8"),
        ("fitness_per_burden", "f8"),
        ("fitness_burden_hazard", "f8"),
        ("fitness_least", "f8", (WORST_ECOG,)),
        ("fitness_death_weight", "f8"),
        ("fitness_death_reference", "f8"),
        ("fitness_enrolment_per_decade", "f8"),
        ("crisis_log_cells", "f8"),
        ("local_era", "i8"),
        ("local_kept", "f8"),  # share of women whose primary and nodes are not removed
        # before and after enrolment in a trial; without a trial the first
        ("scan_years", "f8", (2,)),
        ("bone_agent", "i8", (2,)),
        ("trial_scan_years", "f8"),
        ("trial_who", "i8"),
        ("enrolment_share", "f8"),
        ("volunteers", "i8"),  # whether who enrols was asked and accepted
        ("crossover_regimen", "i8"),
        ("crossover_share", "f8"),
        ("regimen_drugs", "i8", (_R, MAX_DRUGS)),
        ("regimen_years", "f8", (_R, MAX_DRUGS)),
        ("regimen_dose", "f8", (_R, MAX_DRUGS)),
        ("regimen_bits", "i8", (_R,)),
        ("regimen_mechanisms", "i8", (_R,)),
        ("regimen_classes", "i8", (_R,)),
        ("regimen_chemo", "i8", (_R,)),
        ("regimen_endocrine", "i8", (_R,)),
        ("drug_log_kill", "f8", (_D, _M)),
        ("drug_potency", "f8", (_D, _M)),
        ("drug_factor", "f8", (_D, _S)),
        ("drug_biomarker", "i8", (_D, _S)),
        ("drug_without", "f8", (_D,)),
        ("drug_exposure", "f8", (_D, _P)),
        ("drug_grade3", "f8", (_D,)),
        ("drug_discontinuation", "f8", (_D,)),
        ("drug_toxic_death", "f8", (_D,)),
    ],
    align=True,
)
"""Numbers of a plan: by mechanism, organ, regimen (`regimen_…`) or drug (`drug_…`); times in years."""


class Plan(NamedTuple):
    """What the treatment kernel reads: numbers, and rules.

    `before` and `after` are the rules before and after enrolment in a trial; `trial` are its eligibility
    and its arm, empty without a trial.
    """

    constants: Constants
    before: Rules
    after: Rules
    trial: Rules


class Names(NamedTuple):
    """The names of the drugs and regimens of a plan, in the order of their numbers."""

    drugs: tuple[str, ...]
    regimens: tuple[str, ...]


def _cells_to_y(parameters: Parameters, log_cells: float) -> float:
    """y = ln(K/N) of a lesion of e^log_cells cells; above 0 even at the capacity."""
    return max(float(parameters.log_capacity) - log_cells, 1e-9)


def _fill_parameters(c: Constants, parameters: Parameters, catalog: Catalog) -> None:
    value, vector = catalog.value, catalog.vector
    c.key_low, c.key_high = parameters.key_low, parameters.key_high
    c.period_years = value("therapy.period_weeks") / WEEKS_PER_YEAR
    c.resistance_log_odds[:] = vector("resistance.log_odds")
    c.resistance_log_odds_sd[:] = vector("resistance.log_odds_sd")
    c.resistance_primary[:] = 1.0 / (1.0 + exp_each(-vector("resistance.primary_logit")))
    c.lesion_sd[:] = vector("resistance.lesion_sd")
    c.growth_exponent[:] = vector("resistance.growth_exponent")
    c.lesion_growth_exponent = value("resistance.lesion_growth_exponent")
    c.median_growth = math.exp(value("metastasis.log_growth_ratio"))
    c.quickening = value("therapy.quickening")
    c.growth_regression = value("therapy.growth_regression")
    c.quickening_lines = value("therapy.quickening_lines")
    c.sensitivity_sd = value("resistance.sensitivity_sd")
    c.relaxation[:] = vector("resistance.relaxation")
    c.frailty_sd = value("resistance.frailty_sd")
    c.resistance_shared = 1.0 / (1.0 + math.exp(-value("resistance.shared_endocrine_logit")))
    c.adjuvant_therapy[:] = -1
    for therapy, mechanisms in _ADJUVANT_MECHANISMS.items():
        for mechanism, kinds in mechanisms.items():
            c.adjuvant_therapy[MECHANISMS.index(mechanism)] = THERAPIES.index(therapy)
            c.adjuvant_acts[MECHANISMS.index(mechanism), list(kinds)] = 1
    c.adjuvant_carry[:] = vector("resistance.adjuvant_carry")
    c.adjuvant_fading[:] = vector("resistance.adjuvant_carry_fading")
    c.adjuvant_correlation[:] = vector("resistance.adjuvant_correlation")
    c.esr1_selection = value("resistance.esr1_selection")
    c.bone_agent_ratio = value("therapy.bone_agent_ratio")
    c.symptom_scale[:] = exp_each(parameters.symptom_log_top)
    c.symptom_log_resolution = math.log(value("therapy.symptom_resolution"))
    c.recist_measurement_sd = value("recist.measurement_sd")
    c.recist_scan_jitter = value("recist.scan_jitter_weeks") / WEEKS_PER_YEAR
    c.recist_nontarget_log_increase = value("recist.nontarget_log_increase")
    c.recist_residue[:] = 1.0 / (1.0 + math.exp(-value("recist.residue_logit")))
    c.recist_residue[BONE] = value("recist.bone_residue")
    c.recist_residue_size_logit = value("recist.residue_size_logit")
    c.recist_residue_size_sd = value("recist.residue_size_sd")
    c.too_small_cells = TOO_SMALL_MM**3 * math.exp(parameters.log_cells_1mm)
    c.measurable_log_cells = float(parameters.log_cells_1mm) + 3.0 * math.log(MEASURABLE_MM)
    c.imaging_y[:_O] = exp_each(parameters.imaging_ln_y)
    c.imaging_y[NODE] = c.imaging_y[DISTANT_NODES]
    found = float(parameters.log_cells_1mm) + 3.0 * math.log(value("local.breast_limit_mm"))
    c.imaging_y[BREAST] = _cells_to_y(parameters, found)
    c.baseline_y[:] = c.imaging_y
    c.baseline_y[:_O] = exp_each(parameters.baseline_ln_y)
    c.still_seen_cells = value("recist.still_seen_mm") ** 3 * math.exp(parameters.log_cells_1mm)
    c.normal_node_cells = NORMAL_NODE_MM**3 * math.exp(parameters.log_cells_1mm)
    smallest = float(parameters.log_cells_1mm) + 3.0 * math.log(value("recist.new_lesion_mm"))
    c.new_lesion_y[:] = np.minimum(c.imaging_y, _cells_to_y(parameters, smallest))
    c.attrition_log_odds = value("attrition.log_odds")
    c.attrition_per_fitness = value("attrition.per_fitness")
    for name in (
        "background", "per_decade", "per_symptom", "per_line", "per_burden", "burden_hazard",
        "death_weight", "death_reference", "enrolment_per_decade",
    ):  # fmt: skip
        setattr(c, f"fitness_{name}", value(f"fitness.{name}"))
    c.fitness_least[:] = [value(f"fitness.ecog_{ecog}") for ecog in range(WORST_ECOG)]
    c.crisis_log_cells = value("attrition.crisis_log10_cells") * math.log(10.0)
    c.local_kept = vector("local.kept")[c.local_era]


def _fill_kill(c: Constants, catalog: Catalog, d: int, m: int, item: str) -> None:
    """The fitted numbers of drug d by mechanism m, from an item of the catalog."""
    c.drug_log_kill[d, m] = catalog.value("drug.log_kill", item)
    c.drug_potency[d, m] = catalog.value("drug.potency", item)


def _fill_drugs(c: Constants, catalog: Catalog, drugs: Mapping[str, Drug]) -> None:
    brain = math.exp(catalog.value("drug.log_brain_exposure"))
    low_target = math.exp(catalog.value("drug.log_low_target"))
    for d, (name, drug) in enumerate(drugs.items()):
        for mechanism in drug.mechanisms:
            m = MECHANISMS.index(mechanism)
            if drug.kill is not None:
                c.drug_log_kill[d, m] = math.log(drug.kill[mechanism])
            else:
                _fill_kill(c, catalog, d, m, drug.kill_item(name, mechanism))
        c.drug_factor[d] = drug.subtypes.numbers()
        c.drug_exposure[d, :_O] = drug.exposure.numbers()
        c.drug_exposure[d, BRAIN] = min(1.0, brain * c.drug_exposure[d, BRAIN])
        c.drug_exposure[d, NODE] = c.drug_exposure[d, DISTANT_NODES]
        c.drug_exposure[d, BREAST] = c.drug_exposure[d, OTHER]
        c.drug_without[d] = 1.0 if drug.without is None else drug.without
        if drug.biomarker is not None:
            c.drug_biomarker[d] = BIOMARKERS.index(drug.biomarker)
            if drug.biomarker == "her2_low":
                # the target is there in HER2-positive disease
                c.drug_biomarker[d, list(HER2_POSITIVE)] = ANY
                c.drug_factor[d, list(_HER2_NEGATIVE)] *= low_target
        c.drug_grade3[d] = drug.grade3_plus
        c.drug_discontinuation[d] = drug.discontinuation
        c.drug_toxic_death[d] = drug.toxic_death


def _fill_regimens(
    c: Constants, drugs: Mapping[str, Drug], regimens: Mapping[str, Regimen], names: Names
) -> None:
    c.regimen_drugs[:] = -1
    c.regimen_years[:] = math.inf
    c.regimen_dose[:] = 1.0
    for r, (name, regimen) in enumerate(regimens.items()):
        if len(regimen.drugs) > MAX_DRUGS:
            raise InputError(f"regimen.{name}: {len(regimen.drugs)} drugs; at most {MAX_DRUGS}")
        # in the order of their names, so that the order in a file decides nothing
        for k, part in enumerate(sorted(regimen.drugs, key=lambda part: part.drug)):
            d = names.drugs.index(part.drug)
            drug = drugs[part.drug]
            c.regimen_drugs[r, k] = d
            c.regimen_dose[r, k] = part.dose
            if part.months is not None:
                c.regimen_years[r, k] = part.months / MONTHS_PER_YEAR
            c.regimen_bits[r] |= 1 << d
            c.regimen_classes[r] |= 1 << CLASSES.index(drug.drug_class)
            for mechanism in drug.mechanisms:
                c.regimen_mechanisms[r] |= 1 << MECHANISMS.index(mechanism)
            if drug.drug_class == "chemotherapy" or set(drug.mechanisms) & set(_PAYLOADS):
                c.regimen_chemo[r] = 1
        hormonal = 1 << CLASSES.index("hormonal")
        if c.regimen_chemo[r] == 0 and c.regimen_classes[r] & hormonal:
            c.regimen_endocrine[r] = 1


def _given(entries: Sequence[str], names: Names) -> tuple[int, int, int]:
    """Bits of the drugs, mechanisms and classes that `entries` name."""
    drugs = mechanisms = classes = 0
    for entry in entries:
        if entry in MECHANISMS:
            mechanisms |= 1 << MECHANISMS.index(entry)
        elif entry in CLASSES:
            classes |= 1 << CLASSES.index(entry)
        else:
            drugs |= 1 << names.drugs.index(entry)
    return drugs, mechanisms, classes


def _therapies(entries: Sequence[str]) -> int:
    return sum(1 << THERAPIES.index(entry) for entry in entries)


def _fill_conditions(rule: Rule, when: Conditions, names: Names) -> None:
    wanted = SUBTYPES if when.subtype is None else when.subtype
    rule.subtypes = sum(1 << SUBTYPES.index(name) for name in wanted)
    for bit, name in enumerate(BIOMARKERS):
        asked = getattr(when, name)
        if asked is not None:
            field = "biomarkers" if asked else "without_biomarkers"
            setattr(rule, field, getattr(rule, field) | 1 << bit)
    rule.adjuvant = _therapies(when.had_adjuvant)
    rule.without_adjuvant = _therapies(when.not_had_adjuvant)
    rule.had_drugs, rule.had_mechanisms, rule.had_classes = _given(when.had, names)
    rule.not_drugs, rule.not_mechanisms, rule.not_classes = _given(when.not_had, names)
    rule.recent_drugs, rule.recent_mechanisms, rule.recent_classes = _given(
        when.recent_line_had, names
    )
    rule.presentation = ANY
    if when.presentation is not None:
        rule.presentation = METASTATIC_PRESENTATIONS.index(when.presentation)
    rule.postmenopausal = ANY
    if when.menopause is not None:
        rule.postmenopausal = MENOPAUSE.index(when.menopause)
    for field, asked in (
        ("esr1", when.esr1),
        ("endocrine_resistant", when.endocrine_resistant),
        ("visceral", when.visceral),
        ("crisis", when.visceral_crisis),
        ("brain", when.brain),
        ("bone_only", when.bone_only),
        ("measurable", when.measurable),
    ):
        setattr(rule, field, ANY if asked is None else int(asked))
    rule.line = when.line or (0, _LARGE)
    rule.chemo_lines = when.chemo_lines or (0, _LARGE)
    rule.endocrine_lines = when.endocrine_lines or (0, _LARGE)
    rule.ecog = when.ecog or (0, _LARGE)
    rule.age = when.age or (0.0, math.inf)
    low, high = when.last_line_months or (-math.inf, math.inf)
    rule.last_line = (low / MONTHS_PER_YEAR, high / MONTHS_PER_YEAR)


def _fill_shares(
    regimens: Integers, cumulative: Floats, shares: Mapping[str, float], names: Names
) -> None:
    """Regimens by number, -1 beyond them, and their cumulative shares, 1 from the last on."""
    if len(shares) > MAX_OPTIONS:
        raise InputError(f"{len(shares)} regimens in one line; at most {MAX_OPTIONS}")
    regimens[:] = -1
    cumulative[:] = 1.0
    total = math.fsum(shares.values())
    share = 0.0
    for k, (name, part) in enumerate(shares.items()):
        regimens[k] = names.regimens.index(name)
        share += part / total
        cumulative[k] = share
    cumulative[len(shares) - 1] = 1.0


def _fill_options(rule: Rule, given: Given, names: Names) -> None:
    _fill_shares(rule.regimens, rule.cumulative, given.regimen, names)
    _fill_shares(rule.maintenance, rule.maintenance_cumulative, given.then, names)
    switch = {} if given.switch is None else given.switch.regimen
    _fill_shares(rule.switch, rule.switch_cumulative, switch, names)
    months = given.until_months
    rule.planned_years = math.inf if months is None else months / MONTHS_PER_YEAR


def _one_line(when: Conditions) -> bool:
    return when.line is not None and when.line[0] == when.line[1]


def _empty_rules(n: int) -> Rules:
    return np.zeros(n, RULE).view(np.recarray)


def _rules(strategy: Strategy, names: Names) -> Rules:
    rules = _empty_rules(len(strategy.lines))
    for rule, line in zip(rules, strategy.lines, strict=True):
        _fill_conditions(rule, line.when, names)
        _fill_options(rule, line, names)
    return rules


def treatment_plan(
    catalog: Catalog,
    parameters: Parameters,
    *,
    before: Strategy,
    after: Strategy | None = None,
    trial: Trial | None = None,
    arm: int = 0,
) -> tuple[Plan, Names]:
    """The plan of a strategy, or of one arm of a trial, and the names of its drugs and regimens.

    `before` rules until enrolment, `after` from then on; without a trial `before` rules to the end.
    `parameters` is the record of `kernel_parameters`: seed, imaging limits and sizes come from there.
    Raises `InputError` if a regimen or a line holds more than the kernel can.
    """
    drugs: dict[str, Drug] = {**catalog.drugs}
    regimens: dict[str, Regimen] = {**catalog.regimens}
    for own in (before, after, trial):
        if own is not None:
            drugs.update(own.drugs)
            regimens.update(own.regimens)
    if len(drugs) > MAX_CATALOG_DRUGS or len(regimens) > MAX_REGIMENS:
        raise InputError(
            f"{len(drugs)} drugs and {len(regimens)} regimens; at most {MAX_CATALOG_DRUGS} and "
            f"{MAX_REGIMENS}"
        )
    names = Names(tuple(drugs), tuple(regimens))
    record = np.zeros(1, CONSTANTS).view(np.recarray)
    c = record[0]
    c.local_era = LOCAL_ERAS.index(before.local_era)
    _fill_parameters(c, parameters, catalog)
    c.drug_log_kill[:] = _NO_KILL
    c.drug_biomarker[:] = ANY
    _fill_drugs(c, catalog, drugs)
    _fill_regimens(c, drugs, regimens, names)
    later = before if after is None else after
    c.scan_years[:] = before.scan_weeks / WEEKS_PER_YEAR, later.scan_weeks / WEEKS_PER_YEAR
    c.bone_agent[:] = before.bone_agent, later.bone_agent
    c.crossover_regimen = -1
    enrolment = _empty_rules(0)
    if trial is not None:
        groups = (trial.eligible, *trial.or_eligible)
        enrolment = _empty_rules(len(groups))
        for rule, group in zip(enrolment, groups, strict=True):
            _fill_conditions(rule, group, names)
            if group.ecog is None and trial.ecog is not None:
                rule.ecog = trial.ecog
        c.volunteers = int(not trial.registry)
        c.trial_who = int(trial.criteria == "WHO")
        c.enrolment_share = 1.0 if all(_one_line(group) for group in groups) else _ENROL_HERE
        given = trial.arms[arm]
        if given.usual_care:
            enrolment[0].regimens[0] = BY_STRATEGY
            c.trial_scan_years = later.scan_weeks / WEEKS_PER_YEAR
        else:
            _fill_options(enrolment[0], given, names)
            if trial.randomised_at is not None and given.switch is None:
                enrolment[0].switch[0] = STAY
            c.trial_scan_years = trial.scan_weeks / WEEKS_PER_YEAR
        if given.crossover is not None:
            c.crossover_regimen = names.regimens.index(given.crossover.regimen)
            c.crossover_share = given.crossover.share
    return Plan(c, _rules(before, names), _rules(later, names), enrolment), names


def with_catalog(
    plan: Plan, parameters: Parameters, catalog: Catalog, own: Mapping[str, Drug] | None = None
) -> Plan:
    """The plan with the numbers of another catalog that has the same drugs, regimens and rules.

    `own`: the drugs that the plan's strategy or trial defines itself. For the fit, which tries many values of
    the parameters under the same rules.
    """
    record = np.array([plan.constants], dtype=CONSTANTS).view(np.recarray)
    _fill_parameters(record[0], parameters, catalog)
    _fill_drugs(record[0], catalog, {**catalog.drugs, **(own or {})})
    return plan._replace(constants=record[0])
