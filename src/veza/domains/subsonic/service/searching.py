"""Search, and lists of everything for players that copy the library."""

from collections.abc import Sequence
from uuid import UUID

from msgspec import Struct

from veza.domains.music.releases.service import search as releases
from veza.domains.music.tracks.models.lists import TrackQuery
from veza.domains.music.tracks.service import track_search
from veza.domains.subsonic.models.rows import AlbumKey, AlbumOrder, SongPage, SongRow
from veza.domains.subsonic.models.shown import Album, Artist, FoundItems
from veza.domains.subsonic.models.viewer import Viewer
from veza.domains.subsonic.queries import songs as song_queries
from veza.domains.subsonic.service import albums, songs
from veza.domains.subsonic.service.browsing import list_artist_page, list_artists_by_id
from veza.domains.subsonic.service.catalogue import Catalogue
from veza.infra.postgres.database import Conn

# The number of hits that a search for words ranks.
_MAX_HITS = 200


class SearchForm(Struct, frozen=True):
    """The text to search for, and the page of each kind. Without text, everything is listed."""

    text: str
    artists: SongPage
    albums: SongPage
    songs: SongPage


async def search(conn: Conn, catalogue: Catalogue, viewer: Viewer, form: SearchForm) -> FoundItems:
    """Return artists, albums and songs; each kind in a stable order."""
    if not form.text:
        return FoundItems(
            artist=await list_artist_page(conn, catalogue, viewer, form.artists),
            album=await albums.list_albums(conn, viewer, form.albums, AlbumOrder.NEWEST),
            song=await songs.show_all(await _list_songs(conn, viewer, form.songs)),
        )
    # Only some of the songs are albums: how many are needed for a page of albums is not known.
    last = _MAX_HITS if form.albums.limit else _last(form.songs)
    hits = await _find_songs(conn, viewer, form.text, last)
    return FoundItems(
        artist=await _find_artists(conn, viewer, form.text, form.artists),
        album=await _find_albums(conn, viewer, form, hits),
        song=await songs.show_all(_cut(hits, form.songs)),
    )


async def _find_albums(
    conn: Conn, viewer: Viewer, form: SearchForm, hits: Sequence[SongRow]
) -> list[Album]:
    """Return the releases that match, then the songs that match and are on no release."""
    page = form.albums
    if not page.limit:
        return []
    found = await releases.search_releases(
        conn, form.text, min(_last(page), _MAX_HITS), viewer=viewer.member, urls=viewer.urls
    )
    keys = [AlbumKey(release.id, is_release=True) for release in found]
    keys += [albums.key_of(row) for row in hits if row.release_id is None]
    return await albums.show_albums(conn, viewer, _cut(keys, page))


async def _list_songs(conn: Conn, viewer: Viewer, page: SongPage) -> list[SongRow]:
    return await song_queries.list_songs(conn, viewer.id, page) if page.limit else []


async def _find_songs(conn: Conn, viewer: Viewer, text: str, limit: int) -> list[SongRow]:
    if not limit:
        return []
    found = await track_search.search_tracks(
        conn,
        text,
        TrackQuery(min(limit, _MAX_HITS)),
        viewer=viewer.member,
        urls=viewer.urls,
    )
    ids: list[UUID] = [track.id for track in found.tracks]
    rows = {row.id: row for row in await song_queries.list_songs_by_id(conn, viewer.id, ids)}
    return [rows[track.id] for track in found.tracks if track.id in rows]


async def _find_artists(conn: Conn, viewer: Viewer, text: str, page: SongPage) -> list[Artist]:
    if not page.limit:
        return []
    last = min(_last(page), _MAX_HITS)
    hits = await track_search.search_artists(conn, text, last, viewer=viewer.member)
    wanted = [hit.id for hit in _cut(hits, page)]
    return await list_artists_by_id(conn, viewer, wanted)


def _last(page: SongPage) -> int:
    return page.offset + page.limit if page.limit else 0


def _cut[T](found: Sequence[T], page: SongPage) -> Sequence[T]:
    return found[page.offset : page.offset + page.limit]
