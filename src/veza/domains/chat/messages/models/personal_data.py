"""Messages in reports and in exports of personal data."""

from datetime import datetime

from msgspec import Struct

from veza.core.ids import ConversationId, MessageId, UserId


class MessageEvidence(Struct, frozen=True):
    """The text of a reported message, and where it was sent."""

    author_id: UserId
    username: str
    content: str
    conversation_id: ConversationId
    conversation_name: str | None
    created_at: datetime


class ExportedMessage(Struct, frozen=True):
    """A message in an export of personal data."""

    id: MessageId
    conversation_id: ConversationId
    content: str
    created_at: datetime
    edited_at: datetime | None


class ExportedReaction(Struct, frozen=True):
    """A reaction in an export of personal data."""

    message_id: MessageId
    emoji: str
    reacted_at: datetime


class ExportedMessages(Struct, frozen=True):
    """All messages and reactions of a member."""

    messages: list[ExportedMessage]
    reactions: list[ExportedReaction]
