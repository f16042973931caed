"""The content of embedded players and the response of oEmbed."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Literal

from msgspec import Struct

from veza.core.ids import TrackId


class EmbedFormat(StrEnum):
    """The format of an oEmbed response."""

    JSON = "json"
    XML = "xml"


class EmbedTarget(Struct, frozen=True):
    """The target of an address: the first part of its path, and an id or a name."""

    section: str
    key: str


class MaximumSize(Struct, frozen=True):
    """The largest width and height in pixels that a site has room for; None without a limit."""

    width: int | None
    height: int | None


class PlayerTrack(Struct, frozen=True):
    """A track of an embedded player; `is_marked` if it is explicit, and the site marks that."""

    id: TrackId
    title: str
    artist: str
    seconds: float | None
    is_marked: bool = False


class PlayerContent(Struct, frozen=True, kw_only=True):
    """The content of an embedded player; `page` and `artist_page` are paths."""

    page: str
    title: str
    artist: str
    artist_page: str
    cover_url: str | None
    tracks: Sequence[PlayerTrack]


class OEmbed(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The response of oEmbed 1.0. A `link` has no player."""

    type: Literal["rich", "link"]
    version: str
    title: str
    author_name: str
    author_url: str
    provider_name: str
    provider_url: str
    cache_age: int
    html: str | None = None
    width: int | None = None
    height: int | None = None
    thumbnail_url: str | None = None
    thumbnail_width: int | None = None
    thumbnail_height: int | None = None
