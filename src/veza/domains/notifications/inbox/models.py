"""The nouns of the domain, as they are stored and as they are shown."""

from datetime import date, datetime
from enum import Enum, auto
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from veza.core.ids import (
    CommentId,
    ConversationId,
    ExportId,
    GearId,
    MessageId,
    ModerationActionId,
    NotificationId,
    OrderId,
    PostCommentId,
    PostId,
    RefundId,
    ReportId,
    StreamId,
    TrackId,
    TransferId,
    UserId,
)
from veza.domains.notifications.preferences.models import Kind

Moment = Annotated[
    datetime, Meta(tz=True, description="RFC 3339.", examples=["2026-03-01T12:00:00.123456Z"])
]


class Telling(Enum):
    """How something is told, so that nobody hears it twice.

    What nobody is named for: once of its kind. What somebody said: once, whatever it is to whom it
    is told. What many do alike: once of each, joined. A message: joined, unless they have read on.
    """

    PLAIN = auto()
    ONCE = auto()
    JOINED = auto()
    MESSAGE = auto()


class Cause(Struct, frozen=True):
    """What there is to tell: whose doing it is, where anybody is named; of which kind; of what."""

    actor_id: UserId | None
    kind: Kind
    subject_id: UUID
    track_id: TrackId | None = None
    track_comment_id: CommentId | None = None
    post_id: PostId | None = None
    post_comment_id: PostCommentId | None = None
    message_id: MessageId | None = None
    message_number: int | None = None
    moderation_action_id: ModerationActionId | None = None
    report_id: ReportId | None = None
    order_id: OrderId | None = None
    refund_id: RefundId | None = None
    transfer_id: TransferId | None = None
    stream_id: StreamId | None = None
    gear_id: GearId | None = None
    export_id: ExportId | None = None


class Told(Struct, frozen=True):
    """Who was told, by which notification, and when."""

    id: NotificationId
    user_id: UserId
    told_at: datetime


class Actor(Struct, frozen=True):
    """Somebody who did something, by name."""

    id: UserId
    username: str


class NamedRefund(Struct, frozen=True):
    """A refund: of which order, by the title of one of its things, and how much it gives back.

    To a seller that is how much of what they sold.
    """

    id: RefundId
    order_id: OrderId
    title: str
    amount_cents: int
    currency: str


class NamedTransfer(Struct, frozen=True):
    """What the member is paid for an order, and what of it was taken back."""

    id: TransferId
    order_id: OrderId
    amount_cents: int
    reversed_cents: int
    currency: str


class StoredNotification(Struct, frozen=True):
    """A notification as it is stored, with the names and words of now."""

    id: NotificationId
    user_id: UserId
    kind: Kind
    is_read: bool
    actors: list[Actor]
    actors_count: int
    track_id: TrackId | None
    track_title: str | None
    post_id: PostId | None
    post_text: str | None
    comment_id: UUID | None
    comment_text: str | None
    conversation_id: ConversationId | None
    conversation_type: str | None
    conversation_name: str | None
    message_id: MessageId | None
    message_text: str | None
    content_type: str | None
    content_id: UUID | None
    outcome: str | None
    reason: str | None
    order_id: OrderId | None
    sale_title: str | None
    refund: NamedRefund | None
    transfer: NamedTransfer | None
    stream_id: StreamId | None
    stream_title: str | None
    gear_id: GearId | None
    gear_name: str | None
    warranty_until: date | None
    export_id: ExportId | None
    export_expires_at: datetime | None
    created_at: datetime
    told_at: datetime


class NamedTrack(Struct, frozen=True):
    """A track, by its title."""

    id: TrackId
    title: str


class Excerpt(Struct, frozen=True):
    """What somebody wrote, by how it begins."""

    id: UUID
    excerpt: str


class Talk(Struct, frozen=True):
    """A conversation, by its name; one of two has none, and is called after whoever writes."""

    id: ConversationId
    type: str
    name: str | None


class NamedSale(Struct, frozen=True):
    """An order, by the title of one of the things of the member's that were sold by it."""

    id: OrderId
    title: str


class NamedStream(Struct, frozen=True):
    """A broadcast, by its title."""

    id: StreamId
    title: str


class NamedGear(Struct, frozen=True):
    """An item of the member's own, by its name, and the last day of its warranty."""

    id: GearId
    name: str
    warranty_until: date | None


class ReadyExport(Struct, frozen=True):
    """The member's own data, with a URL that needs no token and lasts until then.

    The URL is null after that, and to an API key.
    """

    id: ExportId
    url: str | None
    expires_at: datetime


class Judged(Struct, frozen=True):
    """What was reported, unless its author is gone, and what came of it."""

    content_type: str
    content_id: UUID | None
    outcome: str


class Notification(Struct, frozen=True):
    """A notification as it is shown, with all that is needed to write it out and to link it.

    `actors` are the last three who did it, of `actors_count`. `told_at` is the last time: what is
    joined to an unread notification brings it to the top again.
    """

    id: NotificationId
    kind: Kind
    is_read: bool
    actors: list[Actor]
    actors_count: int
    track: NamedTrack | None
    post: Excerpt | None
    comment: Excerpt | None
    conversation: Talk | None
    message: Excerpt | None
    report: Judged | None
    sale: NamedSale | None
    refund: NamedRefund | None
    transfer: NamedTransfer | None
    stream: NamedStream | None
    gear: NamedGear | None
    export: ReadyExport | None
    reason: Annotated[
        str | None,
        Meta(
            description="Why a track, a transfer or a refund failed or is late, or what moderators"
            " gave as their reason."
        ),
    ]
    created_at: datetime
    told_at: datetime


class NotificationPage(Struct, frozen=True):
    """One page of notifications, those first that were told last.

    And how many are unread: 1,000 at most are counted.
    """

    notifications: list[Notification]
    unread_count: int
    next_cursor: str | None
    has_more: bool


class Push(Struct, frozen=True):
    """A notification on its way to the devices of its member."""

    user_id: UserId
    notification: Notification


class Unread(Struct, frozen=True):
    """How many notifications are unread: 1,000 at most are counted."""

    unread_count: int


class DeletedNotification(Struct, frozen=True):
    """Which notification was deleted."""

    id: NotificationId


class ReadAll(Struct, frozen=True):
    """Up to where to read: the newest `told_at` that was seen. What came after stays unread."""

    up_to: Moment | None = None


class RecountActors(Struct, frozen=True):
    """Have the counts leave out a member who did something, or not, as it is right now."""

    actor_id: UserId


class TellOfStream(Struct, frozen=True):
    """Have the followers of a member told that they went live."""

    stream_id: StreamId
    owner_id: UserId
