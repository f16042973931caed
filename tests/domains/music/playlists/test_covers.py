"""Covers of playlists: shown with the playlist, replaced, deleted."""

import pytest

from tests import make, sounds
from veza.core.ids import new_id

IMAGES = "select count(*) from images where owner_id = $1"


@pytest.fixture(scope="session")
def picture(tmp_path_factory):
    return sounds.picture(tmp_path_factory.mktemp("covers") / "a.png", width=64, height=48)


@pytest.fixture
def upload(services, picture):
    """Upload a picture as an image of a member: `await upload(owner)`."""

    async def upload_image(person):
        return str(await make.image(services, person, picture))

    return upload_image


async def change(client, playlist, owner, **form):
    return await client.put(f"playlists/{playlist}", headers=owner.headers, json=form)


async def test_a_cover_is_shown_to_whoever_may_see_the_playlist(
    client, owner, other, playlist, upload
):
    cover = await upload(owner)
    shown = (await change(client, playlist, owner, cover_image_id=cover)).json()["data"]

    assert f"/images/{cover}?" in shown["cover_url"]
    assert set(shown["cover_palette"]) == {"dark", "light"}
    assert (await client.get(shown["cover_url"])).headers["content-type"] == "image/jpeg"
    bare = shown["cover_url"].split("?")[0]
    assert (await client.get(bare, headers=other.headers)).status_code == 404

    await change(client, playlist, owner, visibility="public")
    seen = (await client.get(f"playlists/{playlist}")).json()["data"]
    assert seen["cover_url"] == bare
    assert (await client.get(bare)).status_code == 200

    await change(client, playlist, owner, visibility="private")
    assert (await client.get(bare)).status_code == 404


async def test_a_replaced_removed_or_orphaned_cover_is_deleted(
    client, owner, playlist, upload, count
):
    first, second, third = [await upload(owner) for _ in range(3)]
    for cover in (first, second):
        form = {"cover_image_id": cover, "title": "Covered"}
        assert cover in (await change(client, playlist, owner, **form)).json()["data"]["cover_url"]
    assert await count(IMAGES, owner.id) == 2
    kept = (await change(client, playlist, owner, title="Still covered")).json()["data"]
    assert second in kept["cover_url"]

    removed = (await change(client, playlist, owner, cover_image_id=None)).json()["data"]
    assert removed["cover_url"] is None
    assert await count(IMAGES, owner.id) == 1

    form = {"title": "New", "visibility": "public", "cover_image_id": third}
    made = (await client.post("playlists", headers=owner.headers, json=form)).json()["data"]
    assert made["cover_url"].endswith(f"/images/{third}")
    await client.delete(f"playlists/{made['id']}", headers=owner.headers)
    assert await count(IMAGES, owner.id) == 0


async def test_only_an_own_unused_image_becomes_a_cover(client, owner, other, playlist, upload):
    used = await upload(owner)
    await change(client, playlist, owner, cover_image_id=used)
    for cover, status, code in (
        (await upload(other), 404, "image_not_found"),
        (str(new_id()), 404, "image_not_found"),
        (used, 409, "image_in_use"),
    ):
        form = {"title": "Another", "cover_image_id": cover}
        refused = await client.post("playlists", headers=owner.headers, json=form)
        assert (refused.status_code, refused.json()["code"]) == (status, code)
    deleted = await client.delete(f"images/{used}", headers=owner.headers)
    assert deleted.json()["code"] == "image_in_use"


async def test_a_playlist_knows_its_duration(client, owner, playlist, add):
    short, long = await add(duration_ms=1500), await add(duration_ms=60_000)
    path = f"playlists/{playlist}"
    form = {"track_ids": [str(short), str(long), str(short)]}
    added = await client.post(f"{path}/entries", headers=owner.headers, json=form)

    shown = (await client.get(path, headers=owner.headers)).json()["data"]
    assert (shown["tracks_count"], shown["duration_seconds"]) == (3, 63.0)

    form = {"entry_ids": added.json()["data"]["entry_ids"][:2] * 2}
    await client.post(f"{path}/entries/remove", headers=owner.headers, json=form)
    await client.delete(f"tracks/{short}", headers=owner.headers)
    shown = (await client.get(path, headers=owner.headers)).json()["data"]
    assert (shown["tracks_count"], shown["duration_seconds"]) == (1, 1.5)
