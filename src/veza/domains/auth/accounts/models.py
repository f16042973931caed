"""Forms of usernames, addresses and passwords; an account as its owner and admins see it."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from veza.core.access import Role
from veza.core.ids import UserId
from veza.core.languages import Language
from veza.core.pages import Cursor
from veza.core.people import Appearance, avatar_url
from veza.core.profiles import ProfileKind
from veza.core.visibility import AiChoice, ExplicitChoice
from veza.domains.auth.sessions.models import Device, TokenPair

# In Python, `$` also matches before a final line break: hence `(?!\n)`.
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
        # The domain has no empty label, and its last label is not a number: domain literals
        # (`[127.0.0.1]`) and addresses that mail servers treat as such are refused.
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
        description="8 to 128 characters of any kind; not one of the most common passwords.",
        examples=["SecureP@ssw0rd"],
    ),
]
# A password that is only compared needs a bound, but no other rule.
GivenPassword = Annotated[str, Meta(max_length=1024, examples=["SecureP@ssw0rd"])]
Bio = Annotated[str, Meta(max_length=1000, examples=["Tape loops and long walks."])]


class RegistrationForm(Struct, frozen=True):
    """The fields of a registration."""

    username: Username
    email: Email
    password: Password


class LoginForm(Struct, frozen=True):
    """The credentials of a login."""

    email: Annotated[str, Meta(max_length=254, examples=["john@example.com"])]
    password: GivenPassword


class AccountChange(Struct, frozen=True):
    """Changes to an account; omitted fields keep their value.

    A new address requires `current_password`, because mails to it can reset the password.
    `explicit` and `ai` are how lists and players treat explicit tracks, and those that disclose
    generated parts; null is the choice of the site. Mails come in `language`.
    """

    username: Username | None = None
    email: Email | None = None
    bio: Bio | None = None
    explicit: ExplicitChoice | UnsetType | None = UNSET
    ai: AiChoice | UnsetType | None = UNSET
    language: Language | UnsetType = UNSET
    current_password: GivenPassword | None = None


class OptOut(Struct, frozen=True):
    """Whether personal data may be sold or shared. This server does neither."""

    do_not_sell: bool


class PasswordChange(Struct, frozen=True):
    """The current password and the new one."""

    current_password: GivenPassword
    new_password: Password


class NamedMember(Struct, frozen=True):
    """A member as they are shown.

    `handle` is the address of their page: the username. `avatar_url` is the path of their picture,
    and null without one. Without a display name, the username is shown.
    """

    id: UserId
    username: str
    display_name: str
    handle: str
    avatar_url: str | None


class Identity(Struct, frozen=True):
    """A member's id, name and address."""

    id: UserId
    username: str
    email: str


class SignedInUser(TokenPair, frozen=True):
    """Tokens, and the member they belong to."""

    user: Identity


class LoginResult(Struct, frozen=True):
    """The answer to a login, and the token for the device cookie."""

    signed_in: SignedInUser
    device_token: str


class BrowserDevice(Struct, frozen=True):
    """The device of a browser, and its device token."""

    device: Device
    token: str | None = None


class PageOutcome(Struct, frozen=True):
    """The page at which a sign-in at a provider ends, and the session if there is one."""

    page: str
    result: LoginResult | None = None


class UserAccount(NamedMember, frozen=True):
    """An account as its owner sees it."""

    email: str
    role: Role
    bio: str
    do_not_sell: bool
    explicit: Annotated[
        ExplicitChoice | None,
        Meta(description="How explicit tracks are treated; null: see `GET /site`."),
    ]
    ai: Annotated[
        AiChoice | None, Meta(description="The same for tracks that disclose generated parts.")
    ]
    language: Annotated[
        Language | None, Meta(description="Of mails; null: never chosen, and English.")
    ]
    email_verified: bool
    confirms_by_sign_in: Annotated[
        bool,
        Meta(description="There is no password: a recent sign-in confirms changes instead of it."),
    ]
    created_at: datetime
    # Whether this server lets the member invite others, see `sign_up`.
    may_invite: bool = False


class StoredUser(Identity, frozen=True):
    """An account with its password hash. Never shown."""

    role: Role
    password_hash: str
    # False: the hash is of a password that nobody knows.
    has_password: bool = True
    language: Language | None = None


class Approval(StrEnum):
    """The state of an account that needs the approval of staff. Until then it is suspended."""

    WAITING = "waiting"
    # It will be erased.
    DECLINED = "declined"


class UserStatus(Struct, frozen=True):
    """The role of a member, the reason of a suspension, and whether they were never approved."""

    id: UserId
    role: Role
    suspension_reason: str | None
    approval: Approval | None

    @property
    def is_suspended(self) -> bool:
        """Whether the member is suspended."""
        return self.suspension_reason is not None

    @property
    def awaits_approval(self) -> bool:
        """Whether staff has not accepted the account."""
        return self.approval is not None


class AdminUser(NamedMember, frozen=True):
    """A member as admins see them, or an artist, a band or a label, to which nobody signs in."""

    kind: ProfileKind
    email: str
    role: Role
    bio: str
    created_at: datetime
    email_verified_at: datetime | None
    creator_requested_at: datetime | None
    suspended_at: datetime | None
    suspension_reason: str | None
    # None for members, whether they once waited for approval or not.
    approval: Approval | None


class UserPage(Struct, frozen=True):
    """A page of members, newest first."""

    users: list[AdminUser]
    next_cursor: str | None
    has_more: bool


class UserQuery(Struct, frozen=True):
    """The filters and the page of a list of members; None matches all."""

    limit: int = 20
    cursor: Cursor | None = None
    text: str | None = None
    role: Role | None = None
    suspended: bool | None = None
    creator_requested: bool | None = None


class RoleChange(Struct, frozen=True):
    """The new role."""

    role: Role


class UserEvidence(Struct, frozen=True):
    """The profile of a reported member at that moment."""

    author_id: UserId
    username: str
    display_name: str
    bio: str


class CreatorTokens(TokenPair, frozen=True):
    """The member's role, and tokens with that role."""

    role: Role


class RecountBatch[P](Struct, frozen=True):
    """A batch of a recount after a suspension: the rows of a member after a position."""

    user_id: UserId
    after: P | None
    hide: bool


def show_named_member(user_id: UserId, username: str, shown: Appearance) -> NamedMember:
    """Return a member as they are shown."""
    picture = avatar_url(user_id, shown.avatar_id)
    return NamedMember(user_id, username, shown.display_name or username, username, picture)


def name_member(
    user_id: UserId | None, username: str | None, shown: Appearance
) -> NamedMember | None:
    """Return a member as they are shown; None if they are unknown, as after an erasure."""
    if user_id is None or username is None:
        return None
    return show_named_member(user_id, username, shown)
