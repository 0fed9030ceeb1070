"""What the tests of the treatment kernel share: plans, women and lesions made by hand, and their courses."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from kernels import packaged
from seedsoil.model import random
from seedsoil.model.rows import DRUG_ROW, END, EPISODE_ROW, KNOWN, LINE_ROW, SCAN_ROW
from seedsoil.model.treatment.kill_closed_form import ALL_SURVIVE
from seedsoil.model.treatment.lesions import catch_up, check_time
from seedsoil.model.treatment.loop import simulate_treated, simulate_treated_range
from seedsoil.model.treatment.plan import Plan, treatment_plan
from seedsoil.model.treatment.resistance import of_lesion
from seedsoil.model.treatment.rules import ANY, NO_SWITCH, RULE
from seedsoil.model.treatment.state import (
    INITIAL_LESION,
    MAX_DRUG_ROWS,
    MAX_LINES,
    TREATED_WOMAN,
    CourseRows,
    scratch,
)
from seedsoil.simulation.population import Population, population
from seedsoil.vocabulary import LIVER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

PERIOD = 5 / 64
"""Years; about four weeks. Multiples and thirds of it are exact in binary."""
SCAN = 3 * PERIOD
_WITHOUT_SPREAD = (
    "resistance_log_odds_sd",
    "resistance_primary",
    "lesion_sd",
    "growth_exponent",
    "lesion_growth_exponent",
    "quickening",
    "growth_regression",
    "sensitivity_sd",
    "relaxation",
    "frailty_sd",
    "adjuvant_carry",
    "symptom_log_resolution",
    "recist_measurement_sd",
    "recist_scan_jitter",
    "recist_residue_size_sd",
    "resistance_shared",
    "attrition_per_fitness",
    "fitness_per_burden",
    "fitness_death_weight",
)


def lesion_deviate(p: Any, patient: int, entity: int, mechanism: int) -> float:
    """Standard normal of a lesion's log-odds of resistance to a mechanism, around the woman's."""
    return float(random.normal(of_lesion(p, patient, entity, mechanism // 4)[mechanism % 4]))


class Drug(NamedTuple):
    """A drug of the tests: kill a year by mechanism, and what differs from a drug that is only a kill."""

    kill: Mapping[int, float]
    organs: Mapping[int, float] = {}
    fields: Mapping[str, Any] = {}


class Regimen(NamedTuple):
    drugs: Sequence[int]
    years: Sequence[float] = ()
    dose: Sequence[float] = ()
    chemo: bool = False
    endocrine: bool = False


def constants(
    p: Any, drugs: Sequence[Drug] = (), regimens: Sequence[Regimen] = (), **values: Any
) -> Any:
    """The constants of a plan in which nothing is random and nobody drops out, but for `values`."""
    catalog = packaged()
    c = treatment_plan(catalog, p, before=catalog.strategies["none"])[0].constants
    for name in c.dtype.names:
        if name.startswith(("drug_", "regimen_")):
            c[name][...] = 0
    for name in _WITHOUT_SPREAD:
        if np.ndim(c[name]):
            c[name][...] = 0.0
        else:
            c[name] = 0.0
    c.period_years = PERIOD
    c.scan_years[:] = SCAN
    c.trial_scan_years = SCAN
    c.enrolment_share = 1.0
    c.resistance_log_odds[:] = -10.0
    c.bone_agent_ratio = 1.0
    c.attrition_log_odds = 1000.0
    c.regimen_drugs[:] = -1
    c.regimen_years[:] = math.inf
    c.regimen_dose[:] = 1.0
    c.drug_log_kill[:] = -1e9
    c.drug_factor[:] = 1.0
    c.drug_biomarker[:] = ANY
    c.drug_without[:] = 1.0
    c.drug_exposure[:] = 1.0
    for d, drug in enumerate(drugs):
        for m, kill in drug.kill.items():
            c.drug_log_kill[d, m] = math.log(kill) if kill > 0.0 else -99.0
        for organ, exposure in drug.organs.items():
            c.drug_exposure[d, organ] = exposure
        for name, value in drug.fields.items():
            c[f"drug_{name}"][d] = value
    for r, regimen in enumerate(regimens):
        for k, d in enumerate(regimen.drugs):
            c.regimen_drugs[r, k] = d
            c.regimen_bits[r] |= 1 << d
            for m in drugs[d].kill:
                c.regimen_mechanisms[r] |= 1 << m
        c.regimen_years[r, : len(regimen.years)] = regimen.years
        c.regimen_dose[r, : len(regimen.dose)] = regimen.dose
        c.regimen_chemo[r] = regimen.chemo
        c.regimen_endocrine[r] = regimen.endocrine
    for name, value in values.items():
        if np.ndim(c[name]):
            c[name][...] = value
        else:
            c[name] = value
    return c


def rules(*wanted: Mapping[str, Any]) -> NDArray[Any]:
    """Rules without conditions but those given; "shares" is {regimen: share}, or "regimen" one.

    "maintenance" and "switch" are one, or its shares.
    """
    made = np.zeros(len(wanted), RULE).view(np.recarray)
    for rule, fields in zip(made, wanted, strict=True):
        rule.subtypes = 0b1111
        for name in (
            "presentation",
            "postmenopausal",
            "esr1",
            "endocrine_resistant",
            "visceral",
            "crisis",
            "brain",
            "bone_only",
            "measurable",
        ):
            rule[name] = ANY
        for name in ("line", "chemo_lines", "endocrine_lines", "ecog"):
            rule[name][:] = 0, 10**6
        for name in ("age", "last_line"):
            rule[name][:] = -math.inf, math.inf
        rule.regimens[:] = -1
        rule.cumulative[:] = 1.0
        rule.planned_years = math.inf
        rule.maintenance[:] = -1
        rule.maintenance_cumulative[:] = 1.0
        rule.switch[:] = NO_SWITCH
        rule.switch_cumulative[:] = 1.0
        for name, value in fields.items():
            if name == "regimen":
                rule.regimens[0] = value
            elif name in ("maintenance", "switch"):
                shares = value if isinstance(value, dict) else {value: 1.0}
                rule[name][: len(shares)] = list(shares)
                cumulative = rule[f"{name}_cumulative"]
                cumulative[: len(shares)] = np.cumsum(list(shares.values()))
                cumulative[len(shares) - 1] = 1.0
            elif name == "shares":
                rule.regimens[: len(value)] = list(value)
                rule.cumulative[: len(value)] = np.cumsum(list(value.values()))
                rule.cumulative[len(value) - 1] = 1.0
            elif np.ndim(rule[name]):
                rule[name][:] = value
            else:
                rule[name] = value
    return made


def plan(
    c: Any,
    before: NDArray[Any],
    after: NDArray[Any] | None = None,
    trial: NDArray[Any] | None = None,
) -> Plan:
    return Plan(c, before, before if after is None else after, rules() if trial is None else trial)


def log_cells(p: Any, mm: float) -> float:
    """ln of the cells of a lesion of a diameter."""
    return float(p.log_cells_1mm + 3.0 * math.log(mm))


def one_line(p: Any, drug: Drug, **values: Any) -> Plan:
    """One drug, given in the first line until progression; then nothing."""
    return plan(
        constants(p, [drug], [Regimen([0])], **values), rules({"regimen": 0, "line": (1, 1)})
    )


def nothing(p: Any, **values: Any) -> Plan:
    """No systemic therapy."""
    return plan(constants(p, **values), rules())


def known(**fields: Any) -> Any:
    made = np.zeros(1, KNOWN).view(np.recarray)[0]
    for name, value in fields.items():
        made[name] = value
    return made


class Lesion(NamedTuple):
    """A lesion when metastatic disease is found."""

    log_n: float
    organ: int = LIVER
    rate: float = 0.5
    wakes: float = 0.0
    entity: int | None = None
    multiplicity: int = 1


@dataclass
class Women:
    """Women made by hand, woman after woman, in the layout of a Population."""

    women: NDArray[Any] = field(
        default_factory=lambda: np.zeros(0, TREATED_WOMAN).view(np.recarray)
    )
    initial_lesions: NDArray[Any] = field(
        default_factory=lambda: np.zeros(0, INITIAL_LESION).view(np.recarray)
    )
    first_lesion_of: NDArray[Any] = field(default_factory=lambda: np.zeros(0, np.int64))


def women(p: Any, lesions: Sequence[Lesion], count: int = 1, **fields: Any) -> Women:
    """`count` women, alike but for their numbers (from 0) and so for their draws.

    They shed nothing and die of no other cause before 1000 years, unless `fields` says so.
    """
    made = np.zeros(count, TREATED_WOMAN).view(np.recarray)
    made.patient = np.arange(count)
    made.first_organ = -1
    made.first_symptom = -1
    made.age = 60.0
    made.growth_rate = 0.5
    made.log_shedding = -1000.0
    made.other_death = 1000.0
    made.presentation = 1
    for name, value in fields.items():
        made[name] = value
    made.lesions = len(lesions)
    initial_lesions = np.zeros(len(lesions), INITIAL_LESION).view(np.recarray)
    for i, lesion in enumerate(lesions):
        initial_lesions[i].y = p.log_capacity - lesion.log_n
        initial_lesions[i].rate = lesion.rate
        initial_lesions[i].wakes = lesion.wakes
        initial_lesions[i].check_at = check_time(p, initial_lesions[i].y, lesion.rate, lesion.wakes)
        initial_lesions[i].organ = lesion.organ
        initial_lesions[i].entity = i if lesion.entity is None else lesion.entity
        initial_lesions[i].parent = -1
        initial_lesions[i].row = i
        initial_lesions[i].founded = -1.0
        initial_lesions[i].multiplicity = lesion.multiplicity
    return Women(
        made,
        np.tile(initial_lesions, count).view(np.recarray),
        np.arange(count, dtype=np.int64) * len(lesions),
    )


@dataclass
class Courses:
    """What the kernel tells of women: rows, and the scratch space as it is after the last woman."""

    lines: NDArray[Any]
    episodes: NDArray[Any]
    scans: NDArray[Any]
    drugs: NDArray[Any]
    ends: NDArray[Any]
    s: Any


def courses(p: Any, plan: Plan, women: Women | Population) -> Courses:
    """The courses of `women` under a plan, with all rows."""
    count = women.women.size
    ends = np.zeros(count, END).view(np.recarray)
    lines = np.zeros((count + 1) * MAX_LINES, LINE_ROW).view(np.recarray)
    episodes = np.zeros(count * 100, EPISODE_ROW).view(np.recarray)
    scans = np.zeros(count * 300, SCAN_ROW).view(np.recarray)
    drugs = np.zeros(count * MAX_DRUG_ROWS, DRUG_ROW).view(np.recarray)
    s, k = scratch()
    done, used = simulate_treated_range(
        p,
        plan,
        women.women,
        women.first_lesion_of,
        women.initial_lesions,
        0,
        s,
        k,
        CourseRows(lines, episodes, scans, drugs, ends),
    )
    assert done == count
    assert s.episodes_used < episodes.size
    assert s.scans_used < scans.size
    return Courses(
        lines[:used],
        episodes[: s.episodes_used],
        scans[: s.scans_used],
        drugs[: s.drugs_used],
        ends,
        s,
    )


def each(p: Any, plan: Plan, women: Women | Population) -> Iterator[Any]:
    """The scratch space at the death of each woman in turn (the same space: read it before the next).

    Lesions too small to be followed have been caught up.
    """
    s, k = scratch()
    lines = np.zeros(MAX_LINES, LINE_ROW).view(np.recarray)
    episodes = np.zeros(0, EPISODE_ROW).view(np.recarray)
    scans = np.zeros(0, SCAN_ROW).view(np.recarray)
    drugs = np.zeros(0, DRUG_ROW).view(np.recarray)
    for woman, first in zip(women.women, women.first_lesion_of, strict=True):
        s.lines_used = s.episodes_used = s.scans_used = 0
        own = women.initial_lesions[first : first + woman.lesions]
        simulate_treated(p, plan, woman, own, s, k, lines, episodes, scans, drugs)
        for i in range(s.count):
            catch_up(p, plan.constants, woman, own, s, i)
        yield s


def lesions_of(s: Any) -> Any:
    """The lesions of the scratch space, by name of what is known of each: y, z, extinct_at …"""
    return np.asarray(s.lesions)[: s.count].view(np.recarray)


def log_survival(z: float, kill: float) -> float:
    """ln[f + (1 - f) e^-κ], z the log-odds of f: ln of the share of cells that survive a kill κ."""
    return float(np.logaddexp(z, -kill) - np.logaddexp(z, 0.0))


def after_period(
    y: float, rate: float, years: float, kills: Sequence[tuple[float, float]], halves: int = 2
) -> float:
    """y = ln(K/N) at the end of a period of growth at `rate`, from the equations.

    `kills` are (log-odds of resistance at the start, kill a year) of the mechanisms. Each half of the
    period gives its kill in its middle.
    """
    share = years / halves
    for half in range(halves):
        y *= math.exp(-0.5 * rate * share)
        for z, k in kills:
            if z < ALL_SURVIVE:  # the kernel leaves out what kills less than one cell in 1e7
                y -= log_survival(z + half * k * share, k * share)
        y *= math.exp(-0.5 * rate * share)
    return y


def immortal(p: Any, symptoms: bool = False) -> Any:
    """A copy of the parameters in which burdens do not kill and, unless asked for, cause no symptoms."""
    copy = np.array([p], dtype=p.dtype).view(np.recarray)[0]
    copy.death_log_top[:] = -1000.0
    if not symptoms:
        copy.symptom_log_top[:] = -1000.0
    return copy


def ordinary(p: Any, **values: Any) -> Any:
    """A plan like those of the catalog: five drugs, spreads, toxicity, attrition, maintenance."""
    drugs = [
        Drug({0: 4.0}, fields={"discontinuation": 0.05}),
        Drug({1: 4.0, 2: 2.0}, organs={3: 0.2}),
        Drug({8: 8.0}, organs={3: 0.2}, fields={"discontinuation": 1.0, "grade3": 0.4}),
        Drug({11: 7.0}, fields={"toxic_death": 0.02}),
        Drug({9: 6.0}, fields={"biomarker": 1, "without": 0.5}),
    ]
    regimens = [
        Regimen([0], endocrine=True),
        Regimen([1], endocrine=True),
        Regimen([2, 3], years=[0.5, math.inf], chemo=True),
        Regimen([3], chemo=True),
        Regimen([4], dose=[0.8], chemo=True),
    ]
    c = constants(
        p,
        drugs,
        regimens,
        resistance_log_odds=-7.0,
        resistance_log_odds_sd=7.0,
        resistance_primary=0.2,
        lesion_sd=1.0,
        growth_exponent=0.7,
        sensitivity_sd=0.3,
        frailty_sd=0.3,
        recist_measurement_sd=0.08,
        attrition_log_odds=1.5,
        attrition_per_fitness=1.0,
        fitness_death_weight=0.35,
        bone_agent=1,
        bone_agent_ratio=0.65,
        symptom_log_resolution=math.log(0.5),
        **values,
    )
    return plan(
        c,
        rules(
            {"subtypes": 0b0011, "line": (1, 2), "shares": {0: 0.5, 1: 0.5}},
            {
                "line": (1, 4),
                "shares": {2: 0.4, 3: 0.3, 4: 0.3},
                "planned_years": 0.4,
                "maintenance": 3,
            },
        ),
    )


@lru_cache(maxsize=4)
def cohort(count: int = 3000, seed: int = 1, **policies: str) -> Population:
    """Those of `count` simulated women whose metastatic disease is found."""
    return population(packaged(), count, seed=seed, **policies)


def check_ordered(told: Courses, found: Population) -> None:
    """Times are finite and in order, codes legal, and the rows agree with each other."""
    ends, lines, scans, episodes = told.ends, told.lines, told.scans, told.episodes
    assert np.isfinite(ends.died_at).all()
    assert (ends.died_at >= 0.0).all()
    assert (ends.died_at <= found.women.other_death).all()
    assert np.isin(ends.cause, [0, 1, 2]).all()
    assert (ends.on_treatment >= 0.0).all()
    assert (ends.with_symptoms >= 0.0).all()
    assert (ends.on_treatment <= ends.died_at + 1e-9).all()
    assert (ends.with_symptoms <= ends.died_at + 1e-9).all()
    assert ends.lines.sum() == lines.size
    assert np.array_equal(ends.first_line, np.cumsum(ends.lines) - ends.lines)
    who = np.repeat(np.arange(found.size), ends.lines)
    assert np.array_equal(lines.patient, found.women.patient[who])
    since = found.women.since_diagnosis[who]
    died = since + ends.died_at[who]
    assert np.isfinite(lines.started_at).all()
    assert np.isfinite(lines.stopped_at).all()
    assert (lines.started_at >= since - 1e-9).all()
    assert (lines.started_at <= lines.stopped_at).all()
    assert (lines.stopped_at <= died + 1e-9).all()
    progressed = np.isfinite(lines.progressed_at)
    assert (lines.progressed_at[progressed] >= lines.started_at[progressed]).all()
    assert (lines.progressed_at[progressed] <= died[progressed] + 1e-9).all()
    assert ((lines.progression_by >= 0) == progressed).all()
    assert ((lines.progression_organ >= 0) == progressed).all()
    assert np.isin(lines.best_response, range(5)).all()
    assert np.isin(lines.stop_reason, range(4)).all()
    responded = np.isfinite(lines.responded_at)
    assert ((lines.best_response >= 3) == responded).all()
    assert (lines.responded_at[responded] > lines.started_at[responded]).all()
    assert (np.isfinite(lines.baseline_mm) == lines.measurable).all()
    changed = np.isfinite(lines.best_change)
    assert (lines.best_change[changed] >= -1.0).all()
    later = lines.line > 1
    assert (lines.started_at[later] >= lines.stopped_at[np.flatnonzero(later) - 1] - 1e-9).all()
    assert np.isfinite(scans.scanned_at).all()
    assert np.isin(scans.response, range(1, 5)).all()
    order = dict(zip(found.women.patient.tolist(), ends.died_at.tolist(), strict=True))
    death = np.array([order[patient] for patient in episodes.patient.tolist()])
    assert ((episodes.onset_at >= 0.0) & (episodes.onset_at <= death)).all()
    resolved = np.isfinite(episodes.resolved_at)
    assert (episodes.resolved_at[resolved] >= episodes.onset_at[resolved]).all()
    assert (episodes.resolved_at[resolved] <= death[resolved] + 1e-9).all()
