"""Announces new members, new names, addresses and passwords, and suspensions."""

from uuid import UUID

from msgspec import Struct, field

from veza.core.ids import UserId, new_id


class UserRegistered(Struct, frozen=True):
    """A visitor registered."""

    user_id: UserId
    email: str


class EmailChanged(Struct, frozen=True):
    """A member changed their address; the new one is not verified yet."""

    user_id: UserId
    old_email: str
    email: str


class HiddenTextsChanged(Struct, frozen=True):
    """A member changed texts of their profile that are taken down."""

    user_id: UserId


class PasswordChanged(Struct, frozen=True):
    """A member has a new password; `email` is their address at that moment."""

    user_id: UserId
    email: str
    notice_id: UUID = field(default_factory=new_id)


class UserSuspended(Struct, frozen=True):
    """A member was suspended: what they published is hidden."""

    user_id: UserId


class UserUnsuspended(Struct, frozen=True):
    """A suspension was lifted: what the member published is visible again."""

    user_id: UserId


class UserRenamed(Struct, frozen=True):
    """A member changed their username or the name that they are shown by, or a page got one."""

    user_id: UserId
    username: str
