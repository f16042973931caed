"""The nouns of the domain, as they are stored and as they are shown."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from veza.core.ids import OrderId, OrderItemId, RefundId, SubjectId, UserId

Reason = Annotated[str, Meta(min_length=1, max_length=200, examples=["Not as described"])]
Details = Annotated[str, Meta(max_length=2000)]


class RefundStatus(StrEnum):
    """How a refund stands. Once it is `made` it stays so; what `failed` may turn out to be made.

    `unresolved`: the provider has not told for days how it ended. It may still end either way, so
    what it gives back cannot be refunded again meanwhile.
    """

    PENDING = "pending"
    UNRESOLVED = "unresolved"
    MADE = "made"
    FAILED = "failed"


class RefundForm(Struct, frozen=True):
    """Why money is to go back; without `item_ids`, for all that the caller may have refunded."""

    reason: Reason
    details: Details | None = None
    item_ids: Annotated[list[OrderItemId], Meta(min_length=1, max_length=100)] | None = None


class RefundSettings(Struct, frozen=True):
    """For how long after the payment members may refund an order."""

    window: timedelta


class RefundWished(Struct, frozen=True):
    """What a member asks for, and for how long members may."""

    form: RefundForm
    window: timedelta


class Order(Struct, frozen=True):
    """What decides who may have an order refunded."""

    id: OrderId
    buyer_id: UserId | None
    currency: str
    paid_at: datetime | None
    is_disputed: bool


class Item(Struct, frozen=True):
    """A line of an order; with a refund, the money is back or on its way."""

    id: OrderItemId
    seller_id: UserId | None
    seller_subject: SubjectId
    price_cents: int
    refund_id: RefundId | None


class Scope(Struct, frozen=True):
    """How far somebody may go: all of an order, or a seller's own lines; for how long, or ever."""

    seller_subject: SubjectId | None = None
    window: timedelta | None = None


class NewRefund(Struct, frozen=True):
    """What is written for a new refund. What goes back by itself, nobody requested."""

    id: RefundId
    order_id: OrderId
    requested_by: UserId | None
    seller_subject: SubjectId | None
    amount_cents: int
    currency: str
    reason: str
    details: str | None


class StoredRefund(Struct, frozen=True):
    """A refund as it is stored, and who took the money for its order.

    Once it `is_asked`, that company may give the money back, whatever is heard of it.
    """

    id: RefundId
    order_id: OrderId
    amount_cents: int
    currency: str
    status: RefundStatus
    provider: str
    is_asked: bool
    item_ids: list[OrderItemId]


class Refund(Struct, frozen=True):
    """A refund as it is shown: `failure` says why the money couldn't go back, or hasn't yet."""

    id: RefundId
    status: RefundStatus
    amount_cents: int
    currency: str
    reason: str
    details: str | None
    failure: str | None
    item_ids: list[OrderItemId]
    created_at: datetime
    settled_at: datetime | None


class RefundList(Struct, frozen=True):
    """The refunds of an order, the latest first."""

    refunds: list[Refund]


class InitiatedRefund(Struct, frozen=True):
    """What is on its way to the buyer: soon the order says `refunded`, or `partially_refunded`."""

    message: str
    id: RefundId
    order_id: OrderId
    status: RefundStatus
    amount_cents: int
    currency: str
    item_ids: list[OrderItemId]


class RefundsQuery(Struct, frozen=True):
    """Which refunds an admin wants to see."""

    limit: int
    offset: int = 0
    status: RefundStatus | None = None


class RefundEntry(Struct, frozen=True):
    """A refund as an admin sees it; `asked_at` says since when the provider may be at it.

    With a `resolution`, an admin said how it ended.
    """

    id: RefundId
    order_id: OrderId
    provider: str
    status: RefundStatus
    amount_cents: int
    currency: str
    reason: str
    failure: str | None
    created_at: datetime
    asked_at: datetime | None
    settled_at: datetime | None
    resolved_by: UserId | None
    resolution: str | None


class RefundEntryPage(Struct, frozen=True):
    """A page of refunds, of `total`, the latest first."""

    refunds: list[RefundEntry]
    total: int


class ResolvedAs(StrEnum):
    """How a refund ended of which its provider never told."""

    MADE = "made"
    FAILED = "failed"


class RefundResolution(Struct, frozen=True):
    """How a refund ended, and how that is known."""

    outcome: ResolvedAs
    reason: Annotated[
        str, Meta(min_length=1, max_length=1000, examples=["The provider's report of May has it."])
    ]


class RefundParties(Struct, frozen=True):
    """Whom a refund concerns: the buyer, who requested it, and whose lines it gives back.

    `came_late`: the payment bought nothing, so no sale is refunded.
    """

    buyer_id: UserId | None
    requested_by: UserId | None
    came_late: bool
    seller_ids: list[UserId]


class PersonalRefund(Struct, frozen=True):
    """A refund that a member requested, as it is handed out with their data."""

    id: RefundId
    order_id: OrderId
    amount_cents: int
    currency: str
    reason: str
    details: str | None
    status: RefundStatus
    created_at: datetime


class Outcome(Struct, frozen=True):
    """How a refund ended: without a failure, the money is back."""

    failure: str | None = None


class SettleRefund(Struct, frozen=True):
    """Have the company give the money back, or tell how that stands."""

    refund_id: RefundId
