"""Admins list the events that payment and payout providers sent."""

from litestar import Router, get
from litestar.params import FromQuery

from veza.core import pages
from veza.core.access import Access
from veza.domains.marketplace.webhooks import service
from veza.domains.marketplace.webhooks.models import WebhookEventPage, WebhookOutcome
from veza.http.dependencies import Conn
from veza.http.expensive import REPORT
from veza.http.requests.query_parameters import CursorText, PageLimit, read_cursor


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
    outcome: FromQuery[WebhookOutcome | None] = None,
) -> WebhookEventPage:
    """List the events that payment and payout providers sent, newest first.

    `flagged` events had another amount than the order, and paid nothing.
    """
    return await service.list_events(conn, outcome, limit=limit, cursor=read_cursor(cursor))


router = Router("/", route_handlers=[list_webhooks], tags=["admin"])
