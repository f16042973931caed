"""What this domain announces to the others."""

from msgspec import Struct

from veza.core.ids import UserId


class SellerConnected(Struct, frozen=True):
    """A seller can be paid who couldn't before."""

    user_id: UserId
