"""Jobs: questions in a bounded queue, one answered at a time by a process of its own.

A job is known by the hash of its question, so that the same question is one job for all who ask it, and
can be looked up again after a page was closed. Answers are kept, compressed, as long as there is room. The
process is started for the first question and ended after an idle time; one that is killed is told to whoever
waits, and started anew for the next question.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import os
import sys
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from seedsoil.explorer.contract import SCHEMA

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

Data = dict[str, Any]
LINE = 256 * 1024 * 1024
"""Bytes that a line of the process may have."""
KEPT_BYTES = 64 * 1024 * 1024
"""Of compressed answers."""
MOST_REMEMBERED = 2_000
"""Jobs without an answer that are still known: failed and cancelled ones."""
QUEUED, RUNNING, DONE, FAILED, CANCELLED = "queued", "running", "done", "failed", "cancelled"
FINAL = (DONE, FAILED, CANCELLED)


class QueueFullError(Exception):
    """No further question is taken now."""


@dataclass
class Job:
    """A question and how far its answer is. `clients`: who wants it; `answer`: its JSON, compressed."""

    id: str
    question: Data | None
    of: int
    clients: set[str]
    state: str = QUEUED
    done: int = 0
    message: str | None = None
    again: bool = False
    answer: bytes | None = None
    started: float = 0.0
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def fresh(self) -> None:
        """Let whoever waits know that something changed."""
        self.changed.set()
        self.changed = asyncio.Event()


@dataclass(frozen=True)
class Rules:
    """How much is taken: `queue` questions waiting, `each` of one client (None: all), `seconds` a question.

    `idle`: seconds without a question after which the process ends; `threads` it uses.
    """

    queue: int = 32
    each: int | None = None
    seconds: float = 300.0
    idle: float = 300.0
    threads: int | None = None


class Jobs:
    """The queue and its process. All methods are called from one event loop."""

    def __init__(self, rules: Rules, catalog: str | None = None) -> None:
        self.rules = rules
        self.restarts = 0
        self._catalog = catalog
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._waiting: list[Job] = []
        self._more = asyncio.Event()
        self._process: asyncio.subprocess.Process | None = None
        self._current: Job | None = None
        self._expected = False
        self._task: asyncio.Task[None] | None = None

    # Asking ---------------------------------------------------------------------------------------------

    def ask(self, number: str, question: Data, *, of: int, client: str) -> tuple[Job, bool]:
        """The job of a question, and whether it is new. Raises QueueFullError."""
        known = self._jobs.get(number)
        if known is not None and known.state not in (FAILED, CANCELLED):
            self._jobs.move_to_end(number)
            known.clients.add(client)
            return known, False
        if len(self._waiting) >= self.rules.queue:
            raise QueueFullError("the queue is full")
        mine = sum(1 for job in self._unfinished() if client in job.clients)
        if self.rules.each is not None and mine >= self.rules.each:
            raise QueueFullError(f"{mine} questions of yours are waiting")
        job = Job(number, question, of, {client})
        self._jobs[number] = job
        self._jobs.move_to_end(number)
        self._waiting.append(job)
        self._more.set()
        return job, True

    def get(self, number: str) -> Job | None:
        """A job by its number, if it is known."""
        return self._jobs.get(number)

    def cancel(self, job: Job, client: str) -> None:
        """Stop a job that `client` alone wants; one that runs ends with the women in hand."""
        job.clients.discard(client)
        if job.clients:
            return
        if job.state == QUEUED:
            self._waiting.remove(job)
            self._end(job, CANCELLED)
        elif job.state == RUNNING:
            self._tell({"cancel": job.id})

    def view(self, job: Job, *, with_answer: bool = True) -> bytes:
        """The job as JSON (`replies.Job`)."""
        place = self._waiting.index(job) + 1 if job.state == QUEUED else None
        head: Data = {
            "schema": SCHEMA,
            "id": job.id,
            "state": job.state,
            "place": place,
            "done": job.done,
            "of": job.of,
            "message": job.message,
            "again": job.again,
        }
        text = json.dumps(head, separators=(",", ":"))
        answer = b"null"
        if with_answer and job.answer is not None:
            answer = gzip.decompress(job.answer)
        return text[:-1].encode() + b',"answer":' + answer + b"}"

    async def changes(self, job: Job) -> AsyncIterator[bytes | None]:
        """The job at each change until it is finished; None where nothing happened for a while."""
        while True:
            changed = job.changed
            yield self.view(job)
            if job.state in FINAL:
                return
            while not changed.is_set():
                try:
                    await asyncio.wait_for(changed.wait(), 15.0)
                except TimeoutError:
                    yield None

    def state(self) -> Data:
        """How many questions wait and run, and how often the process had to be started again."""
        return {
            "ok": True,
            "queue": len(self._waiting),
            "running": int(self._current is not None),
            "worker_restarts": self.restarts,
        }

    def expect(self) -> None:
        """Start the process if none runs: a question is likely soon."""
        self._expected = True
        self._more.set()

    # Answering ------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to answer; `stop` ends it."""
        self._task = asyncio.get_running_loop().create_task(self._answer())

    async def stop(self) -> None:
        """End the process and whatever waits."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await self._end_process()
        for job in self._unfinished():
            self._end(job, CANCELLED)

    async def _answer(self) -> None:
        while True:
            while not self._waiting:
                self._more.clear()
                try:
                    await asyncio.wait_for(self._more.wait(), self.rules.idle)
                except TimeoutError:
                    await self._end_process()
                if self._expected:
                    self._expected = False
                    with contextlib.suppress(OSError):  # told when a question comes
                        await self._running()
            job = self._waiting.pop(0)
            for other in self._waiting:
                other.fresh()
            self._current = job
            try:
                await self._one(job)
            finally:
                self._current = None

    async def _one(self, job: Job) -> None:
        job.state, job.started = RUNNING, time.monotonic()
        job.fresh()
        try:
            async with asyncio.timeout(self.rules.seconds):
                process = await self._running()
                self._tell({"id": job.id, "question": job.question, "threads": self.rules.threads})
                assert process.stdout is not None
                while job.state == RUNNING:
                    line = await process.stdout.readline()
                    if not line:
                        raise ConnectionError
                    self._heard(job, json.loads(line))
        except TimeoutError:
            await self._end_process()
            seconds = f"{self.rules.seconds:g}"
            self._end(job, FAILED, f"took more than {seconds} seconds; ask for fewer women")
        except (ConnectionError, OSError, ValueError):
            await self._end_process()
            self.restarts += 1
            self._end(
                job,
                FAILED,
                "the process that was answering ended; it is started again: ask again",
                again=True,
            )

    def _heard(self, job: Job, message: Data) -> None:
        if message.get("id") != job.id:
            return
        if "answer" in message:
            text = json.dumps(message["answer"], separators=(",", ":"), ensure_ascii=False)
            job.answer = gzip.compress(text.encode(), 6)
            job.done = job.of
            self._end(job, DONE)
        elif "problems" in message:
            self._end(job, FAILED, "\n".join(message["problems"]))
        elif "failed" in message:
            self._end(job, FAILED, message["failed"])
        elif "cancelled" in message:
            self._end(job, CANCELLED)
        else:
            job.done = min(message["done"], job.of)
            job.fresh()

    def _end(
        self, job: Job, state: str, message: str | None = None, *, again: bool = False
    ) -> None:
        job.state, job.message, job.again = state, message, again
        job.question = None  # which may be large
        job.fresh()
        self._forget()

    def _forget(self) -> None:
        """Let go of the oldest finished jobs where there are too many."""
        finished = [job for job in self._jobs.values() if job.state in FINAL]
        room = KEPT_BYTES - sum(len(job.answer or b"") for job in finished)
        left = len(finished)
        for job in finished:
            if room >= 0 and left <= MOST_REMEMBERED:
                return
            room += len(job.answer or b"")
            left -= 1
            del self._jobs[job.id]

    def _unfinished(self) -> list[Job]:
        return [job for job in self._jobs.values() if job.state not in FINAL]

    # The process ----------------------------------------------------------------------------------------

    async def _running(self) -> asyncio.subprocess.Process:
        if self._process is not None and self._process.returncode is None:
            return self._process
        command = [sys.executable, "-m", "seedsoil.explorer.worker"]
        if self._catalog is not None:
            command.append(self._catalog)
        self._process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=LINE,
            # a matrix of some hundred rows gains nothing from a second thread
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"},
            start_new_session=True,
        )
        return self._process

    def _tell(self, message: Data) -> None:
        if self._process is None or self._process.stdin is None:
            return
        with contextlib.suppress(OSError):
            self._process.stdin.write(json.dumps(message).encode() + b"\n")

    async def _end_process(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
        await process.wait()
