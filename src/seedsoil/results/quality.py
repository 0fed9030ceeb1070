"""Quality-adjusted survival: what a woman's years are worth, from the tables of a run.

    QALY = ∫ u(t) (1 + d)^-(t - origin) dt,    u(t) = base · Π_i f_i

from the origin to death. The base is that of stable metastatic disease (`utility.stable`), and the factors
f_i are those of what applies at t: first progression has happened (`utility.progressed` over stable), a
line is in confirmed response (`utility.response` over stable), each symptom that lasts (`utility.symptom`),
toxicity of grade 3 or more (`utility.grade3`). u is constant between events, so the integral is exact: a
piece of length Δ that begins τ years after the origin adds u·Δ, or with r = ln(1 + d) adds
u·e^(-rτ)(1 - e^(-rΔ))/r.

Utilities are averages over groups of people. For research and teaching, never for advice to one woman.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.display.shown import Shown, TextRows, text_table
from seedsoil.display.stacked import BLUE, PALE, stacked_chart
from seedsoil.display.words import group_words, listed, of_women, percent, whole
from seedsoil.errors import InputError, real_number
from seedsoil.results.burden import divided
from seedsoil.results.columns import chosen, numbers, women_found_in_life
from seedsoil.results.discounting import MOST_RATE, Discounting
from seedsoil.results.quality_pieces import COMBINE, ORIGINS, pieces_of, utilities_of
from seedsoil.results.treatment import lines_of
from seedsoil.units import Z95

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyarrow as pa

    from seedsoil.catalog import Catalog
    from seedsoil.results.columns import Floats, Tables


@dataclass(frozen=True)
class QualityAdjusted:
    """Quality-adjusted and plain life years of one group of women: one entry a woman, discounted alike."""

    group: str
    quality_adjusted: Floats
    lived: Floats

    @property
    def women(self) -> int:
        """Women of the group."""
        return self.lived.size

    @property
    def utility(self) -> float:
        """Quality-adjusted over plain life years; NaN where no time was lived."""
        lived = float(self.lived.sum())
        return float(self.quality_adjusted.sum()) / lived if lived > 0 else math.nan


@dataclass(frozen=True)
class QualityAdjustedSurvival(Shown):
    """Mean quality-adjusted life years of the groups of a cohort, beside the years lived.

    `origin`: "metastatic" or "diagnosis", from where years count. `discount`: rate a year, of both kinds
    of years. Averages over groups of simulated women, never a measure of one woman's life.
    """

    title = "Quality-adjusted survival"

    groups: tuple[QualityAdjusted, ...]
    by: str | None
    origin: str
    discount: float

    def table(self) -> pa.Table:
        """One row a group; means over its women, in years a woman.

        Columns group, women, life_years, life_years_standard_error, qaly, qaly_standard_error,
        qaly_lower, qaly_upper (95 %), utility (qaly / life_years). Standard errors are Monte-Carlo.
        """
        import pyarrow as pa

        lived = [_mean(g.lived) for g in self.groups]
        adjusted = [_mean(g.quality_adjusted) for g in self.groups]
        return pa.table(
            {
                "group": [g.group for g in self.groups],
                "women": [g.women for g in self.groups],
                "life_years": [mean for mean, _ in lived],
                "life_years_standard_error": [error for _, error in lived],
                "qaly": [mean for mean, _ in adjusted],
                "qaly_standard_error": [error for _, error in adjusted],
                "qaly_lower": [mean - Z95 * error for mean, error in adjusted],
                "qaly_upper": [mean + Z95 * error for mean, error in adjusted],
                "utility": [g.utility for g in self.groups],
            }
        )

    @property
    def sentence(self) -> str:
        """Mean quality-adjusted and plain life years, group by group."""
        told = []
        for g in self.groups:
            of = f" in {group_words(self.by, g.group)}" if self.by else f" in {of_women(g.women)}"
            told.append(
                f"{_mean_words(g.quality_adjusted)} of {_mean_words(g.lived)} life years{of}"
            )
        start = "metastatic disease was found" if self.origin == "metastatic" else "diagnosis"
        rate = f", discounted at {percent(self.discount)} a year" if self.discount else ""
        return (
            f"Mean quality-adjusted life years since {start}{rate} (± Monte-Carlo standard error): "
            f"{listed(told)}."
        )

    def chart(self) -> dict[str, Any]:
        """Life years of each group in two parts: quality-adjusted, and what quality takes off them."""
        rows = []
        for g in self.groups:
            adjusted, lived = _mean(g.quality_adjusted)[0], _mean(g.lived)[0]
            rows += [(g.group, KEPT, adjusted), (g.group, LOST, max(lived - adjusted, 0.0))]
        return stacked_chart(
            rows, SHADES, x_title="Mean years a woman", description=self.sentence, whole=False,
            share=False,
        )  # fmt: skip

    def text_rows(self) -> TextRows:
        """Mean years of each group with Monte-Carlo standard errors, and the mean utility."""
        rows = [
            [g.group, whole(g.women), _mean_words(g.lived), _mean_words(g.quality_adjusted),
             f"{g.utility:.3f}" if math.isfinite(g.utility) else "–"]
            for g in self.groups
        ]  # fmt: skip
        return ["group", "women", "life years", "quality-adjusted", "mean utility"], rows

    def __repr__(self) -> str:
        return f"{text_table(*self.text_rows())}\n{self.sentence}"


KEPT, LOST = "quality-adjusted", "lost to disease and treatment"
SHADES = {KEPT: BLUE, LOST: PALE}


def qalys(
    run: Tables,
    by: str | None = None,
    *,
    origin: str = "metastatic",
    discount: float = 0.0,
    combine: str = "multiplicative",
    catalog: Catalog | None = None,
) -> QualityAdjustedSurvival:
    """Mean quality-adjusted life years a woman, beside her life years; see the equation above.

    `origin`: "metastatic" counts years from the day metastatic disease was found, of the women in whom
    that was in life; "diagnosis" from the diagnosis of the primary, of all women. `by`: None, subtype,
    age, stage, presentation, t_stage, n_stage, burden or organs. `discount`: rate a year, 0.03 for 3 %, of
    both kinds of years. `combine`: see `quality_adjusted_years`, which gives the years of every woman.
    `catalog`: for the utilities, by default the packaged one.
    Raises InputError for another argument and for a cohort without such women.
    """
    if catalog is None:
        from seedsoil.catalog import load

        catalog = load()
    patients = run.patients
    adjusted = quality_adjusted_years(
        patients, lines_of(run), run.symptoms, catalog, origin=origin, discount=discount,
        combine=combine,
    )  # fmt: skip
    lived = numbers(patients, "died_at")
    within = None
    if origin == "metastatic":
        within = women_found_in_life(patients)
        lived = lived - numbers(patients, "metastatic_at")
    if discount > 0:
        lived = Discounting(discount).flow(0.0, lived)
    found = tuple(
        QualityAdjusted(group.name, adjusted[group.members], lived[group.members])
        for group in divided(patients, by, within)
        if group.members.any()
    )
    if not found:
        raise InputError("qalys: no woman of the cohort had metastatic disease found in life.")
    return QualityAdjustedSurvival(found, by, origin, discount)


def _check_discount(discount: float) -> None:
    rate = real_number("discount", discount, allowed=_RATE)
    if not 0.0 <= rate <= MOST_RATE:
        raise InputError(f"discount={discount}: must be {_RATE}.")


_RATE = f"a rate a year from 0 to {MOST_RATE:g}, 0.03 for 3 %"


def _mean(values: Floats) -> tuple[float, float]:
    """Mean and its Monte-Carlo standard error; NaN for the error of a single woman."""
    n = values.size
    return float(values.mean()), float(values.std(ddof=1)) / math.sqrt(n) if n > 1 else math.nan


def _mean_words(values: Floats) -> str:
    mean, error = _mean(values)
    return f"{mean:.2f}" if math.isnan(error) else f"{mean:.2f} ± {error:.2f}"


def quality_adjusted_years(
    patients: pa.Table,
    lines: pa.Table | None,
    symptoms: pa.Table,
    catalog: Catalog,
    *,
    origin: str = "metastatic",
    discount: float = 0.0,
    combine: str = "multiplicative",
) -> Floats:
    """Quality-adjusted years of every woman: float64, one entry a row of `patients`.

    `lines`: lines of therapy, or None where metastatic disease was not treated; it then neither
    progresses nor responds. `symptoms`: rows (woman, symptom) with `onset_at` and, if the column is
    there, `resolved_at`; a symptom that never resolved lasts to death.
    `origin`: "metastatic" counts from the day metastatic disease was found, and women without it get
    NaN; "diagnosis" counts from the diagnosis of the primary, before metastases at
    `utility.before_metastasis`. `discount`: rate a year, 0.03 for 3 %, from the origin.
    `combine`: "multiplicative", or "additive": each thing takes (1 - f)·stable off. Utilities are
    held within 0 to 1. A line is in response from its first confirmed response to its progression
    or to the next line; toxicity lasts `utility.grade3_weeks` from the start of its line.
    Raises InputError for other arguments and for an unknown symptom.
    """
    chosen("origin", origin, ORIGINS)
    chosen("combine", combine, COMBINE)
    _check_discount(discount)
    weeks = catalog.value("utility.grade3_weeks")
    utilities = utilities_of(catalog)
    counted = Discounting(discount)
    result = np.zeros(patients.num_rows)
    for block in pieces_of(patients, lines, symptoms, toxic_weeks=weeks, origin=origin):
        worth, years = block.worth(utilities, combine)[block.kind], block.length
        if discount > 0:
            years = counted.flow(block.since, block.since + years)
        result[block.first : block.first + block.women] = block.sums(worth * years)
    if origin == "metastatic":
        result[~np.isfinite(numbers(patients, "metastatic_at"))] = np.nan
    return result


def lloyd_utility(
    catalog: Catalog,
    *,
    response: bool = False,
    progression: bool = False,
    toxicities: Iterable[str] = (),
) -> float:
    """U = 1/(1 + e^-x): utility of a vignette of metastatic breast cancer (Lloyd et al. 2006).

    x = intercept + age·38.1 + what applies of response, progression and `toxicities`:
    febrile_neutropenia, diarrhoea_vomiting, hand_foot, stomatitis, fatigue, hair_loss. The age is
    that of the members of the public asked. Raises InputError for another toxicity.
    """
    states = ("intercept", "age", "mean_age", "response", "progression")
    prefix = "utility.lloyd_"
    known = tuple(
        key.removeprefix(prefix)
        for key in catalog.parameters
        if key.startswith(prefix) and key.removeprefix(prefix) not in states
    )
    terms = [
        name for name, given in (("response", response), ("progression", progression)) if given
    ]
    terms += [chosen("toxicities", name, known) for name in toxicities]
    x = catalog.value(f"{prefix}intercept")
    x += catalog.value(f"{prefix}age") * catalog.value(f"{prefix}mean_age")
    x += sum(catalog.value(prefix + name) for name in terms)
    return 1.0 / (1.0 + math.exp(-x))
