"""Tables as LaTeX, with the rules of the package booktabs; long ones go on over pages by longtable."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from seedsoil.errors import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pyarrow as pa

    Between = Callable[[float, float | None, float | None, Callable[[float], str]], str]

LONGEST = 40
"""Rows of a table that stays on one page."""
_LONG_TEXT = 40
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
    errors: Mapping[str, str] | None = None,
    intervals: Mapping[str, tuple[str, str]] | None = None,
    between: Between | None = None,
) -> str:
    r"""The table as LaTeX, ready for \input: text to the left, numbers to the right, nothing for no value.

    `digits`: decimals of a column, by name, three if it is not named; `titles`: of columns, by name, the
    name itself with spaces if it is not named. `errors`: by the name of a column that of its errors, which
    stand behind its numbers after ±; `intervals`: likewise those of its limits, in brackets, as `between`
    words them: from the number, its limits (None for none) and a number in words; without it none stands
    where a limit is missing. A column without any value is left out, and long text is broken over lines. The
    file needs booktabs, over LONGEST rows longtable too, and the encoding UTF-8.
    """
    import pyarrow as pa

    errors, intervals = errors or {}, intervals or {}
    behind = {*errors.values(), *(name for pair in intervals.values() for name in pair)}
    shown = [
        field
        for field in table.schema
        if field.name not in behind and table.column(field.name).null_count < len(table)
    ]
    columns = "".join(
        "r"
        if pa.types.is_floating(f.type) or pa.types.is_integer(f.type)
        else _of_text(table, f.name)
        for f in shown
    )
    head = _row([escaped(titles.get(f.name, f.name.replace("_", " "))) for f in shown])

    def cell(row: dict[str, Any], name: str) -> str:
        places = digits.get(name, 3)
        words = _cell(row[name], places)
        if row[name] is None:
            return words
        error = row.get(errors.get(name, ""))
        if error is not None:
            words += rf" $\pm$ {_cell(error, places)}"
        limits = [row.get(limit) for limit in intervals.get(name, ())]
        if limits and between is not None:
            low_end, high_end = limits
            told = between(row[name], low_end, high_end, lambda end: _cell(end, places))
            words += f" ({told})"
        elif limits and None not in limits:
            low, high = (_cell(limit, places) for limit in limits)
            words += f" ({low} to {high})"
        return words

    body = [_row([cell(row, f.name) for f in shown]) for row in table.to_pylist()]
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


def _of_text(table: pa.Table, name: str) -> str:
    """A column of text: as wide as its text, or broken over lines where that is long."""
    longest = max((len(str(v)) for v in table.column(name).to_pylist()), default=0)
    return "l" if longest <= _LONG_TEXT else "p{4cm}"


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
