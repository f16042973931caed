"""Buyers see, correct and mail their gifts again; recipients look at what a code gives."""

from typing import Annotated
from uuid import UUID

from litestar import Router, get, post, put
from litestar.params import FromPath, JSONBody, PathParameter

from veza.core.access import Access
from veza.core.ids import OrderId, OrderItemId
from veza.core.profiles import Right
from veza.domains.marketplace.gifts import errors, service
from veza.domains.marketplace.gifts.models import BlockedGifts, Gift, GiftCode, GiftList
from veza.domains.marketplace.gifts.service import GiftDesk
from veza.domains.marketplace.orders.errors import MailedLinkNeeded, OrderNotFound
from veza.domains.marketplace.orders.models.gifts import GiftPlace, RecipientForm
from veza.domains.marketplace.orders.models.guests import Opener
from veza.domains.marketplace.orders.service.guest_orders import GuestDesk, open_link
from veza.http.dependencies import AnyRequest, Conn, Tx, viewer_of
from veza.http.responses.envelope import Envelope
from veza.http.route_classes import RateClass
from veza.http.services import service_of

_NO_STORE = {"cache-control": "no-store"}
_OWN = "/marketplace/orders/{order_id:uuid}/gifts"
_LINKED = "/marketplace/guest-orders/{token:str}/gifts"
_INVALID = (errors.GiftNotFound, errors.GiftNotGiven, errors.GiftRedeemed, errors.GiftHeld)
_REFUSED = (OrderNotFound, *_INVALID)
_REFUSED_GUEST = (OrderNotFound, MailedLinkNeeded, *_INVALID)


@get(_OWN, access=Access.USER, scope=None, errors=[OrderNotFound])
async def list_gifts(
    request: AnyRequest, order_id: FromPath[UUID], conn: Conn
) -> Envelope[GiftList]:
    """List the gifts of your order, with what you wrote and what became of them."""
    found = await service.list_gifts(conn, OrderId(order_id), Opener(viewer_of(request).id))
    return Envelope(found, headers=_NO_STORE)


@get(_LINKED, credentials="ignored", errors=[OrderNotFound, MailedLinkNeeded])
async def list_guest_gifts(
    request: AnyRequest, token: FromPath[str], conn: Conn
) -> Envelope[GiftList]:
    """List the gifts of the order that a link opens, as for its buyer's account."""
    opened = await open_link(conn, service_of(request, GuestDesk).key, token)
    found = await service.list_gifts(conn, opened.order.id, opened.opener)
    return Envelope(found, headers=_NO_STORE)


@put(
    f"{_OWN}/{{item_id:uuid}}",
    access=Access.USER,
    scope=None,
    errors=[*_REFUSED, errors.GiftMailedLately],
)
async def correct_gift(
    request: AnyRequest,
    order_id: FromPath[UUID],
    item_id: FromPath[UUID],
    data: JSONBody[RecipientForm],
    tx: Tx,
) -> Envelope[Gift]:
    """Correct the recipient of a gift: before it is mailed, or a day after.

    A code that was mailed to the former address ends.
    """
    place = _place(order_id, item_id)
    gift = await service.correct(tx, place, Opener(viewer_of(request).id), data)
    return Envelope(gift, headers=_NO_STORE)


@put(
    f"{_LINKED}/{{item_id:uuid}}",
    credentials="ignored",
    errors=[*_REFUSED_GUEST, errors.GiftMailedLately],
)
async def correct_guest_gift(
    request: AnyRequest,
    token: FromPath[str],
    item_id: FromPath[UUID],
    data: JSONBody[RecipientForm],
    tx: Tx,
) -> Envelope[Gift]:
    """Correct the recipient of a gift in the order that a link opens."""
    opened = await open_link(tx, service_of(request, GuestDesk).key, token)
    place = _place(opened.order.id, item_id)
    return Envelope(await service.correct(tx, place, opened.opener, data), headers=_NO_STORE)


@post(
    f"{_OWN}/{{item_id:uuid}}/resend",
    status_code=202,
    access=Access.USER,
    scope=None,
    errors=[*_REFUSED, errors.GiftNotMailed, errors.GiftMailedLately],
)
async def resend_gift(
    request: AnyRequest, order_id: FromPath[UUID], item_id: FromPath[UUID], tx: Tx
) -> Envelope[Gift]:
    """Mail a gift again: once a day, ten times at most."""
    gift = await service.resend(tx, _place(order_id, item_id), Opener(viewer_of(request).id))
    return Envelope(gift, status_code=202, headers=_NO_STORE)


@post(
    f"{_LINKED}/{{item_id:uuid}}/resend",
    status_code=202,
    credentials="ignored",
    errors=[*_REFUSED_GUEST, errors.GiftNotMailed, errors.GiftMailedLately],
)
async def resend_guest_gift(
    request: AnyRequest, token: FromPath[str], item_id: FromPath[UUID], tx: Tx
) -> Envelope[Gift]:
    """Mail a gift of the order that a link opens again: once a day, ten times at most."""
    opened = await open_link(tx, service_of(request, GuestDesk).key, token)
    gift = await service.resend(tx, _place(opened.order.id, item_id), opened.opener)
    return Envelope(gift, status_code=202, headers=_NO_STORE)


@post(
    f"{_OWN}/{{item_id:uuid}}/code",
    status_code=200,
    access=Access.USER,
    scope=None,
    errors=[*_REFUSED],
)
async def show_gift_code(
    request: AnyRequest, order_id: FromPath[UUID], item_id: FromPath[UUID], tx: Tx
) -> Envelope[GiftCode]:
    """Get the code of a gift of yours and its link, to give it by hand."""
    opener, desk = Opener(viewer_of(request).id), service_of(request, GiftDesk)
    found = await service.show_code(tx, desk, _place(order_id, item_id), opener)
    return Envelope(found, headers=_NO_STORE)


@post(
    f"{_LINKED}/{{item_id:uuid}}/code",
    status_code=200,
    credentials="ignored",
    errors=[*_REFUSED_GUEST],
)
async def show_guest_gift_code(
    request: AnyRequest, token: FromPath[str], item_id: FromPath[UUID], tx: Tx
) -> Envelope[GiftCode]:
    """Get the code of a gift in the order that a link opens, to give it by hand."""
    opened = await open_link(tx, service_of(request, GuestDesk).key, token)
    desk, place = service_of(request, GiftDesk), _place(opened.order.id, item_id)
    return Envelope(await service.show_code(tx, desk, place, opened.opener), headers=_NO_STORE)


@post(
    "/marketplace/gifts/block/{token:str}",
    status_code=200,
    credentials="ignored",
    rate_class=RateClass.AUTH,
    goes_on=True,
    needs_space=False,
    errors=[errors.GiftNotFound],
)
async def block_gifts(
    request: AnyRequest, token: Annotated[str, PathParameter(max_length=300)], tx: Tx
) -> BlockedGifts:
    """Block gifts and other mail to many for an address, by the link in a mail (RFC 8058).

    Any body will do. Verifying the address of an account ends it.
    """
    await service.block(tx, service_of(request, GiftDesk), token)
    return BlockedGifts()


def _place(order_id: UUID, item_id: UUID) -> GiftPlace:
    return GiftPlace(OrderItemId(item_id), OrderId(order_id))


router = Router(
    "/",
    route_handlers=[
        list_gifts,
        list_guest_gifts,
        correct_gift,
        correct_guest_gift,
        resend_gift,
        resend_guest_gift,
        show_gift_code,
        show_guest_gift_code,
        block_gifts,
    ],
    tags=["marketplace"],
    opt={"right": Right.MONEY},
)
