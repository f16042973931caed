"""Refunds are asked of providers and polled here; late payments are returned."""

from collections.abc import Awaitable, Callable
from functools import partial

import structlog

from veza.core.errors import Unavailable
from veza.core.ids import LOWEST_ID, OrderItemId, UserId
from veza.domains.marketplace.orders.events import OrderToReturn
from veza.domains.marketplace.refunds import queries
from veza.domains.marketplace.refunds.models import (
    CancelPreorders,
    PreorderedItem,
    RefundBuyers,
    SettleRefund,
)
from veza.domains.marketplace.refunds.service import provider_refunds, requested_refunds
from veza.infra.payments.provider import PaymentProviders
from veza.infra.postgres.batches import run_in_batches
from veza.infra.postgres.database import Conn, Database, Tx

log = structlog.get_logger()


class RefundsNotBegun(Exception):
    """Some refunds of a job could not be begun; the others are. The log has each with its error."""

    def __init__(self, count: int) -> None:
        super().__init__(f"{count} refunds could not be begun: see refund_not_begun in the log.")


async def return_payment(tx: Tx, event: OrderToReturn) -> None:
    """Refund a late payment, which bought nothing."""
    await requested_refunds.return_payment(tx, event.order_id)


async def settle_refund(database: Database, providers: PaymentProviders, job: SettleRefund) -> None:
    """Request a refund from the provider of its order's payment, whatever the settings are now.

    It may run twice and concurrently: the provider pays a refund once.
    """
    async with database.read() as conn:
        refund = await queries.find_refund(conn, job.refund_id)
    payments = (refund and providers.find(refund.provider)) or providers.current
    await provider_refunds.settle(database, payments, job.refund_id)


async def cancel_preorders(database: Database, job: CancelPreorders) -> None:
    """Begin the refunds of the pre-orders of a product. It may run twice: each begins once."""

    async def list_next(conn: Conn, after: OrderItemId) -> list[PreorderedItem]:
        return await queries.list_preorders(conn, job.product_id, after)

    await _refund_each(database, list_next, job.seller_id, requested_refunds.CANCELLED)


async def refund_buyers(database: Database, job: RefundBuyers) -> None:
    """Begin the refunds of what staff took from its buyers. It may run twice: each begins once.

    Nothing is refunded once the take-down is undone.
    """

    async def list_next(conn: Conn, after: OrderItemId) -> list[PreorderedItem]:
        item = await queries.find_revoked(conn, job.takedown_id)
        return [] if item is None else await queries.list_sold(conn, item, after)

    await _refund_each(database, list_next, job.admin_id, requested_refunds.REVOKED)


async def _refund_each(
    database: Database,
    list_next: Callable[[Conn, OrderItemId], Awaitable[list[PreorderedItem]]],
    requested_by: UserId,
    reason: str,
) -> None:
    """Begin the refund of each item, in a transaction of its own, in the order of their ids.

    Raises RefundsNotBegun once all others are begun, so that the job is run again for those that
    failed, and is held for operators if they fail each time.
    """
    after = OrderItemId(LOWEST_ID)
    count, first = 0, None
    while True:
        async with database.read() as conn:
            found = await list_next(conn, after)
        for item in found:
            try:
                refund = partial(
                    requested_refunds.refund_line,
                    sold=item,
                    requested_by=requested_by,
                    reason=reason,
                )
                await database.transact(refund)
            except Unavailable:
                raise
            except Exception as error:
                log.exception("refund_not_begun", item=str(item.id), order=str(item.order_id))
                count, first = count + 1, first or error
        if not found:
            break
        after = found[-1].id
    if count:
        raise RefundsNotBegun(count) from first


async def poll_refunds(database: Database) -> None:
    """Retry refunds without a result, and mark those as unresolved that wait for days."""

    async def poll(tx: Tx) -> int:
        due = await queries.claim_due(tx)
        for job in due:
            await provider_refunds.enqueue_settlement(tx, job.refund_id)
        return len(due)

    count = await run_in_batches(database, poll)
    if count:
        log.info("refunds_polled", count=count)
    delayed = await provider_refunds.mark_unresolved(database)
    if delayed:
        log.error("refunds_unresolved", count=delayed)
