"""Announces paid, returned, refunded, disputed, delivered and failed orders."""

from msgspec import Struct

from veza.core.ids import OrderId, OrderItemId, ProductId, RefundId, UserId


class OrderPaid(Struct, frozen=True):
    """An order was paid, and its buyer got the licences. Parties of a split are sellers, too.

    A guest has no `buyer_id`, unless an account has claimed the order: `is_guest` in any case.
    """

    order_id: OrderId
    buyer_id: UserId | None
    seller_ids: list[UserId]
    is_guest: bool = False


class OrderToReturn(Struct, frozen=True):
    """A payment arrived that buys nothing (too late, or already owned) and must be refunded."""

    order_id: OrderId


class OrderRefunded(Struct, frozen=True):
    """Items were refunded, and their licences revoked."""

    order_id: OrderId
    refund_id: RefundId
    item_ids: list[OrderItemId]


class OrderDisputed(Struct, frozen=True):
    """A dispute was opened, won or lost, so the amounts due to sellers changed."""

    order_id: OrderId


class PreorderDelivered(Struct, frozen=True):
    """A release that was pre-ordered is published: its buyer may download it.

    Guests as in `OrderPaid`. The buyer of a gift is not told.
    """

    order_id: OrderId
    buyer_id: UserId | None
    is_guest: bool = False


class ServiceDelivered(Struct, frozen=True):
    """A service was accepted: its seller can be paid."""

    order_id: OrderId


class ExclusiveSold(Struct, frozen=True):
    """The exclusive licence of a product was sold: unpaid orders with it can't be paid any more."""

    product_id: ProductId


class OrderFailed(Struct, frozen=True):
    """A payment attempt failed. A later attempt may succeed."""

    order_id: OrderId
