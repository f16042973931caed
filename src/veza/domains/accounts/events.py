"""What this domain announces to the others."""

from msgspec import Struct

from veza.core.ids import UserId


class UserRenamed(Struct, frozen=True):
    """A member goes by another name."""

    user_id: UserId
    username: str
