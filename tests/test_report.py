"""The report, its charts and the timeline: whole, offline, safe, and right in what they say."""

from __future__ import annotations

import dataclasses
import functools
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from pages import Outline, charts_of, words_of
from seedsoil.display.curves import HEIGHT, NARROW, Curve, curves_chart, place_labels
from seedsoil.display.export import as_svg, save_chart
from seedsoil.display.page import page_html
from seedsoil.display.shares import bars_chart, dots_chart, histogram_chart, soil_chart
from seedsoil.display.stacked import BLUE, stacked_chart
from seedsoil.display.theme import INK, PAPER, STYLES, style_of
from seedsoil.display.vega import vega_bundle
from seedsoil.errors import InputError
from seedsoil.patient.growth_chart import timeline_chart
from seedsoil.patient.page import timeline_events, timeline_text, write_timeline
from seedsoil.results.cure import cure, relative_survival_cure_fraction
from seedsoil.results.organs import organs
from seedsoil.results.survival import survival
from seedsoil.run.page import run_report_html, write_run_report
from seedsoil.storage import write_whole
from synthetic import SyntheticRun, synthetic_course, synthetic_run

FIT = [
    {"target": "organs.bone", "observed": 0.68, "simulated": 0.61, "z": -3.4, "reason": "a < b"},
    {"target": "organs.lung", "observed": 0.30, "simulated": 0.31, "z": 0.4, "reason": ""},
]


pytestmark = pytest.mark.usefixtures("own_cache")


@pytest.fixture(scope="module")
def run() -> SyntheticRun:
    return synthetic_run(1500, seed=3)


@pytest.fixture(scope="module")
def page(run: SyntheticRun) -> str:
    return run_report_html(run, fit_table=FIT)


# --- the report --------------------------------------------------------------------------------


def test_report_has_its_sections_in_order(page):
    outline = Outline(page)
    assert outline.open == []
    sections = [
        "Is there a cure for metastatic breast cancer?", "The cohort in numbers",
        "Sizes at diagnosis", "Distant recurrence", "When and where", "By which route",
        "Soil against flow", "Symptoms at presentation", "Survival",
        "What was assumed, and how this was made", "Where the model misses its targets",
    ]  # fmt: skip
    assert [heading for heading in outline.headings if heading in sections] == sections
    assert len(outline.ids) == len(set(outline.ids))
    assert outline.counts["figure"] == outline.counts["figcaption"] == len(charts_of(page))
    assert outline.counts["details"] >= outline.counts["figure"]
    assert outline.counts["noscript"] == 1


def test_every_chart_has_its_place_and_its_sentence(page):
    charts = charts_of(page)
    for name, chart in charts.items():
        assert f'id="{name}-chart"' in page
        assert chart["description"].replace("\u00a0", " ") in words_of(page)
        assert re.search(r"\d", chart["description"])


def test_every_chart_compiles(page):
    """Vega-Lite takes every chart, and each draws marks."""
    for chart in charts_of(page).values():
        assert as_svg(chart).count("<path") > 5


def test_report_needs_nothing_from_the_network(page):
    own = page.replace(vega_bundle(), "")
    assert set(re.findall(r"https?://[^\"' <]+", own)) == {
        "https://vega.github.io/schema/vega-lite/v6.json"  # a name, which nothing fetches
    }


def test_report_says_what_it_is_and_how_it_was_made(run, page):
    words = words_of(page)
    assert "not advice for any person" in words
    assert "upper bound" in words
    for fact in ("seedsoil run --women 1500", run.manifest["parameters_hash"], "3 of 1,500"):
        assert fact in words
    assert "41 of the model's inputs are not verified" in words
    assert str(cure(run).answer).replace("\u00a0", " ") in words


def test_misses_are_listed_with_their_reason(page):
    words = words_of(page)
    assert "1 of 2 calibration targets" in words
    assert "organs.bone" in words
    assert "a < b" in words
    assert "a &lt; b" in page
    assert "organs.lung" not in words


HOSTILE = "</script><script>alert('\u2028 & \"1\"')</script><!--"
"""Would end the script that it stands in, or the attribute, or a line of old JavaScript."""


def test_a_hostile_name_does_not_become_markup(run):
    manifest = {**run.manifest, "command": HOSTILE, "strategy": HOSTILE}
    row = {**FIT[0], "target": HOSTILE, "reason": HOSTILE}
    page = run_report_html(dataclasses.replace(run, manifest=manifest), fit_table=[row])
    plain = page.replace(vega_bundle(), "")
    assert "alert" in plain
    assert "<script>alert" not in plain
    assert plain.count("<script>") == plain.count("</script>") == 2
    assert words_of(page).count(HOSTILE.replace("\u2028", r"\u2028")) >= 4
    assert Outline(page).open == []


def test_a_hostile_name_in_a_chart_does_not_end_its_script():
    chart = {"description": HOSTILE, HOSTILE: [HOSTILE]}
    page = page_html("display/templates/chart.html", chart=chart)
    assert charts_of(page) == {"chart": chart}
    written = page[page.index("const charts = ") :].partition("\n")[0]
    assert written.isascii()
    assert not set(written) & set("<>&'")
    assert r"\u003c/script\u003e" in written
    assert r"\u2028" in written
    assert page.count("<script>") == page.count("</script>") == 2


def test_a_hostile_name_in_every_part_of_a_page(tmp_path):
    """A woman's page shows names in headings, tables, lists and charts."""
    course = synthetic_course(30)
    patient = {**course.patient, "subtype": HOSTILE, "adjuvant": HOSTILE, "stage": HOSTILE}
    lesions = [{**lesion, "organ": HOSTILE, "route": HOSTILE} for lesion in course.lesions]
    hostile = dataclasses.replace(course, patient=patient, lesions=lesions)
    page = write_timeline(hostile, tmp_path / "woman.html").read_text("utf-8")
    assert page.count("<script>") == page.count("</script>") == 2
    assert "<script>alert" not in page
    assert Outline(page).open == []
    assert words_of(page).count("alert") > 30


def test_a_percent_sign_stays_with_its_number(page):
    for words in re.split(r"<(?:script|style)>.*?</(?:script|style)>|<[^>]+>", page, flags=re.S):
        assert " %" not in words


def test_report_is_the_same_each_time(run, page):
    assert run_report_html(run, fit_table=FIT) == page


def test_data_stay_small_however_many_the_women():
    page = run_report_html(synthetic_run(30_000, seed=1))
    assert len(page) - len(vega_bundle()) < 1_000_000


def test_cure_fraction_is_shown_where_a_life_table_is_given(run):
    ages = np.arange(0.0, 111.0)
    page = run_report_html(run, life_table=(ages, np.exp((ages - 89) / 8) / 8))
    assert "mixture-cure model" in words_of(page)
    assert "no living colony" in words_of(page)


def test_a_cure_fraction_at_the_boundary_has_no_error_but_a_limit(run, monkeypatch):
    def at_zero(*args, **kwargs):
        found = relative_survival_cure_fraction(*args, **kwargs)
        low = {"fraction": 6e-6, "standard_error": np.nan, "interval": (0.0, 0.009)}
        groups = tuple(dataclasses.replace(g, **low) for g in found.groups)
        return dataclasses.replace(
            found, groups=groups, overall=dataclasses.replace(found.overall, **low)
        )

    monkeypatch.setattr("seedsoil.run.page.relative_survival_cure_fraction", at_zero)
    ages = np.arange(0.0, 111.0)
    told = words_of(run_report_html(run, life_table=(ages, np.exp((ages - 89) / 8) / 8)))
    assert not re.search(r"\bnan\b", told)
    assert (
        told.replace("\u00a0", " ").count("0.0 % (below 0.90 %)") >= 6
    )  # sentence, all, four subtypes


@pytest.mark.parametrize("women", [1, 2, 3, 20])
def test_report_of_a_few_women(women):
    for seed in range(6):
        page = run_report_html(synthetic_run(women, seed))
        assert not re.search(r"\b(nan|inf|None)\b", words_of(page))
        for chart in charts_of(page).values():
            json.dumps(chart, allow_nan=False)


def test_report_of_women_without_metastases(run):
    keep = run.patients.filter(pa.compute.equal(run.patients["presentation"], "none"))
    empty = run.symptoms.slice(0, 0)
    page = run_report_html(dataclasses.replace(run, patients=keep, symptoms=empty))
    assert "No woman of this cohort had metastatic disease" in words_of(page)


def test_report_of_part_of_a_run_says_so(run):
    part = dataclasses.replace(run, manifest={**run.manifest, "part_of": 10_000_000})
    assert "10,000,000 women" in words_of(run_report_html(part))


# --- files -------------------------------------------------------------------------------------


def test_report_is_written_whole(run, tmp_path):
    path = write_run_report(run, tmp_path / "report.html")
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]
    assert path.read_text(encoding="utf-8").endswith("</html>\n")


def test_report_without_a_folder_is_refused(run, tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        write_run_report(run, tmp_path / "none" / "report.html")
    with pytest.raises(InputError, match="is a folder"):
        write_run_report(run, tmp_path)


def test_a_write_that_fails_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    path = tmp_path / "report.html"
    path.write_text("old")

    def full(*_: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        write_whole(path, "new")
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]


@pytest.fixture(scope="module")
def _bundled_once():
    """Two seconds for each bundle otherwise."""
    import vl_convert

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            vl_convert, "javascript_bundle", functools.cache(vl_convert.javascript_bundle)
        )
        yield


@pytest.mark.usefixtures("_bundled_once")
def test_bundle_is_kept_and_made_again_when_damaged(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    first = vega_bundle()
    (kept,) = (tmp_path / "seedsoil").iterdir()
    import vl_convert

    with monkeypatch.context() as patch:
        patch.setattr(vl_convert, "javascript_bundle", lambda: pytest.fail("made again"))
        assert vega_bundle() == first
    kept.write_text(first[: len(first) // 2])
    assert vega_bundle() == first
    assert kept.read_text(encoding="utf-8") == first
    assert "vegaEmbed" in first
    assert "</script" not in first


@pytest.mark.usefixtures("_bundled_once")
def test_bundle_without_a_place_to_keep_it(tmp_path, monkeypatch):
    """The cache directory's name is taken by a file, so that nothing can be kept."""
    (tmp_path / "seedsoil").write_text("in the way")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert "vegaEmbed" in vega_bundle()
    assert [p.name for p in tmp_path.iterdir()] == ["seedsoil"]


@pytest.mark.parametrize(
    "name, begins",
    [("c.svg", b"<svg"), ("c.png", b"\x89PNG"), ("c.html", b"<!DOCTYPE"), ("c.JSON", b"{")],
)
def test_charts_are_saved_by_the_ending_of_the_name(run, tmp_path, name, begins):
    path = save_chart(organs(run).soil_chart(), tmp_path / name)
    assert path.read_bytes().startswith(begins)
    assert [p.name for p in tmp_path.iterdir()] == [name]


def test_an_unknown_ending_is_refused(run, tmp_path):
    with pytest.raises(InputError, match=r"one of \.svg, \.png, \.html, \.json"):
        save_chart(survival(run).chart(), tmp_path / "c.gif")


# --- charts ------------------------------------------------------------------------------------


def curve(name: str, level: float) -> Curve:
    time = np.linspace(0, 20, 50)
    value = level * (1 - np.exp(-time / 5))
    return Curve(name, time, value, 0.95 * value, 1.05 * value)


def test_names_stand_apart_from_each_other_and_from_other_curves():
    curves = [curve("bone", 0.5), curve("lung", 0.35), curve("liver", 0.2), curve("brain", 0.08)]
    placed, room = place_labels(curves, 20.0, 0.6)
    assert room > 13
    for name, (t, v) in placed.items():
        for other in curves:
            height = np.interp(t, other.time, other.value)
            gap = abs(height - v) * HEIGHT / 0.6
            assert gap > (6 if other.group == name else 13)
        for second, (t2, v2) in placed.items():
            if second != name:
                assert abs(v - v2) * HEIGHT / 0.6 > 10 or abs(t - t2) * NARROW / 20 > 35


def test_curves_too_close_to_be_named_get_a_key():
    def drawn(levels: list[float]) -> dict[str, Any]:
        curves = [curve(f"group {i}", level) for i, level in enumerate(levels)]
        return curves_chart(curves, horizon=20.0, ticks=[0, 10, 20], x_title="", y_title="",
                            at_risk={}, description="", rising=True)  # fmt: skip

    def key(chart: dict[str, Any]) -> Any:
        return chart["layer"][0]["layer"][1]["encoding"]["strokeDash"]["legend"]

    assert key(drawn([0.5, 0.501, 0.502]))["orient"] == "bottom-right"
    assert key(drawn([0.5, 0.2])) is None


def test_groups_differ_without_colour():
    """Dash patterns and shapes are all different, and inks are dark enough to read (WCAG 4.5)."""
    assert len({style.dash for style in STYLES}) == len({style.shape for style in STYLES}) == 6
    for style in STYLES:
        channels = [int(style.ink[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
        assert 1.05 / (luminance + 0.05) >= 4.5


def test_groups_differ_beyond_the_last_style():
    names = [f"group {k}" for k in range(3 * len(STYLES))]
    styles = [style_of(name, names) for name in names]
    assert styles[: len(STYLES)] == list(STYLES)
    assert len({(style.colour, style.dash) for style in styles}) == len(names)


def test_survival_chart_shows_the_women_at_risk(run):
    found = survival(run, by="subtype")
    chart = json.dumps(found.chart())
    for row in found.at_risk().to_pylist():
        assert f'"n": "{row["at_risk"]:,}"' in chart
    assert "Women at risk" in chart


# --- one woman ---------------------------------------------------------------------------------


def test_timeline_tells_the_course_in_order():
    course = synthetic_course(12)
    times = [time for time, _ in timeline_events(course)]
    assert times == sorted(times)
    text = timeline_text(course)
    assert "not advice for any person" in text
    for line in (
        r"−8\.2 y  The first malignant cell",
        r" 0\.0 y  Diagnosis, through a symptom: 22 mm, 2 positive nodes, stage regional\.",
        r"\+3\.4 y  The colony in bone \(lesion 1\), founded at −2\.1 y, wakes after 5\.5 years\.",
        r"\+5\.2 y  Bone pain → metastatic disease found in bone and the liver \(recurrent; 3 ",
        r"\+8\.1 y  She dies of breast cancer\.",
    ):
        assert re.search(line, text), line
    assert text.count("Bone pain") == 1


def test_hundreds_of_lesions_are_summed_up():
    text = timeline_text(synthetic_course(600))
    assert len(text.splitlines()) < 70
    assert "588 smaller colonies" in text
    chart = timeline_chart(synthetic_course(600))
    assert len(json.dumps(chart)) < 400_000


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"presentation": "none", "found_by": None, "first_symptom": None, "metastatic_at": None,
          "visible_lesions": None, "cause_of_death": "other", "outcome": "never manifest"},
         "operational cure"),
        ({"presentation": "de novo", "metastatic_at": 0.0, "found_by": "staging",
          "first_symptom": None, "detected_by": "screening", "positive_nodes": 0,
          "visible_lesions": 1},
         "Staging → metastatic disease found in bone and the liver (de novo; 1 lesion seen)"),
        ({"found_by": "image", "first_symptom": None, "bone": False, "liver": False},
         "A chance image → metastatic disease found (recurrent"),
        ({"found_by": "death", "first_symptom": None, "metastatic_at": 8.1},
         "Only her death shows metastatic disease in bone and the liver"),
        ({"cause_of_death": "other", "outcome": "no spread", "locoregional_at": 2.0},
         "Locoregional recurrence is found."),
    ],
)  # fmt: skip
def test_timeline_of_other_courses(changes, words):
    course = synthetic_course(3)
    course = dataclasses.replace(course, patient={**course.patient, **changes})
    assert words in timeline_text(course)
    assert as_svg(timeline_chart(course)).startswith("<svg")


def test_a_woman_without_lesions_or_symptoms():
    course = dataclasses.replace(synthetic_course(0), symptoms=[])
    quiet = {"presentation": "none", "found_by": None, "first_symptom": None,
             "cause_of_death": "other", "outcome": "no spread"}  # fmt: skip
    course = dataclasses.replace(course, patient={**course.patient, **quiet})
    assert "it never spread" in timeline_text(course)
    assert as_svg(timeline_chart(course)).count("<path") > 3


def test_timeline_page_is_whole_and_offline(tmp_path):
    page = write_timeline(synthetic_course(30), tmp_path / "woman.html").read_text("utf-8")
    outline = Outline(page)
    assert outline.open == []
    assert outline.counts["time"] == len(timeline_events(synthetic_course(30)))
    assert "not advice for any person" in words_of(page)
    assert list(charts_of(page)) == ["course"]


# --- charts of shares ----------------------------------------------------------------------------


def _domains(part: Any) -> list[list[float]]:
    """The ends of every axis of shares in a chart."""
    if isinstance(part, list):
        return [ends for one in part for ends in _domains(one)]
    if not isinstance(part, dict):
        return []
    own = []
    if "%" in str((part.get("axis") or {}).get("format", "")):
        own = [part["scale"]["domain"]]
    return own + [ends for one in part.values() for ends in _domains(one)]


@pytest.mark.parametrize("share", [0.02, 0.5, 0.8, 0.97, 1.0])
def test_an_axis_of_shares_ends_at_all(share):
    charts = [
        bars_chart([("a", share, share, share)], x_title="Women", description=""),
        dots_chart([("a", "g", share, share, share)], order=["a"], x_title="Women", description=""),
        soil_chart((("bone", 0.1, 0.0, share),), order=["bone"], description=""),
        histogram_chart(
            [(0.0, 10.0, share), (10.0, np.inf, 1 - share)], marks=[(5.0, "median")] * 3,
            x_title="mm", y_title="Women", description="",
        ),
        stacked_chart([("a", "p", share)], {"p": BLUE}, x_title="Women", description="", whole=False),
    ]  # fmt: skip
    for chart in charts:
        domains = _domains(chart)
        assert domains
        assert all(share <= high <= 1.0 for _, high in domains)
    # The label, too, lies within: beside the bar, or in it where the axis ends.
    svg = as_svg(charts[0])
    assert f"{100 * share:.1f}" in svg


def test_a_number_lies_in_the_part_that_it_counts(run):
    chart = organs(run).routes_chart()
    for row in chart["data"]["values"]:
        size = row["to"] - row["from"]
        assert row["from"] < row["middle"] < row["to"]
        if row["label"]:
            assert float(row["label"].split("\u00a0")[0]) == pytest.approx(100 * size, abs=0.51)
    assert {row["part"] for row in chart["data"]["values"]} == {"blood", "lymph"}


def test_a_key_shows_the_marks_as_they_are_drawn(run):
    svg = as_svg(organs(run).soil_chart())
    symbols = re.findall(
        r'<path aria-label="[^"]*"[^>]*|<path transform[^>]*stroke-width="2"[^>]*', svg
    )
    hollow = [mark for mark in symbols if f'fill="{PAPER}"' in mark and f'stroke="{INK}"' in mark]
    assert len(hollow) >= 1 + 5  # one in the key, one an organ


def test_a_key_covers_no_curve():
    time = np.linspace(0.0, 10.0, 101)

    def placed(*values):
        curves = [Curve(f"group {k}", time, v, v, v) for k, v in enumerate(values)]
        chart = curves_chart(
            curves, horizon=10.0, ticks=[0, 5, 10], x_title="Years", y_title="Women", at_risk={},
            description="",
        )  # fmt: skip
        return chart["layer"][0]["layer"][1]["encoding"]["color"]["legend"]["orient"]

    falling = np.exp(-time / 3)
    assert placed(falling, falling + 0.001, falling + 0.002) == "top-right"
    assert placed(1 - falling / 3, 1 - falling / 3.01, 1 - falling / 3.02) == "bottom-right"
    assert placed(*(np.full(101, v) for v in (0.9, 0.901, 0.1, 0.101))) == "top"
