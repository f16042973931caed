"""Changes conversations and their members, and counts messages under a conversation's lock."""

from collections.abc import Sequence

from msgspec import structs

from veza.core.access import Member
from veza.core.clock import now
from veza.core.errors import required
from veza.core.ids import ConversationId, TierId, UserId
from veza.core.pages import Cursor, cut
from veza.domains.audiences.service import lock_chosen
from veza.domains.auth.accounts.errors import UserNotFound
from veza.domains.auth.accounts.models import name_member
from veza.domains.chat.conversations import rules, shared_queries
from veza.domains.chat.conversations.errors import (
    CannotReachMember,
    ConversationNotFound,
    DirectConversation,
    MemberNotFound,
    NotOfTier,
    NotYourConversation,
    OwnRole,
)
from veza.domains.chat.conversations.events import CONVERSATION, READ
from veza.domains.chat.conversations.models import (
    Conversation,
    ConversationChange,
    ConversationMember,
    ConversationMemberPage,
    ConversationQuery,
    ConversationType,
    LockedMembership,
    MemberCandidate,
    MemberQuery,
    MemberRole,
    Membership,
    ReadMark,
    ReadState,
    RoomPage,
)
from veza.domains.chat.conversations.queries import conversations, members
from veza.infra.postgres.database import Conn, Tx

# The largest conversation in which read marks of others are shown.
MAX_READ_MARKS = 100


async def get_conversation(
    conn: Conn, viewer: Member, conversation_id: ConversationId
) -> Conversation:
    """Return a conversation to its members, and a room to whoever may join it."""
    membership = await members.find_membership(conn, viewer.id, conversation_id)
    if membership is not None:
        return show_membership(membership)
    room = await conversations.find_open_room(conn, viewer.id, conversation_id)
    return rules.show_conversation(required(room, ConversationNotFound))


async def find_rooms(conn: Conn, viewer: Member, query: ConversationQuery) -> RoomPage:
    """Search public rooms by words of their names, those with the most members first."""
    if query.cursor is not None:
        rules.ensure_room_cursor(query.cursor)
    found = await conversations.list_rooms(conn, viewer.id, query)
    listed = [rules.show_room(each) for each in found]
    shown, next_cursor = cut(listed, query.limit, rules.room_cursor)
    return RoomPage(shown, next_cursor, next_cursor is not None)


async def update_conversation(
    tx: Tx, member: Member, conversation_id: ConversationId, change: ConversationChange
) -> Conversation:
    """Change the name, the visibility, the tier or the slow mode of a group or room."""
    await lock_chosen(tx, member.id, change.tier_id)
    locked = await _lock_to_manage(tx, member.id, conversation_id)
    rules.ensure_can_change(locked, change)
    changed = rules.apply_change(locked, change)
    if changed.tier_id != locked.tier_id:
        # They must not read what was written for a tier that they had lost by then.
        await shared_queries.delete_former(tx, [conversation_id])
    await conversations.update_conversation(tx, changed)
    _signal(tx, conversation_id)
    return await get_conversation(tx, member, conversation_id)


async def end(tx: Tx, owner: Member, conversation_id: ConversationId) -> None:
    """End a group or room for all members."""
    rules.ensure_owner(await _lock_to_manage(tx, owner.id, conversation_id))
    await conversations.update_ended(tx, conversation_id)
    _signal(tx, conversation_id)


async def end_unattended(tx: Tx, conversation_id: ConversationId) -> None:
    """End a locked conversation for a job, without asking for the rights of a member."""
    await conversations.update_ended(tx, conversation_id)
    _signal(tx, conversation_id)


async def join(tx: Tx, member: Member, conversation_id: ConversationId) -> Conversation:
    """Join a public room, or one of a tier that the member has. Does nothing for members."""
    room = required(
        await conversations.lock_conversation(tx, member.id, conversation_id), ConversationNotFound
    )
    if await members.find_member(tx, member.id, conversation_id, member.id) is None:
        if await conversations.find_open_room(tx, member.id, conversation_id) is None:
            raise ConversationNotFound
        rules.ensure_not_full(room)
        await members.insert_members(tx, conversation_id, [member.id], with_history=True)
        _signal(tx, conversation_id)
    return await get_conversation(tx, member, conversation_id)


async def leave(tx: Tx, member: Member, conversation_id: ConversationId) -> None:
    """Leave a group or room."""
    locked = await lock_membership(tx, member.id, conversation_id)
    if locked.type is ConversationType.DIRECT:
        raise DirectConversation
    await remove_memberships(tx, member.id, [conversation_id])


async def add_member(
    tx: Tx, actor: Member, conversation_id: ConversationId, user_id: UserId
) -> ConversationMember:
    """Add a member to a group or room. Does nothing for members."""
    candidates = await members.lock_candidates(tx, actor.id, [user_id])
    locked = await _lock_to_manage(tx, actor.id, conversation_id)
    rules.ensure_can_manage(locked)
    if await members.find_member(tx, actor.id, conversation_id, user_id) is None:
        _ensure_reachable(candidates, [user_id])
        await ensure_of_tier(tx, locked.tier_id, [user_id])
        is_open = await conversations.find_open_room(tx, user_id, conversation_id) is not None
        if locked.is_of_stream and not is_open:
            raise NotOfTier
        rules.ensure_not_full(locked)
        with_history = rules.is_public_room(locked)
        await members.insert_members(tx, conversation_id, [user_id], with_history=with_history)
        _signal(tx, conversation_id)
    return await _get_member(tx, actor, conversation_id, user_id)


async def remove_member(
    tx: Tx, actor: Member, conversation_id: ConversationId, user_id: UserId
) -> None:
    """Remove a member, or the caller, from a group or room."""
    locked = await _lock_to_manage(tx, actor.id, conversation_id)
    if locked.type is ConversationType.DIRECT:
        raise DirectConversation
    if user_id != actor.id:
        rules.ensure_can_manage(locked)
        member = await _get_member(tx, actor, conversation_id, user_id)
        rules.ensure_can_remove(locked, member.role)
    await remove_memberships(tx, user_id, [conversation_id])


async def set_role(
    tx: Tx, owner: Member, conversation_id: ConversationId, user_id: UserId, *, role: MemberRole
) -> ConversationMember:
    """Change the role of a member. A new owner makes the caller an admin."""
    rules.ensure_owner(await _lock_to_manage(tx, owner.id, conversation_id))
    if user_id == owner.id and role is not MemberRole.OWNER:
        raise OwnRole
    member = await _get_member(tx, owner, conversation_id, user_id)
    if role is MemberRole.OWNER:
        await members.update_role(tx, conversation_id, owner.id, MemberRole.ADMIN)
    await members.update_role(tx, conversation_id, user_id, role)
    _signal(tx, conversation_id)
    # Without the tier of a room, they are no longer listed once they have no other role.
    return structs.replace(member, role=role)


async def list_members(
    conn: Conn, viewer: Member, conversation_id: ConversationId, query: MemberQuery
) -> ConversationMemberPage:
    """Return a page of the members of a conversation to a member."""
    await get_membership(conn, viewer.id, conversation_id)
    found = await members.list_members(conn, viewer.id, conversation_id, query)
    shown, next_cursor = cut(found, query.limit, lambda each: Cursor(each.joined_at, each.user_id))
    page = [rules.show_member(each) for each in shown]
    return ConversationMemberPage(page, next_cursor, next_cursor is not None)


async def get_membership(
    conn: Conn, user_id: UserId, conversation_id: ConversationId
) -> Membership:
    """Return a membership. Raises ConversationNotFound."""
    return required(
        await members.find_membership(conn, user_id, conversation_id), ConversationNotFound
    )


async def list_memberships(
    conn: Conn, user_id: UserId, conversation_ids: Sequence[ConversationId]
) -> list[Membership]:
    """Return those of some conversations that a user is in."""
    return await members.list_memberships_in(conn, user_id, conversation_ids)


async def lock_membership(
    tx: Tx, user_id: UserId, conversation_id: ConversationId
) -> LockedMembership:
    """Lock a conversation for a member. Raises ConversationNotFound.

    Every change to a conversation and its messages locks it first. This orders its events, and
    prevents messages from members who have left.
    """
    return required(
        await members.lock_membership(tx, user_id, conversation_id), ConversationNotFound
    )


async def lock_reachable(tx: Tx, user_id: UserId, other_ids: Sequence[UserId]) -> None:
    """Lock users who become members. Raises UserNotFound or CannotReachMember."""
    _ensure_reachable(await members.lock_candidates(tx, user_id, other_ids), other_ids)


async def ensure_of_tier(conn: Conn, tier_id: TierId | None, user_ids: Sequence[UserId]) -> None:
    """Raise NotOfTier unless all of these different users have the tier of a room, if any."""
    if tier_id is None:
        return
    if await members.count_of_tier(conn, tier_id, user_ids) < len(user_ids):
        raise NotOfTier


async def ensure_can_message(conn: Conn, user_id: UserId, locked: LockedMembership) -> None:
    """Raise CannotReachMember if a direct conversation's other member is blocked or deleted."""
    if locked.type is not ConversationType.DIRECT:
        return
    other_id = locked.other_id
    if other_id is None or not await members.is_reachable(conn, user_id, other_id):
        raise CannotReachMember


def show_membership(membership: Membership) -> Conversation:
    """Show a conversation to a member."""
    return structs.replace(
        rules.show_conversation(membership),
        other=name_member(
            membership.other_id, membership.other_username, membership.other_appearance
        ),
        role=membership.role,
        read_number=membership.read_number,
        unread_count=membership.unread_count,
    )


async def record_message(tx: Tx, locked: LockedMembership, sender_id: UserId) -> None:
    """Count a message, with the next seq and number, as read by its sender. Raises SlowModeOn."""
    sent_at = now()
    rules.ensure_slow_mode_allows(locked, sent_at)
    await conversations.update_counters(tx, locked, sender_id, sent_at=sent_at)
    _signal(tx, locked.id)


async def take_next_seq(tx: Tx, conversation_id: ConversationId) -> int:
    """Count an event of a locked conversation that is no message, and return its seq."""
    seq = await conversations.update_seq(tx, conversation_id)
    assert seq is not None, conversation_id
    _signal(tx, conversation_id)
    return seq


async def mark_read(
    tx: Tx, user_id: UserId, conversation_id: ConversationId, number: int
) -> ReadState:
    """Move a member's read mark to a message. It never moves back."""
    mark = required(
        await members.update_read(tx, user_id, conversation_id, number=number), ConversationNotFound
    )
    if mark.has_moved:
        tx.signal(f"{READ}:{conversation_id}:{user_id}:{mark.read_number}")
    return ReadState(conversation_id, mark.read_number, mark.last_number - mark.read_number)


async def list_read_marks(conn: Conn, membership: Membership) -> list[ReadMark]:
    """Return the read marks of others: none in rooms, in large groups, and across a block."""
    is_small = membership.members_count <= MAX_READ_MARKS
    if membership.type is ConversationType.ROOM or not is_small:
        return []
    viewer_id = membership.user_id
    query = MemberQuery(MAX_READ_MARKS)
    found = await members.list_members(conn, viewer_id, membership.id, query)
    others = [each for each in found if each.user_id != viewer_id and not each.is_blocked]
    return [ReadMark(membership.id, each.user_id, each.read_number) for each in others]


async def lock_for_erasure(
    tx: Tx, user_id: UserId, conversation_ids: Sequence[ConversationId]
) -> list[ConversationId]:
    """Lock a member's conversations and some more, and remove the member's name from theirs."""
    locked = await conversations.lock_conversations_of(tx, user_id, conversation_ids)
    await conversations.update_names_without_owner(tx, user_id)
    return locked


async def lock_conversation(tx: Tx, user_id: UserId, conversation_id: ConversationId) -> None:
    """Lock a conversation for a user who need not be a member. Raises ConversationNotFound."""
    if await conversations.lock_conversation(tx, user_id, conversation_id) is None:
        raise ConversationNotFound


async def remove_memberships(
    tx: Tx, user_id: UserId, conversation_ids: Sequence[ConversationId]
) -> None:
    """Remove a member from locked conversations. The oldest admin or member succeeds an owner.

    Conversations end with their last member.
    """
    removed = await members.delete_memberships(tx, user_id, conversation_ids)
    owned = [each.conversation_id for each in removed if each.role is MemberRole.OWNER]
    if owned:
        await shared_queries.delete_former(tx, owned)
        await members.update_owners(tx, owned)
    for each in removed:
        _signal(tx, each.conversation_id)


async def _lock_to_manage(
    tx: Tx, user_id: UserId, conversation_id: ConversationId
) -> LockedMembership:
    """Lock a conversation to change it. Public rooms are known to all, so these answer 403."""
    try:
        return await lock_membership(tx, user_id, conversation_id)
    except ConversationNotFound as error:
        if await conversations.find_open_room(tx, user_id, conversation_id) is None:
            raise
        raise NotYourConversation from error


def _ensure_reachable(candidates: Sequence[MemberCandidate], user_ids: Sequence[UserId]) -> None:
    if {each.id for each in candidates} != set(user_ids):
        raise UserNotFound
    if any(each.is_blocked for each in candidates):
        raise CannotReachMember


async def _get_member(
    conn: Conn, viewer: Member, conversation_id: ConversationId, user_id: UserId
) -> ConversationMember:
    found = required(
        await members.find_member(conn, viewer.id, conversation_id, user_id), MemberNotFound
    )
    return rules.show_member(found)


def _signal(tx: Tx, conversation_id: ConversationId) -> None:
    tx.signal(f"{CONVERSATION}:{conversation_id}")


async def lock_for_move(tx: Tx, user_id: UserId, into_id: UserId) -> None:
    """Lock the conversations of a page that is merged into another profile, and of that."""
    await conversations.lock_conversations_of_both(tx, user_id, into_id)


async def move_memberships(tx: Tx, user_id: UserId, into_id: UserId) -> None:
    """Put another profile in a page's place in locked conversations, where it isn't yet."""
    await members.update_pairs(tx, user_id, into_id)
    for conversation_id in await members.update_member(tx, user_id, into_id):
        _signal(tx, conversation_id)
