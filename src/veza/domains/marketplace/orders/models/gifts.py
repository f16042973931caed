"""Gifts: what their buyer wants, what is stored, and the state that the buyer sees."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from veza.core.clock import Moment
from veza.core.ids import OrderId, OrderItemId, ProductId, UserId
from veza.core.languages import Language
from veza.domains.auth.accounts.models import Email
from veza.domains.marketplace.variants.models import SoldVariant

MAX_GIFTS = 20
MAX_AHEAD = timedelta(days=366)

RecipientEmail = Annotated[Email, Meta(examples=["maren@example.com"])]
RecipientName = Annotated[str, Meta(min_length=1, max_length=60, examples=["Maren"])]
SenderName = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=60,
        description="Whom the gift is from, in your words.",
        examples=["Your brother Jon"],
    ),
]
GiftMessage = Annotated[
    str,
    Meta(
        max_length=500,
        description="Plain text without web addresses.",
        examples=["Happy birthday!"],
    ),
]
SendAt = Annotated[
    Moment,
    Meta(description="When the mail is sent, within a year; null for at once.", examples=[None]),
]


class GiftForm(Struct, frozen=True):
    """Somebody else for whom a product is bought: a code is mailed to them at a date.

    The mail is in `language`, or else in that of the order.
    """

    recipient_email: RecipientEmail
    sender_name: SenderName
    recipient_name: RecipientName | None = None
    message: GiftMessage = ""
    send_at: SendAt | None = None
    language: Annotated[Language | None, Meta(examples=[None])] = None


class RecipientForm(Struct, frozen=True):
    """Another recipient of a gift."""

    recipient_email: RecipientEmail
    recipient_name: RecipientName | None = None


class GiftWords(Struct, frozen=True):
    """A gift as its buyer described it, cleaned; `send_at` is None for at once."""

    recipient: str
    recipient_name: str | None
    sender_name: str
    message: str
    language: Language
    send_at: datetime | None


class NewGift(GiftWords, frozen=True, kw_only=True):
    """A gift to insert, with the line that pays for it."""

    item_id: OrderItemId


class GiftStatus(StrEnum):
    """The state of a gift.

    `unpaid`: its order is. `waiting`: its mail is still to be sent. `sent`: its mail was sent.
    `undeliverable`: the address takes no mail, so give the code by hand. `redeemed`: the recipient
    has it. `held`: its payment is being refunded or disputed. `returned`: its payment was.
    """

    UNPAID = "unpaid"
    WAITING = "waiting"
    SENT = "sent"
    UNDELIVERABLE = "undeliverable"
    REDEEMED = "redeemed"
    HELD = "held"
    RETURNED = "returned"


class MailFailure(StrEnum):
    """The reason why a gift was not mailed. `suppressed`: the address refuses or wants no mails."""

    SUPPRESSED = "suppressed"
    REFUSED = "refused"


class GiftPlace(Struct, frozen=True):
    """A gift, and the order that paid for it."""

    item_id: OrderItemId
    order_id: OrderId


class GiftRef(GiftPlace, frozen=True):
    """A gift with what it gives, or what was received by one."""

    product_id: ProductId
    variant: SoldVariant | None


class ReceivedGift(Struct, frozen=True):
    """The order by which a gift was redeemed, and of whom it is: an account, or an address."""

    order_id: OrderId
    buyer_id: UserId | None
    email_key: str | None


class StoredGift(GiftRef, frozen=True):
    """The row of a gift with its line and its order. Words of the buyer are None once forgotten."""

    buyer_id: UserId | None
    title: str
    seller: str | None
    available_at: datetime | None
    recipient: str | None
    recipient_name: str | None
    sender_name: str | None
    message: str | None
    language: Language
    send_at: datetime
    due_at: datetime | None
    attempts: int
    tried_at: datetime | None
    sent_at: datetime | None
    failure: MailFailure | None
    code_nonce: bytes | None
    code_hash: bytes | None
    redeemed_item_id: OrderItemId | None
    redeemed_at: datetime | None
    is_paid: bool
    is_given: bool
    is_held: bool


class PersonalGift(Struct, frozen=True):
    """A gift in the export of the member who bought it."""

    item_id: OrderItemId
    order_id: OrderId
    title: str
    recipient: str | None
    recipient_name: str | None
    sender_name: str | None
    message: str | None
    send_at: datetime
    sent_at: datetime | None
    is_redeemed: bool
