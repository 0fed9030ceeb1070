"""What the server hands out as it is: the page, and the pack as data files, compressed once."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

from seedsoil.explorer import pack, site
from seedsoil.explorer.contract import PARTS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from importlib.resources.abc import Traversable

_VEGA = "import sys; from seedsoil.display.vega import vega_bundle; sys.stdout.write(vega_bundle())"


class Asset(NamedTuple):
    """A file as it is sent: compressed, its kind, and a tag that changes with it."""

    packed: bytes
    kind: str
    tag: str


class Assets:
    """The files of the page by address; each is made when it is first asked for and kept compressed.

    `place`: the folder of a pack, by default the packaged one.
    """

    def __init__(self, mode: Mapping[str, object], place: Traversable | None = None) -> None:
        self._kept: dict[str, Asset] = {}
        self._makers: dict[str, Callable[[], bytes]] = {
            address: asset.read_bytes for address, asset in site.assets()
        }
        self._makers[site.VEGA] = _vega
        text = pack.dumped(mode)
        self._makers[f"{site.DATA}/{site.MODE}.js"] = lambda: site.script(site.MODE, text).encode()
        for name in PARTS:
            self._makers[f"{site.DATA}/{name}.js"] = _part(name, place)

    def get(self, address: str) -> Asset | None:
        """The file at `address`; None if there is none."""
        address = address or "index.html"
        if address not in self._kept:
            if address not in self._makers:
                return None
            content = self._makers[address]()
            self._kept[address] = Asset(
                gzip.compress(content, 6, mtime=0),
                _kind(address),
                hashlib.sha256(content).hexdigest()[:32],
            )
        return self._kept[address]


def _part(name: str, place: Traversable | None) -> Callable[[], bytes]:
    def made() -> bytes:
        return site.script(name, pack.unpacked(name, place)).encode()

    return made


def _vega() -> bytes:
    """The charts' code, from a process of its own: what makes it would take memory for good."""
    return subprocess.run([sys.executable, "-c", _VEGA], check=True, capture_output=True).stdout


def _kind(address: str) -> str:
    kind = mimetypes.guess_type(address)[0] or "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith("text/") or kind.endswith("json") else kind
