"""Refunds are requested by members, for pre-orders and for late payments."""

from collections.abc import Sequence
from datetime import timedelta

from veza.core.access import Member
from veza.core.clock import now
from veza.core.errors import required
from veza.core.ids import OrderId, ProductId, RefundId, TakedownId, UserId, new_id
from veza.core.keyed_request import KeyedRequest
from veza.core.normalize import require_text
from veza.core.signed_urls import UrlBuilder
from veza.domains.marketplace.orders.errors import OrderNotFound
from veza.domains.marketplace.orders.models.guests import OrderLink
from veza.domains.marketplace.orders.models.state import RefundBegun
from veza.domains.marketplace.orders.service import settlement
from veza.domains.marketplace.products import service as products
from veza.domains.marketplace.products.models.forms import ProductChange, ProductStatus
from veza.domains.marketplace.products.models.products import ProductDetails
from veza.domains.marketplace.refunds import errors, queries, rules
from veza.domains.marketplace.refunds.models import (
    BuyersRefund,
    CancelPreorders,
    InitiatedRefund,
    NewRefund,
    PreorderedItem,
    RefundableItem,
    RefundableOrder,
    RefundBuyers,
    RefundClaim,
    RefundList,
)
from veza.domains.marketplace.refunds.service import provider_refunds
from veza.domains.marketplace.refunds.service.provider_refunds import NO_REASON
from veza.domains.moderation.takedowns.errors import TakedownNotFound
from veza.domains.platform.idempotency import service as idempotency
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Conn, Database, Tx

CANCELLED = "The seller cancelled the pre-orders."
REVOKED = "It was taken down, and can't be downloaded any more."
_TOO_LATE = "The payment arrived when the order was no longer available."


async def request_refund_once(
    database: Database,
    order_id: OrderId,
    member: Member | OrderLink,
    *,
    claim: RefundClaim,
    sent: KeyedRequest | None,
) -> bytes:
    """Start a refund, once for the key of the request; return its answer, an InitiatedRefund.

    Raises KeyReused, and as `request_refund` does.
    """

    async def request(tx: Tx) -> bytes:
        refund_id = RefundId(key_claim.id)
        made = await request_refund(tx, order_id, member, refund_id=refund_id, claim=claim)
        return await idempotency.store_answer(tx, key_claim, made)

    async with idempotency.claimed(database, sent) as key_claim:
        return key_claim.answer or await database.transact(request)


async def request_refund(
    tx: Tx,
    order_id: OrderId,
    member: Member | OrderLink,
    *,
    refund_id: RefundId,
    claim: RefundClaim,
) -> InitiatedRefund:
    """Start a refund of an order or some of its items. A repeated id returns the same refund.

    A guest asks by a link. Raises OrderNotFound, MailedLinkNeeded, OrderItemNotFound, OrderNotPaid,
    OrderIsDisputed, RefundWindowOver, AlreadyRefunded and NothingToRefund.
    """
    known = await queries.find_refund(tx, refund_id)
    if known is not None:
        return rules.show_initiated(known)
    order, items = await _read(tx, order_id)
    scope = rules.scope_of(order, items, member, claim.window)
    rules.ensure_refundable(order)
    chosen = rules.choose_items(items, scope, claim.form.item_ids)
    rules.ensure_in_time(order, chosen, window=scope.window, moment=now())
    refund = NewRefund(
        id=refund_id,
        order_id=order_id,
        requested_by=None if isinstance(member, OrderLink) else member.id,
        seller_subject=scope.seller_subject,
        amount_cents=rules.total_cents(chosen),
        currency=order.currency,
        reason=require_text(claim.form.reason, "reason", NO_REASON),
        details=claim.form.details,
    )
    if not await _begin(tx, refund, chosen):
        # A concurrent refund or dispute was faster.
        raise errors.AlreadyRefunded
    return rules.show_initiated(
        required(await queries.find_refund(tx, refund_id), errors.RefundNotFound)
    )


async def return_payment(tx: Tx, order_id: OrderId) -> None:
    """Refund everything of a late payment that is not being refunded yet."""
    if not await _return_rest(tx, order_id):
        # A concurrent refund included some of the items. The order is locked now, which prevents
        # more.
        await _return_rest(tx, order_id)


async def cancel_preorders(
    tx: Tx, product_id: ProductId, seller: Member, urls: UrlBuilder
) -> ProductDetails:
    """Withdraw a product of the caller, and enqueue the refunds of its undelivered pre-orders.

    Raises ProductNotFound and NotYourProduct.
    """
    change = ProductChange(status=ProductStatus.WITHDRAWN)
    withdrawn = await products.update_product(tx, product_id, seller, change=change, urls=urls)
    job = CancelPreorders(product_id, seller.id)
    await enqueue(tx, job, key=f"cancel_preorders:{product_id}", also_while_running=True)
    return withdrawn


async def refund_buyers(tx: Tx, takedown_id: TakedownId, admin: Member) -> BuyersRefund:
    """Enqueue the refunds of all that was bought of an item that is taken from its buyers.

    Raises TakedownNotFound.
    """
    item = required(await queries.find_revoked(tx, takedown_id), TakedownNotFound)
    count = await queries.count_sold(tx, item)
    if count:
        job = RefundBuyers(takedown_id, admin.id)
        await enqueue(tx, job, key=f"refund_buyers:{takedown_id}", also_while_running=True)
    return BuyersRefund(count)


async def refund_line(
    tx: Tx, sold: PreorderedItem, *, requested_by: UserId | None, reason: str
) -> bool:
    """Refund a line that its seller or staff gives back; nobody asked for it by its order.

    Return False if it is refunded already, or the order is disputed at a bank.
    """
    order, items = await _read(tx, sold.order_id)
    chosen = [item for item in items if item.id == sold.id and item.refund_id is None]
    if not chosen:
        return False
    refund = NewRefund(
        id=RefundId(new_id()),
        order_id=order.id,
        requested_by=requested_by,
        seller_subject=chosen[0].seller_subject,
        amount_cents=rules.total_cents(chosen),
        currency=order.currency,
        reason=reason,
        details=None,
    )
    return await _begin(tx, refund, chosen)


async def forget_guests(tx: Tx, order_ids: Sequence[OrderId]) -> None:
    """Remove what guests wrote from the refunds of their orders."""
    await queries.update_guests_gone(tx, order_ids)


async def list_refunds(conn: Conn, order_id: OrderId, member: Member) -> RefundList:
    """Return the refunds of an order; for sellers, those of their items.

    Raises OrderNotFound.
    """
    order, items = await _read(conn, order_id)
    scope = rules.scope_of(order, items, member, timedelta())
    return RefundList(await queries.list_refunds(conn, order_id, scope.seller_subject))


async def _read(conn: Conn, order_id: OrderId) -> tuple[RefundableOrder, list[RefundableItem]]:
    order = required(await queries.find_order(conn, order_id), OrderNotFound)
    return order, await queries.list_items(conn, order_id)


async def _return_rest(tx: Tx, order_id: OrderId) -> bool:
    order, items = await _read(tx, order_id)
    unrefunded = [item for item in items if item.refund_id is None]
    if rules.total_cents(unrefunded) == 0:
        return True
    refund = NewRefund(
        id=RefundId(new_id()),
        order_id=order_id,
        requested_by=None,
        seller_subject=None,
        amount_cents=rules.total_cents(unrefunded),
        currency=order.currency,
        reason=_TOO_LATE,
        details=None,
    )
    return await _begin(tx, refund, unrefunded)


async def _begin(tx: Tx, refund: NewRefund, items: Sequence[RefundableItem]) -> bool:
    """Insert and enqueue a refund; return False if the order no longer allows it."""
    item_ids = [item.id for item in items]
    settled = await settlement.settle(tx, refund.order_id, RefundBegun(refund.id, item_ids))
    if not settled.has_changed:
        return False
    await queries.insert_refund(tx, refund)
    await queries.insert_items(tx, refund.id, item_ids)
    await provider_refunds.enqueue_settlement(tx, refund.id)
    return True
