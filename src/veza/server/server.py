"""Serves an ASGI application on bound sockets until SIGTERM or SIGINT."""

import asyncio
import resource
import signal
import socket
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, Self, TypeGuard, cast

import uvicorn
from msgspec import structs

from veza.server.config import (
    BACKLOG,
    BODY_SHARE,
    KEEP_ALIVE_S,
    MAX_MESSAGE_BYTES,
    PING_S,
    PROXY_DRAIN_S,
    SWEEP_S,
    ServerConfig,
)
from veza.server.http_protocol import HttpProtocol
from veza.server.limits import ConnectionLimits, ConnectionTable, count_connections
from veza.server.websocket_protocol import WebSocketProtocol

_POLL_S = 0.05


def make_server(
    app: Any,
    listener: socket.socket,
    *,
    health_listener: socket.socket | None,
    limits: ConnectionLimits,
    drain_s: int,
) -> "Server":
    """Return a server for an application; `serve_sockets` serves until SIGTERM, SIGINT or `stop`.

    Running requests then have `drain_s` seconds to finish, of which their bodies may arrive in the
    first half, and WebSockets are closed with 1012. `health_listener` answers only health
    checks, without a connection limit: clients must not be able to reach its address.
    """
    config = ServerConfig(
        app,
        table=ConnectionTable(_fit(limits)),
        health_port=health_listener.getsockname()[1] if health_listener else None,
        loop="none",
        http=HttpProtocol,
        ws=WebSocketProtocol,
        ws_max_size=MAX_MESSAGE_BYTES,
        ws_ping_interval=PING_S,
        ws_ping_timeout=PING_S,
        # Compression contexts would use much memory for small messages.
        ws_per_message_deflate=False,
        lifespan="on",
        log_config=None,
        # The application logs requests; malformed ones are not logged.
        log_level="error",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_notify=SWEEP_S,
        timeout_graceful_shutdown=drain_s,
    )
    sockets = [listener] if health_listener is None else [listener, health_listener]
    return Server(config, sockets)


def _fit(limits: ConnectionLimits) -> ConnectionLimits:
    """Raise the limit of descriptors to its maximum, and fit the connections into it."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    room = count_connections(most)
    total = min(limits.total, room) if limits.total else room
    return structs.replace(limits, total=total)


class Server(uvicorn.Server):
    """uvicorn's server, which stops at a signal without raising it again."""

    def __init__(self, config: ServerConfig, sockets: list[socket.socket]) -> None:
        super().__init__(config)
        self._sockets = sockets
        self._has_signals = True
        config.callback_notify = self._sweep

    async def serve_sockets(self) -> None:
        """Serve until a signal, or `stop`."""
        await self.serve(self._sockets)

    def without_signals(self) -> Self:
        """Leave signals to the process, which has to call `stop`."""
        self._has_signals = False
        return self

    def refusing_early(self, is_overloaded: Callable[[], bool]) -> Self:
        """Begin requests as they are read while the application refuses some in an overload."""
        cast(ServerConfig, self.config).is_overloaded = is_overloaded
        return self

    def stop(self) -> None:
        """Stop as a signal does."""
        self.should_exit = True

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Stop at SIGTERM and SIGINT."""
        loop = asyncio.get_running_loop()
        signals = (signal.SIGTERM, signal.SIGINT) if self._has_signals else ()
        for number in signals:
            loop.add_signal_handler(number, self.stop)
        try:
            yield
        finally:
            for number in signals:
                loop.remove_signal_handler(number)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop accepting, give proxies time to notice, then end as uvicorn does."""
        for accepting in (*self.servers, *(sockets or [])):
            accepting.close()
        config = cast(ServerConfig, self.config)
        config.is_stopping = True
        for connection in self._connections():
            if not _is_kept(connection) or connection.is_answering:
                connection.shutdown()
        body_time_s = (config.timeout_graceful_shutdown or 0) * BODY_SHARE
        asyncio.get_running_loop().call_later(body_time_s, self._interrupt_bodies)
        give_up_at = time.monotonic() + PROXY_DRAIN_S
        # uvicorn waits for its connections in the same way.
        while any(map(_is_kept, self._connections())) and time.monotonic() < give_up_at:  # noqa: ASYNC110
            await asyncio.sleep(_POLL_S)
        await super().shutdown(sockets)

    def _connections(self) -> list[HttpProtocol | WebSocketProtocol]:
        return cast(list[HttpProtocol | WebSocketProtocol], list(self.server_state.connections))

    def _interrupt_bodies(self) -> None:
        for connection in self._connections():
            if isinstance(connection, HttpProtocol):
                connection.interrupt_body()

    async def _sweep(self) -> None:
        now = asyncio.get_running_loop().time()
        for connection in self._connections():
            connection.check(now)


def _is_kept(connection: HttpProtocol | WebSocketProtocol) -> TypeGuard[HttpProtocol]:
    """Return whether a connection stays open for a while when the server stops."""
    return isinstance(connection, HttpProtocol) and connection.is_of_proxy
