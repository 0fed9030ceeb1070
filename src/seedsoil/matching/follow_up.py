"""How long registry women were followed: the reverse Kaplan-Meier estimate (Schemper and Smith 1996).

The roles of event and censoring are exchanged, so that a woman who had the event counts as one who would
have been followed for longer. The plain median of the times is too short the more events there are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from seedsoil.results.columns import Flags, Floats

QUARTILES = (0.25, 0.5, 0.75)


def follow_up_quartiles(time: Floats, event: Flags) -> tuple[float | None, ...]:
    """Lower quartile, median and upper quartile of the time followed, in years; None if not reached."""
    at, left = np.unique(time[~event], return_counts=True)
    ordered = np.sort(time)
    # Of equal times the event comes first: who has it is no longer at risk of being censored.
    order = np.sort(time[event])
    risk = len(ordered) - np.searchsorted(ordered, at, side="left")
    risk = risk - (
        np.searchsorted(order, at, side="right") - np.searchsorted(order, at, side="left")
    )
    still = np.cumprod(1.0 - left / risk)
    found = [np.flatnonzero(still <= 1.0 - share + 1e-12) for share in QUARTILES]
    return tuple(float(at[places[0]]) if len(places) else None for places in found)
