"""Where an entry stands in its file, and what complaints call it: TOML's parser tells no lines."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Starts: TypeAlias = "Mapping[str, Sequence[int]]"

_NOUNS = {"line": "rule"}
"""What complaints call an entry of a list, where its name in the file would be taken for something else."""

_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"""' r"|'''.*?'''" r'|"(?:\\.|[^"\\\n])*"' r"|'[^'\n]*'" r"|\#[^\n]*"
    r"|^[ \t]*\[\[[ \t]*(?P<name>[\w-]+(?:[ \t]*\.[ \t]*[\w-]+)*)[ \t]*\]\]"
    r"""|^[ \t]*\[(?P<table>[\w"'+ \t.-]+)\][ \t]*(?:\#[^\n]*)?$""",
    re.MULTILINE | re.DOTALL,
)  # fmt: skip
"""What may hold brackets that head nothing, or the head of an entry of a list of tables, or of a table."""


class Tables(dict[str, Any]):
    """The tables of a file; `starts`: the lines, from 1, at which the entries of a list of tables begin.

    `heads`: the line at which the table of each name begins.
    """

    def __init__(
        self, tables: Mapping[str, Any], starts: Starts, heads: Mapping[str, int] | None = None
    ) -> None:
        super().__init__(tables)
        self.starts = starts
        self.heads = heads or {}

    def over(self, defaults: Mapping[str, Any]) -> Tables:
        """These tables, and `defaults` where they say nothing."""
        return Tables({**defaults, **self}, self.starts, self.heads)


def places_of(text: str) -> tuple[Starts, Mapping[str, int]]:
    """The lines of `text` at which the entries `[[name]]` begin, by name, and the tables `[name]`."""
    starts: dict[str, list[int]] = {}
    heads: dict[str, int] = {}
    line = 1
    last = 0
    for token in _TOKEN.finditer(text):
        name, table = token["name"], token["table"]
        if name is not None or table is not None:
            line += text.count("\n", last, token.start())
            last = token.start()
        if name is not None:
            starts.setdefault(re.sub(r"[ \t]", "", name), []).append(line)
        elif table is not None:
            heads.setdefault(re.sub(r"""[ \t"']""", "", table), line)
    return starts, heads


def is_entry(field: str, starts: Starts) -> bool:
    """Whether `field` is a list whose entries have tables, and a name, of their own."""
    return field in starts or field in _NOUNS


def entry_name(field: str, number: int, starts: Starts) -> str:
    """What complaints call an entry of the list `field`, `number` from 1: `rule 2 (line 14)`."""
    lines = starts.get(field, ())
    at = f" (line {lines[number - 1]})" if number <= len(lines) else ""
    return f"{_NOUNS.get(field, field)} {number}{at}"
