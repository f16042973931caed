"""`veza serve`: runs the processes of a server, restarts them, and stops them in order."""

import asyncio
import os
import shutil
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

import structlog
from msgspec import Struct

from veza.app.data_dir import own_data_dir
from veza.app.paths import SERVED_AT, write_own_url
from veza.app.settings.settings import Settings
from veza.infra.processes.memory_folder import memory_folder
from veza.launcher.embedded_engines import SupervisedEngine, start_engines
from veza.launcher.listeners import Listeners, open_listeners
from veza.launcher.live_ingest import run_ingest

log = structlog.get_logger()

# Longer than `launcher.prefork` gives the HTTP processes, and then the worker.
STOP_TIMEOUT_S = 40.0
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


async def serve(settings: Settings, plan: ServePlan) -> int:
    """Run a server until SIGTERM or SIGINT; return the exit code. Raises CannotStart."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    listeners = open_listeners(settings, plan.host, plan.port)
    folder = settings.data_dir.absolute()
    with own_data_dir(settings), memory_folder(folder / "metrics") as metrics:
        write_own_url(settings, plan.link_url)
        _create_empty_folder(folder / "work")
        environment = os.environ | {
            "PROMETHEUS_MULTIPROC_DIR": str(metrics),
            SERVED_AT: plan.link_url,
        }
        prefork = PreforkProcess(_prefork_command(plan, listeners), environment, listeners)
        # Its imports take as long as the start of the engines.
        async with prefork.running(), start_engines(settings) as engines, prefork.serving():
            return await _run(settings, plan, stop, prefork=prefork, engines=engines.children)


async def _run(
    settings: Settings,
    plan: ServePlan,
    stop: asyncio.Event,
    *,
    prefork: "PreforkProcess",
    engines: list[SupervisedEngine],
) -> int:
    async with AsyncExitStack() as stack:
        supervised = list(engines)
        if plan.has_live:
            # Started last and stopped first: it asks the HTTP processes about each stream.
            ingest = run_ingest(settings, plan.own_url)
            supervised += await stack.enter_async_context(ingest)
        stack.callback(asyncio.create_task(_log_when_serving(plan)).cancel)
        code = await _supervise(stop, prefork, supervised)
        if code == 0:
            log.info("stopping")
        return code


def _prefork_command(plan: ServePlan, listeners: Listeners) -> list[str]:
    command = [sys.executable, "-m", "veza", "prefork", "--parent", str(os.getpid())]
    command += ["--workers", str(plan.workers), "--fd", str(listeners.public.fileno())]
    if listeners.health is not None:
        command += ["--health-fd", str(listeners.health.fileno())]
    return command if plan.has_worker else [*command, "--no-worker"]


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


async def _supervise(
    stop: asyncio.Event, prefork: "PreforkProcess", engines: list[SupervisedEngine]
) -> int:
    """Restart engines that end, until `stop` is set or `prefork` gives up; return the exit code."""
    giving_up = asyncio.create_task(prefork.wait())
    stopping = asyncio.create_task(stop.wait())
    supervising = [asyncio.create_task(engine.supervise()) for engine in engines]
    done, pending = await asyncio.wait(
        {giving_up, stopping, *supervising}, return_when=asyncio.FIRST_COMPLETED
    )
    for task in pending:
        task.cancel()
    for task in supervising:
        if task in done:
            # Raises CannotStart for an engine that can't be restarted: the server ends.
            task.result()
    return giving_up.result() if giving_up in done else 0


class PreforkProcess:
    """The process that forks the HTTP processes and the job worker: see `launcher.prefork`.

    It is restarted if it is killed; those that it forked die with it. If it ends by itself it has
    printed why, and the server ends.
    """

    def __init__(
        self, command: list[str], environment: dict[str, str], listeners: Listeners
    ) -> None:
        self._command = command
        self._environment = environment
        self._listeners = listeners
        shared = (listeners.public, listeners.health)
        self._descriptors = [each.fileno() for each in shared if each is not None]
        self._process: asyncio.subprocess.Process | None = None
        self._keeping: asyncio.Task[int] | None = None
        self._may_serve = False
        self._is_stopping = False

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Start the process, which imports and waits; kill it at the end if it still runs."""
        self._keeping = asyncio.create_task(self._keep())
        try:
            yield
        finally:
            self._kill()
            await self._keeping

    @asynccontextmanager
    async def serving(self) -> AsyncGenerator[None]:
        """Fork the other processes; stop all of them in order at the end."""
        self._may_serve = True
        self._begin()
        try:
            yield
        finally:
            await self._stop()

    async def wait(self) -> int:
        """Wait until the process ends by itself; return its exit code."""
        assert self._keeping is not None
        return await asyncio.shield(self._keeping)

    async def _keep(self) -> int:
        while True:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                env=self._environment,
                stdin=asyncio.subprocess.PIPE,
                pass_fds=self._descriptors,
                # So that Ctrl-C in a terminal reaches only this process, which stops the others.
                start_new_session=True,
            )
            if self._may_serve:
                self._begin()
            if self._is_stopping:
                self._process.kill()
            code = await self._process.wait()
            if not self._is_stopping and code < 0:
                log.error("process_ended", process="prefork", exit_code=code)
                await asyncio.sleep(RESTART_PAUSE_S)
            if self._is_stopping or code >= 0:
                return code

    def _begin(self) -> None:
        """Write the line that it waits for."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.write(b"\n")

    async def _stop(self) -> None:
        """Stop the process, which stops those that it forked."""
        self._is_stopping = True
        self._listeners.close()
        process = self._process
        if process is None or process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(STOP_TIMEOUT_S):
                await process.wait()
        except TimeoutError:
            log.warning("process_killed", process="prefork")
            self._kill()
            await process.wait()

    def _kill(self) -> None:
        self._is_stopping = True
        if self._process is not None and self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.kill()


def _format_url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _create_empty_folder(folder: Path) -> None:
    """Create a folder, without the files of an earlier run."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
