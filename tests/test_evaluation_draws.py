"""The report of an evaluation keeps apart what the drawn numbers leave open and what chance in women does."""

from __future__ import annotations

import dataclasses
import re
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np
import pytest

import seedsoil as ss
from made_evaluation import made
from pages import Outline, words_of
from seedsoil.economics.over_draws import increments_over_draws
from seedsoil.economics.page import evaluation_html
from seedsoil.results.draws_section import draws_section

if TYPE_CHECKING:
    from pathlib import Path

    from seedsoil.economics.evaluation import EvaluationData

TITLE = "How sure: the parameters, and chance"


def test_increments_and_their_errors_are_those_of_the_draws_women() -> None:
    evaluation = made(draws=60)
    psa = evaluation.psa
    assert psa is not None
    told = increments_over_draws(evaluation)
    assert told is not None
    assert (told.draws, told.women, told.differences) == (60, psa.simulated, True)
    n = len(evaluation.strategies)
    row = next(one for one in told.found if one.name == f"more QALYs of {evaluation.strategies[1]}")
    gained = psa.effects[:, 1] - psa.effects[:, 0]
    assert row.mean == pytest.approx(gained.mean())
    contrast = np.zeros(2 * n)
    contrast[n + 1], contrast[n] = 1.0, -1.0
    errors = np.einsum("i,kij,j->k", contrast, psa.noise, contrast) / psa.women
    assert row.monte_carlo == pytest.approx(np.sqrt(errors.mean() / 60))
    assert row.parameters == pytest.approx(
        np.sqrt(max(gained.var(ddof=1) - errors.mean(), 0.0)), abs=1e-12
    )


def test_a_strategy_that_is_the_same_and_an_evaluation_without_draws_have_none() -> None:
    assert increments_over_draws(made(draws=0)) is None
    evaluation = made(draws=10)
    assert evaluation.psa is not None
    costs, effects = evaluation.psa.costs.copy(), evaluation.psa.effects.copy()
    noise = np.zeros_like(evaluation.psa.noise)
    costs[:, 1:], effects[:, 1:] = costs[:, :1], effects[:, :1]
    same = dataclasses.replace(
        evaluation,
        psa=dataclasses.replace(evaluation.psa, costs=costs, effects=effects, noise=noise),
    )
    assert increments_over_draws(same) is None


def evaluated(draws: int) -> EvaluationData:
    """An evaluation that says how it was made, as its page wants."""
    words = ("screening", "adjuvant", "parameters_hash", "prices_hash")
    made_by = {"seed": 1, "seedsoil": "0", "women": 2_000, **dict.fromkeys(words, "a")}
    return dataclasses.replace(made(draws=draws), provenance=made_by)


def test_the_page_has_the_section_and_says_what_was_drawn() -> None:
    page = evaluation_html(evaluated(60))
    assert TITLE in Outline(page).headings
    words = words_of(page)
    assert "Of 60 sets, each with" in words
    assert "what is not known of prices, use" in words
    assert TITLE not in Outline(evaluation_html(evaluated(0))).headings


def test_sums_of_money_are_told_without_decimals() -> None:
    section = draws_section(increments_over_draws(made(draws=60)))
    assert section is not None
    by_title = dict(section["figures"])
    assert "Quality-adjusted life years" in by_title
    for row in by_title["GBP"].rows:
        assert "e+" not in "".join(row)
        assert "." not in row[1]
        assert row[1][0] in "+\u2212"
        assert row[1][-4] == ","  # thousands


def test_draws_of_other_numbers_are_refused_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packaged = (
        resources.files("seedsoil.catalog").joinpath("data", "fitted.toml").read_text("utf-8")
    )
    mine = tmp_path / "mine"
    mine.mkdir()
    text = re.sub(r'(?m)^"death\.exponent" = .*', '"death.exponent" = 1.5', packaged, count=1)
    (mine / "fitted.toml").write_text(text, encoding="utf-8")
    monkeypatch.setattr(
        "seedsoil.economics.evaluate.simulated", lambda *_: pytest.fail("simulated first")
    )
    with pytest.raises(ss.InputError, match=r"belong to other numbers.*otherwise: fit"):
        ss.evaluate(["none", "2022"], women=60, psa=2, catalog=ss.load_catalog(mine))
