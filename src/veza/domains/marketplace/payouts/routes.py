"""Sellers list their own transfers here, paid and pending."""

from litestar import Router, get

from veza.core import pages
from veza.core.access import Access
from veza.core.profiles import Right
from veza.domains.marketplace.payouts.models import TransferPage, TransferQuery
from veza.domains.marketplace.payouts.service import transfers
from veza.http.dependencies import AnyRequest, Conn, viewer_of
from veza.http.requests.query_parameters import PageLimit, RowOffset


@get("/sell/transfers", access=Access.USER, scope=None, errors=[pages.PageTooFar])
async def list_own_transfers(
    request: AnyRequest, conn: Conn, limit: PageLimit = 20, offset: RowOffset = 0
) -> TransferPage:
    """List your transfers, paid and pending, newest first.

    Each transfer pays you for an order, less the platform's fee. `reason` explains why it isn't
    paid yet, or not in full.
    """
    pages.ensure_within_reach(offset, limit)
    query = TransferQuery(limit, offset, seller_id=viewer_of(request).id)
    return await transfers.list_transfers(conn, query)


router = Router(
    "/",
    route_handlers=[list_own_transfers],
    tags=["seller"],
    opt={"right": Right.MONEY},
)
