"""Streams for an audience: others get nothing of them, not even a segment."""

from urllib.parse import urljoin
from uuid import UUID

import pytest
from msgspec import structs

from tests import make
from tests.domains.live.streams_steps import Json, seen
from tests.http.apps import calling
from tests.make import Person
from veza.app.api import wrap
from veza.core.ids import StreamId
from veza.core.stream_audiences import StreamAudience
from veza.domains.live import jobs
from veza.domains.live.errors import TooManyStreamGuesses
from veza.domains.live.models.forms import StreamChange
from veza.domains.live.rules.audiences import MAX_STREAM_GUESSES
from veza.domains.live.service import streams
from veza.domains.live.service.access import HashedForm
from veza.infra.postgres.database import Database
from veza.infra.security.passwords import Passwords

PLAYLIST = b"#EXTM3U\n#EXTINF:1.000,\n1764100000000.ts\n"
PASSWORD = "Open sesame, please"


@pytest.fixture
def send(services, ingest):
    """Connect the encoder of a stream, which writes a playlist and a segment; return its folder."""

    async def connect(stream: Json) -> str:
        name = await ingest.publish(stream["stream_key"])
        folder = services.live.folder / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "index.m3u8").write_bytes(PLAYLIST)
        (folder / "1764100000000.ts").write_bytes(b"\x47" * 188)
        return name

    return connect


@pytest.fixture
async def start(create, send):
    """Start a stream for an audience, with a playlist and a segment."""

    async def begin(**audience: object) -> Json:
        stream = await create(**audience)
        return stream | {"media": await send(stream)}

    return begin


async def status_of(client, path: str, viewer: Person | None = None) -> int:
    return (await client.get(path, headers=viewer.headers if viewer else {})).status_code


async def play(client, playback_url: str) -> list[int]:
    """Load the playlist, and the segments that it names; return the statuses."""
    answer = await client.get(playback_url)
    if answer.status_code != 200:
        return [answer.status_code]
    segments = [line for line in answer.text.splitlines() if not line.startswith("#")]
    found = [answer.status_code]
    for line in segments:
        segment = await client.get(urljoin(playback_url, line))
        assert "public" not in segment.headers["cache-control"]
        found.append(segment.status_code)
    return found


async def change(client, owner, stream, **audience: object) -> Json:
    path = f"live/streams/{stream['id']}"
    answer = await client.put(path, headers=owner.headers, json=audience)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def test_followers_watch_and_are_out_with_the_next_segment(
    client, services, start, owner, other, work
):
    stranger = await make.person(services)
    await make.follows(services, other, owner)
    stream = await start(audience="followers")
    path = f"live/streams/{stream['id']}"
    assert [await status_of(client, path, each) for each in (None, stranger, other, owner)] == [
        *(404, 404, 200, 200)
    ]
    for viewer in (other, owner):
        listed = (await client.get("live/streams", headers=viewer.headers)).json()["data"]
        assert stream["id"] in [each["id"] for each in listed["streams"]]
    assert stream["id"] not in (await client.get("live/streams")).text
    assert (await client.get(f"{path}/hls/index.m3u8")).status_code == 404
    # Neither is the folder of the media known.
    assert stream["media"] != stream["id"]
    url = (await seen(client, stream["id"], other))["playback_url"]
    assert stream["media"] not in url
    assert await play(client, url) == [200, 200]
    for forged in (url.replace("ticket=m", "ticket=s"), url.partition("?")[0], f"{url}x"):
        assert await play(client, forged) == [404]

    room = f"conversations/{stream['conversation_id']}"
    joined = [await client.post(f"{room}/join", headers=p.headers) for p in (stranger, other)]
    assert [each.status_code for each in joined] == [404, 200]
    await work()
    assert [each.kind for each in await make.told(services, other)] == ["went_live"]
    await client.delete(f"social/follow/{owner.username}", headers=other.headers)
    async with services.database.transaction() as tx:
        await tx.run("delete from follows where followed_id = $1", owner.id)
    assert await play(client, url) == [404]
    assert await status_of(client, room, other) == 404
    assert await make.told(services, other) == []
    beat = await client.post(f"{path}/heartbeat", headers=other.headers)
    assert beat.status_code == 404


async def test_named_people_are_told_and_out_when_they_are_not_named_any_more(
    client, services, start, owner, other, work
):
    stream = await start(audience="named", guests=[other.username.upper()])
    assert stream["guests"] == [other.username]
    await work()
    assert [each.kind for each in await make.told(services, other)] == ["went_live"]
    url = (await seen(client, stream["id"], other))["playback_url"]
    room = f"conversations/{stream['conversation_id']}"
    assert (await client.post(f"{room}/join", headers=other.headers)).status_code == 200
    opened = await client.put(room, headers=owner.headers, json={"is_private": False})
    assert opened.json()["data"]["is_private"]
    assert await play(client, url) == [200, 200]
    await change(client, owner, stream, guests=[])
    assert await play(client, url) == [404]
    assert await status_of(client, room, other) == 404
    # Who is not let back in hears of nothing that is sent from now on.
    async with services.database.read() as conn:
        sql = "select members_count from conversations where id = $1::text::uuid"
        assert await conn.value(int, sql, stream["conversation_id"]) == 1


async def test_a_password_opens_it_until_it_changes(client, app, settings, start, owner, other):
    stream = await start(audience="password", password=PASSWORD)
    path = f"live/streams/{stream['id']}"
    assert PASSWORD not in str(stream)
    locked = await client.get(path)
    assert (locked.status_code, locked.json()["code"]) == (403, "stream_locked")
    assert stream["title"] not in locked.text
    async with calling(wrap(app, settings), path="/") as site:
        page = await site.get(f"/live/{stream['id']}")
        embed = await site.get(f"/oembed?url={site.base_url}live/{stream['id']}")
    assert (page.status_code, embed.status_code) == (200, 404)
    assert stream["title"] not in page.text
    wrong = await client.post(f"{path}/unlock", json={"password": "sesame"})
    assert (wrong.status_code, wrong.json()["code"]) == (403, "wrong_stream_password")

    opened = (await client.post(f"{path}/unlock", json={"password": PASSWORD})).json()["data"]
    ticket = opened["ticket"]
    assert (await client.get(path, params={"ticket": ticket})).status_code == 200
    beat = await client.post(f"{path}/heartbeat", params={"ticket": ticket})
    assert beat.status_code == 200
    by_account = await client.post(
        f"{path}/unlock", headers=other.headers, json={"password": PASSWORD}
    )
    urls = [each["stream"]["playback_url"] for each in (opened, by_account.json()["data"])]
    assert [await play(client, url) for url in urls] == [[200, 200]] * 2
    room = f"conversations/{stream['conversation_id']}"
    assert (await client.post(f"{room}/join", headers=other.headers)).status_code == 200
    assert await status_of(client, path, other) == 200

    await change(client, owner, stream, title="Nothing else")
    assert [await play(client, url) for url in urls] == [[200, 200]] * 2
    await change(client, owner, stream, password="Another one")
    assert [await play(client, url) for url in urls] == [[404]] * 2
    assert (await client.get(path, params={"ticket": ticket})).status_code == 403
    assert [await status_of(client, each, other) for each in (path, room)] == [403, 404]


@pytest.mark.parametrize("blocks", ["owner", "viewer"])
async def test_the_password_opens_nothing_for_who_is_blocked(
    client, services, create, owner, other, blocks
):
    stream = await create(audience="password", password=PASSWORD)
    path = f"live/streams/{stream['id']}"
    opened = await client.post(f"{path}/unlock", json={"password": PASSWORD})
    ticket = {"ticket": opened.json()["data"]["ticket"]}
    by, whom = (owner, other) if blocks == "owner" else (other, owner)
    await make.blocks(services, by, whom)
    refused = await client.post(
        f"{path}/unlock", headers=other.headers, json={"password": PASSWORD}
    )
    assert (refused.status_code, refused.json()["code"]) == (404, "stream_not_found")
    shown = await client.get(path, headers=other.headers, params=ticket)
    assert shown.status_code == 403
    assert (await client.get(path, params=ticket)).status_code == 200


async def test_who_entered_the_password_is_not_named_by_it_nor_loses_being_named(
    client, services, create, owner, other
):
    stranger = await make.person(services)
    stream = await create(audience="named", guests=[other.username])
    path = f"live/streams/{stream['id']}"
    await change(client, owner, stream, audience="password", password=PASSWORD)
    for viewer in (stranger, other):
        form = {"password": PASSWORD}
        opened = await client.post(f"{path}/unlock", headers=viewer.headers, json=form)
        assert opened.status_code == 200
    changed = await change(client, owner, stream, audience="named")
    assert changed["guests"] == [other.username]
    assert [await status_of(client, path, each) for each in (stranger, other)] == [404, 200]
    # The password that was entered is over: who is named stays.
    sql = "update stream_guests set expires_at = now() - interval '1 hour' where stream_id = $1"
    async with services.database.transaction() as tx:
        await tx.run(sql, UUID(stream["id"]))
    await jobs.forget_guests(services.database)
    assert await status_of(client, path, other) == 200
    sql = "select count(*) from stream_guests where stream_id = $1"
    async with services.database.read() as conn:
        assert await conn.value(int, sql, UUID(stream["id"])) == 1


async def test_who_is_suspended_stays_named_and_keeps_nobody_from_saving(
    client, services, create, owner, other
):
    third = await make.person(services)
    stream = await create(audience="named", guests=[other.username])
    await make.suspended(services, other)
    names = sorted([other.username, third.username])
    saved = await change(client, owner, stream, audience="named", guests=names)
    assert saved["guests"] == names
    path = f"live/streams/{stream['id']}"
    fresh = await make.person(services)
    await make.suspended(services, fresh)
    answer = await client.put(path, headers=owner.headers, json={"guests": [fresh.username]})
    assert answer.status_code == 400


async def test_a_password_is_hashed_before_the_transaction_begins(
    client, create, owner, monkeypatch
):
    stream = await create()
    seen = list[str]()
    hashing, beginning = Passwords.hash, Database.transaction

    async def note_hash(self, password):
        seen.append("hash")
        return await hashing(self, password)

    def note_transaction(self, **how):
        seen.append("transaction")
        return beginning(self, **how)

    monkeypatch.setattr(Passwords, "hash", note_hash)
    monkeypatch.setattr(Database, "transaction", note_transaction)
    await change(client, owner, stream, audience="password", password=PASSWORD)
    await create(audience="password", password=PASSWORD)
    assert [each for each in seen if each == "hash"] == ["hash"] * 2
    assert seen[0] == "hash"
    assert seen[seen.index("hash", 1) + 1] == "transaction"


async def test_guesses_are_few_and_lock_nobody_else(client, services, create, other):
    stream = await create(audience="password", password=PASSWORD)
    path = f"live/streams/{stream['id']}/unlock"
    answers = [await client.post(path, json={"password": f"no {n}"}) for n in range(11)]
    assert {each.status_code for each in answers[:10]} == {403}
    assert answers[10].status_code == 429
    assert (await client.post(path, json={"password": PASSWORD})).status_code == 429
    form = {"password": PASSWORD}
    by_account = await client.post(path, headers=other.headers, json=form)
    assert by_account.status_code == 200
    # All together are bounded as well.
    throttle = services.live.all_attempts
    for _ in range(MAX_STREAM_GUESSES - 10):
        async with throttle.attempt(f"stream:{stream['id']}", TooManyStreamGuesses) as attempt:
            attempt.fail()
    late = await client.post(path, headers=other.headers, json=form)
    assert late.status_code == 429


async def test_one_without_an_announcement_has_the_audience_of_the_last(
    client, services, ingest, create, owner, other
):
    stream = await create(audience="named", guests=[other.username])
    await ingest.publish(stream["stream_key"])
    await client.post(f"live/streams/{stream['id']}/end", headers=owner.headers)
    await ingest.publish(stream["stream_key"], "8")
    [latest, *_] = (await client.get("live/streams/me", headers=owner.headers)).json()["data"][
        "streams"
    ]
    assert latest["id"] != stream["id"]
    assert (latest["audience"], latest["guests"]) == ("named", [other.username])
    path = f"live/streams/{latest['id']}"
    assert [await status_of(client, path, each) for each in (None, other)] == [404, 200]


async def test_one_that_is_public_no_more_leaves_the_cache(
    client, services, start, owner, other, ingest, send
):
    stream = await start()
    assert stream["media"] == stream["id"]
    public = await seen(client, stream["id"])
    path = public["playback_url"]
    assert (await client.get(path)).status_code == 200
    changed = await change(client, owner, stream, audience="unlisted")
    assert stream["id"] not in (await client.get("live/streams")).text
    assert (await client.get(path)).status_code == 200
    assert changed["audience"] == "unlisted"
    room = f"conversations/{stream['conversation_id']}"
    found = (await client.get("conversations/rooms", headers=other.headers)).text
    assert stream["conversation_id"] not in found
    assert (await client.post(f"{room}/join", headers=other.headers)).status_code == 200
    message = {"content": "Before."}
    sent = await client.post(f"{room}/messages", headers=owner.headers, json=message)
    assert sent.status_code == 201
    await change(client, owner, stream, audience="followers")
    assert (await client.get(path)).status_code == 404
    assert await status_of(client, room, other) == 404
    assert await ingest.update(stream["stream_key"]) == 403
    # The folder is another one, and again another after it was known meanwhile.
    folders = [stream["media"], await send(stream)]
    await make.follows(services, other, owner)
    own = (await seen(client, stream["id"], other))["playback_url"]
    assert await play(client, own) == [200, 200]
    await change(client, owner, stream, audience="public")
    # Everybody has what is sent from now on.
    assert (await client.get(path)).status_code == 404
    folders.append(await send(stream))
    assert (await client.get(path)).status_code == 200
    assert (await client.post(f"{room}/join", headers=other.headers)).status_code == 200
    # What others wrote among themselves stays with them.
    history = await client.get(f"{room}/history", headers=other.headers)
    assert history.json()["data"]["messages"] == []
    await change(client, owner, stream, audience="followers")
    folders.append(await send(stream))
    assert len(set(folders)) == 4
    assert await play(client, own) == [200, 200]


@pytest.mark.parametrize("audience", ["members", "buyers"])
async def test_the_title_changes_also_without_the_tier_or_product_that_is_deleted(
    client, services, create, owner, other, audience
):
    stream = await create()
    sql = "update streams set audience = $2 where id = $1"
    async with services.database.transaction() as tx:
        await tx.run(sql, UUID(stream["id"]), audience)
    changed = await change(client, owner, stream, title="Dawn", slow_mode_seconds=5)
    assert (changed["title"], changed["audience"]) == ("Dawn", audience)
    assert await status_of(client, f"live/streams/{stream['id']}", other) == 404
    path = f"live/streams/{stream['id']}"
    for form in ({"audience": audience}, {"tier_id": None}, {"product_id": None}):
        answer = await client.put(path, headers=owner.headers, json=form)
        assert answer.status_code == 400, form


@pytest.mark.parametrize(
    "wrong",
    [
        {"audience": "members"},
        {"audience": "buyers"},
        {"audience": "password"},
        {"audience": "everybody"},
        {"audience": "members", "tier_id": "6a3c1e0a-3b0c-4b9e-9a50-000000000000"},
        {"audience": "buyers", "product_id": "6a3c1e0a-3b0c-4b9e-9a50-000000000000"},
        {"audience": "named", "guests": ["nobody-of-this-name"]},
        {"audience": "named", "guests": ["x"] * 101},
        {"audience": "password", "password": ""},
        {"audience": "password", "password": "x" * 129},
    ],
    ids=str,
)
async def test_an_audience_is_complete(client, owner, wrong):
    form = {"title": "Dusk"} | wrong
    answer = await client.post("live/streams", headers=owner.headers, json=form)
    assert answer.status_code == 400, answer.text


async def test_where_a_cdn_has_the_media_the_encoder_goes_on_in_another_folder(
    services, ingest, create, owner
):
    stream = await create()
    assert await ingest.publish(stream["stream_key"]) == stream["id"]
    context = structs.replace(services.live, playback_base_url="https://cdn.test/live")
    stream_id = StreamId(UUID(stream["id"]))

    async def choose(audience: StreamAudience) -> str:
        hashed = HashedForm(StreamChange(audience=audience))
        async with services.database.transaction() as tx:
            shown = await streams.update_stream(tx, context, stream_id, owner.member, hashed=hashed)
        return shown.playback_url

    assert (await choose(StreamAudience.UNLISTED)).startswith("https://cdn.test/live/")
    assert await ingest.update(stream["stream_key"]) == 200
    assert "cdn.test" not in await choose(StreamAudience.FOLLOWERS)
    assert await ingest.update(stream["stream_key"]) == 403
    name = await ingest.publish(stream["stream_key"], "8")
    assert name != stream["id"]
    assert await ingest.update(stream["stream_key"], "8") == 200
    # When everybody may watch, the CDN has only what is sent from then on.
    public = await choose(StreamAudience.PUBLIC)
    assert await ingest.update(stream["stream_key"], "8") == 403
    again = await ingest.publish(stream["stream_key"], "9")
    assert again not in {name, stream["id"]}
    assert public == f"https://cdn.test/live/{again}/index.m3u8"
