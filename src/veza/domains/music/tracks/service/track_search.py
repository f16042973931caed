"""Tracks and artists are found by words, and indexed under the lock of the tracks."""

from collections.abc import Sequence

from veza.core.access import Member
from veza.core.ids import TrackId, UserId
from veza.core.search_query import make_query
from veza.core.search_text import parse_search
from veza.core.signed_urls import UrlBuilder
from veza.domains.music.tracks import rules
from veza.domains.music.tracks import shared_queries as track_queries
from veza.domains.music.tracks.models.lists import (
    FoundArtist,
    IndexPosition,
    TrackQuery,
    TrackSearchResults,
)
from veza.domains.music.tracks.queries import search
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.search_index import delete_documents, list_spellings, store_documents


async def search_tracks(
    conn: Conn, text: str, listed: TrackQuery, *, viewer: Member | None, urls: UrlBuilder
) -> TrackSearchResults:
    """Find public tracks by title, artist, genre and tags, ignoring accents and typing errors.

    Of `listed`, the limit and the filter of generated tracks count.
    """
    wanted = parse_search(text)
    spellings = await list_spellings(conn, [search.TRACKS], wanted)
    query = make_query(wanted, spellings[search.TRACKS.kind])
    if query is None:
        return TrackSearchResults([])
    found = await search.search_tracks(conn, query, listed, viewer_id=viewer and viewer.id)
    return TrackSearchResults([rules.show_track(track, urls) for track in found])


async def search_artists(
    conn: Conn, text: str, limit: int, *, viewer: Member | None
) -> list[FoundArtist]:
    """Find artists by their names."""
    wanted = parse_search(text)
    spellings = await list_spellings(conn, [search.ARTISTS], wanted)
    query = make_query(wanted, spellings[search.ARTISTS.kind])
    if query is None:
        return []
    return await search.search_artists(conn, query, limit, viewer_id=viewer and viewer.id)


async def index_tracks(tx: Tx, track_ids: Sequence[TrackId]) -> None:
    """Update what tracks and their artists are found by; the caller has locked the tracks."""
    found = await search.list_searchable(tx, track_ids)
    artists = {track.owner_id: rules.index_artist(rules.artist_of(track)) for track in found}
    await store_documents(tx, search.TRACKS, [rules.index_track(track) for track in found])
    await store_documents(tx, search.ARTISTS, list(artists.values()))
    hidden = set(track_ids).difference(track.id for track in found)
    if hidden:
        await delete_documents(tx, search.TRACKS, list(hidden))


async def index_followed(tx: Tx, user_id: UserId) -> None:
    """Index a member whom somebody follows now, unless they are already."""
    if not await search.has_artist(tx, user_id):
        await _index_artists(tx, user_id, None)


async def index_batch(
    tx: Tx, owner_id: UserId | None, after: IndexPosition | None
) -> list[IndexPosition]:
    """Index the next tracks of a member, or of all, ordered by id, and then the artists."""
    done = after or IndexPosition()
    if done.artist_id is None:
        track_ids = await search.list_track_ids(tx, owner_id, done.track_id)
        # A separate statement, because the next one must see all commits before the lock.
        await track_queries.lock_counts(tx, track_ids)
        await index_tracks(tx, track_ids)
        if track_ids:
            return [IndexPosition(track_id=each) for each in track_ids]
    artist_ids = await _index_artists(tx, owner_id, done.artist_id)
    return [IndexPosition(artist_id=each) for each in artist_ids]


async def _index_artists(tx: Tx, user_id: UserId | None, after: UserId | None) -> list[UserId]:
    artists = await search.list_artists(tx, user_id, after)
    await store_documents(tx, search.ARTISTS, [rules.index_artist(each) for each in artists])
    return [each.id for each in artists]
