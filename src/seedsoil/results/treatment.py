"""What treated women live through, line by line: survival, progression, response, attrition, sites.

All of it is read from the lines table of a run that was simulated with a strategy. Every life is followed to
its end and every line to its progression or to death, so nothing is censored: shares are counted shares, with
binomial Monte-Carlo errors.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from seedsoil.display.curves import Curve, curves_chart
from seedsoil.display.shown import Shown, TextRows, text_table
from seedsoil.display.stacked import AMBER, BLUE, GREEN, PALE, stacked_chart
from seedsoil.display.theme import DARK
from seedsoil.display.waterfall import waterfall_chart
from seedsoil.display.words import group_words, listed, percent, percent_interval, span, whole
from seedsoil.errors import InputError, whole_number
from seedsoil.results.burden import DIVISIONS, divided
from seedsoil.results.columns import chosen, codes, flags, integers, numbers, rows_of
from seedsoil.results.shares import Share
from seedsoil.results.survival import SurvivalCurve, complete_curve, round_times, round_up
from seedsoil.units import MONTHS_PER_YEAR
from seedsoil.vocabulary import ORGANS, RESPONSES, UNTREATED

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from seedsoil.results.columns import Flags, Floats, Integers, Tables

LINES_TOLD = 4
"""Lines told one by one; how results are read, not a number about the disease."""
BEST_FIRST = RESPONSES[::-1]
"""Responses as tables show them, best to worst."""
RESPONDED = ("CR", "PR")


class Lines(NamedTuple):
    """The lines of a run's treated women as arrays, in order of woman and line. Times in years.

    `row`: of the patients table; `ended`: progression, or death if that came first; `following`: whether
    another line followed.
    """

    row: Integers
    line: Integers
    started: Floats
    ended: Floats
    progressed: Flags
    following: Flags
    table: pa.Table


def lines_of(run: Tables) -> pa.Table | None:
    """The lines table of a run simulated with a strategy; None where metastases were left untreated."""
    if run.manifest.get("strategy", UNTREATED) == UNTREATED:
        return None
    found: pa.Table | None = getattr(run, "lines", None)
    return found


def line_rows(run: Tables) -> Lines:
    """The run's lines. Raises InputError for a run without them."""
    table = lines_of(run)
    if table is None:
        raise InputError("this run has no lines of therapy: simulate it with a strategy.")
    row = rows_of(run.patients, integers(table, "patient"))
    line = integers(table, "line")
    order = np.lexsort((line, row))
    order = order[row[order] >= 0]
    table = table.take(order)
    row, line = row[order], line[order]
    progressed = numbers(table, "progressed_at")
    seen = np.isfinite(progressed)
    return Lines(
        row,
        line,
        numbers(table, "started_at"),
        np.where(seen, progressed, numbers(run.patients, "died_at")[row]),
        seen,
        np.append(row[1:] == row[:-1], False)[: row.size],
        table,
    )


@dataclass(frozen=True)
class ProgressionFree(Shown):
    """Progression-free survival since the start of a line. The times of `curves` are months.

    `by`: "line" (the first four), or what the women of line `line` are divided by.
    """

    title = "Progression-free survival"

    curves: tuple[SurvivalCurve, ...]
    by: str | None
    line: int

    def table(self) -> pa.Table:
        """group, women, median_months with its 95 % interval (lower, upper), at_6, at_12, at_24."""
        import pyarrow as pa

        medians = [curve.median for curve in self.curves]
        return pa.table(
            {
                "group": [c.group for c in self.curves],
                "women": [c.women for c in self.curves],
                "median_months": [median for median, _, _ in medians],
                "lower": [low for _, low, _ in medians],
                "upper": [high for _, _, high in medians],
                **{f"at_{m}": [c.at(m)[0] for c in self.curves] for m in (6, 12, 24)},
            }
        )

    @property
    def sentence(self) -> str:
        """Median in months and the share free of progression after 12, group by group."""
        told = [f"{c.median_words} in {group_words(self.by, c.group)}" for c in self.curves]
        of = "" if self.by == "line" else f", line {self.line}"
        year = listed([percent(c.at(12.0)[0]) for c in self.curves])
        return (
            f"Median progression-free survival{of}, in months (95 % Monte-Carlo interval): "
            f"{listed(told)}; alive without progression after 12 months: {year}."
        )

    def chart(self) -> dict[str, Any]:
        """Curves with 95 % bands and the women at risk under the axis."""
        return progression_free_chart(self)

    def text_rows(self) -> TextRows:
        """Median and share free of progression at 12 months of each group, with 95 % intervals."""
        rows = [
            [c.group, whole(c.women), span(c.median[0]), c.median_interval_words,
             percent(c.at(12.0)[0]), percent_interval(*c.interval_at(12.0))]
            for c in self.curves
        ]  # fmt: skip
        header = ["progression-free", "women", "median, months", "95 % interval", "at 12 months",
                  "95 % interval"]  # fmt: skip
        return header, rows

    def __repr__(self) -> str:
        return text_table(*self.text_rows())


def progression_free(run: Tables, by: str | None = "line", *, line: int = 1) -> ProgressionFree:
    """Months from the start of a line to its progression or death, whichever is first, S(t) = P(T > t).

    `by`: "line" for lines 1 to 4; or the women of line `line` all together (None) or divided by their
    subtype, age, stage, presentation, t_stage, n_stage, burden or organs. Raises InputError for anything else
    and where nobody had such a line.
    """
    lines = line_rows(run)
    months = MONTHS_PER_YEAR * (lines.ended - lines.started)
    curves = tuple(
        complete_curve(name, months[members])
        for name, members in _line_groups(run, lines, by, line)
    )
    return ProgressionFree(curves, by, line)


def _line_groups(
    run: Tables, lines: Lines, by: str | None, line: int, within: Flags | None = None
) -> list[tuple[str, Flags]]:
    """Lines in groups: by number, or those of one number divided as their women are."""
    within = np.ones(lines.row.size, dtype=np.bool_) if within is None else within
    whole_number("line", line)
    if by == "line":
        found = [(f"line {k}", within & (lines.line == k)) for k in range(1, LINES_TOLD + 1)]
    elif by is None or by in list(DIVISIONS):
        own = within & (lines.line == line)
        found = [(g.name, own & g.members[lines.row]) for g in divided(run.patients, by)]
    else:
        chosen("by", by, ("line", *DIVISIONS))
    found = [(name, members) for name, members in found if members.any()]
    if not found:
        raise InputError(f"no woman of the cohort had such a line of therapy (line={line}).")
    return found


@dataclass(frozen=True)
class ResponseGroup:
    """Best confirmed responses (RECIST 1.1) of the women of one group with measurable disease."""

    group: str
    counts: dict[str, int]

    @property
    def women(self) -> int:
        """Women with measurable disease at the start of the line."""
        return sum(self.counts.values())

    @property
    def rate(self) -> Share:
        """Objective response rate: complete or partial."""
        return Share(sum(self.counts[name] for name in RESPONDED), self.women)


@dataclass(frozen=True)
class Responses(Shown):
    """Best response of the women with measurable disease.

    `change`: smallest sum of target diameters over baseline, minus 1, of those who were scanned; `best`: the
    place of their best response in `BEST_FIRST`.
    """

    title = "Best response"

    groups: tuple[ResponseGroup, ...]
    by: str | None
    line: int
    change: Floats
    best: Integers

    def table(self) -> pa.Table:
        """group, response, count, women, share, standard_error, lower, upper (95 %)."""
        return shares_table(
            [
                (g.group, name, Share(n, g.women))
                for g in self.groups
                for name, n in g.counts.items()
            ],
            "response",
        )

    @property
    def sentence(self) -> str:
        """Objective response rate, group by group."""
        told = [
            f"{g.rate.words} in {group_words(self.by, g.group)}" if self.by else g.rate.words
            for g in self.groups
        ]
        of = "" if self.by == "line" else f" of line {self.line}"
        women = whole(sum(g.women for g in self.groups))
        return (
            f"Objective response{of} (complete or partial, confirmed by a second scan; ± Monte-Carlo "
            f"standard error), of {women} women with measurable disease: {listed(told)}."
        )

    def chart(self) -> dict[str, Any]:
        """Waterfall: the best change of the sum of target diameters, woman by woman."""
        return response_waterfall(self)

    def text_rows(self) -> TextRows:
        """Shares by best response, and the objective response rate, of each group."""
        rows = [
            [g.group, whole(g.women), *(percent(n / g.women) for n in g.counts.values()),
             g.rate.words]
            for g in self.groups
        ]  # fmt: skip
        return ["best response", "women", *BEST_FIRST, "CR or PR"], rows

    def __repr__(self) -> str:
        return text_table(*self.text_rows())


def responses(run: Tables, by: str | None = None, *, line: int = 1) -> Responses:
    """Best confirmed responses of women with measurable disease; `by` and `line` as in `progression_free`.

    Raises InputError where nobody had measurable disease at the start of such a line.
    """
    lines = line_rows(run)
    best, names = codes(lines.table, "best_response", BEST_FIRST)
    best = np.where(best < 0, names.index("NE"), best)
    measurable = flags(lines.table, "measurable")
    divided_lines = _line_groups(run, lines, by, line, measurable)
    groups = tuple(
        ResponseGroup(name, _counts(best[members], BEST_FIRST)) for name, members in divided_lines
    )
    change = numbers(lines.table, "best_change")
    shown = np.any([members for _, members in divided_lines], axis=0) & np.isfinite(change)
    return Responses(groups, by, line, change[shown], best[shown])


@dataclass(frozen=True)
class ProgressionSites(Shown):
    """Where progression showed first and what showed it. `counts`: by organ and kind."""

    title = "Where and how disease progresses"

    counts: dict[tuple[str, str], int]
    organs: tuple[str, ...]
    kinds: tuple[str, ...]
    line: int | None

    @property
    def progressions(self) -> int:
        """Progressions counted."""
        return sum(self.counts.values())

    def share(self, organ: str | None = None, kind: str | None = None) -> Share:
        """Share of the progressions in one organ, or of one kind, or both."""
        count = sum(
            n for (o, k), n in self.counts.items() if organ in (o, None) and kind in (k, None)
        )
        return Share(count, self.progressions)

    def table(self) -> pa.Table:
        """organ, kind, count, women (progressions of all organs), share, standard_error, lower, upper."""
        rows = [
            (organ, kind, self.share(organ, kind)) for organ in self.organs for kind in self.kinds
        ]
        return shares_table(rows, "kind", "organ")

    @property
    def sentence(self) -> str:
        """What showed progression, and in which organs, the commonest first."""
        by_organ = {organ: self.share(organ) for organ in self.organs}
        by_kind = {kind: self.share(kind=kind) for kind in self.kinds}
        of = "all lines" if self.line is None else f"line {self.line}"
        return (
            f"Of {whole(self.progressions)} progressions in {of} (± Monte-Carlo standard error), shown "
            f"by {_ranked(by_kind, _KIND_WORDS)}; in {_ranked(by_organ, {})}."
        )

    def chart(self) -> dict[str, Any]:
        """Progressions by organ, stacked by what showed them."""
        return sites_chart(self)

    def text_rows(self) -> TextRows:
        """Share of the progressions in each organ, by what showed them."""
        rows = [
            [organ, *(self.share(organ, kind).words for kind in self.kinds),
             self.share(organ).words]
            for organ in self.organs
        ]  # fmt: skip
        return ["progression in", *self.kinds, "all"], rows

    def __repr__(self) -> str:
        return text_table(*self.text_rows())


_KIND_WORDS = {
    "target": "growth of target lesions",
    "new lesion": "a new lesion",
    "non-target": "growth of other known lesions",
    "symptom": "a symptom",
}


def _ranked(shares: dict[str, Share], names: dict[str, str]) -> str:
    ordered = sorted(shares.items(), key=lambda item: -item[1].count)
    return listed([f"{names.get(name, name)} {share.words}" for name, share in ordered])


def progression_sites(run: Tables, line: int | None = None) -> ProgressionSites:
    """Organ in which progression showed and what showed it, of line `line` or of all lines (None).

    Raises InputError where nobody progressed in such a line.
    """
    lines = line_rows(run)
    if line is not None:
        whole_number("line", line)
    own = lines.progressed if line is None else lines.progressed & (lines.line == line)
    if not own.any():
        raise InputError("progression: no woman of the cohort progressed in such a line.")

    organ, organs = codes(lines.table, "progression_organ", ORGANS)
    kind, kinds = codes(lines.table, "progression_by", tuple(_KIND_WORDS))
    counts = {
        (o, k): int(np.sum(own & (organ == i) & (kind == j)))
        for i, o in enumerate(organs)
        for j, k in enumerate(kinds)
    }
    seen = tuple(o for o in organs if o in ORGANS or any(counts[o, k] for k in kinds))
    return ProgressionSites(
        {key: n for key, n in counts.items() if key[0] in seen}, seen, tuple(kinds), line
    )


def _counts(values: Integers, names: tuple[str, ...]) -> dict[str, int]:
    found = np.bincount(values, minlength=len(names)).tolist()
    return dict(zip(names, found, strict=False))


def shares_table(rows: list[tuple[str, str, Share]], what: str, group: str = "group") -> pa.Table:
    """One row a share; `rows`: group, kind, share, under the column names `group` and `what`."""
    import pyarrow as pa

    columns = (group, what, "count", "women", "share", "standard_error", "lower", "upper")
    cells = [
        (name, kind, s.count, s.women, s.value, s.standard_error, *s.interval)
        for name, kind, s in rows
    ]
    return pa.table(
        {
            column: list(values)
            for column, values in zip(columns, zip(*cells, strict=True), strict=True)
        }
    )


KIND_SHADES = {"target": BLUE, "new lesion": AMBER, "non-target": PALE, "symptom": DARK}


def progression_free_chart(found: ProgressionFree) -> dict[str, Any]:
    """Curves of progression-free survival in months, with women at risk under the axis."""
    largest = max(c.women for c in found.curves)
    ends = [np.quantile(c.followed, 0.95) for c in found.curves if c.women >= 0.01 * largest]
    horizon = MONTHS_PER_YEAR * round_up(float(max(ends)) / MONTHS_PER_YEAR)
    ticks = round_times(horizon)
    start = "Months since the start of the line"
    if found.by != "line":
        start = f"Months since the start of line {found.line}"
    return curves_chart(
        [
            Curve(c.group, c.time, c.survival, c.lower, c.upper)
            for c in (curve.thinned(horizon) for curve in found.curves)
        ],
        horizon=horizon,
        ticks=ticks,
        x_title=start,
        y_title="Women alive without progression",
        at_risk={c.group: c.at_risk(np.array(ticks)) for c in found.curves},
        description=found.sentence,
    )


def response_waterfall(found: Responses) -> dict[str, Any]:
    """Best change of the sum of target diameters, woman by woman, coloured by best response."""
    code = np.arange(len(RESPONSES))[::-1]  # of BEST_FIRST
    best: NDArray[np.int64] = code[found.best]
    return waterfall_chart(found.change, best, found.sentence)


def sites_chart(found: ProgressionSites) -> dict[str, Any]:
    """Progressions by organ, each bar stacked by what showed them."""
    total = found.progressions
    shades = {kind: KIND_SHADES.get(kind, GREEN) for kind in found.kinds}
    return stacked_chart(
        [(organ, kind, found.counts[organ, kind] / total)
         for organ in found.organs for kind in found.kinds],
        shades,
        x_title="Share of progressions",
        description=found.sentence,
        whole=False,
    )  # fmt: skip
