"""The nouns of the domain, as they are stored and as they are shown."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from veza.core.access import Role
from veza.core.ids import UserId
from veza.core.pages import Cursor
from veza.domains.auth.sessions.models import TokenPair

# To Python alone `$` is also the place before a last line break: hence `(?!\n)`.
Username = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9_-]{3,30}$(?!\n)",
        description="3 to 30 letters, digits, `_` or `-`; unique without regard to case.",
        examples=["johndoe"],
    ),
]
Email = Annotated[
    str,
    Meta(
        # Of the domain each label has a character; the last one is no number. So it is neither a
        # domain literal (`[127.0.0.1]`) nor an address that a mail server takes for one.
        pattern=r"^[^@\s\x00-\x1f]+@([^@\s\x00-\x1f.\[\]:]+\.)+[0-9]*"
        r"[^@\s\x00-\x1f.\[\]:0-9][^@\s\x00-\x1f.\[\]:]*$(?!\n)",
        max_length=254,
        description="With a domain name; letters other than A to Z in lower case.",
        examples=["john@example.com"],
    ),
]
Password = Annotated[
    str,
    Meta(
        min_length=8,
        max_length=128,
        description="8 to 128 characters of any kind; none of the commonest passwords.",
        examples=["SecureP@ssw0rd"],
    ),
]
# What is only compared needs no rule but a bound.
GivenPassword = Annotated[str, Meta(max_length=1024, examples=["SecureP@ssw0rd"])]
Bio = Annotated[str, Meta(max_length=1000, examples=["Tape loops and long walks."])]


class Registration(Struct, frozen=True):
    """What it takes to become a member."""

    username: Username
    email: Email
    password: Password


class Login(Struct, frozen=True):
    """What it takes to sign in."""

    email: Annotated[str, Meta(max_length=254, examples=["john@example.com"])]
    password: GivenPassword


class ProfileChange(Struct, frozen=True):
    """What a member may change of themselves; what is left out stays as it is.

    Another address needs `current_password`, since whoever holds the address holds the account.
    """

    username: Username | None = None
    email: Email | None = None
    bio: Bio | None = None
    current_password: GivenPassword | None = None


class OptOut(Struct, frozen=True):
    """Whether what is known of a member may be sold or shared. We do neither, said or not."""

    do_not_sell: bool


class PasswordChange(Struct, frozen=True):
    """The present password and the next."""

    current_password: GivenPassword
    new_password: Password


class Identity(Struct, frozen=True):
    """A member as an answer to signing in shows them."""

    id: UserId
    username: str
    email: str


class SignedIn(TokenPair, frozen=True):
    """Tokens, and whose they are."""

    user: Identity


class Admission(Struct, frozen=True):
    """What a successful login gives: the answer, and the token for the cookie of the device."""

    signed_in: SignedIn
    device_token: str


class Account(Struct, frozen=True):
    """A member as they see themselves."""

    id: UserId
    username: str
    email: str
    role: Role
    bio: str
    do_not_sell: bool
    email_verified: bool
    created_at: datetime


class StoredUser(Struct, frozen=True):
    """A member with what only signing in may read. Never shown."""

    id: UserId
    username: str
    email: str
    role: Role
    password_hash: str


class Standing(Struct, frozen=True):
    """How somebody stands here: their role, and why they are suspended, if they are."""

    id: UserId
    role: Role
    suspension_reason: str | None

    @property
    def is_suspended(self) -> bool:
        """Whether they are out."""
        return self.suspension_reason is not None


class UserForStaff(Struct, frozen=True):
    """A member as admins see them."""

    id: UserId
    username: str
    email: str
    role: Role
    bio: str
    created_at: datetime
    email_verified_at: datetime | None
    creator_requested_at: datetime | None
    suspended_at: datetime | None
    suspension_reason: str | None


class UserPage(Struct, frozen=True):
    """One page of members, newest first."""

    users: list[UserForStaff]
    next_cursor: str | None
    has_more: bool


class UserQuery(Struct, frozen=True):
    """Which members are asked for."""

    limit: int = 20
    cursor: Cursor | None = None
    text: str | None = None
    role: Role | None = None
    suspended: bool | None = None
    creator_requested: bool | None = None


class RoleChange(Struct, frozen=True):
    """The role to give."""

    role: Role


class UserEvidence(Struct, frozen=True):
    """What a member said of themselves when they were reported."""

    author_id: UserId
    username: str
    bio: str


class UserFigures(Struct, frozen=True):
    """How many members there are, and how many of them are in which state."""

    total: int
    suspended: int
    waiting_for_approval: int


class NewUser(Struct, frozen=True):
    """What is written for a new member."""

    id: UserId
    username: str
    email: str
    password_hash: str
    role: Role = Role.USER


class CreatorAnswer(TokenPair, frozen=True):
    """The role that a member has now, with tokens that say so."""

    role: Role


class Part[P](Struct, frozen=True):
    """What is hidden or counted again next of what a member did: what comes after a place."""

    user_id: UserId
    after: P | None
    hide: bool
