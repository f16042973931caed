"""Buyers get files of their own paid orders; the seller gets a product's release, too."""

import time

from msgspec import structs

from veza.core.access import Member
from veza.core.errors import required
from veza.core.ids import OrderId, ProductFileId, ProductId, ReleaseId, UserId
from veza.core.pages import Cursor, cut
from veza.core.signed_urls import PURCHASE_LIFETIME_S, UrlBuilder
from veza.domains.marketplace.orders.errors import (
    DownloadNotFound,
    NotDelivered,
    OrderNotFound,
    OrderNotPaid,
    ProductNotBought,
    ProductWithoutRelease,
    PurchaseTakenDown,
)
from veza.domains.marketplace.orders.models.checkout import (
    Downloads,
    HeldProduct,
    Order,
    OrderPage,
    StoredOrder,
)
from veza.domains.marketplace.orders.models.guests import Opener
from veza.domains.marketplace.orders.queries import purchases as queries
from veza.domains.marketplace.orders.rules import views
from veza.domains.marketplace.orders.rules.access import ensure_may_open, ensure_may_see, may_see
from veza.domains.marketplace.orders.service.settlement import parse_payment_ref
from veza.domains.marketplace.products import service as products
from veza.domains.marketplace.products import shared_queries as product_queries
from veza.domains.marketplace.products.models.files import StoredProductFile
from veza.infra.postgres.database import Conn


async def find_own_order(conn: Conn, order_id: OrderId, buyer_id: UserId) -> StoredOrder:
    """Return the row of a member's own order. Raises OrderNotFound."""
    order = required(await queries.find_order(conn, order_id), OrderNotFound)
    ensure_may_see(order.id, order.buyer_id, Opener(buyer_id))
    return order


async def get_order(
    conn: Conn, order_id: OrderId, buyer_id: UserId, stored: StoredOrder | None = None
) -> Order:
    """Return a member's own order, of which the row may be read already. Raises OrderNotFound."""
    order = stored or await find_own_order(conn, order_id, buyer_id)
    return views.show_order(order, await queries.list_items(conn, [order_id]))


async def list_orders(
    conn: Conn, buyer_id: UserId, *, limit: int, cursor: Cursor | None
) -> OrderPage:
    """Return a page of a member's own orders, newest first."""
    found = await queries.list_orders(conn, buyer_id, limit, cursor)
    page, next_cursor = cut(found, limit, lambda order: Cursor(order.created_at, order.id))
    items = await queries.list_items(conn, [order.id for order in page])
    orders = [views.show_order(order, items) for order in page]
    return OrderPage(orders, next_cursor, next_cursor is not None)


async def list_downloads(
    conn: Conn, order_id: OrderId, opener: Opener, urls: UrlBuilder
) -> Downloads:
    """Return the files of an order, with signed URLs.

    Raises OrderNotFound, MailedLinkNeeded, OrderNotPaid if the order gives no licence, NotDelivered
    if all that it gives is still to come, and PurchaseTakenDown if staff took all of it from its
    buyers.
    """
    order = required(await queries.find_order(conn, order_id), OrderNotFound)
    ensure_may_open(order.id, order.buyer_id, opener)
    licensed = await queries.list_licensed_products(conn, order_id)
    if not licensed:
        if await queries.has_revoked(conn, order_id):
            raise PurchaseTakenDown
        raise NotDelivered if await queries.has_preorder(conn, order_id) else OrderNotPaid
    signed = structs.replace(urls, expires=int(time.time()) + PURCHASE_LIFETIME_S)
    files = await product_queries.list_files(conn, [each.product_id for each in licensed])
    given = views.list_given(licensed, files)
    return Downloads([views.show_download(order_id, file, signed) for file in given])


async def open_download(conn: Conn, order_id: OrderId, file_id: ProductFileId) -> StoredProductFile:
    """Return the data for streaming a file of an order. Raises DownloadNotFound."""
    return required(await queries.find_download(conn, order_id, file_id), DownloadNotFound)


async def get_held_release(conn: Conn, product_id: ProductId, member: Member) -> ReleaseId:
    """Return the release of a product that a member may download: a buyer, or the seller.

    Raises ProductNotFound, ProductNotBought, NotDelivered and ProductWithoutRelease.
    """
    held = await queries.find_held_product(conn, member.id, product_id)
    if held is None or not (held.is_own or held.is_licensed):
        await products.get_visible(conn, product_id, member)
        raise ProductNotBought
    return _release_of(held)


async def get_ordered_release(conn: Conn, order_id: OrderId, product_id: ProductId) -> ReleaseId:
    """Return the release of a product that an order gives, for who may open the order.

    Raises ProductNotBought, NotDelivered and ProductWithoutRelease.
    """
    held = await queries.find_ordered_product(conn, order_id, product_id)
    return _release_of(required(held, ProductNotBought))


async def may_pay(conn: Conn, opener: Opener, payment_ref: str) -> bool:
    """Return whether a payment belongs to an order that an account or a link may pay."""
    order_id = parse_payment_ref(payment_ref)
    order = None if order_id is None else await queries.find_order(conn, order_id)
    return order is not None and may_see(order.id, order.buyer_id, opener)


def _release_of(held: HeldProduct) -> ReleaseId:
    if not (held.is_own or held.is_delivered):
        raise NotDelivered
    return required(held.release_id, ProductWithoutRelease)
