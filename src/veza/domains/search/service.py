"""Each domain searches its own items; one answer joins the types that were asked for."""

from veza.core.access import Member
from veza.core.signed_urls import UrlBuilder
from veza.domains.marketplace.products import service as products
from veza.domains.music.playlists.service import search as playlists
from veza.domains.music.releases.service import search as releases
from veza.domains.music.tags import service as tags
from veza.domains.music.tracks.models.lists import TrackQuery
from veza.domains.music.tracks.service import track_search
from veza.domains.search.models import ResultType, SearchRequest, SearchResults
from veza.domains.social.posts import service as posts
from veza.infra.postgres.database import Conn


async def search(
    conn: Conn, wanted: SearchRequest, viewer: Member | None, urls: UrlBuilder
) -> SearchResults:
    """Find items of several types that the viewer may see."""
    text = wanted.text
    limit = wanted.limit
    types = wanted.types
    found = SearchResults([], [], [], [], [], [], [])
    if ResultType.TRACKS in types:
        listed = TrackQuery(limit, ai=wanted.ai)
        page = await track_search.search_tracks(conn, text, listed, viewer=viewer, urls=urls)
        found.tracks.extend(page.tracks)
    if ResultType.ARTISTS in types:
        found.artists.extend(await track_search.search_artists(conn, text, limit, viewer=viewer))
    if ResultType.RELEASES in types:
        found.releases.extend(
            await releases.search_releases(conn, text, limit, viewer=viewer, urls=urls)
        )
    if ResultType.PLAYLISTS in types:
        found.playlists.extend(
            await playlists.search_playlists(conn, text, limit, viewer=viewer, urls=urls)
        )
    if ResultType.PRODUCTS in types:
        found.products.extend(
            await products.search_products(conn, text, limit, viewer=viewer, urls=urls)
        )
    if ResultType.POSTS in types:
        found.posts.extend(await posts.search_posts(conn, text, limit, viewer=viewer, urls=urls))
    if ResultType.TAGS in types:
        found.tags.extend(await tags.search_tags(conn, text, limit))
    return found
