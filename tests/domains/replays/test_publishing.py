"""A recording becomes a draft track, with chapters, and what was written beside it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import httpx
import pytest

from tests import make
from tests.domains.replays.recordings_steps import Air, Json, go_on_air, show, start
from tests.make import Person
from tests.support.query_counts import count_statements
from veza.app.services import Services
from veza.app.worker import run_until_empty
from veza.core.ids import ConversationId
from veza.domains.auth.accounts.service import suspensions
from veza.domains.replays import jobs


async def record_minute(client, owner, air: Air) -> Json:
    """Record a stream of a minute with a break of ten seconds in its middle."""
    made = await start(client, owner, air)
    air.send(30)
    await air.record()
    for title in ("Opening", "Second set"):
        answer = await client.post(
            f"live/streams/{air.stream_id}/marks", headers=owner.headers, json={"title": title}
        )
        assert answer.status_code == 201, answer.text
    air.send(30, after_s=10)
    await air.record()
    await air.end()
    await air.record()
    return made


async def put(client, owner, recording_id: str, change: Json) -> Json:
    answer = await client.put(f"live/recordings/{recording_id}", headers=owner.headers, json=change)
    return answer.json() | {"status": answer.status_code}


async def move_marks(services, recording_id: str, moments: dict[str, datetime]) -> None:
    sql = """
        update stream_recording_marks set marked_at = $3 where recording_id = $1 and title = $2
    """
    async with services.database.transaction() as tx:
        for title, moment in moments.items():
            await tx.run(sql, UUID(recording_id), title, moment)


async def run_sql(services, sql: str, *values: object) -> None:
    async with services.database.transaction() as tx:
        await tx.run(sql, *values)


async def test_a_cut_recording_becomes_a_private_track(client, services, owner, other, sound):
    air = await go_on_air(services, owner, sound)
    made = await record_minute(client, owner, air)
    began = air.began_at - timedelta(seconds=10)
    moments = {"Opening": began + timedelta(seconds=5), "Second set": began + timedelta(seconds=52)}
    await move_marks(services, made["id"], moments)
    recording = await show(client, owner, made["id"])
    places = {each["title"]: each["start_ms"] for each in recording["chapters"]}
    # What was sent after the break of ten seconds is ten seconds earlier in the recording.
    assert places == {
        "Opening": pytest.approx(5_000, abs=700),
        "Second set": pytest.approx(42_000, abs=900),
    }
    for change in ({"start_ms": 9, "end_ms": 9}, {"start_ms": 70_000}):
        refused = await put(client, owner, made["id"], change)
        assert refused["status"] == 400, refused
    chapters = [*recording["chapters"], {"title": "Late", "start_ms": 59_000}]
    changed = await put(
        client,
        owner,
        made["id"],
        {"title": "Dusk", "start_ms": 10_000, "end_ms": 50_000, "chapters": chapters},
    )
    assert changed["status"] == 200, changed
    assert len(changed["data"]["chapters"]) == 3

    answer = await client.post(f"live/recordings/{made['id']}/publish", headers=other.headers)
    assert (answer.status_code, answer.json()["code"]) == (404, "recording_not_found")
    answer = await client.post(f"live/recordings/{made['id']}/publish", headers=owner.headers)
    assert answer.status_code == 201, answer.text
    track_id = answer.json()["data"]["track_id"]
    await run_until_empty(services)
    track = (await client.get(f"tracks/{track_id}", headers=owner.headers)).json()["data"]
    assert (track["title"], track["visibility"], track["status"]) == ("Dusk", "private", "ready")
    assert track["duration_seconds"] == pytest.approx(40, abs=0.1)
    for path in (f"tracks/{track_id}/replay", f"tracks/{track_id}/replay/chat"):
        assert (await client.get(path, headers=other.headers)).status_code == 404
    replay = (await client.get(f"tracks/{track_id}/replay", headers=owner.headers)).json()["data"]
    replay = replay["replay"]
    assert [each["title"] for each in replay["chapters"]] == ["Opening", "Second set"]
    assert replay["chapters"][0]["start_ms"] == 0
    assert replay["chapters"][1]["start_ms"] == pytest.approx(32_000, abs=900)
    again = await client.post(f"live/recordings/{made['id']}/publish", headers=owner.headers)
    assert (again.status_code, again.json()["code"]) == (409, "recording_published")

    # Its sound expires, and what is beside the track stays.
    async with services.database.transaction() as tx:
        sql = "update stream_recordings set expires_at = now() where id = $1"
        await tx.run(sql, UUID(made["id"]))
    await jobs.sweep_recordings(services.database)
    await run_until_empty(services)
    assert await services.storage.list_keys(f"recordings/{made['id']}") == []
    expired = await show(client, owner, made["id"])
    assert (expired["playback_url"], expired["size_bytes"]) == (None, 0)
    answer = await client.get(f"tracks/{track_id}/replay", headers=owner.headers)
    assert answer.json()["data"]["replay"] == replay


@dataclass
class Evening:
    """A stream of half a minute that people wrote to, and the public track it became."""

    client: httpx.AsyncClient
    services: Services
    stream_id: UUID
    recording_id: str
    people: dict[str, Person]
    track_id: str = ""

    async def say(self, room: ConversationId, began: datetime) -> None:
        said = [
            ("other", "too early", -60),
            ("other", "hello", 4),
            ("rude", "boo", 10),
            ("fan", "what a tune", 24),
            ("fan", "forget this", 25),
            ("owner", "thank you", 29),
            ("other", "too late", 90),
        ]
        for name, content, at in said:
            sent = await make.message(self.services, self.people[name], room, content)
            sql = "update messages set created_at = $2 where id = $1"
            await run_sql(self.services, sql, sent.id, began + timedelta(seconds=at))
            if content == "forget this":
                path = f"conversations/{room}/messages/{sent.id}"
                headers = self.people[name].headers
                assert (await self.client.delete(path, headers=headers)).status_code == 200

    async def publish(self) -> None:
        headers = self.people["owner"].headers
        path = f"live/recordings/{self.recording_id}/publish"
        answer = await self.client.post(path, headers=headers)
        assert answer.status_code == 201, answer.text
        self.track_id = answer.json()["data"]["track_id"]
        await run_until_empty(self.services)
        shown = {"visibility": "public"}
        await self.client.put(f"tracks/{self.track_id}", headers=headers, json=shown)

    async def read(self, viewer: str = "", **query: object) -> Json:
        headers = self.people[viewer].headers if viewer else {}
        path = f"tracks/{self.track_id}/replay/chat"
        answer = await self.client.get(path, headers=headers, params={"limit": 100} | query)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    async def words(self, viewer: str = "") -> list[str]:
        return [each["content"] for each in (await self.read(viewer))["messages"]]

    async def replay(self, viewer: str) -> Json:
        headers = self.people[viewer].headers
        return (await self.client.get(f"tracks/{self.track_id}/replay", headers=headers)).json()


@pytest.fixture
async def evening(client, services, owner, other, sound) -> Evening:
    air = await go_on_air(services, owner, sound)
    async with services.database.read() as conn:
        sql = "select conversation_id from streams where id = $1"
        room = ConversationId(await conn.value(UUID, sql, air.stream_id))
    rude, fan = await make.person(services), await make.person(services)
    for person in (other, rude, fan):
        await client.post(f"conversations/{room}/join", headers=person.headers)
    recording_id = (await start(client, owner, air))["id"]
    people = {"owner": owner, "other": other, "rude": rude, "fan": fan}
    made = Evening(client, services, air.stream_id, recording_id, people)
    await made.say(room, air.began_at)
    air.send(31)
    await air.record()
    await air.end()
    await air.record()
    await put(client, owner, recording_id, {"end_ms": 30_000})
    await made.publish()
    return made


async def test_what_was_written_is_beside_a_replay(evening, services):
    assert await evening.words() == ["hello", "boo", "what a tune", "thank you"]
    # Viewers heard it four seconds after it was sent.
    places = [each["offset_ms"] for each in (await evening.read())["messages"]]
    assert places == [pytest.approx(at, abs=700) for at in (0, 6_000, 20_000, 25_000)]
    page = await evening.read(limit=3)
    assert (len(page["messages"]), page["has_more"]) == (3, True)
    rest = await evening.read(after=page["next_after"])
    assert [each["content"] for each in rest["messages"]] == ["thank you"]
    path, other = f"tracks/{evening.track_id}/replay/chat", evening.people["other"]
    counted = await count_statements(evening.client, services, path, other)
    assert sum(counted.values()) <= 3


async def test_who_is_blocked_or_suspended_says_nothing_beside_a_replay(evening, services):
    rude, other = evening.people["rude"], evening.people["other"]
    await evening.client.post(f"users/{rude.id}/block", headers=other.headers)
    assert await evening.words("other") == ["hello", "what a tune", "thank you"]
    assert "boo" in await evening.words("fan")
    async with services.database.transaction() as tx:
        await suspensions.suspend(tx, rude.id, "boo")
    assert await evening.words("fan") == ["hello", "what a tune", "thank you"]


async def test_what_was_written_is_for_the_audience_of_the_stream(evening, services):
    sql = "update streams set audience = 'followers' where id = $1"
    await run_sql(services, sql, evening.stream_id)
    assert (await evening.words(), await evening.words("fan")) == ([], [])
    assert len(await evening.words("owner")) == 4
    assert not (await evening.replay("fan"))["data"]["replay"]["has_chat"]
    owner, fan = evening.people["owner"], evening.people["fan"]
    await evening.client.post(f"users/{owner.id}/follow", headers=fan.headers)
    assert len(await evening.words("fan")) == 4
    await put(evening.client, owner, evening.recording_id, {"has_chat": False})
    assert await evening.words("owner") == []
    sql = "update streams set is_taken_down = true where id = $1"
    await run_sql(services, sql, evening.stream_id)
    assert (await evening.replay("owner"))["data"] == {"replay": None}
    path = f"tracks/{evening.track_id}/replay/chat"
    answer = await evening.client.get(path, headers=owner.headers)
    assert (answer.status_code, answer.json()["code"]) == (404, "replay_not_found")


async def test_a_recording_of_a_taken_down_stream_or_of_a_night_is_no_track(
    client, services, owner, sound
):
    air = await go_on_air(services, owner, sound)
    made = await record_minute(client, owner, air)
    path = f"live/recordings/{made['id']}/publish"
    async with services.database.transaction() as tx:
        sql = "update stream_recordings set duration_us = 3600000000 * 30::bigint where id = $1"
        await tx.run(sql, UUID(made["id"]))
    answer = await client.post(path, headers=owner.headers)
    assert (answer.status_code, answer.json()["code"]) == (409, "recording_too_long")
    async with services.database.transaction() as tx:
        await tx.run("update streams set is_taken_down = true where id = $1", air.stream_id)
    answer = await client.post(path, headers=owner.headers)
    assert (answer.status_code, answer.json()["code"]) == (404, "recording_not_found")
    url = (await show(client, owner, made["id"]))["playback_url"]
    assert (await client.get(url)).status_code == 404
