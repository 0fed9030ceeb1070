"""Sources: the facts of the evidence, and what may rest on which of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from seedsoil.catalog.complaints import unknown
from seedsoil.catalog.entry import Confidence, Entry, Status, Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SourceRole = Literal["calibration", "validation"]


class Source(Entry):
    """One fact of the evidence, as its source gives it (`value` and `unit` are text)."""

    quantity: Text
    population: str
    value: Text
    unit: str
    citation: Text
    address: Annotated[str, Field(pattern=r"^https?://\S+$")] | None = None
    status: Status
    confidence: Confidence
    role: SourceRole
    note: str = ""


def check_provenance(
    where: str,
    keys: list[str],
    status: str,
    sources: Mapping[str, Source],
    refusal: str | None,
    problems: list[str],
) -> None:
    """Add a line if an entry names no source and is no assumption, and one for each source it may not name.

    `refusal` is as in `check_sources`.
    """
    if not keys and status != "assumption":
        problems.append(
            f'{where}: source missing; name keys of sources.toml or set status = "assumption"'
        )
    check_sources(where, keys, sources, refusal, problems)


def check_sources(
    where: str,
    keys: Iterable[str],
    sources: Mapping[str, Source],
    refusal: str | None,
    problems: list[str],
) -> None:
    """Add a line for each of `keys` that is unknown, or whose role is not calibration.

    `refusal` is what is said of the latter, with {key} and {role}; None allows every role.
    """
    for key in keys:
        if key not in sources:
            problems.append(unknown(where, "source", key, sources))
        elif refusal is not None and sources[key].role != "calibration":
            problems.append(f"{where}: {refusal.format(key=key, role=sources[key].role)}")
