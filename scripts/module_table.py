"""The table of modules in docs/design.md, from the layers contract and the docstrings.

    python scripts/module_table.py

writes it between its two markers; tests/test_docs.py compares.
"""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "seedsoil"
PAGE = ROOT / "docs" / "design.md"
BEGIN = "<!-- the table of modules begins -->\n"
END = "<!-- the table of modules ends -->\n"


def layers() -> list[str]:
    """The packages and modules of the layers contract, the lowest first."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        contracts = tomllib.load(file)["tool"]["importlinter"]["contracts"]
    found = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    # `|` and `:` part packages of one layer, and brackets mark one that may be missing.
    return [name.strip(" ()") for layer in reversed(found) for name in re.split("[|:]", layer)]


def summary(path: Path) -> str:
    """The first line of the docstring of a module, or of a package's `__init__.py`."""
    source = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    text = ast.get_docstring(ast.parse(source.read_text(encoding="utf-8"))) or ""
    return text.partition("\n")[0].replace("|", "\\|")


def modules(package: Path) -> list[Path]:
    """The modules of a package and the packages in it, by name."""
    return sorted(
        path
        for path in package.iterdir()
        if (path.suffix == ".py" and path.stem != "__init__") or (path / "__init__.py").exists()
    )


def table() -> str:
    """Two tables: the layers with their modules, and the files of the model with what each is."""
    lines = ["| in `seedsoil` | holds | modules |", "|---|---|---|"]
    inner: list[Path] = []
    for name in layers():
        path = PACKAGE / name
        if not path.is_dir():
            lines.append(f"| `{name}` | {summary(path)} | |")
            continue
        inside = modules(path)
        names = ", ".join(f"`{m.stem}/`" if m.is_dir() else f"`{m.stem}`" for m in inside)
        lines.append(f"| `{name}/` | {summary(path)} | {names} |")
        inner += [module for module in inside if module.is_dir()]
    for package in inner:
        place = package.relative_to(PACKAGE).as_posix()
        lines += ["", f"| in `{place}/` | {summary(package)} |", "|---|---|"]
        lines += [f"| `{module.stem}` | {summary(module)} |" for module in modules(package)]
    return "\n".join(lines) + "\n"


def renewed(page: str) -> str:
    """The text of the page with the table as it is now."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
