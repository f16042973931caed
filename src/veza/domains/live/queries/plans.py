"""Planned streams that are due or missed, and what is stored of a plan."""

from datetime import datetime

from veza.core.ids import ImageId, StreamId
from veza.core.stream_audiences import open_stream
from veza.domains.images.models import PicturedItem
from veza.domains.live.models.stored_streams import StoredStream
from veza.domains.live.queries.stored_streams import select_streams
from veza.infra.postgres.database import Conn, Tx


async def list_due(conn: Conn, since: datetime, until: datetime) -> list[StoredStream]:
    """Return up to 100 planned streams between two times of which somebody is to be reminded."""
    # With `exists`, the planner might read all reminders and hash them.
    sql = f"""
        {select_streams(open_stream("s"))}
         where s.status = 'draft' and s.starts_at between $1 and $2 and not s.is_taken_down
           and (select true
                  from stream_reminders r
                 where r.stream_id = s.id and r.reminded_of is distinct from s.starts_at
                 limit 1)
         order by s.starts_at, s.id
         limit 100
    """
    return await conn.all(StoredStream, sql, since, until)


async def lock_missed(tx: Tx, planned_before: datetime, *, at_once: int) -> list[StoredStream]:
    """Lock planned streams that should have begun before a time, and have not."""
    sql = f"""
        {select_streams(open_stream("s"))}
         where s.status = 'draft' and s.starts_at < $1
         order by s.starts_at, s.id
         limit {at_once:d}
           for no key update of s skip locked
    """
    return await tx.all(StoredStream, sql, planned_before)


async def update_plan(
    tx: Tx, stream_id: StreamId, starts_at: datetime | None, cover_id: ImageId | None
) -> None:
    sql = """
        update streams
           set starts_at = $2, cover_image_id = $3, updated_at = now()
         where id = $1
    """
    await tx.run(sql, stream_id, starts_at, cover_id)


async def update_cancelled(tx: Tx, stream_id: StreamId, moment: datetime) -> None:
    """Cancel a locked stream that is to come."""
    sql = """
        update streams
           set status = 'cancelled', cancelled_at = $2, updated_at = now()
         where id = $1
    """
    await tx.run(sql, stream_id, moment)


async def find_covered(conn: Conn, content_id: object) -> PicturedItem | None:
    """Return a stream that has a cover, by its id or that of the cover."""
    sql = """
        select id, owner_id, title, cover_image_id as image_id
          from streams
         where (id = $1 or cover_image_id = $1) and cover_image_id is not null
    """
    return await conn.maybe(PicturedItem, sql, content_id)


async def update_cover(tx: Tx, stream_id: object, image_id: ImageId | None) -> None:
    """Show another cover, or none. `updated_at` stays, as nothing is new."""
    await tx.run("update streams set cover_image_id = $2 where id = $1", stream_id, image_id)
