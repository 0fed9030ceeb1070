"""Fixtures that several files of tests use, and how tests are shared out to processes (pytest-xdist)."""

from __future__ import annotations

import gc
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from turns import turn

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator


# Before any test imports NumPy: on a busy machine the threads of small matrices wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

FEW_FILES = 3
"""So many named files run in one process: a second would begin when they have ended."""
_TURNS = pytest.StashKey[tempfile.TemporaryDirectory[str]]()


@pytest.fixture(scope="session")
def cache_of_these_tests(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from seedsoil.jit import cache_directory

    cache_directory()  # found before, so that what has been compiled stays in use
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def own_cache(cache_of_these_tests: Path) -> Iterator[None]:
    """What is kept between runs, such as the JavaScript of charts, lies in a directory of these tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(cache_of_these_tests))
        yield


# In several processes; the option `-n 0` runs all in one, as `--pdb` does.


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """One process for a few files, else as many as there are cores."""
    files = [Path(argument.partition("::")[0]) for argument in config.args]
    return 0 if len(files) <= FEW_FILES and all(f.suffix == ".py" for f in files) else None


FIRST = ("test_added_strategies.py", "test_workbook.py")
"""Of two processes that begin together one compiles the kernels, once, and the other has long work without
any: else both would compile all of them, a minute each."""
LONGEST = (
    "test_docs.py", "test_posterior_cloud.py", "test_machine.py", "test_shards.py",
    "test_pin.py", "test_trial_information.py", "test_kills.py",
    "test_match_statistics.py", "test_decision.py", "test_browser.py", "test_explorer_server.py",
    "test_access.py", "test_extension.py", "test_validate_units.py", "test_treatment_kernel.py",
)  # fmt: skip
"""Files of half a minute and more, which come next, so that the processes end together.

Not those with a test that runs `alone`: beside long tests it would be waited for."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files in the order in which processes take them: long ones begin early, and none compiles twice."""
    slow = [item for item in items if item.get_closest_marker("slow")]
    for item in slow:
        item.add_marker("no_cover")  # a tracer makes some twice as slow; the others cover as much
    begin = {item.path.name: -1 for item in slow}
    begin |= {name: place - 1_000 for place, name in enumerate((*FIRST, *LONGEST))}
    items.sort(key=lambda item: begin.get(item.path.name, 0))


def pytest_collection_finish() -> None:
    """Look for garbage seldom, and never among modules and tests, which stay: it took 7 % of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a process where the turns of all are kept."""
    stash = node.config.stash
    if _TURNS not in stash:
        stash[_TURNS] = tempfile.TemporaryDirectory(prefix="seedsoil-tests-")
    node.workerinput["turns"] = stash[_TURNS].name


def pytest_unconfigure(config: pytest.Config) -> None:
    if _TURNS in config.stash:
        config.stash[_TURNS].cleanup()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """With the fixtures that it sets up, a test runs when it is its turn."""
    shared = getattr(item.config, "workerinput", {}).get("turns")
    if shared is None:
        return (yield)
    with turn(Path(shared), alone=item.get_closest_marker("alone") is not None):
        return (yield)
