"""Decides who manages and removes members, slow mode, and that members fit."""

import math
from datetime import datetime, timedelta

from msgspec import UNSET, structs

from veza.core.errors import FieldError, Invalid
from veza.core.ids import TierId, UserId
from veza.core.normalize import fold, require_line
from veza.core.pages import BadCursor, Cursor
from veza.core.structs import copy_fields
from veza.domains.auth.accounts.models import show_named_member
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
    LockedMembership,
    MemberRole,
    StoredConversation,
    StoredMember,
    StoredRoom,
)

MAX_SEARCH_WORDS = 8
_BY_MEMBERS = "members_count"
_MAX_COUNT = 2**31 - 1
MAX_CREATED = 100
CREATION_WINDOW_S = 600
MAX_MEMBERS = {
    ConversationType.DIRECT: 2,
    ConversationType.GROUP: 1_000,
    ConversationType.ROOM: 10_000,
}


def clean_form(form: ConversationForm, creator_id: UserId) -> ConversationForm:
    """Return a valid form, whose members are without the creator. Raises Invalid."""
    other_ids = [each for each in dict.fromkeys(form.member_ids) if each != creator_id]
    name = " ".join(form.name.split()) if form.name is not None else ""
    is_direct = form.type is ConversationType.DIRECT
    if is_direct and len(other_ids) != 1:
        raise Invalid(
            details=[
                FieldError(
                    "member_ids", "A direct conversation needs one other member.", "one_member"
                )
            ]
        )
    if is_direct and name:
        raise Invalid(details=[FieldError("name", "A direct conversation has no name.")])
    if form.type is ConversationType.ROOM and not name:
        raise Invalid(details=[FieldError("name", "A room needs a name.", "blank")])
    _ensure_room(form.type, form.tier_id)
    is_private = (
        form.type is not ConversationType.ROOM or form.is_private or form.tier_id is not None
    )
    return ConversationForm(form.type, name or None, other_ids, is_private, form.tier_id)


def apply_change(locked: LockedMembership, change: ConversationChange) -> LockedMembership:
    """Return a conversation after a change. Raises Invalid."""
    name = locked.name
    is_private = locked.is_private
    if change.name is not UNSET:
        name = require_line(change.name, "name", "A name can't be empty.")
    if change.is_private is not UNSET:
        is_private = change.is_private
        if locked.type is not ConversationType.ROOM and not is_private:
            raise Invalid(details=[FieldError("is_private", "Only rooms can be public.")])
    tier_id = locked.tier_id
    if change.tier_id is not UNSET:
        _ensure_room(locked.type, change.tier_id)
        tier_id = change.tier_id
    if tier_id is not None or locked.is_of_stream:
        is_private = True
    slow_mode = locked.slow_mode_seconds
    if change.slow_mode_seconds is not UNSET:
        slow_mode = change.slow_mode_seconds
    return structs.replace(
        locked, name=name, is_private=is_private, tier_id=tier_id, slow_mode_seconds=slow_mode
    )


def _ensure_room(kind: ConversationType, tier_id: TierId | None) -> None:
    if tier_id is not None and kind is not ConversationType.ROOM:
        message = "Only rooms can be for members of a tier."
        raise Invalid(details=[FieldError("tier_id", message)])


def is_public_room(conversation: StoredConversation) -> bool:
    """Return whether anybody may see and join a conversation."""
    return conversation.type is ConversationType.ROOM and not conversation.is_private


def ensure_can_change(locked: LockedMembership, change: ConversationChange) -> None:
    """Raise DirectConversation or NotYourConversation: who may join is sold by the owner alone."""
    ensure_can_manage(locked)
    if change.tier_id is not UNSET and change.tier_id is not None:
        ensure_owner(locked)


def ensure_can_manage(locked: LockedMembership) -> None:
    """Raise DirectConversation or NotYourConversation unless the member is an owner or admin."""
    if locked.type is ConversationType.DIRECT:
        raise DirectConversation
    if locked.role is MemberRole.MEMBER:
        raise NotYourConversation


def ensure_slow_mode_allows(locked: LockedMembership, moment: datetime) -> None:
    """Raise SlowModeOn where a member without a managing role has to wait."""
    if locked.role is not MemberRole.MEMBER or locked.last_sent_at is None:
        return
    left = locked.last_sent_at + timedelta(seconds=locked.slow_mode_seconds) - moment
    if left > timedelta(0):
        raise SlowModeOn(retry_after=math.ceil(left.total_seconds()))


def ensure_owner(locked: LockedMembership) -> None:
    """Raise DirectConversation or NotYourConversation unless the member is the owner."""
    ensure_can_manage(locked)
    if locked.role is not MemberRole.OWNER:
        raise NotYourConversation


def ensure_can_remove(locked: LockedMembership, role: MemberRole) -> None:
    """Raise NotYourConversation: only owners remove owners and admins."""
    if locked.role is not MemberRole.OWNER and role is not MemberRole.MEMBER:
        raise NotYourConversation


def ensure_not_full(conversation: StoredConversation | LockedMembership) -> None:
    """Raise ConversationFull where no more members fit."""
    if conversation.members_count >= MAX_MEMBERS[conversation.type]:
        raise ConversationFull


def show_conversation(conversation: StoredConversation) -> Conversation:
    """Show a conversation to a viewer who is not a member."""
    # A subclass may have the fields that are null here.
    hidden = dict.fromkeys(("other", "role", "read_number", "unread_count"))
    return copy_fields(Conversation, conversation, **hidden)


def show_room(room: StoredRoom) -> Conversation:
    """Show a public room to a viewer who may be a member."""
    read = room.read_number
    return structs.replace(
        show_conversation(room),
        role=room.role,
        read_number=read,
        unread_count=None if read is None else room.last_number - read,
    )


def search_words(text: str) -> list[str]:
    """Split a search into words without case and accents; only the first eight count."""
    return list(dict.fromkeys(fold(text).split()))[:MAX_SEARCH_WORDS]


def fold_name(name: str | None) -> str | None:
    """Return a name without case and accents, for searching."""
    return None if name is None else fold(name)


def room_cursor(room: Conversation) -> Cursor:
    """Return the cursor after a room."""
    return Cursor(room.created_at, room.id, sort=_BY_MEMBERS, value=room.members_count)


def ensure_room_cursor(cursor: Cursor) -> None:
    """Raise BadCursor for the cursor of another list."""
    value = cursor.value
    is_count = isinstance(value, int) and 0 <= value <= _MAX_COUNT
    if cursor.sort != _BY_MEMBERS or not is_count:
        raise BadCursor


def show_member(member: StoredMember) -> ConversationMember:
    """Show a member to another, without the read mark where a block exists between them."""
    return ConversationMember(
        user=show_named_member(member.user_id, member.username, member.appearance),
        role=member.role,
        joined_at=member.joined_at,
        read_number=None if member.is_blocked else member.read_number,
    )
