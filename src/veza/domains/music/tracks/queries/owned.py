"""All that a member has of tracks, and their new owner when two profiles become one."""

from veza.core.ids import UserId
from veza.core.takedowns import CHOSEN_VISIBILITY
from veza.domains.music.tracks.models.personal_tracks import PersonalTrack, TrackActivity
from veza.infra.postgres.database import Conn, Tx


async def list_personal_tracks(conn: Conn, owner_id: UserId) -> list[PersonalTrack]:
    sql = f"""
        select id, title, description, genre, tags, isrc, year, bpm, musical_key, is_explicit,
               ai, ai_parts, {CHOSEN_VISIBILITY} as visibility, tier_id, downloadable,
               status, failure_reason, duration_ms, format, bitrate, sample_rate, channels,
               loudness_lufs, true_peak_dbtp, has_cover, likes_count, comments_count, plays_count,
               created_at, updated_at
          from tracks
         where owner_id = $1
         order by id
    """
    return await conn.every(PersonalTrack, sql, owner_id)


async def list_activity(conn: Conn, user_id: UserId) -> list[TrackActivity]:
    """Return the likes and recent plays of a member, ordered by track."""
    sql = """
        select track_id, 'like' as kind, liked_at as moment from track_likes where user_id = $1
         union all
        select track_id, 'play', played_at from track_plays where user_id = $1
         order by track_id, kind
    """
    return await conn.every(TrackActivity, sql, user_id)


async def update_owner(tx: Tx, owner_id: UserId, into_id: UserId) -> None:
    """Give all tracks of a page to another profile."""
    await tx.run("update tracks set owner_id = $2 where owner_id = $1", owner_id, into_id)
