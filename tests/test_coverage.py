"""What prediction intervals cover: kinds, counts, binomial intervals; over draws chance counts once."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from kernels import FALSE_ALARM
from seedsoil.calibration.reach import reach
from seedsoil.catalog.endpoints import EXAMPLES
from seedsoil.trials.arms import ArmOutcomes, Conduct
from seedsoil.trials.coverage import (
    CHANCE,
    EVERYTHING,
    KINDS,
    PARAMETERS,
    by_chance,
    coverage,
    coverage_rows,
    kind_of,
)
from seedsoil.trials.endpoints import Result
from seedsoil.trials.readout import Group
from seedsoil.trials.replicates import draws, replicate_groups
from seedsoil.trials.validated import Row
from seedsoil.trials.validation import Validation
from seedsoil.vocabulary import PR, SD


def result(endpoint: str = "pfs_median", **more: Any) -> Result:
    """Inside 95 % over draws; of chance alone outside."""
    usual = {
        "arm": "new", "endpoint": endpoint, "among": "", "unit": "months", "published": 10.0, "low": None,
        "high": None, "verified": True, "mean": 12.0, "error": 0.1, "predicted_low": 8.0,
        "predicted_high": 15.0, "inside": True, "reason": "", "sources": (), "note": "", "bound": "",
        "digits": 1, "analysis": "", "cut": 60.0, "inside_90": False, "chance_low": 11.0,
        "chance_high": 13.0, "chance_inside": False, "chance_inside_90": False,
    }  # fmt: skip
    return Result(**{**usual, **more})


def found(*, draws: int = 50) -> Validation:
    never = {"mean": None, "predicted_low": None, "predicted_high": None, "inside": None,
             "inside_90": None, "chance_inside": None, "chance_inside_90": None}  # fmt: skip
    both = {"inside_90": True, "chance_inside": True, "chance_inside_90": True}
    rows = [
        Row("A", "calibration", result()),
        Row("A", "calibration", result("orr", **both)),
        Row("B", "validation", result()),
        Row("B", "validation", result(chance_inside=True)),
        Row("B", "validation", result("os_hr", inside=False)),
        Row("B", "validation", result("os_median", bound=">")),
        Row("B", "validation", result("cns_pfs_median", reason="no such endpoint", **never)),
    ]
    return Validation(tuple(rows), draws=draws)


def test_every_endpoint_has_a_kind_that_says_what_it_is() -> None:
    for name in EXAMPLES:
        kind = kind_of(name)
        assert kind in KINDS
        assert ("hazard ratio" in kind) == name.endswith("_hr")
        assert ("median" in kind) == name.endswith("_median")
    assert [kind_of(name) for name in ("pfs_at_12", "esr1_at_enrolment", "attrition_1", "dcr")] == [
        "shares at a month", "other", "other", "response",
    ]  # fmt: skip


def test_coverage_is_counted_by_role_kind_level_and_what_the_interval_holds() -> None:
    told = {
        (one.role, one.kind, one.holds, one.level): (one.inside, one.count)
        for one in found().coverage
    }
    assert told["validation", EVERYTHING, CHANCE, 0.90] == (0, 3)
    assert told["validation", EVERYTHING, CHANCE, 0.95] == (1, 3)
    assert told["validation", EVERYTHING, PARAMETERS, 0.90] == (0, 3)
    assert told["validation", EVERYTHING, PARAMETERS, 0.95] == (2, 3)
    assert told["calibration", "response", PARAMETERS, 0.90] == (1, 1)
    assert told["validation", "OS, hazard ratio", PARAMETERS, 0.95] == (0, 1)
    assert not any(kind == "OS, median" for _, kind, _, _ in told)  # a number that is only bounded
    for role in ("calibration", "validation"):
        for holds in (CHANCE, PARAMETERS):
            of = [(k, v) for k, v in told.items() if (k[0], *k[2:]) == (role, holds, 0.95)]
            whole = next(v for k, v in of if k[1] == EVERYTHING)
            kinds = [v for k, v in of if k[1] != EVERYTHING]
            assert whole == tuple(map(sum, zip(*kinds, strict=True)))


def test_the_interval_of_a_share_is_binomial() -> None:
    (one,) = [
        x for x in found().coverage
        if (x.role, x.kind, x.holds, x.level) == ("validation", EVERYTHING, PARAMETERS, 0.95)
    ]  # fmt: skip
    # Wilson, by hand: (p + z²/2n ± z·sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n), p = 2/3, n = 3
    z2, p, n = 1.959964**2, 2 / 3, 3
    middle, half = p + z2 / 2 / n, math.sqrt(z2 * (p * (1 - p) / n + z2 / 4 / n / n))
    low, high = ((middle + sign * half) / (1 + z2 / n) for sign in (-1, 1))
    assert one.interval == pytest.approx((low, high), abs=1e-6)
    assert one.words() == f"67\u00a0% ({100 * low:.0f} to {100 * high:.0f})"


def test_without_draws_chance_is_told_alone() -> None:
    plain = result(chance_low=None, chance_high=None, chance_inside=None, chance_inside_90=None)
    assert by_chance(plain) == (False, True)
    assert {one.holds for one in coverage([("own", plain)], draws=False)} == {CHANCE}
    assert coverage([], draws=True) == []
    header, rows = coverage_rows([])
    assert (len(header), rows) == (3, [])
    header, rows = coverage_rows(found().coverage)
    assert header[3:] == [
        f"{level} %, chance {words}"
        for words in ("alone", "and parameters") for level in (90, 95)
    ]  # fmt: skip
    assert {len(row) for row in rows} == {len(header)}


def test_the_page_tells_coverage_and_both_intervals() -> None:
    page = found().to_markdown("seedsoil validate --draws 50")
    assert "## What the intervals cover" in page
    assert "| validation | all results | 3 | 0\u00a0% (0 to 56) |" in page
    assert "95 % by chance | 95 % with parameters" in page
    assert "| 11.0 to 13.0 | 8.0 to 15.0 | agrees |" in page
    assert "1 numbers that are only bounded" not in page
    assert "One number that is only bounded" in page
    alone = found(draws=0).to_markdown("seedsoil validate")
    assert "With `--draws` they hold" in alone
    assert "with parameters" not in alone


def test_aims_are_of_chance_and_one_is_of_draws() -> None:
    aims = {aim.what: aim for aim in reach(found())}
    aim = aims["validation trials: numbers inside 90 % of trials, with chance and parameters"]
    assert (aim.found, aim.reached) == ("0 of 3 (0 %)", False)
    assert aims["calibration trials: numbers inside 95 % of trials"].found == "1 of 2 (50 %)"
    assert aims["validation trials: PFS medians inside"].found == "1 of 2 (50 %)"
    assert not any("90 %" in aim.what for aim in reach(found(draws=0)))


def test_a_trial_without_replacement_has_no_woman_twice() -> None:
    n, size = {"a": 30, "b": 20}, 170
    drawn = next(draws(n, size, trial="T", seed=1, replicates=100, again=False)).women
    assert drawn.shape == (100, 50)
    assert all(np.unique(row).size == 50 for row in drawn)
    # three whole trials of every shuffle share no woman
    assert np.unique(drawn[:3]).size == 150
    assert np.unique(drawn).size == size
    assert any(np.unique(row).size < 50 for row in next(
        draws(n, size, trial="T", seed=1, replicates=100)
    ).women)  # fmt: skip


def test_over_worlds_of_a_trials_own_size_chance_is_counted_once() -> None:
    """Share who respond in trials of n women from worlds of n women: variance p(1-p)/n, not twice that.

    The mean square over 600 independent worlds is within 4.9 of its standard errors, sqrt(2/600): one false
    alarm in a million.
    """
    n, worlds, share = 40, 600, 0.3
    rng = np.random.default_rng(5)
    never = np.zeros(n)
    spread = {True: 0.0, False: 0.0}
    for world in range(worlds):
        response = np.where(rng.random(n) < share, PR, SD)
        arm = ArmOutcomes(
            pfs_time=never + 9.0, pfs_event=never == 0.0, os_time=never + 9.0, os_event=never == 0.0,
            response=response, responded_at=never, measurable=never == 0.0,
        )  # fmt: skip
        for again in spread:
            groups = replicate_groups(
                {"one": arm}, {"one": n}, Conduct(0.0, 5.0), {"all": Group()}, trial=f"T{world}",
                seed=2, replicates=1, again=again,
            )  # fmt: skip
            spread[again] += float(groups["all"].endpoint("orr", "one")[0] - share) ** 2 / worlds
    right, error = share * (1.0 - share) / n, math.sqrt(2.0 / worlds)
    assert FALSE_ALARM <= 1e-5
    assert abs(spread[False] / right - 1.0) < 4.9 * error
    assert spread[True] / right > 1.0 + 4.9 * error
