"""The HTTP processes of a node: granian, with the application in each."""

import asyncio
import gc
import multiprocessing
import os
import signal
from typing import Any

from granian import Granian
from granian.constants import HTTPModes, Interfaces, Loops, RuntimeModes
from granian.http import HTTP1Settings
from granian.log import LogLevels
from litestar.datastructures import State
from litestar.types import ASGIApp, Receive, Send

from veza.app.api import create_litestar, wrap
from veza.app.environ import read_settings
from veza.app.logs import configure_logs
from veza.domains.chat.hub import Hub
from veza.infra.parent import die_with

DRAIN_S = 10
_PARENT = "_VEZA_HTTP_PARENT"


def run_http(host: str, port: int, workers: int) -> None:
    """Serve HTTP until SIGTERM; requests in flight then have ten seconds."""
    # The object store's library doesn't survive a fork.
    multiprocessing.set_start_method("spawn")
    os.environ[_PARENT] = str(os.getpid())
    Granian(
        "veza.app.http_server:load_app",
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        workers=workers,
        runtime_mode=RuntimeModes.st,
        loop=Loops.uvloop,
        http=HTTPModes.http1,
        # So much of a body is read ahead for each connection. By default it would be 408 KiB, which
        # the parser of forms holds once more.
        http1_settings=HTTP1Settings(header_read_timeout=30_000, max_buffer_size=65_536),
        backlog=2048,
        respawn_failed_workers=True,
        respawn_interval=0.5,
        workers_kill_timeout=DRAIN_S,
        log_level=LogLevels.warning,
    ).serve()


def load_app() -> ASGIApp:
    """Make the application of one HTTP process, which ends when its parent does."""
    die_with(int(os.environ[_PARENT]), signal.SIGKILL)
    settings = read_settings()
    configure_logs(settings)
    litestar = create_litestar(settings)
    app = Farewell(wrap(litestar, settings), litestar.state)
    # What was made until now stays for good: the collector need not look at it again.
    gc.collect()
    gc.freeze()
    return app


class Farewell:
    """Closes the sockets on SIGTERM, before the server hears of it and drops them.

    The server is told by SIGINT, which means the same to it. Requests in flight go on meanwhile.
    """

    def __init__(self, app: ASGIApp, state: State) -> None:
        self._app = app
        self._state = state
        self._leaving: asyncio.Task[None] | None = None

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Answer one connection; at the start, take the server's place as whom SIGTERM is for."""
        if scope["type"] == "lifespan":
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self._begin)
        await self._app(scope, receive, send)

    def _begin(self) -> None:
        if self._leaving is None:
            self._leaving = asyncio.create_task(self._leave())

    async def _leave(self) -> None:
        try:
            hub: Hub | None = self._state.get("hub")
            if hub is not None:
                await hub.close()
        finally:
            os.kill(os.getpid(), signal.SIGINT)
