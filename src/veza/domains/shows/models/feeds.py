"""The content of the feed of a show."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from veza.domains.music.tracks.models.tracks import Track
from veza.domains.shows.models.episodes import StoredEpisode
from veza.domains.shows.models.shows import StoredShow


class FeedAudio(Struct, frozen=True):
    """The file of an episode; the size in bytes is that of the response to a GET."""

    size: int
    content_type: str


class FeedEpisode(Struct, frozen=True):
    """An episode in a feed."""

    episode: StoredEpisode
    track: Track
    audio: FeedAudio


class ShowFeed(Struct, frozen=True, kw_only=True):
    """A page of the feed of a show. With a `key` it is that of a member."""

    show: StoredShow
    author: str
    cover_url: str | None
    key: str | None
    cursor: str | None
    next_cursor: str | None
    updated_at: datetime
    episodes: Sequence[FeedEpisode]
