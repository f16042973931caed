"""Artists, albums, songs, folders, lists and search, in the forms that players browse."""

from veza.core.errors import Invalid
from veza.domains.music.discovery.models import RandomQuery
from veza.domains.subsonic.errors import ParameterMissing
from veza.domains.subsonic.models.rows import AlbumOrder, ItemId, ItemKind, SongPage
from veza.domains.subsonic.models.shown import (
    Album,
    AlbumList,
    Answer,
    FolderList,
    FoundFolders,
    FoundItems,
)
from veza.domains.subsonic.routes.call import MAX_PAGE, Answered, Call, Endpoint
from veza.domains.subsonic.rules.folders import folder_of_album
from veza.domains.subsonic.rules.ids import is_root, read_id
from veza.domains.subsonic.service import albums, browsing, searching, songs
from veza.domains.subsonic.service.catalogue import Catalogue
from veza.domains.subsonic.service.searching import SearchForm
from veza.http.expensive import SEARCH

_ALL = '""'
_MAX_SIMILAR = 100


async def get_artists(call: Call) -> Answered:
    """Return all artists by first letter."""
    async with call.reading() as conn:
        return await browsing.list_artists(conn, call.find(Catalogue), call.viewer)


async def get_indexes(call: Call) -> Answered:
    """Return all artists by first letter, for players that browse folders.

    Nothing, if they have not changed since the time that the player names.
    """
    since_ms = call.parameters.find_number("ifModifiedSince")
    async with call.reading() as conn:
        return await browsing.list_changed_artists(
            conn, call.find(Catalogue), call.viewer, since_ms
        )


async def get_artist(call: Call) -> Answered:
    """Return an artist and their albums."""
    async with call.reading() as conn:
        return await browsing.get_artist(conn, call.viewer, call.item_id(ItemKind.ARTIST))


async def get_album(call: Call) -> Answered:
    """Return an album and its songs."""
    async with call.reading() as conn:
        return await albums.get_album(conn, call.viewer, _album(call))


async def get_song(call: Call) -> Answered:
    """Return a song."""
    async with call.reading() as conn:
        return await songs.get_song(conn, call.viewer, call.item_id(ItemKind.TRACK))


async def get_directory(call: Call) -> Answered:
    """Return a folder: of all artists, of an artist, or of an album."""
    wanted = call.parameters.text("id")
    async with call.reading() as conn:
        if is_root(wanted):
            return await browsing.get_root(conn, call.find(Catalogue), call.viewer)
        return await browsing.get_directory(conn, call.viewer, wanted)


async def get_album_list(call: Call) -> Answered:
    """Return a page of albums."""
    return AlbumList(album=await _list_albums(call))


async def get_folder_list(call: Call) -> Answered:
    """Return a page of albums, for players that browse folders."""
    return FolderList(album=[folder_of_album(album) for album in await _list_albums(call)])


async def get_genres(call: Call) -> Answered:
    """Return all genres, with counts."""
    async with call.reading() as conn:
        return await songs.list_genres(conn, call.find(Catalogue))


async def get_songs_of_genre(call: Call) -> Answered:
    """Return a page of the songs of a genre."""
    page = call.parameters.page("count", "offset", 10)
    wanted = SongPage(page.limit, page.offset, genre=call.parameters.text("genre"))
    async with call.reading() as conn:
        return await songs.list_songs(conn, call.viewer, wanted)


async def get_random_songs(call: Call) -> Answered:
    """Return random songs, of a genre and of some years if they are given."""
    given = call.parameters
    query = RandomQuery(
        given.number("size", 10, most=MAX_PAGE),
        genre=given.find("genre") or None,
        from_year=_year(call, "fromYear"),
        to_year=_year(call, "toYear"),
    )
    async with call.reading() as conn:
        return await songs.list_at_random(conn, call.viewer, query)


async def get_top_songs(call: Call) -> Answered:
    """Return the most played songs of an artist, named by `id` or by name."""
    given = call.parameters
    wanted = given.find("id")
    name = "" if wanted is not None else given.text("artist")
    limit = given.number("count", 50, most=MAX_PAGE)
    async with call.reading() as conn:
        if wanted is not None:
            artist_id = read_id(wanted, ItemKind.ARTIST).id
        else:
            artist_id = await songs.find_artist_id(conn, call.find(Catalogue), name)
        return await songs.list_top_songs(conn, call.viewer, artist_id=artist_id, limit=limit)


async def get_similar_songs(call: Call) -> Answered:
    """Return songs that are similar to a song, or to the top song of an album or artist."""
    kinds = (ItemKind.TRACK, ItemKind.SINGLE, ItemKind.ALBUM, ItemKind.ARTIST)
    item = read_id(call.parameters.text("id"), *kinds)
    limit = call.parameters.number("count", 50, most=_MAX_SIMILAR)
    async with call.reading() as conn:
        return await songs.list_similar(conn, call.viewer, item, limit)


async def get_artist_info(call: Call) -> Answered:
    """Return what an artist wrote about themselves, and similar artists."""
    artist_id = call.item_id(ItemKind.ARTIST)
    limit = call.parameters.number("count", 20, most=_MAX_SIMILAR)
    async with call.reading() as conn:
        return await browsing.get_artist_notes(conn, call.viewer, artist_id, limit)


async def get_album_info(call: Call) -> Answered:
    """Return the description of an album, and the addresses of its cover."""
    async with call.reading() as conn:
        return await albums.get_album_notes(conn, call.viewer, _album(call, ItemKind.TRACK))


async def get_starred(call: Call) -> Answered:
    """Return what the member starred."""
    async with call.reading() as conn:
        return await browsing.list_starred(conn, call.find(Catalogue), call.viewer)


async def get_starred_folders(call: Call) -> Answered:
    """Return what the member starred, for players that browse folders."""
    async with call.reading() as conn:
        return _in_folders(await browsing.list_starred(conn, call.find(Catalogue), call.viewer))


async def search(call: Call) -> Answered:
    """Search artists, albums and songs. An empty text, or two quotes, means everything."""
    return await _search(call)


async def search_folders(call: Call) -> Answered:
    """Search, for players that browse folders."""
    return _in_folders(await _search(call))


async def _search(call: Call) -> FoundItems:
    given = call.parameters
    text = given.text("query").strip()
    form = SearchForm(
        # Symfonium sends two quotes where it wants everything. Others end words by an asterisk.
        text="" if text == _ALL else text.strip('"*').strip()[:200],
        artists=given.page("artistCount", "artistOffset", 20),
        albums=given.page("albumCount", "albumOffset", 20),
        songs=given.page("songCount", "songOffset", 20),
    )
    async with call.reading() as conn:
        return await searching.search(conn, call.find(Catalogue), call.viewer, form)


async def _list_albums(call: Call) -> list[Album]:
    given = call.parameters
    try:
        order = AlbumOrder(given.text("type"))
    except ValueError:
        raise Invalid("There is no such list of albums.") from None
    page = given.page("size", "offset", 10)
    by_year = order is AlbumOrder.BY_YEAR
    by_genre = order is AlbumOrder.BY_GENRE
    wanted = SongPage(
        page.limit,
        page.offset,
        genre=given.text("genre") if by_genre else None,
        from_year=_year(call, "fromYear") if by_year else None,
        to_year=_year(call, "toYear") if by_year else None,
    )
    if by_year and (wanted.from_year is None or wanted.to_year is None):
        raise ParameterMissing("The parameters `fromYear` and `toYear` are needed.")
    async with call.reading() as conn:
        return await albums.list_albums(conn, call.viewer, wanted, order)


def _album(call: Call, *more: ItemKind) -> ItemId:
    return read_id(call.parameters.text("id"), ItemKind.ALBUM, ItemKind.SINGLE, *more)


def _year(call: Call, name: str) -> int | None:
    year = call.parameters.find_number(name)
    return None if year is None else max(1, min(year, 9998))


def _in_folders(found: FoundItems) -> Answer:
    albums = [folder_of_album(album) for album in found.album]
    return FoundFolders(artist=found.artist, album=albums, song=found.song)


ENDPOINTS = {
    "getArtists": Endpoint(get_artists, "artists", expensive=SEARCH),
    "getIndexes": Endpoint(get_indexes, "indexes", expensive=SEARCH),
    "getArtist": Endpoint(get_artist, "artist", expensive=SEARCH),
    "getAlbum": Endpoint(get_album, "album", expensive=SEARCH),
    "getSong": Endpoint(get_song, "song"),
    "getMusicDirectory": Endpoint(get_directory, "directory", expensive=SEARCH),
    "getAlbumList": Endpoint(get_folder_list, "albumList", expensive=SEARCH),
    "getAlbumList2": Endpoint(get_album_list, "albumList2", expensive=SEARCH),
    "getGenres": Endpoint(get_genres, "genres", expensive=SEARCH),
    "getSongsByGenre": Endpoint(get_songs_of_genre, "songsByGenre", expensive=SEARCH),
    "getRandomSongs": Endpoint(get_random_songs, "randomSongs", expensive=SEARCH),
    "getTopSongs": Endpoint(get_top_songs, "topSongs", expensive=SEARCH),
    "getSimilarSongs": Endpoint(get_similar_songs, "similarSongs", expensive=SEARCH),
    "getSimilarSongs2": Endpoint(get_similar_songs, "similarSongs2", expensive=SEARCH),
    "getArtistInfo": Endpoint(get_artist_info, "artistInfo", expensive=SEARCH),
    "getArtistInfo2": Endpoint(get_artist_info, "artistInfo2", expensive=SEARCH),
    "getAlbumInfo": Endpoint(get_album_info, "albumInfo"),
    # Under the same name: players expect no `albumInfo2`.
    "getAlbumInfo2": Endpoint(get_album_info, "albumInfo"),
    "getStarred": Endpoint(get_starred_folders, "starred", expensive=SEARCH),
    "getStarred2": Endpoint(get_starred, "starred2", expensive=SEARCH),
    "search2": Endpoint(search_folders, "searchResult2", expensive=SEARCH),
    "search3": Endpoint(search, "searchResult3", expensive=SEARCH),
}
