"""Posts, comments, streams, links to files and pictures are taken down, and come back."""

import re
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from tests import make
from tests.domains.moderation.takedowns.takedown_steps import show, undo
from veza.app.report_targets import TAKEDOWNS
from veza.core.clock import now
from veza.core.ids import new_id
from veza.domains.auth.accounts.models import RecountBatch
from veza.domains.live.errors import PublishRefused
from veza.domains.live.models.stream_keys import Publisher
from veza.domains.live.rules.encoders import hash_key
from veza.domains.live.service import publishing
from veza.domains.music.track_comments import service as track_comments
from veza.domains.social.post_comments import service as post_comments

_ROOT = Path(__file__).parents[4]
_NAME = re.compile(r"`(\w+)`")


async def lists_of_posts(client, author, viewer):
    paths = ("social/feed", f"users/{author.username}/posts", "social/trending")
    return [(await show(client, path, viewer)).text for path in paths]


async def test_a_post_leaves_all_lists_and_its_author_sees_why(
    client, services, take_down, artist, moderator, ann
):
    async with services.database.transaction() as tx:
        await make.post(tx, artist.member, "Older", at=now() - timedelta(hours=1))
        post_id = await make.post(tx, artist.member, "Loathsome words")
        comment_id = await make.post_comment(tx, ann.member, post_id)
    await client.post(f"users/{artist.id}/follow", headers=ann.headers)
    path = f"social/posts/{post_id}"
    before = await lists_of_posts(client, artist, ann)
    assert all(str(post_id) in text for text in before[:2])

    taken = (await take_down(moderator, "post", post_id)).json()["data"]
    assert taken["title"] == "Loathsome words"
    hidden = await lists_of_posts(client, artist, ann)
    assert not any(str(post_id) in text for text in hidden)
    assert "Older" in hidden[0]
    assert (await show(client, path, ann)).status_code == 404
    assert (await show(client, f"{path}/comments", ann)).status_code == 404
    assert (await show(client, path, artist)).json()["data"]["taken_down"]["reason"]

    await undo(client, moderator, taken["id"])
    assert await lists_of_posts(client, artist, ann) == before
    comments = (await show(client, f"{path}/comments", ann)).json()["data"]["comments"]
    assert [one["id"] for one in comments] == [str(comment_id)]


@pytest.mark.parametrize("kind", ["comment", "post_comment"])
async def test_a_comment_vanishes_from_list_and_count_also_after_a_suspension_is_lifted(
    client, services, items, take_down, artist, moderator, ann, bob, kind
):
    async with services.database.transaction() as tx:
        post_id = await make.post(tx, artist.member)
    if kind == "comment":
        path, comments = items["track"][1], f"{items['track'][1]}/comments"
        update_hidden = track_comments.update_hidden_comments
        body = {}
    else:
        path, comments = f"social/posts/{post_id}", f"social/posts/{post_id}/comments"
        update_hidden = post_comments.update_hidden_comments
        body = {"post_id": str(post_id)}
    target = comments if kind == "comment" else "social/comments"
    sent = await client.post(target, headers=ann.headers, json=body | {"content": "Loathsome"})
    assert sent.status_code == 201, sent.text
    comment_id = UUID(sent.json()["data"]["id"])

    async def look():
        listed = (await show(client, comments, bob)).text
        return "Loathsome" in listed, (await show(client, path)).json()["data"]["comments_count"]

    async def recount(*, hide):
        async with services.database.transaction() as tx:
            await update_hidden(tx, RecountBatch(ann.id, None, hide=hide))

    assert await look() == (True, 1)
    taken = (await take_down(moderator, kind, comment_id)).json()["data"]
    assert await look() == (False, 0)
    for hide in (True, False):
        await recount(hide=hide)
        assert await look() == (False, 0)
    await undo(client, moderator, taken["id"])
    assert await look() == (True, 1)


async def test_a_stream_ends_at_once_and_is_not_begun_again_by_its_encoder(
    client, services, take_down, artist, moderator, ann
):
    key = "live_" + "k" * 43
    context = services.live
    async with services.database.transaction() as tx:
        await tx.run(
            """
            insert into stream_keys (user_id, key_hash, sealed, sealed_with)
                 values ($1, $2, '\\x00', 1)
            """,
            *(artist.id, hash_key(key)),
        )
        await make.stream(tx, artist.member, "Loathsome songs")
        stream_id = await publishing.publish(tx, context, Publisher(key, "nginx:1"))
    path = f"live/streams/{stream_id}"
    assert (await show(client, path)).json()["data"]["is_live"]

    taken = (await take_down(moderator, "stream", stream_id)).json()["data"]
    for who in (None, ann):
        assert (await show(client, path, who)).status_code == 404
    assert "Loathsome" not in (await show(client, "live/streams", ann)).text
    own = (await show(client, path, artist)).json()["data"]
    assert (own["status"], own["taken_down"]["category"]) == ("ended", "copyright")
    for step in (publishing.confirm_publishing, publishing.publish):
        with pytest.raises(PublishRefused):
            async with services.database.transaction() as tx:
                await step(tx, context, Publisher(key, "nginx:1"))
    async with services.database.transaction() as tx:
        another = await make.stream(tx, artist.member, "Another")
        assert await publishing.publish(tx, context, Publisher(key, "nginx:2")) == another
    await undo(client, moderator, taken["id"])
    assert (await show(client, path, ann)).json()["data"]["status"] == "ended"


async def test_a_link_to_a_file_and_a_picture_come_back(
    client, services, take_down, artist, moderator, ann
):
    file = await make.cloud_file(services, artist)
    share = await make.share(services, artist, file)
    image_id, newer = new_id(), new_id()
    async with services.database.transaction() as tx:
        for picture in (image_id, newer):
            sql = """
                insert into images (id, owner_id, is_public, width, height, size_bytes, palette,
                                    used_at, small_bytes)
                     values ($1, $2, true, 512, 512, 9000, '{1,2,3,4}', now(), '{1,2,3}')
            """
            await tx.run(sql, picture, artist.id)
        await tx.run("update profiles set avatar_id = $2 where id = $1", artist.id, image_id)
    link, profile = f"cloud/shared/{share.token}", f"profiles/{artist.id}"
    before = (await show(client, profile, ann)).json()

    linked = (await take_down(moderator, "cloud_share", share.id)).json()["data"]
    pictured = (await take_down(moderator, "avatar", artist.id)).json()["data"]
    assert pictured["content_id"] == str(image_id)
    assert (await show(client, link)).status_code == 404
    assert (await show(client, profile, ann)).json()["data"]["avatar_url"] is None
    assert (await show(client, f"images/{image_id}", ann)).status_code == 404
    missing = await take_down(moderator, "avatar", artist.id)
    assert missing.json()["code"] == "content_not_found"

    for taken in (linked, pictured):
        assert (await undo(client, moderator, taken["id"])).status_code == 200
    assert (await show(client, link)).status_code == 200
    assert (await show(client, profile, ann)).json() == before
    # One that was replaced meanwhile is gone.
    pictured = (await take_down(moderator, "avatar", image_id)).json()["data"]
    async with services.database.transaction() as tx:
        await tx.run("update profiles set avatar_id = $2 where id = $1", artist.id, newer)
    await undo(client, moderator, pictured["id"])
    assert str(newer) in (await show(client, profile, ann)).json()["data"]["avatar_url"]
    assert (await show(client, f"images/{image_id}", artist)).status_code == 404


def test_each_kind_that_is_published_can_be_taken_down():
    kinds = set(TAKEDOWNS)
    assert kinds == {
        *("track", "release", "playlist", "product", "bundle", "post", "comment", "post_comment"),
        *("stream", "station", "show", "cloud_share", "avatar", "banner", "image", "message"),
        *("profile", "commission_message", "clip"),
    }


def test_the_table_of_places_in_the_docs_has_each_kind():
    page = (_ROOT / "docs/moderation.md").read_text()
    table = page.partition("**Where each vanishes.**")[2].partition("\n\n`copyright`")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    named = [kind for row in rows for kind in _NAME.findall(row)]
    assert sorted(named) == sorted(TAKEDOWNS)
