"""Shares: links to unlisted playlists of `music/playlists`, which anybody can open in a browser."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from veza.core.ids import PlaylistId, ReleaseId, TrackId
from veza.domains.music.playlists.errors import NothingToShare
from veza.domains.music.playlists.models.shares import PlaylistShare
from veza.domains.music.playlists.service import playlists, shares
from veza.domains.music.playlists.service.shares import PlaylistShareChange, PlaylistShareForm
from veza.domains.music.releases.service import lists
from veza.domains.music.releases.shared_queries import list_places
from veza.domains.subsonic.errors import ItemNotFound
from veza.domains.subsonic.models.rows import ItemId, ItemKind
from veza.domains.subsonic.models.shown import Song
from veza.domains.subsonic.models.system import PlayerShare, PlayerShares
from veza.domains.subsonic.models.viewer import Viewer
from veza.domains.subsonic.queries import songs as song_queries
from veza.domains.subsonic.rules.ids import write_id
from veza.domains.subsonic.service import songs
from veza.domains.subsonic.service.playlists import list_track_ids
from veza.infra.postgres.database import Conn, Tx

_MAX_TITLE = 200
_UNTITLED = "Share"


class ShareRequest(Struct, frozen=True):
    """The songs, albums and playlists to share, the end of the share and its description."""

    items: Sequence[ItemId]
    description: str
    expires_at: datetime | None


async def list_shares(conn: Conn, viewer: Viewer, origin: str) -> PlayerShares:
    """Return the latest shares of the member, with their first songs."""
    return await _show(conn, viewer, await shares.list_shares(conn, viewer.member), origin)


async def create_share(tx: Tx, viewer: Viewer, new: ShareRequest, origin: str) -> PlayerShares:
    """Share songs, albums and playlists with all who know the address of the share.

    Tracks that these people can't hear are left out. Raises ItemNotFound and NothingToShare.
    """
    found = await _find_tracks(tx, viewer, new.items)
    if not found.track_ids:
        raise NothingToShare
    title = (new.description.strip() or found.title or _UNTITLED)[:_MAX_TITLE]
    form = PlaylistShareForm(title, found.track_ids, new.expires_at)
    made = await shares.create_share(tx, viewer.member, form, viewer.urls)
    return await _show(tx, viewer, [made], origin)


async def update_share(
    tx: Tx, viewer: Viewer, playlist_id: PlaylistId, change: PlaylistShareChange
) -> None:
    """Change a share of the member. Raises PlaylistShareNotFound."""
    await shares.update_share(tx, playlist_id, viewer.member, change=change, urls=viewer.urls)


async def delete_share(tx: Tx, viewer: Viewer, playlist_id: PlaylistId) -> None:
    """Delete a share of the member. Raises PlaylistShareNotFound."""
    await shares.delete_share(tx, playlist_id, viewer.member)


class _Found(Struct, frozen=True):
    """The tracks of shared items, and the title of the first item, unless it is a song."""

    track_ids: Sequence[TrackId]
    title: str = ""


async def _find_tracks(conn: Conn, viewer: Viewer, items: Sequence[ItemId]) -> _Found:
    """Return the tracks of items in their order, without those that only their owner hears."""
    release_ids = [ReleaseId(item.id) for item in items if item.kind is ItemKind.ALBUM]
    releases = await lists.find_visible_rows(conn, release_ids, viewer.member)
    if len(releases) < len(set(release_ids)):
        raise ItemNotFound
    places = await list_places(conn, release_ids)
    titles: list[str] = []
    ids: list[TrackId] = []
    for item in items:
        match item.kind:
            case ItemKind.ALBUM:
                titles.append(releases[ReleaseId(item.id)].title)
                ids += [place.track_id for place in places if place.release_id == item.id]
            case ItemKind.PLAYLIST:
                playlist_id = PlaylistId(item.id)
                playlist = await playlists.find_visible(conn, playlist_id, viewer.member)
                titles.append(playlist.title)
                found = await list_track_ids(conn, viewer, playlist_id)
                ids += [TrackId(track_id) for track_id in found]
            case _:
                ids.append(TrackId(item.id))
    names = {row.id: row.title for row in await song_queries.list_shared(conn, viewer.id, ids)}
    kept = [track_id for track_id in ids if track_id in names]
    title = titles[0] if titles else ", ".join(names[one] for one in kept[:3])
    return _Found(kept, title)


async def _show(
    conn: Conn, viewer: Viewer, found: Sequence[PlaylistShare], origin: str
) -> PlayerShares:
    """Return shares with their first songs, all of which are read together."""
    playlist_ids = [one.playlist_id for one in found]
    entries = await shares.list_entries(conn, playlist_ids, shares.MAX_LISTED_ENTRIES)
    wanted = list({entry.track_id for entry in entries})
    listed = await songs.list_in_order(conn, viewer, wanted)
    by_id = {song.id: song for song in listed}
    inside: dict[PlaylistId, list[Song]] = {}
    for entry in entries:
        song = by_id.get(write_id(ItemKind.TRACK, entry.track_id))
        if song is not None:
            inside.setdefault(entry.playlist_id, []).append(song)
    return PlayerShares(
        share=[
            PlayerShare(
                id=write_id(ItemKind.PLAYLIST, one.playlist_id),
                url=f"{origin}/playlists/{one.playlist_id}",
                description=one.title,
                username=viewer.username,
                created=one.created_at,
                expires=one.expires_at,
                last_visited=one.last_visited_at,
                visit_count=one.visits_count,
                entry=inside.get(one.playlist_id, []),
            )
            for one in found
        ]
    )
