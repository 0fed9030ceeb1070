"""Locoregional recurrence: foci that surgery leaves behind, and new primaries in either breast.

The number of foci left in breast, chest wall or axilla is Poisson with mean

    λ (d / 20 mm)^α (1 + positive nodes)^β

Each is one cell, may sleep as a colony does, grows like a metastasis in a node and is found by its own
symptoms, as the primary was. New primaries come at a constant rate. Either is removed when found: it
does not spread. Most relapse series count these events together with distant recurrence; the model
keeps them apart.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from seedsoil.jit import compiled
from seedsoil.model import random
from seedsoil.model.natural_history.adjuvant import treat
from seedsoil.model.natural_history.dormancy import sleep
from seedsoil.model.natural_history.hazard import event
from seedsoil.vocabulary import NODE

if TYPE_CHECKING:
    from seedsoil.model.types import Parameters, Woman

# Entities: of the wait for a new primary, and of the first focus in the draws of `adjuvant`.
_NEW_PRIMARY = 0xFFFF
_FIRST_FOCUS = 0x7FFF0000


@compiled
def mean_foci(p: Parameters, diameter: float, positive_nodes: int) -> float:
    """Expected number of foci left behind by surgery; `diameter` of the primary in mm."""
    return math.exp(
        p.locoregional_log_foci
        + p.locoregional_size_slope * math.log(diameter / 20.0)
        + p.locoregional_node_slope * math.log(1.0 + positive_nodes)
    )


@compiled
def recurrence(p: Parameters, woman: Woman) -> float:
    """Time of the first locoregional event after surgery on the day of diagnosis, or infinity."""
    k0, k1, patient, surgery = p.key_low, p.key_high, woman.patient, woman.diagnosis
    expected = mean_foci(p, woman.diameter_mm, woman.positive_nodes)
    new = random.exponential(k0, k1, patient, random.LOCOREGIONAL, _NEW_PRIMARY, 0)
    best = math.inf
    if p.new_primary_rate > 0.0:
        best = surgery + new / p.new_primary_rate
    focus = woman.local_focus
    mean_sleep = p.dormancy_mean[woman.subtype]
    arrived = 0.0
    k = -1
    while True:
        k += 1
        e, u, v, w = random.uniforms(k0, k1, patient, random.LOCOREGIONAL, k, 0)
        arrived -= math.log(e)
        if arrived > expected:
            break
        focus.woke = surgery + sleep(u, p.locoregional_dormant_share, mean_sleep)
        focus.founded = surgery
        focus.start = focus.woke
        focus.ln_y = p.log_y0
        focus.rate = woman.growth_rate * math.exp(
            p.metastasis_growth[NODE] + p.metastasis_growth_sd * random.normal(v)
        )
        focus.eradicated = math.inf
        focus.entity = _FIRST_FOCUS + k
        focus.version = 0
        treat(p, patient, focus, woman.therapies, surgery)
        if focus.start < math.inf:
            log_top = woman.log_detection_hazard + p.log_capacity
            years = event(-math.log(w), log_top, 0.0, focus.ln_y, focus.rate)
            best = min(best, focus.start + years)
    return best
