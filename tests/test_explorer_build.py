"""What the explorer ships is built from `web/`: by its record of hashes, and by building again with Node."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
WEB = ROOT / "web"
STATIC = ROOT / "src" / "seedsoil" / "explorer" / "static"
BEFORE_CHARTS = 150_000
"""Bytes of the code as it is; with the words of a language, half of them as they are sent."""


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_record_names_the_sources_and_the_files_as_they_are() -> None:
    record = json.loads((STATIC / "built.json").read_text(encoding="utf-8"))
    sources = [
        WEB / name for name in ("build.mjs", "index.html", "package-lock.json", "tsconfig.json")
    ]
    for folder in ("src", "css", "strings"):
        sources += [path for path in (WEB / folder).rglob("*") if path.is_file()]
    again = "what ships was built from other sources: run `npm run build` in web/"
    assert record["sources"] == {p.relative_to(WEB).as_posix(): sha256(p) for p in sources}, again
    shipped = {p.name: sha256(p) for p in STATIC.iterdir() if p.name != "built.json"}
    assert record["built"] == shipped, again


def test_the_front_end_is_small_and_asks_nothing_of_other_hosts() -> None:
    code = [STATIC / name for name in ("index.html", "app.css", "app.js")]
    assert sum(path.stat().st_size for path in code) < BEFORE_CHARTS
    sent = [gzip.compress(path.read_bytes()) for path in (*code, STATIC / "strings.en.js")]
    assert sum(map(len, sent)) < BEFORE_CHARTS / 2
    page = (STATIC / "index.html").read_text(encoding="utf-8")
    assert "http" not in page
    assert "<style" not in page
    assert "style=" not in page
    script = (STATIC / "app.js").read_text(encoding="utf-8")
    for forbidden in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "new Function",
    ):
        assert forbidden not in script
    known = ("http://www.w3.org/", "https://vega.github.io/schema/")  # names, never fetched
    for name in known:
        script = script.replace(name, "")
    assert "http://" not in script
    assert "https://" not in script.replace("^https:\\/\\/", "")


def test_the_lock_file_names_no_registry() -> None:
    assert "resolved" not in (WEB / "package-lock.json").read_text(encoding="utf-8")


@pytest.mark.skipif(not (shutil.which("node") and shutil.which("npm")), reason="Node is not here")
def test_building_again_gives_the_same_bytes(tmp_path: Path) -> None:
    web = tmp_path / "web"
    shutil.copytree(WEB, web, ignore=shutil.ignore_patterns("node_modules"))
    shutil.copytree(STATIC, tmp_path / "src" / "seedsoil" / "explorer" / "static")
    for command in (["npm", "ci", "--no-audit", "--no-fund"], ["npm", "run", "verify"]):
        done = subprocess.run(command, cwd=web, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
