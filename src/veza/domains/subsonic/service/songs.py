"""Songs: lists of them, and the file that a member gets."""

from collections.abc import Sequence
from itertools import batched
from uuid import UUID

from veza.core.errors import required
from veza.core.ids import ReleaseId, TrackId, UserId
from veza.domains.music.discovery.models import RandomQuery
from veza.domains.music.discovery.service import recommendations
from veza.domains.music.releases import shared_queries as release_queries
from veza.domains.subsonic.errors import ItemNotFound
from veza.domains.subsonic.models.rows import ItemId, ItemKind, SongPage, SongRow
from veza.domains.subsonic.models.shown import PlayerGenre, PlayerGenres, Song, Songs
from veza.domains.subsonic.models.viewer import Viewer
from veza.domains.subsonic.queries import artists, songs
from veza.domains.subsonic.rules.items import AudioFacts, Placement, place_song, show_song
from veza.domains.subsonic.service.catalogue import Catalogue
from veza.domains.subsonic.service.transcoding import RENDITION_KBPS
from veza.infra.concurrency.pieces import convert_in_pieces
from veza.infra.media.sniff_audio import CONTENT_TYPES, EXTENSIONS, AudioKind
from veza.infra.postgres.database import Conn

# The songs that a statement reads.
_READ_AT_ONCE = 500
_RENDITION = ("audio/mp4", "m4a")


def show(row: SongRow, place: Placement | None = None) -> Song:
    """Return a track as a song, with the facts of the file that the member gets."""
    return show_song(row, _facts_of(row), place or place_song(row))


async def show_all(rows: Sequence[SongRow]) -> list[Song]:
    """Return tracks as songs."""
    return await convert_in_pieces(show, rows)


async def get_row(conn: Conn, viewer: Viewer, track_id: UUID) -> SongRow:
    """Return a track that the member may play. Raises ItemNotFound."""
    found = await songs.list_songs_by_id(conn, viewer.id, [track_id])
    return required(found[0] if found else None, ItemNotFound)


async def get_song(conn: Conn, viewer: Viewer, track_id: UUID) -> Song:
    """Return a song. Raises ItemNotFound."""
    return show(await get_row(conn, viewer, track_id))


async def list_in_order(conn: Conn, viewer: Viewer, track_ids: Sequence[UUID]) -> list[Song]:
    """Return those of these songs that the member may play, in this order, repeated ones too."""
    found: dict[UUID, Song] = {}
    # A long list takes several statements, each well within the limit of its time.
    for some in batched(set(track_ids), _READ_AT_ONCE):
        rows = await songs.list_songs_by_id(conn, viewer.id, some)
        shown = await show_all(rows)
        found |= {row.id: song for row, song in zip(rows, shown, strict=True)}
    return [found[track_id] for track_id in track_ids if track_id in found]


async def list_songs(conn: Conn, viewer: Viewer, page: SongPage) -> Songs:
    """Return a page of all songs, or of those of a genre, the latest first."""
    return Songs(song=await show_all(await songs.list_songs(conn, viewer.id, page)))


async def list_at_random(conn: Conn, viewer: Viewer, query: RandomQuery) -> Songs:
    """Return public songs at random, each at most once."""
    if not query.limit:
        return Songs(song=[])
    drawn = await recommendations.draw_tracks(conn, query, viewer=viewer.member, urls=viewer.urls)
    return Songs(song=await list_in_order(conn, viewer, [track.id for track in drawn]))


async def find_artist_id(conn: Conn, known: Catalogue, name: str) -> UUID | None:
    """Return the id of an artist by the name that is shown, or of a member by the username."""
    found = await known.find_artist_id(conn, name)
    return await artists.find_artist_id(conn, name) if found is None else found


async def list_top_songs(
    conn: Conn, viewer: Viewer, *, artist_id: UUID | None, limit: int
) -> Songs:
    """Return the most played songs of an artist; none if that is None."""
    if artist_id is None:
        return Songs(song=[])
    found = await songs.list_top_songs(conn, viewer.id, UserId(artist_id), limit)
    return Songs(song=await show_all(found))


async def list_similar(conn: Conn, viewer: Viewer, item: ItemId, limit: int) -> Songs:
    """Return songs that are similar to a song, or to the most played one of another item."""
    track_id = await _find_typical(conn, viewer, item)
    if track_id is None or limit == 0:
        return Songs(song=[])
    found = await recommendations.list_similar_tracks(
        conn, TrackId(track_id), limit, viewer=viewer.member, urls=viewer.urls
    )
    return Songs(song=await list_in_order(conn, viewer, [track.id for track in found]))


async def list_genres(conn: Conn, catalogue: Catalogue) -> PlayerGenres:
    """Return the genres of public songs, with the numbers of songs and albums."""
    shown = [
        PlayerGenre(value=row.name, song_count=row.tracks_count, album_count=row.albums_count)
        for row in await catalogue.list_genres(conn)
    ]
    return PlayerGenres(genre=shown)


async def list_liked(conn: Conn, viewer: Viewer, limit: int) -> list[SongRow]:
    """Return the songs that the member likes, the latest first."""
    return await songs.list_liked(conn, viewer.id, SongPage(limit))


async def _find_typical(conn: Conn, viewer: Viewer, item: ItemId) -> UUID | None:
    """Return a song, or the most played one of an artist or of a release."""
    match item.kind:
        case ItemKind.ARTIST:
            found = await songs.list_top_songs(conn, viewer.id, UserId(item.id), 1)
        case ItemKind.ALBUM:
            places = await release_queries.list_places(conn, [ReleaseId(item.id)])
            track_ids = [place.track_id for place in places]
            found = await songs.list_songs_by_id(conn, viewer.id, track_ids)
        case _:
            return item.id
    return max(found, key=lambda row: (row.plays_count, row.id)).id if found else None


def _facts_of(row: SongRow) -> AudioFacts:
    if row.has_original and row.original_kind is not None:
        kind = AudioKind(row.original_kind)
        return AudioFacts(
            size=row.original_size or 1,
            content_type=CONTENT_TYPES[kind].partition(";")[0],
            suffix=EXTENSIONS[kind].removeprefix("."),
            bitrate_kbps=(row.bitrate or 0) // 1000,
        )
    content_type, suffix = _RENDITION
    return AudioFacts(
        size=row.stream_size or 1,
        content_type=content_type,
        suffix=suffix,
        bitrate_kbps=RENDITION_KBPS,
    )
