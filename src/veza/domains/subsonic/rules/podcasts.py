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
# Of descriptions, in characters: there are thousands in an answer.
_MAX_SHOWN = 500


def show_channel(
    show: Show, episodes: Mapping[str, Sequence[PlayerEpisode]] | None
) -> PlayerChannel:
    """Return a show as a channel, with those of the episodes that are listed under its id."""
    channel_id = write_id(ItemKind.SHOW, show.id)
    return PlayerChannel(
        id=channel_id,
        url=show.feed_url,
        title=show.title,
        description=_begin(show.description),
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
        description=_begin(episode.notes),
        status=_STATUS,
        publish_date=episode.published_at,
    )


def _begin(text: str) -> str | None:
    """Return a text, or the beginning of a long one; None without one."""
    if len(text) <= _MAX_SHOWN:
        return text or None
    return f"{text[: _MAX_SHOWN - 1].rstrip()}…"
