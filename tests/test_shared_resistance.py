"""Resistance that one way of hitting the oestrogen receptor leaves to the other."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from kernels import parameters
from seedsoil.model.treatment.resistance import (
    ER_ANTAGONISM,
    OESTROGEN_DEPRIVATION,
    either,
    shares_endocrine,
)
from seedsoil.vocabulary import BONE, BRAIN, LIVER
from treated import Drug, Lesion, Regimen, constants, each, immortal, plan, rules, women

KILL, YEARS, START = 9.0, 0.5, -6.0


def second_line(first: int, second: int, **values: Any) -> list[tuple[float, int]]:
    """Log-odds and primary resistance of what is met second, half a year later or on progression."""
    p = immortal(parameters(seed=550))
    drugs = [Drug({first: KILL}, organs={BRAIN: 0.1}), Drug({second: 1e-9})]
    c = constants(
        p, drugs, [Regimen([0], years=[YEARS]), Regimen([1])],
        **{"resistance_log_odds": START, **values},
    )  # fmt: skip
    made = women(
        p, [Lesion(20.0, LIVER, rate=0.2), Lesion(20.0, BONE, rate=0.2)], 40, other_death=1.0
    )
    treated = plan(
        c,
        rules(
            {"regimen": 0, "line": (1, 1), "planned_years": YEARS, "maintenance": 1},
            {"regimen": 1, "line": (2, 2)},
        ),
    )
    return [(float(s.z_woman[second]), int(s.resistant[second])) for s in each(p, treated, made)]


@pytest.mark.parametrize("first, second", [
    (OESTROGEN_DEPRIVATION, ER_ANTAGONISM), (ER_ANTAGONISM, OESTROGEN_DEPRIVATION),
])  # fmt: skip
def test_what_escaped_the_one_escapes_the_other(first: int, second: int) -> None:
    """z = ln(e^z + e^(z' + K')), both z -6, K' the kill of half a year; as before where nothing is shared."""
    expected = math.log(math.exp(START) + math.exp(START + KILL * YEARS))
    assert {z for z, _ in second_line(first, second, resistance_shared=0.0)} == {START}
    shared = [z for z, _ in second_line(first, second, resistance_shared=1.0)]
    assert shared == pytest.approx([expected] * 40, abs=1e-9)


@pytest.mark.parametrize(
    "other", [m for m in range(4) if m not in (OESTROGEN_DEPRIVATION, ER_ANTAGONISM)]
)
def test_no_other_mechanism_shares(other: int) -> None:
    for first, second in ((OESTROGEN_DEPRIVATION, other), (other, ER_ANTAGONISM)):
        assert {z for z, _ in second_line(first, second, resistance_shared=1.0)} == {START}


def test_what_is_met_together_is_resisted_apart() -> None:
    """Two drugs of one regimen: neither was used before the other."""
    p = immortal(parameters(seed=551))
    drugs = [Drug({OESTROGEN_DEPRIVATION: KILL}), Drug({ER_ANTAGONISM: KILL})]
    c = constants(p, drugs, [Regimen([0, 1])], resistance_log_odds=START, resistance_shared=1.0)
    made = women(p, [Lesion(20.0, LIVER)], 3, other_death=1.0)
    for s in each(p, plan(c, rules({"regimen": 0, "line": (1, 1)})), made):
        assert s.z_woman[ER_ANTAGONISM] == s.z_woman[OESTROGEN_DEPRIVATION] == START


def test_a_tumour_that_resists_as_a_whole_resists_both() -> None:
    primary = np.zeros(constants(parameters()).resistance_primary.size)
    primary[OESTROGEN_DEPRIVATION] = 1.0
    for shared in (0.0, 1.0):
        told = second_line(
            OESTROGEN_DEPRIVATION, ER_ANTAGONISM,
            resistance_primary=primary, resistance_shared=shared,
        )  # fmt: skip
        assert {resistant for _, resistant in told} == {int(shared)}


def test_a_share_of_women_shares() -> None:
    """Binomial, within 5 standard errors; the same women whatever else is drawn."""
    p = parameters(seed=552)
    c = constants(p)
    c.resistance_shared = 0.3
    n = 4_000
    found = np.mean([shares_endocrine(p, c, patient) for patient in range(n)])
    assert abs(found - 0.3) <= 5.0 * math.sqrt(0.21 / n)


def test_either() -> None:
    assert either(-3.0, -3.0) == pytest.approx(-3.0 + math.log(2.0), rel=1e-14)
    assert either(-500.0, 7.0) == 7.0
    assert either(7.0, -500.0) == 7.0
    assert either(40.0, 40.0) == pytest.approx(40.0 + math.log(2.0), rel=1e-14)
