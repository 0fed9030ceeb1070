"""The report of a run: one HTML page that a clinician can read, offline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.display.page import Figure, Page, table_html, text, write_whole
from seedsoil.display.words import number, percent, percent_interval, whole, with_error
from seedsoil.results.columns import (
    GROUPINGS,
    codes,
    numbers,
    women_found_in_life,
    women_with_metastases,
)
from seedsoil.results.cure import OUTCOME_WORDS, Cure, cure, relative_survival_cure_fraction
from seedsoil.results.incidence import Incidence, incidence
from seedsoil.results.intervals import wilson
from seedsoil.results.organs import Organs, organs
from seedsoil.results.presentation import Presentation, presentation
from seedsoil.results.survival import survival
from seedsoil.run.treatment_sections import (
    add_cure,
    add_treatment,
    found_at_death,
    is_treated,
    survival_figure,
    therapy_words,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from numpy.typing import NDArray

    from seedsoil.results.columns import Tables
    from seedsoil.results.cure import LifeTable

# A target is missed when it lies more than this many standard errors away.
MISSED = 3.0
SHOWN_YEARS = [1.0, 2.0, 5.0, 10.0, 15.0, 20.0, 25.0]
NO_METASTASES = "No woman of this cohort had metastatic disease found; simulate more women."


def write_run_report(
    run: Tables,
    path: str | Path,
    *,
    fit_table: list[dict[str, Any]] | None = None,
    life_table: LifeTable | None = None,
) -> Path:
    """Write the report of a run as one self-contained HTML file, whole or not at all.

    `fit_table`: rows of the calibration with target, observed, simulated, z and reason; those with
    |z| > 3 are listed. `life_table`: (ages, hazards per year); given one, the cure fraction that a
    statistician would fit is set beside the simulated truth, which takes a second or two more.
    Raises InputError where the folder of `path` does not exist.
    """
    return write_whole(path, run_report_html(run, fit_table=fit_table, life_table=life_table))


def run_report_html(
    run: Tables,
    *,
    fit_table: list[dict[str, Any]] | None = None,
    life_table: LifeTable | None = None,
) -> str:
    """The page that `write_run_report` writes."""
    page = Page()
    manifest = run.manifest
    metastatic = bool(women_with_metastases(run.patients).any())
    page.header(
        "Metastatic breast cancer: a simulated cohort",
        f"{whole(run.patients.num_rows)} women, from the first malignant cell to death. "
        f"seedsoil {manifest.get('seedsoil', '')}, seed {manifest.get('seed', '')}.",
    )
    _answer(page, run, life_table)
    _cohort(page, run)
    shown = presentation(run)
    _sizes(page, shown)
    _recurrence(page, run)
    if metastatic:
        _places(page, organs(run))
        page.heading("Symptoms at presentation")
        page.figure("", _symptoms_figure(shown))
    else:
        page.heading("Where, by which route, with which symptoms", NO_METASTASES)
    if is_treated(run):
        add_treatment(page, run)
    _survival(page, run, metastatic)
    _assumptions(page, run)
    _calibration(page, fit_table)
    return page.html("seedsoil: a simulated cohort")


def _answer(page: Page, run: Tables, life_table: LifeTable | None) -> None:
    by_subtype = cure(run, by="subtype")
    overall = by_subtype.overall
    known = overall.metastatic
    ends = (
        f"Of these women {known['died of']} died of breast cancer and {known['died with']} died of another "
        "cause, with the disease."
    )
    page.answer(
        "Is there a cure for metastatic breast cancer?",
        by_subtype.answer,
        *([ends] if overall.cured.women else []),
        therapy_words(run.manifest),
    )
    page.figure("What became of all women", _outcomes_figure(by_subtype))
    page.add(
        "<p>"
        + "; ".join(f"<em>{text(o)}</em>: {text(words)}" for o, words in OUTCOME_WORDS.items())
        + ". <em>Never manifest</em> is what is called an operational cure.</p>"
    )
    by_presentation = cure(run, by="presentation")
    groups = [g for g in (*by_subtype.groups, *by_presentation.groups[1:]) if g.cured.women]
    if groups:
        page.add("<h3>Women with metastatic disease: cured?</h3>")
        rows = [
            [g.group, whole(g.cured.women), whole(g.cured.count),
             percent_interval(*g.cured.interval), percent(g.metastatic["died of"].value),
             percent(g.metastatic["died with"].value)]
            for g in groups
        ]  # fmt: skip
        header = ["", "women", "cured", "95 % interval", "died of it", "died with it"]
        page.add(table_html(header, rows))
    if is_treated(run):
        add_cure(page, run)
    if life_table is not None:
        fitted = relative_survival_cure_fraction(run, by="subtype", life_table=life_table)
        rows = [
            [g.group, g.words, percent(g.no_living_colony.value), percent(g.not_died_of_it.value)]
            for g in (fitted.overall, *fitted.groups)
        ]  # fmt: skip
        figure = Figure(
            fitted.chart(), fitted.sentence,
            ["", "fitted ± standard error", "no living colony", "died of another cause"], rows,
        )  # fmt: skip
        page.figure("What a statistician would call cured, of all women", figure)


def _outcomes_figure(found: Cure) -> Figure:
    rows = [
        [o, whole(s.count), percent(s.value), number(100 * s.standard_error, 3),
         percent_interval(*s.interval)]
        for o, s in found.overall.outcomes.items()
    ]  # fmt: skip
    header = ["outcome", "women", "share", "Monte-Carlo error, points", "95 % interval"]
    return Figure(found.chart(), found.sentence, header, rows)


def _cohort(page: Page, run: Tables) -> None:
    patients = run.patients
    women = patients.num_rows
    age = np.quantile(numbers(patients, "age"), [0.05, 0.5, 0.95])
    kinds, names = codes(patients, "presentation", GROUPINGS["presentation"])
    de_novo = float(np.mean(kinds == names.index("de novo")))
    recurrent = float(np.mean(kinds == names.index("recurrent")))
    when, died = numbers(patients, "metastatic_at"), numbers(patients, "died_at")
    facts = [
        ("women", whole(women)),
        ("age at diagnosis, median (5 to 95 %)", f"{age[1]:.0f} ({age[0]:.0f}–{age[2]:.0f})"),
        ("metastatic at diagnosis (de novo)", percent(de_novo)),
        ("distant recurrence, ever", percent(recurrent)),
        ("with positive nodes", percent(float(np.mean(numbers(patients, "positive_nodes") > 0)))),
        ("years to distant recurrence, median", _median(when[kinds == names.index("recurrent")])),
        (
            "years lived with metastases found in life, median",
            _median((died - when)[women_found_in_life(patients)]),
        ),
        ("lesions in the table", whole(run.lesions.num_rows)),
    ]
    page.heading("The cohort in numbers")
    page.facts(facts)
    rows = []
    for title, column in (("", "subtype"), ("", "stage"), ("", "t_stage"), ("", "n_stage")):
        values, levels = codes(patients, column, GROUPINGS[column])
        for code, level in enumerate(levels):
            count = int(np.sum(values == code))
            low, high = wilson(count, women)
            rows.append([f"{title}{level}", whole(count), percent(count / women),
                         percent_interval(float(low), float(high))])  # fmt: skip
    page.add("<details><summary>Subtype, stage, size and nodes</summary>")
    page.add(table_html(["at diagnosis", "women", "share", "95 % interval"], rows))
    page.add("</details>")


def _median(values: NDArray[np.float64]) -> str:
    return number(float(np.median(values)), 1) if values.size else "–"


def _sizes(page: Page, shown: Presentation) -> None:
    page.heading("Sizes at diagnosis")
    rows = [
        [f"{row['from_mm']:g} to {row['to_mm']:g}" if np.isfinite(row["to_mm"])
         else f"{row['from_mm']:g} and larger", whole(row["count"]), percent(row["share"])]
        for row in shown.histogram().to_pylist()
    ]  # fmt: skip
    figure = Figure(
        shown.size_chart(), shown.size_sentence, ["diameter, mm", "women", "share"], rows
    )
    page.figure("", figure)


def _recurrence(page: Page, run: Tables) -> None:
    page.heading(
        "Distant recurrence",
        "Women without metastases at diagnosis; death from another cause competes, so these are "
        "the shares in whom recurrence really happens. Bands are 95 % Monte-Carlo intervals.",
    )
    kinds, names = codes(run.patients, "presentation", GROUPINGS["presentation"])
    if not np.any(kinds != names.index("de novo")):
        page.add("<p>Every woman of this cohort was metastatic at diagnosis.</p>")
        return
    subtype, stage = incidence(run, by="subtype"), incidence(run, by="stage")
    page.figure("By subtype", _incidence_figure(subtype))
    page.figure("By stage", _incidence_figure(stage))
    rows = [
        [row["group"], f"{row['from_years']:g} to {row['to_years']:g}", whole(row["events"]),
         percent(row["hazard"]), number(100 * row["standard_error"], 2)]
        for row in subtype.hazards().to_pylist()
    ]  # fmt: skip
    header = ["group", "years", "recurrences", "per year", "error, points"]
    figure = Figure(subtype.hazard_chart(), subtype.hazard_sentence, header, rows)
    page.figure("When: hazard a year, by subtype", figure)


def _incidence_figure(found: Incidence) -> Figure:
    rows = [
        [row["group"], f"{row['time_years']:g}", whole(row["at_risk"]), percent(row["incidence"]),
         percent_interval(row["lower"], row["upper"])]
        for row in found.table(SHOWN_YEARS).to_pylist()
    ]  # fmt: skip
    header = ["group", "years", "at risk", "recurred", "95 % interval"]
    return Figure(found.chart(), found.sentence, header, rows)


def _places(page: Page, found: Organs) -> None:
    page.heading("When and where")
    rows = [
        [row["organ"], whole(row["women"]), whole(row["at_diagnosis"]), number(row["median"], 1),
         f"{number(row['lower_quartile'], 1)} to {number(row['upper_quartile'], 1)}"]
        for row in found.timing().to_pylist()
    ]  # fmt: skip
    header = ["organ that revealed it", "women", "at diagnosis", "median years", "middle half"]
    timing = Figure(found.timing_chart(), found.timing_sentence, header, rows)
    page.figure("Metastatic disease found, by the organ that revealed it", timing)
    rows = [
        [f"{row['group']}, {row['organ']}", whole(row["involved"]), whole(row["women"]),
         percent(row["share"]), number(100 * row["standard_error"], 2)]
        for row in found.involvement().to_pylist()
    ]  # fmt: skip
    header = ["group, organ", "involved", "women", "share", "error, points"]
    for division in ("subtype", "presentation"):
        chart = found.involvement_chart(division)
        involved = Figure(chart, _involved_sentence(found, division), header, rows)
        page.figure(f"Organs involved when it was found, by {division}", involved)

    page.heading(
        "By which route",
        "Blood: the primary or another metastasis shed the cell. Lymph: a focus in an axillary "
        "node did.",
    )
    rows = [
        [f"{row['organ']}, {row['lesions']}", whole(row["count"]), percent(row["lymph_share"]),
         number(100 * row["standard_error"], 2)]
        for row in found.routes().to_pylist()
    ]  # fmt: skip
    header = ["organ, lesions", "lesions", "by lymph", "error, points"]
    page.figure("", Figure(found.routes_chart(), found.routes_sentence, header, rows))

    page.heading("Soil against flow")
    if not found.shares:
        page.add(f"<p>{text(found.soil_sentence)}</p>")
        return
    rows = [
        [row["organ"], percent(row["share"]), number(100 * row["standard_error"], 2),
         percent(row["flow_share"]), with_error(row["ratio"], row["ratio_error"])]
        for row in found.soil().to_pylist()
    ]  # fmt: skip
    header = ["organ", "founded", "error, points", "flow alone", "ratio"]
    page.figure("", Figure(found.soil_chart(), found.soil_sentence, header, rows))


def _involved_sentence(found: Organs, division: str) -> str:
    if division == "subtype":
        return found.sentence
    parts = []
    shares = {(g, o): (k, n) for d, g, o, n, k in found.involved if d == division}
    for group in dict.fromkeys(g for g, _ in shares):
        named = [f"{o} {percent(shares[group, o][0] / shares[group, o][1])}"
                 for o in ("bone", "liver", "brain")]  # fmt: skip
        parts.append(f"{group} ({whole(shares[group, 'bone'][1])} women): {', '.join(named)}")
    return f"Seen when metastatic disease was found, {'; '.join(parts)}."


def _symptoms_figure(shown: Presentation) -> Figure:
    rows = [
        [f"{row['symptom']} ({row['organ']})", whole(row["revealed"]),
         percent(row["revealed_share"]), number(100 * row["standard_error"], 2),
         percent(row["ever_share"])]
        for row in sorted(shown.symptoms().to_pylist(), key=lambda row: -row["revealed"])
    ]  # fmt: skip
    header = ["symptom", "women", "revealed it", "error, points", "ever had it"]
    return Figure(shown.chart(), shown.sentence, header, rows)


def _survival(page: Page, run: Tables, metastatic: bool) -> None:
    page.heading("Survival", "Every simulated woman is followed until she dies, of any cause.")
    page.figure("Since diagnosis, by subtype", survival_figure(survival(run, by="subtype")))
    if is_treated(run):  # told from that day on in the section on treatment
        return
    if not metastatic:
        page.add(f"<p>{NO_METASTASES}</p>")
        return
    if women_found_in_life(run.patients).any():
        found = survival(run, by="subtype", since="found in life")
        page.figure(
            "Since metastatic disease was found in life, by subtype", survival_figure(found)
        )
    page.add(f"<p>{text(found_at_death(run))}</p>")


def _assumptions(page: Page, run: Tables) -> None:
    manifest = run.manifest
    page.heading("What was assumed, and how this was made")
    unverified = manifest.get("unverified_inputs")
    inputs = (
        f"{whole(float(unverified))} of the model's inputs are not verified at their source: "
        "see seedsoil sources."
        if unverified is not None
        else "Which inputs are verified at their source, seedsoil sources tells."
    )
    points = [
        therapy_words(manifest),
        "Intervals and errors here are Monte-Carlo: the play of chance in a simulation of this "
        "size. They do not hold the uncertainty of the parameters or of the model itself, which is "
        "larger.",
        "Times count from the diagnosis of the primary; every life is followed to death, so no "
        "woman is lost to follow-up.",
        inputs,
    ]
    page.points(points)
    part = f"{whole(manifest['part_of'])} women" if "part_of" in manifest else None
    truncated = int(manifest.get("truncated_lesions", 0))
    made: Iterable[tuple[str, Any]] = (
        ("command", manifest.get("command")),
        ("version", manifest.get("seedsoil")),
        ("seed", manifest.get("seed")),
        ("part of a run of", part),
        ("screening", manifest.get("screening")),
        ("adjuvant therapy", manifest.get("adjuvant")),
        ("strategy of metastatic disease", manifest.get("strategy")),
        ("parameters, hash", manifest.get("parameters_hash")),
        ("created", manifest.get("created")),
        ("women whose lesions passed the storage cap", f"{whole(truncated)} of "
         f"{whole(run.patients.num_rows)}"),
    )  # fmt: skip
    page.made(made, code={"command", "parameters, hash"})


def _calibration(page: Page, fit_table: list[dict[str, Any]] | None) -> None:
    page.heading("Where the model misses its targets")
    if fit_table is None:
        page.add("<p>This run came without a table of the calibration.</p>")
        return
    missed = [row for row in fit_table if abs(float(row["z"])) > MISSED]
    page.add(
        f"<p>{whole(len(fit_table) - len(missed))} of {whole(len(fit_table))} calibration targets "
        f"are met within {MISSED:g} standard errors. "
        + ("No target is missed.</p>" if not missed else "The others, and why:</p>")
    )
    if missed:
        page.add("<ul>")
        for row in sorted(missed, key=lambda row: -abs(float(row["z"]))):
            numbers_words = (
                f"observed {float(row['observed']):.3g}, simulated {float(row['simulated']):.3g}, "
                f"{float(row['z']):+.1f} standard errors"
            )
            reason = str(row.get("reason") or "No reason is given.")
            page.add(
                f"<li><strong>{text(str(row['target']))}</strong>: {numbers_words}. "
                f"{text(reason)}</li>"
            )
        page.add("</ul>")
