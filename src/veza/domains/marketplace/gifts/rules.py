"""The code of a gift, the link that blocks such mails, and the words of the mail."""

import base64
import hashlib
import hmac
from collections.abc import Callable
from datetime import datetime, timedelta

from msgspec import Struct

from veza.core.redeem_codes import write_code
from veza.domains.marketplace.gifts.errors import (
    GiftHeld,
    GiftMailedLately,
    GiftNotGiven,
    GiftNotMailed,
    GiftRedeemed,
)
from veza.domains.marketplace.gifts.models import CardState, Gift, GiftCard
from veza.domains.marketplace.orders.models.gifts import GiftStatus, StoredGift
from veza.domains.marketplace.orders.rules.gifts import status_of
from veza.domains.platform.mail.models import (
    Block,
    Button,
    Fact,
    FactList,
    Heading,
    Letter,
    MailReason,
    Paragraph,
    Quote,
    SmallPrint,
)
from veza.domains.platform.mail.rules.templates import say
from veza.domains.platform.mail.rules.words import explain

# The purposes of two derived keys: of codes, and of links that block mails.
KEY_PURPOSE = "gifts"
BLOCKING = "gift_block"
NONCE_BYTES = 16
# A gift is mailed again after this time.
RESEND_AFTER = timedelta(days=1)
MAX_MAILS = 10

_PACKAGE = "veza.domains.marketplace.gifts"
_HASH_BYTES = 32


class GiftLinks(Struct, frozen=True):
    """The links in the mail of a gift."""

    gift: str
    block: str
    redeem_page: str


def derive_code(key: bytes, gift: StoredGift, nonce: bytes) -> str:
    """Return the code of a gift: that of its nonce. Neither the database nor the key has it."""
    return write_code(hmac.digest(key, b"code " + gift.item_id.bytes + nonce, hashlib.sha256))


def ensure_redeemable(gift: StoredGift) -> None:
    """Raise GiftNotGiven, GiftRedeemed or GiftHeld."""
    match status_of(gift):
        case GiftStatus.UNPAID | GiftStatus.RETURNED:
            raise GiftNotGiven
        case GiftStatus.REDEEMED:
            raise GiftRedeemed
        case GiftStatus.HELD:
            raise GiftHeld
        case _:
            return


def is_due(gift: StoredGift, current: datetime) -> bool:
    """Return whether the mail of a gift is to be sent now."""
    return (
        status_of(gift) is GiftStatus.WAITING
        and gift.recipient is not None
        and gift.send_at <= current
    )


def ensure_may_resend(gift: StoredGift, current: datetime) -> None:
    """Raise an error of `ensure_redeemable`, GiftNotMailed or GiftMailedLately."""
    ensure_redeemable(gift)
    if gift.recipient is None or gift.send_at > current:
        raise GiftNotMailed
    _ensure_not_lately(gift, current)


def ensure_may_correct(gift: StoredGift, current: datetime) -> None:
    """Raise an error of `ensure_redeemable`, or GiftMailedLately.

    An address that got no mail yet may be corrected at once.
    """
    ensure_redeemable(gift)
    if gift.sent_at is None and gift.attempts < MAX_MAILS:
        return
    _ensure_not_lately(gift, current)


def show_gift(gift: StoredGift, current: datetime) -> Gift:
    """Return a gift as its buyer sees it."""
    return Gift(
        item_id=gift.item_id,
        product_id=gift.product_id,
        title=gift.title,
        status=status_of(gift),
        recipient_email=gift.recipient,
        recipient_name=gift.recipient_name,
        sender_name=gift.sender_name,
        message=gift.message,
        send_at=gift.send_at,
        sent_at=gift.sent_at,
        failure=gift.failure,
        can_resend=gift.due_at is None and _may(ensure_may_resend, gift, current),
        can_correct=_may(ensure_may_correct, gift, current),
    )


def show_card(gift: StoredGift) -> GiftCard:
    """Return a gift as who has its code sees it."""
    state = CardState.READY
    match status_of(gift):
        case GiftStatus.UNPAID | GiftStatus.RETURNED:
            state = CardState.RETURNED
        case GiftStatus.REDEEMED:
            state = CardState.REDEEMED
        case GiftStatus.HELD:
            state = CardState.HELD
        case _:
            pass
    return GiftCard(
        product_id=gift.product_id,
        title=gift.title,
        seller=gift.seller,
        state=state,
        available_at=gift.available_at,
        recipient_name=gift.recipient_name,
        sender_name=gift.sender_name,
        message=gift.message or None,
    )


def write_gift(gift: StoredGift, code: str, links: GiftLinks, host: str) -> Letter:
    """Return the mail of a gift. Nothing that its buyer wrote is in the subject, or a link."""
    language = gift.language
    title = gift.title if gift.seller is None else f"{gift.title} · {gift.seller}"
    blocks: list[Block] = [
        Heading(_greet(gift)),
        Paragraph(_introduce(gift, host)),
        *([Quote(gift.message)] if gift.message else []),
        FactList([Fact(say(_PACKAGE, language, "what"), title, is_strong=True)]),
        Button(say(_PACKAGE, language, "open"), links.gift),
        Paragraph(say(_PACKAGE, language, "code", code=code, page=links.redeem_page)),
        SmallPrint(say(_PACKAGE, language, "stranger", host=host)),
    ]
    return Letter(
        language=language,
        subject=say(_PACKAGE, language, "subject", host=host),
        blocks=blocks,
        reason=explain(language, MailReason.ADDRESS_GIVEN, host),
        unsubscribe_page=links.block,
    )


def write_hash(address_hash: bytes) -> str:
    """Return the signed text of a link that blocks mails to an address."""
    return base64.urlsafe_b64encode(address_hash).rstrip(b"=").decode()


def read_hash(text: str) -> bytes | None:
    """Parse what `write_hash` returns. Return None for any other text."""
    try:
        found = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return None
    return found if len(found) == _HASH_BYTES else None


def _greet(gift: StoredGift) -> str:
    if gift.recipient_name is None:
        return say(_PACKAGE, gift.language, "hello")
    return say(_PACKAGE, gift.language, "hello_name", name=gift.recipient_name)


def _introduce(gift: StoredGift, host: str) -> str:
    if gift.sender_name is None:
        return say(_PACKAGE, gift.language, "from_somebody", host=host)
    return say(_PACKAGE, gift.language, "from", sender=gift.sender_name, host=host)


def _ensure_not_lately(gift: StoredGift, current: datetime) -> None:
    is_lately = gift.tried_at is not None and gift.tried_at > current - RESEND_AFTER
    if is_lately or gift.attempts >= MAX_MAILS:
        raise GiftMailedLately


_Refusals = (GiftHeld, GiftMailedLately, GiftNotGiven, GiftNotMailed, GiftRedeemed)


def _may(ensure: Callable[[StoredGift, datetime], None], gift: StoredGift, at: datetime) -> bool:
    try:
        ensure(gift, at)
    except _Refusals:
        return False
    return True
