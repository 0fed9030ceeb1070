"""Every trial of the catalog simulated and set beside what was published: the table of validation.

Calibration trials are what the drugs were fitted to; validation trials are predicted with everything
frozen. Both are listed, agreeing or not, and so are the numbers that the model cannot give.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seedsoil.catalog import load
from seedsoil.catalog.lookup import find_trial
from seedsoil.display.words import listed
from seedsoil.errors import InputError, nearest, shown, whole_number
from seedsoil.results.draws import check_draws
from seedsoil.simulation.shards import check_cohort
from seedsoil.trials.judged import judged
from seedsoil.trials.replicates import FEWEST_FOR_INTERVAL
from seedsoil.trials.result import MOST_REPLICATES
from seedsoil.trials.validated import ROLES, FactRow, Row, ValidationData
from seedsoil.work.shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from seedsoil.catalog import Catalog, Trial
    from seedsoil.trials.judged import Measure
    from seedsoil.work.place import Place

logger = logging.getLogger(__name__)


@dataclass(frozen=True, repr=False)
class Validation(ValidationData):
    """Published numbers of many trials beside the model, in the order of the trials: one `Row` each.

    Trials of role calibration are what the drugs were fitted to; those of role validation are predicted
    with everything frozen; those of role own are of a file of one's own. `facts`: what was published of the
    women who enrol, one `FactRow` each. `coverage`: what the prediction intervals cover. `parameters_hash`,
    `measured` and `draws` as in `ValidationData`. `to_markdown` writes the page, `to_csv(path)` the table.
    """

    def to_markdown(self, made_by: str, summary: Sequence[Sequence[str]] = ()) -> str:
        """The table as a page: coverage, validation trials, calibration, who enrols, and what is missing.

        `made_by`: the command that made it, which the page names. `summary`: rows of a table, its header
        first, that stands at the top.
        """
        from seedsoil.trials.validation_page import markdown

        return markdown(self, made_by, summary)


def validate(
    trials: Sequence[str | Path | Trial] = (),
    *,
    role: str | None = None,
    women: int | None = None,
    seed: int = 1,
    replicates: int = 200,
    threads: int | None = None,
    catalog: Catalog | None = None,
    draws: int | None = None,
    progress: Callable[[str], None] | None = None,
    measure: Measure | None = None,
    keep: Place | None = None,
) -> Validation:
    """Simulate trials as they were run and set every published number beside the model.

    `trials`: names of the catalog or files; all of the catalog if empty. `role`: only those of role
    "calibration", "validation" or "own" (of a file of one's own). `replicates`: 40 or more. `draws`: take
    them from so many draws of the posterior, so that the intervals hold what is not known of the parameters.
    `progress` is called with the name of each trial that is done. `measure`, a function of a module, gives
    numbers of each trial's result, which are kept as `measured`. `keep`: where each trial is kept as it is
    done, and taken from if it is there. Other arguments as in `trial`, on which the result depends in the
    same way. A trial that too few simulated women would enter is listed with the reason instead of numbers.
    All trials take some ten minutes, on threads or where `seedsoil.simulation.backend.on` says.

    Raises InputError for an unknown trial, a role that none of them has, and numbers out of range.
    """
    if isinstance(trials, str) or not hasattr(trials, "__iter__"):
        raise InputError(f"trials={shown(trials)}: pass a list of trials, such as ['PALOMA-2']")
    if role is not None and role not in ROLES:
        allowed = listed(list(ROLES))
        raise InputError(
            f"role={shown(role)}: allowed are {allowed}. {nearest(role, ROLES)}".rstrip()
        )
    whole_number("replicates", replicates, least=FEWEST_FOR_INTERVAL, most=MOST_REPLICATES)
    catalog = catalog or load()
    asked = [find_trial(one, catalog=catalog) for one in trials]
    asked = asked or list(catalog.trials.values())
    chosen = [spec for spec in asked if role in (None, spec.role)]
    if not chosen:
        told = ", ".join(f"{spec.name} ({spec.role})" for spec in asked)
        raise InputError(f"validate: no trial of role {role} among {told}.")
    threads = check_cohort(1 if women is None else women, seed, 0, threads)
    if draws is not None:
        check_draws(draws, catalog)

    def tell(spec: Trial) -> None:
        if progress is not None:
            progress(spec.name)

    found = judged(
        chosen, catalog, threads=threads, measure=measure, shelf=None if keep is None else Shelf(keep),
        progress=tell, women=women, seed=seed, replicates=replicates, draws=draws,
    )  # fmt: skip
    pairs = list(zip(chosen, found, strict=True))
    for spec, one in pairs:
        if one.reason:
            logger.warning("%s is listed without numbers: %s", spec.name, one.reason)
    return Validation(
        tuple(Row(spec.name, spec.role, r) for spec, one in pairs for r in one.results),
        tuple(FactRow(spec.name, spec.role, fact) for spec, one in pairs for fact in one.facts),
        catalog.hash(),
        tuple(number for one in found for number in one.measured),
        draws or 0,
    )
