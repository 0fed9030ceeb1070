"""HTML pages: self-contained, offline, readable without JavaScript.

A page is a Jinja2 template. The frame and the parts that all pages have lie in `templates/`; the template of
each page lies beside the module that works out what it says.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from seedsoil.display.theme import NIGHT, NIGHT_SHAPES
from seedsoil.display.vega import vega_bundle
from seedsoil.errors import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    import jinja2

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


def page_html(template: str, **shown: Any) -> str:
    """The page of `template` (its path inside the package) with what it shows, by name.

    Everything shown is escaped. A template puts a chart into its page with `place(chart)`, which returns
    the id of its figure: `figure-1`, `figure-2` ..., or the second argument.
    """
    from markupsafe import Markup

    charts: dict[str, dict[str, Any]] = {}

    def place(chart: dict[str, Any], name: str = "") -> str:
        name = name or f"figure-{len(charts) + 1}"
        charts[name] = chart
        return name

    frame = {"charts": charts, "place": place, "vega": Markup(vega_bundle())}
    return _with_contents(_environment().get_template(template).render(frame, **shown))


CONTENTS = '<nav class="contents"></nav>'
"""Where a page has its list of contents, to be filled when all its headings are known."""
_HEADING = re.compile(r"<h2>(.*?)</h2>", re.S)
_FEWEST_HEADINGS = 3
"""A page of fewer sections is seen through without a list."""


def section_names(titles: Sequence[str]) -> list[str]:
    """By what a page's sections are linked to, from their titles: `section-severity`."""
    names: list[str] = []
    for title in titles:
        name = "section-" + re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
        names.append(name if name not in names else f"{name}-{len(names) + 1}")
    return names


def _with_contents(page: str) -> str:
    """The page with a list of the sections that come after its place, each of which gets an id."""
    top, place, rest = page.partition(CONTENTS)
    main, end, scripts = rest.partition("</main>")
    titles: list[str] = _HEADING.findall(main)
    if not place or len(titles) < _FEWEST_HEADINGS:
        return top + rest
    names = section_names([html.unescape(title) for title in titles])
    left = iter(names)
    main = _HEADING.sub(lambda found: f'<h2 id="{next(left)}">{found[1]}</h2>', main)
    items = "".join(
        f'<li><a href="#{name}">{title}</a></li>\n'
        for name, title in zip(names, titles, strict=True)
    )
    nav = f'<nav class="contents" aria-label="Contents"><h2>Contents</h2>\n<ul>\n{items}</ul></nav>'
    return top + nav + main + end + scripts


@cache
def _environment() -> jinja2.Environment:
    import jinja2
    from markupsafe import Markup

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("seedsoil", ""),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_with_its_number,
    )
    environment.globals |= {"NOT_ADVICE": NOT_ADVICE, "CONTENTS": Markup(CONTENTS)}
    environment.globals |= {"NIGHT": NIGHT, "NIGHT_SHAPES": NIGHT_SHAPES}
    # Charts keep the order in which the page has them, and are not padded.
    environment.policies["json.dumps_kwargs"] = {"separators": (",", ":")}
    return environment


def _with_its_number(value: Any) -> Any:
    """A percent sign stays on the line of its number; control characters are shown as their codes."""
    if hasattr(value, "__html__"):
        return value
    return visible(str(value), keep="\n\r\t").replace(" %", "\u00a0%")
