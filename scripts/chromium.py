"""Which Chromium of the machine the pictures are taken with, and pages are looked at by the tests."""

from __future__ import annotations

import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def browser_path() -> str | None:
    """The first Chromium on the path, None where there is none."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)
