"""A webhook event as sent, stored and shown, with its outcome."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from veza.core.ids import WebhookEventId


class WebhookOutcome(StrEnum):
    """The result of processing an event.

    `flagged`: the amount isn't the order's. `not_ours`: there is no such order. `not_heard`: events
    of this kind are stored and ignored.
    """

    APPLIED = "applied"
    NOTHING_NEW = "nothing_new"
    FLAGGED = "flagged"
    NOT_OURS = "not_ours"
    IGNORED = "not_heard"


class EventHeader(Struct, frozen=True):
    """The id and the kind of an event."""

    event_id: str
    kind: str


class EventContent(Struct, frozen=True):
    """The fields of an event, from wherever they are in the body; None if missing.

    An invalid amount is 0, which matches no order.
    """

    payment_id: str | None = None
    refund_id: str | None = None
    dispute_ref: str | None = None
    account_ref: str | None = None
    amount_cents: int | None = None
    currency: str | None = None
    reason: str | None = None


class StoredWebhookEvent(Struct, frozen=True):
    """An event as stored; `is_done` once it was processed."""

    id: WebhookEventId
    provider: str
    kind: str
    body: bytes
    is_done: bool


class ProcessWebhook(Struct, frozen=True):
    """Job: process a stored event."""

    event_id: WebhookEventId


class Received(Struct, frozen=True):
    """Answer to a stored event, which is processed later."""

    received: bool = True


class WebhookEvent(Struct, frozen=True):
    """An event as admins see it; `outcome` is null until it is processed."""

    id: WebhookEventId
    provider: str
    event_id: str
    kind: str
    outcome: WebhookOutcome | None
    received_at: datetime
    done_at: datetime | None


class WebhookEventPage(Struct, frozen=True):
    """A page of events, newest first."""

    events: list[WebhookEvent]
    next_cursor: str | None
    has_more: bool
