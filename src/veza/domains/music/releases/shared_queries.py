"""Statements on the tracks of releases, which other domains call."""

from collections.abc import Sequence

from veza.core.ids import ReleaseId, TrackId
from veza.core.track_covers import CHOSEN_FIRST
from veza.core.visibility import active, listed_release
from veza.domains.music.releases.models.tracklists import NamedPlace, ReleasePlace
from veza.infra.postgres.database import Conn


async def list_places(conn: Conn, release_ids: Sequence[ReleaseId]) -> list[ReleasePlace]:
    """Return the tracks of releases, by release, disc and number: at most 500 for each."""
    sql = """
        select release_id, track_id, disc, number
          from release_tracks
         where release_id = any($1)
         order by release_id, disc, number
    """
    return await conn.all(ReleasePlace, sql, list(release_ids))


async def list_named_places(conn: Conn, track_ids: Sequence[TrackId]) -> list[NamedPlace]:
    """Return for each of the tracks the release that it is shown with, if any."""
    sql = f"""
        select distinct on (e.track_id) e.track_id, e.release_id, e.disc, e.number, r.title,
               coalesce(r.artist_name, u.username) as artist_name, r.owner_id, r.visibility,
               r.cover_image_id
          from release_tracks e
          join releases r on r.id = e.release_id
          join users u on u.id = r.owner_id
         where e.track_id = any($1) and {listed_release("r")} and {active("u")}
         order by e.track_id, {CHOSEN_FIRST}
    """
    return await conn.all(NamedPlace, sql, list(track_ids))
