"""Marks of recordings: moments of a stream, or places that their owner chose."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from veza.core.ids import StreamRecordingId
from veza.domains.replays.models import MAX_MARKS, ReplayChapter, StoredStreamMark
from veza.domains.replays.queries.places import place
from veza.infra.postgres.database import Conn, Tx


async def list_marks(
    conn: Conn, recording_ids: Sequence[StreamRecordingId]
) -> list[StoredStreamMark]:
    """Return the marks of recordings: at most 100 of each."""
    sql = f"""
        select m.recording_id, m.title,
               case when m.offset_ms is not null then m.offset_ms
                    when not exists (select from stream_recording_parts e
                                      where e.recording_id = r.id
                                        and e.started_at <= m.marked_at)
                    then case when r.parts_count > 0 then 0 end
                    else {place("r", "m.marked_at")} end as start_ms
          from stream_recording_marks m
          join stream_recordings r on r.id = m.recording_id
         where m.recording_id = any($1)
         order by m.recording_id, m.id
    """
    return await conn.all(StoredStreamMark, sql, list(recording_ids))


async def count_marks(conn: Conn, recording_id: StreamRecordingId) -> int:
    sql = "select count(*) from stream_recording_marks where recording_id = $1"
    return await conn.value(int, sql, recording_id) or 0


async def insert_mark(
    tx: Tx, mark_id: UUID, recording_id: StreamRecordingId, title: str, marked_at: datetime
) -> None:
    sql = """
        insert into stream_recording_marks (id, recording_id, title, marked_at)
             values ($1, $2, $3, $4)
    """
    await tx.run(sql, mark_id, recording_id, title, marked_at)


async def update_chapters(
    tx: Tx, recording_id: StreamRecordingId, ids: Sequence[UUID], chapters: Sequence[ReplayChapter]
) -> None:
    """Replace the marks of a locked recording."""
    assert len(chapters) <= MAX_MARKS
    await tx.run("delete from stream_recording_marks where recording_id = $1", recording_id)
    sql = """
        insert into stream_recording_marks (id, recording_id, title, offset_ms)
             select id, $1, title, offset_ms
               from unnest($2::uuid[], $3::text[], $4::bigint[]) as chosen (id, title, offset_ms)
    """
    titles = [each.title for each in chapters]
    places = [each.start_ms for each in chapters]
    await tx.run(sql, recording_id, list(ids), titles, places)
