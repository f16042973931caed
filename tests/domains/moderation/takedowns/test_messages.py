"""A message that is taken down is deleted to others, and its sender sees it with the reason."""

import re

import pytest

from tests import make
from tests.domains.auth.factors.steps import let_proofs_age
from tests.domains.chat.conversations.members_steps import call
from tests.domains.chat.messages.routes_steps import read_history, say
from tests.domains.moderation.takedowns.takedown_steps import undo
from tests.domains.realtime.chat_client import FakeClient
from tests.infra.waiting import until
from veza.app.domains import PERSONAL_DATA
from veza.core.ids import ImageId
from veza.domains.images.errors import ImageNotFound
from veza.domains.images.service import images


@pytest.fixture
async def group(services, ann, bob, artist):
    return await make.conversation(services, "group", ann, bob, artist)


@pytest.fixture
async def said(client, services, group, ann, bob, artist):
    """A message of the artist with all that a message can have, and an answer to it."""
    async with services.database.transaction() as tx:
        track_id = await make.bare_track(tx, artist.member, "Corner Store")
        image_id = await make.bare_image(tx, artist.member)
    asked = (await say(client, ann, group, "Who is it?")).json()["data"]
    answer = await say(
        client,
        artist,
        group,
        "Loathsome words",
        client_id="a7f3",
        reply_to=asked["id"],
        track_id=str(track_id),
        image_ids=[str(image_id)],
    )
    assert answer.status_code == 201, answer.text
    message = answer.json()["data"]
    for who, emoji in ((ann, "🔥"), (bob, "🎧"), (bob, "🔥")):
        await call(client, "POST", who, group, f"/messages/{message['id']}/reactions", emoji=emoji)
    await say(client, bob, group, "Stop that", reply_to=message["id"])
    return message


async def look(client, group, who):
    """Return what a member is shown of a group, without signatures of the moment."""
    found = {"history": await read_history(client, who, group)}
    for path in ("conversations", "conversations/search?q=loathsome"):
        found[path] = (await client.get(path, headers=who.headers)).json()["data"]
        for listed in found[path]["conversations"]:
            # The events of a take-down count.
            listed.pop("last_seq")
    return re.sub(r"\?expires=[^']*", "", str(found))


async def test_it_is_deleted_to_others_and_comes_back_as_it_was(
    client, services, take_down, report, artist, moderator, ann, bob, group, said
):
    readers = (ann, bob, artist)
    before = [await look(client, group, who) for who in readers]
    listener = FakeClient(bob)
    services.hub.register(listener.connection)
    await services.hub.join(listener.connection, group)

    taken = (await take_down(moderator, "message", said["id"])).json()["data"]
    assert taken["title"] == "Loathsome words"
    for who in (ann, bob):
        assert "Loathsome" not in await look(client, group, who)
    [answer, hidden, _] = (await read_history(client, bob, group))["messages"]
    assert hidden["deleted_at"]
    assert not any(hidden[part] for part in ("content", "images", "reactions", "track_id"))
    assert "taken_down" not in hidden
    assert answer["reply_to"] is None
    [_, own, _] = (await read_history(client, artist, group))["messages"]
    assert own["taken_down"]["reason"] == "It is the recording of another member."
    assert own["taken_down"]["appeal_url"].endswith(f"/takedowns/{taken['id']}/appeal")
    assert (own["content"], own["deleted_at"]) == ("Loathsome words", None)
    assert [image["id"] for image in own["images"]] == [image["id"] for image in said["images"]]
    assert own["reactions"] == [{"emoji": "🔥", "count": 2}, {"emoji": "🎧", "count": 1}]

    image_id = ImageId(said["images"][0]["id"])
    async with services.database.read() as conn:
        with pytest.raises(ImageNotFound):
            await images.open_image(conn, image_id, ann.member, is_signed=True)
    assert (await report(ann, "message", said["id"])).status_code == 404
    path = f"/messages/{said['id']}/reactions"
    assert (await call(client, "POST", ann, group, path, emoji="🔥")).status_code == 404
    again = await take_down(moderator, "message", said["id"])
    assert (again.status_code, again.json()["code"]) == (409, "already_taken_down")

    assert (await undo(client, moderator, taken["id"])).status_code == 200
    assert [await look(client, group, who) for who in readers] == before
    await until(lambda: len(listener.received) >= 2)
    deleted, restored = listener.received[-2:]
    assert (deleted["type"], restored["type"]) == ("deleted", "restored")
    assert deleted["data"]["message_id"] == restored["data"]["message_id"] == said["id"]
    assert restored["data"]["message"]["content"] == "Loathsome words"
    events = (await call(client, "GET", bob, group, "/events")).json()["data"]["events"]
    assert [one["type"] for one in events[-2:]] == ["deleted", "restored"]


async def test_its_sender_has_it_in_the_export_and_may_delete_it(
    client, services, take_down, artist, moderator, bob, group, said
):
    taken = (await take_down(moderator, "message", said["id"])).json()["data"]
    async with services.database.read() as conn:
        [told] = await PERSONAL_DATA["takedowns"].export(conn, artist.id)
    assert told.kept["content"] == "Loathsome words"
    path = f"/messages/{said['id']}"
    assert (await call(client, "DELETE", bob, group, path)).status_code == 404
    assert (await call(client, "DELETE", artist, group, path)).status_code == 200
    await undo(client, moderator, taken["id"])
    for who in (artist, bob):
        [_, gone, _] = (await read_history(client, who, group))["messages"]
        assert gone["deleted_at"]
        assert not gone["content"]
        assert "taken_down" not in gone


async def test_one_that_is_taken_down_for_good_is_deleted_with_what_is_attached(
    client, services, take_down, artist, admin, group, said, count
):
    await let_proofs_age(services, admin.id, -11)
    taken = await take_down(admin, "message", said["id"], permanent=True)
    assert taken.status_code == 201, taken.text
    async with services.database.transaction() as tx:
        sql = "update takedowns set created_at = now() - interval '185 days' where owner_id = $1"
        await tx.run(sql, artist.id)
    await make.deleted_for_good(services)

    [_, gone, _] = (await read_history(client, artist, group))["messages"]
    assert gone["deleted_at"]
    assert "taken_down" not in gone
    left = "select count(*)::int from message_images where message_id = $1"
    assert await count(left, said["id"]) == 0
    left = "select count(*)::int from message_reactions where message_id = $1"
    assert await count(left, said["id"]) == 0
