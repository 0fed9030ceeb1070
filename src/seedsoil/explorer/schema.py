"""The contract as JSON Schema: what goes to the page, and what a page may ask."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from seedsoil.explorer.contract import PARTS, Mode
from seedsoil.explorer.questions import CompareQuestion, CourseQuestion, DecisionQuestion
from seedsoil.explorer.replies import Job, Refusal

if TYPE_CHECKING:
    from pathlib import Path

ENDING = ".schema.json"


def schemas() -> dict[str, dict[str, Any]]:
    """A schema for each part of a pack, and for `mode`, `question`, `job` and `refusal`."""
    shapes: dict[str, Any] = {**PARTS, "mode": Mode, "job": Job, "refusal": Refusal}
    shapes["question"] = CompareQuestion | CourseQuestion | DecisionQuestion
    return {
        name: {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            **TypeAdapter(shape).json_schema(by_alias=True),
        }
        for name, shape in shapes.items()
    }


def text_of(schema: dict[str, Any]) -> str:
    """A schema as its file holds it."""
    return json.dumps(schema, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def write(directory: Path) -> None:
    """Write each schema to its file in `directory`."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, schema in schemas().items():
        (directory / (name + ENDING)).write_text(text_of(schema), encoding="utf-8")
