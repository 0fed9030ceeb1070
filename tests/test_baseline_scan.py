"""The scan at the start of therapy shows more than what finds the disease, and none of it is new later."""

from __future__ import annotations

from typing import Any

import numpy as np

import seedsoil as ss
from kernels import packaged, parameters
from seedsoil.simulation.shards import simulate_rows

ORGANS = ("bone", "lung", "liver", "brain", "other")
SAME, FINER = ({f"imaging.baseline_mm:{organ}": mm for organ in ORGANS} for mm in (100.0, 4.0))


def rows_with(values: dict[str, float]) -> Any:
    return simulate_rows(parameters(values, seed=821), 0, 4_000, details=False).patients


def test_a_scan_as_coarse_as_what_finds_the_disease_shows_the_same() -> None:
    """A limit beyond the imaging limit changes nothing: the lower of the two counts."""
    rows = rows_with(SAME)
    assert (rows["baseline_organs"] == rows["involved"]).all()
    assert (rows["baseline_lesions"] == rows["visible_lesions"]).all()
    assert np.count_nonzero(rows["visible_lesions"]) > 200


def test_a_finer_scan_shows_more_and_moves_nothing_else() -> None:
    """The finer the scan, the more lesions and organs; finding, symptoms and death stay to the bit."""
    coarse, usual, fine = rows_with(SAME), rows_with({}), rows_with(FINER)
    for rows in (usual, fine):
        for name in coarse.dtype.names:
            if not name.startswith("baseline_"):
                assert np.array_equal(
                    rows[name], coarse[name], equal_nan=rows[name].dtype.kind == "f"
                )
    assert (usual["baseline_organs"] | coarse["baseline_organs"] == usual["baseline_organs"]).all()
    assert (fine["baseline_organs"] | usual["baseline_organs"] == fine["baseline_organs"]).all()
    counts = [rows["baseline_lesions"].sum() for rows in (coarse, usual, fine)]
    assert counts[0] < counts[1] < counts[2]


def test_what_the_scan_showed_is_not_new() -> None:
    """With a finer scan more organs are known at the first line, and fewer lines end by a new lesion."""
    lines = [
        ss.simulate(
            4_000, seed=822, strategy="2022", catalog=packaged().with_values(values)
        ).lines.to_pandas()
        for values in (SAME, FINER)
    ]
    first = [table[table.line == 1].set_index("patient") for table in lines]
    assert (first[0].index == first[1].index).all()
    visceral, bone_only = ([table[name] for table in first] for name in ("visceral", "bone_only"))
    assert (visceral[1] >= visceral[0]).all()
    assert (bone_only[1] <= bone_only[0]).all()
    assert visceral[1].mean() > visceral[0].mean() + 0.05
    new = [(table.progression_by == "new lesion").mean() for table in first]
    assert new[1] < new[0] - 0.03
