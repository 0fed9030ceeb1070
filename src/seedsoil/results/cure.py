"""Is there a cure? Outcomes of a cohort, and what a statistician would call the cured share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.display.shown import Shown, TextRows, text_table
from seedsoil.display.words import group_words, listed, of_women, percent, percent_interval, whole
from seedsoil.errors import InputError
from seedsoil.results.burden import divided
from seedsoil.results.columns import ALL_WOMEN, chosen, numbers, women_with_metastases
from seedsoil.results.cure_state import STATES, outcome_codes, state_of_cure, tells_states
from seedsoil.results.mixture_cure import fit_mixture_cure, fraction_limits
from seedsoil.results.shares import Share
from seedsoil.units import Z95
from seedsoil.vocabulary import OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from seedsoil.catalog import Catalog
    from seedsoil.results.columns import Flags, Floats, Group, Integers, Tables

    LifeTable = tuple[Sequence[float] | Floats, Sequence[float] | Floats]

# What each outcome means, in words for a reader (see docs/design.md, "Tables").
OUTCOME_WORDS = {
    "no spread": "no colony was ever founded",
    "eradicated": "colonies were founded, and every one is extinct",
    "never manifest": "died of another cause with living colonies that were never found",
    "died with": "died of another cause with known metastatic disease",
    "died of": "died of breast cancer",
}
AMONG = ("all", "metastatic")
METASTATIC = "women with metastatic disease"


@dataclass(frozen=True)
class CureGroup:
    """Outcomes of one group: women by outcome, and of those with metastatic disease found.

    `states`: eradicated, disease-free at death from another cause, or neither, among the women
    asked for; None if the run does not hold the lesions that tell.
    """

    group: str
    outcomes: dict[str, Share]
    metastatic: dict[str, Share]
    states: dict[str, Share] | None = None

    @property
    def cured(self) -> Share:
        """Women with known metastatic disease in whom every lesion was extinct at death."""
        return self.metastatic["eradicated"]


@dataclass(frozen=True)
class Cure(Shown):
    """Share of each outcome, and of women with metastatic disease the share cured.

    `groups` divided as asked; `overall` all of them. `among`: "all" women, or "metastatic".
    """

    title = "Is there a cure?"

    groups: tuple[CureGroup, ...]
    overall: CureGroup
    by: str | None
    among: str = "all"

    def table(self) -> pa.Table:
        """Shares by outcome.

        Columns group, among ("all women", "metastatic"), outcome, count, women, share,
        standard_error, lower, upper (95 %).
        """
        blocks = []
        for group in self.groups:
            if self.among == "all":
                blocks.append((group.group, ALL_WOMEN, group.outcomes))
            blocks.append((group.group, "metastatic", group.metastatic))
        return _share_table(blocks, "outcome")

    def states_table(self) -> pa.Table:
        """Shares by state of cure.

        Columns group, among, state (eradicated, disease-free, neither), count, women, share,
        standard_error, lower, upper (95 %). Raises InputError for a run without lesions.
        """
        among = ALL_WOMEN if self.among == "all" else "metastatic"
        return _share_table([(g.group, among, _states(g)) for g in self.groups], "state")

    @property
    def answer(self) -> str:
        """The answer for women with metastatic disease, in one sentence with its error."""
        cured = self.overall.cured
        if cured.women == 0:
            return "No woman of this cohort had metastatic disease found, so none could be cured."
        women = f"{of_women(cured.women)} whose metastatic disease was found in life or at death"
        if cured.count == 0:
            bound = percent(cured.interval[1])
            return f"No: of {women}, none was cured (95 % Monte-Carlo upper bound {bound})."
        low, high = cured.interval
        was = "was" if cured.count == 1 else "were"
        return (
            f"For a few: of {women}, {whole(cured.count)} {was} cured, which is "
            f"{percent(cured.value)} (95 % Monte-Carlo interval {percent_interval(low, high)})."
            if cured.value < 0.1
            else f"For some: of {women}, {percent(cured.value)} were cured (95 % Monte-Carlo "
            f"interval {percent_interval(low, high)})."
        )

    @property
    def sentence(self) -> str:
        """Shares by outcome, or by state of cure, with Monte-Carlo standard errors."""
        if self.among == "metastatic":
            parts = []
            for group in self.groups:
                shares = [f"{share.words} {state}" for state, share in _states(group).items()]
                name = f"{group_words(self.by, group.group)}: " if self.by else ""
                parts.append(f"{name}{listed(shares)}")
            women = whole(self.overall.cured.women)
            return (
                f"Of {women} women with metastatic disease, at death (± Monte-Carlo standard "
                f"error): {'; '.join(parts)}. Disease-free: of another cause, nothing to be seen."
            )
        parts = [f"{share.words} {outcome}" for outcome, share in self.overall.outcomes.items()]
        women = whole(next(iter(self.overall.outcomes.values())).women)
        return f"Of all {women} women (± Monte-Carlo standard error): {listed(parts)}."

    def chart(self) -> dict[str, Any]:
        """Shares by outcome, or by state of cure among women with metastatic disease.

        Bars of all women's outcomes, or by group the shares eradicated and disease-free; with 95 %
        intervals.
        """
        from seedsoil.display.shares import bars_chart, dots_chart

        if self.among == "all":
            outcomes = self.overall.outcomes.items()
            return bars_chart(
                [(name, share.value, *share.interval) for name, share in outcomes],
                x_title="Share of all women",
                description=self.sentence,
            )
        return dots_chart(
            [
                (group.group, state, _states(group)[state].value, *_states(group)[state].interval)
                for group in self.groups
                for state in ("eradicated", "disease-free")
            ],
            order=[group.group for group in self.groups],
            x_title="Share of women with metastatic disease",
            description=self.sentence,
        )

    def text_rows(self) -> TextRows:
        """Shares of each outcome (or state) of each group, with their Monte-Carlo standard errors."""
        rows = []
        for group in self.groups:
            shown = group.outcomes if self.among == "all" else _states(group)
            women = next(iter(shown.values())).women
            cells = [share.words for share in shown.values()]
            last = [str(group.cured)] if self.among == "all" else []
            rows.append([group.group, whole(women), *cells, *last])
        if self.among == "all":
            header = ["outcome", "women", *OUTCOMES, "cured, of women with metastases"]
        else:
            header = ["metastatic disease", "women", *STATES]
        return header, rows

    def __repr__(self) -> str:
        return f"{text_table(*self.text_rows())}\n{self.answer}"


def _states(group: CureGroup) -> dict[str, Share]:
    if group.states is None:
        raise InputError(
            "cure: who died free of disease is told by the lesions; this run holds none."
        )
    return group.states


def _share_table(blocks: list[tuple[str, str, dict[str, Share]]], what: str) -> pa.Table:
    """One row a share; `blocks`: group, among, shares by outcome or state."""
    import pyarrow as pa

    names = ("group", "among", what, "count", "women", "share", "standard_error", "lower", "upper")
    rows: dict[str, list[Any]] = {name: [] for name in names}
    for group, among, shares in blocks:
        for name, share in shares.items():
            cells = (group, among, name, share.count, share.women, share.value,
                     share.standard_error, *share.interval)  # fmt: skip
            for column, cell in zip(rows.values(), cells, strict=True):
                column.append(cell)
    return pa.table(rows)


def cure(
    run: Tables, by: str | None = None, *, among: str = "all", catalog: Catalog | None = None
) -> Cure:
    """Shares of the five outcomes and of the three states of cure, with Monte-Carlo errors.

    Among women whose metastatic disease was found (de novo or recurrent), cured means that every
    lesion was extinct at death. *never manifest* is the operational cure: death from another
    cause before colonies that live were ever found. See docs/design.md for the outcomes.
    `by`: None, subtype, age, stage, presentation, t_stage, n_stage, or of women with metastatic disease
    "burden" (visible lesions when found) or "organs" (involved then). `among`: "all" women, or
    "metastatic": only those whose metastatic disease was found. `catalog`: for the limits of
    imaging, by default the packaged one. Raises InputError for any other argument.
    """
    chosen("among", among, AMONG)
    outcome = outcome_codes(run)
    metastatic = women_with_metastases(run.patients)
    state = state_of_cure(run, catalog=catalog) if tells_states(run, outcome) else None
    asked = metastatic if among == "metastatic" else np.ones(outcome.size, dtype=np.bool_)

    def shares(values: Integers, names: tuple[str, ...], women: Flags) -> dict[str, Share]:
        count = np.bincount(values[women], minlength=len(names)).tolist()
        total = int(women.sum())
        return {name: Share(int(k), total) for name, k in zip(names, count, strict=True)}

    def counted(name: str, members: Flags) -> CureGroup:
        known = shares(outcome, OUTCOMES, members & metastatic)
        return CureGroup(
            name,
            shares(outcome, OUTCOMES, members),
            {o: known[o] for o in ("eradicated", "died with", "died of")},
            None if state is None else shares(state, STATES, members),
        )

    overall = counted(ALL_WOMEN if among == "all" else METASTATIC, asked)
    if by is None:
        return Cure((overall,), overall, by, among)
    parts = tuple(counted(g.name, g.members) for g in divided(run.patients, by, asked))
    return Cure(parts, overall, by, among)


@dataclass(frozen=True)
class CureFractionGroup:
    """One fitted mixture-cure model, beside what is true in the simulation.

    `fraction` π and `standard_error`; `shape`, `scale` (years) of the Weibull survival of the
    uncured; `log_likelihood` at the maximum. `died_at_once`: women whose death and whose disease
    were found on one day; the Weibull is that of the others. `no_living_colony`: share of women
    with no living colony at death, who could never have died of the disease. `not_died_of_it`:
    share who died of another cause. The share that would never die of breast cancer lies between
    these two, because of the women who died of another cause with living colonies some would have
    died of them. `interval`: 95 % limits of π. Near 0 and 1 it has no `standard_error` (NaN).
    """

    group: str
    women: int
    fraction: float
    standard_error: float
    interval: tuple[float, float]
    shape: float
    scale: float
    log_likelihood: float
    died_at_once: Share
    no_living_colony: Share
    not_died_of_it: Share

    @property
    def words(self) -> str:
        """The fraction with its error: `46.2 % ± 1.3`.

        Where the error reaches past 0 or 1, `0.42 % (0.03 to 5.9 %)`; at 0 or 1, where there is no
        standard error, `0.0 % (below 0.2 %)`.
        """
        low, high = self.interval
        if not np.isfinite(self.fraction):
            return "–"
        if (low, high) == (0.0, 1.0):
            return f"{percent(self.fraction)} (the data allow any)"
        if not np.isfinite(self.standard_error):
            limit = f"below {percent(high)}" if self.fraction < 0.5 else f"above {percent(low)}"
            return f"{percent(self.fraction, 1)} ({limit})"
        if Z95 * self.standard_error >= min(self.fraction, 1.0 - self.fraction):
            return f"{percent(self.fraction)} ({percent_interval(low, high)})"
        return f"{percent(self.fraction)} ± {100 * self.standard_error:.1f}"


@dataclass(frozen=True)
class CureFraction(Shown):
    """Cure fractions from relative survival, beside the simulated truth.

    `groups` divided as asked; `overall` all women.
    """

    title = "Cure fraction of relative survival"

    groups: tuple[CureFractionGroup, ...]
    overall: CureFractionGroup
    by: str | None
    follow_up: float
    among: str = "all"

    def table(self) -> pa.Table:
        """One row a group, fitted beside what is true in the simulation.

        Columns group, women, cure_fraction, standard_error, lower, upper (95 %), shape, scale_years,
        log_likelihood, died_at_once, no_living_colony, not_died_of_it.
        """
        import pyarrow as pa

        return pa.table(
            {
                "group": [g.group for g in self.groups],
                "women": [g.women for g in self.groups],
                "cure_fraction": [g.fraction for g in self.groups],
                "standard_error": [g.standard_error for g in self.groups],
                "lower": [g.interval[0] for g in self.groups],
                "upper": [g.interval[1] for g in self.groups],
                "shape": [g.shape for g in self.groups],
                "scale_years": [g.scale for g in self.groups],
                "log_likelihood": [g.log_likelihood for g in self.groups],
                "died_at_once": [g.died_at_once.value for g in self.groups],
                "no_living_colony": [g.no_living_colony.value for g in self.groups],
                "not_died_of_it": [g.not_died_of_it.value for g in self.groups],
            }
        )

    @property
    def sentence(self) -> str:
        """The fitted fraction beside the two simulated shares that bracket the truth."""
        g = self.overall
        who = "all" if self.among == "all" else "the"
        whose = "" if self.among == "all" else " with metastatic disease"
        return (
            f"A mixture-cure model fitted to {self.follow_up:g} years of follow-up would call "
            f"{g.words} of {who} {of_women(g.women)}{whose} "
            f"statistically cured; in truth {percent(g.no_living_colony.value)} had no living "
            f"colony left when they died, and {percent(g.not_died_of_it.value)} died of another "
            "cause."
        )

    def chart(self) -> dict[str, Any]:
        """Fitted cure fraction beside the two simulated shares that bracket the truth."""
        from seedsoil.display.shares import dots_chart

        rows = []
        for g in self.groups:
            rows.append((g.group, "fitted", g.fraction, *g.interval))
            for name, share in (
                ("no living colony", g.no_living_colony),
                ("died of another cause", g.not_died_of_it),
            ):
                rows.append((g.group, name, share.value, *share.interval))
        return dots_chart(
            rows,
            order=[g.group for g in self.groups],
            x_title="Share of women",
            description=self.sentence,
        )

    def text_rows(self) -> TextRows:
        """The fitted fraction and the two simulated shares of each group."""
        rows = [
            [g.group, whole(g.women), g.words,
             percent(g.no_living_colony.value), percent(g.not_died_of_it.value)]
            for g in self.groups
        ]  # fmt: skip
        header = ["cure fraction", "women", "fitted", "no living colony", "died of another cause"]
        return header, rows

    def __repr__(self) -> str:
        return text_table(*self.text_rows())


def relative_survival_cure_fraction(
    run: Tables,
    by: str | None = None,
    life_table: LifeTable | None = None,
    follow_up: float = 25.0,
    *,
    among: str = "all",
) -> CureFraction:
    """Mixture-cure fraction π from relative survival, by maximum likelihood.

    S(t) = S*(t)·[π + (1-π)·S_u(t)], S_u(t) = exp(-(t/λ)^k): S* is the survival that the life table
    expects of women of the same ages, π the share with no excess hazard, S_u the net survival of
    the others (De Angelis et al. 1999; Lambert et al. 2007). A woman who dies at t adds
    ln[h*(a+t) + (1-π)f_u(t)/(π + (1-π)S_u(t))] + ln[π + (1-π)S_u(t)], a woman alive at the end of
    follow-up only the second term.

    Women whose disease was found at their death have no follow-up. Registries leave such cases out
    of survival; here their share q is uncured and the rest is fitted, π = (1-q)·π_rest. Kept in
    the fit they would spoil it, because the density of a Weibull with k < 1 has no bound at 0.

    `by`: as in `cure`. `life_table`: (ages in years, hazard of death per year from each age), by
    default the catalog's, which is the background mortality that the simulation itself uses.
    `follow_up`: years at which observation ends, as a registry's would. `among`: "all" women from
    diagnosis, or "metastatic": those whose metastatic disease was found, from that day.
    The fraction is what a statistician sees, not the truth: with late recurrences it depends on
    `follow_up`. Raises InputError for a wrong `by`, `among`, life table or follow-up.
    """
    chosen("among", among, AMONG)
    if life_table is None:
        from seedsoil.catalog import load

        table = load().life_table
        life_table = (
            np.array([row.age for row in table], dtype=np.float64),
            np.array([row.rate_per_year for row in table]),
        )
    ages, rates = (np.asarray(column, dtype=np.float64) for column in life_table)
    if ages.size == 0 or ages.shape != rates.shape or bool(np.any(np.diff(ages) <= 0)):
        raise InputError("life_table: needs rising ages and one rate for each.")
    if not follow_up > 0:
        raise InputError(f"follow_up={follow_up}: must be a number of years above 0.")
    died = numbers(run.patients, "died_at")
    place = np.searchsorted(ages, numbers(run.patients, "age") + died, side="right") - 1
    background = rates[np.clip(place, 0, rates.size - 1)]
    asked = np.ones(died.size, dtype=np.bool_)
    if among == "metastatic":
        asked = women_with_metastases(run.patients)
        died = died - np.where(asked, numbers(run.patients, "metastatic_at"), 0.0)
        if not asked.any():
            raise InputError("cure fraction: the cohort has no women with metastatic disease.")
    time, dead = np.minimum(died, follow_up), died <= follow_up
    at_once = died <= 0
    outcome = outcome_codes(run)
    clear = (outcome == OUTCOMES.index("no spread")) | (outcome == OUTCOMES.index("eradicated"))
    other = outcome != OUTCOMES.index("died of")

    def fitted(group: Group) -> CureFractionGroup:
        m = group.members
        women, q = int(m.sum()), Share(int((at_once & m).sum()), int(m.sum()))
        rest = m & ~at_once
        data = time[rest], dead[rest], background[rest]
        pi, error, shape, scale, value = fit_mixture_cure(*data)
        kept = 1.0 - q.value
        low, high = fraction_limits(pi, error, *data)
        return CureFractionGroup(
            group.name, women, kept * pi, float(np.hypot(kept * error, pi * q.standard_error)),
            (kept * low, kept * high), shape, scale, value, q,
            Share(int((clear & m).sum()), women), Share(int((other & m).sum()), women),
        )  # fmt: skip

    overall = fitted(divided(run.patients, None, asked)[0])
    parts = tuple(fitted(g) for g in divided(run.patients, by, asked)) if by else (overall,)
    return CureFraction(parts, overall, by, follow_up, among)
