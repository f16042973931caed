"""Shows and episodes as players list them: those that a member may see and hear, the newest."""

from collections.abc import Sequence

from veza.core.access import Member
from veza.core.ids import ShowId
from veza.core.signed_urls import UrlBuilder
from veza.domains.shows.models.episodes import StoredEpisode
from veza.domains.shows.models.shows import MAX_SHOWS, Show, ShowQuery
from veza.domains.shows.queries import newest
from veza.domains.shows.service import shows
from veza.infra.postgres.database import Conn


async def list_channels(conn: Conn, viewer: Member, urls: UrlBuilder, limit: int) -> list[Show]:
    """Return all shows of a member, and the newest public ones of others."""
    own = ShowQuery(MAX_SHOWS, owner_id=viewer.id, with_hidden=True)
    mine = (await shows.list_shows(conn, own, viewer, urls)).shows
    page = await shows.list_shows(conn, ShowQuery(limit), viewer, urls)
    return [*mine, *(show for show in page.shows if show.owner.id != viewer.id)]


async def list_newest_of(
    conn: Conn, viewer: Member, show_ids: Sequence[ShowId], limit: int
) -> list[StoredEpisode]:
    """Return the newest published episodes of each show that a member may hear."""
    return await newest.list_newest_of(conn, show_ids, viewer.id, limit)


async def list_newest(conn: Conn, viewer: Member, limit: int) -> list[StoredEpisode]:
    """Return the newest published episodes of public shows that a member may hear."""
    return await newest.list_newest(conn, viewer.id, limit)
