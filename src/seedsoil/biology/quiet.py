"""Until when nothing can come of a lesion: exact, and what makes most lesions cheap.

A process with rate c N^a, A = c K^a, has on a lesion of growth rate b, up to the size y, a cumulative
hazard (see `hazard`)

    Λ = (A/b) [E1(a y) - E1(a y_start)]  <  (A/b) e^(-a y) / (a y)

With κ = max A e^(-a y*) / (a y*) over all processes of a lesion, none of them has gathered more than κ/b
by the time at which it has the size y*. If the first of its clocks is later than κ/b, nothing has
happened by then: the lesion is quiet until it reaches y*, and nothing need be computed of it. Else, which
is rare, it is taken to be never quiet. y* is no larger than what imaging shows, so that a quiet lesion
is unseen too. The choice of y* decides how much is computed, and changes no result.
"""

from __future__ import annotations

import math
from typing import Any

from seedsoil.biology.lesions import CLOCKS
from seedsoil.compiled import compiled

# κ that is aimed at, per year: a lesion is never quiet with a probability of about 6 κ/b.
AIM = 2e-3


@compiled
def gathered(log_top: float, a: float, y: float) -> float:
    """A e^(-a y) / (a y), a bound of b Λ up to the size y."""
    return math.exp(log_top - a * y) / (a * y)


@compiled
def quiet_y(log_top: float, a: float) -> float:
    """A size y at which `gathered` is about AIM: x + ln x = ln(A/AIM) with x = a y, roughly solved."""
    level = max(log_top - math.log(AIM), 1.0)
    return (level - math.log(level)) / a


@compiled
def set_quiet_size(p: Any, woman: Any) -> None:
    """Choose y* for a woman by how much her lesions shed, and work out κ."""
    log_top = woman.log_mu + p.quiet_spread_log_top[woman.subtype]
    y = max(p.quiet_y, quiet_y(log_top, p.spread_exponent))
    woman.quiet_ln_y = math.log(y)
    woman.quiet_clock = max(p.quiet_clock, gathered(log_top, p.spread_exponent, y))


@compiled
def quieten(woman: Any, lesion: Any) -> None:
    """Set until when the lesion is quiet, from its start, size, growth rate and first clock."""
    lesion.quiet_until = lesion.start
    ahead = lesion.ln_y - woman.quiet_ln_y
    # The first clock is -ln(u)/6, which is more than (1 - u)/6.
    if ahead > 0.0 and (1.0 - lesion.first_uniform) * lesion.rate > CLOCKS * woman.quiet_clock:
        lesion.quiet_until += ahead / lesion.rate
