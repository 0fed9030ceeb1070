"""The tables of docs/posterior.md are written from what `seedsoil posterior` found."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from posterior_page import NAMES, PAGE, found, headlines, scales, told

TEXT = PAGE.read_text(encoding="utf-8")
RECORD: dict[str, Any] = {
    "parameters": 3,
    "targets": 1_234,
    "bulk_ess": {"least": 2_345.4, "median": 9_876.5},
    "r_hat": {"largest": 1.00249},
    "verified": [{"draws": 60, "off": 0.483}, {"draws": 60, "off": 0.256}, {"draws": 60, "off": 0.204}],
    "emulator": {"lack_of_fit_share_of_variance": 0.146},
    "parameters_informed": {
        "a": {"contraction": 0.05},
        "b": {"contraction": 0.11},
        "c": {"contraction": 0.9},
    },
    "scales": {"late": [1.0, 2.04, 3.0], "os": [0.5, 1.09, 1.4], "pfs": [0.9, 1.12, 1.3]},
    "headlines": {
        key: {"mean": 0.12345, "sd": 0.01234, "shares": {"x": 0.1, "y": -0.42, "z": 0.2, "w": 0.01}}
        for key in NAMES
    },
}  # fmt: skip


def test_the_tables_say_what_was_found() -> None:
    assert "| numbers, targets | 3, 1234 |\n" in found(RECORD)
    assert "| least and median bulk ESS of four chains | 2,345, 9,876 |\n" in found(RECORD)
    assert "| largest split R̂ | 1.002 |\n" in found(RECORD)
    assert (
        "| 0.48, 0.26 after learning from them, 0.20 after learning from as many more |\n"
        in found(RECORD)
    )
    assert "| numbers whose spread is 90 % or more of their prior's | 1 of 3 |\n" in found(RECORD)
    assert scales(RECORD).endswith(": `late` 2.0, `pfs` 1.1.\n")
    assert "| alive at ten years | 0.123 | 0.012 | `y` 42%, `z` 20%, `x` 10% |\n" in headlines(
        RECORD
    )
    assert "over pre-2013 | 0.12 | 0.01 |" in headlines(RECORD)


def test_a_posterior_that_was_not_verified_has_no_such_row() -> None:
    record = copy.deepcopy(RECORD) | {"verified": []}
    assert "fresh women" not in found(record)
    assert "largest split R̂" in found(record)


def test_the_page_keeps_what_is_written_by_hand() -> None:
    page = told(TEXT, RECORD)
    assert told(page, RECORD) == page
    kept = [line for line in TEXT.splitlines() if not line.startswith(("|", "Groups of targets"))]
    assert [x for x in page.splitlines() if not x.startswith(("|", "Groups of targets"))] == kept
    assert "| numbers, targets | 3, 1234 |" in page


def test_a_page_without_the_table_is_named() -> None:
    with pytest.raises(ValueError, match="not one part begins"):
        told("# The posterior\n", RECORD)
