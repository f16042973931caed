"""Changes that wait for each other: held is the row that all of them lock."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any
from uuid import UUID

from tests.infra.waiting import until
from veza.infra.postgres.database import Database


async def ensure_waits[T](
    database: Database, change: Callable[[], Coroutine[Any, Any, T]], table: str, row_id: UUID
) -> T:
    """Ensure that a change waits for a transaction that has locked a row; return its result.

    The row is held as by another such change: what only refers to the row does not wait for it.
    """
    async with database.transaction(recorded=False) as tx:
        await tx.run(f"select from {table} where id = $1 for no key update", row_id)
        pid = await tx.value(int, "select pg_backend_pid()")
        changing = asyncio.create_task(change())

        async def is_waiting() -> bool:
            sql = """
                select exists (select from pg_stat_activity where $1 = any(pg_blocking_pids(pid)))
            """
            async with database.read() as conn:
                return changing.done() or bool(await conn.value(bool, sql, pid))

        await until(is_waiting)
        has_waited = not changing.done()
    result = await changing
    assert has_waited, f"It did not wait for the row of {table}."
    return result
