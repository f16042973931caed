"""Events as they come, as they are kept, and what they say."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from veza.core.ids import WebhookEventId


class Outcome(StrEnum):
    """What became of an event.

    `flagged`: another sum came than the order's. `not_ours`: it is of no order of ours.
    `not_heard`: it is of a kind that means nothing to us, and is only kept.
    """

    APPLIED = "applied"
    NOTHING_NEW = "nothing_new"
    FLAGGED = "flagged"
    NOT_OURS = "not_ours"
    NOT_HEARD = "not_heard"


class Letter(Struct, frozen=True):
    """What is read of an event at the door: by what it is known, and of which kind it is."""

    event_id: str
    kind: str


class StoredEvent(Struct, frozen=True):
    """An event as it is kept."""

    id: WebhookEventId
    provider: str
    kind: str
    body: bytes
    is_done: bool


class Told(Struct, frozen=True):
    """What an event says, wherever it stands in it; None where it says nothing of that.

    A sum that can't be one is 0, which is no order's.
    """

    payment_id: str | None = None
    refund_id: str | None = None
    dispute_ref: str | None = None
    account_ref: str | None = None
    amount_cents: int | None = None
    currency: str | None = None
    reason: str | None = None


class ProcessWebhook(Struct, frozen=True):
    """Have an event that is kept mean something."""

    event_id: WebhookEventId


class Received(Struct, frozen=True):
    """That an event is kept; nobody waits for what becomes of it."""

    received: bool = True


class ShownEvent(Struct, frozen=True):
    """An event as admins see it; `outcome` is null while it waits."""

    id: WebhookEventId
    provider: str
    event_id: str
    kind: str
    outcome: Outcome | None
    received_at: datetime
    done_at: datetime | None


class EventPage(Struct, frozen=True):
    """Events, the latest first."""

    events: list[ShownEvent]
    next_cursor: str | None
    has_more: bool
