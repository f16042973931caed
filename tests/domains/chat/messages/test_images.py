"""Images in messages: for readers of the message, and deleted with it."""

import pytest

from tests import make
from tests.domains.chat.conversations.members_steps import call, told
from tests.domains.chat.messages.routes_steps import say


async def image_of(services, owner):
    async with services.database.transaction() as tx:
        return await make.bare_image(tx, owner.member)


async def test_a_message_may_be_images(client, services, pair, ann, ben):
    image_ids = [str(await image_of(services, ann)) for _ in range(4)]
    image_ids.reverse()

    answer = await say(client, ann, pair, "", image_ids=image_ids)

    assert answer.status_code == 201, answer.text
    shown = answer.json()["data"]["images"]
    assert [each["id"] for each in shown] == image_ids
    assert (shown[0]["width"], shown[0]["height"]) == (640, 480)
    assert "/images/" in shown[0]["url"]
    # They are not for everybody: whoever gets the URL can see it for an hour.
    assert "signature=" in shown[0]["url"]
    history = (await call(client, "GET", ben, pair, "/history")).json()["data"]
    assert [each["id"] for each in history["messages"][0]["images"]] == image_ids


async def test_only_own_unused_images_are_sent(client, services, room, ann, ben):
    own, others = await image_of(services, ann), await image_of(services, ben)
    await say(client, ann, room, image_ids=[str(own)])
    other = await image_of(services, ann)

    assert told(
        await say(client, ann, room, image_ids=[str(others)]),
        await say(client, ann, room, image_ids=[str(own)]),
        await say(client, ann, room, image_ids=[str(other), str(other)]),
    ) == [(404, "image_not_found"), (409, "image_in_use"), (409, "image_in_use")]
    history = (await call(client, "GET", ann, room, "/history")).json()["data"]
    assert len(history["messages"]) == 1


async def test_a_message_with_an_image_can_be_sent_again(client, services, room, ann):
    image_id = str(await image_of(services, ann))

    first = await say(client, ann, room, "", image_ids=[image_id], client_id="1")
    again = await say(client, ann, room, "", image_ids=[image_id], client_id="1")

    assert [first.status_code, again.status_code] == [201, 200]
    (one,), (other,) = (answer.json()["data"]["images"] for answer in (first, again))
    assert one["id"] == other["id"] == image_id
    # The signature is one of another moment.
    assert first.json()["data"] | {"images": []} == again.json()["data"] | {"images": []}


@pytest.mark.parametrize("words", ["", "Look"])
async def test_the_text_of_a_message_with_an_image_can_be_removed(
    client, services, room, ann, words
):
    image_id = str(await image_of(services, ann))
    with_image = (await say(client, ann, room, "Look", image_ids=[image_id])).json()["data"]
    without = (await say(client, ann, room, "Look")).json()["data"]

    changed = await call(client, "PUT", ann, room, f"/messages/{with_image['id']}", content=words)
    refused = await call(client, "PUT", ann, room, f"/messages/{without['id']}", content=words)

    assert (changed.status_code, changed.json()["data"]["content"]) == (200, words)
    assert refused.status_code == (200 if words else 400)


async def test_images_are_deleted_with_their_message(client, services, room, ann, count):
    image_id = await image_of(services, ann)
    said = (await say(client, ann, room, image_ids=[str(image_id)])).json()["data"]

    deleted = await call(client, "DELETE", ann, room, f"/messages/{said['id']}")

    assert deleted.json()["data"]["images"] == []
    assert await count("select count(*) from images where id = $1", image_id) == 0
    sql = """
        select count(*) from jobs
         where name = 'DeleteFolders'
           and convert_from(payload, 'UTF8') like '%' || $1 || '%'
    """
    assert await count(sql, str(image_id)) == 1
