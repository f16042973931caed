"""Creates conversations: two members have one direct conversation, and rooms have an owner."""

import math

from veza.core.access import Member
from veza.core.errors import Allowance, Unauthenticated, required
from veza.core.ids import ConversationId, UserId, new_id
from veza.domains.audiences.service import lock_chosen
from veza.domains.auth.accounts.errors import UserNotFound
from veza.domains.chat.conversations import rules
from veza.domains.chat.conversations.errors import TooManyConversations
from veza.domains.chat.conversations.models import (
    ConversationForm,
    ConversationType,
    CreatedConversation,
    MemberRole,
    NewConversation,
)
from veza.domains.chat.conversations.queries import conversations, members
from veza.domains.chat.conversations.service.conversations import (
    ensure_of_tier,
    get_conversation,
    lock_reachable,
)
from veza.infra.postgres.database import ConstraintViolation, Database, Tx
from veza.infra.valkey.client import WindowCounters


async def create(
    database: Database, counters: WindowCounters, creator: Member, form: ConversationForm
) -> CreatedConversation:
    """Create a conversation, within a rate limit. Two members have only one direct conversation."""
    so_far = await counters.add(f"conversations:{creator.actor_id}", rules.CREATION_WINDOW_S)
    if so_far.count > rules.MAX_CREATED:
        wait_s = max(1, math.ceil(so_far.ends_in_s))
        allowance = Allowance(rules.MAX_CREATED, rules.CREATION_WINDOW_S)
        raise TooManyConversations(retry_after=wait_s, allowance=allowance)
    return await database.transact(lambda tx: create_in(tx, creator, form))


async def create_in(tx: Tx, creator: Member, form: ConversationForm) -> CreatedConversation:
    """Create a conversation in a transaction, without a rate limit."""
    form = rules.clean_form(form, creator.id)
    try:
        if form.type is ConversationType.DIRECT:
            conversation_id, is_new = await _create_direct(tx, creator.id, form.member_ids[0])
        else:
            conversation_id = await _create_with_members(tx, creator.id, form)
            is_new = True
    except ConstraintViolation as error:
        # The account of the creator or a member was deleted just now.
        if error.constraint.endswith("_user_id_fkey"):
            raise Unauthenticated from error
        raise
    return CreatedConversation(await get_conversation(tx, creator, conversation_id), is_new)


async def _create_direct(tx: Tx, user_id: UserId, other_id: UserId) -> tuple[ConversationId, bool]:
    first, second = sorted([user_id, other_id])
    if earlier := await conversations.find_direct(tx, first, second):
        return earlier, False
    await lock_reachable(tx, user_id, [other_id])
    created = ConversationId(new_id())
    new = NewConversation(created, ConversationType.DIRECT, None, True, None, first, second)
    if await conversations.insert_conversation(tx, new):
        await members.insert_members(tx, created, [first, second], with_history=True)
        return created, True
    # The other member created it at the same time.
    earlier = required(await conversations.find_direct(tx, first, second), UserNotFound)
    return earlier, False


async def _create_with_members(
    tx: Tx, creator_id: UserId, form: ConversationForm
) -> ConversationId:
    await lock_chosen(tx, creator_id, form.tier_id)
    await lock_reachable(tx, creator_id, form.member_ids)
    await ensure_of_tier(tx, form.tier_id, form.member_ids)
    created = ConversationId(new_id())
    new = NewConversation(created, form.type, form.name, form.is_private, form.tier_id)
    await conversations.insert_conversation(tx, new)
    user_ids = [creator_id, *form.member_ids]
    await members.insert_members(tx, created, user_ids, with_history=True)
    await members.update_role(tx, created, creator_id, MemberRole.OWNER)
    return created
