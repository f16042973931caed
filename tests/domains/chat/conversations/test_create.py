"""Creating direct conversations, groups and rooms."""

import asyncio

import pytest

from tests import make
from tests.domains.chat.conversations.create_steps import create
from tests.raw import borrowed
from veza.core.ids import new_id


async def test_two_members_have_one_direct_conversation(client, ann, ben):
    first = await create(client, ann, type="direct", member_ids=[str(ben.id)])
    again = await create(client, ann, type="direct", member_ids=[str(ben.id), str(ann.id)])
    back = await create(client, ben, type="direct", member_ids=[str(ann.id)])

    assert [a.status_code for a in (first, again, back)] == [201, 200, 200], first.text
    made = first.json()["data"]
    assert again.json()["data"] == made
    assert made["type"] == "direct"
    assert (made["name"], made["is_private"], made["members_count"]) == (None, True, 2)
    assert (made["role"], made["unread_count"], made["last_seq"]) == ("member", 0, 0)
    assert made["other"] == make.shown(ben)
    assert back.json()["data"]["other"] == make.shown(ann)


@pytest.mark.parametrize("round_", range(3))
async def test_concurrent_creation_makes_one_direct_conversation(client, services, round_):
    one, other = [await make.person(services) for _ in range(2)]

    answers = await asyncio.gather(
        *(create(client, one, type="direct", member_ids=[str(other.id)]) for _ in range(8)),
        *(create(client, other, type="direct", member_ids=[str(one.id)]) for _ in range(8)),
    )

    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [200] * 15 + [201]
    assert len({answer.json()["data"]["id"] for answer in answers}) == 1


async def test_the_creator_owns_a_group(client, ann, ben, cleo):
    answer = await create(client, ann, type="group", member_ids=[str(ben.id), str(cleo.id)])

    assert answer.status_code == 201
    made = answer.json()["data"]
    assert (made["role"], made["members_count"], made["name"]) == ("owner", 3, None)
    assert made["is_private"] is True
    path = f"conversations/{made['id']}"
    assert (await client.get(path, headers=ben.headers)).json()["data"]["role"] == "member"
    listed = (await client.get(f"{path}/members", headers=cleo.headers)).json()["data"]
    assert {(m["user"]["username"], m["role"]) for m in listed["members"]} == {
        (ann.username, "owner"),
        (ben.username, "member"),
        (cleo.username, "member"),
    }


async def test_public_rooms_are_visible_and_private_ones_are_not(client, ann, ben):
    open_ = (await create(client, ann, type="room", name="  Modular   nights ")).json()["data"]
    closed = (await create(client, ann, type="room", name="Us", is_private=True)).json()["data"]

    assert (open_["name"], open_["is_private"]) == ("Modular nights", False)
    found = await client.get(f"conversations/{open_['id']}", headers=ben.headers)
    assert found.status_code == 200
    assert (found.json()["data"]["role"], found.json()["data"]["unread_count"]) == (None, None)
    hidden = await client.get(f"conversations/{closed['id']}", headers=ben.headers)
    assert hidden.status_code == 404
    assert hidden.json()["code"] == "conversation_not_found"


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"type": "direct"}, "member_ids"),
        ({"type": "direct", "member_ids": ["ann"]}, "member_ids"),
        ({"type": "direct", "member_ids": ["ben", "cleo"]}, "member_ids"),
        ({"type": "direct", "member_ids": ["ben"], "name": "Us"}, "name"),
        ({"type": "room"}, "name"),
        ({"type": "room", "name": ""}, "name"),
        ({"type": "room", "name": "  "}, "name"),
        ({"type": "room", "name": "x" * 101}, "name"),
        ({"type": "channel", "name": "x"}, "type"),
        ({"type": "group", "member_ids": ["nobody"]}, "member_ids"),
        ({"type": "group", "is_private": "yes"}, "is_private"),
    ],
)
async def test_an_invalid_conversation_is_refused_by_its_field(client, ann, ben, cleo, form, field):
    ids = {"ann": str(ann.id), "ben": str(ben.id), "cleo": str(cleo.id)}
    if "member_ids" in form:
        form = form | {"member_ids": [ids.get(each, each) for each in form["member_ids"]]}

    answer = await create(client, ann, **form)

    assert answer.status_code == 400, answer.text
    assert answer.json()["details"][0]["field"].startswith(field)


@pytest.mark.parametrize("name", ["a\0b", "\ud800"])
async def test_a_name_that_can_t_be_stored_is_refused(client, ann, name):
    body = b'{"type": "room", "name": "%s"}' % name.encode("unicode-escape")
    headers = ann.headers | {"content-type": "application/json"}

    answer = await client.post("conversations", headers=headers, content=body)

    assert answer.status_code == 400, answer.text


@pytest.mark.parametrize("kind", ["direct", "group"])
async def test_blocked_or_missing_members_are_not_added_at_creation(
    client, services, ann, ben, kind
):
    unknown = await create(client, ann, type=kind, member_ids=[str(new_id())])
    await make.blocks(services, ben, ann)
    blocked = await create(client, ann, type=kind, member_ids=[str(ben.id)])
    blocks = await create(client, ben, type=kind, member_ids=[str(ann.id)])
    out = await make.person(services)
    await make.suspended(services, out)
    suspended = await create(client, ann, type=kind, member_ids=[str(out.id)])

    assert [(a.status_code, a.json()["code"]) for a in (unknown, blocked, blocks, suspended)] == [
        (404, "user_not_found"),
        (403, "cannot_reach_member"),
        (403, "cannot_reach_member"),
        (404, "user_not_found"),
    ]


async def test_a_direct_conversation_is_found_after_a_block(client, services, ann, ben, pair):
    await make.blocks(services, ben, ann)

    again = await create(client, ann, type="direct", member_ids=[str(ben.id)])

    assert (again.status_code, again.json()["data"]["id"]) == (200, str(pair))


async def test_a_member_creates_at_most_100_conversations_in_ten_minutes(
    client, services, ann, ben
):
    for _ in range(99):
        await services.counters.add(f"conversations:{ann.id}", 600)

    last = await create(client, ann, type="room", name="The hundredth")
    refused = await create(client, ann, type="room", name="One more")
    other = await create(client, ben, type="room", name="My first")

    assert [a.status_code for a in (last, refused, other)] == [201, 429, 201]
    assert refused.json()["code"] == "too_many_conversations"
    assert 0 < int(refused.headers["retry-after"]) <= 600


async def test_creation_requires_a_session(client):
    assert (await client.post("conversations", json={"type": "room"})).status_code == 401


async def test_a_direct_conversation_stores_the_smaller_id_first(services, pair, ann, ben):
    async with borrowed(services) as raw:
        row = await raw.fetchrow(
            "select first_user_id, second_user_id from conversations where id = $1", pair
        )
    assert row is not None
    assert tuple(row) == tuple(sorted([ann.id, ben.id]))
