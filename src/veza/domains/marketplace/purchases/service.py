"""What one can do as a buyer. What calls a company opens short transactions around that."""

import time
from decimal import Decimal

from msgspec import Struct, structs

from veza.core.access import Member
from veza.core.errors import Fault, Invalid, Unauthenticated
from veza.core.ids import OrderId, ProductFileId, UserId
from veza.core.pages import Cursor, cut
from veza.core.signed_urls import UrlBuilder
from veza.domains.marketplace.ledger import service as ledger
from veza.domains.marketplace.orders import service as orders
from veza.domains.marketplace.orders.errors import OrderNotFound, OrderNotPaid
from veza.domains.marketplace.orders.models import (
    AskPayment,
    Expired,
    Fact,
    NewOrder,
    OrderStatus,
    PaymentFailed,
    PaymentMade,
    PaymentUnresolved,
)
from veza.domains.marketplace.products import service as products
from veza.domains.marketplace.products.errors import ProductNotFound
from veza.domains.marketplace.products.models import ForSale, ProductFile
from veza.domains.marketplace.purchases import queries, rules
from veza.domains.marketplace.purchases.errors import AlreadyOwned, DownloadNotFound, PaymentRefused
from veza.domains.marketplace.purchases.models import (
    Downloads,
    Order,
    OrderForm,
    OrderPage,
    ViewedOrder,
)
from veza.infra.payments.errors import ProviderRefused, ProviderUnavailable
from veza.infra.payments.provider import (
    Payment,
    PaymentProvider,
    PaymentProviders,
    PaymentRequest,
    PaymentState,
)
from veza.infra.postgres.database import Conn, Database, Tx


class Till(Struct, frozen=True):
    """Where buyers pay: to whom, what the platform keeps of it, and where they come back.

    `former` are the payment providers of which orders are left from before the settings changed.
    """

    payments: PaymentProvider
    fee_rate: Decimal
    return_base: str | None = None
    former: tuple[PaymentProvider, ...] = ()

    @property
    def providers(self) -> PaymentProviders:
        """All payment providers that can be asked."""
        return PaymentProviders(self.payments, self.former)


async def check_out(
    database: Database, till: Till, buyer: Member, *, order_id: OrderId, form: OrderForm
) -> Order:
    """Order products at the prices of now, and have the payment ready that the buyer confirms.

    What is free is theirs at once. Called again with the id after a crash, it goes on where it
    was. Raises ProductNotFound, OwnProduct, AlreadyOwned, MixedCurrencies, OrderTooLarge,
    PaymentRefused and ProviderUnavailable.
    """
    async with database.transaction() as tx:
        if await queries.find_own(tx, order_id, buyer.id) is None:
            await _place(tx, till, buyer.id, order_id=order_id, form=form)
    await _begin_payment(database, till, buyer.id, order_id)
    async with database.read() as conn:
        return await get_order(conn, order_id, buyer.id)


async def get_order(conn: Conn, order_id: OrderId, buyer_id: UserId) -> Order:
    """Show somebody's own order."""
    order = await _get_own(conn, order_id, buyer_id)
    return rules.show_order(order, await queries.list_viewed_lines(conn, [order_id]))


async def list_orders(
    conn: Conn, buyer_id: UserId, *, limit: int, cursor: Cursor | None
) -> OrderPage:
    """List what somebody ordered, the latest first."""
    found = await queries.list_orders(conn, buyer_id, limit, cursor)
    shown, following = cut(found, limit, lambda order: Cursor(order.created_at, order.id))
    lines = await queries.list_viewed_lines(conn, [order.id for order in shown])
    listed = [
        rules.show_order(order, [line for line in lines if line.order_id == order.id])
        for order in shown
    ]
    return OrderPage(listed, following, following is not None)


async def list_downloads(
    conn: Conn, order_id: OrderId, buyer_id: UserId, urls: UrlBuilder
) -> Downloads:
    """List the files of what somebody bought, with links that hold for a while."""
    await _get_own(conn, order_id, buyer_id)
    product_ids = await queries.list_licensed(conn, order_id)
    if not product_ids:
        raise OrderNotPaid
    expires = int(time.time()) + rules.LINK_LIFETIME_S
    signed = structs.replace(urls, expires=expires)
    files = await products.list_files(conn, product_ids)
    return Downloads([rules.show_download(order_id, file, signed) for file in files])


async def open_download(
    conn: Conn, order_id: OrderId, file_id: ProductFileId, *, is_signed: bool
) -> ProductFile:
    """Give what is needed to serve a file to whoever has a link that holds."""
    file = await queries.find_download(conn, order_id, file_id) if is_signed else None
    if file is None:
        raise DownloadNotFound
    return file


async def ask(database: Database, till: Till, job: AskPayment) -> None:
    """Ask the provider how an order's payment stands, and settle that.

    The payment of an order that expired is cancelled there first, and then the order is cancelled,
    unless it was paid in time. Where the provider does not answer, or is still processing the
    payment, that waits until the order is overdue; then the provider is asked further, so that
    money that comes later is found and returned. Raises ProviderUnavailable.
    """
    try:
        payment = await _find_payment(till, job)
    except ProviderUnavailable:
        async with database.transaction() as tx:
            await orders.settle(tx, job.order_id, PaymentUnresolved())
        raise
    facts = _facts_of(payment, is_expired=job.is_expired)
    is_final = _is_final(payment, is_expired=job.is_expired)
    async with database.transaction() as tx:
        for fact in facts:
            await orders.settle(tx, job.order_id, fact, told_by=job.provider)
        if is_final:
            await orders.stop_asking(tx, job.order_id)


async def _find_payment(till: Till, job: AskPayment) -> Payment | None:
    payments = till.providers.find(job.provider)
    if payments is None:
        # Another company is asked now: of this one we only hear.
        return None
    payment_ref = orders.payment_ref(job.order_id)
    if job.is_expired:
        return await _cancel(payments, payment_ref)
    return await payments.find_payment(payment_ref)


async def _cancel(payments: PaymentProvider, payment_ref: str) -> Payment | None:
    try:
        return await payments.cancel_payment(payment_ref)
    except ProviderRefused:
        # There is none, or it went on meanwhile.
        return await payments.find_payment(payment_ref)


async def _get_own(conn: Conn, order_id: OrderId, buyer_id: UserId) -> ViewedOrder:
    order = await queries.find_own(conn, order_id, buyer_id)
    if order is None:
        raise OrderNotFound
    return order


async def _place(
    tx: Tx, till: Till, buyer_id: UserId, *, order_id: OrderId, form: OrderForm
) -> None:
    if not await queries.lock_buyer(tx, buyer_id):
        # The token outlived the account, or they were suspended just now.
        raise Unauthenticated
    chosen = await _choose(tx, buyer_id, form)
    # One after the other in an order that is everybody's: none waits for another in a circle.
    members = sorted({buyer_id, *(product.seller_id for product in chosen)})
    subjects = {member: await ledger.open_subject(tx, member) for member in members}
    lines = rules.price_lines(chosen, subjects, till.fee_rate)
    new = NewOrder(
        id=order_id,
        buyer_id=buyer_id,
        buyer_subject=subjects[buyer_id],
        total_cents=sum(line.price_cents for line in lines),
        currency=chosen[0].currency,
        provider=till.payments.name,
        billing=form.billing,
        lines=lines,
    )
    # Where it is there already, another one came first who had the same id.
    await orders.place(tx, new)


async def _choose(tx: Tx, buyer_id: UserId, form: OrderForm) -> list[ForSale]:
    """Give what a buyer wants, in their order, locked as it is."""
    product_ids = [item.product_id for item in form.items]
    if len(set(product_ids)) < len(product_ids):
        raise Invalid(details=[Fault("items", "Each product can be ordered once.")])
    found = {product.id: product for product in await products.lock_for_sale(tx, product_ids)}
    if len(found) < len(product_ids):
        raise ProductNotFound
    chosen = [found[product_id] for product_id in product_ids]
    rules.ensure_buyable(chosen, buyer_id)
    if await queries.has_any(tx, buyer_id, product_ids):
        raise AlreadyOwned
    return chosen


async def _begin_payment(
    database: Database, till: Till, buyer_id: UserId, order_id: OrderId
) -> None:
    """Have an order's payment ready, unless it is; what is free is settled instead."""
    async with database.read() as conn:
        order = await _get_own(conn, order_id, buyer_id)
    if order.status is not OrderStatus.PENDING or order.payment_ref is not None:
        return
    if order.total_cents == 0:
        await _give(database, order)
        return
    wish = _wish_of(order, orders.payment_ref(order_id), till.return_base)
    try:
        payment = await till.payments.create_payment(wish)
    except ProviderRefused as refusal:
        async with database.transaction(recorded=False) as tx:
            await orders.settle(tx, order_id, PaymentFailed(refusal.reason))
        raise PaymentRefused from refusal
    async with database.transaction(recorded=False) as tx:
        await orders.keep_payment(
            tx, order_id, payment.id, payment.client_secret, provider=till.payments.name
        )


async def _give(database: Database, order: ViewedOrder) -> None:
    """Have a free order be paid. Raises AlreadyOwned where another one gave the same just now."""
    async with database.transaction(recorded=False) as tx:
        settled = await orders.settle(tx, order.id, PaymentMade(0, order.currency))
        if settled.status is not OrderStatus.PAID:
            raise AlreadyOwned


def _wish_of(order: ViewedOrder, payment_ref: str, return_base: str | None) -> PaymentRequest:
    """Tell what a buyer is to pay, and where they come back to."""
    return PaymentRequest(
        id=payment_ref,
        amount_cents=order.total_cents,
        currency=order.currency,
        description=f"Order {order.id}",
        return_url=None if return_base is None else f"{return_base}/orders/{order.id}",
    )


def _facts_of(payment: Payment | None, *, is_expired: bool) -> list[Fact]:
    """List what an order hears by how its payment stands, and that it expired.

    An order for which another amount came expires too: people look at it.
    """
    told = None if payment is None else orders.fact_of(payment)
    facts: list[Fact] = [] if told is None else [told]
    if is_expired:
        is_open = payment is not None and payment.state is PaymentState.PENDING
        facts.append(PaymentUnresolved() if is_open else Expired())
    return facts


def _is_final(payment: Payment | None, *, is_expired: bool) -> bool:
    """Return whether nothing more is to be expected of a payment, so that asking can stop."""
    if payment is not None and payment.state is PaymentState.CANCELLED:
        return True
    return is_expired and (payment is None or payment.state is not PaymentState.PENDING)
