"""Streams are recorded while they run, whatever breaks, and only as far as there is room."""

import asyncio
import shutil
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from msgspec import structs

from tests import sounds
from tests.domains.replays.recordings_steps import go_on_air, show, start
from veza.app.worker import open_recorder, run_until_empty
from veza.domains.replays import jobs
from veza.domains.replays.models import RecordingSettings
from veza.infra.media.adts import measure_us


async def listed(client, owner) -> dict:
    answer = await client.get("live/recordings", headers=owner.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def test_a_stream_with_a_break_is_one_recording_that_its_owner_hears(
    client, services, owner, other, sound, tmp_path
):
    air = await go_on_air(services, owner, sound)
    assert (await listed(client, owner))["recordings"] == []
    air.send(3)
    made = await start(client, owner, air)
    assert (made["state"], made["title"], made["playback_url"]) == (
        "waiting",
        "Dusk till dub",
        None,
    )
    assert (await start(client, owner, air))["id"] == made["id"]
    await air.record()
    # What was sent so far is stored once there is enough of it.
    assert (await show(client, owner, made["id"]))["state"] == "waiting"
    air.send(22)
    await air.record()
    going = await show(client, owner, made["id"])
    assert (going["state"], going["playback_url"]) == ("recording", None)
    assert going["duration_ms"] == pytest.approx(25_000, abs=600)
    # The ingest forgets what is old; a worker that begins anew goes on behind what is stored.
    air.forget(20)
    air.send(24, after_s=10)
    # Two workers at once store it once.
    await asyncio.gather(air.record(), air.record())
    await air.end()
    await air.record()
    done = await show(client, owner, made["id"])
    assert done["state"] == "ready"
    assert done["duration_ms"] == pytest.approx(49_000, abs=1200)
    assert done["size_bytes"] > 100_000

    playlist = await client.get(done["playback_url"])
    assert playlist.status_code == 200
    assert playlist.headers["cache-control"] == "private, no-store"
    names = [line for line in playlist.text.splitlines() if ".aac" in line]
    base = done["playback_url"].rpartition("/")[0]
    parts = [(await client.get(f"{base}/{name}")).content for name in names]
    assert len(parts) == 2
    assert all(part.startswith(b"ID3") for part in parts)
    whole = tmp_path / "whole.aac"
    whole.write_bytes(b"".join(part[part.index(b"\xff\xf1") :] for part in parts))
    assert len(sounds.read(whole)) / sounds.RATE == pytest.approx(49, abs=1.2)
    assert measure_us(whole.read_bytes()) // 1000 == pytest.approx(done["duration_ms"], abs=5)

    # Nobody else hears it, or knows of it.
    for path in (f"{base}/index.m3u8", f"{base}/{names[0].partition('?')[0]}"):
        assert (await client.get(path, headers=owner.headers)).status_code == 404
    path = f"live/recordings/{made['id']}"
    for method in ("GET", "DELETE"):
        answer = await client.request(method, path, headers=other.headers)
        assert (answer.status_code, answer.json()["code"]) == (404, "recording_not_found")
    assert (await listed(client, other))["recordings"] == []
    usage = (await client.get("users/me/storage", headers=owner.headers)).json()["data"]
    [tracks] = [each for each in usage["quotas"] if each["kind"] == "tracks"]
    assert tracks["used_bytes"] == done["size_bytes"]
    assert (await client.delete(path, headers=owner.headers)).status_code == 200
    await run_until_empty(services)
    assert await services.storage.list_keys(f"recordings/{made['id']}") == []


async def test_recordings_are_refused_and_stopped(client, services, owner, other, sound):
    air = await go_on_air(services, owner, sound)
    path = f"live/streams/{air.stream_id}"
    for method, more in (("DELETE", "recording"), ("POST", "marks")):
        answer = await client.request(
            method, f"{path}/{more}", headers=owner.headers, json={"title": "Now"}
        )
        assert (answer.status_code, answer.json()["code"]) == (409, "stream_not_recorded")
    answer = await client.post(f"{path}/recording", headers=other.headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_your_stream")
    answer = await client.post(f"live/streams/{uuid4()}/recording", headers=owner.headers)
    assert answer.status_code == 404

    made = await start(client, owner, air)
    air.send(25)
    await air.record()
    answer = await client.put(f"live/recordings/{made['id']}", headers=owner.headers, json={})
    assert (answer.status_code, answer.json()["code"]) == (409, "recording_not_ready")
    answer = await client.delete(f"{path}/recording", headers=owner.headers)
    assert answer.status_code == 200
    # What was sent until then is stored, and nothing after that.
    async with services.database.transaction() as tx:
        sql = "update stream_recordings set stopped_at = $2 where id = $1"
        await tx.run(sql, UUID(made["id"]), air.began_at + timedelta(seconds=30.5))
    air.send(25)
    await air.record()
    stopped = await show(client, owner, made["id"])
    assert (stopped["state"], stopped["duration_ms"]) == ("ready", pytest.approx(30_000, abs=700))
    # Nothing of what was sent before is in another one.
    answer = await client.post(f"{path}/recording", headers=owner.headers)
    await air.record()
    assert (await show(client, owner, answer.json()["data"]["id"]))["state"] == "waiting"
    assert (await client.delete(f"{path}/recording", headers=owner.headers)).status_code == 200
    await air.record()
    # Another one begins where it is asked for, and ends without a trace where nothing comes.
    again = await start(client, owner, air)
    assert again["id"] != made["id"]
    shutil.rmtree(air.folder)
    await air.end()
    await air.record()
    assert (await show(client, owner, again["id"]))["state"] == "waiting"
    async with services.database.transaction() as tx:
        sql = "update streams set ended_at = ended_at - interval '6 minutes' where id = $1"
        await tx.run(sql, air.stream_id)
    await air.record()
    gone = await client.get(f"live/recordings/{again['id']}", headers=owner.headers)
    assert gone.status_code == 404
    answer = await client.post(f"{path}/recording", headers=owner.headers)
    assert (answer.status_code, answer.json()["code"]) == (409, "stream_over")


async def test_what_is_sent_after_a_stop_is_not_recorded_whatever_is_asked_next(
    client, services, owner, sound
):
    air = await go_on_air(services, owner, sound)
    path = f"live/streams/{air.stream_id}"
    made = await start(client, owner, air)
    air.send(25)
    await air.record()
    assert (await client.get(path)).json()["data"]["is_recorded"] is True
    assert (await client.delete(f"{path}/recording", headers=owner.headers)).status_code == 200
    assert (await client.get(path)).json()["data"]["is_recorded"] is False
    async with services.database.transaction() as tx:
        sql = "update stream_recordings set stopped_at = $2 where id = $1"
        await tx.run(sql, UUID(made["id"]), air.began_at + timedelta(seconds=30.5))
    air.send(25)
    # Before the worker's next look: nothing takes the recording up again, or stops it later.
    answer = await client.post(f"{path}/recording", headers=owner.headers)
    assert (answer.status_code, answer.json()["code"]) == (409, "recording_stopping")
    answer = await client.post(f"{path}/marks", headers=owner.headers, json={"title": "Now"})
    assert (answer.status_code, answer.json()["code"]) == (409, "stream_not_recorded")
    assert (await client.delete(f"{path}/recording", headers=owner.headers)).status_code == 200
    await air.record()
    stopped = await show(client, owner, made["id"])
    assert (stopped["state"], stopped["duration_ms"]) == ("ready", pytest.approx(30_000, abs=700))
    answer = await client.post(f"{path}/recording", headers=owner.headers)
    assert answer.status_code == 200
    assert answer.json()["data"]["id"] != made["id"]


async def test_the_oldest_goes_first_and_a_stream_of_a_day_ends_its_recording(
    client, services, owner, sound
):
    first = await go_on_air(services, owner, sound)
    oldest = await start(client, owner, first)
    first.send(22)
    await first.record()
    await first.end()
    await first.record()
    air = await go_on_air(services, owner, sound)
    made = await start(client, owner, air)
    settings = RecordingSettings(45_000_000, timedelta(days=30))
    recorder = structs.replace(open_recorder(services), settings=settings)
    air.send(22)
    await jobs.record_streams(recorder)
    kept = {each["id"] for each in (await listed(client, owner))["recordings"]}
    assert kept == {oldest["id"], made["id"]}
    air.send(22)
    await jobs.record_streams(recorder)
    kept = {each["id"] for each in (await listed(client, owner))["recordings"]}
    assert kept == {made["id"]}
    # Nothing is left that may go.
    air.send(22)
    await jobs.record_streams(recorder)
    full = await show(client, owner, made["id"])
    assert full["state"] == "ready"
    assert full["duration_ms"] <= 45_000
    page = await listed(client, owner)
    assert (page["used_ms"], page["max_ms"]) == (full["duration_ms"], 24 * 3_600_000)
    await run_until_empty(services)
    assert await services.storage.list_keys(f"recordings/{oldest['id']}") == []


async def test_recordings_expire_and_go_with_their_stream(client, services, owner, sound):
    made = []
    for _ in range(2):
        air = await go_on_air(services, owner, sound)
        made.append((await start(client, owner, air))["id"])
        air.send(22)
        await air.record()
        await air.end()
        await air.record()
    async with services.database.transaction() as tx:
        await tx.run("delete from streams where id = $1", air.stream_id)
        sql = "update stream_recordings set expires_at = now() where id = $1"
        await tx.run(sql, UUID(made[0]))
    hidden = await show(client, owner, made[1])
    assert (await client.get(hidden["playback_url"])).status_code == 404
    await jobs.sweep_recordings(services.database)
    await run_until_empty(services)
    assert (await listed(client, owner))["recordings"] == []
    for recording_id in made:
        assert await services.storage.list_keys(f"recordings/{recording_id}") == []


async def test_who_manages_the_chat_marks_moments(client, services, owner, other, sound):
    air = await go_on_air(services, owner, sound)
    made = await start(client, owner, air)
    air.send(25)
    await air.record()
    path = f"live/streams/{air.stream_id}"

    async def mark(title: str) -> tuple[int, str | None]:
        answer = await client.post(f"{path}/marks", headers=other.headers, json={"title": title})
        return answer.status_code, answer.json().get("code")

    async def set_role(role: str) -> None:
        async with services.database.transaction() as tx:
            sql = """
                update conversation_members m
                   set role = $3
                  from streams s
                 where s.id = $1 and m.conversation_id = s.conversation_id and m.user_id = $2
            """
            await tx.run(sql, air.stream_id, other.id, role)

    assert await mark("Nobody") == (403, "not_your_stream")
    shown = (await client.get(path, headers=other.headers)).json()["data"]
    room = f"conversations/{shown['conversation_id']}"
    joined = await client.post(f"{room}/join", headers=other.headers)
    assert joined.status_code == 200, joined.text
    assert await mark("A listener") == (403, "not_your_stream")
    await set_role("admin")
    assert await mark("Second set") == (201, None)
    # A recording is still nobody's but the owner's.
    answer = await client.delete(f"{path}/recording", headers=other.headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_your_stream")
    await set_role("member")
    assert await mark("Not any more") == (403, "not_your_stream")
    await air.end()
    await air.record()
    done = await show(client, owner, made["id"])
    assert [each["title"] for each in done["chapters"]] == ["Second set"]
