"""Strategies over draws of the posterior: the same women under all within a draw, others in the next."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from seedsoil.catalog import load, lookup
from seedsoil.errors import InputError
from seedsoil.results.draws import OverDraws, check_draws, over_draws
from seedsoil.results.draws_section import Told
from seedsoil.results.moments import Moments
from seedsoil.run.blocks import course_under
from seedsoil.run.simulate import ADJUVANT, SCREENING
from seedsoil.simulation.backend import backend
from seedsoil.simulation.shards import SHARD, check_cohort
from seedsoil.strategies.compare import distinct
from seedsoil.strategies.measures import MEASURES, OF_LINES, values_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from seedsoil.catalog import Catalog, Strategy


class StrategiesOverDraws(NamedTuple):
    """Every measure of every strategy over draws, and its difference from the first strategy's.

    `means` and `differences` by measure's key and strategy's name.
    """

    names: tuple[str, ...]
    draws: int
    women: int
    means: dict[tuple[str, str], OverDraws]
    differences: dict[tuple[str, str], OverDraws]

    def records(self) -> list[dict[str, Any]]:
        """A row a measure and strategy, for a program."""
        return [
            {"measure": key, "strategy": name, "of": of, **one.record()}
            for of, rows in (("mean", self.means), ("difference", self.differences))
            for (key, name), one in rows.items()
        ]

    def told(self) -> Told:
        """The differences as a report shows them: of every measure but those of single lines."""
        several = len(self.names) > 2
        found = [
            replace(one, name=f"{one.name}, {name}") if several else one
            for (key, name), one in self.differences.items()
            if name != self.names[0] and key not in OF_LINES
        ]
        return Told(found, self.draws, self.women, differences=True)

    def text_rows(self) -> tuple[list[str], list[list[str]]]:
        """Differences from the first strategy, with what they are uncertain by."""
        labels = {measure.key: measure.label for measure in MEASURES}
        rows = [
            [labels[key], name, *one.row()[1:]]
            for (key, name), one in self.differences.items()
            if name != self.names[0]
        ]
        header = [
            f"difference from {self.names[0]}", "strategy", "mean",
            "95 % over the parameters", "sd by parameters", "Monte-Carlo error",
        ]  # fmt: skip
        return header, rows


def compare_over_draws(
    strategies: Sequence[str | Path | Strategy],
    draws: int,
    *,
    women: int,
    seed: int = 1,
    threads: int | None = None,
    screening: str = SCREENING,
    adjuvant: str = ADJUVANT,
    catalog: Catalog | None = None,
    progress: Callable[[int], None] | None = None,
) -> StrategiesOverDraws:
    """Compare strategies under the first `draws` draws of the posterior, each on `women` women of its own.

    Within a draw all strategies have the same women and random numbers. Other arguments as in `compare`.
    """
    catalog = catalog or load()
    check_draws(draws, catalog)
    threads = check_cohort(draws * women, seed, 0, threads)
    found = [lookup.strategy(one, catalog=catalog) for one in strategies]
    names = tuple(distinct(["untreated" if one is None else one.name for one in found]))

    def one(k: int) -> tuple[NDArray[np.float64], ...]:
        drawn = catalog.draw(k)
        courses = [
            course_under(s, catalog=drawn, seed=seed, screening=screening, adjuvant=adjuvant)
            for s in strategies
        ]
        means: list[Moments | None] = [None] * len(courses)
        differences: list[Moments | None] = [None] * len(courses)
        for start in range(0, women, SHARD):
            size = min(SHARD, women - start)
            reference: NDArray[np.float64] | None = None
            for s, course in enumerate(courses):
                run = course.found_in_life(k * women + start, size)
                _, measured = values_of(run, drawn)
                values = np.stack([measured[measure.key] for measure in MEASURES], axis=1)
                reference = values if reference is None else reference
                for kept, more in ((means, values), (differences, values - reference)):
                    before, now = kept[s], Moments.of(more)
                    kept[s] = now if before is None else before + now
        both = [[m for m in kept if m is not None] for kept in (means, differences)]
        if both[0][0].count < 2:
            raise InputError(
                f"draw {k}: metastatic disease was found in life in fewer than two of its {women:,} women; "
                "simulate more"
            )
        return tuple(
            np.array([getattr(m, part) for m in kept])
            for kept in both
            for part in ("mean", "error")
        )

    def show(_: object) -> None:
        if progress is not None:
            progress(women * len(names))

    mean, mean_error, difference, error = (
        np.array(part) for part in zip(*backend(threads).map(one, range(draws), progress=show), strict=True)
    )  # fmt: skip
    means, differences = {}, {}
    for j, measure in enumerate(MEASURES):
        for s, name in enumerate(names):
            key = (measure.key, name)
            label, unit = measure.label, measure.unit
            means[key] = over_draws(label, mean[:, s, j], mean_error[:, s, j], unit=unit)
            differences[key] = over_draws(label, difference[:, s, j], error[:, s, j], unit=unit)
    return StrategiesOverDraws(names, draws, women, means, differences)
