"""Planned streams by their dates, from the next one on."""

from datetime import datetime

from veza.core.ids import ImageId, StreamId
from veza.core.stream_audiences import listed_stream, open_stream
from veza.core.visibility import active
from veza.domains.images.models import PicturedItem
from veza.domains.live.models.plans import UpcomingQuery
from veza.domains.live.models.stored_streams import StoredStream
from veza.domains.live.queries.stored_streams import select_streams
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.where import Where


async def list_upcoming(conn: Conn, query: UpcomingQuery) -> list[StoredStream]:
    """Return planned streams that a viewer sees, the next one first: up to the limit plus 1."""
    where = Where(
        f"s.status = 'draft' and s.starts_at is not null and s.is_announced"
        f" and not s.is_taken_down and {active('u')}"
    )
    viewer = None
    if query.viewer_id is None:
        where.add("s.audience = 'public'")
    else:
        viewer = f"{where.bind(query.viewer_id)}::uuid"
        where.add(listed_stream("s", viewer))
    where.add_filter("s.owner_id = {}", query.owner_id)
    if query.cursor is not None:
        after = query.cursor
        where.add("(s.starts_at, s.id) > ({}, {})", after.created_at, after.id)
    sql = f"""
        {select_streams(open_stream("s"), viewer)}
        {where.sql}
         order by s.starts_at, s.id
         limit {query.limit + 1:d}
    """
    return await conn.all(StoredStream, sql, *where.values)


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
