"""Mails guests about their orders, and gives orders to accounts."""

import sys

from msgspec import structs

from veza.core.money import write_amount
from veza.core.normalize import lower_ascii
from veza.domains.marketplace.guests.models import (
    ClaimOrders,
    GuestMail,
    SendGuestMail,
    SendOrderLinks,
)
from veza.domains.marketplace.guests.service import MAX_LISTED, claim_orders
from veza.domains.marketplace.orders.events import OrderPaid, PreorderDelivered
from veza.domains.marketplace.orders.models.guests import DeliveredOrder, GuestDelivery
from veza.domains.marketplace.orders.rules.titles import name_line
from veza.domains.marketplace.orders.service import guest_orders
from veza.domains.marketplace.orders.service.guest_orders import GuestDesk
from veza.domains.marketplace.refunds.events import RefundEnded
from veza.domains.platform.mail.models import Item, ItemList, MailReason
from veza.domains.platform.mail.service import FilledTemplate, SiteMailer, fill_letter
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Database, Tx

# Free orders that are mailed to one address in an hour, from all networks together.
MAX_FREE_MAILS = 10

_PACKAGE = "veza.domains.marketplace.guests"


async def mail_receipt(tx: Tx, event: OrderPaid) -> None:
    """Mail a guest the link to a paid order, and give the order to the account of its address.

    Running twice sends two mails.
    """
    if not event.is_guest:
        return
    await enqueue(tx, SendGuestMail(event.order_id, GuestMail.RECEIPT))
    if event.buyer_id is None:
        claimant = await guest_orders.lock_claimant(tx, event.order_id)
        if claimant is not None:
            await claim_orders(tx, claimant)


async def mail_delivery(tx: Tx, event: PreorderDelivered) -> None:
    """Mail a guest that a pre-ordered release can be downloaded."""
    if event.is_guest:
        await enqueue(tx, SendGuestMail(event.order_id, GuestMail.DELIVERED))


async def mail_refund(tx: Tx, event: RefundEnded) -> None:
    """Mail a guest that an order was refunded; the job skips orders of accounts."""
    if event.is_made:
        await enqueue(tx, SendGuestMail(event.order_id, GuestMail.REFUNDED))


async def claim_rest(database: Database, job: ClaimOrders) -> None:
    """Give an account the next orders of its address. Running twice is safe."""
    async with database.transaction() as tx:
        await claim_orders(tx, job.user_id)


async def send_mail(
    database: Database, mailer: SiteMailer, desk: GuestDesk, job: SendGuestMail
) -> None:
    """Mail a guest about an order, unless its address was erased. Running twice sends two mails."""
    async with database.read() as conn:
        found = await guest_orders.find_delivered(conn, job.order_id)
    if found is None:
        return
    is_paid_for = found.total_cents > 0 and job.purpose is not GuestMail.LINK
    most = sys.maxsize if is_paid_for else MAX_FREE_MAILS
    async with mailer.counting(f"guest_{job.purpose}", found.email, most=most) as may_send:
        if not may_send:
            return
        total = write_amount(found.total_cents, found.currency)
        values = {"items": "\n".join(_list_names(found)), "total": total}
        link = _write_link(mailer, desk, found)
        template = FilledTemplate(_PACKAGE, job.purpose, values, link)
        letter = fill_letter(mailer, found.language, template, MailReason.ORDER)
        mail = mailer.write(letter, found.email, owner=found.order_id)
        await mailer.send_or_drop(mail, f"guest_{job.purpose}")


async def send_links(
    database: Database, mailer: SiteMailer, desk: GuestDesk, job: SendOrderLinks
) -> None:
    """Mail the links to all orders of an address, if it has any. Running twice sends two mails."""
    async with database.read() as conn:
        found = await guest_orders.list_delivered(conn, lower_ascii(job.email), MAX_LISTED)
    if not found:
        return
    newest = found[0]
    async with mailer.counting("guest_links", job.email) as may_send:
        if not may_send:
            return
        template = FilledTemplate(_PACKAGE, "links", {})
        letter = fill_letter(mailer, newest.language, template, MailReason.ADDRESS_GIVEN)
        items = [
            Item(", ".join(_list_names(each)), url=_write_link(mailer, desk, each))
            for each in found
        ]
        letter = structs.replace(letter, blocks=[*letter.blocks, ItemList(items)])
        mail = mailer.write(letter, newest.email, owner=newest.order_id)
        await mailer.send_or_drop(mail, "guest_links")


def _list_names(found: DeliveredOrder) -> list[str]:
    return [name_line(found.language, line.kind, line.title) for line in found.lines]


def _write_link(mailer: SiteMailer, desk: GuestDesk, found: DeliveredOrder) -> str:
    delivery = GuestDelivery(found.order_id, found.email, found.language, found.link_nonce)
    return f"{mailer.front_end}/guest-orders/{desk.link_to(delivery)}"
