"""What treated lesions leave to be seen when they have gone: complete response, and progression after it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from kernels import parameters
from seedsoil.model.treatment.state import CAUSE_OTHER, STOP_DEATH, STOP_PLANNED
from seedsoil.vocabulary import BONE, CR, LIVER, LUNG, PR
from treated import SCAN, Drug, Lesion, Regimen, constants, courses, immortal, plan, rules, women


@pytest.mark.parametrize("kill", [60.0, 120.0, 200.0])
@pytest.mark.parametrize("years", [1.0, math.inf])
@pytest.mark.parametrize("residue", [0.0, 1.0])
def test_the_line_of_a_cured_woman(kill: float, years: float, residue: float) -> None:
    """Nothing is left after some periods: the response is confirmed, the drug goes on as planned.

    It is complete unless residues are left: the target is then recorded as 5 mm for ever.
    """
    p = immortal(parameters(seed=538))
    c = constants(
        p,
        [Drug({8: kill})],
        [Regimen([0], years=[years])],
        resistance_log_odds=-500.0,
        recist_residue=residue,
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
            p, [Drug({8: 40.0})], [Regimen([0])], resistance_log_odds=-12.0, recist_residue=residue
        )
        made = women(p, [Lesion(22.0, LIVER)], 20, other_death=30.0)
        told = courses(p, plan(c, rules({"regimen": 0, "line": (1, 1)})), made)
        at[residue] = told.lines.progressed_at
        assert np.isfinite(at[residue]).all()
    assert (at[1.0] > at[0.0]).all()
