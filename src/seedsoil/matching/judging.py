"""From the cells read to the cohort: columns judged as a whole, rows set apart by what only that shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seedsoil.display.words import listed, whole
from seedsoil.matching import fields, readings, words
from seedsoil.matching.cohort import (
    KINDS,
    MISSING,
    NO_FOLLOW_UP,
    NOT_COMPARED,
    Cohort,
    Dropped,
    Range,
    Rejected,
)
from seedsoil.matching.parsers import OTHER_OUTCOMES, WIDTHS, parser, size_unit
from seedsoil.matching.reader import FEW_BAD_ROWS, Reading
from seedsoil.units import DAYS_PER_YEAR

if TYPE_CHECKING:
    from seedsoil.matching.columns import TimeUnit
    from seedsoil.matching.names import Endpoint
    from seedsoil.results.columns import Flags, Floats

HALF_A_MONTH = 0.5
MOST_CODES_TOLD = 12
TIME_PARTS = ("diagnosis_date", "end_date", "event_date", "event_time", "last_date", "last_time")
_MEANINGS = {
    "event": {1.0: "the event", 0.0: "censored"},
    "endocrine": {1.0: "given", 0.0: "not given"},
    "chemo": {1.0: "given", 0.0: "not given"},
}


def judge(reading: Reading) -> tuple[Cohort | None, list[str]]:
    """The cohort, and all that is wrong with the file; None where too little of it can be read."""
    judging = _Judging(reading)
    cohort = judging.cohort()
    return cohort, judging.problems


class _Judging:
    """The columns of one file as arrays, and which rows are kept."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.path = reading.path
        self.rows = len(reading.kinds)
        self.values = {
            role: np.frombuffer(column, dtype=np.float64).reshape(-1, WIDTHS.get(role, 1)).copy()
            if column
            else np.empty((0, WIDTHS.get(role, 1)))
            for role, column in reading.values.items()
        }
        self.kind = np.array([kind or "" for kind in reading.kinds], dtype=object)
        self.rejected = list(reading.rejected)
        self.said = readings.Said(notes=list(reading.columns.notes))
        self.problems = list(reading.problems)

    @property
    def kept(self) -> Flags:
        kept: Flags = np.asarray(self.kind == "", dtype=np.bool_)
        return kept

    def single(self, role: str) -> Floats:
        """One number a row of a role; NaN throughout where the file has no column."""
        column = self.values.get(role)
        return np.full(self.rows, np.nan) if column is None else column[:, 0]

    def pair(self, role: str) -> Range:
        """The range of a role a row."""
        column = self.values.get(role)
        column = np.full((self.rows, 2), np.nan) if column is None else column
        return Range(column[:, 0], column[:, 1])

    def set_apart(self, members: Flags, kind: str, reason: str) -> int:
        """Sets apart those of the kept rows; returns how many."""
        chosen = np.flatnonzero(members & self.kept)
        self.kind[chosen] = kind
        lines = self.reading.lines
        self.rejected.extend(Rejected(lines[index], reason, kind) for index in chosen)
        return len(chosen)

    def cohort(self) -> Cohort | None:
        name, said = self.reading.columns.name, self.said
        self._constants()
        self._bad_rows()
        if not self.rows:
            self.problems.append(f"{self.path}: a header, no rows")
            return None
        if "sex" in name:
            men = readings.men(name["sex"], self.single("sex"), said)
            self.set_apart(
                men, NOT_COMPARED, f"{name['sex']} is that of men; only women are simulated"
            )
        er = self._er()
        her2 = self.single("her2")
        if "her2" in self.values:
            her2 = readings.her2_status(self._named("her2"), her2, said)
        if not self.kept.any() or any(r not in self.values for r in ("age", "size", "nodes", "er")):
            self._told(said)
            if not self.problems:
                self.problems.append(f"{self.path}: no row can be used: {self._reasons()}")
            return None
        endpoint = self._endpoint()
        time, unit = self._time()
        self._sizes()
        self._other_outcomes()
        self._told(said)
        if not self.kept.any():
            self.problems.append(f"{self.path}: no row can be used: {self._reasons()}")
            return None
        return self._built(endpoint, time, unit, er, her2)

    def _named(self, role: str) -> str:
        return self.reading.columns.name.get(role, role)

    def _constants(self) -> None:
        for role, text in self.reading.settings.constants.items():
            numbers = fields.Numbers()
            parse = parser(role, role, self.reading.settings, numbers)
            if parse is None:
                continue
            try:
                values = parse(text, f"set {role}", 0)
            except fields.BadValueError as bad:
                self.problems.append(str(bad))
                continue
            self.values[role] = np.tile(np.array(values, dtype=np.float64), (self.rows, 1))
            self.said.notes.append(f"{role} of all women is {words.shown(text)}, as stated.")

    def _bad_rows(self) -> None:
        tally = self.reading.tally
        if not tally.rows:
            return
        if not self.reading.settings.allow_bad_rows:
            self.problems.extend(tally.lines("no row was used"))
        elif tally.rows > FEW_BAD_ROWS and tally.rows > self.rows - tally.rows:
            others = whole(self.rows - tally.rows)
            self.problems.extend(tally.lines(f"more than the {others} others; no row was used"))

    def _er(self) -> Floats:
        if "er" not in self.values:
            return np.full(self.rows, np.nan)
        name = self._named("er")
        status, unknown = readings.er_status(
            name, self.single("er"), self.reading.settings.er_cut, self.said
        )
        self.set_apart(unknown, MISSING, f"{name} is missing (9)")
        return status

    def _endpoint(self) -> Endpoint:
        columns = self.reading.columns
        if "event" not in columns.name:
            return columns.endpoint
        endpoint, problems, notes = self.reading.events.check(
            columns.name["event"], columns.endpoint, columns.stated_endpoint
        )
        self.said.problems.extend(problems)
        self.said.notes.extend(notes)
        return endpoint

    def _time(self) -> tuple[Floats, TimeUnit]:
        columns, said = self.reading.columns, self.said
        time = self.single("time")
        known = time[self.kept & np.isfinite(time)]
        unit: TimeUnit = "days"
        label = columns.name.get("time", "time")
        if "time" in columns.name:
            unit = readings.time_unit(label, known, self.reading.settings.time_unit, said)
        elif "diagnosis_date" in columns.name:
            said.notes.append("Times were made from dates, in days.")
        elif "last_time" in columns.name:
            label = columns.name["last_time"]
            unit = readings.time_unit(label, known, self.reading.settings.time_unit, said)
        else:  # no column of times, which is told already: what else can be said of time would mislead
            return time, unit
        readings.check_follow_up(label, known, unit, said)
        zero = time == 0
        if zero[self.kept].any():
            if unit == "months" and (known == np.floor(known)).all():
                said.notes.append(
                    f"{label} is 0 in {whole(int(zero[self.kept].sum()))} rows: read as half a month, as "
                    "whole months leave it open."
                )
                time = np.where(zero, HALF_A_MONTH, time)
            else:
                event = self.single("event") == 1
                self.set_apart(
                    zero & event,
                    NO_FOLLOW_UP,
                    f"{label} is 0: the event is on the day of diagnosis",
                )
                self.set_apart(
                    zero, NO_FOLLOW_UP, f"{label} is 0: a woman without follow-up tells nothing"
                )
        return time / readings.UNITS[unit], unit

    def _sizes(self) -> None:
        settings = self.reading.settings
        size = self.pair("size")
        if settings.size_unit is None and "size" in self.reading.columns.name:
            name = self._named("size")
            exact = size.low[self.kept & size.exact]
            readings.check_sizes(name, exact, size_unit(name, settings), self.said)
        nodes = self.pair("nodes")
        held = np.unique(nodes.low[self.kept & nodes.exact])
        ones = self.kept & nodes.exact & (nodes.low == 1)
        if held.tolist() == [0.0, 1.0] and nodes.exact[self.kept].all() and ones.sum() >= 20:
            self.values["nodes"][ones, 1] = fields.MOST_NODES
            self.said.notes.append(
                f"{self._named('nodes')} holds only 0 and 1: 1 was read as node-positive, any number."
            )

    def _other_outcomes(self) -> None:
        columns = self.reading.columns
        if columns.endpoint not in ("any", "distant") or "event" not in columns.name:
            return
        said = readings.Said()
        readings.check_other_outcomes(
            columns.name["event"],
            np.where(self.kept, self.single("event"), np.nan),
            self.single("other_death"),
            self.single("other_recurrence"),
            said,
        )
        if columns.stated_endpoint:
            self.said.notes.extend(f"Warning: {problem}." for problem in said.problems)
        else:
            self.said.problems.extend(said.problems)

    def _told(self, said: readings.Said) -> None:
        self.problems.extend(f"{self.path}: {problem}" for problem in said.problems)
        said.problems.clear()

    def _reasons(self) -> str:
        counts = {kind: int((self.kind == kind).sum()) for kind in KINDS}
        return ", ".join(f"{kind} {whole(count)}" for kind, count in counts.items() if count)

    def _built(
        self, endpoint: Endpoint, time: Floats, unit: TimeUnit, er: Floats, her2: Floats
    ) -> Cohort:
        reading, columns, kept = self.reading, self.reading.columns, self.kept
        age, size, nodes = (self.pair(role) for role in ("age", "size", "nodes"))
        endocrine, chemo = self.single("endocrine"), self.single("chemo")
        event = self.single("event")
        self._notes(kept)

        def flags(role: str, values: Floats) -> Flags | None:
            return values[kept] == 1.0 if role in self.values else None

        def of(which: Flags, pair: Range) -> Range:
            return Range(pair.low[which], pair.high[which])

        apart = ~kept
        middle = (size.low + size.high)[kept] / 2
        band = np.searchsorted(np.array(fields.SIZE_LIMITS_MM), middle, side="left")
        group = np.searchsorted(np.array(fields.NODE_LIMITS), nodes.low[kept], side="right")
        return Cohort(
            path=str(reading.path),
            endpoint=endpoint,
            time_unit=unit,
            age=(age.low + age.high)[kept] / 2,
            size_band=band.astype(np.int64),
            node_group=group.astype(np.int64),
            er=er[kept] == 1.0,
            her2=flags("her2", her2),
            endocrine=flags("endocrine", endocrine),
            chemo=flags("chemo", chemo),
            time=time[kept],
            event=event[kept] == 1.0,
            columns=self._columns(),
            ignored=columns.ignored,
            rejected=tuple(sorted(self.rejected, key=lambda row: row.line)),
            notes=tuple(self.said.notes),
            age_range=of(kept, age),
            size_mm=of(kept, size),
            node_count=of(kept, nodes),
            her2_known=np.isfinite(her2[kept]),
            endocrine_known=np.isfinite(endocrine[kept]),
            chemo_known=np.isfinite(chemo[kept]),
            year=self._year()[kept],
            dropped=Dropped(
                kind=self.kind[apart].astype(np.str_),
                age=of(apart, age),
                size_mm=of(apart, size),
                nodes=of(apart, nodes),
                er=er[apart],
                her2=her2[apart],
                endocrine=endocrine[apart],
                chemo=chemo[apart],
                time=time[apart],
                event=event[apart],
            ),
            constants=dict(reading.settings.constants),
        )

    def _columns(self) -> dict[str, str]:
        """The column of each role; of time and event those from which they were made."""
        name = self.reading.columns.name
        told = {role: column for role, column in name.items() if role not in OTHER_OUTCOMES}
        ends = [name[role] for role in TIME_PARTS if role in name]
        told.setdefault("time", " and ".join(ends))
        told.setdefault("event", name.get("event_date", name.get("event_time", "")))
        return told

    def _year(self) -> Floats:
        year = self.single("year")
        day = self.single("diagnosis_date")
        # days count from the first day of the year 1
        return np.where(np.isfinite(year), year, np.floor(1 + day / DAYS_PER_YEAR))

    def _notes(self, kept: Flags) -> None:
        notes, reading, name = self.said.notes, self.reading, self.reading.columns.name
        notes.extend(
            f"Decimal commas in {column} were read as decimal points."
            for column in reading.decimal_commas
        )
        if reading.empty_lines:
            lines = "empty line holds" if reading.empty_lines == 1 else "empty lines hold"
            notes.append(f"{reading.empty_lines} {lines} no woman and were passed over.")
        if "id" not in name:
            notes.append("No column identifies the women: repeated rows could not be looked for.")
        for kind in (NOT_COMPARED, MISSING, NO_FOLLOW_UP):
            count = int((self.kind == kind).sum())
            if count:
                rows = "row was" if count == 1 else "rows were"
                notes.append(f"{whole(count)} {rows} set apart: {kind} ({self._main(kind)}).")
        for role in ("event", "endocrine", "chemo"):
            if role in name and (told := self._codes(role)):
                notes.append(f"{name[role]}: {told}.")
        for role in ("her2", "endocrine", "chemo"):
            unknown = int((kept & ~np.isfinite(self.single(role))).sum())
            if role in name and unknown:
                notes.append(f"{name[role]} is unknown in {whole(unknown)} of the rows used.")

    def _codes(self, role: str) -> str:
        """How the words of a column were read, unless it holds only 0 and 1."""
        meanings = _MEANINGS[role]
        cells = {
            text: seen
            for text, seen in self.reading.cells[role].items()
            if not isinstance(seen.outcome, fields.BadValueError)
        }
        if set(cells) <= {"0", "1"} or len(cells) > MOST_CODES_TOLD:
            return ""
        told = [
            f"'{words.shown(text)}' was read as {meanings.get(seen.outcome[0], 'unknown')} "
            f"({whole(seen.count)})"
            for text, seen in sorted(cells.items())
            if not isinstance(seen.outcome, fields.BadValueError)
        ]
        return listed(told)

    def _main(self, kind: str) -> str:
        counts: dict[str, int] = {}
        for row in self.rejected:
            if row.kind == kind:
                counts[row.reason] = counts.get(row.reason, 0) + 1
        most = sorted(counts.items(), key=lambda item: -item[1])[:4]
        told = [f"{reason}: {whole(count)}" for reason, count in most]
        return "; ".join(told) + ("; ..." if len(counts) > len(most) else "")
