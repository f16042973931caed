"""Reactions to what happened elsewhere, and the work that comes of them."""

import structlog

from veza.domains.marketplace.orders.events import OrderToReturn
from veza.domains.marketplace.refunds import service
from veza.domains.marketplace.refunds.models import SettleRefund
from veza.infra.payments.provider import PaymentProviders
from veza.infra.postgres.database import Database, Tx

log = structlog.get_logger()


async def return_payment(tx: Tx, event: OrderToReturn) -> None:
    """Have a payment given back that bought nothing."""
    await service.return_payment(tx, event.order_id)


async def settle_refund(database: Database, providers: PaymentProviders, job: SettleRefund) -> None:
    """Have a refund made by the payment provider of its order, whatever the settings are now.

    It may run twice and at once: the company gives the money back once.
    """
    name = await service.find_provider(database, job.refund_id)
    payments = (name and providers.find(name)) or providers.current
    await service.settle(database, payments, job.refund_id)


async def poll_refunds(database: Database) -> None:
    """Look again at refunds that are on their way for long: whatever was lost, they end.

    Of those that don't, people are told.
    """
    count = await service.enqueue_due(database)
    if count:
        log.info("refunds_asked_for", count=count)
    delayed = await service.mark_unresolved(database)
    if delayed:
        log.error("refunds_unresolved", count=delayed)
