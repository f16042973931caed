"""Tracks that may be recommended to a viewer, and played for them."""

from collections.abc import Sequence

from veza.core.ids import TrackId, UserId
from veza.core.visibility import active, blocked, muted, published_track, wanted_track
from veza.domains.music.discovery.models import PlayableTrack
from veza.infra.postgres.database import Conn
from veza.infra.postgres.where import Where

_IS_PUBLISHED = f"{published_track('t')} and {active('u')}"


def is_shown(where: Where, viewer_id: UserId | None) -> str:
    """Return the condition for track `t` of owner `u`.

    The track is public and ready, and not one that the viewer leaves out; its owner is not
    suspended, not muted, and not blocked in either direction.
    """
    wanted = wanted_track("t", where.bind_optional(viewer_id))
    return f"{_IS_PUBLISHED} and {wanted} and {is_wanted(where, viewer_id)}"


def is_wanted(where: Where, viewer_id: UserId | None) -> str:
    """Return the condition that member `u` is not suspended, muted or blocked."""
    if viewer_id is None:
        return active("u")
    viewer = where.bind(viewer_id)
    return f"{active('u')} and not {blocked(viewer, 'u.id')} and not {muted(viewer, 'u.id')}"


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
