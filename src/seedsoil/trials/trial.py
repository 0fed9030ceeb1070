"""`trial()`: a published trial simulated as it was run, and laid beside what was published."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.catalog.lookup import find_trial
from seedsoil.errors import InputError, nearest, whole_number
from seedsoil.trials.endpoints import (
    ALL,
    Simulated,
    conduct,
    cuts_of,
    groups_of,
    months_of,
    predicted,
    published,
    reason_not_given,
    results,
)
from seedsoil.trials.enrolled import enrolled_facts
from seedsoil.trials.enrolment import Enrolment, enrol
from seedsoil.trials.outcomes import outcomes
from seedsoil.trials.readout import Group
from seedsoil.trials.replicates import expected_groups, replicate_groups
from seedsoil.trials.result import _GRID, _TICK, MOST_REPLICATES, RESAMPLES, TrialData

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from seedsoil.catalog import Catalog, Trial
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

        `formats`: csv or xlsx for the results, svg or png for the charts of the report, too. It appears
        complete or not at all. Raises InputError if `path` is taken or cannot be written, or for another
        format.
        """
        from seedsoil.display.export import check_formats, export
        from seedsoil.storage import new_directory, publish, unfinished, write_manifest, write_table

        target = new_directory(path)
        check_formats(formats)
        made = {
            "command": command
            or f"seedsoil.trial({self.trial.name!r}, seed={self.manifest['seed']})",
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        with unfinished(target.parent, target.name) as partial:
            write_table(self.table(), partial / "results.parquet")
            write_manifest(partial, made | self.manifest)
            page = self.report(partial / "report.html").read_text("utf-8")
            export(partial, formats, {"results": self.table()}, page)
            return publish(partial, target)


def trial(
    name: str | Path | Trial,
    *,
    women: int | None = None,
    seed: int = 1,
    replicates: int = 500,
    threads: int | None = None,
    catalog: Catalog | None = None,
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

    Raises InputError for an unknown name, a file with problems (all are listed), numbers out of range,
    and a trial for which too few women enrol.
    """
    from seedsoil.catalog import load
    from seedsoil.simulation.shards import check_cohort

    threads = check_cohort(1 if women is None else women, seed, 0, threads)
    whole_number("replicates", replicates, most=MOST_REPLICATES)
    catalog = catalog or load()
    chosen = find_trial(name, catalog=catalog)
    found = enrol(catalog, chosen, women=women, seed=seed, threads=threads, progress=progress)
    return compared_trial(found, seed=seed, replicates=replicates, catalog=catalog)


def simulated_arms(found: Enrolment) -> Simulated:
    """The outcomes of an enrolment's women in every arm."""
    wanted = {one.endpoint for one in published(found.trial)}
    # in the order of names, so that the order of a file changes no draw
    arms = {name: outcomes(found.arms[name], wanted) for name in sorted(found.arms)}
    return Simulated(found.trial, found.baseline, arms)


def compared_trial(
    found: Enrolment, *, seed: int, replicates: int, catalog: Catalog
) -> TrialResult:
    """The trial of these women beside its published results."""
    spec = found.trial
    simulated = simulated_arms(found)
    wanted = [*published(spec), *predicted(spec)]
    reasons = [reason_not_given(one, simulated) for one in wanted]
    given = [one for one, reason in zip(wanted, reasons, strict=True) if not reason]
    cuts = {cut: [one for one in given if one.cut == cut] for cut in [None, *cuts_of(given)]}
    grid = np.linspace(0.0, spec.follow_up_months, _GRID + 1)
    ticks = np.arange(0.0, spec.follow_up_months + _TICK, _TICK)
    months = tuple(np.unique([*grid.tolist(), *ticks.tolist(), *months_of(given)]).tolist())
    sizes = {arm.name: arm.n for arm in spec.arms}
    means: dict[float | None, dict[str, Replicates]] = {}
    drawn: dict[float | None, dict[str, Replicates]] = {}
    for cut, wanted_then in cuts.items():
        # the same trials at every cut: the draws are those of the trial's name and seed
        groups = groups_of(wanted_then, simulated)
        if cut is None:
            groups[ALL] = _whole_trial(groups.get(ALL))
        run = conduct(spec, cut)
        common: dict[str, Any] = {
            "trial": spec.name, "seed": seed, "reference": simulated.reference,
            "landmarks": months if cut is None else sorted(months_of(wanted_then)),
        }  # fmt: skip
        means[cut] = expected_groups(simulated.arms, run, groups, resamples=RESAMPLES, **common)
        drawn[cut] = replicate_groups(
            simulated.arms, {name: sizes[name] for name in simulated.arms}, run, groups,
            replicates=replicates, **common,
        )  # fmt: skip
    return TrialResult(
        trial=spec,
        results=tuple(results(wanted, reasons, means, drawn, spec)),
        facts=enrolled_facts(spec, found.baseline),
        mean=means[None][ALL],
        replicates=drawn[None][ALL],
        months=months,
        enrolment=found,
        manifest={
            **found.manifest(seed=seed, replicates=replicates, catalog=catalog),
            "role": spec.role,
        },
    )


def _whole_trial(asked: Group | None) -> Group:
    """What is reported of all women: what was published, and the curves that are always drawn."""
    drawn = frozenset({"pfs", "os"})
    if asked is None:
        return Group(None, drawn, drawn, frozenset())
    curves, contrasts = asked.curves or frozenset(), asked.contrasts or frozenset()
    return Group(None, curves | drawn, contrasts | drawn, asked.numbers)
