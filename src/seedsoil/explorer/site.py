"""The page as a folder: what the server serves, and what works from a file or any web host.

Data are scripts, `data/NAME.js`, each one call of `seedsoil_data`: a page that was opened from a file may
load scripts of its own folder, but may fetch nothing.
"""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any

from seedsoil._version import __version__
from seedsoil.display.vega import vega_bundle
from seedsoil.explorer import pack
from seedsoil.explorer.contract import PARTS, SCHEMA
from seedsoil.explorer.defaults import packaged_thresholds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from importlib.resources.abc import Traversable
    from pathlib import Path

    from seedsoil.catalog import Catalog

VEGA = "vega.js"
DATA = "data"
MODE = "mode"


def static() -> Traversable:
    """The page as it is built from `web/`."""
    return files("seedsoil.explorer").joinpath("static")


def assets(place: Traversable | None = None, above: str = "") -> Iterator[tuple[str, Traversable]]:
    """The files of the page by their address, such as `index.html`."""
    for one in sorted((place or static()).iterdir(), key=lambda item: item.name):
        if one.is_dir():
            yield from assets(one, f"{above}{one.name}/")
        else:
            yield f"{above}{one.name}", one


def script(name: str, text: str) -> str:
    """A data file: the JSON `text` handed to the page under its name."""
    return f"seedsoil_data({pack.dumped(name)},{text});\n"


def mode(catalog: Catalog, limits: Mapping[str, Any] | None, *, current: bool) -> dict[str, Any]:
    """How the page is served (`contract.Mode`); `limits` of a live server."""
    return {
        "schema": SCHEMA,
        "live": limits is not None,
        "pack_current": current,
        "version": __version__,
        "parameters_hash": catalog.hash(),
        "limits": None if limits is None else dict(limits),
        "thresholds": [one.model_dump() for one in packaged_thresholds(catalog).values()],
    }


def export(
    directory: Path,
    catalog: Catalog,
    parts: Mapping[str, dict[str, Any]] | None = None,
    *,
    place: Path | None = None,
) -> Path:
    """Write the page with its data to the new folder `directory`, whole or not at all; return it.

    `parts`: a pack of `pack.make`; without it, that of the folder `place` or the packaged one. Raises
    InputError if `directory` is taken.
    """
    from seedsoil.storage import publish, require_free, unfinished

    require_free(directory)
    with unfinished(directory.parent, directory.name) as partial:
        for address, asset in assets():
            target = partial / address
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(asset.read_bytes())
        (partial / VEGA).write_text(vega_bundle(), encoding="utf-8")
        data = partial / DATA
        data.mkdir(exist_ok=True)
        texts = {
            name: pack.dumped(parts[name]) if parts else pack.unpacked(name, place)
            for name in PARTS
        }
        made = parts["answers"] if parts else pack.read("answers", place)
        current = made["provenance"]["parameters_hash"] == catalog.hash()
        texts[MODE] = pack.dumped(mode(catalog, None, current=current))
        for name, text in texts.items():
            (data / f"{name}.js").write_text(script(name, text), encoding="utf-8")
        return publish(partial, directory)
