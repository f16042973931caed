"""Apply events to orders, with their licences, postings and announcements."""

from collections.abc import Sequence

import structlog
from msgspec import structs

from veza.core.errors import required
from veza.core.ids import OrderId, OrderItemId, UserId, read_short, write_short
from veza.domains.marketplace.discounts import service as discounts
from veza.domains.marketplace.ledger import service as ledger
from veza.domains.marketplace.memberships.service import settlement as memberships
from veza.domains.marketplace.orders.errors import OrderNotFound
from veza.domains.marketplace.orders.models.state import (
    AmountDue,
    DisputeLost,
    DisputeOpened,
    DisputeStatus,
    DisputeWon,
    LineKind,
    OrderEvent,
    OrderLine,
    OrderState,
    PaymentExpired,
    PaymentFailed,
    PaymentMade,
    Settlement,
    Transition,
)
from veza.domains.marketplace.orders.queries import gifts as gift_queries
from veza.domains.marketplace.orders.queries import guests as guest_queries
from veza.domains.marketplace.orders.queries import places as place_queries
from veza.domains.marketplace.orders.queries import settlement as queries
from veza.domains.marketplace.orders.rules import amounts
from veza.domains.marketplace.orders.rules.checkout import OVERDUE_AFTER
from veza.domains.marketplace.orders.rules.transitions import (
    accept_late_payment,
    holds_discount,
    is_dispute_known,
    transition,
)
from veza.domains.marketplace.orders.rules.units import (
    count_sales,
    list_given_back,
    list_moved,
    release_units,
)
from veza.domains.marketplace.orders.service import exclusives
from veza.domains.marketplace.products import service as products
from veza.domains.marketplace.products import shared_queries as product_queries
from veza.domains.marketplace.taxes.models import OrderPlace, PlaceKind
from veza.domains.marketplace.taxes.rules import tax_country
from veza.infra.jobs.outbox import emit
from veza.infra.payments.provider import DisputeState, Payment, PaymentDispute, PaymentState
from veza.infra.postgres.database import Conn, Tx

log = structlog.get_logger()


async def settle(
    tx: Tx, order_id: OrderId, event: OrderEvent, *, reported_by: str | None = None
) -> Settlement:
    """Apply an event to an order, and store all effects: licences, postings, announcements.

    Every change of an order's state goes through here. An event may be applied twice, concurrently
    and in any order. `reported_by` is the payment provider that reported it: an event from another
    provider than the order's is ignored, so that the sandbox cannot pay a real order. Raises
    OrderNotFound.
    """
    locked = await queries.lock_order(tx, order_id, overdue_after=OVERDUE_AFTER)
    stored = required(locked, OrderNotFound)
    if reported_by not in {None, stored.provider}:
        log.warning("payment_event_from_wrong_provider", order=str(order_id), provider=reported_by)
        return Settlement(order_id, stored.status, has_changed=False, is_wrong_provider=True)
    order = await _with_details(tx, stored)
    change = transition(order, event)
    if len(moved := list_moved(order, change)) > 1:
        # All at once, in the order of their ids: what follows locks some of them at a time.
        await product_queries.lock_counts(tx, moved)
    if change.granted and not await _grant(tx, order, change.granted):
        # The buyer received a product of this order by another order meanwhile, the release that
        # they pre-ordered won't be published, or another order paid the period of a membership.
        change = accept_late_payment(order)
    has_changed = change.order != order
    if has_changed:
        await _store(tx, order, change)
    await _keep_place(tx, order, event)
    return Settlement(
        order_id, change.order.status, has_changed, is_wrong_amount=change.is_wrong_amount
    )


async def read_state(conn: Conn, order_id: OrderId) -> OrderState:
    """Return the state of an order with its lines and disputes. Raises OrderNotFound."""
    stored = await queries.find_order(conn, order_id, overdue_after=OVERDUE_AFTER)
    return await _with_details(conn, required(stored, OrderNotFound))


async def list_amounts_due(conn: Conn, order_id: OrderId) -> list[AmountDue]:
    """Return the amounts that an order currently earns for each seller. Raises OrderNotFound."""
    return amounts.list_amounts_due(await read_state(conn, order_id))


def event_from_payment(payment: Payment) -> OrderEvent | None:
    """Return the event that a payment's state implies; None if it is still pending."""
    match payment.state:
        case PaymentState.SUCCEEDED:
            return PaymentMade(payment.amount_cents, payment.currency, payment.country)
        case PaymentState.FAILED:
            return PaymentFailed(payment.reason)
        case PaymentState.CANCELLED:
            return PaymentExpired()
        case PaymentState.PENDING:
            return None


def events_from_dispute(order: OrderState, dispute: PaymentDispute) -> list[OrderEvent]:
    """Return the events that a dispute's state implies; none if the order has them already."""
    # An amount in another currency cannot be posted: zero only flags the order.
    cents = dispute.amount_cents if dispute.currency == order.currency else 0
    status = DisputeStatus(dispute.state.value)
    if is_dispute_known(order, dispute.id, status, amount_cents=cents):
        return []
    match dispute.state:
        case DisputeState.OPEN:
            return [DisputeOpened(dispute.id, cents)]
        case DisputeState.WON:
            return [DisputeWon(dispute.id)]
        case DisputeState.LOST:
            return [DisputeOpened(dispute.id, cents), DisputeLost(dispute.id)]


def payment_ref(order_id: OrderId) -> str:
    """Return our id of an order's payment at providers, which accept at most 30 characters."""
    return f"p{write_short(order_id)}"


def parse_payment_ref(ref: str) -> OrderId | None:
    """Return the order of a payment id; None if the id isn't ours."""
    order_id = read_short(ref[1:]) if ref.startswith("p") else None
    return None if order_id is None else OrderId(order_id)


async def _with_details(conn: Conn, order: OrderState) -> OrderState:
    """Return an order with its lines and disputes."""
    details = await queries.read_details(conn, order.id)
    return structs.replace(order, lines=details.lines, disputes=details.disputes)


async def hold(tx: Tx, buyer_id: UserId | None, item_ids: Sequence[OrderItemId]) -> int:
    """Grant the licences of lines that have none, as those of a guest's order; return how many.

    If an account has claimed it, it holds those of products that it has not bought before.
    """
    held = 0 if buyer_id is None else await queries.insert_licences(tx, buyer_id, item_ids)
    return held + await guest_queries.insert_loose(tx, item_ids)


async def _grant(tx: Tx, order: OrderState, lines: Sequence[OrderLine]) -> bool:
    """Grant the licences of all lines; of gifts nobody gets one before their code is redeemed.

    Grant none and return False if the buyer owns any, one can't be delivered any more, or is of a
    product that was sold exclusively. Guests
    are never told what an address has bought: they may buy a product twice. A period of a
    membership is alone in its order, and begins if it still can.
    """
    for line in lines:
        if line.kind is LineKind.MEMBERSHIP and not await memberships.begin_period(tx, line.id):
            return False
    preordered = [line.id for line in lines if line.is_undelivered and not line.is_service]
    if preordered and await queries.count_deliverable(tx, preordered) < len(preordered):
        return False
    item_ids = [line.id for line in lines if line.gives_licence]
    if await _grant_licences(tx, order, item_ids) < len(item_ids):
        await queries.delete_licences(tx, item_ids)
        return False
    if gifts := [line.id for line in lines if line.is_gift]:
        if await queries.count_sellable(tx, gifts) < len(gifts):
            await queries.delete_licences(tx, item_ids)
            return False
        await gift_queries.update_given(tx, gifts)
    return True


async def _grant_licences(tx: Tx, order: OrderState, item_ids: Sequence[OrderItemId]) -> int:
    """Grant the licences of lines; return how many could be."""
    if order.is_guest:
        return await hold(tx, order.buyer_id, item_ids)
    assert order.buyer_id is not None
    granted = await queries.insert_licences(tx, order.buyer_id, item_ids)
    if granted < len(item_ids):
        granted += await queries.insert_further(tx, order.buyer_id, item_ids)
    return granted


async def _revoke(tx: Tx, order: OrderState, lines: Sequence[OrderLine]) -> None:
    """Revoke the licences of lines. What the account bought another time takes their place.

    The products are locked first: a licence that another order puts back meanwhile is seen.
    """
    await product_queries.lock_counts(tx, [line.product_id for line in lines if line.product_id])
    await queries.delete_licences(tx, [line.id for line in lines])
    if gifts := [line.id for line in lines if line.is_gift]:
        await gift_queries.update_returned(tx, gifts)
    if periods := [line.id for line in lines if line.kind is LineKind.MEMBERSHIP]:
        await memberships.return_periods(tx, periods)
    if order.buyer_id is None:
        return
    licensed = [line.product_id for line in lines if line.gives_licence]
    product_ids = [product_id for product_id in licensed if product_id is not None]
    copies = await guest_queries.list_copies(tx, order.buyer_id, product_ids)
    if copies:
        await hold(tx, order.buyer_id, await guest_queries.delete_loose(tx, copies))


async def _keep_place(tx: Tx, order: OrderState, event: OrderEvent) -> None:
    """Store where a payment is from: a proof of the place of its buyer."""
    country = tax_country(event.country) if isinstance(event, PaymentMade) else None
    if country is not None and order.has_buyer:
        await place_queries.insert_places(tx, order.id, [OrderPlace(PlaceKind.PAYMENT, country)])


async def _store(tx: Tx, before: OrderState, change: Transition) -> None:
    after = release_units(change.order)
    await queries.update_state(tx, after)
    changed_lines = [line for line in after.lines if line not in before.lines]
    if changed_lines:
        await queries.update_lines(tx, changed_lines)
    await _store_disputes(tx, before, after)
    if change.revoked:
        await _revoke(tx, before, change.revoked)
    units = list_given_back(before, after)
    if change.granted or change.revoked or units:
        await products.add_sales(tx, count_sales(change), units)
    await exclusives.follow(tx, before, change)
    if not holds_discount(after) and holds_discount(before):
        # After the products, as orders are placed.
        await discounts.release(tx, before.id)
    if change.posting is not None:
        is_new = await ledger.post(tx, change.posting)
        assert is_new, change.posting
    for event in change.events:
        await emit(tx, event)


async def _store_disputes(tx: Tx, before: OrderState, after: OrderState) -> None:
    for dispute in after.disputes:
        if dispute not in before.disputes:
            await queries.upsert_dispute(tx, before.id, dispute)
            await queries.insert_shares(tx, dispute)
