"""HTTP for admins: the ledger."""

from typing import Annotated
from uuid import UUID

from litestar import Router, get
from litestar.params import QueryParameter

from veza.core import pages
from veza.core.access import Access
from veza.core.ids import UserId
from veza.domains.marketplace.ledger import service
from veza.domains.marketplace.ledger.models import LedgerPage, LedgerQuery
from veza.http.dependencies import Conn
from veza.http.expensive import REPORT
from veza.http.query_parameters import PageLimit, RowOffset

_UserId = Annotated[UUID | None, QueryParameter(description="Only accounts of this member.")]


@get(
    "/admin/ledger",
    access=Access.ADMIN,
    scope=None,
    expensive=REPORT,
    errors=[pages.PageTooFar],
)
async def list_ledger(
    conn: Conn, user_id: _UserId = None, limit: PageLimit = 20, offset: RowOffset = 0
) -> LedgerPage:
    """Get totals by kind of account, and a page of the accounts, newest first.

    Money held by providers is negative, so that all balances of a currency and mode sum up to zero.
    Money is real in the mode `live`; in `test` it is the sandbox's.
    """
    pages.ensure_within_reach(offset, limit)
    member_id = None if user_id is None else UserId(user_id)
    return await service.list_ledger(conn, LedgerQuery(limit, offset, member_id))


router = Router("/", route_handlers=[list_ledger], tags=["admin"])
