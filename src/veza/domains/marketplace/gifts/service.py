"""Create, mail, show and redeem the codes of gifts."""

import hashlib
import secrets
from datetime import timedelta

from msgspec import Struct, structs

from veza.core.access import Member
from veza.core.clock import now
from veza.core.errors import required
from veza.core.ids import OrderId, OrderItemId
from veza.core.normalize import lower_ascii
from veza.core.people import API_PATH
from veza.core.redeem_codes import hash_of
from veza.domains.marketplace.gifts import rules
from veza.domains.marketplace.gifts.errors import GiftHeld, GiftNotFound
from veza.domains.marketplace.gifts.models import Gift, GiftCard, GiftCode, GiftList, SendGift
from veza.domains.marketplace.orders.models.checkout import GivenProduct, Order
from veza.domains.marketplace.orders.models.gifts import (
    GiftPlace,
    GiftRef,
    MailFailure,
    RecipientForm,
    StoredGift,
)
from veza.domains.marketplace.orders.models.guests import NewGuest, Opener
from veza.domains.marketplace.orders.rules.gifts import clean_name, clean_recipient
from veza.domains.marketplace.orders.service import checkout, gift_lines, guest_orders, purchases
from veza.domains.marketplace.orders.service.guest_orders import GuestDesk
from veza.domains.marketplace.orders.service.placing import CheckoutContext
from veza.domains.marketplace.products import service as products
from veza.domains.platform.mail.service import SiteMailer
from veza.domains.platform.suppressions import service as suppressions
from veza.domains.platform.suppressions.rules import hash_address
from veza.infra.jobs.queue import enqueue
from veza.infra.mail.mailer import Mail
from veza.infra.postgres.database import Conn, Tx
from veza.infra.security.secrets import DerivedKeys


class GiftDesk(Struct, frozen=True):
    """The keys of codes and links, and the addresses that links lead to."""

    keys: DerivedKeys
    mailer: SiteMailer

    @property
    def key(self) -> bytes:
        """Return the key that codes are derived with."""
        return self.keys.derive(rules.KEY_PURPOSE)

    def link_to(self, code: str) -> str:
        """Return the page of a gift. Browsers don't send the code to the server."""
        return f"{self.mailer.front_end}/gift#code={code}"


class PreparedMail(Struct, frozen=True):
    """The mail of a gift, and the code in it."""

    mail: Mail
    code_hash: bytes


async def list_gifts(conn: Conn, order_id: OrderId, opener: Opener) -> GiftList:
    """Return the gifts of an order to who may open it. Raises OrderNotFound, MailedLinkNeeded."""
    current = now()
    found = await gift_lines.list_gifts(conn, order_id, opener)
    return GiftList([rules.show_gift(each, current) for each in found])


async def show_code(tx: Tx, desk: GiftDesk, place: GiftPlace, opener: Opener) -> GiftCode:
    """Return the code of a gift to who bought it, to give it by hand.

    Raises OrderNotFound, MailedLinkNeeded, GiftNotFound, GiftNotGiven, GiftRedeemed and GiftHeld.
    """
    gift = await _lock_own(tx, place, opener)
    rules.ensure_redeemable(gift)
    code = await _ensure_code(tx, desk, gift)
    return GiftCode(code, desk.link_to(code))


async def resend(tx: Tx, place: GiftPlace, opener: Opener) -> Gift:
    """Mail a gift again.

    Raises the errors of `show_code`, GiftNotMailed and GiftMailedLately.
    """
    gift = await _lock_own(tx, place, opener)
    rules.ensure_may_resend(gift, now())
    await gift_lines.put_off(tx, gift.item_id, timedelta(0))
    await enqueue_mail(tx, gift.item_id)
    return await _show(tx, gift.item_id)


async def correct(tx: Tx, place: GiftPlace, opener: Opener, form: RecipientForm) -> Gift:
    """Give a gift another recipient; the code that the former one may have got ends.

    Raises Invalid, the errors of `show_code`, and GiftMailedLately.
    """
    gift = await _lock_own(tx, place, opener)
    rules.ensure_may_correct(gift, now())
    cleaned = RecipientForm(
        clean_recipient(form.recipient_email, "recipient_email"),
        clean_name(form.recipient_name, "recipient_name"),
    )
    await gift_lines.change_recipient(tx, gift.item_id, cleaned)
    if gift.send_at <= now():
        await enqueue_mail(tx, gift.item_id)
    return await _show(tx, gift.item_id)


async def enqueue_mail(tx: Tx, item_id: OrderItemId) -> None:
    """Enqueue the mail of a gift; one that waits already is enough."""
    await enqueue(tx, SendGift(item_id), key=f"gift:{item_id}")


async def prepare_mail(tx: Tx, desk: GiftDesk, item_id: OrderItemId) -> PreparedMail | None:
    """Return the mail of a gift; None if none is to be sent, or the address takes none."""
    gift = await gift_lines.lock_to_mail(tx, item_id)
    if gift is None or gift.recipient is None or not rules.is_due(gift, now()):
        return None
    code = await _ensure_code(tx, desk, gift)
    code_hash = hash_of(code)
    if await suppressions.find_suppression(tx, gift.recipient) is not None:
        await gift_lines.note_mailed(tx, item_id, code_hash, MailFailure.SUPPRESSED)
        return None
    return PreparedMail(_write(desk, gift, gift.recipient, code), code_hash)


async def find_card(conn: Conn, code_hash: bytes) -> GiftCard | None:
    """Return what a code gives, and from whom; None if there is no such gift."""
    ref = await gift_lines.find_by_code(conn, code_hash)
    gift = None if ref is None else await gift_lines.find_gift(conn, ref.item_id)
    return None if gift is None else rules.show_card(gift)


async def redeem(
    tx: Tx, context: CheckoutContext, member: Member, code_hash: bytes
) -> Order | None:
    """Return the order that a gift gives a member; None if there is no such gift.

    Raises GiftNotGiven, GiftRedeemed, GiftHeld, OwnProduct, AlreadyOwned and ReleaseNotAvailable.
    """
    ref = await gift_lines.find_by_code(tx, code_hash)
    if ref is None:
        return None
    await checkout.lock_members(tx, member.id, [ref.product_id])
    gift = await _lock_coded(tx, ref, code_hash)
    if gift is None:
        return None
    if gift.redeemed_item_id is not None:
        placed = await gift_lines.find_received(tx, gift.redeemed_item_id)
        if placed is not None and placed.buyer_id == member.id:
            return await purchases.get_order(tx, placed.order_id, member.id)
    rules.ensure_redeemable(gift)
    given = await _lock_received(tx, ref)
    order = await checkout.give(tx, context, member.id, given)
    await gift_lines.note_redeemed(tx, gift.item_id, order.items[0].id)
    return order


async def redeem_as_guest(
    tx: Tx, desk: GuestDesk, guest: NewGuest, code_hash: bytes
) -> Order | None:
    """Return the order that a gift gives to an address, with its link; None if there is none.

    Again for the same address it is the same order, without the link, which is mailed. Raises
    GiftNotGiven, GiftRedeemed, GiftHeld and ReleaseNotAvailable.
    """
    ref = await gift_lines.find_by_code(tx, code_hash)
    if ref is None:
        return None
    await guest_orders.lock_for_guest(tx, guest, [ref.product_id])
    gift = await _lock_coded(tx, ref, code_hash)
    if gift is None:
        return None
    if gift.redeemed_item_id is not None:
        placed = await gift_lines.find_received(tx, gift.redeemed_item_id)
        if placed is not None and placed.email_key == lower_ascii(guest.email):
            return await guest_orders.show_placed(tx, placed.order_id)
    rules.ensure_redeemable(gift)
    given = await _lock_received(tx, ref)
    made = await checkout.give_to_guest(tx, desk.checkout, guest, given)
    order = await guest_orders.show_received(tx, desk, made.id)
    await gift_lines.note_redeemed(tx, gift.item_id, order.items[0].id)
    return order


async def block(tx: Tx, desk: GiftDesk, token: str) -> None:
    """Suppress the address of a signed link, as if it had complained. Raises GiftNotFound."""
    text, _, signature = token.rpartition(".")
    if not desk.keys.is_signed(rules.BLOCKING, text, signature):
        raise GiftNotFound
    await suppressions.note_complaint(tx, required(rules.read_hash(text), GiftNotFound))


async def _lock_own(tx: Tx, place: GiftPlace, opener: Opener) -> StoredGift:
    owned = await gift_lines.list_gifts(tx, place.order_id, opener)
    if place.item_id not in {each.item_id for each in owned}:
        raise GiftNotFound
    return required(await gift_lines.lock_gift(tx, place), GiftNotFound)


async def _lock_coded(tx: Tx, ref: GiftRef, code_hash: bytes) -> StoredGift | None:
    """Lock the gift of a code, unless it has another one meanwhile."""
    gift = await gift_lines.lock_gift(tx, ref)
    return gift if gift is not None and gift.code_hash == code_hash else None


async def _lock_received(tx: Tx, ref: GiftRef) -> GivenProduct:
    """Lock a product that is given. Raises GiftHeld while its seller is suspended, or gone."""
    product = required(await products.lock_to_give(tx, ref.product_id), GiftHeld)
    return GivenProduct(structs.replace(product, is_received=True), ref.variant)


async def _show(conn: Conn, item_id: OrderItemId) -> Gift:
    found = required(await gift_lines.find_gift(conn, item_id), GiftNotFound)
    return rules.show_gift(found, now())


async def _ensure_code(tx: Tx, desk: GiftDesk, gift: StoredGift) -> str:
    """Return the code of a locked gift.

    It is made the first time, after a correction, and after the key of the server was replaced.
    """
    if gift.code_nonce is not None:
        code = rules.derive_code(desk.key, gift, gift.code_nonce)
        if hash_of(code) == gift.code_hash:
            return code
    nonce = secrets.token_bytes(rules.NONCE_BYTES)
    code = rules.derive_code(desk.key, gift, nonce)
    await gift_lines.change_code(tx, gift.item_id, nonce=nonce, code_hash=hash_of(code))
    return code


def _write(desk: GiftDesk, gift: StoredGift, to: str, code: str) -> Mail:
    mailer = desk.mailer
    text = rules.write_hash(hash_address(to))
    token = f"{text}.{desk.keys.sign(rules.BLOCKING, text)}"
    links = rules.GiftLinks(
        gift=desk.link_to(code),
        block=f"{mailer.front_end}/gift/block#token={token}",
        redeem_page=f"{mailer.front_end}/redeem",
    )
    letter = rules.write_gift(gift, code, links, mailer.host)
    mail = mailer.write(letter, to, owner=gift.buyer_id or gift.order_id)
    tried = f"gift:{gift.item_id}:{hash_of(code).hex()}:{gift.attempts}"
    return structs.replace(
        mail,
        unsubscribe_url=f"{mailer.own_url}{API_PATH}/marketplace/gifts/block/{token}",
        # The same mail again, after a crash, has the same Message-ID.
        message_key=hashlib.sha256(tried.encode()).hexdigest(),
    )
