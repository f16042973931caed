"""Refunds are asked of providers and polled here; late payments are returned."""

import structlog

from veza.core.ids import LOWEST_ID, OrderItemId
from veza.domains.marketplace.orders.events import OrderToReturn
from veza.domains.marketplace.refunds import queries
from veza.domains.marketplace.refunds.models import CancelPreorders, RefundBuyers, SettleRefund
from veza.domains.marketplace.refunds.service import provider_refunds, requested_refunds
from veza.infra.payments.provider import PaymentProviders
from veza.infra.postgres.batches import run_in_batches
from veza.infra.postgres.database import Database, Tx

log = structlog.get_logger()


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
    after = OrderItemId(LOWEST_ID)
    while True:
        async with database.read() as conn:
            found = await queries.list_preorders(conn, job.product_id, after)
        for preorder in found:
            async with database.transaction() as tx:
                await requested_refunds.refund_preorder(tx, preorder, job.seller_id)
        if not found:
            return
        after = found[-1].id


async def refund_buyers(database: Database, job: RefundBuyers) -> None:
    """Begin the refunds of what staff took from its buyers. It may run twice: each begins once.

    Nothing is refunded once the take-down is undone.
    """
    after = OrderItemId(LOWEST_ID)
    while True:
        async with database.read() as conn:
            item = await queries.find_revoked(conn, job.takedown_id)
            found = [] if item is None else await queries.list_sold(conn, item, after)
        for sold in found:
            async with database.transaction() as tx:
                await requested_refunds.refund_revoked(tx, sold, job.admin_id)
        if not found:
            return
        after = found[-1].id


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
