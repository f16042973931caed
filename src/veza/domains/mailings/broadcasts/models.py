"""Broadcasts as written, listed and sent, and the state of each recipient."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from veza.core.clock import Moment
from veza.core.ids import BroadcastId, BroadcastRecipientId, MailSubscriptionId, TierId, UserId
from veza.core.languages import Language
from veza.domains.platform.suppressions.events import MailReported

MAX_SUBJECT, MAX_TEXT = 150, 20_000


class Audience(StrEnum):
    """The recipients of a broadcast. `buyers` have chosen mail; `all` is followers and subscribers.

    `members` are those of a tier, and of higher ones.
    """

    FOLLOWERS = "followers"
    BUYERS = "buyers"
    MEMBERS = "members"
    SUBSCRIBERS = "subscribers"
    ALL = "all"


class BroadcastStatus(StrEnum):
    """The state of a broadcast."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    SENDING = "sending"
    SENT = "sent"
    CANCELLED = "cancelled"


class RecipientStatus(StrEnum):
    """The state of a recipient. `left_out`: no longer wants mail, or can't get it."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    REFUSED = "refused"
    LEFT_OUT = "left_out"


class CollectStage(StrEnum):
    """The group of recipients that is being collected."""

    FOLLOWERS = "followers"
    MEMBERS = "members"
    SUBSCRIPTIONS = "subscriptions"


class BroadcastForm(Struct, frozen=True):
    """A broadcast as written. Empty lines separate paragraphs.

    A line that ends in a link becomes a button. `language` is that of the words around it. A
    broadcast to `members` has a `tier_id`, and no other one has.
    """

    subject: Annotated[
        str, Meta(min_length=1, max_length=MAX_SUBJECT, examples=["Night Ferry is out"])
    ]
    text: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=MAX_TEXT,
            examples=["It took a year.\n\nListen: https://music.example/releases/1"],
        ),
    ]
    audience: Audience = Audience.FOLLOWERS
    tier_id: Annotated[TierId | None, Meta(examples=[None])] = None
    language: Language = Language.ENGLISH


class SendForm(Struct, frozen=True):
    """The time at which a broadcast is sent, within a year; null is now."""

    send_at: Annotated[Moment | None, Meta(examples=[None])] = None


class MailBroadcast(Struct, frozen=True):
    """A broadcast with its numbers: all recipients, and what became of them so far.

    `unsubscribed` of those who got it have ended mail of the profile by it.
    """

    id: BroadcastId
    subject: str
    text: str
    audience: Audience
    tier_id: TierId | None
    language: Language
    status: BroadcastStatus
    send_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    recipients: int
    sent: int
    refused: int
    left_out: int
    unsubscribed: int
    created_at: datetime
    updated_at: datetime


class BroadcastPage(Struct, frozen=True):
    """A page of broadcasts, the newest first."""

    broadcasts: list[MailBroadcast]
    next_cursor: str | None
    has_more: bool


class BroadcastPreview(Struct, frozen=True):
    """A broadcast as it arrives."""

    subject: str
    text: str
    html: str


class BroadcastSettings(Struct, frozen=True):
    """The limit of broadcasts of a profile per day; 0 is no limit."""

    per_day: int


class BroadcastPlan(Struct, frozen=True):
    """A draft that is sent at a time; None is now."""

    broadcast_id: BroadcastId
    send_at: datetime | None


class SentBroadcast(Struct, frozen=True):
    """The content of a broadcast, and the position in collecting its recipients."""

    id: BroadcastId
    profile_id: UserId
    sender: str
    handle: str
    avatar_id: UUID | None
    subject: str
    text: str
    audience: Audience
    tier_id: TierId | None
    language: Language
    status: BroadcastStatus
    stage: CollectStage | None
    collected_at: datetime | None
    collected_id: UUID | None


class Collected(Struct, frozen=True):
    """The last row that was looked at, and how many recipients were added."""

    collected_at: datetime | None
    collected_id: UUID
    added: int


class ClaimedRecipient(Struct, frozen=True):
    """A recipient to whom this process sends now.

    `email` is None if they can't or don't want to get mail any more.
    """

    id: BroadcastRecipientId
    address_hash: bytes
    user_id: UserId | None
    subscription_id: MailSubscriptionId | None
    attempts: int
    email: str | None
    has_failures: bool


class MarkedRecipient(Struct, frozen=True):
    """The new status of a recipient; `pause_s` are the seconds until the next attempt."""

    id: BroadcastRecipientId
    status: RecipientStatus
    pause_s: float = 0.0
    counts_attempt: bool = True


class ReportedRecipient(Struct, frozen=True):
    """The address of a recipient that a report is about."""

    broadcast_id: BroadcastId
    email: str | None


class SendBroadcast(Struct, frozen=True):
    """Job: send a broadcast, or some of it."""

    broadcast_id: BroadcastId


class SendBroadcastTest(Struct, frozen=True):
    """Job: send a broadcast to the member who writes it."""

    broadcast_id: BroadcastId
    user_id: UserId


class NoteReport(Struct, frozen=True):
    """Job: note a report about a recipient."""

    event: MailReported


class ReceivedBroadcast(Struct, frozen=True):
    """A broadcast that a member got in the last month, in an export of personal data."""

    sender: str
    subject: str
    status: RecipientStatus


class PersonalBroadcasts(Struct, frozen=True):
    """The broadcasts of a member, and those that they got."""

    written: list[MailBroadcast]
    received: list[ReceivedBroadcast]
