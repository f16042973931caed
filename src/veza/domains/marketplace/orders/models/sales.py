"""Orders as sellers and admins see them."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from veza.core.ids import (
    DisputeId,
    FlagClearanceId,
    ImageId,
    OrderId,
    OrderItemId,
    ProductId,
    TrackId,
    UserId,
    VariantId,
)
from veza.core.money_mode import MoneyMode
from veza.core.pages import RowRange
from veza.core.people import Appearance
from veza.domains.auth.accounts.models import NamedMember
from veza.domains.marketplace.orders.models.state import (
    DisputeStatus,
    LineKind,
    OrderFacts,
    OrderStatus,
)
from veza.domains.marketplace.prices.models import Reduction


class PaidOrder(Struct, frozen=True):
    """The row of a paid order, with its buyer's name."""

    id: OrderId
    buyer_id: UserId | None
    username: str | None
    appearance: Appearance
    status: OrderStatus
    currency: str
    mode: MoneyMode
    is_guest: bool
    created_at: datetime
    paid_at: datetime


class SoldItem(Struct, frozen=True):
    """An item that the seller sold: `fee_cents` is the platform's, `net_cents` the rest.

    The price is `list_cents` less the `reductions`. `share_cents` of the net is the seller's own:
    all of it, unless it is split. Tips and memberships have no product. What has a `variant_id` is
    a licence with a contract.
    """

    id: OrderItemId
    order_id: OrderId
    kind: LineKind
    product_id: ProductId | None
    variant_id: VariantId | None
    title: str
    list_cents: int
    price_cents: int
    reductions: list[Reduction]
    fee_cents: int
    net_cents: int
    share_cents: int
    is_refunded: bool


class StoredSaleItem(SoldItem, frozen=True):
    """An item that was sold, as stored, with the picture of the track or release."""

    cover_track_id: TrackId | None
    cover_image_id: ImageId | None


class SaleItem(SoldItem, frozen=True):
    """An item that the seller sold, with the picture of its track or release."""

    cover_url: str | None


class Sale(Struct, frozen=True):
    """A paid order, with only the seller's own items and their sums.

    A guest, who has no account, is no `buyer`, and nor is who was erased.
    """

    id: OrderId
    status: OrderStatus
    buyer: NamedMember | None
    is_guest: bool
    items: list[SaleItem]
    total_cents: int
    fee_cents: int
    net_cents: int
    share_cents: int
    currency: str
    mode: MoneyMode
    created_at: datetime
    paid_at: datetime


class SalePage(Struct, frozen=True):
    """A page of sales, newest first."""

    orders: list[Sale]
    next_cursor: str | None
    has_more: bool


class OrdersQuery(RowRange, frozen=True):
    """Filters and page of an admin's list of orders."""

    status: OrderStatus | None = None
    is_flagged: bool | None = None


class AdminOrder(OrderFacts, frozen=True):
    """An order as admins see it. A flagged order needs attention.

    An order is flagged if the payment had another amount, if the buyer opened a dispute, or if a
    late payment (`came_late`) could not be refunded. `guest_email` is the address that ordered it
    without an account.
    """

    buyer_id: UserId | None
    guest_email: str | None
    mode: MoneyMode
    provider: str
    payment_id: str | None
    failure_reason: str | None
    is_flagged: bool
    came_late: bool
    paid_at: datetime | None


class AdminDispute(Struct, frozen=True):
    """A dispute; `dispute_ref` is the provider's id."""

    id: DisputeId
    order_id: OrderId
    dispute_ref: str
    status: DisputeStatus
    amount_cents: int | None
    created_at: datetime


class FlagClearance(Struct, frozen=True):
    """A cleared flag: which admin cleared it, and why."""

    id: FlagClearanceId
    order_id: OrderId
    cleared_by: UserId | None
    reason: str
    created_at: datetime


class ClearFlagForm(Struct, frozen=True):
    """Why a flagged order needs no more attention."""

    reason: Annotated[
        str, Meta(min_length=1, max_length=1000, examples=["The buyer was paid back by hand."])
    ]


class AdminOrderPage(Struct, frozen=True):
    """A page of `total` orders, newest first.

    With their disputes, and the last 100 times that their flags were cleared.
    """

    orders: list[AdminOrder]
    disputes: list[AdminDispute]
    clearances: list[FlagClearance]
    total: int


class CurrencyStats(Struct, frozen=True):
    """Amounts paid, refunded and kept as fees in a currency, in cents."""

    currency: str
    revenue_cents: int
    refunded_cents: int
    fees_cents: int
