"""A run directory: whole or absent, never overwritten, and read back as it was written."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

import seedsoil as ss
from seedsoil import storage
from seedsoil.run import run as run_module
from synthetic import synthetic_run

if TYPE_CHECKING:
    from pathlib import Path

MANIFEST = {
    "seedsoil": "0",
    "women": 60,
    "seed": 1,
    "screening": "none",
    "adjuvant": "none",
    "strategy": "untreated",
}
NO_SUCH_PROCESS = 2**22 + 7  # above the largest process number that Linux gives out


@pytest.fixture(scope="module")
def run() -> ss.Run:
    made = synthetic_run(60)
    return ss.Run(made.patients, made.lesions, made.symptoms, dict(MANIFEST))


def hidden(directory: Path) -> list[Path]:
    return [path for path in directory.iterdir() if path.name.startswith(".")]


def test_saved_run_is_read_back_the_same(run: ss.Run, tmp_path: Path) -> None:
    path = run.save(tmp_path / "deeper" / "run")
    opened = ss.open_run(path)
    assert opened.manifest.items() >= run.manifest.items()
    for name in run_module.TABLES:
        written: pa.Table = getattr(run, name)
        assert getattr(opened, name).to_pylist() == written.to_pylist()
        assert getattr(opened, name).column_names == written.column_names
    assert hidden(path.parent) == []


def test_metadata_of_columns_survives(tmp_path: Path) -> None:
    made = synthetic_run(5)
    note = {b"unit": b"years", b"description": b"at diagnosis"}
    field = pa.field("age", pa.float64(), metadata=note)
    patients = made.patients.cast(
        pa.schema([field if old.name == "age" else old for old in made.patients.schema])
    )
    run = ss.Run(patients, made.lesions, made.symptoms, dict(MANIFEST))
    opened = ss.open_run(run.save(tmp_path / "run"))
    assert opened.patients.schema.field("age").metadata == note


def test_tables_are_read_when_asked_for(run: ss.Run, tmp_path: Path) -> None:
    opened = ss.open_run(run.save(tmp_path / "run"))
    (tmp_path / "run" / "lesions.parquet").write_bytes(b"PAR1 nonsense PAR1")
    assert opened.patients.num_rows == 60
    with pytest.raises(ss.InputError, match=r"lesions\.parquet: cannot be read as a table"):
        _ = opened.lesions


@pytest.mark.parametrize("taken", ["full directory", "file", "dangling link"])
def test_a_taken_path_is_refused_and_untouched(run: ss.Run, tmp_path: Path, taken: str) -> None:
    target = tmp_path / "run"
    if taken == "full directory":
        target.mkdir()
        (target / "thesis.txt").write_text("mine")
    elif taken == "file":
        target.write_text("mine")
    else:
        target.symlink_to(tmp_path / "nowhere")
    with pytest.raises(ss.InputError, match="nothing is overwritten"):
        run.save(target)
    assert sorted(tmp_path.iterdir()) == [target]
    if taken == "full directory":
        assert (target / "thesis.txt").read_text() == "mine"


def test_an_empty_directory_may_be_named(run: ss.Run, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    assert ss.open_run(run.save(tmp_path / "run")).patients.num_rows == 60


def test_a_parent_that_cannot_be_written_is_one_clear_line(run: ss.Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ss.InputError, match=r"file: cannot be written \("):
        run.save(tmp_path / "file" / "run")


@pytest.mark.parametrize("cause", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_an_error_midway_leaves_nothing(
    run: ss.Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cause: BaseException
) -> None:
    written: list[Path] = []

    def fail_at_second(_table: pa.Table, path: Path) -> None:
        if written:
            raise cause
        path.write_bytes(b"half")
        written.append(path)

    monkeypatch.setattr(run_module, "write_table", fail_at_second)
    with pytest.raises(type(cause)):
        run.save(tmp_path / "run")
    assert written
    assert list(tmp_path.iterdir()) == []


def test_the_final_name_appears_only_with_every_file(run: ss.Run, tmp_path: Path) -> None:
    seen: list[bool] = []
    with storage.unfinished(tmp_path, "run") as partial:
        for name in run_module.TABLES:
            storage.write_table(getattr(run, name), partial / f"{name}.parquet")
            seen.append((tmp_path / "run").exists())
        storage.write_manifest(partial, run.manifest)
        storage.publish(partial, tmp_path / "run")
    assert seen == [False] * len(run_module.TABLES)
    assert ss.open_run(tmp_path / "run").manifest == run.manifest


def test_a_name_taken_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    def publish_late() -> None:
        with storage.unfinished(tmp_path, "run") as partial:
            (tmp_path / "run").mkdir()
            (tmp_path / "run" / "thesis.txt").write_text("mine")
            storage.publish(partial, tmp_path / "run")

    with pytest.raises(ss.InputError, match="cannot be created"):
        publish_late()
    assert (tmp_path / "run" / "thesis.txt").read_text() == "mine"
    assert hidden(tmp_path) == []


def test_default_names_count_up(tmp_path: Path) -> None:
    (tmp_path / "a-2").mkdir()  # somebody's, though empty
    names = []
    for _ in range(3):
        with storage.unfinished(tmp_path, "run") as partial:
            names.append(storage.publish_numbered(partial, "a").name)
    assert names == ["a", "a-3", "a-4"]


def test_a_killed_process_leaves_only_a_hidden_directory(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from seedsoil.storage import unfinished\n"
        "with unfinished(Path(sys.argv[1]), 'run') as partial:\n"
        "    (partial / 'patients.parquet').write_bytes(b'half')\n"
        "    print('writing', flush=True); time.sleep(60)\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "writing\n"
    assert storage.leftovers(tmp_path) == []  # its process is alive
    child.send_signal(signal.SIGKILL)
    child.communicate()
    [left] = list(tmp_path.iterdir())
    assert left.name == f".run.partial-{child.pid}"
    assert storage.leftovers(tmp_path) == [left]
    with pytest.raises(ss.InputError, match=rf"unfinished run; rm -r .*partial-{child.pid}"):
        ss.open_run(left)


def test_an_earlier_process_with_the_same_number_is_no_obstacle(tmp_path: Path) -> None:
    # In a container every run may have the same process number.
    (tmp_path / f".run.partial-{os.getpid()}").mkdir()
    assert len(storage.leftovers(tmp_path)) == 1
    with storage.unfinished(tmp_path, "run") as partial:
        storage.publish(partial, tmp_path / "run")
    assert (tmp_path / "run").is_dir()


def test_leftovers_are_only_directories_of_this_kind(tmp_path: Path) -> None:
    (tmp_path / f".run.partial-{NO_SUCH_PROCESS}").write_text("a file")
    (tmp_path / ".run.partial-x").mkdir()
    (tmp_path / f"run.partial-{NO_SUCH_PROCESS}").mkdir()
    assert storage.leftovers(tmp_path) == []
    assert storage.leftovers(tmp_path / "absent") == []


def damage_absent(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))


def damage_table_missing(path: Path) -> None:
    (path / "symptoms.parquet").unlink()


def damage_before_treatment(path: Path) -> None:
    (path / "lines.parquet").unlink()
    (path / "drugs.parquet").unlink()
    (path / "manifest.json").write_text('{"women": 60, "seed": 1}')


def damage_before_drugs(path: Path) -> None:
    (path / "drugs.parquet").unlink()


def damage_manifest_syntax(path: Path) -> None:
    (path / "manifest.json").write_text("{")


def damage_manifest_keys(path: Path) -> None:
    (path / "manifest.json").write_text(
        '{"women": 60, "screening": "none", "adjuvant": "none", "strategy": "2022"}'
    )


def damage_manifest_kind(path: Path) -> None:
    (path / "manifest.json").write_text("[1]")


@pytest.mark.parametrize(
    "damage, message",
    [
        (damage_absent, "no such run directory"),
        (damage_table_missing, "not a run directory, it lacks symptoms.parquet"),
        (damage_before_treatment, "lacks lines.parquet and drugs.parquet; simulate it again"),
        (damage_before_drugs, "an earlier version, it lacks drugs.parquet; simulate it again"),
        (damage_manifest_syntax, "manifest.json: not JSON"),
        (damage_manifest_keys, "manifest.json: lacks seed$"),
        (damage_manifest_kind, "manifest.json: lacks women, seed"),
    ],
)
def test_what_is_no_run_is_refused(run: ss.Run, tmp_path: Path, damage: Any, message: str) -> None:
    path = run.save(tmp_path / "run")
    damage(path)
    with pytest.raises(ss.InputError, match=message):
        ss.open_run(path)


def test_manifest_of_a_saved_run_says_how_it_was_made(run: ss.Run, tmp_path: Path) -> None:
    path = run.save(tmp_path / "run")
    manifest = json.loads((path / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["command"] == (
        "seedsoil.simulate(women=60, seed=1, screening='none', adjuvant='none', "
        "strategy='untreated')"
    )
    assert datetime.fromisoformat(manifest["created"]).tzinfo is not None


def test_narrow_and_head(run: ss.Run, tmp_path: Path) -> None:
    opened = ss.open_run(run.save(tmp_path / "run"))
    for whole in (run, opened):
        narrow = whole.narrow(["patient", "outcome"])
        assert narrow.patients.column_names == ["patient", "outcome"]
        assert narrow.patients.num_rows == 60
        assert (narrow.lesions.num_rows, narrow.symptoms.num_rows) == (0, 0)
        head = whole.head(7)
        assert head.patients["patient"].to_pylist() == list(range(7))
        for name in ("lesions", "symptoms"):
            rows = [row for row in getattr(run, name).to_pylist() if row["patient"] < 7]
            assert getattr(head, name).to_pylist() == rows
        assert (head.manifest["women"], head.manifest["part_of"]) == (7, 60)
        assert whole.head(60) is whole


def test_a_run_shows_itself(run: ss.Run, tmp_path: Path) -> None:
    assert repr(run) == (
        "<seedsoil.Run: women 60, seed 1, screening none, adjuvant therapy none, strategy untreated>"
    )
    assert str(tmp_path) in repr(ss.open_run(run.save(tmp_path / "run")))
    shown = run._repr_html_()
    assert "metastasis: recurrent" in shown
    assert "not advice" in shown
