"""Decisions without I/O: limits, codes, and how events become frames."""

from veza.domains.chat.messages.models import Event, EventType
from veza.domains.realtime.models import (
    Change,
    Deleted,
    DeletedMessage,
    Edited,
    EditedMessage,
    MessageReaction,
    Reacted,
    Said,
)

BYTES_A_SECOND = 256 * 1024
MAX_JOINED = 100
MAX_SOCKETS_OF_A_MEMBER = 20
AUTH_PATIENCE_S = 5.0
# So many may be open whose member isn't known yet.
MAX_UNKNOWN = 1000

# A page of what was missed, and so many of them for one `sync`.
PAGE = 100
MAX_PAGES = 10

# Who writes is passed on once in so long, and to be forgotten after so long.
TYPING_EVERY_S = 3.0
TYPING_LASTS_S = 5
# In larger company nobody needs to know who writes, comes or has read.
MAX_COMPANY = 100

# Where nobody knows when it is there again.
TRY_AGAIN_S = 5

PING_EVERY_S = 30.0
DEAD_AFTER_S = 90.0

# Codes of our own, as RFC 6455 leaves 4000 to 4999 to applications.
NOT_SIGNED_IN = 4401
TOO_MANY_FRAMES = 4408
TOO_MANY_SOCKETS = 4409
NOT_THERE = 4410


def show_event(event: Event) -> Said | Change:
    """Make a frame of what happened in a conversation."""
    return Said(data=event.message) if event.type is EventType.MESSAGE else show_change(event)


def show_change(event: Event) -> Change:
    """Make a frame of what became of a message."""
    message = event.message
    place = (event.conversation_id, message.id, event.seq)
    if event.type is EventType.EDITED:
        return Edited(data=EditedMessage(*place, message.content, message.edited_at))
    if event.type is EventType.DELETED:
        return Deleted(data=DeletedMessage(*place, message.deleted_at))
    assert event.emoji is not None
    reaction = MessageReaction(
        *place, event.actor, event.emoji, bool(event.is_added), message.reactions
    )
    return Reacted(data=reaction)
