"""The index that players use for an entry is its place among entries that still have tracks."""

from uuid import UUID

from veza.core.ids import PlaylistEntryId, PlaylistId
from veza.infra.postgres.database import Conn


async def list_track_ids(conn: Conn, playlist_id: PlaylistId) -> list[UUID]:
    """Return the tracks of a playlist in their order, without those that were deleted."""
    sql = """
        select track_id
          from playlist_entries
         where playlist_id = $1 and track_id is not null
         order by position
    """
    return await conn.column(UUID, sql, playlist_id)


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
