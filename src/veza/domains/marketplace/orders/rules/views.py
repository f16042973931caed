"""Orders, sales and downloads in the form of the API."""

from collections.abc import Sequence

from veza.core.ids import OrderId
from veza.core.money_mode import mode_of
from veza.core.signed_urls import Resource, UrlBuilder
from veza.domains.marketplace.orders.models.checkout import (
    Download,
    Order,
    OrderItem,
    PaymentToConfirm,
    StoredOrder,
    StoredOrderItem,
)
from veza.domains.marketplace.orders.models.sales import PaidOrder, Sale, SaleItem
from veza.domains.marketplace.orders.models.state import OrderStatus
from veza.domains.marketplace.products.models import StoredProductFile
from veza.domains.music.tracks.models import Artist

LINK_LIFETIME_S = 900


def show_order(order: StoredOrder, items: Sequence[StoredOrderItem]) -> Order:
    """Return an order as its buyer sees it. Items of other orders are left out."""
    return Order(
        id=order.id,
        status=order.status,
        items=[_show_item(item) for item in items if item.order_id == order.id],
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


def show_sale(order: PaidOrder, items: Sequence[SaleItem]) -> Sale:
    """Return an order as a seller sees it, with the seller's items. Others are left out."""
    own = [item for item in items if item.order_id == order.id]
    buyer = None
    if order.buyer_id is not None and order.username is not None:
        buyer = Artist(order.buyer_id, order.username)
    return Sale(
        id=order.id,
        status=order.status,
        buyer=buyer,
        items=own,
        total_cents=sum(item.price_cents for item in own),
        fee_cents=sum(item.fee_cents for item in own),
        net_cents=sum(item.net_cents for item in own),
        currency=order.currency,
        mode=order.mode,
        created_at=order.created_at,
        paid_at=order.paid_at,
    )


def show_download(order_id: OrderId, file: StoredProductFile, urls: UrlBuilder) -> Download:
    """Return a file of an order, with a signed URL."""
    query = urls.signed_query(Resource.PURCHASED_FILE, order_id, file.id)
    return Download(
        name=file.name,
        url=f"{urls.base}/marketplace/orders/{order_id}/downloads/{file.id}{query}",
        size_bytes=file.size_bytes,
        content_type=file.content_type,
        product_id=file.product_id,
    )


def _show_item(item: StoredOrderItem) -> OrderItem:
    seller = None
    if item.seller_id is not None and item.username is not None:
        seller = Artist(item.seller_id, item.username)
    return OrderItem(
        id=item.id,
        product_id=item.product_id,
        title=item.title,
        licence=item.licence,
        seller=seller,
        price_cents=item.price_cents,
        quantity=1,
        is_refunded=item.is_refunded,
    )


def _show_payment(order: StoredOrder) -> PaymentToConfirm | None:
    if order.payment_ref is None:
        return None
    can_be_confirmed = order.status in {OrderStatus.PENDING, OrderStatus.FAILED}
    secret = order.client_secret if can_be_confirmed else None
    return PaymentToConfirm(order.provider, order.payment_ref, secret)
