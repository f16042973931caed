"""Artists, albums and folders."""

import time
from uuid import UUID

from veza.core.errors import required
from veza.core.ids import UserId
from veza.domains.subsonic.errors import ItemNotFound
from veza.domains.subsonic.models.rows import AlbumOrder, ArtistRow, ItemKind, SongPage
from veza.domains.subsonic.models.shown import (
    Album,
    AlbumNotes,
    AlbumWithSongs,
    ArtistIndexes,
    ArtistNotes,
    ArtistWithAlbums,
    Directory,
    FoundItems,
)
from veza.domains.subsonic.models.viewer import Viewer
from veza.domains.subsonic.queries import artists as artist_queries
from veza.domains.subsonic.queries import songs as song_queries
from veza.domains.subsonic.rules import items
from veza.domains.subsonic.rules.ids import ROOT_ID, read_id
from veza.domains.subsonic.service import songs
from veza.infra.postgres.database import Conn

_MAX_ARTISTS = 10_000
_MAX_STARRED = 1000


async def list_artists(conn: Conn, viewer: Viewer) -> ArtistIndexes:
    """Return the artists by first letter: at most 10,000."""
    found = await artist_queries.list_artists(conn, viewer.id, limit=_MAX_ARTISTS)
    shown = [items.show_artist(row) for row in found]
    return ArtistIndexes(
        ignored_articles="",
        last_modified=int(time.time() * 1000),
        index=items.index_artists(shown),
    )


async def get_artist(conn: Conn, viewer: Viewer, artist_id: UUID) -> ArtistWithAlbums:
    """Return an artist and their albums. Raises ItemNotFound."""
    row = await _find_artist(conn, viewer, artist_id)
    albums = await list_albums_of(conn, viewer, artist_id)
    artist = items.show_artist(row)
    fields = {name: getattr(artist, name) for name in artist.__struct_fields__}
    return ArtistWithAlbums(**fields, album=albums)


async def list_albums_of(conn: Conn, viewer: Viewer, artist_id: UUID) -> list[Album]:
    """Return the albums of an artist, the latest first."""
    found = await song_queries.list_songs_of(conn, viewer.id, UserId(artist_id))
    return [items.show_single(row) for row in found]


async def get_artist_notes(conn: Conn, viewer: Viewer, artist_id: UUID) -> ArtistNotes:
    """Return what an artist wrote about themselves. Raises ItemNotFound."""
    row = await _find_artist(conn, viewer, artist_id)
    return ArtistNotes(biography=row.bio or None)


async def get_album(conn: Conn, viewer: Viewer, track_id: UUID) -> AlbumWithSongs:
    """Return an album and its songs. Raises ItemNotFound."""
    row = await songs.get_row(conn, viewer, track_id)
    return items.with_songs(items.show_single(row), [songs.show(row)])


async def get_album_notes(conn: Conn, viewer: Viewer, track_id: UUID) -> AlbumNotes:
    """Return the addresses of an album's cover. Raises ItemNotFound."""
    row = await songs.get_row(conn, viewer, track_id)
    if not row.has_cover:
        return AlbumNotes()
    url = f"{viewer.urls.base}/tracks/{row.id}/cover"
    return AlbumNotes(small_image_url=url, medium_image_url=url, large_image_url=url)


async def list_albums(conn: Conn, viewer: Viewer, page: SongPage, order: AlbumOrder) -> list[Album]:
    """Return a page of albums."""
    rows = await songs.list_ordered(conn, viewer, page, order)
    return [items.show_single(row) for row in rows]


async def list_starred(conn: Conn, viewer: Viewer) -> FoundItems:
    """Return the artists that the member follows, and the songs and albums that they like."""
    followed = await artist_queries.list_followed(conn, viewer.id, _MAX_STARRED)
    liked = await songs.list_liked(conn, viewer, _MAX_STARRED)
    return FoundItems(
        artist=[items.show_artist(row) for row in followed],
        album=[items.show_single(row) for row in liked],
        song=songs.show_all(liked),
    )


async def get_root(conn: Conn, viewer: Viewer) -> Directory:
    """Return the directory that has all artists."""
    found = await artist_queries.list_artists(conn, viewer.id, limit=_MAX_ARTISTS)
    folders = [items.folder_of_artist(items.show_artist(row)) for row in found]
    return Directory(id=str(ROOT_ID), name="Music", child=[*folders])


async def get_directory(conn: Conn, viewer: Viewer, text: str) -> Directory:
    """Return the directory of an artist or of an album. Raises ItemNotFound."""
    item = read_id(text, ItemKind.ARTIST, ItemKind.SINGLE)
    if item.kind is ItemKind.ARTIST:
        artist = await get_artist(conn, viewer, item.id)
        return Directory(
            id=artist.id,
            parent=str(ROOT_ID),
            name=artist.name,
            child=[items.folder_of_album(album) for album in artist.album],
        )
    album = await get_album(conn, viewer, item.id)
    return Directory(id=album.id, parent=album.artist_id, name=album.name, child=[*album.song])


async def find_cover_track(conn: Conn, item_id: UUID, kind: ItemKind) -> UUID:
    """Return the track whose cover stands for an item. Raises ItemNotFound."""
    if kind is not ItemKind.ARTIST:
        return item_id
    return required(await artist_queries.find_cover_track(conn, item_id), ItemNotFound)


async def _find_artist(conn: Conn, viewer: Viewer, artist_id: UUID) -> ArtistRow:
    found = await artist_queries.list_artists_by_id(conn, viewer.id, [artist_id])
    return required(found[0] if found else None, ItemNotFound)
