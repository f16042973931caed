"""Podcasts for players: the shows of this server, which are made and changed elsewhere."""

from veza.core.errors import Forbidden
from veza.core.ids import ShowId
from veza.domains.subsonic.models.rows import ItemKind
from veza.domains.subsonic.routes.call import MAX_PAGE, Answered, Call, Endpoint
from veza.domains.subsonic.rules.ids import read_id
from veza.domains.subsonic.service import podcasts
from veza.http.expensive import SEARCH

_MADE_ELSEWHERE = "Podcasts are the shows of this server: their owners change them in the studio."


async def get_podcasts(call: Call) -> Answered:
    """Return the shows that the member may see, or one of them, with or without episodes."""
    with_episodes = call.parameters.flag("includeEpisodes") is not False
    wanted = call.parameters.find("id")
    async with call.reading() as conn:
        if not wanted:
            return await podcasts.list_channels(conn, call.viewer, with_episodes=with_episodes)
        show_id = ShowId(read_id(wanted, ItemKind.SHOW).id)
        return await podcasts.get_channel(conn, call.viewer, show_id, with_episodes=with_episodes)


async def get_newest_podcasts(call: Call) -> Answered:
    """Return the newest episodes of public shows."""
    limit = call.parameters.number("count", 20, most=MAX_PAGE)
    async with call.reading() as conn:
        return await podcasts.list_newest(conn, call.viewer, limit)


async def refuse(_call: Call) -> Answered:
    """Raise Forbidden: no player subscribes to, fetches or deletes anything."""
    raise Forbidden(_MADE_ELSEWHERE)


REFUSED = (
    "refreshPodcasts",
    "createPodcastChannel",
    "deletePodcastChannel",
    "deletePodcastEpisode",
    "downloadPodcastEpisode",
)
ENDPOINTS = {
    "getPodcasts": Endpoint(get_podcasts, "podcasts", expensive=SEARCH),
    "getNewestPodcasts": Endpoint(get_newest_podcasts, "newestPodcasts", expensive=SEARCH),
    **{name: Endpoint(refuse) for name in REFUSED},
}
