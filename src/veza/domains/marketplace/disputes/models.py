"""Disputes as providers report them, and those that are due to be checked."""

from msgspec import Struct

from veza.core.ids import DisputeId, OrderId


class DueDispute(Struct, frozen=True):
    """A dispute that may still change, and is due to be checked at the provider."""

    id: DisputeId
    order_id: OrderId
    dispute_ref: str
