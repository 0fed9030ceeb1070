"""When each drug of a line is given: spells in the kernel, and the table `drugs` of a run."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

import seedsoil as ss
from kernels import parameters
from seedsoil.model.treatment.state import (
    PART_MAINTENANCE,
    PART_REGIMEN,
    STOP_DEATH,
    STOP_PLANNED,
    STOP_PROGRESSION,
    STOP_TOXICITY,
)
from seedsoil.vocabulary import BONE, LIVER
from treated import (
    PERIOD,
    Drug,
    Lesion,
    Regimen,
    cohort,
    constants,
    courses,
    immortal,
    ordinary,
    plan,
    rules,
    women,
)

UNTIL = 6 * PERIOD
STABLE = Lesion(22.0, BONE, rate=1e-9)
A, B, C = range(3)
TOXIC = {"discontinuation": 200.0}


def told(
    first: Regimen,
    then: Regimen | None = None,
    *,
    toxic: tuple[int, ...] = (),
    lesion: Lesion = STABLE,
    **line: Any,
) -> list[tuple[Any, ...]]:
    """(drug, part, regimen, start, stop, reason) of a woman's only line, to her death at 3 years."""
    p = immortal(parameters(seed=731))
    drugs = [Drug({8 + d: 1.0}, fields=TOXIC if d in toxic else {}) for d in range(3)]
    c = constants(p, drugs, [first, then or Regimen([A])], resistance_log_odds=40.0)
    rule = {"regimen": 0, "line": (1, 1), **line}
    if then is not None:
        rule |= {"maintenance": 1}
    found = courses(p, plan(c, rules(rule)), women(p, [lesion], other_death=3.0))
    row = found.lines[0]
    assert found.drugs.started_at.min() == row.started_at
    assert found.drugs.stopped_at.max() == row.stopped_at
    assert row.stop_reason in found.drugs.stop_reason[found.drugs.stopped_at == row.stopped_at]
    return [
        (r.drug, r.part, r.regimen, r.started_at, r.stopped_at, r.stop_reason) for r in found.drugs
    ]


def test_two_drugs_until_death() -> None:
    assert told(Regimen([A, B])) == [
        (A, PART_REGIMEN, 0, 0.0, 3.0, STOP_DEATH),
        (B, PART_REGIMEN, 0, 0.0, 3.0, STOP_DEATH),
    ]


def test_a_drug_for_a_planned_time() -> None:
    """The drug with months of its own stops alone; the other one with the line."""
    assert told(Regimen([A, B], years=[0.5, math.inf])) == [
        (A, PART_REGIMEN, 0, 0.0, 0.5, STOP_PLANNED),
        (B, PART_REGIMEN, 0, 0.0, 3.0, STOP_DEATH),
    ]


def test_the_planned_end_of_a_line() -> None:
    assert told(Regimen([A, B]), planned_years=UNTIL) == [
        (A, PART_REGIMEN, 0, 0.0, UNTIL, STOP_PLANNED),
        (B, PART_REGIMEN, 0, 0.0, UNTIL, STOP_PLANNED),
    ]


def test_what_goes_on_in_maintenance_is_one_spell() -> None:
    assert told(Regimen([A, B]), Regimen([B, C]), planned_years=UNTIL) == [
        (A, PART_REGIMEN, 0, 0.0, UNTIL, STOP_PLANNED),
        (B, PART_REGIMEN, 0, 0.0, 3.0, STOP_DEATH),
        (C, PART_MAINTENANCE, 1, UNTIL, 3.0, STOP_DEATH),
    ]
    # also where it would have stopped on that very day
    first = Regimen([A, B], years=[math.inf, UNTIL])
    assert told(first, Regimen([B, C]), planned_years=UNTIL) == told(
        Regimen([A, B]), Regimen([B, C]), planned_years=UNTIL
    )


def test_what_is_begun_again_has_two_spells() -> None:
    first = Regimen([A, B], years=[math.inf, 0.25])
    assert told(first, Regimen([B]), planned_years=UNTIL) == [
        (A, PART_REGIMEN, 0, 0.0, UNTIL, STOP_PLANNED),
        (B, PART_REGIMEN, 0, 0.0, 0.25, STOP_PLANNED),
        (B, PART_MAINTENANCE, 1, UNTIL, 3.0, STOP_DEATH),
    ]


def test_toxicity_stops_one_drug_and_maintenance_leaves_it_out() -> None:
    rows = told(Regimen([A, B]), Regimen([A, C]), toxic=(A,), planned_years=UNTIL)
    stopped = rows[0][4]
    assert 0.0 < stopped < UNTIL
    assert rows == [
        (A, PART_REGIMEN, 0, 0.0, stopped, STOP_TOXICITY),
        (B, PART_REGIMEN, 0, 0.0, UNTIL, STOP_PLANNED),
        (C, PART_MAINTENANCE, 1, UNTIL, 3.0, STOP_DEATH),
    ]


def test_toxicity_brings_maintenance_forward() -> None:
    rows = told(Regimen([A, B]), Regimen([B, C]), toxic=(A,), planned_years=UNTIL)
    stopped = rows[0][4]
    assert rows == [
        (A, PART_REGIMEN, 0, 0.0, stopped, STOP_TOXICITY),
        (B, PART_REGIMEN, 0, 0.0, 3.0, STOP_DEATH),
        (C, PART_MAINTENANCE, 1, stopped, 3.0, STOP_DEATH),
    ]


def test_progression_stops_all() -> None:
    rows = told(Regimen([A, B]), lesion=Lesion(22.0, LIVER, rate=0.6))
    assert [row[5] for row in rows] == [STOP_PROGRESSION] * 2
    assert 0.0 < rows[0][4] == rows[1][4] < 3.0


def test_rows_of_drugs_change_no_course() -> None:
    """With room for them or without, everything else has the same bits."""
    from seedsoil.simulation.follow import follow

    found = cohort()
    treated = ordinary(found.parameters)
    with_rows, without = courses(found.parameters, treated, found), follow(found, treated)
    assert with_rows.drugs.size > with_rows.lines.size
    for name in ("regimen", "maintenance", "started_at", "stopped_at", "stop_reason"):
        np.testing.assert_array_equal(with_rows.lines[name], without.lines[name])
    for name in with_rows.ends.dtype.names:
        np.testing.assert_array_equal(with_rows.ends[name], without.ends[name])


# --------------------------------------------------------------- the table of a run


@pytest.fixture(scope="module", params=["2022", "pre-2013"])
def run(request: pytest.FixtureRequest) -> ss.Run:
    return ss.simulate(3_000, seed=11, strategy=request.param)


@pytest.fixture(scope="module")
def drugs(run: ss.Run) -> pd.DataFrame:
    made: pd.DataFrame = run.drugs.to_pandas()
    return made


def by_line(drugs: pd.DataFrame) -> Any:
    return drugs.groupby(["patient", "line"])


def test_the_table_of_a_natural_course_is_empty() -> None:
    run = ss.simulate(50, seed=11, strategy="untreated")
    assert run.drugs.num_rows == 0
    assert run.drugs.schema == ss.simulate(50, seed=11).drugs.schema


def test_columns_say_what_they_are(run: ss.Run) -> None:
    for field in run.drugs.schema:
        assert field.metadata[b"description"]
    assert run.drugs.schema.field("started_at").metadata[b"unit"] == b"years from diagnosis"
    assert run.drugs.column_names == [
        "patient", "line", "regimen", "part", "drug", "started_at", "stopped_at", "stop_reason",
    ]  # fmt: skip


def test_every_line_has_drugs_and_agrees_with_them(run: ss.Run, drugs: pd.DataFrame) -> None:
    lines = run.lines.to_pandas().set_index(["patient", "line"])
    assert len(lines) > 500
    assert lines.index.equals(by_line(drugs).size().index)
    assert (by_line(drugs).started_at.min() == lines.started_at).all()
    assert (by_line(drugs).stopped_at.max() == lines.stopped_at).all()
    together = drugs.join(lines, on=["patient", "line"], rsuffix="_of_line")
    last = together[together.stopped_at == together.stopped_at_of_line]
    agree = last.stop_reason.astype(str) == last.stop_reason_of_line.astype(str)
    assert by_line(last.assign(agree=agree)).agree.any().all()
    toxic = by_line(drugs.assign(toxic=drugs.stop_reason == "toxicity")).toxic.any()
    assert (toxic == lines.discontinued).all()


def test_drugs_are_those_of_the_regimens(run: ss.Run, drugs: pd.DataFrame) -> None:
    catalog = ss.catalog()
    lines = run.lines.to_pandas().set_index(["patient", "line"])
    for (patient, line), rows in by_line(drugs):
        named = lines.loc[(patient, line)]
        given = {part.drug for part in catalog.regimens[named.regimen].drugs}
        assert set(rows[rows.part == "regimen"].drug) <= given
        assert set(rows[rows.part == "regimen"].regimen.astype(str)) == {named.regimen}
        later = rows[rows.part == "maintenance"]
        if pd.isna(named.maintenance):
            assert later.empty
            assert set(rows.drug) == given
        else:
            assert set(later.regimen.astype(str)) <= {named.maintenance}
            assert set(later.drug) <= {p.drug for p in catalog.regimens[named.maintenance].drugs}


def test_rows_are_in_order(drugs: pd.DataFrame) -> None:
    ordered = drugs.sort_values(["patient", "line", "started_at"], kind="stable")
    assert ordered.index.equals(drugs.index)
    assert (drugs.started_at < drugs.stopped_at).all()
    again = drugs.groupby(["patient", "line", "drug"], observed=True)
    before = again.stopped_at.shift()
    assert not (before >= drugs.started_at).any()  # one row of a drug at a time, and gaps between


def test_years_on_treatment_are_those_with_a_drug(run: ss.Run, drugs: pd.DataFrame) -> None:
    """The union of a woman's spells is as long as she was on treatment."""
    patients = run.patients.to_pandas().set_index("patient")
    years = {}
    for patient, rows in drugs.sort_values("started_at").groupby("patient"):
        total, until = 0.0, -math.inf
        for start, stop in zip(rows.started_at, rows.stopped_at, strict=True):
            total += max(0.0, stop - max(start, until))
            until = max(until, stop)
        years[patient] = total
    expected = patients.years_on_treatment[list(years)]
    np.testing.assert_allclose(list(years.values()), expected, atol=1e-9)
    assert (patients.years_on_treatment.drop(list(years)) == 0.0).all()


def test_maintenance_stands_in_the_lines(run: ss.Run) -> None:
    """As the strategy's rules say it: `then` of the rules for these regimens, or null."""
    wanted: dict[str, set[str]] = {}
    for rule in ss.strategy(run.manifest["strategy"]).lines:
        for regimen in rule.regimen:
            wanted.setdefault(regimen, set()).update(rule.then)
    lines = run.lines.to_pandas()
    assert lines.maintenance.notna().sum() > 20
    for regimen, rows in lines.groupby("regimen", observed=True):
        assert set(rows.maintenance.dropna()) <= wanted[str(regimen)]


def test_a_woman_alone_has_her_rows(run: ss.Run, drugs: pd.DataFrame) -> None:
    number = int(drugs.patient.value_counts().index[0])
    alone = ss.patient(number, seed=11, strategy=run.manifest["strategy"])
    assert alone.drugs == [row for row in run.drugs.to_pylist() if row["patient"] == number]
    assert len(alone.drugs) > 3
