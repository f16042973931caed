"""HTTP for admins: what companies told us, and what became of it."""

from litestar import Router, get
from litestar.params import FromQuery

from veza.core import pages
from veza.core.access import Access
from veza.domains.marketplace.webhooks import service
from veza.domains.marketplace.webhooks.models import EventPage, Outcome
from veza.http.dependencies import Conn
from veza.http.expensive import REPORT
from veza.http.query_parameters import CursorText, PageLimit


@get(
    "/admin/webhooks",
    access=Access.ADMIN,
    scope=None,
    expensive=REPORT,
    errors=[pages.BadCursor],
)
async def list_webhooks(
    conn: Conn,
    limit: PageLimit = 20,
    cursor: CursorText = None,
    outcome: FromQuery[Outcome | None] = None,
) -> EventPage:
    """List what companies told us, the latest first.

    `flagged` are those by which another sum came than the order's: nothing was paid by them.
    """
    place = None if cursor is None else pages.decode_cursor(cursor)
    return await service.list_events(conn, outcome, limit=limit, cursor=place)


router = Router("/", route_handlers=[list_webhooks], tags=["admin"])
