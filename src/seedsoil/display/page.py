"""The HTML page around the charts: self-contained, offline, readable without JavaScript."""

from __future__ import annotations

import contextlib
import html
import json
import os
import secrets
from dataclasses import dataclass
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seedsoil.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

NOT_ADVICE = (
    "A tool for research and teaching. It describes simulated populations; it is not a prognosis "
    "and not advice for any person. Whoever has questions about her own disease should ask her "
    "doctors."
)


@dataclass(frozen=True)
class Figure:
    """A chart with one plain sentence, and its numbers as a table (header, rows of text)."""

    chart: dict[str, Any]
    sentence: str
    header: list[str]
    rows: list[list[str]]


class Page:
    """The sections of a page as HTML, in order, and the charts they hold by the id of their figure."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.charts: dict[str, dict[str, Any]] = {}

    def add(self, html: str) -> None:
        """Add a section, which is HTML."""
        self.parts.append(html)

    def header(self, title: str, *paragraphs: str) -> None:
        """The title, what the page is about, and that it is not advice."""
        about = "".join(f"<p>{text(words)}</p>" for words in paragraphs)
        first, _, rest = NOT_ADVICE.partition(".")
        self.add(f"<header><h1>{text(title)}</h1>{about}</header>")
        self.add(f'<p class="notice"><strong>{first}.</strong>{rest}</p>')

    def answer(self, question: str, sentence: str, *more: str) -> None:
        """The question that the page answers, and the answer."""
        further = "".join(f"<p>{text(words)}</p>" for words in more)
        self.add(
            f'<section class="answer"><h2>{text(question)}</h2>'
            f'<p class="big">{text(sentence)}</p>{further}</section>'
        )

    def facts(self, facts: Iterable[tuple[str, str]]) -> None:
        """Numbers side by side, each under its name."""
        self.add(
            '<dl class="facts">'
            + "".join(f"<div><dt>{text(k)}</dt><dd>{text(v)}</dd></div>" for k, v in facts)
            + "</dl>"
        )

    def made(self, facts: Iterable[tuple[str, object]], code: Collection[str] = ()) -> None:
        """How the page was made, without what is None; the facts named in `code` are set as code."""
        self.add('<dl class="made">')
        for name, value in facts:
            if value is not None:
                shown = text(str(value))
                shown = f"<code>{shown}</code>" if name in code else shown
                self.add(f"<dt>{text(name)}</dt><dd>{shown}</dd>")
        self.add("</dl>")

    def points(self, points: Iterable[str]) -> None:
        """Sentences, a line each."""
        self.add("<ul>" + "".join(f"<li>{text(point)}</li>" for point in points) + "</ul>")

    def heading(self, title: str, words: str = "") -> None:
        """Begin a section."""
        self.add(f"<h2>{text(title)}</h2>")
        if words:
            self.add(f"<p>{text(words)}</p>")

    def figure(self, title: str, figure: Figure) -> None:
        """A chart with its sentence and table, under a title unless that is empty."""
        name = f"figure-{len(self.charts) + 1}"
        if title:
            self.add(f"<h3>{text(title)}</h3>")
        self.add(figure_html(figure, name))
        self.charts[name] = figure.chart

    def html(self, title: str) -> str:
        """The whole page; `title` is what a browser's tab shows."""
        return page_html(title, "\n".join(self.parts), self.charts)


def vega_bundle() -> str:
    """JavaScript of Vega, Vega-Lite and vega-embed in one text, for use without a network.

    vl-convert needs about two seconds to put it together, so it is kept, a file a version, in the
    user's cache directory (`XDG_CACHE_HOME`, or `~/.cache`); where that cannot be written it is
    made each time.
    """
    home = os.environ.get("XDG_CACHE_HOME", "")
    base = Path(home) if Path(home).is_absolute() else Path("~/.cache").expanduser()
    kept = base / "seedsoil" / f"vega-{version('vl-convert-python')}.js"
    with contextlib.suppress(OSError, UnicodeDecodeError):
        text = kept.read_text(encoding="utf-8")
        if text.endswith(_BUNDLE_END):  # anything else was not written by us
            return text
    import vl_convert

    # The end of the page's script must not occur in it, nor an HTML comment begin.
    script = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;").replace(
        "</script", "<\\/script"
    )
    script = script.replace("<!--", "<\\!--") + _BUNDLE_END
    with contextlib.suppress(OSError):
        kept.parent.mkdir(parents=True, exist_ok=True)
        with _replacing(kept) as write:
            write(script.encode())
    return script


def write_whole(path: str | Path, content: str | bytes) -> Path:
    """Write a file so that it appears complete or not at all. Raises InputError without its folder.

    `OSError` (no permission, disk full) passes through after the partial file is removed.
    """
    path = Path(path)
    if not path.parent.is_dir():
        raise InputError(f"{path}: the folder {path.parent} does not exist; make it first.")
    if path.is_dir():
        raise InputError(f"{path}: is a folder; give the name of a file.")
    with _replacing(path) as write:
        write(content.encode() if isinstance(content, str) else content)
    return path


def figure_html(figure: Figure, name: str) -> str:
    """A figure: place for the chart, sentence, and its numbers folded away. `name`: its id."""
    return (
        f'<figure id="{name}"><div class="chart" id="{name}-chart"></div>'
        f"<figcaption>{text(figure.sentence)}</figcaption>"
        f"<details><summary>The numbers as a table</summary>"
        f"{table_html(figure.header, figure.rows)}</details></figure>"
    )


def table_html(header: list[str], rows: list[list[str]]) -> str:
    """A table of text; the first column heads its row."""
    head = "".join(f'<th scope="col">{text(cell)}</th>' for cell in header)
    body = "".join(
        "<tr>"
        + f'<th scope="row">{text(row[0])}</th>'
        + "".join(f"<td>{text(cell)}</td>" for cell in row[1:])
        + "</tr>"
        for row in rows
    )
    return (
        f'<div class="scroll" tabindex="0"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def text(value: str) -> str:
    """Text made safe for HTML; a percent sign stays on the line of its number."""
    return html.escape(value.replace(" %", "\u00a0%"), quote=True)


def page_html(title: str, body: str, charts: dict[str, dict[str, Any]]) -> str:
    """The whole page. `charts`: Vega-Lite specifications by the id of their figure."""
    style = files("seedsoil.display").joinpath("page.css").read_text(encoding="utf-8")
    # "</" could end the script, and U+2028 is not allowed in older JavaScript.
    data = json.dumps(charts, separators=(",", ":"), ensure_ascii=True).replace("</", "<\\/")
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="icon" href="data:,"><title>{text(title)}</title>'
        f"<style>\n{style}</style></head>\n<body>\n"
        '<noscript><p class="notice">The charts need JavaScript, which is off. All numbers are in '
        "the text and in the table under each chart.</p></noscript>\n"
        f"<main>\n{body}\n</main>\n"
        f"<script>{vega_bundle()}</script>\n"
        f"<script>const charts = {data};\n{_DRAW}</script>\n</body></html>\n"
    )


def chart_page(chart: dict[str, Any]) -> str:
    """A page with one chart and its description."""
    words = str(chart.get("description", "Chart"))
    body = (
        f'<figure id="chart"><div class="chart" id="chart-chart"></div>'
        f"<figcaption>{text(words)}</figcaption></figure>"
        f'<p class="notice">{NOT_ADVICE}</p>'
    )
    return page_html("seedsoil chart", body, {"chart": chart})


_BUNDLE_END = "\n/* seedsoil: end of the bundle */\n"

_DRAW = """
const options = {renderer: "svg", actions: false};
for (const [name, chart] of Object.entries(charts)) {
  vegaEmbed("#" + name + "-chart", chart, options).catch((error) => {
    document.getElementById(name + "-chart").textContent =
      "This chart could not be drawn: " + error.message;
  });
}
"""


@contextlib.contextmanager
def _replacing(path: Path) -> Iterator[Callable[[bytes], Any]]:
    """A writer whose content replaces `path` once it is whole."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with part.open("xb") as file:
            yield file.write
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
