"""The nouns of the domain: the token, and the frames that come in and go out.

A frame is `{"type": …, "id": …, "data": {…}}`. Each type is a Struct, named after it.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta, Struct

from veza.core.errors import Fault
from veza.core.ids import ConversationId, MessageId, UserId
from veza.domains.auth.sessions.models import AccessClaims
from veza.domains.chat.conversations.models import Person, ReadMark
from veza.domains.chat.messages.models import (
    HIGHEST,
    Content,
    Emoji,
    Message,
    MessageForm,
    MessagePlace,
    ShownReaction,
)

# What the client calls a frame by, to find the answer to it.
FrameId = Annotated[str, Meta(max_length=100)] | int | None
# The `cursor` of a message, or a seq.
Since = Annotated[int, Meta(ge=0, le=HIGHEST)] | Annotated[str, Meta(max_length=200)]


class PresenceStatus(StrEnum):
    """Whether somebody is there."""

    ONLINE = "online"
    OFFLINE = "offline"


class Attendance(Struct, frozen=True):
    """Who is in a conversation by this process, and who is no more."""

    here: AbstractSet[UserId]
    gone: AbstractSet[UserId]


class ChatToken(Struct, frozen=True):
    """What opens one socket, within `expires_in` seconds."""

    token: str
    expires_in: Annotated[int, Meta(examples=[300])]


class SpentClaims(AccessClaims, frozen=True):
    """What a chat token says: like an access token, and what it is spent by."""

    jti: UUID
    exp: int


def _name_type(name: str) -> str:
    return name.removesuffix("Frame").lower()


class Incoming(Struct, frozen=True, tag_field="type", tag=_name_type, kw_only=True):
    """What every frame of a client has."""

    id: FrameId = None
    data: Any


class AuthData(Struct, frozen=True):
    """The token, where neither the address nor the subprotocol holds it."""

    token: Annotated[str, Meta(max_length=2000)]


class Place(Struct, frozen=True):
    """Which conversation is meant."""

    conversation_id: ConversationId


class JoinData(Place, frozen=True):
    """Where to be; and what one has seen of it, to get the rest first."""

    since: Since | None = None


class SyncData(Place, frozen=True):
    """From where on one has seen nothing."""

    since: Since


class MessageData(MessageForm, frozen=True, kw_only=True):
    """What is said, and where."""

    conversation_id: ConversationId


class EditData(MessagePlace, frozen=True):
    """What a message is to say from now on."""

    content: Content


class ReactData(MessagePlace, frozen=True):
    """With what one reacts: the second time takes it back."""

    emoji: Emoji


class ReadData(Place, frozen=True):
    """Up to which message one has read; all of them where none is named."""

    message_id: MessageId | None = None


class AuthFrame(Incoming, frozen=True):
    """The first frame of a socket that came without a token."""

    data: AuthData


class JoinFrame(Incoming, frozen=True):
    """Hear what happens in a conversation; a public room makes one a member of it."""

    data: JoinData


class LeaveFrame(Incoming, frozen=True):
    """Hear no more of a conversation, and stay its member."""

    data: Place


class MessageFrame(Incoming, frozen=True):
    """Say something."""

    data: MessageData


class EditFrame(Incoming, frozen=True):
    """Say something else instead."""

    data: EditData


class DeleteFrame(Incoming, frozen=True):
    """Take something back."""

    data: MessagePlace


class ReactFrame(Incoming, frozen=True):
    """React to something, or take that back."""

    data: ReactData


class TypingFrame(Incoming, frozen=True):
    """Let the others know that one is writing."""

    data: Place


class ReadFrame(Incoming, frozen=True):
    """Let the others know what one has read."""

    data: ReadData


class SyncFrame(Incoming, frozen=True):
    """Get what one missed."""

    data: SyncData


class PingFrame(Incoming, frozen=True):
    """Ask whether somebody is there."""

    data: Any = None


class PongFrame(Incoming, frozen=True):
    """Say that one is there."""

    data: Any = None


type AnyFrame = (
    AuthFrame
    | JoinFrame
    | LeaveFrame
    | MessageFrame
    | EditFrame
    | DeleteFrame
    | ReactFrame
    | TypingFrame
    | ReadFrame
    | SyncFrame
    | PingFrame
    | PongFrame
)


class Refused(Struct, frozen=True):
    """What can be made out of a frame that can't be read, so that its sender knows which it was."""

    id: Any = None
    data: Any = None


class Outgoing(Struct, frozen=True, tag_field="type", kw_only=True, omit_defaults=True):
    """What a frame of the server has: `data`, and the `id` of what it answers."""

    id: FrameId = None
    data: Any


class Ready(Outgoing, frozen=True, tag="ready"):
    """Frames are heard from now on."""


class Ack(Outgoing, frozen=True, tag="ack"):
    """It is done, and stored."""


class Said(Outgoing, frozen=True, tag="message"):
    """Somebody said something."""


class Edited(Outgoing, frozen=True, tag="edited"):
    """A message says something else."""


class Deleted(Outgoing, frozen=True, tag="deleted"):
    """A message is gone."""


class Reacted(Outgoing, frozen=True, tag="reaction"):
    """Somebody reacted to a message, or took it back."""


class Typing(Outgoing, frozen=True, tag="typing"):
    """Somebody is writing."""


class Read(Outgoing, frozen=True, tag="read"):
    """Somebody has read up to a message."""


class Presence(Outgoing, frozen=True, tag="presence"):
    """Somebody has come or gone."""


class Missed(Outgoing, frozen=True, tag="history"):
    """What happened while one was away."""


class Notified(Outgoing, frozen=True, tag="notification"):
    """Something happened elsewhere."""


class Refusal(Outgoing, frozen=True, tag="error"):
    """A frame was refused; the socket stays open."""


class Ping(Outgoing, frozen=True, tag="ping"):
    """The question whether somebody is there."""


class Pong(Outgoing, frozen=True, tag="pong"):
    """Somebody is there."""


class Welcome(Struct, frozen=True):
    """Who one is taken for, and how often one is asked whether one is there."""

    user_id: UserId
    ping_seconds: int


class Joined(Struct, frozen=True):
    """How far the conversation is: what happens after `seq` comes by itself."""

    conversation_id: ConversationId
    seq: int
    number: int
    read_number: int


class Stored(Struct, frozen=True):
    """A message that is stored: by this frame, or by an earlier one with the same `client_id`."""

    conversation_id: ConversationId
    message_id: MessageId
    client_id: str | None
    seq: int
    number: int
    cursor: str
    created_at: datetime


class Happened(Struct, frozen=True):
    """What was done to a message, and as which event."""

    conversation_id: ConversationId
    message_id: MessageId
    seq: int


class EditedMessage(Happened, frozen=True):
    """What a message says now."""

    content: str
    edited_at: datetime | None


class DeletedMessage(Happened, frozen=True):
    """Since when a message is gone."""

    deleted_at: datetime | None


class MessageReaction(Happened, frozen=True):
    """Who reacted with what, or took it back, and what there is of reactions now."""

    user: Person | None
    emoji: str
    is_added: bool
    reactions: Sequence[ShownReaction]


type Change = Edited | Deleted | Reacted


class History(Struct, frozen=True):
    """A page of what one missed, after `since` and up to `seq`, in two lists that `seq` orders.

    `messages` are the new ones, as they are now. `changes` are the frames of what became of
    messages. Where it `has_more`, that comes only to those who ask for it, with a `sync` since
    `seq`. `read_marks` come with the last page.
    """

    conversation_id: ConversationId
    since: int
    seq: int
    has_more: bool
    messages: Sequence[Message]
    changes: Sequence[Change]
    read_marks: Sequence[ReadMark]


class WhoTypes(Struct, frozen=True):
    """Who is writing; forget it after `expires_in` seconds."""

    conversation_id: ConversationId
    user_id: UserId
    expires_in: int


class WhoIsThere(Struct, frozen=True):
    """Who is there in a conversation, or no more."""

    conversation_id: ConversationId
    user_id: UserId
    status: PresenceStatus


class Problem(Struct, frozen=True, omit_defaults=True):
    """Why a frame was refused: `code` never changes. It names what the frame named."""

    code: str
    message: str
    conversation_id: Any = None
    client_id: Any = None
    retry_after: int | None = None
    details: Sequence[Fault] = ()


class Standing(Struct, frozen=True):
    """Somebody who is in a conversation: what was said up to `joined_seq` is not for them."""

    user_id: UserId
    joined_seq: int
