"""Place orders and create their payments.

Providers are called outside of transactions.
"""

from collections.abc import Sequence
from decimal import Decimal

from msgspec import Struct, structs

from veza.core.access import Member
from veza.core.errors import FieldError, Invalid, Unauthenticated, required
from veza.core.ids import OrderId, UserId, new_id
from veza.domains.marketplace.ledger import service as ledger
from veza.domains.marketplace.orders.errors import AlreadyOwned, OrderNotFound, PaymentRefused
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
from veza.infra.payments.provider import Payment, PaymentProvider, PaymentRequest
from veza.infra.postgres.database import Database, Tx


class CheckoutContext(Struct, frozen=True):
    """The payment provider, the platform's fee, and the site that buyers return to."""

    payments: PaymentProvider
    fee_rate: Decimal
    return_base: str | None = None


class Checkout:
    """An order of a buyer, in the steps between which other systems are called."""

    def __init__(
        self, database: Database, context: CheckoutContext, buyer: Member, form: OrderForm
    ) -> None:
        self._database = database
        self._context = context
        self._buyer_id = buyer.id
        self._form = form
        self._order: StoredOrder | None = None
        self._payment: Payment | None = None

    async def place(self, tx: Tx, order_id: OrderId, *, is_new: bool) -> None:
        """Place the order at current prices; if its id is not new, only if it is not placed.

        Raises ProductNotFound, ReleaseNotAvailable, PriceChanged, PriceTooLow, OwnProduct,
        AlreadyOwned, MixedCurrencies and OrderTooLarge.
        """
        order = None if is_new else await purchase_queries.find_order(tx, order_id, self._buyer_id)
        self._order = order or await self._insert(tx, order_id)

    async def create_payment(self) -> None:
        """Create the payment of the placed order, unless it needs none.

        The provider knows it by the id of the order, and creates it once. Raises PaymentRefused and
        ProviderUnavailable.
        """
        order = self._order
        assert order is not None
        if _is_unpaid(order) and order.total_cents > 0:
            self._payment = await _create_payment(self._database, self._context, order)

    async def finish(self, tx: Tx, order_id: OrderId) -> Order:
        """Store the payment, or mark a free order as paid, and return the order.

        Raises AlreadyOwned if a concurrent order of a free product was faster.
        """
        order = self._order
        assert order is not None
        stored = None
        if self._payment is not None:
            stored = await queries.update_payment(
                tx, order_id, self._payment, provider=self._context.payments.name
            )
        elif _is_unpaid(order):
            await _settle_free_order(tx, order)
        return await get_order(tx, order_id, self._buyer_id, stored)

    async def _insert(self, tx: Tx, order_id: OrderId) -> StoredOrder:
        order = await self._price(tx, order_id)
        placed = await _insert_order(tx, order)
        # If None, a concurrent request with the same id has placed it first.
        return placed or await find_own_order(tx, order_id, self._buyer_id)

    async def _price(self, tx: Tx, order_id: OrderId) -> NewOrder:
        await lock_buyer(tx, self._buyer_id)
        chosen = await _lock_products(tx, self._buyer_id, self._form)
        order = await _make_order(tx, self._context, self._buyer_id, order_id, chosen)
        return structs.replace(order, billing=self._form.billing)


async def check_out(
    database: Database,
    context: CheckoutContext,
    buyer: Member,
    *,
    order_id: OrderId,
    form: OrderForm,
) -> Order:
    """Place an order, and create its payment. A free order is paid at once.

    Called again with the same id, it continues where it stopped. Raises the errors of the steps of
    Checkout.
    """
    checkout = Checkout(database, context, buyer, form)
    await database.transact(lambda tx: checkout.place(tx, order_id, is_new=False))
    await checkout.create_payment()
    return await database.transact(lambda tx: checkout.finish(tx, order_id), recorded=False)


async def lock_buyer(tx: Tx, buyer_id: UserId) -> None:
    """Lock a member before the products that they get. Raises Unauthenticated.

    The account may have been erased or suspended after the token was checked.
    """
    if not await queries.lock_buyer(tx, buyer_id):
        raise Unauthenticated


async def give(
    tx: Tx, context: CheckoutContext, buyer_id: UserId, product: PurchasableProduct
) -> Order:
    """Give a locked product to a locked member for a download code: by an order without money.

    Raises OwnProduct, ReleaseNotAvailable and AlreadyOwned.
    """
    given = structs.replace(product, price_cents=0, is_redeemed=True)
    await _ensure_buyable(tx, buyer_id, [given])
    new = await _make_order(tx, context, buyer_id, OrderId(new_id()), [given])
    placed = required(await _insert_order(tx, new), OrderNotFound)
    await _settle_free_order(tx, placed)
    return await get_order(tx, placed.id, buyer_id)


async def _lock_products(tx: Tx, buyer_id: UserId, form: OrderForm) -> list[PurchasableProduct]:
    """Lock the ordered products and return them in the order of the form."""
    product_ids = [item.product_id for item in form.items]
    if len(set(product_ids)) < len(product_ids):
        raise Invalid(details=[FieldError("items", "Each product can be ordered once.")])
    found = {product.id: product for product in await products.lock_for_sale(tx, product_ids)}
    if len(found) < len(product_ids):
        raise ProductNotFound
    chosen = [rules.choose_price(found[item.product_id], item.price_cents) for item in form.items]
    await _ensure_buyable(tx, buyer_id, chosen)
    return chosen


async def _ensure_buyable(tx: Tx, buyer_id: UserId, chosen: Sequence[PurchasableProduct]) -> None:
    rules.ensure_buyable(chosen, buyer_id)
    if await queries.has_any_licence(tx, buyer_id, [product.id for product in chosen]):
        raise AlreadyOwned


async def _make_order(
    tx: Tx,
    context: CheckoutContext,
    buyer_id: UserId,
    order_id: OrderId,
    chosen: Sequence[PurchasableProduct],
) -> NewOrder:
    members = {buyer_id, *(product.seller_id for product in chosen)}
    subjects = await ledger.get_or_create_subjects(tx, list(members))
    lines = rules.price_lines(chosen, subjects, context.fee_rate)
    return NewOrder(
        id=order_id,
        buyer_id=buyer_id,
        buyer_subject=subjects[buyer_id],
        total_cents=sum(line.price_cents for line in lines),
        currency=chosen[0].currency,
        provider=context.payments.name,
        billing=None,
        lines=lines,
    )


async def _insert_order(tx: Tx, order: NewOrder) -> StoredOrder | None:
    """Insert an order with its lines; return None if its id exists already."""
    placed = await queries.insert_order(
        tx, order, expires_after=rules.PAYMENT_WINDOW, poll_after=rules.POLL_INTERVAL
    )
    if placed is not None:
        await queries.insert_lines(tx, order.id, order.lines)
    return placed


def _is_unpaid(order: StoredOrder) -> bool:
    return order.status is OrderStatus.PENDING and order.payment_ref is None


async def _settle_free_order(tx: Tx, order: StoredOrder) -> None:
    """Mark a free order as paid. Raises AlreadyOwned if a concurrent order was faster."""
    settled = await settle(tx, order.id, PaymentMade(0, order.currency))
    if settled.status is not OrderStatus.PAID:
        raise AlreadyOwned


async def _create_payment(
    database: Database, context: CheckoutContext, order: StoredOrder
) -> Payment:
    return_base = context.return_base
    request = PaymentRequest(
        id=payment_ref(order.id),
        amount_cents=order.total_cents,
        currency=order.currency,
        description=f"Order {order.id}",
        return_url=None if return_base is None else f"{return_base}/orders/{order.id}",
    )
    try:
        return await context.payments.create_payment(request)
    except ProviderRefused as refusal:
        async with database.transaction(recorded=False) as tx:
            await settle(tx, order.id, PaymentFailed(refusal.reason))
        raise PaymentRefused from refusal
