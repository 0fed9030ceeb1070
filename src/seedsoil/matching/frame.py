"""A data frame in memory as the extract: pandas, polars, Arrow, or whatever speaks Arrow's interface."""

from __future__ import annotations

import csv
import re
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from seedsoil.errors import DataErrors, InputError, as_path

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "data frame"
_LINE = re.compile(r"\bline (\d+)")


@contextmanager
def extract_file(extract: Any) -> Iterator[Path]:
    """The path of an extract: `extract` itself, or a file that holds the frame while the context lasts.

    What is said of the file is said of the frame: its rows are counted from 1. Raises InputError for
    anything that is neither a path nor a frame.
    """
    if not _is_frame(extract):
        yield as_path("path", extract, what="the path of a CSV file or a data frame")
        return
    with TemporaryDirectory() as directory:
        path = Path(directory) / NAME
        _write(extract, path)
        try:
            yield path
        except DataErrors as error:
            raise DataErrors([_of_frame(line, path) for line in error.problems]) from None
        except InputError as error:
            raise InputError(_of_frame(str(error), path)) from None


def _is_frame(extract: Any) -> bool:
    return hasattr(extract, "__arrow_c_stream__") or hasattr(extract, "__dataframe__")


def _of_frame(message: str, path: Path) -> str:
    """A message about the file as one about the frame."""

    def row(found: re.Match[str]) -> str:
        line = int(found[1])
        return "the column names" if line == 1 else f"row {line - 1}"

    return _LINE.sub(row, message.replace(str(path), NAME))


def _write(extract: Any, path: Path) -> None:
    import pyarrow as pa

    try:
        table = (
            pa.Table.from_pandas(extract, preserve_index=False)
            if type(extract).__module__.partition(".")[0] == "pandas"
            else pa.table(extract)
        )
    except (pa.ArrowException, TypeError, ValueError) as error:
        first = str(error).splitlines()[0]
        raise InputError(f"{NAME}: cannot be read as columns of one kind each: {first}") from None
    columns = [[_text(value) for value in column.to_pylist()] for column in table.columns]
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(table.column_names)
        writer.writerows(zip(*columns, strict=True))


def _text(value: Any) -> str:
    if value is None or value != value:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
