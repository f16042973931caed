"""Admins list transfers to sellers, and retry those that failed."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery, QueryParameter

from veza.core import pages
from veza.core.access import Access
from veza.core.ids import TransferId, UserId
from veza.domains.marketplace.payouts import errors
from veza.domains.marketplace.payouts.models import (
    RetriedTransfer,
    TransferPage,
    TransferQuery,
    TransferStatus,
)
from veza.domains.marketplace.payouts.service import transfers
from veza.domains.platform.idempotency.errors import KeyReused
from veza.http.dependencies import AnyRequest, database_of, reading
from veza.http.expensive import REPORT
from veza.http.requests.idempotency import read_key
from veza.http.requests.query_parameters import PageLimit, RowOffset, Since, Until, read_moment

ListQuery = NamedDependency[TransferQuery]

_SellerId = Annotated[UUID | None, QueryParameter(description="The seller who is paid.")]


def read_query(
    status: FromQuery[TransferStatus | None] = None,
    seller_id: _SellerId = None,
    since: Since = None,
    until: Until = None,
    limit: PageLimit = 20,
    offset: RowOffset = 0,
) -> TransferQuery:
    """Read the page and the filters of the list. Raises PageTooFar."""
    pages.ensure_within_reach(offset, limit)
    return TransferQuery(
        limit=limit,
        offset=offset,
        seller_id=None if seller_id is None else UserId(seller_id),
        status=status,
        since=read_moment(since, "from"),
        until=read_moment(until, "to"),
    )


@get(
    "/admin/transfers",
    access=Access.ADMIN,
    scope=None,
    expensive=REPORT,
    dependencies={"page_query": Provide(read_query, sync_to_thread=False)},
    errors=[pages.PageTooFar],
)
async def list_transfers(request: AnyRequest, page_query: ListQuery) -> TransferPage:
    """List transfers to sellers, newest first, filtered by status, seller and time."""
    async with reading(request) as conn:
        return await transfers.list_transfers(conn, page_query)


@post(
    "/admin/transfers/{transfer_id:uuid}/retry",
    access=Access.ADMIN,
    scope=None,
    status_code=200,
    idempotent=True,
    errors=[errors.TransferNotFound, errors.TransferNotFailed, KeyReused],
)
async def retry_transfer(
    request: AnyRequest, transfer_id: FromPath[UUID]
) -> Response[RetriedTransfer]:
    """Retry a failed transfer.

    Answers as soon as the outcome is known, and after five seconds at the latest: the transfer may
    still be `pending` or `processing` then, and proceeds on its own.
    """
    sent = await read_key(request)
    answer = await transfers.retry_once(database_of(request), TransferId(transfer_id), sent)
    return Response[Any](answer)


router = Router("/", route_handlers=[list_transfers, retry_transfer], tags=["admin"])
