"""Messages and the events of a conversation, as stored and as shown."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from veza.core.ids import ConversationId, FileId, ImageId, MessageId, TrackId, UserId
from veza.core.pages import Cursor
from veza.core.people import Appearance
from veza.core.signed_urls import UrlBuilder
from veza.domains.auth.accounts.models import NamedMember
from veza.domains.chat.attachments.models import MessageFile, StoredMessageFile
from veza.domains.chat.conversations.models import Conversation, Membership, ReadMark
from veza.domains.images.models import Image, SizedImage

MAX_CONTENT_LENGTH = 4000
MAX_CLIENT_ID_LENGTH = 100
MAX_EMOJI_LENGTH = 16
MAX_DISTINCT_REACTIONS = 20
MAX_IMAGES = 4
# The highest seq and number.
MAX_SEQ = 2**63 - 1

Content = Annotated[
    str, Meta(max_length=MAX_CONTENT_LENGTH, examples=["Has anybody a spare XLR cable?"])
]
ClientId = Annotated[str, Meta(min_length=1, max_length=MAX_CLIENT_ID_LENGTH)]
Emoji = Annotated[str, Meta(min_length=1, max_length=MAX_EMOJI_LENGTH, examples=["🔥"])]
Images = Annotated[list[ImageId], Meta(max_length=MAX_IMAGES)]


class MessageReader(Struct, frozen=True):
    """The member who reads, and the builder of the URLs they get."""

    id: UserId
    urls: UrlBuilder


class ConversationEventType(StrEnum):
    """The type of an event in a conversation. Each event has the next `seq`."""

    MESSAGE = "message"
    EDITED = "edited"
    DELETED = "deleted"
    REACTION = "reaction"


class HistoryDirection(StrEnum):
    """Which way to read a history."""

    OLDER = "older"
    NEWER = "newer"


class MessageRef(Struct, frozen=True):
    """The ids of a message and its conversation."""

    conversation_id: ConversationId
    message_id: MessageId


class MessageForm(Struct, frozen=True):
    """A message: text, or a track, images or a file without text.

    The file is sent as it is now; later changes don't affect the message. A message with the
    `client_id` of an earlier message is not sent again. `reply_to` is the message of the same
    conversation that this one answers.
    """

    content: Content = ""
    client_id: ClientId | None = None
    track_id: TrackId | None = None
    image_ids: Images = []
    file_id: FileId | None = None
    reply_to: MessageId | None = None


class MessageChange(Struct, frozen=True):
    """The new text of a message."""

    content: Content


class ReactionForm(Struct, frozen=True):
    """A reaction to add, or to remove if it is there."""

    emoji: Emoji


class ReadForm(Struct, frozen=True):
    """The last message that was read; all messages if there is none."""

    message_id: MessageId | None = None


class MessageTrack(Struct, frozen=True):
    """The track of a message."""

    id: TrackId
    title: str
    artist: NamedMember


class StoredQuote(Struct, frozen=True):
    """The beginning of an answered message as stored."""

    id: MessageId
    seq: int
    sender_id: UserId
    username: str
    appearance: Appearance
    excerpt: str


class MessageQuote(Struct, frozen=True):
    """The beginning of the message that another answers, as it is now.

    `excerpt` is empty where the message has attachments alone.
    """

    id: MessageId
    seq: int
    sender: NamedMember
    excerpt: str


class StoredReaction(Struct, frozen=True, array_like=True):
    """An emoji and its count, stored as an array."""

    emoji: str
    count: int


class ReactionCount(Struct, frozen=True):
    """An emoji, and how many members reacted with it."""

    emoji: str
    count: int


class StoredMessage(Struct, frozen=True, array_like=True):
    """A message as stored, with its sender's name; read as an array, in this order."""

    id: MessageId
    conversation_id: ConversationId
    seq: int
    number: int
    sender_id: UserId | None
    username: str | None
    appearance: Appearance
    content: str
    client_id: str | None
    track_id: TrackId | None
    track_title: str | None
    artist_id: UserId | None
    artist: str | None
    artist_appearance: Appearance
    reply_to_id: MessageId | None
    quote: StoredQuote | None
    images: list[SizedImage]
    file: StoredMessageFile | None
    reactions: list[StoredReaction]
    created_at: datetime
    edited_at: datetime | None
    deleted_at: datetime | None
    is_hidden: bool
    reacted: list[str] | None


class Message(Struct, frozen=True):
    """A message.

    `number` counts the messages of a conversation, `seq` all its events. `cursor` is a cursor for
    its history. A deleted message has a `deleted_at` and no content; a message whose sender is
    deleted has no `sender`. `reacted` has the viewer's own reactions, if the response is for a
    single viewer. An answer has a `reply_to_id`, and a `reply_to` unless the other message was
    deleted or is not for the viewer.
    """

    id: MessageId
    conversation_id: ConversationId
    seq: int
    number: int
    cursor: str
    sender: NamedMember | None
    content: str
    client_id: str | None
    track_id: TrackId | None
    track: MessageTrack | None
    reply_to_id: MessageId | None
    reply_to: MessageQuote | None
    images: list[Image]
    file: MessageFile | None
    reactions: list[ReactionCount]
    created_at: datetime
    edited_at: datetime | None
    deleted_at: datetime | None
    reacted: list[str] | UnsetType = UNSET


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


class SentMessage(Struct, frozen=True):
    """A stored message; `is_new` is false if an earlier call with the `client_id` stored it."""

    message: Message
    is_new: bool


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


class MessageHistory(Struct, frozen=True):
    """A page of messages, the newest first.

    `next_cursor` leads to older messages, `prev_cursor` to newer messages, including future ones.
    """

    messages: list[Message]
    next_cursor: str | None
    prev_cursor: str | None
    has_more: bool


class MessageSearch(Struct, frozen=True):
    """Which messages to find, in one conversation or in all of the member's."""

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


class NewMessage(Struct, frozen=True):
    """The row of a new message. `words` is the text form of a tsvector."""

    id: MessageId
    conversation_id: ConversationId
    seq: int
    number: int
    sender_id: UserId
    content: str
    client_id: str | None
    track_id: TrackId | None
    reply_to_id: MessageId | None
    words: str
    created_at: datetime


class NumberedMessage(Struct, frozen=True):
    """The place of a new message in its conversation, and its sender."""

    seq: int
    number: int
    username: str
    appearance: Appearance


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


class MemberReaction(Struct, frozen=True):
    """A reaction of a member, and all reactions of the message."""

    message_id: MessageId
    emoji: str
    reactions: list[StoredReaction]


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
