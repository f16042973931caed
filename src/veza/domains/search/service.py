"""Each domain searches its own items; one answer joins the types that were asked for."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from veza.core.access import Member
from veza.core.signed_urls import UrlBuilder
from veza.domains.marketplace.products import service as products
from veza.domains.music.playlists.service import search as playlists
from veza.domains.music.releases.service import search as releases
from veza.domains.music.tags import service as tags
from veza.domains.music.tracks.models.lists import TrackQuery
from veza.domains.music.tracks.service import track_search
from veza.domains.search.models import ResultType, SearchRequest, SearchResults
from veza.domains.shows.service import search as shows
from veza.domains.social.posts import service as posts
from veza.infra.postgres.database import Conn

# Those that search alike, by the field of the results.
_FINDERS: Mapping[ResultType, Callable[..., Awaitable[Sequence[Any]]]] = {
    ResultType.RELEASES: releases.search_releases,
    ResultType.PLAYLISTS: playlists.search_playlists,
    ResultType.SHOWS: shows.search_shows,
    ResultType.PRODUCTS: products.search_products,
    ResultType.POSTS: posts.search_posts,
}


async def search(
    conn: Conn, wanted: SearchRequest, viewer: Member | None, urls: UrlBuilder
) -> SearchResults:
    """Find items of several types that the viewer may see."""
    text = wanted.text
    limit = wanted.limit
    types = wanted.types
    found = SearchResults([], [], [], [], [], [], [], [])
    if ResultType.TRACKS in types:
        listed = TrackQuery(limit, ai=wanted.ai)
        page = await track_search.search_tracks(conn, text, listed, viewer=viewer, urls=urls)
        found.tracks.extend(page.tracks)
    if ResultType.ARTISTS in types:
        found.artists.extend(await track_search.search_artists(conn, text, limit, viewer=viewer))
    for each, find in _FINDERS.items():
        if each in types:
            getattr(found, each).extend(await find(conn, text, limit, viewer=viewer, urls=urls))
    if ResultType.TAGS in types:
        found.tags.extend(await tags.search_tags(conn, text, limit))
    return found
