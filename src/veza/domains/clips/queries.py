"""Clips of streams; those that are being made have no size yet."""

from datetime import timedelta

from veza.core.ids import StreamClipId, StreamId, TrackId, UserId
from veza.core.people import appearance
from veza.core.stream_audiences import in_audience
from veza.core.takedowns import takedown_column
from veza.core.visibility import active, blocked, published_track, suspended
from veza.domains.clips.models import (
    ClipQuery,
    ClipUse,
    ExportedClip,
    NewClip,
    PersonalClip,
    StoredClip,
)
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind
from veza.infra.postgres.where import Where

# What is of a replay is for who may hear that: for everybody, or for nobody.
_IS_HEARD = f"(c.format = 'ts' or coalesce({published_track('t')}, false))"
# It was made for another audience than the stream has now.
_IS_FOREIGN = "(c.media_id is not null and c.media_id is distinct from s.media_id)"


def _select(viewer: str) -> str:
    """Return the statement of finished clips `c` of streams `s` by makers `u`."""
    return f"""
        select c.id, c.stream_id, s.owner_id, c.maker_id, u.username,
               {appearance("u")} as appearance, c.title, c.format, c.parts_us, c.breaks,
               c.size_bytes, ({suspended("u")} or s.is_taken_down or not {_IS_HEARD}
                   or ({blocked(viewer, "c.maker_id")} or {_IS_FOREIGN})
                      and s.owner_id is distinct from {viewer})
               as is_hidden,
               not ({suspended("u")} or s.is_taken_down or not {_IS_HEARD} or {_IS_FOREIGN}
                   or c.is_taken_down) as is_played,
               coalesce(s.owner_id = {viewer} or {in_audience("s", viewer)}, false) as is_admitted,
               {takedown_column("clip", "c", "is_taken_down")}, c.created_at
          from stream_clips c
          join streams s on s.id = c.stream_id
          join users u on u.id = c.maker_id
          left join tracks t on t.id = c.track_id
    """


async def find_clip(
    conn: Conn, clip_id: StreamClipId, viewer_id: UserId | None
) -> StoredClip | None:
    sql = f"{_select('$2::uuid')} where c.id = $1 and c.size_bytes > 0"
    return await conn.maybe(StoredClip, sql, clip_id, viewer_id)


async def list_clips(conn: Conn, stream_id: StreamId, query: ClipQuery) -> list[StoredClip]:
    """Return the clips of a stream that a viewer of it sees, newest first: up to the limit plus 1.

    Those of members on either side of a block with the viewer, and those for a former audience, are
    left out, but not for the owner of the stream, who deletes them.
    """
    where = Where("c.stream_id = {}", stream_id)
    viewer = f"{where.bind(query.viewer_id)}::uuid"
    where.add_cursor("c.created_at, c.id", query.cursor)
    sql = f"""
        {_select(viewer)}
        {where.sql} and c.size_bytes > 0
           and (c.maker_id = {viewer} or not c.is_taken_down and {active("u")})
           and (c.maker_id = {viewer} or {_IS_HEARD})
           and (s.owner_id = {viewer} or not {blocked(viewer, "c.maker_id")})
           and ({viewer} in (c.maker_id, s.owner_id) or not {_IS_FOREIGN})
         order by c.created_at desc, c.id desc
         limit {query.limit + 1:d}
    """
    return await conn.all(StoredClip, sql, *where.values)


async def lock_stream(tx: Tx, stream_id: StreamId, maker_id: UserId) -> bool:
    """Lock a stream, so that its clips are counted one after the other.

    Return False if it is gone, or if either of its owner and the maker blocks the other.
    """
    sql = f"""
        select not {blocked("$2::uuid", "s.owner_id")}
          from streams s
         where s.id = $1
           for no key update of s
    """
    return bool(await tx.value(bool, sql, stream_id, maker_id))


async def measure_use(
    conn: Conn, stream_id: StreamId, maker_id: UserId, max_bytes: int
) -> list[ClipUse]:
    """Return how much a member has of clips, and then a stream.

    What is being made counts as much as it may be.
    """
    sql = """
        select count(*), coalesce(sum(coalesce(nullif(size_bytes, 0), $3)), 0)::bigint
               as size_bytes
          from stream_clips where maker_id = $1
     union all
        select count(*), coalesce(sum(coalesce(nullif(size_bytes, 0), $3)), 0)::bigint
          from stream_clips where stream_id = $2
    """
    return await conn.all(ClipUse, sql, maker_id, stream_id, max_bytes)


async def insert_clip(tx: Tx, clip: NewClip) -> None:
    sql = """
        insert into stream_clips (id, stream_id, maker_id, title, format, track_id, media_id)
             values (:id, :stream_id, :maker_id, :title, :format, :track_id, :media_id)
    """
    await tx.run(*bind(sql, clip))


async def is_published(conn: Conn, track_id: TrackId) -> bool:
    """Return whether everybody may hear a track."""
    sql = f"select {published_track('t')} from tracks t where t.id = $1"
    return bool(await conn.value(bool, sql, track_id))


async def update_finished(
    tx: Tx, clip_id: StreamClipId, parts_us: list[int], parts_bytes: list[int], breaks: list[int]
) -> bool:
    """Note what a clip consists of; return False if it is gone."""
    sql = """
        update stream_clips
           set parts_us = $2, parts_bytes = $3, breaks = $4, size_bytes = $5
         where id = $1 and stream_id is not null
    """
    return await tx.run(sql, clip_id, parts_us, parts_bytes, breaks, sum(parts_bytes)) == 1


async def lock_clip(tx: Tx, clip_id: StreamClipId) -> StoredClip | None:
    sql = f"{_select('null::uuid')} where c.id = $1 and c.size_bytes > 0 for no key update of c"
    return await tx.maybe(StoredClip, sql, clip_id)


async def update_taken_down(tx: Tx, clip_id: StreamClipId, *, is_taken_down: bool) -> None:
    await tx.run("update stream_clips set is_taken_down = $2 where id = $1", clip_id, is_taken_down)


async def delete_clip(tx: Tx, clip_id: StreamClipId) -> bool:
    return await tx.run("delete from stream_clips where id = $1", clip_id) == 1


async def delete_left(tx: Tx, after: timedelta) -> list[StreamClipId]:
    """Delete up to 100 clips that were never finished, or whose stream or track is gone."""
    sql = """
        delete from stream_clips
         where id in (
               select id
                 from stream_clips
                where (size_bytes = 0 or stream_id is null or format = 'aac' and track_id is null)
                  and (size_bytes > 0 or created_at <= now() - $1::interval)
                order by id
                limit 100
                  for update skip locked)
     returning id
    """
    return await tx.column(StreamClipId, sql, after)


async def delete_all_of(tx: Tx, maker_id: UserId) -> list[StreamClipId]:
    """Delete all clips that a member made; return their ids."""
    sql = "delete from stream_clips where maker_id = $1 returning id"
    return await tx.column(StreamClipId, sql, maker_id)


async def update_maker(tx: Tx, maker_id: UserId, into_id: UserId) -> None:
    """Give all clips of a page to another profile."""
    await tx.run("update stream_clips set maker_id = $2 where maker_id = $1", maker_id, into_id)


async def list_all_of(conn: Conn, maker_id: UserId) -> list[ExportedClip]:
    """Return all clips that a member made, newest first."""
    sql = """
        select id, stream_id, title, created_at
          from stream_clips
         where maker_id = $1
         order by created_at desc, id desc
    """
    return await conn.every(ExportedClip, sql, maker_id)


async def list_files(conn: Conn, maker_id: UserId) -> list[PersonalClip]:
    """Return the parts of all clips that a member made."""
    sql = """
        select id, format, parts_bytes
          from stream_clips
         where maker_id = $1 and size_bytes > 0
         order by id
    """
    return await conn.every(PersonalClip, sql, maker_id)
