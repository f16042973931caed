"""A link is a row beside its playlist, and is deleted with it."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from veza.core.ids import PlaylistId, TrackId, UserId
from veza.domains.music.playlists.models.shares import PlaylistShare
from veza.infra.postgres.database import Conn, Tx

_SHARE = """
    select s.playlist_id, p.title, s.expires_at, s.visits_count, s.last_visited_at, s.created_at
      from playlist_shares s
      join playlists p on p.id = s.playlist_id
"""


class SharedEntry(Struct, frozen=True):
    """A track of a playlist that has a link."""

    playlist_id: PlaylistId
    track_id: TrackId


async def insert_share(tx: Tx, playlist_id: PlaylistId, expires_at: datetime | None) -> None:
    sql = "insert into playlist_shares (playlist_id, expires_at) values ($1, $2)"
    await tx.run(sql, playlist_id, expires_at)


async def find_share(conn: Conn, playlist_id: PlaylistId, owner_id: UserId) -> PlaylistShare | None:
    """Return the link to a playlist of a member."""
    sql = f"{_SHARE} where p.id = $1 and p.owner_id = $2"
    return await conn.maybe(PlaylistShare, sql, playlist_id, owner_id)


async def list_shares(conn: Conn, owner_id: UserId, limit: int) -> list[PlaylistShare]:
    """Return the links of a member, the latest first, also those that have ended."""
    sql = f"""
        {_SHARE}
         where p.owner_id = $1
         order by s.created_at desc, p.id desc
         limit {limit:d}
    """
    return await conn.all(PlaylistShare, sql, owner_id)


async def list_entries(
    conn: Conn, playlist_ids: Sequence[PlaylistId], limit: int
) -> list[SharedEntry]:
    """Return the tracks of playlists in the order of both: of each at most `limit`."""
    sql = f"""
        select w.id as playlist_id, e.track_id
          from unnest($1::uuid[]) with ordinality as w (id, place)
         cross join lateral (
                   select track_id, position
                     from playlist_entries
                    where playlist_id = w.id and track_id is not null
                    order by position
                    limit {limit:d}
               ) e
         order by w.place, e.position
    """
    return await conn.all(SharedEntry, sql, list(playlist_ids))


async def update_expiry(tx: Tx, playlist_id: PlaylistId, expires_at: datetime | None) -> None:
    sql = "update playlist_shares set expires_at = $2 where playlist_id = $1"
    await tx.run(sql, playlist_id, expires_at)


async def update_visited(tx: Tx, playlist_id: PlaylistId) -> None:
    """Count a visit, if the playlist has a link."""
    sql = """
        update playlist_shares
           set visits_count = visits_count + 1, last_visited_at = now()
         where playlist_id = $1
    """
    await tx.run(sql, playlist_id)


async def list_personal_shares(conn: Conn, owner_id: UserId) -> list[PlaylistShare]:
    sql = f"{_SHARE} where p.owner_id = $1 order by p.id"
    return await conn.every(PlaylistShare, sql, owner_id)
