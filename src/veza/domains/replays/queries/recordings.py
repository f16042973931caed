"""Recordings are locked before they change; only their owner finds them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from veza.core.ids import StreamId, StreamRecordingId, TrackId, UserId
from veza.core.visibility import active
from veza.domains.replays.models import (
    ExpiringRecording,
    ExportedRecording,
    KeptRecording,
    RecordingPart,
    RecordingQuery,
    StoredRecording,
)
from veza.domains.replays.rules import MAX_PARTS
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.where import Where

_SELECT = """
        select r.id, r.owner_id, r.stream_id, coalesce(s.is_taken_down, true) as is_taken_down,
               r.title, r.state, r.duration_us, r.size_bytes, r.start_ms, r.end_ms, r.track_id,
               r.has_chat, r.started_at, r.ended_at, r.stopped_at, r.expires_at, r.created_at,
               r.updated_at
          from stream_recordings r
          left join streams s on s.id = r.stream_id
"""


async def find_recording(
    conn: Conn, recording_id: StreamRecordingId, owner_id: UserId
) -> StoredRecording | None:
    sql = f"{_SELECT} where r.id = $1 and r.owner_id = $2"
    return await conn.maybe(StoredRecording, sql, recording_id, owner_id)


async def find_playable(conn: Conn, recording_id: StreamRecordingId) -> StoredRecording | None:
    """Return a recording of an active member for a player that has its signature."""
    sql = f"{_SELECT} join users u on u.id = r.owner_id and {active('u')} where r.id = $1"
    return await conn.maybe(StoredRecording, sql, recording_id)


async def lock_recording(
    tx: Tx, recording_id: StreamRecordingId, owner_id: UserId
) -> StoredRecording | None:
    sql = f"{_SELECT} where r.id = $1 and r.owner_id = $2 for no key update of r"
    return await tx.maybe(StoredRecording, sql, recording_id, owner_id)


async def lock_open_of(tx: Tx, stream_id: StreamId, owner_id: UserId) -> StoredRecording | None:
    """Lock the recording of a stream that waits or goes on."""
    sql = f"""
        {_SELECT}
         where r.stream_id = $1 and r.owner_id = $2 and r.state <> 'ready'
           for no key update of r
    """
    return await tx.maybe(StoredRecording, sql, stream_id, owner_id)


async def list_recordings(
    conn: Conn, owner_id: UserId, query: RecordingQuery
) -> list[StoredRecording]:
    """Return a member's recordings, newest first: up to the limit plus 1."""
    where = Where("r.owner_id = {}", owner_id)
    where.add_cursor("r.created_at, r.id", query.cursor)
    sql = f"""
        {_SELECT}
        {where.sql}
         order by r.created_at desc, r.id desc
         limit {query.limit + 1:d}
    """
    return await conn.all(StoredRecording, sql, *where.values)


async def list_kept(conn: Conn, owner_id: UserId) -> list[KeptRecording]:
    """Return a member's complete recordings with their sound, the oldest first: at most 100."""
    sql = """
        select id, duration_us, track_id is not null as is_track
          from stream_recordings
         where owner_id = $1 and state = 'ready' and size_bytes > 0
         order by created_at, id
         limit 100
    """
    return await conn.all(KeptRecording, sql, owner_id)


async def sum_durations(conn: Conn, owner_id: UserId) -> int:
    """Return the microseconds of sound that are kept of a member."""
    sql = """
        select coalesce(sum(duration_us), 0)::bigint
          from stream_recordings
         where owner_id = $1 and size_bytes > 0
    """
    return await conn.value(int, sql, owner_id) or 0


async def count_recordings(conn: Conn, owner_id: UserId) -> int:
    sql = "select count(*) from stream_recordings where owner_id = $1"
    return await conn.value(int, sql, owner_id) or 0


async def insert_recording(
    tx: Tx, recording_id: StreamRecordingId, owner_id: UserId, stream_id: StreamId, title: str
) -> None:
    sql = """
        insert into stream_recordings (id, owner_id, stream_id, title) values ($1, $2, $3, $4)
    """
    await tx.run(sql, recording_id, owner_id, stream_id, title)


async def update_details(
    tx: Tx,
    recording_id: StreamRecordingId,
    title: str,
    cut: tuple[int, int | None],
    *,
    has_chat: bool,
) -> None:
    sql = """
        update stream_recordings
           set title = $2, start_ms = $3, end_ms = $4, has_chat = $5, updated_at = now()
         where id = $1
    """
    await tx.run(sql, recording_id, title, *cut, has_chat)


async def update_stopped(tx: Tx, recording_id: StreamRecordingId, stopped_at: datetime) -> None:
    """Note when the owner stopped a recording."""
    sql = "update stream_recordings set stopped_at = $2, updated_at = now() where id = $1"
    await tx.run(sql, recording_id, stopped_at)


async def update_track(tx: Tx, recording_id: StreamRecordingId, track_id: TrackId) -> bool:
    """Note the track that a recording became, unless it is one already or is gone."""
    sql = """
        update stream_recordings
           set track_id = $2, updated_at = now()
         where id = $1 and track_id is null
    """
    return await tx.run(sql, recording_id, track_id) == 1


async def update_owner(tx: Tx, owner_id: UserId, into_id: UserId) -> None:
    """Give all recordings of a page to another profile."""
    await tx.run(
        "update stream_recordings set owner_id = $2 where owner_id = $1", owner_id, into_id
    )


async def delete_recordings(tx: Tx, ids: Sequence[StreamRecordingId]) -> None:
    await tx.run("delete from stream_recordings where id = any($1)", list(ids))


async def delete_all_of(tx: Tx, owner_id: UserId) -> list[StreamRecordingId]:
    """Delete all recordings of a member; return their ids."""
    sql = "delete from stream_recordings where owner_id = $1 returning id"
    return await tx.column(StreamRecordingId, sql, owner_id)


async def delete_expired(tx: Tx) -> list[StreamRecordingId]:
    """Delete up to 100 recordings that expired and are no track, or whose stream is gone."""
    sql = """
        delete from stream_recordings
         where id in (
               select id
                 from stream_recordings
                where stream_id is null or (expires_at <= now() and track_id is null)
                order by id
                limit 100
                  for update skip locked)
     returning id
    """
    return await tx.column(StreamRecordingId, sql)


async def take_expiring(tx: Tx, ahead: timedelta) -> list[ExpiringRecording]:
    """Note that the owners of up to 100 recordings are told that they expire; return these.

    Those that are tracks go without a word: only their sound is deleted, which the track has.
    """
    sql = """
        update stream_recordings
           set expiry_told_at = now()
         where id in (
               select id
                 from stream_recordings
                where expires_at <= now() + $1::interval and expires_at > now()
                  and size_bytes > 0 and track_id is null and expiry_told_at is null
                  and stream_id is not null
                order by expires_at
                limit 100
                  for no key update skip locked)
     returning id, stream_id, owner_id
    """
    return await tx.all(ExpiringRecording, sql, ahead)


async def update_expired(tx: Tx) -> list[StreamRecordingId]:
    """Note that the sound of up to 100 recordings goes which are tracks; return their ids."""
    sql = """
        update stream_recordings
           set size_bytes = 0, updated_at = now()
         where id in (
               select id
                 from stream_recordings
                where expires_at <= now() and size_bytes > 0 and track_id is not null
                order by id
                limit 100
                  for no key update skip locked)
     returning id
    """
    return await tx.column(StreamRecordingId, sql)


async def list_parts(conn: Conn, recording_id: StreamRecordingId) -> list[RecordingPart]:
    """Return all parts of a recording in their order."""
    sql = f"""
        select id, offset_us, duration_us, size_bytes, started_at
          from stream_recording_parts
         where recording_id = $1
         order by offset_us
         limit {MAX_PARTS:d}
    """
    return await conn.all(RecordingPart, sql, recording_id)


async def find_part(
    conn: Conn, recording_id: StreamRecordingId, part_id: UUID
) -> RecordingPart | None:
    sql = """
        select id, offset_us, duration_us, size_bytes, started_at
          from stream_recording_parts
         where recording_id = $1 and id = $2
    """
    return await conn.maybe(RecordingPart, sql, recording_id, part_id)


async def list_all_of(conn: Conn, owner_id: UserId) -> list[ExportedRecording]:
    """Return all recordings of a member, newest first."""
    sql = """
        select r.id, r.stream_id, r.title, r.duration_us, r.start_ms, r.end_ms, r.track_id,
               r.has_chat, r.started_at, r.ended_at, r.expires_at, r.created_at,
               array(select m.title
                       from stream_recording_marks m
                      where m.recording_id = r.id
                      order by m.offset_ms, m.marked_at, m.id) as chapters
          from stream_recordings r
         where r.owner_id = $1
         order by r.created_at desc, r.id desc
    """
    return await conn.every(ExportedRecording, sql, owner_id)
