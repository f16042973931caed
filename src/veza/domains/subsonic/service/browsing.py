"""Artists, albums and folders."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import structs

from veza.core.errors import required
from veza.core.ids import ProfileId, UserId
from veza.core.people import avatar_url
from veza.domains.images.rules import url_of
from veza.domains.music.discovery.service import recommendations
from veza.domains.profiles.service import profiles
from veza.domains.subsonic.errors import ItemNotFound
from veza.domains.subsonic.models.rows import AlbumOrder, ArtistRow, ItemKind, SongPage
from veza.domains.subsonic.models.shown import (
    Artist,
    ArtistIndex,
    ArtistIndexes,
    ArtistNotes,
    ArtistWithAlbums,
    Directory,
    FoundItems,
)
from veza.domains.subsonic.models.viewer import Viewer
from veza.domains.subsonic.queries import artists as artist_queries
from veza.domains.subsonic.queries import catalogue as catalogue_queries
from veza.domains.subsonic.rules import folders, items
from veza.domains.subsonic.rules.ids import ROOT_ID, read_id
from veza.domains.subsonic.service import albums, songs
from veza.domains.subsonic.service.catalogue import (
    MAX_ARTISTS,
    ArtistsOfLetter,
    Catalogue,
    find_relations,
)
from veza.infra.concurrency.pieces import convert_in_pieces
from veza.infra.postgres.database import Conn

_MAX_STARRED = 1000


async def list_changed_artists(
    conn: Conn, catalogue: Catalogue, viewer: Viewer, since_ms: int | None
) -> ArtistIndexes | None:
    """Return the artists with the time of their last change; None if it was not after a time.

    The time is read first, so that no later change is taken for an earlier one. It is that of the
    last change before the transactions that may still run: until they have ended, a player gets
    the artists again.
    """
    times = await catalogue_queries.find_artist_times(conn, viewer.id)
    if since_ms is not None and _milliseconds(times.latest) <= since_ms:
        return None
    found = await list_artists(conn, catalogue, viewer)
    return structs.replace(found, last_modified=_milliseconds(times.settled))


async def list_artists(conn: Conn, catalogue: Catalogue, viewer: Viewer) -> ArtistIndexes:
    """Return the artists by first letter: at most 10,000."""
    encoded = await catalogue.encode_artists(conn)
    relations = await find_relations(conn, viewer.id)
    index: list[ArtistIndex] = []
    for letter in items.sort_letters(encoded.letters):
        rows = encoded.letters[letter]
        if relations.hidden:
            rows = [row for row in rows if row.id not in relations.hidden]
        if rows:
            index.append(ArtistIndex(name=letter, artist=ArtistsOfLetter(encoded, rows, relations)))
    return ArtistIndexes(ignored_articles="", index=index)


async def list_artist_page(
    conn: Conn, catalogue: Catalogue, viewer: Viewer, page: SongPage
) -> list[Artist]:
    """Return a page of the artists by name."""
    if not page.limit:
        return []
    rows = await catalogue.list_artists(conn)
    relations = await find_relations(conn, viewer.id)
    seen = rows if not relations.hidden else [r for r in rows if r.id not in relations.hidden]
    page_rows = seen[page.offset : page.offset + page.limit]
    return await convert_in_pieces(relations.show, page_rows)


async def list_artists_by_id(
    conn: Conn, viewer: Viewer, artist_ids: Sequence[UUID]
) -> list[Artist]:
    """Return those of these artists that the member sees, in this order."""
    if not artist_ids:
        return []
    rows = {row.id: row for row in await artist_queries.list_artists_by_id(conn, artist_ids)}
    relations = await find_relations(conn, viewer.id, artist_ids)
    found = [rows[UserId(each)] for each in artist_ids if each in rows]
    return [relations.show(row) for row in found if row.id not in relations.hidden]


async def get_artist(conn: Conn, viewer: Viewer, artist_id: UUID) -> ArtistWithAlbums:
    """Return an artist and their albums. Raises ItemNotFound."""
    artist = await _find_artist(conn, viewer, artist_id)
    found = await albums.list_albums_of(conn, viewer, artist_id)
    fields = {name: getattr(artist, name) for name in artist.__struct_fields__}
    # The member's own albums are more than those that everybody sees.
    fields["album_count"] = max(artist.album_count, len(found))
    return ArtistWithAlbums(**fields, album=found)


async def get_artist_notes(conn: Conn, viewer: Viewer, artist_id: UUID, limit: int) -> ArtistNotes:
    """Return what an artist wrote about themselves, and similar artists. Raises ItemNotFound."""
    artist = await _find_artist(conn, viewer, artist_id)
    url = await _find_picture_url(conn, viewer, artist_id) if artist.cover_art else ""
    biography = await artist_queries.find_biography(conn, UserId(artist_id))
    similar = (
        await recommendations.list_similar_artists(
            conn, UserId(artist_id), limit, viewer=viewer.member
        )
        if limit
        else []
    )
    return ArtistNotes(
        biography=biography or "",
        music_brainz_id="",
        last_fm_url="",
        small_image_url=url,
        medium_image_url=url,
        large_image_url=url,
        similar_artist=await list_artists_by_id(conn, viewer, [one.id for one in similar]),
    )


async def list_starred(conn: Conn, catalogue: Catalogue, viewer: Viewer) -> FoundItems:
    """Return the artists that the member follows, and the albums and songs that they like."""
    rows = {row.id: row for row in await catalogue.list_artists(conn)}
    relations = await find_relations(conn, viewer.id)
    followed = [rows[each] for each in relations.followed if each in rows]
    liked = await songs.list_liked(conn, viewer, _MAX_STARRED)
    return FoundItems(
        artist=[
            relations.show(row) for row in followed[:_MAX_STARRED] if row.id not in relations.hidden
        ],
        album=await albums.list_albums(conn, viewer, SongPage(_MAX_STARRED), AlbumOrder.STARRED),
        song=await songs.show_all(liked),
    )


async def get_root(conn: Conn, catalogue: Catalogue, viewer: Viewer) -> Directory:
    """Return the directory that has all artists."""
    everybody = SongPage(MAX_ARTISTS)
    found = await list_artist_page(conn, catalogue, viewer, everybody)
    listed = await convert_in_pieces(folders.folder_of_artist, found)
    return Directory(id=str(ROOT_ID), name="Music", child=[*listed])


async def get_directory(conn: Conn, viewer: Viewer, text: str) -> Directory:
    """Return the directory of an artist or of an album. Raises ItemNotFound."""
    item = read_id(text, ItemKind.ARTIST, ItemKind.SINGLE, ItemKind.ALBUM)
    if item.kind is ItemKind.ARTIST:
        return folders.directory_of_artist(await get_artist(conn, viewer, item.id))
    return folders.directory_of_album(await albums.get_album(conn, viewer, item))


def _milliseconds(time: datetime) -> int:
    return int(time.timestamp() * 1000)


async def _find_picture_url(conn: Conn, viewer: Viewer, artist_id: UUID) -> str:
    """Return the address of the picture of an artist, which needs no credentials; else `""`."""
    own = await profiles.find_avatar(conn, ProfileId(artist_id), viewer.member)
    if own is not None:
        return f"{viewer.urls.origin}{avatar_url(artist_id, own.image_id)}"
    cover = await artist_queries.find_cover(conn, artist_id)
    if cover.track_id is not None:
        return f"{viewer.urls.base}/tracks/{cover.track_id}/cover"
    if cover.image_id is not None:
        return url_of(cover.image_id, viewer.urls, is_public=True)
    return ""


async def _find_artist(conn: Conn, viewer: Viewer, artist_id: UUID) -> Artist:
    found = await list_artists_by_id(conn, viewer, [artist_id])
    if not found and artist_id == viewer.id:
        # Without public albums, members are artists for themselves.
        return items.show_artist(ArtistRow(viewer.id, viewer.username, 0, has_cover=False))
    return required(found[0] if found else None, ItemNotFound)
