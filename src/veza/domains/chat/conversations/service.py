"""What one can do with conversations, and what `messages` asks of them."""

import math
from collections.abc import Generator, Sequence
from contextlib import contextmanager

from msgspec import Struct

from veza.core.access import Member
from veza.core.clock import now
from veza.core.errors import Unauthenticated
from veza.core.ids import ConversationId, UserId, new_id
from veza.core.pages import Cursor, cut
from veza.domains.auth.accounts.errors import UserNotFound
from veza.domains.chat.conversations import queries, rules
from veza.domains.chat.conversations.errors import (
    CannotReachMember,
    ConversationNotFound,
    DirectConversation,
    MemberNotFound,
    NotYourConversation,
    OwnRole,
    TooManyConversations,
)
from veza.domains.chat.conversations.events import CONVERSATION, READ
from veza.domains.chat.conversations.models import (
    Conversation,
    ConversationChange,
    ConversationFigures,
    ConversationForm,
    ConversationMember,
    ConversationQuery,
    ConversationType,
    Created,
    Floor,
    Head,
    MemberPage,
    MemberQuery,
    MemberRole,
    Membership,
    NewConversation,
    ReadMark,
    ReadState,
    RoomPage,
    Standing,
    Wish,
)
from veza.infra.postgres.database import Conn, ConstraintViolation, Database, Tx
from veza.infra.valkey.client import WindowCounters

# So many read marks of others are shown: in a larger conversation they are nobody's concern.
MAX_READ_MARKS = 100


class Lobby(Struct, frozen=True):
    """Where conversations are made, and not too many by one member."""

    counters: WindowCounters


async def create(
    database: Database, lobby: Lobby, maker: Member, form: ConversationForm
) -> Created:
    """Make a conversation. Two people have one: who wants another gets the one that there is."""
    so_far = await lobby.counters.add(f"conversations:{maker.id}", rules.MADE_WINDOW_S)
    if so_far.count > rules.MAX_MADE:
        raise TooManyConversations(retry_after=max(1, math.ceil(so_far.ends_in_s)))
    async with database.transaction() as tx:
        return await create_in(tx, maker, form)


async def create_in(tx: Tx, maker: Member, form: ConversationForm) -> Created:
    """Make a conversation in a transaction, however many somebody made."""
    wish = rules.clean_form(form, maker.id)
    with _refusing_who_is_gone():
        if wish.type is ConversationType.DIRECT:
            conversation_id, is_new = await _create_direct(tx, maker.id, wish.others[0])
        else:
            conversation_id, is_new = await _create_with_members(tx, maker.id, wish), True
    return Created(await get_conversation(tx, maker, conversation_id), is_new)


async def get_conversation(
    conn: Conn, viewer: Member, conversation_id: ConversationId
) -> Conversation:
    """Show a conversation to those who are in it; a room that is open, to everybody."""
    membership = await queries.find_membership(conn, viewer.id, conversation_id)
    if membership is not None:
        return rules.show_membership(membership)
    room = await queries.find_open(conn, conversation_id)
    if room is None:
        raise ConversationNotFound
    return rules.show_conversation(room)


async def find_rooms(conn: Conn, viewer: Member, wish: ConversationQuery) -> RoomPage:
    """Find the rooms that are open by words of their names, the ones with most members first."""
    if wish.cursor is not None:
        rules.ensure_cursor_fits(wish.cursor)
    found = await queries.list_rooms(conn, viewer.id, wish)
    listed = [rules.show_room(each) for each in found]
    shown, following = cut(listed, wish.limit, rules.cursor_after)
    return RoomPage(shown, following, following is not None)


async def update_conversation(
    tx: Tx, member: Member, conversation_id: ConversationId, change: ConversationChange
) -> Conversation:
    """Change what a group or room is called, or who may join."""
    floor = await _take_charge(tx, member.id, conversation_id)
    rules.ensure_may_see_to(floor)
    await queries.update_conversation(tx, rules.change_floor(floor, change))
    _signal(tx, conversation_id)
    return await get_conversation(tx, member, conversation_id)


async def end(tx: Tx, owner: Member, conversation_id: ConversationId) -> None:
    """End one's own group or room for all: nobody reads it any more."""
    rules.ensure_owns(await _take_charge(tx, owner.id, conversation_id))
    await queries.update_ended(tx, conversation_id)
    _signal(tx, conversation_id)


async def join(tx: Tx, member: Member, conversation_id: ConversationId) -> Conversation:
    """Join a room that is open. Who is in it already, stays as they are."""
    room = await queries.lock_conversation(tx, member.id, conversation_id)
    if room is None:
        raise ConversationNotFound
    if await queries.find_member(tx, member.id, conversation_id, member.id) is None:
        if not rules.is_open(room):
            raise ConversationNotFound
        rules.ensure_space(room)
        await queries.insert_members(tx, conversation_id, [member.id], sees_all=True)
        _signal(tx, conversation_id)
    return await get_conversation(tx, member, conversation_id)


async def leave(tx: Tx, member: Member, conversation_id: ConversationId) -> None:
    """Leave a group or room, and read nothing of it from then on."""
    floor = await take_floor(tx, member.id, conversation_id)
    if floor.type is ConversationType.DIRECT:
        raise DirectConversation
    await depart(tx, member.id, [conversation_id])


async def add_member(
    tx: Tx, actor: Member, conversation_id: ConversationId, user_id: UserId
) -> ConversationMember:
    """Let somebody into a group or room. Who is in it already, stays as they are."""
    standings = await queries.lock_standings(tx, actor.id, [user_id])
    floor = await _take_charge(tx, actor.id, conversation_id)
    rules.ensure_may_see_to(floor)
    if await queries.find_member(tx, actor.id, conversation_id, user_id) is None:
        _ensure_reachable(standings, [user_id])
        rules.ensure_space(floor)
        sees_all = floor.type is ConversationType.ROOM and not floor.is_private
        await queries.insert_members(tx, conversation_id, [user_id], sees_all=sees_all)
        _signal(tx, conversation_id)
    return await _get_member(tx, actor, conversation_id, user_id)


async def remove_member(
    tx: Tx, actor: Member, conversation_id: ConversationId, user_id: UserId
) -> None:
    """Have somebody leave a group or room; oneself too."""
    floor = await _take_charge(tx, actor.id, conversation_id)
    if floor.type is ConversationType.DIRECT:
        raise DirectConversation
    if user_id != actor.id:
        rules.ensure_may_see_to(floor)
        member = await _get_member(tx, actor, conversation_id, user_id)
        rules.ensure_may_remove(floor, member.role)
    await depart(tx, user_id, [conversation_id])


async def set_role(
    tx: Tx, owner: Member, conversation_id: ConversationId, user_id: UserId, *, role: MemberRole
) -> ConversationMember:
    """Say what somebody is in one's group or room: to make them its owner hands it over."""
    rules.ensure_owns(await _take_charge(tx, owner.id, conversation_id))
    if user_id == owner.id and role is not MemberRole.OWNER:
        raise OwnRole
    await _get_member(tx, owner, conversation_id, user_id)
    if role is MemberRole.OWNER:
        await queries.update_role(tx, conversation_id, owner.id, MemberRole.ADMIN)
    await queries.update_role(tx, conversation_id, user_id, role)
    _signal(tx, conversation_id)
    return await _get_member(tx, owner, conversation_id, user_id)


async def list_members(
    conn: Conn, viewer: Member, conversation_id: ConversationId, wish: MemberQuery
) -> MemberPage:
    """List who is in a conversation that one is in, in the order in which they joined."""
    await get_membership(conn, viewer.id, conversation_id)
    found = await queries.list_members(conn, viewer.id, conversation_id, wish)
    shown, following = cut(found, wish.limit, lambda one: Cursor(one.joined_at, one.user_id))
    members = [rules.show_member(each) for each in shown]
    return MemberPage(members, following, following is not None)


async def get_membership(
    conn: Conn, member_id: UserId, conversation_id: ConversationId
) -> Membership:
    """Give a conversation to those who are in it."""
    found = await queries.find_membership(conn, member_id, conversation_id)
    if found is None:
        raise ConversationNotFound
    return found


async def take_floor(tx: Tx, member_id: UserId, conversation_id: ConversationId) -> Floor:
    """Lock a conversation for one of its members, as it is from then on.

    Whoever says something in a conversation, or changes who is there, locks it first: so all that
    happens there has one order, and nobody says anything who just left.
    """
    floor = await queries.lock_floor(tx, member_id, conversation_id)
    if floor is None:
        raise ConversationNotFound
    return floor


async def ensure_reachable(conn: Conn, member_id: UserId, floor: Floor) -> None:
    """Raise CannotReachMember where two can't talk to each other: one blocks, or one is gone."""
    if floor.type is not ConversationType.DIRECT:
        return
    other_id = floor.other_id
    if other_id is None or not await queries.is_reachable(conn, member_id, other_id):
        raise CannotReachMember


def show_membership(membership: Membership) -> Conversation:
    """Show a conversation to one who is in it."""
    return rules.show_membership(membership)


async def count_message(tx: Tx, floor: Floor, sender_id: UserId) -> None:
    """Count one more message, with the next seq and number, as read by its sender, if they may."""
    moment = now()
    rules.ensure_may_speak(floor, moment)
    await queries.update_counters(tx, floor, sender_id, active_at=moment)
    _signal(tx, floor.id)


async def count_event(tx: Tx, conversation_id: ConversationId) -> int:
    """Count something else that happened in a conversation that is locked, and give its seq."""
    seq = await queries.update_seq(tx, conversation_id)
    assert seq is not None, conversation_id
    _signal(tx, conversation_id)
    return seq


async def mark_read(
    tx: Tx, member_id: UserId, conversation_id: ConversationId, number: int
) -> ReadState:
    """Enter up to which message a member has read. A read mark never goes back."""
    mark = await queries.update_read(tx, member_id, conversation_id, number=number)
    if mark is None:
        raise ConversationNotFound
    if mark.has_moved:
        tx.signal(f"{READ}:{conversation_id}:{member_id}:{mark.read_number}")
    return ReadState(conversation_id, mark.read_number, mark.last_number - mark.read_number)


async def read_heads(conn: Conn, conversation_ids: Sequence[ConversationId]) -> list[Head]:
    """Tell how far conversations are; those that ended are left out."""
    return await queries.list_heads(conn, conversation_ids)


async def list_read_marks(conn: Conn, membership: Membership) -> list[ReadMark]:
    """List how far the others have read, of two or of a small group; of rooms nobody.

    Whoever blocks the member, or is blocked by them, is left out.
    """
    is_small = membership.members_count <= MAX_READ_MARKS
    if membership.type is ConversationType.ROOM or not is_small:
        return []
    viewer_id, wish = membership.user_id, MemberQuery(MAX_READ_MARKS)
    members = await queries.list_members(conn, viewer_id, membership.id, wish)
    others = [each for each in members if each.user_id != viewer_id and not each.is_blocked]
    return [ReadMark(membership.id, each.user_id, each.read_number) for each in others]


async def count_conversations(conn: Conn) -> ConversationFigures:
    """Count the conversations, and what was said in them."""
    return await queries.count_conversations(conn)


async def list_ended(conn: Conn) -> list[ConversationId]:
    """List conversations that have ended, and are still to be deleted; at most a hundred."""
    return await queries.list_ended(conn)


async def delete_ended(tx: Tx, conversation_id: ConversationId) -> None:
    """Delete a conversation that has ended, once nothing is left of what was said there."""
    await queries.delete_ended(tx, conversation_id)


async def lock_for_erasing(
    tx: Tx, user_id: UserId, conversation_ids: Sequence[ConversationId]
) -> list[ConversationId]:
    """Lock all that a member is in, and these, in everybody's order; theirs lose their name."""
    locked = await queries.lock_conversations_of(tx, user_id, conversation_ids)
    await queries.update_nameless(tx, user_id)
    return locked


async def lock(tx: Tx, member_id: UserId, conversation_id: ConversationId) -> None:
    """Lock a conversation for somebody who needn't be in it."""
    if await queries.lock_conversation(tx, member_id, conversation_id) is None:
        raise ConversationNotFound


async def depart(tx: Tx, user_id: UserId, conversation_ids: Sequence[ConversationId]) -> None:
    """Let a member go from conversations that are locked, and hand over what they owned.

    To the oldest admin, or else the oldest member. Where nobody is left, it has ended.
    """
    gone = await queries.delete_member(tx, user_id, conversation_ids)
    owned = [each.conversation_id for each in gone if each.role is MemberRole.OWNER]
    if owned:
        await queries.update_heirs(tx, owned)
    for each in gone:
        _signal(tx, each.conversation_id)


async def _take_charge(tx: Tx, member_id: UserId, conversation_id: ConversationId) -> Floor:
    """Take the floor to change something. Of an open room all know, but not all may."""
    try:
        return await take_floor(tx, member_id, conversation_id)
    except ConversationNotFound as error:
        if await queries.find_open(tx, conversation_id) is None:
            raise
        raise NotYourConversation from error


async def _create_direct(tx: Tx, maker_id: UserId, other_id: UserId) -> tuple[ConversationId, bool]:
    one, other = sorted([maker_id, other_id])
    earlier = await queries.find_pair(tx, one, other)
    if earlier is not None:
        return earlier, False
    standings = await queries.lock_standings(tx, maker_id, [other_id])
    _ensure_reachable(standings, [other_id])
    made = ConversationId(new_id())
    new = NewConversation(made, ConversationType.DIRECT, None, True, one, other)
    if await queries.insert_conversation(tx, new):
        await queries.insert_members(tx, made, [one, other], sees_all=True)
        return made, True
    # The other one made it at the same time.
    earlier = await queries.find_pair(tx, one, other)
    if earlier is None:
        raise UserNotFound
    return earlier, False


async def _create_with_members(tx: Tx, maker_id: UserId, wish: Wish) -> ConversationId:
    standings = await queries.lock_standings(tx, maker_id, wish.others)
    _ensure_reachable(standings, wish.others)
    made = ConversationId(new_id())
    new = NewConversation(made, wish.type, wish.name, wish.is_private, None, None)
    await queries.insert_conversation(tx, new)
    await queries.insert_members(tx, made, [maker_id, *wish.others], sees_all=True)
    await queries.update_role(tx, made, maker_id, MemberRole.OWNER)
    return made


def _ensure_reachable(standings: Sequence[Standing], user_ids: Sequence[UserId]) -> None:
    if {each.id for each in standings} != set(user_ids):
        raise UserNotFound
    if any(each.is_blocked for each in standings):
        raise CannotReachMember


async def _get_member(
    conn: Conn, viewer: Member, conversation_id: ConversationId, user_id: UserId
) -> ConversationMember:
    found = await queries.find_member(conn, viewer.id, conversation_id, user_id)
    if found is None:
        raise MemberNotFound
    return rules.show_member(found)


@contextmanager
def _refusing_who_is_gone() -> Generator[None]:
    """Answer as if they had never been there, where the maker's account was deleted just now."""
    try:
        yield
    except ConstraintViolation as error:
        if error.constraint.endswith(("_user_id_fkey", "_one_id_fkey", "_other_id_fkey")):
            raise Unauthenticated from error
        raise


def _signal(tx: Tx, conversation_id: ConversationId) -> None:
    tx.signal(f"{CONVERSATION}:{conversation_id}")
