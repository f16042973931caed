"""Cancel reads, and their SQL statements, when the client disconnects.

Requests that write are never cancelled: a disconnect must not decide whether a change is made.
"""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from http import HTTPMethod
from typing import Any

from litestar.types import ASGIApp, Receive, Scope, Send

from veza.http.layers.request_body import has_body

# Watching costs a task: requests that end sooner are not watched.
WATCH_AFTER_S = 0.1
# The status of cancelled requests in logs and metrics, as nginx has it; no client receives it.
CLIENT_GONE = 499

_KEY = "veza_watch"
_READS = {HTTPMethod.GET, HTTPMethod.HEAD}


class DisconnectMiddleware:
    """Ends requests that were cancelled because the client disconnected."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
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
    """Cancel the request if its client disconnects in this block, which must only read."""
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
    """Waits for the client to disconnect, while there is something to cancel."""

    def __init__(self, task: asyncio.Task[Any], receive: Receive) -> None:
        self._task = task
        self._receive = receive
        self._timer: asyncio.TimerHandle | None = None
        self._watching: asyncio.Task[None] | None = None
        # How many blocks, one inside of the other, are watched.
        self._depth = 0
        self.is_client_gone = False

    def begin(self) -> None:
        self._depth += 1
        if self._depth == 1:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(WATCH_AFTER_S, self._start)

    def end(self) -> None:
        self._depth -= 1
        if self._depth:
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._watching is not None:
            self._watching.cancel()
            self._watching = None

    def _start(self) -> None:
        self._watching = asyncio.create_task(self._wait())

    async def _wait(self) -> None:
        # The first message is the empty body.
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.is_client_gone = True
        self._task.cancel()


def _is_plain_read(scope: Any) -> bool:
    # The watch would consume the messages of a body.
    return scope["method"] in _READS and not has_body(scope)
