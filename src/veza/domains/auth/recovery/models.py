"""The nouns of the domain, as they are stored and as they are shown."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from veza.core.ids import UserId
from veza.domains.auth.accounts.models import Email, Password

LinkToken = Annotated[
    str,
    Meta(
        max_length=200,
        description="What stands behind `#token=` in the link of the mail.",
        examples=["kQ0T5bC3tV9l4Zb0o1rN8yXh2sWJd6uEaP7gMiFqLnY"],
    ),
]


class Purpose(StrEnum):
    """Why a mail is sent. The first two hold a link."""

    PASSWORD_RESET = "password_reset"  # noqa: S105 - a purpose
    EMAIL_VERIFICATION = "email_verification"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a purpose
    EMAIL_CHANGED = "email_changed"


class ForgottenPassword(Struct, frozen=True):
    """To which address the link goes."""

    email: Email


class PasswordReset(Struct, frozen=True):
    """What the link said, the next password, and whether API keys end too."""

    token: LinkToken
    new_password: Password
    revoke_api_keys: bool = False


class EmailProof(Struct, frozen=True):
    """What the link said."""

    token: LinkToken


class SendMail(Struct, frozen=True):
    """A mail to write and to send. It holds no link: that is made when the mail is.

    Without `user_id` it is for whoever has the address, if anybody has.
    """

    purpose: Purpose
    to: str
    ordered_at: datetime
    user_id: UserId | None = None


class ForgetMails(Struct, frozen=True):
    """Delete the copies that are kept of mails to a member."""

    user_id: UserId


class Letter(Struct, frozen=True):
    """What a mail says."""

    subject: str
    text: str


class Site(Struct, frozen=True):
    """Where links lead: to the front-end, or where none is set, to the server itself."""

    front_end: str
    api: str
    has_front_end: bool


class Link(Struct, frozen=True):
    """A link that is good by now: whose, and of which address it is proof. Never shown."""

    user_id: UserId
    email: str


class Contact(Struct, frozen=True):
    """A member as mails address them, and whether there is proof of the address. Never shown."""

    id: UserId
    username: str
    email: str
    email_verified: bool


class SentLink(Struct, frozen=True):
    """A link as its member may know it."""

    purpose: Purpose
    email: str
    created_at: datetime
    expires_at: datetime
