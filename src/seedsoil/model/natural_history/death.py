"""Death from the burden of metastases: hazard Σ_o h_o (N_o / 1e11)^g; brain and liver weigh most."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seedsoil.jit import compiled
from seedsoil.model import random
from seedsoil.model.natural_history.thinning import DEATH, Process, first_event
from seedsoil.vocabulary import METASTATIC_ORGANS

if TYPE_CHECKING:
    from seedsoil.model.types import Parameters, Woman


@compiled
def cancer_death(p: Parameters, woman: Woman, after: float, horizon: float) -> float:
    """Time of death from metastases in (after, horizon], or infinity."""
    process = Process(
        DEATH, random.DEATH_THINNING, p.death_exponent, p.death_log_exponent, p.death_start
    )
    every = woman.organ_starts[METASTATIC_ORGANS]
    time, _ = first_event(p, woman, 0, every, process, after, horizon)
    return time
