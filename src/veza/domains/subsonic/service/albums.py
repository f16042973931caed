"""Albums: releases, and tracks that are on no public release."""

import random
from collections.abc import Sequence
from uuid import UUID

from veza.core.errors import required
from veza.core.ids import ReleaseId, UserId
from veza.core.visibility import Visibility
from veza.domains.images import rules as image_rules
from veza.domains.music.discovery.models import RandomQuery
from veza.domains.music.discovery.service import recommendations
from veza.domains.music.releases import shared_queries as release_queries
from veza.domains.music.releases.models.releases import ReleaseQuery, StoredRelease
from veza.domains.music.releases.service import lists
from veza.domains.subsonic.errors import ItemNotFound
from veza.domains.subsonic.models.rows import (
    AlbumKey,
    AlbumOrder,
    ItemId,
    ItemKind,
    SongPage,
    SongRow,
)
from veza.domains.subsonic.models.shown import Album, AlbumNotes, AlbumWithSongs
from veza.domains.subsonic.models.viewer import Viewer
from veza.domains.subsonic.queries import albums
from veza.domains.subsonic.queries import songs as song_queries
from veza.domains.subsonic.rules import items
from veza.domains.subsonic.service import songs
from veza.infra.postgres.database import Conn

_MAX_OF_ARTIST = 1000


async def list_albums(conn: Conn, viewer: Viewer, page: SongPage, order: AlbumOrder) -> list[Album]:
    """Return a page of albums, each once over all pages of a list that isn't random."""
    match order:
        case _ if not page.limit:
            return []
        case AlbumOrder.RANDOM:
            return await _list_at_random(conn, viewer, page)
        case AlbumOrder.RECENT:
            keys = await albums.list_played_albums(conn, viewer.id, page)
        case AlbumOrder.STARRED:
            keys = await albums.list_liked_albums(conn, viewer.id, page)
        case AlbumOrder.HIGHEST:
            keys = await _list_highest(conn, viewer, page)
        case _:
            keys = await albums.list_albums(conn, viewer.id, page, order)
    return await show_albums(conn, viewer, keys)


async def list_albums_of(conn: Conn, viewer: Viewer, artist_id: UUID) -> list[Album]:
    """Return the latest 1,000 albums of an artist."""
    page = SongPage(_MAX_OF_ARTIST)
    found = await albums.list_albums(conn, viewer.id, page, artist_id=UserId(artist_id))
    return await show_albums(conn, viewer, found)


async def show_albums(conn: Conn, viewer: Viewer, keys: Sequence[AlbumKey]) -> list[Album]:
    """Return albums in their order, by one statement for each of the two kinds."""
    release_ids = [ReleaseId(key.id) for key in keys if key.is_release]
    track_ids = [key.id for key in keys if not key.is_release]
    shown: dict[UUID, Album] = {}
    if release_ids:
        found = await albums.list_albums_by_id(conn, viewer.id, release_ids)
        shown |= {row.id: items.show_album(row) for row in found}
    if track_ids:
        rows = await song_queries.list_songs_by_id(conn, viewer.id, track_ids)
        shown |= {row.id: items.show_single(row) for row in rows}
    return [shown[key.id] for key in keys if key.id in shown]


async def get_album(conn: Conn, viewer: Viewer, item: ItemId) -> AlbumWithSongs:
    """Return an album and its songs, also one that is in no list. Raises ItemNotFound."""
    if item.kind is ItemKind.SINGLE:
        row = await songs.get_row(conn, viewer, item.id)
        return items.with_songs(items.show_single(row), [songs.show(row, items.place_alone(row))])
    release = await find_release(conn, viewer, item.id)
    found = await albums.list_albums_by_id(conn, viewer.id, [release.id])
    album = items.show_album(required(found[0] if found else None, ItemNotFound))
    places = await release_queries.list_places(conn, [release.id])
    rows = await _find_songs(conn, viewer, [place.track_id for place in places])
    shown = [
        songs.show(rows[place.track_id], items.place_on(album, place.disc, place.number))
        for place in places
        if place.track_id in rows
    ]
    return items.with_songs(album, shown)


async def get_album_notes(conn: Conn, viewer: Viewer, item: ItemId) -> AlbumNotes:
    """Return the description and the addresses of the cover. Raises ItemNotFound."""
    if item.kind is ItemKind.ALBUM:
        return _show_notes(viewer, await find_release(conn, viewer, item.id))
    row = await songs.get_row(conn, viewer, item.id)
    if not row.has_cover:
        return AlbumNotes()
    url = f"{viewer.urls.base}/tracks/{row.id}/cover"
    return AlbumNotes(small_image_url=url, medium_image_url=url, large_image_url=url)


async def find_release(conn: Conn, viewer: Viewer, release_id: UUID) -> StoredRelease:
    """Return a release that the member may see. Raises ItemNotFound."""
    wanted = ReleaseId(release_id)
    found = await lists.find_visible_rows(conn, [wanted], viewer.member)
    return required(found.get(wanted), ItemNotFound)


async def find_cover_track(conn: Conn, viewer: Viewer, release_id: ReleaseId) -> UUID:
    """Return the first track of a release that has a cover. Raises ItemNotFound."""
    places = await release_queries.list_places(conn, [release_id])
    rows = await _find_songs(conn, viewer, [place.track_id for place in places])
    with_cover = (
        place.track_id
        for place in places
        if place.track_id in rows and rows[place.track_id].has_cover
    )
    return required(next(with_cover, None), ItemNotFound)


async def _list_highest(conn: Conn, viewer: Viewer, page: SongPage) -> list[AlbumKey]:
    """Return the albums that the member rated by their ratings, then all others by everybody's."""
    rated = await albums.list_rated_albums(conn, viewer.id)
    found = rated[page.offset : page.offset + page.limit]
    if len(found) == page.limit:
        return found
    others = SongPage(
        page.limit - len(found),
        max(0, page.offset - len(rated)),
        without=[key.id for key in rated],
    )
    return found + await albums.list_albums(conn, viewer.id, others, AlbumOrder.HIGHEST)


async def _list_at_random(conn: Conn, viewer: Viewer, page: SongPage) -> list[Album]:
    """Return albums by chance, among as many releases and as many tracks as are wanted."""
    releases = await lists.find_rows_at_random(conn, ReleaseQuery(limit=page.limit), viewer.member)
    drawn = await recommendations.draw_tracks(
        conn, RandomQuery(page.limit), viewer=viewer.member, urls=viewer.urls
    )
    keys = [AlbumKey(release.id, is_release=True) for release in releases]
    rows = await song_queries.list_songs_by_id(conn, viewer.id, [track.id for track in drawn])
    keys += [key_of(row) for row in rows]
    different = list(dict.fromkeys(keys))
    random.shuffle(different)
    return await show_albums(conn, viewer, different[: page.limit])


def key_of(row: SongRow) -> AlbumKey:
    """Return the album of a song."""
    if row.release_id is None:
        return AlbumKey(row.id, is_release=False)
    return AlbumKey(row.release_id, is_release=True)


async def _find_songs(conn: Conn, viewer: Viewer, track_ids: Sequence[UUID]) -> dict[UUID, SongRow]:
    rows = await song_queries.list_songs_by_id(conn, viewer.id, track_ids)
    return {row.id: row for row in rows}


def _show_notes(viewer: Viewer, release: StoredRelease) -> AlbumNotes:
    notes = release.description or None
    if release.cover_image_id is None:
        return AlbumNotes(notes=notes)
    is_public = release.visibility is Visibility.PUBLIC
    url = image_rules.url_of(release.cover_image_id, viewer.urls, is_public=is_public)
    return AlbumNotes(notes=notes, small_image_url=url, medium_image_url=url, large_image_url=url)
