"""Feeds of single members, opened by a key, and what is exported."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from veza.core.ids import ShowId, TrackId, UserId
from veza.domains.shows.models.downloads import StoredDownloads
from veza.domains.shows.models.episodes import StoredEpisode
from veza.domains.shows.models.imports import PersonalImport
from veza.domains.shows.models.shows import StoredShow

KEY_LENGTH = 43


class OwnFeed(Struct, frozen=True):
    """A feed with the episodes for members, for the caller's own applications.

    Its address is shown once. Whoever knows it hears what the caller may hear, as long as the
    membership lasts.
    """

    show_id: ShowId
    feed_url: Annotated[
        str, Meta(examples=["https://music.example/feeds/shows/0190a1b2-0000.xml?key=Vq3"])
    ]
    created_at: datetime


class OwnFeedState(Struct, frozen=True):
    """The time at which the caller's own feed of a show was made; null without one."""

    show_id: ShowId
    created_at: Annotated[datetime | None, Meta(examples=[None])]


class StoredKey(Struct, frozen=True):
    """A key of a feed, without the key itself."""

    show_id: ShowId
    member_id: UserId
    created_at: datetime


class StoredTranscript(Struct, frozen=True):
    """The transcript of an episode in its owner's data export."""

    track_id: TrackId
    content: str
    updated_at: datetime


class PersonalShows(Struct, frozen=True):
    """The shows of a profile with all that is theirs, and the feeds that it has as a member."""

    shows: list[StoredShow]
    episodes: list[StoredEpisode]
    transcripts: list[StoredTranscript]
    downloads: list[StoredDownloads]
    own_feeds: list[StoredKey]
    imports: list[PersonalImport]
