"""Place orders and create their payments.

Providers are called outside of transactions.
"""

from collections.abc import Sequence

from veza.core.access import Member
from veza.core.errors import Unauthenticated, required
from veza.core.ids import OrderId, ProductId, UserId, new_id
from veza.core.keyed_request import KeyedRequest
from veza.core.normalize import lower_ascii
from veza.domains.marketplace.discounts.models import CodeBuyer
from veza.domains.marketplace.orders.errors import AlreadyOwned, OrderNotFound, PaymentRefused
from veza.domains.marketplace.orders.models.checkout import (
    Basket,
    CheckedForm,
    GivenProduct,
    Order,
    OrderForm,
    StoredOrder,
)
from veza.domains.marketplace.orders.models.guests import NewGuest, Opener
from veza.domains.marketplace.orders.models.state import OrderStatus, PaymentFailed, PaymentMade
from veza.domains.marketplace.orders.queries import checkout as queries
from veza.domains.marketplace.orders.queries import guests as guest_queries
from veza.domains.marketplace.orders.queries import purchases as purchase_queries
from veza.domains.marketplace.orders.rules import checkout as rules
from veza.domains.marketplace.orders.rules.access import ensure_may_see
from veza.domains.marketplace.orders.service import placing, units
from veza.domains.marketplace.orders.service.placing import CheckoutContext
from veza.domains.marketplace.orders.service.purchases import find_own_order, get_order
from veza.domains.marketplace.orders.service.settlement import payment_ref, settle
from veza.domains.marketplace.orders.service.vat_checks import check_vat_id
from veza.domains.marketplace.splits import shared_queries as split_queries
from veza.domains.platform.idempotency import service as idempotency
from veza.domains.platform.idempotency.models import KeyClaim
from veza.infra.payments.errors import ProviderRefused
from veza.infra.payments.provider import Payment, PaymentRequest
from veza.infra.postgres.database import Database, Tx


async def check_out(
    database: Database,
    context: CheckoutContext,
    buyer: Member,
    *,
    form: OrderForm,
    sent: KeyedRequest | None,
) -> bytes:
    """Place an order and create its payment, once for the key of the request.

    Returns the answer, an Order. Raises KeyReused, and as `complete_order` does.
    """
    async with idempotency.claimed(database, sent) as claim:
        return claim.answer or await complete_order(
            database, context, buyer, form=form, claim=claim
        )


async def complete_order(
    database: Database,
    context: CheckoutContext,
    buyer: Member,
    *,
    form: OrderForm,
    claim: KeyClaim,
) -> bytes:
    """Place the order of a claimed id, and create its payment. A free order is paid at once.

    Called again with the same id, it continues where it stopped. The provider knows the payment by
    the id of the order, and creates it once. Raises the errors of `check_vat_id` and `_place`,
    PaymentRefused, ProviderUnavailable, and AlreadyOwned if a concurrent order of a free product
    was faster.
    """
    order_id = OrderId(claim.id)
    rules.ensure_not_empty(form, form.tips)

    async def is_placed() -> bool:
        async with database.read() as conn:
            return await purchase_queries.find_order(conn, order_id) is not None

    check = await check_vat_id(context.vat_ids, form.billing, is_placed=is_placed)
    checked = CheckedForm(form, check)
    order = await database.transact(
        lambda tx: _place(tx, context, buyer.id, order_id=order_id, checked=checked)
    )
    payment = await open_payment(database, context, order)

    async def finish(tx: Tx) -> bytes:
        stored = await end_checkout(tx, context, order, payment)
        made = await get_order(tx, order_id, buyer.id, stored)
        return await idempotency.store_answer(tx, claim, made)

    return await database.transact(finish, recorded=False)


async def open_payment(
    database: Database,
    context: CheckoutContext,
    order: StoredOrder,
    *,
    customer_id: str | None = None,
) -> Payment | None:
    """Create the payment of a placed order, or find it; None if it has one, or costs nothing.

    With `customer_id` the provider keeps the method for that customer. Raises PaymentRefused and
    ProviderUnavailable.
    """
    if not _is_unpaid(order) or order.total_cents == 0:
        return None
    return await _create_payment(database, context, order, customer_id)


async def end_checkout(
    tx: Tx, context: CheckoutContext, order: StoredOrder, payment: Payment | None
) -> StoredOrder | None:
    """Store the payment of a placed order, or mark it as paid if it costs nothing.

    Returns its row, if that is read already. Raises AlreadyOwned.
    """
    if payment is not None:
        provider = context.payments.name
        return await queries.update_payment(tx, order.id, payment, provider=provider)
    if _is_unpaid(order):
        await _settle_free_order(tx, order)
    return None


async def place_for_guest(
    tx: Tx, context: CheckoutContext, guest: NewGuest, checked: CheckedForm
) -> StoredOrder:
    """Place an order of a guest at current prices. The caller has locked address and parties.

    Raises the errors of `placing.lock_basket`, SoldOut and TooManyUnpaidUnits.
    """
    buyer = CodeBuyer(email_key=lower_ascii(guest.email))
    basket = await placing.lock_basket(tx, buyer, checked)
    rules.ensure_buyer_named(basket)
    return await _insert_for_guest(tx, context, guest, basket)


async def give_to_guest(
    tx: Tx, context: CheckoutContext, guest: NewGuest, given: GivenProduct
) -> StoredOrder:
    """Give a locked product to a guest for a code: by an order without money.

    Raises ReleaseNotAvailable and SoldExclusively.
    """
    cart = [rules.give_away(given.product, given.variant)]
    await placing.ensure_buyable(tx, None, cart)
    placed = await _insert_for_guest(tx, context, guest, Basket(cart))
    await _settle_free_order(tx, placed)
    return placed


async def lock_members(
    tx: Tx,
    buyer_id: UserId,
    product_ids: Sequence[ProductId],
    *,
    profile_ids: Sequence[UserId] = (),
) -> None:
    """Lock a member before the products that they get, and their parties. Raises Unauthenticated.

    `profile_ids` are those that get support. The account may have been erased or suspended after
    the token was checked.
    """
    if not await queries.lock_buyer(tx, buyer_id):
        raise Unauthenticated
    await split_queries.lock_parties_of(tx, product_ids, profile_ids=profile_ids)


async def give(tx: Tx, context: CheckoutContext, buyer_id: UserId, given: GivenProduct) -> Order:
    """Give a locked product to a locked member for a code: by an order without money.

    Raises OwnProduct, ReleaseNotAvailable, SoldExclusively and AlreadyOwned.
    """
    cart = [rules.give_away(given.product, given.variant)]
    await placing.ensure_buyable(tx, buyer_id, cart)
    new = await placing.make_order(tx, context, buyer_id, OrderId(new_id()), Basket(cart))
    placed = required(await placing.insert_order(tx, new), OrderNotFound)
    await _settle_free_order(tx, placed)
    return await get_order(tx, placed.id, buyer_id)


async def _place(
    tx: Tx, context: CheckoutContext, buyer_id: UserId, *, order_id: OrderId, checked: CheckedForm
) -> StoredOrder:
    """Place an order at current prices, unless an attempt before a crash has placed it.

    Raises the errors of `placing.lock_basket`, SoldOut and TooManyUnpaidUnits.
    """
    placed = await purchase_queries.find_order(tx, order_id)
    if placed is not None:
        ensure_may_see(order_id, placed.buyer_id, Opener(buyer_id))
        return placed
    product_ids, profile_ids = rules.list_ordered(checked.form)
    await lock_members(tx, buyer_id, product_ids, profile_ids=profile_ids)
    basket = await placing.lock_basket(tx, CodeBuyer(buyer_id), checked)
    order = await placing.make_order(tx, context, buyer_id, order_id, basket)
    placed = await placing.insert_order(tx, order)
    if placed is None:
        # A concurrent attempt has placed it first.
        return await find_own_order(tx, order_id, buyer_id)
    await units.take(tx, order)
    return placed


async def _insert_for_guest(
    tx: Tx, context: CheckoutContext, guest: NewGuest, basket: Basket
) -> StoredOrder:
    new = await placing.make_order(tx, context, None, OrderId(new_id()), basket)
    placed = required(await placing.insert_order(tx, new), OrderNotFound)
    await guest_queries.insert_guest(tx, placed.id, guest)
    await units.take(tx, new, guest)
    return placed


def _is_unpaid(order: StoredOrder) -> bool:
    return order.status is OrderStatus.PENDING and order.payment_ref is None


async def _settle_free_order(tx: Tx, order: StoredOrder) -> None:
    """Mark a free order as paid. Raises AlreadyOwned if a concurrent order was faster."""
    settled = await settle(tx, order.id, PaymentMade(0, order.currency))
    if settled.status is not OrderStatus.PAID:
        raise AlreadyOwned


async def _create_payment(
    database: Database, context: CheckoutContext, order: StoredOrder, customer_id: str | None
) -> Payment:
    return_base = context.return_base
    request = PaymentRequest(
        id=payment_ref(order.id),
        amount_cents=order.total_cents,
        currency=order.currency,
        description=f"Order {order.id}",
        return_url=None if return_base is None else f"{return_base}/orders/{order.id}",
        customer_id=customer_id,
        keeps_method=customer_id is not None,
    )
    try:
        return await context.payments.create_payment(request)
    except ProviderRefused as refusal:
        async with database.transaction(recorded=False) as tx:
            await settle(tx, order.id, PaymentFailed(refusal.reason))
        raise PaymentRefused from refusal
