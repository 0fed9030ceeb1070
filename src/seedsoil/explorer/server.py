"""The server of the explorer: page, pack and live jobs, for this machine or, with limits, for others."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from starlette.concurrency import run_in_threadpool

from seedsoil.catalog import load
from seedsoil.errors import DataErrors
from seedsoil.explorer import pack, site
from seedsoil.explorer.asked import built_of, question_of
from seedsoil.explorer.assets import Assets
from seedsoil.explorer.guard import LOCAL, Guard, refusal, too_large
from seedsoil.explorer.jobs import Job, Jobs, QueueFullError, Rules
from seedsoil.explorer.questions import (
    MOST_PUBLIC_WOMEN,
    MOST_STRATEGIES,
    MOST_WOMEN,
    CompareQuestion,
    question_id,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from starlette.types import ASGIApp

    from seedsoil.catalog import Catalog

Checked = TypeVar("Checked")
RETRY = 3
"""Seconds after which a client whose question was not taken may ask again."""
BUILDER = f"{site.DATA}/lists.js"
"""What a page loads on which questions are asked: then the process is started that will answer them."""
DRAWS = 2_000_000
"""As many as are read of a file (`economics.decision.draws_file`), which would load much to ask."""
UPLOAD_SECONDS = 60.0
"""In which a question must have come, so that none holds a connection for good."""
PRIVATE_UPLOAD, PUBLIC_UPLOAD = 32_000_000, 8_000_000
"""Bytes of a question, which may hold the draws of an analysis."""


@dataclass(frozen=True)
class Settings:
    """How a server is run.

    `names`: hosts that it is asked by; `catalog`: a folder of catalog files; `pack`: one of a pack.
    """

    public: bool = False
    names: tuple[str, ...] = LOCAL
    threads: int | None = None
    catalog: str | None = None
    pack: Path | None = None
    rules: Rules | None = None

    @property
    def limits(self) -> dict[str, Any]:
        """What is taken (`contract.Limits`)."""
        rules = self.queue
        return {
            "women": MOST_PUBLIC_WOMEN if self.public else MOST_WOMEN,
            "strategies": MOST_STRATEGIES,
            "queue": rules.queue,
            "seconds": int(rules.seconds),
            "upload_bytes": PUBLIC_UPLOAD if self.public else PRIVATE_UPLOAD,
            "draws": DRAWS,
            "public": self.public,
        }

    @property
    def queue(self) -> Rules:
        """The rules of the queue."""
        if self.rules is not None:
            return self.rules
        if self.public:
            return Rules(queue=32, each=5, seconds=60.0, threads=self.threads)
        return Rules(threads=self.threads)


def application(settings: Settings, catalog: Catalog | None = None) -> ASGIApp:
    """The application, behind its guard. `catalog`: that of the settings, if it is read already."""
    catalog = catalog or load(settings.catalog)
    limits = settings.limits
    jobs = Jobs(settings.queue, settings.catalog)
    mode = site.mode(catalog, limits, current=pack.is_current(catalog, settings.pack))
    served = Served(catalog, jobs, limits, Assets(mode, settings.pack))

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        jobs.start()
        yield
        await jobs.stop()

    app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.add_api_route("/api/health", served.health, methods=["GET"])
    app.add_api_route("/api/check", served.check, methods=["POST"])
    app.add_api_route("/api/jobs", served.ask, methods=["POST"])
    app.add_api_route("/api/jobs/{number}", served.job, methods=["GET"])
    app.add_api_route("/api/jobs/{number}", served.cancel, methods=["DELETE"])
    app.add_api_route("/api/jobs/{number}/events", served.events, methods=["GET"])
    app.add_api_route("/{address:path}", served.asset, methods=["GET", "HEAD"])
    app.add_exception_handler(RefusedError, _refused)
    app.add_exception_handler(405, _not_here)
    app.add_exception_handler(404, _not_here)
    return Guard(app, names=settings.names, most_bytes=limits["upload_bytes"])


class RefusedError(Exception):
    """A request that is refused, with the status and why."""

    def __init__(self, status: int, message: str, problems: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.status, self.message, self.problems = status, message, problems


class Served:
    """What the server answers to each request."""

    def __init__(
        self, catalog: Catalog, jobs: Jobs, limits: dict[str, Any], assets: Assets
    ) -> None:
        self._catalog, self._jobs, self._limits, self._assets = catalog, jobs, limits, assets

    async def health(self) -> Response:
        """Whether it answers, and how much waits."""
        return JSONResponse(self._jobs.state())

    async def check(self, request: Request) -> Response:
        """What is wrong with a strategy that was built, or worth a warning."""
        data = await self._json(request)
        return JSONResponse({"ok": True, "warnings": _told(lambda: built_of(data, self._catalog))})

    async def ask(self, request: Request) -> Response:
        """Take a question; the job of it, which may be done already."""
        data = await self._json(request)
        most = self._limits["women"]
        question = _told(lambda: question_of(data, self._catalog, most_women=most))
        number = question_id(question, self._catalog)
        of = 0
        if isinstance(question, CompareQuestion):
            of = question.women * len(question.strategies)
        asked = question.model_dump(mode="json", by_alias=True)
        try:
            job, new = self._jobs.ask(number, asked, of=of, client=_client(request))
        except QueueFullError as error:
            raise RefusedError(429, f"{error}; ask again in {RETRY} seconds") from None
        return self._view(job, 202 if new else 200)

    async def job(self, number: str) -> Response:
        """A job as it stands."""
        return self._view(self._known(number), 200)

    async def cancel(self, request: Request, number: str) -> Response:
        """Stop a job."""
        job = self._known(number)
        self._jobs.cancel(job, _client(request))
        return self._view(job, 200)

    async def events(self, number: str) -> Response:
        """A job at each change, as server-sent events, until it is finished."""
        job = self._known(number)

        async def told() -> AsyncIterator[bytes]:
            async for view in self._jobs.changes(job):
                yield b": ping\n\n" if view is None else b"event: job\ndata: " + view + b"\n\n"

        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        return StreamingResponse(told(), media_type="text/event-stream", headers=headers)

    async def asset(self, request: Request, address: str) -> Response:
        """A file of the page or of the pack."""
        if address == BUILDER:
            self._jobs.expect()
        found = await run_in_threadpool(self._assets.get, address)
        if found is None:
            raise RefusedError(404, "there is nothing here")
        tag = f'"{found.tag}"'
        headers = {"etag": tag, "cache-control": "no-cache", "vary": "accept-encoding"}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        content = found.packed
        if "gzip" in request.headers.get("accept-encoding", ""):
            headers["content-encoding"] = "gzip"
        else:
            content = gzip.decompress(content)
        return Response(content, media_type=found.kind, headers=headers)

    def _known(self, number: str) -> Job:
        job = self._jobs.get(number)
        if job is None:
            raise RefusedError(404, "this question is not known here; ask it again")
        return job

    def _view(self, job: Job, status: int) -> Response:
        headers = {"cache-control": "no-store"}
        return Response(self._jobs.view(job), status, headers, media_type="application/json")

    async def _json(self, request: Request) -> object:
        """What was sent, which must be JSON and no larger than is allowed."""
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise RefusedError(415, "questions are JSON: content-type application/json")
        most, body = self._limits["upload_bytes"], bytearray()
        try:
            async with asyncio.timeout(UPLOAD_SECONDS):
                async for part in request.stream():
                    body += part
                    if len(body) > most:
                        raise RefusedError(413, too_large(most))
        except TimeoutError:
            raise RefusedError(
                408, f"what was sent took more than {UPLOAD_SECONDS:g} seconds to come"
            ) from None
        try:
            return json.loads(bytes(body), parse_constant=_no_constant)
        except (ValueError, RecursionError):
            raise RefusedError(422, "question: is no JSON") from None


def _client(request: Request) -> str:
    return request.client.host if request.client is not None else ""


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _told(check: Callable[[], Checked]) -> Checked:
    """What `check()` gives; a question that is wrong is refused with a line for each problem."""
    try:
        return check()
    except DataErrors as error:
        raise RefusedError(422, error.problems[0], tuple(error.problems)) from None


def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, RefusedError)
    headers = {"retry-after": str(RETRY)} if error.status == 429 else None
    body = refusal(error.status, error.message, error.problems)
    return JSONResponse(body, error.status, headers)


def _not_here(_: Request, error: Exception) -> Response:
    status = getattr(error, "status_code", 404)
    return JSONResponse(refusal(status, "there is nothing here that can be asked so"), status)
