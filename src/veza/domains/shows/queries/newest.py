"""The newest published episodes, of some shows or of all public ones."""

from collections.abc import Sequence

from veza.core.ids import ShowId, UserId
from veza.core.visibility import (
    active,
    blocked,
    public,
    visible_track,
    wanted_show,
    wanted_track,
)
from veza.domains.shows.models.episodes import StoredEpisode
from veza.domains.shows.queries.episodes import EPISODE
from veza.infra.postgres.database import Conn

# Lists have the beginning of the notes, and no chapters: a show may have megabytes of them.
_BEGUN = """
    p.track_id, p.show_id, p.kind, p.season, p.number, left(p.notes, 1000) as notes,
    '[]'::jsonb as chapters, p.published_at, p.is_planned, p.updated_at, p.guid
"""

# Read before those that a viewer may not hear are left out.
_SCANNED = 10_000


async def list_newest_of(
    conn: Conn, show_ids: Sequence[ShowId], viewer_id: UserId, limit: int
) -> list[StoredEpisode]:
    """Return the newest episodes of each of these shows, that a viewer may and wants to hear."""
    sql = f"""
        select {EPISODE}
          from unnest($1::uuid[]) w (show_id)
         cross join lateral (
                select {_BEGUN}
                  from episodes p
                  join tracks t on t.id = p.track_id
                  join users u on u.id = t.owner_id
                 where p.show_id = w.show_id and not p.is_planned
                   and {visible_track("t", "u", "$2::uuid")}
                   and {wanted_track("t", "$2::uuid")}
                 order by p.published_at desc, p.track_id desc
                 limit {limit:d}) e
         order by e.published_at desc, e.track_id desc
    """
    return await conn.all(StoredEpisode, sql, show_ids, viewer_id)


async def list_newest(conn: Conn, viewer_id: UserId, limit: int) -> list[StoredEpisode]:
    """Return the newest episodes of public shows that a viewer may and wants to hear.

    They are among the last `_SCANNED` of all shows, which is more than one show may have.
    """
    sql = f"""
        select {EPISODE}
          from (select {_BEGUN}
                  from (select track_id, show_id, kind, season, number, notes, published_at,
                               is_planned, updated_at, guid
                          from episodes
                         where not is_planned
                         order by published_at desc, track_id desc
                         limit {_SCANNED:d}) p
                  join shows s on s.id = p.show_id
                  join users o on o.id = s.owner_id
                  join tracks t on t.id = p.track_id
                  join users u on u.id = t.owner_id
                 where {public("s")} and {active("o")} and not {blocked("$1", "s.owner_id")}
                   and {visible_track("t", "u", "$1::uuid")} and {wanted_show("s", "$1::uuid")}
                   and {wanted_track("t", "$1::uuid")}
                 order by p.published_at desc, p.track_id desc
                 limit {limit:d}) e
         order by e.published_at desc, e.track_id desc
    """
    return await conn.all(StoredEpisode, sql, viewer_id)
