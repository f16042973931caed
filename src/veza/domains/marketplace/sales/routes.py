"""HTTP for sellers: what they sold."""

from litestar import Router, get

from veza.core import pages
from veza.core.access import Access
from veza.domains.marketplace.sales import service
from veza.domains.marketplace.sales.models import SalePage
from veza.http.dependencies import AnyRequest, Conn, viewer_of
from veza.http.query_parameters import CursorText, PageLimit


@get("/sell/orders", access=Access.USER, scope=None, errors=[pages.BadCursor])
async def list_sales(
    request: AnyRequest, conn: Conn, limit: PageLimit = 20, cursor: CursorText = None
) -> SalePage:
    """List the paid orders of what one sells, with one's own lines, newest first."""
    place = None if cursor is None else pages.decode_cursor(cursor)
    return await service.list_sales(conn, viewer_of(request).id, limit=limit, cursor=place)


router = Router("/", route_handlers=[list_sales], tags=["seller"])
