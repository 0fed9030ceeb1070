"""The headlines of a run over draws of the posterior: each draw on women of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seedsoil.catalog import load
from seedsoil.results.columns import codes, numbers, women_found_in_life
from seedsoil.results.draws import OverDraws, check_draws, over_draws
from seedsoil.run.simulate import ADJUVANT, SCREENING, STRATEGY, find
from seedsoil.simulation.backend import backend
from seedsoil.simulation.shards import check_cohort
from seedsoil.vocabulary import OUTCOMES, PRESENTATIONS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pyarrow as pa

    from seedsoil.catalog import Catalog, Strategy

Value = tuple[float, float]
_LANDMARKS = (1, 5, 10)
_LIFE_YEARS, _ERADICATED = "life years with metastatic disease", "every colony eradicated, share"
_MEDIAN = "median survival with metastatic disease, years"
_DISTANT = "distant recurrence within 10 years, share"
_LINES = "lines of therapy"
OF_POSTERIOR = {
    _DISTANT: "distant_10",
    _MEDIAN: "median_survival",
    "alive at 5 years, share": "alive_5",
    "alive at 10 years, share": "alive_10",
    _LIFE_YEARS: "life_years",
    _ERADICATED: "eradicated",
}
"""What the posterior calls those headlines of a default run whose variance it splits."""


def headlines_over_draws(
    draws: int,
    *,
    women: int,
    seed: int = 1,
    first: int = 0,
    threads: int | None = None,
    screening: str = SCREENING,
    adjuvant: str = ADJUVANT,
    strategy: str | Path | Strategy = STRATEGY,
    catalog: Catalog | None = None,
    only: str | None = None,
    progress: Callable[[int], None] | None = None,
) -> list[OverDraws]:
    """What a run says of its women, over the first `draws` draws of the posterior.

    Draw k has the `women` women from `first` + k · `women` on, so that chance and parameters can be told
    apart. `only`: of the women for whom this condition holds. Other arguments as in `simulate`.
    """
    catalog = catalog or load()
    check_draws(draws, catalog)
    threads = check_cohort(draws * women, seed, first, threads)

    def one(k: int) -> dict[str, Value]:
        found = find(
            only or "age >= 0", women=women, most=women, seed=seed, first=first + k * women, threads=1,
            screening=screening, adjuvant=adjuvant, strategy=strategy, catalog=catalog.draw(k),
        )  # fmt: skip
        return headlines(found.patients)

    def show(_: dict[str, Value]) -> None:
        if progress is not None:
            progress(women)

    each = list(backend(threads).map(one, range(draws), progress=show))
    usual = (screening, adjuvant, strategy) == (SCREENING, ADJUVANT, STRATEGY) and only is None
    of_posterior = catalog.posterior.record.get("headlines", {}) if usual else {}
    return [
        over_draws(
            name, [one[name][0] for one in each], [one[name][1] for one in each], unit=unit_of(name),
            discrepancy=of_posterior.get(OF_POSTERIOR.get(name), {}).get("discrepancy"),
        )
        for name in each[0]
    ]  # fmt: skip


def unit_of(headline: str) -> str:
    """The unit of a headline, by its name."""
    if headline in (_MEDIAN, _LIFE_YEARS):
        return "years"
    return "lines" if headline == _LINES else "share"


def headlines(patients: pa.Table) -> dict[str, Value]:
    """The headlines of women, with Monte-Carlo errors: shares 0 to 1, times in years."""
    found = numbers(patients, "metastatic_at")
    alive = women_found_in_life(patients)
    years = (numbers(patients, "died_at") - found)[alive]
    presentation, names = codes(patients, "presentation", PRESENTATIONS)
    healthy = presentation != names.index("de novo")
    outcome, outcomes = codes(patients, "outcome", OUTCOMES)
    return {
        "metastatic disease found in life, share of women": _share(alive),
        _DISTANT: _share((found <= 10.0)[healthy]),
        _MEDIAN: _median(years),
        **{f"alive at {y} year{'s' * (y > 1)}, share": _share(years > y) for y in _LANDMARKS},
        _LIFE_YEARS: _mean(years),
        _LINES: _mean(np.nan_to_num(numbers(patients, "lines"))[alive]),
        _ERADICATED: _share((outcome == outcomes.index("eradicated"))[alive]),
    }


def _share(hits: np.ndarray) -> Value:
    n = hits.size
    if n == 0:
        return float("nan"), float("nan")
    value = float(np.count_nonzero(hits)) / n
    return value, float(np.sqrt(max(value * (1.0 - value), 1.0 / n / n) / n))


def _mean(values: np.ndarray) -> Value:
    if values.size < 2:
        return float("nan"), float("nan")
    return float(values.mean()), float(values.std(ddof=1) / np.sqrt(values.size))


def _median(values: np.ndarray) -> Value:
    """The median, and half the distance of the quantiles one binomial error away."""
    if values.size < 10:
        return float("nan"), float("nan")
    half = 0.5 / np.sqrt(values.size)
    low, mid, high = np.quantile(values, (max(0.5 - half, 0.0), 0.5, min(0.5 + half, 1.0)))
    return float(mid), float(high - low) / 2.0
