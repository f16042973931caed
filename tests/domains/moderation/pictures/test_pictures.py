"""A picture that was taken down is held when it is shown again, wherever; a flat one never."""

from uuid import UUID

import pytest

from tests import make, sounds
from veza.core.access import Role
from veza.core.ids import TakedownId
from veza.domains.images.service import images
from veza.domains.moderation.pictures import jobs
from veza.domains.moderation.pictures.models import RememberPicture


async def post_with(client, services, who, source):
    image_id = await make.image(services, who, source)
    answer = await client.post(
        "social/posts", headers=who.headers, json={"content": "Look", "image_ids": [str(image_id)]}
    )
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]["id"], image_id


async def take_down(services, post_id, image_id):
    """Take a post down, and do what follows."""
    taken = await make.taken_down(services, "post", post_id)
    await make.delivered(services)
    sql = """
        delete from jobs
              where name = 'RememberPicture'
          returning convert_from(payload, 'UTF8')::jsonb->>'takedown_id'
    """
    async with services.database.transaction() as tx:
        [found] = await tx.column(str, sql)
    assert found == str(taken.id)
    job = RememberPicture(TakedownId(taken.id), image_id)
    for _ in range(2):
        await jobs.remember_picture(services.database, services.image_processing, job)
    return taken


async def cases_of(client, staff, content_type, content_id):
    answer = await client.get(
        "admin/reports",
        headers=staff.headers,
        params={"content_type": content_type, "limit": 100},
    )
    return [
        (entry["by_match"], entry["category"])
        for each in answer.json()["data"]["reports"]
        if each["content_id"] == str(content_id)
        for entry in each["entries"]
    ]


async def find_held(client, staff, content_type, owner):
    answer = await client.get(
        "admin/takedowns",
        headers=staff.headers,
        params={"content_type": content_type, "limit": 100},
    )
    return [
        each
        for each in answer.json()["data"]["takedowns"]
        if each["held"] and each["owner"]["id"] == str(owner.id)
    ]


async def seen_in(client, viewer, post_id):
    answer = await client.get(f"social/posts/{post_id}", headers=viewer.headers)
    return [each["id"] for each in answer.json()["data"]["images"]]


async def dismiss(client, staff, content_id):
    """Dismiss the case of a picture."""
    answer = await client.get(
        "admin/reports", headers=staff.headers, params={"content_type": "image", "limit": 100}
    )
    reports = answer.json()["data"]["reports"]
    [case] = [each for each in reports if each["content_id"] == str(content_id)]
    decided = await client.post(
        f"admin/reports/{case['id']}/resolve", headers=staff.headers, json={"action": "dismiss"}
    )
    assert decided.status_code == 200, decided.text


@pytest.mark.long
async def test_a_picture_that_was_taken_down_is_held_when_it_is_shown_again(
    client, services, tmp_path
):
    ann, bob = [await make.person(services, Role.CREATOR) for _ in range(2)]
    staff = await make.person(services, Role.MODERATOR)
    picture = sounds.picture(tmp_path / "a.png", width=480)
    smaller = sounds.picture(tmp_path / "b.jpg", "-vf", "scale=320:320", "-q:v", "12", width=480)
    post_id, image_id = await post_with(client, services, ann, picture)
    taken = await take_down(services, post_id, image_id)
    async with services.database.transaction() as tx:
        # It stays known when the picture is gone.
        await images.delete_images(tx, [image_id])

    held_post, again = await post_with(client, services, bob, smaller)
    _, other = await post_with(
        client, services, bob, sounds.picture(tmp_path / "c.png", look="smptebars")
    )
    avatar = await client.put(
        f"profiles/{bob.id}/avatar",
        headers=bob.headers,
        files={"file": ("b.jpg", smaller.read_bytes())},
    )
    assert avatar.is_success, avatar.text
    await make.delivered(services)

    assert await cases_of(client, staff, "image", again) == [(True, "copyright")]
    assert await cases_of(client, staff, "image", other) == []
    async with services.database.read() as conn:
        avatar_id = await conn.value(UUID, "select avatar_id from users where id = $1", bob.id)
    assert avatar_id is None
    [case] = await find_held(client, staff, "avatar", bob)
    assert await cases_of(client, staff, "avatar", case["content_id"]) == [(True, "copyright")]
    [held] = await find_held(client, staff, "image", bob)
    assert held["content_id"] == str(again)
    assert await seen_in(client, ann, held_post) == []
    assert (await client.get(f"images/{again}", headers=bob.headers)).status_code == 200
    told = await client.get("notifications", headers=bob.headers)
    kinds = [each["kind"] for each in told.json()["data"]["notifications"]]
    assert kinds.count("item_held") == 2

    await dismiss(client, staff, again)
    back = await client.delete(f"admin/takedowns/{case['id']}", headers=staff.headers)
    assert back.status_code == 200, back.text
    await make.delivered(services)
    assert await seen_in(client, ann, held_post) == [str(again)]
    shown = await client.get(f"profiles/{bob.id}")
    assert shown.json()["data"]["avatar_url"] is not None
    assert await find_held(client, staff, "image", bob) == []

    await client.delete(f"admin/takedowns/{taken.id}", headers=staff.headers)
    _, later = await post_with(client, services, bob, picture)
    await make.delivered(services)
    assert await cases_of(client, staff, "image", later) == []


async def test_a_picture_of_one_colour_is_not_known_again(client, services, tmp_path):
    ann, bob = [await make.person(services, Role.CREATOR) for _ in range(2)]
    staff = await make.person(services, Role.MODERATOR)
    red = sounds.picture(tmp_path / "red.png", look="color=red")
    post_id, image_id = await post_with(client, services, ann, red)
    await take_down(services, post_id, image_id)

    for colour in ("red", "blue"):
        same = sounds.picture(tmp_path / f"{colour}.png", look=f"color={colour}")
        _, again = await post_with(client, services, bob, same)
        await make.delivered(services)
        assert await cases_of(client, staff, "image", again) == []
