"""Gifts as buyers and recipients see them, and the jobs that mail them."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from veza.core.ids import OrderItemId, ProductId
from veza.domains.marketplace.orders.models.gifts import GiftStatus, MailFailure


class Gift(Struct, frozen=True):
    """A gift of an order, as who bought it sees it; never who redeemed it.

    What was written is null once it is forgotten. `can_resend` and `can_correct` say what is
    possible now.
    """

    item_id: OrderItemId
    product_id: ProductId
    title: str
    status: GiftStatus
    recipient_email: str | None
    recipient_name: str | None
    sender_name: str | None
    message: str | None
    send_at: datetime
    sent_at: datetime | None
    failure: MailFailure | None
    can_resend: bool
    can_correct: bool


class GiftList(Struct, frozen=True):
    """The gifts of an order."""

    gifts: list[Gift]


class GiftCode(Struct, frozen=True):
    """The code of a gift, and the page that redeems it, to give by hand."""

    code: Annotated[str, Meta(examples=["7KQ2M-0XH5T-9RBVW-C4D3Z"])]
    url: Annotated[str, Meta(examples=["https://veza.example/gift#code=7KQ2M-0XH5T-9RBVW-C4D3Z"])]


class CardState(StrEnum):
    """The state of a gift for the holder of its code: only `ready` can be redeemed."""

    READY = "ready"
    REDEEMED = "redeemed"
    RETURNED = "returned"
    HELD = "held"


class GiftCard(Struct, frozen=True):
    """A gift as who has its code sees it. The words are those of the buyer."""

    product_id: ProductId
    title: str
    seller: str | None
    state: CardState
    available_at: datetime | None
    recipient_name: str | None
    sender_name: str | None
    message: str | None


class SendGift(Struct, frozen=True):
    """Job: mail the code of a gift."""

    item_id: OrderItemId


class BlockedGifts(Struct, frozen=True):
    """The answer to an address that wants no gifts by mail."""

    is_blocked: bool = True
