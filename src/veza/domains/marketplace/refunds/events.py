"""Announces that a refund was made or failed, or has had no result for days."""

from msgspec import Struct

from veza.core.ids import OrderId, RefundId


class RefundEnded(Struct, frozen=True):
    """A refund was made, or failed."""

    refund_id: RefundId
    order_id: OrderId
    is_made: bool


class RefundDelayed(Struct, frozen=True):
    """The provider has not reported a result for days: staff have to look into it."""

    refund_id: RefundId
    order_id: OrderId
