"""Chapters and chat that are shown beside the replay of a stream."""

from datetime import timedelta

from veza.core.ids import TrackId, UserId
from veza.core.people import appearance
from veza.core.stream_audiences import in_audience
from veza.core.visibility import active, blocked
from veza.domains.replays.models import ChatQuery, RecordingCut, StoredReplay, StoredReplayMessage
from veza.domains.replays.queries.places import place
from veza.infra.postgres.database import Conn


async def find_replay(
    conn: Conn, track_id: TrackId, viewer_id: UserId | None
) -> StoredReplay | None:
    """Return the replay that a track is, unless its stream is gone or taken down."""
    viewer = "$2::uuid"
    sql = f"""
        select r.id as recording_id, s.id as stream_id, s.conversation_id, r.title, r.duration_us,
               r.start_ms, r.end_ms, r.started_at, r.ended_at,
               r.has_chat and s.conversation_id is not null
               and coalesce(s.owner_id = {viewer} or {in_audience("s", viewer)}, false)
                   as may_read_chat
          from stream_recordings r
          join streams s on s.id = r.stream_id and not s.is_taken_down
         where r.track_id = $1
    """
    return await conn.maybe(StoredReplay, sql, track_id, viewer_id)


async def list_messages(
    conn: Conn, replay: StoredReplay, cut: RecordingCut, query: ChatQuery, later: timedelta
) -> list[StoredReplayMessage]:
    """Return what was written during a replay, in its order: up to the limit plus 1.

    Deleted messages, and those of suspended or erased members, or on either side of a block with
    the viewer, are left out.
    """
    sql = f"""
        select id, seq, position_ms, sender_id, username, appearance, content
          from (
                   select m.id, m.seq, {place("r", "(m.created_at - $3::interval)")} as position_ms,
                          m.sender_id, u.username, {appearance("u")} as appearance, m.content
                     from stream_recordings r
                     join messages m on m.conversation_id = $2
                     join users u on u.id = m.sender_id and {active("u")}
                    where r.id = $1 and m.deleted_at is null and m.content <> ''
                      and m.seq > $4
                      and m.created_at between r.started_at and r.ended_at + $3::interval
                      and not {blocked("$5::uuid", "m.sender_id")}
               ) as written
         where position_ms >= $6 and position_ms < $7
         order by seq
         limit {query.limit + 1:d}
    """
    return await conn.all(
        StoredReplayMessage,
        sql,
        replay.recording_id,
        replay.conversation_id,
        later,
        query.after,
        query.viewer_id,
        cut.start_ms,
        cut.end_ms,
    )
