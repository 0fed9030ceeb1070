"""Primary and axillary nodes of women metastatic at diagnosis, which may be left in place."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import seedsoil as ss
from kernels import FALSE_ALARM, binomial_p, packaged, parameters
from seedsoil.model.rows import KNOWN
from seedsoil.model.treatment.plan import Names
from seedsoil.model.treatment.state import BY_TARGET, CAUSE_OTHER
from seedsoil.trials.baseline import Baseline
from seedsoil.vocabulary import BONE, BREAST, DISTANT_NODES, LIVER, LOCAL_ERAS, NODE
from treated import Drug, Lesion, courses, each, immortal, lesions_of, nothing, one_line, women

if TYPE_CHECKING:
    import pandas as pd

STILL = 1e-9


def run(kept: float, strategy: str = "2022") -> Any:
    catalog = packaged().with_values({f"local.kept:{era}": kept for era in LOCAL_ERAS})
    return ss.simulate(2000, seed=17, threads=1, strategy=strategy, catalog=catalog)


@pytest.fixture(scope="module")
def runs() -> tuple[Any, Any]:
    """The same women, all operated on and none of them."""
    return run(0.0), run(1.0)


def rows(table: Any, patients: Any) -> pd.DataFrame:
    found: pd.DataFrame = table.to_pandas()
    return found[found.patient.isin(patients)].reset_index(drop=True)


def test_the_others_are_as_they_were(runs: tuple[Any, Any]) -> None:
    """Who is not metastatic at diagnosis, and who is not treated, to the bit."""
    one, two = runs
    patients = one.patients.to_pandas()
    others = patients.patient[patients.presentation != "de novo"]
    assert len(others) < len(patients)
    for name in ("patients", "lesions", "symptoms", "lines"):
        assert rows(getattr(one, name), others).equals(rows(getattr(two, name), others))
    for name in ("patients", "lesions", "symptoms"):
        assert getattr(run(0.0, "untreated"), name).equals(getattr(run(1.0, "untreated"), name))


def test_what_is_kept_is_listed(runs: tuple[Any, Any]) -> None:
    without, kept = (r.lesions.to_pandas() for r in runs)
    patients = runs[1].patients.to_pandas()
    treated = patients[(patients.presentation == "de novo") & (patients.found_by != "death")]
    assert not (without.organ == "breast").any()
    primary = kept[kept.organ == "breast"].set_index("patient")
    assert set(primary.index) == set(treated.patient)
    assert (primary.lesion == 0).all()
    assert ((kept.lesion == 0) == (kept.organ == "breast")).all()
    assert np.allclose(primary.founded_at, -treated.set_index("patient").tumour_age)
    assert treated.locoregional_at.isna().all()
    # positive nodes are followed: at death they are no longer as they were at surgery
    foci = kept[(kept.organ == "node") & kept.patient.isin(treated.patient)]
    before = without[(without.organ == "node") & without.patient.isin(treated.patient)]
    assert len(foci) == len(before)
    changed = foci.log10_cells.to_numpy() != before.log10_cells.to_numpy()
    assert changed.mean() > 0.9


def test_it_is_measured_and_counts(runs: tuple[Any, Any]) -> None:
    without, kept = (r.lines.to_pandas() for r in runs)
    patients = runs[1].patients.to_pandas()
    de_novo = patients.patient[patients.presentation == "de novo"]
    first = [lines[(lines.line == 1) & lines.patient.isin(de_novo)] for lines in (without, kept)]
    assert first[1].measurable.mean() > first[0].measurable.mean() + 0.15
    assert first[1].bone_only.mean() < 0.5 * first[0].bone_only.mean()
    assert first[1].visceral.tolist() == first[0].visceral.tolist()


def test_the_share_that_is_kept() -> None:
    """Binomial. False-alarm rate 1e-6."""
    p = parameters(seed=741)
    made = women(p, [Lesion(20.0, BONE), Lesion(22.0, BREAST)], 2000, local=1, other_death=0.5)
    c = one_line(p, Drug({8: 0.0}), local_kept=0.6)
    told = courses(p, c, made)
    assert binomial_p(int(told.lines["measurable"].sum()), 2000, 0.6) > FALSE_ALARM


@pytest.mark.parametrize("kept", [0.0, 1.0])
def test_a_primary_alone_neither_hurts_nor_kills_nor_sheds(kept: float) -> None:
    """1e11 cells in the breast for twenty years; a kernel of metastases would kill in one."""
    p = parameters(seed=742)
    made = women(
        p, [Lesion(1.0, BONE, rate=STILL), Lesion(25.3, BREAST, rate=STILL)], 20, local=1,
        log_shedding=-8.0, other_death=20.0,
    )  # fmt: skip
    told = courses(p, nothing(p, local_kept=kept), made)
    assert (told.ends.cause == CAUSE_OTHER).all()
    assert (told.ends.died_at == 20.0).all()
    assert told.episodes.size == 0
    assert told.s.count == 2


def test_it_is_a_target_and_progresses() -> None:
    """A primary of 20 mm that no drug stops grows by a fifth; nodes are targets from 15 mm on."""
    p = parameters(seed=743)
    mm = p.log_cells_1mm + 3.0 * math.log(20.0)
    made = women(
        p, [Lesion(21.0, BONE, rate=STILL), Lesion(mm, BREAST, rate=0.3)], local=1, other_death=9.0
    )
    [row] = courses(p, one_line(p, Drug({8: 0.0}), local_kept=1.0), made).lines
    assert (row["progression_by"], row["progression_organ"]) == (BY_TARGET, BREAST)
    assert row["baseline_mm"] == pytest.approx(20.0)
    assert row["known"]["organs"] == 1 << BREAST | 1 << BONE
    assert not row["bone_only"]
    for size, measurable in ((14.0, False), (16.0, True)):
        mm = p.log_cells_1mm + 3.0 * math.log(size)
        made = women(p, [Lesion(22.0, BONE), Lesion(mm, NODE)], local=1, other_death=0.5)
        [row] = courses(p, one_line(p, Drug({8: 0.0}), local_kept=1.0), made).lines
        assert row["measurable"] == measurable
        assert row["known"]["measurable"] == measurable


def test_who_enrolled_is_told_with_nodes_and_breast() -> None:
    """Lymph nodes are one site, wherever they are; counted by hand."""
    told = np.zeros(4, KNOWN).view(np.recarray)
    told.organs = [
        1 << BONE, 1 << BONE | 1 << NODE | 1 << DISTANT_NODES, 1 << LIVER | 1 << BREAST | 1 << NODE, 0,
    ]  # fmt: skip
    told.age = [50.0, 60.0, 70.0, 80.0]
    told.measurable = [0, 1, 1, 0]
    nothing_before = np.full(4, np.nan)
    who = Baseline(np.arange(4), told, *[nothing_before] * 4, Names((), ())).described()
    assert who["median age"] == 65.0
    assert (who["bone"], who["liver"], who["lymph nodes"], who["breast"]) == (0.5, 0.25, 0.5, 0.25)
    assert (who["one site"], who["two sites"], who["three or more sites"]) == (0.25, 0.25, 0.25)
    assert who["measurable disease"] == 0.5


def test_drugs_act_there_as_elsewhere() -> None:
    """A lesion of the breast or axilla shrinks as one of the liver does, and resists as it does."""
    p = immortal(parameters(seed=744))
    c = one_line(p, Drug({8: 4.0}), local_kept=1.0, resistance_log_odds_sd=2.0)
    left = []
    for place, local in ((LIVER, 0), (BREAST, 1), (NODE, 1)):
        made = women(p, [Lesion(22.0, place, rate=0.3)], local=local, other_death=0.4)
        [s] = each(p, c, made)
        left.append(float(lesions_of(s)[0].log_n))
    assert left[0] < 21.5
    assert left[0] == left[1] == left[2]
