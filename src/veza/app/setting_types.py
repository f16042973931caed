"""The values that settings may have: patterns of text, bounds of numbers, and choices."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

DatabaseUrl = Annotated[str, Meta(pattern="^postgres(ql)?://")]
ValkeyUrl = Annotated[str, Meta(pattern="^(valkeys?|rediss?|unix)://")]
SmtpUrl = Annotated[str, Meta(pattern="^smtps?://")]
AppUrl = Annotated[str, Meta(pattern=r"^https?://[^/?#\s]+(/[^?#\s]*)?$")]
CompanyUrl = Annotated[str, Meta(pattern=r"^https?://[^/?#\s]+(/[^?#\s]*)?$")]
RtmpUrl = Annotated[str, Meta(pattern=r"^rtmps?://[^/?#\s]+(/[^/?#\s]+)+$")]
PlaybackUrl = Annotated[str, Meta(pattern=r"^https?://[^/?#\s]+(/[^?#\s]*)?$")]
Origin = Annotated[str, Meta(pattern=r"^(\*|https?://[^/?#*]+)$")]
ListenAddress = Annotated[str, Meta(pattern=r"^([^:/\s]+|\[[0-9a-fA-F:.]+\]):[0-9]{1,5}$")]
Rate = Annotated[str, Meta(pattern=r"^(0|1|0\.\d{1,4})$")]
Size = Annotated[int, Meta(ge=0)]
Quota = Annotated[int, Meta(ge=0, le=1_000_000)]


class Environment(StrEnum):
    """Where the server runs. `test` relaxes no rule."""

    DEVELOPMENT = "development"
    TEST = "test"
    PRODUCTION = "production"


class LogLevel(StrEnum):
    """How much is logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class CreatorSignup(StrEnum):
    """Who becomes a creator: whoever wants to, or whom an admin approves."""

    OPEN = "open"
    APPROVAL = "approval"


class PaymentCompany(StrEnum):
    """Who takes buyers' money; the sandbox plays a company, and moves none."""

    SANDBOX = "sandbox"
    HYPERSWITCH = "hyperswitch"


class PayoutCompany(StrEnum):
    """Who pays sellers; the sandbox plays a company, and moves none."""

    SANDBOX = "sandbox"
    STRIPE = "stripe"


class Streamers(StrEnum):
    """Who may go live: whoever is signed in, or creators alone."""

    MEMBERS = "members"
    CREATORS = "creators"
