"""The state of an order, the events that change it, and the result of a transition."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from veza.core.ids import (
    DisputeId,
    OrderId,
    OrderItemId,
    ProductId,
    RefundId,
    SubjectId,
    UserId,
    VariantId,
)
from veza.domains.marketplace.ledger.models import Posting


class OrderStatus(StrEnum):
    """Status of an order. After payment it is derived from the state of the lines."""

    PENDING = "pending"
    PAID = "paid"
    FAILED = "failed"
    CANCELLED = "cancelled"
    REFUND_PENDING = "refund_pending"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"


class LineKind(StrEnum):
    """The kind of a line: of a product, or support of a profile, which has no product."""

    PRODUCT = "product"
    TIP = "tip"
    MEMBERSHIP = "membership"


class DisputeStatus(StrEnum):
    """Status of a dispute (chargeback) raised with the buyer's bank."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


# Any of these may arrive twice, late, or before the event that it follows from.


class PaymentMade(Struct, frozen=True):
    """The payment succeeded. `country` is that of its card, if the provider tells it."""

    amount_cents: int
    currency: str
    country: str | None = None


class PaymentFailed(Struct, frozen=True):
    """The payment attempt failed."""

    reason: str | None = None


class PaymentExpired(Struct, frozen=True):
    """The payment was not made in time and, according to the provider, no longer can be."""


class PaymentUnresolved(Struct, frozen=True):
    """The provider did not answer, or could not cancel the payment: it may still succeed."""


class RefundBegun(Struct, frozen=True):
    """A refund of some lines was requested."""

    refund_id: RefundId
    item_ids: list[OrderItemId]


class RefundMade(Struct, frozen=True):
    """The refund succeeded."""

    refund_id: RefundId


class RefundFailed(Struct, frozen=True):
    """The refund failed."""

    refund_id: RefundId
    reason: str | None = None


class RefundUnresolved(Struct, frozen=True):
    """The provider has not reported the result of the refund for days."""

    refund_id: RefundId


class DisputeOpened(Struct, frozen=True):
    """The buyer's bank withdrew the money until the dispute is decided."""

    dispute_ref: str
    amount_cents: int


class DisputeWon(Struct, frozen=True):
    """The bank returned the money."""

    dispute_ref: str


class DisputeLost(Struct, frozen=True):
    """The buyer keeps the money."""

    dispute_ref: str


class GiftReturned(Struct, frozen=True):
    """The gift by which a line was received was refunded, or its payment was lost."""

    item_id: OrderItemId


class FreeServiceReturned(Struct, frozen=True):
    """A service that cost nothing was cancelled."""

    item_id: OrderItemId


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
    | GiftReturned
    | FreeServiceReturned
)


class LinePart(Struct, frozen=True):
    """The part of a party of a line, as agreed when it was sold. Erased parties have no id."""

    party_id: UserId | None
    party_subject: SubjectId
    parts_per_10000: int


class OrderLine(Struct, frozen=True):
    """A product or support in an order, with its price, fee and net as sold.

    The net is that of the parties of `parts`, or all the seller's if there are none: see
    `rules.parties`. A `refund_id` without `is_refunded` means that the refund is in progress.
    `is_undelivered`: it is a release that was not published yet, or a service. `holds_unit`: it has
    taken a unit of a limited stock. `is_gift`: somebody else gets it, so that its buyer has no
    licence. `is_received`: it was given by the code of a gift, which counts as the sale. A tip or a
    period of a membership has no `product_id`. `is_exclusive`: no other licence is sold after it.
    `is_service`: it is delivered when its buyer accepts what was made; it can be bought again.
    """

    id: OrderItemId
    product_id: ProductId | None
    seller_id: UserId | None
    seller_subject: SubjectId
    price_cents: int
    fee_cents: int
    net_cents: int
    refund_id: RefundId | None = None
    is_refunded: bool = False
    is_undelivered: bool = False
    holds_unit: bool = False
    is_gift: bool = False
    is_received: bool = False
    parts: list[LinePart] = []
    kind: LineKind = LineKind.PRODUCT
    variant_id: VariantId | None = None
    is_exclusive: bool = False
    is_service: bool = False

    @property
    def gives_licence(self) -> bool:
        """Return whether its buyer holds a licence while it is paid and not returned."""
        return self.kind is LineKind.PRODUCT and not self.is_gift


class DisputeShare(Struct, frozen=True):
    """The part of a disputed amount that is charged to a line; `net_cents` of it to its parties."""

    item_id: OrderItemId
    amount_cents: int
    net_cents: int


class Dispute(Struct, frozen=True):
    """A dispute. The amount is None if its result arrived before the dispute itself."""

    id: DisputeId
    dispute_ref: str
    status: DisputeStatus
    amount_cents: int | None = None
    shares: list[DisputeShare] = []

    @property
    def is_amount_missing(self) -> bool:
        """Return whether a lost dispute still lacks its amount."""
        return self.amount_cents is None and self.status is DisputeStatus.LOST


class OrderDetails(Struct, frozen=True):
    """The lines and the disputes of an order."""

    lines: list[OrderLine]
    disputes: list[Dispute]


class OrderState(Struct, frozen=True):
    """Everything about an order that decides its next transition.

    `is_paid`: the money arrived. `came_late`: it arrived too late to buy anything, and must be
    returned. `is_overdue`: no payment counts any more, whatever the status.
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
    is_guest: bool = False

    @property
    def has_buyer(self) -> bool:
        """Return whether anybody gets what is paid for; False once the buyer is erased."""
        return self.buyer_id is not None or self.is_guest


class Transition(Struct, frozen=True):
    """The state of an order after an event, and the effects of the change.

    `granted` and `revoked` are the lines whose licences are added and removed; of gifts, those that
    are given and returned.
    `is_wrong_amount`: the payment had another amount than the order, and bought nothing.
    """

    order: OrderState
    granted: list[OrderLine] = []
    revoked: list[OrderLine] = []
    posting: Posting | None = None
    events: list[Struct] = []
    is_wrong_amount: bool = False


class Settlement(Struct, frozen=True):
    """The status of an order after an event was applied, and whether anything changed.

    `is_wrong_amount`: the payment had another amount than the order, and bought nothing.
    `is_wrong_provider`: the event came from a provider that does not have the order's payment.
    """

    order_id: OrderId
    status: OrderStatus
    has_changed: bool
    is_wrong_amount: bool = False
    is_wrong_provider: bool = False


class OrderFacts(Struct, frozen=True):
    """The fields that an order has wherever it is read or shown as a whole."""

    id: OrderId
    status: OrderStatus
    total_cents: int
    currency: str
    created_at: datetime


class AmountDue(Struct, frozen=True):
    """A party's earnings from an order after refunds and disputes, and the platform's fee.

    A seller is a party that is paid for a line; without a split, the member who sells it.
    """

    seller_id: UserId | None
    seller_subject: SubjectId
    currency: str
    due_cents: int
    fee_cents: int


class DeliveredLine(Struct, frozen=True):
    """A line that was pre-ordered and is delivered now, and whether it is licensed or given.

    Guests have no `buyer_id`.
    """

    order_id: OrderId
    buyer_id: UserId | None
    is_guest: bool
    is_licensed: bool
    is_gift: bool = False


class PollPayment(Struct, frozen=True):
    """Job: ask the provider for the status of a payment; cancel it if the order expired."""

    order_id: OrderId
    provider: str
    is_expired: bool
