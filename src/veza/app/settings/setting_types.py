"""The types of settings: text patterns, number ranges and choices."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

# The warning about the sandbox in production.
FREE_IN_PRODUCTION = (
    "Paid products are effectively free: buyers confirm their own payments, and no money moves. "
    "Set VEZA_PAYMENT_PROVIDER and VEZA_PAYOUT_PROVIDER before anything is sold for money."
)

DatabaseUrl = Annotated[str, Meta(pattern="^postgres(ql)?://")]
ValkeyUrl = Annotated[str, Meta(pattern="^(valkeys?|rediss?|unix)://")]
SmtpUrl = Annotated[str, Meta(pattern="^smtps?://")]
AppUrl = Annotated[str, Meta(pattern=r"^https?://[^/?#\s]+(/[^?#\s]*)?$")]
ProviderUrl = Annotated[str, Meta(pattern=r"^https?://[^/?#\s]+(/[^?#\s]*)?$")]
RtmpUrl = Annotated[str, Meta(pattern=r"^rtmps?://[^/?#\s]+(/[^/?#\s]+)+$")]
PlaybackUrl = Annotated[str, Meta(pattern=r"^https?://[^/?#\s]+(/[^?#\s]*)?$")]
Origin = Annotated[str, Meta(pattern=r"^(\*|https?://[^/?#*]+)$")]
ListenAddress = Annotated[str, Meta(pattern=r"^([^:/\s]+|\[[0-9a-fA-F:.]+\]):[0-9]{1,5}$")]
LocationPath = Annotated[str, Meta(pattern=r"^/([A-Za-z0-9_-]+/)+$")]
VapidPrivateKey = Annotated[
    str,
    Meta(
        description="Signs push messages: 32 bytes in base64url; the same on all nodes. If it "
        "changes, browsers must subscribe again. Default: created at the first start."
    ),
]
VapidContact = Annotated[
    str,
    Meta(
        pattern=r"^(mailto:[^@\s]+@[^@\s]+|https://\S+)$",
        description="Whom push services may contact: `mailto:…` or `https://…`. Default: the "
        "address of `VEZA_MAIL_FROM`.",
    ),
]
TrustedOrigins = Annotated[
    list[Annotated[str, Meta(pattern=r"^https?://[^/?#@\s]+$")]],
    Meta(
        description="Push services in your own network: comma-separated origins. All others must "
        "have a public address and HTTPS."
    ),
]
HeaderName = Annotated[str, Meta(pattern="^[A-Za-z0-9-]{1,100}$")]
Rate = Annotated[str, Meta(pattern=r"^(0|1|0\.\d{1,4})$")]
Port = Annotated[int, Meta(ge=1, le=65535)]
Size = Annotated[int, Meta(ge=0)]
Quota = Annotated[int, Meta(ge=0, le=1_000_000)]


class Environment(StrEnum):
    """Where the server runs. `test` relaxes no rule."""

    DEVELOPMENT = "development"
    TEST = "test"
    PRODUCTION = "production"


class FactorGroup(StrEnum):
    """Members who must have a second factor."""

    ADMINS = "admins"
    MODERATORS = "moderators"
    # Creators whose sales are paid out in real money.
    SELLERS = "sellers"
    # Everybody.
    MEMBERS = "members"
    NOBODY = "nobody"


class LogLevel(StrEnum):
    """The lowest level of log events that are written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class CreatorSignup(StrEnum):
    """The way to the role of creator: open to all members, or by an admin's approval."""

    OPEN = "open"
    APPROVAL = "approval"


class PaymentProviderName(StrEnum):
    """The payment provider; the sandbox simulates one and moves no money."""

    SANDBOX = "sandbox"
    HYPERSWITCH = "hyperswitch"


class PayoutProviderName(StrEnum):
    """The payout provider; the sandbox simulates one and moves no money."""

    SANDBOX = "sandbox"
    STRIPE = "stripe"


class Streamers(StrEnum):
    """The members who may go live: all of them, or creators only."""

    MEMBERS = "members"
    CREATORS = "creators"
