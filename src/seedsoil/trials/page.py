"""The report of a simulated trial: what its page says and draws."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.catalog.overrides import changes_rows, changes_words
from seedsoil.display.page import Figure, page_html
from seedsoil.display.shares import dots_chart
from seedsoil.display.waterfall import waterfall_chart
from seedsoil.display.words import listed, of_women, percent, percent_interval, whole
from seedsoil.results.draws_section import Told, draws_section
from seedsoil.storage import write_whole
from seedsoil.trials import charts
from seedsoil.trials.endpoints import among_words
from seedsoil.trials.enrolled import HEADER, enrolled_rows
from seedsoil.trials.words import (
    agrees_words,
    chance_interval_words,
    conduct_words,
    interval_words,
    of_all,
    published_words,
    result_words,
    value_words,
)
from seedsoil.vocabulary import PLACES, PROGRESSED_BY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from seedsoil.catalog.arms import Arm, CrossoverRule, MaintenanceRule
    from seedsoil.trials.endpoints import Result
    from seedsoil.trials.result import TrialData

DEATH_FIRST = "death first"
CURVES = (("pfs", "Progression-free survival"), ("os", "Overall survival"))


def write_trial_report(result: TrialData, path: str | Path) -> Path:
    """Write the report of a trial as one self-contained HTML file, whole or not at all.

    Raises InputError where the folder of `path` does not exist.
    """
    return write_whole(path, trial_report_html(result))


def trial_report_html(result: TrialData) -> str:
    """The page that `write_trial_report` writes."""
    trial, manifest = result.trial, result.manifest
    registered = f"; {trial.nct}" if trial.nct else ""
    about = f"{trial.description}, {trial.year}{registered}. {trial.population}".strip()
    groups = [among_words(group.asked()) or "all" for group in (trial.eligible, *trial.or_eligible)]
    return page_html(
        "trials/page.html",
        trial=trial,
        manifest=manifest,
        about=about[:1].upper() + about[1:],
        verdict=result.verdict,
        reasons=list(filter(None, (result.ratios_sentence, result.role_sentence))),
        facts=_facts(result),
        draws=_over_draws(result),
        numbers=_numbers(result),
        columns=["", *result.header],
        missing=[
            f"{r.arm}: {result_words(r)}, published {published_words(r)}: {r.reason}."
            for r in result.results
            if r.reason
        ],
        enrolled={"header": HEADER, "rows": enrolled_rows(result.facts)},
        enrolled_sentence=result.enrolled_sentence,
        curves=[(title, _curve(result, curve)) for curve, title in CURVES],
        forest=_forest(result),
        responses=_responses(result),
        sites=[
            ("Site of first progression", _shares(result, "progression_organ", PLACES)),
            ("What showed it", _shares(result, "progression_by", PROGRESSED_BY)),
        ],
        eligible="; or ".join(groups),
        arms=[_arm_words(arm) for arm in trial.arms],
        conduct=conduct_words(trial),
        changed=changes_words(manifest.get("changed", {})),
        dropout=percent(trial.dropout),
        made=[
            ("parameters, hash", manifest["parameters_hash"]),
            *changes_rows(manifest),
            ("sources", ", ".join(trial.sources) or "none given"),
        ],
    )


def _over_draws(result: TrialData) -> dict[str, Any] | None:
    """What the trial says at large n over draws of the posterior; None without."""
    told = result.headlines
    if told is None:
        return None
    section = draws_section(Told(told.found, told.draws, told.women, or_more=True))
    return None if section is None else {**section, "not_told": told.not_told}


def _facts(result: TrialData) -> list[tuple[str, str]]:
    women = result.manifest["women"]
    return [
        *((f"women in arm {arm.name}", whole(arm.n)) for arm in result.trial.arms),
        ("role", result.trial.role),
        ("women simulated", whole(women["simulated"])),
        ("with metastatic disease", whole(women["metastatic"])),
        ("of these eligible, in every arm", whole(women["enrolled"])),
        ("replicates of the trial", whole(result.manifest["replicates"])),
        *(
            (f"{name} when they enrolled", f"{value:.0f}" if "age" in name else percent(value))
            for name, value in result.baseline.items()
        ),
    ]


def _numbers(result: TrialData) -> dict[str, list[list[str]]]:
    """The published numbers that were simulated, as rows of the table of each arm."""
    numbers: dict[str, list[list[str]]] = {}
    for r in result.results:
        if not r.reason:
            alone = [] if result.headlines is None else [chance_interval_words(r)]
            numbers.setdefault(r.arm, []).append(_row(r, alone))
    return numbers


def _curve(result: TrialData, curve: str) -> Figure:
    sentence = _curve_sentence(result, curve)
    chart = charts.survival_chart(result, curve, sentence)
    return Figure(chart, sentence, *_curve_rows(result, curve))


def _medians(result: TrialData, curve: str) -> list[tuple[str, float, float | None]]:
    """Each arm's median in months, simulated and published."""
    found = []
    for name in charts.arm_names(result):
        median = float(result.mean.arms[name].curves[curve].median[0])
        published = next(
            (r.published for r in result.results
             if r.arm == name and r.endpoint == f"{curve}_median" and not (r.among or r.bound)),
            None,
        )  # fmt: skip
        found.append((name, median, published))
    return found


def _curve_sentence(result: TrialData, curve: str) -> str:
    what = {"pfs": "progression-free", "os": "overall"}[curve]
    parts = []
    for name, median, published in _medians(result, curve):
        against = "" if published is None else f" against {published:.1f} published"
        parts.append(f"{value_words(median, 'months')}{against} ({name})")
    return f"Median {what} survival in months: {listed(parts)}."


def _curve_rows(result: TrialData, curve: str) -> tuple[list[str], list[list[str]]]:
    months = np.array(result.months)
    _, ticks = charts.horizon_of(result, curve)
    rows = []
    for name in charts.arm_names(result):
        mean = result.mean.arms[name].curves[curve]
        drawn = result.replicates.arms[name].curves[curve]
        for tick in ticks:
            i = int(np.searchsorted(months, tick))
            values = drawn.at[:, i][np.isfinite(drawn.at[:, i])]
            known = values.size and result.replicates.give_intervals
            low, high = np.quantile(values, charts.BAND) if known else (np.nan, np.nan)
            rows.append(
                [name, f"{tick:g}", whole(float(drawn.at_risk[:, i].mean())),
                 percent(float(mean.at[0, i])), percent_interval(float(low), float(high))]
            )  # fmt: skip
    return ["arm", "months", "at risk", "free of it", "95 % of trials"], rows


def _forest(result: TrialData) -> dict[str, Any] | None:
    """The hazard ratios, published and simulated, and the arm that they are of; None where there are none."""
    ratios = [
        (result_words(r).replace(", hazard ratio", ""), r)
        for r in result.results
        if r.endpoint.endswith("_hr") and r.mean is not None and np.isfinite(r.mean)
    ]
    if not ratios:
        return None
    compared = list(dict.fromkeys(r.arm for _, r in ratios))
    if len(compared) > 1:
        ratios = [(f"{name}: {r.arm}", r) for name, r in ratios]
    judged = [r for _, r in ratios if r.inside is not None]
    inside = sum(bool(r.inside) for r in judged)
    sentence = "Published: 95 % confidence interval; simulated: 95 % of trials of this size."
    if judged:
        sentence = (
            f"{of_all(inside, len(judged), 'published hazard ratio')} where 95 % of simulated "
            f"trials do. {sentence}"
        )
    rows = [
        [name, published_words(r), _limits(r.low, r.high), value_words(r.mean, r.unit),
         _limits(r.predicted_low, r.predicted_high), agrees_words(r)]
        for name, r in ratios
    ]  # fmt: skip
    header = ["", "published", "95 % interval", "simulated", "95 % of trials", "agrees"]
    figure = Figure(charts.forest_chart(ratios, sentence), sentence, header, rows)
    return {"arm": listed(compared), "figure": figure}


def _responses(result: TrialData) -> list[tuple[str, Figure]]:
    """Best change of the target lesions: a waterfall for each arm with two women or more to draw."""
    figures: list[tuple[str, Figure]] = []
    if result.trial.within_line:
        return figures  # the change since the line began, not since they were randomised
    for name in charts.arm_names(result):
        rows = result.enrolment.arms[name].rows
        known = np.isfinite(rows.best_change)
        if known.sum() < 2:
            continue
        change, response = rows.best_change[known], rows.best_response[known]
        shrunk = float(np.mean(change <= -0.3))
        grown = float(np.mean(change >= 0.2))
        sentence = (
            f"{name}: at its best the sum of diameters had shrunk by 30 % or more in "
            f"{percent(shrunk)} of the women with target lesions, and never been less than 20 % "
            f"above baseline in {percent(grown)}. A response counts when a second scan confirms it."
        )
        quantiles = np.quantile(change, [0.05, 0.25, 0.5, 0.75, 0.95])
        table = [
            [f"{share} %", f"{100 * q:+.0f} %"]
            for share, q in zip((5, 25, 50, 75, 95), quantiles, strict=True)
        ]
        chart = waterfall_chart(change, response, sentence)
        figures.append((name, Figure(chart, sentence, ["women below", "best change"], table)))
    return figures


def _shares(result: TrialData, field: str, kinds: Sequence[str]) -> Figure:
    """Women of each arm by `field`, whose codes count `kinds` and are -1 where death came first."""
    from scipy.stats import binom

    codes = dict(enumerate(kinds)) | {-1: DEATH_FIRST}
    rows, table, most = [], [], []
    for arm in result.trial.arms:
        of_women = result.enrolment.arms[arm.name].rows[field]
        for code, kind in codes.items():
            share = float(np.mean(of_women == code))
            low, high = (float(k) / arm.n for k in binom.interval(0.95, arm.n, share))
            low, high = (0.0, 0.0) if np.isnan(low) else (low, high)
            rows.append((kind, arm.name, share, low, high))
            table.append([f"{kind}, {arm.name}", percent(share), percent_interval(low, high)])
        first = sorted((r for r in rows if r[1] == arm.name), key=lambda r: -r[2])[:3]
        most.append(f"{arm.name}: " + ", ".join(f"{r[0]} {percent(r[2])}" for r in first))
    sentence = f"Most often, {'; '.join(most)}."
    chart = dots_chart(
        rows,
        order=list(codes.values()),
        x_title="Share of the women of an arm",
        description=sentence,
    )
    return Figure(chart, sentence, ["", "share", "95 % of trials"], table)


def _arm_words(arm: Arm) -> str:
    """What an arm is given: `letrozole, 222 women: letrozole, then usual care`."""
    given = "usual care" if arm.usual_care else _shares_words(arm.regimen)
    until = f" for {arm.until_months:g} months" if arm.until_months else ""
    then = f", then {_shares_words(arm.then)}" if arm.then else ""
    if arm.then_rules:
        then = f", then {_rules_words(arm.then_rules)}"
    if arm.switch is not None:
        then += f"; at an ESR1 mutation in plasma switched to {_shares_words(arm.switch.regimen)}"
    cross = ""
    if arm.crossover is not None:
        cross = f"; {percent(arm.crossover.share, 0)} cross over to {arm.crossover.regimen}"
    if arm.crossover_rules:
        cross = f"; crossing over: {_rules_words(arm.crossover_rules)}"
    return f"{arm.name}, {of_women(arm.n)}: {given}{until}{then}{cross}"


def _shares_words(regimens: Mapping[str, float]) -> str:
    """`letrozole (70 %) and exemestane (30 %)`, or one name."""
    return listed(
        [
            f"{name} ({percent(share, 0)})" if share < 1.0 else name
            for name, share in regimens.items()
        ]
    )


def _rules_words(rules: Sequence[MaintenanceRule | CrossoverRule]) -> str:
    """`letrozole (visceral disease), else exemestane (50 %) and anastrozole (50 %)`."""
    told = []
    for rule in rules:
        when = among_words(rule.when.asked())
        part = getattr(rule, "share", 1.0)
        whom = ", ".join(filter(None, (when, percent(part, 0) if part < 1.0 else "")))
        told.append(_shares_words(rule.regimen) + (f" if {whom}" if whom else ""))
    return ", else ".join(told)


def _limits(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return "–"
    return " to ".join(value_words(end, "hazard ratio") for end in (low, high))


def _row(r: Result, alone: Sequence[str]) -> list[str]:
    """`alone`: the interval of chance, where the other holds the parameters, too."""
    error = "" if r.error is None else f" ± {_error(r.error, r.unit)}"
    return [
        result_words(r),
        published_words(r) + (" *" if r.verified is False else ""),
        value_words(r.mean, r.unit) + error,
        *alone,
        interval_words(r),
        agrees_words(r),
    ]


def _error(error: float, unit: str) -> str:
    return f"{100 * error:.1f}" if unit == "share" else f"{error:.2f}"
