"""Slow mode: members wait between two messages; owners and admins don't."""

import pytest

from tests import make
from veza.core.ids import new_id


@pytest.fixture
async def maker(services):
    return await make.person(services)


@pytest.fixture
async def member(services):
    return await make.person(services)


@pytest.fixture
async def room(client, services, maker, member):
    room = await make.conversation(services, "room", maker, member)
    answer = await client.put(
        f"conversations/{room}", headers=maker.headers, json={"slow_mode_seconds": 60}
    )
    assert answer.json()["data"]["slow_mode_seconds"] == 60
    return room


async def say(client, room, person, **said):
    body = {"content": "Hello"} | said
    return await client.post(f"conversations/{room}/messages", headers=person.headers, json=body)


async def waited(services, room, seconds):
    sql = """
        update conversation_members
           set last_sent_at = last_sent_at - $2 * interval '1 second'
         where conversation_id = $1
    """
    async with services.database.transaction() as tx:
        await tx.run(sql, room, seconds)


async def test_a_member_waits_and_is_told_how_long(client, services, room, member):
    assert (await say(client, room, member)).status_code == 201
    answer = await say(client, room, member)
    assert (answer.status_code, answer.json()["code"]) == (429, "slow_mode")
    assert 1 <= int(answer.headers["retry-after"]) <= 60
    await waited(services, room, 60)
    assert (await say(client, room, member)).status_code == 201


async def test_a_refused_message_is_not_stored_and_does_not_extend_the_wait(
    client, services, room, member
):
    await say(client, room, member)
    await waited(services, room, 30)
    assert (await say(client, room, member)).status_code == 429
    await waited(services, room, 30)
    assert (await say(client, room, member)).status_code == 201
    shown = await client.get(f"conversations/{room}", headers=member.headers)
    assert shown.json()["data"]["last_number"] == 2


async def test_a_repeated_client_id_is_answered_in_slow_mode(client, room, member):
    client_id = new_id().hex
    first = await say(client, room, member, client_id=client_id)
    again = await say(client, room, member, client_id=client_id)
    assert again.status_code in {200, 201}
    assert again.json()["data"]["id"] == first.json()["data"]["id"]


async def test_owners_and_admins_do_not_wait(client, services, room, maker, member):
    for _ in range(3):
        assert (await say(client, room, maker)).status_code == 201
    path = f"conversations/{room}/members/{member.id}"
    await client.put(path, headers=maker.headers, json={"role": "admin"})
    for _ in range(3):
        assert (await say(client, room, member)).status_code == 201


async def test_rejoining_does_not_bypass_slow_mode(client, room, member):
    await say(client, room, member)
    for step in ("leave", "join"):
        answer = await client.post(f"conversations/{room}/{step}", headers=member.headers)
        assert answer.status_code == 200
    assert (await say(client, room, member)).status_code == 429


async def test_members_do_not_wait_for_each_other(client, services, room, member):
    other = await make.person(services)
    await client.post(f"conversations/{room}/join", headers=other.headers)
    assert (await say(client, room, member)).status_code == 201
    assert (await say(client, room, other)).status_code == 201


async def test_messages_from_before_slow_mode_count(client, services, maker, member):
    room = await make.conversation(services, "group", maker, member)
    assert (await say(client, room, member)).status_code == 201
    change = {"slow_mode_seconds": 60}
    await client.put(f"conversations/{room}", headers=maker.headers, json=change)
    assert (await say(client, room, member)).status_code == 429
    await client.put(f"conversations/{room}", headers=maker.headers, json={"slow_mode_seconds": 0})
    assert (await say(client, room, member)).status_code == 201


@pytest.mark.parametrize("seconds", [-1, 21_601, 2**70, 1.5, "10", None])
async def test_invalid_waits_are_refused(client, room, maker, seconds):
    change = {"slow_mode_seconds": seconds}
    answer = await client.put(f"conversations/{room}", headers=maker.headers, json=change)
    assert answer.status_code == 400


async def test_direct_conversations_have_no_slow_mode(client, services, maker, member):
    talk = await make.conversation(services, "direct", maker, member)
    change = {"slow_mode_seconds": 5}
    answer = await client.put(f"conversations/{talk}", headers=maker.headers, json=change)
    assert answer.json()["code"] == "direct_conversation"


async def test_members_can_not_set_it(client, room, member):
    change = {"slow_mode_seconds": 0}
    answer = await client.put(f"conversations/{room}", headers=member.headers, json=change)
    assert answer.json()["code"] == "not_your_conversation"
