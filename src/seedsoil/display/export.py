"""Results as files: tables as CSV, Excel and Parquet; charts as SVG, PNG, HTML and Vega-Lite JSON."""

from __future__ import annotations

import html
import io
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seedsoil.errors import InputError, as_path, nearest, visible
from seedsoil.storage import (
    new_directory,
    publish,
    unfinished,
    write_manifest,
    write_table,
    write_whole,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    import pyarrow as pa

FIXED_WIDTH = 640
TABLE_FORMATS = (".csv", ".xlsx", ".parquet")
FORMATS = (".svg", ".png", ".html", ".json")
BESIDES = ("csv", "xlsx", "svg", "png")
"""What a command can write beside its report."""
DRAWN = {"svg", "png"}
_DRAWING = 120 * 10**9
"""Bytes of address space, used or not, that the library which draws takes: less ends the process."""
CHARTS = "charts"
WORKBOOK = "tables.xlsx"


def _require_room() -> None:
    """Raise InputError under a limit on address space with which a drawing would end the process."""
    try:
        import resource
    except ImportError:  # not a Unix
        return
    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    if soft != resource.RLIM_INFINITY and soft < _DRAWING:
        raise InputError(
            f"svg, png: drawing reserves {_DRAWING // 10**9} GB of address space, and the limit of this "
            f"process (ulimit -v) is {soft / 1e9:,.1f} GB; leave the drawings out, or raise the limit"
        )


def as_svg(chart: dict[str, Any], width: int = FIXED_WIDTH) -> str:
    """The chart (a Vega-Lite specification) drawn as SVG text, `width` pixels wide."""
    _require_room()
    import vl_convert

    return str(vl_convert.vegalite_to_svg(_specification(chart, width)))


def as_png(chart: dict[str, Any], width: int = FIXED_WIDTH) -> bytes:
    """The chart drawn as PNG, `width` points wide, two pixels a point."""
    _require_room()
    import vl_convert

    return bytes(vl_convert.vegalite_to_png(_specification(chart, width), scale=2))


def save_chart(chart: dict[str, Any], path: str | Path, width: int = FIXED_WIDTH) -> Path:
    """Write the chart as .svg, .png, .html (self-contained) or .json, by the ending of `path`.

    `width` in pixels; HTML takes the width of its window. Raises InputError for another ending or
    a folder that does not exist.
    """
    path = as_path("path", path, what="the path of a file")
    ending = known_ending(path, FORMATS, "a chart")
    if ending == ".json":
        return write_whole(path, json.dumps(chart, indent=1))
    if ending == ".svg":
        return write_whole(path, as_svg(chart, width))
    if ending == ".html":
        from seedsoil.display.page import page_html

        return write_whole(path, page_html("display/templates/chart.html", chart=chart))
    return write_whole(path, as_png(chart, width))


def known_ending(path: Path, endings: tuple[str, ...], what: str) -> str:
    """The ending of `path`, in small letters; raises InputError if it is not one of `endings`."""
    ending = path.suffix.lower()
    if ending not in endings:
        hint = nearest(ending, endings)
        if ending == ".pdf":
            hint = "For a PDF, print the .html page from a browser"
        raise InputError(
            f"{path}: {what} is written as one of {', '.join(endings)}. {hint}".rstrip()
        )
    return ending


def save_table(table: pa.Table, path: str | Path, name: str = "table") -> Path:
    """Write the table as .csv, .xlsx or .parquet, by the ending of `path`; `name` is that of its sheet.

    Replaces a file that is there. Raises InputError for another ending or a folder that does not exist.
    """
    path = as_path("path", path, what="the path of a file")
    ending = known_ending(path, TABLE_FORMATS, "a table")
    if ending == ".xlsx":
        from seedsoil.display.workbook import workbook

        return write_whole(path, workbook({name: table}))
    content = io.BytesIO()
    if ending == ".csv":
        _write_csv(table, content)
    else:
        import pyarrow.parquet as pq

        pq.write_table(table, content, compression="zstd")
    return write_whole(path, content.getvalue())


def _write_csv(source: pa.Table | Path, file: Any) -> None:
    """A table, or that of a Parquet file, as CSV: piece by piece, so that memory stays flat."""
    import pyarrow as pa
    import pyarrow.csv as csv
    import pyarrow.parquet as pq

    if isinstance(source, Path):
        with pq.ParquetFile(source) as parquet:
            schema = _flat(parquet.schema_arrow.empty_table()).schema
            with csv.CSVWriter(file, schema) as writer:
                for batch in parquet.iter_batches(batch_size=1 << 16):
                    writer.write_table(_flat(pa.Table.from_batches([batch])).cast(schema))
    else:
        csv.write_csv(_flat(source), file)


def _flat(table: pa.Table) -> pa.Table:
    """The table with lists and codes as text, which CSV needs, and no text that a spreadsheet would run."""
    import pyarrow as pa

    for k, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type):
            table = table.set_column(k, field.name, table.column(k).cast(field.type.value_type))
        if pa.types.is_list(field.type):
            words = [None if v is None else ", ".join(v) for v in table.column(k).to_pylist()]
            table = table.set_column(k, field.name, pa.array(words, pa.string()))
        if pa.types.is_string(table.schema.field(k).type):
            table = table.set_column(k, field.name, _harmless(table.column(k)))
    return table.rename_columns(_harmless(pa.array(table.column_names, pa.string())).to_pylist())


def _harmless(texts: Any) -> Any:
    """Texts in which one that a spreadsheet takes for a formula, such as `=cmd()`, begins with an apostrophe.

    A number written as text, `-5` or `+20%`, is none.
    """
    import pyarrow.compute as pc

    formula = pc.match_substring_regex(texts, _FORMULA)
    return pc.if_else(formula, pc.binary_join_element_wise("'", texts, ""), texts)


_FORMULA = r"^(?:[=@\t\r]|[+\-].*[^0-9.,%eE+\-])"


def check_formats(formats: Collection[str], own: Collection[str] = ()) -> None:
    """Raise InputError unless each format is one of BESIDES, or one of a result's `own`."""
    allowed = list(dict.fromkeys((*BESIDES, *own)))
    for name in formats:
        if name not in allowed:
            raise InputError(
                f"format '{name}' is not known; allowed: {', '.join(allowed)}. "
                f"{nearest(name, allowed)}".rstrip()
            )
    if DRAWN & set(formats):
        _require_room()


def export(
    directory: Path, formats: Collection[str], tables: Mapping[str, pa.Table | Path], page: str
) -> None:
    """Write results into `directory` beside their report, in each of `formats` (see BESIDES).

    `tables`: by name, or the Parquet files that hold them. csv: a file a table; xlsx: one workbook with a
    sheet a table; svg, png: each chart of the report `page`, in a folder `charts`, under its number and
    title. The directory is one not yet published.
    """
    if "csv" in formats:
        for name, table in tables.items():
            _write_csv(table, directory / f"{name}.csv")
    if "xlsx" in formats:
        import pyarrow.parquet as pq

        from seedsoil.display.workbook import workbook

        whole = {
            n: pq.ParquetFile(t).read() if isinstance(t, Path) else t for n, t in tables.items()
        }
        (directory / WORKBOOK).write_bytes(workbook(whole))
    drawn = [kind for kind in ("svg", "png") if kind in formats]
    if drawn:
        (directory / CHARTS).mkdir(exist_ok=True)
        for name, chart in titled_charts(page).items():
            for kind in drawn:
                save_chart(chart, directory / CHARTS / f"{name}.{kind}")


def save_results(
    path: str | Path,
    tables: Mapping[str, pa.Table],
    report: Callable[[Path], Path],
    manifest: Mapping[str, Any],
    formats: Collection[str] = (),
    own: Mapping[str, Callable[[Path], object]] | None = None,
) -> Path:
    """Write results to the new directory `path`, and return it: it appears complete or not at all.

    It holds each of `tables` as Parquet, `report.html`, which `report` writes, and `manifest.json`, which
    says when it was made; in each of `formats` (see BESIDES) what `export` writes. `own`: formats
    of this result alone, or its own way of one of those, each with what writes it into the directory. Raises
    InputError if `path` is taken or cannot be written, or for another format.
    """
    target = new_directory(path)
    own = own or {}
    check_formats(formats, own)
    created = {"created": datetime.now(UTC).isoformat(timespec="seconds")}
    with unfinished(target.parent, target.name) as partial:
        for name, table in tables.items():
            write_table(table, partial / f"{name}.parquet")
        write_manifest(partial, {**manifest, **created})
        page = report(partial / "report.html").read_text("utf-8")
        export(partial, [name for name in formats if name not in own], tables, page)
        for name in formats:
            if name in own:
                own[name](partial)
        return publish(partial, target)


def titled_charts(page: str) -> dict[str, dict[str, Any]]:
    """The charts of a page in their order, by number and the heading above them: `03-by-subtype`."""
    found = re.search(r"<script>const charts = (\{.*?\});\n", page, re.S)
    assert found is not None
    charts = json.loads(found[1])
    titles: dict[str, str] = {}
    heading = ""
    for part in re.finditer(r'<h[123][^>]*>(.*?)</h[123]>|id="([a-z0-9-]+)-chart"', page, re.S):
        if part[2] is None:
            heading = html.unescape(part[1])
        else:
            titles[part[2]] = heading
    named = {}
    for number, (name, chart) in enumerate(charts.items(), start=1):
        words = re.sub(r"[^a-z0-9]+", "-", titles.get(name, name).lower()).strip("-")[:60]
        named[f"{number:02d}-{words or name}"] = chart
    return named


def _specification(chart: dict[str, Any], width: int) -> str:
    """The chart as it is drawn outside a page.

    XML has no place for control characters, and the drawing library ends the process at them.
    """
    return json.dumps(_printable(_sized(chart, width)))


def _printable(part: Any) -> Any:
    if isinstance(part, dict):
        return {_printable(key): _printable(value) for key, value in part.items()}
    if isinstance(part, list | tuple):
        return [_printable(value) for value in part]
    return visible(part, keep="\n\t") if isinstance(part, str) else part


def _sized(chart: dict[str, Any], width: int) -> dict[str, Any]:
    """A chart that fills its container has none outside a page: give it a width."""
    return {**chart, "width": width} if chart.get("width") == "container" else chart
