"""Use cases of posts, also concurrent ones."""

import asyncio

import pytest

from tests import make
from tests.domains.social.posts.routes_steps import show
from tests.make import NO_LINKS
from tests.support.waiting import until_somebody_waits
from veza.core.errors import Unauthenticated
from veza.core.ids import TrackId
from veza.domains.auth.accounts.service import suspensions
from veza.domains.music.tracks.errors import TrackNotFound
from veza.domains.social.posts import personal_data, service
from veza.domains.social.posts.errors import PostNotFound
from veza.domains.social.posts.models import PostForm
from veza.domains.social.posts.queries import posts as post_queries
from veza.infra.postgres.database import ConstraintViolation


async def publish_as(services, author, form):
    await service.publish_at_once(services.database, author.member, form, NO_LINKS)


async def test_a_member_who_publishes_while_being_suspended_is_refused(services, author):
    async with services.database.transaction() as tx:
        await suspensions.suspend(tx, author.id, "Enough.")
        publishing = asyncio.create_task(publish_as(services, author, PostForm("One more")))
        await until_somebody_waits(services.database)
    with pytest.raises(Unauthenticated):
        await publishing


async def test_publishing_with_a_track_deleted_concurrently_is_refused(services, author):
    async with services.database.transaction() as tx:
        track_id: TrackId = await make.bare_track(tx, author.member, "Ferry")
    async with services.database.transaction() as tx:
        await tx.run("delete from tracks where id = $1", track_id)
        form = PostForm("Listen", track_id)
        publishing = asyncio.create_task(publish_as(services, author, form))
        await until_somebody_waits(services.database)
    with pytest.raises(TrackNotFound):
        await publishing


async def test_an_unexpected_constraint_violation_is_raised(tx, author, monkeypatch):
    async def refuse(*_):
        raise ConstraintViolation("posts_pkey")

    monkeypatch.setattr(post_queries, "insert_post", refuse)
    with pytest.raises(ConstraintViolation):
        await service.publish(tx, author.member, PostForm("Words"), NO_LINKS)


async def test_a_post_that_is_deleted_twice_at_once_is_deleted_once(
    client, services, publish, author
):
    post = await publish()

    async def delete():
        async with services.database.transaction() as tx:
            await service.delete_post(tx, post["id"], author.member)

    async with services.database.transaction() as tx:
        await service.delete_post(tx, post["id"], author.member)
        deleting = asyncio.create_task(delete())
        await until_somebody_waits(services.database)
    with pytest.raises(PostNotFound):
        await deleting
    assert (await show(client, post)).status_code == 404


async def test_a_post_keeps_the_id_of_a_track_that_is_not_public_any_more(services, author, reader):
    async with services.database.transaction() as tx:
        track_id = await make.bare_track(tx, author.member, "Ferry")
        image_id = await make.bare_image(tx, author.member)
        form = PostForm(content="Hear this", track_id=track_id, image_ids=[image_id])
        post = await service.publish(tx, author.member, form, NO_LINKS)
        await service.publish(tx, author.member, PostForm(content="Only words"), NO_LINKS)
        await tx.run("update tracks set visibility = 'private' where id = $1", track_id)

        kept = await service.find_evidence(tx, post.id, reader.member)
        handed_out = (await personal_data.export(tx, author.id)).posts

    assert kept is not None
    assert (kept.track_id, kept.image_ids) == (track_id, [image_id])
    named = {one.content: (one.track_id, one.image_ids) for one in handed_out}
    assert named == {"Hear this": (track_id, [image_id]), "Only words": (None, [])}
