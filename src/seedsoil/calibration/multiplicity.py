"""How many organs and lesions a woman has when metastatic disease is found.

Series and trials hold women de novo and recurrent in proportions of their own, which depend on
screening and on the adjuvant therapy of the time. So each woman is weighted: the women de novo of a
subtype make up the published share, which the targets hold too. HR+/HER2- and HER2-positive women had
the adjuvant therapy of the scenario "treated", triple-negative women that of "chemo"; first recurrences
in the series of their time are those of "series". Trials and registries of women who begin therapy count what
the scan at its start shows, as the trials of the treated course do.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.calibration.target_statistics import (
    Cells,
    Rows,
    found_in_life,
    her2_positive,
    involved,
    organs_involved,
    quantile,
    recurrent_in_life,
    share,
)
from seedsoil.model.natural_history.writing import PRESENTATION_DE_NOVO
from seedsoil.vocabulary import BONE, BRAIN, DISTANT_NODES, HR_POS_HER2_NEG, LIVER, LUNG, TNBC

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from seedsoil.catalog.targets import Target

_FEW = 5  # lesions up to which disease is called oligometastatic


def at_baseline(rows: Rows) -> Rows:
    """The women with what the scan at the start of therapy shows in place of what finds the disease."""
    shown: Rows = rows.copy()
    shown["involved"] = rows["baseline_organs"]
    shown["visible_lesions"] = rows["baseline_lesions"]
    return shown


def before_tomography(rows: Rows) -> Rows:
    """The women without the nodes that chest film, bone scan and sonography do not show beside an organ."""
    shown: Rows = rows.copy()
    elsewhere = rows["involved"] & ~(1 << DISTANT_NODES)
    shown["involved"] = np.where(elsewhere != 0, elsewhere, rows["involved"])
    return shown


def weights_to(rows: Rows, de_novo: float) -> NDArray[Any]:
    """A weight for each woman, so that those de novo make up the share `de_novo` of the whole."""
    mask = rows["presentation"] == PRESENTATION_DE_NOVO
    new, old = max(int(np.count_nonzero(mask)), 1), max(int(np.count_nonzero(~mask)), 1)
    weights: NDArray[Any] = np.where(mask, de_novo / new, (1.0 - de_novo) / old)
    return weights


def weighted_share(hits: NDArray[Any], weights: NDArray[Any]) -> tuple[float, float]:
    """Weighted share of true values, and its binomial error with as many women as the weights are worth."""
    total = float(weights.sum())
    if total <= 0.0:
        return math.nan, math.inf
    value = float(weights[hits].sum()) / total
    worth = total * total / float(np.sum(weights**2))
    return value, max(math.sqrt(max(value * (1.0 - value), 0.0) / worth), 1.0 / worth)


def visceral(rows: Rows) -> NDArray[Any]:
    """Lung, liver or brain involved, as a mask."""
    mask: NDArray[Any] = involved(rows, LUNG) | involved(rows, LIVER) | involved(rows, BRAIN)
    return mask


def _luminal(rows: Rows, w: NDArray[Any]) -> Cells:
    """Organs of HR+/HER2- women, whose weights are `w`."""
    count, bone = organs_involved(rows), involved(rows, BONE)
    inner = involved(rows, LUNG) | involved(rows, LIVER)
    bone_only = weighted_share(bone & (count == 1), w)
    middle = quantile(rows["age"] + rows["metastatic_at"], 0.5)
    return {
        "sites_1": weighted_share(count == 1, w),
        "sites_2": weighted_share(count == 2, w),
        "sites_3": weighted_share(count >= 3, w),
        "bone": weighted_share(bone, w),
        "liver": weighted_share(involved(rows, LIVER), w),
        "lung_or_liver": weighted_share(inner, w),
        "bone_in_visceral": weighted_share(bone[inner], w[inner]),
        "bone_in_other": weighted_share(bone[~inner], w[~inner]),
        "bone_only": bone_only,
        "bone_only_trial": bone_only,
        "age": middle,
    }


def multiplicity(
    treated: Rows, chemo: Rows, series: Rows, published: Mapping[str, Target]
) -> Cells:
    """Organs and lesions when metastatic disease is found in life."""
    treated, chemo = at_baseline(found_in_life(treated)), at_baseline(found_in_life(chemo))
    women = {
        "hr_pos_her2_neg": treated[treated["subtype"] == HR_POS_HER2_NEG],
        "her2": treated[her2_positive(treated)],
        "tnbc": chemo[chemo["subtype"] == TNBC],
    }
    weights = {
        name: weights_to(rows, published[f"de_novo_{name}"].observed)
        for name, rows in women.items()
    }
    cells = _luminal(women["hr_pos_her2_neg"], weights["hr_pos_her2_neg"])
    found = sum(rows.size for rows in women.values())
    for name, rows in women.items():
        cells[f"de_novo_{name}"] = share(rows["presentation"] == PRESENTATION_DE_NOVO)
        cells[f"subtype_{name}"] = share(np.arange(found) < rows.size)
    for name in ("her2", "tnbc"):
        only = women[name]["involved"] == 1 << BONE
        cells[f"{name}_bone_only"] = weighted_share(only, weights[name])
    cells["her2_visceral"] = weighted_share(visceral(women["her2"]), weights["her2"])
    everyone: Rows = np.concatenate(list(women.values()))
    w = np.concatenate([published[f"subtype_{name}"].observed * weights[name] for name in women])
    cells["all_visceral"] = weighted_share(visceral(everyone), w)
    cells["all_sites_3"] = weighted_share(organs_involved(everyone) >= 3, w)
    recurrent = recurrent_in_life(series)
    filmed = before_tomography(recurrent)
    cells["recurrent_bone_only"] = share(filmed["involved"] == 1 << BONE)
    cells["recurrent_multiple"] = share(organs_involved(filmed) > 1)
    cells["recurrent_few"] = share(at_baseline(recurrent)["visible_lesions"] <= _FEW)
    return cells
