"""HTTP for admins: what sellers are paid, and what failed is tried again."""

from typing import Annotated
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery, QueryParameter

from veza.core import pages
from veza.core.access import Access
from veza.core.ids import TransferId, UserId
from veza.domains.marketplace.payouts import errors, service
from veza.domains.marketplace.payouts.models import (
    RetriedTransfer,
    TransferPage,
    TransferQuery,
    TransferStatus,
)
from veza.domains.platform.idempotency.errors import KeyReused
from veza.http.dependencies import AnyRequest, database_of, reading
from veza.http.expensive import REPORT
from veza.http.idempotency import answer_once
from veza.http.query_parameters import PageLimit, RowOffset, Since, Until, read_moment

Wanted = NamedDependency[TransferQuery]

_SellerId = Annotated[UUID | None, QueryParameter(description="Who is paid.")]


def provide_wanted(
    status: FromQuery[TransferStatus | None] = None,
    seller_id: _SellerId = None,
    since: Since = None,
    until: Until = None,
    limit: PageLimit = 20,
    offset: RowOffset = 0,
) -> TransferQuery:
    """Read which transfers are asked for."""
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
    dependencies={"wanted": Provide(provide_wanted, sync_to_thread=False)},
    errors=[pages.PageTooFar],
)
async def list_transfers(request: AnyRequest, wanted: Wanted) -> TransferPage:
    """List what sellers are paid, newest first: all, or of a status, a seller, a time."""
    async with reading(request) as conn:
        return await service.list_transfers(conn, wanted)


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
    """Try a transfer again that failed.

    Answers how it stands as soon as that is known, and after five seconds in any case: it may still
    be `pending` or `processing` then, and goes on by itself.
    """

    async def retry(retry_id: UUID) -> RetriedTransfer:
        return await service.retry_soon(database_of(request), TransferId(transfer_id), retry_id)

    return await answer_once(request, retry)


router = Router("/", route_handlers=[list_transfers, retry_transfer], tags=["admin"])
