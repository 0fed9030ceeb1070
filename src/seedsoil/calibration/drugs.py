"""`fit_drugs()`: kill, resistance, attrition and death from the calibration trials, by maximum a posteriori.

    minimise  Σ_results [(simulated - published)/σ]² + Σ_parameters [(θ - prior mean)/prior sd]²

The natural history up to the day metastatic disease is found is frozen: the women of each trial are
simulated once and kept. Death from metastases is moved again, with what the fit of the natural history
found as its prior. Every try treats the same women with the same draws. A parameter of a drug or mechanism
is moved only in the trials one of whose arms gives it; what it changes in the lines before enrolment
elsewhere is left to the next step.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.calibration.cells import Cell, among, cell_records, cells_of, squares
from seedsoil.calibration.charts import distances_chart
from seedsoil.calibration.drug_targets import Target, endpoints_of, targets
from seedsoil.calibration.least_squares import (
    Standardised,
    averaged_step,
    check_keys,
    check_steps,
    minimise,
    split_name,
)
from seedsoil.display.shown import Shown, TextRows, text_table
from seedsoil.errors import InputError, nearest, whole_number
from seedsoil.model.treatment.plan import Names, Plan, with_catalog
from seedsoil.simulation.backend import Backend, backend
from seedsoil.simulation.follow import follow
from seedsoil.simulation.population import Population, population
from seedsoil.simulation.shards import check_cohort
from seedsoil.trials.baseline import baseline, enrolled
from seedsoil.trials.division import plans, treat
from seedsoil.trials.endpoints import Simulated
from seedsoil.trials.enrolment import wanted_subtypes
from seedsoil.trials.outcomes import courses, outcomes
from seedsoil.vocabulary import BIOMARKERS, MENOPAUSE, METASTATIC_PRESENTATIONS, SUBTYPES

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    import pyarrow as pa
    from numpy.typing import NDArray

    from seedsoil.catalog import Catalog, Trial
    from seedsoil.catalog.conditions import Conditions

_BATCH = 4_000
_MOST_WOMEN = 300_000
# The share of the women asked for that does without another try
_ENOUGH = 0.8


@dataclass(frozen=True)
class DrugFit(Shown):
    """Fitted values and standard errors by parameter name, and every published result beside the model.

    `loss`: the least-squares sum; `cells`: the results of the calibration trials on the scale of the fit
    (logarithms of hazard ratios, log-odds of shares); `catalog`: the catalog with the fitted values;
    `left_out`: the results of the trials that were left out, predicted with the fitted values, and
    `left_out_before` with those at the start.
    """

    title = "Calibration trials, published and simulated"

    values: dict[str, float]
    standard_errors: dict[str, float]
    loss: float
    evaluations: int
    cells: list[Cell]
    catalog: Catalog
    left_out: list[Cell] = field(default_factory=list)
    left_out_before: list[Cell] = field(default_factory=list)

    @property
    def misses(self) -> list[Cell]:
        """Results missed by more than three standard errors (sampling and stated discrepancy)."""
        return [cell for cell in self.cells if abs(cell.z) > 3.0]

    def records(self) -> list[dict[str, Any]]:
        """The results as dictionaries, for a program."""
        return cell_records(self.cells)

    def table(self) -> pa.Table:
        """One row a published result.

        Columns trial, arm, endpoint, among (text), published (in its own unit), expected and simulated (on
        the scale of the fit), sigma, z, women (simulated, behind the value), unit and simulated_value (in
        the unit of the published one). NaN where too few women are simulated.
        """
        import pyarrow as pa

        rows = [record | {"among": among(cell)}
                for record, cell in zip(self.records(), self.cells, strict=True)]  # fmt: skip
        text, number = pa.string(), pa.float64()
        kinds: dict[str, pa.DataType] = dict.fromkeys(("trial", "arm", "endpoint", "among"), text)
        kinds |= dict.fromkeys(("published", "expected", "simulated", "sigma", "z"), number)
        kinds |= {"women": pa.int64(), "unit": text, "simulated_value": number}
        return pa.Table.from_pylist(rows, schema=pa.schema(list(kinds.items())))

    @property
    def summary(self) -> dict[str, Any]:
        """What a program reads: loss, evaluations, values, standard errors, and every result."""
        return {
            "loss": self.loss,
            "evaluations": self.evaluations,
            "values": self.values,
            "standard_errors": self.standard_errors,
            "results": self.records(),
            "left_out": cell_records(self.left_out),
            "left_out_loss": {
                "start": squares(self.left_out_before), "end": squares(self.left_out),
            },
        }  # fmt: skip

    @property
    def sentence(self) -> str:
        """The loss, and how many results are missed; how trials that were left out fare."""
        told = (
            f"Loss {self.loss:.1f}; {len(self.misses)} of {len(self.cells)} results lie more than 3 "
            "standard errors (sampling and stated discrepancy) from the published."
        )
        if not self.left_out:
            return told
        missed = sum(abs(cell.z) > 3.0 for cell in self.left_out)
        return (
            f"{told} Left out: Σ z² of {len(self.left_out)} results {squares(self.left_out_before):.1f} "
            f"at the start, {squares(self.left_out):.1f} at the end; {missed} lie more than 3 away."
        )

    def chart(self) -> dict[str, Any]:
        """Distance of every published result from the model, in standard errors, by trial."""
        rows = [
            (cell.trial, ", ".join(filter(None, (cell.arm, cell.endpoint, among(cell)))), cell.z)
            for cell in self.cells
        ]
        return distances_chart(rows, self.sentence)

    def text_rows(self) -> TextRows:
        """One row a result: published, simulated, both in the unit of what was published, and z."""
        rows = [
            [cell.trial + left, cell.arm, cell.endpoint, among(cell), *cell.words()]
            for cells, left in ((self.cells, ""), (self.left_out, " (left out)"))
            for cell in cells
        ]
        return ["trial", "arm", "endpoint", "among", "published", "simulated", "z"], rows

    def __repr__(self) -> str:
        return f"{text_table(*self.text_rows())}\n\n{self.sentence}"


@dataclass
class _Trial:
    """A trial ready to be simulated again and again."""

    trial: Trial
    women: Population
    plans: list[Plan]
    names: Names
    targets: list[Target]
    mechanisms: set[str] = field(default_factory=set)
    drugs: set[str] = field(default_factory=set)  # whose numbers act in its arms
    enrolled: int = 0  # an arm


def _simulate(catalog: Catalog, ready: _Trial) -> Simulated:
    """The same women in every arm of a trial, with the numbers of a catalog."""
    people = ready.women.dying_as(catalog)
    own = ready.trial.drugs
    now = [with_catalog(plan, people.parameters, catalog, own) for plan in ready.plans]
    women, followed = treat(people, now)
    wanted = endpoints_of(ready.targets)
    arms = {
        arm.name: outcomes(courses(women, one, plan, ready.trial), wanted)
        for arm, one, plan in zip(ready.trial.arms, followed, now, strict=True)
    }
    return Simulated(ready.trial, baseline(women, followed[0], ready.names), arms)


def possible(women: Any, groups: Iterable[Conditions]) -> NDArray[np.bool_]:
    """Who could enrol one day: what no treatment changes agrees with one of the groups."""
    possible = np.zeros(women.size, np.bool_)
    for group in groups:
        agrees = np.ones(women.size, np.bool_)
        if group.subtype is not None:
            agrees &= np.isin(women.subtype, [SUBTYPES.index(name) for name in group.subtype])
        if group.menopause is not None:
            agrees &= women.postmenopausal == MENOPAUSE.index(group.menopause)
        if group.presentation is not None:
            agrees &= women.presentation == METASTATIC_PRESENTATIONS.index(group.presentation)
        for bit, name in enumerate(BIOMARKERS):
            asked = getattr(group, name)
            if asked is not None:
                agrees &= (women.biomarkers >> bit & 1) == int(asked)
        possible |= agrees
    return possible


def _prepare(catalog: Catalog, trial: Trial, seed: int, enough: int) -> _Trial:
    """Simulate women until about `enough` enrol with the parameters in use."""
    women = _BATCH
    while True:
        cohort = population(
            catalog, women, seed=seed, adjuvant=trial.adjuvant, subtypes=wanted_subtypes(trial)
        )
        arms, names = plans(catalog, trial, cohort.parameters)
        who = enrolled(follow(cohort, arms[0]))
        if who.size >= _ENOUGH * enough or women >= _MOST_WOMEN:
            break
        women = min(_MOST_WOMEN, int(women * max(1.3, 1.1 * enough / max(who.size, 20))))
    groups = (trial.eligible, *trial.or_eligible)
    if all(group.line == (1, 1) for group in groups):
        # who enrols at her first line does so whatever the drugs do
        cohort = cohort.only(who)
    else:
        cohort = cohort.only(np.flatnonzero(possible(cohort.women, groups)))
    drugs: set[str] = set()
    regimens = {**catalog.regimens, **trial.regimens}
    for arm in trial.arms:
        given = [] if arm.usual_care else [*arm.regimen, *arm.then]
        if arm.switch is not None:
            given += arm.switch.regimen
        for name in given:
            drugs |= {part.drug for part in regimens[name].drugs}
    known = {**catalog.drugs, **trial.drugs}
    mechanisms: set[str] = {m for drug in drugs for m in known[drug].mechanisms}
    # a drug that shares another's numbers is moved with them
    moved = {known[drug].kill_of or drug for drug in drugs}
    return _Trial(trial, cohort, arms, names, targets(trial), mechanisms, moved, who.size)


class _Problem:
    def __init__(
        self,
        catalog: Catalog,
        trials: Iterable[Trial],
        seed: int,
        enough: int,
        threads: int,
        only: Collection[str],
    ) -> None:
        self.catalog = catalog
        names = catalog.fitted_names("drugs")
        check_keys("only", only, names)
        self.parameters = Standardised(
            catalog, [name for name in names if not only or split_name(name)[0] in only], "drugs"
        )
        self.backend = backend(threads)
        self.ready = list(
            self.backend.map(lambda trial: _prepare(catalog, trial, seed, enough), trials)
        )
        # the longest first, so that the threads end together
        self.ready.sort(key=lambda ready: -ready.women.size * len(ready.trial.arms))
        self.evaluations = 0
        self.at: NDArray[np.float64] | None = None
        self.cells: list[list[Cell]] = []

    def catalog_at(self, x: NDArray[np.float64]) -> Catalog:
        return self.catalog.with_values(self.parameters.values(x))

    def concerns(self, name: str, ready: _Trial) -> bool:
        """Whether a parameter acts in one of a trial's arms (usual care: every parameter)."""
        key, item = split_name(name)
        if item is None or not ready.drugs:
            return True
        if key in ("drug.log_kill", "drug.potency"):
            return item.partition(".")[0] in ready.drugs
        if key.startswith(("resistance.adjuvant_", "death.")):
            return True
        return item in ready.mechanisms

    def simulate(self, x: NDArray[np.float64], which: list[int]) -> list[list[Cell]]:
        catalog = self.catalog_at(x)
        return [cells_of(_simulate(catalog, self.ready[i]), self.ready[i].targets) for i in which]

    def residuals(self, cells: list[list[Cell]], x: NDArray[np.float64]) -> NDArray[np.float64]:
        z = np.array([cell.z for part in cells for cell in part])
        # a cell without enough women says nothing
        return np.concatenate([np.where(np.isfinite(z), z, 0.0), x])

    def fun(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        if self.at is None or not np.array_equal(self.at, x):
            self.evaluations += 1
            jobs = [[i] for i in range(len(self.ready))]
            parts = self.backend.map(lambda j: self.simulate(x, j), jobs)
            self.cells = [part[0] for part in parts]
            self.at = x.copy()
        return self.residuals(self.cells, x)

    def jac(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        centre = self.fun(x)

        def column(i: int) -> NDArray[np.float64]:
            moved, step = self.parameters.moved(x, i)
            name = self.parameters.names[i]
            which = [j for j, ready in enumerate(self.ready) if self.concerns(name, ready)]
            new = self.simulate(moved, which)
            cells = list(self.cells)
            for j, part in zip(which, new, strict=True):
                cells[j] = part
            return (self.residuals(cells, moved) - centre) / step

        self.evaluations += x.size
        return np.stack(list(self.backend.map(column, range(x.size))), axis=1)


def _parted(catalog: Catalog, leave_out: Collection[str]) -> tuple[list[Trial], list[Trial]]:
    """The calibration trials that are fitted, and those that are left out; InputError for others."""
    if isinstance(leave_out, str):
        raise InputError(f"leave_out={leave_out!r}: pass a list of trials, such as ['{leave_out}']")
    known = {spec.name: spec for spec in catalog.trials.values() if spec.role == "calibration"}
    for name in leave_out:
        if name not in known:
            raise InputError(
                f"leave out: no calibration trial '{name}'; allowed: {', '.join(known)}. "
                f"{nearest(name, known)}".strip()
            )
    kept = [spec for name, spec in known.items() if name not in leave_out]
    if not kept:
        raise InputError("leave out: no calibration trial is left to fit")
    return kept, [spec for name, spec in known.items() if name in leave_out]


def _predicted(
    catalog: Catalog,
    trials: Iterable[Trial],
    fitted: Catalog,
    seed: int,
    enough: int,
    with_threads: Backend,
) -> list[Cell]:
    """The results of trials that are not fitted, with the values of `fitted`.

    Their women are those of `catalog`, as for a trial that is.
    """

    def one(trial: Trial) -> list[Cell]:
        ready = _prepare(catalog, trial, seed, enough)
        return cells_of(_simulate(fitted, ready), ready.targets)

    return [cell for part in with_threads.map(one, trials) for cell in part]


def fit_drugs(
    *,
    enough: int = 2_000,
    seed: int = 1,
    iterations: int = 6,
    averaged: int = 0,
    threads: int | None = None,
    catalog: Catalog | None = None,
    from_priors: bool = False,
    only: Collection[str] = (),
    leave_out: Collection[str] = (),
    progress: Callable[[str], None] | None = None,
) -> DrugFit:
    """Fit the drugs to the calibration trials by maximum a posteriori; the natural history stays.

    Parameters: `enough`, women to enrol in each arm of each trial; `seed` of all draws; `iterations` of
    Gauss-Newton at most (0: only compare); `averaged`, the number of further seeds, `seed` + 1 and on,
    whose residuals and derivatives are averaged in one last step and in the standard errors (0: none);
    `from_priors` starts at the prior means, else at the values in use; `only`, a list of keys of parameters,
    such as drug.potency, that alone are moved; `leave_out`, a list of calibration trials that are not fitted
    but predicted with the values before and after; `catalog`, by default the packaged one; `progress` is
    called with a line of text now and then.

    Returns a `DrugFit`; raises `InputError` on illegal input. Takes some minutes an iteration.
    """
    from seedsoil.catalog import load

    check_steps(iterations=iterations, averaged=averaged)
    whole_number("enrolled", enough, problem="women in an arm cannot be compared")
    threads = check_cohort(enough, seed, 0, threads)
    catalog = catalog or load()
    say = progress or (lambda _: None)
    begun = time.perf_counter()
    trials, left_out = _parted(catalog, leave_out)
    problem = _Problem(catalog, trials, seed, enough, threads, only)
    x = problem.parameters.start(from_priors)
    loss = float(np.sum(problem.fun(x) ** 2))
    followed = sum(ready.women.size * len(ready.trial.arms) for ready in problem.ready)
    say(f"{followed} women are treated at each try")
    few = [f"{r.trial.name} ({r.enrolled})" for r in problem.ready if r.enrolled < _ENOUGH * enough]
    if few:
        say(f"fewer than {enough:,} of {_MOST_WOMEN:,} women enrol in {', '.join(sorted(few))}")
    say(
        f"start: loss {loss:.1f}, {x.size} parameters, "
        f"{sum(map(len, problem.cells))} results, {time.perf_counter() - begun:.0f} s"
    )
    before = _predicted(catalog, left_out, problem.catalog_at(x), seed, enough, problem.backend)
    errors: dict[str, float] = {}
    if iterations:
        found = minimise(
            problem.fun, problem.jac, problem.parameters, x,
            iterations=iterations, ftol=1e-3, say=say,
        )  # fmt: skip
        x, loss, errors = found.x, found.loss, found.standard_errors
    if averaged:
        others = [
            _Problem(catalog, trials, seed + 1 + i, enough, threads, only) for i in range(averaged)
        ]
        found = averaged_step(others, problem.parameters, x, say=say)
        x, loss, errors = found.x, found.loss, found.standard_errors
    problem.fun(x)
    fitted = problem.catalog_at(x)
    say(f"end: loss {loss:.1f} after {time.perf_counter() - begun:.0f} s")
    values = {name: catalog.value(*split_name(name)) for name in catalog.fitted_names("drugs")}
    values |= problem.parameters.values(x)
    after = _predicted(catalog, left_out, fitted, seed, enough, problem.backend)
    return DrugFit(
        values=values,
        standard_errors=errors,
        loss=loss,
        evaluations=problem.evaluations,
        cells=[cell for part in problem.cells for cell in part],
        catalog=fitted,
        left_out=after,
        left_out_before=before,
    )
