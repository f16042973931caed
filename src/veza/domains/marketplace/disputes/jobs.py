"""Polls providers for disputes; one that is reported twice counts once."""

import structlog

from veza.core.clock import now
from veza.core.ids import OrderId
from veza.domains.marketplace.disputes import queries, rules
from veza.domains.marketplace.orders.errors import OrderNotFound
from veza.domains.marketplace.orders.models.state import OrderState
from veza.domains.marketplace.orders.service import settlement
from veza.infra.payments.provider import PaymentDispute, PaymentProvider
from veza.infra.postgres.database import Database

log = structlog.get_logger()


async def poll_new_disputes(database: Database, payments: PaymentProvider) -> None:
    """Apply disputes that were opened since the last poll, and whose webhooks got lost.

    Raises ProviderUnavailable: the next poll covers the same time again.
    """
    began = now()
    async with database.read() as conn:
        polled_until = await queries.find_polled_until(conn, payments.name)
    since = rules.list_since(polled_until, began)
    count = 0
    size = rules.PAGE_SIZE
    for page in range(rules.MAX_PAGES):
        listed = await payments.list_disputes(since, limit=size, offset=page * size)
        for dispute in listed:
            count += await _apply(database, payments, dispute)
        if len(listed) < size:
            async with database.transaction() as tx:
                await queries.upsert_polled_until(tx, payments.name, began)
            break
    else:
        log.error("too_many_disputes", provider=payments.name, since=since.isoformat())
    if count:
        log.warning("disputes_found", count=count)


async def poll_open_disputes(database: Database, payments: PaymentProvider) -> None:
    """Check a batch of open disputes, and apply results whose webhooks got lost to their orders.

    Raises ProviderUnavailable: the others are checked the next time.
    """
    async with database.transaction() as tx:
        due = await queries.claim_due(
            tx,
            payments.name,
            limit=rules.CHECK_BATCH,
            interval=rules.CHECK_INTERVAL,
            max_age=rules.MAX_AGE,
        )
    count = 0
    for known in due:
        dispute = await payments.find_dispute(known.dispute_ref)
        if (
            dispute is not None
            and settlement.parse_payment_ref(dispute.payment_id) == known.order_id
        ):
            count += await _apply(database, payments, dispute)
    if count:
        log.warning("disputes_ended", count=count)


async def _apply(database: Database, payments: PaymentProvider, dispute: PaymentDispute) -> bool:
    """Apply a dispute to its order; return False if it is known, or the order is not ours.

    The payment's webhook may have been lost as well, so the payment is applied first.
    """
    order_id = settlement.parse_payment_ref(dispute.payment_id)
    order = None if order_id is None else await _find_order(database, order_id)
    if order is None or order.provider != payments.name:
        return False
    events = settlement.events_from_dispute(order, dispute)
    if not events:
        return False
    payment = await payments.find_payment(dispute.payment_id)
    paid = None if payment is None else settlement.event_from_payment(payment)
    async with database.transaction() as tx:
        for event in events if paid is None else [paid, *events]:
            await settlement.settle(tx, order.id, event)
    return True


async def _find_order(database: Database, order_id: OrderId) -> OrderState | None:
    async with database.read() as conn:
        try:
            return await settlement.read_state(conn, order_id)
        except OrderNotFound:
            return None
