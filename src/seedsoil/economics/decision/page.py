"""The report of a decision: what its page says and draws."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil._version import __version__
from seedsoil.display.page import Figure, page_html
from seedsoil.display.words import listed, percent, whole
from seedsoil.economics.decision import charts
from seedsoil.economics.decision.ratio import ellipse
from seedsoil.economics.decision.words import money, money_with_half
from seedsoil.storage import write_whole
from seedsoil.units import Z95

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from seedsoil.display.shown import Shown
    from seedsoil.economics.decision.told import DecisionTold

_ROWS_OF_CURVES = 11
_MOST_IN_SENTENCE = 4


def write_decision_report(
    result: DecisionTold, path: str | Path, extras: Sequence[Shown] = ()
) -> Path:
    """Write the report as one self-contained HTML file; `extras` are further results, such as an EVSI.

    Raises InputError where the folder of `path` does not exist.
    """
    return write_whole(path, decision_report_html(result, extras))


def decision_report_html(result: DecisionTold, extras: Sequence[Shown] = ()) -> str:
    """The page that `write_decision_report` writes."""
    clean = result.clean
    return page_html(
        "economics/decision/page.html",
        version=__version__,
        title=f"{listed(list(result.names))}: which one?"
        if len(result.names) <= 3
        else "Which strategy?",
        verdict=result.verdict,
        ratios=result.ratios_sentence,
        notes=result.notes,
        facts=_facts(result),
        effect=result.units.effect,
        reference=result.names[result.draws.reference],
        incremental=result.text_rows(),
        frontier=None if result.same else _frontier(result),
        against=result.reference_rows(),
        plane=None if result.same else _plane(result),
        thresholds=result.threshold_rows(),
        acceptability=acceptability_figure(clean),
        loss=loss_figure(clean),
        evpi=evpi_figure(result),
        noise=_noise(result),
        learning=_learning(result),
        tornado=_tornado(result),
        extras=[(one.title, Figure(one.chart(), one.sentence, *one.text_rows())) for one in extras],
    )


def _facts(result: DecisionTold) -> list[tuple[str, str]]:
    k = result.at[0]
    evpi = result.clean.evpi_at(k)
    facts = [
        ("draws", whole(result.draws.count)),
        ("strategies", whole(len(result.names))),
        ("threshold", result.units.threshold(k)),
        ("best on average there", result.clean.best_at(k)),
        ("EVPI a patient (± 95 %)", money_with_half(*evpi)),
    ]
    if result.population is not None:
        of_all = result.evpi_of(result.population)
        facts.append(("patients, discounted", whole(result.population)))
        facts.append(("EVPI of all of them (± 95 %)", money_with_half(*of_all)))
    if result.draws.parameters:
        facts.append(("parameters", whole(len(result.draws.parameters))))
    if result.noise is not None:
        facts.append(("women a draw", whole(result.noise.women)))
    return facts


def _title(words: str) -> str:
    return words[:1].upper() + words[1:]


def frontier_figure(result: DecisionTold) -> dict[str, Any]:
    """The efficiency frontier as a chart."""
    points = [
        (result.names[s.strategy], s.effect, s.cost, s.status == "frontier")
        for s in result.frontier
    ]
    return charts.frontier_chart(
        points,
        x_title=f"{_title(result.units.effect)} a patient",
        y_title=f"{_title(result.units.cost)}",
        description=_frontier_words(result),
    )


def _frontier_words(result: DecisionTold) -> str:
    on = [result.names[step.strategy] for step in result.frontier if step.status == "frontier"]
    off = [
        f"{result.names[step.strategy]} is {result.status_words(step)}"
        if step.status != "same"
        else f"{result.names[step.strategy]}: {result.status_words(step)}"
        for step in result.frontier
        if step.status != "frontier"
    ]
    told = (
        f"Mean cost and {result.units.effect} of each strategy. On the frontier, from the least costly up: "
        f"{listed(on)}."
    )
    if len(off) > _MOST_IN_SENTENCE:
        return f"{told} The other {len(off)} are dominated, as the table says."
    return f"{told} {_title('; '.join(off))}." if off else told


def _frontier(result: DecisionTold) -> Figure:
    return Figure(frontier_figure(result), _frontier_words(result), *result.text_rows())


def plane_figure(result: DecisionTold) -> dict[str, Any]:
    """The cost-effectiveness plane of the draws as a chart."""
    draws = result.clean.draws
    clouds = []
    for j in draws.others:
        cost, effect = draws.difference(j, draws.reference)
        if cost.any() or effect.any():
            clouds.append((draws.names[j], effect, cost, ellipse(cost, effect)))
    k = result.at[0]
    return charts.plane_chart(
        clouds,
        draws.names,
        k=k,
        x_title=f"More {result.units.effect} than {draws.names[draws.reference]}, a patient",
        y_title=f"More {result.units.cost}",
        line=result.units.threshold(k),
        description=_plane_words(result),
    )


def _plane_words(result: DecisionTold) -> str:
    draws, k = result.clean.draws, result.at[0]
    increments = draws.increments(k)
    told = [
        f"{draws.names[j]} in {percent(float((increments[:, j] > 0.0).mean()), 0)}"
        for j in draws.others[:_MOST_IN_SENTENCE]
    ]
    more = " and so on" if len(draws.others) > _MOST_IN_SENTENCE else ""
    return (
        "Each small point is a draw, each ring holds 95 % of a normal with the same spread, each "
        "large point is the mean. "
        f"Below the dashed line a strategy is worth its cost at {result.units.threshold(k)} against "
        f"{draws.names[draws.reference]}: {listed(told)} of draws{more}."
    )


def _plane(result: DecisionTold) -> Figure:
    return Figure(plane_figure(result), _plane_words(result), *result.reference_rows())


def _shown(result: DecisionTold) -> Any:
    """Some thresholds of the curves: evenly taken, and those nearest to `at`."""
    thresholds = result.thresholds
    some = (
        np.linspace(0, thresholds.size - 1, min(_ROWS_OF_CURVES, thresholds.size))
        .round()
        .astype(int)
    )
    asked = [int(np.abs(thresholds - k).argmin()) for k in result.at]
    return np.unique(np.concatenate([some, asked]))


def _within(result: DecisionTold) -> list[float]:
    low, high = result.thresholds[0], result.thresholds[-1]
    return [k for k in result.at if low <= k <= high]


def _changes_words(result: DecisionTold) -> str:
    """The ICERs within the chart, at which the best choice on average changes."""
    low, high = result.thresholds[0], result.thresholds[-1]
    told = [f"{ratio} ({over})" for ratio, k, over in _ratios(result) if low <= k <= high]
    return f" On average the best choice changes at {_few(told)}." if told else ""


def _outside_words(result: DecisionTold) -> str:
    """The ICERs that the chart does not reach, so that nobody takes its edge for the last change."""
    low, high = result.thresholds[0], result.thresholds[-1]
    told = [f"{ratio} ({over})" for ratio, k, over in _ratios(result) if not low <= k <= high]
    if not told:
        return ""
    return f" Not on the chart, where the best choice on average changes, too: {_few(told)}."


def _ratios(result: DecisionTold) -> list[tuple[str, float, str]]:
    """Of each step up the frontier: the ICER in words, as a number, and of which over which."""
    names = result.names
    return [
        (result.units.threshold(s.icer), s.icer, f"{names[s.strategy]} over {names[s.against]}")
        for s in result.frontier
        if s.icer is not None and s.against is not None
    ]


def _few(told: list[str]) -> str:
    if len(told) <= _MOST_IN_SENTENCE:
        return listed(told)
    return listed([*told[:_MOST_IN_SENTENCE], f"{len(told) - _MOST_IN_SENTENCE} more"])


def acceptability_figure(result: DecisionTold) -> Figure:
    """Acceptability curves with the frontier beneath them."""
    found, names = result.winners, result.names
    rows = [
        [
            money(result.thresholds[i]),
            *(percent(v, 1) for v in found.shares[i]),
            names[found.best[i]],
        ]
        for i in _shown(result)
    ]
    k = result.at[0]
    now = result.winners_at(k)
    best = int(now.best[0])
    top = int(now.shares[0].argmax())
    sentence = (
        f"At {result.units.threshold(k)} {names[best]} has the highest net benefit on average and "
        "is best in "
        f"{percent(float(now.shares[0, best]), 0)} of draws."
    )
    if top != best and now.shares[0, top] > now.shares[0, best]:
        most = percent(float(now.shares[0, top]), 0)
        sentence += f" {names[top]} is best in more, {most}, but gains less where it is."
    sentence += _changes_words(result) + _outside_words(result)
    sentence += (
        " The broad grey line follows the strategy that is best on average. Strategies that tie share a draw "
        "equally."
    )
    chart = charts.threshold_chart(
        result.thresholds,
        [(name, found.shares[:, j]) for j, name in enumerate(names)],
        names,
        at=_within(result),
        x_title=f"Threshold, {result.units.per_effect}",
        y_title="Share of draws in which it is best",
        share=True,
        description=sentence,
        frontier=np.take_along_axis(found.shares, found.best[:, None], axis=1)[:, 0],
    )
    return Figure(chart, sentence, [result.units.per_effect, *names, "best on average"], rows)


def loss_figure(result: DecisionTold) -> Figure:
    """Expected loss curves."""
    found, names = result.winners, result.names
    losses = found.loss[:, None] + found.behind
    rows = [[money(result.thresholds[i]), *(money(v) for v in losses[i])] for i in _shown(result)]
    k = result.at[0]
    now = result.winners_at(k)
    told = [
        f"{name} {result.units.money(float(now.loss[0] + now.behind[0, j]))}"
        for j, name in enumerate(names[:_MOST_IN_SENTENCE])
    ]
    more = " and so on" if len(names) > _MOST_IN_SENTENCE else ""
    sentence = (
        "What choosing a strategy loses on average because another would have been better: at "
        f"{result.units.threshold(k)} "
        f"{listed(told)}{more} a patient. The lowest line is the best choice, and its height is EVPI."
        f"{_outside_words(result)}"
    )
    chart = charts.threshold_chart(
        result.thresholds,
        [(name, losses[:, j]) for j, name in enumerate(names)],
        names,
        at=_within(result),
        x_title=f"Threshold, {result.units.per_effect}",
        y_title=f"Expected loss a patient{f', {result.units.currency}' if result.units.currency else ''}",
        share=False,
        description=sentence,
        frontier=found.loss,
    )
    return Figure(chart, sentence, [result.units.per_effect, *names], rows)


def evpi_figure(result: DecisionTold) -> Figure:
    """EVPI by threshold with its 95 % band; with patient noise both, as it is and corrected."""
    seen, clean = result.winners, result.clean.winners
    thresholds = result.thresholds
    where = int(clean.loss.argmax())
    evpi = result.clean.evpi_at()
    sentence = (
        f"Learning everything before choosing would be worth {result.units.money(evpi.value)} (± "
        f"{money(Z95 * evpi.se)}, 95 %) a patient at "
        f"{result.units.threshold(result.at[0])}, and of the thresholds shown at most "
        f"{result.units.money(float(clean.loss[where]))} "
        f"at {money(float(thresholds[where]))}.{_outside_words(result)} Band: 95 % for the finite number "
        "of draws."
    )
    header = [result.units.per_effect, "EVPI a patient", "standard error"]
    rows = [
        [money(thresholds[i]), money(clean.loss[i]), money(clean.loss_se[i])]
        for i in _shown(result)
    ]
    curves = [("EVPI", clean.loss)]
    if result.corrected is not None:
        curves = [
            ("corrected for chance between patients (the result)", clean.loss),
            ("not corrected", seen.loss),
        ]
        header.append("not corrected")
        for row, i in zip(rows, _shown(result), strict=True):
            row.append(money(seen.loss[i]))
    chart = charts.threshold_chart(
        thresholds,
        curves,
        [name for name, _ in curves],
        at=_within(result),
        x_title=f"Threshold, {result.units.per_effect}",
        y_title=f"EVPI a patient{f', {result.units.currency}' if result.units.currency else ''}",
        share=False,
        description=sentence,
        band=(clean.loss - Z95 * clean.loss_se, clean.loss + Z95 * clean.loss_se),
    )
    return Figure(chart, sentence, header, rows)


def _noise(result: DecisionTold) -> dict[str, Any] | None:
    if result.corrected is None:
        return None
    seen, clean = result.winners_at(result.at[0]), result.clean.winners_at(result.at[0])
    rows = [
        [part.strategy, money(part.total), money(part.patient), money(part.parameter), percent(part.share, 0),
         money(part.se), money(part.se_draws), money(part.se_women)]
        for part in result.decomposition()
    ]  # fmt: skip
    both = [["EVPI a patient", money(float(clean.loss[0])), money(float(seen.loss[0]))]] + [
        [f"{name} best in", percent(float(clean.shares[0, j])), percent(float(seen.shares[0, j]))]
        for j, name in enumerate(result.names)
    ]
    return {
        "sentence": result.noise_sentence,
        "header": ["net benefit of", "SD of draws", "of it chance", "parameters", "chance, of variance",
                   "SE of the mean", "with twice the draws", "with twice the women"],
        "rows": rows,
        "both_header": [f"at {result.units.threshold(result.at[0])}", "corrected (the result)",
                        "not corrected"],
        "both": both,
    }  # fmt: skip


def _learning(result: DecisionTold) -> Figure | None:
    if not result.learns:
        return None
    found = result.learning
    return Figure(found.chart(), found.sentence, *found.text_rows())


def _tornado(result: DecisionTold) -> Figure | None:
    if not result.learns:
        return None
    found = result.tornado()
    return Figure(found.chart(), found.sentence, *found.text_rows())
