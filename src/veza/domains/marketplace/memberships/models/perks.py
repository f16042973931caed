"""The discount of a tier for its members."""

from msgspec import Struct

from veza.core.ids import TierId, UserId


class MemberDiscount(Struct, frozen=True):
    """A tier of a member, and the percentage off the prices of its profile's products."""

    id: TierId
    name: str
    profile_id: UserId
    percent_off: int
