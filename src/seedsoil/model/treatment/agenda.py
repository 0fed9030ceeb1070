"""The agenda: which of the lesions that are not followed are to be checked, and when.

A woman has up to thousands of lesions, and few of them ever grow large. Each lesion that is not followed
has a time, `check_at`, before which it cannot, even untreated, reach `followed_mm`. Those to be checked
within the next year are on the agenda, so that the others need not be looked at in every period.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from seedsoil.jit import compiled, inlined

if TYPE_CHECKING:
    from seedsoil.model.types import State

# Years that the agenda covers. The longer, the more lesions are on it; the shorter, the more often all
# lesions have to be looked at to make it anew. It changes no result.
_COVERED = 1.0


@inlined
def clear_agenda(s: State) -> None:
    """An empty agenda of the years from the day metastatic disease is found."""
    s.n_agenda = 0
    s.agenda_until = _COVERED
    s.next_check = _COVERED


@compiled
def _insert(s: State, i: int, check_at: float) -> None:
    """Put lesion i in its place on the agenda. Not inlined: that slows everything around it."""
    k = s.n_agenda
    while k > 0 and s.agenda[k - 1] > i:
        k -= 1
    if k == 0 or s.agenda[k - 1] != i:  # else it is still listed from before it was followed
        j = s.n_agenda
        while j > k:
            s.agenda[j] = s.agenda[j - 1]
            s.agenda_check_at[j] = s.agenda_check_at[j - 1]
            j -= 1
        s.n_agenda += 1
        k += 1
    s.agenda[k - 1] = i
    s.agenda_check_at[k - 1] = check_at


@inlined
def put_off(s: State, i: int, check_at: float) -> None:
    """Leave lesion i alone until it is to be checked.

    The agenda is in the order of the lesions. The lesions followed, and with them the possible parents of
    colonies, then come in the same order whatever the agenda covers.
    """
    s.check_at[i] = check_at
    if check_at < s.agenda_until:
        k = s.n_agenda
        if k > 0 and s.agenda[k - 1] >= i:
            _insert(s, i, check_at)
        else:
            s.agenda[k] = i
            s.agenda_check_at[k] = check_at
            s.n_agenda = k + 1
        s.next_check = min(s.next_check, check_at)


@inlined
def refresh_agenda(s: State, now: float) -> None:
    """Make the agenda of the years to come, if the one at hand has come to its end."""
    if now < s.agenda_until:
        return
    _list_until(s, now + _COVERED)
    if s.n_agenda == 0:
        _list_until(s, earliest_check(s) + _COVERED)


@inlined
def _list_until(s: State, until: float) -> None:
    s.agenda_until = until
    n = 0
    # written without branches, which the processor could not predict
    for i in range(s.count):
        check_at = s.check_at[i]
        s.agenda[n] = i
        s.agenda_check_at[n] = check_at
        n += int(check_at < until)
    s.n_agenda = n


@compiled
def quicken(s: State, now: float, ratio: float) -> None:
    """All lesions grow `ratio` times as fast from now on: those left alone are to be checked earlier.

    What is left of a wait may be sleep, which is neither shortened nor, by slower growth, prolonged; the new
    time is a lower bound all the same.
    """
    shortened = max(1.0, ratio)
    for i in range(s.count):
        if s.check_at[i] > now:
            s.check_at[i] = now + (s.check_at[i] - now) / shortened
    _list_until(s, now + _COVERED)
    s.next_check = s.agenda_until
    for k in range(s.n_agenda):
        s.next_check = min(s.next_check, s.agenda_check_at[k])


@inlined
def earliest_check(s: State) -> float:
    """When the first of the lesions that are not followed is to be checked, however late."""
    earliest = math.inf
    for i in range(s.count):
        earliest = min(earliest, s.check_at[i])
    return earliest
