"""Announces that a seller can be paid now."""

from msgspec import Struct

from veza.core.ids import UserId


class SellerConnected(Struct, frozen=True):
    """A seller's payout account became connected: they can be paid now."""

    user_id: UserId
