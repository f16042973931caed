"""Links of guests are mailed again and revoked, and orders are given to accounts."""

import hashlib
import math
import time
from collections.abc import Sequence

from msgspec import structs

from veza.core.addresses import network_of
from veza.core.errors import Allowance, required
from veza.core.ids import OrderId, TrackId, UserId
from veza.core.normalize import lower_ascii
from veza.core.signed_urls import PURCHASE_LIFETIME_S, Resource, UrlBuilder
from veza.domains.auth.accounts.rules import ensure_normal_email
from veza.domains.marketplace.contracts import service as contracts
from veza.domains.marketplace.guests.models import (
    ClaimOrders,
    GuestMail,
    SendGuestMail,
    SendOrderLinks,
)
from veza.domains.marketplace.invoices import service as invoices
from veza.domains.marketplace.orders import shared_queries as order_queries
from veza.domains.marketplace.orders.errors import DownloadNotFound, OrderNotPaid
from veza.domains.marketplace.orders.models.checkout import Download, Downloads
from veza.domains.marketplace.orders.models.guests import OpenedOrder
from veza.domains.marketplace.orders.rules.access import ensure_may_open
from veza.domains.marketplace.orders.service import guest_orders, purchases
from veza.domains.marketplace.refunds.service import requested_refunds
from veza.domains.music.audio import rules as audio_rules
from veza.domains.music.audio.models import StoredOriginal
from veza.domains.music.audio.service import files as track_files
from veza.domains.platform.mail.errors import TooManyMails
from veza.domains.platform.mail.rules import limits
from veza.infra.jobs.queue import enqueue
from veza.infra.media.sniff_audio import CONTENT_TYPES, EXTENSIONS, AudioKind
from veza.infra.postgres.database import Conn, Database, Tx
from veza.infra.valkey.client import WindowCounters

# A mail lists no more orders.
MAX_LISTED = 100


async def claim_orders(tx: Tx, user_id: UserId) -> None:
    """Give an account the orders that were made with its verified address; many by a job."""
    if len(await guest_orders.claim(tx, user_id)) == guest_orders.CLAIMED_AT_ONCE:
        await enqueue(
            tx, ClaimOrders(user_id), key=f"claim_orders:{user_id}", also_while_running=True
        )


async def request_links(
    database: Database, counters: WindowCounters, email: str, *, ip: str
) -> None:
    """Enqueue a mail with the links to all orders of an address.

    Whether it has any is looked up by the job alone, so that neither the answer nor its timing
    tells. Raises Invalid and TooManyMails.
    """
    ensure_normal_email(email)
    most, window_s = limits.MAX_REQUESTS_FROM_IP, limits.MAIL_WINDOW_S
    window = await counters.add(f"guest-links:{network_of(ip)}", window_s)
    if window.count > most:
        wait_s = max(1, math.ceil(window.ends_in_s))
        raise TooManyMails(retry_after=wait_s, allowance=Allowance(most, window_s))
    digest = hashlib.sha256(lower_ascii(email).encode()).hexdigest()
    async with database.transaction() as tx:
        await enqueue(tx, SendOrderLinks(email), key=f"order_links:{digest}")


async def replace_link(tx: Tx, opened: OpenedOrder) -> None:
    """Revoke all links to an order, and mail a new one. Raises MailedLinkNeeded and OrderNotPaid.

    An order that is not paid has no mail yet, and nothing to open.
    """
    order = opened.order
    ensure_may_open(order.id, order.buyer_id, opened.opener)
    if order.paid_at is None:
        raise OrderNotPaid
    await guest_orders.revoke_links(tx, order.id)
    await enqueue(tx, SendGuestMail(order.id, GuestMail.LINK))


async def list_downloads(conn: Conn, opened: OpenedOrder, urls: UrlBuilder) -> Downloads:
    """Return the files of an order and the originals of its tracks, with signed URLs.

    Raises the errors of `purchases.list_downloads`.
    """
    order_id = opened.order.id
    files = await purchases.list_downloads(conn, order_id, opened.opener, urls)
    signed = structs.replace(urls, expires=int(time.time()) + PURCHASE_LIFETIME_S)
    originals: list[Download] = []
    for ordered in await order_queries.list_ordered_tracks(conn, order_id):
        original = await track_files.find_sold_original(conn, ordered.track_id)
        if original is not None:
            query = signed.signed_query(Resource.PURCHASED_TRACK, order_id, ordered.track_id)
            url = f"{urls.base}/marketplace/orders/{order_id}/tracks/{ordered.track_id}{query}"
            originals.append(
                Download(
                    name=name_of(original),
                    url=url,
                    size_bytes=original.size,
                    content_type=CONTENT_TYPES[AudioKind(original.kind)],
                    product_id=ordered.product_id,
                )
            )
    return Downloads([*files.downloads, *originals])


async def open_track(conn: Conn, order_id: OrderId, track_id: TrackId) -> StoredOriginal:
    """Return the original of a track that an order gives. Raises DownloadNotFound."""
    ordered = await order_queries.list_ordered_tracks(conn, order_id)
    if track_id not in {each.track_id for each in ordered}:
        raise DownloadNotFound
    return required(await track_files.find_sold_original(conn, track_id), DownloadNotFound)


def name_of(original: StoredOriginal) -> str:
    """Return the name under which the original of a track is saved."""
    return audio_rules.download_name(original.title, EXTENSIONS[AudioKind(original.kind)])


async def erase_address(tx: Tx, email: str) -> Sequence[OrderId]:
    """Remove an address from the orders that no account has; return them. The orders are kept.

    Their links and licences end. A payment that arrives later for one of them is refunded.
    """
    email_key = lower_ascii(email)
    order_ids = await guest_orders.forget_address(tx, email_key)
    await invoices.forget_buyers(tx, order_ids)
    await contracts.forget_buyers(tx, order_ids)
    await requested_refunds.forget_guests(tx, order_ids)
    return order_ids
