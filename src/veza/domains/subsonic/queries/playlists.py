"""The index that players use for an entry is its place among entries that still have tracks."""

from collections.abc import Sequence
from uuid import UUID

from veza.core.ids import PlaylistEntryId, PlaylistId, UserId
from veza.core.visibility import shared
from veza.domains.subsonic.queries.conditions import hidden_owners
from veza.infra.postgres.database import Conn
from veza.infra.postgres.where import Where

# The first tracks of a playlist, among which its cover is looked for.
COVER_AMONG = 100


async def list_track_ids(conn: Conn, playlist_id: PlaylistId) -> list[UUID]:
    """Return the tracks of a playlist in their order, without those that were deleted."""
    sql = """
        select track_id
          from playlist_entries
         where playlist_id = $1 and track_id is not null
         order by position
    """
    return await conn.column(UUID, sql, playlist_id)


async def list_with_cover(
    conn: Conn, viewer_id: UserId, playlist_ids: Sequence[PlaylistId]
) -> list[UUID]:
    """Return those of these playlists with a cover among the first tracks that a member may play.

    As `list_track_ids` and `songs.list_songs_by_id` find them.
    """
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
                where t.has_cover and t.status = 'ready'
                  and (t.owner_id = {viewer} or {shared("t")} and {hidden_owners(viewer)})
               )
    """
    return await conn.column(UUID, sql, *where.values)


async def list_entry_ids(conn: Conn, playlist_id: PlaylistId) -> list[PlaylistEntryId]:
    """Return the entries of a playlist in the order of `list_track_ids`."""
    sql = """
        select id
          from playlist_entries
         where playlist_id = $1 and track_id is not null
         order by position
    """
    return [PlaylistEntryId(found) for found in await conn.column(UUID, sql, playlist_id)]


async def list_all_entry_ids(conn: Conn, playlist_id: PlaylistId) -> list[PlaylistEntryId]:
    """Return all entries of a playlist."""
    sql = "select id from playlist_entries where playlist_id = $1 order by position"
    return [PlaylistEntryId(found) for found in await conn.column(UUID, sql, playlist_id)]
