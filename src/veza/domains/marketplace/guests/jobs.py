"""Mails guests about their orders, and gives orders to accounts."""

from string import Template
from urllib.parse import urlsplit

import structlog

from veza.core.languages import Language
from veza.core.money import write_amount
from veza.core.normalize import lower_ascii
from veza.domains.auth.recovery.rules import MAIL_WINDOW_S, MAX_MAILS_TO_ADDRESS, mail_count_key
from veza.domains.auth.recovery.service import AccountMailer
from veza.domains.marketplace.guests.models import (
    ClaimOrders,
    GuestMail,
    SendGuestMail,
    SendOrderLinks,
)
from veza.domains.marketplace.guests.service import MAX_LISTED, claim_orders
from veza.domains.marketplace.orders.events import OrderPaid, PreorderDelivered
from veza.domains.marketplace.orders.models.guests import DeliveredOrder, GuestDelivery
from veza.domains.marketplace.orders.service import guest_orders
from veza.domains.marketplace.orders.service.guest_orders import GuestDesk
from veza.domains.marketplace.refunds.events import RefundEnded
from veza.domains.platform.mail.models import Item, ItemList, Letter, MailDesign
from veza.domains.platform.mail.rules.layout import write_mail
from veza.domains.platform.mail.rules.templates import fill_blocks, fill_subject, load_templates
from veza.infra.jobs.queue import enqueue
from veza.infra.mail.mailer import Mail, MailRefused
from veza.infra.postgres.database import Database, Tx

log = structlog.get_logger()

# Free orders that are mailed to one address in an hour, from all networks together.
MAX_FREE_MAILS = 10

_PACKAGE = "veza.domains.marketplace.guests"
_LINKS = "links"


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
    """Tell a guest that a release which they pre-ordered can be downloaded."""
    if event.is_guest:
        await enqueue(tx, SendGuestMail(event.order_id, GuestMail.DELIVERED))


async def mail_refund(tx: Tx, event: RefundEnded) -> None:
    """Tell a guest that an order was refunded; the job finds out whether it is a guest's."""
    if event.is_made:
        await enqueue(tx, SendGuestMail(event.order_id, GuestMail.REFUNDED))


async def claim_rest(database: Database, job: ClaimOrders) -> None:
    """Give an account the next orders of its address. Running twice is safe."""
    async with database.transaction() as tx:
        await claim_orders(tx, job.user_id)


async def send_mail(
    database: Database, mailer: AccountMailer, desk: GuestDesk, job: SendGuestMail
) -> None:
    """Mail a guest about an order, unless its address was erased. Running twice sends two mails."""
    async with database.read() as conn:
        found = await guest_orders.find_delivered(conn, job.order_id)
    if found is None:
        return
    is_paid_for = found.total_cents > 0 and job.purpose is not GuestMail.LINK
    if not is_paid_for and not await _count(mailer, job.purpose, found.email, MAX_FREE_MAILS):
        return
    values = {
        "host": _host_of(mailer),
        "items": "\n".join(found.titles),
        "total": write_amount(found.total_cents, found.currency),
    }
    template = load_templates(_PACKAGE, found.language)[job.purpose]
    letter = Letter(
        language=found.language,
        subject=fill_subject(template, values),
        blocks=fill_blocks(template, values, _write_link(mailer, desk, found)),
        reason=_reason(mailer, found.language, "reason"),
    )
    await _send(mailer, job.purpose, found, letter)


async def send_links(
    database: Database, mailer: AccountMailer, desk: GuestDesk, job: SendOrderLinks
) -> None:
    """Mail the links to all orders of an address, if it has any. Running twice sends two mails."""
    async with database.read() as conn:
        found = await guest_orders.list_delivered(conn, lower_ascii(job.email), MAX_LISTED)
    if not found or not await _count(mailer, _LINKS, job.email, MAX_MAILS_TO_ADDRESS):
        return
    newest = found[0]
    values = {"host": _host_of(mailer)}
    template = load_templates(_PACKAGE, newest.language)[_LINKS]
    items = [Item(", ".join(each.titles), url=_write_link(mailer, desk, each)) for each in found]
    letter = Letter(
        language=newest.language,
        subject=fill_subject(template, values),
        blocks=[*fill_blocks(template, values), ItemList(items)],
        reason=_reason(mailer, newest.language, "asked"),
    )
    await _send(mailer, _LINKS, newest, letter)


def _host_of(mailer: AccountMailer) -> str:
    return urlsplit(mailer.front_end).netloc


def _write_link(mailer: AccountMailer, desk: GuestDesk, found: DeliveredOrder) -> str:
    delivery = GuestDelivery(found.order_id, found.email, found.language, found.link_nonce)
    return f"{mailer.front_end}/guest-orders/{desk.link_to(delivery)}"


async def _count(mailer: AccountMailer, purpose: str, email: str, most: int) -> bool:
    """Count a mail to an address; False if it got as many as it may."""
    window = await mailer.counters.add(mail_count_key(f"guest_{purpose}", email), MAIL_WINDOW_S)
    if window.count > most:
        log.warning("mail_withheld", purpose=f"guest_{purpose}")
    return window.count <= most


def _reason(mailer: AccountMailer, language: Language, name: str) -> str:
    """Return the sentence that says why somebody gets a mail."""
    [paragraph] = load_templates(_PACKAGE, language)[name].paragraphs
    return Template(paragraph).substitute(host=_host_of(mailer))


async def _send(
    mailer: AccountMailer, purpose: str, delivery: GuestDelivery, letter: Letter
) -> None:
    name = mailer.find_sender_name() or _host_of(mailer)
    written = write_mail(letter, MailDesign(name, mailer.front_end))
    mail = Mail(
        delivery.email,
        written.subject,
        written.text,
        owner=str(delivery.order_id),
        html=written.html,
    )
    try:
        await mailer.send(mail)
    except MailRefused as error:
        log.warning("mail_refused", purpose=f"guest_{purpose}", reason=str(error))
