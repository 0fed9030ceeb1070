"""What a trial would be worth before choosing (EVSI), the trial simulated as `trial()` simulates one.

For every draw of the probabilistic analysis women enrol in the trial and are followed in every arm under the
draw's own numbers, and of them one trial of n women is drawn, with accrual, dropout and data cut. What it
reports, ln of the hazard ratios and the reference arm's survival, is the data set that the net benefits are
regressed on (Strong, Oakley, Brennan and Breeze 2015, Med Decis Making 35:570).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.catalog.lookup import find_trial
from seedsoil.errors import InputError, whole_number
from seedsoil.simulation.backend import backend
from seedsoil.trials.endpoints import conduct
from seedsoil.trials.enrolment import TooFewEnrolError, enrol
from seedsoil.trials.outcomes import outcomes
from seedsoil.trials.readout import Group
from seedsoil.trials.replicates import replicate_groups

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from seedsoil.catalog import Catalog, Trial
    from seedsoil.economics.asked import Asked
    from seedsoil.economics.evaluation import Psa
    from seedsoil.trials.enrolment import Enrolment

    Floats = NDArray[np.float64]

CURVES = ("pfs", "os")
MOST_WOMEN = 1_000_000
"""Simulated for one draw at the most."""
_GROUP = "all"
_STREAM = 0xE51
_FEWEST_EVENTS_SHARE = 0.02
"""A share of women alive of 0 or 1 has no logit: it is held off these by so much."""


class StudyTrial:
    """A trial of any of `sizes` women, simulated under every draw of an analysis.

    `trial`: of the catalog, of a file or itself; `sizes`: women in all, shared out evenly among the arms;
    `women`: how many are simulated for each draw at first, and more until as many as the largest size enrol.
    """

    def __init__(
        self, trial: str | Path | Trial, sizes: Sequence[int] | int, women: int, asked: Asked
    ) -> None:
        given = find_trial(trial, catalog=asked.catalog)
        several = [sizes] if isinstance(sizes, int | np.integer) else list(sizes)
        if not several:
            raise InputError("n: name one size of the trial or more, such as [200, 400]")
        if len(given.arms) < 2:
            raise InputError(f"trial '{given.name}': has one arm; EVSI here is of a comparison")
        least = 10 * len(given.arms)
        self.sizes = tuple(dict.fromkeys(whole_number("n", n, least=least) for n in several))
        self.women = whole_number("women", women, least=100)
        self.trial = _of_size(given, len(given.arms))
        self.name = given.name

    def summaries(
        self, psa: Psa, asked: Asked, progress: Callable[[int], None] | None = None
    ) -> dict[int, Floats]:
        """By size, what the trial reports: float64 [draws, summaries]. `progress`: of draws done."""
        names = [name for name in psa.parameters if _in_catalog(name, asked.catalog)]
        columns = [psa.parameters[name] for name in names]

        def one(draw: int) -> list[Floats]:
            values = {n: float(c[draw]) for n, c in zip(names, columns, strict=True)}
            return self._of_draw(draw, asked.catalog.with_values(values), asked.seed)

        def show(_: list[Floats]) -> None:
            if progress is not None:
                progress(1)

        rows = list(backend(asked.threads).map(one, range(psa.draws), progress=show))
        return {n: np.array([row[k] for row in rows]) for k, n in enumerate(self.sizes)}

    def _of_draw(self, draw: int, catalog: Catalog, seed: int) -> list[Floats]:
        own = int(np.random.SeedSequence([seed, draw, _STREAM]).generate_state(1, np.uint64)[0])
        found = self._enrolled(draw, catalog, own)
        arms = {name: outcomes(found.arms[name], ()) for name in sorted(found.arms)}
        month = self.trial.follow_up_months / 2.0
        told = []
        for n in self.sizes:
            sized = _of_size(self.trial, n)
            drawn = replicate_groups(
                arms,
                {name: next(a.n for a in sized.arms if a.name == name) for name in arms},
                conduct(sized),
                {_GROUP: Group(None, frozenset(CURVES), frozenset(CURVES), frozenset())},
                trial=self.name,
                seed=own,
                replicates=1,
                reference=sized.hr_reference,
                landmarks=(month,),
            )[_GROUP]
            told.append(_reported(drawn, arms, sized, month))
        return told

    def _enrolled(self, draw: int, catalog: Catalog, seed: int) -> Enrolment:
        """The women who enrol under a draw: as many as the largest size needs, however rare they are."""
        needed, women = max(self.sizes), self.women
        while True:
            try:
                found = enrol(catalog, self.trial, women=women, seed=seed, threads=1)
                count = found.women
            except TooFewEnrolError:
                count = 0
            if count >= needed:
                return found
            if women >= MOST_WOMEN:
                raise InputError(
                    f"draw {draw}: {count:,} of {women:,} women enrol in trial '{self.name}', and "
                    f"{needed:,} are needed; choose a smaller trial"
                )
            wanted = 1.3 * women * needed / count if count else 4.0 * women
            women = min(MOST_WOMEN, max(2 * women, round(wanted)))


def _reported(drawn: Any, arms: Mapping[str, object], trial: Trial, month: float) -> Floats:
    """ln of each hazard ratio, held within bounds, and the logit of survival in the reference arm."""
    found = []
    for curve in CURVES:
        for name in arms:
            if name == trial.hr_reference:
                share = float(drawn.endpoint(f"{curve}_at_{month:g}", name)[0])
                share = 0.5 if np.isnan(share) else share
                held = min(max(share, _FEWEST_EVENTS_SHARE), 1.0 - _FEWEST_EVENTS_SHARE)
                found.append(np.log(held / (1.0 - held)))
            else:
                ratio = float(drawn.endpoint(f"{curve}_hr", name)[0])
                found.append(np.log(min(max(ratio, 0.02), 50.0)) if ratio == ratio else 0.0)
    return np.array(found)


def _of_size(trial: Trial, women: int) -> Trial:
    """The trial with so many women in all, evenly in its arms; without a cut at a number of events."""
    each = max(1, women // len(trial.arms))
    arms = [arm.model_copy(update={"n": each}) for arm in trial.arms]
    return trial.model_copy(update={"arms": arms, "cut": None})


def _in_catalog(name: str, catalog: Catalog) -> bool:
    key, _, item = name.partition(":")
    return key in catalog.parameters and item in catalog.parameters[key].values
