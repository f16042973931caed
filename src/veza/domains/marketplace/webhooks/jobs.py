"""Applies each event to its order, refund or account; deletes them after half a year."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

import structlog
from msgspec import Struct

from veza.core.ids import OrderId
from veza.domains.marketplace.orders.errors import OrderNotFound
from veza.domains.marketplace.orders.models.state import (
    DisputeLost,
    DisputeOpened,
    DisputeWon,
    OrderEvent,
)
from veza.domains.marketplace.orders.service import settlement
from veza.domains.marketplace.webhooks import queries, rules
from veza.domains.marketplace.webhooks.models import (
    EventContent,
    ProcessWebhook,
    StoredWebhookEvent,
    WebhookOutcome,
)
from veza.infra.payments.errors import ProviderUnavailable
from veza.infra.payments.provider import Payment, PaymentProvider, PaymentState
from veza.infra.payouts.provider import STRIPE
from veza.infra.postgres.batches import run_in_batches
from veza.infra.postgres.database import Database, Tx

log = structlog.get_logger()

# No provider resends an event after such a time.
_RETENTION = timedelta(days=180)

_PAYMENT_STATES: Mapping[str, PaymentState] = {
    "payment_succeeded": PaymentState.SUCCEEDED,
    "payment_captured": PaymentState.SUCCEEDED,
    "payment_failed": PaymentState.FAILED,
    "payment_cancelled": PaymentState.CANCELLED,
    "payment_expired": PaymentState.CANCELLED,
}
_DISPUTES_WON = {"dispute_won", "dispute_cancelled"}
_DISPUTES_LOST = {"dispute_lost", "dispute_accepted", "dispute_expired"}
_ACCOUNTS = {"account_updated", "account_application_deauthorized", "capability_updated"}

type ApplyReported = Callable[[Payment], Awaitable[Payment]]
type Refresh = Callable[[str], Awaitable[None]]


class EventConsumers(Struct, frozen=True):
    """The payment provider, and the functions that refresh refunds and accounts.

    `apply_reported` is set for the sandbox only: it stores the payment that an event reports.
    `former` are the contexts of payment providers that the settings named before.
    """

    payments: PaymentProvider
    apply_reported: ApplyReported | None
    refresh_refund: Refresh
    refresh_account: Refresh
    former: tuple["EventConsumers", ...] = ()


class _OrderUpdate(Struct, frozen=True):
    """The events of an order, to be applied in this order."""

    order_id: OrderId
    events: list[OrderEvent]


async def process_webhook(
    database: Database, consumers: EventConsumers, job: ProcessWebhook
) -> None:
    """Apply an event to its order, refund or account.

    A processed event is skipped. If the worker crashes before the end, or two process the event at
    once, it is applied again, which changes nothing for orders, refunds and accounts.
    """
    async with database.read() as conn:
        event = await queries.find_event(conn, job.event_id)
    if event is None or event.is_done:
        return
    result = await _interpret(consumers, event, rules.read_content(event.body))
    async with database.transaction(by_key=True) as tx:
        if isinstance(result, _OrderUpdate):
            result = await _update_order(tx, result, event.provider)
        await queries.update_done(tx, event.id, result)


async def sweep_webhooks(database: Database) -> None:
    """Delete events that were processed half a year ago."""
    count = await run_in_batches(database, lambda tx: queries.delete_old(tx, _RETENTION))
    if count:
        log.info("webhooks_swept", count=count)


async def _interpret(
    consumers: EventConsumers, event: StoredWebhookEvent, content: EventContent
) -> _OrderUpdate | WebhookOutcome:
    """Refresh the refund or account of an event, or return the update of its order.

    Only Stripe reports accounts, and only the payment provider reports payments.
    """
    if event.provider == STRIPE:
        if event.kind in _ACCOUNTS and content.account_ref is not None:
            await consumers.refresh_account(content.account_ref)
            return WebhookOutcome.APPLIED
        return WebhookOutcome.IGNORED
    consumers = _choose(consumers, event.provider)
    if event.kind.startswith(("payment_", "dispute_")) and content.payment_id is not None:
        return await _find_update(consumers, event.kind, content, content.payment_id)
    if event.kind.startswith("refund_") and content.refund_id is not None:
        await consumers.refresh_refund(content.refund_id)
        return WebhookOutcome.APPLIED
    return WebhookOutcome.IGNORED


def _choose(consumers: EventConsumers, provider: str) -> EventConsumers:
    """Return the consumers for the payment provider that sent an event.

    Raises ProviderUnavailable if it is no longer connected: the event waits for it.
    """
    for candidate in (consumers, *consumers.former):
        if candidate.payments.name == provider:
            return candidate
    raise ProviderUnavailable


async def _find_update(
    consumers: EventConsumers, kind: str, content: EventContent, payment_id: str
) -> _OrderUpdate | WebhookOutcome:
    order_id = settlement.parse_payment_ref(payment_id)
    if order_id is None:
        return WebhookOutcome.NOT_OURS
    payment = await _find_payment(consumers, kind, content, payment_id)
    # The event of a dispute may arrive before that of its payment.
    events = [settlement.event_from_payment(payment), _read_dispute(kind, content, payment)]
    return _OrderUpdate(order_id, [event for event in events if event is not None])


async def _find_payment(
    consumers: EventConsumers, kind: str, content: EventContent, payment_id: str
) -> Payment:
    """Return the current state of a payment: events may arrive late, twice, and in any order.

    If the provider has no such payment, the event is trusted.
    """
    known = await consumers.payments.find_payment(payment_id)
    if known is not None and consumers.apply_reported is None:
        return known
    amount_cents, currency = (known.amount_cents, known.currency) if known else (0, "")
    reported = Payment(
        id=payment_id,
        state=_PAYMENT_STATES.get(kind, PaymentState.PENDING),
        amount_cents=amount_cents if content.amount_cents is None else content.amount_cents,
        currency=content.currency or currency,
        reason=content.reason,
    )
    if consumers.apply_reported is None:
        return reported
    if known is not None and _is_same_success(known, reported):
        # A success is final, so that nothing is left to store.
        return reported
    return await consumers.apply_reported(reported)


def _is_same_success(known: Payment, reported: Payment) -> bool:
    return (
        known.state is reported.state is PaymentState.SUCCEEDED
        and known.amount_cents == reported.amount_cents
        and known.currency == reported.currency
    )


def _read_dispute(kind: str, content: EventContent, payment: Payment) -> OrderEvent | None:
    dispute_ref = content.dispute_ref
    if dispute_ref is None:
        return None
    if kind == "dispute_opened":
        # The ledger can't take an amount in another currency.
        is_same_currency = content.currency in {None, payment.currency}
        return DisputeOpened(dispute_ref, (content.amount_cents or 0) if is_same_currency else 0)
    if kind in _DISPUTES_WON:
        return DisputeWon(dispute_ref)
    return DisputeLost(dispute_ref) if kind in _DISPUTES_LOST else None


async def _update_order(tx: Tx, update: _OrderUpdate, provider: str) -> WebhookOutcome:
    try:
        results = [
            await settlement.settle(tx, update.order_id, event, reported_by=provider)
            for event in update.events
        ]
    except OrderNotFound:
        return WebhookOutcome.NOT_OURS
    if any(result.is_wrong_provider for result in results):
        return WebhookOutcome.NOT_OURS
    if any(result.is_wrong_amount for result in results):
        return WebhookOutcome.FLAGGED
    has_changed = any(result.has_changed for result in results)
    return WebhookOutcome.APPLIED if has_changed else WebhookOutcome.NOTHING_NEW
