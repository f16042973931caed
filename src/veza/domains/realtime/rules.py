"""Limits, close codes, and the frames of events."""

from typing import Any

import msgspec

from veza.domains.chat.messages.models.events import ConversationEvent, ConversationEventType
from veza.domains.realtime.models import (
    DeletedData,
    EditedData,
    FrameType,
    PingData,
    ReactionData,
    RestoredData,
    ServerFrame,
)

MAX_BYTES_PER_SECOND = 256 * 1024
MAX_JOINED = 100
MAX_CONNECTIONS_PER_MEMBER = 20
AUTH_TIMEOUT_S = 5.0
# Open sockets that are not authenticated yet.
MAX_UNAUTHENTICATED = 1000

# The maximum number of events per page of history, and of pages per `sync`.
PAGE_SIZE = 100
MAX_HISTORY_PAGES = 10

# How often typing is sent, and for how long clients show it.
TYPING_INTERVAL_S = 3.0
TYPING_EXPIRES_S = 5
# With more subscribers no presence, typing or read marks are sent.
MAX_PRESENCE_SUBSCRIPTIONS = 100

# Where it is unknown when the database is back.
RETRY_AFTER_S = 5

PING_INTERVAL_S = 30.0
PING_TIMEOUT_S = 90.0

# Our own close codes: RFC 6455 reserves 4000 to 4999 for applications.
CLOSE_NOT_SIGNED_IN = 4401
CLOSE_NOT_YOUR_PROFILE = 4403
CLOSE_TOO_MANY_FRAMES = 4408
CLOSE_TOO_MANY_SOCKETS = 4409
CLOSE_PING_TIMEOUT = 4410


def read_ping(data: Any) -> PingData | None:
    """Return what a ping says of a room; None for whatever else a client sends along."""
    try:
        return msgspec.convert(data, PingData)
    except msgspec.ValidationError:
        return None


def make_event_frame(event: ConversationEvent) -> ServerFrame:
    """Return the frame of an event."""
    if event.type is ConversationEventType.MESSAGE:
        return ServerFrame(FrameType.MESSAGE, event.message)
    return make_change_frame(event)


def make_change_frame(event: ConversationEvent) -> ServerFrame:
    """Return the frame of an event that changed a message."""
    message = event.message
    place = (event.conversation_id, message.id, event.seq)
    if event.type is ConversationEventType.EDITED:
        return ServerFrame(FrameType.EDITED, EditedData(*place, message.content, message.edited_at))
    if event.type is ConversationEventType.DELETED:
        # It may be there again by now, or be shown to its sender.
        deleted_at = message.deleted_at or event.created_at
        return ServerFrame(FrameType.DELETED, DeletedData(*place, deleted_at))
    if event.type is ConversationEventType.RESTORED:
        return ServerFrame(FrameType.RESTORED, RestoredData(*place, message))
    assert event.emoji is not None
    reaction = ReactionData(
        *place, event.actor, event.emoji, bool(event.is_added), message.reactions
    )
    return ServerFrame(FrameType.REACTION, reaction)
