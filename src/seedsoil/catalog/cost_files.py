"""The folder `costs/` of catalog directories: perspectives, indices, reference cases, read on demand."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

from seedsoil.catalog.cost_effectiveness import Comparison, build_comparisons
from seedsoil.catalog.cost_items import cost_items
from seedsoil.catalog.costs import CostsKnown, Perspective, build_perspective
from seedsoil.catalog.files import read_folder, read_toml
from seedsoil.catalog.indices import Indices, PriceIndex, build_indices
from seedsoil.catalog.lazy import Lazy
from seedsoil.catalog.reference_cases import ReferenceCaseEntry, build_reference_cases
from seedsoil.catalog.utility_norms import UtilityNorm, build_norms
from seedsoil.errors import DataErrors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from seedsoil.catalog.cost_items import CostItem
    from seedsoil.catalog.files import Place
    from seedsoil.catalog.known import Known
    from seedsoil.catalog.places import Tables
    from seedsoil.catalog.sources import Source

_Entry = TypeVar("_Entry")

FOLDER = "costs"
INDICES, REFERENCE_CASES = "indices.toml", "reference_cases.toml"
NORMS, PUBLISHED = "utility_norms.toml", "published.toml"
OTHERS = (INDICES, REFERENCE_CASES, NORMS, PUBLISHED, "dosing.toml")
"""Files of the folder that are no perspective."""


class CostData(NamedTuple):
    """What the folder says: `items` that may be priced; perspectives, indices, cases and norms by name.

    `published`: comparisons that economic evaluations have published, by name.

    All but `items` are read when first asked for, which raises `DataErrors` with every problem.
    """

    items: Mapping[str, CostItem]
    perspectives: Mapping[str, Perspective]
    inflation: Mapping[str, PriceIndex]
    ppp: Mapping[str, PriceIndex]
    reference_cases: Mapping[str, ReferenceCaseEntry]
    norms: Mapping[str, UtilityNorm]
    published: Mapping[str, Comparison]

    def known(self, sources: Mapping[str, Source]) -> CostsKnown:
        """What the file of a perspective may name."""
        return CostsKnown(sources, self.items, self.inflation, self.perspectives)


NO_COSTS = CostData({}, {}, {}, {}, {}, {}, {})
"""Of a catalog that was made without files."""


def read_costs(
    places: Sequence[Place],
    sources: Mapping[str, Source],
    drugs: Mapping[str, object],
    known: Known,
) -> CostData:
    """The folder `costs/` of the directories `places`; a later one goes before the others."""
    items = cost_items(drugs)
    indices: list[Indices] = []

    def read_indices() -> Indices:
        if not indices:
            indices.append(_indices(places, sources))
        return indices[0]

    inflation = Lazy(lambda: read_indices().inflation)
    cases = Lazy(
        lambda: _entries(
            places,
            REFERENCE_CASES,
            lambda where, table, problems: build_reference_cases(
                where, table, sources, items, problems
            ),
        )
    )
    return CostData(
        items=items,
        perspectives=Lazy(lambda: _perspectives(places, sources, items, inflation)),
        inflation=inflation,
        ppp=Lazy(lambda: read_indices().ppp),
        reference_cases=cases,
        norms=Lazy(
            lambda: _entries(
                places,
                NORMS,
                lambda where, table, problems: build_norms(where, table, sources, problems),
            )
        ),
        published=Lazy(
            lambda: _entries(
                places,
                PUBLISHED,
                lambda where, table, problems: build_comparisons(
                    where, table, known, cases, problems
                ),
            )
        ),
    )


def load_perspective(
    path: Path, costs: CostData, sources: Mapping[str, Source], *, base: Perspective | None = None
) -> Perspective:
    """The perspective of a user's file, named as the file where it gives no name.

    `base`: what the file extends, whether it says so or not. Raises `DataErrors` with a line for each
    problem.
    """
    problems: list[str] = []
    if path.is_dir():
        raise DataErrors([f"{path}: is a directory; give a TOML file"])
    table = read_toml(path, str(path), problems)
    found = None
    if table is not None:
        known = costs.known(sources)
        table = table.over({"name": path.stem})
        if base is not None:
            table = table.over({"extends": base.name})
            known = CostsKnown(sources, costs.items, costs.inflation, {base.name: base})
        found = build_perspective(str(path), table, known, problems, own=True)
    if problems or found is None:
        raise DataErrors(problems)
    return found


def _perspectives(
    places: Sequence[Place],
    sources: Mapping[str, Source],
    items: Mapping[str, CostItem],
    inflation: Mapping[str, PriceIndex],
) -> dict[str, Perspective]:
    problems: list[str] = []
    indices: Mapping[str, PriceIndex] | None = None
    try:
        indices = dict(inflation)
    except DataErrors as error:  # told with the faults of the perspectives
        problems += error.problems
    found: dict[str, Perspective] = {}
    for number, (directory, label) in enumerate(places):
        names: dict[str, str] = {}
        waiting = list(_but(read_folder(directory, FOLDER, label, problems)))
        while waiting:  # what extends another comes after it
            ready = [one for one in waiting if not _waits(one[1], waiting, found)] or waiting
            for where, table in ready:
                known = CostsKnown(sources, items, indices, found)
                one = build_perspective(where, table, known, problems, own=number > 0)
                if one is None:
                    continue
                if one.name in names:
                    problems.append(f"{where}: name '{one.name}' is also that of {names[one.name]}")
                names[one.name] = where
                found[one.name] = one
            waiting = [one for one in waiting if one not in ready]
    if problems:
        raise DataErrors(problems)
    return found


def _waits(
    table: Tables, waiting: Sequence[tuple[str, Tables]], found: Mapping[str, Perspective]
) -> bool:
    """Whether the file extends one that is still to be read."""
    extended = table.get("extends")
    return extended not in found and any(other.get("name") == extended for _, other in waiting)


def _but(files: Iterator[tuple[str, Tables]]) -> Iterator[tuple[str, Tables]]:
    """The files of perspectives; each is named as its file where it gives no name."""
    for where, table in files:
        file = where.rpartition("/")[2]
        if file not in OTHERS:
            yield where, table.over({"name": file.removesuffix(".toml")})


def _file(places: Sequence[Place], name: str, problems: list[str]) -> Iterator[tuple[str, Tables]]:
    for directory, label in places:
        place = directory.joinpath(FOLDER).joinpath(name)
        if place.is_file():
            where = f"{label}/{FOLDER}/{name}"
            table = read_toml(place, where, problems)
            if table is not None:
                yield where, table


def _indices(places: Sequence[Place], sources: Mapping[str, Source]) -> Indices:
    problems: list[str] = []
    inflation: dict[str, PriceIndex] = {}
    ppp: dict[str, PriceIndex] = {}
    for where, table in _file(places, INDICES, problems):
        read = build_indices(where, table, sources, problems)
        inflation |= read.inflation
        ppp |= read.ppp
    if problems:
        raise DataErrors(problems)
    return Indices(inflation, ppp)


def _entries(
    places: Sequence[Place],
    name: str,
    build: Callable[[str, Tables, list[str]], Mapping[str, _Entry]],
) -> dict[str, _Entry]:
    """What `build` makes of every file of that name; DataErrors with a line for each problem."""
    problems: list[str] = []
    found: dict[str, _Entry] = {}
    for where, table in _file(places, name, problems):
        found |= build(where, table, problems)
    if problems:
        raise DataErrors(problems)
    return found
