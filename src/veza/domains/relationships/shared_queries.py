"""The statement that other domains ask whether members block each other."""

from veza.core.ids import UserId
from veza.infra.postgres.database import Conn


async def are_blocked(conn: Conn, user_id: UserId, other_id: UserId) -> bool:
    """Return whether there is a block between two members: then neither sees the other."""
    sql = """
        select exists (select from blocks where blocker_id = $1 and blocked_id = $2)
            or exists (select from blocks where blocker_id = $2 and blocked_id = $1)
    """
    return await conn.value(bool, sql, user_id, other_id) or False
