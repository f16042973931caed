"""Lists of own conversations, and the search for rooms."""

import asyncio
import re

import pytest

from tests import make
from tests.domains.chat.conversations.create_steps import create
from tests.domains.chat.conversations.members_steps import add, call, told
from tests.raw import hearing
from veza.core.ids import new_id


async def list_(client, who, **query):
    answer = await client.get("conversations", headers=who.headers, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def test_own_conversations_have_their_last_message(
    client, services, room, pair, group, ann, ben, cleo
):
    await make.message(services, ann, room, "In the room")
    await make.message(services, ben, pair, "To you")
    await make.message(services, ben, pair, "And again")

    page = await list_(client, ann)

    shown = page["conversations"]
    assert [each["id"] for each in shown] == [str(pair), str(room), str(group)]
    assert [each["unread_count"] for each in shown] == [2, 0, 0]
    assert [each["last_message"] and each["last_message"]["content"] for each in shown] == [
        "And again",
        "In the room",
        None,
    ]
    assert shown[0]["other"] == make.shown(ben)
    assert shown[0]["last_message"]["sender"]["username"] == ben.username
    one = (await call(client, "GET", ann, pair)).json()["data"]
    assert shown[0] == one | {"last_message": shown[0]["last_message"]}
    said = (await call(client, "GET", ann, pair, "/history?limit=1")).json()["data"]["messages"][0]
    assert said == shown[0]["last_message"] | {"reacted": []}
    assert (await list_(client, cleo))["conversations"] == []
    assert (page["next_cursor"], page["has_more"]) == (None, False)


async def test_the_list_continues_by_cursor(client, services, ann, ben):
    made = [await make.conversation(services, "group", ann, ben) for _ in range(5)]
    await make.message(services, ben, made[0])

    ids, query = [], {"limit": 2}
    while query is not None:
        page = await list_(client, ann, **query)
        ids += [each["id"] for each in page["conversations"]]
        query = {"limit": 2, "cursor": page["next_cursor"]} if page["has_more"] else None

    assert ids == [str(each) for each in (made[0], *reversed(made[1:]))]


async def test_the_list_is_filtered_by_type(client, room, pair, group, ann):
    for kind, where in [("room", room), ("direct", pair), ("group", group)]:
        shown = (await list_(client, ann, type=kind))["conversations"]
        assert [each["id"] for each in shown] == [str(where)]


async def test_a_late_member_sees_no_earlier_last_message(client, services, group, ann, cleo):
    await make.message(services, ann, group, "A secret")
    await add(client, ann, group, cleo)

    (shown,) = (await list_(client, cleo))["conversations"]

    assert (shown["last_message"], shown["unread_count"]) == (None, 0)


async def test_a_deleted_last_message_has_no_content(client, services, pair, ann, ben):
    said = await make.message(services, ben, pair, "A secret")
    await call(client, "DELETE", ben, pair, f"/messages/{said.id}")

    (shown,) = (await list_(client, ann))["conversations"]

    assert shown["last_message"]["content"] == ""
    assert shown["last_message"]["deleted_at"] is not None


async def test_blocked_members_keep_their_direct_conversation_listed(
    client, services, pair, ann, ben
):
    await make.blocks(services, ben, ann)

    for who in (ann, ben):
        assert len((await list_(client, who))["conversations"]) == 1


async def test_rooms_are_found_by_words_of_their_names(client, ann, ben):
    mark = f"r{new_id().hex[-12:]}"
    for name in (f"Modular Nights {mark}", f"Modular days {mark}", f"50% {mark}"):
        made = await create(client, ann, type="room", name=name)
        assert made.status_code == 201
    hidden = await create(client, ann, type="room", name=f"Modular {mark}", is_private=True)
    joined = (await list_(client, ben, type="room", q=f"days {mark}"))["conversations"][0]
    await call(client, "POST", ben, joined["id"], "/join")

    async def found(words):
        page = await list_(client, ben, type="room", q=f"{words} {mark}")
        return [each["name"].removesuffix(f" {mark}") for each in page["conversations"]]

    # The ones with the most members first.
    assert await found("") == ["Modular days", "50%", "Modular Nights"]
    assert await found("MODULAR") == ["Modular days", "Modular Nights"]
    assert await found("night mod") == ["Modular Nights"]
    assert await found("%") == ["50%"]
    for none in ("_", "\\", "techno"):
        assert await found(none) == []
    shown = (await list_(client, ben, type="room", q=mark))["conversations"]
    assert [each["role"] for each in shown] == ["member", None, None]
    assert [each["unread_count"] for each in shown] == [0, None, None]
    assert {each["last_message"] for each in shown} == {None}
    assert hidden.json()["data"]["id"] not in {each["id"] for each in shown}


async def test_rooms_are_found_without_case_and_accents(client, services, ann):
    mark = new_id().hex
    room = await make.conversation(services, "room", ann)
    url = f"conversations/{room}"
    await client.put(url, headers=ann.headers, json={"name": f"Café ÉTOILE {mark}"})

    for words in ("cafe", "CAFÉ", "etoile caf"):
        found = await list_(client, ann, type="room", q=f"{words} {mark}")
        assert [each["id"] for each in found["conversations"]] == [str(room)]


@pytest.mark.parametrize("words", ["%00", "a%00b", "%ED%A0%80", "%FF"])
async def test_special_characters_match_nothing(client, ann, words):
    answer = await client.get(f"conversations?type=room&q={words}", headers=ann.headers)

    assert answer.status_code in {200, 400}, answer.text


async def test_rooms_are_listed_by_pages(client, ann):
    mark = f"r{new_id().hex[-12:]}"
    for n in range(5):
        await create(client, ann, type="room", name=f"{mark} {n}")

    names, query = [], {"limit": 2, "type": "room", "q": mark}
    while query is not None:
        page = await list_(client, ann, **query)
        names += [each["name"][-1] for each in page["conversations"]]
        query = query | {"cursor": page["next_cursor"]} if page["has_more"] else None

    assert names == list("43210")


async def test_a_room_that_ended_is_not_found(client, room, ann):
    name = f"r{new_id().hex[-12:]}"
    await call(client, "PUT", ann, room, name=name)
    assert len((await list_(client, ann, type="room", q=name))["conversations"]) == 1
    await call(client, "DELETE", ann, room)

    assert (await list_(client, ann, type="room", q=name))["conversations"] == []


async def test_cursors_of_other_lists_are_refused(client, services, ann, ben):
    mark = f"r{new_id().hex[-12:]}"
    for n in range(2):
        await create(client, ann, type="room", name=f"{mark} {n}")
    own = (await list_(client, ann, limit=1))["next_cursor"]
    found = (await list_(client, ann, limit=1, type="room", q=mark))["next_cursor"]

    for query in ({"cursor": found}, {"type": "room", "q": mark, "cursor": own}, {"cursor": "x"}):
        answer = await client.get("conversations", headers=ann.headers, params=query)
        assert told(answer) == [(400, "bad_cursor")]


@pytest.mark.parametrize("query", [{"q": "x"}, {"q": "x", "type": "group"}, {"type": "x"}])
async def test_only_rooms_are_found_by_words(client, ann, query):
    answer = await client.get("conversations", headers=ann.headers, params=query)

    assert answer.status_code == 400
    assert answer.json()["details"][0]["field"] == "type"


async def test_the_list_takes_one_query(client, services, ann, ben):
    await asyncio.gather(*(make.conversation(services, "group", ann, ben) for _ in range(10)))

    async with hearing(services, "conversation_members") as statements:
        assert len((await list_(client, ann))["conversations"]) == 10

    assert len(statements) == 1


# Thirty thousand groups, of each the last two messages; one is in a hundred of them.
_MANY = """
    with made as (
        insert into conversations (id, type, is_private, members_count, last_seq, last_number,
                                   active_at)
        select gen_random_uuid(), 'group', true, 1, 20, 20, now() - n * interval '1 minute'
          from generate_series(1, 30000) n
        returning id, active_at
    ), ranked as (
        select id, row_number() over (order by active_at) as place from made
    ), joined as (
        insert into conversation_members (conversation_id, user_id, role)
        select id, case when place <= 100 then $1::uuid else $2::uuid end, 'owner' from ranked
    )
    insert into messages (id, conversation_id, seq, number, sender_id, content)
    select gen_random_uuid(), made.id, n, n, $2, 'said ' || n from made, generate_series(19, 20) n
"""


@pytest.mark.long
async def test_the_list_reads_its_own_page_and_no_more(client, services, owner_tx, ann, ben):
    """Each of one's conversations is looked at once, and the last message of those on the page."""
    async with hearing(services, "conversation_members") as statements:
        await list_(client, ann)
    ((sql, values),) = statements
    raw = owner_tx._raw
    await raw.fetch(_MANY, ann.id, ben.id)
    await raw.execute("analyze conversations, conversation_members, messages")
    rows = await raw.fetch(f"explain (analyze, buffers, costs off) {sql}", *values)
    plan = "\n".join(row[0] for row in rows)

    assert not re.search(r"Seq Scan on (messages|conversations|conversation_members)", plan), plan
    buffers = re.search(r"Buffers: shared hit=(\d+)", plan)
    assert buffers, plan
    assert int(buffers[1]) < 1500, plan
    assert re.search(r"Index Scan using messages_conversation_id_number_key .*loops=21", plan), plan
