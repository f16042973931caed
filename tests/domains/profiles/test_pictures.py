"""Pictures of profiles: squares in four sizes, a banner with its colours, and nothing left over."""

import asyncio
from uuid import UUID

import pytest

from tests import make, sounds
from tests.domains.images.storage_steps import stored_images
from veza.app.worker import run_until_empty
from veza.domains.images.models import MAX_IMAGE_BYTES
from veza.domains.images.stored_objects import OBJECT_SOURCE
from veza.domains.privacy import service as privacy
from veza.infra.storage.stored_objects import find_expected, find_owners


def size_of(jpeg: bytes) -> tuple[int, int]:
    """Return width and height of a JPEG that the server made."""
    at = jpeg.index(b"\xff\xc0")
    return int.from_bytes(jpeg[at + 7 : at + 9]), int.from_bytes(jpeg[at + 5 : at + 7])


async def shown(client, url, **params):
    """Load a picture by the path that a profile shows."""
    answer = await client.get(url.removeprefix("/api/v1/"), params=params)
    assert answer.status_code == 200, answer.text
    return answer


@pytest.mark.long
async def test_a_picture_is_served_in_the_size_that_is_shown(client, upload, picture, ann):
    answer = await upload("avatar", picture)
    assert answer.status_code == 200, answer.text
    path = f"profiles/{ann.id}/avatar"

    for size, side in [(None, 512), (1, 64), (64, 64), (65, 128), (200, 256), (257, 512)]:
        found = await shown(client, path, **({"size": size} if size else {}))
        assert found.headers["content-type"] == "image/jpeg"
        assert size_of(found.content) == (side, side), size
    assert (await client.get(path, params={"size": 0})).status_code == 400


async def test_a_picture_is_kept_by_its_version_and_revalidated_without(client, upload, picture):
    url = (await upload("avatar", picture)).json()["data"]["avatar_url"]
    path, _, version = url.partition("?version=")

    found = await shown(client, path, version=version)
    assert found.headers["cache-control"] == "public, max-age=3600, s-maxage=1"
    for params in ({}, {"version": "0" * 32}):
        assert "max-age=300," in (await shown(client, path, **params)).headers["cache-control"]
    again = await client.get(
        path.removeprefix("/api/v1/"), headers={"If-None-Match": found.headers["etag"]}
    )
    assert again.status_code == 304


@pytest.mark.long
@pytest.mark.parametrize("ending", [".png", ".jpg", ".gif", ".webp"])
async def test_each_kind_of_picture_becomes_a_square(client, upload, tmp_path, ending):
    source = sounds.picture(tmp_path / f"a{ending}", width=300, height=100)

    answer = await upload("avatar", source.read_bytes())

    found = await shown(client, answer.json()["data"]["avatar_url"])
    # Small pictures are not enlarged.
    assert size_of(found.content) == (100, 100)


async def test_an_animation_becomes_its_first_picture(client, upload, tmp_path):
    frames = tmp_path / "a.gif"
    look = ("-f", "lavfi", "-i", "testsrc2=s=80x60:d=1:r=5", str(frames))
    sounds.run_ffmpeg(*look, path=frames)

    answer = await upload("avatar", frames.read_bytes())

    found = await shown(client, answer.json()["data"]["avatar_url"])
    assert (found.content[:3], size_of(found.content)) == (b"\xff\xd8\xff", (60, 60))


async def test_nothing_that_a_camera_wrote_is_kept(client, upload, tmp_path):
    jpeg = sounds.picture(tmp_path / "a.jpg").read_bytes()
    notes = b"Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08\x00\x00 48 51 24 north"
    block = b"\xff\xe1" + (len(notes) + 2).to_bytes(2) + notes
    answer = await upload("avatar", jpeg[:2] + block + jpeg[2:])

    for size in (64, 512):
        found = await shown(client, answer.json()["data"]["avatar_url"], size=size)
        assert b"Exif" not in found.content
        assert b"north" not in found.content


@pytest.mark.long
async def test_a_banner_is_three_times_as_wide_as_high_with_its_colours(client, upload, tmp_path):
    for name, size in {"wide": (3000, 400), "tall": (600, 2000), "large": (5200, 3000)}.items():
        source = sounds.picture(
            tmp_path / f"{name}.png", width=size[0], height=size[1], look="color=c=navy"
        )
        answer = await upload("banner", source.read_bytes())
        assert answer.status_code == 200, answer.text
        profile = answer.json()["data"]

        width, height = size_of((await shown(client, profile["banner_url"])).content)
        assert abs(width - 3 * height) <= 3, name
        assert width == min(2560, size[0], 3 * size[1]), name
        dark, light = profile["banner_palette"]["dark"], profile["banner_palette"]["light"]
        assert dark == light
        assert 250 <= dark[0] <= 280
    assert profile["avatar_url"] is None


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 415, "image_unreadable"),
        (b"\xff\xd8\xff and no more", 415, "image_unreadable"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415, "image_unreadable"),
        (b"\x89PNG\r\n\x1a\n" + bytes(MAX_IMAGE_BYTES), 413, "image_too_large"),
    ],
)
async def test_no_picture_leaves_no_trace(upload, services, show, picture, content, status, code):
    await run_until_empty(services)
    before = stored_images(services), await show()

    answer = await upload("avatar", content)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    await run_until_empty(services)
    assert (stored_images(services), await show()) == before


async def test_a_form_without_a_picture_is_refused(client, ann):
    for form in ({"files": {"other": ("a.png", b"x")}}, {"data": {"file": "x"}}, {"json": {}}):
        answer = await client.put(f"profiles/{ann.id}/avatar", headers=ann.headers, **form)
        assert answer.status_code in {400, 415}, answer.text


async def test_others_may_not_set_or_delete_a_picture(client, upload, ann, bob, picture):
    refused = await upload("avatar", picture, by=bob, of=ann)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_your_profile")
    path = f"profiles/{ann.id}/banner"
    assert (await client.delete(path, headers=bob.headers)).status_code == 403
    assert (await client.delete(path)).status_code == 401
    assert (await client.get(f"profiles/{ann.id}/avatar")).json()["code"] == "avatar_not_found"


@pytest.mark.long
async def test_the_former_picture_is_deleted_with_all_its_sizes(
    client, services, upload, picture, ann, show
):
    await run_until_empty(services)
    before = stored_images(services)
    for kind in ("avatar", "banner", "avatar", "banner"):
        await upload(kind, picture)
    await run_until_empty(services)
    assert len(stored_images(services) - before) == 2

    for kind in ("avatar", "banner", "avatar", "banner"):
        answer = await client.delete(f"profiles/{ann.id}/{kind}", headers=ann.headers)
        assert answer.status_code == 200, answer.text
    await run_until_empty(services)

    assert stored_images(services) == before
    profile = await show()
    assert (profile["avatar_url"], profile["banner_url"], profile["banner_palette"]) == (
        *(None, None),
        None,
    )


async def test_what_a_picture_shows_is_forgotten_with_it(
    client, upload, change, picture, ann, show
):
    for kind, kept in (("banner", "Snow"), ("avatar", "")):
        await change(avatar_alt="Snow")
        assert (await upload(kind, picture)).json()["data"]["avatar_alt"] == kept
    await change(avatar_alt="Snow")
    await client.delete(f"profiles/{ann.id}/avatar", headers=ann.headers)
    assert (await show())["avatar_alt"] == ""


async def test_of_pictures_set_at_the_same_time_one_stays(services, upload, picture, show, client):
    await run_until_empty(services)
    before = stored_images(services)

    answers = await asyncio.gather(*(upload("avatar", picture) for _ in range(3)))

    assert [answer.status_code for answer in answers] == [200] * 3
    await run_until_empty(services)
    assert len(stored_images(services) - before) == 1
    await shown(client, (await show())["avatar_url"])


async def test_the_verification_of_the_storage_knows_all_sizes(services, upload, picture, ann):
    await upload("avatar", picture)
    await upload("banner", picture)

    async with services.database.read() as conn:
        sql = "select unnest(array[avatar_id, banner_id]) from profiles where id = $1"
        ids = await conn.column(UUID, sql, ann.id)
        expected = await find_expected(conn, OBJECT_SOURCE, ids)
        owners = await find_owners(conn, OBJECT_SOURCE, ids)
    stored = [each for at in ids for each in await services.storage.list_found(f"images/{at}/")]

    assert len(expected) == 5
    assert {each.key: each.size_bytes for each in expected} == {
        each.key: each.size for each in stored
    }
    assert [(each.kind, each.owner) for each in owners] == [
        ("banner of a profile", ann.username),
        ("picture of a profile", ann.username),
    ]


async def test_a_picture_is_hidden_with_its_member(client, services, upload, picture, ann):
    profile = (await upload("avatar", picture)).json()["data"]
    await make.suspended(services, ann)
    assert (await client.get(f"profiles/{ann.id}/avatar")).json()["code"] == "profile_not_found"
    assert (await client.get(profile["avatar_url"].removeprefix("/api/v1/"))).status_code == 404


async def test_erasing_a_member_deletes_profile_and_pictures(
    client, services, upload, picture, ann, count
):
    await run_until_empty(services)
    before = stored_images(services)
    await upload("avatar", picture)
    await upload("banner", picture)
    async with services.database.transaction() as tx:
        await privacy.erase(tx, services.personal_data.domains, ann.id)
    await run_until_empty(services)

    assert stored_images(services) == before
    assert await count("select count(*) from profiles where id = $1", ann.id) == 0
    assert (await client.get(f"profiles/{ann.id}")).status_code == 404
