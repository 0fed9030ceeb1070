"""Reading registry extracts: what is recognised, what is refused, and that refusal is quick."""

from __future__ import annotations

import os
import threading
import time
import tracemalloc
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedsoil.errors import DataErrors, InputError
from seedsoil.matching.cohort_file import read_cohort
from seedsoil.matching.columns import parse_mapping
from seedsoil.matching.reader import MOST_BAD_ROWS

if TYPE_CHECKING:
    from pathlib import Path

HEADER = "age,diameter_mm,nodes,er,time,event"
GOOD = "61,18.5,2,35,4.5,1"


@pytest.fixture
def extract(tmp_path):
    """Writes an extract and returns its path."""

    def write(*lines: str, encoding: str = "utf-8", end: str = "\n") -> Path:
        path = tmp_path / "cohort.csv"
        path.write_bytes((end.join(lines) + end).encode(encoding))
        return path

    return write


def test_reads_the_columns_of_a_plain_extract(extract):
    cohort = read_cohort(extract(HEADER, GOOD, "44,50,0,3,2.25,0", "80,50.1,12,10,1,0"))
    assert cohort.age.tolist() == [61, 44, 80]
    assert cohort.size_band.tolist() == [0, 1, 2]
    assert cohort.node_group.tolist() == [1, 0, 3]
    assert cohort.er.tolist() == [True, False, True]
    assert cohort.time.tolist() == [4.5, 2.25, 1]
    assert cohort.event.tolist() == [True, False, False]
    assert cohort.her2 is None
    assert cohort.chemo is None


def test_reads_the_columns_of_the_rotterdam_series(extract):
    header = '"pid","year","age","meno","size","grade","nodes","pgr","er","hormon","chemo"'
    outcome = ',"rtime","recur","dtime","death"'
    path = extract(
        header + outcome,
        '1,1992,74,1,"<=20",3,0,35,291,0,0,1799,0,1900,0',
        '2,1984,79,1,"20-50",3,4,36,9,1,0,2828,1,3000,1',
        '3,1983,44,0,">50",2,10,138,0,0,1,7305,1,7305,1',
    )
    cohort = read_cohort(path)
    assert cohort.size_band.tolist() == [0, 1, 2]
    assert cohort.er.tolist() == [True, False, False]
    assert cohort.endocrine is not None
    assert cohort.endocrine.tolist() == [False, True, False]
    assert cohort.chemo is not None
    assert cohort.chemo.tolist() == [False, False, True]
    assert cohort.time_unit == "days"
    assert cohort.time[2] == 20.0
    assert any("7305 days = 20.0 years" in note for note in cohort.notes)
    assert cohort.ignored == ("meno", "grade", "pgr", "dtime", "death")
    assert cohort.year.tolist() == [1992, 1984, 1983]

    death = read_cohort(path, endpoint="death")
    assert (death.columns["time"], death.columns["event"]) == ("dtime", "death")
    assert death.event.tolist() == [False, True, True]


def test_any_recurrence_is_not_taken_for_distant_recurrence(extract):
    path = extract("age,size,nodes,er,rtime,recur", "50,10,0,1,100,1")
    with pytest.raises(DataErrors, match="endpoint 'any'"):
        read_cohort(path, endpoint="distant")
    stated = read_cohort(path, endpoint="distant", time="rtime", event="recur")
    assert stated.women == 1


@pytest.mark.parametrize(
    "text, band",
    [("<=20", 0), ("≤ 20 mm", 0), ("T1c", 0), ("pT2", 1), ("20-50", 1), ("20–50", 1), (">50", 2),
     ("T3", 2), ("20", 0), ("20.01", 1), ("50", 1), ("51", 2)],
)  # fmt: skip
def test_sizes(extract, text, band):
    cohort = read_cohort(extract("age,size,nodes,er,time,event", f"50,{text},0,1,2,0"))
    assert cohort.size_band.tolist() == [band]


def test_a_bare_digit_is_a_stage_only_in_a_column_of_stages(extract):
    stage = read_cohort(extract("age,t_stage,nodes,er,time,event", "50,3,0,1,2,0"))
    size = read_cohort(extract("age,size,nodes,er,time,event", "50,3,0,1,2,0"))
    assert (stage.size_band[0], size.size_band[0]) == (2, 0)


@pytest.mark.parametrize(
    "text, group",
    [("0", 0), ("1", 1), ("3.0", 1), ("4", 2), ("9", 2), ("10", 3), ("1-3", 1), ("10+", 3),
     ("pN2", 2), ("N0", 0)],
)  # fmt: skip
def test_nodes(extract, text, group):
    cohort = read_cohort(extract("age,size,nodes,er,time,event", f"50,20,{text},1,2,0"))
    assert cohort.node_group.tolist() == [group]


def test_er_as_amounts_indicators_and_words(extract):
    header = "age,size,nodes,er,time,event"
    amounts = read_cohort(extract(header, *(f"50,20,0,{er},2,0" for er in ("0", "9.9", "10"))))
    assert amounts.er.tolist() == [False, False, True]
    flags = read_cohort(extract(header, "50,20,0,0,2,0", "50,20,0,1,2,0"))
    assert flags.er.tolist() == [False, True]
    words = ("Positive", "neg", "+", "-", "ER+")
    worded = read_cohort(extract(header, *(f"50,20,0,{er},2,0" for er in words)))
    assert worded.er.tolist() == [True, False, True, False, True]
    cut = read_cohort(extract(header, "50,20,0,1,2,0", "50,20,0,60,2,0"), er_cut=1)
    assert cut.er.tolist() == [True, True]


@pytest.mark.parametrize(
    "times, unit",
    [(("39", "2"), "years"), (("41", "200"), "months"), (("100", "481"), "days")],
)
def test_time_unit_is_told_from_the_largest_value_and_said(extract, times, unit):
    path = extract(HEADER, *(f"50,20,0,1,{t},0" for t in times))
    cohort = read_cohort(path)
    assert cohort.time_unit == unit
    assert any(f"read as {unit}, by its largest value" in note for note in cohort.notes)
    assert read_cohort(path, time_unit="months").time[0] == pytest.approx(float(times[0]) / 12)


def test_time_unit_in_the_name_of_the_column(extract):
    path = extract("age,size,nodes,er,follow_up_months,event", "50,20,0,1,12,0")
    cohort = read_cohort(path, time="follow_up_months")
    assert cohort.time.tolist() == [1.0]


def test_a_time_unit_that_gives_impossible_times_is_refused(extract):
    with pytest.raises(InputError, match="1799 years; allowed up to 80"):
        read_cohort(extract(HEADER, "50,20,0,1,1799,0"), time_unit="years")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_separators(extract, delimiter):
    path = extract(HEADER.replace(",", delimiter), GOOD.replace(",", delimiter))
    assert read_cohort(path).women == 1


def test_decimal_commas_are_read_and_said(extract):
    path = extract(HEADER.replace(",", ";"), "61;20,5;2;35;4,5;1")
    cohort = read_cohort(path)
    assert cohort.time.tolist() == [4.5]
    assert cohort.size_band.tolist() == [1]
    assert sum("Decimal commas" in note for note in cohort.notes) == 2


def test_mixed_decimal_signs_name_the_line(extract):
    path = extract(HEADER.replace(",", ";"), "61;18;2;35;4,5;1", "61;18;2;35;4.5;1")
    with pytest.raises(InputError, match=r"line 3: time has a decimal point"):
        read_cohort(path)


def test_mixed_separators_name_the_first_line_that_differs(extract):
    with pytest.raises(InputError, match=r"line 3: fields are separated by semicolon.*comma"):
        read_cohort(extract(HEADER, GOOD, GOOD.replace(",", ";"), GOOD))
    with pytest.raises(
        InputError, match=r"line 1: the header mixes separators \(semicolon and comma"
    ):
        read_cohort(extract("age;size,nodes", GOOD))


def test_byte_order_mark_and_windows_line_ends(extract):
    assert read_cohort(extract(HEADER, GOOD, encoding="utf-8-sig", end="\r\n")).women == 1


def test_letter_case_and_punctuation_of_names_do_not_count(extract):
    path = extract("AGE,Tumor Size,Positive.Nodes,ER-status,Time,Event", GOOD)
    assert read_cohort(path).women == 1


def test_every_missing_column_is_listed_with_the_nearest_name(extract):
    with pytest.raises(DataErrors) as caught:
        read_cohort(extract("alter,diameter_mm,node,er,time,event", GOOD))
    problems = caught.value.problems
    assert len(problems) == 2
    assert "no column for age" in problems[0]
    assert "no column for nodes" in problems[1]
    assert "Did you mean 'node'?" in problems[1]


def test_mapping_and_its_mistakes(extract):
    path = extract("a,size,nodes,er,t,e,her2", "50,20,0,1,3,1,unknown")
    mapping = parse_mapping("age=a, time=t,event=e,her2=none")
    assert read_cohort(path, columns=mapping).women == 1
    with pytest.raises(DataErrors, match=r"column 'aa' mapped to age.*did you mean 'a'"):
        read_cohort(path, columns={**mapping, "age": "aa"})
    with pytest.raises(DataErrors, match=r"no role 'ages'.*did you mean 'age'"):
        read_cohort(path, columns={**mapping, "ages": "a"})
    with pytest.raises(InputError, match="'t' is not role=column"):
        parse_mapping("t")
    with pytest.raises(DataErrors, match="column 'a,t' mapped to age is not in the header"):
        read_cohort(path, columns={**mapping, **parse_mapping("age=a,t")})


def test_a_column_named_twice_is_refused(extract):
    with pytest.raises(DataErrors, match="names 'Age' twice"):
        read_cohort(extract("age,size,nodes,er,time,event,Age", GOOD + ",3"))


@pytest.mark.parametrize(
    "row, reason",
    [
        ("17,20,0,1,2,0", "age is 17: allowed 18 to 110 years"),
        ("111,20,0,1,2,0", "age is 111"),
        ("inf,20,0,1,2,0", "age is 'inf': not a finite number"),
        ("old,20,0,1,2,0", "age is 'old': not a number"),
        ("50,0,0,1,2,0", "diameter_mm is 0: allowed over 0 to 300 mm"),
        ("50,big,0,1,2,0", "diameter_mm is 'big': allowed a diameter"),
        ("50,20,-1,1,2,0", "nodes is -1: allowed a whole number"),
        ("50,20,1.5,1,2,0", "nodes is 1.5: allowed a whole number"),
        ("50,20,0,-3,2,0", "er is -3: an amount cannot be negative"),
        ("50,20,0,perhaps,2,0", "er is 'perhaps'"),
        ("50,20,0,1,-2,0", "time is -2: a time cannot be negative"),
        ("50,20,0,1,2,2", "event is '2': allowed 0 or 1"),
        ("50,20,0,1,2,perhaps", "event is 'perhaps': allowed 0 or 1"),
        ("50,20,0,1,2", "5 fields, the header has 6"),
        ("50,20,0,1,2,0,0", "7 fields, the header has 6 (a decimal comma"),
        ("17,20,-1,1,2,0", "; nodes is -1"),
    ],
)
def test_bad_rows_are_named_by_line_and_reason(extract, row, reason):
    path = extract(HEADER, GOOD, row, GOOD)
    with pytest.raises(DataErrors) as caught:
        read_cohort(path)
    assert caught.value.problems[0].startswith(f"{path}, line 3: ")
    assert reason in caught.value.problems[0]
    assert "1 bad row; no row was used" in caught.value.problems[-1]
    cohort = read_cohort(path, allow_bad_rows=True)
    assert cohort.women == 2
    assert [rejected.line for rejected in cohort.rejected] == [3]
    assert reason in cohort.rejected[0].reason


def test_repeated_identities_are_bad_rows(extract):
    path = extract("id," + HEADER, "a," + GOOD, "b," + GOOD, "a," + GOOD)
    with pytest.raises(DataErrors, match="line 4: id a is already on line 2"):
        read_cohort(path)


def test_one_line_tells_one_wrongly_coded_column(extract):
    rows = [f"50,20,0,1,2,{'seven' if i % 3 else 'eight'}" for i in range(60)]
    path = extract(HEADER, *rows)
    with pytest.raises(DataErrors) as caught:
        read_cohort(path)
    first, last = caught.value.problems
    assert first.startswith(
        f"{path}: event cannot be read in 60 rows, first on line 2: 'seven' (40), 'eight' (20): "
        "allowed 0 or 1"
    )
    assert "60 bad rows; no row was used" in last


def test_single_rows_are_told_beside_a_wrongly_coded_column(extract):
    path = extract(HEADER, *["50,20,0,1,2,7"] * 9, "17,20,0,1,2,0")
    with pytest.raises(DataErrors) as caught:
        read_cohort(path)
    many, one, _ = caught.value.problems
    assert "event cannot be read in 9 rows" in many
    assert one.startswith(f"{path}, line 11: age is 17")


def test_the_list_of_single_bad_rows_is_cut_but_counted(extract):
    rows = [f"id{i % 11},50,20,0,1,2,{i}" for i in range(11)]
    kinds = ("a{}", "50,b{}", "50,20,c{}", "50,20,0,d{}", "50,20,0,1,e{}", "17", "50,0", "50,20,-1")
    tails = ("20,0,1,2,0", "0,1,2,0", "1,2,0", "2,0", "0", "20,0,1,2,0", "0,1,2,0", "1,2,0")
    rows = [
        f"{kind.format(i)},{tail}"
        for kind, tail in zip(kinds, tails, strict=True)
        for i in range(3)
    ]
    with pytest.raises(DataErrors) as caught:
        read_cohort(extract(HEADER, *rows))
    assert "... and 4 more bad rows" in caught.value.problems
    assert f"{len(rows)} bad rows" in caught.value.problems[-1]


@pytest.mark.parametrize("first", ["good", "bad"])
@pytest.mark.parametrize("bad, accepted", [(300, True), (601, False)])
def test_too_many_bad_rows_does_not_depend_on_their_order(extract, first, bad, accepted):
    parts = [[GOOD] * 600, ["1,20,0,1,2,0"] * bad]
    rows = [row for part in (parts if first == "good" else parts[::-1]) for row in part]
    path = extract(HEADER, *rows)
    if accepted:
        cohort = read_cohort(path, allow_bad_rows=True)
        assert (cohort.women, len(cohort.rejected)) == (600, bad)
    else:
        with pytest.raises(DataErrors, match="601 bad rows; more than the 600 others"):
            read_cohort(path, allow_bad_rows=True)


def test_rows_are_numbered_by_the_line_on_which_they_begin(extract):
    path = extract("note," + HEADER, '"two\nlines",' + GOOD, '"and\nthree\nmore",1' + GOOD, "a,b")
    with pytest.raises(DataErrors) as caught:
        read_cohort(path)
    assert "line 4: age is 161" in caught.value.problems[0]
    assert "line 7: 2 fields" in caught.value.problems[1]


def test_empty_lines_hold_no_woman_and_are_mentioned(extract):
    cohort = read_cohort(extract(HEADER, GOOD, "", GOOD, ""))
    assert cohort.women == 2
    assert any("2 empty lines" in note for note in cohort.notes)


def test_files_that_are_no_extract(tmp_path):
    def refused(content: bytes, match: str) -> None:
        path = tmp_path / "cohort.csv"
        path.write_bytes(content)
        with pytest.raises(InputError, match=match):
            read_cohort(path)

    refused(b"", "the file is empty")
    refused(b"\n\n", "the file is empty")
    refused(HEADER.encode() + b"\n", "a header, no rows")
    refused(b"PK\x03\x04rest", "a workbook, Parquet or compressed file")
    refused(HEADER.encode("utf-16"), "line 1: binary data")
    refused(f"{HEADER}\n{GOOD}\n50,20,0,n\xe9gatif,2,0\n".encode("latin-1"), "line 3: not UTF-8")
    refused(f"{HEADER}\n{GOOD}\n{GOOD}\0\n".encode(), "line 3: binary data")
    with pytest.raises(InputError, match="cannot be read: No such file"):
        read_cohort(tmp_path / "absent.csv")
    with pytest.raises(InputError, match="cannot be read: Is a directory"):
        read_cohort(tmp_path)


def test_unknown_endpoint_and_unit(extract):
    path = extract(HEADER, GOOD)
    with pytest.raises(
        InputError,
        match=r"distant, recurrence-or-death, death\. did you mean 'death'",
    ):
        read_cohort(path, endpoint="deth")
    with pytest.raises(InputError, match="allowed are days, months, years"):
        read_cohort(path, time_unit="weeks")


ROW = f"{GOOD}\n".encode()
ENDLESS = {
    "one long line": (b"", b"a" * 65536, "longer than 1,000,000 bytes"),
    "lines of letters": (b"", b"lorem ipsum dolor\n" * 4096, "none of the columns needed"),
    "zeros": (b"", bytes(65536), "binary data"),
    "bytes": (b"", bytes(range(1, 256)) * 256, "none of the columns needed"),
    "bad rows": (HEADER.encode() + b"\n", b"lorem,ipsum,dolor,sit,amet,et\n" * 2048, "bad rows"),
    "short rows": (HEADER.encode() + b"\n", b"lorem\n" * 4096, "bad rows"),
    "empty lines": (HEADER.encode() + b"\n", b"\n" * 65536, "empty lines"),
    "an open quote": (
        HEADER.encode() + b"\n" + ROW + b'"',
        b"lorem\n" * 4096,
        "line 3: field larg",
    ),
}


MOST_READ = 20_000_000
"""Bytes of garbage within which it is refused."""


@pytest.mark.parametrize("kind", ENDLESS)
@pytest.mark.parametrize("allow_bad_rows", [False, True])
def test_endless_garbage_is_refused_quickly_and_in_little_memory(tmp_path, kind, allow_bad_rows):
    start, block, reason = ENDLESS[kind]
    path = tmp_path / "garbage.csv"
    os.mkfifo(path)

    written = 0

    def write() -> None:
        # A pipe without end to who reads too much of it: counted in bytes, which no slow machine changes.
        nonlocal written
        try:
            with path.open("wb", buffering=0) as pipe:
                pipe.write(start)
                while written < 2 * MOST_READ:
                    written += pipe.write(block) or 0
        except BrokenPipeError:
            pass

    writer = threading.Thread(target=write, daemon=True)
    writer.start()
    tracemalloc.start()
    with pytest.raises(InputError, match=reason):
        read_cohort(path, allow_bad_rows=allow_bad_rows)
    assert tracemalloc.get_traced_memory()[1] < 20e6
    tracemalloc.stop()
    writer.join(timeout=60)
    assert not writer.is_alive()
    assert written < MOST_READ


def test_reading_stops_at_too_many_bad_rows(extract):
    with pytest.raises(DataErrors) as caught:
        read_cohort(extract(HEADER, *["lorem,ipsum,dolor,sit,amet,et"] * (MOST_BAD_ROWS + 9)))
    assert f"reading stopped at line {MOST_BAD_ROWS + 2}" in caught.value.problems[-1]
    assert len(caught.value.problems) == 1 + 6


def test_a_gigabyte_of_zeros_is_refused(tmp_path):
    path = tmp_path / "zeros.csv"
    with path.open("wb") as stream:
        stream.truncate(10**9)  # sparse: takes no room on the disk
    tracemalloc.start()
    begun = time.process_time()
    with pytest.raises(InputError, match="binary data"):
        read_cohort(path)
    seconds = time.process_time() - begun
    assert tracemalloc.get_traced_memory()[1] < 20e6
    tracemalloc.stop()
    begun = time.process_time()
    with path.open("rb", buffering=0) as stream:
        for _ in range(200):
            stream.read(10**6)
    assert seconds < time.process_time() - begun  # of a fifth of it, read and thrown away


@settings(max_examples=200, deadline=None)
@given(content=st.binary(max_size=400), header=st.booleans(), allow=st.booleans())
def test_any_bytes_are_read_or_refused_with_words(tmp_path_factory, content, header, allow):
    path = tmp_path_factory.mktemp("bytes") / "cohort.csv"
    path.write_bytes((HEADER.encode() + b"\n" if header else b"") + content)
    try:
        cohort = read_cohort(path, allow_bad_rows=allow)
    except InputError as error:
        words = str(error)
    else:
        words = "read"
        assert cohort.women > 0
        assert np.isfinite(cohort.time).all()
    assert words


@settings(max_examples=200, deadline=None)
@given(
    rows=st.lists(
        st.tuples(
            st.floats(10, 120),
            st.floats(-5, 400),
            st.integers(-2, 120),
            st.floats(-1, 500),
            st.floats(-1, 30),
            st.integers(-1, 2),
        ),
        min_size=1,
        max_size=30,
    )
)
def test_every_row_is_used_or_rejected(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("rows") / "cohort.csv"
    lines = [",".join(repr(value) for value in row) for row in rows]
    path.write_text("\n".join([HEADER, *lines]) + "\n")

    def fit(row):
        age, size, nodes, er, time, event = row
        return (
            18 <= age <= 110 and 0 < size <= 300 and (0 <= nodes <= 90 or nodes in (95, 97))
            and er >= 0 and time > 0 and event in (0, 1)
        )  # fmt: skip

    good = [row for row in rows if fit(row)]
    if not good:
        with pytest.raises(InputError):
            read_cohort(path, allow_bad_rows=True)
        return
    cohort = read_cohort(path, allow_bad_rows=True, time_unit="years", size_unit="mm", er_cut=10)
    assert cohort.women == len(good)
    assert [r.line for r in cohort.rejected] == [
        i + 2 for i, row in enumerate(rows) if not fit(row)
    ]
    assert cohort.age.tolist() == [row[0] for row in good]
