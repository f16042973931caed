"""Rooms for members of a tier: its members find and join them, and lose them with the tier."""

from datetime import timedelta

import pytest

from tests import make
from tests.domains.chat.conversations.members_steps import add, call, roles, told
from veza.core.clock import now
from veza.domains.chat.conversations import jobs


@pytest.fixture
async def tiers(services, ann, ben, cleo):
    """A low and a high tier of Ann; Ben has the low one, and Cleo had it."""
    async with services.database.transaction() as tx:
        made = [await make.tier(tx, ann.member, position=at) for at in (1, 2)]
        await make.member_of(tx, ben.member, made[0])
        await make.member_of(tx, cleo.member, made[0], until=now() - timedelta(seconds=1))
    return made


@pytest.fixture
async def club(client, ann, tiers):
    """A room of the low tier."""
    form = {"type": "room", "name": "The zymurgy club", "tier_id": str(tiers[0].id)}
    answer = await client.post("conversations", headers=ann.headers, json=form)
    assert answer.status_code == 201, answer.text
    made = answer.json()["data"]
    assert (made["is_private"], made["tier_id"]) == (True, str(tiers[0].id))
    return made["id"]


async def give(services, person, *, days):
    async with services.database.transaction() as tx:
        sql = "update memberships set access_until = now() + $2::interval where member_id = $1"
        await tx.run(sql, person.id, timedelta(days=days))


async def test_members_of_the_tier_join_and_others_do_not_know_it(client, club, ann, ben, cleo):
    for who, status in ((ben, 200), (cleo, 404)):
        assert (await call(client, "GET", who, club)).status_code == status
        assert (await call(client, "POST", who, club, "/join")).status_code == status
    assert told(await add(client, ann, club, cleo)) == [(409, "not_of_tier")]
    for who, has_access in ((ben, True), (cleo, False)):
        found = await client.get(f"profiles/{ann.id}/exclusives", headers=who.headers)
        [room] = found.json()["data"]["items"]
        assert (room["kind"], room["title"]) == ("room", "The zymurgy club")
        assert room["has_access"] is has_access
    params = {"type": "room", "q": "zymurgy"}
    rooms = await client.get("conversations", headers=cleo.headers, params=params)
    assert str(club) not in rooms.text


async def test_a_room_of_a_tier_and_a_stream_takes_who_has_both_and_keeps_them(
    client, services, club, ann, ben, cleo
):
    async with services.database.transaction() as tx:
        await make.stream(tx, ann.member, "Dusk", audience="followers", conversation_id=club)
        sql = "update conversations set is_of_stream = true where id = $1::text::uuid"
        await tx.run(sql, club)
    await make.follows(services, cleo, ann)
    # Ben has the tier, and Cleo follows: neither is enough.
    for who in (ben, cleo):
        assert (await call(client, "POST", who, club, "/join")).status_code == 404
        assert (await add(client, ann, club, who)).status_code == 409
    await make.follows(services, ben, ann)
    await give(services, cleo, days=1)
    for who in (ben, cleo):
        assert (await call(client, "POST", who, club, "/join")).status_code == 200
        assert (await call(client, "GET", who, club)).status_code == 200


async def test_an_admin_puts_no_tier_of_theirs_on_the_room_of_another(
    client, services, club, tiers, ann, ben
):
    async with services.database.transaction() as tx:
        theirs = await make.tier(tx, ben.member)
    await call(client, "POST", ben, club, "/join")
    await call(client, "PUT", ann, club, f"/members/{ben.id}", role="admin")
    refused = await call(client, "PUT", ben, club, tier_id=str(theirs.id))
    assert (refused.status_code, refused.json()["code"]) == (403, "not_your_conversation")
    renamed = await call(client, "PUT", ben, club, name="The new club")
    assert renamed.json()["data"]["tier_id"] == str(tiers[0].id)


async def test_access_ends_at_once_and_the_member_is_removed(client, services, club, ann, ben):
    await call(client, "POST", ben, club, "/join")
    sent = await call(client, "POST", ben, club, "/messages", content="zymurgy for all")
    assert sent.status_code == 201
    await give(services, ben, days=-1)
    closed = [
        await call(client, "GET", ben, club),
        await call(client, "GET", ben, club, "/history"),
        await call(client, "GET", ben, club, "/members"),
        await call(client, "POST", ben, club, "/messages", content="Hello?"),
        await call(client, "POST", ben, club, "/join"),
    ]
    assert {answer.status_code for answer in closed} == {404}
    listed = await client.get("conversations", headers=ben.headers)
    assert listed.json()["data"]["conversations"] == []
    await jobs.remove_former_members(services.database)
    assert await roles(client, ann, club) == {ann.username: "owner"}
    await give(services, ben, days=1)
    again = await call(client, "POST", ben, club, "/join")
    assert again.json()["data"]["members_count"] == 2
    await jobs.remove_former_members(services.database)
    assert ben.username in await roles(client, ann, club)


async def test_a_room_gets_a_higher_tier_or_none_and_managers_stay(
    client, services, club, tiers, ann, ben
):
    await call(client, "POST", ben, club, "/join")
    await call(client, "PUT", ann, club, tier_id=str(tiers[1].id))
    assert (await call(client, "GET", ben, club)).status_code == 404
    shown = (await call(client, "PUT", ann, club, tier_id=None)).json()["data"]
    assert (shown["is_private"], shown["tier_id"], shown["members_count"]) == (True, None, 1)
    # Ben had not got the tier, and is no member any more.
    assert (await call(client, "GET", ben, club)).status_code == 404
    await add(client, ann, club, ben)
    await call(client, "PUT", ann, club, f"/members/{ben.id}", role="admin")
    await call(client, "PUT", ann, club, tier_id=str(tiers[1].id))
    await jobs.remove_former_members(services.database)
    assert await roles(client, ben, club) == {ann.username: "owner", ben.username: "admin"}
    # Ben has no such tier to give, and groups have none.
    answer = await call(client, "PUT", ben, club, tier_id=str(tiers[0].id))
    assert answer.status_code == 400
    form = {"type": "group", "member_ids": [str(ben.id)], "tier_id": str(tiers[0].id)}
    answer = await client.post("conversations", headers=ann.headers, json=form)
    assert answer.json()["details"][0]["field"] == "tier_id"


async def test_without_its_tier_a_room_is_private(client, services, club, tiers, ann, ben):
    await call(client, "POST", ben, club, "/join")
    async with services.database.transaction() as tx:
        await tx.run("delete from tiers where id = $1", tiers[0].id)
    assert len(await roles(client, ben, club)) == 2
    await call(client, "POST", ben, club, "/leave")
    assert (await call(client, "POST", ben, club, "/join")).status_code == 404
