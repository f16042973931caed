"""Clips of streams: who makes, sees and deletes them, what they are made of, and their bounds."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urljoin
from uuid import UUID

import httpx
import pytest

from tests import make
from tests.domains.live.rewinding_steps import Writer
from tests.make import Person
from tests.support.query_counts import count_statements
from veza.app.reviews import REVIEWED
from veza.app.worker import keep_windows, run_until_empty
from veza.core.clock import now
from veza.core.ids import StreamClipId, StreamId, new_id
from veza.core.signed_urls import UrlBuilder
from veza.domains.clips import errors, jobs, queries, rules
from veza.domains.clips.models import ClipUse
from veza.infra.media.adts import measure_us
from veza.infra.storage.errors import StorageBusy

type Json = dict[str, object]


class Show:
    """A stream on air of which two minutes are kept, and its clips."""

    def __init__(self, client: httpx.AsyncClient, stream_id: StreamId, writer: Writer) -> None:
        self.client = client
        self.stream_id = stream_id
        self.writer = writer
        self.path = f"live/streams/{stream_id}/clips"

    async def clip(self, who: Person, **form: object) -> httpx.Response:
        form = {"title": "That drop", "seconds": 20} | form
        return await self.client.post(self.path, headers=who.headers, json=form)

    async def made(self, who: Person, **form: object) -> dict:
        answer = await self.clip(who, **form)
        assert answer.status_code == 201, answer.text
        return answer.json()["data"]

    async def listed(self, who: Person | None = None) -> list[str]:
        answer = await self.client.get(self.path, headers=who.headers if who else {})
        assert answer.status_code == 200, answer.text
        return [each["id"] for each in answer.json()["data"]["clips"]]


@pytest.fixture
def go_on_air(client, services, owner):
    async def begin(**row: object) -> Show:
        began = now() - timedelta(minutes=3)
        air = {"status": "live", "is_live": True, "client_ref": "a/1", "seen_at": now()}
        async with services.database.transaction() as tx:
            stream_id = await make.stream(tx, owner.member, started_at=began, **(air | row))
        writer = Writer(services.live.folder / str(row.get("media_id", stream_id)))
        writer.moment -= 130
        for _ in range(2):
            writer.send(60)
            await keep_windows(services)
        return Show(client, stream_id, writer)

    return begin


async def media_of(client, url: str) -> tuple[str, list[httpx.Response]]:
    """Return the playlist of a clip, and its parts."""
    playlist = await client.get(url)
    assert playlist.status_code == 200, playlist.text
    names = [line for line in playlist.text.splitlines() if not line.startswith("#")]
    return playlist.text, [await client.get(urljoin(url, name)) for name in names]


async def test_a_viewer_keeps_the_last_seconds_and_everybody_sees_it(
    client, services, go_on_air, other
):
    show = await go_on_air()
    made = await show.made(other)
    assert (made["title"], made["maker"]["id"]) == ("That drop", str(other.id))
    assert made["duration_ms"] == 20_000
    playlist, parts = await media_of(client, made["playback_url"])
    assert playlist.endswith("#EXT-X-ENDLIST\n")
    assert "DISCONTINUITY" not in playlist
    # They are the segments as they were sent.
    assert sum(len(part.content) for part in parts) == 20 * 188
    assert {part.headers["content-type"] for part in parts} == {"video/mp2t"}
    assert all("private" in part.headers["cache-control"] for part in parts)
    assert await show.listed() == [made["id"]]
    single = await client.get(f"live/clips/{made['id']}")
    assert single.json()["data"] == made
    # What the stream keeps moves on; the clip stays.
    async with services.database.transaction() as tx:
        await tx.run(
            "update streams set status = 'ended', is_live = false, client_ref = null,"
            " ended_at = now() where id = $1",
            show.stream_id,
        )
    assert len((await media_of(client, made["playback_url"]))[1]) == len(parts)


async def test_a_clip_ends_at_the_moment_that_was_heard(client, go_on_air, other):
    show = await go_on_air()
    ended_at = datetime.fromtimestamp(show.writer.moment - 60, UTC)
    made = await show.made(other, seconds=7, ended_at=ended_at.isoformat())
    assert made["duration_ms"] == 7000
    long_ago = now() - timedelta(hours=1)
    naive = await show.clip(other, ended_at="2026-12-02T10:00:00")
    assert naive.status_code == 400
    refused = await show.clip(other, ended_at=long_ago.isoformat())
    assert (refused.status_code, refused.json()["code"]) == (409, "nothing_to_clip")
    for seconds in (4, 91):
        assert (await show.clip(other, seconds=seconds)).status_code == 400
    assert (await client.post(show.path, json={"title": "x"})).status_code == 401


async def test_a_break_of_the_encoder_is_one_in_the_clip(client, services, go_on_air, other):
    show = await go_on_air()
    show.writer.send(5, is_break=True)
    await keep_windows(services)
    made = await show.made(other, seconds=9)
    playlist, parts = await media_of(client, made["playback_url"])
    assert playlist.count("#EXT-X-DISCONTINUITY") == 1
    assert [len(part.content) // 188 for part in parts] == [4, 5]


async def test_only_the_audience_of_the_stream_sees_a_clip(
    client, services, go_on_air, owner, other
):
    await make.follows(services, other, owner)
    show = await go_on_air(audience="followers", media_id=new_id())
    stranger = await make.person(services)
    refused = await show.clip(stranger)
    assert (refused.status_code, refused.json()["code"]) == (404, "stream_not_found")
    made = await show.made(other)
    path = f"live/clips/{made['id']}"
    for who in (stranger, None):
        headers = who.headers if who else {}
        assert (await client.get(path, headers=headers)).status_code == 404
        assert (await client.get(show.path, headers=headers)).status_code == 404
    assert await show.listed(owner) == [made["id"]]
    playlist, parts = await media_of(client, made["playback_url"])
    assert {part.headers["cache-control"] for part in parts} == {"private, no-store"}
    bare = made["playback_url"].partition("?")[0]
    for foreign in (bare, urljoin(bare, "0.ts")):
        assert (await client.get(foreign)).status_code == 404
    # Who made it is out as well, with the next part.
    async with services.database.transaction() as tx:
        await tx.run("delete from follows where followed_id = $1", owner.id)
    first = next(line for line in playlist.splitlines() if not line.startswith("#"))
    for url in (made["playback_url"], urljoin(made["playback_url"], first)):
        assert (await client.get(url)).status_code == 404
    assert (await client.get(path, headers=other.headers)).status_code == 404


async def test_with_its_stream_a_clip_closes_at_once(client, services, go_on_air, owner, other):
    show = await go_on_air()
    made = await show.made(other)
    playlist, _ = await media_of(client, made["playback_url"])
    first = next(line for line in playlist.splitlines() if not line.startswith("#"))
    path = f"live/clips/{made['id']}"
    urls = (path, made["playback_url"], urljoin(made["playback_url"], first))

    async def ask() -> set[int]:
        return {(await client.get(url)).status_code for url in urls}

    assert await ask() == {200}
    await make.taken_down(services, "stream", show.stream_id)
    assert await ask() == {404}
    async with services.database.transaction() as tx:
        await tx.run("update streams set is_taken_down = false where id = $1", show.stream_id)
    assert await ask() == {200}
    form = {"audience": "followers"}
    stream = f"live/streams/{show.stream_id}"
    answer = await client.put(stream, headers=owner.headers, json=form)
    assert answer.status_code == 200, answer.text
    assert await ask() == {404}
    # Who made it is out, and may delete it still.
    assert (await client.get(path, headers=other.headers)).status_code == 404
    await client.put(stream, headers=owner.headers, json={"audience": "public"})
    assert await ask() == {200}
    await make.suspended(services, owner)
    assert await ask() == {404}
    assert (await client.delete(path, headers=other.headers)).status_code == 200


async def test_what_was_for_some_is_not_for_those_who_come_later(
    client, services, go_on_air, owner, other
):
    await make.follows(services, other, owner)
    show = await go_on_air(audience="followers", media_id=new_id())
    made = await show.made(other)
    path, stream = f"live/clips/{made['id']}", f"live/streams/{show.stream_id}"

    async def open_to(audience: str) -> None:
        form = {"audience": audience}
        answer = await client.put(stream, headers=owner.headers, json=form)
        assert answer.status_code == 200, answer.text

    await open_to("followers")
    assert (await client.get(made["playback_url"])).status_code == 200
    # Nor once it is for the first ones again: others may have come meanwhile.
    for audience in ("public", "followers", "unlisted"):
        await open_to(audience)
        assert (await client.get(path)).status_code == 404
        assert (await client.get(made["playback_url"])).status_code == 404
        # Both see that it is there, and delete it.
        for who in (other, owner):
            shown = await client.get(path, headers=who.headers)
            assert shown.json()["data"]["playback_url"] is None
            assert await show.listed(who) == [made["id"]]
    assert await show.listed() == await show.listed(await make.person(services)) == []
    assert (await client.delete(path, headers=owner.headers)).status_code == 200


async def test_maker_and_owner_delete_a_clip_with_its_parts(
    client, services, go_on_air, owner, other
):
    show = await go_on_air()
    stranger = await make.person(services)
    clips = [await show.made(other), await show.made(other)]
    answer = await client.delete(f"live/clips/{clips[0]['id']}", headers=stranger.headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_your_clip")
    for clip, who in zip(clips, (other, owner), strict=True):
        answer = await client.delete(f"live/clips/{clip['id']}", headers=who.headers)
        assert answer.status_code == 200, answer.text
        assert (await client.get(clip["playback_url"])).status_code == 404
    await run_until_empty(services)
    for clip in clips:
        assert await services.storage.list_keys(f"clips/{clip['id']}") == []
    answer = await client.delete(f"live/clips/{clips[0]['id']}", headers=owner.headers)
    assert answer.status_code == 404


async def test_members_and_streams_have_bounds(client, go_on_air, other, monkeypatch):
    show = await go_on_air()
    await show.made(other)
    for name in ("MAX_OF_MEMBER", "MAX_OF_STREAM"):
        for bound in (ClipUse(1, 2**40), ClipUse(9, rules.MAX_CLIP_BYTES)):
            with monkeypatch.context() as patch:
                patch.setattr(rules, name, bound)
                refused = await show.clip(other)
            assert (refused.status_code, refused.json()["code"]) == (409, "too_many_clips")
    monkeypatch.setattr(rules, "MAX_CLIP_BYTES", 188 * 19)
    refused = await show.clip(other)
    assert (refused.status_code, refused.json()["code"]) == (409, "clip_too_large")
    assert len(await show.listed()) == 1


def test_what_is_being_made_needs_room():
    rules.ensure_room(ClipUse(1, 0), ClipUse(2, rules.MAX_CLIP_BYTES))
    with pytest.raises(errors.TooManyClips):
        rules.ensure_room(ClipUse(1, 1), ClipUse(2, rules.MAX_CLIP_BYTES))


async def test_what_fails_or_is_never_finished_leaves_nothing(
    client, services, go_on_air, other, monkeypatch
):
    show = await go_on_air()

    async def fail(*_: object) -> None:
        raise StorageBusy

    with monkeypatch.context() as patch:
        patch.setattr(type(services.storage), "put_stream", fail)
        assert (await show.clip(other)).status_code == 503
    assert await count_rows(services, show) == 0

    # A process that ends between leaves a row without a size, which nobody sees.
    async with services.database.transaction() as tx:
        sql = """
            insert into stream_clips (id, stream_id, maker_id, title, format, created_at)
                 values ($1, $2, $3, 'x', 'ts', now() - interval '9 min')
        """
        left = StreamClipId(new_id())
        await tx.run(sql, left, show.stream_id, other.id)
    assert await show.listed(other) == []
    await jobs.sweep_clips(services.database)
    async with services.database.transaction() as tx:
        assert await queries.measure_use(tx, show.stream_id, other.id, 7) == [ClipUse(1, 7)] * 2
        sql = "update stream_clips set created_at = now() - interval '11 min' where id = $1"
        await tx.run(sql, left)
    await jobs.sweep_clips(services.database)
    assert await count_rows(services, show) == 0


async def test_clips_go_with_their_stream(client, services, go_on_air, other):
    show = await go_on_air()
    made = await show.made(other)
    async with services.database.transaction() as tx:
        await tx.run("delete from streams where id = $1", show.stream_id)
    assert (await client.get(f"live/clips/{made['id']}")).status_code == 404
    assert (await client.get(made["playback_url"])).status_code == 404
    await jobs.sweep_clips(services.database)
    await run_until_empty(services)
    assert await services.storage.list_keys(f"clips/{made['id']}") == []


async def test_blocked_members_make_none_and_hidden_ones_have_none(
    client, services, go_on_air, owner, other
):
    show = await go_on_air()
    made = await show.made(other)
    viewer = await make.person(services)
    await make.blocks(services, viewer, other)
    path = f"live/clips/{made['id']}"
    assert await show.listed(viewer) == []
    assert (await client.get(path, headers=viewer.headers)).status_code == 404
    await make.blocks(services, owner, other)
    assert (await show.clip(other)).status_code == 404
    # The owner of the stream sees it still, to delete it.
    assert await show.listed(owner) == [made["id"]]
    assert (await client.get(path, headers=owner.headers)).status_code == 200
    await make.suspended(services, other)
    assert await show.listed() == []
    assert (await client.get(made["playback_url"])).status_code == 404


async def test_a_clip_is_reported_taken_down_and_heard_by_staff(client, services, go_on_air, other):
    show = await go_on_air()
    made = await show.made(other)
    report = {
        "content_type": "clip",
        "content_id": made["id"],
        "category": "spam",
        "reason": "Spam.",
    }
    viewer = await make.person(services)
    answer = await client.post("reports", headers=viewer.headers, json=report)
    assert answer.status_code == 201, answer.text
    await make.taken_down(services, "clip", UUID(made["id"]))
    assert await show.listed() == []
    for who in (viewer, None):
        headers = who.headers if who else {}
        assert (await client.get(f"live/clips/{made['id']}", headers=headers)).status_code == 404
    assert (await client.get(made["playback_url"])).status_code == 404
    own = await client.get(f"live/clips/{made['id']}", headers=other.headers)
    assert own.json()["data"]["taken_down"]["category"]
    base = made["playback_url"].partition("/live/")[0]
    urls = UrlBuilder(base, services.url_signer, int(now().timestamp()) + 600)
    async with services.database.read() as conn:
        [file] = await REVIEWED["clip"](conn, UUID(made["id"]), urls)
    assert len((await media_of(client, file.url))[1]) == 4


async def test_a_clip_of_a_replay_has_its_sound_alone(client, services, owner, other):
    async with services.database.transaction() as tx:
        stream_id = await make.stream(tx, owner.member, status="ended", **ended())
        recording_id = await make.stream_recording(tx, owner.member, stream_id)
        track_id = await make.bare_track(tx, owner.member, "Dusk", visibility="public")
        sql = "update stream_recordings set track_id = $2 where id = $1"
        await tx.run(sql, recording_id, track_id)
    await make.recorded_sound(services, recording_id)
    path = f"live/streams/{stream_id}/clips"
    form = {"title": "The end", "seconds": 5, "track_id": str(track_id), "position_ms": 800}
    answer = await client.post(path, headers=other.headers, json=form)
    assert answer.status_code == 201, answer.text
    made = answer.json()["data"]
    assert made["duration_ms"] == pytest.approx(800, abs=25)
    _, [part] = await media_of(client, made["playback_url"])
    assert part.headers["content-type"] == "audio/aac"
    assert measure_us(part.content) == pytest.approx(800_000, abs=25_000)
    # What only some may hear is heard by nobody in a clip, also of the clip that exists.
    async with services.database.transaction() as tx:
        await tx.run("update tracks set visibility = 'unlisted' where id = $1", track_id)
    refused = await client.post(path, headers=other.headers, json=form)
    assert (refused.status_code, refused.json()["code"]) == (403, "replay_not_public")
    assert (await client.get(made["playback_url"])).status_code == 404
    assert (await client.get(f"live/clips/{made['id']}")).status_code == 404
    assert (await client.get(path)).json()["data"]["clips"] == []
    # Neither of a track that the viewer does not see, nor of another stream's.
    async with services.database.transaction() as tx:
        await tx.run("update tracks set visibility = 'private' where id = $1", track_id)
        foreign = await make.stream(tx, owner.member, "Another", status="ended", **ended())
    hidden = await client.post(path, headers=other.headers, json=form)
    assert (hidden.status_code, hidden.json()["code"]) == (404, "track_not_found")
    async with services.database.transaction() as tx:
        await tx.run("update tracks set visibility = 'public' where id = $1", track_id)
    elsewhere = f"live/streams/{foreign}/clips"
    wrong = await client.post(elsewhere, headers=other.headers, json=form)
    assert (wrong.status_code, wrong.json()["code"]) == (404, "replay_not_found")
    # It goes with the track.
    async with services.database.transaction() as tx:
        await tx.run("delete from tracks where id = $1", track_id)
    await jobs.sweep_clips(services.database)
    async with services.database.read() as conn:
        sql = "select count(*) from stream_clips where stream_id = $1"
        assert await conn.value(int, sql, stream_id) == 0


async def test_a_list_is_two_statements(client, go_on_air, services, other):
    show = await go_on_air()
    for _ in range(3):
        await show.made(other, seconds=5)
    read = await count_statements(client, services, show.path, other)
    assert sum(read.values()) == 2


async def count_rows(services, show: Show) -> int | None:
    async with services.database.read() as conn:
        sql = "select count(*) from stream_clips where stream_id = $1"
        return await conn.value(int, sql, show.stream_id)


def ended() -> Json:
    moment = now()
    return {"started_at": moment - timedelta(minutes=5), "ended_at": moment}
