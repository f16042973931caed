"""What one can do with conversations, and what `messages` asks of them."""

from collections.abc import Sequence

from veza.core.clock import now
from veza.core.ids import ConversationId, UserId
from veza.domains.conversations import queries
from veza.domains.conversations.errors import CannotReachMember, ConversationNotFound
from veza.domains.conversations.events import CONVERSATION
from veza.domains.conversations.models import (
    ConversationType,
    Floor,
    Head,
    MemberRole,
    Membership,
    ReadMark,
    ReadState,
)
from veza.domains.relations import service as relations
from veza.infra.db import Conn, Tx

# So many read marks of others are shown: in a larger conversation they are nobody's concern.
MAX_READ_MARKS = 100


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
    if floor.other_id is None or await relations.are_blocked(conn, member_id, floor.other_id):
        raise CannotReachMember


async def count_message(tx: Tx, floor: Floor, sender_id: UserId) -> None:
    """Count one more message, which has the next seq and the next number; its sender read it."""
    await queries.update_counters(tx, floor, sender_id, active_at=now())
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
    state = await queries.update_read(tx, member_id, conversation_id, number=number)
    if state is None:
        raise ConversationNotFound
    return state


async def read_heads(conn: Conn, conversation_ids: Sequence[ConversationId]) -> list[Head]:
    """Tell how far conversations are; those that ended are left out."""
    return await queries.list_heads(conn, conversation_ids)


async def list_read_marks(conn: Conn, membership: Membership, reader_id: UserId) -> list[ReadMark]:
    """List how far the others have read: of two, or of a small group; else of nobody."""
    is_small = membership.members_count <= MAX_READ_MARKS
    if membership.type is ConversationType.ROOM or not is_small:
        return []
    return await queries.list_read_marks(conn, membership.id, but=reader_id, limit=MAX_READ_MARKS)


async def lock_for_erasing(
    tx: Tx, user_id: UserId, conversation_ids: Sequence[ConversationId]
) -> None:
    """Lock all conversations that a member is in, and these, in an order that is everybody's."""
    own = await queries.list_conversations_of(tx, user_id)
    await queries.lock_conversations(tx, [*own, *conversation_ids])


async def lock(tx: Tx, conversation_id: ConversationId) -> None:
    """Lock a conversation for somebody who needn't be in it."""
    await queries.lock_conversations(tx, [conversation_id])


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


def _signal(tx: Tx, conversation_id: ConversationId) -> None:
    tx.signal(f"{CONVERSATION}:{conversation_id}")
