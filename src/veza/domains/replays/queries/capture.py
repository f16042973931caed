"""SQL of the worker while streams are recorded."""

from datetime import timedelta

from veza.core.ids import LOWEST_ID, StreamRecordingId
from veza.domains.replays.models import OpenRecording, RecordingPart
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind

_OPEN = """
        select r.id, r.owner_id, coalesce(s.media_id, s.id) as media_id, r.state, r.last_segment,
               r.parts_count, r.duration_us, coalesce(s.status = 'live', false) as is_on_air,
               r.created_at, r.stopped_at,
               case when s.id is null then r.created_at
                    else coalesce(r.stopped_at, s.ended_at) end as over_since
          from stream_recordings r
          left join streams s on s.id = r.stream_id
"""


async def list_open(conn: Conn, after: StreamRecordingId | None) -> list[OpenRecording]:
    """Return up to 100 recordings whose stream has started, in the order of their ids."""
    sql = f"""
        {_OPEN}
         where r.state <> 'ready' and r.id > $1 and s.status is distinct from 'draft'
         order by r.id
         limit 100
    """
    return await conn.all(OpenRecording, sql, after or LOWEST_ID)


async def lock_open(tx: Tx, recording_id: StreamRecordingId) -> OpenRecording | None:
    sql = f"{_OPEN} where r.id = $1 and r.state <> 'ready' for no key update of r"
    return await tx.maybe(OpenRecording, sql, recording_id)


async def insert_part(
    tx: Tx, recording_id: StreamRecordingId, part: RecordingPart, last_segment: int
) -> None:
    """Add a part at the end of a locked recording."""
    sql = """
        insert into stream_recording_parts (id, recording_id, offset_us, duration_us, size_bytes,
                                            started_at)
             values (:id, :recording_id, :offset_us, :duration_us, :size_bytes, :started_at)
    """
    await tx.run(*bind(sql, part, recording_id=recording_id))
    sql = """
        update stream_recordings
           set state = 'recording', parts_count = parts_count + 1,
               started_at = coalesce(started_at, :started_at),
               duration_us = duration_us + :duration_us, size_bytes = size_bytes + :size_bytes,
               last_segment = :last_segment, updated_at = now()
         where id = :recording_id
    """
    await tx.run(*bind(sql, part, recording_id=recording_id, last_segment=last_segment))


async def update_last_segment(tx: Tx, recording_id: StreamRecordingId, last_segment: int) -> None:
    """Note up to where segments are done that had no sound."""
    sql = "update stream_recordings set last_segment = $2 where id = $1"
    await tx.run(sql, recording_id, last_segment)


async def update_complete(tx: Tx, recording_id: StreamRecordingId, lifetime: timedelta) -> None:
    """Complete a recording that goes on."""
    sql = """
        update stream_recordings
           set state = 'ready', ended_at = now(), expires_at = now() + $2::interval,
               updated_at = now()
         where id = $1 and state = 'recording'
    """
    await tx.run(sql, recording_id, lifetime)


async def delete_unstarted(tx: Tx, recording_id: StreamRecordingId) -> None:
    """Delete a recording of which nothing came."""
    await tx.run("delete from stream_recordings where id = $1 and state = 'waiting'", recording_id)
