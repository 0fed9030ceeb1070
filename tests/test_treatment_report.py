"""Lines of therapy as results, in the report of a run and on a woman's page: by hand, and always."""

from __future__ import annotations

import dataclasses
import itertools
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest

import seedsoil as ss
from pages import charts_of, words_of
from seedsoil.catalog import load
from seedsoil.display.export import as_svg
from seedsoil.errors import InputError
from seedsoil.patient.charts import (
    KIND_SHADES,
    regimen_kind,
    spider_chart,
    spider_sentence,
    swimmer_chart,
    swimmer_sentence,
    treatment_figures,
)
from seedsoil.patient.page import timeline_text, write_timeline
from seedsoil.results import attrition as attrition_module
from seedsoil.results import treatment as treatment_module
from seedsoil.results.attrition import (
    COUNTS,
    TIMES,
    attrition,
    symptom_times,
    time_on_lines,
    years_with_symptoms,
)
from seedsoil.results.columns import women_found_in_life
from seedsoil.results.moments import Moments
from seedsoil.results.survival import survival
from seedsoil.results.treatment import BEST_FIRST, progression_free, progression_sites, responses
from seedsoil.run.page import run_report_html
from synthetic import synthetic_course, synthetic_run

if TYPE_CHECKING:
    from pathlib import Path

REGIMENS = ["palbociclib-letrozole", "fulvestrant", "capecitabine", "eribulin"]


@dataclass(frozen=True)
class TreatedRun:
    """A run with lines of therapy."""

    patients: pa.Table
    lesions: pa.Table
    symptoms: pa.Table
    lines: pa.Table
    manifest: dict[str, Any]


def words(values: list[str | None]) -> pa.Array:
    return pa.array(values, pa.string()).dictionary_encode()


def patients(*rows: tuple[int, str, str | None, float | None, float]) -> pa.Table:
    """(number, subtype, found_by, metastatic_at, died_at) of each."""
    number, subtype, found_by, found, died = zip(*rows, strict=True)
    return pa.table(
        {
            "patient": pa.array(number, pa.int64()),
            "subtype": words(list(subtype)),
            "found_by": words(list(found_by)),
            "metastatic_at": pa.array(found, pa.float64()),
            "died_at": pa.array(died, pa.float64()),
        }
    )


COLUMNS: dict[str, tuple[pa.DataType, Any]] = {
    "patient": (pa.int64(), None),
    "line": (pa.int32(), None),
    "regimen": (pa.string(), "capecitabine"),
    "started_at": (pa.float64(), None),
    "stopped_at": (pa.float64(), None),
    "stop_reason": (pa.string(), "progression"),
    "progressed_at": (pa.float64(), None),
    "progression_by": (pa.string(), None),
    "progression_organ": (pa.string(), None),
    "best_response": (pa.string(), "SD"),
    "responded_at": (pa.float64(), None),
    "measurable": (pa.bool_(), True),
    "baseline_mm": (pa.float64(), None),
    "best_change": (pa.float64(), None),
    "visceral": (pa.bool_(), False),
    "brain": (pa.bool_(), False),
    "bone_only": (pa.bool_(), False),
    "toxicity": (pa.bool_(), False),
    "trial": (pa.bool_(), False),
}


def lines(*rows: dict[str, Any]) -> pa.Table:
    made = {}
    for name, (kind, usual) in COLUMNS.items():
        column = pa.array([row.get(name, usual) for row in rows], kind)
        made[name] = column.dictionary_encode() if kind == pa.string() else column
    return pa.table(made)


def symptoms(*rows: tuple[int, str, str, float, float | None]) -> pa.Table:
    """(number, organ, symptom, onset_at, resolved_at) of each."""
    number, organ, symptom, onset, resolved = (
        zip(*rows, strict=True) if rows else ((), (), (), (), ())
    )
    return pa.table(
        {
            "patient": pa.array(number, pa.int64()),
            "organ": words(list(organ)),
            "symptom": words(list(symptom)),
            "onset_at": pa.array(onset, pa.float64()),
            "resolved_at": pa.array(resolved, pa.float64()),
        }
    )


@pytest.fixture(scope="module")
def by_hand() -> TreatedRun:
    """Woman 1 has three lines, woman 2 one until death, woman 3 one that progresses and no other; 4 was
    found to have metastases at death only, 5 never; 6 had none of the drugs."""
    women = patients(
        (1, "TNBC", "symptoms", 1.0, 5.0),
        (2, "TNBC", "staging", 0.0, 2.0),
        (3, "HR+/HER2-", "image", 2.0, 4.0),
        (4, "TNBC", "death", 3.0, 3.0),
        (5, "HR+/HER2-", None, None, 30.0),
        (6, "HR+/HER2-", "symptoms", 1.0, 1.5),
    )
    told = lines(
        # not in order of line, as a table need not be
        {"patient": 1, "line": 2, "started_at": 2.0, "stopped_at": 2.25, "stop_reason": "toxicity",
         "progressed_at": 2.5, "progression_by": "symptom", "progression_organ": "brain",
         "toxicity": True, "measurable": False},
        {"patient": 1, "line": 1, "started_at": 1.0, "stopped_at": 2.0, "progressed_at": 2.0,
         "progression_by": "target", "progression_organ": "liver", "best_response": "PR",
         "responded_at": 1.25, "baseline_mm": 40.0, "best_change": -0.5, "toxicity": True},
        {"patient": 1, "line": 3, "started_at": 2.5, "stopped_at": 4.0, "progressed_at": 4.0,
         "progression_by": "new lesion", "progression_organ": "bone"},
        {"patient": 2, "line": 1, "started_at": 0.0, "stopped_at": 2.0, "stop_reason": "death",
         "best_response": "CR", "responded_at": 0.5, "baseline_mm": 25.0, "best_change": -1.0},
        {"patient": 3, "line": 1, "started_at": 2.0, "stopped_at": 3.0, "progressed_at": 3.0,
         "progression_by": "target", "progression_organ": "lung", "best_response": None,
         "baseline_mm": 12.0},
    )  # fmt: skip
    felt = symptoms(
        (1, "bone", "pain", 0.5, 2.0),
        (1, "bone", "pain", 3.0, None),
        (2, "lung", "effusion", 1.5, 1.75),
        (4, "lung", "effusion", 3.0, None),
    )
    empty = pa.table({"patient": pa.array([], pa.int64())})
    return TreatedRun(women, empty, felt, told, {"strategy": "made up"})


def treated(women: int = 400, seed: int = 1) -> TreatedRun:
    """A synthetic run whose metastatic women are given lines by chance."""
    run = synthetic_run(women, seed)
    rng = np.random.default_rng(seed)
    rows: list[dict[str, Any]] = []
    for woman in run.patients.to_pylist():
        if woman["metastatic_at"] is None:
            continue
        at, line = woman["metastatic_at"], 1
        while at < woman["died_at"] and line <= 8 and rng.random() < 0.95:
            until = at + rng.exponential(0.6)
            died = until >= woman["died_at"]
            end = woman["died_at"] if died else until
            stopped = rng.random() < 0.15
            best = str(rng.choice(BEST_FIRST))
            measurable = rng.random() < 0.6
            rows.append(
                {
                    "patient": woman["patient"], "line": line, "regimen": REGIMENS[line % 4],
                    "started_at": at, "stopped_at": (at + end) / 2 if stopped else end,
                    "stop_reason": "toxicity" if stopped else "death" if died else "progression",
                    "progressed_at": None if died else end,
                    "progression_by": None if died else "new lesion",
                    "progression_organ": None if died else "bone",
                    "best_response": best, "responded_at": at if best in ("CR", "PR") else None,
                    "measurable": measurable, "baseline_mm": 30.0 if measurable else None,
                    "best_change": float(rng.uniform(-1, 2)) if measurable and best != "NE" else None,
                    "toxicity": bool(rng.random() < 0.3),
                }
            )  # fmt: skip
            at, line = end, line + 1
    manifest = {**run.manifest, "strategy": "made up"}
    return TreatedRun(run.patients, run.lesions, run.symptoms, lines(*rows), manifest)


@pytest.fixture(scope="module")
def run() -> TreatedRun:
    return treated(900, seed=5)


# --- the numbers ---------------------------------------------------------------------------------


def test_progression_free_by_hand(by_hand: TreatedRun) -> None:
    found = progression_free(by_hand)
    assert [(c.group, c.women) for c in found.curves] == [
        ("line 1", 3),
        ("line 2", 1),
        ("line 3", 1),
    ]
    first = found.curves[0]
    assert first.followed.tolist() == [
        12.0,
        12.0,
        24.0,
    ]  # months; death ends it as progression does
    assert first.median[0] == 12.0
    assert first.at(12.0)[0] == pytest.approx(1 / 3)
    assert found.curves[1].followed.tolist() == [6.0]  # the drugs stopped before
    assert "12.0 in line 1" in found.sentence  # of three women, who tell no interval
    assert found.table().column("median_months").to_pylist() == [12.0, 6.0, 18.0]


def test_progression_free_of_one_line_by_subtype(by_hand: TreatedRun) -> None:
    found = progression_free(by_hand, "subtype")
    assert [(c.group, c.women) for c in found.curves] == [("HR+/HER2-", 1), ("TNBC", 2)]
    assert progression_free(by_hand, None, line=2).curves[0].women == 1


def test_responses_by_hand(by_hand: TreatedRun) -> None:
    found = responses(by_hand)
    (everyone,) = found.groups
    assert everyone.counts == {"CR": 1, "PR": 1, "SD": 0, "PD": 0, "NE": 1}
    assert everyone.rate.value == pytest.approx(2 / 3)
    assert sorted(found.change.tolist()) == [-1.0, -0.5]  # who had no scan has no change
    by_line = responses(by_hand, "line")
    assert [(g.group, g.women) for g in by_line.groups] == [("line 1", 3), ("line 3", 1)]
    with pytest.raises(InputError, match="line=2"):
        responses(by_hand, line=2)  # nobody had measurable disease


def test_attrition_by_hand(by_hand: TreatedRun) -> None:
    found = attrition(by_hand, by=None)
    first, second, third = found.lines
    assert first.left == {"next line": 1, "no further line": 1, "death first": 1}
    assert second.left == {"next line": 1, "no further line": 0, "death first": 0}
    assert third.left == {"next line": 0, "no further line": 1, "death first": 0}
    assert first.stopped == {"progression": 2, "death": 1, "toxicity": 0, "planned": 0}
    assert second.stopped["toxicity"] == 1
    assert (first.toxic, second.toxic, third.toxic) == (1, 1, 0)
    ((group, counts),) = found.per_woman
    assert group == "all women"
    assert counts == dict.fromkeys(COUNTS, 0) | {"0": 1, "1": 2, "3": 1}


def test_sites_by_hand(by_hand: TreatedRun) -> None:
    found = progression_sites(by_hand)
    assert found.progressions == 4
    assert found.counts["liver", "target"] == found.counts["lung", "target"] == 1
    assert found.share("brain").value == 0.25
    assert found.share(kind="target").value == 0.5
    assert progression_sites(by_hand, 1).progressions == 2
    with pytest.raises(InputError, match="progressed"):
        progression_sites(by_hand, 7)


def test_time_on_lines_by_hand(by_hand: TreatedRun) -> None:
    patient, years = time_on_lines(by_hand)
    assert patient.tolist() == [1, 2, 3, 6]  # not the woman found at death
    assert years[0].tolist() == [1.0, 0.5, 1.5, 0, 0, 0, 1.0]
    assert years[1].tolist() == [2.0, 0, 0, 0, 0, 0, 0]
    assert years[3].tolist() == [0, 0, 0, 0, 0, 0, 0.5]


def test_symptoms_by_hand(by_hand: TreatedRun) -> None:
    years = years_with_symptoms(by_hand)
    pain, effusion = symptom_times(Moments.of(years), np.count_nonzero(years, axis=0))
    assert (pain.organ, pain.symptom, pain.ever.count, pain.ever.women) == ("bone", "pain", 1, 4)
    assert pain.years == pytest.approx((1.0 + 2.0) / 4)  # from 1 to 2, and from 3 to death at 5
    assert (effusion.symptom, effusion.ever.count) == ("effusion", 1)
    assert effusion.years == pytest.approx(0.25 / 4)


def test_survival_of_the_treated_leaves_out_those_found_at_death(by_hand: TreatedRun) -> None:
    assert women_found_in_life(by_hand.patients).tolist() == [True, True, True, False, False, True]
    found = survival(by_hand, since="found in life")
    assert found.curves[0].followed.tolist() == [0.5, 2.0, 2.0, 4.0]
    assert "since metastatic disease was found in life" in found.sentence
    with pytest.raises(InputError, match="found in life"):
        survival(
            dataclasses.replace(by_hand, patients=by_hand.patients.slice(3, 2)),
            since="found in life",
        )


def test_a_run_without_lines_says_so() -> None:
    for ask in (progression_free, responses, attrition, progression_sites):
        with pytest.raises(InputError, match="with a strategy"):
            ask(synthetic_run(50))


@pytest.mark.parametrize("ask", [progression_free, responses])
def test_an_unknown_division_is_refused(ask: Any, run: TreatedRun) -> None:
    with pytest.raises(InputError, match="did you mean 'subtype'"):
        ask(run, "subtpye")
    with pytest.raises(InputError, match="line=40"):
        ask(run, None, line=40)


def test_lines_add_up(run: TreatedRun) -> None:
    """Who goes on is who starts the next line; parts add up to their whole; years to the years lived."""
    found = attrition(run)
    for one, following in itertools.pairwise(found.lines):
        assert one.left["next line"] == following.women
    for one in found.lines:
        assert sum(one.left.values()) == sum(one.stopped.values()) == one.women
    women = int(women_found_in_life(run.patients).sum())
    assert sum(sum(counts.values()) for _, counts in found.per_woman) == women
    assert [c.women for c in progression_free(run).curves] == [c.women for c in found.lines[:4]]
    sites = progression_sites(run)
    assert sum(found.share(o).count for found, o in ((sites, o) for o in sites.organs)) == (
        sites.progressions
    )
    patient, years = time_on_lines(run)
    rows = {row["patient"]: row for row in run.patients.to_pylist()}
    lived = [rows[p]["died_at"] - rows[p]["metastatic_at"] for p in patient.tolist()]
    assert years.shape == (women, len(TIMES))
    np.testing.assert_allclose(years.sum(axis=1), lived, atol=1e-12)


def test_order_of_rows_does_not_matter(run: TreatedRun) -> None:
    order = np.random.default_rng(1).permutation(run.lines.num_rows)
    other = dataclasses.replace(run, lines=run.lines.take(order))
    for ask in (progression_free, attrition, progression_sites):
        assert ask(run).table().equals(ask(other).table())
    np.testing.assert_array_equal(time_on_lines(run).years, time_on_lines(other).years)


# --- charts --------------------------------------------------------------------------------------


def results(run: TreatedRun) -> list[Any]:
    return [
        progression_free(run), progression_free(run, "subtype"), responses(run),
        responses(run, "line"), attrition(run), progression_sites(run),
        survival(run, by="burden", since="found in life"),
    ]  # fmt: skip


def test_every_result_shows_itself(run: TreatedRun) -> None:
    for found in results(run):
        assert re.search(r"\d", found.sentence)
        assert found.table().num_rows > 0
        assert len(repr(found).splitlines()) > 1
        chart = found.chart()
        assert chart["description"] == found.sentence
        json.dumps(chart, allow_nan=False)
        assert as_svg(chart).count("<path") > 5
    lines_of_all = attrition(run)
    for chart in (lines_of_all.stops_chart(), lines_of_all.numbers_chart()):
        assert as_svg(chart).count("<path") > 5
    assert lines_of_all.stops().num_rows == 4 * len(lines_of_all.lines)
    assert lines_of_all.numbers_of_lines().num_rows == 7 * len(lines_of_all.per_woman)


def test_stacked_bars_end_at_the_whole(run: TreatedRun) -> None:
    found = attrition(run)
    for chart in (found.chart(), found.stops_chart(), found.numbers_chart()):
        ends: dict[str, float] = {}
        for part in chart["data"]["values"]:
            assert part["from"] == pytest.approx(ends.get(part["name"], 0.0), abs=1e-4)
            ends[part["name"]] = part["to"]
        assert all(end == pytest.approx(1.0, abs=1e-4) for end in ends.values())


@pytest.mark.parametrize(
    "wanted",
    [
        attrition_module.LEFT_SHADES,
        attrition_module.STOP_SHADES,
        treatment_module.KIND_SHADES,
        attrition_module.COUNT_SHADES,
    ],
)
def test_shades_differ_in_greyscale(wanted: dict[str, str]) -> None:
    """Parts that can touch differ in relative luminance (WCAG), which is what greyscale print keeps."""
    shades = list(wanted.values())

    def luminance(shade: str) -> float:
        parts = [int(shade[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        r, g, b = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    light = [luminance(shade) for shade in shades]
    for one, other in itertools.pairwise(light):
        ratio = (max(one, other) + 0.05) / (min(one, other) + 0.05)
        assert ratio > 1.2


# --- the report ----------------------------------------------------------------------------------


def test_report_of_a_treated_run(run: TreatedRun) -> None:
    page = run_report_html(run)
    sections = [
        "At death, by presentation", "At death, by the lesions seen", "Treatment of metastatic disease",
        "Survival since metastatic disease was found", "Progression-free survival, by line",
        "Response to the first line", "From line to line", "Why drugs were stopped", "Lines a woman",
        "How and where disease progresses",
    ]  # fmt: skip
    places = [page.index(section, page.index("</nav>")) for section in sections]
    assert places == sorted(places)
    told = words_of(page)
    assert "treated by the strategy made up" in told
    assert "left untreated" not in told
    for chart in charts_of(page).values():
        assert chart["description"].replace("\u00a0", " ") in told
        assert as_svg(chart).count("<path") > 5


def test_report_of_an_untreated_run_has_no_lines() -> None:
    page = words_of(run_report_html(synthetic_run(300)))
    assert "left untreated" in page
    assert "Progression-free" not in page
    assert "Since metastatic disease was found in life, by subtype" in page


@pytest.mark.parametrize("women", [1, 2, 3, 20])
def test_report_of_a_few_treated_women(women: int) -> None:
    for seed in range(4):
        page = run_report_html(treated(women, seed))
        assert not re.search(r"\b(nan|inf|None)\b", words_of(page))
        for chart in charts_of(page).values():
            json.dumps(chart, allow_nan=False)


def test_report_of_a_strategy_that_gave_nothing(run: TreatedRun) -> None:
    page = words_of(run_report_html(dataclasses.replace(run, lines=run.lines.slice(0, 0))))
    assert "No woman of this cohort was given a line" in page


# --- a woman's page ------------------------------------------------------------------------------


@dataclass(frozen=True)
class TreatedCourse:
    patient: dict[str, Any]
    lesions: list[dict[str, Any]]
    symptoms: list[dict[str, Any]]
    growth: list[dict[str, Any]]
    lines: list[dict[str, Any]]
    scans: list[dict[str, Any]]
    regimen_classes: dict[str, list[str]] = field(default_factory=dict)
    changed: dict[str, dict[str, float | str]] = field(default_factory=dict)
    strategy: str = "untreated"


@pytest.fixture(scope="module")
def course() -> TreatedCourse:
    base = synthetic_course(8)
    told = lines(
        {"patient": 4711, "line": 1, "regimen": "palbociclib-letrozole", "started_at": 5.2,
         "stopped_at": 6.0, "stop_reason": "toxicity", "progressed_at": 6.6, "best_response": "PR",
         "responded_at": 5.7, "progression_by": "symptom", "progression_organ": "bone",
         "baseline_mm": 40.0, "best_change": -0.4},
        {"patient": 4711, "line": 2, "regimen": "of her own file", "started_at": 6.6,
         "stopped_at": 8.1, "stop_reason": "death", "best_response": "NE", "measurable": False},
    ).to_pylist()  # fmt: skip
    scans = [
        {"patient": 4711, "line": 1, "scanned_at": 5.45, "sum_mm": 30.0, "response": "SD"},
        {"patient": 4711, "line": 1, "scanned_at": 5.7, "sum_mm": 24.0, "response": "PR"},
        {"patient": 4711, "line": 2, "scanned_at": 7.0, "sum_mm": None, "response": "SD"},
    ]
    felt = [
        {**row, "resolved_at": 6.0 if row["symptom"] == "pain" else None} for row in base.symptoms
    ]
    return TreatedCourse(base.patient, base.lesions, felt, base.growth, told, scans)


def values_with(chart: dict[str, Any], field: str) -> list[dict[str, Any]]:
    """Data rows of a chart's layers that have `field`."""
    rows = []
    for layer in chart["layer"]:
        rows += [row for row in layer.get("data", {}).get("values", []) if field in row]
    return rows


def test_swimmer(course: TreatedCourse) -> None:
    chart = swimmer_chart(course, {"palbociclib-letrozole": "endocrine + targeted"})
    bars = [(r["name"], r["t"], r["e"], r["kind"]) for r in values_with(chart, "kind")]
    assert bars == [
        ("line 1", 5.2, 6.0, "endocrine + targeted"), ("line 2", 6.6, 8.1, "other"),
    ]  # fmt: skip
    marks = {(r["mark"], r["t"]) for r in values_with(chart, "mark")}
    assert marks == {("response", 5.7), ("progression", 6.6)}
    spans = {r["name"]: r["e"] for r in values_with(chart, "e") if "kind" not in r}
    assert spans == {
        "line 1": 6.6,
        "pain (bone)": 6.0,
        "fracture (bone)": 8.1,
        "jaundice (liver)": 8.1,
    }
    assert "2 lines of therapy in the 2.9 years" in swimmer_sentence(course)
    assert as_svg(chart).count("<path") > 5


def test_spider(course: TreatedCourse) -> None:
    chart = spider_chart(course)
    points = [(r["t"], r["mm"]) for r in values_with(chart, "mm") if "kind" not in r]
    assert points == [(5.2, 40.0), (5.45, 30.0), (5.7, 24.0)]
    assert [r["kind"] for r in values_with(chart, "kind")] == ["SD", "CR or PR"]
    assert "line 1 from 40 mm (at best −40 %)" in spider_sentence(course)
    assert as_svg(chart).count("<path") > 3


def test_figures_of_a_course(course: TreatedCourse) -> None:
    assert [name for name, _, _ in treatment_figures(course)] == ["therapy", "scans"]
    unmeasured = [{**line, "baseline_mm": None} for line in course.lines]
    assert len(treatment_figures(dataclasses.replace(course, lines=unmeasured))) == 1
    quiet = dataclasses.replace(course, symptoms=[], scans=[], lines=course.lines[1:])
    for _, _, figure in treatment_figures(quiet):
        json.dumps(figure.chart, allow_nan=False)
        as_svg(figure.chart)


def test_timeline_tells_the_lines(course: TreatedCourse) -> None:
    told = timeline_text(course)
    lines_told = [
        "+5.2 y  Line 1 of therapy begins: palbociclib-letrozole.",
        "+5.7 y  A scan shows response on line 1 (at best partial, confirmed).",
        "+6.0 y  The drugs of line 1 are stopped for toxicity.",
        "+6.6 y  The disease progresses on line 1: a symptom in bone.",
        "+6.6 y  Line 2 of therapy begins: of her own file.",
    ]
    places = [told.index(line) for line in lines_told]
    assert places == sorted(places)
    assert told.index("metastatic disease found") < places[0]


def test_page_of_a_treated_woman(course: TreatedCourse, tmp_path: Path) -> None:
    page = write_timeline(course, tmp_path / "woman.html").read_text("utf-8")
    assert list(charts_of(page)) == ["course", "therapy", "scans"]
    for chart in charts_of(page).values():
        assert as_svg(chart).count("<path") > 3


def test_every_packaged_regimen_has_a_kind() -> None:
    catalog = load()
    kinds = {
        name: regimen_kind({catalog.drugs[part.drug].drug_class for part in regimen.drugs})
        for name, regimen in catalog.regimens.items()
    }
    assert set(kinds.values()) <= set(KIND_SHADES) - {"other"}
    assert kinds["letrozole"] == "endocrine"
    assert kinds["palbociclib-letrozole"] == "endocrine + targeted"
    assert kinds["pertuzumab-trastuzumab-docetaxel"] == "chemotherapy + targeted"
    assert kinds["pembrolizumab-paclitaxel"] == "with immunotherapy"
    assert regimen_kind([]) == "other"


def test_regimens_of_an_own_file_are_drawn_by_the_classes_of_their_drugs(tmp_path: Path) -> None:
    """Own regimens of packaged drugs, and of an own drug, have the shade of their kind."""
    path = tmp_path / "own.toml"
    path.write_text(OWN, encoding="utf-8")
    number = 0
    while not (told := ss.patient(number, strategy=path)).lines:
        number += 1
    assert told.lines[0]["regimen"] == "wonder-letrozole"
    assert told.regimen_classes["wonder-letrozole"] == ["hormonal", "targeted"]
    _, _, figure = treatment_figures(told)[0]
    kinds = {row["kind"] for row in values_with(figure.chart, "kind")}
    assert "endocrine + targeted" in kinds
    assert "other" not in kinds


OWN = """
[drug.wonder]
class = "targeted"
kill = { vegf = 30.0 }

[regimen.wonder-letrozole]
drugs = [{ drug = "wonder" }, { drug = "letrozole" }]

[[line]]
regimen = "wonder-letrozole"
"""
