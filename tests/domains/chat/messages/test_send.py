"""Sending: in one order for all, once, and by members only."""

import asyncio

import pytest
from msgspec import structs

from tests import make
from tests.domains.chat.messages.send_steps import ensure_no_gap, send
from tests.make import NO_LINKS
from tests.support.waiting import until_somebody_waits
from veza.core.errors import Invalid
from veza.core.ids import ConversationId, TrackId, new_id
from veza.domains.chat.conversations.errors import CannotReachMember, ConversationNotFound
from veza.domains.chat.conversations.service import conversations
from veza.domains.chat.messages.models.messages import MessageForm
from veza.domains.chat.messages.service import changed_messages, sent_messages
from veza.domains.music.tracks.errors import TrackNotFound

_EVENTS = "select count(*) from conversation_events where conversation_id = $1"


async def test_a_message_takes_the_next_number_and_is_signalled(
    services, room, ann, ben, list_events
):
    first, second = await send(services, ann, room, " Hi \n"), await send(services, ben, room)

    assert first.is_new
    said = first.message
    assert (said.number, said.seq, said.content) == (1, 1, "Hi")
    assert said.sender is not None
    assert (said.sender.id, said.sender.username) == (ann.id, ann.username)
    assert (second.message.number, second.message.seq) == (2, 2)
    heard = await list_events(ann, room)
    assert [event.message for event in heard.events] == [
        structs.replace(first.message, reacted=[]),
        structs.replace(second.message, reacted=[]),
    ]
    assert (heard.head, heard.since, heard.has_more) == (2, 2, False)


async def test_a_repeated_client_id_returns_the_first_message(services, group, ann, count):
    first = await send(services, ann, group, "Hello", client_id="a1")
    again = await send(services, ann, group, "Something else", client_id="a1")
    other = await send(services, ann, group, "Something else", client_id="a2")

    assert (first.is_new, again.is_new, other.is_new) == (True, False, True)
    assert again.message == first.message
    assert other.message.number == 2
    assert await count(_EVENTS, group) == 2
    await ensure_no_gap(services, group, 2)
    told = "select count(*) from outbox where payload->>'message_id' = $1"
    assert await count(told, str(first.message.id)) == 1


async def test_two_may_use_the_same_client_id(services, room, ann, ben):
    mine = await send(services, ann, room, "Mine", client_id="1")
    theirs = await send(services, ben, room, "Theirs", client_id="1")

    assert theirs.is_new
    assert theirs.message.id != mine.message.id


async def test_a_repeated_client_id_does_not_restore_a_deleted_message(services, room, ann):
    first = await send(services, ann, room, client_id="1")
    async with services.database.transaction() as tx:
        await changed_messages.delete(tx, ann.member, make.place_of(first.message), urls=NO_LINKS)

    again = await send(services, ann, room, client_id="1")

    assert not again.is_new
    assert again.message.deleted_at is not None


@pytest.mark.parametrize("round_", range(3))
async def test_concurrent_repeats_store_one_message(services, room, ann, ben, round_):
    sent = await asyncio.gather(
        *(send(services, ann, room, f"Try {n}", client_id="same") for n in range(20)),
        *(send(services, ben, room, f"Between {n}") for n in range(5)),
    )

    by_ann = [each.message for each in sent[:20]]
    assert sum(each.is_new for each in sent[:20]) == 1
    assert len({(each.id, each.content) for each in by_ann}) == 1
    await ensure_no_gap(services, room, 6)


@pytest.mark.parametrize("round_", range(3))
async def test_fifty_concurrent_senders_leave_no_gap(services, round_):
    people = [await make.person(services) for _ in range(50)]
    where = await make.conversation(services, "room", *people)

    sent = await asyncio.gather(
        *(send(services, person, where, f"{n}") for n in range(2) for person in people)
    )

    assert sorted(each.message.number for each in sent) == list(range(1, 101))
    await ensure_no_gap(services, where, 100)


async def test_only_members_send_messages(services, room, group, pair, cleo, count):
    for where in (room, group, pair, ConversationId(new_id())):
        with pytest.raises(ConversationNotFound):
            await send(services, cleo, where)

    assert await count(_EVENTS, room) == 0


async def test_a_concurrently_removed_member_sends_nothing(services, group, ann, ben, count):
    async with services.database.transaction() as tx:
        await conversations.remove_member(tx, ann.member, group, ben.id)
        late = asyncio.create_task(send(services, ben, group))
        await until_somebody_waits(services.database)

    with pytest.raises(ConversationNotFound):
        await late
    assert await count(_EVENTS, group) == 0


@pytest.mark.parametrize("content", ["", " ", "\n\t "])
async def test_a_message_needs_text_or_an_attachment(services, room, ann, content):
    with pytest.raises(Invalid):
        await send(services, ann, room, content)


async def test_blocked_members_send_no_direct_messages(services, pair, ann, ben, list_events):
    await send(services, ann, pair, "Before")
    await make.blocks(services, ben, ann)

    for who in (ann, ben):
        with pytest.raises(CannotReachMember):
            await send(services, who, pair)
        heard = await list_events(who, pair)
        assert [event.message.content for event in heard.events] == ["Before"]


async def test_blocked_members_send_messages_in_rooms(services, room, ann, ben):
    await make.blocks(services, ben, ann)

    assert (await send(services, ann, room)).is_new


async def test_a_message_may_be_a_track(services, room, ann, ben, list_events):
    async with services.database.transaction() as tx:
        track_id = await make.bare_track(tx, ben.member, "Night Ferry")

    said = (await send(services, ann, room, "", track_id=track_id)).message

    assert (said.content, said.track_id) == ("", track_id)
    assert said.track is not None
    assert (said.track.title, said.track.artist.id) == ("Night Ferry", ben.id)


async def test_only_visible_tracks_are_sent(services, room, ann, ben):
    async with services.database.transaction() as tx:
        hidden = await make.bare_track(tx, ben.member, "Mine", visibility="private")

    for track_id in (hidden, TrackId(new_id())):
        with pytest.raises(TrackNotFound):
            await send(services, ann, room, track_id=track_id)
    # To its owner it is there, to the others it has no name.
    said = (await send(services, ben, room, track_id=hidden)).message
    assert said.track is None


async def test_sending_in_a_room_takes_three_queries(tx, room, ann):
    statements = []
    tx._raw.add_query_logger(list_events := lambda query: statements.append(query.query))
    form = MessageForm("Hello", client_id="1")

    sent = await sent_messages.send(tx, ann.member, room, form, urls=NO_LINKS)
    # The driver tells of a statement a moment after its answer.
    await asyncio.sleep(0)
    tx._raw.remove_query_logger(list_events)

    assert sent.is_new
    assert len(statements) == 3, statements


async def test_messages_are_announced_in_rooms_only_with_mentions(
    services, pair, group, room, ann, count
):
    told = "select count(*) from outbox where payload->>'message_id' = $1"
    for where, content, times in [
        (pair, "Hello", 1),
        (group, "Hello", 1),
        (room, "Hello", 0),
        (room, "Hello @somebody", 1),
    ]:
        said = (await send(services, ann, where, content)).message
        assert await count(told, str(said.id)) == times, (where, content)
