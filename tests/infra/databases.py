"""Databases for one test each, on the server that all tests share."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any

import asyncpg
from msgspec import Struct, structs

from veza.app.services import Services
from veza.core.ids import new_id
from veza.infra.postgres import database as db
from veza.infra.postgres.migrate import migrate

# The database that others are copied from.
_MIGRATED = "migrated"
_KEEP_UNVACUUMED = """
    do $$
    declare name regclass;
    begin
        for name in
            select oid
              from pg_class
             where relkind = 'r'
               and relnamespace = 'public'::regnamespace
        loop
            execute format('alter table %s set (autovacuum_enabled = false)', name);
        end loop;
    end $$
"""


class Scratch(Struct, frozen=True):
    """A database for one test: its addresses for the owner and for the program."""

    owner_url: str
    app_url: str


class Large(Struct, frozen=True):
    """Services with a database for one test, and its address for the owner."""

    services: Services
    owner_url: str

    async def fill(self, sql: str, *args: Any) -> None:
        """Run a statement for as long as it takes."""
        await execute(self.owner_url, sql, *args)


@asynccontextmanager
async def scratch(services: Services, template: str = "template1") -> AsyncIterator[Scratch]:
    """Create an empty database, or a copy of another, and drop it in the end."""
    name = f"scratch_{new_id().hex[-12:]}"
    own = services.addresses.migration
    await execute(own, f"create database {name} template {template}")
    try:
        yield _scratch_named(services, name)
    finally:
        await drop_database(own, name)


@asynccontextmanager
async def migrated(services: Services) -> AsyncIterator[Scratch]:
    """Create a database that has all migrations, and nothing else, and drop it in the end.

    It is copied from one that is migrated once in each test process.
    """
    own = services.addresses.migration
    sql = "select exists (select from pg_database where datname = $1)"
    if await execute(own, sql, _MIGRATED) == [(False,)]:
        await execute(own, f"create database {_MIGRATED}")
        urls = _scratch_named(services, _MIGRATED)
        await migrate(urls.owner_url, urls.app_url)
    async with scratch(services, _MIGRATED) as made:
        yield made


@asynccontextmanager
async def large(services: Services) -> AsyncIterator[Large]:
    """Give services a migrated database of their own, which a test fills with very many rows.

    What fills it is no request and may take long. In the shared one the rows would have to be
    deleted: that takes longer than all else, on a busy machine more than a statement may.
    """
    async with migrated(services) as urls, db.connect(urls.app_url) as database:
        await keep_unvacuumed(urls.owner_url)
        yield Large(structs.replace(services, database=database), urls.owner_url)


async def keep_unvacuumed(owner_url: str) -> None:
    """Leave it to a test when its tables are vacuumed and analyzed.

    Autovacuum comes once in a minute: on a busy machine between two questions, whose plans then
    differ.
    """
    await execute(owner_url, _KEEP_UNVACUUMED)


async def drop_database(own: str, name: str) -> None:
    """Drop a database, as soon as no vacuum is under way there and every session has ended."""
    give_up_at = monotonic() + 60
    while True:
        try:
            await execute(own, f"drop database {name} with (force)")
        except (asyncpg.ObjectInUseError, asyncpg.InsufficientPrivilegeError):
            if monotonic() > give_up_at:
                raise
            await asyncio.sleep(0.1)
        else:
            return


async def execute(url: str, sql: str, *args: Any) -> list[Any]:
    """Run one statement on a connection of its own; give its rows."""
    connection = await asyncpg.connect(url)
    try:
        return [tuple(row) for row in await connection.fetch(sql, *args)]
    finally:
        await connection.close()


async def vacuum(url: str, tables: Collection[str]) -> None:
    """Vacuum and analyze, until the pages of some tables are known to be visible to all.

    Whoever holds a snapshot meanwhile, such as autovacuum in another table, prevents that; then an
    index-only scan reads the table, too. Pages that were added and not used yet stay unmarked.
    """
    sql = """
        select count(*) from pg_class where relname = any($1) and relallvisible < relpages * 0.98
    """
    async with asyncio.timeout(60):
        while True:
            await execute(url, "vacuum analyze")
            if await execute(url, sql, list(tables)) == [(0,)]:
                return
            await asyncio.sleep(0.2)


def _scratch_named(services: Services, name: str) -> Scratch:
    return Scratch(*(url.replace("@/veza?", f"@/{name}?") for url in _urls(services)))


def _urls(services: Services) -> tuple[str, str]:
    addresses = services.addresses
    assert "@/veza?" in addresses.migration
    assert "@/veza?" in addresses.database
    return addresses.migration, addresses.database
