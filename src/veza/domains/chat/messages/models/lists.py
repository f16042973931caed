"""Histories, searches and lists of conversations, page by page."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from veza.core.ids import ConversationId
from veza.core.pages import Cursor
from veza.domains.chat.conversations.models import Conversation, Membership
from veza.domains.chat.messages.models.messages import MAX_SEQ, Message, MessageRef, StoredMessage


class HistoryDirection(StrEnum):
    """The direction in which a history is read."""

    OLDER = "older"
    NEWER = "newer"


class MessageHistory(Struct, frozen=True):
    """A page of messages, the newest first.

    `next_cursor` leads to older messages, `prev_cursor` to newer messages, including future ones.
    """

    messages: list[Message]
    next_cursor: str | None
    prev_cursor: str | None
    has_more: bool


class MessageSearch(Struct, frozen=True):
    """The messages to find, in one conversation or in all of the member's."""

    text: str
    conversation_id: ConversationId | None = None
    limit: int = 20
    cursor: Cursor | None = None


class FoundMessagePage(Struct, frozen=True):
    """A page of found messages, the newest first, and the conversations that they are in."""

    messages: list[Message]
    conversations: list[Conversation]
    next_cursor: str | None
    has_more: bool


class UnindexedMessage(MessageRef, frozen=True):
    """A message that no search finds yet."""

    content: str


class HistoryCursor(Struct, frozen=True):
    """A place in a history, and the direction to read from there, if it is fixed."""

    seq: Annotated[int, Meta(ge=0, le=MAX_SEQ)]
    to: HistoryDirection | None = None


class ConversationItem(Conversation, frozen=True):
    """A conversation in a list, with its last message."""

    last_message: Message | None


class StoredConversationItem(Membership, frozen=True):
    """A membership as stored, with the last message if the member may read it."""

    last_message: StoredMessage | None


class ConversationPage(Struct, frozen=True):
    """A page of conversations: the caller's own by activity, or public rooms."""

    conversations: list[ConversationItem]
    next_cursor: str | None
    has_more: bool
