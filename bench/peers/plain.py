"""One route of the framework without any of our code, behind the same server."""

import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from litestar import Litestar, get
from msgspec import Struct

from bench.processes import running
from bench.server import free_port, until_open


class PlainServer(Struct, frozen=True):
    """A running plain application."""

    port: int
    pid: int


@get("/", sync_to_thread=False)
def show() -> dict[str, str]:
    """Return the same as `/health`."""
    return {"status": "ok"}


app = Litestar([show], openapi_config=None)


@asynccontextmanager
async def running_plain() -> AsyncGenerator[PlainServer]:
    """Run the plain application in one process, with the same server as ours."""
    port = free_port()
    options = ["--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "error"]
    command = (sys.executable, "-m", "uvicorn", *options, "--port", str(port))
    async with running(*command, "bench.peers.plain:app") as process:
        await until_open(port)
        yield PlainServer(port, process.pid)
