"""Requests of one connection, some of which are answered without waiting, on both event loops."""

import asyncio
from contextvars import ContextVar
from typing import Any

import pytest

from tests.server.running import OnLoop, answer_lifespan, run_server

_PATH: ContextVar[str] = ContextVar("path", default="none")

# Sent ahead in one piece: at once, later, with a body, at once behind one that waits.
_REQUESTS = (
    b"GET /at-once/1 HTTP/1.1\r\nHost: veza.test\r\n\r\n",
    b"GET /later/2 HTTP/1.1\r\nHost: veza.test\r\n\r\n",
    b"HEAD /at-once/3 HTTP/1.1\r\nHost: veza.test\r\n\r\n",
    b"POST /body/4 HTTP/1.1\r\nHost: veza.test\r\nContent-Length: 4\r\n\r\nBody",
    b"GET /body/5 HTTP/1.1\r\nHost: veza.test\r\nContent-Length: 4\r\n\r\nBody",
    b"GET /at-once/6 HTTP/1.1\r\nHost: veza.test\r\nConnection: close\r\n\r\n",
)


class _App:
    def __init__(self) -> None:
        self.contexts: list[str] = []
        self.depth = self.deepest = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await answer_lifespan(receive, send)
            return
        self.depth += 1
        self.deepest = max(self.depth, self.deepest)
        _PATH.set(scope["path"])
        await self._answer(scope, receive, send)
        self.contexts.append(_PATH.get())
        self.depth -= 1

    async def _answer(self, scope: Any, receive: Any, send: Any) -> None:
        body = scope["path"].encode()
        if body.startswith(b"/later"):
            await asyncio.sleep(0.01)
        if body.startswith(b"/body"):
            body += (await receive())["body"]
        headers = [(b"content-length", b"%d" % len(body)), (b"x-path", scope["path"].encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


@pytest.mark.parametrize("is_overloaded", [False, True])
def test_responses_come_in_the_order_of_their_requests_each_with_a_context_of_its_own(
    on_loop: OnLoop, is_overloaded: bool
) -> None:
    async def scenario() -> None:
        async with run_server(_App()) as running:
            running.server.refusing_early(lambda: is_overloaded)
            received = await running.talk(*_REQUESTS)
        paths = [line[8:] for line in received.split(b"\r\n") if line.startswith(b"x-path: ")]
        expected = [request.split(b" ")[1] for request in _REQUESTS]
        assert paths == expected
        assert received.count(b"Body") == 2
        assert running.app.contexts == [path.decode() for path in expected]
        # One ends before the next begins, however it was started.
        assert running.app.deepest == 1
        assert _PATH.get() == "none"

    on_loop(scenario)
