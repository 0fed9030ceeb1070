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
from typing import Any

from seedsoil.jit import compiled
from seedsoil.model import random
from seedsoil.model.natural_history.adjuvant import treat
from seedsoil.model.natural_history.dormancy import sleep
from seedsoil.model.natural_history.hazard import event
from seedsoil.vocabulary import NODE


@compiled
def mean_foci(p: Any, diameter: float, positive_nodes: int) -> float:
    """Expected number of foci left behind by surgery."""
    return math.exp(
        p.locoregional_log_foci
        + p.locoregional_size_slope * math.log(diameter / 20.0)
        + p.locoregional_node_slope * math.log(1.0 + positive_nodes)
    )


@compiled
def recurrence(
    p: Any,
    patient: int,
    subtype: int,
    rate: float,
    log_hazard: float,
    diameter: float,
    positive_nodes: int,
    therapies: int,
    surgery: float,
    focus: Any,
) -> float:
    """Time of the first locoregional event, or infinity. `focus` is scratch space."""
    k0, k1 = p.key_low, p.key_high
    expected = mean_foci(p, diameter, positive_nodes)
    new, _, _, _ = random.exponentials(k0, k1, patient, random.LOCOREGIONAL, 0xFFFF, 0)
    best = math.inf
    if p.new_primary_rate > 0.0:
        best = surgery + new / p.new_primary_rate
    arrived = 0.0
    k = -1
    while True:
        k += 1
        e, u, v, w = random.uniforms(k0, k1, patient, random.LOCOREGIONAL, k, 0)
        arrived -= math.log(e)
        if arrived > expected:
            break
        focus.woke = surgery + sleep(u, p.locoregional_dormant_share, p.dormancy_mean[subtype])
        focus.founded = surgery
        focus.start = focus.woke
        focus.ln_y = p.log_y0
        focus.rate = rate * math.exp(
            p.metastasis_growth[NODE] + p.metastasis_growth_sd * random.normal(v)
        )
        focus.eradicated = math.inf
        focus.entity = 0x7FFF0000 + k
        focus.version = 0
        treat(p, patient, focus, therapies, surgery)
        if focus.start < math.inf:
            years = event(-math.log(w), log_hazard + p.log_capacity, 0.0, focus.ln_y, focus.rate)
            best = min(best, focus.start + years)
    return best
