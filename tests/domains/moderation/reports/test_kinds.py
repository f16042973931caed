"""Everything that is published can be reported, and is kept as it was at that moment."""

import pytest

from tests import make
from tests.domains.moderation.takedowns.takedown_steps import show
from veza.app.report_targets import REPORTABLE, TAKEDOWNS
from veza.app.reviews import COPIES, OBJECTS, REVIEWED


def test_what_can_be_taken_down_can_be_reported():
    assert set(REPORTABLE) == {*TAKEDOWNS, "user"}
    assert {*REVIEWED, *OBJECTS, *COPIES} <= REPORTABLE.keys()


@pytest.fixture
async def things(client, services, author):
    """Return the id of each thing that is reported by it, and words that its evidence has."""
    headers = author.headers
    texts = {"text": "Loathsome words", "links": [{"url": "https://loathsome.example/"}]}
    await client.put(f"profiles/{author.id}", headers=headers, json=texts)
    async with services.database.transaction() as tx:
        track_id = await make.bare_track(tx, author.member, "Corner Store")
        playlist_id, _ = await make.playlist(tx, author.member, "Loathsome songs", track_id)
        avatar, banner, cover = [await make.bare_image(tx, author.member) for _ in range(3)]
        sql = "update images set used_at = now(), is_public = true where id = any($1)"
        await tx.run(sql, [avatar, banner])
        sql = "update profiles set avatar_id = $2, banner_id = $3 where id = $1"
        await tx.run(sql, author.id, avatar, banner)
    body = {"visibility": "public", "cover_image_id": str(cover)}
    await client.put(f"playlists/{playlist_id}", headers=headers, json=body)
    share = await make.share(services, author, await make.cloud_file(services, author))
    shown = (await show(client, f"cloud/shared/{share.token}")).json()["data"]
    return {
        "profile": (
            author.id,
            {"text": "Loathsome words", "links": ["https://loathsome.example/"]},
        ),
        "avatar": (author.id, {"image_id": str(avatar), "username": author.username}),
        "banner": (banner, {"image_id": str(banner)}),
        "playlist": (playlist_id, {"title": "Loathsome songs", "visibility": "public"}),
        "image": (playlist_id, {"image_id": str(cover), "shown_by": "playlist"}),
        "cloud_share": (shown["id"], {"title": shown["name"]}),
    }


@pytest.mark.parametrize(
    "kind", ["profile", "avatar", "banner", "playlist", "image", "cloud_share"]
)
async def test_it_is_reported_and_a_take_down_closes_the_case(
    client, report, reporter, author, moderator, things, kind
):
    content_id, said = things[kind]
    made = await report(reporter, kind, content_id)
    assert made.status_code == 201, made.text
    own = await report(author, kind, content_id)
    assert (own.status_code, own.json()["code"]) == (409, "own_content")
    path = f"admin/reports/{made.json()['data']['id']}"
    shown = (await show(client, path, moderator)).json()["data"]
    assert said.items() <= shown["evidence"].items()
    assert shown["author"]["id"] == str(author.id)

    form = {"content_type": kind, "content_id": str(content_id), "category": "spam"}
    body = form | {"reason": "Enough."}
    taken = await client.post("admin/takedowns", headers=moderator.headers, json=body)
    assert taken.status_code == 201, taken.text
    shown = (await show(client, path, moderator)).json()["data"]
    assert (shown["status"], shown["action"]) == ("resolved", "takedown")
