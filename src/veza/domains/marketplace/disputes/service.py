"""What one can do with disputes: find those that began, and how those that are open ended."""

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


async def find_new_disputes(database: Database, payments: PaymentProvider) -> int:
    """Ask a provider which disputes began since it was asked last, and settle them; count those.

    Raises ProviderUnavailable: the next time asks about the same time again, and what was settled
    by then changes nothing.
    """
    began = now()
    async with database.read() as conn:
        polled_until = await queries.find_polled_until(conn, payments.name)
    since = rules.list_since(polled_until, began)
    learnt, size = 0, rules.LISTED_AT_ONCE
    for page in range(rules.MAX_PAGES):
        listed = await payments.list_disputes(since, limit=size, offset=page * size)
        for dispute in listed:
            learnt += await _learn(database, payments, dispute)
        if len(listed) < size:
            async with database.transaction() as tx:
                await queries.upsert_polled_until(tx, payments.name, began)
            return learnt
    log.error("too_many_disputes", provider=payments.name, since=since.isoformat())
    return learnt


async def check_open_disputes(database: Database, payments: PaymentProvider) -> int:
    """Ask a provider how open disputes stand, some at a time; count those that changed.

    Raises ProviderUnavailable: those that are left are asked about the next time.
    """
    async with database.transaction() as tx:
        due = await queries.upsert_asked(
            tx,
            payments.name,
            limit=rules.ASKED_AT_ONCE,
            again_after=rules.ASKED_AGAIN_AFTER,
            younger_than=rules.ENDED_WITHIN,
        )
    learnt = 0
    for asked in due:
        dispute = await payments.find_dispute(asked.dispute_ref)
        if (
            dispute is not None
            and settlement.parse_payment_ref(dispute.payment_id) == asked.order_id
        ):
            learnt += await _learn(database, payments, dispute)
    return learnt


async def _learn(database: Database, payments: PaymentProvider, dispute: PaymentDispute) -> bool:
    """Tell an order of a dispute, unless it knows; False where there is nothing new, or no order.

    That the order was paid may have been lost as well, so the payment is asked about first.
    """
    order_id = settlement.parse_payment_ref(dispute.payment_id)
    order = None if order_id is None else await _find_order(database, order_id)
    if order is None or order.provider != payments.name:
        return False
    facts = settlement.events_from_dispute(order, dispute)
    if not facts:
        return False
    payment = await payments.find_payment(dispute.payment_id)
    paid = None if payment is None else settlement.event_from_payment(payment)
    async with database.transaction() as tx:
        for fact in facts if paid is None else [paid, *facts]:
            await settlement.settle(tx, order.id, fact)
    return True


async def _find_order(database: Database, order_id: OrderId) -> OrderState | None:
    async with database.read() as conn:
        try:
            return await settlement.read_state(conn, order_id)
        except OrderNotFound:
            return None
