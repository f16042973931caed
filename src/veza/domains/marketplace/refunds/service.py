"""Request refunds, have providers make them, and record their results.

Providers are called outside of transactions.
"""

from collections.abc import Sequence
from datetime import timedelta

import structlog

from veza.core.access import Member
from veza.core.clock import now
from veza.core.errors import required
from veza.core.ids import OrderId, ProductId, RefundId, UserId, new_id
from veza.core.keyed_request import KeyedRequest
from veza.core.normalize import require_text
from veza.core.provider_reasons import clean_reason
from veza.core.signed_urls import UrlBuilder
from veza.domains.marketplace.orders.errors import OrderNotFound
from veza.domains.marketplace.orders.models.state import (
    RefundBegun,
    RefundFailed,
    RefundMade,
    RefundUnresolved,
)
from veza.domains.marketplace.orders.service import settlement
from veza.domains.marketplace.products import service as products
from veza.domains.marketplace.products.models import ProductChange, ProductDetails, ProductStatus
from veza.domains.marketplace.refunds import errors, queries, rules
from veza.domains.marketplace.refunds.events import RefundDelayed, RefundEnded
from veza.domains.marketplace.refunds.models import (
    AdminRefund,
    AdminRefundPage,
    CancelPreorders,
    InitiatedRefund,
    NewRefund,
    PreorderedItem,
    RefundableItem,
    RefundableOrder,
    RefundClaim,
    RefundList,
    RefundOutcome,
    RefundResolution,
    RefundResult,
    RefundsQuery,
    RefundStatus,
    SettleRefund,
    StoredRefund,
)
from veza.domains.platform.idempotency import service as idempotency
from veza.infra.jobs.outbox import emit
from veza.infra.jobs.queue import enqueue
from veza.infra.payments.errors import ProviderRefused
from veza.infra.payments.provider import PaymentProvider, PaymentRefund, RefundRequest, RefundState
from veza.infra.postgres.database import Conn, Database, Tx

log = structlog.get_logger()

# For the notifications.
find_parties = queries.find_parties

_NO_REASON = "A reason needs words."
_CANCELLED = "The seller cancelled the pre-orders."
_TOO_LATE = "The payment arrived when the order was no longer available."


async def request_refund_once(
    database: Database,
    order_id: OrderId,
    member: Member,
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
    tx: Tx, order_id: OrderId, member: Member, *, refund_id: RefundId, claim: RefundClaim
) -> InitiatedRefund:
    """Start a refund of an order or some of its items. A repeated id returns the same refund.

    Raises OrderNotFound, OrderItemNotFound, OrderNotPaid, OrderIsDisputed, RefundWindowOver,
    AlreadyRefunded and NothingToRefund.
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
        requested_by=member.id,
        seller_subject=scope.seller_subject,
        amount_cents=rules.total_cents(chosen),
        currency=order.currency,
        reason=require_text(claim.form.reason, "reason", _NO_REASON),
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


async def refund_preorder(tx: Tx, preorder: PreorderedItem, seller_id: UserId) -> None:
    """Refund a pre-order that its seller has cancelled, unless it is refunded or disputed."""
    order, items = await _read(tx, preorder.order_id)
    chosen = [item for item in items if item.id == preorder.id and item.refund_id is None]
    if not chosen:
        return
    refund = NewRefund(
        id=RefundId(new_id()),
        order_id=order.id,
        requested_by=seller_id,
        seller_subject=chosen[0].seller_subject,
        amount_cents=rules.total_cents(chosen),
        currency=order.currency,
        reason=_CANCELLED,
        details=None,
    )
    await _begin(tx, refund, chosen)


async def list_refunds(conn: Conn, order_id: OrderId, member: Member) -> RefundList:
    """Return the refunds of an order; for sellers, those of their items.

    Raises OrderNotFound.
    """
    order, items = await _read(conn, order_id)
    scope = rules.scope_of(order, items, member, timedelta())
    return RefundList(await queries.list_refunds(conn, order_id, scope.seller_subject))


async def settle(database: Database, payments: PaymentProvider, refund_id: RefundId) -> None:
    """Request a refund from the provider, and record the result, if known.

    The provider identifies the refund by its id, and pays it once, however often it is requested.
    Raises ProviderUnavailable if the result is unknown.
    """
    async with database.transaction() as tx:
        refund = await _record_request(tx, refund_id, payments.name)
    if refund is None:
        return
    result = await _send(payments, refund)
    if result is None:
        return
    async with database.transaction() as tx:
        refund = await _lock_open(tx, refund_id)
        # None if a concurrent job recorded the result first.
        if refund is not None:
            await _record_result(tx, refund, result)


async def update_from_provider(database: Database, payments: PaymentProvider, ref: str) -> None:
    """Fetch the state of a refund that a provider reported on. Ignores references of others.

    Raises ProviderUnavailable.
    """
    refund_id = rules.parse_refund_ref(ref)
    if refund_id is None:
        return
    await settle(database, payments, refund_id)
    async with database.read() as conn:
        refund = await queries.find_refund(conn, refund_id)
    if refund is not None and refund.status is RefundStatus.FAILED:
        await _accept_late_success(database, payments, refund)


async def mark_unresolved(database: Database) -> int:
    """Mark refunds as unresolved whose provider has not reported a result for days; count them.

    The refund may have been made: its items stay reserved, the provider is still polled, and the
    refund ends when it answers.
    """
    async with database.read() as conn:
        overdue = await queries.list_overdue(conn, rules.UNRESOLVED_AFTER)
    for refund_id in overdue:
        async with database.transaction() as tx:
            refund = await queries.lock_refund(tx, refund_id)
            if refund is not None and refund.status is RefundStatus.PENDING:
                unresolved = RefundStatus.UNRESOLVED
                await queries.update_status(tx, refund_id, unresolved, rules.UNANSWERED)
                await settlement.settle(tx, refund.order_id, RefundUnresolved(refund_id))
                await emit(tx, RefundDelayed(refund_id, refund.order_id))
    return len(overdue)


async def list_all_refunds(conn: Conn, query: RefundsQuery) -> AdminRefundPage:
    """Return a page of all refunds for admins, newest first."""
    found = await queries.list_all_refunds(conn, query)
    return AdminRefundPage(found, await queries.count_matching(conn, query))


async def retry(tx: Tx, refund_id: RefundId) -> AdminRefund:
    """Send an unresolved refund to its provider again, with the same id, so that it is paid once.

    Raises RefundNotFound and RefundNotUnresolved.
    """
    await _lock_unresolved(tx, refund_id)
    await enqueue_settlement(tx, refund_id)
    return required(await queries.find_admin_refund(tx, refund_id), errors.RefundNotFound)


async def resolve(
    tx: Tx, refund_id: RefundId, admin: Member, resolution: RefundResolution
) -> AdminRefund:
    """Record the result of an unresolved refund that an admin found out, with admin and evidence.

    Raises RefundNotFound, RefundNotUnresolved, and Invalid for a blank reason.
    """
    evidence = require_text(resolution.reason, "reason", _NO_REASON)
    refund = await _lock_unresolved(tx, refund_id)
    is_made = resolution.outcome is RefundOutcome.MADE
    await queries.update_resolved(tx, refund_id, admin.id, evidence)
    await _record_result(tx, refund, RefundResult() if is_made else RefundResult(rules.NOT_MADE))
    return required(await queries.find_admin_refund(tx, refund_id), errors.RefundNotFound)


async def _lock_unresolved(tx: Tx, refund_id: RefundId) -> StoredRefund:
    refund = required(await queries.lock_refund(tx, refund_id), errors.RefundNotFound)
    if refund.status is not RefundStatus.UNRESOLVED:
        raise errors.RefundNotUnresolved
    return refund


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
    await enqueue_settlement(tx, refund.id)
    return True


async def enqueue_settlement(tx: Tx, refund_id: RefundId) -> None:
    """Enqueue the job that settles a refund, also while one runs."""
    job = SettleRefund(refund_id)
    await enqueue(tx, job, key=f"settle_refund:{refund_id}", also_while_running=True)


async def _record_request(tx: Tx, refund_id: RefundId, provider: str) -> StoredRefund | None:
    """Record that a refund is sent to this provider; return None if it must not be sent to it."""
    refund = await _lock_open(tx, refund_id)
    if refund is None:
        return None
    if refund.provider == provider:
        await queries.update_asked(tx, refund_id)
        return refund
    if not refund.is_asked:
        reason = f"It was paid by {refund.provider}, which is not connected any more."
        await _record_result(tx, refund, RefundResult(reason))
    # The other provider may still make the refund. It is found once that provider is connected
    # again; until then, the refund becomes unresolved.
    return None


async def _lock_open(tx: Tx, refund_id: RefundId) -> StoredRefund | None:
    refund = await queries.lock_refund(tx, refund_id)
    return refund if refund is not None and rules.is_open(refund) else None


async def _send(payments: PaymentProvider, refund: StoredRefund) -> RefundResult | None:
    """Send a refund to the provider; return None if there is no result yet."""
    request = RefundRequest(
        id=rules.refund_ref(refund.id),
        payment_id=settlement.payment_ref(refund.order_id),
        amount_cents=refund.amount_cents,
        currency=refund.currency,
        # Not the buyer's reason: personal data at the provider could not be erased.
        reason=f"Order {refund.order_id}",
    )
    try:
        answer = await payments.refund(request)
    except ProviderRefused as refusal:
        return None if refusal.is_passing else RefundResult(clean_reason(refusal.reason))
    return _read_answer(refund, answer)


async def _accept_late_success(
    database: Database, payments: PaymentProvider, refund: StoredRefund
) -> None:
    """Record that a provider made a refund after it had reported a failure."""
    if refund.provider != payments.name:
        return
    answer = await payments.find_refund(rules.refund_ref(refund.id))
    if answer is None or _read_answer(refund, answer) != RefundResult():
        return
    async with database.transaction() as tx:
        known = await queries.lock_refund(tx, refund.id)
        if known is None or known.status is not RefundStatus.FAILED:
            return
        begun = RefundBegun(refund.id, refund.item_ids)
        if (await settlement.settle(tx, refund.order_id, begun)).has_changed:
            await _record_result(tx, refund, RefundResult())
        else:
            # Refunded by another refund meanwhile: the buyer has the money twice.
            log.error("refund_made_twice", refund=answer.id, cents=answer.amount_cents)


def _read_answer(refund: StoredRefund, answer: PaymentRefund) -> RefundResult | None:
    if (answer.amount_cents, answer.currency) != (refund.amount_cents, refund.currency):
        # A result with another amount is not applied: staff must resolve it.
        log.error("refund_differs", refund=answer.id, cents=answer.amount_cents)
        return None
    match answer.state:
        case RefundState.SUCCEEDED:
            return RefundResult()
        case RefundState.FAILED:
            return RefundResult(clean_reason(answer.reason))
        case RefundState.PENDING:
            return None


async def _record_result(tx: Tx, refund: StoredRefund, result: RefundResult) -> None:
    is_made = result.failure is None
    status = RefundStatus.MADE if is_made else RefundStatus.FAILED
    await queries.update_status(tx, refund.id, status, result.failure)
    event = RefundMade(refund.id) if is_made else RefundFailed(refund.id, result.failure)
    settled = await settlement.settle(tx, refund.order_id, event)
    assert settled.has_changed, refund
    await emit(tx, RefundEnded(refund.id, refund.order_id, is_made=is_made))
