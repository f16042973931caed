"""Staff hears and sees what was reported or taken down, at addresses that nobody else gets."""

import time
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest

from tests import make
from tests.audited import events_of
from tests.domains.moderation.takedowns.takedown_steps import show, undo
from tests.domains.subsonic.players import sounding_track
from veza.core.audit_record import AuditLog
from veza.core.clock import now
from veza.core.ids import new_id
from veza.core.signed_urls import Resource
from veza.core.takedowns import ContentCategory
from veza.domains.images import rules as image_rules
from veza.domains.moderation.takedowns import service as takedowns
from veza.domains.moderation.takedowns.models import Hold
from veza.domains.music.audio.rules import COVER, STREAM, rendition_key
from veza.domains.social.posts import service as posts
from veza.domains.social.posts.models import PostForm

_SOUND = b"not really a sound" * 100
# What a file is, is found by its beginning.
_WAVE = b"RIFF\x24\x08\x00\x00WAVEfmt " + bytes(2000)


@pytest.fixture
async def tape(services, artist):
    """A public track with a file, and the cover that came with it."""
    track_id = await sounding_track(services, artist, "Tape")
    storage = services.audio_storage.storage
    for rendition in (STREAM, COVER):
        await storage.put_new(rendition_key(track_id, rendition), _SOUND)
    async with services.database.transaction() as tx:
        sql = "update track_media set stream_size = $2, cover_size = $3 where track_id = $1"
        await tx.run(sql, track_id, len(_SOUND), len(_SOUND))
    return track_id


@pytest.fixture
async def picture(services, artist):
    """Make an image with a file that can be shown."""

    async def make_one():
        async with services.database.transaction() as tx:
            image_id = await make.bare_image(tx, artist.member)
            sql = "update images set size_bytes = $2 where id = $1"
            await tx.run(sql, image_id, len(_SOUND))
        storage = services.image_processing.storage
        await storage.put_new(image_rules.key_of(image_id), _SOUND)
        return image_id

    return make_one


@pytest.fixture
def open_case(client):
    async def send(who, case_id):
        headers = who.headers if who else {}
        return await client.post(f"admin/cases/{case_id}/files", headers=headers)

    return send


@pytest.fixture
def files_of(open_case, moderator):
    """Return the files of a case: `await files_of(report_id)`."""

    async def ask(case_id):
        answer = await open_case(moderator, case_id)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]["files"]

    return ask


@pytest.fixture
def case_of(client, services, artist, take_down, report, reporter, moderator, tape):
    """Hide the track, and return the id of its case."""

    async def hide(how):
        if how == "taken down":
            return (await take_down(moderator, "track", tape)).json()["data"]["id"]
        if how == "private":
            made = await report(reporter, "track", tape)
            body = {"visibility": "private"}
            await client.put(f"tracks/{tape}", headers=artist.headers, json=body)
            return made.json()["data"]["id"]
        form = Hold("track", tape, ContentCategory.COPYRIGHT, "It is like another.")
        async with services.database.transaction() as tx:
            await takedowns.hold(tx, services.takedown_context, form)
            sql = "select id from takedowns where content_id = $1 and held"
            return await tx.value(UUID, sql, tape)

    return hide


@pytest.mark.parametrize("how", ["private", "held", "taken down"])
async def test_staff_hears_a_track_that_is_hidden_from_all_others(
    client, files_of, case_of, moderator, tape, how
):
    case_id = await case_of(how)
    assert (await show(client, f"tracks/{tape}/stream", moderator)).status_code == 404

    sound, cover = await files_of(case_id)
    assert (sound["kind"], sound["title"], cover["kind"]) == ("audio", "Tape", "picture")
    assert urlsplit(cover["url"]).path.endswith(f"/tracks/{tape}/cover")
    seen = await client.get(cover["url"])
    assert (seen.status_code, seen.content) == (200, _SOUND)
    assert seen.headers["cache-control"] == "private, no-store"
    # A player sends no token.
    heard = await client.get(sound["url"], headers={"range": "bytes=10-19"})
    assert (heard.status_code, heard.content) == (206, _SOUND[10:20])
    assert heard.headers["cache-control"] == "private, no-store"
    expires = int(parse_qs(urlsplit(sound["url"]).query)["expires"][0])
    assert 0 < expires - time.time() <= 900


async def test_its_address_is_for_this_track_for_a_while_and_for_nothing_else(
    client, services, files_of, case_of, tape, picture
):
    sound, _ = await files_of(await case_of("taken down"))
    path, _, query = sound["url"].partition("?")

    async def status_of(path, query=query):
        return (await client.get(f"{path}?{query}")).status_code

    def sign(resource, expires):
        signature = services.url_signer.sign(resource, tape, expires=expires)
        return f"expires={expires}&signature={signature}"

    now_s = int(time.time())
    assert await status_of(path, sign(Resource.REVIEW, now_s + 60)) == 200
    assert await status_of(path, sign(Resource.REVIEW, now_s - 60)) == 404
    # What its owner gave out does not admit to what is taken down.
    assert await status_of(path, sign(Resource.TRACK, now_s + 60)) == 404
    assert await status_of(path, query.replace("expires=", "expires=1")) == 404
    for other in (f"tracks/{new_id()}/stream", f"images/{await picture()}"):
        assert await status_of(other) == 404
    for part in ("", "/preview", "/download", "/waveform", "/hls/master.m3u8"):
        assert await status_of(f"tracks/{tape}{part}") == 404


async def test_only_staff_gets_it_and_the_audit_log_has_who_did(
    services, open_case, case_of, artist, ann, moderator
):
    case_id = await case_of("held")
    for who, status in ((None, 401), (ann, 403), (artist, 403)):
        answer = await open_case(who, case_id)
        assert answer.status_code == status
        assert "signature=" not in answer.text

    [event] = await events_of(services, await open_case(moderator, case_id))
    assert (event.action, event.log) == ("open_case", AuditLog.ADMIN)
    assert event.resource.endswith(f"/admin/cases/{case_id}/files")


async def test_what_is_decided_is_not_opened_any_more(
    client, open_case, case_of, report, reporter, moderator, tape
):
    reported = (await report(reporter, "track", tape)).json()["data"]["id"]
    await client.post(
        f"admin/reports/{reported}/resolve", headers=moderator.headers, json={"action": "dismiss"}
    )
    taken_down = await case_of("taken down")
    await undo(client, moderator, taken_down)
    for case_id in (reported, taken_down, new_id()):
        answer = await open_case(moderator, case_id)
        assert (answer.status_code, answer.json()["code"]) == (404, "case_not_found")


async def test_pictures_are_seen_of_what_they_are_in(
    client, services, files_of, report, reporter, take_down, artist, moderator, items, picture
):
    cover, avatar, posted, sent, listed = [await picture() for _ in range(5)]
    async with services.database.transaction() as tx:
        sql = "update images set used_at = now(), is_public = true where id = $1"
        await tx.run(sql, avatar)
        await tx.run("update profiles set avatar_id = $2 where id = $1", artist.id, avatar)
        form = PostForm("Look at this", image_ids=[posted])
        post = await posts.publish(tx, artist.member, form, make.NO_LINKS)
    release_id, path = items["release"]
    body = {"cover_image_id": str(cover)}
    assert (await client.put(path, headers=artist.headers, json=body)).status_code == 200
    playlist_id, path = items["playlist"]
    body = {"cover_image_id": str(listed)}
    assert (await client.put(path, headers=artist.headers, json=body)).status_code == 200
    room = await make.conversation(services, "group", artist, reporter)
    said = await client.post(
        f"conversations/{room}/messages",
        headers=artist.headers,
        json={"content": "Look", "image_ids": [str(sent)]},
    )
    assert said.status_code == 201, said.text

    for kind, content_id, image_id in (
        ("release", release_id, cover),
        ("image", release_id, cover),
        ("playlist", playlist_id, listed),
        ("user", artist.id, avatar),
        ("avatar", artist.id, avatar),
        ("post", post.id, posted),
        ("message", said.json()["data"]["id"], sent),
    ):
        case_id = (await report(reporter, kind, content_id)).json()["data"]["id"]
        shown = [each for each in await files_of(case_id) if each["kind"] == "picture"]
        assert [urlsplit(each["url"]).path.split("/")[-1] for each in shown] == [str(image_id)]

        if kind != "user":
            taken = await take_down(moderator, kind, content_id)
            assert taken.status_code == 201, taken.text
            taken = taken.json()["data"]
            again = [each for each in await files_of(taken["id"]) if each["kind"] == "picture"]
            assert len(again) == 1, kind
            seen = await client.get(again[0]["url"])
            assert (seen.status_code, seen.content) == (200, _SOUND), kind
            assert seen.headers["cache-control"] == "private, no-store"
            if kind == "avatar":
                stated = (await show(client, "sanctions", artist)).json()["data"]["sanctions"]
                assert stated[0]["item"]["part_of"] == str(artist.id)
            await undo(client, moderator, taken["id"])


async def test_the_tracks_of_a_release_are_heard_and_texts_have_no_files(
    client, files_of, take_down, moderator, items
):
    release_id, _ = items["release"]
    taken = (await take_down(moderator, "release", release_id)).json()["data"]
    [sound] = await files_of(taken["id"])
    assert (sound["kind"], sound["title"]) == ("audio", "Corner Store")
    product_id, _ = items["product"]
    taken = (await take_down(moderator, "product", product_id)).json()["data"]
    assert await files_of(taken["id"]) == []


async def test_files_of_links_messages_and_products_are_heard_and_found_with_others(
    client, services, files_of, report, reporter, take_down, artist, ann, moderator, items
):
    file = await make.cloud_file(services, artist, content=_WAVE)
    link = await make.share(services, artist, file)
    room = await make.conversation(services, "group", artist, reporter)
    said = await make.message(services, artist, room, "Listen", file_id=file.id)
    product_id, _ = items["product"]
    await make.product_file(services, artist, product_id, _WAVE)
    async with services.database.transaction() as tx:
        other_id = await make.product(tx, ann.member, "The same sounds")
    await make.product_file(services, ann, other_id, _WAVE)

    for kind, content_id, name in (
        ("cloud_share", link.id, "mix.wav"),
        ("message", said.id, "mix.wav"),
        ("product", product_id, "Side A.wav"),
    ):
        case_id = (await report(reporter, kind, content_id)).json()["data"]["id"]
        case = (await show(client, f"admin/reports/{case_id}", moderator)).json()["data"]
        assert [(each["content_type"], each["content_id"]) for each in case["copies"]] == [
            ("product", str(other_id))
        ]
        assert case["copies"][0]["same_file"] is True
        taken = (await take_down(moderator, kind, content_id)).json()["data"]
        [found] = await files_of(taken["id"])
        assert (found["kind"], found["title"]) == ("audio", name)
        heard = await client.get(found["url"], headers={"range": "bytes=0-3"})
        assert (heard.status_code, heard.content) == (206, b"RIFF")
        assert heard.headers["content-type"] == "audio/wav"
        assert heard.headers["cache-control"] == "private, no-store"
        other = found["url"].replace(taken["id"], case_id)
        await undo(client, moderator, taken["id"])
        for url in (other, found["url"], found["url"].partition("?")[0]):
            refused = await client.get(url)
            assert (refused.status_code, refused.json()["code"]) == (404, "case_not_found")


async def test_what_is_no_sound_and_no_picture_is_saved(
    client, services, files_of, report, reporter, artist
):
    page = b"<!doctype html><script>alert(1)</script>"
    file = await make.cloud_file(services, artist, "page.html", page)
    link = await make.share(services, artist, file)
    case_id = (await report(reporter, "cloud_share", link.id)).json()["data"]["id"]
    [found] = await files_of(case_id)
    assert found["kind"] == "file"
    saved = await client.get(found["url"])
    assert saved.content == page
    assert saved.headers["content-type"] == "application/octet-stream"
    assert saved.headers["content-disposition"].startswith("attachment")


async def test_what_a_product_sells_is_heard_and_a_stream_is_watched_while_it_is_live(
    client, services, files_of, report, reporter, artist, items, tape
):
    plain = await sounding_track(services, artist, "Without a cover")
    async with services.database.transaction() as tx:
        await tx.run("update track_media set cover_size = null where track_id = $1", plain)
        product_id = await make.product(tx, artist.member, "Tape", track_id=tape)
        sold = await make.product(
            tx, artist.member, "All", type="album", release_id=items["release"][0]
        )
        moment = {"status": "live", "is_live": True, "client_ref": "a/1", "started_at": now()}
        on_air = await make.stream(tx, artist.member, "On air", seen_at=now(), **moment)
        planned = await make.stream(tx, artist.member, "Planned")
    found = {}
    for kind, content_id in (
        ("track", plain),
        ("product", product_id),
        ("product", sold),
        ("stream", on_air),
        ("stream", planned),
    ):
        case_id = (await report(reporter, kind, content_id)).json()["data"]["id"]
        files = await files_of(case_id)
        found[content_id] = [(each["kind"], each["title"]) for each in files]
    assert found[plain] == [("audio", "Without a cover")]
    assert found[product_id] == [("audio", "Tape"), ("picture", "Tape")]
    assert found[sold] == [("audio", "Corner Store")]
    assert found[on_air] == [("live", "On air")]
    assert found[planned] == []
