"""Suppressed addresses with their causes, and delivery events as providers post them."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

_Status = Annotated[str, Meta(pattern=r"^[245](\.\d{1,3}){2}$(?!\n)", examples=["5.1.1"])]


class SuppressionCause(StrEnum):
    """Why an address gets no mail.

    `refused`: it doesn't exist, so that it gets only what was asked for. `unreachable`: several
    mails could not be delivered. `complaint`: mail was reported as spam. Both get no bulk mail.
    """

    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    COMPLAINT = "complaint"


class Suppression(Struct, frozen=True):
    """An address that gets no mail, and what its server answered."""

    cause: SuppressionCause
    suppressed_at: datetime
    status: Annotated[str | None, Meta(examples=["5.1.1"])] = None


class OwnSuppression(Struct, frozen=True):
    """The suppression of your address; null if it gets mail. Verify the address again to end it."""

    suppression: Suppression | None


class MailEventType(StrEnum):
    """The type of an event: as a report, or as mail providers name it."""

    BOUNCE = "bounce"
    COMPLAINT = "complaint"


class MailEvent(Struct, frozen=True):
    """A delivery event of a provider. A bounce without a `status` counts as temporary."""

    type: MailEventType
    recipient: Annotated[str, Meta(min_length=3, max_length=254, examples=["ada@example.com"])]
    status: _Status | None = None
    message_id: Annotated[str, Meta(max_length=1000)] = ""


class MailEvents(Struct, frozen=True):
    """Events as a provider posts them."""

    events: Annotated[Sequence[MailEvent], Meta(min_length=1, max_length=1000)]


class ReceivedReports(Struct, frozen=True):
    """The number of reports that are about a mail from this server."""

    reports: int


class MailWebhook(Struct, frozen=True):
    """The secret of the webhook; None if there is none."""

    secret: str | None


class StoredSuppression(Struct, frozen=True):
    """An address as stored: without a cause, as long as few mails were not delivered."""

    cause: SuppressionCause | None
    failures: int
    status: str | None
    suppressed_at: datetime | None


class PersonalSuppression(Struct, frozen=True):
    """The delivery status of mails to a member."""

    suppressions: list[StoredSuppression]
