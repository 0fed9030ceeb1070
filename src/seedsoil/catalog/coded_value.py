"""A number of the catalog that a source gives, as somebody who codes it a second time must be told of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Coded:
    """One number of the catalog.

    `owner` is the key by which `seedsoil sources` shows it, `key` its own, `kind` the class it is counted in.
    `value` is as the catalog has it, in `unit`; text where it is no number, such as that of a register.
    `bound` is ">", "<", ">=" or "<=" where it is only that. `slack` is the share of itself by which it may be
    off: shares of one whole are divided by their sum when they are read. `what` and `population` say what it
    is, `note` what the catalog says beside it. `sources` are keys of sources, `cited` one named in words.
    `apart`: why no source can be held against it; empty if one can.
    """

    owner: str
    key: str
    kind: str
    value: float | str
    unit: str
    what: str
    population: str
    sources: tuple[str, ...]
    cited: str = ""
    note: str = ""
    bound: str = ""
    slack: float = 0.0
    apart: str = ""


ASSUMED = "assumption of the model: the catalog says that no source gives it"
OWN_FIT = "start value of a fit, made with this model"
OWN_FITS = ("FIT-0", "FIT-1")
"""Sources that are rough fits of this model and not of anybody else."""


def origin(status: str, sources: tuple[str, ...]) -> str:
    """Why a number with this status and these sources has no source outside; empty if it has one."""
    if status == "assumption" or not sources:
        return ASSUMED
    if any(source in OWN_FITS for source in sources):
        return OWN_FIT
    return ""


class Sourced(Protocol):
    """An entry of the catalog that says where its numbers come from."""

    @property
    def sources(self) -> Sequence[str]:
        """Keys of its sources."""

    @property
    def status(self) -> str:
        """How sure they are."""

    @property
    def note(self) -> str:
        """What is said beside them."""


def of_entry(
    entry: Sourced,
    owner: str,
    name: str,
    kind: str,
    value: float | str,
    unit: str,
    what: str,
    population: str,
    convention: str = "",
) -> Coded:
    """The number `name` of the entry that is shown as `owner`, with its sources and its note.

    `convention`: why no source can be held against it although the entry names some.
    """
    sources = tuple(entry.sources)
    return Coded(
        owner, f"{owner}/{name}", kind, value, unit, what, population, sources,
        note=entry.note, apart=origin(entry.status, sources) or convention,
    )  # fmt: skip
