"""Who may ask, and how much: the host's name, the origin, the size of what is sent, and what a page may load.

A page of another site could make a browser ask a server on this machine. So a request must name a host that
this server has (against rebinding of names), and what changes anything must come from its own pages.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Collection

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
LOCAL = ("127.0.0.1", "localhost", "::1")
"""Names of a server that only this machine can reach."""
_READS = ("GET", "HEAD")


def refusal(
    status: int, message: str, problems: Collection[str] = (), field: str | None = None
) -> dict[str, Any]:
    """Why a request is refused (`replies.Refusal`)."""
    return {
        "error": {
            "status": status,
            "message": message,
            "problems": list(problems) or [message],
            "field": field,
        }
    }


class Guard:
    """What stands before the server: checks each request, and says what its pages may load.

    `names`: hosts that it is asked by; `most_bytes`: of what is sent.
    """

    def __init__(self, app: ASGIApp, *, names: Collection[str], most_bytes: int) -> None:
        self.app = app
        self.names = {name.casefold() for name in names}
        self.most_bytes = most_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return  # nothing else is spoken here
        headers = {
            key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]
        }
        why = self._wrong(scope, headers)
        if why is not None:
            await _refuse(send, *why)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), *_encoded(HEADERS)]}
            await send(message)

        await self.app(scope, receive, with_headers)

    def _wrong(self, scope: Scope, headers: dict[str, str]) -> tuple[int, str] | None:
        """The status and the reason for which a request is refused; None if it is not."""
        host = _host(f"//{headers.get('host', '')}")
        if host is None or host not in self.names:
            return 403, "this server is not asked by that host name"
        if scope["method"] in _READS:
            return None
        origin, site = headers.get("origin"), headers.get("sec-fetch-site", "same-origin")
        if site not in ("same-origin", "none") or (
            origin is not None and not self._own(origin, headers)
        ):
            return 403, "questions are taken from this server's own pages alone"
        declared = headers.get("content-length", "0")
        if not declared.isdecimal() or int(declared) > self.most_bytes:
            return 413, too_large(self.most_bytes)
        return None

    def _own(self, origin: str, headers: dict[str, str]) -> bool:
        parts = urlsplit(origin)
        return parts.scheme in ("http", "https") and parts.netloc == headers.get("host")


def too_large(most: int) -> str:
    """What is said of a body with more bytes than `most`."""
    return f"what was sent is too large; allowed: {most:,} bytes"


def _host(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None


def _encoded(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(key.encode(), value.encode()) for key, value in headers.items()]


async def _refuse(send: Send, status: int, message: str) -> None:
    body = json.dumps(refusal(status, message)).encode()
    headers = {"content-type": "application/json", "content-length": str(len(body)), **HEADERS}
    await send({"type": "http.response.start", "status": status, "headers": _encoded(headers)})
    await send({"type": "http.response.body", "body": body})
