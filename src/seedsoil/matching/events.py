"""What the column of events says: who had the event, and which event it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seedsoil.matching import words
from seedsoil.matching.cohort import MISSING
from seedsoil.matching.columns import printable
from seedsoil.matching.fields import BadValueError, Numbers, Values, unreadable
from seedsoil.matching.names import words_of

if TYPE_CHECKING:
    from seedsoil.matching.names import Endpoint

_EXAMPLE = "--code event:2=event,event:1=censored"


class Events:
    """Reads the event, cell by cell: 1 for the event, 0 for censored.

    It remembers which kinds of event the words name, and whether there were numbers without a word.
    """

    def __init__(self, numbers: Numbers) -> None:
        self.numbers = numbers
        self.kinds: dict[str, str] = {}
        self.bare: str | None = None

    def parse(self, text: str, column: str, line: int) -> Values:
        """The event of one woman; raises BadValueError for what is neither 0 or 1 nor a known word."""
        if words.is_missing(text):
            raise BadValueError(
                f"{column} is missing" + (f" ({printable(text)})" if text else ""), MISSING
            )
        known = words.event_word(text)
        if known:
            value, kind = known
            if kind:
                self.kinds.setdefault(kind, printable(text))
            elif text.lower() in ("true", "false", "yes", "no", "y", "n", "t", "f"):
                self.bare = self.bare or printable(text)
            return (value,)
        try:
            value = self.numbers.read(text, column, line)
        except BadValueError:
            value = -1.0
        if value not in (0.0, 1.0):
            raise unreadable(
                column,
                text,
                "allowed 0 or 1, true or false, and words such as dead, alive, recurred, censored; "
                f"of other codes say what they mean: {_EXAMPLE}",
            )
        self.bare = self.bare or printable(text)
        return (value,)

    def check(
        self, column: str, endpoint: Endpoint, stated: bool
    ) -> tuple[Endpoint, list[str], list[str]]:
        """The endpoint that the words name, what is wrong with them, and what is to be said."""
        problems, notes = [], []
        recurrence = endpoint in ("any", "distant", "recurrence-or-death")
        if words.CAUSE in self.kinds:
            problems.append(
                f"{column} tells deaths of one cause ('{self.kinds[words.CAUSE]}'); the endpoint is "
                "death from any cause: map event to the column of all deaths"
            )
        if words.DEATH in self.kinds and words.RECURRENCE not in self.kinds and recurrence:
            said = self.kinds[words.DEATH]
            if stated:
                problems.append(
                    f"{column} says '{said}': it tells death, not the endpoint '{endpoint}'; say "
                    "--endpoint death, or map event to the column of recurrences"
                )
            else:
                endpoint = "death"
                notes.append(f"The endpoint is death, as {column} says '{said}'.")
        if words.RECURRENCE in self.kinds and endpoint == "death":
            problems.append(
                f"{column} says '{self.kinds[words.RECURRENCE]}': it does not tell death; map event "
                "to the column of deaths"
            )
        problems.extend(self._direction(column))
        return endpoint, problems, notes

    def _direction(self, column: str) -> list[str]:
        name = words_of(column)
        about_life = "vital" in name or "alive" in name or "living" in name
        about_censoring = any(w in ("censored", "censor", "censoring") for w in name)
        if self.bare is None or not (about_life or about_censoring):
            return []
        one = "alive" if about_life else "censored"
        other = "dead" if about_life else "event"
        return [
            f"{column} holds '{self.bare}': is 1 the event, or does it mean {one}? Say "
            f"--code event:1={one},event:0={other}, or --code event:1={other},event:0={one}"
        ]
