"""Rates at which everything is counted, so that what it is at another rate follows without simulating.

A discounted amount is A(δ) = Σ ∫ q(t) e^(-δt) dt with δ = ln(1 + rate). It is counted at each of RATES;
between them e^(cδ) A(δ), in which times count from c = MIDDLE years, is the polynomial in δ through these
amounts:

    A(δ) = Σ_k w_k(δ) · A(δ_k),   w_k(δ) = e^(-c(δ - δ_k)) Π_(j≠k) (δ - δ_j) / (δ_k - δ_j)     (Lagrange)

exact at the rates themselves. Between them the remainder of what is used t years after clock zero is that of
the polynomial, Π|δ - δ_k| · |t - c|⁵/120 times a discount factor: with lives as long as those of this model
less than 10⁻⁵ of an amount and 10⁻⁴ of a difference. The weights hold for every quantity and every woman, so
that a sum over women, and a cost, keep them: a spreadsheet needs no more than sums of products.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seedsoil.results.discounting import Discounting

    Floats = NDArray[np.float64]

RATES = (0.0, 0.015, 0.03, 0.035, 0.06)
"""A year: none, and those that guidelines ask for in base cases and sensitivity analyses."""
MIDDLE = 15.0
"""Years: from here times count, so that neither the many short nor the few very long lives are far away."""
_APART = 0.002
"""Rates that are nearer to each other make a polynomial of large terms."""


def rates_with(rate: float) -> tuple[float, ...]:
    """RATES with `rate` among them, in place of the nearest where that is very near; rising."""
    if rate in RATES:
        return RATES
    others = [one for one in RATES if one == 0.0 or abs(one - rate) >= _APART]
    return tuple(sorted([*others, rate]))


def at_each(discount: Discounting) -> tuple[Discounting, ...]:
    """The same discounting at each of the rates with its own among them."""
    return tuple(dataclasses.replace(discount, rate=rate) for rate in rates_with(discount.rate))


def weights(rates: tuple[float, ...], rate: float) -> Floats:
    """What the amounts at each of `rates` count in the amount at `rate`: float64 [rates].

    Examples:
        >>> [abs(float(w)) for w in weights((0.0, 0.03, 0.06), 0.03)]
        [0.0, 1.0, 0.0]
    """
    known, at = np.log1p(np.array(rates)), np.log1p(rate)
    found: Floats = np.exp(-MIDDLE * (at - known))
    for k in range(len(rates)):
        for j in range(len(rates)):
            if j != k:
                found[k] *= (at - known[j]) / (known[k] - known[j])
    return found


class AtRates(NamedTuple):
    """What women use and live at every rate, means of a woman; the first axes are of draws or groups.

    `costs`, `effects`: the rates of each, rising; `rate_costs` and `rate_effects` of them are in use.
    `quantities`: float64 [..., strategies, rates, items]. `years`: [..., strategies, rates, len(STATES)],
    life years by state. `weighted`: [..., strategies, rates, len(PARTS)], years of each part of life times
    the factors of toxicity and symptoms in it, so that QALY = Σ worth · weighted. `worth`: [len(PARTS)], or
    one a draw, [..., len(PARTS)]: the utility of each part without them.
    """

    costs: tuple[float, ...]
    effects: tuple[float, ...]
    rate_costs: float
    rate_effects: float
    quantities: Floats
    years: Floats
    weighted: Floats
    worth: Floats

    @property
    def used(self) -> Floats:
        """Quantities at the rate in use: float64 [..., strategies, items]."""
        return self.quantities[..., self.costs.index(self.rate_costs), :]
