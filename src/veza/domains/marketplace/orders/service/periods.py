"""Orders that pay periods of memberships: one line each, paid on session or charged without."""

from veza.core.errors import required
from veza.core.ids import OrderId, UserId
from veza.domains.marketplace.memberships.models.state import OrderedPeriod
from veza.domains.marketplace.orders.errors import OrderNotFound
from veza.domains.marketplace.orders.models.checkout import Basket, MemberPlace, StoredOrder
from veza.domains.marketplace.orders.models.state import (
    OrderStatus,
    PaymentExpired,
    PaymentFailed,
)
from veza.domains.marketplace.orders.queries import checkout as queries
from veza.domains.marketplace.orders.queries import places as place_queries
from veza.domains.marketplace.orders.queries import purchases as purchase_queries
from veza.domains.marketplace.orders.service import checkout, placing
from veza.domains.marketplace.orders.service.payments import cancel_payment
from veza.domains.marketplace.orders.service.placing import CheckoutContext
from veza.domains.marketplace.orders.service.settlement import (
    event_from_payment,
    payment_ref,
    settle,
)
from veza.infra.payments.provider import ChargeRequest, Payment, PaymentProvider, PaymentState
from veza.infra.postgres.database import Conn, Database, Tx


async def lock_buyer(tx: Tx, buyer_id: UserId) -> bool:
    """Lock a member; return False if their account is erased or suspended."""
    return await queries.lock_buyer(tx, buyer_id)


async def find_order(conn: Conn, order_id: OrderId) -> StoredOrder | None:
    """Return an order, without a check of access."""
    return await purchase_queries.find_order(conn, order_id)


async def place(
    tx: Tx, context: CheckoutContext, buyer_id: UserId, order_id: OrderId, period: OrderedPeriod
) -> StoredOrder:
    """Place the order of a period. The caller has locked buyer, profile and membership.

    The place of the buyer is that of the last period that they paid.
    """
    known = await place_queries.find_member_place(tx, period.membership_id)
    known = known or MemberPlace(period.billing, None)
    basket = Basket(
        periods=[period],
        billing=known.billing,
        vat_check=period.vat_check,
        country=known.country,
    )
    order = await placing.make_order(tx, context, buyer_id, order_id, basket)
    return required(await placing.insert_order(tx, order), OrderNotFound)


async def charge(context: CheckoutContext, order: StoredOrder, method: tuple[str, str]) -> Payment:
    """Charge a placed order to a method of a customer, once. Raises ProviderUnavailable."""
    customer_id, method_id = method
    base = context.return_base
    request = ChargeRequest(
        id=payment_ref(order.id),
        amount_cents=order.total_cents,
        currency=order.currency,
        description=f"Order {order.id}",
        customer_id=customer_id,
        method_id=method_id,
        return_url=None if base is None else f"{base}/orders/{order.id}",
    )
    return await context.payments.charge(request)


async def settle_charge(
    tx: Tx, context: CheckoutContext, order: StoredOrder, payment: Payment
) -> None:
    """Store the payment of an order that was charged at the provider of the context."""
    await checkout.end_checkout(tx, context, order, payment)
    event = event_from_payment(payment)
    if event is not None:
        await settle(tx, order.id, event, reported_by=context.payments.name)


async def fail(tx: Tx, order_id: OrderId, reason: str) -> None:
    """Mark an order as failed that can't be charged."""
    await settle(tx, order_id, PaymentFailed(reason))


async def close(database: Database, provider: PaymentProvider | None, order_id: OrderId) -> bool:
    """Cancel the payment of an order, and then the order, unless it was paid.

    Returns False while the payment may still succeed. Raises ProviderUnavailable.
    """
    payment = None if provider is None else await cancel_payment(provider, payment_ref(order_id))
    if payment is not None and payment.state is PaymentState.PENDING:
        return False
    reported = None if payment is None else event_from_payment(payment)
    async with database.transaction() as tx:
        if reported is not None:
            await settle(tx, order_id, reported)
        settled = await settle(tx, order_id, PaymentExpired())
    return settled.status not in {OrderStatus.PENDING, OrderStatus.FAILED}


async def find_method(provider: PaymentProvider, order_id: OrderId) -> str | None:
    """Return the method that the payment of an order kept. Raises ProviderUnavailable."""
    payment = await provider.find_payment(payment_ref(order_id))
    return None if payment is None else payment.method_id
