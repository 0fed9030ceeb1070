"""One woman under two strategies, side by side: what is the same, and from when her courses part."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from seedsoil.display.export import FIXED_WIDTH
from seedsoil.display.page import NOT_ADVICE
from seedsoil.display.shown import Shown, text_table
from seedsoil.errors import InputError
from seedsoil.patient.page import timeline_events, when_words

if TYPE_CHECKING:
    import pyarrow as pa

    from seedsoil.patient.patient import Course

_WIDTH = 58
"""Characters of each of two columns of words."""


@dataclass(frozen=True)
class Beside(Shown):
    """The course of one woman under two strategies, on the same random numbers.

    Until her metastatic disease is found the two are the same. `first` and `second` are the courses. What
    becomes of single lesions is left out: see the courses themselves. Raises InputError if they are not of
    the same woman.
    """

    first: Course
    second: Course

    title = "One simulated woman under two strategies"

    def __post_init__(self) -> None:
        if (self.first.number, self.first.seed) != (self.second.number, self.second.seed):
            raise InputError("two courses are put side by side only of the same woman and seed")

    def events(self) -> list[tuple[float, str, str]]:
        """Years from diagnosis and what happens then under each strategy; the same in both, or empty."""
        left, right = (timeline_events(c, lesions=False) for c in (self.first, self.second))
        shared = [event for event in left if event in right]
        rows = [(time, words, words) for time, words in shared]
        rows += [(time, words, "") for time, words in left if (time, words) not in shared]
        rows += [(time, "", words) for time, words in right if (time, words) not in shared]
        place = {event: k for events in (left, right) for k, event in enumerate(events)}
        return sorted(rows, key=lambda row: (row[0], place.get((row[0], row[1] or row[2]), 0)))

    def timeline(self) -> str:
        """The two courses as dated lines of text: first what is the same, then in two columns."""
        rows = self.events()
        parted = next((k for k, row in enumerate(rows) if row[1] != row[2]), len(rows))
        head = self.first.timeline().partition("\n")[0]
        same = [f"{when_words(time):>7} y  {words}" for time, words, _ in rows[:parted]]
        lines = [head, *same]
        if parted == len(rows):
            lines += ["", "The two strategies treat her alike."]
        else:
            lines += ["", *self._columns(rows[parted:])]
        return "\n".join([*lines, "", self.sentence, NOT_ADVICE])

    def _columns(self, rows: list[tuple[float, str, str]]) -> list[str]:
        folded: list[list[str]] = []
        for time, left, right in rows:
            pair = zip_longest(
                textwrap.wrap(left, _WIDTH), textwrap.wrap(right, _WIDTH), fillvalue=""
            )
            for k, (a, b) in enumerate(pair):
                folded.append([f"{when_words(time):>7} y" if k == 0 else "", a, b])
        header = ["", f"strategy {self.first.strategy}", f"strategy {self.second.strategy}"]
        return text_table(header, folded, (0, 1, 2)).splitlines()

    @property
    def sentence(self) -> str:
        """How long she lives under each, and the difference."""
        lived = [course.patient["died_at"] for course in (self.first, self.second)]
        difference = lived[1] - lived[0]
        names = self.first.strategy, self.second.strategy
        told = f"She dies {lived[0]:.1f} years after diagnosis under strategy {names[0]}"
        if abs(difference) < 0.05:
            return f"{told}, and at the same time under strategy {names[1]}."
        more = "later" if difference > 0 else "earlier"
        return (
            f"{told} and {abs(difference):.1f} years {more} under strategy {names[1]}: one draw of the "
            "model, no measure of the strategies (seedsoil compare has means of many women)."
        )

    def table(self) -> pa.Table:
        """The events: time_years from diagnosis, strategy, event; those of both courses come twice."""
        import pyarrow as pa

        rows = [
            (time, course.strategy, words)
            for course in (self.first, self.second)
            for time, words in timeline_events(course, lesions=False)
        ]
        return pa.table(
            {
                "time_years": pa.array([time for time, _, _ in rows], pa.float64()),
                "strategy": pa.array([name for _, name, _ in rows], pa.string()),
                "event": pa.array([words for _, _, words in rows], pa.string()),
            }
        )

    def chart(self) -> dict[str, Any]:
        """Both courses drawn, one above the other on the same years, as a Vega-Lite specification."""
        from seedsoil.patient.growth_chart import timeline_chart

        drawn = [timeline_chart(course) for course in (self.first, self.second)]
        schema, names = drawn[0]["$schema"], (self.first.strategy, self.second.strategy)
        inner = [
            {key: value for key, value in chart.items() if key not in ("$schema", "config")}
            | {"title": f"strategy {name}", "width": FIXED_WIDTH}
            for chart, name in zip(drawn, names, strict=True)
        ]
        outer = {
            "$schema": schema,
            "description": self.sentence,
            "vconcat": inner,
            "resolve": {"scale": {"x": "shared"}},
        }
        return outer | ({"config": drawn[0]["config"]} if "config" in drawn[0] else {})

    def __repr__(self) -> str:
        return self.timeline()
