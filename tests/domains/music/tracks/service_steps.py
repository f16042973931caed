"""Steps and values that tests of tracks share."""

import asyncio

from tests import make
from veza.core.access import Role


async def member(tx, role=Role.USER):
    found, name = await make.member_in(tx, role)
    return make.Person(found, name, "")


async def announced(tx, name, track_id):
    sql = "select count(*) from outbox where name = $1 and payload->>'track_id' = $2"
    return await tx.value(int, sql, name, str(track_id))


async def until_somebody_waits(database):
    """Wait until another connection waits for a lock."""
    sql = "select count(*) from pg_stat_activity where wait_event_type = 'Lock'"
    async with asyncio.timeout(28):
        while True:
            async with database.read() as conn:
                if await conn.value(int, sql):
                    return
            await asyncio.sleep(0)
