"""`trial()`: a published trial simulated as it was run, and laid beside what was published."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.catalog.lookup import find_trial
from seedsoil.errors import InputError, nearest, whole_number
from seedsoil.results.draws import check_draws, draws_table
from seedsoil.trials.discrepancy import allowances, medians_of, with_allowance
from seedsoil.trials.endpoints import (
    ALL,
    OWN,
    Simulated,
    conduct,
    groups_of,
    months_of,
    predicted,
    published,
    readings_of,
    reason_not_given,
    results,
)
from seedsoil.trials.enrolled import enrolled_facts
from seedsoil.trials.enrolment import Enrolment, enrol
from seedsoil.trials.outcomes import outcomes
from seedsoil.trials.over_draws import headlines, measured
from seedsoil.trials.readout import Group
from seedsoil.trials.replicates import expected_groups, pooled, replicate_groups
from seedsoil.trials.result import _GRID, _TICK, MOST_REPLICATES, RESAMPLES, TrialData

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator
    from pathlib import Path

    from seedsoil.catalog import Catalog, Trial
    from seedsoil.trials.endpoints import Reading, Wanted
    from seedsoil.trials.over_draws import Measured
    from seedsoil.trials.replicates import Replicates


class TrialResult(TrialData):
    """A simulated trial beside its published results.

    `results`: every published number, and what any trial reports, with the model's mean at large n and
    the 95 % prediction interval of a trial of its own size; `table()` has them as Arrow. `facts`: what was
    published of the women who enrol, beside the simulated ones. `mean` and `replicates` hold the curves of
    all women, read at `months`; `enrolment` the women themselves, in every arm. Times in months. `chart()`
    draws a curve, `report(path)` writes the page, `save(path)` a directory.
    """

    def chart(self, curve: str = "pfs") -> dict[str, Any]:
        """Kaplan-Meier curves of the arms (`curve`: "pfs" or "os") with the band of the replicates."""
        from seedsoil.trials.charts import survival_chart

        if curve not in ("pfs", "os"):
            raise InputError(
                f"curve '{curve}': allowed are pfs and os. {nearest(curve, ('pfs', 'os'))}"
            )
        return survival_chart(self, curve, self.sentence)

    def report(self, path: str | Path) -> Path:
        """Write the self-contained HTML report to `path` and return the path."""
        from seedsoil.trials.page import write_trial_report

        return write_trial_report(self, path)

    def save(
        self, path: str | Path, *, command: str | None = None, formats: Collection[str] = ()
    ) -> Path:
        """Write report.html, results.parquet and manifest.json to the directory `path`; return it.

        Over draws of the posterior draws.parquet, too: what parameters and chance leave open, apart.
        `formats`: csv or xlsx for the results, svg or png for the charts of the report, too. It appears
        complete or not at all. Raises InputError if `path` is taken or cannot be written, or for another
        format.
        """
        from seedsoil.display.export import save_results

        tables = {"results": self.table()}
        if self.headlines is not None:
            tables["draws"] = draws_table([one.record() for one in self.headlines.found])
        made = command or f"seedsoil.trial({self.trial.name!r}, seed={self.manifest['seed']})"
        return save_results(
            path,
            tables,
            self.report,
            {"command": made, **self.manifest},
            formats,
        )


def trial(
    name: str | Path | Trial,
    *,
    women: int | None = None,
    seed: int = 1,
    replicates: int = 500,
    threads: int | None = None,
    catalog: Catalog | None = None,
    draws: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> TrialResult:
    """Simulate a trial as it was run and lay it beside what was published.

    `name`: of a trial of the catalog, the path of a trial's TOML file, or a trial. Women come down with
    the disease, reach eligibility in the course of it, enrol, and are followed to death in every arm
    with the same random numbers. From them `replicates` trials of the trial's own size are drawn, with
    accrual, dropout and data cut; all of them together give the model's mean. `women`: how many to
    simulate, with or without metastatic disease; None: until some 3,500 (or the trial's number) enrol.
    `progress` is told of the women as they are simulated or, without `women`, as they enrol. The result
    depends on `women`, `seed` and `replicates`, not on `threads` (default: all cores). Times in months.

    `draws`: take the replicates in equal parts from so many draws of the posterior of all fitted numbers, so
    that the intervals hold what is not known of the parameters, too; the mean and the women who enrol stay
    those of the values in use. Each draw has women of its own: as many as the trial has, or those of `women`
    who enrol, and no woman is twice in a replicate. `headlines` then keeps parameters and chance apart.

    Raises InputError for an unknown name, a file with problems (all are listed), numbers out of range,
    and a trial for which too few women enrol.
    """
    from seedsoil.catalog import load
    from seedsoil.simulation.shards import check_cohort

    threads = check_cohort(1 if women is None else women, seed, 0, threads)
    whole_number("replicates", replicates, most=MOST_REPLICATES)
    catalog = catalog or load()
    chosen = find_trial(name, catalog=catalog)
    if draws is not None:
        check_draws(draws, catalog)
    found = enrol(catalog, chosen, women=women, seed=seed, threads=threads, progress=progress)
    if draws is None:
        return compared_trial(found, seed=seed, replicates=replicates, catalog=catalog)
    size = sum(arm.n for arm in chosen.arms)
    worlds = (
        enrol(
            catalog.draw(k), chosen, women=women, seed=seed, first=(k + 1) * _WORLD, threads=threads,
            enough=size,
        )
        for k in range(draws)
    )  # fmt: skip
    return compared_trial(
        found, seed=seed, replicates=replicates, catalog=catalog, worlds=worlds, draws=draws
    )


def simulated_arms(found: Enrolment) -> Simulated:
    """The outcomes of an enrolment's women in every arm."""
    wanted = {one.endpoint for one in published(found.trial)}
    # in the order of names, so that the order of a file changes no draw
    arms = {name: outcomes(found.arms[name], wanted) for name in sorted(found.arms)}
    return Simulated(found.trial, found.baseline, arms)


_WORLD = 1 << 32
"""Women between the first of two draws: more than a trial ever simulates."""


def compared_trial(
    found: Enrolment,
    *,
    seed: int,
    replicates: int,
    catalog: Catalog,
    worlds: Iterable[Enrolment] = (),
    draws: int = 0,
) -> TrialResult:
    """The trial of these women beside its published results.

    The replicates are drawn from `found`, or, with `draws`, in equal parts from those of `worlds`, each of
    which then makes up whole trials of women who are in none twice.
    """
    spec = found.trial
    simulated = simulated_arms(found)
    wanted = [*published(spec), *predicted(spec)]
    reasons = [reason_not_given(one, simulated) for one in wanted]
    given = [one for one, reason in zip(wanted, reasons, strict=True) if not reason]
    read = {key: [one for one in given if one.reading == key] for key in readings_of(given)}
    grid = np.linspace(0.0, spec.follow_up_months, _GRID + 1)
    ticks = np.arange(0.0, spec.follow_up_months + _TICK, _TICK)
    allowed = allowances(catalog.posterior.record) if draws else {}

    def landmarks(some: Iterable[Wanted]) -> set[float]:
        return months_of(some) | (medians_of(some) if allowed else set())

    months = tuple(np.unique([*grid.tolist(), *ticks.tolist(), *landmarks(given)]).tolist())
    sizes = {arm.name: arm.n for arm in spec.arms}
    means: dict[Reading, dict[str, Replicates]] = {}
    parts: list[dict[Reading, dict[str, Replicates]]] = []
    each: list[Measured] = []
    fewest = found.women
    for number, arms in enumerate(_all_arms(simulated, worlds, draws)):
        of_draw = number > 0
        named = f"{spec.name}, draw {number}" if of_draw else spec.name
        if of_draw:
            each.append(measured(arms, trial=named, seed=seed))
            fewest = min(fewest, arms.baseline.women)
        drawn_here: dict[Reading, dict[str, Replicates]] = {}
        for key, wanted_then in read.items():
            # the same trials in every reading: the draws are those of the trial's name and seed
            cut, against = key
            groups = groups_of(wanted_then, arms)
            if key == OWN:
                groups[ALL] = _whole_trial(groups.get(ALL))
            run = conduct(spec, cut)
            common: dict[str, Any] = {
                "trial": named, "seed": seed, "reference": against or arms.reference,
                "landmarks": months if key == OWN else sorted(landmarks(wanted_then)),
            }  # fmt: skip
            if not of_draw:
                means[key] = expected_groups(arms.arms, run, groups, resamples=RESAMPLES, **common)
            drawn_here[key] = replicate_groups(
                arms.arms, {name: sizes[name] for name in arms.arms}, run, groups,
                replicates=-(-replicates // draws) if of_draw else replicates, again=not of_draw,
                **common,
            )  # fmt: skip
        parts.append(drawn_here)
    chance, *of_draws = parts
    drawn = {key: pooled([part[key] for part in of_draws or parts]) for key in read}
    told = results(wanted, reasons, means, drawn, spec, chance if draws else None)
    return TrialResult(
        trial=spec,
        results=tuple(with_allowance(told, wanted, drawn, allowed)),
        facts=enrolled_facts(spec, found.baseline),
        mean=means[OWN][ALL],
        replicates=drawn[OWN][ALL],
        months=months,
        enrolment=found,
        manifest={
            **found.manifest(seed=seed, replicates=replicates, catalog=catalog),
            "role": spec.role,
            **({"draws": draws} if draws else {}),
        },
        headlines=headlines(spec, each, fewest) if draws else None,
    )


def _all_arms(first: Simulated, worlds: Iterable[Enrolment], draws: int) -> Iterator[Simulated]:
    """The women with the values in use, then those of each draw, one at a time."""
    yield first
    for _, world in zip(range(draws), worlds, strict=True):
        yield simulated_arms(world)


def _whole_trial(asked: Group | None) -> Group:
    """What is reported of all women: what was published, and the curves that are always drawn."""
    drawn = frozenset({"pfs", "os"})
    if asked is None:
        return Group(None, drawn, drawn, frozenset())
    curves, contrasts = asked.curves or frozenset(), asked.contrasts or frozenset()
    return Group(None, curves | drawn, contrasts | drawn, asked.numbers)
