"""What becomes of the women of a trial under one arm, and how the trial is run."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from seedsoil.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from seedsoil.trials.batched_survival import Floats

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Until:
    """Years from enrolment until an event, an entry a woman; `event` false where it never comes.

    `at_scans`: the event is looked for at scans, so that a woman without it is known to be free of it
    only up to her last scan before the data cut.
    """

    time: Floats
    event: Bools
    at_scans: bool = False


@dataclass(frozen=True)
class Ratio:
    """Σ `part` / Σ `whole` over women; with true and false, a share.

    A woman's `part` counts from `known_at` (years since enrolment) on: not if the data are cut before.
    """

    part: NDArray[Any]
    whole: NDArray[Any]
    known_at: Floats


@dataclass(frozen=True)
class ArmOutcomes:
    """What becomes of the simulated eligible women under one arm of a trial, an entry a woman.

    Every arm of a trial holds the same women in the same order. Times in years since enrolment.
    `pfs_time`, `pfs_event`: until progression is seen or death; event false where neither was seen.
    `os_time`, `os_event`: until death. `response`: best confirmed response, as the codes of
    `seedsoil.vocabulary.RESPONSES`. `responded_at`: the first scan of a confirmed response, NaN if none.
    `measurable`: had a target lesion at enrolment. By name of the endpoint: `further` times to events,
    `ratios`, `medians` of numbers, and rank `correlations` of two numbers.
    Raises InputError for arrays of different lengths.
    """

    pfs_time: Floats
    pfs_event: Bools
    os_time: Floats
    os_event: Bools
    response: NDArray[np.integer[Any]]
    responded_at: Floats
    measurable: Bools
    further: Mapping[str, Until] = field(default_factory=dict)
    ratios: Mapping[str, Ratio] = field(default_factory=dict)
    medians: Mapping[str, Floats] = field(default_factory=dict)
    correlations: Mapping[str, tuple[Floats, Floats]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        shapes = {array.shape for array in self._arrays()}
        if len(shapes) != 1 or len(next(iter(shapes))) != 1:
            raise InputError(f"outcomes of an arm: arrays of one length, not {sorted(shapes)}.")

    def _arrays(self) -> Iterator[NDArray[Any]]:
        for name in (f.name for f in fields(self)):
            value = getattr(self, name)
            if isinstance(value, np.ndarray):
                yield value
        for until in self.further.values():
            yield from (until.time, until.event)
        for ratio in self.ratios.values():
            yield from (ratio.part, ratio.whole, ratio.known_at)
        yield from self.medians.values()
        for pair in self.correlations.values():
            yield from pair

    @property
    def women(self) -> int:
        """Women in the arm."""
        return int(self.pfs_time.size)


@dataclass(frozen=True)
class EventCut:
    """The data are cut at the event number `events` of a curve (pfs or os), of all arms together.

    `n`: women by arm of the trial that has so many events. In a trial of other sizes every woman counts for
    as many as she stands for, so that a trial in which each arm holds all women is cut when the one of `n`
    would be.
    """

    curve: str
    events: float
    n: Mapping[str, int]


@dataclass(frozen=True)
class Conduct:
    """How a trial is run. Years and a rate per year.

    Women enrol over `accrual`, uniformly or at the relative `accrual_rates` of so many equal parts of it; the
    data are cut at the events of `cut`, and `follow_up` after accrual began at the latest; each woman
    is lost to follow-up at the constant rate `dropout`. `scan_interval`: progression-free survival
    without an event is censored at the last scan before the cut or loss, as trials do, and a response
    needs one more scan to be confirmed; 0 where scans are not regular: then nothing is held back.
    """

    accrual: float
    follow_up: float
    dropout: float = 0.0
    scan_interval: float = 0.0
    accrual_rates: tuple[float, ...] = ()
    cut: EventCut | None = None

    def __post_init__(self) -> None:
        for name in ("accrual", "follow_up", "dropout", "scan_interval"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0.0):
                raise InputError(f"{name} = {value}: must be a finite number, 0 or more.")
        if self.follow_up < self.accrual or self.follow_up == 0.0:
            raise InputError(
                f"follow_up = {self.follow_up:g} years from first enrolment ends before accrual "
                f"({self.accrual:g} years) does: must be longer."
            )
        if self.accrual_rates and not (min(self.accrual_rates) >= 0.0 < max(self.accrual_rates)):
            raise InputError(
                f"accrual_rates = {list(self.accrual_rates)}: must be 0 or more, and one above 0."
            )

    def entered(self, uniform: Floats) -> Floats:
        """Years from the beginning of accrual to enrolment, for numbers uniform from 0 to 1."""
        if not self.accrual_rates:
            return self.accrual * uniform
        enrolled = np.concatenate([[0.0], np.cumsum(self.accrual_rates)])
        parts = np.linspace(0.0, self.accrual, enrolled.size)
        return np.interp(uniform, enrolled / enrolled[-1], parts)
