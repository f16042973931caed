"""The statement that lists the tracks of releases, which other domains call."""

from collections.abc import Sequence

from veza.core.ids import ReleaseId
from veza.domains.music.releases.models.tracklists import ReleasePlace
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
