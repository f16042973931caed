"""Steps and values that tests of tracks share."""

from tests import make
from veza.core.access import Role


async def member(tx, role=Role.USER):
    found, name = await make.member_in(tx, role)
    return make.Person(found, name, "")


async def announced(tx, name, track_id):
    sql = "select count(*) from outbox where name = $1 and payload->>'track_id' = $2"
    return await tx.value(int, sql, name, str(track_id))
