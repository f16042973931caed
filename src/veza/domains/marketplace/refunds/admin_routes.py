"""Admins list refunds, and retry or resolve those whose provider reports no result."""

from typing import Annotated
from uuid import UUID

from litestar import Router, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from veza.core import pages
from veza.core.access import Access
from veza.core.ids import RefundId, TakedownId
from veza.core.step_up import StepUp
from veza.domains.marketplace.refunds import errors
from veza.domains.marketplace.refunds.models import (
    AdminRefund,
    AdminRefundPage,
    BuyersRefund,
    RefundResolution,
    RefundsQuery,
    RefundStatus,
)
from veza.domains.marketplace.refunds.service import provider_refunds, requested_refunds
from veza.domains.moderation.takedowns.errors import TakedownNotFound
from veza.http.dependencies import AnyRequest, Conn, Tx, viewer_of
from veza.http.expensive import REPORT
from veza.http.requests.query_parameters import PageLimit, RowOffset

_Status = Annotated[RefundStatus | None, QueryParameter(description="Only refunds of this status.")]


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
    """List all refunds, newest first.

    An `unresolved` refund needs attention: its provider has not reported a result for 7 days. The
    provider is still polled, and the refund ends when it answers.
    """
    pages.ensure_within_reach(offset, limit)
    return await provider_refunds.list_all_refunds(conn, RefundsQuery(limit, offset, status))


@post(
    "/admin/refunds/{refund_id:uuid}/retry",
    access=Access.ADMIN,
    scope=None,
    status_code=202,
    errors=[errors.RefundNotFound, errors.RefundNotUnresolved],
)
async def retry_refund(refund_id: FromPath[UUID], tx: Tx) -> AdminRefund:
    """Retry an unresolved refund now, with the same refund id at the provider.

    The provider never pays it twice.
    """
    return await provider_refunds.retry(tx, RefundId(refund_id))


@post(
    "/admin/refunds/{refund_id:uuid}/resolve",
    access=Access.ADMIN,
    scope=None,
    step_up=StepUp.EVERYBODY,
    status_code=200,
    errors=[errors.RefundNotFound, errors.RefundNotUnresolved],
)
async def resolve_refund(
    request: AnyRequest, refund_id: FromPath[UUID], data: JSONBody[RefundResolution], tx: Tx
) -> AdminRefund:
    """Record the result of an unresolved refund whose provider does not answer, and its evidence.

    `made`: the buyer has the money back. `failed`: the buyer has not, and can be refunded again.
    Look it up at the provider first: if a refund recorded as `failed` was made after all, refunding
    again pays the buyer twice.
    """
    return await provider_refunds.resolve(tx, RefundId(refund_id), viewer_of(request), data)


@post(
    "/admin/takedowns/{takedown_id:uuid}/refunds",
    access=Access.ADMIN,
    scope=None,
    step_up=StepUp.EVERYBODY,
    status_code=202,
    errors=[TakedownNotFound],
)
async def refund_buyers(request: AnyRequest, takedown_id: FromPath[UUID], tx: Tx) -> BuyersRefund:
    """Refund all who bought what a take-down has taken from its buyers.

    The refunds are made one after the other, shortly; what is refunded or disputed is left out.
    """
    return await requested_refunds.refund_buyers(tx, TakedownId(takedown_id), viewer_of(request))


router = Router(
    "/",
    route_handlers=[list_all_refunds, retry_refund, resolve_refund, refund_buyers],
    tags=["admin"],
)
