"""The nouns of the domain, as they are stored and as they are shown."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from veza.core.ids import ConversationId, FileId, ImageId, MessageId, TrackId, UserId
from veza.core.signed_urls import UrlBuilder
from veza.domains.chat.attachments.models import SentFile, StoredFileSnapshot
from veza.domains.chat.conversations.models import Conversation, Membership, Person, ReadMark
from veza.domains.images.models import Image, SizedImage

MAX_CONTENT_LENGTH = 4000
MAX_CLIENT_ID_LENGTH = 100
MAX_EMOJI_LENGTH = 16
MAX_KINDS_OF_REACTION = 20
MAX_IMAGES = 4
# No seq and no number is higher.
HIGHEST = 2**63 - 1

Content = Annotated[
    str, Meta(max_length=MAX_CONTENT_LENGTH, examples=["Has anybody a spare XLR cable?"])
]
ClientId = Annotated[str, Meta(min_length=1, max_length=MAX_CLIENT_ID_LENGTH)]
Emoji = Annotated[str, Meta(min_length=1, max_length=MAX_EMOJI_LENGTH, examples=["🔥"])]
Images = Annotated[list[ImageId], Meta(max_length=MAX_IMAGES)]


class Reader(Struct, frozen=True):
    """Who reads, and how the URLs are made that they get."""

    id: UserId
    urls: UrlBuilder


class EventType(StrEnum):
    """What can happen in a conversation: each takes the next seq."""

    MESSAGE = "message"
    EDITED = "edited"
    DELETED = "deleted"
    REACTION = "reaction"


class Direction(StrEnum):
    """Which way to go from a place in a history."""

    OLDER = "older"
    NEWER = "newer"


class MessagePlace(Struct, frozen=True):
    """Which message is meant, and in which conversation."""

    conversation_id: ConversationId
    message_id: MessageId


class MessageForm(Struct, frozen=True):
    """What is said: words, or a track, images or a file of one's own without any.

    The file is sent as it is now: whatever becomes of it, the message has it.

    With a `client_id` it may be sent again without harm: the first one counts, whatever the second
    says.
    """

    content: Content = ""
    client_id: ClientId | None = None
    track_id: TrackId | None = None
    image_ids: Images = []
    file_id: FileId | None = None


class MessageChange(Struct, frozen=True):
    """What a message is to say from now on."""

    content: Content


class ReactionForm(Struct, frozen=True):
    """With what one reacts: the second time takes it back."""

    emoji: Emoji


class ReadForm(Struct, frozen=True):
    """Up to which message one has read; all of them where none is named."""

    message_id: MessageId | None = None


class MessageTrack(Struct, frozen=True):
    """The track of a message: what everybody who has its id may know."""

    id: TrackId
    title: str
    artist: Person


class Reaction(Struct, frozen=True, array_like=True):
    """With what, and how many: read by place, as it is stored."""

    emoji: str
    count: int


class ShownReaction(Struct, frozen=True):
    """With what, and how many."""

    emoji: str
    count: int


class StoredMessage(Struct, frozen=True, array_like=True):
    """A message as it is stored, with its sender's name: read by place, in this order."""

    id: MessageId
    conversation_id: ConversationId
    seq: int
    number: int
    sender_id: UserId | None
    username: str | None
    content: str
    client_id: str | None
    track_id: TrackId | None
    track_title: str | None
    artist_id: UserId | None
    artist: str | None
    images: list[SizedImage]
    file: StoredFileSnapshot | None
    reactions: list[Reaction]
    created_at: datetime
    edited_at: datetime | None
    deleted_at: datetime | None
    is_hidden: bool
    reacted: list[str] | None


class Message(Struct, frozen=True):
    """A message as it is shown.

    `number` counts the messages of a conversation, `seq` all that happens in it; `cursor` leads to
    what came before or after. A deleted message has no content any more, and a `deleted_at`; one
    whose sender is gone has no `sender`. `reacted` is what one reacted with oneself, where
    somebody in particular asks.
    """

    id: MessageId
    conversation_id: ConversationId
    seq: int
    number: int
    cursor: str
    sender: Person | None
    content: str
    client_id: str | None
    track_id: TrackId | None
    track: MessageTrack | None
    images: list[Image]
    file: SentFile | None
    reactions: list[ShownReaction]
    created_at: datetime
    edited_at: datetime | None
    deleted_at: datetime | None
    reacted: list[str] | UnsetType = UNSET


class Event(Struct, frozen=True):
    """Something that happened in a conversation, with the message as it is now.

    `actor`, `emoji` and `is_added` tell of a reaction, and of nothing else.
    """

    seq: int
    type: EventType
    conversation_id: ConversationId
    message: Message
    actor: Person | None
    emoji: str | None
    is_added: bool | None
    created_at: datetime


class Sent(Struct, frozen=True):
    """A message that is stored: by this call, or by an earlier one with the same `client_id`."""

    message: Message
    is_new: bool


class Span(Struct, frozen=True):
    """A part of what happened: after a seq, and up to another where it ends before the head."""

    since: int
    until: int = HIGHEST


class Replay(Struct, frozen=True):
    """What happened after a seq, in order, as far as it is for whoever asks.

    `head` is the seq of the last event there is; `since` is where to go on, which lies behind
    events that aren't for them too. `read_marks` are the others', in a conversation of two and in
    groups of up to a hundred, where there is no more to come.
    """

    conversation_id: ConversationId
    events: list[Event]
    since: int
    head: int
    has_more: bool
    read_number: int
    read_marks: list[ReadMark]


class History(Struct, frozen=True):
    """One page of what was said, the newest first.

    `next_cursor` goes on with what is older, `prev_cursor` with what is newer: also with what
    will only be said after this.
    """

    messages: list[Message]
    next_cursor: str | None
    prev_cursor: str | None
    has_more: bool


class Place(Struct, frozen=True):
    """A place in a history: before or after the message with a seq, where it says which way."""

    seq: Annotated[int, Meta(ge=0, le=HIGHEST)]
    to: Direction | None = None


class ConversationEntry(Conversation, frozen=True):
    """A conversation in a list, with the last thing that was said in it."""

    last_message: Message | None


class StoredEntry(Membership, frozen=True):
    """One of somebody's conversations as it is stored, with what they may read of its end."""

    last_message: StoredMessage | None


class ConversationPage(Struct, frozen=True):
    """One page of conversations: one's own by their last activity, or rooms that were found."""

    conversations: list[ConversationEntry]
    next_cursor: str | None
    has_more: bool


class NewMessage(Struct, frozen=True):
    """What is written for a new message."""

    id: MessageId
    conversation_id: ConversationId
    seq: int
    number: int
    sender_id: UserId
    content: str
    client_id: str | None
    track_id: TrackId | None
    created_at: datetime


class Happening(Struct, frozen=True):
    """What happened to a message, and of a reaction by whom and how."""

    type: EventType
    actor_id: UserId | None = None
    emoji: str | None = None
    is_added: bool | None = None


class NewEvent(Struct, frozen=True):
    """What is written for an event that is no new message."""

    conversation_id: ConversationId
    seq: int
    type: EventType
    message_id: MessageId
    actor_id: UserId | None
    emoji: str | None
    is_added: bool | None
    created_at: datetime


class StoredEvent(StoredMessage, frozen=True, array_like=True):
    """An event as it is stored, behind its message: with the name of who reacted."""

    event_seq: int
    event_type: EventType
    actor_id: UserId | None
    actor: str | None
    emoji: str | None
    is_added: bool | None
    happened_at: datetime


class Reacted(Struct, frozen=True):
    """A reaction of somebody's, and all that there are at the message."""

    message_id: MessageId
    emoji: str
    reactions: list[Reaction]


class MessageEvidence(Struct, frozen=True):
    """What a message said when it was reported, and where."""

    author_id: UserId
    username: str
    content: str
    conversation_id: ConversationId
    conversation_name: str | None
    created_at: datetime


class OwnMessage(Struct, frozen=True):
    """What a member said, for handing out."""

    id: MessageId
    conversation_id: ConversationId
    content: str
    created_at: datetime
    edited_at: datetime | None


class OwnReaction(Struct, frozen=True):
    """How a member reacted, for handing out."""

    message_id: MessageId
    emoji: str
    reacted_at: datetime


class PersonalMessages(Struct, frozen=True):
    """What a member said, and how they reacted to what others said."""

    messages: list[OwnMessage]
    reactions: list[OwnReaction]
