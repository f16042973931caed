"""The kinds of notifications, which are switched off and pushed apart."""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum

from msgspec import UNSET, Struct, UnsetType

from veza.core.ids import UserId


class NotificationKind(StrEnum):
    """The kinds of notifications."""

    FOLLOW = "follow"
    TRACK_LIKE = "track_like"
    TRACK_COMMENT = "track_comment"
    COMMENT_LIKE = "comment_like"
    POST_LIKE = "post_like"
    POST_COMMENT = "post_comment"
    REPLY = "reply"
    MENTION = "mention"
    MESSAGE = "message"
    SALE = "sale"
    SALE_REFUNDED = "sale_refunded"
    TRANSFER_COMPLETED = "transfer_completed"
    TRANSFER_FAILED = "transfer_failed"
    TRANSFER_REVERSED = "transfer_reversed"
    REFUND_MADE = "refund_made"
    REFUND_FAILED = "refund_failed"
    REFUND_DELAYED = "refund_delayed"
    PREORDER_DELIVERED = "preorder_delivered"
    COMMISSION_BRIEF = "commission_brief"
    COMMISSION_DELIVERED = "commission_delivered"
    COMMISSION_MESSAGE = "commission_message"
    COMMISSION_CHANGED = "commission_changed"
    EXPORT_READY = "export_ready"
    ARCHIVE_READY = "archive_ready"
    WENT_LIVE = "went_live"
    STREAM_SOON = "stream_soon"
    STREAM_CANCELLED = "stream_cancelled"
    RECORDING_EXPIRING = "recording_expiring"
    RELEASE_PUBLISHED = "release_published"
    TRACK_PUBLISHED = "track_published"
    RELEASE_LIKE = "release_like"
    TRACK_READY = "track_ready"
    TRACK_FAILED = "track_failed"
    WARRANTY = "warranty"
    PLAYLIST_INVITATION = "playlist_invitation"
    PLAYLIST_ACCEPTED = "playlist_accepted"
    PROFILE_INVITATION = "profile_invitation"
    ROSTER_PROPOSAL = "roster_proposal"
    CREDIT_REQUEST = "credit_request"
    SPLIT_PROPOSAL = "split_proposal"
    PROFILE_CLAIMED = "profile_claimed"
    WARNED = "warned"
    BANNED = "banned"
    UNBANNED = "unbanned"
    WARNING_WITHDRAWN = "warning_withdrawn"
    APPEAL_UPHELD = "appeal_upheld"
    ITEM_TAKEN_DOWN = "item_taken_down"
    ITEM_RESTORED = "item_restored"
    ITEM_HELD = "item_held"
    REPORT_CLOSED = "report_closed"
    BACKUP_FAILED = "backup_failed"
    BACKUP_OVERDUE = "backup_overdue"
    NEW_DEVICE = "new_device"
    FACTOR_ADDED = "factor_added"
    FACTOR_REMOVED = "factor_removed"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a kind
    KEY_CREATED = "key_created"
    PASSKEY_COPIED = "passkey_copied"
    FACTOR_RECOVERY = "factor_recovery"


class SwitchedKinds(Struct, frozen=True):
    """Kinds to switch off and on."""

    off: list[NotificationKind]
    on: list[NotificationKind]


class MessageRecipient(Struct, frozen=True):
    """A member who is notified of a message, and the message's number in its conversation.

    `gets_every_message` is false in rooms, where only mentioned members are notified.
    """

    user_id: UserId
    number: int
    is_mentioned: bool
    gets_every_message: bool


class Recipient(Struct, frozen=True):
    """A member to notify, and the time of the notification, later than that of any before.

    `is_mailed` says whether they get mails of this kind.
    """

    user_id: UserId
    notified_at: datetime
    is_mailed: bool


class Preferences(Struct, frozen=True):
    """The kinds of notifications that a member gets.

    Moderators' decisions, security notices, and what admins are notified of, can't be disabled.
    """

    follow: bool
    track_like: bool
    track_comment: bool
    comment_like: bool
    post_like: bool
    post_comment: bool
    reply: bool
    mention: bool
    message: bool
    sale: bool
    sale_refunded: bool
    transfer_completed: bool
    transfer_failed: bool
    transfer_reversed: bool
    refund_made: bool
    refund_failed: bool
    refund_delayed: bool
    preorder_delivered: bool
    commission_brief: bool
    commission_delivered: bool
    commission_message: bool
    commission_changed: bool
    export_ready: bool
    archive_ready: bool
    went_live: bool
    stream_soon: bool
    stream_cancelled: bool
    recording_expiring: bool
    release_published: bool
    track_published: bool
    release_like: bool
    track_ready: bool
    track_failed: bool
    warranty: bool
    playlist_invitation: bool
    playlist_accepted: bool
    profile_invitation: bool
    roster_proposal: bool
    credit_request: bool
    split_proposal: bool
    profile_claimed: bool


class Digest(StrEnum):
    """The frequency of the mailed summary of unread notifications."""

    DAILY = "daily"
    WEEKLY = "weekly"
    NEVER = "never"


class Channels(Struct, frozen=True):
    """The channels of a kind of notification: the list, push, and mail at once."""

    app: bool
    push: bool
    mail: bool


class ChannelPreferences(Struct, frozen=True):
    """The channels of each kind of notification, and the frequency of the mailed summary."""

    kinds: dict[NotificationKind, Channels]
    digest: Digest


class ChannelsChange(Struct, frozen=True, forbid_unknown_fields=True):
    """Channels to switch on or off; omitted ones stay as they are."""

    app: bool | UnsetType = UNSET
    push: bool | UnsetType = UNSET
    mail: bool | UnsetType = UNSET


class ChannelPreferencesChange(Struct, frozen=True, forbid_unknown_fields=True):
    """Kinds to change, and the summary; what is omitted stays as it is."""

    kinds: dict[NotificationKind, ChannelsChange] = {}
    digest: Digest | UnsetType = UNSET


class StoredPreferences(Struct, frozen=True):
    """The choices of a member: kinds that are off, not pushed, mailed and not mailed."""

    switched_off: Collection[NotificationKind] = ()
    not_pushed: Collection[NotificationKind] = ()
    mailed: Collection[NotificationKind] = ()
    not_mailed: Collection[NotificationKind] = ()
    digest: Digest = Digest.WEEKLY


class DueDigest(Struct, frozen=True):
    """A member whose summary is due, and whether there is something to tell."""

    user_id: UserId
    has_news: bool


class ExportedPreferences(Struct, frozen=True):
    """The kinds of notifications that a member gets, those pushed, and those mailed."""

    received: Preferences
    pushed: Preferences
    mailed: Preferences
    digest: Digest


class PreferencesChange(Struct, frozen=True, forbid_unknown_fields=True):
    """Kinds to switch on or off; omitted kinds stay as they are."""

    follow: bool | UnsetType = UNSET
    track_like: bool | UnsetType = UNSET
    track_comment: bool | UnsetType = UNSET
    comment_like: bool | UnsetType = UNSET
    post_like: bool | UnsetType = UNSET
    post_comment: bool | UnsetType = UNSET
    reply: bool | UnsetType = UNSET
    mention: bool | UnsetType = UNSET
    message: bool | UnsetType = UNSET
    sale: bool | UnsetType = UNSET
    sale_refunded: bool | UnsetType = UNSET
    transfer_completed: bool | UnsetType = UNSET
    transfer_failed: bool | UnsetType = UNSET
    transfer_reversed: bool | UnsetType = UNSET
    refund_made: bool | UnsetType = UNSET
    refund_failed: bool | UnsetType = UNSET
    refund_delayed: bool | UnsetType = UNSET
    preorder_delivered: bool | UnsetType = UNSET
    commission_brief: bool | UnsetType = UNSET
    commission_delivered: bool | UnsetType = UNSET
    commission_message: bool | UnsetType = UNSET
    commission_changed: bool | UnsetType = UNSET
    export_ready: bool | UnsetType = UNSET
    archive_ready: bool | UnsetType = UNSET
    went_live: bool | UnsetType = UNSET
    stream_soon: bool | UnsetType = UNSET
    stream_cancelled: bool | UnsetType = UNSET
    recording_expiring: bool | UnsetType = UNSET
    release_published: bool | UnsetType = UNSET
    track_published: bool | UnsetType = UNSET
    release_like: bool | UnsetType = UNSET
    track_ready: bool | UnsetType = UNSET
    track_failed: bool | UnsetType = UNSET
    warranty: bool | UnsetType = UNSET
    playlist_invitation: bool | UnsetType = UNSET
    playlist_accepted: bool | UnsetType = UNSET
    profile_invitation: bool | UnsetType = UNSET
    roster_proposal: bool | UnsetType = UNSET
    credit_request: bool | UnsetType = UNSET
    split_proposal: bool | UnsetType = UNSET
    profile_claimed: bool | UnsetType = UNSET
