"""Place orders and create their payments.

Providers are called outside of transactions.
"""

from decimal import Decimal

from msgspec import Struct

from veza.core.access import Member
from veza.core.errors import FieldError, Invalid, Unauthenticated
from veza.core.ids import OrderId, UserId
from veza.domains.marketplace.ledger import service as ledger
from veza.domains.marketplace.orders.errors import AlreadyOwned, PaymentRefused
from veza.domains.marketplace.orders.models.checkout import (
    NewOrder,
    Order,
    OrderForm,
    StoredOrder,
)
from veza.domains.marketplace.orders.models.state import OrderStatus, PaymentFailed, PaymentMade
from veza.domains.marketplace.orders.queries import checkout as queries
from veza.domains.marketplace.orders.queries import purchases as purchase_queries
from veza.domains.marketplace.orders.rules import checkout as rules
from veza.domains.marketplace.orders.service.purchases import find_own_order, get_order
from veza.domains.marketplace.orders.service.settlement import payment_ref, settle
from veza.domains.marketplace.products import service as products
from veza.domains.marketplace.products.errors import ProductNotFound
from veza.domains.marketplace.products.models import PurchasableProduct
from veza.infra.payments.errors import ProviderRefused
from veza.infra.payments.provider import PaymentProvider, PaymentRequest
from veza.infra.postgres.database import Database, Tx


class CheckoutContext(Struct, frozen=True):
    """The payment provider, the platform's fee, and the site that buyers return to."""

    payments: PaymentProvider
    fee_rate: Decimal
    return_base: str | None = None


async def check_out(
    database: Database,
    context: CheckoutContext,
    buyer: Member,
    *,
    order_id: OrderId,
    form: OrderForm,
) -> Order:
    """Place an order at current prices, and create its payment. A free order is paid at once.

    Called again with the same id, it continues where it stopped. Raises ProductNotFound,
    OwnProduct, AlreadyOwned, MixedCurrencies, OrderTooLarge, PaymentRefused and
    ProviderUnavailable.
    """
    async with database.transaction() as tx:
        if await purchase_queries.find_order(tx, order_id, buyer.id) is None:
            await _place_order(tx, context, buyer.id, order_id=order_id, form=form)
    async with database.read() as conn:
        order = await find_own_order(conn, order_id, buyer.id)
    if order.status is OrderStatus.PENDING and order.payment_ref is None:
        if order.total_cents == 0:
            await _settle_free_order(database, order)
        else:
            await _create_payment(database, context, order)
    async with database.read() as conn:
        return await get_order(conn, order_id, buyer.id)


async def _place_order(
    tx: Tx, context: CheckoutContext, buyer_id: UserId, *, order_id: OrderId, form: OrderForm
) -> None:
    if not await queries.lock_buyer(tx, buyer_id):
        # The account was erased or suspended after the token was checked.
        raise Unauthenticated
    chosen = await _lock_products(tx, buyer_id, form)
    # Sorted, so that concurrent orders cannot deadlock.
    members = sorted({buyer_id, *(product.seller_id for product in chosen)})
    subjects = {member: await ledger.get_or_create_subject(tx, member) for member in members}
    lines = rules.price_lines(chosen, subjects, context.fee_rate)
    order = NewOrder(
        id=order_id,
        buyer_id=buyer_id,
        buyer_subject=subjects[buyer_id],
        total_cents=sum(line.price_cents for line in lines),
        currency=chosen[0].currency,
        provider=context.payments.name,
        billing=form.billing,
        lines=lines,
    )
    # A concurrent request with the same id may have placed it first.
    if await queries.insert_order(
        tx, order, expires_after=rules.PAYMENT_WINDOW, poll_after=rules.POLL_INTERVAL
    ):
        await queries.insert_lines(tx, order_id, lines)


async def _lock_products(tx: Tx, buyer_id: UserId, form: OrderForm) -> list[PurchasableProduct]:
    """Lock the ordered products and return them in the order of the form."""
    product_ids = [item.product_id for item in form.items]
    if len(set(product_ids)) < len(product_ids):
        raise Invalid(details=[FieldError("items", "Each product can be ordered once.")])
    found = {product.id: product for product in await products.lock_for_sale(tx, product_ids)}
    if len(found) < len(product_ids):
        raise ProductNotFound
    chosen = [found[product_id] for product_id in product_ids]
    rules.ensure_buyable(chosen, buyer_id)
    if await queries.has_any_licence(tx, buyer_id, product_ids):
        raise AlreadyOwned
    return chosen


async def _settle_free_order(database: Database, order: StoredOrder) -> None:
    """Mark a free order as paid. Raises AlreadyOwned if a concurrent order was faster."""
    async with database.transaction(recorded=False) as tx:
        settled = await settle(tx, order.id, PaymentMade(0, order.currency))
        if settled.status is not OrderStatus.PAID:
            raise AlreadyOwned


async def _create_payment(database: Database, context: CheckoutContext, order: StoredOrder) -> None:
    return_base = context.return_base
    request = PaymentRequest(
        id=payment_ref(order.id),
        amount_cents=order.total_cents,
        currency=order.currency,
        description=f"Order {order.id}",
        return_url=None if return_base is None else f"{return_base}/orders/{order.id}",
    )
    try:
        payment = await context.payments.create_payment(request)
    except ProviderRefused as refusal:
        async with database.transaction(recorded=False) as tx:
            await settle(tx, order.id, PaymentFailed(refusal.reason))
        raise PaymentRefused from refusal
    async with database.transaction(recorded=False) as tx:
        await queries.update_payment(
            tx, order.id, payment.id, payment.client_secret, provider=context.payments.name
        )
