"""Buyers check out, see orders and download files; sellers list their own sold items."""

from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.params import FromPath, JSONBody

from veza.core import pages
from veza.core.access import Access, Member
from veza.core.errors import Unauthenticated
from veza.core.filenames import attachment
from veza.core.ids import OrderId, ProductFileId, ProductId, UserId
from veza.core.profiles import Right
from veza.core.signed_urls import Resource
from veza.domains.auth.accounts.service.login_context import LoginContext
from veza.domains.auth.sign_up.errors import ProofRequired
from veza.domains.marketplace.discounts.service import limiting_guesses
from veza.domains.marketplace.orders import errors
from veza.domains.marketplace.orders import shared_queries as order_queries
from veza.domains.marketplace.orders.models.checkout import (
    Downloads,
    Order,
    OrderForm,
    OrderPage,
    OwnPurchase,
)
from veza.domains.marketplace.orders.models.guests import Opener
from veza.domains.marketplace.orders.models.sales import SalePage
from veza.domains.marketplace.orders.service import (
    checkout,
    gift_lines,
    guest_orders,
    purchases,
    sales,
)
from veza.domains.marketplace.orders.service.guest_orders import GuestDesk
from veza.domains.marketplace.orders.service.placing import CheckoutContext
from veza.domains.marketplace.products import rules as product_rules
from veza.domains.marketplace.products import service as products
from veza.domains.marketplace.products.errors import (
    ProductNotFound,
)
from veza.domains.marketplace.products.models.files import StoredProductFile
from veza.domains.marketplace.taxes.errors import CountryNeeded
from veza.domains.marketplace.tips.errors import TIP_ERRORS
from veza.domains.platform.idempotency.errors import KeyReused
from veza.domains.platform.text_filters.errors import TextRefused
from veza.domains.platform.text_filters.service import TextFilters
from veza.http.dependencies import (
    AnyRequest,
    Conn,
    client_of,
    country_of,
    database_of,
    viewer_of,
    visitor_of,
)
from veza.http.requests.guest_requests import read_guest_request
from veza.http.requests.idempotency import read_key
from veza.http.requests.query_parameters import CursorText, PageLimit, read_cursor
from veza.http.responses.envelope import Envelope
from veza.http.responses.ranges import FileMetadata, StoredFile, serve_object
from veza.http.security.signed_urls import Signature, is_signed, urls_of
from veza.http.services import service_of
from veza.infra.concurrency.overload import Importance
from veza.infra.payments.errors import ProviderUnavailable

_BYTES = "application/octet-stream"


@post(
    "/marketplace/orders",
    access=Access.OPTIONAL,
    scope=None,
    importance=Importance.VITAL,
    idempotent=True,
    errors=[
        *errors.CART_ERRORS,
        errors.TooManyGuestOrders,
        ProofRequired,
        errors.GiftNotFree,
        errors.ServiceNotGiven,
        errors.TooManyGifts,
        CountryNeeded,
        errors.VatIdUnknown,
        *TIP_ERRORS,
        TextRefused,
        errors.BuyerNameNeeded,
        errors.TooManyUnpaidUnits,
        errors.PaymentRefused,
        KeyReused,
        ProviderUnavailable,
    ],
)
async def check_out(request: AnyRequest, data: JSONBody[OrderForm]) -> Response[Order]:
    """Create an order. Its `payment` must be confirmed within 30 minutes.

    Current prices apply: an item with another `price_cents` is refused, unless the product's
    `pricing` is `pay_what_you_want` and its price lower. An order has a single currency, and may
    contain products of several sellers: with `currency`, each is sold at its price in it. A free
    order is `paid` at once. Send an `Idempotency-Key` to retry the request safely.

    Prices include the tax, which is kept with each item. Sellers who declare the tax of the buyer's
    country need `billing.country`; with a `billing.vat_id` of another country of the EU the buyer
    owes the tax itself (reverse charge).

    A limited product is held for the order until it is cancelled, half an hour later unless it is
    paid, and is sold out for others meanwhile if it was the last. Unpaid orders hold 5 at most.

    A product with variants needs a `variant_id`. An exclusive one is held like a limited product:
    once it is paid the product is withdrawn, and other unpaid orders with it are cancelled.

    With a `bundle_id` the prices are those of a bundle; the items must contain all of its products
    that you don't own.

    A release that is scheduled, or has a date to come, is pre-ordered: paid now, delivered later.

    A `discount_code` takes something off the products of the seller who made it; the order keeps
    what and why. `POST /marketplace/quotes` tells the prices before.
    An item with a `gift` gives you no licence: its recipient gets a code by mail.

    `tips` go to profiles with an open tip jar, in its currency, beside products or alone.

    Without credentials it is that of the `email`, and no account is made: its `token` reads and
    pays for it, and the mailed link opens it. A free one is delivered by that link alone.
    """
    buyer, ip = visitor_of(request), client_of(request).address
    for tip in data.tips:
        service_of(request, TextFilters).ensure_accepted(tip, "message")
    attempts = service_of(request, LoginContext).attempts
    async with limiting_guesses(attempts, buyer, ip, code=data.discount_code):
        if buyer is None:
            return await _check_out_as_guest(request, data)
        return await _check_out(request, buyer, data)


@get(
    "/marketplace/orders",
    access=Access.USER,
    scope=None,
    importance=Importance.VITAL,
    errors=[pages.BadCursor],
)
async def list_orders(
    request: AnyRequest, conn: Conn, limit: PageLimit = 20, cursor: CursorText = None
) -> OrderPage:
    """List your orders, newest first."""
    return await purchases.list_orders(
        conn, viewer_of(request).id, limit=limit, cursor=read_cursor(cursor)
    )


@get(
    "/marketplace/orders/{order_id:uuid}",
    access=Access.USER,
    scope=None,
    importance=Importance.VITAL,
    errors=[errors.OrderNotFound],
)
async def show_order(request: AnyRequest, order_id: FromPath[UUID], conn: Conn) -> Order:
    """Get an order of yours."""
    return await purchases.get_order(conn, OrderId(order_id), viewer_of(request).id)


@get(
    "/marketplace/products/{product_id:uuid}/purchase",
    access=Access.USER,
    scope=None,
    importance=Importance.VITAL,
    errors=[ProductNotFound],
)
async def show_purchase(request: AnyRequest, product_id: FromPath[UUID], conn: Conn) -> OwnPurchase:
    """Get your purchase of a product: the order and item by which you own it, or owned it last."""
    buyer = viewer_of(request)
    purchase = await order_queries.find_purchase(conn, buyer.id, ProductId(product_id))
    if purchase is None:
        await products.get_visible(conn, ProductId(product_id), buyer)
    return OwnPurchase(purchase)


@get(
    "/marketplace/orders/{order_id:uuid}/downloads",
    access=Access.USER,
    scope=None,
    importance=Importance.VITAL,
    errors=[
        errors.OrderNotFound,
        errors.OrderNotPaid,
        errors.NotDelivered,
        errors.PurchaseTakenDown,
    ],
)
async def list_downloads(request: AnyRequest, order_id: FromPath[UUID], conn: Conn) -> Downloads:
    """List the files of an order. The URLs need no token, and expire after 15 minutes.

    Items that were pre-ordered are left out until they are delivered.
    """
    opener = Opener(viewer_of(request).id)
    return await purchases.list_downloads(conn, OrderId(order_id), opener, urls_of(request))


@get(
    "/marketplace/orders/{order_id:uuid}/downloads/{file_id:uuid}",
    credentials="ignored",
    produces=_BYTES,
    partial=True,
    errors=[errors.DownloadNotFound],
    importance=Importance.VITAL,
)
async def download_file(
    request: AnyRequest,
    order_id: FromPath[UUID],
    file_id: FromPath[UUID],
    url_signature: Signature,
) -> Response[Any]:
    """Download a file of an order, by its signed URL."""
    if not is_signed(request, url_signature, Resource.PURCHASED_FILE, order_id, file_id):
        raise errors.DownloadNotFound
    async with database_of(request).read() as conn:
        file = await purchases.open_download(conn, OrderId(order_id), ProductFileId(file_id))
    storage = service_of(request, products.ProductFileStorage).storage
    key = product_rules.file_key(file.product_id, file.id)
    stored = StoredFile(storage, key, errors.DownloadNotFound)
    return await serve_object(request, _facts(file), stored)


@get("/sell/orders", access=Access.USER, scope=None, errors=[pages.BadCursor])
async def list_sales(
    request: AnyRequest, conn: Conn, limit: PageLimit = 20, cursor: CursorText = None
) -> SalePage:
    """List the paid orders of your products, with only your own items, newest first."""
    return await sales.list_sales(
        conn, viewer_of(request).id, urls_of(request), limit=limit, cursor=read_cursor(cursor)
    )


async def _check_out(request: AnyRequest, buyer: Member, form: OrderForm) -> Response[Order]:
    context = service_of(request, CheckoutContext).requested_from(country_of(request))
    await _ensure_few_gifts(request, form, buyer.id)
    sent = await read_key(request)
    answer = await checkout.check_out(database_of(request), context, buyer, form=form, sent=sent)
    return Response[Any](answer)


async def _check_out_as_guest(request: AnyRequest, form: OrderForm) -> Response[Order]:
    if form.email is None:
        raise Unauthenticated
    desk = service_of(request, GuestDesk).requested_from(country_of(request))
    await _ensure_few_gifts(request, form)
    sent = await read_guest_request(request)
    order = await guest_orders.check_out(database_of(request), desk, form, sent)
    return Envelope(order, status_code=201, headers={"cache-control": "no-store"})


async def _ensure_few_gifts(
    request: AnyRequest, form: OrderForm, buyer_id: UserId | None = None
) -> None:
    counters, ip = service_of(request, GuestDesk).gate.counters, client_of(request).address
    await gift_lines.ensure_few(counters, form, buyer_id=buyer_id, ip=ip)


def _facts(file: StoredProductFile) -> FileMetadata:
    return FileMetadata(
        size=file.size_bytes,
        # Always saved: a browser must not render files of sellers on our origin.
        content_type=_BYTES,
        etag=file.sha256,
        modified=file.created_at,
        cache_control="private, max-age=900",
        disposition=attachment(file.name),
    )


_for_buyers = Router(
    "/",
    route_handlers=[
        check_out,
        list_orders,
        show_order,
        show_purchase,
        list_downloads,
        download_file,
    ],
    tags=["marketplace"],
)
_for_sellers = Router("/", route_handlers=[list_sales], tags=["seller"])

router = Router("/", route_handlers=[_for_buyers, _for_sellers], opt={"right": Right.MONEY})
