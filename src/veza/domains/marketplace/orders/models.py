"""The nouns of the domain, as they are stored and as they are shown."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from veza.core.ids import (
    DisputeId,
    FlagClearanceId,
    OrderId,
    OrderItemId,
    ProductId,
    RefundId,
    SubjectId,
    TrackId,
    UserId,
)
from veza.domains.marketplace.ledger.models import Posting

BillingName = Annotated[str, Meta(min_length=1, max_length=200, examples=["Ann Example"])]
BillingAddress = Annotated[
    str, Meta(min_length=1, max_length=500, examples=["1 Quay Street, 1000 Lausanne"])
]
Country = Annotated[
    str, Meta(pattern="^[A-Z]{2}$", description="ISO 3166-1, two letters.", examples=["CH"])
]


class OrderStatus(StrEnum):
    """How an order stands. Once the money came it is derived from what became of the lines."""

    PENDING = "pending"
    PAID = "paid"
    FAILED = "failed"
    CANCELLED = "cancelled"
    REFUND_PENDING = "refund_pending"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"


class DisputeStatus(StrEnum):
    """How a dispute between a buyer and the bank stands."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


class BillingDetails(Struct, frozen=True):
    """To whom the invoices are made out."""

    name: BillingName | None = None
    address: BillingAddress | None = None
    country: Country | None = None


# What can happen to an order. Each may be told twice, late, or before what it follows from.


class PaymentMade(Struct, frozen=True):
    """The buyer's money came."""

    amount_cents: int
    currency: str


class PaymentFailed(Struct, frozen=True):
    """The bank said no."""

    reason: str | None = None


class PaymentExpired(Struct, frozen=True):
    """Nobody paid in time, and the payment can't be made any more, as far as we know."""


class PaymentUnresolved(Struct, frozen=True):
    """The provider could not be asked, or could not cancel the payment: it may still be made."""


class RefundBegun(Struct, frozen=True):
    """Somebody wants the buyer to have the money of some lines back."""

    refund_id: RefundId
    item_ids: list[OrderItemId]


class RefundMade(Struct, frozen=True):
    """The buyer has the money back."""

    refund_id: RefundId


class RefundFailed(Struct, frozen=True):
    """The buyer won't get the money back this way."""

    refund_id: RefundId
    reason: str | None = None


class RefundUnresolved(Struct, frozen=True):
    """The provider has not told for long whether the buyer has the money back."""

    refund_id: RefundId


class DisputeOpened(Struct, frozen=True):
    """The buyer's bank took the money back, until it is decided. The id is the company's."""

    dispute_ref: str
    amount_cents: int


class DisputeWon(Struct, frozen=True):
    """The bank gave the money again."""

    dispute_ref: str


class DisputeLost(Struct, frozen=True):
    """The money stays with the buyer."""

    dispute_ref: str


type OrderEvent = (
    PaymentMade
    | PaymentFailed
    | PaymentExpired
    | PaymentUnresolved
    | RefundBegun
    | RefundMade
    | RefundFailed
    | RefundUnresolved
    | DisputeOpened
    | DisputeWon
    | DisputeLost
)


class OrderLine(Struct, frozen=True):
    """A product in an order, as it was sold: what it cost, and whose the money is.

    `refund_id` without `is_refunded`: the refund is on its way.
    """

    id: OrderItemId
    product_id: ProductId
    seller_id: UserId | None
    seller_subject: SubjectId
    price_cents: int
    fee_cents: int
    net_cents: int
    refund_id: RefundId | None = None
    is_refunded: bool = False


class DisputeShare(Struct, frozen=True):
    """What a line bears of a dispute, and of that its seller."""

    item_id: OrderItemId
    amount_cents: int
    net_cents: int


class Dispute(Struct, frozen=True):
    """A dispute. Without an amount we know how it ended, and haven't heard that it began."""

    id: DisputeId
    dispute_ref: str
    status: DisputeStatus
    amount_cents: int | None = None
    shares: list[DisputeShare] = []

    @property
    def is_awaited(self) -> bool:
        """Tell whether it took money of which we are yet to hear."""
        return self.amount_cents is None and self.status is DisputeStatus.LOST


class OrderState(Struct, frozen=True):
    """All of an order that decides what happens next.

    `is_paid` says that the money came; `came_late`, that it bought nothing and has to go back;
    `is_overdue`, that no payment of it counts any more, whatever its status says.
    """

    id: OrderId
    buyer_id: UserId | None
    status: OrderStatus
    total_cents: int
    currency: str
    provider: str
    lines: list[OrderLine] = []
    disputes: list[Dispute] = []
    is_paid: bool = False
    came_late: bool = False
    is_flagged: bool = False
    reason: str | None = None
    is_overdue: bool = False


class Transition(Struct, frozen=True):
    """What a fact makes of an order: its state after it, and all that follows.

    `is_refused`: another sum came than the order's, and bought nothing.
    """

    order: OrderState
    granted: list[OrderLine] = []
    taken: list[OrderLine] = []
    posting: Posting | None = None
    events: list[Struct] = []
    is_refused: bool = False


class Settlement(Struct, frozen=True):
    """How an order stands after a fact, and whether that changed anything.

    `is_refused`: another sum came than the order's, and bought nothing. `is_misdirected`: a
    provider told it that doesn't have the order's payment, so nothing moved.
    """

    order_id: OrderId
    status: OrderStatus
    is_moved: bool
    is_refused: bool = False
    is_misdirected: bool = False


class AmountDue(Struct, frozen=True):
    """What is due to a seller of an order at present, after refunds and disputes, and its fee."""

    seller_id: UserId | None
    seller_subject: SubjectId
    currency: str
    due_cents: int
    fee_cents: int


class Purchase(Struct, frozen=True):
    """That somebody bought a product; with which line of which order."""

    order_id: OrderId
    item_id: OrderItemId
    is_refunded: bool


class PollPayment(Struct, frozen=True):
    """Have the company asked how the payment of an order stands; or cancel it, where it expired."""

    order_id: OrderId
    provider: str
    is_expired: bool


class FlagClearance(Struct, frozen=True):
    """That an admin cleared the flag of an order, and why."""

    id: FlagClearanceId
    order_id: OrderId
    cleared_by: UserId | None
    reason: str


class PersonalOrder(Struct, frozen=True):
    """An order as it is handed out with its buyer's data."""

    id: OrderId
    status: OrderStatus
    total_cents: int
    currency: str
    billing: BillingDetails | None
    created_at: datetime
    paid_at: datetime | None
    titles: list[str]


class PersonalSale(Struct, frozen=True):
    """A line as it is handed out with its seller's data: not who bought it."""

    id: OrderItemId
    order_id: OrderId
    title: str
    price_cents: int
    fee_cents: int
    net_cents: int
    currency: str
    paid_at: datetime
    refunded_at: datetime | None


class PersonalTrade(Struct, frozen=True):
    """What a member bought and sold."""

    orders: list[PersonalOrder]
    sales: list[PersonalSale]


class NewOrderLine(OrderLine, frozen=True, kw_only=True):
    """What is written for a line of a new order; with the track whose original it gives."""

    title: str
    licence: str
    track_id: TrackId | None = None


class NewOrder(Struct, frozen=True):
    """What is written for a new order."""

    id: OrderId
    buyer_id: UserId
    buyer_subject: SubjectId
    total_cents: int
    currency: str
    provider: str
    billing: BillingDetails | None
    lines: list[NewOrderLine]
