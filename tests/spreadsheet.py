"""Workbooks recalculated by programs that know nothing of this package."""

from __future__ import annotations

import os
import shutil
import subprocess
import warnings
from typing import TYPE_CHECKING, Any

import openpyxl

if TYPE_CHECKING:
    from pathlib import Path

SOFFICE = shutil.which("soffice") or shutil.which("libreoffice")
# Otherwise LibreOffice keeps what the file says of each formula's value, in silence.
_ALWAYS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"""


def convert(path: Path, ending: str, work: Path) -> Path:
    """The file as LibreOffice writes it in another format, with every formula calculated anew."""
    assert SOFFICE is not None
    user = work / "profile" / "user"
    user.mkdir(parents=True, exist_ok=True)
    (user / "registrymodifications.xcu").write_text(_ALWAYS, encoding="utf-8")
    out = work / "out"
    out.mkdir(exist_ok=True)
    command = [
        SOFFICE, f"-env:UserInstallation={(work / 'profile').as_uri()}", "--headless", "--norestore",
        "--convert-to", ending, "--outdir", str(out), str(path),
    ]  # fmt: skip
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=900,
        env={**os.environ, "HOME": str(work)},
        check=False,
    )
    made = out / f"{path.stem}.{ending}"
    assert made.is_file(), done.stdout + done.stderr
    return made


def cells(path: Path, *, formulas: bool = False) -> dict[tuple[str, str], Any]:
    """The cells of a workbook by sheet and address: their values as kept in the file, or their formulas."""
    book = openpyxl.load_workbook(path, data_only=not formulas)
    return {
        (sheet.title, cell.coordinate): cell.value
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    }


def formulas_of(path: Path) -> dict[tuple[str, str], str]:
    """The formulas of a workbook: what is text that begins as one does is none."""
    book = openpyxl.load_workbook(path)
    return {
        (sheet.title, cell.coordinate): cell.value
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    }


def edited(path: Path, to: Path, changes: dict[tuple[str, str], Any]) -> Path:
    """A copy with other values in some cells; the values kept of formulas are gone."""
    book = openpyxl.load_workbook(path)
    for (sheet, at), value in changes.items():
        book[sheet][at] = value
    book.save(to)
    return to


def calculated(path: Path) -> dict[tuple[str, str], Any]:
    """The cells with formulas as a library in Python finds them, that reads formulas and nothing else."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import formulas

        model = formulas.ExcelModel().loads(str(path)).finish()
        solution = model.calculate()
    found = {}
    for sheet, at in formulas_of(path):
        value = solution[f"'[{path.name}]{sheet.upper()}'!{at}"].value[0][0]
        if hasattr(value, "item"):
            value = value.item()
        found[sheet, at] = value if isinstance(value, int | float | bool) else str(value)
    plain = {at: v for at, v in cells(path, formulas=True).items() if at not in found}
    return plain | found
