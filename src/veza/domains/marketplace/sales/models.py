"""What is shown of sales."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from veza.core.ids import DisputeId, FlagClearanceId, OrderId, OrderItemId, ProductId, UserId
from veza.core.money_mode import MoneyMode
from veza.domains.marketplace.orders.models import DisputeStatus, OrderStatus
from veza.domains.music.tracks.models import Artist


class PaidOrder(Struct, frozen=True):
    """A paid order as it is stored, with the name of its buyer."""

    id: OrderId
    buyer_id: UserId | None
    username: str | None
    status: OrderStatus
    currency: str
    mode: MoneyMode
    created_at: datetime
    paid_at: datetime


class SaleItem(Struct, frozen=True):
    """A line as its seller sees it: `net_cents` are theirs, the fee is the platform's."""

    id: OrderItemId
    order_id: OrderId
    product_id: ProductId
    title: str
    price_cents: int
    fee_cents: int
    net_cents: int
    is_refunded: bool


class Sale(Struct, frozen=True):
    """An order as a seller sees it: the own lines alone, and what they sum up to."""

    id: OrderId
    status: OrderStatus
    buyer: Artist | None
    items: list[SaleItem]
    total_cents: int
    fee_cents: int
    net_cents: int
    currency: str
    mode: MoneyMode
    created_at: datetime
    paid_at: datetime


class SalePage(Struct, frozen=True):
    """One page of orders with something of the seller's, newest first."""

    orders: list[Sale]
    next_cursor: str | None
    has_more: bool


class OrdersQuery(Struct, frozen=True):
    """Which orders an admin wants to see."""

    limit: int
    offset: int = 0
    status: OrderStatus | None = None
    is_flagged: bool | None = None


class AdminOrder(Struct, frozen=True):
    """An order as an admin sees it. A flagged one wants to be looked at.

    Another amount came than the order's, its buyer has a dispute with the bank, or money that
    bought nothing (`came_late`) could not go back.
    """

    id: OrderId
    buyer_id: UserId | None
    status: OrderStatus
    total_cents: int
    currency: str
    mode: MoneyMode
    provider: str
    payment_id: str | None
    failure_reason: str | None
    is_flagged: bool
    came_late: bool
    created_at: datetime
    paid_at: datetime | None


class AdminDispute(Struct, frozen=True):
    """A dispute as an admin sees it, with the company's own name for it."""

    id: DisputeId
    order_id: OrderId
    dispute_ref: str
    status: DisputeStatus
    amount_cents: int | None
    created_at: datetime


class AdminFlagClearance(Struct, frozen=True):
    """That an admin cleared the flag of an order, and why."""

    id: FlagClearanceId
    order_id: OrderId
    cleared_by: UserId | None
    reason: str
    created_at: datetime


class ClearFlagForm(Struct, frozen=True):
    """Why nothing is left to do about a flagged order."""

    reason: Annotated[
        str, Meta(min_length=1, max_length=1000, examples=["The buyer was paid back by hand."])
    ]


class AdminOrderPage(Struct, frozen=True):
    """A page of orders, of `total`, the latest first.

    With the disputes about them, and the last 100 times that their flags were cleared.
    """

    orders: list[AdminOrder]
    disputes: list[AdminDispute]
    clearances: list[AdminFlagClearance]
    total: int


class CurrencyStats(Struct, frozen=True):
    """What was paid in a currency, what of it went back, and what the platform kept, in cents."""

    currency: str
    revenue_cents: int
    refunded_cents: int
    fees_cents: int


class OrderStats(Struct, frozen=True):
    """How many orders there are, how many of them were paid in time, and want to be looked at."""

    total: int
    paid: int
    flagged: int
