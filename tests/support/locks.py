"""Changes that wait for each other: held is the row that all of them lock."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from tests.infra.waiting import until
from veza.core.errors import VezaError
from veza.infra.postgres.database import Database, Tx

type Change = Callable[[Tx], Awaitable[object]]


class _Undone(Exception):
    """Rolls back what a change has done."""


async def ensure_waits(
    database: Database,
    change: Change,
    table: str,
    row_id: object,
    *,
    column: str = "id",
    strength: str = "no key update",
) -> None:
    """Ensure that a change waits for a transaction that has locked a row.

    The row is held as by another such change, so that what only refers to it does not wait: that
    needs `strength="update"`. The change may be refused once it has waited; it is rolled back.
    """
    held = f"select from {table} where {column} = $1 for {strength}"
    assert await _has_waited(database, change, held, row_id), f"It did not wait for {table}."


async def ensure_passes_by(
    database: Database, change: Change, table: str, row_id: object, *, column: str = "id"
) -> None:
    """Ensure that a change leaves a locked row out, and does not wait for it."""
    held = f"select from {table} where {column} = $1 for update"
    assert not await _has_waited(database, change, held, row_id), f"It waited for {table}."


async def _has_waited(database: Database, change: Change, held: str, row_id: object) -> bool:
    """Return whether a change waits while a statement holds a row."""

    async def make_change() -> None:
        with suppress(VezaError, _Undone):
            async with database.transaction(recorded=False) as own:
                await change(own)
                raise _Undone

    async with database.transaction(recorded=False) as tx:
        assert await tx.run(held, row_id), "There is no such row."
        pid = await tx.value(int, "select pg_backend_pid()")
        changing = asyncio.create_task(make_change())

        async def is_waiting() -> bool:
            sql = """
                select exists (select from pg_stat_activity where $1 = any(pg_blocking_pids(pid)))
            """
            async with database.read() as conn:
                return changing.done() or bool(await conn.value(bool, sql, pid))

        await until(is_waiting)
        has_waited = not changing.done()
    await changing
    return has_waited
