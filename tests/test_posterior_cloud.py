"""The posterior from simulations: the cloud goes on after a kill, and all else follows from it."""

from __future__ import annotations

import dataclasses
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

import seedsoil as ss
from posterior_case import SIZES, small_catalog
from seedsoil.calibration.posterior.cloud import Cloud, make_cloud, read_cloud
from seedsoil.calibration.posterior.diagnostics import bulk_ess, diagnosed, r_hat
from seedsoil.calibration.posterior.engine import Engine
from seedsoil.calibration.posterior.find import Found, Settings, find
from seedsoil.calibration.posterior.informed import not_informed
from seedsoil.calibration.posterior.joint import joint_of
from seedsoil.calibration.posterior.verify import OFF, ROUNDS
from seedsoil.errors import InputError
from seedsoil.simulation.backend import Threads, on, spread
from seedsoil.simulation.processes import Processes

if TYPE_CHECKING:
    from seedsoil.calibration.posterior.verdict import Check
    from seedsoil.catalog import Catalog

POINTS = 60


@pytest.fixture(scope="module")
def small() -> Catalog:
    return small_catalog()


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cloud whose process was killed after its first file."""
    directory = tmp_path_factory.mktemp("killed") / "cloud"
    script = str(Path(__file__).with_name("posterior_case.py"))
    process = subprocess.Popen([sys.executable, script, str(directory), str(POINTS)])
    until = time.monotonic() + 120.0
    while not list(directory.glob("part-*")) and time.monotonic() < until:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    return directory


@pytest.fixture(scope="module")
def made(small: Catalog, tmp_path_factory: pytest.TempPathFactory) -> tuple[Found, Path]:
    """A posterior, and the directory that it leaves."""
    place = tmp_path_factory.mktemp("posterior") / "made"
    settings = Settings(points=POINTS, sizes=SIZES, verified=10, warm_up=100, chain=200, draws=100)
    told = "seedsoil posterior"
    return find(place, catalog=small, settings=settings, threads=2, command=told), place


@pytest.fixture(scope="module")
def found(made: tuple[Found, Path]) -> Found:
    return made[0]


@pytest.fixture(scope="module")
def place(made: tuple[Found, Path]) -> Path:
    return made[1]


def same(one: Cloud, other: Cloud) -> bool:
    return all(
        np.array_equal(getattr(one, name), getattr(other, name), equal_nan=True)
        for name in ("index", "u", "values", "variances", "women")
    )


@pytest.mark.slow
def test_a_killed_cloud_goes_on_and_is_the_same(killed: Path, place: Path, small: Catalog) -> None:
    there = len(list(killed.glob("part-*")))
    assert 1 <= there <= POINTS // 10 - 2
    told: list[str] = []
    points = 10 * there + 20  # two files more: further ones would show no more
    whole = make_cloud(
        killed, points=points, catalog=small, threads=2, sizes=SIZES, progress=told.append
    )
    assert f"{10 * there} of {points} points are there" in told[0]
    assert "the end is expected at" in told[-1]
    assert same(whole, read_cloud(place, small, points=points))


def test_an_interrupted_cloud_says_that_it_is_kept(killed: Path, small: Catalog) -> None:
    from seedsoil.storage import kept

    def interrupt(text: str) -> None:
        if "are there" in text:
            raise KeyboardInterrupt

    there = 10 * len(list(killed.glob("part-*")))
    kept.clear()
    with pytest.raises(KeyboardInterrupt):
        make_cloud(
            killed, points=POINTS + 10, catalog=small, threads=1, sizes=SIZES, progress=interrupt
        )
    assert kept == [
        f"{there} of {POINTS + 10} points are kept in {killed}: the same command goes on from there"
    ]


@pytest.mark.slow
@pytest.mark.long
def test_a_cloud_on_processes_that_are_killed_is_the_same(
    place: Path, small: Catalog, tmp_path: Path
) -> None:
    killed: list[int] = []

    def kill(text: str) -> None:
        if not killed and "a point; the end" in text:
            killed.append(multiprocessing.active_children()[0].pid or 0)
            os.kill(killed[0], signal.SIGKILL)

    made = tmp_path / "cloud"
    with on(Processes(2)):
        whole = make_cloud(made, points=30, catalog=small, threads=1, sizes=SIZES, progress=kill)
    assert killed
    assert same(whole, read_cloud(place, small, points=30))
    # threads go on with what processes have made, and the other way round
    (made / "part-000010.npz").unlink()
    told: list[str] = []
    again = make_cloud(made, points=30, catalog=small, threads=1, sizes=SIZES, progress=told.append)
    assert "20 of 30 points are there" in told[0]
    assert same(again, whole)


def test_the_command_has_the_workers_that_are_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from seedsoil.calibration.posterior import find as finding
    from seedsoil.cli.app import main

    class Asked(Exception):
        pass

    def recorded(*_: object, threads: int, **__: object) -> None:
        raise Asked(spread(threads))

    monkeypatch.setattr(finding, "find", recorded)
    monkeypatch.setenv("SEEDSOIL_TRACEBACK", "1")
    out = ["--out", str(tmp_path / "p")]
    for asked, backend in (
        (["--processes", "3"], Processes(3)), (["--threads", "2"], Threads(2)),
    ):  # fmt: skip
        with pytest.raises(Asked) as found:
            main(["posterior", *asked, *out])
        assert found.value.args == (backend,)


def test_every_point_has_women_of_its_own(small: Catalog) -> None:
    engine = Engine(small, SIZES, 1)
    middle = engine.statistics({}, 5).values
    assert np.array_equal(middle, engine.statistics({}, 5).values, equal_nan=True)
    assert not np.array_equal(middle, engine.statistics({}, 6).values, equal_nan=True)
    assert len(set(engine.names)) == len(engine.names)
    assert len(engine.names) == middle.size


def test_a_directory_of_another_question_is_refused(place: Path, small: Catalog) -> None:
    before = sorted(path.name for path in place.iterdir())
    more = {"points": 2 * POINTS, "threads": 1}
    with pytest.raises(InputError, match="seed"):
        make_cloud(place, catalog=small, seed=2, sizes=SIZES, **more)
    with pytest.raises(InputError, match="sizes"):
        make_cloud(place, catalog=small, sizes=dataclasses.replace(SIZES, women=700), **more)
    other = small.with_values({"growth.log_rate:tnbc": -0.5})
    with pytest.raises(InputError, match="other numbers"):
        read_cloud(place, other)
    with pytest.raises(InputError, match="holds no cloud"):
        read_cloud(place / "nothing", small)
    assert sorted(path.name for path in place.iterdir()) == before


def test_too_few_points_are_refused(place: Path, small: Catalog) -> None:
    cloud = read_cloud(place, small, points=10)
    with pytest.raises(InputError, match="too few to learn"):
        joint_of(cloud, small)


def test_too_few_points_are_refused_before_they_are_simulated(
    tmp_path: Path, small: Catalog
) -> None:
    out = tmp_path / "new"
    told: list[str] = []
    with pytest.raises(InputError, match=r"points: 10 are too few to learn 6 .* allowed: 18 and"):
        find(
            out, catalog=small, settings=Settings(points=10, sizes=SIZES), threads=1,
            command="", progress=told.append,
        )  # fmt: skip
    assert told == []
    assert not out.exists()


def test_what_is_left_tells_how_it_was_made(found: Found, place: Path) -> None:
    record = json.loads((place / "posterior.json").read_text())
    assert record["parameters"] == 6
    assert record["bulk_ess"]["least"] > 50
    assert record["verified"][0]["draws"] == 10
    assert set(record["scales"]) == set(found.joint.seen.groups)
    assert set(record["headlines"]) >= {"median_survival", "distant_10", "eradicated", "gain"}
    contraction = {name: one["contraction"] for name, one in record["parameters_informed"].items()}
    assert contraction["detection.log_hazard"] > 0.5
    assert "detection.log_hazard" not in not_informed(record["parameters_informed"])
    assert record["parameters_informed"]["detection.log_hazard"]["targets"]
    for one in record["headlines"].values():
        assert sum(one["split"].values()) == pytest.approx(1.0)
        assert min(one["split"].values()) >= 0.0
    chains = np.load(place / "chains.npz")
    assert chains["detection.log_hazard"].shape == (4, 200)
    assert chains["scale: trials, pfs"].min() >= 0.0
    header, rows = found.headline_rows()
    assert len(rows[0]) == len(header)


def test_draws_are_simulated_and_learnt_from_until_the_emulator_is_right(place: Path) -> None:
    rounds = json.loads((place / "posterior.json").read_text())["verified"]
    assert all(one["off"] > OFF for one in rounds[:-1])
    assert rounds[-1]["off"] <= OFF or len(rounds) == ROUNDS
    kept = sorted(path.name for path in place.glob("verified-*"))
    assert kept == [f"verified-{number + 1}" for number in range(len(rounds))]


def test_chains_are_what_arviz_reads(found: Found, place: Path) -> None:
    """The layout that `arviz.from_dict` documents: by name an array of (chain, draw)."""
    chains = dict(np.load(place / "chains.npz"))
    groups = found.joint.seen.groups
    assert list(chains) == [*found.joint.cloud.space.names, *(f"scale: {g}" for g in groups)]
    assert {array.shape for array in chains.values()} == {(4, 200)}
    assert all(np.isfinite(array).all() for array in chains.values())
    ess, hats = diagnosed(np.stack([*chains.values()], axis=2).astype(float))
    record = json.loads((place / "posterior.json").read_text())
    assert ess.min() == pytest.approx(record["bulk_ess"]["least"], rel=1e-3)
    assert hats.max() == pytest.approx(record["r_hat"]["largest"], rel=1e-4)


def test_arviz_finds_the_same_of_the_chains(place: Path) -> None:
    array_stats = pytest.importorskip("arviz_stats.base").array_stats
    with np.load(place / "chains.npz") as chains:
        for name in chains.files:
            draws = chains[name].astype(float)
            ess, hat = (
                float(array_stats.ess(draws, method="bulk")),
                float(array_stats.rhat(draws, method="rank")),
            )
            assert bulk_ess(draws) == pytest.approx(ess, rel=0.02)
            assert r_hat(draws) == pytest.approx(hat, rel=0.002)


def test_arviz_reads_the_chains(place: Path) -> None:
    base = pytest.importorskip("arviz_base")
    chains = dict(np.load(place / "chains.npz"))
    read = base.from_dict({"posterior": chains})["posterior"]
    assert set(read.data_vars) == set(chains)
    for name, draws in chains.items():
        assert read[name].dims == ("chain", "draw")
        assert np.array_equal(read[name].values, draws)


@pytest.mark.slow
@pytest.mark.long
def test_every_check_is_in_the_table_and_gone_on_with(
    found: Found, small: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The shorter forms, check by check, are in test_posterior_checks.py."""
    from seedsoil.calibration.posterior import checks, five, sbc
    from seedsoil.calibration.posterior.toys import toys

    monkeypatch.setattr(checks, "toys", lambda **settings: toys(**settings | {"quick": True}))
    monkeypatch.setattr(sbc, "THINNING", 1)
    monkeypatch.setattr(five, "BOOTSTRAPS", 5)
    monkeypatch.setattr(five, "_DRAWS", 200)
    place = tmp_path / "checks"
    told: list[str] = []

    def made() -> list[Check]:
        told.clear()
        return checks.check(
            found, catalog=small, place=place, threads=2, say=told.append, replicates=40, points=30
        )

    table = made()
    chosen = five.best_informed(found)
    assert "detection.log_hazard" in chosen
    assert len({name.partition(".")[0] for name in chosen}) == len(chosen) == 3
    lines = {one.name: one for one in table}
    for name in chosen:
        line = lines[f"emulator beside 30 simulations, others fixed: `{name}`"]
        assert "nan" not in line.found
    assert lines["posterior SBC, 40 replicates: 90% intervals of 6 parameters"].met
    assert any(name.startswith("10 draws on fresh women") for name in lines)
    assert lines["parameters hardly informed: posterior sd 90% or more of the prior's"].met is None
    (lost,) = place.glob("simulator-*/part-000020.npz")
    lost.unlink()
    (some,) = place.glob("sbc-*/part-000001.npz")
    some.unlink()
    assert made() == table
    assert "20 of 30 points are there" in told
    assert any("1 of 2 are there" in line for line in told)
    page = checks.markdown(table, [], "seedsoil posterior --check", found.record)
    assert page.count("\n|") == len(table) + 5
    assert "Posterior of 60 points" in page


def test_the_command_checks_where_it_works_and_writes_the_page(
    found: Found,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from seedsoil.calibration.posterior import checks
    from seedsoil.calibration.posterior import find as finding
    from seedsoil.calibration.posterior.verdict import Check
    from seedsoil.cli.app import main

    asked: list[Path] = []

    def checked(_: Found, *, place: Path, **__: object) -> list[Check]:
        asked.append(place)
        return [Check("one", "1.0", "2.0", False), Check("other", "3", "told", None)]

    monkeypatch.setattr(finding, "find", lambda *_, **__: found)
    monkeypatch.setattr(checks, "check", checked)
    out, page = tmp_path / "p", tmp_path / "page.md"
    assert main(["posterior", "--out", str(out), "--check", "--markdown", str(page)]) == 0
    assert asked == [out / "checks"]
    assert "| one | 1.0 | 2.0 | NO |" in page.read_text()
    assert "NO" in capsys.readouterr().out
    assert main(["posterior", "--out", str(out), "--markdown", str(tmp_path / "other.md")]) == 2
    assert asked == [out / "checks"]


def catalog_with_draws(place: Path, small: Catalog, tmp_path: Path) -> Catalog:
    """The packaged catalog with the draws of the small one."""
    (tmp_path / "posterior.parquet").write_bytes((place / "posterior.parquet").read_bytes())
    loaded = ss.load_catalog(tmp_path)
    assert loaded.hash() == small.hash()
    return loaded


def test_draws_are_a_catalog_each(
    found: Found, place: Path, small: Catalog, tmp_path: Path
) -> None:
    catalog = catalog_with_draws(place, small, tmp_path)
    assert catalog.posterior.draws == 100
    first, second = catalog.draw(0), catalog.draw(1)
    assert first.hash() != second.hash() != catalog.hash()
    assert first.manifest()["draw"] == 0
    assert "changed" not in first.manifest()
    assert first.value("growth.log_rate", "tnbc") != second.value("growth.log_rate", "tnbc")
    assert first.value("death.exponent") == catalog.value("death.exponent")
    kept = catalog.with_values({"growth.log_rate:tnbc": -0.5}).draw(3)
    assert kept.value("growth.log_rate", "tnbc") == -0.5
    assert kept.value("spread.log_rate") == catalog.draw(3).value("spread.log_rate")
    drawn = np.array([catalog.draw(k).value("detection.log_hazard") for k in range(100)])
    in_u = found.joint.cloud.space.theta(found.draws)[
        :, found.joint.cloud.space.names.index("detection.log_hazard")
    ]
    assert drawn == pytest.approx(in_u, abs=1e-5)
    for wrong in (-1, 100):
        with pytest.raises(InputError, match="allowed: 0 to 99"):
            catalog.draw(wrong)
    run = ss.simulate(300, seed=1, catalog=catalog, draw=2)
    assert run.manifest["draw"] == 2
    assert run.manifest["parameters_hash"] == catalog.draw(2).hash()


def test_draws_of_other_numbers_are_refused(place: Path, tmp_path: Path) -> None:
    (tmp_path / "posterior.parquet").write_bytes((place / "posterior.parquet").read_bytes())
    (tmp_path / "fitted.toml").write_text(
        '[fit]\ncommand = "x"\nseed = 1\nwomen = 1\ndate = "2026-01-01"\nversion = "0"\n'
        '[values]\n"growth.log_rate:tnbc" = -0.5\n[se]\n"growth.log_rate:tnbc" = 0.1\n'
    )
    with pytest.raises(InputError, match="belong to other numbers"):
        ss.load_catalog(tmp_path).draw(0)
    (tmp_path / "posterior.parquet").write_bytes(b"nonsense")
    with pytest.raises(InputError, match="is no table of draws"):
        ss.load_catalog(tmp_path).draw(0)


def test_a_catalog_without_draws_says_so() -> None:
    catalog = dataclasses.replace(ss.load_catalog(), posteriors={})
    with pytest.raises(InputError, match="has no draws of the posterior"):
        catalog.draw(0)


def test_sources_tell_prior_posterior_and_targets(
    place: Path, small: Catalog, tmp_path: Path
) -> None:
    from seedsoil.catalog.provenance import describe
    from seedsoil.catalog.provenance_text import render_text

    catalog = catalog_with_draws(place, small, tmp_path)
    told = describe(catalog, "growth.log_rate")
    rows = told["posterior"]
    assert [row["item"] for row in rows] == list(catalog.parameter("growth.log_rate").values)
    assert rows[0]["interval_95"][0] < rows[0]["mean"] < rows[0]["interval_95"][1]
    text = render_text(told)
    assert "of the prior's spread" in text
    assert rows[0]["targets"][0] in text
    assert "posterior" not in describe(catalog, "death.exponent")


def test_headlines_and_strategies_over_draws(place: Path, small: Catalog, tmp_path: Path) -> None:
    from seedsoil.run.draws import headlines_over_draws
    from seedsoil.strategies.draws import compare_over_draws

    catalog = catalog_with_draws(place, small, tmp_path)
    rows = headlines_over_draws(4, women=400, catalog=catalog, threads=2)
    named = {row.name: row for row in rows}
    share = named["metastatic disease found in life, share of women"]
    assert 0.1 < share.mean < 0.5
    assert share.monte_carlo == pytest.approx(
        np.sqrt(share.mean * (1 - share.mean) / 1_600), rel=0.1
    )
    again = headlines_over_draws(4, women=400, catalog=catalog, threads=1)
    assert again == rows
    over = compare_over_draws(["pre-2013", "2022"], 3, women=400, catalog=catalog, threads=2)
    assert over.differences["life_years", "pre-2013"].mean == 0.0
    assert over.differences["life_years", "2022"].mean == pytest.approx(
        over.means["life_years", "2022"].mean - over.means["life_years", "pre-2013"].mean
    )
    assert len(over.text_rows()[1]) == len(over.records()) // 4
    for wrong in (1, 101):
        with pytest.raises(InputError, match="allowed: 2 to 100"):
            headlines_over_draws(wrong, women=100, catalog=catalog)


def test_intervals_of_a_trial_hold_the_parameters(
    place: Path, small: Catalog, tmp_path: Path
) -> None:
    catalog = catalog_with_draws(place, small, tmp_path)
    settings = {"women": 12_000, "replicates": 60, "catalog": catalog, "threads": 2}
    alone, drawn = ss.trial("PALOMA-2", **settings), ss.trial("PALOMA-2", draws=3, **settings)
    assert drawn.manifest["draws"] == 3
    assert [r.mean for r in drawn.results] == [r.mean for r in alone.results]
    assert next(iter(drawn.replicates.arms.values())).women.size == 60
    lows = [
        (a.predicted_low, d.predicted_low)
        for a, d in zip(alone.results, drawn.results, strict=True)
    ]
    assert any(a != d for a, d in lows)
    with pytest.raises(InputError, match="draws: 1 cannot be taken"):
        ss.trial("PALOMA-2", draws=1, **settings)


def test_a_registry_over_draws(place: Path, small: Catalog, tmp_path: Path) -> None:
    from seedsoil.matching.draws import match_over_draws

    catalog = catalog_with_draws(place, small, tmp_path)
    rng = np.random.default_rng(3)
    rows = [
        f"{rng.integers(45, 75)},{rng.integers(10, 45)},{rng.integers(0, 4)},{rng.integers(0, 2)},"
        f"{rng.uniform(1, 10):.2f},{rng.integers(0, 2)}"
        for _ in range(200)
    ]
    file = tmp_path / "registry.csv"
    file.write_text("\n".join(["age,size,nodes,er,time,event", *rows]) + "\n")
    settings = {"endpoint": "distant", "time_unit": "years", "era": 1990, "catalog": catalog}
    expected, ratio = match_over_draws(file, 2, women=3_000, **settings)
    assert expected.draws == ratio.draws == 2
    assert 0.0 < expected.monte_carlo < expected.mean
    events = sum(row.endswith(",1") for row in rows)
    assert ratio.mean == pytest.approx(events / expected.mean, rel=0.2)


def test_evaluation_draws_from_the_posterior(place: Path, small: Catalog, tmp_path: Path) -> None:
    from seedsoil.economics.parameter_draws import model_numbers

    catalog = catalog_with_draws(place, small, tmp_path)
    rows = catalog.posterior.values
    numbers = model_numbers(catalog, "posterior", seed=3)
    assert numbers.names == catalog.posterior.names
    rng = np.random.default_rng(0)
    once = [tuple(numbers.values(draw, rng).values()) for draw in range(len(rows))]
    assert sorted(once) == sorted(map(tuple, rows.tolist()))


def test_the_command_line(place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from seedsoil.cli.app import main

    (tmp_path / "cat").mkdir()
    (tmp_path / "cat/posterior.parquet").write_bytes((place / "posterior.parquet").read_bytes())
    told = ["--catalog", str(tmp_path / "cat"), "--women", "300", "--draws", "2", "--json"]
    assert main(["run", *told, "--out", str(tmp_path / "run")]) == 0
    out = json.loads(capsys.readouterr().out)
    assert out["draws"]["draws"] == 2
    assert (tmp_path / "run/draws.csv").exists()
    page = (tmp_path / "run/report.html").read_text("utf-8")
    assert "Of 2 draws of the posterior, each with 300 women of its own" in page
    found = json.loads((place / "posterior.json").read_text())["headlines"]["alive_5"]
    split = found["split"]
    kept = ss.load_catalog(tmp_path / "cat").posterior
    assert kept.headline("alive_5") == (found["mean"], found["sd"])
    row = next(r for r in out["draws"]["headlines"] if r["name"] == "alive at 5 years, share")
    assert row["discrepancy_share"] == pytest.approx(
        split["discrepancy"] / (split["parameters"] + split["discrepancy"])
    )
    assert (
        main(["compare", "none", "2022", *told, "--by", "none", "--out", str(tmp_path / "c")]) == 0
    )
    assert json.loads(capsys.readouterr().out)["draws"]
    assert "How sure: the parameters, and chance" in (tmp_path / "c/report.html").read_text("utf-8")
    assert main(["run", "--catalog", str(tmp_path / "cat"), "--women", "300", "--draws", "1"]) == 2
    assert "draws: 1 cannot be taken" in capsys.readouterr().err
    assert main(["posterior", "--points", "1", "--out", str(tmp_path / "p")]) == 2
    assert "points: 1 are too few to learn" in capsys.readouterr().err
