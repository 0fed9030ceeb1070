"""What an evaluation itself can say to each of the 28 items of CHEERS 2022, and what is left to its author.

Nothing is invented: what the evaluation does not know is marked as the author's. Item names are those of the
statement (Husereau et al. 2022, Value in Health 25:3); what each asks is in words of our own.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from seedsoil.display.words import listed, whole
from seedsoil.economics.cheers_facts import (
    horizon_row,
    lasts,
    limits,
    other_rates,
    rate,
    setting,
    severity,
    view,
    who,
)
from seedsoil.economics.decision.words import percent_with_half, plain
from seedsoil.economics.evaluation import PROBABILISTIC, icer_words
from seedsoil.economics.parameter_draws import SAYS
from seedsoil.units import Z95

if TYPE_CHECKING:
    from seedsoil.economics.evaluation import EvaluationData

DONE, AUTHOR, NONE = "from the evaluation", "author to complete", "not applicable"
STATES_OF_ROW = (DONE, AUTHOR, NONE)


class Row(NamedTuple):
    """One item: where it stands in the checklist, what it asks, what is reported, by whom, and where.

    `where`: a section of the report, by its title, or nothing.
    """

    number: int
    section: str
    name: str
    asks: str
    reported: str
    state: str
    where: str = ""


_ITEMS = (
    ("Title", "Title", "Say that it is an economic evaluation, and what is compared."),
    ("Abstract", "Abstract", "A structured summary: context, methods, results, other analyses."),
    ("Introduction", "Background and objectives", "The context, the question and why it matters."),
    ("Methods", "Health economic analysis plan", "Whether there was a plan, and where it is."),
    ("Methods", "Study population", "Who is studied: age, disease, other traits."),
    ("Methods", "Setting and location", "Context that may change what is found."),
    ("Methods", "Comparators", "What is compared, and why."),
    ("Methods", "Perspective", "Whose costs and effects count, and why."),
    ("Methods", "Time horizon", "How long costs and effects count, and why."),
    ("Methods", "Discount rate", "The rates, and why."),
    ("Methods", "Selection of outcomes", "What measures benefit and harm."),
    ("Methods", "Measurement of outcomes", "How the outcomes were measured."),
    ("Methods", "Valuation of outcomes", "Whose values they are, and how they were found."),
    ("Methods", "Measurement and valuation of resources and costs", "How costs were valued."),
    ("Methods", "Currency, price date, and conversion", "Currency, year of prices, conversion."),
    (
        "Methods",
        "Rationale and description of model",
        "The model, why it is used, whether it is open.",
    ),
    ("Methods", "Analytics and assumptions", "Statistics, extrapolation, validation."),
    ("Methods", "Characterising heterogeneity", "How results were found for groups."),
    (
        "Methods",
        "Characterising distributional effects",
        "How effects on different people were weighed.",
    ),
    ("Methods", "Characterising uncertainty", "Where doubt comes from, and how it was followed."),
    (
        "Methods",
        "Approach to engagement with patients and others affected by the study",
        "How patients, the public, payers and others took part.",
    ),
    ("Results", "Study parameters", "All inputs with their distributions and sources."),
    ("Results", "Summary of main results", "Mean costs and outcomes, and one measure of both."),
    ("Results", "Effect of uncertainty", "How far doubt, rate and horizon move the results."),
    (
        "Results",
        "Effect of engagement with patients and others affected by the study",
        "What their part changed.",
    ),
    (
        "Discussion",
        "Study findings, limitations, generalisability, and current knowledge",
        "What was found, its limits, ethics and equity, what it means for patients and policy.",
    ),
    ("Other relevant information", "Source of funding", "Who paid, and what part they had."),
    ("Other relevant information", "Conflicts of interest", "Of every author."),
)


def rows(evaluation: EvaluationData) -> list[Row]:
    """The 28 items, filled as far as the evaluation goes."""
    said = [
        *_front(evaluation),
        *_frame(evaluation),
        *_measures(evaluation),
        *_methods(evaluation),
        *_results(evaluation),
    ]
    return [
        Row(number, *item, *answer)
        for number, (item, answer) in enumerate(zip(_ITEMS, said, strict=True), start=1)
    ]


_Answer = tuple[str, str, str]


def _left(words: str = "", where: str = "") -> _Answer:
    return (f"{words} To be completed by the author.".strip(), AUTHOR, where)


def _front(e: EvaluationData) -> list[_Answer]:
    names = listed(list(e.strategies))
    return [
        _left(
            f"For example: {names} in metastatic breast cancer: a model-based cost-utility analysis."
        ),
        _left(
            f"Methods: a model-based cost-utility analysis of {names}, {e.perspective}, {e.reference_case}, "
            f"{lasts(e)}, costs discounted at {rate(e, 'costs')} and effects at {rate(e, 'effects')} a year. "
            f"Results: {e.sentence}"
        ),
        _left(f"The question: costs, QALYs and net benefit of {names}."),
        _left(
            "The evaluation knows no plan from before it was run. What was run, from which the "
            "same bits come "
            f"again: {_run(e)}."
        ),
    ]


def _run(e: EvaluationData) -> str:
    keys = ("seedsoil", "seed", "parameters_hash", "prices_hash")
    known = [f"{key.replace('_', ' ')} {e.provenance[key]}" for key in keys if key in e.provenance]
    return ", ".join(known) or "see the manifest of the results"


def _frame(e: EvaluationData) -> list[_Answer]:
    costs, effects = rate(e, "costs"), rate(e, "effects")
    counted = listed(list(e.categories))
    return [
        (
            f"{whole(e.found)} simulated women with metastatic breast cancer found in life, of "
            f"{whole(e.women)} "
            f"simulated from the first malignant cell.{who(e)}",
            DONE,
            "How this was made",
        ),
        _left(
            f"Prices and use of care are those of {e.perspective}.{setting(e)}", "How this was made"
        ),
        (
            f"{listed(list(e.strategies))}; the reference of differences is {e.reference}. All are "
            "compared with "
            "each other in the fully incremental analysis. Why these: to be completed by the author.",
            AUTHOR,
            "Fully incremental analysis",
        ),
        (
            f"{e.perspective}, by the rules of reference case {e.reference_case}{view(e)}. Costs counted: "
            f"{counted}.",
            DONE,
            "Where the money goes",
        ),
        _time_horizon(e),
        (
            f"Costs {costs} and effects {effects} a year, {e.discounting['form']}, as in reference "
            "case "
            f"{e.reference_case}.",
            DONE,
            "How this was made",
        ),
    ]


def _time_horizon(e: EvaluationData) -> _Answer:
    words, known = horizon_row(e)
    return (words, DONE, "How this was made") if known else _left(words, "How this was made")


def _measures(e: EvaluationData) -> list[_Answer]:
    conversion = (
        "A price stated in another year or currency was first inflated in its own currency and "
        "then converted at "
        "purchasing power parity, by packaged indices with their sources."
    )
    return [
        (
            "Benefit: life years and quality-adjusted life years (QALYs). Harm: toxicity takes "
            "from QALYs, and "
            "its care is a cost.",
            DONE,
            "What women gain",
        ),
        (
            "Each woman's course is simulated to the day: response, progression, symptoms, "
            "toxicity and death. QALYs "
            "are the integral of her utility over it, without cycles.",
            DONE,
            "What women gain",
        ),
        (
            "Utilities by state of disease, symptom and toxicity: "
            f"{_statuses(e, 'utilities')}. Whose "
            "preferences they are: in their sources, to be completed by the author.",
            AUTHOR,
            "What women gain",
        ),
        (
            f"Quantities of {len(e.items)} items are counted from each simulated course and "
            "multiplied by the price of "
            f"each: {_statuses(e, 'prices')}.",
            DONE,
            "Prices and quantities",
        ),
        (f"{e.currency} at prices of {e.price_year}. {conversion}", DONE, "Prices and quantities"),
    ]


def _statuses(e: EvaluationData, table: str) -> str:
    counted = Counter(row["status"] or "without status" for row in getattr(e, table).to_pylist())
    parts = [f"{count} {status}" for status, count in counted.most_common()]
    return f"{sum(counted.values())} in all ({listed(parts)})" if parts else "none"


def _methods(e: EvaluationData) -> list[_Answer]:
    version = e.provenance.get("seedsoil", "")
    return [
        (
            f"seedsoil {version}: an open model of single women in continuous time, from the first "
            "malignant cell over "
            "founding and growth of metastases to treatment, response, resistance and death, "
            "calibrated to registries "
            "and trials. Its documentation describes mechanisms, calibration and validation. Why a "
            "model: to be "
            "completed by the author.",
            AUTHOR,
            "How this was made",
        ),
        (
            "The same women are simulated under every strategy, and differences are taken woman by "
            "woman. Costs and "
            "effects are discounted in closed form, without half-cycle correction. Each course is "
            "simulated to death or the horizon, so that no curve is "
            "extrapolated. The base case is the mean "
            f"over {e.over}; its intervals are {e.of_what}. The interval of an ICER is "
            + ("of the draws' angle in the plane" if e.basis == PROBABILISTIC else "Fieller's")
            + ". Notes: "
            + " ".join(e.notes),
            DONE,
            "How this was made",
        ),
        (
            (
                f"Results by {e.by}, on the same women: {listed(list(e.groups[1:]))}.",
                DONE,
                f"By {e.by}",
            )
            if e.by
            else ("Not examined: results are of all women.", NONE, "")
        ),
        (
            "No weights of equity were applied. "
            + (severity(e) if e.severity.num_rows else "Severity was not asked for."),
            NONE if not e.severity.num_rows else DONE,
            "Severity" if e.severity.num_rows else "",
        ),
        (_uncertainty(e), DONE, "Probabilistic analysis" if e.psa else "One number at a time"),
        _left("The evaluation does not know it."),
    ]


def _uncertainty(e: EvaluationData) -> str:
    if e.psa is None:
        drawn = "No probabilistic analysis was made."
    else:
        drawn = (
            f"Probabilistic analysis of {whole(e.psa.draws)} draws of prices, use and utilities, "
            "each on women "
            f"of its own; {SAYS[e.psa.drawn]}."
        )
        if e.decision is not None and e.decision.corrected is not None:
            drawn += (
                " Chance between the women of a draw is taken out of the spread of draws, which is "
                "the result; "
                "the curves as drawn stand beside it."
            )
    others = []
    if e.one_way.num_rows:
        moved = len(set(e.one_way.column("parameter").to_pylist()))
        others.append(f"one-way analysis of {moved} numbers")
    if e.scenarios.num_rows:
        names = dict.fromkeys(e.scenarios.column("scenario").to_pylist())
        others.append(f"scenarios {listed(list(names))}")
    if e.impacts:
        others.append("budget impact" + (" over the draws" if e.impacts[0].draws else ""))
    if e.trials:
        others.append(f"expected value of sample information of {listed([n for n, _ in e.trials])}")
    return f"{drawn} {'Also ' + listed(others) + '.' if others else ''}".strip()


def _results(e: EvaluationData) -> list[_Answer]:
    return [
        (
            f"Prices: {_statuses(e, 'prices')}. Utilities: {_statuses(e, 'utilities')}. Both are "
            "listed below with ranges, distributions and sources; numbers of the model are in its "
            "catalog, of "
            f"the parameters hash {e.provenance.get('parameters_hash', 'in the manifest')}.",
            DONE,
            "Prices and quantities",
        ),
        (f"{_steps(e)} {e.sentence}", DONE, "Fully incremental analysis"),
        (_doubt(e), DONE, "Probabilistic analysis" if e.psa else "One number at a time"),
        _left("The evaluation does not know it."),
        _left(
            f"What the evaluation says of its own limits: {' '.join(e.notes)} {limits(e)}".rstrip(),
            "How this was made",
        ),
        _left(),
        _left(),
    ]


def _steps(e: EvaluationData) -> str:
    told = []
    for row in e.rows("incremental"):
        words = (
            f"{row['strategy']}: {e.money(row['cost'])}, {row['qaly']:.3f} QALYs, {row['standing']}"
        )
        if row["icer"] is not None:
            ratio = icer_words(row["icer"], row["icer_low"], row["icer_high"])
            words += f", ICER {ratio} against {row['against']}"
        told.append(words)
    return f"{'; '.join(told)}."


def _doubt(e: EvaluationData) -> str:
    told = []
    if e.decision is not None:
        clean = e.decision.clean
        of = "" if e.decision.corrected is None else " corrected for chance between women"
        for k in e.thresholds:
            won = clean.winners_at(k)
            errors, _ = clean.errors_at(k)
            evpi, evpi_se = clean.evpi_at(k)
            shares = [
                f"{name} {percent_with_half(float(share), float(error))}"
                for name, share, error in zip(e.strategies, won.shares[0], errors, strict=True)
            ]
            told.append(
                f"At {e.money(k)} a QALY the best choice is, by share of draws{of}, {listed(shares)}; "
                f"the expected value of perfect information is {e.money(evpi)} (± "
                f"{Z95 * evpi_se:,.0f}) a woman."
            )
        if e.decision.blurred:
            told.append(e.decision.noise_sentence)
    rows = [r for r in e.one_way.to_pylist() if r["strategy"] == e.strategies[1]]
    if rows:
        rows.sort(key=lambda r: -abs(r["inmb_high"] - r["inmb_low"]))
        names = listed(
            [f"{r['parameter']} ({plain(r['inmb_low'], 0)} at its low and {plain(r['inmb_high'], 0)} at its "
             f"high end, at {e.money(e.thresholds[0])} a QALY)" for r in rows[:3]]
        )  # fmt: skip
        told.append(
            f"One at a time, the net benefit of {e.strategies[1]} is moved most by {names}."
        )
    told += [impact.sentence for impact in e.impacts]
    told += [f"{name}: {found.sentence}" for name, found in e.trials]
    told += other_rates(e)
    if not e.scenarios.num_rows:
        told.append("Other horizons are scenarios; none was asked for here.")
    return " ".join(told)
