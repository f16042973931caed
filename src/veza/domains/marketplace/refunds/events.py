"""What this domain announces to the others."""

from msgspec import Struct

from veza.core.ids import OrderId, RefundId


class RefundEnded(Struct, frozen=True):
    """The buyer has the money back, or will not get it by this refund."""

    refund_id: RefundId
    order_id: OrderId
    is_made: bool


class RefundDelayed(Struct, frozen=True):
    """The provider has not told for days how a refund ended: people have to look at it."""

    refund_id: RefundId
    order_id: OrderId
