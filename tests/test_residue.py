"""What treated lesions leave to be seen when they have gone: complete response, and progression after it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from kernels import parameters
from seedsoil.model.treatment.recist import before_recist
from seedsoil.model.treatment.state import CAUSE_OTHER, STOP_DEATH, STOP_PLANNED
from seedsoil.vocabulary import BONE, CR, DISTANT_NODES, LIVER, LUNG, PD, PR, SD
from treated import (
    SCAN,
    Drug,
    Lesion,
    Regimen,
    constants,
    courses,
    immortal,
    log_cells,
    plan,
    rules,
    women,
)

A_FIFTH = math.log(0.2 / 0.8)  # logit of a residue's share of the lesion's diameter


@pytest.mark.parametrize("kill", [60.0, 120.0, 200.0])
@pytest.mark.parametrize("years", [1.0, math.inf])
@pytest.mark.parametrize("residue", [0.0, 1.0])
def test_the_line_of_a_cured_woman(kill: float, years: float, residue: float) -> None:
    """Nothing is left after some periods: the response is confirmed, the drug goes on as planned.

    It is complete unless residues are left: a target of which a fifth stays, 3 mm, is then recorded as
    5 mm for ever.
    """
    p = immortal(parameters(seed=538))
    c = constants(
        p,
        [Drug({8: kill})],
        [Regimen([0], years=[years])],
        resistance_log_odds=-500.0,
        recist_residue=residue,
        recist_residue_size_logit=A_FIFTH,
    )
    made = women(p, [Lesion(22.0, LIVER), Lesion(20.0, BONE)], 20, other_death=30.0)
    told = courses(p, plan(c, rules({"regimen": 0, "line": (1, 1)})), made)
    cured = np.isnan(told.lines.progressed_at)
    lines = told.lines[cured]
    assert lines.size >= 15
    assert (told.ends.cause == CAUSE_OTHER).all()
    assert (told.ends.died_at == 30.0).all()
    assert (lines.best_response == (PR if residue else CR)).all()
    assert lines.best_change == pytest.approx(5.0 * residue / lines.baseline_mm - 1.0)
    assert (lines.responded_at == SCAN).all()
    if years == math.inf:
        assert (lines.stopped_at == 30.0).all()
        assert (lines.stop_reason == STOP_DEATH).all()
    else:
        assert lines.stopped_at == pytest.approx(years, rel=1e-12)
        assert (lines.stop_reason == STOP_PLANNED).all()
    assert told.ends.on_treatment[cured] == pytest.approx(lines.stopped_at)


def test_a_share_of_lesions_leaves_a_residue() -> None:
    """Complete with probability 1 - q for a lesion of the liver, never where bone always leaves one.

    Binomial, within 5 standard errors.
    """
    n, q = 400, 0.7
    p = immortal(parameters(seed=539))
    c = constants(p, [Drug({8: 60.0})], [Regimen([0])], resistance_log_odds=-500.0)
    c.recist_residue_size_logit = A_FIFTH
    c.recist_residue[:] = q
    c.recist_residue[BONE] = 1.0
    for lesions, expected in (
        ([Lesion(22.0, LIVER)], 1.0 - q),
        ([Lesion(22.0, LIVER), Lesion(22.0, LUNG)], (1.0 - q) ** 2),
        ([Lesion(22.0, LIVER), Lesion(24.0, BONE)], 0.0),
    ):
        made = women(p, lesions, n, other_death=3.0)
        told = courses(p, plan(c, rules({"regimen": 0, "line": (1, 1)})), made)
        complete = (told.lines.best_response == CR).mean()
        assert abs(complete - expected) <= 5.0 * math.sqrt(expected * (1.0 - expected) / n)
        assert (told.lines.best_response >= PR).all()


def test_what_grows_again_within_a_residue_is_progression_when_it_shows() -> None:
    """A target that shrank out of sight and grows again: PD at 10 mm with a residue, at sight without."""
    p = immortal(parameters(seed=540))
    at = {}
    for residue in (0.0, 1.0):
        c = constants(
            p, [Drug({8: 40.0})], [Regimen([0])],
            resistance_log_odds=-12.0, recist_residue=residue, recist_residue_size_logit=A_FIFTH,
        )  # fmt: skip
        made = women(p, [Lesion(22.0, LIVER)], 20, other_death=30.0)
        told = courses(p, plan(c, rules({"regimen": 0, "line": (1, 1)})), made)
        at[residue] = told.lines.progressed_at
        assert np.isfinite(at[residue]).all()
    assert (at[1.0] > at[0.0]).all()


@pytest.mark.parametrize("share", [0.3, 0.5, 0.9])
def test_what_stays_is_measured(share: float) -> None:
    """d³ = l³ + ρ³ (L³ - l³): of an eradicated lesion ρ L is left on the scan, of one that grows nothing.

    From 10 mm on it is measurable in the next line, as the same target, and nothing new.
    """
    p = immortal(parameters(seed=541))
    mm = 40.0
    made = women(p, [Lesion(log_cells(p, mm), LIVER, rate=0.4)], 20, other_death=30.0)
    c = constants(
        p, [Drug({8: 90.0}), Drug({9: 1e-9})], [Regimen([0], years=[1.0]), Regimen([1])],
        resistance_log_odds=-500.0, recist_residue=1.0,
        recist_residue_size_logit=math.log(share / (1.0 - share)),
    )  # fmt: skip
    told = courses(p, plan(c, rules({"regimen": 0, "line": (1, 1)})), made)
    lines = told.lines[np.isnan(told.lines.progressed_at)]
    assert lines.size >= 15
    assert lines.baseline_mm == pytest.approx(mm, rel=1e-9)
    assert lines.best_change == pytest.approx(share - 1.0, rel=1e-9)
    assert (lines.best_response == (PR if share <= 0.7 else SD)).all()


def test_what_stays_of_a_lesion_that_regrows_is_part_of_it() -> None:
    """d³ = l³ + ρ³ (L³ - l³) at every scan, l being what the scans show where nothing stays."""
    p = immortal(parameters(seed=542))
    mm, share = 60.0, 0.4
    made = women(p, [Lesion(log_cells(p, mm), LIVER, rate=0.4)], 1, other_death=30.0)
    shown = {}
    for residue in (0.0, 1.0):
        c = constants(
            p, [Drug({8: 12.0})], [Regimen([0])],
            resistance_log_odds=-4.0, recist_residue=residue,
            recist_residue_size_logit=math.log(share / (1.0 - share)),
        )  # fmt: skip
        scans = courses(p, plan(c, rules({"regimen": 0, "line": (1, 1)})), made).scans
        shown[residue] = dict(zip(scans.scanned_at, scans.sum_mm, strict=True))
    both = sorted(set(shown[0.0]) & set(shown[1.0]))
    lives = np.array([shown[0.0][at] for at in both])
    assert lives.size >= 4
    assert lives.min() < 0.7 * mm  # it has shrunk
    assert np.array([shown[1.0][at] for at in both]) == pytest.approx(
        np.cbrt(lives**3 + share**3 * (mm**3 - lives**3)), rel=1e-9
    )


def test_a_normal_node_is_no_disease() -> None:
    """A node below 10 mm has gone, by RECIST, though cells live in it and a part of it stays."""
    p = immortal(parameters(seed=543))
    c = constants(
        p, [Drug({8: 12.0})], [Regimen([0])],
        resistance_log_odds=-7.0, recist_residue=1.0, recist_residue_size_logit=-2.0,
    )  # fmt: skip
    best = {}
    for organ in (DISTANT_NODES, LIVER):
        made = women(p, [Lesion(log_cells(p, 20.0), organ, rate=0.4)], 1, other_death=30.0)
        [row] = courses(p, plan(c, rules({"regimen": 0, "line": (1, 1)})), made).lines
        best[organ] = (row["best_response"], row["best_change"])
    assert best[DISTANT_NODES] == (CR, -1.0)
    assert best[LIVER][0] == PR
    assert best[LIVER][1] > 5.0 / 20.0 - 1.0 - 1e-9


@pytest.mark.parametrize("who, expected", [(0, SD), (1, PR)])
def test_what_cannot_be_measured_responds_by_the_criteria_before_recist(
    who: int, expected: int
) -> None:
    """A bone metastasis that shrinks: no more than SD by RECIST, PR by the WHO's from half of its area on."""
    p = immortal(parameters(seed=544))
    made = women(p, [Lesion(log_cells(p, 40.0), BONE, rate=0.4)], 1, other_death=30.0)
    c = constants(
        p, [Drug({8: 12.0})], [Regimen([0])],
        resistance_log_odds=-4.0, recist_residue=1.0, trial_who=who,
    )  # fmt: skip
    treated = plan(c, rules({"regimen": 0, "line": (1, 1)}), trial=rules({"regimen": 0}))
    [row] = courses(p, treated, made).lines
    assert row["trial"]
    assert row["best_response"] == expected


def test_half_of_the_area_is_the_limit() -> None:
    """Non-targets alone, by the criteria before RECIST: PR from half of the area, 0.354 of the volume, on."""
    for share, expected in ((0.36, SD), (0.35, PR)):
        assert before_recist(SD, False, math.log(share), 0.0) == expected
    assert before_recist(SD, True, math.log(0.01), 0.0) == SD  # targets decide
    assert before_recist(PD, False, math.log(0.01), 0.0) == PD  # as a new lesion does
    assert before_recist(CR, False, -math.inf, 0.0) == CR
    assert before_recist(SD, False, -math.inf, -math.inf) == SD  # nothing was seen at the start
