"""Mails of notifications: who gets them, what is sent, and how they are ended."""

from datetime import datetime

from msgspec import Struct

from veza.core.ids import ImageId, NotificationId, ReleaseId, UserId
from veza.core.languages import Language
from veza.domains.notifications.preferences.models import Digest, NotificationKind


class MailNotification(Struct, frozen=True):
    """Job: mail a notification, as it is by then, unless it was mailed or read."""

    notification_id: NotificationId


class SendDigest(Struct, frozen=True):
    """Job: mail a member what they have not read, up to a time."""

    user_id: UserId
    until: datetime


class MailRecipient(Struct, frozen=True):
    """The recipient of a mail, and the member or page whose notifications it lists."""

    user_id: UserId
    member_id: UserId
    email: str
    language: Language
    digest: Digest
    digested_at: datetime | None


class ReleaseCover(Struct, frozen=True):
    """The picture of a release."""

    release_id: ReleaseId
    image_id: ImageId


class NotificationPicture(Struct, frozen=True):
    """The cover of what a notification is about, or who did it: its address, and what it shows.

    It is the address of everybody, so that it tells nobody who reads a mail.
    """

    url: str
    title: str
    is_person: bool

    def sized(self, side_px: int) -> str:
        """Return the address of the picture at a size, of screens with twice as many pixels."""
        return f"{self.url}{'&' if '?' in self.url else '?'}size={2 * side_px}"


class UnsubscribeToken(Struct, frozen=True):
    """The content of a link to unsubscribe: a member and a kind of mails; null is the summary."""

    user_id: UserId
    kind: NotificationKind | None


class MailSubscriptionForm(Struct, frozen=True, forbid_unknown_fields=True):
    """The state of the mails that a link is about; `digest` is the frequency of the summary."""

    is_on: bool
    digest: Digest = Digest.WEEKLY


class MailSubscription(Struct, frozen=True):
    """The kind of mails that a link is about, null for the summary, and whether they arrive.

    `digest` is how often the summary came before the change.
    """

    kind: NotificationKind | None
    is_on: bool
    digest: Digest
