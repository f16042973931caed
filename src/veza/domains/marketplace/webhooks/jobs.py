"""Work done after an event came: to find out what it means, and to have it mean that."""

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
from veza.domains.marketplace.webhooks.models import Outcome, ProcessWebhook, StoredEvent, Told
from veza.infra.payments.errors import ProviderUnavailable
from veza.infra.payments.provider import Payment, PaymentProvider, PaymentState
from veza.infra.payouts.stripe import Stripe
from veza.infra.postgres.database import Database, Tx

log = structlog.get_logger()

_KEPT = timedelta(days=180)

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

type Believe = Callable[[Payment], Awaitable[Payment]]
type Learn = Callable[[str], Awaitable[None]]


class Hearers(Struct, frozen=True):
    """Who knows more of a thing than an event says.

    `believe` is there where no company is: it takes what is said of a payment at its word.
    `learn_refund` and `learn_account` find out how a thing stands of which we hear, if it is ours.
    `former` know what was told before the settings named another payment provider.
    """

    payments: PaymentProvider
    believe: Believe | None
    learn_refund: Learn
    learn_account: Learn
    former: tuple["Hearers", ...] = ()


class _News(Struct, frozen=True):
    """What an event means for an order, one after the other."""

    order_id: OrderId
    facts: list[OrderEvent]


async def process_webhook(database: Database, hearers: Hearers, job: ProcessWebhook) -> None:
    """Have an event mean something. Once it did, doing it again does nothing.

    A worker that dies in between leaves it waiting: whatever it told others, they take twice.
    """
    async with database.read() as conn:
        event = await queries.find_event(conn, job.event_id)
    if event is None or event.is_done:
        return
    meaning = await _find_out(hearers, event, rules.read_told(event.body))
    async with database.transaction() as tx:
        if await queries.lock_waiting(tx, event.id):
            if isinstance(meaning, _News):
                meaning = await _tell(tx, meaning, event.provider)
            await queries.update_done(tx, event.id, meaning)


async def sweep_webhooks(database: Database) -> None:
    """Delete the events that were done half a year ago: no company sends one again so late."""
    count, is_more = 0, True
    while is_more:
        async with database.transaction() as tx:
            deleted = await queries.delete_old(tx, _KEPT)
        count, is_more = count + deleted, bool(deleted)
    if count:
        log.info("webhooks_swept", count=count)


async def _find_out(hearers: Hearers, event: StoredEvent, told: Told) -> _News | Outcome:
    """Find out what an event means: news of an order, or what became of it otherwise.

    Of payments only that company is heard that takes them, and of accounts only the one that pays.
    """
    if event.provider == Stripe.name:
        if event.kind in _ACCOUNTS and told.account_ref is not None:
            await hearers.learn_account(told.account_ref)
            return Outcome.APPLIED
        return Outcome.NOT_HEARD
    hearers = _choose(hearers, event.provider)
    if event.kind.startswith(("payment_", "dispute_")) and told.payment_id is not None:
        return await _find_news(hearers, event.kind, told, told.payment_id)
    if event.kind.startswith("refund_") and told.refund_id is not None:
        await hearers.learn_refund(told.refund_id)
        return Outcome.APPLIED
    return Outcome.NOT_HEARD


def _choose(hearers: Hearers, provider: str) -> Hearers:
    """Return who can ask the payment provider that sent an event.

    Raises ProviderUnavailable where it isn't connected any more: the event waits for it.
    """
    for one in (hearers, *hearers.former):
        if one.payments.name == provider:
            return one
    raise ProviderUnavailable


async def _find_news(hearers: Hearers, kind: str, told: Told, payment_id: str) -> _News | Outcome:
    order_id = settlement.parse_payment_ref(payment_id)
    if order_id is None:
        return Outcome.NOT_OURS
    # A dispute may overtake the news that what it is about was paid.
    payment = await _ask(hearers, kind, told, payment_id)
    facts = [settlement.event_from_payment(payment), _read_dispute(kind, told, payment)]
    return _News(order_id, [fact for fact in facts if fact is not None])


async def _ask(hearers: Hearers, kind: str, told: Told, payment_id: str) -> Payment:
    """Ask how a payment stands now: events come late, twice, and in any order."""
    known = await hearers.payments.find_payment(payment_id)
    if known is not None and hearers.believe is None:
        return known
    cents = known.amount_cents if known is not None and told.amount_cents is None else None
    currency = known.currency if known is not None and told.currency is None else None
    said = Payment(
        id=payment_id,
        state=_PAYMENT_STATES.get(kind, PaymentState.PENDING),
        amount_cents=cents or told.amount_cents or 0,
        currency=currency or told.currency or "",
        reason=told.reason,
    )
    return said if hearers.believe is None else await hearers.believe(said)


def _read_dispute(kind: str, told: Told, payment: Payment) -> OrderEvent | None:
    dispute_ref = told.dispute_ref
    if dispute_ref is None:
        return None
    if kind == "dispute_opened":
        # In another currency it is no sum that the books could take.
        is_sum = told.currency in {None, payment.currency}
        return DisputeOpened(dispute_ref, (told.amount_cents or 0) if is_sum else 0)
    if kind in _DISPUTES_WON:
        return DisputeWon(dispute_ref)
    return DisputeLost(dispute_ref) if kind in _DISPUTES_LOST else None


async def _tell(tx: Tx, news: _News, provider: str) -> Outcome:
    """Tell an order what a payment provider says of it, and return what became of that."""
    try:
        settled = [
            await settlement.settle(tx, news.order_id, fact, reported_by=provider)
            for fact in news.facts
        ]
    except OrderNotFound:
        return Outcome.NOT_OURS
    if any(one.is_wrong_provider for one in settled):
        return Outcome.NOT_OURS
    if any(one.is_wrong_amount for one in settled):
        return Outcome.FLAGGED
    return Outcome.APPLIED if any(one.has_changed for one in settled) else Outcome.NOTHING_NEW
