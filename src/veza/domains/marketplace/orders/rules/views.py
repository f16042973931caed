"""Orders, sales and downloads in the form of the API."""

from collections.abc import Sequence

from veza.core.ids import OrderId
from veza.core.money_mode import mode_of
from veza.core.signed_urls import Resource, UrlBuilder
from veza.core.structs import copy_fields
from veza.domains.auth.accounts.models import name_member
from veza.domains.images import rules as image_rules
from veza.domains.marketplace.orders.models.checkout import (
    Download,
    LicensedProduct,
    Order,
    OrderItem,
    PaymentToConfirm,
    StoredOrder,
    StoredOrderItem,
)
from veza.domains.marketplace.orders.models.sales import (
    PaidOrder,
    Sale,
    SaleItem,
    StoredSaleItem,
)
from veza.domains.marketplace.orders.models.state import OrderStatus
from veza.domains.marketplace.products.models.files import StoredProductFile
from veza.domains.marketplace.taxes.models import LineTax, ShownTax
from veza.domains.marketplace.taxes.rules import show_tax


def show_order(order: StoredOrder, items: Sequence[StoredOrderItem]) -> Order:
    """Return an order as its buyer sees it. Items of other orders are left out."""
    return copy_fields(
        Order,
        order,
        items=[_show_item(item) for item in items if item.order_id == order.id],
        mode=mode_of(order.provider),
        payment=_show_payment(order),
        token=None,
    )


def show_sale(order: PaidOrder, items: Sequence[StoredSaleItem], urls: UrlBuilder) -> Sale:
    """Return an order as a seller sees it, with the seller's items. Others are left out."""
    own = [item for item in items if item.order_id == order.id]
    return copy_fields(
        Sale,
        order,
        buyer=name_member(order.buyer_id, order.username, order.appearance),
        items=[_show_sold(item, urls) for item in own],
        total_cents=sum(item.price_cents for item in own),
        fee_cents=sum(item.fee_cents for item in own),
        net_cents=sum(item.net_cents for item in own),
        share_cents=sum(item.share_cents for item in own),
    )


def _show_sold(item: StoredSaleItem, urls: UrlBuilder) -> SaleItem:
    cover_url = image_rules.cover_url(item.cover_image_id, item.cover_track_id, urls)
    return copy_fields(SaleItem, item, cover_url=cover_url)


def show_download(order_id: OrderId, file: StoredProductFile, urls: UrlBuilder) -> Download:
    """Return a file of an order, with a signed URL."""
    query = urls.signed_query(Resource.PURCHASED_FILE, order_id, file.id)
    url = f"{urls.base}/marketplace/orders/{order_id}/downloads/{file.id}{query}"
    return copy_fields(Download, file, url=url)


def list_given(
    licensed: Sequence[LicensedProduct], files: Sequence[StoredProductFile]
) -> list[StoredProductFile]:
    """Return those of the files of products that an order gives."""
    chosen = {each.product_id: each.file_ids for each in licensed}
    return [
        file
        for file in files
        if (file_ids := chosen[file.product_id]) is None or file.id in file_ids
    ]


def _show_item(item: StoredOrderItem) -> OrderItem:
    seller = name_member(item.seller_id, item.username, item.appearance)
    return copy_fields(OrderItem, item, seller=seller, quantity=1, tax=_show_tax(item))


def _show_tax(item: StoredOrderItem) -> ShownTax | None:
    if item.tax_treatment is None:
        return None
    tax = LineTax(item.tax_treatment, item.tax_country, item.tax_rate, item.tax_cents)
    return show_tax(tax)


def _show_payment(order: StoredOrder) -> PaymentToConfirm | None:
    if order.payment_ref is None:
        return None
    can_be_confirmed = order.status in {OrderStatus.PENDING, OrderStatus.FAILED}
    secret = order.client_secret if can_be_confirmed else None
    return PaymentToConfirm(order.provider, order.payment_ref, secret)
