"""Reads whose client has gone away are cancelled, and their statements with them.

Only while a handler reads: whatever writes goes on to its end, so that a client that goes away
never decides what becomes of a change.
"""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from http import HTTPMethod
from typing import Any

from litestar.types import ASGIApp, Receive, Scope, Send

from veza.http.asgi_scope import find_header

# What is answered sooner is not worth watching: a watch costs a task.
WATCH_AFTER_S = 0.1
# What proxies call the status of a request whose client went away; nobody gets to see it but logs.
CLIENT_GONE = 499

_KEY = "veza_watch"
_READS = {HTTPMethod.GET, HTTPMethod.HEAD}


class DisconnectMiddleware:
    """Ends requests that are cancelled because their client went away."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection."""
        task = asyncio.current_task()
        if task is None or scope["type"] != "http" or not _is_plain_read(scope):
            await self._app(scope, receive, send)
            return
        watch = _Watch(task, receive)
        state: Any = scope
        state[_KEY] = watch
        try:
            await self._app(scope, receive, send)
        except asyncio.CancelledError:
            if not watch.is_client_gone or task.uncancel() > 0:
                raise
            await send({"type": "http.response.start", "status": CLIENT_GONE, "headers": []})
            await send({"type": "http.response.body", "body": b"", "more_body": False})


@contextmanager
def cancelled_on_disconnect(scope: Any) -> Generator[None]:
    """Cancel the request if its client goes away meanwhile: for what only reads."""
    watch: _Watch | None = scope.get(_KEY)
    if watch is None:
        yield
        return
    watch.begin()
    try:
        yield
    finally:
        watch.end()


class _Watch:
    """Waits for the client to go away, while there is something to be cancelled."""

    def __init__(self, task: asyncio.Task[Any], receive: Receive) -> None:
        self._task = task
        self._receive = receive
        self._timer: asyncio.TimerHandle | None = None
        self._watching: asyncio.Task[None] | None = None
        self.is_client_gone = False

    def begin(self) -> None:
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(WATCH_AFTER_S, self._start)

    def end(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._watching is not None:
            self._watching.cancel()
            self._watching = None

    def _start(self) -> None:
        self._watching = asyncio.create_task(self._wait())

    async def _wait(self) -> None:
        # What comes first is the body, which is empty.
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.is_client_gone = True
        self._task.cancel()


def _is_plain_read(scope: Any) -> bool:
    # Whoever reads a body has to hear of its end: the watch would take that away.
    has_body = find_header(scope, b"transfer-encoding") is not None or (
        find_header(scope, b"content-length") not in {None, b"0"}
    )
    return scope["method"] in _READS and not has_body
