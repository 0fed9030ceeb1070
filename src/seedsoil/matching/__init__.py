"""`match()`: a registry extract against simulated women standardised to it."""

from __future__ import annotations

from seedsoil.matching.columns import parse_mapping
from seedsoil.matching.matched import Match, match

__all__ = ["Match", "match", "parse_mapping"]
