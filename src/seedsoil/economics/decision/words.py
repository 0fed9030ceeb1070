"""Money, effects and ratios as they are written in sentences and tables."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seedsoil.display.words import percent
from seedsoil.economics.decision import ratio as ratios
from seedsoil.units import Z95

if TYPE_CHECKING:
    from collections.abc import Callable

    from seedsoil.economics.decision.ratio import Ratio

MINUS = "\u2212"
_SMALLEST = 1e-6  # written with an exponent below
_ROUNDING = 1e-10  # a spread below this share of the value is that of rounding
_NO_WIDTH = 1e-9
"""The width of an interval, of its middle, below which it is nothing but rounding."""
NOT_TOLD, NO_END = "interval not told from chance", "interval without end"
"""What stands in the place of an interval: of draws that do not differ beyond chance between women, and of a
ratio whose denominator is not told from nothing."""


def plain(value: float, digits: int) -> str:
    """A number with commas at thousands and a true minus; without a sign where it rounds to 0."""
    if not math.isfinite(value):
        return "–" if math.isnan(value) else "∞"
    text = f"{value:,.{digits}f}"
    return text.lstrip("-") if float(text.replace(",", "")) == 0.0 else text.replace("-", MINUS)


def money(value: float) -> str:
    """An amount of money, whole from 100 up and three digits below: `20,098`, `42.5`, `2.51`, `0.0562`."""
    size = abs(value)
    if size == 0.0 or not math.isfinite(size) or size >= 99.95:
        return plain(value, 0)
    rounded = float(f"{size:.3g}")
    if rounded < _SMALLEST:
        return f"{value:.2g}".replace("-", MINUS)
    return plain(value, 2 - math.floor(math.log10(rounded)))


def significant(value: float, digits: int = 4) -> str:
    """A number to so many digits, whole from there up, without an exponent: `32,130`, `0.0937`."""
    if value == 0.0 or not math.isfinite(value):
        return plain(value, 0)
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(float(f"{value:.{digits}g}")))))
    text = plain(value, decimals)
    return text.rstrip("0").rstrip(".") if "." in text else text


def money_with_half(value: float, error: float) -> str:
    """An amount and half of its 95 % interval, 1.96 standard errors: `20,098 ± 310`."""
    return f"{money(value)} ± {money(Z95 * error)}"


def percent_with_half(share: float, error: float) -> str:
    """A share of draws with half of its 95 % interval: `49.2 ± 0.9 %`."""
    return f"{100.0 * share:.1f} ± {100.0 * Z95 * error:.1f}\u00a0%"


def interval_words(
    middle: float, low: float | None, high: float | None, words: Callable[[float], str]
) -> str:
    """The ends of an interval, `18,000 to 23,500`, or why there are none: NOT_TOLD or NO_END."""
    if low is None or high is None or not (math.isfinite(low) and math.isfinite(high)):
        return NO_END
    if high - low <= _NO_WIDTH * abs(middle):
        return NOT_TOLD
    return f"{words(low)} to {words(high)}"


def digits_for(spread: float, value: float) -> int:
    """Decimals that show two digits of a spread, or three of the value where there is no spread."""
    size = spread if spread > _ROUNDING * abs(value) else abs(value) / 10.0
    if not (size > 0.0 and math.isfinite(size)):
        return 2
    return min(6, max(0, 1 - math.floor(math.log10(size))))


def more_or_less(value: float, words: str) -> str:
    """A difference without its sign, and which way it goes: `1,830 more`."""
    return f"{words.lstrip(MINUS)} {'more' if value >= 0 else 'less'}"


@dataclass(frozen=True)
class Units:
    """The currency, such as `GBP`, or nothing; and what an effect is called, such as `QALY`."""

    currency: str
    effect: str

    def money(self, value: float) -> str:
        """`GBP 20,098`, or `20,098` where no currency is named."""
        return f"{self.currency}\u00a0{money(value)}" if self.currency else money(value)

    def threshold(self, k: float) -> str:
        """`GBP 20,000 a QALY`."""
        return f"{self.money(k)} a {self.effect}"

    @property
    def cost(self) -> str:
        """The title of an axis of costs."""
        return f"cost a patient{f', {self.currency}' if self.currency else ''}"

    @property
    def per_effect(self) -> str:
        """The title of an axis of thresholds."""
        return f"{self.currency or 'money'} a {self.effect}"

    def ratio(self, found: Ratio) -> str:
        """The ICER, or what stands in its place: `20,098`, `dominant`, `no difference`."""
        if found.icer is None:
            return found.verdict
        if found.verdict == ratios.SAVING:
            return f"saves {self.money(found.icer)} for each {self.effect} lost"
        return self.money(found.icer)

    def ratio_interval(self, found: Ratio) -> str:
        """Its 95 % interval, or why there is none."""
        if found.same:
            return ratios.NO_DIFFERENCE
        if found.icer_low is not None and found.icer_high is not None:
            return f"{money(found.icer_low)} to {money(found.icer_high)}"
        return f"none; {self.quadrants(found)}"

    def quadrants(self, found: Ratio) -> str:
        """The shares of draws by quadrant: `draws NE 80 %, NW 20 %`."""
        parts = [
            f"{name} {percent(share, 0)}"
            for name, share in zip(ratios.QUADRANTS, found.shares, strict=True)
            if share > 0.0
        ]
        return f"draws {', '.join(parts)}"
