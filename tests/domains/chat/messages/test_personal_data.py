"""Export and erasure of conversations and messages."""

import asyncio

import pytest

from tests import make
from tests.domains.chat.conversations.members_steps import add, call, roles, told
from tests.domains.chat.messages.change_steps import react
from tests.domains.chat.messages.personal_data_steps import erase
from tests.domains.chat.messages.routes_steps import contents, read_history, say
from tests.domains.chat.messages.send_steps import ensure_no_gap, send
from tests.support.waiting import until_somebody_waits
from veza.app.domains import PERSONAL_DATA
from veza.core.errors import Unauthenticated
from veza.domains.chat.conversations.errors import ConversationNotFound
from veza.domains.chat.messages import personal_data


async def test_erased_messages_keep_their_place_without_sender(
    client, services, pair, group, ann, ben
):
    await say(client, ben, pair, "A secret", client_id="mine")
    await say(client, ann, pair, "Well")
    await say(client, ben, group, "A secret")
    await erase(services, ben)

    history = await read_history(client, ann, pair)
    events = (await call(client, "GET", ann, pair, "/events")).json()["data"]["events"]

    assert contents(history) == ["Well", ""]
    for shown in (history["messages"][1], events[0]["message"]):
        assert (shown["sender"], shown["client_id"], shown["number"]) == (None, None, 1)
        assert shown["deleted_at"] is not None
    await ensure_no_gap(services, pair, 2)
    assert told(await say(client, ann, pair)) == [(403, "cannot_reach_member")]
    assert (await call(client, "GET", ann, pair)).json()["data"]["other"] is None
    assert await roles(client, ann, group) == {ann.username: "owner"}


async def test_erasure_removes_reactions(services, client, room, ann, ben, cleo):
    await call(client, "POST", cleo, room, "/join")
    said = [await make.message(services, ann, room, str(n)) for n in range(3)]
    for message in said:
        await react(services, ben, message, "🔥")
        await react(services, ben, message, "👍")
        await react(services, cleo, message, "👍")
    await erase(services, ben)

    history = await read_history(client, ann, room)
    events = (await call(client, "GET", ann, room, "/events")).json()["data"]["events"]

    for message in history["messages"]:
        assert message["reactions"] == [{"emoji": "👍", "count": 1}]
    actors = [each["actor"] and each["actor"]["username"] for each in events[3:]]
    assert actors == [None, None, cleo.username] * 3


async def test_erasure_hands_over_owned_conversations(client, services, ann, ben, cleo):
    where = await make.conversation(services, "group", ann, ben)
    await add(client, ann, where, cleo)
    alone = await make.conversation(services, "room", ann)
    await erase(services, ann)

    assert await roles(client, ben, where) == {ben.username: "owner", cleo.username: "member"}
    assert (await call(client, "GET", ben, alone)).status_code == 404


async def test_a_direct_conversation_ends_when_both_are_erased(services, pair, ann, ben, count):
    await send(services, ann, pair)
    await erase(services, ann)
    await erase(services, ben)
    await make.swept_conversations(services)

    for table in ("conversations where id", "messages where conversation_id"):
        assert await count(f"select count(*) from {table} = $1", pair) == 0


async def test_erasure_includes_conversations_that_were_left(client, services, group, ann, ben):
    await say(client, ben, group, "A secret")
    await call(client, "POST", ben, group, "/leave")
    await erase(services, ben)

    assert contents(await read_history(client, ann, group)) == [""]


async def test_export_and_erasure_handle_more_than_one_page(services, room, ann, ben, count):
    async with services.database.transaction() as tx:
        await tx.run(_MANY, room, ben.id)
    async with services.database.snapshot() as conn:
        handed_out = await personal_data.export(conn, ben.id)
    assert len({said.id for said in handed_out.messages}) == 1201
    assert len({(each.message_id, each.emoji) for each in handed_out.reactions}) == 2402

    await erase(services, ben)

    left = "select count(*) from messages where conversation_id = $1"
    assert await count(f"{left} and (content <> '' or reactions <> '[]')", room) == 0
    assert await count(left, room) == 1201


# More messages and reactions than are looked at in one step.
_MANY = """
    with said as (
        insert into messages (id, conversation_id, seq, number, sender_id, content, reactions)
        select gen_random_uuid(), $1, n, n, $2, 'said ' || n, '[["🔥", 1], ["👍", 1]]'
          from generate_series(1, 1201) n
        returning id
    ), counted as (
        update conversations set last_seq = 1201, last_number = 1201 where id = $1
    )
    insert into message_reactions (message_id, user_id, emoji)
    select said.id, $2, emoji from said, unnest(array['🔥', '👍']) emoji
"""


@pytest.mark.parametrize("round_", range(3))
async def test_concurrent_erasure_and_sending_leave_no_message(services, room, ann, ben, round_):
    async def talk():
        for n in range(10):
            try:
                await send(services, ben, room, f"{n}")
            except (ConversationNotFound, Unauthenticated):
                return

    await asyncio.gather(talk(), talk(), erase(services, ben), send(services, ann, room, "Well"))

    async with services.database.read() as conn:
        sql = "select content from messages where conversation_id = $1 and content <> ''"
        assert await conn.column(str, sql, room) == ["Well"]
        sql = "select last_number from conversations where id = $1"
        await ensure_no_gap(services, room, await conn.value(int, sql, room))


async def test_concurrent_erasure_and_adding_leave_no_membership(
    client, services, group, ann, ben, cleo
):
    await call(client, "POST", ben, group, "/leave")
    async with services.database.transaction() as tx:
        for part in PERSONAL_DATA.values():
            await part.erase(tx, ben.id)
        adding = asyncio.create_task(add(client, ann, group, ben))
        await until_somebody_waits(services.database)

    assert told(await adding) == [(404, "user_not_found")]


async def test_ended_conversations_are_swept_with_their_messages(
    client, services, room, ann, ben, count
):
    async with services.database.transaction() as tx:
        image_id = await make.bare_image(tx, ann.member)
    said = await make.message(services, ann, room, image_ids=[image_id])
    await react(services, ben, said)
    async with services.database.transaction() as tx:
        await tx.run(
            """
            insert into messages (id, conversation_id, seq, number, sender_id, content)
            select gen_random_uuid(), $1, n, n, $2, 'x' from generate_series(3, 2600) n
            """,
            *(room, ben.id),
        )
    other = await make.conversation(services, "room", ann)
    await call(client, "DELETE", ann, room)

    await make.swept_conversations(services)

    for table in (
        "conversations where id",
        "messages where conversation_id",
        "conversation_events where conversation_id",
    ):
        assert await count(f"select count(*) from {table} = $1", room) == 0, table
    assert await count("select count(*) from images where id = $1", image_id) == 0
    assert (await call(client, "GET", ann, other)).status_code == 200
