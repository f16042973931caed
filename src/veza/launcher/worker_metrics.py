"""Health checks and metrics of a `veza worker` that runs on a machine of its own."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from litestar.types import Receive, Scope, Send
from prometheus_client.metrics_core import Metric

from veza.http.metrics import CONTENT_TYPE, MetricsText
from veza.launcher.listeners import bind_address
from veza.server.limits import ConnectionLimits
from veza.server.server import make_server

_MAX_CONNECTIONS = 32
_DRAIN_S = 1


@asynccontextmanager
async def serving_metrics(address: str | None) -> AsyncGenerator[None]:
    """Answer `/healthz` and `/metrics` at an address while inside, if there is one.

    Raises CannotStart if the address is taken.
    """
    if address is None:
        yield
        return
    listener = bind_address(address, "change VEZA_WORKER_METRICS_ADDRESS")
    # From now on, who connects is answered as soon as the server runs.
    listener.listen()
    limits = ConnectionLimits(total=_MAX_CONNECTIONS, per_address=0)
    server = make_server(
        WorkerApp(), listener, health_listener=None, limits=limits, drain_s=_DRAIN_S
    ).without_signals()
    serving = asyncio.create_task(server.serve_sockets())
    try:
        yield
    finally:
        server.stop()
        await serving


class WorkerApp:
    """Answers `/healthz` and `/metrics`. Nothing is to do at the start and end of a server."""

    def __init__(self) -> None:
        self._metrics = MetricsText(_share_nothing)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or an event of the lifespan."""
        scoped: Any = scope
        if scoped["type"] == "lifespan":
            for step in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{step}.complete"})  # type: ignore[arg-type]
        elif scoped["type"] == "http":
            status, text, kind = await self._find_answer(scoped["path"])
            headers = [(b"content-type", kind.encode()), (b"content-length", b"%d" % len(text))]
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": text, "more_body": False})

    async def _find_answer(self, path: str) -> tuple[int, bytes, str]:
        if path == "/metrics":
            return 200, await self._metrics.get(), CONTENT_TYPE
        if path == "/healthz":
            return 200, b"ok\n", "text/plain"
        return 404, b"Ask for /metrics or /healthz.\n", "text/plain"


async def _share_nothing() -> Sequence[Metric]:
    """Return no metrics of the database: HTTP nodes report them."""
    return ()
