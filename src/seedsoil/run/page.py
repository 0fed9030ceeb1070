"""The report of a run: one HTML page that a clinician can read, offline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.catalog.overrides import changes_rows, changes_words
from seedsoil.display.page import Figure, page_html
from seedsoil.display.words import number, of_women, percent, percent_interval, whole, with_error
from seedsoil.results.columns import (
    GROUPINGS,
    codes,
    numbers,
    women_found_in_life,
    women_with_metastases,
)
from seedsoil.results.cure import OUTCOME_WORDS, Cure, cure, relative_survival_cure_fraction
from seedsoil.results.draws_section import draws_section
from seedsoil.results.incidence import Incidence, incidence
from seedsoil.results.intervals import wilson
from seedsoil.results.organs import Organs, organs
from seedsoil.results.presentation import Presentation, presentation
from seedsoil.results.reference import recurrence_reference
from seedsoil.results.shares import Share
from seedsoil.results.survival import survival
from seedsoil.results.where import only_words
from seedsoil.run.treatment_sections import (
    found_at_death,
    is_treated,
    state_figures,
    survival_figure,
    therapy_words,
    treatment_figures,
)
from seedsoil.storage import write_whole

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from seedsoil.catalog import Catalog
    from seedsoil.results.columns import Tables
    from seedsoil.results.cure import CureGroup, LifeTable
    from seedsoil.results.draws_section import Told

# A target is missed when it lies more than this many standard errors away.
MISSED = 3.0
SHOWN_YEARS = [1.0, 2.0, 5.0, 10.0, 15.0, 20.0, 25.0]
SPREAD = "sd by parameters, of the posterior"
NO_METASTASES = "No woman of this cohort had metastatic disease found; simulate more women."


def write_run_report(
    run: Tables,
    path: str | Path,
    *,
    fit_table: list[dict[str, Any]] | None = None,
    life_table: LifeTable | None = None,
    catalog: Catalog | None = None,
    draws: Told | None = None,
    spread: str = "",
) -> Path:
    """Write the report of a run as one self-contained HTML file, whole or not at all.

    `fit_table`: rows of the calibration with target, observed, simulated, z and reason; those with
    |z| > 3 are listed. `life_table`: (ages, hazards per year); given one, the cure fraction that a
    statistician would fit is set beside the simulated truth, which takes a second or two more.
    `catalog`: the one the run was made with, for the limits of imaging; by default the packaged one.
    `draws`: headlines over draws of the posterior, which get a section. `spread`: what the posterior itself
    leaves open of headlines, in words.
    Raises InputError where the folder of `path` does not exist.
    """
    page = run_report_html(
        run, fit_table=fit_table, life_table=life_table, catalog=catalog, draws=draws, spread=spread
    )
    return write_whole(path, page)


def run_report_html(
    run: Tables,
    *,
    fit_table: list[dict[str, Any]] | None = None,
    life_table: LifeTable | None = None,
    catalog: Catalog | None = None,
    draws: Told | None = None,
    spread: str = "",
) -> str:
    """The page that `write_run_report` writes."""
    manifest = run.manifest
    treated = is_treated(run)
    metastatic = bool(women_with_metastases(run.patients).any())
    shown = presentation(run)
    unverified = manifest.get("unverified_inputs")
    return page_html(
        "run/page.html",
        manifest=manifest,
        women=whole(run.patients.num_rows),
        only=only_words(run.manifest) if "only" in run.manifest else "",
        changed=changes_words(run.manifest.get("changed", {})),
        therapy=therapy_words(manifest),
        no_metastases=NO_METASTASES,
        found_at_death=found_at_death(run),
        unverified=None if unverified is None else whole(float(unverified)),
        cure=_cure(run, life_table, treated, catalog),
        facts=[*_facts(run), *([(SPREAD, spread)] if spread else [])],
        spread=SPREAD if spread else "",
        draws=draws_section(draws),
        at_diagnosis=_at_diagnosis(run),
        sizes=_sizes(shown),
        recurrence=_recurrence(run),
        recurrence_reference=_reference(run, catalog),
        places=_places(organs(run)) if metastatic else None,
        symptoms=_symptoms(shown) if metastatic else None,
        treatment=treatment_figures(run) if treated else None,
        survival=_survival(run, treated),
        made=_made(run),
        targets=None if fit_table is None else _targets(fit_table),
    )


def _cure(
    run: Tables, life_table: LifeTable | None, treated: bool, catalog: Catalog | None
) -> dict[str, Any]:
    """The answer to the page's question, and what became of all women."""
    by_subtype = cure(run, by="subtype", catalog=catalog)
    by_presentation = cure(run, by="presentation", catalog=catalog)
    overall = by_subtype.overall
    return {
        "sentence": by_subtype.answer,
        "died_of": overall.metastatic["died of"] if overall.cured.women else None,
        "died_with": overall.metastatic["died with"],
        "outcomes": _outcomes(by_subtype),
        "outcome_words": OUTCOME_WORDS.items(),
        "by_subtype": _cured(by_subtype.groups),
        "by_presentation": _cured(by_presentation.groups[1:]),
        "states": state_figures(run, catalog) if treated else [],
        "fitted": None if life_table is None else _fitted_cure(run, life_table),
    }  # fmt: skip


def _cured(groups: Sequence[CureGroup]) -> list[list[str]]:
    """Rows of the groups that have women with metastatic disease."""
    return [
        [g.group, whole(g.cured.women), whole(g.cured.count), percent_interval(*g.cured.interval),
         percent(g.metastatic["died of"].value), percent(g.metastatic["died with"].value)]
        for g in groups if g.cured.women
    ]  # fmt: skip


def _fitted_cure(run: Tables, life_table: LifeTable) -> Figure:
    fitted = relative_survival_cure_fraction(run, by="subtype", life_table=life_table)
    rows = [
        [g.group, g.words, percent(g.no_living_colony.value), percent(g.not_died_of_it.value)]
        for g in (fitted.overall, *fitted.groups)
    ]
    header = ["", "fitted ± standard error", "no living colony", "died of another cause"]
    return Figure(fitted.chart(), fitted.sentence, header, rows)


def _outcomes(found: Cure) -> Figure:
    rows = [
        [o, whole(s.count), percent(s.value), number(100 * s.standard_error, 3),
         percent_interval(*s.interval)]
        for o, s in found.overall.outcomes.items()
    ]  # fmt: skip
    header = ["outcome", "women", "share", "Monte-Carlo error, points", "95 % interval"]
    return Figure(found.chart(), found.sentence, header, rows)


def _facts(run: Tables) -> list[tuple[str, str]]:
    patients = run.patients
    age = np.quantile(numbers(patients, "age"), [0.05, 0.5, 0.95])
    kinds, names = codes(patients, "presentation", GROUPINGS["presentation"])
    recurrent = kinds == names.index("recurrent")
    when, died = numbers(patients, "metastatic_at"), numbers(patients, "died_at")
    lived_with = (died - when)[women_found_in_life(patients)]
    return [
        ("women", whole(patients.num_rows)),
        ("age at diagnosis, median (5 to 95 %)", f"{age[1]:.0f} ({age[0]:.0f}–{age[2]:.0f})"),
        (
            "metastatic at diagnosis (de novo)",
            percent(float(np.mean(kinds == names.index("de novo")))),
        ),
        ("distant recurrence, ever", percent(float(np.mean(recurrent)))),
        ("with positive nodes", percent(float(np.mean(numbers(patients, "positive_nodes") > 0)))),
        ("years to distant recurrence, median", _median(when[recurrent])),
        ("years lived with metastases found in life, median", _median(lived_with)),
        ("lesions in the table", whole(run.lesions.num_rows)),
    ]


def _at_diagnosis(run: Tables) -> list[list[str]]:
    """Women by subtype, stage, size and nodes: rows of the table that is folded away."""
    rows = []
    for column in ("subtype", "stage", "t_stage", "n_stage"):
        values, levels = codes(run.patients, column, GROUPINGS[column])
        for code, level in enumerate(levels):
            share = Share(int(np.sum(values == code)), run.patients.num_rows)
            low, high = wilson(share.count, share.women)
            rows.append([level, whole(share.count), percent(share.value),
                         percent_interval(float(low), float(high))])  # fmt: skip
    return rows


def _median(values: NDArray[np.float64]) -> str:
    return number(float(np.median(values)), 1) if values.size else "–"


def _sizes(shown: Presentation) -> Figure:
    rows = [
        [f"{row['from_mm']:g} to {row['to_mm']:g}" if np.isfinite(row["to_mm"])
         else f"{row['from_mm']:g} and larger", whole(row["count"]), percent(row["share"])]
        for row in shown.histogram().to_pylist()
    ]  # fmt: skip
    return Figure(shown.size_chart(), shown.size_sentence, ["diameter, mm", "women", "share"], rows)


def _recurrence(run: Tables) -> dict[str, Figure] | None:
    """Distant recurrence; None where every woman was metastatic at diagnosis."""
    kinds, names = codes(run.patients, "presentation", GROUPINGS["presentation"])
    if not np.any(kinds != names.index("de novo")):
        return None
    subtype, stage = incidence(run, by="subtype"), incidence(run, by="stage")
    rows = [
        [row["group"], f"{row['from_years']:g} to {row['to_years']:g}", whole(row["events"]),
         percent(row["hazard"]), number(100 * row["standard_error"], 2)]
        for row in subtype.hazards().to_pylist()
    ]  # fmt: skip
    header = ["group", "years", "recurrences", "per year", "error, points"]
    return {
        "by_subtype": _incidence_figure(subtype),
        "by_stage": _incidence_figure(stage),
        "hazard": Figure(subtype.hazard_chart(), subtype.hazard_sentence, header, rows),
    }


def _reference(run: Tables, catalog: Catalog | None) -> str:
    """What the recurrence of a run under the care of today should be compared with, as a sentence."""
    reference = recurrence_reference(run, catalog=catalog)
    if reference is None:
        return ""
    words = reference.sentence
    return f"{words[0].upper()}{words[1:]}."


def _incidence_figure(found: Incidence) -> Figure:
    rows = [
        [row["group"], f"{row['time_years']:g}", whole(row["at_risk"]), percent(row["incidence"]),
         percent_interval(row["lower"], row["upper"])]
        for row in found.table(SHOWN_YEARS).to_pylist()
    ]  # fmt: skip
    header = ["group", "years", "at risk", "recurred", "95 % interval"]
    return Figure(found.chart(), found.sentence, header, rows)


def _places(found: Organs) -> dict[str, Any]:
    """When metastatic disease was found and where, by which route it came, and what the soil did."""
    rows = [
        [row["organ"], whole(row["women"]), whole(row["at_diagnosis"]), number(row["median"], 1),
         f"{number(row['lower_quartile'], 1)} to {number(row['upper_quartile'], 1)}"]
        for row in found.timing().to_pylist()
    ]  # fmt: skip
    header = ["organ that revealed it", "women", "at diagnosis", "median years", "middle half"]
    timing = Figure(found.timing_chart(), found.timing_sentence, header, rows)
    rows = [
        [f"{row['organ']}, {row['lesions']}", whole(row["count"]), percent(row["lymph_share"]),
         number(100 * row["standard_error"], 2)]
        for row in found.routes().to_pylist()
    ]  # fmt: skip
    header = ["organ, lesions", "lesions", "by lymph", "error, points"]
    routes = Figure(found.routes_chart(), found.routes_sentence, header, rows)
    return {
        "timing": timing,
        "by_subtype": _involved(found, "subtype"),
        "by_presentation": _involved(found, "presentation"),
        "routes": routes,
        "soil": _soil(found) if found.shares else None,
        "no_soil": found.soil_sentence,
    }


def _involved(found: Organs, division: str) -> Figure:
    rows = [
        [f"{row['group']}, {row['organ']}", whole(row["involved"]), whole(row["women"]),
         percent(row["share"]), number(100 * row["standard_error"], 2)]
        for row in found.involvement().to_pylist()
    ]  # fmt: skip
    header = ["group, organ", "involved", "women", "share", "error, points"]
    return Figure(
        found.involvement_chart(division), _involved_sentence(found, division), header, rows
    )


def _soil(found: Organs) -> Figure:
    rows = [
        [row["organ"], percent(row["share"]), number(100 * row["standard_error"], 2),
         percent(row["flow_share"]), with_error(row["ratio"], row["ratio_error"])]
        for row in found.soil().to_pylist()
    ]  # fmt: skip
    header = ["organ", "founded", "error, points", "flow alone", "ratio"]
    return Figure(found.soil_chart(), found.soil_sentence, header, rows)


def _involved_sentence(found: Organs, division: str) -> str:
    if division == "subtype":
        return found.sentence
    parts = []
    shares = {(g, o): (k, n) for d, g, o, n, k in found.involved if d == division}
    for group in dict.fromkeys(g for g, _ in shares):
        named = [f"{o} {percent(shares[group, o][0] / shares[group, o][1])}"
                 for o in ("bone", "liver", "brain")]  # fmt: skip
        parts.append(f"{group} ({of_women(shares[group, 'bone'][1])}): {', '.join(named)}")
    return f"Seen when metastatic disease was found, {'; '.join(parts)}."


def _symptoms(shown: Presentation) -> Figure:
    rows = [
        [f"{row['symptom']} ({row['organ']})", whole(row["revealed"]),
         percent(row["revealed_share"]), number(100 * row["standard_error"], 2),
         percent(row["ever_share"])]
        for row in sorted(shown.symptoms().to_pylist(), key=lambda row: -row["revealed"])
    ]  # fmt: skip
    header = ["symptom", "women", "revealed it", "error, points", "ever had it"]
    return Figure(shown.chart(), shown.sentence, header, rows)


def _survival(run: Tables, treated: bool) -> dict[str, Figure]:
    """Survival since diagnosis; without therapy also since metastatic disease was found in life."""
    figures = {"since_diagnosis": survival_figure(survival(run, by="subtype"))}
    if not treated and women_found_in_life(run.patients).any():
        figures["since_found"] = survival_figure(survival(run, by="subtype", since="found in life"))
    return figures


def _made(run: Tables) -> list[tuple[str, Any]]:
    """How the run was made, by name; None is left out of the page."""
    manifest = run.manifest
    truncated = int(manifest.get("truncated_lesions", 0))
    return [
        ("command", manifest.get("command")),
        ("version", manifest.get("seedsoil")),
        ("seed", manifest.get("seed")),
        ("women chosen of", only_words(manifest) if "only" in manifest else None),
        ("part of a run of", f"{of_women(manifest['part_of'])}" if "part_of" in manifest else None),
        ("screening", manifest.get("screening")),
        ("adjuvant therapy", manifest.get("adjuvant")),
        ("strategy of metastatic disease", manifest.get("strategy")),
        ("parameters, hash", manifest.get("parameters_hash")),
        *changes_rows(manifest),
        ("created", manifest.get("created")),
        ("women whose lesions passed the storage cap",
         f"{whole(truncated)} of {whole(run.patients.num_rows)}"),
    ]  # fmt: skip


def _targets(fit_table: list[dict[str, Any]]) -> dict[str, Any]:
    """How many targets of the calibration are met, and those that are not, the worst first."""
    missed = [row for row in fit_table if abs(float(row["z"])) > MISSED]
    return {
        "all": whole(len(fit_table)),
        "met": whole(len(fit_table) - len(missed)),
        "within": f"{MISSED:g}",
        "missed": [
            (row["target"],
             f"observed {float(row['observed']):.3g}, simulated {float(row['simulated']):.3g}, "
             f"{float(row['z']):+.1f} standard errors",
             row.get("reason") or "No reason is given.")
            for row in sorted(missed, key=lambda row: -abs(float(row["z"])))
        ],
    }  # fmt: skip
