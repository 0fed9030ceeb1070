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
    r"|^[ \t]*\[\[[ \t]*(?P<name>[\w-]+(?:[ \t]*\.[ \t]*[\w-]+)*)[ \t]*\]\]",
    re.MULTILINE | re.DOTALL,
)  # fmt: skip
"""What may hold brackets that head nothing, or the head of an entry of a list of tables."""


class Tables(dict[str, Any]):
    """The tables of a file; `starts`: the lines, from 1, at which the entries of a list of tables begin."""

    def __init__(self, tables: Mapping[str, Any], starts: Starts) -> None:
        super().__init__(tables)
        self.starts = starts

    def over(self, defaults: Mapping[str, Any]) -> Tables:
        """These tables, and `defaults` where they say nothing."""
        return Tables({**defaults, **self}, self.starts)


def starts_of(text: str) -> Starts:
    """The lines of `text` at which the entries `[[name]]` begin, by name."""
    found: dict[str, list[int]] = {}
    line = 1
    last = 0
    for token in _TOKEN.finditer(text):
        name = token["name"]
        if name is not None:
            line += text.count("\n", last, token.end())
            last = token.end()
            found.setdefault(re.sub(r"[ \t]", "", name), []).append(line)
    return found


def is_entry(field: str, starts: Starts) -> bool:
    """Whether `field` is a list whose entries have tables, and a name, of their own."""
    return field in starts or field in _NOUNS


def entry_name(field: str, number: int, starts: Starts) -> str:
    """What complaints call an entry of the list `field`, `number` from 1: `rule 2 (line 14)`."""
    lines = starts.get(field, ())
    at = f" (line {lines[number - 1]})" if number <= len(lines) else ""
    return f"{_NOUNS.get(field, field)} {number}{at}"
