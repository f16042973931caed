"""What this domain announces to the others."""

from msgspec import Struct

from veza.core.ids import UserId


class UserSuspended(Struct, frozen=True):
    """A member is out, and what they made is hidden from everybody else."""

    user_id: UserId


class UserUnsuspended(Struct, frozen=True):
    """A member may sign in again, and what they made is shown again."""

    user_id: UserId


class UserRenamed(Struct, frozen=True):
    """A member goes by another name."""

    user_id: UserId
    username: str
