"""What the file of a perspective may say: its head, a price, a package, how often something is used."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from seedsoil.catalog.distributions import DistributionName
from seedsoil.catalog.entry import Confidence, Entry, Status, Text, Year

Included = Literal["health", "social care", "society"]
"""Whose costs a perspective counts."""
Sharing = Literal["none", "all"]
Limits = Annotated[list[float], Field(min_length=2, max_length=2)]
MOST_PRICE, MOST_USE = 1e9, 1e6
"""The highest price of a unit or package, and the highest number of use: beyond, sums of squares overflow."""


class Package(Entry):
    """A vial, syringe or pack: `units` of `mg` each (tablets of a pack), and its price."""

    mg: float
    units: Annotated[int, Field(ge=1, le=1000)] = 1
    price: float

    @property
    def name(self) -> str:
        """What tells it from the drug's other packages: `150`, or `125x21` for 21 tablets of 125 mg."""
        return f"{self.mg:g}" if self.units == 1 else f"{self.mg:g}x{self.units}"

    @property
    def total_mg(self) -> float:
        """What is in it, mg."""
        return self.mg * self.units


class PriceEntry(Entry):
    """The price of one item as written: a `value` a unit; a drug has `packages`, or is `made_of` drugs.

    `currency` and `price_year` are those of the file where they are not given. The uncertainty goes for
    all packages together: `standard_error` and `range` are those of the first one's price. What
    `moves_with` another item is drawn with it, as two entries of one substance are.
    """

    value: float | None = None
    packages: Annotated[list[Package], Field(min_length=1)] | None = None
    made_of: Annotated[list[Text], Field(min_length=1)] | None = None
    distribution: DistributionName | None = None
    standard_error: float | None = None
    range: Limits | None = None
    moves_with: Text | None = None
    currency: Text | None = None
    price_year: Year | None = None
    description: str = ""
    sources: list[str]
    status: Status
    confidence: Confidence
    note: str = ""

    @property
    def number(self) -> float:
        """The number that the distribution is of: the value, or the price of the first package."""
        if self.packages:
            return self.packages[0].price
        return self.value or 0.0


class UseEntry(Entry):
    """How often something is used, as written: one number of `cost_items.USES`."""

    value: float
    distribution: DistributionName | None = None
    standard_error: float | None = None
    range: Limits | None = None
    sources: list[str]
    status: Status
    confidence: Confidence
    note: str = ""


class PerspectiveEntry(Entry):
    """What stands at the top of a perspective's file.

    `body`: the population whose weight and height women have, of `dosing.toml`.
    """

    name: Text
    description: Text
    payer: Text
    currency: Text
    price_year: Year
    includes: Annotated[list[Included], Field(min_length=1)]
    inflation: Text
    vial_sharing: Sharing
    body: Text = "breast-cancer-trials"
    sources: list[str]
    status: Status
    confidence: Confidence
    note: str = ""
