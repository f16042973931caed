"""Subscriptions of browsers, and the decrypted content of a push message."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from veza.core.ids import NotificationId, PushSubscriptionId, SessionId, UserId
from veza.core.languages import Language
from veza.domains.notifications.preferences.models import NotificationKind

PublicKey = Annotated[
    str,
    Meta(
        min_length=87,
        max_length=88,
        description="A point of P-256 in base64url.",
        examples=[
            "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
        ],
    ),
]


class PushKeys(Struct, frozen=True):
    """The keys of a browser, in base64url, as `PushSubscription.toJSON()` returns them."""

    p256dh: PublicKey
    auth: Annotated[str, Meta(min_length=22, max_length=24, examples=["BTBZMqHH6r4Tts7J_aSIgg"])]


class PushForm(Struct, frozen=True):
    """A browser's subscription, with the language of its messages.

    Without previews, messages say what happened, but contain no titles and no texts.
    """

    endpoint: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=1000,
            description="The address at the browser's push service.",
            examples=["https://push.example.net/push/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV"],
        ),
    ]
    keys: PushKeys
    language: Language = Language.ENGLISH
    has_previews: bool = True


class NewPushSubscription(Struct, frozen=True):
    """The row of a new subscription."""

    id: PushSubscriptionId
    session_id: SessionId
    user_id: UserId
    endpoint: str
    p256dh: bytes
    auth: bytes
    user_agent: str
    language: Language
    has_previews: bool


class PushSubscription(Struct, frozen=True):
    """A browser of the member that gets push messages; `is_current` is the calling one."""

    id: PushSubscriptionId
    user_agent: str
    language: Language
    has_previews: bool
    created_at: datetime
    last_sent_at: datetime | None
    is_current: bool


class PushSubscriptionList(Struct, frozen=True):
    """The browsers of a member that get push messages, newest first; at most 20."""

    subscriptions: list[PushSubscription]


class PushKey(Struct, frozen=True):
    """The key that browsers need for a subscription: `applicationServerKey`."""

    public_key: PublicKey


class PushTarget(Struct, frozen=True):
    """A subscription whose session is active, to send to."""

    id: PushSubscriptionId
    endpoint: str
    p256dh: bytes
    auth: bytes
    language: Language
    has_previews: bool


class DuePush(Struct, frozen=True):
    """A notification to push, and a subscription of its member."""

    subscription_id: PushSubscriptionId
    user_id: UserId
    notification_id: NotificationId


class PushNotification(Struct, frozen=True):
    """Job: push a notification, as it is by then, to one browser."""

    subscription_id: PushSubscriptionId
    notification_id: NotificationId


class PushContent(Struct, frozen=True, omit_defaults=True):
    """The decrypted content of a push message, from which the front-end writes its text."""

    id: NotificationId
    kind: NotificationKind
    language: Language
    # The latest two of `actors_count`.
    actors: list[str] = []
    actors_count: int = 0
    title: str | None = None
    text: str | None = None
    # A split is proposed of tips and memberships, not of what has the title.
    is_support: bool = False
    # Of a tip, as it is written.
    amount: str | None = None
    # The page to open: `conversation`, `post`, `track`, `release`, `playlist` or `stream` by its
    # id, `artist` by its handle.
    subject: str | None = None
    subject_id: str | None = None
