"""Playlists, by the use cases of `music/playlists`."""

from collections.abc import Sequence
from itertools import batched
from uuid import UUID

from msgspec import UNSET, Struct, structs

from veza.core.ids import PlaylistEntryId, PlaylistId, TrackId
from veza.core.visibility import Visibility
from veza.domains.music.playlists.models.entries import AddedTracks, RemovedEntries
from veza.domains.music.playlists.models.playlists import (
    Playlist,
    PlaylistChange,
    PlaylistForm,
    PlaylistRole,
)
from veza.domains.music.playlists.service import covers, entries, playlists, smart
from veza.domains.music.playlists.service.covers import PlaylistCover
from veza.domains.subsonic.models.rows import ItemKind
from veza.domains.subsonic.models.shown import PlayerPlaylist, PlayerPlaylists, PlaylistWithSongs
from veza.domains.subsonic.models.viewer import Viewer
from veza.domains.subsonic.queries import playlists as playlist_queries
from veza.domains.subsonic.queries import songs as song_queries
from veza.domains.subsonic.rules.ids import write_id
from veza.domains.subsonic.service import songs
from veza.infra.postgres.database import Conn, Tx

_CHANGED_AT_ONCE = 100


class PlaylistUpdate(Struct, frozen=True):
    """Changes of a playlist: what is None keeps its value. Indexes count from 0."""

    name: str | None = None
    comment: str | None = None
    is_public: bool | None = None
    added: Sequence[UUID] = ()
    removed_indexes: Sequence[int] = ()


async def list_playlists(conn: Conn, viewer: Viewer) -> PlayerPlaylists:
    """Return the playlists that the member owns or edits, then the latest public ones of others.

    Whether one is read only is told by its owner, because some clients know no field for it.
    """
    found = await playlists.list_playable(conn, viewer.member, viewer.urls, with_public=True)
    return PlayerPlaylists(playlist=[structs.replace(_show(one), readonly=None) for one in found])


async def get_playlist(conn: Conn, viewer: Viewer, playlist_id: PlaylistId) -> PlaylistWithSongs:
    """Return a playlist and those of its songs that the member may play."""
    playlist = await playlists.get_playlist(conn, playlist_id, viewer.member, viewer.urls)
    track_ids = await list_track_ids(conn, viewer, playlist_id)
    found = await songs.list_in_order(conn, viewer, track_ids)
    shown = _show(playlist)
    fields = {name: getattr(shown, name) for name in shown.__struct_fields__}
    fields |= {"song_count": len(found), "duration": sum(song.duration for song in found)}
    return PlaylistWithSongs(**fields, entry=found)


async def create_playlist(
    tx: Tx, viewer: Viewer, name: str, track_ids: Sequence[UUID]
) -> PlaylistWithSongs:
    """Create a private playlist with songs."""
    created = await playlists.create_playlist(tx, viewer.member, PlaylistForm(name), viewer.urls)
    await _add(tx, viewer, created.id, track_ids)
    return await get_playlist(tx, viewer, created.id)


async def replace_songs(
    tx: Tx, viewer: Viewer, playlist_id: PlaylistId, name: str | None, track_ids: Sequence[UUID]
) -> PlaylistWithSongs:
    """Replace the songs of a playlist, and its name if one is given."""
    await playlists.lock_editable(tx, playlist_id, viewer.member)
    if name:
        change = PlaylistChange(title=name)
        await playlists.update_playlist(
            tx, playlist_id, viewer.member, change=change, urls=viewer.urls
        )
    await _remove(
        tx, viewer, playlist_id, await playlist_queries.list_all_entry_ids(tx, playlist_id)
    )
    await _add(tx, viewer, playlist_id, track_ids)
    return await get_playlist(tx, viewer, playlist_id)


async def update_playlist(
    tx: Tx, viewer: Viewer, playlist_id: PlaylistId, update: PlaylistUpdate
) -> None:
    """Change a playlist. Removed songs are named by their index in what the member sees."""
    await playlists.lock_editable(tx, playlist_id, viewer.member)
    visibility = Visibility.PUBLIC if update.is_public else Visibility.PRIVATE
    change = PlaylistChange(
        title=update.name or UNSET,
        description=UNSET if update.comment is None else update.comment,
        visibility=UNSET if update.is_public is None else visibility,
    )
    if change != PlaylistChange():
        await playlists.update_playlist(
            tx, playlist_id, viewer.member, change=change, urls=viewer.urls
        )
    if update.removed_indexes:
        seen = await _list_seen_entries(tx, viewer, playlist_id)
        indexes = sorted({index for index in update.removed_indexes if 0 <= index < len(seen)})
        await _remove(tx, viewer, playlist_id, [seen[index] for index in indexes])
    await _add(tx, viewer, playlist_id, update.added)


async def delete_playlist(tx: Tx, viewer: Viewer, playlist_id: PlaylistId) -> None:
    """Delete a playlist of the member."""
    await playlists.delete_playlist(tx, playlist_id, viewer.member)


async def has_costly_cover(conn: Conn, viewer: Viewer, playlist_id: PlaylistId) -> bool:
    """Return whether the cover of a playlist has to be searched by its rules."""
    playlist = await playlists.find_visible(conn, playlist_id, viewer.member)
    return playlist.rules is not None and playlist.cover_image_id is None


async def find_cover(conn: Conn, viewer: Viewer, playlist_id: PlaylistId) -> PlaylistCover:
    """Return the cover of a playlist, which of a smart one has to be searched, too.

    Raises PlaylistNotFound and PlaylistCoverNotFound.
    """
    playlist = await playlists.find_visible(conn, playlist_id, viewer.member)
    if playlist.rules is None:
        return await covers.open_cover(conn, playlist_id, viewer.member, granted=False)
    track_ids = []
    if playlist.cover_image_id is None:
        track_ids = await smart.list_track_ids(conn, playlist, viewer.member)
    return await covers.make_cover(conn, playlist, track_ids, viewer.member)


async def list_track_ids(conn: Conn, viewer: Viewer, playlist_id: PlaylistId) -> Sequence[UUID]:
    """Return the tracks of a playlist: as its rules find them now, if it is a smart one."""
    playlist = await playlists.find_visible(conn, playlist_id, viewer.member)
    if playlist.rules is not None:
        return await smart.list_track_ids(conn, playlist, viewer.member)
    return await playlist_queries.list_track_ids(conn, playlist_id)


async def _list_seen_entries(
    tx: Tx, viewer: Viewer, playlist_id: PlaylistId
) -> list[PlaylistEntryId]:
    track_ids = await playlist_queries.list_track_ids(tx, playlist_id)
    entry_ids = await playlist_queries.list_entry_ids(tx, playlist_id)
    rows = await song_queries.list_songs_by_id(tx, viewer.id, list(set(track_ids)))
    seen = {row.id for row in rows}
    return [
        entry_id
        for entry_id, track_id in zip(entry_ids, track_ids, strict=True)
        if track_id in seen
    ]


async def _add(tx: Tx, viewer: Viewer, playlist_id: PlaylistId, track_ids: Sequence[UUID]) -> None:
    for some in batched(track_ids, _CHANGED_AT_ONCE):
        added = AddedTracks([TrackId(track_id) for track_id in some])
        await entries.add_tracks(tx, playlist_id, viewer.member, added)


async def _remove(
    tx: Tx, viewer: Viewer, playlist_id: PlaylistId, entry_ids: Sequence[PlaylistEntryId]
) -> None:
    for some in batched(entry_ids, _CHANGED_AT_ONCE):
        await entries.remove_entries(tx, playlist_id, viewer.member, RemovedEntries(list(some)))


def _show(playlist: Playlist) -> PlayerPlaylist:
    playlist_id = write_id(ItemKind.PLAYLIST, playlist.id)
    return PlayerPlaylist(
        id=playlist_id,
        name=playlist.title,
        comment=playlist.description or None,
        owner=playlist.owner.username,
        public=playlist.visibility is Visibility.PUBLIC,
        readonly=None if playlist.role in {PlaylistRole.OWNER, PlaylistRole.EDITOR} else True,
        song_count=playlist.tracks_count or 0,
        duration=int(playlist.duration_seconds or 0),
        created=playlist.created_at,
        changed=playlist.updated_at,
        cover_art=None if playlist.cover_url is None else playlist_id,
    )
