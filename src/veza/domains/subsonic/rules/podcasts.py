"""The representation of shows and episodes for players."""

from collections.abc import Mapping, Sequence

from veza.core.structs import copy_fields
from veza.domains.shows.models.episodes import StoredEpisode
from veza.domains.shows.models.shows import Show
from veza.domains.subsonic.models.podcasts import PlayerChannel, PlayerEpisode
from veza.domains.subsonic.models.rows import ItemKind
from veza.domains.subsonic.models.shown import Song
from veza.domains.subsonic.rules.ids import write_id

# Everything is on this server already: players need to fetch nothing first.
_STATUS = "completed"


def show_channel(
    show: Show, episodes: Mapping[str, Sequence[PlayerEpisode]] | None
) -> PlayerChannel:
    """Return a show as a channel, with those of the episodes that are listed under its id."""
    channel_id = write_id(ItemKind.SHOW, show.id)
    return PlayerChannel(
        id=channel_id,
        url=show.feed_url,
        title=show.title,
        description=show.description or None,
        cover_art=None if show.cover_url is None else channel_id,
        original_image_url=show.cover_url,
        status=_STATUS,
        episode=None if episodes is None else list(episodes.get(channel_id, [])),
    )


def show_episode(episode: StoredEpisode, song: Song) -> PlayerEpisode:
    """Return an episode: its song, which is streamed, and its place in a channel."""
    return copy_fields(
        PlayerEpisode,
        song,
        type="podcast",
        stream_id=song.id,
        channel_id=write_id(ItemKind.SHOW, episode.show_id),
        description=episode.notes or None,
        status=_STATUS,
        publish_date=episode.published_at,
    )
