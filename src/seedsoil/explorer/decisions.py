"""Draws of costs and effects that a page hands over: which strategy to choose, and how sure that is."""

from __future__ import annotations

import contextlib
import math
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.economics.decision.decision import decision
from seedsoil.economics.decision.partial_information import ALL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seedsoil.economics.decision.decision import Decision
    from seedsoil.explorer.questions import DecisionQuestion

VERDICTS = {"extendedly dominated": "extended"}
DIGITS = 6


def decided(question: DecisionQuestion) -> dict[str, Any]:
    """The answer (`replies.DecisionAnswer`). Raises InputError with file, line and column, as for files."""
    texts = {
        "costs.csv": question.costs,
        "effects.csv": question.effects,
        "parameters.csv": question.parameters,
    }
    with _written({name: text for name, text in texts.items() if text is not None}):
        result = decision(
            "costs.csv",
            "effects.csv",
            parameters=None if question.parameters is None else "parameters.csv",
            at=question.threshold,
            reference=0 if question.reference is None else question.reference,
            currency=question.currency,
            effect=question.effect,
            evppi=ALL,
        )
        return _answer(result)


@contextlib.contextmanager
def _written(texts: dict[str, str]) -> Iterator[None]:
    """The files in a folder of their own, which is the working one: so complaints name them alone."""
    with (
        tempfile.TemporaryDirectory(prefix="seedsoil-") as folder,
        contextlib.chdir(folder),
    ):
        for name, text in texts.items():
            Path(name).write_text(text, encoding="utf-8", newline="")
        yield


def _answer(result: Decision) -> dict[str, Any]:
    first = result.frontier[0]
    rows = []
    for step, row in zip(result.frontier, result.table().to_pylist(), strict=True):
        status = VERDICTS.get(step.status, step.status)
        rows.append(
            {
                "strategy": row["strategy"],
                "cost": _number(step.cost),
                "effect": _number(step.effect),
                "verdict": "reference" if step is first else status,
                "icer": _number(step.icer),
                "icer_low": _number(row["icer_low"]),
                "icer_high": _number(row["icer_high"]),
            }
        )
    curves = result.winners
    names = list(result.names)
    errors = np.sqrt(curves.shares * (1.0 - curves.shares) / result.draws.count)
    evppi = []
    if result.learns:
        evppi = [
            {"parameters": one.name, "value": _number(one.value), "standard_error": _number(one.se)}
            for one in result.learning.found
        ]
    return {
        "kind": "decision",
        "sentence": result.sentence,
        "notes": list(result.notes),
        "strategies": names,
        "currency": result.units.currency,
        "effect": result.units.effect,
        "draws": result.draws.count,
        "threshold": result.at[0],
        "frontier": rows,
        "thresholds": [float(k) for k in result.thresholds],
        "ceac": {name: _numbers(curves.shares[:, j]) for j, name in enumerate(names)},
        "ceac_se": {name: _numbers(errors[:, j]) for j, name in enumerate(names)},
        "ceaf": [names[j] for j in curves.best],
        "evpi": _numbers(curves.loss),
        "evpi_se": _numbers(curves.loss_se),
        "evppi": evppi,
    }


def _number(value: float | None) -> float | None:
    if value is None or not math.isfinite(value):
        return None
    return float(f"{value:.{DIGITS}g}")


def _numbers(values: Any) -> list[float | None]:
    return [_number(float(value)) for value in values]
