"""Sellers create and delete batches of download codes; members redeem a code."""

from uuid import UUID

from litestar import Router, delete, get, post
from litestar.params import FromPath, JSONBody

from veza.core.access import Access
from veza.core.activities import Activity
from veza.core.addresses import network_of
from veza.core.errors import Unauthenticated
from veza.core.ids import CodeBatchId, ProductId
from veza.core.profiles import Right
from veza.domains.auth.accounts.service.login_context import LoginContext
from veza.domains.marketplace.codes import errors, service
from veza.domains.marketplace.codes.models import (
    CodeBatch,
    CodeBatchForm,
    CodeBatchList,
    CodeForm,
    CreatedCodeBatch,
    OpenGiftForm,
)
from veza.domains.marketplace.gifts.errors import (
    GiftHeld,
    GiftNotFound,
    GiftNotGiven,
    GiftRedeemed,
)
from veza.domains.marketplace.gifts.models import GiftCard
from veza.domains.marketplace.orders.errors import (
    AlreadyOwned,
    OwnProduct,
    ServiceNeedsAccount,
    TooManyGuestOrders,
)
from veza.domains.marketplace.orders.models.checkout import Order, OrderForm
from veza.domains.marketplace.orders.service.guest_orders import (
    GuestDesk,
    ensure_few,
    make_guest,
)
from veza.domains.marketplace.orders.service.placing import CheckoutContext
from veza.domains.marketplace.products.errors import (
    NotYourProduct,
    ProductNotFound,
    ReleaseNotAvailable,
)
from veza.http.dependencies import (
    AnyRequest,
    Conn,
    Tx,
    client_of,
    database_of,
    viewer_of,
    visitor_of,
)
from veza.http.requests.guest_requests import read_guest_request
from veza.http.responses.envelope import Envelope
from veza.http.services import service_of


@post(
    "/marketplace/products/{product_id:uuid}/codes",
    access=Access.CREATOR,
    activity=Activity.UPLOAD,
    scope=None,
    errors=[ProductNotFound, NotYourProduct, errors.TooManyCodeBatches],
)
async def create_codes(
    request: AnyRequest, product_id: FromPath[UUID], data: JSONBody[CodeBatchForm], tx: Tx
) -> Envelope[CreatedCodeBatch]:
    """Create up to 1,000 codes that each give your own product once, for nothing.

    The codes are shown only in this response, also as a CSV file in `csv`. They can be redeemed
    even if the product isn't for sale, until they expire or the batch is deleted.
    """
    created = await service.create_batch(tx, ProductId(product_id), viewer_of(request), data)
    return Envelope(created, status_code=201, headers={"cache-control": "no-store"})


@get(
    "/marketplace/products/{product_id:uuid}/codes",
    access=Access.CREATOR,
    scope=None,
    errors=[ProductNotFound, NotYourProduct],
)
async def list_codes(request: AnyRequest, product_id: FromPath[UUID], conn: Conn) -> CodeBatchList:
    """List the batches of codes of your own product, newest first, with how many are used."""
    return await service.list_batches(conn, ProductId(product_id), viewer_of(request))


@delete(
    "/marketplace/products/{product_id:uuid}/codes/{batch_id:uuid}",
    access=Access.USER,
    scope=None,
    status_code=200,
    errors=[ProductNotFound, NotYourProduct, errors.CodeBatchNotFound],
)
async def delete_codes(
    request: AnyRequest, product_id: FromPath[UUID], batch_id: FromPath[UUID], tx: Tx
) -> CodeBatch:
    """Delete the unused codes of a batch. Who has used one keeps the product."""
    return await service.delete_batch(
        tx, ProductId(product_id), CodeBatchId(batch_id), viewer_of(request)
    )


@post(
    "/marketplace/codes/redeem",
    access=Access.OPTIONAL,
    right=Right.MONEY,
    scope=None,
    errors=[
        errors.CodeNotFound,
        errors.CodeUsed,
        errors.CodeExpired,
        errors.TooManyWrongCodes,
        TooManyGuestOrders,
        OwnProduct,
        AlreadyOwned,
        ServiceNeedsAccount,
        ReleaseNotAvailable,
        GiftNotGiven,
        GiftRedeemed,
        GiftHeld,
    ],
)
async def redeem_code(request: AnyRequest, data: JSONBody[CodeForm]) -> Order:
    """Redeem a download code, or that of a gift. The result is a paid order without a price.

    A code is used once. It stays unused if you own the product already. If you repeat the request,
    the order is the same. Without credentials the order is that of the `email`, to which a link is
    mailed that opens it; of a gift the first answer has it in `token`.
    """
    attempts = service_of(request, LoginContext).attempts
    redemption = service.CodeRedemption(service_of(request, CheckoutContext), attempts)
    member = visitor_of(request)
    if member is not None:
        return await service.redeem(database_of(request), redemption, member, data.code)
    if data.email is None:
        raise Unauthenticated
    desk, sent = service_of(request, GuestDesk), await read_guest_request(request)
    guest = make_guest(desk, OrderForm([], email=data.email, language=data.language), sent)
    await ensure_few(desk, sent.ip)
    by = service.GuestRedemption(guest, network_of(sent.ip), desk)
    return await service.redeem_as_guest(database_of(request), redemption, by, data.code)


@post(
    "/marketplace/gifts/open",
    status_code=200,
    credentials="ignored",
    errors=[GiftNotFound, errors.TooManyWrongCodes],
)
async def open_gift(request: AnyRequest, data: JSONBody[OpenGiftForm]) -> Envelope[GiftCard]:
    """Get what the code of a gift gives, and from whom. `/marketplace/codes/redeem` redeems it."""
    attempts, network = (
        service_of(request, LoginContext).attempts,
        network_of(client_of(request).address),
    )
    card = await service.open_gift(database_of(request), attempts, network, data.code)
    return Envelope(card, headers={"cache-control": "no-store"})


router = Router(
    "/",
    route_handlers=[create_codes, list_codes, delete_codes, redeem_code, open_gift],
    tags=["marketplace"],
    opt={"right": Right.SELL},
)
