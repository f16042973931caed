"""The reference for the other benchmarks: one route of the framework without any of our code."""

import asyncio
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from litestar import Litestar, get
from msgspec import Struct

from bench.server import cpu_s_of, free_port, until_open


class Plain(Struct, frozen=True):
    """A running plain application."""

    port: int
    pid: int

    def cpu_s(self) -> float:
        """Return the CPU time that its process has used, in seconds."""
        return cpu_s_of(self.pid)


@get("/", sync_to_thread=False)
def show() -> dict[str, str]:
    """Return the same as `/health`."""
    return {"status": "ok"}


app = Litestar([show], openapi_config=None)


@asynccontextmanager
async def running_plain() -> AsyncGenerator[Plain]:
    """Run the plain application in one process, with the same server as ours."""
    port = free_port()
    options = ["--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "error"]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "uvicorn", *options, "--port", str(port), "bench.plain:app")
    )
    try:
        await until_open(port)
        yield Plain(port, process.pid)
    finally:
        process.terminate()
        await process.wait()
