"""Death from the burden of metastases: hazard Σ_o h_o (N_o / 1e11)^g; brain and liver weigh most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seedsoil.jit import compiled
from seedsoil.model.natural_history.thinning import DEATH, first_event
from seedsoil.vocabulary import METASTATIC_ORGANS

if TYPE_CHECKING:
    from numpy.typing import NDArray


@compiled
def cancer_death(
    p: Any,
    patient: int,
    woman: Any,
    lesions: NDArray[Any],
    count: int,
    order: NDArray[Any],
    heads: NDArray[Any],
    floor: float,
    horizon: float,
) -> float:
    """Time of death from metastases in (floor, horizon], or infinity."""
    time, _ = first_event(
        p,
        patient,
        woman,
        lesions,
        count,
        order,
        0,
        heads[METASTATIC_ORGANS],
        DEATH,
        p.death_exponent,
        p.death_log_exponent,
        p.death_start,
        floor,
        horizon,
    )
    return time
