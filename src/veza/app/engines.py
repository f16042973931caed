"""The data directory and the engines in it: started here, or those of a running server."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import structlog
from msgspec import Struct

from veza.app.services import Addresses, engines_folder, find_addresses
from veza.app.settings import Settings
from veza.core.errors import CannotStart
from veza.infra.embedded import Engine
from veza.infra.embedded_postgres import start_postgres
from veza.infra.embedded_valkey import start_valkey
from veza.infra.keys import load_secrets
from veza.infra.lock import hold_lock
from veza.infra.migrate import migrate

log = structlog.get_logger()


class Engines(Struct, frozen=True):
    """Where the engines are, and which of them are children of ours."""

    addresses: Addresses
    children: dict[str, Engine]


def prepare_folder(settings: Settings) -> Path:
    """Make the data directory, for nobody else to read. Raises CannotStart."""
    try:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise CannotStart(f"{settings.data_dir} can't be made: {error.strerror}.") from error
    return settings.data_dir


@asynccontextmanager
async def own_engines(settings: Settings) -> AsyncGenerator[Engines]:
    """Start what is embedded and bring the database up to date: for the one server of a folder.

    Raises CannotStart where another server uses the data directory.
    """
    folder = prepare_folder(settings)
    with hold_lock(folder) as other:
        if other is not None:
            raise CannotStart(
                f"Another Veza (process {other}) uses the data directory {folder.absolute()}. "
                "Stop it, or set VEZA_DATA_DIR to another directory."
            )
        async with _start(settings) as engines:
            yield engines


@asynccontextmanager
async def join_engines(settings: Settings) -> AsyncGenerator[Engines]:
    """Use the engines of the server that runs, or start them where none does."""
    folder = prepare_folder(settings)
    with hold_lock(folder) as other:
        if other is None:
            async with _start(settings) as engines:
                yield engines
            return
    yield Engines(find_addresses(settings, load_secrets(folder)), {})


@asynccontextmanager
async def _start(settings: Settings) -> AsyncGenerator[Engines]:
    secrets = load_secrets(settings.data_dir)
    folder = engines_folder(settings)
    children: dict[str, Engine] = {}
    async with AsyncExitStack() as stack:
        if settings.database_url is None or settings.valkey_url is None:
            folder.mkdir(mode=0o700, exist_ok=True)
        if settings.database_url is None:
            children["PostgreSQL"] = await start_postgres(
                folder,
                owner_password=secrets.postgres_owner,
                app_password=secrets.postgres_app,
            )
            stack.push_async_callback(children["PostgreSQL"].stop)
        if settings.valkey_url is None:
            children["Valkey"] = await start_valkey(folder, password=secrets.valkey)
            stack.push_async_callback(children["Valkey"].stop)
        addresses = find_addresses(settings, secrets)
        for name in await migrate(addresses.migration, addresses.database):
            log.info("migrated", migration=name)
        yield Engines(addresses, children)
