"""What a report shows of numbers over draws: parameters and chance apart, and where variance comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from seedsoil.display.apart import Apart, apart_chart
from seedsoil.display.page import Figure
from seedsoil.display.words import bare_interval, number, of_women, percent, signed, whole
from seedsoil.results.draws import FEW, FEW_WORDS
from seedsoil.units import Z95

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seedsoil.results.draws import OverDraws

TITLE = "How sure: the parameters, and chance"
_LARGE = 100.0
"""From here on numbers, such as sums of money, are told without decimals."""
_AXES = {
    "share": ("Shares", "points"),
    "years": ("Years", "years"),
    "lines": ("Lines of therapy", "lines"),
    "events": ("Events", "events"),
    "ratio": ("Observed over expected", "ratio"),
    "months": ("Months", "months"),
    "hazard ratio": ("Hazard ratios", "hazard ratio"),
    "QALYs": ("Quality-adjusted life years", "QALYs"),
}
"""By unit: the title of a chart, and its axis."""


class Told(NamedTuple):
    """Numbers over `draws` draws of `women` women each, as a report shows them.

    `differences`: the numbers are differences. `run_women`: of the run whose variance is split; 0 for none.
    `or_more`: some draws have more women than `women`. `of`: what a draw is; `unknown`: what differs between
    them.
    """

    found: Sequence[OverDraws]
    draws: int
    women: int
    differences: bool = False
    run_women: int = 0
    or_more: bool = False
    of: str = "draws of the posterior"
    unknown: str = "the fitted numbers"


def draws_section(told: Told | None) -> dict[str, Any] | None:
    """What the template `draws` of `display/templates/parts.html` shows; None without draws."""
    if told is None:
        return None
    known = [one for one in told.found if np.isfinite(one.mean)]
    units = list(dict.fromkeys(one.unit for one in known))
    return {
        "title": TITLE,
        "how": (
            f"Of {whole(told.draws)} {told.of}, each with {of_women(told.women)}"
            f"{' or more' if told.or_more else ''} of its own. "
            "Wide bars: between which 95 % of draws lie once chance is taken out, which is what is not known "
            f"of {told.unknown}. Thin lines: between which chance in the simulated women leaves the mean, "
            "95 %; more women make them shorter, and the wide bars not. The two are never added up."
            + (f" {FEW_WORDS}" if told.draws < FEW else "")
        ),
        "figures": [_figure([one for one in known if one.unit == unit], told) for unit in units],
        "split": _split(told),
    }


def _figure(rows: list[OverDraws], told: Told) -> tuple[str, Figure]:
    title, axis = _AXES.get(rows[0].unit, (rows[0].unit, rows[0].unit))
    drawn = [_drawn(one, told.differences) for one in rows]
    sentence = " ".join(_sentence(one, told.differences) for one in _told_first(rows))
    x_title = f"{axis}, 95 %" if told.differences else f"{axis} from the mean, 95 %"
    chart = apart_chart(drawn, x_title=x_title, description=sentence)
    table = [
        [one.name, _value(one.mean, one, told.differences), _interval(one, told.differences),
         _error(one.parameters, one, one.parameters > 0.0), _error(one.monte_carlo, one)]
        for one in rows
    ]  # fmt: skip
    header = [
        "",
        "mean",
        "95 % over the parameters",
        "sd by parameters",
        "Monte-Carlo error of the mean",
    ]
    return title, Figure(chart, sentence, header, table)


def _drawn(one: OverDraws, difference: bool) -> Apart:
    """A row of the chart: a difference where it lies, any other number around its mean, which is named."""
    scale = 100.0 if one.unit == "share" else 1.0
    name = one.name if difference else f"{_plain(one.name)}: {_value(one.mean, one)}"
    at = 0.0 if difference else one.mean
    mean, low, high = (scale * (x - at) for x in (one.mean, one.low, one.high))
    return Apart(name, mean, low, high, scale * Z95 * one.monte_carlo)


def _told_first(rows: list[OverDraws]) -> list[OverDraws]:
    """The first number, and the one of which the parameters leave most open in errors of chance."""
    widest = max(rows, key=lambda one: one.parameters / max(one.monte_carlo, 1e-12))
    return list(dict.fromkeys([rows[0], widest]))


def _sentence(one: OverDraws, difference: bool) -> str:
    """Both uncertainties of a number in words."""
    name = _plain(one.name)
    name = name[:1].upper() + name[1:]
    told = f"{name}: {_value(one.mean, one, difference)}"
    moved = _error(Z95 * one.monte_carlo, one)
    chance = f"chance in the simulated women moves the mean by {moved} either way"
    if one.parameters <= 0.0:
        return f"{told}; what the parameters add is not told from chance, and {chance}."
    between = _interval(one, difference).replace(" to ", " and ")
    return f"{told}; what is not known of the parameters puts it between {between}, and {chance}."


def _plain(name: str) -> str:
    """The name of a headline without the unit that its value shows."""
    return name.removesuffix(", share")


def _value(value: float, one: OverDraws, difference: bool = False) -> str:
    digits = {"events": 0, "months": 1}.get(one.unit, 2)
    if one.unit == "share":
        return f"{signed(100.0 * value, 1)} points" if difference else percent(value)
    if max(abs(one.low), abs(one.high), abs(one.mean)) >= _LARGE:
        return f"{value:{'+' if difference else ''},.0f}".replace("-", "\u2212")
    return signed(value, digits) if difference else number(value, digits)


def _error(value: float, one: OverDraws, known: bool = True) -> str:
    if not known:
        return "–"
    if one.unit == "share":
        return f"{100.0 * value:.2g} points"
    return whole(value) if value >= _LARGE else f"{value:.2g}"


def _interval(one: OverDraws, difference: bool = False) -> str:
    if one.parameters <= 0.0:
        return "not beyond chance; more women tell"
    if one.unit == "share" and not difference:
        return f"{bare_interval(one.low, one.high)} %"
    ends = (_value(end, one, difference) for end in (one.low, one.high))
    return " to ".join(ends).replace(" points to", " to")


def _split(told: Told) -> dict[str, Any] | None:
    """Of the variance of what the run says, how much its women make, the parameters, and discrepancy."""
    if not told.run_women:
        return None
    rows = []
    for one in told.found:
        if not one.parameters > 0.0:
            continue
        women = one.of_women * told.women / told.run_women
        whole_of = women + one.parameters**2
        beyond = one.discrepancy
        rows.append(
            [one.name, _error(float(np.sqrt(whole_of)), one), percent(women / whole_of),
             percent(one.parameters**2 / whole_of * (1.0 - (beyond or 0.0))),
             "–" if beyond is None else percent(one.parameters**2 / whole_of * beyond)]
        )  # fmt: skip
    if not rows:
        return None
    apart = any(row[-1] != "–" for row in rows)
    return {
        "title": f"Where the variance of what {of_women(told.run_women)} say comes from",
        "header": ["", "standard deviation", "women simulated", "parameters", "discrepancy"],
        "rows": rows,
        "words": (
            "Women simulated: the play of chance, which more of them make smaller. Parameters: what the data "
            "leave open. "
            + (
                "Discrepancy: what is wider because the model misses some of its targets by more than "
                "their errors, by the posterior's own split; where that does not tell, it is within the "
                "parameters."
                if apart
                else "What the model misses of its targets is within the parameters: this posterior does not "
                "tell it apart here."
            )
        ),
    }
