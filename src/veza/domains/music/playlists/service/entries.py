"""Entries are placed before other entries, not at numbers, under a lock of the playlist.

Every change locks the playlist first, so changes by several editors are applied one after another.
Editors name the entry before which others are placed rather than a number, so that a change means
the same after the changes of others.
"""

from collections.abc import Sequence

from veza.core.access import Member
from veza.core.errors import FieldError, Invalid
from veza.core.ids import PlaylistEntryId, PlaylistId, TrackId, new_id
from veza.core.pages import cut
from veza.core.signed_urls import UrlBuilder
from veza.domains.music.playlists import rules
from veza.domains.music.playlists.errors import EntryNotFound, PlaylistFull
from veza.domains.music.playlists.models.entries import (
    MAX_ENTRIES,
    AddedTracks,
    ChangedEntries,
    EntryQuery,
    EntryTotals,
    MovedEntries,
    PlaylistEntryPage,
    RemovedEntries,
)
from veza.domains.music.playlists.models.playlists import StoredPlaylist
from veza.domains.music.playlists.queries import editor_records, entry_records
from veza.domains.music.playlists.service import smart
from veza.domains.music.playlists.service.playlists import lock_editable
from veza.domains.music.tracks.errors import TrackNotFound
from veza.domains.music.tracks.service import visible_tracks
from veza.infra.postgres.database import Conn, Tx


async def list_entries(
    conn: Conn,
    playlist: StoredPlaylist,
    viewer: Member | None,
    *,
    query: EntryQuery,
    urls: UrlBuilder,
) -> PlaylistEntryPage:
    """Return a page of the entries of a playlist that the viewer may see, in their order.

    For a smart playlist, the caller uses a connection for expensive reads.
    """
    if playlist.rules is not None:
        return await smart.list_smart_entries(conn, playlist, viewer=viewer, query=query, urls=urls)
    found = await entry_records.list_entries(
        conn, playlist.id, query.limit, rules.position_of(query.cursor)
    )
    page, next_cursor = cut(found, query.limit, rules.cursor_after)
    track_ids = [entry.track_id for entry in page if entry.track_id is not None]
    shown = await visible_tracks.find_wanted_tracks(conn, track_ids, viewer, urls)
    return PlaylistEntryPage(rules.show_entries(page, shown), next_cursor, next_cursor is not None)


async def add_tracks(
    tx: Tx, playlist_id: PlaylistId, member: Member, added: AddedTracks
) -> ChangedEntries:
    """Add tracks that the member may see. Raises TrackNotFound, PlaylistFull, EntryNotFound."""
    # Before the playlist, in the same order as the deletion of an account.
    await editor_records.lock_member(tx, member.id)
    playlist = await lock_editable(tx, playlist_id, member)
    known = await visible_tracks.find_visible_names(tx, added.track_ids, member)
    if not known.keys() >= set(added.track_ids):
        raise TrackNotFound
    positions = await _make_room(tx, playlist_id, len(added.track_ids), before=added.before)
    places = list(zip(added.track_ids, positions, strict=True))
    return await insert_tracks(tx, playlist, member, places)


async def insert_tracks(
    tx: Tx, playlist: StoredPlaylist, member: Member, places: Sequence[tuple[TrackId, int]]
) -> ChangedEntries:
    """Insert entries at positions of a playlist that the caller has locked. Raises PlaylistFull."""
    if playlist.tracks_count + len(places) > MAX_ENTRIES:
        raise PlaylistFull
    ids = [PlaylistEntryId(new_id()) for _ in places]
    added = await entry_records.insert_entries(tx, playlist.id, member.id, ids=ids, places=places)
    count = await entry_records.add_to_totals(tx, playlist.id, added)
    return ChangedEntries(ids, count)


async def move_entries(
    tx: Tx, playlist_id: PlaylistId, member: Member, moved: MovedEntries
) -> ChangedEntries:
    """Move entries before another, in the order given. Raises EntryNotFound."""
    await lock_editable(tx, playlist_id, member)
    _ensure_valid(moved)
    known = await entry_records.count_known_entries(tx, playlist_id, moved.entry_ids)
    if known < len(moved.entry_ids):
        raise EntryNotFound
    positions = await _make_room(
        tx, playlist_id, len(moved.entry_ids), before=moved.before, without=moved.entry_ids
    )
    await entry_records.update_positions(tx, playlist_id, moved.entry_ids, positions)
    count = await entry_records.add_to_totals(tx, playlist_id, EntryTotals(0, 0))
    return ChangedEntries(moved.entry_ids, count)


async def remove_entries(
    tx: Tx, playlist_id: PlaylistId, member: Member, removed: RemovedEntries
) -> ChangedEntries:
    """Remove entries; those already removed are ignored."""
    await lock_editable(tx, playlist_id, member)
    deleted = await entry_records.delete_entries(tx, playlist_id, removed.entry_ids)
    removed_totals = EntryTotals(-deleted.count, -deleted.duration_ms)
    count = await entry_records.add_to_totals(tx, playlist_id, removed_totals)
    return ChangedEntries(removed.entry_ids, count)


async def _make_room(
    tx: Tx,
    playlist_id: PlaylistId,
    count: int,
    *,
    before: PlaylistEntryId | None,
    without: Sequence[PlaylistEntryId] = (),
) -> list[int]:
    """Return `count` positions before an entry, or at the end. `without` are to be moved there.

    If there is no room between two neighbours, the positions of all entries are renewed once.
    """
    for _ in range(2):
        high = None
        if before is not None:
            high = await entry_records.find_position(tx, playlist_id, before)
            if high is None:
                raise EntryNotFound
        low = await entry_records.find_position_before(tx, playlist_id, high, without)
        positions = rules.spread(low, high, count)
        if positions is not None:
            return positions
        await entry_records.update_positions_apart(tx, playlist_id, rules.STEP)
    raise AssertionError("renewed positions have room for a request")


def _ensure_valid(moved: MovedEntries) -> None:
    if len(set(moved.entry_ids)) < len(moved.entry_ids):
        raise Invalid(details=[FieldError("entry_ids", "Name each entry once.")])
    if moved.before in moved.entry_ids:
        raise Invalid(details=[FieldError("before", "Name an entry that isn't moved.")])
