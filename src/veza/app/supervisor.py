"""`veza serve`: keeps the processes of a server running, and ends them in order."""

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
from veza.app.first_start import make_first_admin
from veza.app.http_server import Listeners, open_listeners
from veza.app.live_ingest import run_ingest
from veza.app.paths import write_own_url
from veza.app.services import SERVED_AT
from veza.app.settings import Settings
from veza.infra.storage.objects import open_storage

log = structlog.get_logger()

# Requests in flight have 10 s, jobs 8; then the processes have to be gone soon.
STOP_PATIENCE_S = 15.0
RESTART_PAUSE_S = 1.0

# Who listens on all addresses of a machine is found on it by one of them.
_OWN_HOSTS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104
_LOOPBACK = frozenset(_OWN_HOSTS.values())


class ServePlan(Struct, frozen=True):
    """What to run, and where to listen."""

    host: str
    port: int
    workers: int
    has_worker: bool
    has_live: bool

    @property
    def url(self) -> str:
        """Where we say that we are."""
        return _url_of(self.host, self.port)

    @property
    def link_url(self) -> str:
        """Return where links in mails lead if no setting says so: `localhost` on this machine."""
        host = _OWN_HOSTS.get(self.host, self.host)
        return _url_of("localhost" if host in _LOOPBACK else host, self.port)

    @property
    def own_url(self) -> str:
        """Where our own children find us."""
        return _url_of(_OWN_HOSTS.get(self.host, self.host), self.port)


async def serve(settings: Settings, plan: ServePlan) -> None:
    """Serve until SIGTERM or SIGINT. Raises CannotStart."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    listeners = open_listeners(settings, plan.host, plan.port)
    if settings.storage_url is not None:
        # Said here and once, rather than by each process, again and again.
        open_storage(settings.storage_url, settings.data_dir).close()
    async with own_engines(settings) as engines:
        await make_first_admin(settings)
        write_own_url(settings, plan.link_url)
        _clear(settings, "work")
        metrics = _clear(settings, "metrics")
        environment = os.environ | {
            "PROMETHEUS_MULTIPROC_DIR": str(metrics),
            SERVED_AT: plan.link_url,
        }
        async with AsyncExitStack() as stack:
            keepers = _make_keepers(plan, listeners, environment)
            await stack.enter_async_context(_keep_running(keepers))
            kept = list(engines.children)
            if plan.has_live:
                # Last to start and first to end: it asks the others about all that comes in.
                kept.append(await stack.enter_async_context(run_ingest(settings, plan.own_url)))
            announcing = asyncio.create_task(_announce(plan))
            stack.callback(announcing.cancel)
            await _until_stopped(stop, kept)
            log.info("stopping")


def _make_keepers(
    plan: ServePlan, listeners: Listeners, environment: dict[str, str]
) -> list["_Keeper"]:
    """Return the keepers of the HTTP processes and, if the plan has one, of the worker."""
    command, descriptors = ["http", "--fd", str(listeners.public.fileno())], [listeners.public]
    if listeners.health is not None:
        command += ["--health-fd", str(listeners.health.fileno())]
        descriptors.append(listeners.health)
    keepers = [_Keeper("http", command, environment, descriptors) for _ in range(plan.workers)]
    if plan.has_worker:
        keepers.append(_Keeper("worker", ["worker"], environment, []))
    return keepers


async def _announce(plan: ServePlan) -> None:
    """Log where we serve, once a process listens there."""
    while True:
        try:
            _, writer = await asyncio.open_connection(plan.host, plan.port)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            break
    log.info("serving", url=plan.url, workers=plan.workers)


async def _until_stopped(stop: asyncio.Event, engines: list[SupervisedEngine]) -> None:
    """Wait for the word to stop, and keep the engines running meanwhile."""
    keeping = [asyncio.create_task(engine.keep()) for engine in engines]
    stopping = asyncio.create_task(stop.wait())
    done, pending = await asyncio.wait({*keeping, stopping}, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    for task in done:
        # An engine that can't be started again ends the server, and says why.
        task.result()


@asynccontextmanager
async def _keep_running(keepers: Sequence["_Keeper"]) -> AsyncGenerator[None]:
    """Run processes; restart one that ends. At the end stop HTTP first, then the worker."""
    tasks = [asyncio.create_task(keeper.run()) for keeper in keepers]
    try:
        yield
    finally:
        for name in ("http", "worker"):
            await asyncio.gather(*(keeper.stop() for keeper in keepers if keeper.name == name))
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


class _Keeper:
    """Keeps one process running."""

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
                # A Ctrl-C in the terminal is for us: we stop the others in order.
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
            async with asyncio.timeout(STOP_PATIENCE_S):
                await process.wait()
        except TimeoutError:
            log.warning("process_killed", process=self.name)
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()


def _url_of(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _clear(settings: Settings, name: str) -> Path:
    """Empty a folder of the data directory: what the last run left there is over."""
    folder = settings.data_dir.absolute() / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    return folder
