"""Rows that several transactions lock at once, and the deadlocks that PostgreSQL logs."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any
from uuid import UUID

from tests.infra.waiting import until
from veza.app.services import Services
from veza.infra.postgres.availability import TransactionConflict
from veza.infra.postgres.database import Database, Tx


def count_deadlocks(services: Services) -> int:
    """Return the number of deadlocks in the log of the engine."""
    log = services.settings.data_dir / "engines" / "postgres.log"
    return log.read_text(errors="replace").count("deadlock detected")


async def until_waiting(database: Database, number: int = 1) -> None:
    """Wait until so many connections wait for locks."""
    sql = "select count(*) from pg_stat_activity where wait_event_type = 'Lock'"

    async def are_waiting() -> bool:
        async with database.read() as conn:
            return (await conn.value(int, sql) or 0) >= number

    await until(are_waiting)


async def cross[T](
    database: Database,
    change: Callable[[], Coroutine[Any, Any, T]],
    *,
    held: tuple[str, UUID],
    taken: tuple[str, UUID],
) -> T:
    """Make a change that PostgreSQL ends once, for a deadlock; return its result.

    Another transaction holds the row of a table that the change locks last, and then takes what the
    change has locked. Of the two, the one that has waited longer finds the deadlock and is ended:
    that is the change, unless this test stood still for a second.
    """
    while True:
        try:
            async with database.transaction(recorded=False) as tx:
                await _lock(tx, *held)
                changing = asyncio.create_task(change())
                await _until_blocking(database, await tx.value(int, "select pg_backend_pid()") or 0)
                await _lock(tx, *taken)
        except TransactionConflict:
            await changing
        else:
            return await changing


async def _until_blocking(database: Database, pid: int) -> None:
    """Wait until somebody waits for a lock of this connection; others may wait for others."""
    sql = "select exists (select from pg_stat_activity where $1 = any(pg_blocking_pids(pid)))"

    async def is_blocking() -> bool:
        async with database.read() as conn:
            return await conn.value(bool, sql, pid) or False

    await until(is_blocking)


async def _lock(tx: Tx, table: str, row_id: UUID) -> None:
    await tx.run(f"select from {table} where id = $1 for update", row_id)


async def meet[T](
    database: Database, table: str, row_id: UUID, *changes: Callable[[], Coroutine[Any, Any, T]]
) -> list[T]:
    """Make changes that begin while another one of the same row is not committed yet.

    Another transaction holds the row against its deletion until the end, as deliveries of events
    and inserts of rows that refer to it do: the former version keeps a locker that still runs.
    """
    async with database.transaction() as holding:
        async with database.transaction() as tx:
            await tx.run(f"update {table} set created_at = created_at where id = $1", row_id)
            await holding.run(f"select from {table} where id = $1 for key share", row_id)
            made = [asyncio.create_task(change()) for change in changes]
            await until_waiting(database, len(made))
        return await asyncio.gather(*made)
