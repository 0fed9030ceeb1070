"""Trials of a validation as units of work: each simulated and judged on any worker, and kept as it is done.

A unit holds what a validation needs of a trial, as JSON: published numbers and facts beside the model. Its
name says all that decides it, so that a trial that is there is not simulated again.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from seedsoil.run.simulate import strategy_hash
from seedsoil.simulation.backend import Threads, spread
from seedsoil.trials.discrepancy import allowances
from seedsoil.trials.division import care
from seedsoil.trials.endpoints import Result, published, without_number
from seedsoil.trials.enrolled import Enrolled, enrolled_facts
from seedsoil.trials.enrolment import TooFewEnrolError, enough_for
from seedsoil.trials.trial import trial
from seedsoil.work.doing import complete
from seedsoil.work.host import engine
from seedsoil.work.unit import Unit, named, require_same_bits

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from seedsoil.catalog import Catalog, Trial
    from seedsoil.trials.trial import TrialResult
    from seedsoil.work.shelf import Shelf

    Measure = Callable[[TrialResult], Sequence[float]]

SOURCES = ("trials/*.py", "calibration/*.py", "catalog/*.py", "simulation/*.py", "results/*.py")
"""Files that decide what is said of a trial, beside those that kernels are made of."""


@dataclass(frozen=True)
class Judged:
    """What a validation keeps of one trial.

    `results` and `facts`: published numbers, and facts on the women who enrol, beside the model. `reason`:
    why they have no simulated values, if too few women would enrol. `measured`: numbers of the caller's own.
    """

    results: tuple[Result, ...]
    facts: tuple[Enrolled, ...]
    reason: str = ""
    measured: tuple[float, ...] = ()

    def to_bytes(self) -> bytes:
        """As JSON, in which a number has all its digits."""
        return json.dumps(asdict(self), default=_plain, sort_keys=True).encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> Judged:
        """What `to_bytes` gave."""
        read = json.loads(content)
        return cls(
            tuple(Result(**{**one, "sources": tuple(one["sources"])}) for one in read["results"]),
            tuple(Enrolled(**one) for one in read["facts"]),
            read["reason"],
            tuple(read["measured"]),
        )


def _plain(value: Any) -> Any:
    """A number of NumPy as one of Python."""
    return value.item()


@dataclass(frozen=True)
class TrialWork:
    """Judges the trials `trials`, by hash, with the numbers of a catalog, each on `threads` threads.

    `measure`, a function of a module, gives numbers of a result to be kept beside it.
    """

    catalog: Catalog
    trials: Mapping[str, Trial]
    threads: int = 1
    measure: Measure | None = None

    def make(self, unit: Unit) -> bytes:
        """The trial of a unit, judged."""
        made = unit.made
        spec = self.trials[made["trial"]]
        asked = {key: made[key] for key in ("women", "seed", "replicates", "draws")}
        try:
            found = trial(spec, threads=self.threads, catalog=self.catalog, **asked)
        except TooFewEnrolError as error:
            none = tuple(without_number(one, spec, str(error)) for one in published(spec))
            return Judged(none, enrolled_facts(spec, None), str(error)).to_bytes()
        results = tuple(one for one in found.results if one.published is not None)
        measured = () if self.measure is None else tuple(self.measure(found))
        return Judged(results, found.facts, "", measured).to_bytes()

    def inputs(self, unit: Unit) -> str:
        """A hash of the catalog's numbers as they are here, and as they are asked for."""
        return named([self.catalog.hash(), unit.made["parameters_hash"]])


def trial_hash(spec: Trial, catalog: Catalog) -> str:
    """A hash of a trial and of the care before and after it."""
    text = spec.model_dump_json() + "".join(map(strategy_hash, care(catalog, spec)))
    return hashlib.sha256(text.encode()).hexdigest()


def judged(
    trials: Sequence[Trial],
    catalog: Catalog,
    *,
    threads: int,
    measure: Measure | None = None,
    shelf: Shelf | None = None,
    progress: Callable[[Trial], object] | None = None,
    **asked: Any,
) -> list[Judged]:
    """Each trial simulated and judged, in their order: one by one on threads, or where `backend.on` says.

    `shelf`: where units are kept and taken from; without it results come back and are kept nowhere. `asked`:
    women, seed, replicates and draws of `trial`. `progress` is called with each trial that is done.
    """
    backend = spread(1)
    # on threads of this process a trial has them all; elsewhere a worker has a trial
    each = threads if isinstance(backend, Threads) else 1
    hashes = [trial_hash(one, catalog) for one in trials]
    named_by = dict(zip(hashes, trials, strict=True))
    work = TrialWork(catalog, named_by, each, measure)
    units = [
        Unit(
            {
                "engine": engine(*SOURCES),
                "sources": SOURCES,
                "parameters_hash": catalog.hash(),
                "trial": of,
                "outputs": [measure and f"{measure.__module__}.{measure.__qualname__}"],
                **({"posterior": _draws_hash(catalog)} if asked["draws"] else {}),
                **asked,
            },
            0,
            asked["women"] or enough_for(one),
        )
        for of, one in named_by.items()
    ]

    def tell(unit: Unit) -> None:
        if progress is not None:
            progress(named_by[unit.made["trial"]])

    contents: dict[str, bytes] = {}
    if shelf is None:
        for unit, content in zip(units, backend.map(work.make, units, look_ahead=1), strict=True):
            contents[unit.made["trial"]] = content
            tell(unit)
    else:
        for unit in units:
            if shelf.get(unit.key) is not None:
                tell(unit)
        complete(work, units, shelf, backend, progress=tell)
        found = [shelf.whole(unit) for unit in units]
        require_same_bits([receipt for receipt, _ in found])
        for unit, (_, content) in zip(units, found, strict=True):
            contents[unit.made["trial"]] = content
    return [Judged.from_bytes(contents[of]) for of in hashes]


def _draws_hash(catalog: Catalog) -> str:
    """A name of the catalog's draws of the posterior, and of what it says that the model misses."""
    draws = catalog.posterior
    values = hashlib.sha256(draws.values.tobytes()).hexdigest()
    return named([*draws.names, values, allowances(draws.record)])
