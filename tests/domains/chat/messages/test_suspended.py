"""Messages of suspended members are hidden, and keep their place."""

from tests import make
from tests.domains.chat.conversations.members_steps import call, roles, told
from tests.domains.chat.messages.routes_steps import contents, read_history, say


async def test_messages_of_suspended_members_are_hidden_everywhere(
    client, services, group, pair, ann, ben
):
    secret = (await say(client, ben, group, "A secret", client_id="of one of them")).json()["data"]
    await say(client, ben, pair, "A secret")
    await make.suspended(services, ben)

    history = await read_history(client, ann, group)
    events = (await call(client, "GET", ann, group, "/events")).json()["data"]["events"]
    listed = (await client.get("conversations", headers=ann.headers)).json()["data"]
    for text in (history, events, listed):
        assert "secret" not in str(text)
        assert "of one of them" not in str(text)
        assert ben.username not in str(text)
    (message,) = history["messages"]
    assert (message["sender"], message["content"], message["number"]) == (None, "", 1)
    path = f"/messages/{secret['id']}"
    reaction = await call(client, "POST", ann, group, f"{path}/reactions", emoji="🔥")
    assert told(reaction) == [(404, "message_not_found")]
    # How much there is to read stays the same.
    assert (await call(client, "GET", ann, group)).json()["data"]["unread_count"] == 1

    await make.unsuspended(services, ben)
    assert contents(await read_history(client, ann, group)) == ["A secret"]


async def test_suspended_members_are_not_listed(client, services, group, pair, ann, ben):
    await call(client, "POST", ben, pair, "/read")
    await make.suspended(services, ben)

    assert await roles(client, ann, group) == {ann.username: "owner"}
    shown = (await call(client, "GET", ann, pair)).json()["data"]
    assert shown["other"] is None
    assert (await call(client, "GET", ann, pair, "/events")).json()["data"]["read_marks"] == []


async def test_reactions_of_suspended_members_have_no_actor(client, services, room, ann, ben):
    said = (await say(client, ann, room)).json()["data"]
    path = f"/messages/{said['id']}/reactions"
    assert (await call(client, "POST", ben, room, path, emoji="🔥")).status_code == 200
    await make.suspended(services, ben)

    events = (await call(client, "GET", ann, room, "/events")).json()["data"]["events"]

    assert events[1]["actor"] is None


async def test_suspended_members_become_owners_last(client, services, ann, ben, cleo):
    where = await make.conversation(services, "group", ann, ben, cleo)
    path = f"/members/{ben.id}"
    assert (await call(client, "PUT", ann, where, path, role="admin")).status_code == 200
    await make.suspended(services, ben)

    await call(client, "POST", ann, where, "/leave")

    assert await roles(client, cleo, where) == {cleo.username: "owner"}


async def test_suspended_members_get_no_direct_messages(client, services, pair, ann, ben):
    await make.suspended(services, ben)

    assert told(await say(client, ann, pair)) == [(403, "cannot_reach_member")]
    assert contents(await read_history(client, ann, pair)) == []


async def test_tracks_of_suspended_artists_are_hidden(client, services, room, ann, ben):
    async with services.database.transaction() as tx:
        track_id = await make.bare_track(tx, ben.member, "A secret")
    await say(client, ann, room, track_id=str(track_id))
    await make.suspended(services, ben)

    (message,) = (await read_history(client, ann, room))["messages"]

    assert (message["track"], message["track_id"]) == (None, str(track_id))
