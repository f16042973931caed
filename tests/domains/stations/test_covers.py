"""Covers of stations: who sees them, and when they are deleted."""

import pytest

from tests import make
from veza.core.ids import ImageId
from veza.domains.images.errors import ImageNotFound
from veza.domains.images.service import images


@pytest.fixture
def picture(services, owner):
    """Make an image that can be shown."""

    async def make_one(by=owner) -> ImageId:
        async with services.database.transaction() as tx:
            return await make.bare_image(tx, by.member)

    return make_one


async def is_public(services, image_id):
    async with services.database.read() as conn:
        try:
            await images.open_image(conn, image_id, None, is_signed=False)
        except ImageNotFound:
            return False
    return True


async def is_there(services, image_id):
    async with services.database.read() as conn:
        return await conn.value(bool, "select true from images where id = $1", image_id) or False


async def test_a_cover_is_seen_as_long_as_its_station(
    client, services, create, add_track, owner, picture
):
    cover = await picture()
    station = await create([await add_track("Tide")], cover_image_id=str(cover))
    path = f"stations/{station['id']}"
    assert str(cover) in (await client.get(path)).json()["data"]["cover_url"]
    assert await is_public(services, cover)
    for is_on_air in (False, True):
        change = {"is_on_air": is_on_air}
        changed = await client.put(path, headers=owner.headers, json=change)
        url = changed.json()["data"]["cover_url"]
        assert ("signature=" in url) is not is_on_air
        assert await is_public(services, cover) is is_on_air
    # Another program keeps it.
    change = {"program": {"track_ids": []}}
    changed = await client.put(path, headers=owner.headers, json=change)
    assert str(cover) in changed.json()["data"]["cover_url"]
    listed = await client.get("stations", params={"owner_id": str(owner.id)})
    assert str(cover) in listed.json()["data"]["stations"][0]["cover_url"]


async def test_a_cover_is_deleted_with_what_showed_it(
    client, services, create, add_track, owner, picture
):
    first, second, third = [await picture() for _ in range(3)]
    track = await add_track("Tide")
    station = await create([track], cover_image_id=str(first))
    path = f"stations/{station['id']}"
    for cover, former in ((second, first), (None, second), (third, None)):
        change = {"cover_image_id": cover and str(cover)}
        answer = await client.put(path, headers=owner.headers, json=change)
        assert answer.status_code == 200, answer.text
        assert (answer.json()["data"]["cover_url"] is None) is (cover is None)
        assert former is None or not await is_there(services, former)
    assert await is_there(services, third)
    assert (await client.delete(path, headers=owner.headers)).status_code == 200
    assert not await is_there(services, third)


async def test_only_an_own_image_that_is_not_shown_elsewhere_becomes_a_cover(
    client, create, add_track, owner, other, picture
):
    track, taken = await add_track("Tide"), await picture()
    station = await create([track], cover_image_id=str(taken))
    path = f"stations/{station['id']}"
    foreign = {"title": "Two", "cover_image_id": str(await picture(other))}
    refused = await client.post("stations", headers=owner.headers, json=foreign)
    assert refused.json()["code"] == "image_not_found"
    again = {"title": "Two", "cover_image_id": str(taken)}
    refused = await client.post("stations", headers=owner.headers, json=again)
    assert refused.json()["code"] == "image_in_use"
    change = {"cover_image_id": str(await picture(other))}
    refused = await client.put(path, headers=owner.headers, json=change)
    assert refused.json()["code"] == "image_not_found"
    assert str(taken) in (await client.get(path)).json()["data"]["cover_url"]


async def test_a_cover_is_hidden_while_its_station_is_taken_down(
    client, services, create, add_track, owner, picture, moderator
):
    cover = await picture()
    station = await create([await add_track("Tide")], cover_image_id=str(cover))
    form = {"content_type": "station", "content_id": station["id"], "category": "spam"}
    form |= {"reason": "Ads."}
    taken = await client.post("admin/takedowns", headers=moderator.headers, json=form)
    assert taken.status_code == 201, taken.text
    assert not await is_public(services, cover)
    # Whatever its owner changes meanwhile.
    path = f"stations/{station['id']}"
    for is_on_air in (False, True):
        change = {"is_on_air": is_on_air}
        changed = await client.put(path, headers=owner.headers, json=change)
        assert changed.status_code == 200, changed.text
        assert not await is_public(services, cover)
    undo = f"admin/takedowns/{taken.json()['data']['id']}"
    restored = await client.delete(undo, headers=moderator.headers)
    assert restored.is_success, restored.text
    assert await is_public(services, cover)
