"""Tables as LaTeX, with the rules of the package booktabs; long ones go on over pages by longtable."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from seedsoil.errors import visible

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

LONGEST = 40
"""Rows of a table that stays on one page."""
_SMALL = r"\footnotesize\setlength{\tabcolsep}{4pt}"
_ESCAPES = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "−": r"$-$",
    "–": "--",
    "—": "---",
    "±": r"$\pm$",
    "×": r"$\times$",
    "≤": r"$\le$",
    "≥": r"$\ge$",
    "\u00a0": "~",
}


def escaped(text: str) -> str:
    """Text as LaTeX prints it: what LaTeX would obey is written out, control characters as their codes."""
    return "".join(_ESCAPES.get(c, c) for c in visible(text))


def latex_table(
    table: pa.Table,
    *,
    caption: str,
    label: str,
    digits: Mapping[str, int],
    titles: Mapping[str, str],
) -> str:
    r"""The table as LaTeX, ready for \input: text to the left, numbers to the right, nothing for no value.

    `digits`: decimals of a column, by name, three if it is not named; `titles`: of columns, by name, the
    name itself with spaces if it is not named. The file needs booktabs, over LONGEST rows longtable too,
    and the encoding UTF-8.
    """
    import pyarrow as pa

    # a column in which no row has anything says nothing in print
    table = table.select(
        [f.name for f in table.schema if table.column(f.name).null_count < len(table)]
    )
    numeric = [pa.types.is_floating(f.type) or pa.types.is_integer(f.type) for f in table.schema]
    columns = "".join("r" if number else "l" for number in numeric)
    names = [titles.get(name, name.replace("_", " ")) for name in table.column_names]
    head = _row([escaped(name) for name in names])
    body = [
        _row([_cell(row[name], digits.get(name, 3)) for name in table.column_names])
        for row in table.to_pylist()
    ]
    title = rf"\caption{{{escaped(caption)}}}\label{{{label}}}"
    top = [r"\toprule", head, r"\midrule"]
    if len(body) <= LONGEST:
        lines = [
            r"\begin{table}", rf"\centering{_SMALL}", title, rf"\begin{{tabular}}{{{columns}}}", *top, *body,
            r"\bottomrule", r"\end{tabular}", r"\end{table}",
        ]  # fmt: skip
    else:
        lines = [
            f"{{{_SMALL}", rf"\begin{{longtable}}{{{columns}}}", rf"{title}\\", *top, r"\endfirsthead", *top,
            r"\endhead", r"\bottomrule", r"\endfoot", *body, r"\end{longtable}", "}",
        ]  # fmt: skip
    return "\n".join([r"% needs \usepackage{booktabs,longtable}", *lines, ""])


def _row(cells: list[str]) -> str:
    return " & ".join(cells) + r" \\"


def _cell(value: Any, digits: int) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        if math.isinf(value):
            return r"$\infty$" if value > 0 else r"$-\infty$"
        text = f"{value:,.{digits}f}"
        if float(text.replace(",", "")) == 0:
            return text.lstrip("-")
        return escaped(text.replace("-", "−"))
    return escaped(str(value))
