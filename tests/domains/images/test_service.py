"""Showing images, forgetting them, and sweeping what nobody shows."""

import asyncio
import base64
from datetime import timedelta
from uuid import UUID

import pytest

from tests import make
from tests.domains.images.storage_steps import stored_images
from tests.make import NO_LINKS
from tests.support.waiting import until_somebody_waits
from veza.core.ids import ImageId, new_id
from veza.core.signed_urls import Resource
from veza.domains.images import personal_data
from veza.domains.images import rules as image_rules
from veza.domains.images.errors import ImageInUse, ImageNotFound
from veza.domains.images.jobs import fill_placeholders, sweep_images
from veza.domains.images.models import SizedImage
from veza.domains.images.service import images as service


async def test_images_are_shown_in_the_order_that_was_asked_for(tx):
    ann, _ = await make.member_in(tx)
    images = [await make.bare_image(tx, ann) for _ in range(3)]
    images.reverse()
    shown = await service.show_images(tx, ann.id, images, is_public=True)

    assert [image.id for image in shown] == images
    assert await service.show_images(tx, ann.id, [], is_public=True) == []


async def test_only_own_images_can_be_shown_and_only_once(tx):
    ann, _ = await make.member_in(tx)
    bob, _ = await make.member_in(tx)
    mine, theirs = await make.bare_image(tx, ann), await make.bare_image(tx, bob)

    for missing in (theirs, ImageId(new_id())):
        with pytest.raises(ImageNotFound):
            await service.show_images(tx, ann.id, [mine, missing], is_public=True)
    with pytest.raises(ImageInUse):
        await service.show_images(tx, ann.id, [mine, mine], is_public=True)
    await service.show_images(tx, ann.id, [mine], is_public=True)
    with pytest.raises(ImageInUse):
        await service.show_images(tx, ann.id, [mine], is_public=True)


async def test_of_two_concurrent_uses_of_an_image_one_is_refused(services, ann):
    async with services.database.transaction() as tx:
        image_id = await make.bare_image(tx, ann.member)

    async def show():
        async with services.database.transaction() as tx:
            await service.show_images(tx, ann.id, [image_id], is_public=True)

    async with services.database.transaction() as tx:
        await service.show_images(tx, ann.id, [image_id], is_public=True)
        second = asyncio.create_task(show())
        await until_somebody_waits(services.database)
    with pytest.raises(ImageInUse):
        await second


def test_only_what_isnt_public_is_signed():
    image = SizedImage(ImageId(new_id()), 4, 3)
    public = image_rules.show_image(image, NO_LINKS, is_public=True)
    private = image_rules.show_image(image, NO_LINKS, is_public=False)

    assert public.url == f"/images/{image.id}"
    assert private.url == f"/images/{image.id}{NO_LINKS.signed_query(Resource.IMAGE, image.id)}"


async def test_files_go_after_the_rows(services, upload, ann, work):
    ids = [ImageId(UUID((await upload()).json()["data"]["id"])) for _ in range(2)]
    async with services.database.transaction() as tx:
        await service.delete_images(tx, [*ids, ImageId(new_id())])
        # Doing it twice is the same as once.
        await service.delete_images(tx, ids)
    assert {str(each) for each in ids} <= stored_images(services)
    await work()
    assert not {str(each) for each in ids} & stored_images(services)


async def test_what_nobody_showed_for_a_day_is_swept(services, upload, ann, work):
    old, shown, new = [(await upload()).json()["data"]["id"] for _ in range(3)]
    async with services.database.transaction() as tx:
        await service.show_images(tx, ann.id, [ImageId(UUID(shown))], is_public=True)
        sql = "update images set created_at = now() - $2::interval where id = any($1)"
        await tx.run(sql, [old, shown], timedelta(hours=25))
    await sweep_images(services.database)
    await work()

    left = stored_images(services)
    assert old not in left
    assert {shown, new} <= left


async def test_placeholders_of_older_pictures_are_made_later(services, upload, ann):
    gone, there = [ImageId(UUID((await upload()).json()["data"]["id"])) for _ in range(2)]

    async def read(image_id):
        async with services.database.read() as conn:
            sql = "select placeholder from images where id = $1"
            return await conn.value(str, sql, image_id)

    made = await read(there)
    # Four to three: 21 bytes.
    assert len(base64.b64decode(made)) == 21
    async with services.database.transaction() as tx:
        await service.show_images(tx, ann.id, [gone, there], is_public=True)
        sql = "update images set placeholder = null where id = any($1)"
        await tx.run(sql, [gone, there])
    await services.storage.delete_folder(image_rules.folder_of(gone))

    await fill_placeholders(services.database, services.image_processing)

    # What can't be read keeps nothing else from being described.
    assert await read(gone) is None
    found, wanted = (base64.b64decode(each) for each in (await read(there), made))
    # That of the stored JPEG, not of what was sent.
    assert (found[3:5], len(found)) == (wanted[3:5], len(wanted))


async def test_a_members_images_are_handed_out_and_erased_with_their_files(
    services, upload, ann, work
):
    image_id = (await upload()).json()["data"]["id"]
    async with services.database.transaction() as tx:
        (handed_out,) = await personal_data.export(tx, ann.id)
        assert str(handed_out.id) == image_id
        await personal_data.erase(tx, ann.id)
        assert await personal_data.export(tx, ann.id) == []
    await work()
    assert image_id not in stored_images(services)
