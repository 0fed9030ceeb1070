"""What MkDocs makes while it builds the site, and no commit holds: see `hooks` in mkdocs.yml.

README, CONTRIBUTING and the changelog become pages; every table of the catalog becomes pages, from what
`seedsoil sources` shows; the page of the API gets every public name, and the classes that these return.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import griffe
from mkdocs.structure.files import File

import seedsoil
from seedsoil.catalog import load
from seedsoil.catalog.provenance import describe
from seedsoil.display.markdown import markdown_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

ROOT = Path(__file__).resolve().parents[1]
DECISIONS = ROOT / "docs" / "decisions"
PUBLIC_NAMES = "<!-- the public names follow: scripts/docs_site.py -->"
LINKS = {
    "docs/decisions)": "decisions/index.md)",
    "docs/": "",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changes.md",
    "LICENSE": "licence.md",
}
"""Where the links of the pages at the root of the repository lead on the site."""
TABLES = ("drug", "regimen", "strategy", "trial")
PLURAL = {"strategy": "strategies"}
PARAMETERS = "Parameters: "
STATUS = {
    "verified": "read at the source",
    "derived": "computed from what the source gives",
    "unverified": "not verified at the source",
    "assumption": "no source gives it",
}

Description = dict[str, Any]


# What MkDocs calls ----------------------------------------------------------------------------------


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Add the pages that are made to the navigation."""
    catalog: list[Any] = [{title: name} for name, title in _titles().items()]
    parameters = [page for page in catalog if next(iter(page)).startswith(PARAMETERS)]
    catalog = [{"Parameters": parameters}, *(page for page in catalog if page not in parameters)]
    catalog.insert(0, catalog.pop(1))  # the overview
    decisions = ["decisions/index.md", *(f"decisions/{path.name}" for path in _decisions())]
    config.nav += [
        {"Catalog": catalog},
        {"Decisions": decisions},
        {"Contributing": "contributing.md"},
        {"Changes": "changes.md"},
        {"Licence": "licence.md"},
    ]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are made to those that are written."""
    pages = {
        "index.md": _linked(ROOT / "README.md"),
        "contributing.md": _linked(ROOT / "CONTRIBUTING.md"),
        "changes.md": _linked(ROOT / "CHANGELOG.md"),
        "licence.md": f"# Licence\n\n```text\n{(ROOT / 'LICENSE').read_text(encoding='utf-8')}```\n",
        "decisions/index.md": _decisions_index(),
        **dict(catalog_pages()),
    }
    for name, text in pages.items():
        files.append(File.generated(config, name, content=text))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Put the public names into the page that asks for them."""
    if PUBLIC_NAMES not in markdown:
        return markdown
    return markdown.replace(PUBLIC_NAMES, "\n".join(api()))


# Pages of the repository ----------------------------------------------------------------------------


def _linked(path: Path) -> str:
    """The text of a page at the root of the repository, its links as they are on the site."""
    text = path.read_text(encoding="utf-8")
    for there, here in LINKS.items():
        text = text.replace(f"]({there}", f"]({here}")
    return text


def _decisions() -> list[Path]:
    return sorted(DECISIONS.glob("*.md"))


def _decisions_index() -> str:
    lines = ["# Decisions", "", "Choices with their measurements.", ""]
    for path in _decisions():
        title = path.read_text(encoding="utf-8").partition("\n")[0].lstrip("# ")
        lines.append(f"- [{title}]({path.name})")
    return "\n".join(lines) + "\n"


# The API --------------------------------------------------------------------------------------------


def api() -> Iterator[str]:
    """A block of mkdocstrings for each public name, then for each class that these return, and so on."""
    package = griffe.load("seedsoil", search_paths=[str(ROOT / "src")], resolve_aliases=True)
    # two names of one function, such as catalog and load_catalog, are one entry
    public: dict[str, list[str]] = {}
    for name in seedsoil.__all__:
        if name != "__version__":
            public.setdefault(_home(name), []).append(f"seedsoil.{name}")
    for title, classes in (("Functions", False), ("Classes", True)):
        yield f"\n## {title}\n"
        for path, names in public.items():
            if package[path.removeprefix("seedsoil.")].is_class == classes:
                yield _block(path, " or ".join(names))
    yield "\n## What they return\n"
    found = list(public)
    for path in found:
        for returned in _returned(package, path):
            if returned not in found:
                found.append(returned)
                yield _block(returned, returned.rpartition(".")[2])


def _block(path: str, heading: str) -> str:
    return (
        f"::: {path}\n    options: {{heading_level: 3, heading: {heading}, toc_label: {heading}}}\n"
    )


def _home(name: str) -> str:
    """Where a public name is defined."""
    value = getattr(seedsoil, name)
    if isinstance(value, ModuleType):  # a subpackage that can be called
        value = value.load
    return f"{value.__module__}.{value.__qualname__}"


def _returned(package: Any, path: str) -> Iterator[str]:
    """The classes of the package that a function or the public methods of a class return."""
    found = package[path.removeprefix("seedsoil.")]
    members = found.members.values() if found.is_class else [found]
    for member in members:
        if not member.is_function or member.name.startswith("_") or member.returns is None:
            continue
        parts = member.returns if not isinstance(member.returns, str) else ()
        for part in parts:
            canonical = getattr(part, "canonical_path", "")
            if not canonical.startswith("seedsoil."):
                continue
            if package[canonical.removeprefix("seedsoil.")].is_class:
                yield canonical


# The catalog ----------------------------------------------------------------------------------------


@cache
def _described() -> dict[str, list[Description]]:
    """Every entry of the catalog as `seedsoil sources` describes it, by kind."""
    catalog = load()
    found: dict[str, list[Description]] = {}
    for line in describe(catalog)["entries"]:
        found.setdefault(line["kind"], []).append(describe(catalog, line["key"]))
    found["source"] = [describe(catalog, key) for key in sorted(catalog.sources)]
    return found


def _group(described: Description) -> str:
    return str(described["key"]).partition(".")[0]


@cache
def _titles() -> dict[str, str]:
    """The pages of the catalog in the order of the navigation, with their titles there."""
    groups = dict.fromkeys(_group(p) for p in _described()["parameter"])
    return {
        "catalog/index.md": "Overview",
        **{f"catalog/parameters/{group}.md": f"{PARAMETERS}{group}" for group in groups},
        "catalog/policies.md": "Policies",
        **{f"catalog/{plural(kind)}.md": plural(kind).capitalize() for kind in TABLES},
        "catalog/targets.md": "Targets",
        "catalog/sources.md": "Sources",
    }


def plural(kind: str) -> str:
    """The plural of a kind of entry."""
    return PLURAL.get(kind, f"{kind}s")


def catalog_pages() -> Iterator[tuple[str, str]]:
    """The pages of the catalog: where each lies, and its text."""
    described = _described()
    yield "catalog/index.md", _overview()
    by_group: dict[str, list[Description]] = {}
    for parameter in described["parameter"]:
        by_group.setdefault(_group(parameter), []).append(parameter)
    for group, entries in by_group.items():
        yield f"catalog/parameters/{group}.md", _page(f"{PARAMETERS}{group}", entries, "../")
    policies = [e for kind in ("policy", "life table") for e in described.get(kind, [])]
    yield "catalog/policies.md", _page("Policies", policies, "")
    for kind in TABLES:
        yield f"catalog/{plural(kind)}.md", _page(plural(kind).capitalize(), described[kind], "")
    yield "catalog/targets.md", _targets(described["targets"])
    yield "catalog/sources.md", _sources(described["source"])


def _overview() -> str:
    """What the catalog holds, and how much of it is verified."""
    described = _described()
    kinds = ("parameter", *TABLES)
    rows = []
    for kind in kinds:
        counts = Counter(entry["status"] for entry in described[kind])
        rows.append(
            [
                plural(kind),
                str(len(described[kind])),
                *(str(counts[name] or "") for name in STATUS),
            ]
        )
    pages = [f"- [{title}]({name.removeprefix('catalog/')})" for name, title in _titles().items()]
    return "\n".join(
        [
            "# The catalog",
            "",
            "Every number about the world that the model uses, with its unit, the women it is of, where it "
            "comes from, and whether it was verified there. `seedsoil sources KEY` shows the same.",
            "",
            *_table(["", "entries", *STATUS], rows),
            "",
            *(f"*{name}*: {meaning}." for name, meaning in STATUS.items()),
            "The status of a fitted parameter is that of its start value.",
            "",
            *pages[1:],
            "",
        ]
    )


def _page(title: str, entries: Iterable[Description], up: str) -> str:
    lines = [f"# {title}", ""]
    for entry in entries:
        lines += [*_entry(entry, up), ""]
    return "\n".join(lines)


_SPECIAL = ("kind", "key", "description", "sources", "units", "verified", "fitted_to", "note")
_ROWS = ("lines", "eligible", "arms", "results", "give", "drugs")
"""Parts of an entry that are lists and shown as tables."""


def _entry(entry: Description, up: str) -> Iterator[str]:
    """One entry of the catalog: what it is, its numbers, its sources."""
    yield f"## {entry['key']}"
    yield ""
    yield f"{_sentence(entry['description'])}"
    yield ""
    units = entry.get("units", {})
    tables = _numbers(entry)
    for name, value in entry.items():
        if name in (*_SPECIAL, *_ROWS, *sum(tables, ())) or value in ("", None, [], {}):
            continue
        if name == "status" and entry.get("fitted"):
            value = f"fitted; the start value is {_value(value)}"
        unit = f" ({units[name]})" if name in units else ""
        yield f"- {name.replace('_', ' ')}{unit}: {_value(value)}"
    yield ""
    for names in tables:
        items = entry[names[0]]
        rows = [[item, *(_value(entry[name].get(item, "")) for name in names)] for item in items]
        yield from _table(["", *(name.replace("_", " ") for name in names)], rows)
        yield ""
    for name in _ROWS:
        if entry.get(name):
            yield f"*{name}*"
            yield ""
            yield from _records(entry[name])
            yield ""
    if entry.get("note"):
        yield _sentence(entry["note"])
        yield ""
    keys = [source["key"] for source in entry.get("sources", ())]
    links = ", ".join(f"[{key}]({up}sources.md#{key})" for key in keys)
    yield f"Sources: {links or 'none'}."


def _numbers(entry: Description) -> list[tuple[str, ...]]:
    """Fields that hold numbers of the same items, such as values and standard errors: tables of their own."""
    together: list[tuple[str, ...]] = []
    for name, value in entry.items():
        if name in _SPECIAL or not isinstance(value, dict):
            continue
        for number, names in enumerate(together):
            if set(value) <= set(entry[names[0]]):
                together[number] = (*names, name)
                break
        else:
            together.append((name,))
    return [names for names in together if len(names) > 1]


def _records(records: Iterable[Description]) -> list[str]:
    """Records of the same kind as a table, a column for each field that any of them has."""
    records = list(records)
    fields = list(dict.fromkeys(name for record in records for name in record))
    used = [f for f in fields if any(r.get(f) not in ("", None, [], {}) for r in records)]
    rows = [[_value(record.get(field, "")) for field in used] for record in records]
    return _table([name.replace("_", " ") for name in used], rows)


_OF_A_TARGET = ("observed", "se", "discrepancy", "unit", "status", "role", "fitted", "population")


def _targets(groups: Iterable[Description]) -> str:
    lines = ["# Targets", "", "What the natural history is fitted to, or compared with.", ""]
    for group in groups:
        cells = [
            {"target": cell["key"].partition(".")[2], **{name: cell[name] for name in _OF_A_TARGET}}
            for cell in group["cells"]
        ]
        keys = [source["key"] for source in group["sources"]]
        links = ", ".join(f"[{key}](sources.md#{key})" for key in keys)
        lines += [f"## {group['key']}", "", _sentence(group["description"]), ""]
        lines += [*_records(cells), "", f"Sources: {links or 'none'}.", ""]
    return "\n".join(lines)


def _sources(sources: Iterable[Description]) -> str:
    lines = ["# Sources", ""]
    for source in sources:
        key = source["key"]
        words = [
            f'<span id="{key}"></span>**{key}** {_text(source["quantity"])}:',
            f"{_text(source['value'])} {_text(source['unit'])}" if source.get("value") else "",
            f"({_text(source['population'])})." if source.get("population") else "",
            f"{_text(source['citation'])}.",
            f"<{source['address']}>" if source.get("address") else "",
            f"*{source['status']}, confidence {source['confidence']}.*",
            _sentence(source["note"]) if source.get("note") else "",
        ]
        lines += [" ".join(word for word in words if word), ""]
    return "\n".join(lines)


# Markdown -------------------------------------------------------------------------------------------


def _table(head: list[str], rows: Iterable[list[str]]) -> list[str]:
    rows = list(rows)
    return markdown_table(head, rows) if rows else []


def _value(value: Any) -> str:
    """A value as text for a cell of a table."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, dict):
        if list(value.values()) == [1.0]:  # the whole is one regimen's
            return _text(next(iter(value)))
        return "; ".join(f"{_text(name)} {_value(part)}" for name, part in value.items())
    if isinstance(value, list):
        return ", ".join(_value(part) for part in value)
    return _text(str(value))


def _text(text: str) -> str:
    """Text without characters that Markdown would take for its own."""
    return re.sub(r"([\\|*_<>\[\]`])", r"\\\1", " ".join(text.split()))


def _sentence(text: str) -> str:
    """Text with a capital letter and a full stop."""
    words = _text(text)
    return f"{words[:1].upper()}{words[1:].rstrip('.')}."
