"""Trials drawn from women who were simulated under every arm.

`replicate` draws trials of a given size and returns what each would have reported: the spread is the
prediction interval of the published result. `expected` gives the model's mean and its Monte-Carlo error.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, fields, is_dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.errors import InputError, nearest
from seedsoil.trials.readout import ArmResult, Draws, Group, report

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from seedsoil.trials.arms import ArmOutcomes, Bools, Conduct
    from seedsoil.trials.batched_survival import Floats

__all__ = [
    "Replicates",
    "draws",
    "expected",
    "expected_groups",
    "replicate",
    "replicate_groups",
]

_BLOCK = 256  # trials held in memory at a time
_ENTRIES = 250_000  # women of all those trials together
_ALL = "all"
FEWEST_FOR_INTERVAL = 40
"""Of fewer trials even the smallest and the largest value hold less than 95 % of all, on average."""


@dataclass(frozen=True)
class Replicates:
    """What repetitions of a trial would have reported; `landmarks` in months, as asked for."""

    arms: Mapping[str, ArmResult]
    landmarks: tuple[float, ...]

    @property
    def give_intervals(self) -> bool:
        """Whether the trials are enough for an interval of 95 %."""
        return bool(next(iter(self.arms.values())).women.size >= FEWEST_FOR_INTERVAL)

    def endpoint(self, name: str, arm: str) -> Floats:
        """The values of one endpoint in one arm, an entry a trial, by the name of the catalog.

        pfs_median, os_median, dor_median (months), pfs_at_12, os_at_12 ... (shares at a landmark asked
        for), orr, orr_measurable, cr, pd_best (shares), pfs_hr, os_hr (against the reference), and those
        of the arm's further curves and numbers. Raises InputError for another name.
        """
        if arm not in self.arms:
            raise InputError(
                f"arm '{arm}' is not one of {', '.join(self.arms)}. {nearest(arm, self.arms)}"
            )
        result = self.arms[arm]
        known: dict[str, Floats] = dict(result.numbers)
        for curve, found in result.curves.items():
            known[f"{curve}_median"] = found.median
            for i, month in enumerate(self.landmarks):
                known[f"{curve}_at_{month:g}"] = found.at[..., i]
        for curve, contrast in result.contrasts.items():
            known[f"{curve}_hr"] = contrast.hr
        if name not in known:
            raise InputError(
                f"endpoint '{name}' of arm '{arm}': allowed are {', '.join(known)}. "
                f"{nearest(name, known)}"
            )
        return known[name]

    def interval(self, name: str, arm: str, level: float = 0.95) -> tuple[float, float, float]:
        """Median over the trials of an endpoint, and the limits between which the share `level` lies.

        That is the prediction interval of a trial of this size: chance in who enrols, not doubt about
        the model. Order statistics, so that a median survival not reached is infinite; NaN if no
        trial has a value.
        """
        values = self.endpoint(name, arm)
        values = values[~np.isnan(values)]
        if values.size == 0:
            return math.nan, math.nan, math.nan
        probabilities = [0.5, 0.5 - 0.5 * level, 0.5 + 0.5 * level]
        middle, low, high = np.quantile(values, probabilities, method="inverted_cdf")
        return float(middle), float(low), float(high)


def replicate_groups(
    arms: Mapping[str, ArmOutcomes],
    n: Mapping[str, int],
    conduct: Conduct,
    groups: Mapping[str, Group],
    *,
    trial: str,
    seed: int,
    replicates: int,
    reference: str | None = None,
    landmarks: Sequence[float] = (),
    strata: NDArray[np.integer[Any]] | None = None,
    again: bool = True,
) -> dict[str, Replicates]:
    """Run a trial of `n` women an arm `replicates` times and report on several groups of women.

    Each time Σ n women are drawn from the simulated ones, randomised, enrolled and followed as `conduct`
    says. `again`: each one is like the next whoever was drawn before (with replacement), so that around the
    mean of the simulated women the spread is that of a trial in all women of this kind. Without, no woman is
    twice in a trial: over many sets of simulated women each trial is then one of fresh women, and their
    spread holds chance in who enrols once; with replacement it would hold the sets' own chance besides.
    `reference`: the arm that the others are compared with (None: no comparison). `landmarks`: months.
    `strata`, a number from 0 for every woman, stratifies the comparisons. The groups are of the same trials.

    Draws are NumPy's Philox, seeded by `seed` and the SHA-256 of `trial`; trial i has the same draws
    however many follow it. Dates are kept to the day, as trials keep them, which is also what makes
    progression at scans tie. Raises InputError if there are fewer women than a trial needs, and for
    arms that do not fit together.
    """
    size = _population(arms, n, reference)
    total = sum(n.values())
    if replicates < 1 or min(n.values()) < 1:
        raise InputError(
            f"trial '{trial}': replicates = {replicates} and n = {dict(n)} must be 1 or more."
        )
    if total > size:
        raise InputError(
            f"trial '{trial}': {total} women are needed and {size} eligible ones were simulated; "
            "simulate more."
        )
    parts = [
        report(arms, conduct, drawn, groups, reference, landmarks, strata)
        for drawn in draws(n, size, trial=trial, seed=seed, replicates=replicates, again=again)
    ]
    return _assembled(parts, landmarks)


def draws(
    n: Mapping[str, int], size: int, *, trial: str, seed: int, replicates: int, again: bool = True
) -> Iterator[Draws]:
    """The draws of `replicates` trials of `n` women an arm out of `size`, some trials at a time.

    `again`: whether a woman may be drawn again for the same trial.
    """
    total = sum(n.values())
    generator = _generator(seed, trial)
    chosen = _chosen(generator, size, total, again)
    block = max(1, min(_BLOCK, _ENTRIES // total))
    for begin in range(0, replicates, block):
        count = min(block, replicates - begin)
        women = np.empty((count, total), np.intp)
        uniform, lost = np.empty((count, total)), np.empty((count, total))
        for r in range(count):
            women[r] = next(chosen)
            uniform[r] = generator.random(total)
            lost[r] = generator.standard_exponential(total)
        yield Draws(women, uniform, lost, dict(n))


def _chosen(
    generator: np.random.Generator, size: int, total: int, again: bool
) -> Iterator[NDArray[np.integer[Any]]]:
    """The women of one trial after another: `total` of `size`."""
    while True:
        if again:
            yield generator.integers(size, size=total)
            continue
        # trials of one shuffle share no woman, as far as the women go
        order = generator.permutation(size)
        for begin in range(0, size - total + 1, total):
            yield order[begin : begin + total]


def pooled(parts: Sequence[Mapping[str, Replicates]]) -> dict[str, Replicates]:
    """Replicates of the same groups of women, each part from a world of its own, as one."""
    landmarks = next(iter(parts[0].values())).landmarks
    return _assembled(
        [{label: dict(one.arms) for label, one in part.items()} for part in parts], landmarks
    )


def expected_groups(
    arms: Mapping[str, ArmOutcomes],
    conduct: Conduct,
    groups: Mapping[str, Group],
    *,
    trial: str,
    seed: int,
    resamples: int = 0,
    reference: str | None = None,
    landmarks: Sequence[float] = (),
    strata: NDArray[np.integer[Any]] | None = None,
) -> dict[str, Replicates]:
    """The model's mean: one trial in which every woman takes part in every arm, with its error.

    A woman enrols and is lost to follow-up at the same time in all arms. The first entry is the mean;
    `resamples` more are of as many women drawn from them again, the same in all arms: their standard
    deviation is the Monte-Carlo error of the mean, which knows that the arms share their women, as the
    standard errors of the hazard ratios do not. Other arguments and errors as for `replicate_groups`.
    """
    size = _population(arms, arms, reference)
    n = dict.fromkeys(arms, size)
    generator = _generator(seed, trial)
    uniform, lost = generator.random(size), generator.standard_exponential(size)
    block = max(1, min(_BLOCK, _ENTRIES // (size * len(arms))))
    parts: list[dict[str, dict[str, ArmResult]]] = []
    for begin in (None, *range(0, resamples, block)):
        if begin is None:
            chosen = np.arange(size)[None, :]
        else:
            chosen = generator.integers(size, size=(min(block, resamples - begin), size))
        women = np.tile(chosen, (1, len(arms)))
        drawn = Draws(women, uniform[women], lost[women], n)
        parts.append(report(arms, conduct, drawn, groups, reference, landmarks, strata))
    return _assembled(parts, landmarks)


def replicate(
    arms: Mapping[str, ArmOutcomes],
    n: Mapping[str, int],
    conduct: Conduct,
    *,
    trial: str,
    seed: int,
    replicates: int,
    reference: str | None = None,
    landmarks: Sequence[float] = (),
    strata: NDArray[np.integer[Any]] | None = None,
    among: Mapping[str, Bools] | None = None,
) -> Replicates:
    """`replicate_groups` for one group, the women in the masks `among` by arm (None: all)."""
    return replicate_groups(
        arms, n, conduct, {_ALL: Group(among)}, trial=trial, seed=seed, replicates=replicates,
        reference=reference, landmarks=landmarks, strata=strata,
    )[_ALL]  # fmt: skip


def expected(
    arms: Mapping[str, ArmOutcomes],
    conduct: Conduct,
    *,
    trial: str,
    seed: int,
    resamples: int = 0,
    reference: str | None = None,
    landmarks: Sequence[float] = (),
    strata: NDArray[np.integer[Any]] | None = None,
    among: Mapping[str, Bools] | None = None,
) -> Replicates:
    """`expected_groups` for one group, the women in the masks `among` by arm (None: all)."""
    return expected_groups(
        arms, conduct, {_ALL: Group(among)}, trial=trial, seed=seed, resamples=resamples,
        reference=reference, landmarks=landmarks, strata=strata,
    )[_ALL]  # fmt: skip


def _population(
    arms: Mapping[str, ArmOutcomes], n: Mapping[str, object], reference: str | None
) -> int:
    """The number of women, the same in every arm; InputError for arms that do not fit together."""
    sizes = {outcomes.women for outcomes in arms.values()}
    if len(sizes) != 1:
        raise InputError(f"arms: every one must hold the same women, not {sorted(sizes)} of them.")
    if list(n) != list(arms):
        raise InputError(
            f"n: must name the arms {', '.join(arms)}, in that order, not {', '.join(n)}."
        )
    if reference is not None and reference not in arms:
        raise InputError(
            f"reference '{reference}' is not one of {', '.join(arms)}. {nearest(reference, arms)}"
        )
    return sizes.pop()


def _generator(seed: int, trial: str) -> np.random.Generator:
    name = int.from_bytes(hashlib.sha256(trial.encode()).digest()[:8], "big")
    return np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, name])))


def _assembled(
    parts: list[dict[str, dict[str, ArmResult]]], landmarks: Sequence[float]
) -> dict[str, Replicates]:
    joined: dict[str, dict[str, ArmResult]] = _joined(parts)
    return {label: Replicates(arms, tuple(landmarks)) for label, arms in joined.items()}


def _joined(parts: list[Any]) -> Any:
    """Results of several blocks of trials as one: dataclasses and mappings of arrays, to any depth."""
    first = parts[0]
    if isinstance(first, np.ndarray):
        return np.concatenate(parts)
    if is_dataclass(first) and not isinstance(first, type):
        names = [f.name for f in fields(first)]
        return type(first)(**{k: _joined([getattr(part, k) for part in parts]) for k in names})
    return {key: _joined([part[key] for part in parts]) for key in first}
