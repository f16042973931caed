"""SQL statements of playlists."""

from collections.abc import Sequence
from uuid import UUID

from veza.core.ids import LOWEST_ID, PlaylistEntryId, PlaylistId, TrackId, UserId
from veza.domains.music.playlists.models import (
    PersonalEntry,
    PlaylistEditor,
    PlaylistForm,
    PlaylistQuery,
    StoredEntry,
    StoredPlaylist,
)
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind
from veza.infra.postgres.where import Where

_MAX_POSITION = 2**63 - 1

_SELECT_ENTRIES = """
    select e.id, e.track_id, e.position, e.added_by, u.username, e.added_at
      from playlist_entries e
      left join users u on u.id = e.added_by
"""


def _select_playlists(where: Where, viewer_id: UserId | None) -> str:
    viewer = where.bind(viewer_id)
    return f"""
        select p.id, p.owner_id, u.username, p.title, p.description, p.visibility, p.tracks_count,
               p.created_at, p.updated_at, u.suspended_at is not null as is_hidden,
               case when p.owner_id = {viewer} then 'owner'
                    when e.accepted_at is not null then 'editor'
                    when e.user_id is not null then 'invited'
               end as role
          from playlists p
          join users u on u.id = p.owner_id
          left join playlist_editors e on e.playlist_id = p.id and e.user_id = {viewer}
    """


async def lock_owner(tx: Tx, owner_id: UserId) -> bool:
    """Lock a member, so that concurrent requests keep to their limits; False if deleted."""
    sql = "select true from users where id = $1 for no key update"
    return await tx.value(bool, sql, owner_id) or False


async def lock_member(tx: Tx, user_id: UserId) -> bool:
    """Prevent the deletion of a member; False if they are deleted or suspended."""
    sql = "select true from users where id = $1 and suspended_at is null for key share"
    return await tx.value(bool, sql, user_id) or False


async def count_playlists(conn: Conn, owner_id: UserId) -> int:
    sql = "select count(*) from playlists where owner_id = $1"
    return await conn.value(int, sql, owner_id) or 0


async def insert_playlist(
    tx: Tx, playlist_id: PlaylistId, owner_id: UserId, form: PlaylistForm
) -> None:
    sql = """
        insert into playlists (id, owner_id, title, description, visibility)
             values (:id, :owner_id, :title, :description, :visibility)
    """
    await tx.run(*bind(sql, form, id=playlist_id, owner_id=owner_id))


async def find_playlist(
    conn: Conn, playlist_id: PlaylistId, viewer_id: UserId | None
) -> StoredPlaylist | None:
    where = Where()
    select = _select_playlists(where, viewer_id)
    where.add("p.id = {}", playlist_id)
    return await conn.maybe(StoredPlaylist, f"{select} {where.sql}", *where.values)


async def lock_playlist(
    tx: Tx, playlist_id: PlaylistId, viewer_id: UserId
) -> StoredPlaylist | None:
    """Lock a playlist: every change of its entries and editors waits here."""
    where = Where()
    select = _select_playlists(where, viewer_id)
    where.add("p.id = {}", playlist_id)
    sql = f"{select} {where.sql} for no key update of p"
    return await tx.maybe(StoredPlaylist, sql, *where.values)


async def list_playlists(
    conn: Conn, query: PlaylistQuery, viewer_id: UserId | None
) -> list[StoredPlaylist]:
    """Return a page, newest first, and the first row of the next page."""
    where = Where()
    select = _select_playlists(where, viewer_id)
    if query.owner_id is None:
        where.add("p.visibility = 'public' and u.suspended_at is null")
    elif query.with_shared:
        shared = "p.id in (select playlist_id from playlist_editors where user_id = {})"
        where.add(
            f"(p.owner_id = {{}} or u.suspended_at is null and {shared})",
            query.owner_id,
            query.owner_id,
        )
    else:
        where.add(
            "p.owner_id = {} and p.visibility = 'public' and u.suspended_at is null", query.owner_id
        )
    if query.cursor is not None:
        where.add("(p.created_at, p.id) < ({}, {})", query.cursor.created_at, query.cursor.id)
    sql = f"""
        {select}
        {where.sql}
         order by p.created_at desc, p.id desc
         limit {query.limit + 1:d}
    """
    return await conn.all(StoredPlaylist, sql, *where.values)


async def update_playlist(tx: Tx, playlist_id: PlaylistId, form: PlaylistForm) -> None:
    sql = """
        update playlists
           set title = :title, description = :description, visibility = :visibility,
               updated_at = now()
         where id = :id
    """
    await tx.run(*bind(sql, form, id=playlist_id))


async def delete_playlist(tx: Tx, playlist_id: PlaylistId) -> None:
    await tx.run("delete from playlists where id = $1", playlist_id)


async def delete_playlists_of(tx: Tx, owner_id: UserId) -> None:
    await tx.run("delete from playlists where owner_id = $1", owner_id)


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
) -> None:
    """Insert an entry for each track and position. An unknown track violates a foreign key."""
    sql = """
        insert into playlist_entries (id, playlist_id, added_by, track_id, position)
             select n.id, $1, $2, n.track_id, n.position
               from unnest($3::uuid[], $4::uuid[], $5::bigint[]) as n (id, track_id, position)
    """
    track_ids = [track_id for track_id, _ in places]
    positions = [position for _, position in places]
    await tx.run(sql, playlist_id, added_by, list(ids), track_ids, positions)


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
) -> int:
    """Delete entries of a playlist; return their number."""
    sql = "delete from playlist_entries where playlist_id = $1 and id = any($2)"
    return await tx.run(sql, playlist_id, list(entry_ids))


async def add_to_tracks_count(tx: Tx, playlist_id: PlaylistId, difference: int) -> int:
    """Add to the number of tracks and return it; mark the playlist as changed."""
    sql = """
        update playlists
           set tracks_count = tracks_count + $2, updated_at = now()
         where id = $1
     returning tracks_count
    """
    return await tx.value(int, sql, playlist_id, difference) or 0


async def upsert_editor(tx: Tx, playlist_id: PlaylistId, user_id: UserId) -> None:
    """Invite a member; an earlier invitation stays as it is."""
    sql = """
        insert into playlist_editors (playlist_id, user_id)
             values ($1, $2)
        on conflict do nothing
    """
    await tx.run(sql, playlist_id, user_id)


async def update_accepted(tx: Tx, playlist_id: PlaylistId, user_id: UserId) -> None:
    sql = """
        update playlist_editors
           set accepted_at = coalesce(accepted_at, now())
         where playlist_id = $1 and user_id = $2
    """
    await tx.run(sql, playlist_id, user_id)


async def delete_editor(tx: Tx, playlist_id: PlaylistId, user_id: UserId) -> bool:
    """Return False if the member is neither an editor nor invited."""
    sql = "delete from playlist_editors where playlist_id = $1 and user_id = $2"
    return await tx.run(sql, playlist_id, user_id) == 1


async def delete_editor_everywhere(tx: Tx, user_id: UserId) -> None:
    await tx.run("delete from playlist_editors where user_id = $1", user_id)


async def update_adder_gone(tx: Tx, user_id: UserId) -> None:
    """Remove a member's name from the entries that they added to playlists of others."""
    await tx.run("update playlist_entries set added_by = null where added_by = $1", user_id)


async def list_editors(conn: Conn, playlist_id: PlaylistId) -> list[PlaylistEditor]:
    """Return the editors and invited members who are not suspended, by invitation."""
    sql = """
        select u.id, u.username, e.invited_at, e.accepted_at
          from playlist_editors e
          join users u on u.id = e.user_id and u.suspended_at is null
         where e.playlist_id = $1
         order by e.invited_at, u.id
    """
    return await conn.all(PlaylistEditor, sql, playlist_id)


async def count_editors(conn: Conn, playlist_id: PlaylistId) -> int:
    sql = "select count(*) from playlist_editors where playlist_id = $1"
    return await conn.value(int, sql, playlist_id) or 0


async def list_personal_playlists(
    conn: Conn, user_id: UserId, after: UUID | None
) -> list[StoredPlaylist]:
    """Return the next 500 playlists that a member owns or edits, ordered by id."""
    where = Where()
    select = _select_playlists(where, user_id)
    where.add("(p.owner_id = {} or e.user_id is not null)", user_id)
    where.add("p.id > {}", after or LOWEST_ID)
    sql = f"{select} {where.sql} order by p.id limit 500"
    return await conn.all(StoredPlaylist, sql, *where.values)


async def list_personal_entries(
    conn: Conn, owner_id: UserId, after: PersonalEntry | None
) -> list[PersonalEntry]:
    """Return the next 500 entries of a member's playlists, ordered by playlist and position."""
    sql = """
        select e.playlist_id, e.track_id, t.title, e.position, e.added_at
          from playlist_entries e
          join playlists p on p.id = e.playlist_id
          left join tracks t on t.id = e.track_id
         where p.owner_id = $1 and (e.playlist_id, e.position) > ($2, $3)
         order by e.playlist_id, e.position
         limit 500
    """
    last = (after.playlist_id, after.position) if after else (LOWEST_ID, -(2**63))
    return await conn.all(PersonalEntry, sql, owner_id, *last)
