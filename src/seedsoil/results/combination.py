"""Could one drug, or two at once, cure? Mutations of resistance that exist before treatment.

After Bozic et al., Evolutionary dynamics of cancer in response to targeted combination therapy, eLife
2013;2:e00747. A lesion of M cells is eradicated unless a lineage resistant to every drug given arose,
before treatment or under it, and did not die out by chance:

    P(eradicated) = e^(-L),    P(treatment fails) = 1 - e^(-Σ L)  over all lesions of a woman
    one drug              L = M a (1 + s/s')                        = M·6.67e-8
    two, cross-resistant  L = M c (1 + s/s') + two steps            = M·1.33e-9
    two, not              L = two steps, with c = 0                 = M·1.30e-12
    two steps             L = 2 M a (a+c) [q·ln(1/(1/(sM) + (a+c)q)) + s/s'²],   q = 1/s + 1/s'

s = 1 - d/b is the chance that the line of one untreated cell survives, s' = d'/b - 1 the same measure of
its decline under treatment (b, d, d': rates of division, of death, of death when treated); a and c are the
shares of divisions that make a daughter resistant to one given drug, and to both at once. All follows from
these five numbers of the catalog (`combination.*`); no k is typed in. The k of the first two lines do not
depend on M. That of the third does, weakly: 1.28e-12 at 1e8 cells, 1.30e-12 from 1e9 on; read off the
published table it is 1.28e-12. The rates were measured in melanoma, no breast cancer was among the patients,
and tumours grow exponentially here: a yardstick for the order of magnitude.

How this meets the model's own rule. Under therapy the model eradicates n cells with probability

    exp(-n Π_m [f_m + (1 - f_m) e^(-k_m T)]),

f_m the share of cells resistant by mechanism m. Against one mechanism and for long enough (k_m T → ∞) that is
exp(-n f): the number of cells that survive is Poisson with mean n f. So f is k, and the log-odds of
resistance z = ln(f/(1-f)) are -16.5 for one drug. This f is smaller than the share of cells that carry
resistance at the start, (a/s) ln(Ms) = 1e-5: those come in families, which survive or die out together, and
L counts families that survive. For the same reason the product of two such f, 4e-15, is far below the k of
two drugs, 1.3e-12: a second mutation can hit any cell of a family that has the first. In the model two drugs
without cross-resistance have that k if each of the two mechanisms has f = sqrt(k) = 1.1e-6, z = -13.7.

For research and teaching: populations, never advice for any one person.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.display.shown import Shown, TextRows, text_table
from seedsoil.display.words import listed, of_women, percent
from seedsoil.errors import InputError, shown
from seedsoil.results.columns import codes, integers, numbers, rows_of, women_with_metastases
from seedsoil.units import Z95
from seedsoil.vocabulary import UNTREATED

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import ArrayLike

    from seedsoil.catalog import Catalog
    from seedsoil.results.columns import Floats, Integers, Tables

# A woman counts as likely cured below this probability of failure, as in the paper's text.
LIKELY_CURED = 0.05


@dataclass(frozen=True)
class Turnover:
    """How cells divide, die and become resistant.

    `birth`, `death`, `death_treated`: b, d, d' per year. `resistance`, `cross_resistance`: a and c, shares of
    divisions that make a daughter resistant to one given drug, and to both of two drugs.
    Raises InputError unless d < b < d'.
    """

    birth: float
    death: float
    death_treated: float
    resistance: float
    cross_resistance: float

    def __post_init__(self) -> None:
        if not 0.0 <= self.death < self.birth < self.death_treated:
            raise InputError(
                f"death={self.death:g}, birth={self.birth:g}, death_treated={self.death_treated:g}: "
                "untreated cells must divide faster than they die, treated cells slower."
            )

    @classmethod
    def from_catalog(cls, catalog: Catalog | None = None) -> Turnover:
        """The numbers of the catalog, by default the packaged one: Bozic et al. 2013."""
        if catalog is None:
            return _packaged()
        return cls(
            catalog.value("combination.birth"),
            catalog.value("combination.death"),
            catalog.value("combination.death_treated"),
            catalog.value("combination.resistance_share"),
            catalog.value("combination.cross_resistance_share"),
        )


@lru_cache(maxsize=1)
def _packaged() -> Turnover:
    from seedsoil.catalog import load

    return Turnover.from_catalog(load())


def surviving_lineages(
    lesion_cells: ArrayLike,
    *,
    drugs: int,
    cross_resistance: bool = False,
    turnover: Turnover | None = None,
) -> Floats:
    """L: expected number of lineages that resist every drug given and survive, for each lesion.

    `lesion_cells`: M, cells at the start of treatment, any shape. `drugs`: 1, or 2 given together.
    `cross_resistance`: whether one mutation can resist both of the two. `turnover`: by default the catalog's.
    Equations at the head of this module. Raises InputError for other numbers of drugs or cells.
    """
    cells = np.asarray(lesion_cells, dtype=np.float64)
    if drugs not in (1, 2):
        raise InputError(f"drugs={shown(drugs)}: must be 1 or 2; the theory goes no further.")
    if drugs == 1 and cross_resistance:
        raise InputError("cross_resistance=True: needs two drugs; give drugs=2.")
    if not bool(np.all(np.isfinite(cells) & (cells >= 0))):
        raise InputError("lesion_cells: every lesion needs a finite number of cells, 0 or more.")
    t = turnover or Turnover.from_catalog()
    s, decline = 1.0 - t.death / t.birth, t.death_treated / t.birth - 1.0
    per_step = 1.0 + s / decline
    a = t.resistance
    if drugs == 1:
        return np.asarray(cells * a * per_step)
    c = t.cross_resistance if cross_resistance else 0.0
    q = 1.0 / s + 1.0 / decline
    # Below 1/s cells the lesion has no room for two steps before treatment, and the logarithm is held at 0.
    with np.errstate(divide="ignore"):
        before = q * np.maximum(-np.log(1.0 / (s * cells) + (a + c) * q), 0.0)
    return np.asarray(cells * (c * per_step + 2.0 * a * (a + c) * (before + s / decline**2)))


def treatment_failure(
    lesion_cells: ArrayLike,
    *,
    drugs: int,
    cross_resistance: bool = False,
    turnover: Turnover | None = None,
) -> float:
    """1 - exp(-Σ L): probability that treatment leaves at least one of a woman's lesions alive.

    `lesion_cells`: cells of each of her lesions. The other arguments as in `surviving_lineages`.
    """
    lineages = surviving_lineages(
        lesion_cells, drugs=drugs, cross_resistance=cross_resistance, turnover=turnover
    )
    return float(-np.expm1(-lineages.sum()))


def eradication_probability(cells: float, *, resistant: ArrayLike, kill: ArrayLike) -> float:
    """exp(-n Π_m [f_m + (1 - f_m) e^(-K_m)]): the model's own rule for n cells after therapy.

    `cells` n; `resistant` f_m, share of cells resistant by mechanism m; `kill` K_m = k_m T, ln of the
    factor by which sensitive cells decline (infinite: all die). With one mechanism, f = L/M and K → ∞
    it is e^(-L). Raises InputError for shares outside 0 to 1 and for negative cells or kills.
    """
    f, k = np.broadcast_arrays(np.asarray(resistant, np.float64), np.asarray(kill, np.float64))
    if not bool(np.all((f >= 0) & (f <= 1))) or not bool(np.all(k >= 0)) or not cells >= 0:
        raise InputError(
            "eradication: needs cells >= 0, resistant shares of 0 to 1 and kills >= 0."
        )
    return float(np.exp(-cells * np.prod(f + (1.0 - f) * np.exp(-k))))


def cells_when_found(run: Tables, *, catalog: Catalog | None = None) -> tuple[Integers, Floats]:
    """Cells of every metastasis on the day metastatic disease was found: numbers of the women, cells.

    ln(K/N(t)) = ln(K/N(death))·e^(b(death - t)): Gompertz growth run back from the size at death, which is
    exact as long as no drug was given in between, so for runs in which metastatic disease goes untreated.
    Lesions asleep at the time have one cell; those founded later, extinct ones and nodes are left out.
    Raises InputError for a run whose metastatic disease was treated: simulate the same women untreated.
    """
    strategy = run.manifest.get("strategy")
    if strategy not in (None, UNTREATED):
        raise InputError(
            f"strategy={shown(strategy)}: sizes at the finding of metastases cannot be read from a treated "
            "run; give `lesions`, or the run of the same women and seed without treatment."
        )
    if catalog is None:
        from seedsoil.catalog import load

        catalog = load()
    log_capacity = float(np.log(catalog.value("growth.capacity")))
    found = numbers(run.patients, "metastatic_at")
    found[~women_with_metastases(run.patients)] = np.nan
    died = numbers(run.patients, "died_at")
    patient = integers(run.lesions, "patient")
    row = rows_of(run.patients, patient)
    organ, names = codes(run.lesions, "organ")
    last = np.log(10.0) * numbers(run.lesions, "log10_cells")
    began = numbers(run.lesions, "founded_at") <= np.where(row >= 0, found[row], np.nan)
    node = names.index("node") if "node" in names else -2
    kept = began & np.isfinite(last) & (organ != node)
    row, last = row[kept], last[kept]
    rate = numbers(run.lesions, "growth_rate")[kept]
    y = (log_capacity - last) * np.exp(rate * (died[row] - found[row]))
    alike = integers(run.lesions, "multiplicity")[kept]
    cells = np.exp(log_capacity - np.minimum(y, log_capacity))
    return np.repeat(patient[kept], alike), np.repeat(cells, alike)


@dataclass(frozen=True)
class CombinationFailure(Shown):
    """Probability that treatment fails, for each woman whose metastatic disease was found.

    Arrays with one entry a woman: `patient`, `lesions` (count), `cells` (sum over lesions) when it was found,
    and the probability of failure under `one_drug`, `two_drugs_cross_resistance` and `two_drugs`.
    """

    title = "Could one drug, or two, cure?"

    patient: Integers
    lesions: Integers
    cells: Floats
    one_drug: Floats
    two_drugs_cross_resistance: Floats
    two_drugs: Floats

    @property
    def options(self) -> dict[str, Floats]:
        """The three treatments by name, with the probabilities of failure."""
        return {
            "one drug": self.one_drug,
            "two drugs with cross-resistance": self.two_drugs_cross_resistance,
            "two drugs without cross-resistance": self.two_drugs,
        }

    def table(self) -> pa.Table:
        """One row a woman: patient, lesions, cells, and the three probabilities of failure."""
        import pyarrow as pa

        return pa.table(
            {
                "patient": self.patient,
                "lesions": self.lesions,
                "cells": self.cells,
                "one_drug": self.one_drug,
                "two_drugs_cross_resistance": self.two_drugs_cross_resistance,
                "two_drugs": self.two_drugs,
            }
        )

    @property
    def sentence(self) -> str:
        """Mean probability of failure under each treatment, and how many would likely be cured."""
        if self.patient.size == 0:
            return "No woman of this cohort had metastatic disease found."
        means = [f"{percent(p.mean())} given {name}" for name, p in self.options.items()]
        likely = percent((self.two_drugs < LIKELY_CURED).mean())
        return (
            f"If the metastases of {of_women(self.patient.size)} divided, died and became "
            f"resistant as melanoma did in Bozic et al. 2013, treatment would fail in {listed(means)}; "
            f"{likely} would be cured by the last with a probability above "
            f"{percent(1 - LIKELY_CURED, 0)}. A yardstick, no forecast."
        )

    def chart(self) -> dict[str, Any]:
        """Mean probability of failure of each treatment, with its 95 % Monte-Carlo interval."""
        from seedsoil.display.shares import bars_chart

        rows = []
        for name, p in self.options.items():
            mean = float(p.mean()) if p.size else 0.0
            half = Z95 * float(p.std(ddof=1)) / np.sqrt(p.size) if p.size > 1 else 0.0
            rows.append((name, mean, max(mean - half, 0.0), min(mean + half, 1.0)))
        return bars_chart(
            rows, x_title="Mean probability that treatment fails", description=self.sentence
        )

    def text_rows(self) -> TextRows:
        """Mean and median probability of failure of each treatment."""
        rows = []
        for name, p in self.options.items():
            middle = percent(float(np.median(p))) if p.size else "–"
            rows.append(
                [name, percent(float(p.mean())) if p.size else "–", middle,
                 percent(float((p < LIKELY_CURED).mean())) if p.size else "–"]
            )  # fmt: skip
        header = [
            "treatment",
            "fails, mean",
            "median",
            f"fails in under {percent(LIKELY_CURED, 0)}",
        ]
        return header, rows

    def __repr__(self) -> str:
        return f"{of_women(self.patient.size)}\n{text_table(*self.text_rows())}"


def combination_failure(
    run: Tables,
    *,
    lesions: tuple[ArrayLike, ArrayLike] | None = None,
    turnover: Turnover | None = None,
    catalog: Catalog | None = None,
) -> CombinationFailure:
    """The calculator of Bozic et al. applied to the metastases of simulated women when they are found.

    `lesions`: numbers of the women and cells, one entry a lesion, of any size; by default what
    `cells_when_found` reads from a run without treatment. `turnover`, `catalog`: by default as packaged.
    A woman none of whose lesions is given has probability 0. Raises InputError for women not in the run.
    """
    women = women_with_metastases(run.patients)
    if lesions is None:
        owner, cells = cells_when_found(run, catalog=catalog)
    else:
        owner = np.asarray(lesions[0], dtype=np.int64)
        cells = np.asarray(lesions[1], dtype=np.float64)
        if owner.ndim != 1 or owner.shape != cells.shape:
            raise InputError("lesions: needs two arrays of one length, women and cells.")
    row = rows_of(run.patients, owner)
    if row.size and not bool(np.all((row >= 0) & women[row])):
        stranger = int(owner[~((row >= 0) & women[row])][0])
        raise InputError(
            f"lesions: woman {stranger} is not among the run's women with metastatic disease."
        )
    turnover = turnover or Turnover.from_catalog(catalog)
    size = run.patients.num_rows

    def failure(drugs: int, cross_resistance: bool) -> Floats:
        lineages = surviving_lineages(
            cells, drugs=drugs, cross_resistance=cross_resistance, turnover=turnover
        )
        return np.asarray(-np.expm1(-np.bincount(row, lineages, size))[women])

    return CombinationFailure(
        integers(run.patients, "patient")[women],
        np.bincount(row, minlength=size)[women].astype(np.int64),
        np.asarray(np.bincount(row, cells, size)[women], dtype=np.float64),
        failure(1, False),
        failure(2, True),
        failure(2, False),
    )
