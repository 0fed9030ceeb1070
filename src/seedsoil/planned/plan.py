"""A plan: which women under which strategies and draws, in units of what size; and the file that says so.

The file `plan.json` holds all that a worker needs beside the package: changed numbers, catalog files and
strategies of a user's own as they were when it was made. Done work is not in it: units are named by their
content, so that a plan may grow, or be written again, and finds what is there.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from seedsoil.catalog import Catalog, load, lookup
from seedsoil.catalog.catalog import RESULTS_ALONE
from seedsoil.catalog.strategies import Strategy
from seedsoil.errors import InputError, shown, whole_number
from seedsoil.model.parameters import kernel_parameters
from seedsoil.results.burden import check_division
from seedsoil.run.simulate import ADJUVANT, SCREENING, check_policies, strategy_hash
from seedsoil.simulation.shards import check_cohort
from seedsoil.vocabulary import UNTREATED
from seedsoil.work.host import engine
from seedsoil.work.unit import Unit, named

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from seedsoil.work.place import Place

PLAN = "plan.json"
FORMAT = 2
MOST_UNITS = 2_000
SIZES = (1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000)
"""Women of a unit, if none are asked for: the least of these that take MOST_UNITS or fewer."""
LEAST = 20_000
"""And a second's work at the least, beside which writing it does not count."""
ALONE, MEASURES, WOMEN = "summary", "measures", "tables"
"""What a unit holds: the tally of women under one strategy; and each woman's measures, so that another
strategy can be compared with it; or, where they are asked for, the women's tables."""
MOST_KEPT = 2_000_000
"""Women of a unit that keeps measures, at the most: some 12 MB, of which there are copies in memory."""


@dataclass(frozen=True)
class Asked:
    """A strategy as a plan holds it: its name and hash, and what it is if it is none of the package's."""

    name: str
    hash: str | None
    own: Mapping[str, Any] | None = None

    @classmethod
    def of(cls, strategy: str | Path | Strategy, catalog: Catalog) -> Asked:
        """The strategy of that name, file, or as it is."""
        found = lookup.strategy(strategy, catalog=catalog)
        if found is None:
            return cls(UNTREATED, None)
        name, digest = found.name, strategy_hash(found)
        packaged = load().strategies
        if name in packaged and strategy_hash(packaged[name]) == digest:
            return cls(name, digest)
        own = json.loads(found.model_dump_json(by_alias=True, exclude_none=True))
        return cls(name, digest, own)

    def strategy(self, catalog: Catalog) -> Strategy | None:
        """The strategy; InputError where this package's of that name is another one."""
        if self.hash is None:
            return None
        found = catalog.strategy(self.name) if self.own is None else Strategy(**self.own)
        if strategy_hash(found) != self.hash:
            raise InputError(
                f"strategy {shown(self.name)}: is another one here than it was when the plan was made"
            )
        return found


@dataclass(frozen=True)
class Segment:
    """Women `first` …, so many, in units of `size`."""

    first: int
    women: int
    size: int

    def units(self) -> Iterator[tuple[int, int]]:
        """First woman and number of each unit."""
        for start in range(0, self.women, self.size):
            yield self.first + start, min(self.size, self.women - start)


@dataclass(frozen=True)
class Plan:
    """What is to be done, and in which units.

    `strategies`: of two and more each is compared with the first. `draws`: sets of numbers of the model, by
    name, each simulated on all women; one empty set if there are none. `files`: those of a user's catalog,
    by name. `values`: numbers changed with --set.
    `tables`: the women's tables are kept. `closed`: neither they are nor women's measures, so that units take
    less time and room, and no strategy can be compared with the one that there is.
    """

    engine: str
    seed: int
    screening: str
    adjuvant: str
    parameters_hash: str
    results_hash: str
    strategies: tuple[Asked, ...]
    segments: tuple[Segment, ...]
    by: str | None = None
    draws: tuple[Mapping[str, float], ...] = field(default=({},))
    files: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, float] = field(default_factory=dict)
    tables: bool = False
    closed: bool = False
    commands: tuple[str, ...] = ()

    # What is planned ------------------------------------------------------------------------------------

    @property
    def women(self) -> int:
        """Women of the cohort."""
        return sum(segment.women for segment in self.segments)

    @property
    def paired(self) -> bool:
        """Whether strategies are compared."""
        return len(self.strategies) > 1

    def made(self) -> list[dict[str, Any]]:
        """What the units of each part have in common: a part is one draw and one strategy."""
        return [made for draw in self.draws for made in self.made_of(draw)]

    def made_of(self, draw: Mapping[str, float]) -> list[dict[str, Any]]:
        """What the units of each strategy have in common under a draw."""
        found = []
        for one in self.strategies:
            made = {**self.drawn(draw), "strategy": one.hash or UNTREATED, "outputs": [ALONE]}
            if self.tables:
                made["outputs"] = [ALONE, WOMEN]
            elif one.hash is not None and not self.closed:
                made |= {"outputs": [ALONE, MEASURES], "results_hash": self.results_hash}
            found.append(made)
        return found

    def drawn(self, draw: Mapping[str, float]) -> dict[str, Any]:
        """What all women under a draw have in common, whatever the strategy."""
        return {
            "engine": self.engine,
            "seed": self.seed,
            "screening": self.screening,
            "adjuvant": self.adjuvant,
            "parameters_hash": self.parameters_hash,
            **({"draw": dict(draw)} if draw else {}),
        }

    def units_of(self, made: Mapping[str, Any]) -> list[Unit]:
        """The units of one part."""
        return [Unit(made, *women) for segment in self.segments for women in segment.units()]

    def units(self) -> list[Unit]:
        """All units, those of a part one after another."""
        return [unit for made in self.made() for unit in self.units_of(made)]

    # More of it -----------------------------------------------------------------------------------------

    def with_women(self, women: int, size: int | None = None) -> Plan:
        """The plan with women added, up to so many; those that are there keep their units."""
        more = women - self.women
        if more <= 0:
            raise InputError(f"--women {women:,}: the plan has {self.women:,} already; name more")
        last = self.segments[-1]
        segment = Segment(last.first + last.women, more, size or last.size)
        check_cohort(more, self.seed, segment.first, None)
        plan = dataclasses.replace(self, segments=(*self.segments, segment))
        _check_kept(plan)
        return plan

    def with_strategies(self, more: Sequence[str | Path | Strategy]) -> Plan:
        """The plan with strategies added, each compared with the first."""
        catalog = self.catalog()
        found = tuple(Asked.of(one, catalog) for one in more)
        plan = dataclasses.replace(self, strategies=(*self.strategies, *found))
        _check_strategies(plan.strategies)
        _check_kept(plan)
        return plan

    def with_draws(self, more: Sequence[Mapping[str, float]]) -> Plan:
        """The plan with draws added."""
        catalog = self.catalog()
        for draw in more:
            catalog.with_values(draw)
        there = [dict(draw) for draw in self.draws if draw]
        new = [dict(draw) for draw in more if dict(draw) not in there]
        plan = dataclasses.replace(self, draws=(*there, *new) or ({},))
        _check_kept(plan)
        return plan

    # The catalog ----------------------------------------------------------------------------------------

    def catalog(self) -> Catalog:
        """The catalog of the plan; InputError where this package's is another one."""
        found = catalog_of(self.files, self.values)
        if (found.hash(), results_hash(found)) != (self.parameters_hash, self.results_hash):
            raise InputError(
                "the numbers of the catalog are others here than they were when the plan was made; install "
                f"seedsoil {self.engine.partition('+')[0]}, or plan anew"
            )
        return found

    # The file -------------------------------------------------------------------------------------------

    def text(self) -> str:
        """The plan as JSON."""
        return json.dumps({"format": FORMAT, **dataclasses.asdict(self)}, indent=1) + "\n"

    def save(self, place: Place) -> None:
        """Write the plan's file."""
        place.write(PLAN, self.text().encode())

    @classmethod
    def of_text(cls, text: str, where: str) -> Plan:
        """What `text` gave. Raises InputError for what is no plan."""
        try:
            read = json.loads(text)
            if read.pop("format") != FORMAT:
                raise InputError(f"{where}: is a plan of another version of seedsoil")
            read["strategies"] = tuple(Asked(**one) for one in read["strategies"])
            read["segments"] = tuple(Segment(**one) for one in read["segments"])
            read["draws"], read["commands"] = tuple(read["draws"]), tuple(read["commands"])
            return cls(**read)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            if isinstance(error, InputError):
                raise
            raise InputError(f"{where}: is no plan ({error})") from None


def open_plan(place: Place) -> Plan:
    """The plan of a place. Raises InputError where there is none."""
    text = place.read(PLAN)
    if text is None:
        raise InputError(f"{place}: holds no plan; `seedsoil shards plan` makes one")
    return Plan.of_text(text.decode("utf-8", "replace"), f"{place}/{PLAN}")


def catalog_of(files: Mapping[str, str], values: Mapping[str, float]) -> Catalog:
    """The packaged catalog with a user's files over it, and numbers changed."""
    if files:
        import tempfile
        from pathlib import Path

        with tempfile.TemporaryDirectory() as folder:
            for name, text in files.items():
                path = Path(folder) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
            found = load(folder)
            for entries in (found.strategies, found.trials):
                len(entries)  # read while the files are there
    else:
        found = load()
    return found.with_values(values) if values else found


def files_of(directory: Path | None) -> dict[str, str]:
    """The files of a user's catalog directory by name, with what they hold."""
    if directory is None:
        return {}
    return {
        path.relative_to(directory).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(directory.rglob("*"))
        if path.suffix in (".toml", ".csv") and path.is_file()
    }


def planned(
    strategies: Sequence[str | Path | Strategy],
    women: int,
    *,
    seed: int = 1,
    first: int = 0,
    size: int | None = None,
    screening: str = SCREENING,
    adjuvant: str = ADJUVANT,
    by: str | None = "subtype",
    draws: Sequence[Mapping[str, float]] = (),
    files: Mapping[str, str] | None = None,
    values: Mapping[str, float] | None = None,
    tables: bool = False,
    closed: bool = False,
    command: str = "",
) -> Plan:
    """A plan of `women` women under one strategy, or under several that are compared with the first.

    `size`: women of a unit, by default so many that there are at most 2,000 units. `draws`: sets of numbers
    of the model by name. `files`, `values`, `tables` and `closed`: see `Plan`. Other arguments as of
    `simulate`. Raises InputError, with the nearest name, for what cannot be used.
    """
    check_policies(screening, adjuvant, None)
    check_cohort(women, seed, first, None)
    check_division(by)
    if size is not None:
        whole_number("size", size)
    files, values = files or {}, values or {}
    catalog = catalog_of(files, values)
    for draw in draws:
        catalog.with_values(draw)
    kernel_parameters(catalog, seed=seed, screening=screening, adjuvant=adjuvant)
    asked = tuple(Asked.of(one, catalog) for one in strategies)
    _check_strategies(asked)
    plan = Plan(
        engine=engine(),
        seed=seed,
        screening=screening,
        adjuvant=adjuvant,
        parameters_hash=catalog.hash(),
        results_hash=results_hash(catalog),
        strategies=asked,
        segments=(Segment(first, women, size or size_for(women, closed=closed or tables)),),
        by=by,
        draws=tuple(dict(draw) for draw in draws) or ({},),
        files=files,
        values=values,
        tables=tables,
        closed=closed,
        commands=(command,) if command else (),
    )
    _check_kept(plan)
    return plan


def results_hash(catalog: Catalog) -> str:
    """A hash of the numbers that results read and no simulation does, such as utilities."""
    return named(
        {
            key: dict(parameter.values)
            for key, parameter in catalog.parameters.items()
            if key.partition(".")[0] in RESULTS_ALONE
        }
    )


def size_for(women: int, *, closed: bool = False) -> int:
    """Women of a unit, if none are asked for. `closed`: units keep no women's measures."""
    few = next(
        (s for s in SIZES if s >= LEAST and women <= s * MOST_UNITS), -(-women // MOST_UNITS)
    )
    return few if closed else min(few, MOST_KEPT)


def _check_kept(plan: Plan) -> None:
    """Raise InputError where what is asked of the plan is not what its units keep."""
    if plan.tables and (plan.paired or any(plan.draws)):
        raise InputError(
            "--tables: such a plan is of one strategy, without draws, and none can be added; compare "
            "strategies in a plan of their own, without --tables"
        )
    if plan.closed and plan.paired:
        raise InputError(
            "--closed: units of such a plan keep no women's measures, so that no strategy can be compared "
            "with the first; plan the comparison without it"
        )
    most = max(segment.size for segment in plan.segments)
    if most > MOST_KEPT and not (plan.tables or plan.closed):
        raise InputError(
            f"--size {most:,}: units that keep women's measures have at most {MOST_KEPT:,} women; name "
            "fewer, or --closed, which keeps none"
        )


def _check_strategies(asked: Sequence[Asked]) -> None:
    if not asked:
        raise InputError("strategies: name one, or two and more to be compared")
    hashes = [one.hash for one in asked]
    twice = next((a.name for k, a in enumerate(asked) if a.hash in hashes[:k]), None)
    if twice is not None:
        raise InputError(f"strategy {shown(twice)}: is there twice; name each once")
    if len(asked) > 1 and None in hashes:
        raise InputError(
            "'untreated' is simulated on other random numbers than strategies are; the strategy without "
            "drugs to compare with is 'none'"
        )
