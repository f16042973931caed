"""Chapters and chat that are shown beside the replay of a stream."""

from datetime import timedelta

from veza.core.ids import TrackId, UserId
from veza.core.people import appearance
from veza.core.stream_audiences import in_audience
from veza.core.visibility import active, blocked
from veza.domains.replays.models import ChatQuery, RecordingCut, StoredReplay, StoredReplayMessage
from veza.domains.replays.queries.places import place
from veza.infra.postgres.database import Conn

# The times at which a cut begins and ends. What was written during a pause is where that is, also
# at the start. Parts may overlap a little.
_BEGAN = """(
        select started_at - interval '2 s'
               + least(duration_us, $6::bigint * 1000 - offset_us) * interval '1 microsecond'
          from stream_recording_parts
         where recording_id = $1 and offset_us < $6::bigint * 1000
         order by offset_us desc limit 1)"""
_ENDED = """(
        select started_at + ($7::bigint * 1000 - offset_us) * interval '1 microsecond'
          from stream_recording_parts
         where recording_id = $1 and offset_us < $7::bigint * 1000
         order by offset_us desc limit 1)"""


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

    Only of messages between the times of the cut the place is looked up. Deleted messages, and
    those of suspended or erased members, or on either side of a block with the viewer, are left
    out.
    """
    sql = f"""
        select m.id, m.seq, placed.position_ms, m.sender_id, u.username,
               {appearance("u")} as appearance, m.content
          from stream_recordings r
          join messages m
               on m.conversation_id = $2 and m.seq > $4
              and m.created_at >= coalesce({_BEGAN}, $8::timestamptz) + $3::interval
              and m.created_at <= coalesce({_ENDED}, $9::timestamptz) + $3::interval
          join users u on u.id = m.sender_id and {active("u")}
    cross join lateral {place("r", "(m.created_at - $3::interval)")} as placed (position_ms)
         where r.id = $1 and m.deleted_at is null and m.content <> ''
           and not {blocked("$5::uuid", "m.sender_id")}
           and placed.position_ms >= $6 and placed.position_ms < $7
         order by m.seq
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
        replay.started_at,
        replay.ended_at,
    )
