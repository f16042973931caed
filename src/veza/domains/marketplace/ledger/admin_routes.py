"""Admins see totals and accounts of the ledger, and have its books verified."""

from typing import Annotated
from uuid import UUID

from litestar import Router, get, post
from litestar.params import QueryParameter

from veza.core import pages
from veza.core.access import Access
from veza.core.ids import UserId
from veza.domains.marketplace.ledger import service
from veza.domains.marketplace.ledger.models import LedgerPage, LedgerQuery, LedgerVerificationStatus
from veza.http.dependencies import Conn, Tx
from veza.http.expensive import REPORT
from veza.http.requests.query_parameters import PageLimit, RowOffset
from veza.http.responses.envelope import Done

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


@get("/admin/ledger/verification", access=Access.ADMIN, scope=None)
async def show_ledger_verification(conn: Conn) -> LedgerVerificationStatus:
    """Show the result of the last verification of all books.

    They are verified each night, as by `veza ledger verify`. A violation that is under way will be
    resolved by pending work, or by staff.
    """
    return await service.get_verification(conn)


@post("/admin/ledger/verification", access=Access.ADMIN, scope=None, status_code=202)
async def verify_ledger(tx: Tx) -> Done:
    """Queue a verification of all books, unless one is under way already."""
    await service.request_verification(tx)
    return Done("The books are being verified: look at the result later.")


router = Router(
    "/",
    route_handlers=[list_ledger, show_ledger_verification, verify_ledger],
    tags=["admin"],
)
