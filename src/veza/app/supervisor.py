"""`veza serve`: runs the processes of a server, restarts them, and stops them in order."""

import asyncio
import os
import shutil
import signal
import socket
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

import structlog
from msgspec import Struct

from veza.app.embedded_engines import SupervisedEngine, own_engines
from veza.app.first_start import create_first_admin
from veza.app.http_server import Listeners, open_listeners
from veza.app.live_ingest import run_ingest
from veza.app.paths import write_own_url
from veza.app.services import SERVED_AT
from veza.app.settings import Settings
from veza.infra.storage.objects import open_storage

log = structlog.get_logger()

# Longer than running requests (10 s) and jobs (8 s) have to end.
STOP_TIMEOUT_S = 15.0
RESTART_PAUSE_S = 1.0

# A server that listens on all addresses is reached from its own machine by these.
_LOCAL_HOSTS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104
_LOOPBACK = frozenset(_LOCAL_HOSTS.values())


class ServePlan(Struct, frozen=True):
    """The processes to run, and the address to listen on."""

    host: str
    port: int
    workers: int
    has_worker: bool
    has_live: bool

    @property
    def url(self) -> str:
        """Return the URL of the address that the server listens on."""
        return _format_url(self.host, self.port)

    @property
    def link_url(self) -> str:
        """Return the URL for links in mails if no setting names one."""
        host = _LOCAL_HOSTS.get(self.host, self.host)
        return _format_url("localhost" if host in _LOOPBACK else host, self.port)

    @property
    def own_url(self) -> str:
        """Return the URL for processes of the same machine."""
        return _format_url(_LOCAL_HOSTS.get(self.host, self.host), self.port)


async def serve(settings: Settings, plan: ServePlan) -> None:
    """Run a server until SIGTERM or SIGINT. Raises CannotStart."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    listeners = open_listeners(settings, plan.host, plan.port)
    if settings.storage_url is not None:
        # Fail once and early, rather than in every process.
        open_storage(settings.storage_url, settings.data_dir).close()
    async with own_engines(settings) as engines:
        await create_first_admin(settings)
        write_own_url(settings, plan.link_url)
        _create_empty_folder(settings, "work")
        metrics = _create_empty_folder(settings, "metrics")
        environment = os.environ | {
            "PROMETHEUS_MULTIPROC_DIR": str(metrics),
            SERVED_AT: plan.link_url,
        }
        async with AsyncExitStack() as stack:
            processes = _create_processes(plan, listeners, environment)
            await stack.enter_async_context(_run(processes))
            supervised = list(engines.children)
            if plan.has_live:
                # Started last and stopped first: it asks the HTTP processes about each stream.
                ingest = run_ingest(settings, plan.own_url)
                supervised.append(await stack.enter_async_context(ingest))
            stack.callback(asyncio.create_task(_log_when_serving(plan)).cancel)
            await _supervise(stop, supervised)
            log.info("stopping")


def _create_processes(
    plan: ServePlan, listeners: Listeners, environment: dict[str, str]
) -> list["_Process"]:
    """Return the HTTP processes and, if the plan has one, the worker."""
    command, descriptors = ["http", "--fd", str(listeners.public.fileno())], [listeners.public]
    if listeners.health is not None:
        command += ["--health-fd", str(listeners.health.fileno())]
        descriptors.append(listeners.health)
    processes = [_Process("http", command, environment, descriptors) for _ in range(plan.workers)]
    if plan.has_worker:
        processes.append(_Process("worker", ["worker"], environment, []))
    return processes


async def _log_when_serving(plan: ServePlan) -> None:
    """Log the URL as soon as it accepts connections."""
    while True:
        try:
            _, writer = await asyncio.open_connection(plan.host, plan.port)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            break
    log.info("serving", url=plan.url, workers=plan.workers)


async def _supervise(stop: asyncio.Event, engines: list[SupervisedEngine]) -> None:
    """Restart engines that end, until `stop` is set."""
    supervising = [asyncio.create_task(engine.supervise()) for engine in engines]
    stopping = asyncio.create_task(stop.wait())
    done, pending = await asyncio.wait(
        {*supervising, stopping}, return_when=asyncio.FIRST_COMPLETED
    )
    for task in pending:
        task.cancel()
    for task in done:
        # Raises CannotStart for an engine that can't be restarted: the server ends.
        task.result()


@asynccontextmanager
async def _run(processes: Sequence["_Process"]) -> AsyncGenerator[None]:
    """Run processes, and restart those that end. Stops HTTP first, then the worker."""
    tasks = [asyncio.create_task(process.run()) for process in processes]
    try:
        yield
    finally:
        for name in ("http", "worker"):
            await asyncio.gather(*(each.stop() for each in processes if each.name == name))
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


class _Process:
    """A child process that is restarted when it ends."""

    def __init__(
        self,
        name: str,
        command: list[str],
        environment: dict[str, str],
        descriptors: Sequence[socket.socket],
    ) -> None:
        self.name = name
        self._descriptors = [shared.fileno() for shared in descriptors]
        self._command = [sys.executable, "-m", "veza", *command, "--parent", str(os.getpid())]
        self._environment = environment
        self._process: asyncio.subprocess.Process | None = None
        self._is_stopping = False

    async def run(self) -> None:
        while not self._is_stopping:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                env=self._environment,
                pass_fds=self._descriptors,
                # So that Ctrl-C in a terminal reaches only this process, which stops the others.
                start_new_session=True,
            )
            code = await self._process.wait()
            if not self._is_stopping:
                log.error("process_ended", process=self.name, exit_code=code)
                await asyncio.sleep(RESTART_PAUSE_S)

    async def stop(self) -> None:
        self._is_stopping = True
        process = self._process
        if process is None or process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(STOP_TIMEOUT_S):
                await process.wait()
        except TimeoutError:
            log.warning("process_killed", process=self.name)
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()


def _format_url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _create_empty_folder(settings: Settings, name: str) -> Path:
    """Create a folder of the data directory, without the files of an earlier run."""
    folder = settings.data_dir.absolute() / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    return folder
