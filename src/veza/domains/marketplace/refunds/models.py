"""States of refunds, and the facts of an order that decide who may request one."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from veza.core.ids import (
    OrderId,
    OrderItemId,
    ProductId,
    RefundId,
    SubjectId,
    TakedownId,
    UserId,
)
from veza.core.pages import RowRange

Reason = Annotated[str, Meta(min_length=1, max_length=200, examples=["Not as described"])]
Details = Annotated[str, Meta(max_length=2000)]


class RefundStatus(StrEnum):
    """Status of a refund. `made` is final; a `failed` refund may still turn out to be made.

    `unresolved`: the provider has not reported a result for days. The refund may still be made, so
    its items cannot be refunded again meanwhile.
    """

    PENDING = "pending"
    UNRESOLVED = "unresolved"
    MADE = "made"
    FAILED = "failed"


class RefundForm(Struct, frozen=True):
    """A request for a refund: of these items, or else of all that the caller may refund."""

    reason: Reason
    details: Details | None = None
    item_ids: Annotated[list[OrderItemId], Meta(min_length=1, max_length=100)] | None = None


class RefundSettings(Struct, frozen=True):
    """For how long after the payment members may refund an order."""

    window: timedelta


class RefundClaim(Struct, frozen=True):
    """A request for a refund, and how long after payment members may make it."""

    form: RefundForm
    window: timedelta


class RefundableOrder(Struct, frozen=True):
    """The facts of an order that decide who may request a refund."""

    id: OrderId
    buyer_id: UserId | None
    currency: str
    paid_at: datetime | None
    is_disputed: bool


class RefundableItem(Struct, frozen=True):
    """An item of an order. With a `refund_id` it is refunded, or its refund is in progress.

    `is_undelivered` and `delivered_at` are those of pre-orders and services.
    """

    id: OrderItemId
    seller_id: UserId | None
    seller_subject: SubjectId
    price_cents: int
    refund_id: RefundId | None
    is_undelivered: bool = False
    delivered_at: datetime | None = None
    is_service: bool = False


class PreorderedItem(Struct, frozen=True):
    """An item that was pre-ordered, paid, and neither delivered nor refunded."""

    id: OrderItemId
    order_id: OrderId


class RevokedItem(Struct, frozen=True):
    """A track, a release or a product that staff has taken from its buyers."""

    content_type: str
    content_id: UUID


class RefundBuyers(Struct, frozen=True):
    """Job: refund what was bought of an item that staff has taken from its buyers."""

    takedown_id: TakedownId
    admin_id: UserId


class BuyersRefund(Struct, frozen=True):
    """The number of sold items that are being refunded, one after the other."""

    items: int


class CancelPreorders(Struct, frozen=True):
    """Job: refund the pre-orders of a product that its seller has cancelled."""

    product_id: ProductId
    seller_id: UserId


class RefundScope(Struct, frozen=True):
    """The items that a member may refund (all, or a seller's own), and for how long (or always)."""

    seller_subject: SubjectId | None = None
    window: timedelta | None = None
    is_buyer: bool = False


class NewRefund(Struct, frozen=True):
    """A refund to insert. Refunds of late payments are automatic: nobody requested them."""

    id: RefundId
    order_id: OrderId
    requested_by: UserId | None
    seller_subject: SubjectId | None
    amount_cents: int
    currency: str
    reason: str
    details: str | None


class RefundFacts(Struct, frozen=True):
    """The fields that a refund has wherever it is stored or shown with its order."""

    id: RefundId
    order_id: OrderId
    status: RefundStatus
    amount_cents: int
    currency: str


class StoredRefund(RefundFacts, frozen=True):
    """The row of a refund, with the provider of its order's payment.

    Once `is_asked`, the provider may make the refund, whether or not it reports a result.
    """

    provider: str
    is_asked: bool
    item_ids: list[OrderItemId]


class Refund(Struct, frozen=True):
    """A refund. `failure` explains why it failed, or is not made yet."""

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
    """The refunds of an order, newest first."""

    refunds: list[Refund]


class InitiatedRefund(RefundFacts, frozen=True):
    """A started refund. Once made, the order is `refunded` or `partially_refunded`."""

    message: str
    item_ids: list[OrderItemId]


class RefundsQuery(RowRange, frozen=True):
    """Filter and page of an admin's list of refunds."""

    status: RefundStatus | None = None


class AdminRefund(RefundFacts, frozen=True):
    """A refund as admins see it. `asked_at` is when it was first sent to the provider.

    With a `resolution`, an admin recorded its result.
    """

    provider: str
    reason: str
    failure: str | None
    created_at: datetime
    asked_at: datetime | None
    settled_at: datetime | None
    resolved_by: UserId | None
    resolution: str | None


class AdminRefundPage(Struct, frozen=True):
    """A page of `total` refunds, newest first."""

    refunds: list[AdminRefund]
    total: int


class RefundOutcome(StrEnum):
    """The result of a refund that an admin records."""

    MADE = "made"
    FAILED = "failed"


class RefundResolution(Struct, frozen=True):
    """The result of a refund, and the evidence for it."""

    outcome: RefundOutcome
    reason: Annotated[
        str, Meta(min_length=1, max_length=1000, examples=["The provider's report of May has it."])
    ]


class RefundParties(Struct, frozen=True):
    """The buyer of a refund, the member who requested it, and the sellers of its items.

    `came_late`: the payment arrived late and bought nothing, so no sale is refunded.
    """

    buyer_id: UserId | None
    requested_by: UserId | None
    came_late: bool
    seller_ids: list[UserId]


class PersonalRefund(RefundFacts, frozen=True):
    """A refund, in the export of the data of the member who requested it."""

    reason: str
    details: str | None
    created_at: datetime


class RefundResult(Struct, frozen=True):
    """The result that a provider or an admin reported; without a failure, the refund was made."""

    failure: str | None = None


class SettleRefund(Struct, frozen=True):
    """Job: have the provider make a refund, or report its result."""

    refund_id: RefundId
