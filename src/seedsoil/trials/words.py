"""Endpoints, numbers and verdicts of a trial as people read them."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from seedsoil.display.words import percent

if TYPE_CHECKING:
    from seedsoil.catalog import Trial
    from seedsoil.trials.endpoints import Result

ROLE_WORDS = {
    "calibration": "The drugs are fitted to calibration trials such as this one, so agreement is no "
    "proof of the model.",
    "validation": "Nothing in the model was fitted to this trial: it is a prediction.",
    "own": "The trial is of a file of your own: whether the model was fitted to anything in it cannot be "
    "told.",
}
HELD_OUT = (
    "By its file the trial is held out from the fit of the drugs. It is not of the package, so that this "
    "cannot be told here."
)
"""In place of the words of role validation, for a trial of a catalog directory that is not the package's."""
ENDPOINT_WORDS = {
    "pfs": "PFS",
    "os": "OS",
    "dor": "duration of response",
    "ttp": "time to progression",
    "chemo_free": "time to chemotherapy or death",
    "cns_pfs": "progression in the brain or death",
    "pfs2": "second progression or death",
    "brain_or_death": "brain metastasis or death",
    "on_treatment": "on treatment",
    "on_treatment_median": "time on treatment, median",
    "on_treatment_hr": "time on treatment, hazard ratio",
    "orr": "response rate",
    "orr_measurable": "response rate, measurable disease",
    "cr": "complete response",
    "pd_best": "progression as best response",
    "dcr": "disease control",
    "cbr": "clinical benefit, 24 weeks",
    "intracranial_orr": "response in the brain",
    "grade3_plus": "grade 3 or worse toxicity",
    "discontinuation": "stopped for toxicity",
    "post_therapy": "further therapy",
    "post_chemo": "further chemotherapy",
    "time_on_treatment": "time on treatment, of time alive",
    "died_on_treatment": "died on treatment",
    "esr1_at_enrolment": "ESR1 mutation at enrolment",
    "esr1_at_progression": "ESR1 mutation at progression",
    "esr1_polyclonal": "several ESR1 mutations, of the mutated",
    "esr1_lead": "from first ESR1 mutation to progression",
    "esr1_rising": "new ESR1 mutation",
    "brain_at_enrolment": "brain metastases at enrolment",
    "pfs_os_correlation": "rank correlation of PFS and OS",
    "lines_received": "lines of therapy, median",
}


def role_words(trial: Trial) -> str:
    """What agreement with a trial is worth."""
    if trial.role == "validation" and not trial.packaged:
        return HELD_OUT
    return ROLE_WORDS[trial.role]


def endpoint_words(name: str) -> str:
    """An endpoint in words: `os_at_24` is "OS at 24 months"."""
    if name in ENDPOINT_WORDS:
        return ENDPOINT_WORDS[name]
    for end, words in (("_median", ", median"), ("_hr", ", hazard ratio")):
        if name.endswith(end):
            stem = name.removesuffix(end)
            return ENDPOINT_WORDS.get(stem, stem) + words
    for middle, words in (("_at_", "{} at {} months"), ("_by_", "{} by {} months")):
        stem, found, month = name.rpartition(middle)
        if found:
            known = {"responded": "response begun", "brain": "new brain metastases"}
            return words.format(ENDPOINT_WORDS.get(stem, known.get(stem, stem)), month)
    stem, _, number = name.rpartition("_")
    return f"no therapy after line {number}" if stem == "attrition" else name


def _decimals(unit: str) -> int:
    """Decimals to which numbers of the model are told: a tenth of a month or of a percent, a hundredth."""
    return {"share": 3, "months": 1, "lines": 1}.get(unit, 2)


def value_words(value: float | None, unit: str, more: int = 0) -> str:
    """A number in its unit: months and lines to one decimal, shares in percent, ratios to two.

    `more`: further decimals.
    """
    if value is None or math.isnan(value):
        return "–"
    if math.isinf(value):
        if unit == "hazard ratio":
            return "\u221e" if value > 0 else "0"
        return "not reached" if value > 0 else "–"
    return _to_decimals(value, unit, _decimals(unit) + more)


def _to_decimals(value: float, unit: str, decimals: int) -> str:
    return percent(value, decimals - 2) if unit == "share" else f"{value:.{decimals}f}"


def published_words(result: Result) -> str:
    """A published number to the decimals that it has: `24.8`, `44 %`, `> 30.0`."""
    if result.published is None or result.digits is None:
        return "–"
    sign = f"{result.bound}\u00a0" if result.bound else ""
    return sign + _to_decimals(result.published, result.unit, result.digits)


def _further_decimals(result: Result) -> int:
    """Decimals more than usual that the interval needs so that what is shown agrees with the verdict."""
    low, high = result.predicted_low, result.predicted_high
    if result.inside is None or result.published is None or result.digits is None or result.bound:
        return 0
    assert low is not None
    assert high is not None
    half = 0.5 * 10.0**-result.digits
    for more in range(3):
        decimals = _decimals(result.unit) + more
        shown = round(low, decimals) - half <= result.published <= round(high, decimals) + half
        if shown == result.inside:
            return more
    return 0


def agrees_words(result: Result) -> str:
    """Whether a published number lies where the model expects it."""
    if result.inside is None:
        return "–"
    if result.inside:
        return "yes"
    assert result.published is not None
    assert result.predicted_low is not None
    return "model higher" if result.published < result.predicted_low else "model lower"


def of_all(inside: int, count: int, what: str) -> str:
    """`Of 12 published numbers 1 lies`, `Of 1 published number 0 lie`."""
    return (
        f"Of {count} {what}{'' if count == 1 else 's'} {inside} {'lies' if inside == 1 else 'lie'}"
    )


def interval_words(result: Result) -> str:
    """The prediction interval of a result: `12.8 to 19.6 %`; a dash where there is none."""
    if result.predicted_low is None:
        return "–"
    more = _further_decimals(result)
    low, high = (
        value_words(end, result.unit, more) for end in (result.predicted_low, result.predicted_high)
    )
    if math.inf == result.predicted_low:
        return low
    return f"{low} to {high}".replace("\u00a0% to", " to")


def chance_interval_words(result: Result) -> str:
    """`interval_words` of chance in who enrols alone, of a result over draws of the posterior."""
    alone = replace(
        result, predicted_low=result.chance_low, predicted_high=result.chance_high,
        inside=result.chance_inside,
    )  # fmt: skip
    return interval_words(alone)


def result_words(result: Result) -> str:
    """Endpoint and subgroup of a result: `PFS, median (visceral disease)`; how a published ratio is made."""
    words = ", ".join(filter(None, (endpoint_words(result.endpoint), result.analysis)))
    return f"{words} ({result.among})" if result.among else words


EVENT_WORDS = {"pfs": "progression or death", "os": "death"}


def conduct_words(trial: Trial) -> str:
    """How women enrol in a trial and when its data are cut: `accrual over 18 months; ...`."""
    accrual = f"accrual over {trial.accrual_months:g} months"
    if trial.accrual_months == 0.0:
        accrual = "all enrol at once"
    elif trial.accrual_rates:
        rates = " to ".join(f"{rate:g}" for rate in trial.accrual_rates)
        accrual += f", at rates of {rates} in equal parts of it"
    if trial.induction_months is not None:
        after = f"{trial.induction_months:g} months into the line"
        accrual = f"randomised {after}, without progression; {accrual}"
    if trial.randomised_at is not None:
        accrual = f"randomised when plasma shows an ESR1 mutation, without progression; {accrual}"
    latest = f"{trial.follow_up_months:g} months after the first enrolment"
    if trial.cut is None:
        return f"{accrual}; data cut {latest}"
    events = f"{trial.cut.events:,} events ({EVENT_WORDS[trial.cut.endpoint]})"
    return f"{accrual}; data cut at {events}, and {latest} at the latest"
