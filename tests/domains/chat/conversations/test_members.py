"""Members of a conversation: joining, leaving, and their roles."""

import asyncio

import pytest

from tests import make
from tests.domains.chat.conversations.members_steps import add, call, remove, roles, told
from veza.core.ids import new_id


async def set_role(client, actor, where, who, role):
    return await call(client, "PUT", actor, where, f"/members/{who.id}", role=role)


async def test_anybody_joins_a_public_room_once(client, room, ann, cleo):
    await call(client, "POST", ann, room, "/messages", content="Before")

    first = await call(client, "POST", cleo, room, "/join")
    again = await call(client, "POST", cleo, room, "/join")

    assert [a.status_code for a in (first, again)] == [200, 200]
    assert first.json() == again.json()
    joined = first.json()["data"]
    assert (joined["role"], joined["members_count"], joined["unread_count"]) == ("member", 3, 0)
    # The whole of an open room can be read.
    history = (await call(client, "GET", cleo, room, "/history")).json()["data"]
    assert [message["content"] for message in history["messages"]] == ["Before"]


async def test_messages_from_before_a_room_was_public_stay_private(
    client, services, ann, ben, cleo
):
    async def read(who):
        said = (await call(client, "GET", who, room, "/history")).json()["data"]["messages"]
        return [message["content"] for message in said]

    room = await make.conversation(services, "room", ann, is_private=True)
    await make.message(services, ann, room, "In private")
    await call(client, "PUT", ann, room, is_private=False)
    await make.message(services, ann, room, "In public")
    await call(client, "POST", ben, room, "/join")
    # Open already: nothing begins anew.
    await call(client, "PUT", ann, room, is_private=False, name="Another name")
    await add(client, ann, room, cleo)

    assert await read(ann) == ["In public", "In private"]
    assert await read(ben) == await read(cleo) == ["In public"]
    await call(client, "POST", ben, room, "/leave")
    await call(client, "PUT", ann, room, is_private=True)
    await make.message(services, ann, room, "Among us again")
    await call(client, "PUT", ann, room, is_private=False)
    await call(client, "POST", ben, room, "/join")
    assert await read(ben) == []
    assert await read(cleo) == ["Among us again", "In public"]


async def test_private_conversations_cannot_be_joined(client, services, group, pair, ann, cleo):
    closed = await make.conversation(services, "room", ann, is_private=True)

    for where in (group, pair, closed, new_id()):
        assert told(await call(client, "POST", cleo, where, "/join")) == [
            (404, "conversation_not_found")
        ]


@pytest.mark.parametrize("kind", ["group", "room"])
async def test_an_added_member_reads_later_messages_only(client, services, ann, ben, cleo, kind):
    where = await make.conversation(services, kind, ann, ben, is_private=True)
    await make.message(services, ann, where, "Before")

    answer = await add(client, ann, where, cleo)
    again = await add(client, ann, where, cleo)
    await make.message(services, ann, where, "After")

    assert answer.status_code == 201, answer.text
    assert answer.json() == again.json()
    assert answer.json()["data"]["user"] == make.shown(cleo)
    history = (await call(client, "GET", cleo, where, "/history")).json()["data"]
    assert [message["content"] for message in history["messages"]] == ["After"]
    shown = (await call(client, "GET", cleo, where)).json()["data"]
    assert (shown["unread_count"], shown["members_count"]) == (1, 3)


async def test_only_owners_and_admins_add_and_remove(client, group, pair, ann, ben, cleo):
    assert told(
        await add(client, ben, group, cleo),
        await add(client, cleo, group, cleo),
        await add(client, ann, pair, cleo),
        await remove(client, ben, group, ann),
        await remove(client, cleo, group, ben),
        await remove(client, ann, pair, ben),
        await remove(client, ann, group, cleo),
    ) == [
        (403, "not_your_conversation"),
        (404, "conversation_not_found"),
        (409, "direct_conversation"),
        (403, "not_your_conversation"),
        (404, "conversation_not_found"),
        (409, "direct_conversation"),
        (404, "member_not_found"),
    ]


async def test_blocked_or_unknown_users_are_not_added(client, services, group, ann, cleo):
    unknown = await call(client, "POST", ann, group, "/members", user_id=str(new_id()))
    await make.blocks(services, cleo, ann)

    assert told(unknown, await add(client, ann, group, cleo)) == [
        (404, "user_not_found"),
        (403, "cannot_reach_member"),
    ]


async def test_a_removed_member_reads_nothing(client, services, group, ann, ben):
    await make.message(services, ben, group, "Mine")

    answer = await remove(client, ann, group, ben)

    assert answer.status_code == 200
    for path in ("", "/history", "/members", "/events"):
        assert (await call(client, "GET", ben, group, path)).status_code == 404, path
    assert (await call(client, "POST", ben, group, "/read")).status_code == 404
    assert (await call(client, "POST", ben, group, "/messages", content="x")).status_code == 404
    listed = (await client.get("conversations", headers=ben.headers)).json()["data"]
    assert listed["conversations"] == []
    assert (await call(client, "GET", ann, group)).json()["data"]["members_count"] == 1


async def test_a_member_who_returns_to_a_group_reads_later_messages_only(
    client, services, group, ann, ben
):
    await make.message(services, ann, group, "Before")
    await remove(client, ann, group, ben)
    await make.message(services, ann, group, "Meanwhile")
    await add(client, ann, group, ben)

    history = (await call(client, "GET", ben, group, "/history")).json()["data"]

    assert history["messages"] == []


async def test_members_leave_groups_but_not_direct_conversations(client, group, pair, ann, ben):
    left = await call(client, "POST", ben, group, "/leave")
    gone = await call(client, "POST", ben, group, "/leave")

    assert (left.status_code, left.json()["data"]) == (200, {"id": str(group)})
    assert told(gone, await call(client, "POST", ben, pair, "/leave")) == [
        (404, "conversation_not_found"),
        (409, "direct_conversation"),
    ]
    assert (await remove(client, ann, group, ann)).status_code == 200


async def test_when_the_owner_leaves_another_member_becomes_owner(client, services, ann, ben, cleo):
    where = await make.conversation(services, "group", ann, ben)
    await add(client, ann, where, cleo)
    await set_role(client, ann, where, cleo, "admin")

    await call(client, "POST", ann, where, "/leave")
    assert await roles(client, ben, where) == {ben.username: "member", cleo.username: "owner"}
    await call(client, "POST", cleo, where, "/leave")
    assert await roles(client, ben, where) == {ben.username: "owner"}
    await call(client, "POST", ben, where, "/leave")
    assert (await call(client, "GET", ben, where)).status_code == 404


async def test_a_room_ends_when_its_last_member_leaves(client, services, ann, ben):
    where = await make.conversation(services, "room", ann)

    await call(client, "POST", ann, where, "/leave")

    assert (await call(client, "GET", ben, where)).status_code == 404
    assert (await call(client, "POST", ben, where, "/join")).status_code == 404


async def test_admins_remove_members_and_the_owner_anybody(client, services, ann, ben, cleo):
    dave = await make.person(services)
    where = await make.conversation(services, "group", ann, ben, cleo, dave)
    for who in (ben, cleo):
        assert (await set_role(client, ann, where, who, "admin")).status_code == 200

    assert (
        told(await remove(client, ben, where, ann), await remove(client, ben, where, cleo))
        == [(403, "not_your_conversation")] * 2
    )
    assert (await remove(client, ben, where, dave)).status_code == 200
    assert (await remove(client, ann, where, cleo)).status_code == 200


async def test_the_owner_changes_roles_and_hands_over_ownership(
    client, group, pair, ann, ben, cleo
):
    assert told(
        await set_role(client, ben, group, ben, "admin"),
        await set_role(client, ann, group, cleo, "admin"),
        await set_role(client, ann, group, ann, "member"),
        await set_role(client, ann, pair, ben, "admin"),
        await set_role(client, cleo, group, ben, "admin"),
    ) == [
        (403, "not_your_conversation"),
        (404, "member_not_found"),
        (409, "own_role"),
        (409, "direct_conversation"),
        (404, "conversation_not_found"),
    ]
    given = await set_role(client, ann, group, ben, "owner")
    assert given.json()["data"]["role"] == "owner"
    assert await roles(client, ann, group) == {ann.username: "admin", ben.username: "owner"}
    assert (await set_role(client, ann, group, ben, "member")).status_code == 403
    assert (await set_role(client, ben, group, ben, "owner")).status_code == 200


async def test_many_who_join_at_once_are_all_counted(client, services, room):
    people = [await make.person(services) for _ in range(20)]

    answers = await asyncio.gather(
        *(call(client, "POST", each, room, "/join") for each in people for _ in range(2))
    )

    assert {answer.status_code for answer in answers} == {200}
    shown = (await call(client, "GET", people[0], room)).json()["data"]
    assert shown["members_count"] == 22


async def test_owners_who_leave_at_once_leave_one_owner(client, services):
    people = [await make.person(services) for _ in range(8)]
    where = await make.conversation(services, "group", *people)

    await asyncio.gather(*(call(client, "POST", each, where, "/leave") for each in people[:7]))

    assert await roles(client, people[7], where) == {people[7].username: "owner"}


async def test_nobody_joins_a_full_conversation(client, services, group, room, ann, cleo):
    async with services.database.transaction() as tx:
        sql = "update conversations set members_count = $2 where id = $1"
        await tx.run(sql, group, 1_000)
        await tx.run(sql, room, 10_000)

    assert (
        told(await add(client, ann, group, cleo), await call(client, "POST", cleo, room, "/join"))
        == [(409, "conversation_full")] * 2
    )
    # Who is there already isn't refused.
    assert (await call(client, "POST", ann, room, "/join")).status_code == 200


async def test_a_room_is_never_more_than_full(client, services, room):
    people = [await make.person(services) for _ in range(8)]
    async with services.database.transaction() as tx:
        await tx.run("update conversations set members_count = 9_998 where id = $1", room)

    answers = await asyncio.gather(*(call(client, "POST", who, room, "/join") for who in people))

    assert sorted(answer.status_code for answer in answers) == [200] * 2 + [409] * 6


async def test_members_are_listed_by_pages(client, services, ann):
    people = [await make.person(services) for _ in range(4)]
    where = await make.conversation(services, "group", ann)
    for each in people:
        await add(client, ann, where, each)

    names, cursor = [], ""
    while cursor is not None:
        page = (await call(client, "GET", ann, where, f"/members?limit=2{cursor}")).json()["data"]
        names += [member["user"]["username"] for member in page["members"]]
        cursor = f"&cursor={page['next_cursor']}" if page["has_more"] else None

    assert names == [ann.username, *(each.username for each in people)]
    assert told(await call(client, "GET", ann, where, "/members?cursor=x")) == [(400, "bad_cursor")]


async def test_owners_and_admins_change_a_conversation(client, room, group, pair, ann, ben, cleo):
    changed = await call(client, "PUT", ann, room, name=" Late  nights ", is_private=True)

    assert changed.status_code == 200
    assert changed.json()["data"]["name"] == "Late nights"
    assert (await call(client, "GET", cleo, room)).status_code == 404
    assert told(
        await call(client, "PUT", ben, room, name="Mine"),
        await call(client, "PUT", cleo, room, name="Mine"),
        await call(client, "PUT", ann, pair, name="Us"),
        await call(client, "PUT", ann, group, is_private=False),
        await call(client, "PUT", ann, group, name="  "),
        await call(client, "PUT", ann, group, name=None),
    ) == [
        (403, "not_your_conversation"),
        (404, "conversation_not_found"),
        (409, "direct_conversation"),
        (400, "invalid_input"),
        (400, "invalid_input"),
        (400, "invalid_input"),
    ]


async def test_the_owner_ends_a_conversation(client, room, pair, ann, ben, cleo):
    assert told(
        await call(client, "DELETE", ben, room),
        await call(client, "DELETE", cleo, room),
        await call(client, "DELETE", ann, pair),
    ) == [
        (403, "not_your_conversation"),
        (403, "not_your_conversation"),
        (409, "direct_conversation"),
    ]
    ended = await call(client, "DELETE", ann, room)
    assert (ended.status_code, ended.json()["data"]) == (200, {"id": str(room)})
    for who in (ann, ben, cleo):
        assert (await call(client, "GET", who, room)).status_code == 404
        assert (await call(client, "POST", who, room, "/join")).status_code == 404
    assert (await call(client, "DELETE", ann, room)).status_code == 404


async def test_blocked_members_see_no_read_marks_of_each_other(client, services, pair, ann, ben):
    await call(client, "POST", ann, pair, "/messages", content="Hello")

    async def read_to(viewer):
        listed = (await call(client, "GET", viewer, pair, "/members")).json()["data"]["members"]
        return {member["user"]["id"]: member["read_number"] for member in listed}

    assert await read_to(ben) == {str(ann.id): 1, str(ben.id): 0}
    await make.blocks(services, ben, ann)

    assert await read_to(ben) == {str(ann.id): None, str(ben.id): 0}
    assert await read_to(ann) == {str(ann.id): 1, str(ben.id): None}
