"""What all entries of the catalog have in common: strict fields, provenance, numbers by item."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Status = Literal["verified", "derived", "unverified", "assumption"]
Confidence = Literal["high", "medium", "low"]
NOT_VERIFIED = ("unverified", "assumption")
"""Statuses of a number that nobody read at its source."""

Text = Annotated[str, Field(min_length=1)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
Factor = Annotated[float, Field(ge=0.0, le=10.0)]
Duration = Annotated[float, Field(gt=0.0, le=600.0)]
"""Months."""
ScanWeeks = Annotated[float, Field(ge=1.0, le=104.0)]
"""Weeks between two scans."""
Year = Annotated[int, Field(ge=1900, le=2100)]
"""Calendar year."""

SHARE_TOLERANCE = 0.005
"""Published shares are rounded: a sum within this of one is accepted, and the shares are divided by it."""


class Entry(BaseModel):
    """Common rules: no unknown field, no NaN or infinity, no silent conversion of text to numbers."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class ByItem(Entry):
    """One number for each item of a list of the vocabulary, in the order of the list."""

    def numbers(self) -> tuple[float, ...]:
        """The numbers in the order of the list."""
        return tuple(getattr(self, name) for name in type(self).model_fields)
