"""What an evaluation itself can say to each of the 28 items of CHEERS 2022, and what is left to its author.

Nothing is invented: what the evaluation does not know is marked as the author's. Item names are those of the
statement (Husereau et al. 2022, Value in Health 25:3); what each asks is in words of our own.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from seedsoil.display.words import listed, percent, whole
from seedsoil.economics.evaluation import PROBABILISTIC, icer_words

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
        _left(f"The results in a sentence: {e.sentence}"),
        _left(f"The question: costs, QALYs and net benefit of {names}."),
        _left(f"What was run: {_run(e)}."),
    ]


def _run(e: EvaluationData) -> str:
    keys = ("seedsoil", "seed", "parameters_hash", "prices_hash")
    known = [f"{key.replace('_', ' ')} {e.provenance[key]}" for key in keys if key in e.provenance]
    return ", ".join(known) or "see the manifest of the results"


def _frame(e: EvaluationData) -> list[_Answer]:
    horizon = float(e.discounting["horizon"])
    lasts = "A lifetime" if math.isinf(horizon) else f"{horizon:g} years"
    groups = f" Groups by {e.by}: {listed(list(e.groups[1:]))}." if e.by else ""
    costs, effects = (percent(float(e.discounting[k])) for k in ("costs", "effects"))
    counted = listed(list(e.categories))
    return [
        (
            f"{whole(e.found)} simulated women with metastatic breast cancer found in life, of "
            f"{whole(e.women)} "
            f"simulated from the first malignant cell.{groups}",
            DONE,
            "How this was made",
        ),
        _left(f"Prices and use of care are those of {e.perspective}.", "How this was made"),
        (
            f"{listed(list(e.strategies))}; the reference of differences is {e.reference}. All are "
            "compared with "
            "each other in the fully incremental analysis. Why these: to be completed by the author.",
            AUTHOR,
            "Fully incremental analysis",
        ),
        (
            f"{e.perspective}, by the rules of reference case {e.reference_case}. Costs counted: "
            f"{counted}.",
            DONE,
            "Where the money goes",
        ),
        (
            f"{lasts}, from {e.discounting.get('clock_zero', 'the day metastatic disease is found')}.",
            DONE,
            "How this was made",
        ),
        (
            f"Costs {costs} and effects {effects} a year, {e.discounting['form']}, as in reference "
            "case "
            f"{e.reference_case}.",
            DONE,
            "How this was made",
        ),
    ]


def _measures(e: EvaluationData) -> list[_Answer]:
    conversion = (
        "A price stated in another year or currency was first inflated in its own currency and "
        "then converted at "
        "purchasing power parity, by packaged indices with their sources."
    )
    return [
        ("Life years and quality-adjusted life years (QALYs).", DONE, "What women gain"),
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
            "effects are discounted in closed form, without half-cycle correction. The base case is the mean "
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
            + (
                "Severity is reported as absolute and proportional QALY shortfall with the weights "
                "of the reference "
                "case."
                if e.severity.num_rows
                else "Severity was not asked for."
            ),
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
            f"Probabilistic analysis of {whole(e.psa.draws)} draws of prices, use, utilities and, as "
            f"“{e.psa.drawn}”, numbers of the model, each on women of its own; chance between "
            "women is taken "
            "out of the spread of draws, and both are shown."
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
            "listed below and in "
            "the workbook with ranges, distributions and sources; numbers of the model are in its "
            "catalog.",
            DONE,
            "Prices and quantities",
        ),
        (f"{_steps(e)} {e.sentence}", DONE, "Fully incremental analysis"),
        (_doubt(e), DONE, "Probabilistic analysis" if e.psa else "One number at a time"),
        _left("The evaluation does not know it."),
        _left(
            f"What the evaluation says of its own limits: {' '.join(e.notes)}", "How this was made"
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
        for k in e.thresholds:
            won = clean.winners_at(k)
            shares = [
                f"{name} {percent(float(share), 0)}"
                for name, share in zip(e.strategies, won.shares[0], strict=True)
            ]
            told.append(
                f"At {e.money(k)} a QALY the best choice is, by share of draws, {listed(shares)}; "
                "the expected value "
                f"of perfect information is {e.money(float(won.loss[0]))} a woman."
            )
        if e.decision.blurred:
            told.append(e.decision.noise_sentence)
    rows = [r for r in e.one_way.to_pylist() if r["strategy"] == e.strategies[1]]
    if rows:
        rows.sort(key=lambda r: -abs(r["inmb_high"] - r["inmb_low"]))
        names = listed([r["parameter"] for r in rows[:3]])
        told.append(
            f"One at a time, the net benefit of {e.strategies[1]} is moved most by {names}."
        )
    told += [impact.sentence for impact in e.impacts]
    told += [f"{name}: {found.sentence}" for name, found in e.trials]
    told.append("The workbook finds base case and draws at other discount rates, by formulas.")
    if not e.scenarios.num_rows:
        told.append("Other horizons are scenarios; none was asked for here.")
    return " ".join(told)
