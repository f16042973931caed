"""The content of a feed. Paths are those of this server."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from veza.core.ids import TrackId


class Enclosure(Struct, frozen=True):
    """A file of audio; the size in bytes is that of the response to a GET."""

    path: str
    size: int
    content_type: str


class FeedPerson(Struct, frozen=True):
    """A contributor and their role; `page` is None if they are no member."""

    name: str
    page: str | None
    role: str


class FeedItem(Struct, frozen=True, kw_only=True):
    """A track in a feed. `artist` is the line of the displayed artists.

    `original` is the file as it was uploaded, if the track is downloadable. `episode` and `season`
    are the place of the track in a list that has an order.
    """

    track_id: TrackId
    title: str
    artist: str
    people: Sequence[FeedPerson]
    description: str
    published_at: datetime
    duration_seconds: float | None
    is_explicit: bool
    cover_url: str | None
    enclosure: Enclosure
    original: Enclosure | None
    episode: int | None = None
    season: int | None = None


class Feed(Struct, frozen=True, kw_only=True):
    """A page of a feed.

    `guid` names the feed for good. `path` is that of its first page, `next_cursor` leads to the
    next one. The tracks of a feed that `is_ordered` are to be played from the first to the last.
    `is_reserved`: the owner of the list reserves text and data mining.
    """

    guid: UUID
    path: str
    cursor: str | None
    next_cursor: str | None
    page: str
    title: str
    author: str
    description: str
    cover_url: str | None
    updated_at: datetime
    is_ordered: bool
    is_reserved: bool
    people: Sequence[FeedPerson]
    items: Sequence[FeedItem]
