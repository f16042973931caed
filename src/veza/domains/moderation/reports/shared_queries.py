"""Statements that find whom to notify of a decision, and whether a case is about oneself."""

from veza.core.ids import ReportId, UserId
from veza.core.visibility import is_theirs
from veza.infra.postgres.database import Conn


async def list_reporters(conn: Conn, report_id: ReportId, after: UserId) -> list[UserId]:
    """Return the reporters in the order of their ids, 500 at a time."""
    sql = """
        select reporter_id
          from report_entries
         where report_id = $1 and reporter_id > $2
         order by reporter_id
         limit 500
    """
    return await conn.column(UserId, sql, report_id, after)


async def owns(conn: Conn, user_id: UserId, owner_id: UserId) -> bool:
    """Return whether an owner is a member of staff, or a page of theirs: others decide then."""
    return bool(await conn.value(bool, f"select {is_theirs('$2::uuid', '$1')}", user_id, owner_id))
