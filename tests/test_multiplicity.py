"""What the targets of multiplicity are compared with: organs and lesions when disease is found."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from seedsoil.calibration.groups import GROUPS, simulate_group
from seedsoil.calibration.multiplicity import (
    at_baseline,
    before_tomography,
    multiplicity,
    weighted_share,
    weights_to,
)
from seedsoil.calibration.target_statistics import de_novo_organs, involved
from seedsoil.catalog import load
from seedsoil.model.natural_history.presentation import FOUND_DEATH, FOUND_SYMPTOMS
from seedsoil.model.natural_history.writing import (
    PRESENTATION_DE_NOVO,
    PRESENTATION_NONE,
    PRESENTATION_RECURRENT,
)
from seedsoil.model.rows import PATIENT
from seedsoil.vocabulary import (
    BONE,
    BRAIN,
    DISTANT_NODES,
    HR_NEG_HER2_POS,
    HR_POS_HER2_NEG,
    LIVER,
    LUNG,
    OTHER,
    TNBC,
)

Women = Sequence[tuple[int, int, tuple[int, ...]]]
DE_NOVO, RECURRENT = PRESENTATION_DE_NOVO, PRESENTATION_RECURRENT


def rows_of(women: Women) -> Any:
    """Rows of women: subtype, presentation, organs involved."""
    rows = np.zeros(len(women), PATIENT)
    for row, (subtype, presentation, organs) in zip(rows, women, strict=True):
        row["subtype"] = subtype
        row["presentation"] = presentation
        row["found_by"] = FOUND_SYMPTOMS
        row["involved"] = sum(1 << organ for organ in organs)
        row["baseline_organs"] = row["involved"]
        row["metastatic_at"] = 0.0
    return rows


def test_registry_organs_are_four() -> None:
    """ "Only" and "multiple" do not see the organ that the registry does not record."""
    hr = HR_POS_HER2_NEG
    rows = rows_of(
        [
            (hr, DE_NOVO, (BONE,)),
            (hr, DE_NOVO, (BONE, OTHER)),
            (hr, DE_NOVO, (BONE, LIVER)),
            (hr, DE_NOVO, (LUNG, OTHER)),
            (hr, DE_NOVO, (OTHER,)),
            (hr, PRESENTATION_NONE, ()),
        ]
    )
    cells = de_novo_organs(rows)
    assert cells["bone_only"][0] == pytest.approx(2 / 5)
    assert cells["lung_only"][0] == pytest.approx(1 / 5)
    assert cells["multiple"][0] == pytest.approx(1 / 5)
    assert cells["other_only"][0] == pytest.approx(1 / 5)
    assert cells["bone"][0] == pytest.approx(3 / 6)
    pattern = [cells[name][0] for name in cells if name.endswith("_only") or name == "multiple"]
    assert sum(pattern) == pytest.approx(1.0)


def test_weights_make_up_the_published_share() -> None:
    """Four women of whom one is de novo, weighted to 0.4 de novo; the error is that of unequal weights."""
    hr = HR_POS_HER2_NEG
    rows = rows_of([(hr, DE_NOVO, ())] + [(hr, RECURRENT, ())] * 3)
    weights = weights_to(rows, 0.4)
    assert weights == pytest.approx([0.4, 0.2, 0.2, 0.2])
    value, error = weighted_share(np.array([True, True, False, False]), weights)
    assert value == pytest.approx(0.6)
    worth = 1.0 / (0.16 + 3 * 0.04)
    assert error == pytest.approx(max(math.sqrt(0.24 / worth), 1.0 / worth))
    nobody = weighted_share(np.zeros(0, bool), np.zeros(0))
    assert math.isnan(nobody[0])


def test_multiplicity_of_known_women() -> None:
    """Shares of sites, bone within visceral disease, and few lesions, worked out by hand."""
    published = load().targets["multiplicity"].cells
    hr = HR_POS_HER2_NEG
    treated = rows_of(
        [
            (hr, DE_NOVO, (BONE,)),
            (hr, RECURRENT, (BONE, LIVER)),
            (hr, RECURRENT, (BONE, LUNG, OTHER)),
            (hr, RECURRENT, (LIVER,)),
            (HR_NEG_HER2_POS, DE_NOVO, (BRAIN,)),
            (HR_NEG_HER2_POS, RECURRENT, (BONE,)),
            (hr, PRESENTATION_NONE, ()),
        ]
    )
    unseen = rows_of([(hr, RECURRENT, (OTHER,))])
    unseen["found_by"] = FOUND_DEATH
    chemo = rows_of([(TNBC, DE_NOVO, (LUNG,)), (TNBC, RECURRENT, (BONE,))])
    series = rows_of([(hr, RECURRENT, (BONE, LIVER)), (hr, RECURRENT, (BONE,)), (hr, DE_NOVO, ())])
    series["baseline_lesions"] = [6, 5, 1]
    cells = multiplicity(np.concatenate([treated, unseen]), chemo, series, published)
    de_novo = published["de_novo_hr_pos_her2_neg"].observed
    each = (1.0 - de_novo) / 3.0
    assert cells["sites_1"][0] == pytest.approx(de_novo + each)
    assert cells["sites_2"][0] == pytest.approx(each)
    assert cells["sites_3"][0] == pytest.approx(each)
    assert cells["bone_only"][0] == pytest.approx(de_novo)
    assert cells["bone_in_visceral"][0] == pytest.approx(2.0 / 3.0)
    assert cells["bone_in_other"][0] == pytest.approx(1.0)
    assert cells["her2_visceral"][0] == pytest.approx(published["de_novo_her2"].observed)
    assert cells["tnbc_bone_only"][0] == pytest.approx(1.0 - published["de_novo_tnbc"].observed)
    assert cells["recurrent_multiple"][0] == pytest.approx(0.5)
    assert cells["recurrent_few"][0] == pytest.approx(0.5)
    assert cells["subtype_tnbc"][0] == pytest.approx(2 / 8)


def test_what_the_methods_of_a_time_show() -> None:
    """Before tomography nodes count alone, not beside an organ; a scan at the start of therapy shows more."""
    hr = HR_POS_HER2_NEG
    women = [(DISTANT_NODES,), (DISTANT_NODES, BONE), (DISTANT_NODES, LUNG), (BONE, LIVER)]
    rows = rows_of([(hr, RECURRENT, organs) for organs in women])
    filmed = before_tomography(rows)["involved"]
    seen = [(DISTANT_NODES,), (BONE,), (LUNG,), (BONE, LIVER)]
    assert filmed.tolist() == [sum(1 << organ for organ in organs) for organs in seen]
    rows["baseline_organs"] |= 1 << OTHER
    rows["baseline_lesions"] = 7
    assert (involved(at_baseline(rows), OTHER)).all()
    assert (at_baseline(rows)["visible_lesions"] == 7).all()
    assert not involved(rows, OTHER).any()


def test_every_cell_is_simulated_and_back() -> None:
    """The statistic names the target file's cells, all of them and no other."""
    catalog = load()
    rng = np.random.default_rng(1)
    women: Women = [
        (int(rng.integers(4)), int(rng.integers(1, 3)), (int(rng.integers(5)),)) for _ in range(200)
    ]
    needed, _ = GROUPS["multiplicity"]
    scenarios = {name: rows_of(women) for name in needed}
    cells = simulate_group("multiplicity", scenarios, None, catalog.targets)
    assert set(cells) == set(catalog.targets["multiplicity"].cells)
