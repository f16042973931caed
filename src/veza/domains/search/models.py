"""A search by types of results, and results of each, best first."""

from collections.abc import Collection
from enum import StrEnum

from msgspec import Struct

from veza.core.track_metadata import AiUse
from veza.domains.marketplace.products.models.products import Product
from veza.domains.music.playlists.models.playlists import Playlist
from veza.domains.music.releases.models.releases import Release
from veza.domains.music.tracks.models.lists import FoundArtist
from veza.domains.music.tracks.models.tracks import Track
from veza.domains.shows.models.shows import Show
from veza.domains.social.posts.models import Post


class ResultType(StrEnum):
    """A type of results."""

    TRACKS = "tracks"
    ARTISTS = "artists"
    RELEASES = "releases"
    PLAYLISTS = "playlists"
    SHOWS = "shows"
    PRODUCTS = "products"
    POSTS = "posts"
    TAGS = "tags"


class SearchRequest(Struct, frozen=True):
    """A search; `limit` is the number of results of each type, `ai` filters tracks."""

    text: str
    types: Collection[ResultType]
    limit: int
    ai: AiUse | None = None


class SearchResults(Struct, frozen=True):
    """The results of a search by type, best first. Types that were not requested are empty."""

    tracks: list[Track]
    artists: list[FoundArtist]
    releases: list[Release]
    playlists: list[Playlist]
    shows: list[Show]
    products: list[Product]
    posts: list[Post]
    tags: list[str]
