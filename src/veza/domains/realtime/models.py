"""The chat token, and the frames of clients and server.

A frame is `{"type": …, "id": …, "data": {…}}`. Each type is a Struct, and so is its `data`.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta, Struct

from veza.core.errors import FieldError
from veza.core.ids import ConversationId, MessageId, UserId
from veza.domains.auth.accounts.models import NamedMember
from veza.domains.auth.sessions.models import AccessClaims
from veza.domains.chat.conversations.models import ReadMark
from veza.domains.chat.messages.models.messages import (
    MAX_SEQ,
    Content,
    Emoji,
    Message,
    MessageForm,
    MessageRef,
    ReactionCount,
)
from veza.domains.listening.models import ListeningState

# A client's name for a frame, which its answer repeats.
FrameId = Annotated[str, Meta(max_length=100)] | int | None
# A `seq`, or the `cursor` of a message.
Since = Annotated[int, Meta(ge=0, le=MAX_SEQ)] | Annotated[str, Meta(max_length=200)]


class PresenceStatus(StrEnum):
    """Whether a member has a conversation open."""

    ONLINE = "online"
    OFFLINE = "offline"


class LocalPresence(Struct, frozen=True):
    """Members who have a conversation open at this process, and members who closed it."""

    online: AbstractSet[UserId]
    left: AbstractSet[UserId]


class ChannelMember(Struct, frozen=True):
    """A member of a conversation, who may read events after `joined_seq`."""

    user_id: UserId
    joined_seq: int


class ChatToken(Struct, frozen=True):
    """A token for a single WebSocket connection, valid for `expires_in` seconds."""

    token: str
    expires_in: Annotated[int, Meta(examples=[300])]


class ChatClaims(AccessClaims, frozen=True, omit_defaults=True, kw_only=True):
    """The claims of a new chat token: `profile` is the one as which the member asked for it."""

    profile: UserId | None = None


class ChatTokenClaims(ChatClaims, frozen=True, kw_only=True):
    """The claims of a chat token: those of an access token, and an id to use it only once."""

    jti: UUID
    exp: int


# Frames of clients


class AuthData(Struct, frozen=True):
    """A chat token, for clients that can send it neither in the address nor as subprotocol."""

    token: Annotated[str, Meta(max_length=2000)]


class ConversationData(Struct, frozen=True):
    """A conversation."""

    conversation_id: ConversationId


class JoinData(ConversationData, frozen=True):
    """The conversation to subscribe to, and optionally since when to send its history first."""

    since: Since | None = None


class SyncData(ConversationData, frozen=True):
    """Since when to send the history of a conversation."""

    since: Since


class MessageData(MessageForm, frozen=True, kw_only=True):
    """A message to send."""

    conversation_id: ConversationId


class EditData(MessageRef, frozen=True):
    """The new content of a message."""

    content: Content


class ReactData(MessageRef, frozen=True):
    """A reaction to add, or to remove if it is there."""

    emoji: Emoji


class ReadData(ConversationData, frozen=True):
    """The last message that was read; all messages if there is none."""

    message_id: MessageId | None = None


class PingData(Struct, frozen=True):
    """The data of a `ping` by a member who listens in a room."""

    conversation_id: ConversationId | None = None


def _name_type(name: str) -> str:
    return name.removesuffix("Frame").lower()


class ClientFrame(Struct, frozen=True, tag_field="type", tag=_name_type, kw_only=True):
    """The fields of every frame of a client. The class name is the type: `JoinFrame` is `join`."""

    id: FrameId = None
    data: Any


class AuthFrame(ClientFrame, frozen=True):
    """Authenticate, as the first frame."""

    data: AuthData


class JoinFrame(ClientFrame, frozen=True):
    """Subscribe to a conversation, and become a member where it is a public room."""

    data: JoinData


class LeaveFrame(ClientFrame, frozen=True):
    """Unsubscribe from a conversation, and stay its member."""

    data: ConversationData


class MessageFrame(ClientFrame, frozen=True):
    """Send a message."""

    data: MessageData


class EditFrame(ClientFrame, frozen=True):
    """Edit a message."""

    data: EditData


class DeleteFrame(ClientFrame, frozen=True):
    """Delete a message."""

    data: MessageRef


class ReactFrame(ClientFrame, frozen=True):
    """Add or remove a reaction."""

    data: ReactData


class TypingFrame(ClientFrame, frozen=True):
    """Show others that the member is typing."""

    data: ConversationData


class ReadFrame(ClientFrame, frozen=True):
    """Move the member's read mark."""

    data: ReadData


class SyncFrame(ClientFrame, frozen=True):
    """Request the events since a moment."""

    data: SyncData


class PingFrame(ClientFrame, frozen=True):
    """Request a `pong`; `PingData` says in which room the member listens, all else of none."""

    data: Any = None


class PongFrame(ClientFrame, frozen=True):
    """Answer a `ping` of the server."""

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


class UnreadableFrame(Struct, frozen=True):
    """The readable fields of an invalid frame, for its `error`."""

    id: Any = None
    data: Any = None


# Frames of the server


class FrameType(StrEnum):
    """The types of frames of the server; after an `ack`, the effect of a frame is stored."""

    READY = "ready"
    ACK = "ack"
    MESSAGE = "message"
    EDITED = "edited"
    DELETED = "deleted"
    RESTORED = "restored"
    REACTION = "reaction"
    TYPING = "typing"
    READ = "read"
    PRESENCE = "presence"
    HISTORY = "history"
    NOTIFICATION = "notification"
    QUEUE = "queue"
    LISTENING = "listening"
    ERROR = "error"
    PING = "ping"
    PONG = "pong"


class ReadyData(Struct, frozen=True):
    """The authenticated member, and how often the server sends a `ping` to a silent client."""

    user_id: UserId
    ping_seconds: int


class JoinedData(Struct, frozen=True):
    """The state of a conversation: events after `seq` are sent as they happen."""

    conversation_id: ConversationId
    seq: int
    number: int
    read_number: int


class MessageAckData(Struct, frozen=True):
    """A message that is stored, by this frame or an earlier frame with the same `client_id`."""

    conversation_id: ConversationId
    message_id: MessageId
    client_id: str | None
    seq: int
    number: int
    cursor: str
    created_at: datetime


class EventData(Struct, frozen=True):
    """A message that was changed, and the `seq` of the change."""

    conversation_id: ConversationId
    message_id: MessageId
    seq: int


class EditedData(EventData, frozen=True):
    """The new content of a message."""

    content: str
    edited_at: datetime | None


class DeletedData(EventData, frozen=True):
    """When a message was deleted."""

    deleted_at: datetime


class RestoredData(EventData, frozen=True):
    """A deleted message that is there again."""

    message: Message


class ReactionData(EventData, frozen=True):
    """A reaction that a member added or removed, and all reactions that the message has now."""

    user: NamedMember | None
    emoji: str
    is_added: bool
    reactions: Sequence[ReactionCount]


class TypingData(Struct, frozen=True):
    """A member who is typing; it is shown for `expires_in` seconds."""

    conversation_id: ConversationId
    user_id: UserId
    expires_in: int


class PresenceData(Struct, frozen=True):
    """A member who came online in a conversation, or went offline."""

    conversation_id: ConversationId
    user_id: UserId
    status: PresenceStatus


class QueueData(Struct, frozen=True):
    """The version of the member's play queue, which another device may have changed."""

    version: int


class ListeningData(Struct, frozen=True):
    """The new state of a listening room; null if it ended."""

    conversation_id: ConversationId
    state: ListeningState | None


class PongData(Struct, frozen=True):
    """The time of the database, by which rooms play, in milliseconds since 1970."""

    time_ms: float


class ErrorData(Struct, frozen=True, omit_defaults=True):
    """Why a frame was refused. `code` never changes; the ids are those that the frame named."""

    code: str
    message: str
    conversation_id: Any = None
    client_id: Any = None
    retry_after: int | None = None
    details: Sequence[FieldError] = ()


class ServerFrame(Struct, frozen=True, omit_defaults=True):
    """A frame of the server; `id` is that of the frame it answers."""

    type: FrameType
    data: Any
    id: FrameId = None


class HistoryData(Struct, frozen=True):
    """A page of events after `since` and up to `seq`, in two lists ordered by `seq`.

    `messages` are new messages as they are now, `changes` the frames of events that changed
    messages. With `has_more` the client has to request the rest by a `sync` since `seq`.
    `read_marks` come with the last page.
    """

    conversation_id: ConversationId
    since: int
    seq: int
    has_more: bool
    messages: Sequence[Message]
    changes: Sequence[ServerFrame]
    read_marks: Sequence[ReadMark]
