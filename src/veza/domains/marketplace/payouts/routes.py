"""HTTP for sellers: what they are paid."""

from litestar import Router, get

from veza.core import pages
from veza.core.access import Access
from veza.domains.marketplace.payouts import service
from veza.domains.marketplace.payouts.models import TransferPage, TransferQuery
from veza.http.dependencies import AnyRequest, Conn, viewer_of
from veza.http.query_parameters import PageLimit, RowOffset


@get("/sell/transfers", access=Access.USER, scope=None, errors=[pages.PageTooFar])
async def list_own_transfers(
    request: AnyRequest, conn: Conn, limit: PageLimit = 20, offset: RowOffset = 0
) -> TransferPage:
    """List what one was paid for what one sold, and what is on its way, newest first.

    Each is what one gets for an order, less the platform's fee. The `reason` says why it isn't paid
    yet, or not whole.
    """
    pages.ensure_within_reach(offset, limit)
    wish = TransferQuery(limit, offset, seller_id=viewer_of(request).id)
    return await service.list_transfers(conn, wish)


router = Router("/", route_handlers=[list_own_transfers], tags=["seller"])
