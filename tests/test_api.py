"""The public face in one style: every result, every method of a run, and every wrong argument."""

from __future__ import annotations

import ast
import csv
import json
import logging
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest

import seedsoil as ss
from seedsoil.calibration.drugs import DrugFit
from seedsoil.calibration.fitting import Fit
from seedsoil.cli.app import BAD_INPUT, main
from seedsoil.display.shown import Shown
from seedsoil.patient.beside import Beside
from seedsoil.patient.patient import Course
from seedsoil.planned.cohort_work import CohortWork
from seedsoil.planned.merging import merge
from seedsoil.planned.plan import planned
from seedsoil.planned.results import result_of
from seedsoil.results.attrition import attrition
from seedsoil.results.columns import groups, women_found_in_life
from seedsoil.results.combination import combination_failure
from seedsoil.results.cure import relative_survival_cure_fraction
from seedsoil.results.cure_strategies import cure_by_strategy
from seedsoil.results.quality import QualityAdjustedSurvival, qalys, quality_adjusted_years
from seedsoil.results.treatment import progression_free, progression_sites, responses
from seedsoil.simulation.backend import Threads
from seedsoil.trials.trial import TrialResult
from seedsoil.work.doing import complete
from seedsoil.work.place import Place
from seedsoil.work.shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import Callable

    from seedsoil.matching.match import Match
    from seedsoil.run.run import Run
    from seedsoil.strategies.compare import StrategyComparison
    from seedsoil.trials.validation import Validation

SOURCE = Path(__file__).parents[1] / "src" / "seedsoil"
WOMEN = 2_000
HEAVY_PAGES = {"Evaluation", "Decision", "Match", "TrialResult", "StrategyComparison", "Course"}
"""Results whose page is their own; the others write the page that all share."""


pytestmark = pytest.mark.usefixtures("own_cache")


@pytest.fixture(scope="module")
def run() -> Run:
    return ss.simulate(WOMEN, seed=1)


@pytest.fixture(scope="module")
def untreated() -> Run:
    return ss.simulate(WOMEN, seed=1, strategy="untreated")


@pytest.fixture(scope="module")
def compared() -> StrategyComparison:
    return ss.compare(["none", "2022"], women=1_000, seed=1, by="presentation")


@pytest.fixture(scope="module")
def validated() -> Validation:
    return ss.validate(["PALOMA-2", "OlympiAD"], women=16_000, replicates=40, seed=1)


@pytest.fixture(scope="module")
def matched(tmp_path_factory: pytest.TempPathFactory) -> Match:
    """A made-up registry of simulated women."""
    women = ss.simulate(1_500, seed=9, adjuvant="none", strategy="untreated").patients.to_pandas()
    women = women[(women.presentation != "de novo") & (women.age >= 18)]
    event = np.fmin(women.locoregional_at, women.metastatic_at).fillna(np.inf)
    end = np.minimum(women.died_at, 10.0)
    path = tmp_path_factory.mktemp("registry") / "registry.csv"
    women.assign(
        er=women.subtype.str.startswith("HR+").astype(int),
        years=np.minimum(event, end),
        event=(event <= end).astype(int),
    )[["patient", "age", "diameter_mm", "positive_nodes", "er", "years", "event"]].to_csv(
        path, index=False
    )
    return ss.match(path, women=4_000, seed=2, time="years", time_unit="years")


@pytest.fixture(scope="module")
def results(
    run: Run,
    untreated: Run,
    compared: StrategyComparison,
    validated: Validation,
    matched: Match,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Shown]:
    """One of every kind of result that the package gives."""
    found: list[Shown] = [
        run.survival(by="subtype"),
        run.recurrence(by="stage"),
        run.organs(),
        run.presentation(),
        run.cure(),
        run.progression_free(),
        run.responses(by="line"),
        run.progression_sites(),
        run.attrition(),
        run.qalys(by="subtype"),
        combination_failure(untreated),
        relative_survival_cure_fraction(run),
        cure_by_strategy({"2022": run, "again": run}),
        compared,
        validated,
        matched,
        ss.trial("PALOMA-2", women=16_000, replicates=40, seed=1),
        ss.design("PALOMA-2", women=16_000, replicates=100, seed=1),
        ss.patient(0, seed=1),
        ss.fit(women=1_000, iterations=0, seed=1),
        drug_fit(),
        Beside(*(ss.patient(0, seed=1, strategy=name) for name in ("2022", "pre-2013"))),
        *decided(),
        *evaluated(),
        *counted(tmp_path_factory.mktemp("units")),
    ]
    return {type(one).__name__: one for one in found}


def counted(directory: Path) -> list[Shown]:
    """A cohort, and two strategies on the same women, counted in units."""
    found: list[Shown] = []
    for names in (["2022"], ["2022", "pre-2013"]):
        shelf = Shelf(Place(str(directory / str(len(names)))))
        plan = planned(names, 600, size=300)
        complete(CohortWork.of(plan), plan.units(), shelf, Threads(1))
        found.append(result_of(merge(plan, shelf)).shown())
    return found


def drug_fit() -> DrugFit:
    """The fit of two trials, of which nothing is moved."""
    import dataclasses

    catalog = dataclasses.replace(ss.load_catalog())
    kept = ("PALOMA-2", "OlympiAD")
    vars(catalog)["trials"] = {name: ss.load_catalog().trials[name] for name in kept}
    return ss.fit_drugs(enough=60, iterations=0, catalog=catalog)


def decided() -> list[Shown]:
    """A decision between two strategies, and what can be asked of it."""
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(2, 400))
    costs = {"care": rng.gamma(9, 900, 400), "drug": rng.gamma(9, 1_900, 400)}
    effects = {"care": 5.0 + 0.1 * y, "drug": 5.5 + 0.3 * x}
    result = ss.decision(costs, effects, parameters={"x": x, "y": y}, currency="GBP")

    def study(parameters: Any, n: int, rng: np.random.Generator) -> Any:
        return rng.normal(parameters["x"], 3.0 / np.sqrt(n))

    return [
        result, result.evppi(), result.evsi(study, [10, 100]), result.tornado(),
        result.two_way("x", "y"),
    ]  # fmt: skip


def evaluated() -> list[Shown]:
    """An economic evaluation, and its budget."""
    found = ss.evaluate(["pre-2013", "2022"], women=600, seed=1)
    return [found, found.budget_impact(women_a_year=1_000, uptake=[0.5, 1.0])]


KINDS = (
    "Attrition", "Beside", "BudgetImpact", "CohortSummary", "CombinationFailure", "Course",
    "Cure", "CureByStrategy", "CureFraction", "Decision", "Design", "DrugFit", "Evaluation",
    "Fit", "Incidence", "Match", "OneWay", "Organs", "PairedComparison", "PartialInformation", "Presentation",
    "ProgressionFree", "ProgressionSites",
    "QualityAdjustedSurvival", "Responses", "SampleInformation", "StrategyComparison", "Survival",
    "TrialResult", "TwoWay", "Validation",
)  # fmt: skip


# --- one style --------------------------------------------------------------------------------------


def test_every_kind_of_result_is_looked_at(results: dict[str, Shown]) -> None:
    """A new result must be named here, and no face may be left without its methods."""
    known = {kind.__name__ for kind in concrete(Shown)}
    assert set(results) == set(KINDS) == {name for name in known if not name.startswith("_")}


def concrete(kind: type[Shown]) -> set[type[Shown]]:
    """The subclasses of the package of which there are objects; other tests make some of their own."""
    known = kind.__module__.startswith("seedsoil.")
    own = {kind} if known and not getattr(kind, "__abstractmethods__", None) else set()
    return own.union(*(concrete(below) for below in kind.__subclasses__()))


@pytest.mark.parametrize("kind", KINDS)
def test_a_result_converts_draws_and_speaks(kind: str, results: dict[str, Shown]) -> None:
    result = results[kind]
    table = result.table()
    assert isinstance(table, pa.Table)
    assert table.num_rows == len(result.to_pandas()) == result.to_polars().height > 0
    assert list(result.to_pandas().columns) == table.column_names == result.to_polars().columns
    chart = result.chart()
    assert chart["$schema"].endswith("/v6.json")
    assert result.sentence.endswith(".")
    assert "nan" not in result.sentence
    assert not re.search(r"(?<![a-z])nan(?![a-z])", repr(result))
    header, rows = result.text_rows()
    assert rows
    assert {len(row) for row in rows} == {len(header)}
    assert "image/svg" in result._repr_mimebundle_()["text/html"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_result_writes_its_page(kind: str, results: dict[str, Shown], tmp_path: Path) -> None:
    result = results[kind]
    path = tmp_path / "page.html"
    assert result.report(str(path)) == path
    page = path.read_text("utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert 'src="http' not in page
    assert page.count('<figure id="') >= 1
    if kind not in HEAVY_PAGES:
        assert page.count('<figure id="') == 1 + len(result.further())
        told = page.replace("&nbsp;", "\u00a0").replace("&#x27;", "'").replace("&#39;", "'")
        told = told.replace("&lt;", "<").replace("&gt;", ">")
        assert result.sentence.replace(" %", "\u00a0%") in told
        for _, row in zip(range(2), result.text_rows()[1], strict=False):
            assert row[0] in told
    with pytest.raises(ss.InputError, match="does not exist"):
        result.report(tmp_path / "no" / "page.html")


def test_further_figures_are_on_the_page(results: dict[str, Shown], tmp_path: Path) -> None:
    page = results["Attrition"].report(tmp_path / "page.html").read_text("utf-8")
    assert "Why drugs were stopped" in page
    assert "Number of lines" in page


def test_a_course_is_told_by_its_table(results: dict[str, Shown], tmp_path: Path) -> None:
    course = results["Course"]
    assert isinstance(course, Course)
    times = course.table()["time_years"].to_pylist()
    assert times == sorted(times)
    assert times[-1] == pytest.approx(course.patient["died_at"])
    with pytest.warns(DeprecationWarning, match=r"Course\.report"):
        course.write(tmp_path / "woman.html")
    assert (tmp_path / "woman.html").is_file()


def test_fits_as_tables(results: dict[str, Shown]) -> None:
    fitted, drugs = results["Fit"], results["DrugFit"]
    assert isinstance(fitted, Fit)
    assert isinstance(drugs, DrugFit)
    z = np.array(fitted.table()["z"].to_pylist())
    assert len(fitted.misses) == int(np.sum(~(np.abs(z) <= 3.0)))
    assert f"{len(fitted.misses)} of {z.size} targets" in fitted.sentence
    assert len(fitted.summary["targets"]) == z.size
    assert set(drugs.table()["trial"].to_pylist()) == {"PALOMA-2", "OlympiAD"}
    drawn = [row["at"] for row in drugs.chart()["data"]["values"]]
    assert max(np.abs(drawn)) <= 6.0


# --- a run ------------------------------------------------------------------------------------------


def test_methods_of_a_run_are_the_functions(run: Run) -> None:
    pairs = [
        (run.progression_free(by="subtype", line=2), progression_free(run, "subtype", line=2)),
        (run.responses(by="line"), responses(run, "line")),
        (run.progression_sites(1), progression_sites(run, 1)),
        (run.attrition(by="stage"), attrition(run, "stage")),
        (run.qalys("stage", discount=0.03), qalys(run, "stage", discount=0.03)),
    ]
    for method, function in pairs:
        assert method.table().equals(function.table())
    assert run.cure(by="burden", among="metastatic").among == "metastatic"


def test_qalys_by_hand(run: Run) -> None:
    """Means of what every woman has, and never more than she lived."""
    own = quality_adjusted_years(run.patients, run.lines, run.symptoms, ss.load_catalog())
    treated = women_found_in_life(run.patients)
    lived = (run.patients["died_at"].to_numpy() - run.patients["metastatic_at"].to_numpy())[treated]
    found = run.qalys()
    row = found.table().to_pylist()[0]
    assert row["women"] == int(treated.sum())
    assert row["qaly"] == pytest.approx(own[treated].mean(), rel=1e-12)
    assert row["life_years"] == pytest.approx(lived.mean(), rel=1e-12)
    error = own[treated].std(ddof=1) / np.sqrt(treated.sum())
    assert row["qaly_standard_error"] == pytest.approx(error, rel=1e-12)
    assert row["qaly_upper"] - row["qaly"] == pytest.approx(1.96 * error, rel=1e-4)
    assert row["utility"] == pytest.approx(row["qaly"] / row["life_years"])
    assert 0.0 < row["utility"] < 1.0
    whole = found.chart()["data"]["values"]
    assert whole[-1]["to"] == pytest.approx(row["life_years"], rel=1e-4)


def test_qalys_by_group_add_up_and_discounting_takes_off(run: Run, untreated: Run) -> None:
    all_women = run.qalys().table().to_pylist()[0]
    parts = run.qalys(by="subtype").table().to_pylist()
    assert sum(p["women"] for p in parts) == all_women["women"]
    total = sum(p["women"] * p["qaly"] for p in parts)
    assert total == pytest.approx(all_women["women"] * all_women["qaly"], rel=1e-9)
    later = run.qalys(discount=0.03).table().to_pylist()[0]
    assert later["qaly"] < all_women["qaly"]
    assert later["life_years"] < all_women["life_years"]
    assert later["qaly"] < later["life_years"]
    from_diagnosis = run.qalys(origin="diagnosis")
    assert from_diagnosis.groups[0].women == WOMEN
    assert from_diagnosis.table()["life_years"][0].as_py() == pytest.approx(
        run.patients["died_at"].to_numpy().mean(), rel=1e-12
    )
    assert "since diagnosis" in from_diagnosis.sentence
    assert isinstance(untreated.qalys(), QualityAdjustedSurvival)


def test_what_treatment_gives_is_not_asked_of_an_untreated_run(untreated: Run) -> None:
    for ask in (untreated.progression_free, untreated.responses, untreated.attrition):
        with pytest.raises(ss.InputError, match="simulate it with a strategy"):
            ask()


# --- strategies -------------------------------------------------------------------------------------


def test_a_comparison_is_divided_as_asked(compared: StrategyComparison) -> None:
    assert {d.group for d in compared.differences} == {"all women", "de novo", "recurrent"}
    women = compared.runs["2022"].patients
    kept = women.filter(women_found_in_life(women))
    lived = kept["died_at"].to_numpy() - kept["metastatic_at"].to_numpy()
    recurrent = np.array(kept["presentation"].to_pylist()) == "recurrent"
    of = compared.of("life_years", "2022", "recurrent")
    assert of.mean == pytest.approx(lived[recurrent].mean(), rel=1e-12)
    for asked, words in (
        (
            ("life_years", "2022", "TNBC"),
            "no group 'TNBC' here; there are all women, de novo, recurrent",
        ),
        (
            ("qalys", "2022"),
            "no measure 'qalys' here; there are life_years, qaly,.*did you mean 'qaly'",
        ),
        (("qaly", "2023"), "no strategy '2023' here; .*did you mean '2022'"),
        (("qaly", 2022), "no strategy 2022 here"),
        ((3, "2022"), "no measure 3 here"),
    ):
        with pytest.raises(ss.InputError, match=words):
            compared.of(*asked)


def test_the_strategy_may_be_left_out_where_there_is_one(compared: StrategyComparison) -> None:
    two = ss.compare(["none", "2022"], women=300)
    assert two.of("qaly") == two.of("qaly", "2022")
    with pytest.raises(ss.InputError, match="no measure 'qalys' here"):
        two.of("qalys")
    if len(compared.names) > 2:
        with pytest.raises(ss.InputError, match="no strategy None here"):
            compared.of("qaly")


def test_women_are_divided_by_age(run: Run) -> None:
    age = run.patients["age"].to_numpy()
    counts = {g.name: int(g.members.sum()) for g in groups(run.patients, "age")}
    assert counts == {
        name: int(((age >= low) & (age < high)).sum())
        for name, low, high in (
            ("age under 40", 0, 40), ("age 40-49", 40, 50), ("age 50-59", 50, 60),
            ("age 60-69", 60, 70), ("age 70 and over", 70, 200),
        )
    }  # fmt: skip
    assert sum(counts.values()) == run.patients.num_rows
    assert "age 40-49" in run.survival(by="age").table()["group"].to_pylist()
    assert "age 70 and over" in run.qalys(by="age").table()["group"].to_pylist()


def test_a_comparison_draws_its_groups(compared: StrategyComparison, tmp_path: Path) -> None:
    page = compared.report(tmp_path / "page.html").read_text("utf-8")
    assert "Survival by presentation" in page
    assert "recurrent, " in page
    assert "TNBC" not in page.split("<script>")[0]


def test_policies_hold_for_every_strategy() -> None:
    found = ss.compare(
        ["none", "2022"], women=300, seed=1, adjuvant="none", screening="biennial-50-74", by=None
    )
    assert {d.group for d in found.differences} == {"all women"}
    for run in found.runs.values():
        assert run.manifest["adjuvant"] == "none"
        assert run.manifest["screening"] == "biennial-50-74"
        assert set(run.patients["adjuvant"].unique().to_pylist()) == {"none"}


def test_the_command_divides_and_takes_policies(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["compare", "none", "2022", "--women", "300", "--adjuvant", "none", "--by"]
    assert main([*asked, "stage", "--screening", "none", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["increments"]
    groups = {row["group"] for row in told}
    assert "all women" in groups
    assert groups <= {"all women", "localized", "regional", "distant"}
    assert len(groups) > 1
    assert main([*asked, "none", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["increments"]
    assert {row["group"] for row in told} == {"all women"}
    assert main([*asked, "stages"]) == BAD_INPUT
    assert "did you mean 'stage'" in capsys.readouterr().err


# --- trials -----------------------------------------------------------------------------------------


def test_validation_counts_what_agrees(validated: Validation, tmp_path: Path) -> None:
    assert {row.trial for row in validated.rows} == {"PALOMA-2", "OlympiAD"}
    inside, compared, whole = validated.counts("calibration")
    table = validated.table().to_pandas()
    assert whole == len(table) == len(validated.rows)
    assert compared == int(table.inside.notna().sum())
    assert inside == int((table.inside == True).sum())  # noqa: E712 - null is not true
    assert f"{inside} of {compared} published numbers of calibration trials" in validated.sentence
    drawn = {
        (row["name"], row["part"]): row["to"] - row["from"]
        for row in validated.chart()["data"]["values"]
    }
    assert sum(drawn.values()) == pytest.approx(whole)
    validated.to_csv(tmp_path / "table.csv")
    with (tmp_path / "table.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["endpoint"] for row in rows] == table.endpoint.tolist()
    page = validated.to_markdown("a command")
    assert "Written by `a command`" in page
    assert f"{inside} of {compared} published numbers lie inside the interval" in page


def test_a_trial_that_nobody_enters_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="seedsoil"):
        found = ss.validate(["PALOMA-2"], women=20)
    assert all(row.result.inside is None for row in found.rows)
    assert [record.name for record in caplog.records] == ["seedsoil.trials.validation"]
    assert "PALOMA-2 is listed without numbers" in caplog.text
    assert found.without


def test_commands_show_what_the_library_logs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "PALOMA-2", "--women", "20", "--json"]) == 0
    said = capsys.readouterr()
    assert "seedsoil: warning: PALOMA-2 is listed without numbers" in said.err
    assert json.loads(said.out)[0]["mean"] is None
    assert logging.getLogger("seedsoil").handlers == []


# --- wrong arguments --------------------------------------------------------------------------------

WRONG: dict[str, tuple[Callable[[Run], Any], str]] = {
    "women": (lambda _: ss.simulate(True), "women: True is not a whole number"),
    "strategy frame": (
        lambda run: ss.simulate(9, strategy=run.patients.to_pandas()),
        "is not a strategy; give a name",
    ),
    "progress": (lambda _: ss.simulate(9, progress=3), "progress=3: must be a function"),
    "memory": (
        lambda _: ss.simulate(10**12),
        r"women: 1,000,000,000,000 take .* GB of memory or more",
    ),
    "memory of a comparison": (
        lambda _: ss.compare(["none", "2022"], women=10**12),
        "GB of memory",
    ),
    "head": (lambda run: run.head("9"), "women: '9' is not a whole number"),
    "head of none": (lambda run: run.head(-1), "women: -1"),
    "narrow": (lambda run: run.narrow(["ages"]), "'ages' is no column.*did you mean 'age'"),
    "report": (lambda run: run.report(3), "path=3: must be the path of a file"),
    "save": (lambda run: run.save(3), "path=3: must be the path of a new directory"),
    "save as a page": (lambda run: run.save("mine.html"), "mine.html: is to be a directory"),
    "export": (lambda run: run.survival().export(3), "path=3: must be the path of a file"),
    "pdf": (lambda run: run.survival().export("a.pdf"), "For a PDF, print the .html page"),
    "match out": (lambda _: ss.match("none.csv", out=3), "path=3: must be the path of a new"),
    "seed": (lambda _: ss.simulate(9, seed=True), "seed: True is not a whole number"),
    "threads": (lambda _: ss.simulate(9, threads="2"), "threads: '2' is not a whole number"),
    "strategy 2022": (
        lambda _: ss.simulate(9, strategy=2022),
        "2022 is not a strategy; give a name of the catalog in quotes",
    ),
    "strategy None": (lambda _: ss.simulate(9, strategy=None), "None is not a strategy"),
    "strategy list": (lambda _: ss.simulate(9, strategy=["2022"]), r"\['2022'\] is not a strategy"),
    "screening": (lambda _: ss.simulate(9, screening=3), "screening=3: must be text"),
    "adjuvant": (lambda _: ss.simulate(9, adjuvant=["x"]), r"adjuvant=\['x'\]: must be text"),
    "catalog of a run": (lambda _: ss.simulate(9, catalog="mine"), r"seedsoil\.load_catalog"),
    "survival by": (lambda run: run.survival(by=3), "divided by one of subtype"),
    "survival by list": (lambda run: run.survival(by=["stage"]), "divided by one of subtype"),
    "survival since": (lambda run: run.survival(since=3), "must be one of 'diagnosis'"),
    "recurrence": (lambda run: run.recurrence(by=3), "divided by one of subtype"),
    "cure": (lambda run: run.cure(by=3), "divided by one of subtype"),
    "attrition": (lambda run: run.attrition(by=3), "divided by one of subtype"),
    "progression-free": (lambda run: run.progression_free(by=3), "must be one of 'line'"),
    "line": (lambda run: run.progression_free(None, line="1"), "line: '1' is not a whole"),
    "sites": (lambda run: run.progression_sites(line="1"), "line: '1' is not a whole"),
    "responses": (lambda run: run.responses(by=3), "must be one of 'line'"),
    "qalys": (lambda run: run.qalys(by=3), "divided by one of subtype"),
    "discount": (lambda run: run.qalys(discount="3 %"), "0.03 for 3 %"),
    "discount below 0": (lambda run: run.qalys(discount=-0.03), "0.03 for 3 %"),
    "compare text": (lambda _: ss.compare("2022"), "pass a list"),
    "compare path": (lambda _: ss.compare(Path("2022.toml")), "pass a list"),
    "compare number": (lambda _: ss.compare(2022), "pass a list"),
    "compare numbers": (lambda _: ss.compare([2022, 2025]), "2022 is not a strategy"),
    "compare by": (lambda _: ss.compare(["2022", "none"], by=3), "divided by one of subtype"),
    "compare by typo": (lambda _: ss.compare(["2022", "none"], by="stages"), "mean 'stage'"),
    "compare untreated": (lambda _: ss.compare(["untreated", "2022"]), "is 'none'"),
    "trial": (lambda _: ss.trial(3), "3 is not a trial"),
    "replicates": (lambda _: ss.trial("PALOMA-2", replicates=1.5), "1.5 is not a whole number"),
    "validate text": (lambda _: ss.validate("PALOMA-2"), "pass a list of trials"),
    "validate role": (lambda _: ss.validate(role="validaton"), "mean 'validation'"),
    "patient": (lambda _: ss.patient("4711"), "number: '4711' is not a whole number"),
    "patient strategy": (lambda _: ss.patient(1, strategy=3), "3 is not a strategy"),
    "fit women": (lambda _: ss.fit(women="a"), "women: 'a' is not a whole number"),
    "fit few women": (lambda _: ss.fit(women=10), "10 are too few for a fit; allowed: 1000"),
    "fit iterations": (lambda _: ss.fit(iterations="a"), "iterations: 'a' is not a whole"),
    "fit_drugs enough": (lambda _: ss.fit_drugs(enough="a"), "enrolled: 'a' is not a whole"),
    "fit hold": (
        lambda _: ss.fit(women=1_000, hold=["death.exponen"]),
        "did you mean 'death.exponent'",
    ),
    "fit hold text": (lambda _: ss.fit(women=1_000, hold="death.exponent"), "pass a list of keys"),
    "fit_drugs only": (lambda _: ss.fit_drugs(only="drug.potency"), "pass a list of keys"),
    "match": (lambda _: ss.match(3), "the path of a CSV file"),
    "match adjuvant": (lambda _: ss.match("none.csv", adjuvant=3), "adjuvant=3: must be text"),
    "strategy": (lambda _: ss.strategy(3), "3 is not a strategy"),
    "catalog": (lambda _: ss.catalog(3), "a directory of catalog files"),
    "load_catalog": (lambda _: ss.load_catalog("nowhere"), "nowhere: does not exist"),
    "open_run": (lambda _: ss.open_run(3), "a run directory"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_argument_is_one_clear_line(case: str, run: Run) -> None:
    ask, words = WRONG[case]
    with pytest.raises(ss.InputError, match=words) as caught:
        ask(run)
    assert "\n" not in str(caught.value)


# --- names, types, logging --------------------------------------------------------------------------


def test_public_names_only_grow() -> None:
    first = {
        "InputError", "Run", "__version__", "catalog", "compare", "fit", "match", "open_run",
        "patient", "simulate", "strategy", "trial",
    }  # fmt: skip
    assert first | {"fit_drugs", "load_catalog", "validate"} <= set(ss.__all__)
    assert ss.load_catalog().hash() == ss.catalog().hash()


def test_a_catalog_is_loaded_from_text_and_path(tmp_path: Path) -> None:
    (tmp_path / "parameters").mkdir()
    (tmp_path / "parameters" / "mine.toml").write_text(
        '[utility.stable]\nvalue = 0.5\nstatus = "assumption"\nnote = "a test"\n'
    )
    for path in (tmp_path, str(tmp_path)):
        assert ss.load_catalog(path).value("utility.stable") == 0.5
        assert ss.catalog(path).value("utility.stable") == 0.5


def test_the_library_prints_nothing() -> None:
    """What there is to tell goes to `logging` or to the caller; only commands print.

    The process that compiles kernels in the background says to its parent that it is done.
    """
    found = [
        f"{path.relative_to(SOURCE)}:{node.lineno}"
        for path in SOURCE.rglob("*.py")
        if "cli" not in path.relative_to(SOURCE).parts and path.name != "warmup.py"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print"
    ]
    assert found == []


TYPED = """
from typing import assert_type

import seedsoil as ss
from seedsoil.calibration.drugs import DrugFit
from seedsoil.calibration.fitting import Fit
from seedsoil.cli.app import BAD_INPUT, main
from seedsoil.catalog import Catalog
from seedsoil.economics.decision.decision import Decision
from seedsoil.matching.match import Match
from seedsoil.patient.patient import Course
from seedsoil.results.quality import QualityAdjustedSurvival
from seedsoil.results.treatment import ProgressionFree
from seedsoil.run.run import Run
from seedsoil.strategies.compare import StrategyComparison
from seedsoil.trials.trial import TrialResult
from seedsoil.trials.validation import Validation

assert_type(ss.simulate(10), Run)
assert_type(ss.open_run("x"), ss.Run)
assert_type(ss.simulate(10).progression_free(), ProgressionFree)
assert_type(ss.simulate(10).qalys(), QualityAdjustedSurvival)
assert_type(ss.patient(1), Course)
assert_type(ss.compare(["2022", "2025"]), StrategyComparison)
assert_type(ss.trial("PALOMA-2"), TrialResult)
assert_type(ss.validate(["PALOMA-2"]), Validation)
assert_type(ss.match("x.csv"), Match)
assert_type(ss.decision([[1, 2]], [[1, 2]]), Decision)
assert_type(ss.fit(), Fit)
assert_type(ss.fit_drugs(), DrugFit)
assert_type(ss.load_catalog(), Catalog)
assert_type(ss.catalog(), Catalog)
raise ss.InputError(ss.__version__)
"""


@pytest.mark.slow
def test_a_user_of_mypy_sees_the_types(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(TYPED)
    options = ["--strict", "--ignore-missing-imports", "--follow-imports=silent"]
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *options, "--cache-dir", str(tmp_path), str(program)],
        capture_output=True, text=True, check=False, timeout=300, cwd=tmp_path,
        env={"MYPYPATH": str(SOURCE.parent), "PATH": ""},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_trial_result_is_the_face() -> None:
    assert issubclass(TrialResult, Shown)
    assert not getattr(TrialResult, "__abstractmethods__", None)
