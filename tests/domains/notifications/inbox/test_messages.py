"""Notifications of messages."""

import asyncio

import pytest

from tests import make
from tests.domains.notifications.inbox.reactions_steps import happen
from veza.core.ids import new_id
from veza.domains.chat.conversations.service import conversations
from veza.domains.chat.messages.events import MessageSent


@pytest.fixture
async def direct(services, fan, artist):
    return await make.conversation(services, "direct", fan, artist)


@pytest.fixture
async def group(services, fan, artist, other):
    return await make.conversation(services, "group", fan, artist, other)


@pytest.fixture
async def room(services, fan, artist, other):
    place = await make.conversation(services, "room", fan)
    for who in (artist, other):
        async with services.database.transaction() as tx:
            await conversations.join(tx, who.member, place)
    return place


async def read_to(act, who, place, number):
    await act(who, "POST", f"conversations/{place}/read", number=number)


async def test_messages_of_a_conversation_are_one_notification_with_the_last(
    services, see, artist, fan, direct
):
    for content in ("Hello", "Are you there?"):
        said = await make.message(services, fan, direct, content)

    page = await see(artist)

    [one] = page["notifications"]
    assert (one["kind"], one["actors_count"], page["unread_count"]) == ("message", 1, 1)
    assert one["actors"] == [make.shown(fan)]
    assert one["conversation"] == {"id": str(direct), "type": "direct", "name": None}
    assert one["message"] == {"id": str(said.id), "excerpt": "Are you there?"}
    assert (await see(fan))["notifications"] == []


async def test_reading_the_conversation_reads_the_notification_and_the_next_is_another(
    services, act, see, artist, fan, direct
):
    await make.message(services, fan, direct)
    assert (await see(artist))["unread_count"] == 1

    await read_to(act, artist, direct, 1)
    page = await see(artist)
    assert page["unread_count"] == 0
    assert [one["is_read"] for one in page["notifications"]] == [True]
    assert await act(artist, "GET", "notifications/unread") == {"unread_count": 0}

    await make.message(services, fan, direct, "One more thing")
    page = await see(artist)
    assert page["unread_count"] == 1
    assert [one["is_read"] for one in page["notifications"]] == [False, True]


async def test_after_the_notification_is_read_the_next_message_creates_another(
    services, act, see, artist, fan, direct
):
    await make.message(services, fan, direct)
    [one] = (await see(artist))["notifications"]
    await act(artist, "POST", f"notifications/{one['id']}/read")
    await make.message(services, fan, direct)
    assert (await see(artist))["unread_count"] == 1


async def test_a_message_that_is_read_at_once_notifies_nobody(
    services, act, see, artist, fan, direct
):
    await make.message(services, fan, direct)
    await read_to(act, artist, direct, 1)
    assert (await see(artist))["notifications"] == []


async def test_in_a_group_all_others_are_notified_and_mentions_separately(
    services, see, told, artist, fan, other, group
):
    await make.message(services, fan, group, f"Hello all, and @{artist.username}")
    await make.delivered(services)
    await make.message(services, other, group, "Hello")

    assert await told(artist) == [
        ("message", [other.username], 1),
        ("mention", [fan.username], 1),
    ]
    assert await told(other) == [("message", [fan.username], 1)]
    assert await told(fan) == [("message", [other.username], 1)]
    one = (await see(artist))["notifications"][1]
    assert one["conversation"] == {"id": str(group), "type": "group", "name": "Night shift"}
    assert one["message"]["excerpt"] == f"Hello all, and @{artist.username}"


async def test_senders_in_a_group_are_merged(services, told, artist, fan, other, group):
    for sender in (fan, other, fan):
        await make.message(services, sender, group)
        await make.delivered(services)
    assert await told(artist) == [("message", [fan.username, other.username], 2)]


async def test_in_a_room_only_mentioned_members_are_notified(
    services, told, artist, fan, other, room
):
    stranger = await make.person(services)
    await make.message(services, fan, room, "Hello room")
    await make.message(services, fan, room, f"@{artist.username} @{stranger.username}!")

    assert await told(artist) == [("mention", [fan.username], 1)]
    assert await told(other) == []
    assert await told(stranger) == []


async def test_mentions_are_notified_with_messages_switched_off(
    services, act, told, artist, fan, group
):
    await act(artist, "PUT", "notifications/preferences", message=False)
    await make.message(services, fan, group, "Hello all")
    await make.message(services, fan, group, f"You too, @{artist.username}")
    assert await told(artist) == [("mention", [fan.username], 1)]


async def test_messages_are_notified_with_mentions_switched_off(
    services, act, told, artist, fan, group
):
    await act(artist, "PUT", "notifications/preferences", mention=False)
    await make.message(services, fan, group, f"You too, @{artist.username}")
    assert await told(artist) == [("message", [fan.username], 1)]


async def test_messages_of_muted_members_notify_nobody(
    services, act, told, artist, fan, other, group
):
    await act(artist, "POST", f"users/{fan.id}/mute")
    await act(fan, "POST", f"users/{other.id}/block")
    await make.message(services, fan, group, f"Hello @{artist.username} @{other.username}")
    assert await told(artist) == []
    assert await told(other) == []


async def test_a_member_who_left_is_not_notified_and_sees_no_earlier_notification(
    services, act, see, artist, fan, group
):
    await make.message(services, fan, group, f"Hello @{artist.username}")
    await make.message(services, fan, group)
    assert (await see(artist))["unread_count"] == 2

    await act(artist, "POST", f"conversations/{group}/leave")
    await make.message(services, fan, group, f"Come back, @{artist.username}")

    page = await see(artist)
    assert (page["notifications"], page["unread_count"]) == ([], 0)


async def test_a_notification_of_a_deleted_message_has_no_text(
    services, act, see, artist, fan, group
):
    called = await make.message(services, fan, group, f"Hello @{artist.username}")
    said = await make.message(services, fan, group, "A secret")
    await see(artist)
    for message in (called, said):
        await act(fan, "DELETE", f"conversations/{group}/messages/{message.id}")

    [one] = (await see(artist))["notifications"]
    assert (one["kind"], one["message"]) == ("message", None)
    assert one["conversation"]["id"] == str(group)


@pytest.mark.parametrize("is_read", [False, True])
async def test_message_events_delivered_twice_or_late_notify_once(
    services, act, told, artist, fan, other, group, is_read
):
    events = []
    for sender, content in ((fan, f"@{artist.username}"), (other, "One"), (fan, "Two")):
        said = await make.message(services, sender, group, content)
        mentions = [artist.username] if "@" in content else []
        events.append(MessageSent(group, said.id, sender.id, mentions))
        await make.delivered(services)
    once = await told(artist)
    assert once == [
        ("message", [fan.username, other.username], 2),
        ("mention", [fan.username], 1),
    ]
    if is_read:
        await act(artist, "POST", "notifications/read-all")

    await happen(services, *events, *reversed(events))

    assert await told(artist) == once


async def test_a_late_event_counts_its_sender_and_keeps_the_later_message(
    services, see, artist, fan, other, group
):
    early = await make.message(services, other, group, "Early")
    async with services.database.transaction() as tx:
        await tx.run("delete from outbox where payload::text like $1", f"%{early.id}%")
    late = await make.message(services, fan, group, "Late")
    await make.delivered(services)

    await happen(services, MessageSent(group, early.id, other.id, []))

    [one] = (await see(artist))["notifications"]
    assert one["actors_count"] == 2
    assert one["message"] == {"id": str(late.id), "excerpt": "Late"}


async def test_deleted_messages_notify_nobody(services, told, artist, fan, direct):
    await happen(services, MessageSent(direct, new_id(), fan.id, []))
    assert await told(artist) == []


async def test_concurrent_messages_and_reads_are_counted_exactly(
    services, act, see, artist, fan, other, group
):
    async def write(sender):
        for n in range(10):
            await make.message(services, sender, group, f"Message {n}")

    async def read():
        for _ in range(5):
            await make.delivered(services)
            await act(artist, "POST", "notifications/read-all")

    await asyncio.gather(
        write(fan), write(other), read(), *(make.delivered(services) for _ in range(2))
    )
    await make.message(services, fan, group, "The last")

    page = await see(artist, limit=100)
    assert page["unread_count"] == 1
    first = page["notifications"][0]
    assert (first["is_read"], first["message"]["excerpt"]) == (False, "The last")
    assert fan.username in [actor["username"] for actor in first["actors"]]
    moments = [one["told_at"] for one in page["notifications"]]
    assert moments == sorted(set(moments), reverse=True)
