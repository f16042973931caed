"""Streams and owners are locked before they change; viewer counts only rise."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from veza.core.ids import ConversationId, StreamId, UserId
from veza.core.pages import Cursor
from veza.core.people import appearance
from veza.core.stream_audiences import in_audience, open_stream
from veza.core.takedowns import takedown_column
from veza.core.visibility import active, suspended
from veza.domains.live.models.audiences import AudienceChoice
from veza.domains.live.models.exports import ExportedStream
from veza.domains.live.models.stored_streams import (
    NewStream,
    StoredStream,
    StreamDetails,
    StreamState,
)
from veza.domains.live.models.viewers import ViewerCounts
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind
from veza.infra.postgres.where import Where

_IS_RECORDED = """exists (
    select from stream_recordings k
     where k.stream_id = s.id and k.state <> 'ready' and k.stopped_at is null)
"""


def select_streams(is_admitted: str, viewer: str | None = None) -> str:
    """Return the statement of streams `s` and their owners `u`, up to its `where`."""
    asked = f"select from stream_reminders r where r.stream_id = s.id and r.user_id = {viewer}"
    has_reminder = "false" if viewer is None else f"exists ({asked})"
    return f"""
        select s.id, s.owner_id, u.username, {appearance("u")} as appearance,
               ({suspended("u")} or s.is_taken_down) as is_hidden,
               {takedown_column("stream", "s", "is_taken_down")}, s.title,
               s.description, s.category, s.tags, s.now_playing, s.conversation_id,
               coalesce(c.slow_mode_seconds, 0) as slow_mode_seconds, s.status, s.is_live,
               s.client_ref, s.seen_at, s.interrupted_at, s.is_announced, s.audience,
               s.tier_id, s.product_id, s.password_hash, s.password_version, s.media_id,
               {is_admitted} as is_admitted, {has_reminder} as has_reminder,
               {_IS_RECORDED} as is_recorded, s.starts_at,
               s.cancelled_at, s.cover_image_id, s.listed_at,
               s.started_at, s.ended_at, s.peak_viewers, s.total_viewers, s.created_at,
               s.updated_at
          from streams s
          join users u on u.id = s.owner_id
          left join conversations c on c.id = s.conversation_id and c.ended_at is null
    """


# As everybody sees it; for the owner and the ingest it makes no difference.
_SELECT = select_streams(open_stream("s"))


async def find_stream(
    conn: Conn, stream_id: StreamId, viewer_id: UserId | None
) -> StoredStream | None:
    sql = f"{select_streams(in_audience('s', '$2::uuid'), '$2::uuid')} where s.id = $1"
    return await conn.maybe(StoredStream, sql, stream_id, viewer_id)


async def lock_stream(tx: Tx, stream_id: StreamId) -> StoredStream | None:
    sql = f"{_SELECT} where s.id = $1 for no key update of s"
    return await tx.maybe(StoredStream, sql, stream_id)


async def lock_current(tx: Tx, owner_id: UserId, planned_until: datetime) -> StoredStream | None:
    """Return the member's live stream, or else the draft that an encoder would start.

    That is the next one that is planned until a time, or else the latest one without a date.
    """
    sql = f"""
        {_SELECT}
         where s.owner_id = $1 and s.status in ('draft', 'live') and not s.is_taken_down
           and (s.status = 'live' or s.starts_at is null or s.starts_at <= $2)
         order by s.status = 'live' desc, s.starts_at, s.created_at desc, s.id desc
         limit 1
           for no key update of s
    """
    return await tx.maybe(StoredStream, sql, owner_id, planned_until)


async def find_latest(conn: Conn, owner_id: UserId) -> StoredStream | None:
    """Return the member's stream that went live last, or else the latest draft."""
    sql = f"""
        {_SELECT}
         where s.owner_id = $1
         order by s.started_at desc nulls last, s.created_at desc, s.id desc
         limit 1
    """
    return await conn.maybe(StoredStream, sql, owner_id)


async def lock_overdue(tx: Tx, unseen_since: datetime, lost_since: datetime) -> list[StoredStream]:
    """Return up to 100 streams whose encoder is silent, or was lost for too long."""
    sql = f"""
        {_SELECT}
         where s.status = 'live' and (s.is_live and s.seen_at <= $1 or s.interrupted_at <= $2)
         order by s.id
         limit 100
           for no key update of s skip locked
    """
    return await tx.all(StoredStream, sql, unseen_since, lost_since)


async def list_personal_streams(conn: Conn, owner_id: UserId) -> list[ExportedStream]:
    """Return all streams of a member, newest first, without the stream key, which is a secret."""
    sql = """
        select s.id, s.title, s.description, s.category, s.tags, s.status, s.audience, s.tier_id,
               s.product_id, s.starts_at, s.started_at, s.ended_at, s.peak_viewers,
               s.total_viewers, s.created_at,
               array(select u.username
                       from stream_guests g
                       join users u on u.id = g.user_id
                      where g.stream_id = s.id and g.is_named
                      order by u.username) as guests
          from streams s
         where s.owner_id = $1
         order by s.created_at desc, s.id desc
    """
    return await conn.every(ExportedStream, sql, owner_id)


async def list_own(
    conn: Conn, owner_id: UserId, *, limit: int, cursor: Cursor | None
) -> list[StoredStream]:
    """Return a member's streams, newest first: up to the limit plus 1."""
    where = Where("s.owner_id = {}", owner_id)
    where.add_cursor("s.created_at, s.id", cursor)
    sql = f"""
        {_SELECT}
        {where.sql}
         order by s.created_at desc, s.id desc
         limit {limit + 1:d}
    """
    return await conn.all(StoredStream, sql, *where.values)


async def count_drafts(conn: Conn, owner_id: UserId) -> int:
    sql = "select count(*) from streams where owner_id = $1 and status = 'draft'"
    return await conn.value(int, sql, owner_id) or 0


async def count_streams(conn: Conn) -> dict[str, int]:
    """Return the numbers of streams, and of live streams."""
    sql = "select count(*) as total, count(*) filter (where is_live) as live from streams"
    return await conn.counts(sql)


async def insert_stream(tx: Tx, stream: NewStream) -> None:
    sql = """
        insert into streams (id, owner_id, conversation_id, is_announced, title, description,
                             category, tags, category_key, tag_keys, audience, tier_id,
                             product_id, password_hash, password_version, media_id)
             values (:id, :owner_id, :conversation_id, :is_announced, :title, :description,
                     :category, :tags, :category_key, :tag_keys, :audience, :tier_id,
                     :product_id, :password_hash, :password_version, :media_id)
    """
    await tx.run(*bind(sql, stream, stream.details, stream.choice))


async def update_details(tx: Tx, stream_id: StreamId, details: StreamDetails) -> None:
    sql = """
        update streams
           set title = :title, description = :description, category = :category, tags = :tags,
               category_key = :category_key, tag_keys = :tag_keys, is_announced = true,
               updated_at = now()
         where id = :id
    """
    await tx.run(*bind(sql, details, id=stream_id))


async def update_audience(
    tx: Tx, stream_id: StreamId, choice: AudienceChoice, media_id: UUID | None
) -> None:
    sql = """
        update streams
           set audience = :audience, tier_id = :tier_id, product_id = :product_id,
               password_hash = :password_hash, password_version = :password_version,
               media_id = :media_id, updated_at = now()
         where id = :id
    """
    await tx.run(*bind(sql, choice, id=stream_id, media_id=media_id))


async def update_state(tx: Tx, stream_id: StreamId, state: StreamState) -> None:
    """Store the state; a stream that goes live moves to the top of the list."""
    sql = """
        update streams
           set status = :status, is_live = :is_live, client_ref = :client_ref, seen_at = :seen_at,
               interrupted_at = :interrupted_at, started_at = :started_at, ended_at = :ended_at,
               is_announced = is_announced or :status <> 'draft',
               listed_at = coalesce(started_at, :started_at, listed_at)
         where id = :id
    """
    await tx.run(*bind(sql, state, id=stream_id))


async def update_now_playing(tx: Tx, stream_id: StreamId, now_playing: str) -> None:
    await tx.run("update streams set now_playing = $2 where id = $1", stream_id, now_playing)


async def update_taken_down(tx: Tx, stream_id: StreamId, *, is_taken_down: bool) -> None:
    await tx.run("update streams set is_taken_down = $2 where id = $1", stream_id, is_taken_down)


async def delete_stream(tx: Tx, stream_id: StreamId) -> None:
    await tx.run("delete from streams where id = $1", stream_id)


async def lock_streams(tx: Tx, stream_ids: Collection[StreamId]) -> None:
    """Lock streams in the order of their ids."""
    sql = "select id from streams where id = any($1) order by id for no key update"
    await tx.column(UUID, sql, list(stream_ids))


async def update_viewer_counts(tx: Tx, viewers: Mapping[StreamId, ViewerCounts]) -> None:
    """Store viewer counts of locked streams where they are higher than before."""
    sql = """
        update streams s
           set peak_viewers = greatest(s.peak_viewers, found.current),
               total_viewers = greatest(s.total_viewers, found.total)
          from unnest($1::uuid[], $2::integer[], $3::integer[]) as found (id, current, total)
         where s.id = found.id
    """
    current = [each.current for each in viewers.values()]
    total = [each.total for each in viewers.values()]
    await tx.run(sql, list(viewers), current, total)


async def lock_owner(tx: Tx, user_id: UserId) -> str | None:
    """Lock a member who is not suspended, and return their name."""
    sql = f"select username from users where id = $1 and {active()} for share"
    return await tx.value(str, sql, user_id)


async def list_rooms(conn: Conn, owner_id: UserId) -> list[ConversationId]:
    sql = """
        select c.id
          from streams s
          join conversations c on c.id = s.conversation_id and c.ended_at is null
         where s.owner_id = $1
         order by c.id
    """
    return [ConversationId(found) for found in await conn.column(UUID, sql, owner_id)]


async def delete_streams(tx: Tx, owner_id: UserId) -> None:
    await tx.run("delete from streams where owner_id = $1", owner_id)


async def is_on_air(conn: Conn, owner_id: UserId) -> bool:
    """Return whether a stream of an owner is live, or waits for its encoder to come back."""
    sql = "select exists (select from streams where owner_id = $1 and status = 'live')"
    return bool(await conn.value(bool, sql, owner_id))


async def list_media_on_air(conn: Conn) -> list[UUID]:
    """Return the names of the media of all streams that run or wait for their encoder."""
    sql = "select coalesce(media_id, id) from streams where status = 'live'"
    return await conn.column(UUID, sql)


async def update_owner(tx: Tx, owner_id: UserId, into_id: UserId) -> None:
    """Give all streams of a page to another profile."""
    await tx.run("update streams set owner_id = $2 where owner_id = $1", owner_id, into_id)
