"""App passwords as listed, as encrypted, and as players send them: whole or as a salted token."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from veza.core.access import Role
from veza.core.ids import AppPasswordId, UserId
from veza.core.profiles import ProfileRole


class AppPasswordForm(Struct, frozen=True):
    """The name of a new app password, usually that of a device or an app."""

    name: Annotated[str, Meta(min_length=1, max_length=100, examples=["Symfonium on my phone"])]
    profile_id: Annotated[
        UUID | None,
        Meta(
            description="An artist, a band or a label in which you have a role: the player acts as "
            "it, with its handle as the username, until the role ends."
        ),
    ] = None


class NewAppPassword(Struct, frozen=True):
    """The row of a new app password."""

    id: AppPasswordId
    user_id: UserId
    name: str
    password_hash: bytes
    sealed: bytes
    sealed_with: int
    profile_id: UUID | None


class AppPassword(Struct, frozen=True):
    """An app password as its member sees it.

    `profile_id` is the artist, band or label as which it acts, if not as its member.
    """

    id: AppPasswordId
    name: str
    profile_id: UserId | None
    created_at: datetime
    last_used_at: datetime | None


class CreatedAppPassword(AppPassword, frozen=True):
    """A new app password; `app_password` is the secret, which is shown only once."""

    app_password: str


class AppPasswordList(Struct, frozen=True):
    """The app passwords of a member, newest first."""

    app_passwords: list[AppPassword]


class AppPasswordOwner(Struct, frozen=True):
    """The owner of a valid app password, and the profile to which it is limited.

    `username` is the name that players send: that of the profile, if there is one.
    """

    password_id: AppPasswordId
    user_id: UserId
    username: str
    role: Role
    profile_id: UserId | None
    profile_role: ProfileRole | None
    # The stored last use is older than a minute.
    is_use_due: bool


class StoredAppPassword(AppPasswordOwner, frozen=True):
    """A valid app password of a member, encrypted."""

    sealed: bytes
    sealed_with: int


class SaltedToken(Struct, frozen=True):
    """Proof that a client knows a password: `token` is the MD5 of the password and `salt`, hex."""

    token: str
    salt: str


class AppCredentials(Struct, frozen=True):
    """The credentials of a player: a password or a token. `username` is None for a key."""

    username: str | None
    proof: str | SaltedToken
    # The network of the client, by which wrong passwords are counted.
    network: str
