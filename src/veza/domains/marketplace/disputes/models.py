"""The nouns of the domain, as they are stored."""

from msgspec import Struct

from veza.core.ids import DisputeId, OrderId


class DueDispute(Struct, frozen=True):
    """A dispute that may still change, of which the provider is to be asked."""

    id: DisputeId
    order_id: OrderId
    dispute_ref: str
