"""A server to measure, with its own data directory or a filled one."""

import asyncio
import os
import socket
import sys
import tempfile
import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from uuid import UUID

from msgspec import Struct

from bench.filling import SUPERUSER
from bench.load import LoadTask, Request, measure_load
from bench.processes import Cpu, cpu_of_server, cpu_s_of, find_listeners, rss_mib_of, running
from bench.ratios import Sample
from veza.app.paths import Addresses, engines_folder
from veza.app.services import Services, open_services
from veza.app.settings.settings import Settings
from veza.core.access import Role
from veza.core.ids import SessionId, UserId, new_id
from veza.domains.auth.sessions.models import AccessClaims
from veza.infra.processes.embedded_cluster import OWNER_ROLE

_LOG_LINES = 20
_READY = b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
_FREE = {
    "VEZA_LOG_LEVEL": "warning",
    "VEZA_RATE_LIMIT_GLOBAL": "0",
    "VEZA_RATE_LIMIT_PER_IP": "0",
    "VEZA_CONNECTIONS_PER_IP": "0",
    "VEZA_OVERLOAD_DELAY_MS": "0",
}


class Launch(Struct, frozen=True):
    """The options of a server: a data directory (None: a temporary one) and its processes."""

    folder: Path | None = None
    workers: int = 1
    has_job_worker: bool = False


class Server(Struct, frozen=True):
    """A running server: its port, its processes, and its services."""

    port: int
    pid: int
    http_pids: list[int]
    services: Services
    ready_s: float

    @property
    def http_pid(self) -> int:
        """The HTTP process, or the last one of several."""
        return self.http_pids[-1]

    @property
    def addresses(self) -> Addresses:
        """The URLs of the engines."""
        return self.services.addresses

    @property
    def superuser_url(self) -> str:
        """The URL of the superuser of a data directory that `create_data` made."""
        return self.addresses.migration.replace(f"//{OWNER_ROLE}:", f"//{SUPERUSER}:")

    @property
    def postgres_log(self) -> Path:
        """The log of PostgreSQL."""
        return engines_folder(self.services.settings) / "postgres.log"

    def cpu_s(self) -> float:
        """Return the CPU time that the HTTP processes have used, in seconds."""
        return sum(map(cpu_s_of, self.http_pids))

    def read_cpu(self) -> Cpu:
        """Return the CPU time of its processes, and of its PostgreSQL."""
        return cpu_of_server(self.pid)

    def rss_mib(self) -> float:
        """Return the resident memory of the largest HTTP process, in MiB."""
        return max(map(rss_mib_of, self.http_pids))

    def sign_in(self, user_id: UUID, role: Role = Role.USER) -> str:
        """Return an access token of a new session."""
        claims = AccessClaims(UserId(user_id), SessionId(new_id()), role)
        return self.services.session_tokens.tokens.sign(claims)

    async def measure(self, *requests: Request, seconds: float, connections: int = 32) -> Sample:
        """Return requests per second, CPU time per request and latencies."""
        task = LoadTask(self.port, requests, seconds, connections)
        return await measure_load(task, self.read_cpu)


@asynccontextmanager
async def running_server(launch: Launch | None = None, **settings: str) -> AsyncGenerator[Server]:
    """Run a server, without rate limits unless set. Its output is shown if it fails."""
    launch = launch or Launch()
    async with AsyncExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="veza-bench-")))
        # As root, PostgreSQL runs as another user, who has to enter the folder.
        folder = launch.folder or scratch / "data"
        port = free_port()
        command = ["serve", "--port", str(port), "--workers", str(launch.workers)]
        if not launch.has_job_worker:
            command.append("--no-worker")
        output = stack.enter_context((scratch / "log").open("wb"))
        began = time.perf_counter()
        process = await stack.enter_async_context(
            running(
                *(sys.executable, "-m", "veza", *command),
                env=os.environ | {"VEZA_DATA_DIR": str(folder)} | _FREE | settings,
                stdout=output,
                stderr=output,
            )
        )
        try:
            await until_ready(port, process)
        except RuntimeError as error:
            lines = (scratch / "log").read_text(errors="replace").splitlines()
            raise RuntimeError("\n".join([str(error), *lines[-_LOG_LINES:]])) from error
        ready_s = time.perf_counter() - began
        services = await stack.enter_async_context(open_services(Settings(data_dir=folder)))
        http_pids = await _find_http_processes(process.pid, port, launch.workers)
        yield Server(port, process.pid, http_pids, services, ready_s)


def free_port() -> int:
    """Return a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def until_ready(port: int, process: asyncio.subprocess.Process) -> None:
    """Wait until `/readyz` answers with 200. Raises RuntimeError if it doesn't in a minute."""
    give_up_at = time.monotonic() + 60
    while time.monotonic() < give_up_at and process.returncode is None:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(_READY)
            answer = await reader.read(100)
            writer.close()
            if answer.startswith(b"HTTP/1.1 200"):
                return
        except OSError:
            pass
        await asyncio.sleep(0.01)
    raise RuntimeError(f"The server did not start (exit code {process.returncode}).")


async def until_open(port: int) -> None:
    """Wait until a port accepts connections. Raises RuntimeError after 30 seconds."""
    for _ in range(600):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return
    raise RuntimeError("The server did not start.")


async def _find_http_processes(supervisor: int, port: int, count: int) -> list[int]:
    """Return the newest `count` processes that listen, as older ones only pass the socket on."""
    for _ in range(100):
        found = [pid for pid in find_listeners(supervisor, port) if pid != supervisor]
        if len(found) >= count:
            return found[-count:]
        await asyncio.sleep(0.05)
    raise RuntimeError("There are too few HTTP processes.")
