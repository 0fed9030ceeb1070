"""A hash of the prices and numbers of use of a question, so that draws of other prices are told apart."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seedsoil.economics.asked import Asked


def prices_hash(asked: Asked) -> str:
    """SHA-256 of every price, number of use and utility with its distribution, and sharing."""
    prices = asked.prices
    found = {
        "prices": {
            item: (
                p.value,
                p.spread.kind,
                p.standard_error,
                [(k.name, k.price) for k in p.packages],
            )
            for item, p in prices.entries.items()
        },
        "uses": {
            name: (use.value, use.spread.kind, use.spread.standard_error)
            for name, use in prices.uses.items()
        },
        "utilities": {
            key: (dict(p.values), dict(p.spread.standard_errors) if p.spread else {})
            for key, p in asked.catalog.parameters.items()
            if key.startswith("utility.")
        },
        "sharing": prices.perspective.head.vial_sharing,
        "body": prices.perspective.head.body,
        "dosing": asked.catalog.dosing.hash(),
        "money": (prices.currency, prices.price_year),
    }
    canonical = json.dumps(found, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
