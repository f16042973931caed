"""Conversations and their members, as stored and as shown."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from veza.core.ids import ConversationId, TierId, UserId
from veza.core.pages import Cursor
from veza.core.people import Appearance
from veza.domains.audiences.models import ForTier
from veza.domains.auth.accounts.models import NamedMember

MAX_NAME_LENGTH = 100
# For a new conversation; more can be added later.
MAX_FIRST_MEMBERS = 100

Name = Annotated[str, Meta(min_length=1, max_length=MAX_NAME_LENGTH, examples=["Modular nights"])]
SlowMode = Annotated[
    int,
    Meta(
        ge=0,
        le=21_600,
        description="Seconds that members wait between two messages; 0 turns slow mode off.",
        examples=[10],
    ),
]
FirstMembers = Annotated[list[UserId], Meta(max_length=MAX_FIRST_MEMBERS)]


class ConversationType(StrEnum):
    """Two members, an invited group, or a room with a name."""

    DIRECT = "direct"
    GROUP = "group"
    ROOM = "room"


class MemberRole(StrEnum):
    """The role of a member in a conversation."""

    OWNER = "owner"
    ADMIN = "admin"
    MEMBER = "member"


class ConversationForm(Struct, frozen=True):
    """A new conversation: direct ones have one other member and no name, rooms have a name.

    Anyone may join a room, unless `is_private` is true. A room with a tier of its creator is
    private, and members of that tier, and of higher ones, may join it.
    """

    type: ConversationType
    name: Name | None = None
    member_ids: FirstMembers = []
    is_private: bool = False
    tier_id: ForTier | None = None


class ConversationChange(Struct, frozen=True):
    """Changes to a conversation; omitted fields keep their values.

    A room with a tier of the caller is private, and members of the tier may join it. Members
    without the tier are removed from it, but for owners and admins. A change of the tier ends the
    history for those who join later.
    """

    name: Name | UnsetType = UNSET
    is_private: bool | UnsetType = UNSET
    tier_id: ForTier | UnsetType | None = UNSET
    slow_mode_seconds: SlowMode | UnsetType = UNSET


class StoredConversation(Struct, frozen=True):
    """A conversation as stored."""

    id: ConversationId
    type: ConversationType
    name: str | None
    is_private: bool
    is_of_stream: bool
    tier_id: TierId | None
    members_count: int
    last_seq: int
    last_number: int
    members_version: int
    slow_mode_seconds: int
    active_at: datetime
    created_at: datetime


class Membership(StoredConversation, frozen=True):
    """A conversation, and the state of a member in it.

    The member can't read events up to `joined_seq`. `other` is the other member of a direct
    conversation, None if they are deleted or suspended.
    """

    user_id: UserId
    role: MemberRole
    joined_at: datetime
    joined_seq: int
    read_number: int
    other_id: UserId | None
    other_username: str | None
    other_appearance: Appearance

    @property
    def unread_count(self) -> int:
        """The number of messages after the member's read mark."""
        return self.last_number - self.read_number


class LockedMembership(StoredConversation, frozen=True):
    """A conversation that is locked for a change by a member.

    `last_sent_at` is None unless slow mode is on. `other_id` is the other member of a direct
    conversation.
    """

    username: str
    appearance: Appearance
    role: MemberRole
    last_sent_at: datetime | None
    joined_seq: int
    other_id: UserId | None


class Conversation(Struct, frozen=True):
    """A conversation.

    `role`, `read_number` and `unread_count` are null for viewers who are not members. `last_seq`
    and `last_number` are those of the last event and of the last message. `other` is the other
    member of a direct conversation, null if deleted. A room with a `tier_id` is for members of that
    tier, and of higher ones. Members without a managing role wait
    `slow_mode_seconds` between two messages.
    """

    id: ConversationId
    type: ConversationType
    name: str | None
    is_private: bool
    tier_id: TierId | None
    other: NamedMember | None
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
    """A member of a conversation.

    `read_number` is null if the viewer blocks the member, or is blocked by them.
    """

    user: NamedMember
    role: MemberRole
    joined_at: datetime
    read_number: int | None


class ConversationMemberPage(Struct, frozen=True):
    """A page of members, in the order in which they joined."""

    members: list[ConversationMember]
    next_cursor: str | None
    has_more: bool


class MemberQuery(Struct, frozen=True):
    """The page of members to list."""

    limit: int = 20
    cursor: Cursor | None = None


class MemberForm(Struct, frozen=True):
    """The member to add or remove."""

    user_id: UserId


class RoleForm(Struct, frozen=True):
    """The new role of a member. A new owner takes the conversation over."""

    role: MemberRole


class ConversationHead(Struct, frozen=True):
    """The last event of a conversation, and the version of its members."""

    conversation_id: ConversationId
    seq: int
    members_version: int
    has_tier: bool


class ReadMark(Struct, frozen=True):
    """The number of the last message that a member has read."""

    conversation_id: ConversationId
    user_id: UserId
    number: int


class ReadState(Struct, frozen=True):
    """The caller's read mark, and the number of messages after it."""

    conversation_id: ConversationId
    read_number: int
    unread_count: int


class ReadMarkUpdate(Struct, frozen=True):
    """A read mark after an update, the last message, and whether the mark moved."""

    read_number: int
    last_number: int
    has_moved: bool


class NewConversation(Struct, frozen=True):
    """The row of a new conversation; only direct conversations have the user ids."""

    id: ConversationId
    type: ConversationType
    name: str | None
    is_private: bool
    tier_id: TierId | None = None
    first_user_id: UserId | None = None
    second_user_id: UserId | None = None


class CreatedConversation(Struct, frozen=True):
    """A conversation, and whether it was created: two members share one direct conversation."""

    conversation: Conversation
    is_new: bool


class MemberCandidate(Struct, frozen=True):
    """A member to be added, and whether a block exists between them and the caller."""

    id: UserId
    is_blocked: bool


class StoredMember(Struct, frozen=True):
    """A member of a conversation as stored.

    `is_blocked` is true if the viewer blocks them, or they the viewer.
    """

    user_id: UserId
    username: str
    appearance: Appearance
    role: MemberRole
    joined_at: datetime
    read_number: int
    is_blocked: bool


class ConversationQuery(Struct, frozen=True):
    """The conversations to list: the caller's own, or public rooms by `search`."""

    limit: int = 20
    cursor: Cursor | None = None
    type: ConversationType | None = None
    search: str | None = None


class RoomPage(Struct, frozen=True):
    """A page of public rooms, most members first."""

    rooms: list[Conversation]
    next_cursor: str | None
    has_more: bool


class StoredRoom(StoredConversation, frozen=True):
    """A public room as stored, and the viewer's membership, if any."""

    role: MemberRole | None
    read_number: int | None


class FormerRoomMember(Struct, frozen=True):
    """A member of a room who has its tier no more."""

    conversation_id: ConversationId
    user_id: UserId


class RemovedMembership(Struct, frozen=True):
    """A membership that was deleted, and the role it had."""

    conversation_id: ConversationId
    role: MemberRole


class ConversationRef(Struct, frozen=True):
    """The conversation that the caller left or ended."""

    id: ConversationId


class ExportedMembership(Struct, frozen=True):
    """A membership in an export of personal data."""

    conversation_id: ConversationId
    type: ConversationType
    name: str | None
    role: MemberRole
    joined_at: datetime
    read_number: int
