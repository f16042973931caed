"""Announces a message to members who are to be notified: in rooms only those mentioned."""

from msgspec import Struct

from veza.core.ids import ConversationId, MessageId, UserId


class MessageSent(Struct, frozen=True):
    """A message to notify members about: in rooms only those whom it mentions.

    `mentions` are the lower-case user names in its text.
    """

    conversation_id: ConversationId
    message_id: MessageId
    sender_id: UserId
    mentions: list[str]
