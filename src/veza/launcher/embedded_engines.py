"""The embedded engines of a data directory: those of a running server, or started here."""

import asyncio
import os
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

import structlog
from msgspec import Struct

from veza.app.data_dir import create_data_dir, own_data_dir
from veza.app.paths import Addresses, engines_folder, find_addresses
from veza.app.settings.settings import Settings
from veza.core.errors import CannotStart
from veza.infra.postgres.migrate import migrate
from veza.infra.processes.embedded import Engine
from veza.infra.processes.embedded_postgres import MIN_CONNECTIONS, start_postgres
from veza.infra.processes.embedded_valkey import start_valkey
from veza.infra.processes.lock import hold_lock
from veza.infra.security.secrets import Secrets, load_secrets
from veza.launcher.migration_copies import copy_database

log = structlog.get_logger()

_PAUSE_S = 0.5
# An engine that fails to start this often in a row is given up.
_MAX_STARTS = 5
# Of the job queue, of commands, and of processes that are started by hand.
_FURTHER_CONNECTIONS = 100


class SupervisedEngine:
    """An engine that runs as a child process and is restarted when it ends."""

    def __init__(self, name: str, start: Callable[[], Awaitable[Engine]]) -> None:
        self._name = name
        self._start = start
        self._engine: Engine | None = None

    async def start(self) -> None:
        """Start the engine for the first time."""
        self._engine = await self._start()

    async def supervise(self) -> None:
        """Restart the engine whenever it ends. Raises CannotStart if it can't be restarted."""
        while self._engine is not None:
            code = await self._engine.wait()
            log.error("engine_ended", engine=self._name, exit_code=code)
            self._engine = await self._restart()

    async def stop(self) -> None:
        """Stop the engine, and wait until it has ended."""
        engine = self._engine
        self._engine = None
        if engine is not None:
            await engine.stop()

    async def _restart(self) -> Engine:
        """Start the engine, with retries: it can be killed while it starts, too."""
        for _ in range(_MAX_STARTS - 1):
            await asyncio.sleep(_PAUSE_S)
            try:
                return await self._start()
            except CannotStart as error:
                log.warning("engine_not_started", engine=self._name, error=str(error))
        await asyncio.sleep(_PAUSE_S)
        return await self._start()


class Engines(Struct, frozen=True):
    """The addresses of the engines, and the engines that this process started.

    `server` is the process that started them, where it is another.
    """

    addresses: Addresses
    children: list[SupervisedEngine]
    server: int | None = None


@asynccontextmanager
async def own_engines(settings: Settings) -> AsyncGenerator[Engines]:
    """Lock the data directory and start its engines. Raises CannotStart."""
    with own_data_dir(settings):
        async with start_engines(settings) as engines:
            yield engines


@asynccontextmanager
async def start_engines(settings: Settings) -> AsyncGenerator[Engines]:
    """Start the embedded engines and migrate the database. Needs the lock. Raises CannotStart."""
    secrets = load_secrets(settings.data_dir)
    async with _running_engines(settings, secrets) as children:
        addresses = find_addresses(settings, secrets)
        await _migrate(settings, addresses)
        yield Engines(addresses, children)


@asynccontextmanager
async def start_empty_engines(settings: Settings) -> AsyncGenerator[Addresses]:
    """Start the embedded engines, with an empty database left empty. Needs the lock.

    For a restoration. Raises CannotStart.
    """
    secrets = load_secrets(settings.data_dir)
    async with _running_engines(settings, secrets):
        yield find_addresses(settings, secrets)


@asynccontextmanager
async def _running_engines(
    settings: Settings, secrets: Secrets
) -> AsyncGenerator[list[SupervisedEngine]]:
    children = _create_engines(settings, secrets)
    try:
        started = await asyncio.gather(
            *(child.start() for child in children), return_exceptions=True
        )
        for error in started:
            if error is not None:
                raise error
        yield children
    finally:
        await asyncio.gather(*(child.stop() for child in children))


async def _migrate(settings: Settings, addresses: Addresses) -> None:
    """Migrate the database; copy an embedded one before."""
    copy = None
    if settings.database_url is None:
        copy = partial(copy_database, settings.data_dir, addresses.migration)
    for name in await migrate(addresses.migration, addresses.database, before=copy):
        log.info("migrated", migration=name)


@asynccontextmanager
async def join_engines(settings: Settings) -> AsyncGenerator[Engines]:
    """Use the engines of the running server, or start them if none runs."""
    folder = create_data_dir(settings)
    with hold_lock(folder) as other:
        if other is None:
            async with start_engines(settings) as engines:
                yield engines
            return
    yield Engines(find_addresses(settings, load_secrets(folder)), [], other)


def _create_engines(settings: Settings, secrets: Secrets) -> list[SupervisedEngine]:
    folder = engines_folder(settings)
    children: list[SupervisedEngine] = []
    if settings.database_url is None:
        postgres = partial(
            start_postgres,
            folder,
            owner_password=secrets.postgres_owner,
            app_password=secrets.postgres_app,
            max_connections=_count_connections(settings),
        )
        children.append(SupervisedEngine("PostgreSQL", postgres))
    if settings.valkey_url is None:
        children.append(
            SupervisedEngine("Valkey", partial(start_valkey, folder, password=secrets.valkey))
        )
    if children:
        folder.mkdir(mode=0o700, exist_ok=True)
    return children


def _count_connections(settings: Settings) -> int:
    """Return the most connections that the processes of this machine may open."""
    processes = (settings.workers or os.cpu_count() or 1) + 1
    return max(MIN_CONNECTIONS, processes * settings.database_pool + _FURTHER_CONNECTIONS)
