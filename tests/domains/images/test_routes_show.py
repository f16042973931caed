"""Who sees an image, how it is kept by browsers, and when it is gone."""

from uuid import UUID

import pytest

from tests import make
from tests.domains.images.storage_steps import stored_images
from veza.app.worker import run_until_empty
from veza.core.ids import ImageId, new_id
from veza.domains.images.service import images
from veza.infra.media.picture_sizes import SIDES_PX


@pytest.fixture
async def image(upload):
    answer = await upload()
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


async def show(services, person, image, *, is_public):
    async with services.database.transaction() as tx:
        await images.show_images(tx, person.id, [ImageId(UUID(image["id"]))], is_public=is_public)


async def status_of(client, path, person=None):
    headers = person.headers if person else {}
    return (await client.get(path, headers=headers)).status_code


async def test_before_it_is_shown_only_its_owner_sees_it(client, ann, bob, image):
    path = f"images/{image['id']}"
    assert await status_of(client, path, ann) == 200
    assert await status_of(client, path, bob) == 404
    assert await status_of(client, path) == 404
    # By the signature in the URL that the owner was told.
    assert await status_of(client, image["url"]) == 200


async def test_a_size_is_for_those_who_may_see_the_image(client, ann, bob, image):
    path = f"images/{image['id']}?size=64"
    assert await status_of(client, path, ann) == 200
    assert await status_of(client, path, bob) == 404
    signed = await client.get(f"{image['url']}&size=64")
    whole = await client.get(image["url"])
    assert signed.status_code == 200
    assert signed.headers["etag"] != whole.headers["etag"]
    assert len(signed.content) < len(whole.content)


async def test_all_sizes_are_made_before_somebody_wants_one(client, services, ann, upload):
    folder = services.settings.data_dir / "covers"
    # Those of pictures that other tests uploaded.
    await run_until_empty(services)
    before = set(folder.iterdir())
    image = (await upload()).json()["data"]
    await run_until_empty(services)

    made = set(folder.iterdir()) - before
    wanted = [(side, form) for side in SIDES_PX for form in ("jpeg", "avif")]
    assert len(made) == len(wanted)
    found = {
        (await client.get(f"{image['url']}&size={side}&format={form}")).content
        for side, form in wanted
    }
    assert found == {path.read_bytes() for path in made}
    assert set(folder.iterdir()) - before == made


async def test_in_the_open_it_is_for_everybody_and_kept_for_an_hour(
    client, services, ann, bob, image
):
    await show(services, ann, image, is_public=True)
    path = f"images/{image['id']}"
    answer = await client.get(path)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["cache-control"] == "public, max-age=3600, s-maxage=1"
    assert answer.headers["content-length"] == str(len(answer.content))
    again = await client.get(path, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    part = await client.get(path, headers={"Range": "bytes=0-2"})
    assert (part.status_code, part.content) == (206, answer.content[:3])
    assert (await client.head(path)).status_code == 200


async def test_among_a_few_it_is_for_those_with_a_signature(client, services, ann, bob, image):
    await show(services, ann, image, is_public=False)
    path = f"images/{image['id']}"
    signed = image["url"].partition("?")[2]

    answer = await client.get(f"{path}?{signed}")
    assert answer.headers["cache-control"] == "private, max-age=3600"
    for query in ("", "?" + signed.replace("expires=", "expires=1"), f"?{signed}x"):
        assert await status_of(client, path + query, bob) == 404
    # The signature of one is none of another, be it a track's of the same id.
    other = f"images/{new_id()}"
    assert await status_of(client, f"{other}?{signed}") == 404
    assert await status_of(client, f"tracks/{image['id']}/cover?{signed}") == 404


async def test_a_signature_holds_no_longer_than_it_says(client, services, ann, image):
    expires = 1_000_000_000
    signature = services.keys.sign("link", f"image:{image['id']}:{expires}")
    path = f"images/{image['id']}?expires={expires}&signature={signature}"

    assert await status_of(client, path) == 404


async def test_while_its_owner_is_suspended_nobody_sees_it(client, services, ann, bob, image):
    await show(services, ann, image, is_public=True)
    await make.suspended(services, ann)
    for path in (f"images/{image['id']}", image["url"]):
        assert await status_of(client, path, bob) == 404
    await make.unsuspended(services, ann)
    assert await status_of(client, f"images/{image['id']}", bob) == 200


async def test_one_deletes_ones_own_until_it_is_shown(client, services, ann, bob, image, work):
    path = f"images/{image['id']}"
    answer = await client.delete(path, headers=bob.headers)
    assert (answer.status_code, answer.json()["code"]) == (404, "image_not_found")
    answer = await client.delete(path, headers=ann.headers)
    assert (answer.status_code, answer.json()["data"]) == (200, {"id": image["id"]})
    assert (await client.delete(path, headers=ann.headers)).status_code == 404
    await work()
    assert image["id"] not in stored_images(services)


async def test_what_is_shown_is_not_deleted_by_itself(client, services, ann, image):
    await show(services, ann, image, is_public=True)
    answer = await client.delete(f"images/{image['id']}", headers=ann.headers)

    assert (answer.status_code, answer.json()["code"]) == (409, "image_in_use")


async def test_an_image_whose_file_is_gone_is_not_there(client, services, ann):
    async with services.database.transaction() as tx:
        image_id = await make.bare_image(tx, ann.member)

    assert await status_of(client, f"images/{image_id}", ann) == 404
