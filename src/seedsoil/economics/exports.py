"""What an evaluation writes beside its report that no other result does: a workbook, a checklist, LaTeX."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from seedsoil.economics.evaluation import EvaluationData

OWN_FORMATS = ("xlsx", "docx", "tex")
WORKBOOK, CHECKLIST, LATEX = "evaluation.xlsx", "cheers.docx", "latex"


def writers(evaluation: EvaluationData) -> Mapping[str, Callable[[Path], object]]:
    """What writes each of OWN_FORMATS into a directory."""
    return {
        "xlsx": partial(_workbook, evaluation),
        "docx": partial(_checklist, evaluation),
        "tex": partial(_latex, evaluation),
    }


def _workbook(evaluation: EvaluationData, directory: Path) -> None:
    from seedsoil.economics.workbook import write_workbook

    write_workbook(evaluation, directory / WORKBOOK)


def _checklist(evaluation: EvaluationData, directory: Path) -> None:
    from seedsoil.economics.cheers import write_cheers

    write_cheers(evaluation, directory / CHECKLIST)


def _latex(evaluation: EvaluationData, directory: Path) -> None:
    from seedsoil.economics.latex import latex_tables

    place = directory / LATEX
    place.mkdir()
    for name, text in latex_tables(evaluation).items():
        (place / f"{name}.tex").write_text(text, encoding="utf-8")
