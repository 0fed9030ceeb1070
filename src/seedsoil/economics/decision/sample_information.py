"""EVSI and ENBS: what a study of n patients would be worth before choosing, and less its cost.

Each draw of the parameters gives one simulated data set, of which a summary is kept; the incremental net
benefits are regressed on it, as on parameters for EVPPI (Strong, Oakley, Brennan and Breeze 2015, Med
Decis Making 35:570). ENBS(n) = EVSI(n)·patients − cost(n).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.display.shown import Shown
from seedsoil.economics.decision.charts import points_chart
from seedsoil.economics.decision.draws import MOST
from seedsoil.economics.decision.information import Estimate, competing, known
from seedsoil.economics.decision.partial_information import FEWEST_DRAWS
from seedsoil.economics.decision.population import patients_affected
from seedsoil.economics.decision.words import Units, money, plain
from seedsoil.errors import InputError, real_number, shown, whole_number
from seedsoil.units import Z95

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pyarrow as pa

    from seedsoil.display.shown import TextRows
    from seedsoil.economics.decision.draws import Draws, Floats

Study = Mapping[str, Any]
MOST_SUMMARIES = 60


@dataclass(frozen=True)
class SampleInformation(Shown):
    """EVSI a patient by size of a study; after `enbs(...)` what it is worth to all, less its cost.

    `found`: by number of patients of the study. `patients`: how many the decision is for, discounted;
    `fixed` and `each`: cost of the study and of each of its patients. Without `patients` there is no
    ENBS.
    """

    title = "What a study would be worth"

    k: float
    evpi: Estimate
    found: Mapping[int, Estimate]
    units: Units
    patients: float | None = None
    fixed: float = 0.0
    each: float = 0.0

    def enbs(
        self,
        *,
        per_year: float,
        years: float,
        rate: float = 0.0,
        delay: float = 0.0,
        fixed: float = 0.0,
        each: float = 0.0,
    ) -> SampleInformation:
        """The expected net benefit of sampling: EVSI(n) × patients who gain − fixed − n × each.

        Patients come evenly, `per_year` of them until `years` from now, discounted at `rate`; those
        before `delay`, when the study has reported, gain nothing. Raises InputError for numbers below 0.
        """
        allowed = f"a cost of 0 or more, up to {MOST:g}"
        for name, value in (("fixed", fixed), ("each", each)):
            if not 0.0 <= real_number(name, value, allowed=allowed) <= MOST:
                raise InputError(f"{name}={shown(value)}: must be {allowed}")
        patients = patients_affected(per_year, years, rate, delay=delay)
        return dataclasses.replace(self, patients=patients, fixed=fixed, each=each)

    def of(self, n: int) -> Estimate:
        """ENBS of a study of n patients, or EVSI a patient where no population was named."""
        one = self.found[n]
        if self.patients is None:
            return one
        return Estimate(
            one.value * self.patients - self.fixed - n * self.each, one.se * self.patients
        )

    @property
    def best(self) -> int:
        """The size of the highest value among those that were looked at."""
        return max(self.found, key=lambda n: self.of(n).value)

    def table(self) -> pa.Table:
        """Columns n, threshold, evsi, standard_error; with a population also enbs and enbs_standard_error."""
        import pyarrow as pa

        sizes = list(self.found)
        columns = {
            "n": pa.array(sizes, pa.int64()),
            "threshold": pa.array([self.k] * len(sizes), pa.float64()),
            "evsi": pa.array([self.found[n].value for n in sizes], pa.float64()),
            "standard_error": pa.array([self.found[n].se for n in sizes], pa.float64()),
        }
        if self.patients is not None:
            columns["enbs"] = pa.array([self.of(n).value for n in sizes], pa.float64())
            columns["enbs_standard_error"] = pa.array([self.of(n).se for n in sizes], pa.float64())
        return pa.table(columns)

    def text_rows(self) -> TextRows:
        """The same as text."""
        header = ["patients in the study", "EVSI a patient", "standard error"]
        rows = [[f"{n:,}", money(e.value), money(e.se)] for n, e in self.found.items()]
        if self.patients is not None:
            header += ["ENBS", "standard error"]
            for row, n in zip(rows, self.found, strict=True):
                row += [money(self.of(n).value), money(self.of(n).se)]
        return header, rows

    def chart(self) -> dict[str, Any]:
        """EVSI, or ENBS, by the size of the study, with 95 % intervals."""
        currency = f", {self.units.currency}" if self.units.currency else ""
        what = (
            f"EVSI a patient{currency}"
            if self.patients is None
            else f"ENBS, all patients{currency}"
        )
        line = ("everything known", self.evpi.value) if self.patients is None else ("no study", 0.0)
        return points_chart(
            [(n, *self.of(n)) for n in self.found],
            x_title="Patients in the study",
            y_title=what,
            line=line,
            description=self.sentence,
        )

    @property
    def sentence(self) -> str:
        """What the best size is worth."""
        n = self.best
        value = self.of(n)
        of_all = f"At {self.units.threshold(self.k)} a study of {n:,} patients"
        if self.patients is None:
            return (
                f"{of_all} would be worth {self.units.money(value.value)} (±\u00a0{money(Z95 * value.se)}) a "
                "patient; learning "
                f"everything {self.units.money(self.evpi.value)}. The figure after ± is half of the 95 % "
                "interval."
            )
        if value.value <= 0.0:
            return (
                f"At {self.units.threshold(self.k)} no study of these sizes is worth its cost: the "
                f"best, of {n:,} "
                f"patients, has an expected net benefit of {self.units.money(value.value)} (± "
                f"{money(Z95 * value.se)}, 95 %) over "
                f"{plain(self.patients, 0)} discounted patients."
            )
        return (
            f"{of_all} has the highest expected net benefit of those looked at, "
            f"{self.units.money(value.value)} (±\u00a0{money(Z95 * value.se)}, 95 %) over "
            f"{plain(self.patients, 0)} discounted patients, its cost taken off."
        )

    def __repr__(self) -> str:
        from seedsoil.display.shown import text_table

        return f"{text_table(*self.text_rows())}\n\n{self.sentence}"


def sample_information(
    draws: Draws,
    simulate: Callable[..., Any],
    sizes: Sequence[int],
    *,
    k: float,
    evpi: Estimate,
    units: Units,
    seed: int = 1,
) -> SampleInformation:
    """EVSI of studies of `sizes` patients.

    `simulate(parameters, n, rng)` gives one data set a draw: `parameters` maps names to
    `float64[draws]`, and it returns its summaries, `float64[draws]`, `float64[draws, summaries]`, or a
    mapping of name to `float64[draws]`.
    """
    if draws.count < FEWEST_DRAWS:
        raise InputError(
            f"EVSI: {draws.count} draws are too few for a regression; it needs {FEWEST_DRAWS} or more"
        )
    strategies = competing(draws, k)
    found = {}
    for n in dict.fromkeys(whole_number("n", size) for size in sizes):
        rng = np.random.default_rng([seed, n])
        x = _summaries(simulate(draws.parameters, n, rng), draws.count)
        x = x[:, np.ptp(x, axis=0) > 0.0]
        if x.shape[1] == 0 or not strategies:
            found[n] = Estimate(0.0, 0.0)
        else:
            found[n] = known(x, draws, strategies, k, seed=seed).estimate(evpi.value, seed=seed)
    if not found:
        raise InputError("n: name one size of the study or more")
    return SampleInformation(k, evpi, found, units)


def _summaries(given: Any, draws: int) -> Floats:
    if isinstance(given, Mapping):
        given = np.column_stack([np.asarray(values, np.float64) for values in given.values()])
    found = np.asarray(given, np.float64)
    if found.ndim == 1:
        found = found[:, None]
    if found.ndim != 2 or found.shape[0] != draws or not 0 < found.shape[1] <= MOST_SUMMARIES:
        raise InputError(
            f"EVSI: the simulated study gave an array of shape {shown(np.shape(given))}; it must "
            "be one row of "
            f"summaries for each of the {draws:,} draws, at most {MOST_SUMMARIES} of them"
        )
    if not np.isfinite(found).all():
        raise InputError(
            "EVSI: a summary of the simulated study is missing or infinite; each draw needs one"
        )
    return found
