"""A release lists its tracks by disc and number; triggers count them."""

from collections.abc import Sequence
from uuid import UUID

from veza.core.ids import ReleaseId, TrackId, UserId
from veza.core.visibility import for_members
from veza.domains.music.releases.models.forms import PlacedTrack
from veza.domains.music.releases.models.releases import StoredRelease
from veza.domains.music.releases.models.tracklists import HeardTrack, ReleasePlace
from veza.domains.music.releases.queries.releases import IS_LISTED, select_columns
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.where import Where


async def insert_tracks(tx: Tx, release_id: ReleaseId, placed: Sequence[PlacedTrack]) -> None:
    sql = """
        insert into release_tracks (release_id, track_id, disc, number)
             select $1, p.track_id, p.disc, p.number
               from unnest($2::uuid[], $3::smallint[], $4::smallint[])
                    as p (track_id, disc, number)
    """
    track_ids = [track.track_id for track in placed]
    discs = [track.disc for track in placed]
    await tx.run(sql, release_id, track_ids, discs, [track.number for track in placed])


async def delete_tracks(tx: Tx, release_id: ReleaseId) -> None:
    await tx.run("delete from release_tracks where release_id = $1", release_id)


async def update_changed(tx: Tx, release_id: ReleaseId) -> None:
    """Mark a release as changed."""
    await tx.run("update releases set updated_at = now() where id = $1", release_id)


async def list_track_ids(conn: Conn, release_id: ReleaseId) -> list[TrackId]:
    sql = "select track_id from release_tracks where release_id = $1 order by disc, number"
    return [TrackId(found) for found in await conn.column(UUID, sql, release_id)]


async def list_heard(conn: Conn, release_id: ReleaseId) -> list[HeardTrack]:
    """Return the tracks of a release that can be played, in their order."""
    sql = """
        select t.id, t.title
          from release_tracks e
          join tracks t on t.id = e.track_id
         where e.release_id = $1 and t.status = 'ready'
         order by e.disc, e.number
         limit 100
    """
    return await conn.all(HeardTrack, sql, release_id)


async def list_releases_of_track(
    conn: Conn, track_id: TrackId, viewer_id: UserId | None
) -> list[StoredRelease]:
    """Return up to 100 releases with a track, newest first.

    They are listed, the viewer's own, or for members as the viewer is one.
    """
    where = Where()
    columns = select_columns(where, viewer_id)
    where.add("e.track_id = {}", track_id)
    if viewer_id is None:
        where.add(IS_LISTED)
    else:
        viewer = where.bind(viewer_id)
        where.add(f"({IS_LISTED} or r.owner_id = {viewer} or {for_members('r', viewer)})")
    sql = f"""
        select {columns}
          from release_tracks e
          join releases r on r.id = e.release_id
          join users u on u.id = r.owner_id
        {where.sql}
         order by r.listed_at desc, r.id desc
         limit 100
    """
    return await conn.all(StoredRelease, sql, *where.values)


async def list_personal_tracks(conn: Conn, owner_id: UserId) -> list[ReleasePlace]:
    """Return the tracks of a member's releases, by release, disc and number."""
    sql = """
        select e.release_id, e.track_id, e.disc, e.number
          from release_tracks e
          join releases r on r.id = e.release_id
         where r.owner_id = $1
         order by e.release_id, e.disc, e.number
    """
    return await conn.every(ReleasePlace, sql, owner_id)
