"""Shows and episodes, named as in the OpenSubsonic API."""

from datetime import datetime

from veza.domains.subsonic.models.shown import Answer, Song


class PlayerEpisode(Song, frozen=True, kw_only=True):
    """An episode, called `PodcastEpisode` in the API: a song in a channel."""

    stream_id: str
    channel_id: str
    description: str | None = None
    status: str
    publish_date: datetime


class PlayerChannel(Answer, frozen=True, kw_only=True):
    """A show, called `PodcastChannel` in the API. Its address is that of the feed.

    `episode` is left out if it was not asked for.
    """

    id: str
    url: str
    title: str
    description: str | None = None
    cover_art: str | None = None
    original_image_url: str | None = None
    status: str
    episode: list[PlayerEpisode] | None = None


class Podcasts(Answer, frozen=True, kw_only=True):
    """The shows that a member may see."""

    channel: list[PlayerChannel]


class NewestPodcasts(Answer, frozen=True, kw_only=True):
    """The newest episodes that a member may hear."""

    episode: list[PlayerEpisode]
