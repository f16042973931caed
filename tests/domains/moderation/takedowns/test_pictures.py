"""One picture is taken down, in a post or as a cover: nothing else of the item changes."""

import re

import pytest

from tests import make
from tests.domains.auth.factors.steps import let_proofs_age
from tests.domains.moderation.takedowns.takedown_steps import show, undo
from tests.domains.subsonic.players import sounding_track
from veza.core.ids import ImageId
from veza.domains.images.errors import ImageNotFound
from veza.domains.images.service import images
from veza.domains.social.posts import service as posts
from veza.domains.social.posts.models import PostForm

PLACES = ("post", "release", "playlist", "track", "file", "station")


@pytest.fixture
def picture(services, artist):
    """Make an image that can be shown."""

    async def make_one() -> ImageId:
        async with services.database.transaction() as tx:
            return await make.bare_image(tx, artist.member)

    return make_one


@pytest.fixture
def pictured(client, services, artist, items, picture):
    """Show a picture: `await pictured("release")` returns its path, its id, and the reported id.

    `file` is the cover that came with the file of a track, `track` one that was chosen.
    """

    async def place(kind: str) -> tuple[str, ImageId | None, object]:
        if kind == "file":
            palette = [250, 100, 60, 120]
            track_id = await sounding_track(
                services, artist, "Tape", cover_palette=palette, cover_placeholder="1QcSHQRnh493"
            )
            return f"tracks/{track_id}", None, track_id
        image_id = await picture()
        if kind == "post":
            async with services.database.transaction() as tx:
                form = PostForm("Look at this", image_ids=[image_id])
                post = await posts.publish(tx, artist.member, form, make.NO_LINKS)
            return f"social/posts/{post.id}", image_id, image_id
        if kind == "track":
            track_id = await sounding_track(services, artist, "Tape")
            path, body = f"tracks/{track_id}", {"image_id": str(image_id)}
            answer = await client.put(f"{path}/cover", headers=artist.headers, json=body)
            assert answer.status_code == 200, answer.text
            return path, image_id, image_id
        body: dict[str, object] = {"cover_image_id": str(image_id)}
        if kind == "station":
            async with services.database.transaction() as tx:
                item_id = await make.bare_station(tx, artist.id)
            path, body = f"stations/{item_id}", body | {"is_on_air": True}
        else:
            item_id, path = items[kind]
        answer = await client.put(path, headers=artist.headers, json=body)
        assert answer.status_code == 200, answer.text
        # By the id of what it is the cover of.
        return path, image_id, item_id

    return place


def without_picture(text: str) -> str:
    """Return an item without what it says of its picture."""
    text = re.sub(r'"cover_(?:url|palette|placeholder)":(?:null|"[^"]*"|\{[^}]*\})', "", text)
    text = re.sub(r'"images":\[[^\]]*\]', "", text)
    return re.sub(r'"request_id":"[^"]*"|\?expires=[^"]*', "", text)


async def is_seen(services, image_id):
    async with services.database.read() as conn:
        try:
            await images.open_image(conn, image_id, None, is_signed=True)
        except ImageNotFound:
            return False
    return True


async def test_a_report_by_people_goes_before_one_by_a_program(
    client, services, pictured, take_down, report, reporter, ann, artist, moderator
):
    _, image_id, content_id = await pictured("release")
    # The same picture by two ids.
    made = [
        (await report(who, "image", each)).json()["data"]["id"]
        for who, each in ((reporter, content_id), (ann, image_id))
    ]
    for by_program, other in (made, made[::-1]):
        async with services.database.transaction() as tx:
            for report_id, is_filter in ((by_program, True), (other, False)):
                sql = "update reports set status = 'pending', action = null, resolved_at = null"
                await tx.run(f"{sql}, resolved_by = null where id = $1", report_id)
                sql = "update report_entries set by_filter = $2, reporter_id = null"
                await tx.run(f"{sql} where report_id = $1", report_id, is_filter)
        taken = await take_down(moderator, "image", content_id)
        assert taken.status_code == 201, taken.text
        [latest, *_] = (await show(client, "sanctions", artist)).json()["data"]["sanctions"]
        assert latest["by_notice"]
        await undo(client, moderator, taken.json()["data"]["id"])


@pytest.mark.parametrize("kind", PLACES)
async def test_it_vanishes_alone_and_comes_back_as_it_was(
    client, services, pictured, take_down, artist, moderator, kind
):
    path, image_id, content_id = await pictured(kind)
    before = (await show(client, path)).json()["data"]
    text = (await show(client, path)).text
    assert '"images":[{' in text or '"cover_url":"' in text

    taken = await take_down(moderator, "image", content_id)
    assert taken.status_code == 201, taken.text
    for who in (None, artist):
        hidden = (await show(client, path, who)).text
        assert '"images":[{' not in hidden
        assert '"cover_url":"' not in hidden
    assert without_picture((await show(client, path)).text) == without_picture(text)
    if image_id is not None:
        assert not await is_seen(services, image_id)
    if kind in {"track", "file"}:
        assert (await show(client, f"{path}/cover")).json()["code"] == "cover_not_found"
    taken = taken.json()["data"]
    [statement] = (await show(client, "sanctions", artist)).json()["data"]["sanctions"]
    assert path.endswith(f"/{statement['item']['part_of']}")
    again = await take_down(moderator, "image", taken["content_id"])
    assert (again.status_code, again.json()["code"]) == (409, "already_taken_down")

    assert (await undo(client, moderator, taken["id"])).status_code == 200
    assert (await show(client, path)).json()["data"] == before
    if image_id is not None:
        assert await is_seen(services, image_id)


@pytest.mark.parametrize("kind", ["release", "playlist", "track"])
async def test_another_cover_of_meanwhile_stays(
    client, services, pictured, picture, take_down, artist, moderator, count, kind
):
    path, image_id, content_id = await pictured(kind)
    taken = (await take_down(moderator, "image", content_id)).json()["data"]
    newer = str(await picture())
    if kind == "track":
        answer = await client.put(f"{path}/cover", headers=artist.headers, json={"image_id": newer})
    else:
        answer = await client.put(path, headers=artist.headers, json={"cover_image_id": newer})
    assert answer.status_code == 200, answer.text
    shown = (await show(client, path)).json()["data"]["cover_url"]

    await undo(client, moderator, taken["id"])
    assert (await show(client, path)).json()["data"]["cover_url"] == shown
    assert await count("select count(*)::int from images where id = $1", image_id) == 0


async def test_a_picture_whose_item_is_deleted_meanwhile_is_deleted_by_the_undo(
    client, services, pictured, take_down, artist, moderator, count
):
    for kind in ("post", "release", "playlist"):
        path, image_id, content_id = await pictured(kind)
        taken = (await take_down(moderator, "image", content_id)).json()["data"]
        assert (await client.delete(path, headers=artist.headers)).status_code == 200
        assert (await undo(client, moderator, taken["id"])).status_code == 200
        assert await count("select count(*)::int from images where id = $1", image_id) == 0


async def test_those_that_are_taken_down_for_good_are_deleted(
    client, services, pictured, picture, take_down, artist, admin, count
):
    await let_proofs_age(services, admin.id, -11)
    pictures = []
    for kind in PLACES:
        _, image_id, content_id = await pictured(kind)
        pictures.append(image_id)
        answer = await take_down(admin, "image", content_id, permanent=True)
        assert answer.status_code == 201, answer.text
    avatar = await picture()
    async with services.database.transaction() as tx:
        await tx.run("update images set used_at = now(), is_public = true where id = $1", avatar)
        await tx.run("update profiles set avatar_id = $2 where id = $1", artist.id, avatar)
    pictures.append(avatar)
    answer = await take_down(admin, "avatar", artist.id, permanent=True)
    assert answer.status_code == 201, answer.text

    async with services.database.transaction() as tx:
        sql = "update takedowns set created_at = now() - interval '185 days' where owner_id = $1"
        await tx.run(sql, artist.id)
    await make.deleted_for_good(services)

    left = "select count(*)::int from images where id = any($1)"
    assert await count(left, [each for each in pictures if each]) == 0
    left = "select count(*)::int from takedowns where owner_id = $1 and deleted_at is null"
    assert await count(left, artist.id) == 0
    # Of the last one, which came with its file.
    left = "select count(*)::int from track_media where track_id = $1 and cover_size is not null"
    assert await count(left, content_id) == 0
