"""Leaves out the candidates of a station that may not be played for its listener."""

from collections.abc import Sequence

from veza.core.ids import TrackId, UserId
from veza.domains.music.discovery.models import PlayableTrack
from veza.domains.music.discovery.queries.shown import is_shown
from veza.infra.postgres.database import Conn
from veza.infra.postgres.where import Where


async def list_candidates(
    conn: Conn, track_ids: Sequence[TrackId], viewer_id: UserId | None
) -> list[PlayableTrack]:
    """Return those of the tracks that may be played for the viewer."""
    where = Where()
    sql = f"""
        select t.id, t.owner_id
          from tracks t
          join users u on u.id = t.owner_id
         where t.id = any({where.bind(list(track_ids))}) and {is_shown(where, viewer_id)}
    """
    return await conn.all(PlayableTrack, sql, *where.values)
