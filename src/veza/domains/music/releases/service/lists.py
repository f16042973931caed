"""Members see all of their own releases in lists, and only listed ones of others."""

from secrets import SystemRandom

from msgspec import structs

from veza.core.access import Member
from veza.core.ids import ReleaseId
from veza.core.pages import BadCursor, Cursor, cut
from veza.core.signed_urls import UrlBuilder
from veza.domains.music.releases import rules
from veza.domains.music.releases.models.releases import ReleasePage, ReleaseQuery, StoredRelease
from veza.domains.music.releases.queries import lists
from veza.domains.music.releases.service.responses import show_release
from veza.domains.relationships import service as relationships
from veza.infra.postgres.database import Conn

_draw = SystemRandom()
# A selection is drawn from so many times as many neighbours, so that they are not always together.
_DRAWN_FROM = 4


async def list_releases(
    conn: Conn, query: ReleaseQuery, viewer: Member | None, urls: UrlBuilder
) -> ReleasePage:
    """Return a page of releases, newest first."""
    if query.cursor is not None and (query.cursor.sort, query.cursor.value) != (None, None):
        raise BadCursor
    found = await lists.list_releases(conn, query, viewer and viewer.id)
    page, next_cursor = cut(found, query.limit, lambda one: Cursor(one.listed_at, one.id))
    shown = [show_release(release, urls) for release in page]
    return ReleasePage(shown, next_cursor, next_cursor is not None)


async def list_releases_of(
    conn: Conn, username: str, query: ReleaseQuery, viewer: Member | None, urls: UrlBuilder
) -> ReleasePage:
    """Return a page of a member's releases: all to the member, only listed ones to others.

    Raises UserNotFound.
    """
    owner_id = await relationships.find_visible_id(conn, username, viewer)
    return await list_releases(conn, structs.replace(query, of_owner=owner_id), viewer, urls)


async def find_rows(conn: Conn, query: ReleaseQuery, viewer: Member | None) -> list[StoredRelease]:
    """Return the rows of a page in any order, for other domains; at most `limit`."""
    found = await lists.list_releases(conn, query, viewer and viewer.id)
    return found[: query.limit]


async def find_rows_at_random(
    conn: Conn, query: ReleaseQuery, viewer: Member | None
) -> list[StoredRelease]:
    """Return up to `limit` different releases by chance; of the query, filters alone count."""
    drawn = structs.replace(query, limit=query.limit * _DRAWN_FROM)
    found = await lists.list_at_random(conn, drawn, _draw.random(), viewer and viewer.id)
    return _draw.sample(found, min(query.limit, len(found)))


async def find_visible_rows(
    conn: Conn, release_ids: list[ReleaseId], viewer: Member | None
) -> dict[ReleaseId, StoredRelease]:
    """Return those of these releases that the viewer may see, by id."""
    viewer_id = viewer and viewer.id
    found = await lists.list_releases_by_id(conn, release_ids, viewer_id)
    return {release.id: release for release in found if rules.can_see(release, viewer_id)}
