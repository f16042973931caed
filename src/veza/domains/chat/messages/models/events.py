"""Events of a conversation, as stored and as shown."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from veza.core.ids import ConversationId, UserId
from veza.core.people import Appearance
from veza.domains.auth.accounts.models import NamedMember
from veza.domains.chat.conversations.models import ReadMark
from veza.domains.chat.messages.models.messages import MAX_SEQ, Message, StoredMessage


class ConversationEventType(StrEnum):
    """The type of an event in a conversation. Each event has the next `seq`."""

    MESSAGE = "message"
    EDITED = "edited"
    DELETED = "deleted"
    REACTION = "reaction"
    # Staff took the message down, and brought it back.
    RESTORED = "restored"


class ConversationEvent(Struct, frozen=True):
    """An event of a conversation, with the message as it is now.

    `actor`, `emoji` and `is_added` are set for reactions only.
    """

    seq: int
    type: ConversationEventType
    conversation_id: ConversationId
    message: Message
    actor: NamedMember | None
    emoji: str | None
    is_added: bool | None
    created_at: datetime


class SeqRange(Struct, frozen=True):
    """Events after `since`, and up to `until`."""

    since: int
    until: int = MAX_SEQ


class ConversationEventPage(Struct, frozen=True):
    """Events after a `seq`, in order.

    `head` is the `seq` of the last event; `since` is where the next page begins. `read_marks` are
    those of other members in direct conversations and in groups of up to 100, on the last page.
    """

    conversation_id: ConversationId
    events: list[ConversationEvent]
    since: int
    head: int
    has_more: bool
    read_number: int
    read_marks: list[ReadMark]


class EventDetails(Struct, frozen=True):
    """The type of an event, and for a reaction its member and emoji."""

    type: ConversationEventType
    actor_id: UserId | None = None
    emoji: str | None = None
    is_added: bool | None = None


class StoredConversationEvent(StoredMessage, frozen=True, array_like=True):
    """An event as stored, after its message, with the name of its actor."""

    event_seq: int
    event_type: ConversationEventType
    actor_id: UserId | None
    actor: str | None
    actor_appearance: Appearance
    emoji: str | None
    is_added: bool | None
    happened_at: datetime
