"""Notifications and their subjects, in groups whose tables are joined together."""

from datetime import date, datetime
from enum import Enum, StrEnum, auto
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from veza.core.clock import Moment
from veza.core.ids import (
    CommentId,
    ConversationId,
    ExportId,
    GearId,
    MessageId,
    ModerationActionId,
    NotificationId,
    OrderId,
    OrderItemId,
    PlaylistId,
    PostCommentId,
    PostId,
    ProductId,
    ProfileInvitationId,
    RefundId,
    ReleaseId,
    ReportId,
    RosterEntryId,
    SplitId,
    StreamId,
    TrackId,
    TransferId,
    UserId,
)
from veza.domains.auth.accounts.models import NamedMember
from veza.domains.marketplace.orders.models.state import LineKind
from veza.domains.notifications.preferences.models import NotificationKind


class Deduplication(Enum):
    """Which earlier notifications of a member prevent a new one.

    For `PER_ACTOR`, `PER_CONVERSATION` and `WHILE_UNREAD`, an unread notification of the same kind
    and subject is updated instead.
    """

    # One of the same kind and subject, for notifications without an actor.
    PER_KIND = auto()
    # One of the same subject, so that a comment doesn't notify as a reply and as a mention.
    PER_SUBJECT = auto()
    # One of the same kind and subject with the same actor, as for likes.
    PER_ACTOR = auto()
    # One of a later message of the conversation that is read or has the same actor.
    PER_CONVERSATION = auto()
    # None: an unread one of the same kind and subject is updated.
    WHILE_UNREAD = auto()


class SubjectGroup(StrEnum):
    """Subjects that occur together, whose tables are joined together."""

    MUSIC = auto()
    POSTS = auto()
    CHAT = auto()
    PROFILES = auto()
    OTHER = auto()


class NewNotification(Struct, frozen=True):
    """A notification to create: its actor, if any, its kind and its subject.

    The fields after `actor_id` are columns of `notifications`.
    """

    actor_id: UserId | None
    kind: NotificationKind
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
    release_id: ReleaseId | None = None
    gear_id: GearId | None = None
    export_id: ExportId | None = None
    playlist_id: PlaylistId | None = None
    profile_invitation_id: ProfileInvitationId | None = None
    roster_entry_id: RosterEntryId | None = None
    split_id: SplitId | None = None
    commission_id: OrderItemId | None = None


class StoredNotificationRef(Struct, frozen=True):
    """A notification that was created or updated, and its member.

    `has_push` says whether a browser of the member gets push messages.
    """

    id: NotificationId
    user_id: UserId
    told_at: datetime
    has_push: bool


class NamedRefund(Struct, frozen=True):
    """A refund, with the title of an item. Sellers see only the amount of their items."""

    id: RefundId
    order_id: OrderId
    kind: LineKind
    title: str
    amount_cents: int
    currency: str


class NamedTransfer(Struct, frozen=True):
    """The member's payout for an order, and the amount that was reversed."""

    id: TransferId
    order_id: OrderId
    amount_cents: int
    reversed_cents: int
    currency: str


class TitledSubject(Struct, frozen=True):
    """A track, release, playlist, live stream, or a service that is made."""

    id: UUID
    title: str


class NotifiedTip(Struct, frozen=True):
    """A tip that a profile got; without a name if a guest gave it, or who was erased since."""

    giver: str | None
    amount_cents: int
    message: str | None


class SoldSubject(TitledSubject, frozen=True):
    """An order with the title of an item sold, and what the member earns by it in all.

    The title is that of a product, if any was sold, else of a tip or a membership as `kind` says.
    With `tip` the profile got a tip, and sold nothing besides.
    """

    kind: LineKind
    share_cents: int
    currency: str
    tip: NotifiedTip | None


class ProposedSplit(TitledSubject, frozen=True):
    """A proposed split, with the title of the product or the release that it is of.

    With a `profile_id` it is of what that profile earns by tips and memberships; its name is the
    title.
    """

    product_id: ProductId | None
    release_id: ReleaseId | None
    profile_id: UserId | None


class Excerpt(Struct, frozen=True):
    """The beginning of a text, up to 200 characters."""

    id: UUID
    excerpt: str


class NamedConversation(Struct, frozen=True):
    """A conversation and its name; direct conversations have none."""

    id: ConversationId
    type: str
    name: str | None


class NamedGear(Struct, frozen=True):
    """An item of the member's gear, and the last day of its warranty."""

    id: GearId
    name: str
    warranty_until: date | None


class ReadyExport(Struct, frozen=True):
    """A data export. `url` needs no token; it is null once expired, and for API keys."""

    id: ExportId
    url: str | None
    expires_at: datetime


class ReportOutcome(Struct, frozen=True):
    """The outcome of a report. `content_id` is null if the author was deleted."""

    content_type: str
    content_id: UUID | None
    outcome: str


class NotificationContent(Struct, frozen=True):
    """The fields of a notification that are stored as they are shown."""

    id: NotificationId
    kind: NotificationKind
    is_read: bool
    actors: list[NamedMember]
    actors_count: int
    track: TitledSubject | None
    playlist: TitledSubject | None
    post: Excerpt | None
    comment: Excerpt | None
    conversation: NamedConversation | None
    message: Excerpt | None
    report: ReportOutcome | None
    sale: SoldSubject | None
    refund: NamedRefund | None
    transfer: NamedTransfer | None
    stream: TitledSubject | None
    release: TitledSubject | None
    gear: NamedGear | None
    split: ProposedSplit | None
    commission: TitledSubject | None
    reason: Annotated[
        str | None,
        Meta(
            description="Why a track, a transfer or a refund failed or is late, or the reason"
            " that moderators gave."
        ),
    ]
    created_at: datetime
    told_at: datetime


class StoredNotification(NotificationContent, frozen=True):
    """A row of `notifications` with the current names and texts."""

    user_id: UserId
    export_id: ExportId | None
    export_expires_at: datetime | None


class NotificationBatch(Struct, frozen=True):
    """Notifications that follow each other, shown or not, and the groups of their subjects.

    `unread_count` of them are stored as unread, and `member_unread_count` of all the member has.
    """

    ids: list[NotificationId]
    last_told_at: datetime | None
    groups: frozenset[SubjectGroup]
    unread_count: int
    member_unread_count: int


class Notification(NotificationContent, frozen=True):
    """A notification, with the names and ids needed to display and link it.

    `actors` are the latest three of `actors_count`. `told_at` changes when another event is merged
    into an unread notification, which moves it to the top of the list.
    """

    export: ReadyExport | None


class NotificationPage(Struct, frozen=True):
    """A page of notifications, latest `told_at` first. `unread_count` is at most 1,000."""

    notifications: list[Notification]
    unread_count: int
    next_cursor: str | None
    has_more: bool


class PushedNotification(Struct, frozen=True):
    """A notification to push to the sockets of its member."""

    user_id: UserId
    notification: Notification


class UnreadCount(Struct, frozen=True):
    """The number of unread notifications, at most 1,000."""

    unread_count: int


class ReadUpTo(Struct, frozen=True):
    """Mark notifications as read up to this `told_at`; later notifications stay unread."""

    up_to: Annotated[Moment, Meta(examples=["2026-03-01T12:00:00.123456Z"])] | None = None


class NotifyFollowers(Struct, frozen=True):
    """Job: notify the followers of a member that they went live."""

    stream_id: StreamId
    owner_id: UserId


class NotifyReminded(Struct, frozen=True):
    """Job: tell members who asked to be reminded of a stream what is new."""

    stream_id: StreamId
    owner_id: UserId


class NotifyOfRelease(Struct, frozen=True):
    """Job: notify the followers of a member and of all artists of a new release.

    With `artist_id` those of one artist, who confirmed it later.
    """

    release_id: ReleaseId
    owner_id: UserId
    artist_id: UserId | None = None


class NotifyOfTrack(Struct, frozen=True):
    """Job: notify the followers of a member and of all artists of a track without a release.

    With `artist_id` those of one artist, who confirmed it later.
    """

    track_id: TrackId
    owner_id: UserId
    artist_id: UserId | None = None


class AnnouncedRelease(Struct, frozen=True):
    """A public release of which followers were notified, and its owner."""

    id: ReleaseId
    owner_id: UserId
