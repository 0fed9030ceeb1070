"""Is there a cure? Outcomes of a cohort, and what a statistician would call the cured share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.errors import InputError
from seedsoil.results.columns import (
    ALL_WOMEN,
    OUTCOMES,
    codes,
    groups,
    numbers,
    women_with_metastases,
)
from seedsoil.results.shown import Shown, text_table
from seedsoil.results.words import (
    listed,
    percent,
    percent_interval,
    rule_of_three,
    standard_error,
    whole,
    wilson,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from seedsoil.results.columns import Floats, Group, Tables

    LifeTable = tuple[Sequence[float] | Floats, Sequence[float] | Floats]

# What each outcome means, in words for a reader (see docs/design.md, "Tables").
OUTCOME_WORDS = {
    "no spread": "no colony was ever founded",
    "eradicated": "colonies were founded, and every one is extinct",
    "never manifest": "died of another cause with living colonies that were never found",
    "died with": "died of another cause with known metastatic disease",
    "died of": "died of breast cancer",
}


@dataclass(frozen=True)
class Share:
    """A counted share: `count` of `women`."""

    count: int
    women: int

    @property
    def value(self) -> float:
        return self.count / self.women if self.women else float("nan")

    @property
    def standard_error(self) -> float:
        """Binomial Monte-Carlo standard error; 0 where the count is 0, so read `interval`."""
        return float(standard_error(self.value, self.women))

    @property
    def words(self) -> str:
        """The share with its error: `47.4 % ± 0.35`, or `0 % (below 0.03 %)` where none was seen."""
        if self.count == 0:
            return f"0\u00a0% (below {percent(self.interval[1])})"
        return f"{percent(self.value)} ± {100 * self.standard_error:.2f}"

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval: Wilson's, or 0 to the rule of three (3/n) where the count is 0."""
        if self.count == 0:
            return 0.0, rule_of_three(self.women)
        low, high = wilson(self.count, self.women)
        return float(low), float(high)

    def __str__(self) -> str:
        low, high = self.interval
        if self.count == 0:
            return f"0 of {whole(self.women)} (95 % upper bound {percent(high)})"
        return f"{percent(self.value)} (95 % interval {percent_interval(low, high)})"


@dataclass(frozen=True)
class CureGroup:
    """Outcomes of one group: women by outcome, and of those with metastatic disease found."""

    group: str
    outcomes: dict[str, Share]
    metastatic: dict[str, Share]

    @property
    def cured(self) -> Share:
        """Women with known metastatic disease in whom every lesion was extinct at death."""
        return self.metastatic["eradicated"]


@dataclass(frozen=True)
class Cure(Shown):
    """Share of each outcome, and of women with metastatic disease the share cured.

    `groups` divided as asked; `overall` all women.
    """

    groups: tuple[CureGroup, ...]
    overall: CureGroup
    by: str | None

    def table(self) -> pa.Table:
        """group, among ("all women", "metastatic"), outcome, count, women, share,
        standard_error, lower, upper (95 %)."""
        import pyarrow as pa

        rows: dict[str, list[Any]] = {
            key: []
            for key in ("group", "among", "outcome", "count", "women", "share", "standard_error",
                        "lower", "upper")
        }  # fmt: skip
        for group in self.groups:
            for among, shares in ((ALL_WOMEN, group.outcomes), ("metastatic", group.metastatic)):
                for outcome, share in shares.items():
                    low, high = share.interval
                    cells = (group.group, among, outcome, share.count, share.women, share.value,
                             share.standard_error, low, high)  # fmt: skip
                    for column, cell in zip(rows.values(), cells, strict=True):
                        column.append(cell)
        return pa.table(rows)

    @property
    def answer(self) -> str:
        """The answer for women with metastatic disease, in one sentence with its error."""
        cured = self.overall.cured
        if cured.women == 0:
            return "No woman of this cohort had metastatic disease found, so none could be cured."
        noun = "woman" if cured.women == 1 else "women"
        women = f"{whole(cured.women)} {noun} whose metastatic disease was found"
        if cured.count == 0:
            bound = percent(cured.interval[1])
            return f"No: of {women}, none was cured (95 % Monte-Carlo upper bound {bound})."
        low, high = cured.interval
        return (
            f"For a few: of {women}, {whole(cured.count)} were cured, which is "
            f"{percent(cured.value)} (95 % Monte-Carlo interval {percent_interval(low, high)})."
            if cured.value < 0.1
            else f"For some: of {women}, {percent(cured.value)} were cured (95 % Monte-Carlo "
            f"interval {percent_interval(low, high)})."
        )

    @property
    def sentence(self) -> str:
        parts = [f"{share.words} {outcome}" for outcome, share in self.overall.outcomes.items()]
        women = next(iter(self.overall.outcomes.values())).women
        return f"Of all {whole(women)} women (± Monte-Carlo standard error): {listed(parts)}."

    def chart(self) -> dict[str, Any]:
        """Share of all women in each outcome, with 95 % intervals."""
        from seedsoil.report.charts import bars_chart

        rows = []
        for outcome, share in self.overall.outcomes.items():
            low, high = share.interval
            rows.append((outcome, share.value, low, high))
        return bars_chart(rows, x_title="Share of all women", description=self.sentence)

    def __repr__(self) -> str:
        rows = []
        for group in self.groups:
            first = next(iter(group.outcomes.values()))
            cells = [share.words for share in group.outcomes.values()]
            rows.append([group.group, whole(first.women), *cells, str(group.cured)])
        header = ["outcome", "women", *OUTCOMES, "cured, of women with metastases"]
        return f"{text_table(header, rows)}\n{self.answer}"


def cure(run: Tables, by: str | None = None) -> Cure:
    """Shares of the five outcomes, with Monte-Carlo errors (see docs/design.md for outcomes).

    Among women whose metastatic disease was found (de novo or recurrent), cured means that every
    lesion was extinct at death. *never manifest* is the operational cure: death from another
    cause before colonies that live were ever found.
    `by`: None, subtype, stage, presentation, t_stage or n_stage. Raises InputError for any other.
    """
    outcome, names = codes(run.patients, "outcome", OUTCOMES)
    unknown = names[len(OUTCOMES) :]
    if unknown:
        raise InputError(f"outcome {unknown[0]!r}: must be one of {', '.join(OUTCOMES)}.")
    metastatic = women_with_metastases(run.patients)

    def counted(name: str, members: NDArray[np.bool_]) -> CureGroup:
        def shares(women: NDArray[np.bool_]) -> dict[str, Share]:
            count = np.bincount(outcome[women], minlength=len(OUTCOMES)).tolist()
            total = int(women.sum())
            return {o: Share(int(k), total) for o, k in zip(OUTCOMES, count, strict=True)}

        known = shares(members & metastatic)
        return CureGroup(
            name,
            shares(members),
            {o: known[o] for o in ("eradicated", "died with", "died of")},
        )

    overall = counted(ALL_WOMEN, np.ones(run.patients.num_rows, dtype=np.bool_))
    divided = tuple(counted(g.name, g.members) for g in groups(run.patients, by))
    return Cure(divided, overall, by)


@dataclass(frozen=True)
class CureFractionGroup:
    """One fitted mixture-cure model, beside what is true in the simulation.

    `fraction` π and `standard_error`; `shape`, `scale` (years) of the Weibull survival of the
    uncured; `log_likelihood` at the maximum. `no_living_colony`: share of women with no living
    colony at death, who could never have died of the disease. `not_died_of_it`: share who died of
    another cause. The share that would never die of breast cancer lies between these two, because
    of the women who died of another cause with living colonies some would have died of them.
    """

    group: str
    women: int
    fraction: float
    standard_error: float
    shape: float
    scale: float
    log_likelihood: float
    no_living_colony: Share
    not_died_of_it: Share


@dataclass(frozen=True)
class CureFraction(Shown):
    """Cure fractions from relative survival, beside the simulated truth.

    `groups` divided as asked; `overall` all women.
    """

    groups: tuple[CureFractionGroup, ...]
    overall: CureFractionGroup
    by: str | None
    follow_up: float

    def table(self) -> pa.Table:
        """group, women, cure_fraction, standard_error, shape, scale_years, log_likelihood,
        no_living_colony, not_died_of_it."""
        import pyarrow as pa

        return pa.table(
            {
                "group": [g.group for g in self.groups],
                "women": [g.women for g in self.groups],
                "cure_fraction": [g.fraction for g in self.groups],
                "standard_error": [g.standard_error for g in self.groups],
                "shape": [g.shape for g in self.groups],
                "scale_years": [g.scale for g in self.groups],
                "log_likelihood": [g.log_likelihood for g in self.groups],
                "no_living_colony": [g.no_living_colony.value for g in self.groups],
                "not_died_of_it": [g.not_died_of_it.value for g in self.groups],
            }
        )

    @property
    def sentence(self) -> str:
        g = self.overall
        return (
            f"A mixture-cure model fitted to {self.follow_up:g} years of follow-up would call "
            f"{percent(g.fraction)} ± {100 * g.standard_error:.1f} of all {whole(g.women)} women "
            f"statistically cured; in truth {percent(g.no_living_colony.value)} had no living "
            f"colony left when they died, and {percent(g.not_died_of_it.value)} died of another "
            "cause."
        )

    def chart(self) -> dict[str, Any]:
        """Fitted cure fraction beside the two simulated shares that bracket the truth."""
        from seedsoil.report.charts import dots_chart

        rows = []
        for g in self.groups:
            half = 1.96 * g.standard_error
            rows.append((g.group, "fitted", g.fraction, g.fraction - half, g.fraction + half))
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

    def __repr__(self) -> str:
        rows = [
            [g.group, whole(g.women), f"{percent(g.fraction)} ± {100 * g.standard_error:.1f}",
             percent(g.no_living_colony.value), percent(g.not_died_of_it.value)]
            for g in self.groups
        ]  # fmt: skip
        header = ["cure fraction", "women", "fitted", "no living colony", "died of another cause"]
        return text_table(header, rows)


def relative_survival_cure_fraction(
    run: Tables,
    by: str | None = None,
    life_table: LifeTable | None = None,
    follow_up: float = 25.0,
) -> CureFraction:
    """Mixture-cure fraction π from relative survival, by maximum likelihood.

    S(t) = S*(t)·[π + (1-π)·S_u(t)], S_u(t) = exp(-(t/λ)^k): S* is the survival that the life table
    expects of women of the same ages, π the share with no excess hazard, S_u the net survival of
    the others (De Angelis et al. 1999; Lambert et al. 2007). A woman who dies at t adds
    ln[h*(a+t) + (1-π)f_u(t)/(π + (1-π)S_u(t))] + ln[π + (1-π)S_u(t)], a woman alive at the end of
    follow-up only the second term.

    `life_table`: (ages in years, hazard of death per year from each age), by default the
    catalog's, which is the background mortality that the simulation itself uses.
    `follow_up`: years after diagnosis at which observation ends, as a registry's would.
    The fraction is what a statistician sees, not the truth: with late recurrences it depends on
    `follow_up`. Raises InputError for a wrong `by`, life table or follow-up.
    """
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
    age = numbers(run.patients, "age")
    place = np.searchsorted(ages, age + died, side="right") - 1
    background = rates[np.clip(place, 0, rates.size - 1)]
    time = np.minimum(died, follow_up)
    dead = died <= follow_up
    outcome, _ = codes(run.patients, "outcome", OUTCOMES)
    clear = (outcome == OUTCOMES.index("no spread")) | (outcome == OUTCOMES.index("eradicated"))
    other = outcome != OUTCOMES.index("died of")

    def fitted(group: Group) -> CureFractionGroup:
        m = group.members
        women = int(m.sum())
        fraction, error, shape, scale, value = fit_mixture_cure(time[m], dead[m], background[m])
        return CureFractionGroup(
            group.name, women, fraction, error, shape, scale, value,
            Share(int((clear & m).sum()), women), Share(int((other & m).sum()), women),
        )  # fmt: skip

    overall = fitted(groups(run.patients, None)[0])
    divided = tuple(fitted(g) for g in groups(run.patients, by)) if by else (overall,)
    return CureFraction(divided, overall, by, follow_up)


def fit_mixture_cure(
    time: Floats, dead: NDArray[np.bool_], background: Floats
) -> tuple[float, float, float, float, float]:
    """π, its standard error, Weibull shape k and scale λ, and the log-likelihood.

    `time` years of follow-up (> 0), `dead` whether it ended in death, `background` the hazard of
    death from other causes at that time, per year. Fitted in logit π, ln λ, ln k, with the exact
    gradient; the error is from the inverse of the observed information.
    """
    from scipy.optimize import minimize

    t = np.maximum(time, 1e-9)
    log_t = np.log(t)
    n = max(1, t.size)

    def loss(theta: Floats) -> tuple[float, Floats]:
        pi, k = 1.0 / (1.0 + np.exp(-theta[0])), float(np.exp(theta[2]))
        q = 1.0 - pi
        log_u = k * (log_t - theta[1])
        u = np.exp(np.minimum(log_u, 700.0))
        s = np.exp(-u)
        alive = pi + q * s
        f = (k / t) * u * s
        total = background + q * f / alive
        value = float(np.sum(np.log(total[dead])) + np.sum(np.log(alive)))
        us = u * s
        # Derivatives of alive and of f by pi, ln λ and ln k; u·ln u and u·s vanish as u → 0, ∞.
        d_alive = (1.0 - s, q * k * us, -q * us * log_u)
        d_excess = (
            -f / alive**2,
            q * (-k * f * (1.0 - u) * alive - f * d_alive[1]) / alive**2,
            q * (f * (1.0 + (1.0 - u) * log_u) * alive - f * d_alive[2]) / alive**2,
        )
        gradient = np.array(
            [
                np.sum((e / total)[dead]) + np.sum(a / alive)
                for a, e in zip(d_alive, d_excess, strict=True)
            ]
        )
        gradient[0] *= pi * q
        return -value / n, -gradient / n

    # A start from the data: half of those who outlive the follow-up count as cured.
    share = float(np.clip(1.0 - 0.5 * dead.mean(), 0.05, 0.95))
    start = np.array([np.log(share / (1.0 - share)), np.log(np.median(t)), 0.0])
    bounds = [(-12.0, 12.0), (-7.0, 7.0), (-3.0, 3.0)]
    best = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds)
    theta = np.asarray(best.x, dtype=np.float64)
    step = 1e-4
    information = np.empty((3, 3))
    for i in range(3):
        shift = np.zeros(3)
        shift[i] = step
        information[i] = n * (loss(theta + shift)[1] - loss(theta - shift)[1]) / (2.0 * step)
    pi = float(1.0 / (1.0 + np.exp(-theta[0])))
    try:
        variance = float(np.linalg.inv(0.5 * (information + information.T))[0, 0])
    except np.linalg.LinAlgError:
        variance = float("nan")
    error = pi * (1.0 - pi) * float(np.sqrt(variance)) if variance >= 0 else float("nan")
    return pi, error, float(np.exp(theta[2])), float(np.exp(theta[1])), -float(best.fun) * n
