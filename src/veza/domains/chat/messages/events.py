"""What this domain announces to the others."""

from msgspec import Struct

from veza.core.ids import ConversationId, MessageId, UserId


class MessageSent(Struct, frozen=True):
    """A message that somebody is to be told of: not of a room, unless it mentions them.

    `mentions` are the names that its text calls, in lower case.
    """

    conversation_id: ConversationId
    message_id: MessageId
    sender_id: UserId
    mentions: list[str]
