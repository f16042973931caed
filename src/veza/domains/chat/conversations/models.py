"""The nouns of the domain, as they are stored and as they are shown."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from veza.core.ids import ConversationId, UserId
from veza.core.pages import Cursor

MAX_NAME_LENGTH = 100
# So many can be named when a conversation is made; more are added one by one.
MAX_FIRST_MEMBERS = 100

Name = Annotated[str, Meta(min_length=1, max_length=MAX_NAME_LENGTH, examples=["Modular nights"])]
SlowMode = Annotated[
    int,
    Meta(
        ge=0,
        le=21_600,
        description="For how many seconds members wait between two messages; 0 is not at all.",
        examples=[10],
    ),
]
FirstMembers = Annotated[list[UserId], Meta(max_length=MAX_FIRST_MEMBERS)]


class ConversationType(StrEnum):
    """Two people, some who were asked in, or a place with a name."""

    DIRECT = "direct"
    GROUP = "group"
    ROOM = "room"


class MemberRole(StrEnum):
    """What one may do in a conversation."""

    OWNER = "owner"
    ADMIN = "admin"
    MEMBER = "member"


class ConversationForm(Struct, frozen=True):
    """What is to be made: direct ones have one other member and no name, rooms have a name.

    A room is public, and anyone may join, unless `is_private` says otherwise.
    """

    type: ConversationType
    name: Name | None = None
    member_ids: FirstMembers = []
    is_private: bool = False


class ConversationChange(Struct, frozen=True):
    """What is to be changed; what is left out stays as it is."""

    name: Name | UnsetType = UNSET
    is_private: bool | UnsetType = UNSET
    slow_mode_seconds: SlowMode | UnsetType = UNSET


class ChatUser(Struct, frozen=True):
    """A member, as they are shown."""

    id: UserId
    username: str


class StoredConversation(Struct, frozen=True):
    """A conversation as it is stored, with the names of the two of a direct one."""

    id: ConversationId
    type: ConversationType
    name: str | None
    is_private: bool
    members_count: int
    last_seq: int
    last_number: int
    members_version: int
    slow_mode_seconds: int
    active_at: datetime
    created_at: datetime


class Membership(StoredConversation, frozen=True):
    """A conversation, and how one of its members stands in it.

    Of what was said, that is for them which has a seq above `joined_seq`. `other` is the other
    member of a direct conversation, as far as they are to be seen.
    """

    user_id: UserId
    role: MemberRole
    joined_at: datetime
    joined_seq: int
    read_number: int
    other_id: UserId | None
    other_username: str | None

    @property
    def unread_count(self) -> int:
        """How many messages came after the last one that they read."""
        return self.last_number - self.read_number


class LockedMembership(Struct, frozen=True):
    """A conversation that is locked for one of its members: nobody else changes it meanwhile.

    When they spoke last is told only where they have to wait before they may again.
    """

    id: ConversationId
    type: ConversationType
    name: str | None
    is_private: bool
    members_count: int
    last_seq: int
    last_number: int
    slow_mode_seconds: int
    username: str
    role: MemberRole
    spoke_at: datetime | None
    joined_seq: int
    other_id: UserId | None


class Conversation(Struct, frozen=True):
    """A conversation as it is shown to one who may know of it.

    `role` and `unread_count` are null to those who are not in it; `last_seq` and `last_number` say
    how far it is. `other` is the other member of a direct one, null once they are gone. Members who
    don't see to it wait `slow_mode_seconds` between two messages.
    """

    id: ConversationId
    type: ConversationType
    name: str | None
    is_private: bool
    other: ChatUser | None
    role: MemberRole | None
    members_count: int
    last_seq: int
    last_number: int
    read_number: int | None
    unread_count: int | None
    slow_mode_seconds: int
    active_at: datetime
    created_at: datetime


class ConversationMember(Struct, frozen=True):
    """Somebody in a conversation: what they do there, and since when.

    How far they have read is null for a viewer whom they block, or who blocks them.
    """

    user: ChatUser
    role: MemberRole
    joined_at: datetime
    read_number: int | None


class ConversationMemberPage(Struct, frozen=True):
    """One page of the members of a conversation, in the order in which they joined."""

    members: list[ConversationMember]
    next_cursor: str | None
    has_more: bool


class MemberQuery(Struct, frozen=True):
    """Which members are asked for."""

    limit: int = 20
    cursor: Cursor | None = None


class MemberForm(Struct, frozen=True):
    """Who is to be added, or removed."""

    user_id: UserId


class RoleForm(Struct, frozen=True):
    """What somebody is to be from now on: to name an owner hands the conversation over."""

    role: MemberRole


class ConversationHead(Struct, frozen=True):
    """How far a conversation is: whoever knows less has missed something."""

    conversation_id: ConversationId
    seq: int
    members_version: int


class ReadMark(Struct, frozen=True):
    """Up to which message somebody has read."""

    conversation_id: ConversationId
    user_id: UserId
    number: int


class ReadState(Struct, frozen=True):
    """How far one has read oneself, and what is left."""

    conversation_id: ConversationId
    read_number: int
    unread_count: int


class ReadMarkUpdate(Struct, frozen=True):
    """How far somebody has read, of how much, and whether that is further than before."""

    read_number: int
    last_number: int
    has_moved: bool


class NewConversation(Struct, frozen=True):
    """What is written for a new conversation."""

    id: ConversationId
    type: ConversationType
    name: str | None
    is_private: bool
    one_id: UserId | None
    other_id: UserId | None


class ConversationRequest(Struct, frozen=True):
    """A conversation that is to be made, as far as the wish can be told to be one."""

    type: ConversationType
    name: str | None
    is_private: bool
    others: list[UserId]


class CreatedConversation(Struct, frozen=True):
    """A conversation, and whether it was made just now: of two people there is one."""

    conversation: Conversation
    is_new: bool


class MemberCandidate(Struct, frozen=True):
    """How somebody stands to who wants to talk to them."""

    id: UserId
    is_blocked: bool


class StoredMember(Struct, frozen=True):
    """A member of a conversation as they are stored, with their name.

    `is_blocked` says whether they block the viewer, or the viewer them.
    """

    user_id: UserId
    username: str
    role: MemberRole
    joined_at: datetime
    read_number: int
    is_blocked: bool


class ConversationQuery(Struct, frozen=True):
    """Which conversations are asked for: one's own, or with `words` the rooms that have them."""

    limit: int = 20
    cursor: Cursor | None = None
    type: ConversationType | None = None
    words: str | None = None


class RoomPage(Struct, frozen=True):
    """One page of rooms that are open, the ones with the most members first."""

    rooms: list[Conversation]
    next_cursor: str | None
    has_more: bool


class StoredRoom(StoredConversation, frozen=True):
    """An open room as it is stored, and how whoever looks for it stands in it, if they do."""

    role: MemberRole | None
    read_number: int | None


class RemovedMembership(Struct, frozen=True):
    """Who left a conversation, and as what."""

    conversation_id: ConversationId
    role: MemberRole


class ConversationRef(Struct, frozen=True):
    """Which conversation one is in no more."""

    id: ConversationId


class ConversationCounts(Struct, frozen=True):
    """How many conversations there are, how many of them rooms, and what was said in all."""

    total: int
    rooms: int
    messages: int


class ExportedMembership(Struct, frozen=True):
    """A conversation that a member is in, for handing out."""

    conversation_id: ConversationId
    type: ConversationType
    name: str | None
    role: MemberRole
    joined_at: datetime
    read_number: int
