"""What a scan shows of a known lesion: what lives of it, and what stays of the part that has gone.

    d³ = l³ + ρ³ (L³ - l³)

l is the diameter of what lives, L the largest with which the lesion was seen, d the diameter on the scan. Of
the volume that has gone a share ρ³ stays: necrosis, fibrosis, a scar. ρ is 0 in a part of the lesions and
logit-normal in the others, drawn once for each. A bone lesion heals by sclerosis: with a residue it is seen
for ever, as too small to measure.

It is seen down to `recist.still_seen_mm`. By the methods of trials before RECIST it had to be as large as
what RECIST calls too small to measure. A lymph node below 10 mm is no disease, by RECIST's definition.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from seedsoil.jit import inlined
from seedsoil.model import random
from seedsoil.model.natural_history.growth import diameter_mm
from seedsoil.model.treatment.recist import measurable_mm
from seedsoil.vocabulary import BONE, DISTANT_NODES, NODE

if TYPE_CHECKING:
    from seedsoil.model.types import Constants, Lesion, Parameters, State, Woman


@inlined
def judged_by_who(c: Constants, s: State) -> bool:
    """Whether the line is that of a trial whose response is judged by the criteria before RECIST."""
    return bool(s.trial_line == 1 and c.trial_who == 1)


@inlined
def note_size(lesion: Lesion) -> None:
    """Keep the largest size with which a lesion was seen, L."""
    if lesion.extinct_at == math.inf:
        lesion.largest_log_n = max(lesion.largest_log_n, lesion.log_n)


@inlined
def residue(p: Parameters, c: Constants, woman: Woman, lesion: Lesion) -> float:
    """ρ of a lesion: 0 if it leaves no residue; drawn when the question first arises."""
    if lesion.residue < 0.0:
        u, v, _, _ = random.uniforms(
            p.key_low, p.key_high, woman.patient, random.RESIDUE, lesion.entity, 0
        )
        lesion.residue = 0.0
        if u < c.recist_residue[lesion.organ]:
            logit = c.recist_residue_size_logit + c.recist_residue_size_sd * random.normal(v)
            lesion.residue = 1.0 / (1.0 + math.exp(-logit))
    return float(lesion.residue)


@inlined
def seen_cells(p: Parameters, c: Constants, woman: Woman, s: State, lesion: Lesion) -> float:
    """The volume of a known lesion on a scan, in cells; 0 if nothing is seen of it."""
    is_alive = lesion.extinct_at == math.inf
    shown = math.exp(lesion.log_n) if is_alive else 0.0
    if not is_alive or lesion.log_n < lesion.largest_log_n:
        share = residue(p, c, woman, lesion)
        if share > 0.0:
            if lesion.organ == BONE:
                shown = max(shown, c.too_small_cells)
            else:
                gone = math.exp(lesion.largest_log_n) - shown
                shown += share * share * share * gone
    least = c.too_small_cells if judged_by_who(c, s) else c.still_seen_cells
    if lesion.organ in (DISTANT_NODES, NODE):
        least = c.normal_node_cells
    return shown if shown >= least else 0.0


@inlined
def seen_mm(p: Parameters, c: Constants, woman: Woman, s: State, lesion: Lesion) -> float:
    """The diameter d of a known lesion on a scan, mm; 0 if nothing is seen of it."""
    shown = seen_cells(p, c, woman, s, lesion)
    return diameter_mm(p.log_cells_1mm, math.log(shown)) if shown > 0.0 else 0.0


@inlined
def is_measurable(p: Parameters, c: Constants, woman: Woman, s: State, lesion: Lesion) -> bool:
    """Whether a known lesion is large enough on a scan to be measured."""
    return bool(seen_mm(p, c, woman, s, lesion) >= measurable_mm(lesion.organ))
