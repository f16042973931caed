"""The link of a guest's order shows it, its files, and is replaced; links are mailed again."""

from typing import Any
from uuid import UUID

from litestar import Response, Router, delete, get, post
from litestar.params import FromPath, JSONBody

from veza.core.filenames import attachment
from veza.core.ids import OrderId, TrackId
from veza.core.signed_urls import Resource
from veza.domains.marketplace.guests import service
from veza.domains.marketplace.guests.models import LinksForm
from veza.domains.marketplace.orders.errors import (
    DownloadNotFound,
    MailedLinkNeeded,
    NotDelivered,
    OrderNotFound,
    OrderNotPaid,
    PurchaseTakenDown,
)
from veza.domains.marketplace.orders.models.checkout import Downloads
from veza.domains.marketplace.orders.models.guests import GuestOrder
from veza.domains.marketplace.orders.service import guest_orders
from veza.domains.marketplace.orders.service.guest_orders import GuestDesk
from veza.domains.music.audio import rules as audio_rules
from veza.domains.music.audio.service.audio_storage import AudioStorage
from veza.domains.platform.mail.errors import TooManyMails
from veza.http.dependencies import AnyRequest, Conn, Tx, client_of, database_of
from veza.http.responses.envelope import Done, Envelope
from veza.http.responses.ranges import FileMetadata, StoredFile, serve_object
from veza.http.route_classes import RateClass
from veza.http.security.signed_urls import Signature, is_signed, urls_of
from veza.http.services import service_of
from veza.infra.concurrency.overload import Importance
from veza.infra.media.sniff_audio import CONTENT_TYPES, AudioKind

_NO_STORE = {"cache-control": "no-store"}


@post(
    "/marketplace/guest-orders/resend",
    status_code=202,
    credentials="ignored",
    rate_class=RateClass.AUTH,
    errors=[TooManyMails],
)
async def resend_links(request: AnyRequest, data: JSONBody[LinksForm]) -> Done:
    """Mail the links to all orders that were made with an address, without an account.

    The answer is the same whether or not there are any. Links that were mailed before stay valid.
    """
    desk, ip = service_of(request, GuestDesk), client_of(request).address
    await service.request_links(database_of(request), desk.gate.counters, data.email, ip=ip)
    return Done("If something was ordered with this address, a mail is on its way.")


@get(
    "/marketplace/guest-orders/{token:str}",
    credentials="ignored",
    importance=Importance.VITAL,
    errors=[OrderNotFound],
)
async def show_guest_order(
    request: AnyRequest, token: FromPath[str], conn: Conn
) -> Envelope[GuestOrder]:
    """Get the order that a mailed link opens, or that was just placed without an account."""
    opened = await guest_orders.open_link(conn, service_of(request, GuestDesk).key, token)
    return Envelope(await guest_orders.show(conn, opened), headers=_NO_STORE)


@delete(
    "/marketplace/guest-orders/{token:str}",
    credentials="ignored",
    status_code=200,
    errors=[OrderNotFound, MailedLinkNeeded, OrderNotPaid],
)
async def revoke_guest_link(request: AnyRequest, token: FromPath[str], tx: Tx) -> Done:
    """Revoke all links to an order, and mail a new one to the address that ordered it."""
    opened = await guest_orders.open_link(tx, service_of(request, GuestDesk).key, token)
    await service.replace_link(tx, opened)
    return Done("The links don't work any more: a mail with a new one is on its way.")


@get(
    "/marketplace/guest-orders/{token:str}/downloads",
    credentials="ignored",
    importance=Importance.VITAL,
    errors=[OrderNotFound, MailedLinkNeeded, OrderNotPaid, NotDelivered, PurchaseTakenDown],
)
async def list_guest_downloads(
    request: AnyRequest, token: FromPath[str], conn: Conn
) -> Envelope[Downloads]:
    """List the files of an order and the originals of its tracks.

    The URLs need no token, and expire after 15 minutes.
    """
    opened = await guest_orders.open_link(conn, service_of(request, GuestDesk).key, token)
    files = await service.list_downloads(conn, opened, urls_of(request))
    return Envelope(files, headers=_NO_STORE)


@get(
    "/marketplace/orders/{order_id:uuid}/tracks/{track_id:uuid}",
    credentials="ignored",
    produces="audio/mp4 audio/mpeg audio/flac audio/wav audio/aiff audio/ogg audio/aac",
    partial=True,
    errors=[DownloadNotFound],
    importance=Importance.VITAL,
)
async def download_ordered_track(
    request: AnyRequest,
    order_id: FromPath[UUID],
    track_id: FromPath[UUID],
    url_signature: Signature,
) -> Response[Any]:
    """Download the original of a track of a guest's order, by its signed URL."""
    if not is_signed(request, url_signature, Resource.PURCHASED_TRACK, order_id, track_id):
        raise DownloadNotFound
    async with database_of(request).read() as conn:
        original = await service.open_track(conn, OrderId(order_id), TrackId(track_id))
    facts = FileMetadata(
        size=original.size,
        content_type=CONTENT_TYPES[AudioKind(original.kind)],
        etag=original.sha256[:32],
        modified=original.uploaded_at,
        cache_control="private, max-age=900",
        disposition=attachment(service.name_of(original)),
    )
    key = audio_rules.original_key(original.track_id)
    storage = service_of(request, AudioStorage).storage
    return await serve_object(request, facts, StoredFile(storage, key, DownloadNotFound))


router = Router(
    "/",
    route_handlers=[
        resend_links,
        show_guest_order,
        revoke_guest_link,
        list_guest_downloads,
        download_ordered_track,
    ],
    tags=["marketplace"],
)
