"""The explorer in a real browser: Playwright, the Chromium of the machine, and the site as it is exported."""

from __future__ import annotations

import functools
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest
from explorer_tab import Tab

from chromium import browser_path
from seedsoil.catalog import load
from seedsoil.explorer import site
from seedsoil.explorer.guard import HEADERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without a Chromium nothing here can run."""
    if browser_path() is None:
        for item in items:
            if item.path.parent.name == "in_browser":
                item.add_marker(pytest.mark.skip(reason="there is no Chromium here"))


# Of a module and no longer: the loop that Playwright keeps running is in the way of other tests' loops.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=browser_path(), args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site with the packaged pack, as a folder."""
    return site.export(tmp_path_factory.mktemp("explorer") / "site", load())


class Quiet(SimpleHTTPRequestHandler):
    """Any web host, with the policy that the server of the package has."""

    def end_headers(self) -> None:
        for name, value in HEADERS.items():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="session")
def hosted() -> Iterator[Callable[[Path], str]]:
    """Serve a folder: its address, as long as the tests run."""
    servers = []

    def host(folder: Path) -> str:
        server = ThreadingHTTPServer(
            ("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder))
        )
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}/"

    yield host
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def tab(chromium: Browser, packed: Path, hosted: Callable[[Path], str]) -> Iterator[Tab]:
    """A tab with the packaged pack, served as any host would."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    yield Tab(context.new_page(), hosted(packed))
    context.close()
