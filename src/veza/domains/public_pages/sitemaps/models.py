"""The content of sitemaps."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from msgspec import Struct


class SitemapSection(StrEnum):
    """The first part of the addresses in a sitemap."""

    ARTISTS = "artists"
    TRACKS = "tracks"
    RELEASES = "releases"
    PLAYLISTS = "playlists"
    SHOWS = "shows"
    PRODUCTS = "products"
    POSTS = "posts"


class SitemapEntry(Struct, frozen=True):
    """A page: the last part of its path, and when it was changed."""

    key: str
    changed_at: datetime


class SitemapFile(Struct, frozen=True):
    """A file of a sitemap: the things of a section from an id on."""

    section: SitemapSection
    first: UUID


class RobotsPolicy(Struct, frozen=True):
    """The setting for search engines: `is_allowed` if they may index this server."""

    is_allowed: bool
