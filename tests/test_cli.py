"""The command line: what it prints, what it writes, and how it fails."""

from __future__ import annotations

import json
import os
import re
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import seedsoil as ss
from seedsoil.cli import console, main

COMMANDS = (
    "run", "patient", "fit", "sources", "match", "trial", "validate", "fit-drugs", "compare",
    "design", "find", "decision", "evaluate", "explore", "posterior", "shards",
)  # fmt: skip
PROGRAM = [sys.executable, "-m", "seedsoil"]
ROTTERDAM = Path(__file__).parents[2] / "shared" / "data" / "rotterdam.csv"
SMALL = ("--women", "300", "--no-report")
LONG = ("run", "--women", "1000000", "--no-report")


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


Said = Callable[..., tuple[int, str, str]]


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Said:
    """Runs the command line in this process: exit code, standard output, standard error."""

    def run(*arguments: str) -> tuple[int, str, str]:
        code = main(arguments)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run directory with report, written by the command."""
    directory = tmp_path_factory.mktemp("cohort") / "run"
    assert main(["run", "--women", "400", "--seed", "7", "--out", str(directory)]) == 0
    return directory


def start(*arguments: str, **more: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*PROGRAM, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **more,
    )


# Help and version


def test_version(say: Said) -> None:
    assert say("--version") == (0, f"seedsoil {ss.__version__}\n", "")


def test_no_command_shows_help(say: Said) -> None:
    code, out, _ = say()
    assert code == 0
    assert all(command in out for command in COMMANDS)


def test_commands_are_all_of_them(say: Said) -> None:
    _, out, _ = say("--help")
    listed = re.findall(r"^  ([a-z-]+)  +[A-Z]", out.partition("Commands:")[2], re.M)
    assert sorted(listed) == sorted(COMMANDS)


@pytest.mark.no_cover  # most of the catalog as text, as tests of the catalog have it, too
def test_every_group_that_the_help_of_sources_names_is_one(say: Said) -> None:
    _, out, _ = say("sources", "--help")
    block = out.partition("Groups of keys:")[2].partition("Targets of the fit")[0]
    names = re.findall(r"[a-z_]+", " ".join(re.findall(r"^    (\S.*?)  ", block, re.M)))
    assert {"growth", "drug", "regimen", "strategy", "trial", "utility", "life_table"} <= set(names)
    for name in names:
        code, told, err = say("sources", name)
        assert (code, err) == (0, "")
        assert told.startswith(name)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_an_example(say: Said, command: str) -> None:
    code, out, err = say(command, "--help")
    assert (code, err) == (0, "")
    assert re.search(rf"Examples:\n\s+seedsoil {command}", out)


@pytest.mark.parametrize("command", ["run", "patient", "match"])
def test_help_says_that_it_is_not_advice(say: Said, command: str) -> None:
    _, out, _ = say(command, "--help")
    assert "research and teaching" in out
    assert "advice" in out
    assert "years" in out


@pytest.mark.alone
def test_help_and_version_are_quick() -> None:
    """Less than twice the time to start Python with the libraries that write the help: NumPy is too much."""

    def seconds(*arguments: str) -> float:
        begun = os.times()
        subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
        ended = os.times()
        return (
            ended.children_user + ended.children_system
            - begun.children_user - begun.children_system
        )  # fmt: skip

    # Processor time, the least of four by turns, so that neither a busy nor a slow machine fails the test.
    asked = (
        ("-c", "import typer.rich_utils"),
        *((*PROGRAM[1:], o) for o in ("--version", "--help")),
    )
    libraries, *ours = (
        min(column)
        for column in zip(*([seconds(*a) for a in asked] for _ in range(4)), strict=True)
    )
    assert max(ours) < 2.0 * libraries


# A run


def test_run_writes_every_file(cohort: Path) -> None:
    assert sorted(path.name for path in cohort.iterdir()) == [
        "drugs.parquet",
        "lesions.parquet",
        "lines.parquet",
        "manifest.json",
        "patients.parquet",
        "report.html",
        "symptoms.parquet",
    ]
    assert [path for path in cohort.parent.iterdir() if path.name.startswith(".")] == []
    page = (cohort / "report.html").read_text(encoding="utf-8")
    assert "cure" in page
    assert "advice" in page


def test_run_is_what_python_simulates(cohort: Path) -> None:
    opened, simulated = ss.open_run(cohort), ss.simulate(women=400, seed=7)
    for name in ("patients", "lesions", "symptoms", "lines"):
        assert getattr(opened, name).equals(getattr(simulated, name).combine_chunks())


def test_every_column_has_its_description_and_unit(cohort: Path) -> None:
    for name in ("patients", "lesions", "symptoms", "lines"):
        for field in pq.read_schema(cohort / f"{name}.parquet"):
            assert set(field.metadata) >= {b"unit", b"description"}, field.name


def test_manifest(cohort: Path) -> None:
    manifest = json.loads((cohort / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["seedsoil"] == ss.__version__
    assert (manifest["women"], manifest["seed"]) == (400, 7)
    assert (manifest["screening"], manifest["adjuvant"]) == ("2000s", "2013+")
    assert manifest["strategy"] == "2022"
    assert manifest["parameters_hash"] == ss.catalog().hash()
    assert manifest["command"].split()[0] == "seedsoil"  # and what this process was begun with
    assert {"created", "seconds", "truncated_lesions"} <= set(manifest)


def test_summary_for_people(say: Said) -> None:
    code, out, _ = say("run", "--women", "300", "--seed", "3", "--out", "mine")
    assert code == 0
    assert "300 women, seed 3" in out
    assert re.search(r"survival +from metastatic disease found in life: median \d", out)
    assert re.search(r"treatment +\d+ of \d+ women .* lines a woman; eradicated in", out)
    assert "a cure?" in out
    assert re.search(r"report +\S*mine/report.html", out)
    assert "not advice" in out
    assert "\x1b" not in out


def test_json_is_all_of_standard_output(say: Said) -> None:
    code, out, _ = say("run", *SMALL, "--json")
    assert code == 0
    summary = json.loads(out)
    assert sum(summary["presentation"].values()) == pytest.approx(1.0)
    assert sum(o["share"] for o in summary["outcomes"].values()) == pytest.approx(1.0)
    assert Path(summary["directory"], "manifest.json").is_file()
    assert "report" not in summary
    low, high = summary["cure"]["interval_95"]
    assert low <= summary["cure"]["share"] <= high


def test_a_cohort_without_metastases_has_a_summary(say: Said) -> None:
    # One woman: among the first few numbers some never has metastatic disease.
    for seed in range(20):
        _, out, _ = say("run", "--women", "1", "--seed", str(seed), "--no-report", "--json")
        summary = json.loads(out)
        if summary["metastatic_women"] == 0:
            assert summary["treatment"] == {"women": 0}
            assert summary["cure"]["share"] is None
            return
    pytest.fail("every woman had metastases")


def test_policies_and_threads_are_passed_on(say: Said) -> None:
    era = next(name for name in ss.catalog().policies.adjuvant if name != "none")
    _, out, _ = say("run", *SMALL, "--adjuvant", era, "--threads", "1", "--json")
    summary = json.loads(out)
    assert summary["manifest"]["adjuvant"] == era
    assert summary["treatment"]["treated"] > 0
    given = ss.open_run(summary["directory"]).patients["adjuvant"].to_pylist()
    assert any(therapy != "none" for therapy in given)


def test_default_directories_count_up(say: Said) -> None:
    names = []
    for _ in range(2):
        _, out, _ = say("run", *SMALL, "--json")
        names.append(json.loads(out)["directory"])
    assert names[1] == f"{names[0]}-2"
    assert re.fullmatch(r"runs/women300-seed1-[0-9a-f]{8}", names[0])


def test_a_large_run_is_summed_up_whole_and_drawn_in_part(
    say: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    from seedsoil.cli import run as command

    _, small, _ = say("run", "--women", "300", "--no-report", "--json")
    monkeypatch.setattr(command, "REPORT_WOMEN", 100)
    _, large, _ = say("run", "--women", "300", "--json", "--out", "large")
    whole, summary = json.loads(small), json.loads(large)
    for key in ("presentation", "outcomes", "cure", "treatment"):
        assert summary[key] == whole[key]
    assert ss.open_run("large").patients.num_rows == 300
    assert "100 women" in Path("large/report.html").read_text(encoding="utf-8")


# Errors of the user: one line, exit code 2, nothing written


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["rum"], "no such command 'rum'. Did you mean 'run'?"),
        (["run", "--women"], "(seedsoil run --help shows"),
        (["run", "--womn", "5"], "no such option: --womn; did you mean --women"),
        (["run", "--women", "many"], "'--women'"),
        (["run", "--women", "0"], "women: 0"),
        (["run", "--women", "-4"], "women: -4"),
        (["run", "--seed", "-1"], "seed: -1"),
        (["run", "--seed", str(2**64)], "seed: 18446744073709551616"),
        (["run", "--threads", "0"], "threads: 0"),
        (["run", "--adjuvant", "1990"], "did you mean '1990s'?"),
        (["run", "--screening", "biennial"], "screening"),
        (["run", "--strategy", "2021"], "did you mean '2025'?"),
        (["patient", "1", "--strategy", "mine.toml"], "mine.toml: cannot be read"),
        (["run", "--catalog", "nowhere"], "nowhere: does not exist"),
        (["run", "extra"], "extra"),
        (["patient"], "ID"),
        (["patient", "-3"], "-3 is below 0"),
        (["sources", "growth.log_rat"], "did you mean 'growth.log_rate'?"),
        (["match", "absent.csv"], "absent.csv"),
        (["match", "absent.csv", "--map", "nonsense"], "nonsense"),
        (["fit", "--check", "--women", "3"], "women: 3"),
    ],
)
def test_bad_input_is_one_line(say: Said, arguments: list[str], message: str) -> None:
    code, out, err = say(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith("seedsoil: error: ")
    assert err.count("\n") == 1
    assert message in err
    assert [path for path in Path().rglob("*") if path != Path("runs")] == []


def test_a_catalog_with_several_errors_lists_them_all(say: Said) -> None:
    Path("mine/parameters").mkdir(parents=True)
    Path("mine/parameters/growth.toml").write_text(
        '[growth.log_rat]\nvalue = 1.0\n[growth.capacity]\nvalue = -5.0\nstatus = "assumption"\n'
    )
    code, _, err = say("run", *SMALL, "--catalog", "mine")
    assert code == 2
    assert len(err.splitlines()) >= 2
    assert all(line.startswith("seedsoil: error: ") for line in err.splitlines())
    assert "growth.log_rat" in err
    assert "growth.capacity" in err


@pytest.mark.parametrize("command", ["run", "match", "patient", "fit"])
def test_what_is_there_is_never_overwritten(say: Said, command: str) -> None:
    Path("mine").mkdir()
    Path("mine/thesis.txt").write_text("years of work")
    Path("data.csv").write_text("age,size,nodes,er,time,event\n50,20,0,1,5,1\n")
    more = {"run": SMALL, "match": ("data.csv",), "patient": ("1",), "fit": ()}[command]
    code, _, err = say(command, *more, "--out", "mine")
    assert code == 2
    assert "nothing is overwritten" in err
    assert [path.name for path in Path("mine").iterdir()] == ["thesis.txt"]


def test_a_parent_that_is_a_file(say: Said) -> None:
    Path("file").write_text("")
    code, _, err = say("run", *SMALL, "--out", "file/run")
    assert code == 2
    assert "file" in err
    assert err.count("\n") == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_parent_without_permission(say: Said) -> None:
    Path("locked").mkdir(mode=0o500)
    code, _, err = say("run", *SMALL, "--out", "locked/run")
    assert code == 2
    assert "locked: cannot be written (Permission denied)" in err


# What is not the user's fault


def broken(*_: Any, **__: Any) -> None:
    raise RuntimeError("the sky\nfell")


def test_an_unexpected_error_is_one_line_with_a_hint(
    say: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seedsoil.run.simulate.stream", broken)
    code, _, err = say("run", *SMALL, "--out", "mine")
    assert code == 1
    assert err == (
        "seedsoil: error: unexpected RuntimeError: the sky fell "
        "(SEEDSOIL_TRACEBACK=1 shows where)\n"
    )
    assert list(Path().iterdir()) == []
    monkeypatch.setenv("SEEDSOIL_TRACEBACK", "1")
    with pytest.raises(RuntimeError, match="the sky"):
        main(["run", *SMALL, "--out", "mine"])


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
def test_what_is_complete_is_named_where_the_summary_cannot_be_printed() -> None:
    for arguments, kept in (
        ("sources", ""),
        (("run", *SMALL, "--out", "mine"), "; mine is complete"),
    ):
        words = (arguments,) if isinstance(arguments, str) else arguments
        with Path("/dev/full").open("w") as full:
            done = subprocess.run(
                [*PROGRAM, *words], stdout=full, stderr=subprocess.PIPE, text=True
            )
        told = f"seedsoil: error: standard output: No space left on device{kept}\n"
        assert (done.returncode, done.stderr) == (1, told)
    assert ss.open_run("mine").patients.num_rows == 300


def test_a_signal_that_is_ignored_stays_ignored() -> None:
    child = start(
        *LONG, "--out", "mine", preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)
    )
    partial_with_data(child)
    child.send_signal(signal.SIGHUP)
    time.sleep(0.5)
    assert child.poll() is None
    child.send_signal(signal.SIGTERM)
    child.communicate(timeout=300)
    assert child.returncode == 128 + signal.SIGTERM


@pytest.mark.parametrize("report", [True, False])
def test_a_full_disk_leaves_nothing(report: bool) -> None:
    # A limit on the size of any file stands in for a full disk: writing beyond it fails likewise.
    # The report alone is larger than 1 MB; without it the lesions are what does not fit.
    women, limit = ("200", 900_000) if report else ("20000", 3_000_000)

    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    more = () if report else ("--no-report",)
    child = start("run", "--women", women, "--out", "mine", *more, preexec_fn=small_files)
    out, err = child.communicate(timeout=300)
    assert child.returncode == 1
    assert out == ""
    assert re.fullmatch(r"seedsoil: error: .*File too large.*; nothing was kept\n", err)
    assert list(Path().iterdir()) == []


def partial_with_data(child: subprocess.Popen[str]) -> Path:
    """Waits until the child has written the beginning of its tables."""
    for _ in range(600):
        for path in Path().glob(".mine.partial-*"):
            table = path / "lesions.parquet"
            if table.exists() and table.stat().st_size > 1000:
                return path
        assert child.poll() is None, child.communicate()
        time.sleep(0.1)
    raise AssertionError("nothing was written in a minute")


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_run_leaves_nothing(kind: signal.Signals) -> None:
    if signal.getsignal(kind) == signal.SIG_IGN:
        pytest.skip("the tests run under nohup, which the program respects")
    child = start(*LONG, "--out", "mine")
    partial_with_data(child)
    child.send_signal(kind)
    out, err = child.communicate(timeout=300)
    assert child.returncode == 128 + kind
    assert out == ""
    assert err.splitlines()[-1] == "seedsoil: interrupted, nothing was kept"
    assert "Traceback" not in err
    assert list(Path().iterdir()) == []


def test_a_killed_run_is_hidden_and_the_next_one_says_how_to_delete_it(say: Said) -> None:
    child = start(*LONG, "--out", "mine")
    partial = partial_with_data(child)
    child.kill()
    child.communicate()
    assert list(Path().iterdir()) == [partial]
    code, _, err = say("run", *SMALL, "--out", "mine")
    assert code == 0
    [line] = [line for line in err.splitlines() if "killed" in line]
    subprocess.run(line.partition("; ")[2].removesuffix(" deletes it"), shell=True, check=True)
    assert [path.name for path in Path().iterdir()] == ["mine"]


@pytest.mark.parametrize(
    "arguments", [("sources",), ("patient", "8830"), ("run", *SMALL, "--json"), ("run", "--help")]
)
def test_a_reader_that_leaves_early_is_no_error(arguments: tuple[str, ...]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [*PROGRAM, *arguments], stdout=writer, stderr=subprocess.PIPE, text=True, timeout=300
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, "")


# Terminals


def on_terminal(*arguments: str, **environment: str) -> str:
    """What the command shows on a terminal."""
    ours, theirs = os.openpty()
    child = subprocess.Popen(
        [*PROGRAM, *arguments],
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm-256color", **environment},
    )
    os.close(theirs)
    shown = b""
    while True:
        try:
            piece = os.read(ours, 4096)
        except OSError:  # how Linux says that the other end is closed
            break
        if not piece:
            break
        shown += piece
    os.close(ours)
    child.wait(timeout=300)
    return shown.decode(errors="replace")


def test_colour_only_on_terminals_that_want_it() -> None:
    plain = {"NO_COLOR": "", "FORCE_COLOR": ""}
    assert "\x1b[31merror" in on_terminal("rum", **plain)
    assert "\x1b" not in on_terminal("rum", NO_COLOR="1")
    assert "\x1b" not in on_terminal("rum", NO_COLOR="", TERM="dumb")


def test_a_table_is_folded_to_the_width_of_a_terminal(say: Said) -> None:
    """No line is longer than the terminal, and nothing that a pipe would get is missing."""
    _, piped, _ = say("trial", "--list")
    shown = on_terminal("trial", "--list", NO_COLOR="", COLUMNS="80")
    assert "\x1b[1mname" in shown
    lines = re.sub(r"\x1b\[[0-9;]*m", "", shown).splitlines()
    table = [line for line in lines if not line.startswith("Nothing in the model")]
    assert max(map(len, table)) <= 80 < max(map(len, piped.splitlines()))
    assert sorted(" ".join(lines).split()) == sorted(piped.split())


def test_a_table_through_a_pipe_is_a_line_a_row(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [["palbociclib [red]", "444", "a " * 60 + "end"], ["x", "5", ":smile:"]]
    console.print_table(["name", "women", ""], rows, left=(0, 2))
    assert capsys.readouterr().out.splitlines() == [
        "name               women",
        "palbociclib [red]    444  " + "a " * 60 + "end",
        "x                      5  :smile:",
    ]


def test_names_in_a_table_on_a_terminal_are_no_markup(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "24")
    console.print_table(["name", "women"], [["a [red] :smile: trial-with-a-long-name", "444"]])
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "[red]" in out
    assert ":smile:" in out
    assert max(map(len, out.splitlines())) <= 24


def test_the_summary_of_a_run_is_folded_but_its_places_are_not() -> None:
    place = "a-directory-with-a-name-that-is-longer-than-the-terminal-is-wide"
    arguments = ("run", "--women", "200", "--no-report", "--out", place)
    shown = on_terminal(*arguments, NO_COLOR="1", COLUMNS="60")
    lines = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\r", "", shown).splitlines()
    first = next(i for i, line in enumerate(lines) if "cohort  " in line)
    facts = lines[first : lines.index(f"tables      {place}")]
    facts[0] = facts[0][facts[0].index("cohort") :]  # behind what the progress bar was
    assert max(map(len, facts)) <= 60
    names = (
        "", "cohort", "metastasis", "survival", "treatment", "recurrence", "a cure?", "note", "intervals",
    )  # fmt: skip
    assert all(line[:12].strip() in names for line in facts)
    assert any(line.startswith("recurrence") for line in facts)
    told = " ".join(line[12:].strip() for line in facts)
    assert (
        "are of simulation alone; sd by parameters: the standard deviation that the posterior"
        in told
    )


def test_progress_bar_on_a_terminal() -> None:
    shown = on_terminal("run", "--women", "41000", "--no-report", "--out", "mine", NO_COLOR="")
    assert "41000" in shown
    assert "━" in shown
    assert "a cure?" in shown


def test_progress_lines_elsewhere(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = iter([0.0, 4.0, 11.0, 12.0, 30.0])
    monkeypatch.setattr(console.time, "monotonic", lambda: next(clock))
    with console.progress(400, "women") as show:
        for _ in range(4):
            show(100)
    # One line after ten seconds; none at the end, where the summary follows.
    assert capsys.readouterr().err == "seedsoil: 200 of 400 women (11 s, about 11 s left)\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ("run",), ("patient", "1"), ("trial", "PALOMA-2"), ("compare", "none", "2022"),
        ("fit",), ("fit-drugs",), ("match", "registry.csv"),
    ],
)  # fmt: skip
def test_a_place_that_cannot_be_written_is_told_before_the_work(
    say: Said, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    def work(*_: object, **__: object) -> None:
        raise AssertionError("began to work")

    Path("registry.csv").write_text("age,size,nodes,er,time,event\n50,20,0,1,5,1\n")
    Path("file").write_text("")
    # Imported before, so that none of them keeps what stands in for the work.
    for module in ("strategies.compare", "trials.trial", "matching.match", "calibration.fitting"):
        import_module(f"seedsoil.{module}")
    for module, name in (
        ("run.simulate", "shards"),
        ("strategies.compare", "simulate_each"),
        ("trials.trial", "enrol"),
        ("calibration.fitting", "simulate_groups"),
        ("calibration.drugs", "population"),
        ("patient.patient", "treatment_plan"),
    ):
        monkeypatch.setattr(import_module(f"seedsoil.{module}"), name, work)
    code, out, err = say(*arguments, "--out", "file/place")
    assert (code, out) == (2, "")
    assert "file: cannot be written (Not a directory)" in err


def test_numbers_of_things_are_read_alike(say: Said) -> None:
    code, one, _ = say("patient", "1e3", "--json")
    assert code == 0
    assert json.loads(one) == json.loads(say("patient", "1_000", "--json")[1])
    code, _, err = say("trial", "PALOMA-2", "--replicates", "1M")
    assert code == 2
    assert "replicates: 1000000 is out of range" in err


@pytest.mark.parametrize("option", ["--women", "--replicates"])
def test_validate_refuses_numbers_out_of_range(say: Said, option: str) -> None:
    code, out, err = say("validate", "PALOMA-2", option, "-1")
    assert (code, out) == (2, "")
    assert "-1" in err


def test_validate_says_why_numbers_are_missing(say: Said) -> None:
    code, out, _ = say("validate", "PALOMA-2", "--women", "120")
    assert code == 0
    assert re.search(r"^PALOMA-2, \d+ without: needs 666 women, and \d+ of the 120", out, re.M)
    code, out, err = say("validate", "PALOMA-2", "--role", "validation")
    assert (code, out) == (2, "")
    assert "no trial of role validation among PALOMA-2 (calibration)" in err


def test_an_unknown_key_of_sources_is_told_the_groups(say: Said) -> None:
    code, _, err = say("sources", "zzz")
    assert code == 2
    assert "known groups of keys: " in err
    for group in ("growth", "utility", "strategy", "life_table"):
        assert group in err


# The other commands


def test_patient_is_the_woman_of_the_cohort(say: Said, cohort: Path) -> None:
    row = ss.open_run(cohort).patients.slice(123, 1).to_pylist()[0]
    code, out, _ = say("patient", "123", "--seed", "7", "--json")
    assert code == 0
    told = json.loads(out)
    assert told["patient"] == row
    assert told["number"] == 123


def test_patient_is_told_and_drawn(say: Said) -> None:
    code, out, err = say("patient", "4711", "--out", "woman.html")
    assert (code, err) == (0, "")
    assert "Woman 4711" in out
    assert "research and teaching" in out
    assert "4711" in Path("woman.html").read_text(encoding="utf-8")
    assert [path.name for path in Path().iterdir()] == ["woman.html"]


def test_sources(say: Said) -> None:
    code, out, _ = say("sources")
    assert code == 0
    assert "growth.log_rate" in out
    code, out, _ = say("sources", "growth.log_rate")
    assert "unit" in out
    _, out, _ = say("sources", "growth.log_rate", "--json")
    assert json.loads(out)["key"] == "growth.log_rate"


def registry(path: Path, seed: int) -> None:
    """A registry extract made of simulated women, treated by default: time to any recurrence, in years."""
    import numpy as np
    from pyarrow import csv

    made = ss.simulate(women=600, seed=seed, strategy="untreated")
    women = made.patients.to_pandas()
    women = women[women["stage"] != "distant"]
    event = np.fmin(women["metastatic_at"], women["locoregional_at"]).fillna(np.inf)
    end = np.minimum(women["died_at"], 15.0)
    time = np.minimum(event, end)
    import pyarrow as pa

    table = {
        "age": women["age"].round(),
        "diameter_mm": women["diameter_mm"].round(1),
        "nodes": women["positive_nodes"],
        "er": women["subtype"].astype(str).str.startswith("HR+").astype(int),
        "time": time,
        "event": (event <= end).astype(int),
    }
    csv.write_csv(pa.table({name: pa.array(list(values)) for name, values in table.items()}), path)


def test_match(say: Said) -> None:
    registry(Path("registry.csv"), seed=11)
    code, out, _ = say(
        "match",
        "registry.csv",
        "--women",
        "4000",
        "--time-unit",
        "years",
        "--format",
        "csv,xlsx,svg",
    )
    assert code == 0
    assert "observed/expected" in out
    assert {path.name for path in Path("runs/match-registry").iterdir()} == {
        "report.html", "summary.json", "strata.csv", "curves.csv", "tables.xlsx", "charts",
    }  # fmt: skip
    assert list(Path("runs/match-registry/charts").glob("*.svg"))
    code, out, _ = say("match", "registry.csv", "--women", "4000", "--json")
    summary = json.loads(out)
    assert summary["directory"] == "runs/match-registry-2"
    # The same model made both: 1 within four standard errors of about 1/sqrt(expected).
    ratio = summary["calibration"]["overall"]
    assert abs(ratio["z"]) < 4


def test_match_skips_bad_rows_only_when_told(say: Said) -> None:
    registry(Path("registry.csv"), seed=12)
    with Path("registry.csv").open("a") as stream:
        stream.write("50,20,0,1,-3,1\n")
    code, _, err = say("match", "registry.csv", "--women", "2000")
    assert code == 2
    assert "line" in err
    assert not Path("runs").exists()
    code, out, _ = say("match", "registry.csv", "--women", "2000", "--skip-bad-rows", "--json")
    assert code == 0
    assert json.loads(out)["rejected"] == 1


@pytest.mark.skipif(not ROTTERDAM.exists(), reason="the Rotterdam data are not beside the clone")
def test_match_rotterdam(say: Said) -> None:
    code, out, _ = say(
        *("match", str(ROTTERDAM), "--time", "rtime", "--event", "recur"),
        *("--time-unit", "days", "--women", "20000", "--json", "--out", "rotterdam"),
    )
    assert code == 0
    summary = json.loads(out)
    assert summary["women"] + summary["rejected"] == 2982
    assert Path("rotterdam/report.html").is_file()


def test_fit_check_prints_every_target(say: Said) -> None:
    code, out, _ = say("fit", "--check", "--women", "1000", "--json")
    assert code == 0
    checked = json.loads(out)
    fitted = [
        f"{group}.{cell}"
        for group, targets in ss.catalog().targets.items()
        for cell, target in targets.cells.items()
        if target.fitted
    ]
    assert set(fitted) <= {row["target"] for row in checked["targets"]}
    assert list(Path().iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("some", [True, pytest.param(False, marks=pytest.mark.long)])
def test_fit_writes_values_that_the_other_commands_take(say: Said, some: bool) -> None:
    """Of two parameters; the long form fits all, each of which is simulated for its derivative."""
    names = [name.partition(":")[0] for name in ss.catalog().fitted_names()]
    free = {"detection.log_hazard", "spread.log_rate"}
    assert free < set(names)
    hold = ("--hold", ",".join(sorted(set(names) - free))) if some else ()
    asked = ("--women", "1000", "--iterations", "1", "--from-priors", *hold)
    code, out, err = say("fit", *asked, "--out", "mine/fitted.toml", "--json")
    assert code == 0, err
    assert json.loads(out)["file"] == "mine/fitted.toml"
    fitted = ss.catalog(Path("mine"))
    assert fitted.fit is not None
    assert fitted.fit.women == 1000
    moved = {
        key for key in names if fitted.parameter(key).values != ss.catalog().parameter(key).values
    }
    assert moved >= free
    if some:
        # written as this fit had found them, before that of the drugs moved them
        assert moved - free <= {"death.log_hazard", "death.exponent"}
    assert say("run", *SMALL, "--catalog", "mine")[0] == 0
