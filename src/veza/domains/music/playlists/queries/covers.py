"""A playlist without a cover shows those of its first tracks, which its viewer may hear."""

from collections.abc import Sequence

from msgspec import Struct

from veza.core.ids import ImageId, PlaylistId, TrackId, UserId
from veza.core.track_covers import release_column
from veza.core.visibility import visible_track
from veza.infra.media.picture_sizes import MOSAIC_PARTS
from veza.infra.postgres.database import Conn
from veza.infra.postgres.where import Where

# The first tracks of a playlist, among which covers are looked for.
COVER_AMONG = 100
_OF_RELEASE = release_column("t", "r.cover_image_id")
_HAS_COVER = f"""
    (t.has_cover and m.cover_size is not null
     or not t.has_cover and {_OF_RELEASE} is not null)
"""


class FoundCover(Struct, frozen=True):
    """The cover of a track: an image, or the file that came with the track, and its tag."""

    track_id: TrackId
    image_id: ImageId | None
    tag: str


async def list_first_tracks(conn: Conn, playlist_id: PlaylistId) -> list[TrackId]:
    """Return the first tracks of a playlist in their order."""
    sql = f"""
        select track_id
          from playlist_entries
         where playlist_id = $1 and track_id is not null
         order by position
         limit {COVER_AMONG:d}
    """
    return await conn.column(TrackId, sql, playlist_id)


async def list_covers(
    conn: Conn, track_ids: Sequence[TrackId], viewer_id: UserId | None
) -> list[FoundCover]:
    """Return the first covers of these tracks that the viewer may hear, each picture once."""
    where = Where()
    ids, viewer = where.bind(list(track_ids[:COVER_AMONG])), where.bind(viewer_id)
    sql = f"""
        with shown as (
            select t.id as track_id, w.place,
                   case when t.has_cover then m.cover_image_id
                        else {_OF_RELEASE} end as image_id,
                   left(m.original_hash, 32) || '-' || coalesce(m.cover_size, 0) as tag
              from unnest({ids}::uuid[]) with ordinality as w (id, place)
              join tracks t on t.id = w.id
              join track_media m on m.track_id = t.id
              join users u on u.id = t.owner_id
             where {visible_track("t", "u", viewer)} and {_HAS_COVER}
        ), firsts as (
            select distinct on (coalesce(image_id, track_id)) track_id, image_id, tag, place
              from shown
             order by coalesce(image_id, track_id), place
        )
        select track_id, image_id, tag from firsts order by place limit {MOSAIC_PARTS:d}
    """
    return await conn.all(FoundCover, sql, *where.values)


async def list_with_cover(
    conn: Conn, playlist_ids: Sequence[PlaylistId], viewer_id: UserId | None
) -> list[PlaylistId]:
    """Return those of these playlists of which `list_covers` of their first tracks finds any."""
    where = Where()
    viewer = where.bind(viewer_id)
    sql = f"""
        select p.id
          from unnest({where.bind(list(playlist_ids))}::uuid[]) as p (id)
         where exists (
               select from (select e.track_id
                              from playlist_entries e
                             where e.playlist_id = p.id and e.track_id is not null
                             order by e.position
                             limit {COVER_AMONG:d}) first
                 join tracks t on t.id = first.track_id
                 join track_media m on m.track_id = t.id
                 join users u on u.id = t.owner_id
                where {visible_track("t", "u", viewer)} and {_HAS_COVER}
               )
    """
    return await conn.column(PlaylistId, sql, *where.values)
