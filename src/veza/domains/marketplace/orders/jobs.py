"""Poll providers for payments whose webhooks got lost, cancel expired ones, deliver pre-orders."""

from functools import partial

from veza.core.ids import ProductId
from veza.domains.marketplace.orders.events import ExclusiveSold, PreorderDelivered
from veza.domains.marketplace.orders.models.state import (
    OrderEvent,
    PaymentExpired,
    PaymentUnresolved,
    PollPayment,
)
from veza.domains.marketplace.orders.queries import checkout as queries
from veza.domains.marketplace.orders.queries import delivery
from veza.domains.marketplace.orders.queries import settlement as settlement_queries
from veza.domains.marketplace.orders.rules.checkout import CANCELLED_POLLED_FOR, POLL_INTERVAL
from veza.domains.marketplace.orders.service import guest_orders
from veza.domains.marketplace.orders.service.payments import cancel_payment
from veza.domains.marketplace.orders.service.settlement import (
    event_from_payment,
    payment_ref,
    settle,
)
from veza.infra.jobs.outbox import emit
from veza.infra.jobs.queue import enqueue
from veza.infra.payments.errors import ProviderUnavailable
from veza.infra.payments.provider import Payment, PaymentProviders, PaymentState
from veza.infra.postgres.batches import run_in_batches
from veza.infra.postgres.database import Database, Tx

_BATCH = 100


_DELIVERED_AT_ONCE = 200


async def poll_payments(database: Database) -> None:
    """Enqueue a poll of each payment that is due."""

    async def poll(tx: Tx) -> int:
        due = await claim_due_polls(tx)
        for job in due:
            await enqueue(tx, job, key=f"poll_payment:{job.order_id}")
        return len(due)

    await run_in_batches(database, poll)


async def deliver_preorders(database: Database) -> None:
    """Deliver the pre-orders of releases that are published."""
    async with database.read() as conn:
        deliverable = await delivery.list_deliverable(conn)
    for product_id in deliverable:
        await run_in_batches(database, partial(deliver_batch, product_id=product_id))


async def cancel_outsold(tx: Tx, event: ExclusiveSold) -> None:
    """Cancel the payments of unpaid orders with a product that was sold exclusively.

    What is paid nevertheless comes too late, and goes back.
    """
    for job in await settlement_queries.list_unpaid_with(tx, event.product_id):
        await enqueue(tx, job, key=f"cancel_payment:{job.order_id}")


async def forget_abandoned(database: Database) -> None:
    """Forget the addresses of guests whose orders were never paid, and can't be any more."""
    await run_in_batches(database, guest_orders.forget_abandoned)


async def claim_due_polls(tx: Tx) -> list[PollPayment]:
    """Return payments that are due to be polled, and schedule their next poll.

    Includes those of failed orders, and of cancelled orders if they may still be made.
    """
    return await queries.claim_due_polls(
        tx, limit=_BATCH, interval=POLL_INTERVAL, cancelled_for=CANCELLED_POLLED_FOR
    )


async def poll_payment(database: Database, providers: PaymentProviders, job: PollPayment) -> None:
    """Ask the provider for the state of a payment, and apply it to the order.

    If the order expired, its payment is cancelled first; then the order is cancelled, unless it was
    paid in time. While the provider does not answer or is still processing the payment, the order
    stays open until it is overdue. Polling continues, to find and return a late payment. Raises
    ProviderUnavailable, and is retried then. It may run twice: each event is applied once.
    """
    try:
        payment = await _find_payment(providers, job)
    except ProviderUnavailable:
        async with database.transaction() as tx:
            await settle(tx, job.order_id, PaymentUnresolved())
        raise
    async with database.transaction() as tx:
        for event in _list_events(payment, is_expired=job.is_expired):
            await settle(tx, job.order_id, event, reported_by=job.provider)
        if _is_final(payment, is_expired=job.is_expired):
            await queries.update_not_polled(tx, job.order_id)


async def _find_payment(providers: PaymentProviders, job: PollPayment) -> Payment | None:
    """Return the state of a payment, cancelled if it expired; None if it is unknown.

    A provider that is no longer connected can still send webhooks, but cannot be polled.
    """
    provider = providers.find(job.provider)
    if provider is None:
        return None
    ref = payment_ref(job.order_id)
    return await (cancel_payment(provider, ref) if job.is_expired else provider.find_payment(ref))


def _list_events(payment: Payment | None, *, is_expired: bool) -> list[OrderEvent]:
    """Return the events that the state of a payment and the expiry of its order imply.

    An order paid with a wrong amount expires too; it is flagged for staff.
    """
    reported = None if payment is None else event_from_payment(payment)
    events: list[OrderEvent] = [] if reported is None else [reported]
    if is_expired:
        is_pending = payment is not None and payment.state is PaymentState.PENDING
        events.append(PaymentUnresolved() if is_pending else PaymentExpired())
    return events


def _is_final(payment: Payment | None, *, is_expired: bool) -> bool:
    """Return whether the state of a payment is final, so that polling can stop."""
    if payment is not None and payment.state is PaymentState.CANCELLED:
        return True
    return is_expired and (payment is None or payment.state is not PaymentState.PENDING)


async def deliver_batch(tx: Tx, product_id: ProductId) -> int:
    """Deliver the next pre-orders of a product, and announce them; return how many.

    Buyers of gifts are not told; recipients are, once they have redeemed them.
    """
    lines = await delivery.update_delivered(tx, product_id, _DELIVERED_AT_ONCE)
    orders = {line.order_id: line for line in lines if line.is_licensed}
    for order_id, line in orders.items():
        if line.is_gift:
            await emit(tx, PreorderDelivered(order_id, None))
        else:
            await emit(tx, PreorderDelivered(order_id, line.buyer_id, line.is_guest))
    return len(lines)
