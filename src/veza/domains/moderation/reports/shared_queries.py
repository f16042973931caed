"""The statement that finds whom to notify of a decision."""

from veza.core.ids import ReportId, UserId
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
