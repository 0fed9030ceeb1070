"""How far metastases spread: until she dies, or until metastatic disease is found."""

from __future__ import annotations

import math
from typing import Any

from numpy.typing import NDArray

from seedsoil.biology.death import cancer_death
from seedsoil.biology.lesions import look_ahead
from seedsoil.biology.presentation import chance_image, first_visible
from seedsoil.biology.spread import daughters
from seedsoil.biology.symptoms import onsets
from seedsoil.compiled import compiled


@compiled
def _ends(
    p: Any,
    patient: int,
    until_found: bool,
    lesions: NDArray[Any],
    count: int,
    diagnosis: float,
    floor: float,
    horizon: float,
    symptom_times: NDArray[Any],
    symptom_causes: NDArray[Any],
    order: NDArray[Any],
    heads: NDArray[Any],
) -> float:
    """When these lesions kill in (floor, horizon], or, if it comes first and `until_found`, are found.

    Infinity if neither. `order` and `heads` come from `look_ahead` with the same horizon.
    """
    found = math.inf
    if until_found:
        first, _, _ = onsets(
            p, patient, lesions, count, order, heads, floor, horizon, symptom_times, symptom_causes
        )
        visible = max(diagnosis, first_visible(p, lesions, count))
        found = min(first, chance_image(p, patient, visible))
    kills = cancer_death(p, patient, lesions, count, order, heads, floor, min(horizon, found))
    return min(found, kills)


@compiled
def spread_until_the_end(
    p: Any,
    patient: int,
    until_found: bool,
    lesions: NDArray[Any],
    base: int,
    log_mu: float,
    diagnosis: float,
    other: float,
    floor: float,
    subtype: int,
    rate: float,
    times: NDArray[Any],
    symptom_times: NDArray[Any],
    symptom_causes: NDArray[Any],
    order: NDArray[Any],
    heads: NDArray[Any],
) -> tuple[int, float, bool]:
    """What metastases found after diagnosis until the end, and when that is.

    The end is her death or, if `until_found`, the finding of metastatic disease if that comes first.
    It ends their spread, and what they found brings it forward. Generation by generation, the
    daughters are founded up to the end that the lesions known so far would bring; a daughter
    founded later than the end cannot change it. Returns the number of lesions, the end (`other` if
    they neither kill nor are found) and whether the list was full.
    """
    look_ahead(p, lesions, base, other, order, heads)
    end = _ends(
        p, patient, until_found, lesions, base, diagnosis, floor, other, symptom_times,
        symptom_causes, order, heads,
    )
    horizon = min(other, end)
    shrinks = True
    while True:
        count, done, cut = base, 0, False
        end = horizon
        while done < count:
            first, done = done, count
            count, full = daughters(
                p, patient, lesions, first, done, log_mu, diagnosis, horizon, subtype, rate, times
            )
            cut = cut or full
            if count > done:
                look_ahead(p, lesions, count, horizon, order, heads)
                end = _ends(
                    p, patient, until_found, lesions, count, diagnosis, floor, horizon,
                    symptom_times, symptom_causes, order, heads,
                )
                if shrinks:
                    horizon = min(horizon, end)
        if end <= horizon or horizon >= other:
            return count, min(end, other), cut
        # Rare: a daughter's burden had the proposal refused by which her mother would have killed or
        # been found (see organ_hazard), so she lives on: look further, and do not shorten again.
        look_ahead(p, lesions, count, other, order, heads)
        end = _ends(
            p, patient, until_found, lesions, count, diagnosis, floor, other, symptom_times,
            symptom_causes, order, heads,
        )
        horizon = min(other, end)
        if cut:
            return count, horizon, True
        shrinks = False
