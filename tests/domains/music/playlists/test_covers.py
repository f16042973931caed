"""Covers of playlists: shown with the playlist, replaced, deleted."""

import struct
from uuid import UUID

import pytest

from tests import make, sounds
from tests.domains.music.playlists.routes_steps import fill
from veza.core.ids import new_id

IMAGES = "select count(*) from images where owner_id = $1"
MEDIA = """
    insert into track_media (track_id, filename, original_kind, original_size, original_hash,
                             cover_size, cover_image_id)
         values ($1, 'a.flac', 'flac', 1, repeat('0', 64), 1, $2)
"""


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


@pytest.fixture
def covered(services, owner, upload, add):
    """Add a track with a cover: `await covered()`."""

    async def add_covered(**columns):
        track_id = await add(cover_palette=[250, 100, 60, 120], **columns)
        image_id = UUID(await upload(owner))
        async with services.database.transaction() as tx:
            await tx.run(MEDIA, track_id, image_id)
        return track_id

    return add_covered


def sides_of(jpeg):
    place = jpeg.index(b"\xff\xc0") + 5
    height, width = struct.unpack(">HH", jpeg[place : place + 4])
    return width, height


@pytest.mark.long
async def test_a_playlist_without_a_cover_has_four_of_its_tracks_in_a_square(
    client, owner, other, playlist, covered, add
):
    path = f"playlists/{playlist}"

    async def find_cover(person):
        shown = (await client.get(path, headers=person.headers)).json()["data"]
        return shown["cover_url"]

    assert await find_cover(owner) is None
    bare = await client.get(f"{path}/cover", headers=owner.headers)
    assert (bare.status_code, bare.json()["code"]) == (404, "playlist_cover_not_found")
    await fill(client, playlist, owner, await add(), await covered())
    one = await client.get(f"{path}/cover", headers=owner.headers)
    assert sides_of(one.content) == (64, 48)

    await fill(client, playlist, owner, *[await covered() for _ in range(3)])
    signed = await find_cover(owner)
    assert f"/{path}/cover?" in signed
    four = await client.get(f"{signed}&size=128")
    assert four.headers["content-type"] == "image/jpeg"
    assert sides_of(four.content) == (128, 128)
    assert four.headers["etag"] != one.headers["etag"]
    again = await client.get(f"{signed}&size=128", headers={"if-none-match": four.headers["etag"]})
    assert again.status_code == 304
    assert (await client.get(f"{path}/cover", headers=other.headers)).status_code == 404
    await change(client, playlist, owner, visibility="public")
    seen = (await client.get(path)).json()["data"]["cover_url"]
    assert seen == signed.split("?")[0]
    assert (await client.get(seen)).status_code == 200


async def test_others_see_no_cover_of_what_they_may_not_hear(
    client, owner, other, playlist, covered
):
    await fill(client, playlist, owner, await covered(visibility="private"))
    await change(client, playlist, owner, visibility="public")
    path = f"playlists/{playlist}"

    for person, status in ((owner, 200), (other, 404)):
        shown = (await client.get(path, headers=person.headers)).json()["data"]
        assert (shown["cover_url"] is None) is (status == 404)
        cover = await client.get(f"{path}/cover", headers=person.headers)
        assert cover.status_code == status
