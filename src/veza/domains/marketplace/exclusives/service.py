"""Items for members, for those who have access and for those who could have it."""

from veza.core.access import Member
from veza.core.ids import ProfileId, UserId
from veza.core.pages import Cursor, cut
from veza.core.signed_urls import UrlBuilder
from veza.domains.marketplace.exclusives import queries, rules
from veza.domains.marketplace.exclusives.models import ExclusivePage
from veza.infra.postgres.database import Conn


async def list_exclusives(
    conn: Conn,
    profile_id: ProfileId,
    viewer: Member | None,
    *,
    page: tuple[int, Cursor | None],
    urls: UrlBuilder,
) -> ExclusivePage:
    """Return a page of a profile's items for members; none of one that is unknown or hidden."""
    limit, cursor = page
    found = await queries.list_exclusives(
        conn, UserId(profile_id), viewer and viewer.id, limit=limit, cursor=cursor
    )
    shown, following = cut(found, limit, lambda each: Cursor(each.created_at, each.id))
    items = [rules.show_exclusive(each, urls) for each in shown]
    return ExclusivePage(items, following, following is not None)
