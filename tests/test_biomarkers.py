"""PIK3CA alone, within the altered pathway: its share, whom conditions and drugs take it to be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import seedsoil as ss
from kernels import FALSE_ALARM, binomial_p, packaged
from seedsoil.catalog import load_strategy
from seedsoil.errors import DataErrors
from seedsoil.simulation.population import population
from seedsoil.vocabulary import BIOMARKERS, PIK3CA, PIK3CA_PATHWAY, SUBTYPE_KEYS, SUBTYPES

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd


@pytest.fixture(scope="module")
def patients() -> pd.DataFrame:
    made: pd.DataFrame = ss.simulate(20_000, seed=3, strategy="untreated").patients.to_pandas()
    return made


def test_who_has_it_has_the_pathway_altered(patients: pd.DataFrame) -> None:
    assert not (patients.pik3ca & ~patients.pik3ca_pathway).any()
    assert (patients.pik3ca_pathway & ~patients.pik3ca).any()


@pytest.mark.parametrize("subtype", SUBTYPES)
def test_its_share_of_the_altered(patients: pd.DataFrame, subtype: str) -> None:
    """That of the catalog, by subtype. False-alarm rate 1e-6."""
    share = packaged().vector("woman.pik3ca")[SUBTYPES.index(subtype)]
    altered = patients[(patients.subtype == subtype) & patients.pik3ca_pathway]
    assert len(altered) > 100
    assert binomial_p(altered.pik3ca.sum(), len(altered), share) > FALSE_ALARM


def test_the_share_moves_nothing_else() -> None:
    """It has no number of its own: whatever it is, the other columns keep every bit."""
    half = packaged().with_values({f"woman.pik3ca:{key}": 0.5 for key in SUBTYPE_KEYS})
    one, other = (ss.simulate(1_000, seed=4, catalog=c).patients for c in (packaged(), half))
    assert not one["pik3ca"].equals(other["pik3ca"])
    assert one.drop_columns(["pik3ca"]).equals(other.drop_columns(["pik3ca"]))


def test_a_rule_that_asks_for_it(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        """
        [[line]]
        when = { line = "1", pik3ca = true }
        regimen = "capecitabine"
        [[line]]
        when = { line = "1", pik3ca_pathway = true }
        regimen = "paclitaxel"
        [[line]]
        when = { line = "1", pik3ca = false }
        regimen = "vinorelbine"
        """,
        encoding="utf-8",
    )
    run = ss.simulate(5_000, seed=5, strategy=path)
    women = run.lines.to_pandas().merge(run.patients.to_pandas(), on="patient")
    assert len(women) > 200
    expected = np.select(
        [women.pik3ca, women.pik3ca_pathway], ["capecitabine", "paclitaxel"], "vinorelbine"
    )
    assert (women.regimen.astype(str) == expected).all()
    assert set(expected) == {"capecitabine", "paclitaxel", "vinorelbine"}


def test_it_is_no_part_of_an_unaltered_pathway(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        '[[line]]\nwhen = { pik3ca = true, pik3ca_pathway = false }\nregimen = "capecitabine"\n',
        encoding="utf-8",
    )
    with pytest.raises(DataErrors, match="pik3ca is one of pik3ca_pathway, which is false"):
        load_strategy(path, packaged())


def test_a_drug_may_need_it(tmp_path: Path) -> None:
    """Without PIK3CA a drug that needs it does nothing, also where the pathway is altered otherwise."""
    path = tmp_path / "mine.toml"
    path.write_text(
        """
        [drug.inhibitor]
        class = "targeted"
        kill = { pi3k_akt_mtor = 30.0 }
        biomarker = "pik3ca"
        without = 0.0
        [regimen.inhibitor]
        drugs = [{ drug = "inhibitor" }]
        [[line]]
        when = { line = "1" }
        regimen = "inhibitor"
        """,
        encoding="utf-8",
    )
    run = ss.simulate(8_000, seed=6, strategy=path)
    women = run.lines.to_pandas().merge(run.patients.to_pandas(), on="patient")
    measured = women[women.measurable & women.best_change.notna()]
    shrunk = measured.best_change < -0.1
    assert shrunk[measured.pik3ca].mean() > 0.7
    assert shrunk[~measured.pik3ca].mean() < 0.2


def test_trials_know_it() -> None:
    found: Any = population(packaged(), 5_000, seed=7)
    bits = found.women.biomarkers
    assert BIOMARKERS[PIK3CA] == "pik3ca"
    assert ((bits >> PIK3CA & 1) <= (bits >> PIK3CA_PATHWAY & 1)).all()
    assert (bits >> PIK3CA & 1).any()
