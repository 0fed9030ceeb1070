"""The explorer's server: who may ask, how much, and that no question is lost."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from fastapi.testclient import TestClient

import seedsoil as ss
from seedsoil.catalog import load
from seedsoil.cli import main
from seedsoil.economics.decision.draws_file import MOST_DRAWS
from seedsoil.explorer import pack, site, worker
from seedsoil.explorer.asked import question_of
from seedsoil.explorer.contract import Mode
from seedsoil.explorer.guard import POLICY
from seedsoil.explorer.jobs import Jobs, QueueFullError, Rules
from seedsoil.explorer.replies import Job as JobShape
from seedsoil.explorer.replies import Refusal
from seedsoil.explorer.server import DRAWS, Settings, application
from test_explorer_questions import COMPARE, as_text, built, draws

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


HERE = "http://127.0.0.1"
SMALL = {**COMPARE, "women": 200, "costs": False}
LONG = {**COMPARE, "women": 200_000, "strategies": ["2022", "none", "pre-2013"]}
IDLE_MB, BUSY_MB = 150, 1_000


def client(settings: Settings) -> TestClient:
    return TestClient(application(settings, load()), base_url=HERE, client=("127.0.0.1", 1))


@pytest.fixture(scope="module")
def page() -> Iterator[TestClient]:
    """A server of this process, with a process of its own that answers."""
    with client(Settings(threads=2)) as found:
        yield found


def finished(page: Any, question: dict[str, Any]) -> dict[str, Any]:
    """The job of a question when it is finished."""
    job = page.post("/api/jobs", json=question).json()
    return last_of(page, job["id"])


def last_of(page: Any, number: str) -> dict[str, Any]:
    while True:
        job: dict[str, Any] = page.get(f"/api/jobs/{number}").json()
        if job["state"] in ("done", "failed", "cancelled"):
            JobShape.model_validate(job)
            return job
        time.sleep(0.02)


# The page -------------------------------------------------------------------------------------------


def test_the_page_and_its_data_are_served(page: TestClient) -> None:
    first = page.get("/")
    assert first.status_code == 200
    assert first.headers["content-type"].startswith("text/html")
    assert first.headers["content-security-policy"] == POLICY
    assert "unsafe" not in POLICY
    assert "set-cookie" not in first.headers
    assert page.get("/", headers={"if-none-match": first.headers["etag"]}).status_code == 304
    plain = page.get("/data/answers.js", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    packed = page.get("/data/answers.js")
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content
    name, _, data = packed.text.removeprefix("seedsoil_data(").removesuffix(");\n").partition(",")
    assert json.loads(name) == "answers"
    assert json.loads(data) == pack.read("answers")
    told = page.get("/data/mode.js").text.partition(",")[2].removesuffix(");\n")
    mode = Mode.model_validate_json(told)
    assert mode.live
    assert mode.limits is not None
    assert not mode.limits.public
    assert mode.parameters_hash == load().hash()
    assert DRAWS == MOST_DRAWS
    assert page.head("/app.css").status_code == 200


@pytest.mark.parametrize(
    "address",
    ["/no", "/../pyproject.toml", "/%2e%2e/server.py", "/data/", "/api/no", "/static/app.js"],
)
def test_nothing_else_is(page: TestClient, address: str) -> None:
    answer = page.get(address)
    assert answer.status_code == 404
    Refusal.model_validate(answer.json())


# Who may ask ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "[", "10.0.0.1"])
def test_another_host_name_is_refused(page: TestClient, host: str) -> None:
    answer = page.get("/", headers={"host": host})
    assert answer.status_code == 403
    assert answer.headers["content-security-policy"] == POLICY
    Refusal.model_validate(answer.json())


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9"},
        {"origin": "file://"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_pages_of_others_may_ask_nothing(page: TestClient, headers: dict[str, str]) -> None:
    for method, address in (
        ("POST", "/api/jobs"),
        ("POST", "/api/check"),
        ("DELETE", "/api/jobs/a"),
    ):
        assert page.request(method, address, json=SMALL, headers=headers).status_code == 403


def test_its_own_page_may(page: TestClient) -> None:
    headers = {"origin": HERE, "sec-fetch-site": "same-origin"}
    assert page.post("/api/check", json=built(), headers=headers).json() == {
        "ok": True,
        "warnings": [],
    }


@pytest.mark.parametrize(
    "body, kind, status",
    [
        (b"{}", "text/plain", 415),
        (b"{}", "application/x-www-form-urlencoded", 415),
        (b"", "application/json", 422),
        (b"{", "application/json", 422),
        (b'{"women": NaN}', "application/json", 422),
        (b"\xff\xfe", "application/json", 422),
        (b"[" * 100_000, "application/json", 422),
        (b'{"schema":1,"kind":"compare"}', "application/json; charset=utf-8", 422),
        (json.dumps({**SMALL, "strategies": ["<img src=x onerror=alert(1)>"]}).encode(),
         "application/json", 422),
    ],
)  # fmt: skip
def test_what_is_no_question_is_refused(
    page: TestClient, body: bytes, kind: str, status: int
) -> None:
    answer = page.post("/api/jobs", content=body, headers={"content-type": kind})
    assert answer.status_code == status
    Refusal.model_validate(answer.json())
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-type"] == "application/json"


def test_too_much_is_refused_whether_it_says_so_or_not() -> None:
    settings = Settings(public=True, names=("127.0.0.1",))
    most = settings.limits["upload_bytes"]
    with client(settings) as page:
        declared = page.post(
            "/api/jobs", content=b"x" * (most + 1), headers={"content-type": "application/json"}
        )
        assert declared.status_code == 413

        def chunks() -> Iterator[bytes]:
            for _ in range(most // 1_000_000 + 2):
                yield b" " * 1_000_000

        streamed = page.post(
            "/api/jobs", content=chunks(), headers={"content-type": "application/json"}
        )
        assert streamed.status_code == 413
        assert f"{most:,} bytes" in streamed.json()["error"]["message"]
        broken = page.post(
            "/api/jobs",
            content=b"{}",
            headers={"content-type": "application/json", "content-length": "x"},
        )
        assert broken.status_code in (400, 413)
        told = page.post("/api/jobs", json={**SMALL, "women": 20_001}).json()["error"]
        assert told["message"].startswith("women: 20,001 are more than this server simulates")
    assert page.put("/api/jobs").status_code == 405


def test_what_never_comes_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seedsoil.explorer.server.UPLOAD_SECONDS", 0.05)
    sent: list[Any] = []

    async def never() -> Any:
        await asyncio.sleep(60.0)

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"host", b"127.0.0.1"), (b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": "/api/jobs", "raw_path": b"/api/jobs",
             "query_string": b"", "headers": headers, "client": ("127.0.0.1", 1),
             "server": ("127.0.0.1", 80), "scheme": "http",
             "http_version": "1.1", "root_path": ""}  # fmt: skip
    asyncio.run(application(Settings(), load())(scope, never, send))  # type: ignore[arg-type]
    assert sent[0]["status"] == 408


# Jobs -----------------------------------------------------------------------------------------------


def test_a_live_answer_is_that_of_compare_and_kept(page: TestClient) -> None:
    question = {**COMPARE, "strategies": ["none", built(base="2022")]}
    first = page.post("/api/jobs", json=question)
    assert first.status_code == 202
    job = last_of(page, first.json()["id"])
    assert job["state"] == "done", job["message"]
    answers = job["answer"]["answers"]
    whole = answers["cells"]["2013+|mine|all|all|all"]
    strategy = question_of(question, load()).strategies[1]  # type: ignore[union-attr]
    from seedsoil.explorer.built import strategies_of

    beside = ss.compare(["none", *strategies_of([strategy], load())], women=1_000, seed=1, by=None)
    assert whole["n"] == beside.women
    assert whole["mean"]["qaly"][0] == pytest.approx(beside.of("qaly", "mine").mean, rel=1e-5)
    again = page.post("/api/jobs", json=question)
    assert again.status_code == 200
    assert again.json()["answer"] == job["answer"]
    assert page.get(f"/api/jobs/{job['id']}").json() == again.json()
    with page.stream("GET", f"/api/jobs/{job['id']}/events") as events:
        assert events.headers["content-type"].startswith("text/event-stream")
        lines = [line for line in events.iter_lines() if line]
    assert lines[0] == "event: job"
    assert json.loads(lines[1].removeprefix("data: ")) == job
    assert len(lines) == 2


def test_one_woman_and_draws_are_answered_too(page: TestClient) -> None:
    course = {"schema": 1, "kind": "course", "number": 8830, "seed": 1, "era": "2013+",
              "strategies": ["2022", "none"]}  # fmt: skip
    woman = finished(page, course)["answer"]["woman"]
    assert woman["courses"]["2022"]["died_at"] == round(
        ss.patient(8830, seed=1).patient["died_at"], 3
    )
    costs, effects, _ = draws()
    decision = {
        "schema": 1,
        "kind": "decision",
        "currency": "GBP",
        "costs": as_text(costs),
        "effects": as_text(effects),
    }
    assert finished(page, decision)["answer"]["strategies"] == ["care", "drug"]
    wrong = finished(page, {**decision, "costs": "<b>,c\n1,x"})
    assert wrong["state"] == "failed"
    assert not wrong["again"]
    assert wrong["message"].startswith("costs.csv, line 2, column 'c': 'x' is not a finite number")


def test_progress_is_told_and_a_job_can_be_cancelled(page: TestClient) -> None:
    job = page.post("/api/jobs", json=LONG).json()
    waiting = page.post("/api/jobs", json={**SMALL, "seed": 77}).json()
    assert waiting["state"] == "queued"
    assert waiting["place"] == 1
    assert page.delete(f"/api/jobs/{waiting['id']}").json()["state"] == "cancelled"
    while page.get(f"/api/jobs/{job['id']}").json()["done"] == 0:
        time.sleep(0.02)
    assert page.get("/api/health").json()["running"] == 1
    page.delete(f"/api/jobs/{job['id']}")
    ended = last_of(page, job["id"])
    assert ended["state"] == "cancelled"
    assert 0 < ended["done"] < ended["of"] == 600_000
    assert page.delete(f"/api/jobs/{job['id']}").json()["state"] == "cancelled"
    assert page.get("/api/jobs/none").status_code == 404
    assert page.delete("/api/jobs/none").status_code == 404
    assert page.get("/api/jobs/none/events").status_code == 404
    assert finished(page, SMALL)["state"] == "done"  # the process that was cancelled goes on


# The queue, without a process -----------------------------------------------------------------------


def queued(rules: Rules) -> tuple[Jobs, Callable[..., Any]]:
    jobs = Jobs(rules)

    def ask(number: str, client: str = "a") -> Any:
        return jobs.ask(number, {}, of=10, client=client)[0]

    return jobs, ask


def test_the_queue_is_bounded_and_fair() -> None:
    async def told() -> None:
        jobs, ask = queued(Rules(queue=3, each=2))
        first, second = ask("1"), ask("2")
        assert ask("1") is first
        with pytest.raises(QueueFullError, match="2 questions of yours are waiting"):
            ask("3")
        ask("3", "b")
        with pytest.raises(QueueFullError, match="the queue is full"):
            ask("4", "c")
        assert json.loads(jobs.view(second))["place"] == 2
        # what two clients wait for goes on while one of them does
        ask("1", "b")
        jobs.cancel(first, "a")
        assert first.state == "queued"
        jobs.cancel(first, "b")
        assert first.state == "cancelled"
        assert json.loads(jobs.view(second))["place"] == 1
        assert ask("1", "c") is not first  # asked again, it is queued again
        await jobs.stop()
        assert second.state == "cancelled"

    asyncio.run(told())


def test_old_answers_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    from seedsoil.explorer import jobs as module

    async def told() -> None:
        monkeypatch.setattr(module, "KEPT_BYTES", 300)
        jobs, ask = queued(Rules())
        for number in "123":
            job = ask(number)
            jobs._waiting.remove(job)
            job.state = "running"
            jobs._heard(job, {"id": "another", "done": 3})
            assert job.done == 0
            jobs._heard(job, {"id": number, "done": 99})
            assert job.done == 10
            jobs._heard(job, {"id": number, "answer": {"n": os.urandom(60).hex()}})
            assert job.state == "done"
            assert json.loads(jobs.view(job))["answer"].keys() == {"n"}
        assert jobs.get("1") is None
        assert jobs.get("3") is not None

    asyncio.run(told())


def test_a_process_that_ends_or_takes_too_long_is_told() -> None:
    async def told() -> None:
        jobs, ask = queued(Rules(seconds=0.2))
        jobs.start()
        slow = ask("1")
        async for _ in jobs.changes(slow):
            pass
        assert slow.state == "failed"
        assert slow.message == "took more than 0.2 seconds; ask for fewer women"
        await jobs.stop()
        jobs, ask = queued(Rules())
        broken = ask("1")
        jobs._catalog = "/no/such/folder"  # the process ends at once
        jobs.start()
        async for _ in jobs.changes(broken):
            pass
        assert broken.state == "failed"
        assert broken.again
        assert jobs.state()["worker_restarts"] == 1
        await jobs.stop()

    asyncio.run(told())


# The process, in this one ---------------------------------------------------------------------------


def spoken(*messages: dict[str, Any]) -> list[dict[str, Any]]:
    """What the process says of questions that are put to it."""
    out = io.StringIO()
    one = worker._Worker(io.StringIO(), out, load())
    for message in messages:
        if "cancel" in message:
            one._cancelled.add(message["cancel"])
        else:
            one._one(message)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_the_process_answers_line_by_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "OFTEN", -1.0)
    course = {
        "schema": 1,
        "kind": "course",
        "number": 1,
        "seed": 1,
        "era": "2013+",
        "strategies": ["none"],
    }
    costs, effects, _ = draws()
    decision = {
        "schema": 1,
        "kind": "decision",
        "currency": "GBP",
        "costs": as_text(costs),
        "effects": as_text(effects),
    }
    said = spoken(
        {"id": "a", "question": SMALL, "threads": 1},
        {"id": "b", "question": course},
        {"id": "c", "question": decision},
        {"id": "d", "question": {**decision, "costs": "a,b\n1,x"}},
        {"id": "e", "question": {**SMALL, "women": 1}},
        {"cancel": "f"},
        {"id": "f", "question": SMALL},
    )
    last = {message["id"]: message for message in said}
    assert [m for m in said if m.get("done") == 200]
    assert last["a"]["answer"]["kind"] == "compare"
    assert last["b"]["answer"]["kind"] == "course"
    assert last["c"]["answer"]["kind"] == "decision"
    assert last["d"]["problems"] == ["costs.csv, line 2, column 'b': 'x' is not a finite number"]
    assert "women is 1" in last["e"]["problems"][0]
    assert last["f"] == {"id": "f", "cancelled": True}


@pytest.mark.parametrize(
    "error, told",
    [
        (MemoryError(), "not enough memory; ask for fewer women"),
        (ZeroDivisionError("/a/path"), "unexpected ZeroDivisionError"),
    ],
)
def test_what_fails_in_the_process_is_told_without_its_inside(
    monkeypatch: pytest.MonkeyPatch, error: Exception, told: str
) -> None:
    def failing(*_: object) -> None:
        raise error

    monkeypatch.setattr(worker, "answer", failing)
    assert spoken({"id": "a", "question": SMALL})[-1] == {"id": "a", "failed": told}


# The program ----------------------------------------------------------------------------------------


@contextlib.contextmanager
def running(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The program and the address of its page."""
    command = [
        sys.executable,
        "-m",
        "seedsoil",
        "explore",
        "--port",
        "0",
        "--no-browser",
        *arguments,
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        address = re.search(r"http://\S+", process.stdout.readline())
        assert address is not None
        yield process, address[0].rstrip("/")
    finally:
        process.terminate()
        process.communicate(timeout=120)


def children(process: int) -> list[int]:
    return [int(c) for c in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def megabytes(process: int) -> int:
    status = Path(f"/proc/{process}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) // 1_024  # type: ignore[index]


def gone(process: int) -> bool:
    return not Path(f"/proc/{process}").exists()


def until(true: Callable[[], bool], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.slow
@pytest.mark.parametrize("many", [6, pytest.param(20, marks=pytest.mark.long)])
def test_many_clients_of_five_questions_each_and_a_killed_process(many: int) -> None:
    httpx = pytest.importorskip("httpx2")
    with running("--threads", "1") as (server, address):
        most = 0

        def clients(number: int) -> Counter[str]:
            """The states of five questions of a client, some of them those of others."""
            states: Counter[str] = Counter()
            with httpx.Client(base_url=address, timeout=120.0) as page:
                for k in range(5):
                    question = {**SMALL, "seed": (number * 5 + k) % (5 * many // 4)}
                    while (answer := page.post("/api/jobs", json=question)).status_code == 429:
                        states["later"] += 1
                        assert answer.headers["retry-after"] == "3"
                        time.sleep(0.1)
                    job = last_of(page, answer.json()["id"])
                    assert job["answer"]["answers"]["provenance"]["seed"] == question["seed"]
                    states[job["state"]] += 1
            return states

        with httpx.Client(base_url=address, timeout=60.0) as page:
            assert page.get("/data/answers.js").status_code == 200
            assert megabytes(server.pid) < IDLE_MB
            with ThreadPoolExecutor(many) as pool:
                found = sum(pool.map(clients, range(many)), Counter())
                most = megabytes(server.pid) + sum(map(megabytes, children(server.pid)))
            assert found["done"] == 5 * many
            assert most < BUSY_MB
            # a killed process is told, and the next question starts another
            (first,) = children(server.pid)
            job = page.post("/api/jobs", json=LONG).json()
            until(lambda: page.get(f"/api/jobs/{job['id']}").json()["state"] == "running")
            os.kill(first, signal.SIGKILL)
            ended = last_of(page, job["id"])
            assert (ended["state"], ended["again"]) == ("failed", True)
            assert "ask again" in ended["message"]
            assert finished(page, {**SMALL, "seed": 999})["state"] == "done"
            assert page.get("/api/health").json()["worker_restarts"] == 1
            (second,) = children(server.pid)
        # no process outlives its server, however that ends
        server.kill()
        until(lambda: gone(second))


def test_the_program_ends_by_a_signal_without_a_word_and_serves_others_by_name() -> None:
    with running("--public", "--name", "explorer.example.org") as (server, address):
        httpx = pytest.importorskip("httpx2")
        named = {"host": "explorer.example.org"}
        assert httpx.get(address, headers=named).status_code == 200
        assert httpx.get(address, headers={"host": "other.example.org"}).status_code == 403
        server.send_signal(signal.SIGINT)
        out, err = server.communicate(timeout=120)
        assert server.returncode == 0
        assert out == ""
        assert "put a proxy with TLS before it" in err


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    def run(*arguments: str) -> tuple[int, str]:
        code = main(["explore", *arguments])
        captured = capsys.readouterr()
        return code, captured.err or captured.out

    return run


def test_wrong_options_are_told(
    say: Callable[..., tuple[int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        code, told = say("--no-browser", "--port", port)
        assert code == 2
        assert told.startswith(f"seedsoil: error: --port {port}: cannot be listened on (")
    for arguments, problem in (
        (("--public",), "--public: name the host"),
        (("--name", "a.example"), "--name: goes with --public"),
        (
            ("--public", "--name", "http://a.example/"),
            "--name 'http://a.example/': is no host name",
        ),
        (("--site", "a", "--make-pack", "b"), "--site and --make-pack: give one of them"),
        (("--pack", "a", "--make-pack", "b"), "--pack and --make-pack: give one of them"),
        (("--site", "a", "--public"), "--public and --name: a folder has no server"),
        (("--women", "900"), "--women: goes with --make-pack"),
        (("--trials", "a.csv"), "--trials: goes with --make-pack"),
        (("--draws", "3"), "--draws: goes with --make-pack"),
        (("--make-pack", "a", "--trials", "none.csv"), "none.csv: cannot be read"),
        (("--pack", "none"), "none: has no part 'answers'"),
        (("--port", "70000"), "65535"),
        (("--catalog", "none"), "none: does not exist"),
    ):
        code, told = say("--no-browser", *arguments)
        assert code == 2, arguments
        assert problem in told
    monkeypatch.setitem(sys.modules, "fastapi", None)
    code, told = say("--no-browser")
    assert code == 2
    assert "pip install 'seedsoil[web]'" in told


def test_the_site_is_a_folder_that_needs_no_server(
    say: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    place = tmp_path / "site"
    assert say("--site", str(place)) == (0, f"page    {place / 'index.html'}\n")
    assert (place / "index.html").read_bytes() == site.static().joinpath("index.html").read_bytes()
    text = (place / "data" / "mode.js").read_text("utf-8")
    mode = Mode.model_validate_json(text.partition(",")[2].removesuffix(");\n"))
    assert not mode.live
    assert mode.pack_current == pack.is_current(load())
    for name in ("answers", "pairs", "courses", "spread", "fit", "sources", "lists"):
        head = (place / "data" / f"{name}.js").read_text("utf-8")[:40]
        assert head.startswith(f'seedsoil_data("{name}",{{')
    assert (place / "vega.js").stat().st_size > 100_000
    assert not (place / "data" / "check.js").exists()
    code, told = say("--site", str(place))
    assert code == 2
    assert "is already there" in told


@pytest.mark.slow
@pytest.mark.long
def test_a_pack_is_made_by_one_command_and_the_same_twice(
    say: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    """The shorter form is that of test_explorer_build.py and the pack that ships."""
    place = tmp_path / "pack"
    code, told = say("--make-pack", str(place), "--women", "300", "--courses", "15", "--draws", "0")
    assert code == 0, told
    assert {file.name for file in place.iterdir()} == {
        part + pack.ENDING for part in (*pack.PARTS, pack.CHECK)
    }
    # it is shown where its folder is named
    assert say("--site", str(tmp_path / "shown"), "--pack", str(place))[0] == 0
    text = (tmp_path / "shown" / "data" / "answers.js").read_text("utf-8")
    assert '"women":300' in text
    settings = Settings(pack=place)
    with client(settings) as page:
        assert page.get("/data/answers.js").text == text
    (place / f"spread{pack.ENDING}").write_bytes(b"no gzip")
    assert "its part 'spread' cannot be read" in say("--pack", str(place))[1]
    (place / f"spread{pack.ENDING}").write_bytes(gzip.compress(b'{"schema": 2}'))
    assert "its part 'spread' is not of this version (schema: " in say("--pack", str(place))[1]
    few: dict[str, Any] = {
        "women": 300,
        "courses": 15,
        "eras": ("2013+",),
        "strategies": ("none", "2022"),
        "draws": 0,
    }
    one, two = (pack.make(load(), **few, threads=threads) for threads in (1, 2))
    assert one == two
    assert one["answers"]["dimensions"]["strategy"] == ["none", "2022"]
    other = site.export(tmp_path / "other", load(), one)
    assert '"era":["2013+"]' in (other / "data" / "answers.js").read_text("utf-8")
