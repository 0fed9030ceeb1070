"""Lesions left alone: when each could matter at the earliest, and which of them could before long.

A woman has up to thousands of lesions, and few of them ever matter. Those that could within the next
year are on a list of their own, so that the others need not be looked at every time.
"""

from __future__ import annotations

import math
from typing import Any

from seedsoil.jit import compiled, inlined

# Years that the list looks ahead. The longer, the more there are on it; the shorter, the more often all
# lesions have to be looked at to make it anew. It changes no result.
_AHEAD = 1.0


@inlined
def begin_agenda(s: Any) -> None:
    s.n_near = 0
    s.horizon = _AHEAD
    s.next_due = _AHEAD


@compiled
def _insert(s: Any, i: int, due: float) -> None:
    """Put lesion i in its place on the list; written out where it is called, this slows all the rest."""
    k = s.n_near
    while k > 0 and s.near[k - 1] > i:
        k -= 1
    if k == 0 or s.near[k - 1] != i:  # else it is still listed from before it was followed
        j = s.n_near
        while j > k:
            s.near[j] = s.near[j - 1]
            s.near_due[j] = s.near_due[j - 1]
            j -= 1
        s.n_near += 1
        k += 1
    s.near[k - 1] = i
    s.near_due[k - 1] = due


@inlined
def put_off(s: Any, i: int, due: float) -> None:
    """Leave lesion i alone until `due`.

    The list keeps the order of the lesions, so that those followed, and with them the mothers of
    colonies, come in the same order whatever the list looked like.
    """
    s.due[i] = due
    if due < s.horizon:
        k = s.n_near
        if k > 0 and s.near[k - 1] >= i:
            _insert(s, i, due)
        else:
            s.near[k] = i
            s.near_due[k] = due
            s.n_near = k + 1
        s.next_due = min(s.next_due, due)


@inlined
def refresh_agenda(s: Any, now: float) -> None:
    """List the lesions that could matter in the years to come, if it is time to."""
    if now < s.horizon:
        return
    _list_near(s, now + _AHEAD)
    if s.n_near == 0:
        _list_near(s, earliest_due(s) + _AHEAD)


@inlined
def _list_near(s: Any, horizon: float) -> None:
    s.horizon = horizon
    n = 0
    # without branches, which no processor could foresee
    for i in range(s.count):
        due = s.due[i]
        s.near[n] = i
        s.near_due[n] = due
        n += int(due < horizon)
    s.n_near = n


@inlined
def earliest_due(s: Any) -> float:
    """When the first of the lesions left alone could matter, however late."""
    earliest = math.inf
    for i in range(s.count):
        earliest = min(earliest, s.due[i])
    return earliest
