"""`simulate` and `stream`: arguments, tables, manifest."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import seedsoil as ss
from kernels import packaged
from seedsoil.run.simulate import simulate, strategy_hash, stream
from seedsoil.simulation import tables

WOMEN = 400
SCHEMAS = {
    "patients": tables.PATIENTS,
    "lesions": tables.LESIONS,
    "symptoms": tables.SYMPTOMS_TABLE,
    "lines": tables.LINES,
}


@pytest.fixture(scope="module")
def run() -> ss.Run:
    return simulate(WOMEN, seed=5, threads=2, screening="biennial-50-74", adjuvant="2000s")


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"women": 0}, r"women: 0 is not a cohort; allowed: 1 and more"),
        ({"women": -3}, r"women: -3 is not a cohort"),
        ({"seed": -1}, r"seed: -1 is out of range; allowed: 0 to 2\^64 - 1"),
        ({"seed": 2**64}, r"seed: 18446744073709551616 is out of range"),
        ({"threads": 0}, r"threads: 0 is not possible; allowed: 1 and more"),
        ({"first": -1}, r"patient numbers -1 to 8 are out of range"),
        ({"first": 2**48 - 9}, r"allowed: 0 to 281474976710655"),
        (
            {"screening": "bienial-50-74"},
            r"unknown programme 'bienial-50-74'; did you mean 'biennial-50-74'",
        ),
        ({"adjuvant": "1900s"}, r"unknown era '1900s'; did you mean '1990s'"),
        ({"strategy": "2021"}, r"unknown name '2021'; did you mean '2025'.*or name a .toml file"),
        ({"strategy": "untreatd"}, r"did you mean 'untreated'"),
        ({"strategy": "absent.toml"}, r"absent.toml: cannot be read"),
    ],
)
def test_bad_arguments_are_one_clear_line(
    arguments: dict[str, Any], message: str, tmp_path: Path
) -> None:
    with pytest.raises(ss.InputError, match=message) as simulated:
        simulate(**{"women": 10, **arguments})
    with pytest.raises(ss.InputError, match=message):
        stream(tmp_path, **{"women": 10, **arguments})
    assert "\n" not in str(simulated.value)
    assert list(tmp_path.iterdir()) == []


def test_a_woman_that_cannot_exist_is_refused() -> None:
    for number in (-1, 2**48):
        with pytest.raises(ss.InputError, match="out of range"):
            ss.patient(number)


def test_the_ends_of_the_ranges_are_allowed() -> None:
    assert simulate(1, seed=2**64 - 1, first=2**48 - 1).patients.num_rows == 1
    assert simulate(1, seed=0).manifest["seed"] == 0


@pytest.mark.parametrize("name", SCHEMAS)
def test_tables_have_their_documented_columns(run: ss.Run, name: str) -> None:
    table: pa.Table = getattr(run, name)
    assert table.schema.equals(SCHEMAS[name], check_metadata=True)
    assert table.num_rows > 0
    table.validate(full=True)
    for field in table.schema:
        assert set(field.metadata) == {b"unit", b"description"}, field.name
        assert field.metadata[b"description"], field.name
    timed = [field for field in table.schema if field.name.endswith("_at")]
    assert timed
    assert {field.metadata[b"unit"] for field in timed} == {b"years from diagnosis"}


def test_tables_are_in_the_order_of_the_women(run: ss.Run) -> None:
    assert run.patients["patient"].to_pylist() == list(range(WOMEN))
    for table in (run.lesions, run.symptoms, run.lines):
        owners = table["patient"].to_pylist()
        assert owners == sorted(owners)
        assert owners[-1] < WOMEN


def test_the_design_page_names_every_column(run: ss.Run) -> None:
    page = (Path(__file__).parents[1] / "docs" / "design.md").read_text(encoding="utf-8")
    rows = {
        name.strip()
        for line in page.splitlines()
        if line.startswith("| ")
        for name in line.split("|")[1].split(",")
    }
    for name in SCHEMAS:
        assert set(getattr(run, name).column_names) <= rows


def test_manifest_says_what_was_run(run: ss.Run) -> None:
    manifest = run.manifest
    assert json.loads(json.dumps(manifest)) == manifest
    assert manifest["seedsoil"] == ss.__version__
    assert (manifest["women"], manifest["seed"], manifest["first_patient"]) == (WOMEN, 5, 0)
    assert (manifest["screening"], manifest["adjuvant"]) == ("biennial-50-74", "2000s")
    assert manifest["strategy"] == "2022"
    assert manifest["strategy_hash"] == strategy_hash(packaged().strategies["2022"])
    assert manifest["parameters_hash"] == packaged().hash()
    assert manifest["seconds"] >= 0.0
    assert sum(manifest["flow_share"].values()) == pytest.approx(1.0)
    assert 0 <= manifest["truncated_lesions"] <= WOMEN


def test_lesions_beyond_the_storage_cap_are_counted() -> None:
    flood = packaged().with_values({"spread.log_rate": -4.0})
    run = simulate(40, seed=5, threads=1, strategy="untreated", catalog=flood)
    assert 0 < run.manifest["truncated_lesions"] < 40
    # a record may stand for many foundings
    assert max(run.patients["colonies"].to_pylist()) > run.manifest["storage_cap"]


def test_streaming_writes_the_same_tables(run: ss.Run, tmp_path: Path) -> None:
    manifest = stream(
        tmp_path, WOMEN, seed=5, threads=1, screening="biennial-50-74", adjuvant="2000s"
    )
    for name, schema in SCHEMAS.items():
        table = pq.ParquetFile(tmp_path / f"{name}.parquet").read()
        assert table.to_pylist() == getattr(run, name).to_pylist()
        for field in schema:
            assert table.schema.field(field.name).metadata == field.metadata
    timeless = {key: value for key, value in manifest.items() if key != "seconds"}
    assert timeless == {key: value for key, value in run.manifest.items() if key != "seconds"}


def test_progress_counts_every_woman(tmp_path: Path) -> None:
    done: list[int] = []
    main = threading.get_ident()

    def progress(women: int) -> None:
        assert threading.get_ident() == main
        done.append(women)

    stream(tmp_path, 45_000, seed=5, threads=2, progress=progress)
    assert sum(done) == 45_000
    assert len(done) > 1


def test_a_failing_progress_bar_stops_the_run(tmp_path: Path) -> None:
    """As Ctrl-C does: the error comes out, and the files are closed."""

    def progress(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stream(tmp_path, 45_000, seed=5, threads=2, progress=progress)


def test_a_catalog_of_ones_own_is_used() -> None:
    quiet = packaged().with_values({"spread.log_rate": -40.0, "lymph.log_onward_ratio": -100.0})
    run = simulate(50, seed=5, catalog=quiet)
    assert set(run.patients["outcome"].to_pylist()) == {"no spread"}
    assert run.manifest["parameters_hash"] != packaged().hash()
