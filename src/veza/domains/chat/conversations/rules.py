"""Decisions without I/O: everything here can be tested with plain values."""

import math
from datetime import datetime, timedelta

from msgspec import UNSET, structs

from veza.core.errors import Fault, Invalid
from veza.core.ids import UserId
from veza.core.normalize import fold
from veza.core.pages import BadCursor, Cursor
from veza.domains.chat.conversations.errors import (
    ConversationFull,
    DirectConversation,
    NotYourConversation,
    SlowModeOn,
)
from veza.domains.chat.conversations.models import (
    Conversation,
    ConversationChange,
    ConversationForm,
    ConversationMember,
    ConversationType,
    Floor,
    MemberRole,
    Membership,
    Person,
    StoredConversation,
    StoredMember,
    StoredRoom,
    Wish,
)

MAX_SEARCH_WORDS = 8
_BY_MEMBERS = "members_count"
_MAX_COUNT = 2**31 - 1
MAX_MADE = 100
MADE_WINDOW_S = 600
MAX_MEMBERS = {
    ConversationType.DIRECT: 2,
    ConversationType.GROUP: 1_000,
    ConversationType.ROOM: 10_000,
}


def clean_form(form: ConversationForm, maker_id: UserId) -> Wish:
    """Read what is to be made. Raises Invalid where it can't be meant."""
    others = [each for each in dict.fromkeys(form.member_ids) if each != maker_id]
    name = " ".join(form.name.split()) if form.name is not None else ""
    is_direct = form.type is ConversationType.DIRECT
    if is_direct and len(others) != 1:
        raise Invalid(details=[Fault("member_ids", "Name the one whom you want to talk to.")])
    if is_direct and name:
        raise Invalid(details=[Fault("name", "A conversation of two has no name.")])
    if form.type is ConversationType.ROOM and not name:
        raise Invalid(details=[Fault("name", "A room needs a name.")])
    is_private = form.type is not ConversationType.ROOM or form.is_private
    return Wish(form.type, name or None, is_private, others)


def change_floor(floor: Floor, change: ConversationChange) -> Floor:
    """Tell how a conversation is once it is changed. Raises Invalid where it can't be so."""
    name, is_private = floor.name, floor.is_private
    if change.name is not UNSET:
        name = " ".join(change.name.split())
        if not name:
            raise Invalid(details=[Fault("name", "A name needs letters.")])
    if change.is_private is not UNSET:
        is_private = change.is_private
        if floor.type is not ConversationType.ROOM and not is_private:
            raise Invalid(details=[Fault("is_private", "Only a room can be public.")])
    slow_mode = floor.slow_mode_seconds
    if change.slow_mode_seconds is not UNSET:
        slow_mode = change.slow_mode_seconds
    return structs.replace(floor, name=name, is_private=is_private, slow_mode_seconds=slow_mode)


def is_open(conversation: StoredConversation) -> bool:
    """Tell whether anybody may know of a conversation, and join."""
    return conversation.type is ConversationType.ROOM and not conversation.is_private


def ensure_may_see_to(floor: Floor) -> None:
    """Raise what keeps somebody from changing a conversation, or who is there."""
    if floor.type is ConversationType.DIRECT:
        raise DirectConversation
    if floor.role is MemberRole.MEMBER:
        raise NotYourConversation


def ensure_may_speak(floor: Floor, moment: datetime) -> None:
    """Raise SlowModeOn where somebody spoke a moment ago, and doesn't see to the conversation."""
    if floor.role is not MemberRole.MEMBER or floor.spoke_at is None:
        return
    left = floor.spoke_at + timedelta(seconds=floor.slow_mode_seconds) - moment
    if left > timedelta(0):
        raise SlowModeOn(retry_after=math.ceil(left.total_seconds()))


def ensure_owns(floor: Floor) -> None:
    """Raise what keeps somebody from giving roles, or from ending a conversation."""
    ensure_may_see_to(floor)
    if floor.role is not MemberRole.OWNER:
        raise NotYourConversation


def ensure_may_remove(floor: Floor, role: MemberRole) -> None:
    """Raise NotYourConversation, unless it is the owner who removes, or an admin a member."""
    if floor.role is not MemberRole.OWNER and role is not MemberRole.MEMBER:
        raise NotYourConversation


def ensure_space(conversation: StoredConversation | Floor) -> None:
    """Raise ConversationFull where one more is too many."""
    if conversation.members_count >= MAX_MEMBERS[conversation.type]:
        raise ConversationFull


def show_membership(membership: Membership) -> Conversation:
    """Show a conversation to one who is in it."""
    return structs.replace(
        show_conversation(membership),
        other=_person(membership.other_id, membership.other_username),
        role=membership.role,
        read_number=membership.read_number,
        unread_count=membership.unread_count,
    )


def show_conversation(conversation: StoredConversation) -> Conversation:
    """Show a conversation to one who isn't in it."""
    return Conversation(
        id=conversation.id,
        type=conversation.type,
        name=conversation.name,
        is_private=conversation.is_private,
        other=None,
        role=None,
        members_count=conversation.members_count,
        last_seq=conversation.last_seq,
        last_number=conversation.last_number,
        read_number=None,
        unread_count=None,
        slow_mode_seconds=conversation.slow_mode_seconds,
        active_at=conversation.active_at,
        created_at=conversation.created_at,
    )


def show_room(room: StoredRoom) -> Conversation:
    """Show an open room, to one who may be in it."""
    read = room.read_number
    return structs.replace(
        show_conversation(room),
        role=room.role,
        read_number=read,
        unread_count=None if read is None else room.last_number - read,
    )


def search_words(text: str) -> list[str]:
    """Split what a room is looked for by into words, without case and accents; eight count."""
    return list(dict.fromkeys(fold(text).split()))[:MAX_SEARCH_WORDS]


def fold_name(name: str | None) -> str | None:
    """Give a name as it is looked for: without case and accents."""
    return None if name is None else fold(name)


def cursor_after(room: Conversation) -> Cursor:
    """Make the cursor that goes on behind a room."""
    return Cursor(room.created_at, room.id, sort=_BY_MEMBERS, value=room.members_count)


def ensure_cursor_fits(cursor: Cursor) -> None:
    """Raise BadCursor where a cursor comes from another list than that of rooms."""
    value = cursor.value
    is_count = isinstance(value, int) and 0 <= value <= _MAX_COUNT
    if cursor.sort != _BY_MEMBERS or not is_count:
        raise BadCursor


def show_member(member: StoredMember) -> ConversationMember:
    """Show a member of a conversation to another: without the read mark where one blocks one."""
    return ConversationMember(
        user=Person(member.user_id, member.username),
        role=member.role,
        joined_at=member.joined_at,
        read_number=None if member.is_blocked else member.read_number,
    )


def _person(user_id: UserId | None, username: str | None) -> Person | None:
    return None if user_id is None or username is None else Person(user_id, username)
