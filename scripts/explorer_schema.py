"""Writes the explorer's contract as JSON Schema: `python scripts/explorer_schema.py`.

A test compares the files with the classes in `seedsoil.explorer.contract` and `seedsoil.explorer.questions`.
"""

from __future__ import annotations

from pathlib import Path

from seedsoil.explorer.schema import write

if __name__ == "__main__":
    write(Path(__file__).parents[1] / "src" / "seedsoil" / "explorer" / "schemas")
