"""HTTP for admins: refunds of which the provider does not tell how they ended."""

from typing import Annotated
from uuid import UUID

from litestar import Router, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from veza.core import pages
from veza.core.access import Access
from veza.core.ids import RefundId
from veza.domains.marketplace.refunds import errors, service
from veza.domains.marketplace.refunds.models import (
    AdminRefund,
    AdminRefundPage,
    RefundResolution,
    RefundsQuery,
    RefundStatus,
)
from veza.http.dependencies import AnyRequest, Conn, Tx, viewer_of
from veza.http.expensive import REPORT
from veza.http.query_parameters import PageLimit, RowOffset

_Status = Annotated[RefundStatus | None, QueryParameter(description="How they stand.")]


@get(
    "/admin/refunds",
    access=Access.ADMIN,
    scope=None,
    expensive=REPORT,
    errors=[pages.PageTooFar],
)
async def list_all_refunds(
    conn: Conn, status: _Status = None, limit: PageLimit = 20, offset: RowOffset = 0
) -> AdminRefundPage:
    """List all refunds, the latest first.

    An `unresolved` one wants to be looked at: its provider has not told for seven days how it
    ended. The provider is asked further, and the refund ends when it answers.
    """
    pages.ensure_within_reach(offset, limit)
    return await service.list_entries(conn, RefundsQuery(limit, offset, status))


@post(
    "/admin/refunds/{refund_id:uuid}/retry",
    access=Access.ADMIN,
    scope=None,
    status_code=202,
    errors=[errors.RefundNotFound, errors.RefundNotUnresolved],
)
async def retry_refund(refund_id: FromPath[UUID], tx: Tx) -> AdminRefund:
    """Have the provider of an unresolved refund asked now, under the name that it knows.

    Whatever it did before, it gives the money back once.
    """
    return await service.retry(tx, RefundId(refund_id))


@post(
    "/admin/refunds/{refund_id:uuid}/resolve",
    access=Access.ADMIN,
    scope=None,
    status_code=200,
    errors=[errors.RefundNotFound, errors.RefundNotUnresolved],
)
async def resolve_refund(
    request: AnyRequest, refund_id: FromPath[UUID], data: JSONBody[RefundResolution], tx: Tx
) -> AdminRefund:
    """Say how an unresolved refund ended whose provider never answers, and how that is known.

    `made`: the buyer has the money back. `failed`: the buyer has not, and it can be refunded anew.
    Look it up at the provider before: after `failed`, a refund that was made after all is paid
    twice.
    """
    return await service.resolve(tx, RefundId(refund_id), viewer_of(request), data)


router = Router(
    "/", route_handlers=[list_all_refunds, retry_refund, resolve_refund], tags=["admin"]
)
