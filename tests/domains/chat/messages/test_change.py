"""Editing, deleting, and reacting."""

import asyncio

import pytest
from msgspec import structs

from tests import make
from tests.domains.chat.messages.change_steps import react
from tests.domains.chat.messages.send_steps import ensure_no_gap, send
from tests.infra.databases import execute
from tests.make import NO_LINKS
from veza.core.access import Role
from veza.core.errors import Invalid
from veza.core.ids import MessageId, new_id
from veza.domains.chat.conversations.errors import CannotReachMember
from veza.domains.chat.conversations.models import MemberRole
from veza.domains.chat.conversations.service import conversations
from veza.domains.chat.messages.errors import MessageNotFound, NotYourMessage, TooManyReactions
from veza.domains.chat.messages.models.events import ConversationEventType
from veza.domains.chat.messages.models.messages import ReactionCount, StoredReaction
from veza.domains.chat.messages.rules import ensure_emoji, toggle_reaction
from veza.domains.chat.messages.service import changed_messages, history


async def edit(services, who, said, content="Other words"):
    async with services.database.transaction() as tx:
        return await changed_messages.edit(
            tx, who.member, make.place_of(said), content, urls=NO_LINKS
        )


async def delete(services, who, said):
    async with services.database.transaction() as tx:
        return await changed_messages.delete(tx, who.member, make.place_of(said), urls=NO_LINKS)


async def leave(services, who, where):
    async with services.database.transaction() as tx:
        await conversations.leave(tx, who.member, where)


async def test_an_edit_is_an_event(services, room, ann, ben, list_events):
    said = await make.message(services, ann, room, "Firts")

    event = await edit(services, ann, said, " First ")

    assert (event.seq, event.type) == (2, ConversationEventType.EDITED)
    assert (event.message.content, event.message.seq, event.message.number) == ("First", 1, 1)
    assert event.message.edited_at is not None
    heard = (await list_events(ben, room)).events
    # Who was away hears the words as they are now, and never the earlier ones.
    assert [(each.type, each.message.content) for each in heard] == [
        (ConversationEventType.MESSAGE, "First"),
        (ConversationEventType.EDITED, "First"),
    ]


async def test_an_event_of_a_later_version_is_an_edit_to_this_one(
    services, room, ann, ben, list_events
):
    said = await make.message(services, ann, room, "Firts")
    await edit(services, ann, said, "First")
    owner = services.addresses.migration
    check = "conversation_events_type_check"
    sql = "select pg_get_constraintdef(oid) from pg_constraint where conname = $1"
    [[definition]] = await execute(owner, sql, check)
    await execute(owner, f"alter table conversation_events drop constraint {check}")
    try:
        sql = (
            "update conversation_events set type = 'pinned' where conversation_id = $1 and seq > 1"
        )
        await execute(owner, sql, room)
        heard = (await list_events(ben, room)).events
    finally:
        await execute(owner, "delete from conversation_events where type = 'pinned'")
        await execute(owner, f"alter table conversation_events add constraint {check} {definition}")
    assert [(each.seq, each.type) for each in heard] == [
        (1, ConversationEventType.MESSAGE),
        (2, ConversationEventType.EDITED),
    ]
    assert heard[1].message.content == "First"


async def test_only_the_sender_edits_a_message(services, group, ann, ben, cleo):
    said = await make.message(services, ben, group)

    with pytest.raises(NotYourMessage):
        await edit(services, ann, said)
    unknown = structs.replace(said, id=MessageId(new_id()))
    for who, meant in [(cleo, said), (ben, unknown)]:
        with pytest.raises(MessageNotFound):
            await edit(services, who, meant)
    with pytest.raises(Invalid):
        await edit(services, ben, said, "  ")


async def test_a_deleted_message_keeps_its_place_and_nothing_else(
    services, room, ann, ben, list_events
):
    first = await make.message(services, ann, room, "A secret")
    await make.message(services, ben, room, "What?")
    await react(services, ben, first)

    event = await delete(services, ann, first)

    assert (event.seq, event.type) == (4, ConversationEventType.DELETED)
    heard = (await list_events(ben, room)).events
    assert [each.message.content for each in heard] == ["", "What?", "", ""]
    left = heard[0].message
    assert left.deleted_at is not None
    assert (left.number, left.seq, left.reactions, left.reacted) == (1, 1, [], [])
    assert (left.sender and left.sender.id) == ann.id
    await ensure_no_gap(services, room, 2)


async def test_a_deleted_message_cannot_be_changed(services, room, ann, ben, moderator):
    said = await make.message(services, ann, room)
    await delete(services, ann, said)

    for again in (
        delete(services, ann, said),
        delete(services, moderator, said),
        edit(services, ann, said),
        react(services, ben, said),
    ):
        with pytest.raises(MessageNotFound):
            await again


async def test_admins_of_a_conversation_and_staff_delete_messages_of_others(
    services, group, pair, ann, ben, cleo, moderator
):
    async with services.database.transaction() as tx:
        await conversations.add_member(tx, ann.member, group, cleo.id)
    by_owner = await make.message(services, ann, group)
    by_member = await make.message(services, ben, group)
    to_one = await make.message(services, ben, pair)

    for who, said in [(ben, by_owner), (cleo, by_member), (ann, to_one)]:
        with pytest.raises(NotYourMessage):
            await delete(services, who, said)
    async with services.database.transaction() as tx:
        await conversations.set_role(tx, ann.member, group, cleo.id, role=MemberRole.ADMIN)
    await delete(services, cleo, by_member)
    await delete(services, cleo, by_owner)
    # Moderators need not be there.
    await delete(services, moderator, to_one)


async def test_an_admin_of_the_site_is_staff_too(services, pair, ann):
    said = await make.message(services, ann, pair)
    admin = await make.person(services, Role.ADMIN)

    assert (await delete(services, admin, said)).message.content == ""


async def test_a_reaction_is_added_and_removed(services, room, ann, ben, list_events):
    said = await make.message(services, ann, room)

    first = await react(services, ann, said)
    await react(services, ann, said, "👍")
    await react(services, ben, said)

    assert (first.type, first.emoji, first.is_added) == (ConversationEventType.REACTION, "🔥", True)
    assert first.actor is not None
    assert (first.actor.id, first.actor.username) == (ann.id, ann.username)
    (shown, *_) = (await list_events(ben, room)).events
    assert shown.message.reactions == [ReactionCount("🔥", 2), ReactionCount("👍", 1)]
    assert shown.message.reacted == ["🔥"]
    back = await react(services, ann, said)
    assert back.is_added is False
    assert back.message.reactions == [ReactionCount("🔥", 1), ReactionCount("👍", 1)]


async def test_concurrent_reactions_are_all_counted(services, count):
    people = [await make.person(services) for _ in range(15)]
    where = await make.conversation(services, "room", *people)
    said = await make.message(services, people[0], where)

    await asyncio.gather(*(react(services, person, said) for person in people))
    event = await react(services, people[0], said, "👍")

    assert event.message.reactions == [ReactionCount("🔥", 15), ReactionCount("👍", 1)]
    rows = "select count(*) from message_reactions where message_id = $1"
    assert await count(rows, said.id) == 16
    await ensure_no_gap(services, where, 1)


async def test_only_readers_react_and_remove_their_own_reactions(services, group, ann, ben, cleo):
    said = await make.message(services, ann, group)
    with pytest.raises(MessageNotFound):
        await react(services, cleo, said)
    async with services.database.transaction() as tx:
        await conversations.add_member(tx, ann.member, group, cleo.id)
    # It was said before Cleo came.
    with pytest.raises(MessageNotFound):
        await react(services, cleo, said)
    await leave(services, ben, group)
    with pytest.raises(MessageNotFound):
        await react(services, ben, said)


async def test_blocked_members_only_delete_their_messages(services, pair, ann, ben):
    mine, theirs = await make.message(services, ann, pair), await make.message(services, ben, pair)
    await make.blocks(services, ben, ann)

    for attempt in (edit(services, ann, mine), react(services, ann, theirs)):
        with pytest.raises(CannotReachMember):
            await attempt
    assert (await delete(services, ann, mine)).message.content == ""


async def test_former_members_change_nothing(services, group, ann, ben):
    said = await make.message(services, ben, group)
    await leave(services, ben, group)

    for attempt in (edit(services, ben, said), delete(services, ben, said)):
        with pytest.raises(MessageNotFound):
            await attempt


@pytest.mark.parametrize("emoji", ["🔥", "❤️", "1️⃣", "👨‍👩‍👧‍👦", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🇫🇷", "👍🏽", "©️", "‼️"])
def test_emoji_are_accepted(emoji):
    ensure_emoji(emoji)


@pytest.mark.parametrize("text", ["a", "1", "🔥 ", "fire", "é", "火", "\0", "🔥\n", "\ud800", "!"])
def test_text_is_no_emoji(text):
    with pytest.raises(Invalid):
        ensure_emoji(text)


def test_a_message_has_at_most_twenty_different_reactions():
    full = [StoredReaction(chr(0x1F300 + n), 1) for n in range(20)]

    assert toggle_reaction(full, full[0].emoji, is_added=True)[0].count == 2
    assert toggle_reaction(full, full[0].emoji, is_added=False) == full[1:]
    with pytest.raises(TooManyReactions):
        toggle_reaction(full, "🔥", is_added=True)


async def test_events_for_everybody_have_no_own_reactions(services, room, ann, ben):
    said = await make.message(services, ann, room)
    event = await react(services, ben, said)

    async with services.database.read() as conn:
        heard = await history.list_unfiltered_events(conn, room, 1, limit=10, urls=NO_LINKS)

    assert heard == [event]
    again = (await send(services, ben, room)).message
    assert again.seq == 3
