"""Intervals of the parameters in a pack: own women in every draw, and chance taken out."""

from __future__ import annotations

import dataclasses
import logging
import math

import numpy as np
import pytest

from kernels import packaged
from seedsoil.errors import InputError
from seedsoil.explorer import pack
from seedsoil.explorer.cells import cell
from seedsoil.explorer.contract import Answers
from seedsoil.explorer.eras import ERAS
from seedsoil.explorer.over_draws import DRAWS, intervals, joined, numbers_of
from seedsoil.explorer.who import members
from seedsoil.explorer.women import Asking, women_under

ERA = "2013+"


def asking(**more: object) -> Asking:
    catalog = packaged()
    usual = {"strategies": (catalog.strategies["2022"],), "era": ERAS[ERA], "women": 600, "seed": 3,
             "catalog": catalog, "costs": False, "threads": 1}  # fmt: skip
    return Asking(**{**usual, **more})  # type: ignore[arg-type]


def test_a_draw_has_women_of_its_own() -> None:
    both, first, second = (
        women_under(asking(women=women, first=at)).number
        for women, at in ((800, 0), (400, 0), (400, 400))
    )
    assert both.tolist() == [*first.tolist(), *second.tolist()]
    assert second.min() >= 400


def test_numbers_of_a_cell_have_the_errors_of_its_women() -> None:
    lived = women_under(asking())
    everybody = next(mine for group, mine in members(lived.groups) if group == ("all",) * 3)
    of = cell(lived.lived[0], everybody, costs=False)
    found = numbers_of(of, costs=False)
    n = of["n"]
    share, error = found["alive.1"]
    assert share == of["alive"][0] / n
    assert error == pytest.approx(math.sqrt(share * (1 - share) / n), rel=0.05)
    assert found["dead.5"][0] == pytest.approx(1.0 - found["alive.5"][0])
    assert found["mean.life_years"] == tuple(of["mean"]["life_years"])
    assert found["cured.10"][1] > 0.0  # of none, too, chance is not nothing
    assert found["scenario.p50"][0] == of["scenario"]["p50"][0]


def test_chance_is_taken_out_and_what_is_not_told_has_no_interval() -> None:
    rng = np.random.default_rng(1)
    sure, chance = 0.05, 0.03
    each = []
    for k in range(400):
        here = {
            "wide": (0.4 + sure * rng.normal() + chance * rng.normal(), chance),
            "noise": (0.4 + chance * rng.normal(), 2.0 * chance),
        }
        each.append({"both": here, **({"some": here} if k else {}), "only": {"wide": here["wide"]}})
    each[7]["only"] = {"noise": (0.4, 0.1)}
    found = joined(each)
    assert set(found) == {"both"}  # a cell, or a number, that a draw has not is not told
    assert set(found["both"]) == {"wide"}
    low, high = found["both"]["wide"]
    # 95 % of a normal of sd 0.05; the sd of the end of 400 draws is some 7 % of it
    assert (high - low) / (2 * 1.96 * sure) == pytest.approx(1.0, abs=0.2)


def test_intervals_of_a_small_pack_are_of_the_contract() -> None:
    catalog = packaged()
    told: list[int] = []
    found = intervals(
        asking(), {ERA: ERAS[ERA]}, ["2022"], lambda *parts: "|".join(parts), draws=4, women=700,
        progress=told.append,
    )  # fmt: skip
    assert sum(told) == 4
    mine = found[f"{ERA}|2022|all|all|all"]
    for low, high in mine.values():
        assert low <= high
    assert {name.partition(".")[0] for name in mine} <= {
        "alive", "dead", "free", "cured", "scenario", "mean",
    }  # fmt: skip
    parts = pack.make(
        catalog, women=600, courses=15, eras=(ERA,), strategies=("2022",), draws=2, threads=1
    )
    answers = parts["answers"]
    Answers.model_validate(answers)
    assert answers["provenance"]["parameter_interval"] is True
    assert "--draws 2" in answers["provenance"]["made"]
    shown = [
        one["parameter_interval"]
        for one in answers["cells"].values()
        if "parameter_interval" in one
    ]
    assert shown
    with pytest.raises(InputError, match="draws: 1 cannot be taken"):
        pack.make(catalog, draws=1)


def test_a_pack_without_a_posterior_has_none_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    other = dataclasses.replace(packaged(), posteriors={})
    with caplog.at_level(logging.WARNING, logger="seedsoil"):
        assert pack._draws(other, None) == 0
    assert "no draws of these numbers" in caplog.text
    assert pack._draws(packaged(), None) == DRAWS
    assert pack._draws(packaged(), 0) == 0
