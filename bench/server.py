"""A server to measure, with one HTTP process and its own data directory."""

import asyncio
import os
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from msgspec import Struct

from veza.app.services import Services, open_services
from veza.app.settings import Settings

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


class Server(Struct, frozen=True):
    """A running server: its port, its HTTP process, and its services."""

    port: int
    http_pid: int
    services: Services

    def cpu_s(self) -> float:
        """Return the CPU time that the HTTP process has used, in seconds."""
        return cpu_s_of(self.http_pid)

    def rss_mib(self) -> float:
        """Return the resident memory of the HTTP process, in MiB."""
        pages = int(Path(f"/proc/{self.http_pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


@asynccontextmanager
async def running_server(**settings: str) -> AsyncGenerator[Server]:
    """Run a server with one HTTP process, no job worker, and no rate limits unless set."""
    with tempfile.TemporaryDirectory(prefix="veza-bench-") as folder:
        port = free_port()
        environment = (
            os.environ
            | {
                "VEZA_DATA_DIR": folder,
                "VEZA_LOG_LEVEL": "warning",
                "VEZA_RATE_LIMIT_GLOBAL": "0",
                "VEZA_RATE_LIMIT_PER_IP": "0",
                "VEZA_CONNECTIONS_PER_IP": "0",
            }
            | settings
        )
        command = [sys.executable, "-m", "veza", "serve", "--no-worker", "--workers", "1"]
        process = await asyncio.create_subprocess_exec(
            *command, "--port", str(port), env=environment
        )
        try:
            await until_open(port)
            async with open_services(Settings(data_dir=Path(folder))) as services:
                yield Server(port, _find_http_process(process.pid), services)
        finally:
            process.send_signal(signal.SIGTERM)
            await process.wait()


def free_port() -> int:
    """Return a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def cpu_s_of(pid: int) -> float:
    """Return the CPU time that a process has used, in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_PER_S


async def until_open(port: int) -> None:
    """Wait until a port accepts connections. Raises RuntimeError after 30 seconds."""
    for _ in range(300):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.1)
        else:
            writer.close()
            return
    raise RuntimeError("The server did not start.")


def _find_http_process(supervisor: int) -> int:
    """Return the HTTP process among the processes that the supervisor's child forked."""
    for child in children_of(supervisor):
        for forked in children_of(child):
            if Path(f"/proc/{forked}/cmdline").read_bytes().startswith(b"veza\0http\0"):
                return forked
    raise RuntimeError("There is no HTTP process.")


def children_of(pid: int) -> list[int]:
    """Return the ids of the child processes of a process."""
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
