"""Decisions without I/O: everything here can be tested with plain values."""

from collections.abc import Mapping, Sequence

from veza.core.ids import OrderId, OrderItemId, SubjectId, UserId, new_id
from veza.core.money import MAX_CENTS, Rate, take_share
from veza.core.money_mode import mode_of
from veza.core.signed_urls import Resource, UrlBuilder
from veza.domains.marketplace.orders.models import NewOrderLine, OrderStatus
from veza.domains.marketplace.products.models import ForSale, ProductFile
from veza.domains.marketplace.purchases.errors import MixedCurrencies, OrderTooLarge, OwnProduct
from veza.domains.marketplace.purchases.models import (
    Download,
    Order,
    OrderItem,
    PaymentToConfirm,
    StoredOrder,
    StoredOrderItem,
)
from veza.domains.music.tracks.models import Artist

LINK_LIFETIME_S = 900


def price_lines(
    chosen: Sequence[ForSale], subjects: Mapping[UserId, SubjectId], fee_rate: Rate
) -> list[NewOrderLine]:
    """Freeze what is ordered: what it costs, and what of that is the seller's.

    Of each line the platform's fee is rounded by itself, and the seller gets the rest.
    """
    fees = [take_share(product.price_cents, fee_rate) for product in chosen]
    return [
        NewOrderLine(
            id=OrderItemId(new_id()),
            product_id=product.id,
            seller_id=product.seller_id,
            seller_subject=subjects[product.seller_id],
            title=product.title,
            licence=product.licence,
            track_id=product.track_id,
            price_cents=product.price_cents,
            fee_cents=fee,
            net_cents=product.price_cents - fee,
        )
        for product, fee in zip(chosen, fees, strict=True)
    ]


def ensure_buyable(chosen: Sequence[ForSale], buyer_id: UserId) -> None:
    """Raise what keeps somebody from ordering these together."""
    if any(product.seller_id == buyer_id for product in chosen):
        raise OwnProduct
    if len({product.currency for product in chosen}) > 1:
        raise MixedCurrencies
    if sum(product.price_cents for product in chosen) > MAX_CENTS:
        raise OrderTooLarge


def show_download(order_id: OrderId, file: ProductFile, urls: UrlBuilder) -> Download:
    """Show a file of what was bought, with a URL that needs no token."""
    query = urls.signed_query(Resource.PURCHASED_FILE, order_id, file.id)
    return Download(
        name=file.name,
        url=f"{urls.base}/marketplace/orders/{order_id}/downloads/{file.id}{query}",
        size_bytes=file.size_bytes,
        content_type=file.content_type,
        product_id=file.product_id,
    )


def show_order(order: StoredOrder, lines: Sequence[StoredOrderItem]) -> Order:
    """Show an order to its buyer."""
    return Order(
        id=order.id,
        status=order.status,
        items=[_show_line(line) for line in lines],
        total_cents=order.total_cents,
        currency=order.currency,
        mode=mode_of(order.provider),
        payment=_show_payment(order),
        billing=order.billing,
        failure_reason=order.reason,
        created_at=order.created_at,
        expires_at=order.expires_at,
        paid_at=order.paid_at,
    )


def _show_line(line: StoredOrderItem) -> OrderItem:
    seller = None
    if line.seller_id is not None and line.username is not None:
        seller = Artist(line.seller_id, line.username)
    return OrderItem(
        id=line.id,
        product_id=line.product_id,
        title=line.title,
        licence=line.licence,
        seller=seller,
        price_cents=line.price_cents,
        quantity=1,
        is_refunded=line.is_refunded,
    )


def _show_payment(order: StoredOrder) -> PaymentToConfirm | None:
    if order.payment_ref is None:
        return None
    can_be_confirmed = order.status in {OrderStatus.PENDING, OrderStatus.FAILED}
    secret = order.client_secret if can_be_confirmed else None
    return PaymentToConfirm(order.provider, order.payment_ref, secret)
