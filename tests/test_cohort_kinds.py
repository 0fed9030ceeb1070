"""The shapes of real exports: each is read, set apart by row and reason, or asked about in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from seedsoil.errors import DataErrors, InputError
from seedsoil.matching.cohort import MISSING, NO_FOLLOW_UP, NOT_COMPARED, UNREADABLE
from seedsoil.matching.cohort_file import read_cohort
from seedsoil.matching.columns import parse_mapping
from seedsoil.matching.explain import check_cohort
from seedsoil.matching.settings import parse_codes

if TYPE_CHECKING:
    from pathlib import Path

BASE = {"age": "61", "size": "18", "nodes": "2", "er": "1", "time": "4.5", "event": "1"}


@pytest.fixture
def rows(tmp_path):
    """Writes an extract whose rows differ from `BASE` as said; a column called None is left out."""

    def write(*changes: dict[str, str], drop: tuple[str, ...] = (), sep: str = ",") -> Path:
        names = [n for n in BASE if n not in drop]
        names += [n for n in dict.fromkeys(n for c in changes for n in c) if n not in names]
        lines = [sep.join(names)]
        lines += [
            sep.join({**BASE, **change}.get(name, "") for name in names) for change in changes
        ]
        path = tmp_path / "cohort.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return write


def many(column: str, values) -> list[dict[str, str]]:
    return [{column: str(value)} for value in values]


def problem_of(path, **options) -> str:
    with pytest.raises(DataErrors) as caught:
        read_cohort(path, **options)
    assert len(caught.value.problems) == 1
    return caught.value.problems[0]


# Events ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "censored, event, endpoint",
    [
        ("Alive", "Dead", "death"), ("0:LIVING", "1:DECEASED", "death"), ("False", "True", "any"),
        ("Living", "Died of Disease", "death"), ("no", "yes", "any"), ("0", "1", "any"),
        ("0:Not Recurred", "1:Recurred", "any"), ("censored", "event", "any"),
        ("0:DiseaseFree", "1:Recurred/Progressed", "any"), ("alive (1)", "dead (2)", "death"),
    ],
)  # fmt: skip
def test_events_in_words(rows, censored, event, endpoint):
    cohort = read_cohort(rows({"event": censored}, {"event": event}))
    assert cohort.event.tolist() == [False, True]
    assert cohort.endpoint == endpoint
    if censored != "0":
        assert any(f"'{event}' was read as the event (1)" in note for note in cohort.notes)


def test_words_of_another_endpoint_are_refused(rows):
    dead = rows({"event": "Alive"}, {"event": "Dead"})
    assert "it tells death, not the endpoint 'any'" in problem_of(dead, endpoint="any")
    recurred = rows({"event": "Recurred"}, {"event": "Not recurred"})
    assert "it does not tell death" in problem_of(recurred, endpoint="death")
    cause = rows({"event": "0:ALIVE OR DEAD TUMOR FREE"}, {"event": "1:DEAD WITH TUMOR"})
    assert "deaths of one cause" in problem_of(cause, endpoint="death")


@pytest.mark.parametrize("name", ["PUF_VITAL_STATUS", "vital status", "censored"])
def test_codes_of_which_1_may_not_be_the_event_are_asked_about(rows, name):
    path = rows({name: "1"}, {name: "0"}, drop=("event",))
    assert "is 1 the event, or does it mean" in problem_of(path)
    words = "alive" if "ital" in name else "censored"
    codes = parse_codes(f"event:1={words},event:0={'dead' if words == 'alive' else 'event'}")
    assert read_cohort(path, codes=codes).event.tolist() == [False, True]


def test_cens_is_found_and_codes_1_and_2_are_asked_about(rows):
    cohort = read_cohort(rows({"cens": "1"}, {"cens": "0"}, drop=("event",)))
    assert cohort.columns["event"] == "cens"
    assert cohort.event.tolist() == [True, False]
    path = rows(*many("event", (1, 2, 2, 2, 2, 1)))
    with pytest.raises(DataErrors, match=r"event cannot be read in 4 rows.*--code event:2=event"):
        read_cohort(path)
    codes = parse_codes(["event:2=event", "event:1=censored"])
    assert read_cohort(path, codes=codes).event.tolist() == [False, True, True, True, True, False]
    with pytest.raises(InputError, match="is not role:code=meaning"):
        parse_codes("event=2")


# Which endpoint -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "time, event",
    [("rfs_time", "rfs_event"), ("DFS_MONTHS", "DFS_STATUS"), ("rfstime", "status"),
     ("t.rfs", "e.rfs"), ("Relapse Free Status (Months)", "Relapse Free Status"),
     ("DFI.time", "DFI")],
)  # fmt: skip
def test_a_name_that_may_count_deaths_is_asked_about(rows, time, event):
    path = rows({time: "3", event: "1"}, {time: "4", event: "0"}, drop=("time", "event"))
    assert "say --endpoint recurrence-or-death" in problem_of(path)
    composite = read_cohort(path, endpoint="recurrence-or-death")
    assert (composite.columns["time"], composite.columns["event"]) == (time, event)
    alone = read_cohort(path, endpoint="any")
    assert alone.endpoint == "any"
    assert (alone.columns["time"], alone.columns["event"]) == (time, event)
    assert any("a death is often an event" in note for note in alone.notes)


def test_data_that_show_deaths_among_the_events_are_asked_about(rows):
    deaths = [{"died": str(i % 2), "event": str(i % 2)} for i in range(24)]
    path = rows(*deaths)
    assert "each of the 12 women who died: does it count deaths?" in problem_of(path)
    assert any(
        "Warning: event is an event for each" in n for n in read_cohort(path, endpoint="any").notes
    )
    first = (
        [{"recurred_first": "1"}] * 5
        + [{"recurred_first": "0"}]
        + [{"event": "0", "recurred_first": "0"}]
    )
    assert "counts 1 event of women without a recurrence" in problem_of(rows(*first))
    both = [*deaths, {"died": "1", "event": "0"}]
    assert read_cohort(rows(*both)).women == 25


def test_death_is_not_read_from_the_columns_of_recurrence(rows):
    path = rows({"dtime": "9", "death": "0"}, {"dtime": "8", "death": "1"})
    cohort = read_cohort(path, endpoint="death")
    assert (cohort.columns["time"], cohort.columns["event"]) == ("dtime", "death")
    assert read_cohort(path).columns["time"] == "time"


# Names ----------------------------------------------------------------------------------------------

SERIES = {
    "SEER": ("Age recode with single ages and 85+", "Tumor Size Summary (2016+)",
             "Regional nodes positive (1988+)", "ER Status Recode Breast Cancer (1990+)",
             "Survival months", "Vital status recode (study cutoff used)"),
    "SEER in class": ("Age", "Tumor Size", "Reginol Node Positive", "Estrogen Status",
                      "Survival Months", "Status"),
    "METABRIC": ("AGE_AT_DIAGNOSIS", "TUMOR_SIZE", "LYMPH_NODES_EXAMINED_POSITIVE", "ER_IHC",
                 "OS_MONTHS", "OS_STATUS"),
    "METABRIC in words": ("Age at Diagnosis", "Tumor Size", "Lymph nodes examined positive",
                          "ER Status", "Overall Survival (Months)", "Overall Survival Status"),
    "TCGA": ("age_at_initial_pathologic_diagnosis", "ajcc_pathologic_t", "ajcc_pathologic_n",
             "breast_carcinoma_estrogen_receptor_status", "OS.time", "OS"),
    "NCDB": ("AGE", "TUMOR_SIZE", "REGIONAL_NODES_POSITIVE", "er", "DX_LASTCONTACT_DEATH_MONTHS",
             "PUF_VITAL_STATUS"),
    "GEO": ("age", "size", "node", "er", "t.dmfs", "e.dmfs"),
}  # fmt: skip


@pytest.mark.parametrize("series", SERIES)
def test_columns_of_public_series_are_found(tmp_path, series):
    names = SERIES[series]
    size, nodes = ("T2", "N1") if series == "TCGA" else ("18", "2")
    event = {"SEER": "Dead", "SEER in class": "Dead", "NCDB": "dead"}.get(series, "1")
    path = tmp_path / "series.tsv"
    path.write_text(
        "\t".join(names) + "\n" + "\t".join(("61", size, nodes, "Positive", "40", event))
    )
    endpoint = "distant" if series == "GEO" else "death"
    options = {"columns": {"nodes": "node"}} if series == "GEO" else {}
    cohort = read_cohort(path, endpoint=endpoint, **options)
    roles = ("age", "size", "nodes", "er", "time", "event")
    assert tuple(cohort.columns[role] for role in roles) == names
    assert cohort.event.tolist() == [True]


def test_a_stage_is_no_size_and_a_digit_of_an_n_category_no_number_of_nodes(rows):
    path = rows({"tumor_stage": "2"}, drop=("size",))
    assert "no column for size" in problem_of(path)
    digits = read_cohort(rows(*many("n_stage", (0, 1, 2, 3)), drop=("nodes",)))
    assert digits.node_group.tolist() == [0, 1, 2, 3]
    with pytest.raises(DataErrors, match="a number of nodes or of a group"):
        read_cohort(rows({"node_group": "2"}, drop=("nodes",)))


def test_names_with_commas_can_be_mapped(tmp_path):
    path = tmp_path / "cohort.tsv"
    path.write_text("age\tSize, mm\tnodes\ter\tWhen, in years\tevent\n50\t20\t1\t1\t3\t1\n")
    mapping = parse_mapping('time=When, in years,size="Size, mm"')
    assert mapping == {"time": "When, in years", "size": "Size, mm"}
    assert read_cohort(path, columns=mapping).columns["time"] == "When, in years"


def test_unused_columns_may_have_one_name(rows):
    path = rows({"note": "a"})
    text = path.read_text().replace("note", "note,note").replace(",a\n", ",a,b\n")
    path.write_text(text)
    assert read_cohort(path).women == 1


def test_header_and_codes_are_told_together(rows):
    path = rows(*[{"event": "seven"}] * 9, drop=("nodes",))
    with pytest.raises(DataErrors) as caught:
        read_cohort(path)
    told = "\n".join(caught.value.problems)
    assert "no column for nodes" in told
    assert "event cannot be read in 9 rows" in told


# Bands and categories -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "column, text, low, high",
    [
        ("age", "30-34", 30, 35), ("age", "85+", 85, 110), ("age", "<50", 18, 50),
        ("age", ">=70", 70, 110), ("age", "50-54 years", 50, 55), ("age", "[40;50)", 40, 50),
        ("size", "30-34", 30, 34), ("size", "(20;50]", 20, 50), ("size", ">5cm", 50, 300),
        ("size", "2-5 cm", 20, 50), ("size", "2.5 cm", 25, 25), ("size", "T1mi", 0, 20),
        ("size", "pT1c(m)", 0, 20), ("size", "T2NOS", 20, 50), ("nodes", "0-2", 0, 2),
        ("nodes", "<4", 0, 3), ("nodes", ">9", 10, 90), ("nodes", "N1a", 1, 3),
        ("nodes", "N1mi", 1, 3), ("nodes", "N0(i+)", 0, 0), ("nodes", "N0 (i-)", 0, 0),
        ("nodes", "pN2", 4, 9), ("nodes", "N3a", 10, 90), ("nodes", "97", 1, 90),
    ],
)  # fmt: skip
def test_bands_are_kept_as_bands(rows, column, text, low, high):
    cohort = read_cohort(rows({column: text}))
    held = {"age": cohort.age_range, "size": cohort.size_mm, "nodes": cohort.node_count}[column]
    assert (held.low.tolist(), held.high.tolist()) == ([low], [high])
    assert held.exact.tolist() == [low == high]


def test_a_band_that_a_spreadsheet_made_a_date_is_told(rows):
    assert "did a spreadsheet make a date" in read_bad(rows({"nodes": "3-Jan"}))


def read_bad(path) -> str:
    with pytest.raises(DataErrors) as caught:
        read_cohort(path)
    return caught.value.problems[0]


def test_only_zeros_and_ones_are_a_node_status(rows):
    cohort = read_cohort(rows(*many("nodes", [0, 1] * 20)))
    assert cohort.node_count.high[:2].tolist() == [0, 90]
    assert any("holds only 0 and 1" in note for note in cohort.notes)
    assert read_cohort(rows(*many("nodes", [0, 1] * 20 + [2]))).node_count.exact.all()


# Rows set apart -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change, kind",
    [
        ({"sex": "Male"}, NOT_COMPARED), ({"m_stage": "M1"}, NOT_COMPARED),
        ({"m_stage": "cM1a"}, NOT_COMPARED), ({"A Stage": "Distant"}, NOT_COMPARED),
        ({"stage": "Stage IV"}, NOT_COMPARED), ({"stage": "0"}, NOT_COMPARED),
        ({"size": "T4"}, NOT_COMPARED), ({"size": "Tis"}, NOT_COMPARED),
        ({"size": "ypT1"}, NOT_COMPARED), ({"nodes": "ypN0"}, NOT_COMPARED),
        ({"nodes": "NX"}, MISSING), ({"nodes": "98"}, MISSING), ({"size": "999"}, MISSING),
        ({"size": "TX"}, MISSING), ({"er": "Borderline"}, MISSING), ({"er": ""}, MISSING),
        ({"age": "nan"}, MISSING), ({"event": "[Not Available]"}, MISSING),
        ({"time": "0"}, NO_FOLLOW_UP), ({"time": "0", "event": "0"}, NO_FOLLOW_UP),
    ],
)  # fmt: skip
def test_rows_are_set_apart_with_their_reason_and_counted(rows, change, kind):
    plain = {"sex": "Female", "m_stage": "M0", "A Stage": "Regional", "stage": "IIA"}
    held = {name: value for name, value in plain.items() if name in change}
    cohort = read_cohort(rows(held, {**held, **change}, held))
    assert cohort.women == 2
    (row,) = cohort.rejected
    assert (row.line, row.kind) == (3, kind)
    assert next(iter(change)) in row.reason
    assert any("1 row was set apart" in note for note in cohort.notes)


def test_what_could_be_read_of_dropped_rows_is_kept(rows):
    path = rows({}, {"nodes": "NX", "age": "70"}, {"nodes": "perhaps", "size": "31", "event": "0"})
    cohort = read_cohort(path, allow_bad_rows=True)
    dropped = cohort.dropped
    assert dropped.kind.tolist() == [MISSING, UNREADABLE]
    assert dropped.age.low.tolist() == [70, 61]
    assert dropped.size_mm.high.tolist() == [18, 31]
    assert np.isnan(dropped.nodes.low).all()
    assert dropped.er.tolist() == [1, 1]
    assert dropped.event.tolist() == [1, 0]
    assert dropped.time.tolist() == [4.5, 4.5]


def test_a_man_whose_row_cannot_be_read_is_no_bad_row(rows):
    cohort = read_cohort(rows({"sex": "F"}, {"sex": "M", "age": "old"}))
    assert [row.kind for row in cohort.rejected] == [NOT_COMPARED]


def test_sex_in_numbers(rows):
    cohort = read_cohort(rows(*many("sex", [2] * 19 + [1])))
    assert cohort.women == 19
    assert "none of them in nearly all rows" in problem_of(rows(*many("sex", [1, 2] * 10)))


def test_zero_whole_months_are_half_a_month(rows):
    cohort = read_cohort(rows({"time_months": "0"}, {"time_months": "24"}, drop=("time",)))
    assert cohort.time.tolist() == [pytest.approx(0.5 / 12), 2.0]


# Columns as a whole ---------------------------------------------------------------------------------


def test_sizes_in_centimetres_are_asked_about(rows):
    path = rows(*many("size", ("0.9", "1.4", "2.2", "3.1", "5.1")))
    assert "--size-unit cm" in problem_of(path)
    assert read_cohort(path, size_unit="cm").size_mm.low.tolist() == [9, 14, 22, 31, 51]
    assert read_cohort(path, size_unit="mm").size_band.tolist() == [0] * 5
    mixed = rows(*many("size", ("2.2", "1.5", "3.1", "22", "15", "31", "18", "25")))
    assert "does it mix cm and mm" in problem_of(mixed)
    large = rows(*many("size_cm", ("22", "15", "28", "18", "25")), drop=("size",))
    assert "say --size-unit" in problem_of(large)
    with pytest.raises(InputError, match="allowed are mm, cm"):
        read_cohort(path, size_unit="inch")


@pytest.mark.parametrize("cut", [float("nan"), -1, 0, float("inf"), 1e9])
def test_a_cut_that_is_none_is_refused(rows, cut):
    with pytest.raises(InputError, match="er_cut"):
        read_cohort(rows({}), er_cut=cut)


def test_er_that_is_no_amount_is_asked_about(rows):
    codes = rows(*many("er", (1, 2, 1, 1, 2, 3)))
    assert "holds no amount of 10 or more (1, 2, 3)" in problem_of(codes)
    read = read_cohort(codes, codes=parse_codes("er:1=positive,er:2=negative,er:3=unknown"))
    assert read.er.tolist() == [True, False, True, True, False]
    percent = rows(*many("er", [0, 5, 80, 90, 95, 100] * 6))
    assert "per cent of cells?" in problem_of(percent)
    assert read_cohort(percent, er_cut=1).er[:3].tolist() == [False, True, True]
    named = read_cohort(rows(*many("er_percent", (0, 5, 80)), drop=("er",)))
    assert named.er.tolist() == [False, True, True]
    nine = read_cohort(rows(*many("er", (0, 1, 9))))
    assert [(row.line, row.kind) for row in nine.rejected] == [(4, MISSING)]


def test_her2_that_is_missing_is_unknown_and_not_negative(rows):
    held = ("NA", "1", "0", "Equivocal", "2+", "3+")
    cohort = read_cohort(rows(*many("her2", held)))
    assert cohort.women == 6
    assert cohort.her2_known.tolist() == [False, True, True, False, False, True]
    assert cohort.her2 is not None
    assert cohort.her2[cohort.her2_known].tolist() == [True, False, True]
    scores = read_cohort(rows(*many("her2", (0, 1, 2, 3))))
    assert scores.her2_known.tolist() == [True, True, False, True]
    assert "which is positive?" in problem_of(rows(*many("her2", (1, 2))))


def test_treatment_in_words_and_codes(rows):
    held = [{"chemotherapy": "YES", "hormone_therapy": "no"}, {"chemotherapy": "No/Unknown"},
            {"chemotherapy": "no", "hormone_therapy": "yes"}]  # fmt: skip
    cohort = read_cohort(rows(*held))
    assert cohort.chemo is not None
    assert cohort.chemo.tolist() == [True, False, False]
    assert cohort.chemo_known.tolist() == [True, False, True]
    assert cohort.endocrine_known.tolist() == [True, False, True]
    assert cohort.treatment_known.tolist() == [True, False, True]
    assert not read_cohort(rows({})).treatment_known.any()
    coded = read_cohort(rows(*many("RX_SUMM_CHEMO", ("00", "03", "87", "88"))))
    assert coded.chemo is not None
    assert coded.chemo.tolist() == [False, True, False, False]
    assert coded.chemo_known.tolist() == [True, True, True, False]


def test_time_units_that_two_readings_fit_are_asked_about(rows):
    assert "years or months? Say --time-unit" in problem_of(
        rows(*many("time", (36, 24, 30, 12, 6)))
    )
    assert "months or days? Say --time-unit" in problem_of(
        rows(*many("time", (400, 24, 30, 12, 6)))
    )
    assert read_cohort(rows(*many("time", (15.3, 2.4, 3, 1, 6)))).time_unit == "years"


def test_ages_in_days_and_years_of_birth_are_told(rows):
    assert "in days?" in read_bad(rows({"age": "21000"}))
    assert "a year of birth?" in read_bad(rows({"age": "1950"}))


# Constants, dates, the text itself ------------------------------------------------------------------


def test_what_is_the_same_for_all_women_is_stated(rows):
    path = rows({}, {}, drop=("nodes",))
    cohort = read_cohort(path, constants={"nodes": 0, "chemo": "no"})
    assert cohort.node_count.high.tolist() == [0, 0]
    assert cohort.chemo_known.all()
    assert cohort.constants == {"nodes": "0", "chemo": "no"}
    with pytest.raises(InputError, match=r"set node: allowed are .*did you mean 'nodes'"):
        read_cohort(path, constants={"node": 0})
    assert "set nodes is -1" in problem_of(path, constants={"nodes": -1})


def test_times_from_dates(rows):
    end = "date_of_event_or_last_contact"
    held = [{"date_of_diagnosis": "2001-01-15", end: "2011-01-15"},
            {"date_of_diagnosis": "2002-03-01", end: "2002-03-31"}]  # fmt: skip
    cohort = read_cohort(rows(*held, drop=("time",)))
    assert cohort.time.tolist() == [pytest.approx(3652 / 365.25), pytest.approx(30 / 365.25)]
    assert cohort.year.tolist() == [2001, 2002]
    before = rows({**held[0], end: "2000-01-15"}, drop=("time",))
    assert "days before the diagnosis" in read_bad(before)
    british = rows({"date_of_diagnosis": "03/02/2001", end: "04/02/2002"}, drop=("time",))
    assert "--date-format" in read_bad(british)
    assert read_cohort(british, date_format="dmy").time[0] == pytest.approx(366 / 365.25)
    assert read_cohort(british, date_format="DMY").time[0] == pytest.approx(366 / 365.25)
    assert read_cohort(british, date_format="%m/%d/%Y").time[0] == pytest.approx(
        397 / 365.25, abs=0.01
    )
    with pytest.raises(InputError, match="date format 'dym'"):
        read_cohort(british, date_format="dym")


def test_times_from_separate_dates_and_days(rows):
    both = [{"date_of_diagnosis": "2001-01-01", "date_of_death": "2001-12-27"},
            {"date_of_diagnosis": "2001-01-01", "date_of_last_contact": "2003-01-01"}]  # fmt: skip
    cohort = read_cohort(rows(*both, drop=("time", "event")), endpoint="death")
    assert cohort.event.tolist() == [True, False]
    assert (cohort.time * 365.25).round(6).tolist() == [360, 730]
    days = [{"vital_status": "Dead", "days_to_death": "500", "days_to_last_follow_up": "--"},
            {"vital_status": "Alive", "days_to_death": "--", "days_to_last_follow_up": "900"}]  # fmt: skip
    gdc = read_cohort(rows(*days, drop=("time", "event")))
    assert gdc.endpoint == "death"
    assert (gdc.time * 365.25).tolist() == [500, 900]


def test_comments_separators_and_trailing_cells(tmp_path):
    def women(text: str) -> int:
        path = tmp_path / "cohort.txt"
        path.write_text(text)
        return read_cohort(path).women

    header, row = "age\tsize\tnodes\ter\ttime\tevent", "50\t20\t1\t1\t3\t1"
    assert women(f"{header}\tHistology, WHO code\n{row}\t8500/3\n{row}\t8500/3\n") == 2
    assert women(f"#Age\tSize, mm\n#NUMBER\n{header}\n{row}\n") == 1
    assert women(f"#{header}\n{row}\n{row}\n") == 2
    assert women(f"sep=;\n{header}\n{row}\n".replace("\t", ";")) == 1
    assert women(f"{header}\n{row}\n".replace("\t", "|")) == 1
    assert women(f"{header}\n{row}\t\t\n") == 1
    with pytest.raises(InputError, match="end in CR alone"):
        women(f"{header}\r{row}\r")


def test_control_characters_of_a_header_do_not_reach_the_messages(rows):
    path = rows({"event\x1b[31m": "1"}, {"event\x1b[31m": "x"}, drop=("event",))
    with pytest.raises(DataErrors) as caught:
        read_cohort(path, event="event\x1b[31m")
    assert "\x1b" not in str(caught.value)


# The explanation ------------------------------------------------------------------------------------


def test_check_explains_without_simulating(rows):
    found = check_cohort(rows({"sex": "Female"}, {"sex": "Male"}, {"sex": "Female", "event": "0"}))
    assert (found.rows, found.women, found.problems) == (3, 2, ())
    assert found.apart == {NOT_COMPARED: {"sex is Male: a man; only women are simulated": 1}}
    for said in (
        "event  event: '1' (2), '0' (1)",
        "rows used: 2 of 3",
        "no column of: her2, endocrine",
    ):
        assert said in found.text
    assert found.cohort is not None


def test_check_explains_what_is_wrong(rows):
    found = check_cohort(rows({"event": "seven"}, {}, drop=("nodes",)))
    assert len(found.problems) == 3
    assert found.cohort is None
    assert "event: 'seven' (1), '1' (1)" in found.text


def test_check_shows_bands_as_the_file_has_them(rows):
    bands = ["0", "0", "0", "N1a", "N1a", "1-3", "4-9", "10+", "N2", "N3", "NX"]
    found = check_cohort(rows(*many("nodes", bands)))
    assert found.cells["nodes"].startswith("'0' (3), 'N1a' (2), '1-3' (1), ")
    assert found.cells["nodes"].endswith(" and 3 more values")
    counts = check_cohort(rows(*many("nodes", range(9))))
    assert counts.cells["nodes"] == "0 to 8"


@pytest.mark.parametrize("column", ["end_date", "event_date", "last_contact_date"])
def test_dates_without_that_of_diagnosis_are_no_times(rows, column):
    found = check_cohort(rows({column: "2020-01-05"}, {column: "2021-03-04"}, drop=("time",)))
    assert len(found.problems) == 1
    assert "no column for time" in found.problems[0]


def test_check_on_the_command_line(rows, capsys):
    from seedsoil.cli import main

    path = rows({"When, exactly": "3"}, {"When, exactly": "4"}, drop=("time", "nodes"), sep="\t")
    options = ("--map", "time=When, exactly", "--set", "nodes=0", "--time-unit", "years", "--check")
    assert main(["match", str(path), *options]) == 0
    assert "The file can be read." in capsys.readouterr().out
    assert main(["match", str(path), *options[:2], "--check"]) == 2
    out, err = capsys.readouterr()
    assert "rows that could be used" in out
    assert "--set nodes=0" in err
