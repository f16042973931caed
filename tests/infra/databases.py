"""Databases for one test each, on the server that all tests share."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any

import asyncpg
from msgspec import Struct

from veza.app.services import Services
from veza.core.ids import new_id


class Scratch(Struct, frozen=True):
    """An empty database: its addresses for the owner and for the program."""

    owner_url: str
    app_url: str


@asynccontextmanager
async def scratch(services: Services) -> AsyncIterator[Scratch]:
    name = f"scratch_{new_id().hex[-12:]}"
    own = services.addresses.migration
    await execute(own, f"create database {name}")
    try:
        yield Scratch(*(url.replace("@/veza?", f"@/{name}?") for url in _urls(services)))
    finally:
        await drop_database(own, name)


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


def _urls(services: Services) -> tuple[str, str]:
    addresses = services.addresses
    assert "@/veza?" in addresses.migration
    assert "@/veza?" in addresses.database
    return addresses.migration, addresses.database
