"""What this domain announces to the others."""

from msgspec import Struct

from veza.core.ids import UserId


class UserRegistered(Struct, frozen=True):
    """Somebody became a member by themselves."""

    user_id: UserId
    email: str


class EmailChanged(Struct, frozen=True):
    """A member has another address, of which there is no proof yet."""

    user_id: UserId
    old_email: str
    email: str


class PasswordChanged(Struct, frozen=True):
    """A member has another password; `email` is the address that they have at that moment."""

    user_id: UserId
    email: str


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
