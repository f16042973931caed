"""Messages as entered, stored and shown, with their quotes and reactions."""

from datetime import datetime
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from veza.core.ids import ConversationId, FileId, ImageId, MessageId, TrackId, UserId
from veza.core.people import Appearance
from veza.core.signed_urls import UrlBuilder
from veza.core.takedowns import ItemTakedown, TakenDown
from veza.domains.auth.accounts.models import NamedMember
from veza.domains.chat.attachments.models import MessageFile, StoredMessageFile
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


class MessageRef(Struct, frozen=True):
    """The ids of a message and its conversation."""

    conversation_id: ConversationId
    message_id: MessageId


class OwnedMessage(MessageRef, frozen=True):
    """A message that staff may take down, and its sender."""

    sender_id: UserId
    content: str


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


class KeptMessage(Struct, frozen=True):
    """The parts of a message that is taken down, to restore it.

    What is attached to it stays where it is, and so do the members' reactions.
    """

    content: str
    track_id: TrackId | None
    reply_to_id: MessageId | None
    reactions: list[StoredReaction]


class OwnTakedown(Struct, frozen=True):
    """The take-down of a message as its sender sees it, and the message as it was."""

    item: ItemTakedown
    kept: KeptMessage


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
    # Of a message of the reader.
    taken_down: OwnTakedown | None


class Message(Struct, frozen=True):
    """A message.

    `number` counts the messages of a conversation, `seq` all its events. `cursor` is a cursor for
    its history. A deleted message has a `deleted_at` and no content; a message whose sender is
    deleted has no `sender`. `reacted` has the viewer's own reactions, if the response is for a
    single viewer. One that staff has taken down is deleted to others, and has a `taken_down` for
    its sender. An answer has a `reply_to_id`, and a `reply_to` unless the other message was
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
    taken_down: TakenDown | UnsetType = UNSET


class SentMessage(Struct, frozen=True):
    """A stored message; `is_new` is false if an earlier call with the `client_id` stored it."""

    message: Message
    is_new: bool


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


class MemberReaction(Struct, frozen=True):
    """A reaction of a member, and all reactions of the message."""

    message_id: MessageId
    emoji: str
    reactions: list[StoredReaction]
