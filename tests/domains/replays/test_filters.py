"""What is written of a recording is filtered, and reported as what staff takes down: its stream."""

from uuid import UUID

import pytest

from tests import make
from tests.domains.replays.recordings_steps import go_on_air, start
from tests.support.text_filtering import REFUSED, REPORTED, filtered_words, take_reports


async def ready(services, owner, title="A night") -> tuple[UUID, str]:
    async with services.database.transaction() as tx:
        stream_id = await make.stream(tx, owner.member, "Dusk till dub")
        recording_id = await make.stream_recording(tx, owner.member, stream_id, title)
    return stream_id, f"live/recordings/{recording_id}"


@pytest.mark.parametrize("field", ["title", "chapters"])
async def test_texts_of_a_recording_are_refused_or_reported(client, services, owner, field):
    stream_id, path = await ready(services, owner)

    async def enter(word: str):
        text = f"A {word} set"
        said = text if field == "title" else [{"title": text, "start_ms": 0}]
        return await client.put(path, headers=owner.headers, json={field: said})

    with filtered_words(services):
        refused = await enter(REFUSED)
        assert (refused.status_code, refused.json()["code"]) == (400, "text_refused")
        assert [each["field"] for each in refused.json()["details"]] == [field]
        assert (await enter("quiet")).status_code == 200
        await make.delivered(services)
        assert await take_reports(services, "stream", stream_id) == 0
        assert (await enter(REPORTED)).status_code == 200
        await make.delivered(services)
    assert await take_reports(services, "stream", stream_id) == 1


async def test_marks_are_refused_or_reported(client, services, owner, sound):
    air = await go_on_air(services, owner, sound)
    await start(client, owner, air)
    path = f"live/streams/{air.stream_id}/marks"
    with filtered_words(services):
        refused = await client.post(path, headers=owner.headers, json={"title": REFUSED})
        assert refused.json()["code"] == "text_refused"
        marked = await client.post(path, headers=owner.headers, json={"title": REPORTED})
        assert marked.status_code == 201
        await make.delivered(services)
    assert await take_reports(services, "stream", air.stream_id) == 1


async def test_what_others_call_a_moment_is_no_case_against_the_owner(
    client, services, owner, other, sound
):
    air = await go_on_air(services, owner, sound)
    await start(client, owner, air)
    path = f"live/streams/{air.stream_id}"
    shown = (await client.get(path, headers=other.headers)).json()["data"]
    joined = await client.post(
        f"conversations/{shown['conversation_id']}/join", headers=other.headers
    )
    assert joined.status_code == 200, joined.text
    async with services.database.transaction() as tx:
        sql = "update conversation_members set role = 'admin' where user_id = $1"
        await tx.run(sql, other.id)
    with filtered_words(services):
        for word, status in ((REPORTED, 400), ("quiet", 201)):
            said = {"title": f"A {word} set"}
            marked = await client.post(f"{path}/marks", headers=other.headers, json=said)
            assert marked.status_code == status, marked.text
            if status == 400:
                assert marked.json()["code"] == "text_refused"
                assert [each["field"] for each in marked.json()["details"]] == ["title"]
        await make.delivered(services)
    assert await take_reports(services, "stream", air.stream_id) == 0


async def test_titles_of_chapters_are_lines(client, services, owner):
    _, path = await ready(services, owner)
    said = [{"title": "First", "start_ms": 0}, {"title": "  ", "start_ms": 100}]
    blank = await client.put(path, headers=owner.headers, json={"chapters": said})
    assert blank.status_code == 400
    assert [each["field"] for each in blank.json()["details"]] == ["chapters[1].title"]
    said = [{"title": " Second \n set ", "start_ms": 100}]
    changed = await client.put(path, headers=owner.headers, json={"chapters": said})
    assert [each["title"] for each in changed.json()["data"]["chapters"]] == ["Second set"]
