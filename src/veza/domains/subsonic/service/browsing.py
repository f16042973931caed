"""Artists, albums and folders."""

import time
from uuid import UUID

from veza.core.errors import required
from veza.domains.music.discovery.service import recommendations
from veza.domains.subsonic.errors import ItemNotFound
from veza.domains.subsonic.models.rows import ArtistRow, ItemKind
from veza.domains.subsonic.models.shown import (
    ArtistIndexes,
    ArtistNotes,
    ArtistWithAlbums,
    Directory,
    FoundItems,
)
from veza.domains.subsonic.models.viewer import Viewer
from veza.domains.subsonic.queries import artists as artist_queries
from veza.domains.subsonic.rules import items
from veza.domains.subsonic.rules.ids import ROOT_ID, read_id
from veza.domains.subsonic.service import albums, songs
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
    found = await albums.list_albums_of(conn, viewer, artist_id)
    artist = items.show_artist(row)
    fields = {name: getattr(artist, name) for name in artist.__struct_fields__}
    return ArtistWithAlbums(**fields, album=found)


async def get_artist_notes(conn: Conn, viewer: Viewer, artist_id: UUID, limit: int) -> ArtistNotes:
    """Return what an artist wrote about themselves, and similar artists. Raises ItemNotFound."""
    row = await _find_artist(conn, viewer, artist_id)
    similar = (
        await recommendations.list_similar_artists(conn, row.id, limit, viewer=viewer.member)
        if limit
        else []
    )
    rows = await artist_queries.list_artists_by_id(conn, viewer.id, [one.id for one in similar])
    found = {each.id: items.show_artist(each) for each in rows}
    return ArtistNotes(
        biography=row.bio or None,
        similar_artist=[found[one.id] for one in similar if one.id in found],
    )


async def list_starred(conn: Conn, viewer: Viewer) -> FoundItems:
    """Return the artists that the member follows, and the songs that they like.

    Liked songs that are on no release are albums too; releases are not liked.
    """
    followed = await artist_queries.list_followed(conn, viewer.id, _MAX_STARRED)
    liked = await songs.list_liked(conn, viewer, _MAX_STARRED)
    return FoundItems(
        artist=[items.show_artist(row) for row in followed],
        album=[items.show_single(row) for row in liked if row.release_id is None],
        song=songs.show_all(liked),
    )


async def get_root(conn: Conn, viewer: Viewer) -> Directory:
    """Return the directory that has all artists."""
    found = await artist_queries.list_artists(conn, viewer.id, limit=_MAX_ARTISTS)
    folders = [items.folder_of_artist(items.show_artist(row)) for row in found]
    return Directory(id=str(ROOT_ID), name="Music", child=[*folders])


async def get_directory(conn: Conn, viewer: Viewer, text: str) -> Directory:
    """Return the directory of an artist or of an album. Raises ItemNotFound."""
    item = read_id(text, ItemKind.ARTIST, ItemKind.SINGLE, ItemKind.ALBUM)
    if item.kind is ItemKind.ARTIST:
        artist = await get_artist(conn, viewer, item.id)
        return Directory(
            id=artist.id,
            parent=str(ROOT_ID),
            name=artist.name,
            child=[items.folder_of_album(album) for album in artist.album],
        )
    album = await albums.get_album(conn, viewer, item)
    return Directory(id=album.id, parent=album.artist_id, name=album.name, child=[*album.song])


async def find_cover_track(conn: Conn, artist_id: UUID) -> UUID:
    """Return the track whose cover stands for an artist. Raises ItemNotFound."""
    return required(await artist_queries.find_cover_track(conn, artist_id), ItemNotFound)


async def _find_artist(conn: Conn, viewer: Viewer, artist_id: UUID) -> ArtistRow:
    found = await artist_queries.list_artists_by_id(conn, viewer.id, [artist_id])
    return required(found[0] if found else None, ItemNotFound)
