"""A registry extract beside draws of the posterior: what the parameters do to observed over expected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seedsoil.catalog import load
from seedsoil.matching.match import match
from seedsoil.results.draws import OverDraws, check_draws, over_draws

if TYPE_CHECKING:
    from collections.abc import Callable

    from seedsoil.catalog import Catalog


def match_over_draws(
    path: Any,
    draws: int,
    *,
    women: int,
    seed: int = 1,
    catalog: Catalog | None = None,
    progress: Callable[[int], None] | None = None,
    **settings: Any,
) -> list[OverDraws]:
    """Expected events of an extract, and observed over expected, over the first `draws` draws.

    Draw k has women of its own: those of seed `seed` + 1 + k. The chance in the registry's own women is in
    neither number. Other arguments as in `match`.
    """
    catalog = catalog or load()
    check_draws(draws, catalog)
    found = []
    for k in range(draws):
        result = match(path, women=women, seed=seed + 1 + k, catalog=catalog.draw(k), **settings)
        found.append(result.summary["calibration"]["overall"])
        if progress is not None:
            progress(women)
    expected = [one["expected"] for one in found]
    errors = [one["expected_se"] for one in found]
    observed = [one["observed"] for one in found]
    ratios = [o / e for o, e in zip(observed, expected, strict=True)]
    of_ratios = [r * s / e for r, s, e in zip(ratios, errors, expected, strict=True)]
    return [
        over_draws("expected events", expected, errors, unit="events"),
        over_draws("observed over expected events", ratios, of_ratios, unit="ratio"),
    ]
