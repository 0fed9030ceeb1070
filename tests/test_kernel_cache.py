"""The kernel cache: never old code, never another user's, never a damaged file; and it runs without one."""

from __future__ import annotations

import ast
import errno
import hashlib
import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import seedsoil as ss
from seedsoil.jit import cache, sources

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PACKAGE = Path(ss.__file__).parent


# The digest


def modules() -> dict[str, Path]:
    """Every module of the package by its full name."""
    found = {}
    for path in PACKAGE.rglob("*.py"):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(tree: ast.Module) -> set[str]:
    """What a module imports when it is loaded: all but what stands in functions or is for types alone."""
    found: set[str] = set()

    def visit(nodes: list[ast.stmt]) -> None:
        for node in nodes:
            if isinstance(node, ast.Import):
                found.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, "a relative import"
                found.add(str(node.module))
                found.update(f"{node.module}.{alias.name}" for alias in node.names)
            elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                continue
            elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
                visit(node.orelse)
            else:
                for part in ("body", "orelse", "finalbody"):
                    visit(getattr(node, part, []))
                for handler in getattr(node, "handlers", []):
                    visit(handler.body)

    visit(tree.body)
    return found


def kernel_modules(trees: dict[str, ast.Module]) -> set[str]:
    """Modules in which a function has a decorator that comes from `seedsoil.jit`."""
    found = set()
    for name, tree in trees.items():
        nodes = list(ast.walk(tree))
        decorators = {
            alias.asname or alias.name
            for node in nodes
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith("seedsoil.jit")
            for alias in node.names
        }
        if not decorators:
            continue
        used = {
            part.id
            for node in nodes
            if isinstance(node, ast.FunctionDef)
            for decorator in node.decorator_list
            for part in ast.walk(decorator)
            if isinstance(part, ast.Name)
        }
        if decorators & used and not name.startswith("seedsoil.jit"):
            found.add(name)
    return found


@pytest.fixture(scope="module")
def trees() -> dict[str, ast.Module]:
    return {name: ast.parse(path.read_bytes()) for name, path in modules().items()}


@pytest.fixture(scope="module")
def with_kernels(trees: dict[str, ast.Module]) -> set[str]:
    return kernel_modules(trees)


@pytest.fixture(scope="module")
def made_of(trees: dict[str, ast.Module], with_kernels: set[str]) -> set[str]:
    """Every module that defines a kernel, and every module that such a module imports, and so on."""
    found: set[str] = set()
    todo = set(with_kernels)
    assert len(todo) > 30
    while todo:
        name = todo.pop()
        found.add(name)
        todo |= (imports(trees[name]) & trees.keys()) - found
    return found


def test_digest_reads_all_that_kernels_are_made_of(made_of: set[str]) -> None:
    assert made_of <= sources.kernel_sources().keys()


def test_a_change_in_any_of_them_changes_the_digest_and_no_other_does(
    made_of: set[str], tmp_path: Path
) -> None:
    copy = tmp_path / "seedsoil"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    before = sources.digest("1", package=copy)
    assert before == sources.digest("1")
    assert before != sources.digest("2")
    others = []
    for name, path in modules().items():
        place = copy / path.relative_to(PACKAGE)
        whole = place.read_bytes()
        place.write_bytes(whole + b"\n# another constant\n")
        changed = sources.digest("1", package=copy) != before
        place.write_bytes(whole)
        if name in made_of or name.startswith("seedsoil.jit."):
            assert changed, name
        elif not changed:
            others.append(name)
    assert before == sources.digest("1", package=copy)
    for folder in ("cli", "display"):
        inside = [name for name in modules() if name.startswith(f"seedsoil.{folder}")]
        assert inside
        assert set(inside) <= set(others)


def test_a_new_kernel_module_and_a_new_import_are_read(tmp_path: Path) -> None:
    copy = tmp_path / "seedsoil"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "newcomer").mkdir()
    new, constants = copy / "newcomer" / "__init__.py", copy / "newcomer" / "prices.py"
    constants.write_text("EURO = 1.0\n")
    new.write_text(
        "from seedsoil.newcomer import (\n    prices,\n)\nfrom seedsoil.jit import compiled\n"
    )
    before = sources.digest(package=copy)
    constants.write_text("EURO = 2.0\n")
    assert sources.digest(package=copy) != before
    assert "seedsoil.newcomer" in sources.kernel_sources(copy)


@pytest.mark.parametrize(
    "statement, file",
    [
        ("from seedsoil.catalog.prices import EURO", "prices.py"),
        ("from seedsoil.catalog import prices", "prices/__init__.py"),
        ("from seedsoil.catalog import EURO", "__init__.py"),
        ("import seedsoil.catalog.prices", "prices.py"),
    ],
)
def test_what_a_kernel_imports_from_a_package_without_kernels_is_read(
    tmp_path: Path, statement: str, file: str
) -> None:
    """Such a package is not searched for kernels, but a constant of it may still be part of one."""
    assert "seedsoil.catalog" in sources.WITHOUT_KERNELS
    package = tmp_path / "seedsoil"
    constants = package / "catalog" / file
    constants.parent.mkdir(parents=True)
    kernel = package / "model.py"
    kernel.write_text(f"from seedsoil.jit import compiled\n{statement}\n")
    constants.write_text("EURO = 1.0\n")
    before = sources.digest(package=package)
    constants.write_text("EURO = 2.0\n")
    assert sources.digest(package=package) != before
    constants.write_text("EURO = 1.0\n")
    assert sources.digest(package=package) == before
    kernel.write_text("from seedsoil.jit import compiled\n")
    assert list(sources.kernel_sources(package)) == ["seedsoil.model"]


LOADED = """
import importlib, json, sys
names = json.loads(sys.argv[1])
opened = []
sys.addaudithook(lambda event, given: opened.append(str(given[0])) if event == "open" else None)
for name in names:
    importlib.import_module(name.rpartition(".")[0])
packages = set(sys.modules)
for name in names:
    importlib.import_module(name)
print(json.dumps([[n for n in sys.modules if n not in packages], opened]))
"""


def test_what_python_loads_for_kernels_is_in_the_digest(made_of: set[str]) -> None:
    """As Python finds it: modules loaded beyond the packages that they lie in, and no file of data."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED, json.dumps(sorted(made_of))],
        env=os.environ | {"PYTHONPATH": str(PACKAGE.parent)},
        capture_output=True,
        text=True,
        check=True,
        timeout=500,
    )
    loaded, opened = json.loads(done.stdout)
    ours = {name for name in loaded if name.startswith("seedsoil.")}
    assert len(ours) > 30
    assert ours <= sources.kernel_sources().keys()
    in_package = [path for path in opened if Path(path).is_relative_to(PACKAGE)]
    data = [path for path in in_package if not path.endswith((".py", ".pyc"))]
    assert not [path for path in data if Path(path).suffix and "__pycache__" not in path]


def test_packages_that_are_not_searched_have_no_kernels(with_kernels: set[str]) -> None:
    for name in sources.WITHOUT_KERNELS:
        assert (PACKAGE / name.rpartition(".")[2]).is_dir()
        assert [module for module in with_kernels if f"{module}.".startswith(f"{name}.")] == []


@pytest.mark.alone
@pytest.mark.no_cover  # the digest would be traced line by line, what it is compared with would not
def test_digest_takes_little_more_than_to_read_what_it_is_of() -> None:
    """At every start: not the time to read the whole package (8 times as long), far less to parse it.

    As a multiple of reading and hashing the same files once, here and now: a clock would judge the machine.
    """
    paths = [modules()[name] for name in sources.kernel_sources()]

    def plainly() -> None:
        made = hashlib.sha256()
        for path in paths:
            made.update(path.read_bytes())

    def seconds(done: Callable[[], object]) -> float:
        start = time.process_time()
        done()
        return time.process_time() - start

    # The quickest of many, in time of this process, by turns: the machine may be busy, and change its pace.
    pairs = [(seconds(plainly), seconds(lambda: sources.digest("1"))) for _ in range(30)]
    read, digested = (min(column) for column in zip(*pairs, strict=True))
    assert digested < 5.0 * read


def test_digest_has_the_compilers_versions_and_the_way(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("SEEDSOIL_PLAIN_NUMBA", "0")
    here = directory()
    monkeypatch.setenv("SEEDSOIL_PLAIN_NUMBA", "1")
    assert directory() != here
    monkeypatch.setenv("SEEDSOIL_PLAIN_NUMBA", "0")
    assert directory() == here
    monkeypatch.setattr(cache, "version", lambda _: "1.2.3")
    assert directory() != here


# The directory


def directory() -> Path | None:
    """The directory, found anew."""
    found: Path | None = cache.cache_directory.__wrapped__()
    return found


@pytest.fixture
def base(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """Where the package keeps its files in a cache of its own; a place for temporary files beside it."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(home))
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    return home / "seedsoil"


def of_this_process(found: Path | None, base: Path) -> bool:
    """Whether a directory is a private one in the place for temporary files."""
    return (
        found is not None
        and found.parent == base.parents[1] / "temporary"
        and found.lstat().st_uid == os.geteuid()
        and stat.S_IMODE(found.lstat().st_mode) == 0o700
    )


def test_kept_directory_is_private(base: Path, caplog: pytest.LogCaptureFixture) -> None:
    found = directory()
    assert found is not None
    assert found.parent == base
    assert stat.S_IMODE(found.stat().st_mode) == 0o700
    assert directory() == found
    assert not caplog.records


def the_name(base: Path) -> str:
    found = directory()
    assert found is not None
    shutil.rmtree(base)
    return found.name


def test_planted_directories_are_not_used(base: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A link, a file, one that others can write or read: what lies there is never loaded."""
    name = the_name(base)
    elsewhere = base.parents[1] / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    for plant, words in (
        (lambda: (base.mkdir(), (base / name).symlink_to(elsewhere)), "symbolic link"),
        (lambda: base.symlink_to(elsewhere), "symbolic link"),
        (lambda: (base.mkdir(), (base / name).write_text("")), "no directory"),
        (lambda: base.write_text(""), "File exists"),
        (lambda: ((base / name).mkdir(parents=True), (base / name).chmod(0o777)), "open to other"),
        (lambda: ((base / name).mkdir(parents=True), (base / name).chmod(0o755)), "open to other"),
        (lambda: base.parent.chmod(0o777), "any user can write"),
    ):
        caplog.clear()
        plant()
        assert of_this_process(directory(), base)
        (record,) = caplog.records
        assert record.name == "seedsoil.jit"
        assert words in record.getMessage()
        base.parent.chmod(0o700)
        if base.is_symlink() or base.is_file():
            base.unlink()
        else:
            shutil.rmtree(base, ignore_errors=True)


def test_another_users_directory_is_not_used(
    base: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert directory() is not None
    owner = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    monkeypatch.setattr(cache, "_refuse_anothers_home", lambda _: None)
    found = directory()
    assert found is not None
    assert found.parent != base
    assert "belongs to another user" in caplog.text


def test_root_makes_nothing_in_anothers_home(
    base: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    stranger = os.stat_result((0o40700, 0, 0, 0, 4711, 0, 0, 0, 0, 0))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(Path, "stat", lambda _self, **_: stranger)
    assert directory() is not None
    assert not os.path.lexists(base)
    assert "belongs to another user" in caplog.text


def test_what_a_directory_in_the_temporary_place_holds_is_not_looked_at(base: Path) -> None:
    """Where the home cannot be written, no name there can be foreseen."""
    base.write_text("")
    made = {directory(), directory()}
    assert len(made) == 2
    assert all(of_this_process(one, base) for one in made)


def test_a_group_that_could_write_no_longer_can(base: Path) -> None:
    base.mkdir()
    base.chmod(0o775)
    assert directory() is not None
    assert stat.S_IMODE(base.stat().st_mode) == 0o700


def test_relative_cache_home_is_told_and_not_used(
    base: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", "here")
    monkeypatch.setenv("HOME", str(base.parent))
    found = directory()
    assert found is not None
    assert found.is_absolute()
    assert "XDG_CACHE_HOME" in caplog.text
    assert not (tmp_path / "here").exists()


@pytest.mark.parametrize("answer", [RuntimeError("no home"), KeyError("uid"), "~/.cache/seedsoil"])
def test_no_home(
    base: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, answer: Any
) -> None:
    import platformdirs

    def user_cache_path(*_: object, **__: object) -> Path:
        if isinstance(answer, Exception):
            raise answer
        return Path(answer)

    monkeypatch.setattr(platformdirs, "user_cache_path", user_cache_path)
    assert of_this_process(directory(), base)
    assert "no home directory" in caplog.text


def test_nothing_is_kept_where_no_directory_can_be_made(
    base: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object, **__: object) -> str:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    base.write_text("")
    monkeypatch.setattr(tempfile, "mkdtemp", full)
    assert directory() is None
    assert "No space left" in caplog.text


def test_directories_of_other_versions_go_when_long_unused(base: Path) -> None:
    base.mkdir()
    long_ago = time.time() - 31 * 86_400
    for name, when in (("kernels-old", long_ago), ("kernels-new", time.time()), ("x", long_ago)):
        (base / name).mkdir()
        (base / name / "file").touch()
        os.utime(base / name, (when, when))
    found = directory()
    assert found is not None
    assert {path.name for path in base.iterdir()} == {"kernels-new", "x", found.name}
    os.utime(found, (long_ago, long_ago))
    assert directory() == found
    assert found.stat().st_mtime > long_ago + 86_400


# Its files

SMALL = """
from seedsoil.jit import compiled, shared

@shared
def large(x):
    return 2.0 * x

@compiled
def kernel(x):
    return large(x) + 1.0
"""

ANSWER = """
import logging, sys
logging.basicConfig(format="%(name)s %(message)s")
sys.path.insert(0, sys.argv[1])
import small
print(small.kernel(3.0))
"""

DAMAGE = """
import atexit, json, logging, os, random, sys
from pathlib import Path
from seedsoil import jit
logging.basicConfig(format="%(name)s %(message)s")
sys.path.insert(0, sys.argv[1])
directory = jit.cache_directory()
jit.load_compiler()

def answer():
    # A fork each, so that nothing is loaded or compiled yet and Numba is imported once.
    child = os.fork()
    if child == 0:
        try:
            import small
            right = small.kernel(3.0) == 7.0
            atexit._run_exitfuncs()
            os._exit(0 if right else 1)
        except BaseException as error:
            print(type(error).__name__, error, file=sys.stderr)
            os._exit(2)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

assert answer() == 0
files = sorted(file for file in directory.rglob("*") if file.is_file())
whole_files = {file: file.read_bytes() for file in files}
results = []
for file, whole in whole_files.items():
    n = len(whole)
    changed = [whole[:k] for k in sorted({0, 1, 31, 32, 33, n - 1}) if k < n]
    changed += [random.Random(1).randbytes(n), whole + b"more", b"{}" * 300]
    for place in (0, 40, n // 2):
        if place < n:
            changed.append(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1:])
    for contents in changed:
        for other, all_of_it in whole_files.items():
            other.write_bytes(all_of_it)
        file.write_bytes(contents)
        code = answer()
        gone = not file.exists() or file.read_bytes() != contents
        results.append([file.name, len(contents), code, gone])
print(json.dumps(results))
"""


def run(
    program: str, tmp_path: Path, *, check: bool = True, **environment: str
) -> subprocess.CompletedProcess[str]:
    """A process with the small kernels and a cache of its own."""
    if not (tmp_path / "small.py").exists():  # written again, it would be another file
        (tmp_path / "small.py").write_text(SMALL)
    given = {
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "PYTHONPATH": str(PACKAGE.parent),
        "SEEDSOIL_PLAIN_NUMBA": "0",
    }
    (tmp_path / "cache").mkdir(exist_ok=True)
    return subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        env=os.environ | given | environment,
        capture_output=True,
        text=True,
        check=check,
        timeout=500,
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    "plain, kinds",
    [
        ("0", {".kernel"}),
        pytest.param("1", {".nbi", ".nbc", ".sha256"}, marks=pytest.mark.long),
    ],
)
def test_a_damaged_file_is_compiled_again_with_a_word(
    tmp_path: Path, plain: str, kinds: set[str]
) -> None:
    done = run(DAMAGE, tmp_path, SEEDSOIL_PLAIN_NUMBA=plain)
    results = json.loads(done.stdout)
    assert {Path(name).suffix for name, *_ in results} == kinds
    assert len(results) > 20
    assert [result for result in results if result[2] != 0 or not result[3]] == []
    lines = done.stderr.splitlines()
    assert len(lines) >= len(results)
    assert [
        line for line in lines if not line.startswith("seedsoil.jit a kernel is compiled")
    ] == []


CHAIN = """
import numpy as np
from seedsoil.jit import compiled, shared

@shared
def deeper(record):
    return record.x + record.x

@shared
def large(record):
    return deeper(record)

@compiled
def of_record(record):
    return large(record) + 1.0

def answer():
    return of_record(np.array([(3.0, 1)], [("x", float), ("n", int)]).view(np.recarray)[0])
"""
CHAIN_ANSWER = """
import logging, sys
import numpy as np
logging.basicConfig(format="%(name)s %(message)s")
sys.path.insert(0, sys.argv[1])
import chain
print(chain.answer())
"""
OTHERS_FIRST = """
import numba, numpy
for number in range(5):
    numba.typeof(numpy.zeros(1, [(f"y{number}", float)]).view(numpy.recarray)[0])
"""
"""Numba numbers types of records as they come up in a process, and the numbers are part of symbols' names."""


@pytest.mark.parametrize(
    "lost, damaged, before",
    [("large", "deeper", ""), ("deeper", "large", OTHERS_FIRST)],
    ids=["same names", "other names"],
)
def test_what_is_called_is_compiled_again_if_it_is_lost_or_damaged(
    tmp_path: Path, lost: str, damaged: str, before: str
) -> None:
    """A kernel in the cache finds what it calls, even if somebody has deleted or cut that."""
    (tmp_path / "chain.py").write_text(CHAIN)
    first = run(CHAIN_ANSWER, tmp_path)
    assert (first.stdout.strip(), first.stderr) == ("7.0", "")
    (kernel,) = tmp_path.rglob("chain.of_record-*.kernel")
    made = kernel.stat().st_mtime_ns
    (gone,) = tmp_path.rglob(f"called/chain.{lost}-*.kernel")
    (cut,) = tmp_path.rglob(f"called/chain.{damaged}-*.kernel")
    whole = cut.stat().st_size
    gone.unlink()
    os.truncate(cut, whole // 2)
    again = run(before + CHAIN_ANSWER, tmp_path)
    assert again.stdout.strip() == "7.0"
    assert gone.exists()
    assert cut.stat().st_size > whole // 2
    assert "its file is damaged" in again.stderr
    assert (kernel.stat().st_mtime_ns != made) == bool(before)  # by other names, callers are, too


def test_a_file_that_others_code_made_is_told_and_compiled_again(tmp_path: Path) -> None:
    """Whole by its checksum, but not to be loaded."""
    assert run(ANSWER, tmp_path).stdout.strip() == "7.0"
    for file in tmp_path.rglob("*.kernel"):
        cache.write_sealed(file, b"cno\nsuch\n.")
    again = run(ANSWER, tmp_path)
    assert again.stdout.strip() == "7.0"
    assert "cannot be loaded" in again.stderr
    assert not run(ANSWER, tmp_path).stderr


@pytest.mark.parametrize("plain", ["0", "1"])
def test_a_full_disk_is_told_in_one_line(tmp_path: Path, plain: str) -> None:
    """No file can grow here, as on a full disk: it runs, and says what it does without."""
    program = (
        "import resource, signal\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))\n" + ANSWER
    )
    done = run(program, tmp_path, SEEDSOIL_PLAIN_NUMBA=plain, PYTHONDONTWRITEBYTECODE="1")
    assert done.stdout.strip() == "7.0"
    (line,) = done.stderr.splitlines()
    assert "not kept" in line
    assert [file for file in (tmp_path / "cache").rglob("*") if file.is_file()] == []


@pytest.mark.parametrize("plain", ["0", "1"])
def test_without_any_directory_kernels_run(tmp_path: Path, plain: str) -> None:
    program = (
        "import tempfile\n"
        "def full(**_):\n"
        "    raise OSError(28, 'No space left on device')\n"
        "tempfile.mkdtemp = full\n" + ANSWER
    )
    (tmp_path / "file").touch()
    done = run(program, tmp_path, XDG_CACHE_HOME=str(tmp_path / "file"), SEEDSOIL_PLAIN_NUMBA=plain)
    assert done.stdout.strip() == "7.0"
    (line,) = done.stderr.splitlines()
    assert "not kept" in line


def test_a_directory_of_this_process_goes_with_it(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "temporary").mkdir()
    program = ANSWER + "from seedsoil import jit; print(*jit.cache_directory().rglob('*.kernel'))"
    done = run(
        program,
        tmp_path,
        XDG_CACHE_HOME=str(tmp_path / "file"),
        TMPDIR=str(tmp_path / "temporary"),
        SEEDSOIL_PLAIN_NUMBA="0",
    )
    answer, kept = done.stdout.splitlines()
    assert answer == "7.0"
    assert kept.startswith(str(tmp_path / "temporary"))
    (line,) = done.stderr.splitlines()
    assert "for this process alone" in line
    assert list((tmp_path / "temporary").iterdir()) == []


def test_command_line_shows_a_warning_as_one_line(tmp_path: Path) -> None:
    """In a directory of its own, where lies what has been compiled before: compiling is not the point."""
    (tmp_path / "file").touch()
    own = tmp_path / "own"
    program = (
        "import sys, tempfile\n"
        "tempfile.mkdtemp = lambda **_: sys.argv[1]\n"
        "from seedsoil.cli import main\n"
        "sys.exit(main(['patient', '3', '--strategy', 'untreated']))"
    )
    compiled = cache.cache_directory()
    assert compiled is not None
    shutil.copytree(compiled, own)
    done = subprocess.run(
        [sys.executable, "-c", program, str(own)],
        env=os.environ
        | {"XDG_CACHE_HOME": str(tmp_path / "file"), "PYTHONPATH": str(PACKAGE.parent)}
        | {"NUMBA_DISABLE_JIT": "0"},
        capture_output=True,
        text=True,
        check=True,
        timeout=500,
    )
    (warning, *_) = [line for line in done.stderr.splitlines() if "warning" in line]
    assert warning.startswith("seedsoil: warning: compiled kernels are kept for this process alone")
    assert "Traceback" not in done.stderr
    assert not own.exists()
