"""What the tables say of one thing in two places agrees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import seedsoil as ss
from kernels import packaged
from seedsoil.catalog import fit_table, lookup
from test_usual_care import strategy_file

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd


@pytest.fixture(scope="module")
def cohort() -> Any:
    return ss.simulate(4000, seed=11, threads=1, strategy="2022")


def test_bone_alone_is_not_bone_and_brain(cohort: Any) -> None:
    """Also where brain metastases, once found, have shrunk out of sight."""
    lines = cohort.lines.to_pandas()
    assert lines.bone_only.sum() > 100
    assert lines.brain.sum() > 100
    assert not (lines.bone_only & lines.brain).any()


def union(spells: pd.DataFrame) -> float:
    """Years covered by spells, which may overlap."""
    years, until = 0.0, -np.inf
    for begin, end in sorted(zip(spells.onset_at, spells.end, strict=True)):
        years += max(0.0, end - max(begin, until))
        until = max(until, end)
    return years


def test_years_with_symptoms_are_those_of_the_rows(cohort: Any) -> None:
    """Also where all lesions of an organ are gone, so that its symptoms resolve with no burden left."""
    patients = cohort.patients.to_pandas().set_index("patient")
    spells = cohort.symptoms.to_pandas()
    spells["end"] = spells.resolved_at.fillna(spells.patient.map(patients.died_at))
    years = {patient: union(rows) for patient, rows in spells.groupby("patient")}
    assert len(years) > 500
    told = patients.years_with_symptoms
    assert np.allclose(told[list(years)], list(years.values()), atol=1e-9)
    assert (told.drop(list(years)) == 0.0).all()


def test_eradicated_agrees_with_the_date_of_every_lesion(tmp_path: Path) -> None:
    """Drugs that leave nothing, and adjuvant therapy by whose end lesions are dated that it dooms.

    Who dies before that end has died with those lesions.
    """
    catalog = packaged().with_values(
        {
            "adjuvant.endocrine_years": 10.0,
            "resistance.log_odds:platinum": -40.0,
            "resistance.log_odds_sd:platinum": 0.0,
            "resistance.primary_logit:platinum": -12.0,
            "resistance.lesion_sd:platinum": 0.0,
        }
    )
    strategy = lookup.strategy(strategy_file(tmp_path / "cure.toml", 60.0, 0.0), catalog=catalog)
    assert strategy is not None
    run = ss.simulate(
        2000, seed=809, threads=1, strategy=strategy, adjuvant="2013+", catalog=catalog
    )
    patients = run.patients.to_pandas().set_index("patient")
    cured = patients[(patients.outcome == "eradicated") & (patients.lines > 0)]
    assert len(cured) > 100
    lesions = run.lesions.to_pandas()
    removed = (lesions.organ == "node") & lesions.eradicated_at.isna()  # by surgery
    lesions = lesions[~removed & lesions.patient.isin(cured.index)]
    assert lesions.eradicated_at.notna().all()
    assert (lesions.eradicated_at <= lesions.patient.map(cured.died_at)).all()


def test_the_fit_that_reports_show_is_of_the_values_in_use() -> None:
    """The packaged table is simulated again with the values in use: no target differs but by chance."""
    found = ss.fit(women=8_000, seed=5, iterations=0, threads=2)
    now = {f"{one.group}.{one.cell}": one for one in found.comparisons}
    told = {row["target"]: row for row in fit_table.packaged()}
    assert set(told) == set(now)
    apart = np.array(
        [
            (row["simulated"] - now[name].simulated)
            / np.hypot(row["monte_carlo_error"], now[name].mc)
            for name, row in told.items()
            if np.isfinite(now[name].simulated) and now[name].mc > 0.0
        ]
    )
    assert apart.size > 180
    assert np.sqrt(np.mean(apart**2)) < 1.4
    assert np.abs(apart).max() < 6.0
