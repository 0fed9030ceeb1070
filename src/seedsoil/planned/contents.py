"""What a unit's file holds: its tally, and besides it whatever else was kept of the women, each by name.

It is a zip file that stores what is compressed already. The same content has the same bytes.
"""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

from seedsoil.reductions.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

TALLY = "tally.parquet"
_DATE = (1980, 1, 1, 0, 0, 0)
"""Of every file in a zip, so that the same content has the same bytes."""


def packed(tally: Tally, others: Mapping[str, bytes | pa.Buffer]) -> bytes:
    """The content of a unit: its tally, and `others` by name."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as file:
        file.writestr(zipfile.ZipInfo(TALLY, _DATE), tally.to_bytes())
        for name, held in others.items():
            with file.open(zipfile.ZipInfo(name, _DATE), "w") as member:
                member.write(memoryview(held))
    return content.getvalue()


def tally_in(content: bytes) -> Tally:
    """The tally of a unit."""
    return Tally.from_bytes(held_in(content, TALLY))


def held_in(content: bytes, name: str) -> bytes:
    """What a unit holds under a name."""
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        return file.read(name)


def sizes_in(content: bytes) -> dict[str, int]:
    """Bytes of each thing that a unit holds."""
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        return {one.filename: one.file_size for one in file.infolist()}
