"""Channels are shows, episodes are songs of them: both only as far as the member may hear them."""

from collections import defaultdict
from collections.abc import Sequence

from veza.core.errors import required
from veza.core.ids import ImageId, ShowId
from veza.domains.music.audio.errors import CoverNotFound
from veza.domains.shows.models.episodes import StoredEpisode
from veza.domains.shows.service import channels, shows
from veza.domains.subsonic.models.podcasts import NewestPodcasts, PlayerEpisode, Podcasts
from veza.domains.subsonic.models.rows import ItemKind
from veza.domains.subsonic.models.viewer import Viewer
from veza.domains.subsonic.rules import podcasts as rules
from veza.domains.subsonic.rules.ids import write_id
from veza.domains.subsonic.service import songs
from veza.infra.postgres.database import Conn

# Of others; a member's own shows are all there.
_MAX_CHANNELS = 200
# Of each channel in the list of all, and of one that is asked for by its id.
_FEW_EPISODES = 10
_MANY_EPISODES = 500


async def list_channels(conn: Conn, viewer: Viewer, *, with_episodes: bool) -> Podcasts:
    """Return the shows that the member may see, each with its newest ten episodes."""
    found = await channels.list_channels(conn, viewer.member, viewer.urls, _MAX_CHANNELS)
    show_ids = [show.id for show in found] if with_episodes else None
    listed = await _read_episodes(conn, viewer, show_ids, _FEW_EPISODES)
    return Podcasts(channel=[rules.show_channel(show, listed) for show in found])


async def get_channel(
    conn: Conn, viewer: Viewer, show_id: ShowId, *, with_episodes: bool
) -> Podcasts:
    """Return a show, with its newest 500 episodes. Raises ShowNotFound."""
    show = await shows.get_show(conn, show_id, viewer.member, viewer.urls)
    show_ids = [show_id] if with_episodes else None
    listed = await _read_episodes(conn, viewer, show_ids, _MANY_EPISODES)
    return Podcasts(channel=[rules.show_channel(show, listed)])


async def list_newest(conn: Conn, viewer: Viewer, limit: int) -> NewestPodcasts:
    """Return the newest episodes of public shows."""
    found = await channels.list_newest(conn, viewer.member, limit) if limit else []
    return NewestPodcasts(episode=await _show_episodes(conn, viewer, found))


async def find_cover(conn: Conn, viewer: Viewer, show_id: ShowId) -> ImageId:
    """Return the cover of a show. Raises ShowNotFound and CoverNotFound."""
    show = await shows.find_visible(conn, show_id, viewer.member)
    return required(show.cover_image_id, CoverNotFound)


async def _read_episodes(
    conn: Conn, viewer: Viewer, show_ids: Sequence[ShowId] | None, limit: int
) -> dict[str, list[PlayerEpisode]] | None:
    """Return the newest episodes of shows, by the id of the channel; None if none are wanted."""
    if show_ids is None:
        return None
    found = await channels.list_newest_of(conn, viewer.member, show_ids, limit)
    listed: dict[str, list[PlayerEpisode]] = defaultdict(list)
    for each in await _show_episodes(conn, viewer, found):
        listed[each.channel_id].append(each)
    return listed


async def _show_episodes(
    conn: Conn, viewer: Viewer, found: Sequence[StoredEpisode]
) -> list[PlayerEpisode]:
    listed = await songs.list_in_order(conn, viewer, [each.track_id for each in found])
    by_id = {song.id: song for song in listed}
    ids = [write_id(ItemKind.TRACK, each.track_id) for each in found]
    return [
        rules.show_episode(episode, by_id[song_id])
        for episode, song_id in zip(found, ids, strict=True)
        if song_id in by_id
    ]
