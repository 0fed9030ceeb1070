"""Tables in Markdown, for pages that are kept as files."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def markdown_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """The lines of a table: its header, the rule under it, and a line a row of cells."""
    return [f"| {' | '.join(row)} |" for row in (header, ["---"] * len(header), *rows)]
