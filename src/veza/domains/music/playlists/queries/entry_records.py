"""Entries are ordered by positions with gaps, which are renewed if there is no room."""

from collections.abc import Sequence

from veza.core.ids import PlaylistEntryId, PlaylistId, TrackId, UserId
from veza.core.people import appearance
from veza.domains.music.playlists.models.entries import EntryTotals, StoredEntry
from veza.domains.music.playlists.models.playlists import PersonalEntry
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.where import Where

_MAX_POSITION = 2**63 - 1

_SELECT_ENTRIES = f"""
    select e.id, e.track_id, e.position, e.added_by, u.username,
           {appearance("u")} as appearance, e.added_at
      from playlist_entries e
      left join users u on u.id = e.added_by
"""


async def list_entries(
    conn: Conn, playlist_id: PlaylistId, limit: int, after: int | None
) -> list[StoredEntry]:
    """Return entries in their order, from a position on: a page, and the next page's first row."""
    where = Where()
    where.add("e.playlist_id = {}", playlist_id)
    if after is not None:
        where.add("e.position > {}", after)
    sql = f"""
        {_SELECT_ENTRIES}
        {where.sql}
         order by e.position
         limit {limit + 1:d}
    """
    return await conn.all(StoredEntry, sql, *where.values)


async def count_known_entries(
    conn: Conn, playlist_id: PlaylistId, entry_ids: Sequence[PlaylistEntryId]
) -> int:
    """Return how many of these are entries of the playlist."""
    sql = "select count(*) from playlist_entries where playlist_id = $1 and id = any($2)"
    return await conn.value(int, sql, playlist_id, list(entry_ids)) or 0


async def find_position(
    conn: Conn, playlist_id: PlaylistId, entry_id: PlaylistEntryId
) -> int | None:
    sql = "select position from playlist_entries where playlist_id = $1 and id = $2"
    return await conn.value(int, sql, playlist_id, entry_id)


async def find_position_before(
    conn: Conn, playlist_id: PlaylistId, high: int | None, without: Sequence[PlaylistEntryId]
) -> int | None:
    """Return the highest position below `high` (None: of all), ignoring the entries `without`."""
    sql = """
        select position
          from playlist_entries
         where playlist_id = $1 and position < $2 and id <> all($3)
         order by position desc
         limit 1
    """
    limit = _MAX_POSITION if high is None else high
    return await conn.value(int, sql, playlist_id, limit, list(without))


async def update_positions_apart(tx: Tx, playlist_id: PlaylistId, step: int) -> None:
    """Renew the positions of all entries: multiples of `step`, in the same order."""
    sql = """
        update playlist_entries e
           set position = o.number * $2
          from (select id, row_number() over (order by position) as number
                  from playlist_entries
                 where playlist_id = $1) o
         where e.id = o.id
    """
    await tx.run(sql, playlist_id, step)


async def insert_entries(
    tx: Tx,
    playlist_id: PlaylistId,
    added_by: UserId,
    *,
    ids: Sequence[PlaylistEntryId],
    places: Sequence[tuple[TrackId, int]],
) -> EntryTotals:
    """Insert an entry for each track and position. An unknown track violates a foreign key."""
    sql = """
        with added as (
            insert into playlist_entries (id, playlist_id, added_by, track_id, position,
                                          duration_ms)
                 select n.id, $1, $2, n.track_id, n.position, coalesce(t.duration_ms, 0)
                   from unnest($3::uuid[], $4::uuid[], $5::bigint[]) as n (id, track_id, position)
                   left join tracks t on t.id = n.track_id
              returning duration_ms
        )
        select count(*) as count, coalesce(sum(duration_ms), 0)::bigint as duration_ms from added
    """
    track_ids = [track_id for track_id, _ in places]
    positions = [position for _, position in places]
    return await tx.one(EntryTotals, sql, playlist_id, added_by, list(ids), track_ids, positions)


async def update_positions(
    tx: Tx,
    playlist_id: PlaylistId,
    entry_ids: Sequence[PlaylistEntryId],
    positions: Sequence[int],
) -> None:
    sql = """
        update playlist_entries e
           set position = n.position
          from unnest($2::uuid[], $3::bigint[]) as n (id, position)
         where e.playlist_id = $1 and e.id = n.id
    """
    await tx.run(sql, playlist_id, list(entry_ids), list(positions))


async def delete_entries(
    tx: Tx, playlist_id: PlaylistId, entry_ids: Sequence[PlaylistEntryId]
) -> EntryTotals:
    sql = """
        with removed as (
            delete from playlist_entries where playlist_id = $1 and id = any($2)
            returning duration_ms
        )
        select count(*) as count, coalesce(sum(duration_ms), 0)::bigint as duration_ms from removed
    """
    return await tx.one(EntryTotals, sql, playlist_id, list(entry_ids))


async def add_to_totals(tx: Tx, playlist_id: PlaylistId, added: EntryTotals) -> int:
    """Add to the totals; return the number of tracks. Mark the playlist as changed."""
    sql = """
        update playlists
           set tracks_count = tracks_count + $2, duration_ms = duration_ms + $3, updated_at = now()
         where id = $1
     returning tracks_count
    """
    return await tx.value(int, sql, playlist_id, added.count, added.duration_ms) or 0


async def update_adder_gone(tx: Tx, user_id: UserId) -> None:
    """Remove a member's name from the entries that they added to playlists of others."""
    await tx.run("update playlist_entries set added_by = null where added_by = $1", user_id)


async def list_personal_entries(conn: Conn, owner_id: UserId) -> list[PersonalEntry]:
    """Return the entries of a member's playlists, ordered by playlist and position."""
    sql = """
        select e.playlist_id, e.track_id, t.title, e.position, e.added_at
          from playlist_entries e
          join playlists p on p.id = e.playlist_id
          left join tracks t on t.id = e.track_id
         where p.owner_id = $1
         order by e.playlist_id, e.position
    """
    return await conn.every(PersonalEntry, sql, owner_id)


async def update_adder(tx: Tx, user_id: UserId, into_id: UserId) -> None:
    """Move the entries that a page added to playlists to another profile."""
    await tx.run("update playlist_entries set added_by = $2 where added_by = $1", user_id, into_id)
