"""Files in messages: as they were when sent, for readers of the message only."""

import asyncio

import pytest

from tests import make
from tests.domains.chat.conversations.members_steps import add, call, remove, told
from tests.domains.chat.messages.personal_data_steps import erase
from tests.domains.chat.messages.routes_steps import read_history, say
from tests.domains.cloud.files.upload_steps import REFS, some_bytes
from veza.app.worker import run_until_empty
from veza.core.ids import new_id
from veza.domains.chat.attachments import personal_data, rules
from veza.domains.cloud.blobs import jobs as blob_jobs

PAGE = b"<!doctype html><script>alert(1)</script>"


async def sweep(services):
    """Have everything go that nobody has, whatever the time."""
    await blob_jobs.sweep_blobs(services.database, blob_jobs.GRACE * 0)
    await run_until_empty(services)


async def test_a_message_may_be_a_file_that_its_readers_download(
    client, upload, send, fetch, pair, ann, ben
):
    file = await upload(PAGE, "Näht.html")

    said = await send(pair, file)

    assert said["content"] == ""
    assert said["file"] == {
        "name": "Näht.html",
        "size_bytes": len(PAGE),
        "content_type": file["content_type"],
        "url": said["file"]["url"],
        "audio_url": None,
    }
    assert said["file"]["url"].endswith(f"/api/v1/conversations/{pair}/messages/{said['id']}/file")
    (read,) = (await read_history(client, ben, pair))["messages"]
    listed = (await client.get("conversations", headers=ben.headers)).json()["data"]
    events = (await call(client, "GET", ben, pair, "/events")).json()["data"]["events"]
    last = listed["conversations"][0]["last_message"]
    assert read["file"] == last["file"] == events[0]["message"]["file"] == said["file"]
    for who in (ann, ben):
        answer = await fetch(read, who)
        assert (answer.status_code, answer.content) == (200, PAGE)


async def test_a_file_is_an_attachment_and_supports_ranges(client, upload, send, fetch, pair, ben):
    said = await send(pair, await upload(PAGE, "page.html"))

    answer = await fetch(said, ben, Range="bytes=2-8")

    assert (answer.status_code, answer.content) == (206, PAGE[2:9])
    assert answer.headers["content-disposition"].startswith('attachment; filename="page.html"')
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("sandbox")
    assert answer.headers["cache-control"] == "private, no-cache"
    same = {"If-None-Match": answer.headers["etag"]}
    assert (await fetch(said, ben, **same)).status_code == 304
    assert (await fetch(said, ben, Range="bytes=1000-")).status_code == 416


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b"fLaC" + b"\0" * 60, "audio/flac"),
        (b"RIFF\x40\0\0\0WAVEfmt " + b"\0" * 60, "audio/wav"),
        (b"\0\0\0\x20ftypM4A " + b"\0" * 60, "audio/mp4"),
    ],
)
async def test_audio_plays_in_place_in_ranges(
    upload, send, client, pair, ann, ben, content, content_type
):
    said = await send(pair, await upload(content, "Näht.any"))
    url = said["file"]["audio_url"]
    assert url == said["file"]["url"].removesuffix("file") + "audio"

    whole = await client.get(url, headers=ann.headers)
    part = await client.get(url, headers=ben.headers | {"Range": "bytes=2-8"})

    assert (whole.status_code, whole.content) == (200, content)
    assert (part.status_code, part.content) == (206, content[2:9])
    for answer in (whole, part):
        assert answer.headers["content-type"] == content_type
        assert answer.headers["content-disposition"].startswith("inline")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"].startswith("sandbox")
        assert answer.headers["cache-control"] == "private, no-cache"


async def test_only_audio_of_readable_messages_plays(client, upload, send, group, ann, ben, cleo):
    page = await send(group, await upload(PAGE, "song.mp3"))
    tune = await send(group, await upload(b"MThd" + b"\0" * 60, "song.mid"))
    song = await send(group, await upload(b"fLaC" + b"\0" * 60))
    url = song["file"]["audio_url"]

    assert [each["file"]["audio_url"] for each in (page, tune)] == [None, None]
    shown = page["file"]["url"].removesuffix("file") + "audio"
    refused = [await client.get(shown, headers=ann.headers)]
    # A stranger, one who comes later, and one who went.
    refused.append(await client.get(url, headers=cleo.headers))
    await add(client, ann, group, cleo)
    refused.append(await client.get(url, headers=cleo.headers))
    assert (await client.get(url, headers=ben.headers)).status_code == 200
    await remove(client, ann, group, ben)
    refused.append(await client.get(url, headers=ben.headers))
    await call(client, "DELETE", ann, group, f"/messages/{song['id']}")
    refused.append(await client.get(url, headers=ann.headers))
    assert told(*refused) == [(404, "attachment_not_found")] * 5
    assert (await client.get(url)).status_code == 401


def test_large_audio_is_downloaded_only():
    assert rules.is_played("audio/flac", rules.MAX_PLAYED_BYTES)
    assert not rules.is_played("audio/flac", rules.MAX_PLAYED_BYTES + 1)


async def test_only_readers_of_the_message_download_its_file(
    client, services, upload, send, fetch, group, ann, ben, cleo
):
    said = await send(group, await upload())
    other = await send(group, await upload())
    plain = (await say(client, ann, group)).json()["data"]
    path = f"/messages/{said['id']}/file"

    stranger = await fetch(said, cleo)
    assert told(stranger) == [(404, "attachment_not_found")]
    assert (await client.get(said["file"]["url"])).status_code == 401
    # Who comes later reads, and gets, what came after.
    await add(client, ann, group, cleo)
    assert told(await fetch(said, cleo)) == [(404, "attachment_not_found")]
    later = await send(group, await upload())
    assert (await fetch(later, cleo)).status_code == 200
    # And who goes nothing more.
    await remove(client, ann, group, ben)
    assert told(await fetch(said, ben)) == [(404, "attachment_not_found")]
    elsewhere = (await client.post("conversations", headers=ann.headers, json={"type": "group"}),)
    place = elsewhere[0].json()["data"]["id"]
    assert (
        told(
            await call(client, "GET", ann, place, path),
            await call(client, "GET", ann, group, f"/messages/{plain['id']}/file"),
            await call(client, "GET", ann, group, f"/messages/{new_id()}/file"),
        )
        == [(404, "attachment_not_found")] * 3
    )
    assert (await fetch(other, ann)).status_code == 200


async def test_only_own_existing_files_are_sent(client, upload, send, pair, ann, ben):
    others, trashed, gone = await upload(by=ben), await upload(), await upload()
    await client.delete(f"cloud/files/{trashed['id']}", headers=ann.headers)
    await client.delete(f"cloud/files/{gone['id']}?forever=true", headers=ann.headers)

    for file in (others, trashed, gone):
        assert (await send(pair, file, status=404))["code"] == "file_not_found"
    assert (await send(pair, {"id": "x"}, status=400))["details"][0]["field"] == "file_id"
    assert (await read_history(client, ann, pair))["messages"] == []


async def test_a_sent_file_does_not_change(
    client, services, upload, send, fetch, pair, ann, ben, count
):
    content = some_bytes()
    file = await upload(content, "first.wav")
    said = await send(pair, file)
    path = f"cloud/files/{file['id']}"
    await client.put(f"{path}/content", headers=ann.headers, content=some_bytes())
    await client.put(path, headers=ann.headers, json={"name": "second.wav"})

    answer = await fetch(said, ben)
    assert answer.content == content
    assert "first.wav" in answer.headers["content-disposition"]
    for query in ("", "?forever=true"):
        await client.delete(path + query, headers=ann.headers)
        await sweep(services)
        assert (await fetch(said, ben)).content == content
    assert await count(REFS, file["sha256"]) == 1


@pytest.mark.parametrize("by_admin", [True, False])
async def test_a_file_is_deleted_with_its_message(
    client, services, upload, send, fetch, group, ann, ben, count, by_admin
):
    file = await upload(by=ben)
    said = await send(group, file, by=ben)
    path = f"/messages/{said['id']}"

    deleted = await call(client, "DELETE", ann if by_admin else ben, group, path)

    assert deleted.json()["data"]["file"] is None
    assert told(await fetch(said, ben)) == [(404, "attachment_not_found")]
    # The file itself is there still, until its owner deletes it.
    assert await count(REFS, file["sha256"]) == 1
    await client.delete(f"cloud/files/{file['id']}?forever=true", headers=ben.headers)
    await sweep(services)
    assert await count("select count(*) from blobs where sha256 = $1", file["sha256"]) == 0


async def test_a_repeated_client_id_sends_a_file_once(client, upload, send, pair, ann, count):
    file = await upload()
    first = await send(pair, file, client_id="1")
    await client.delete(f"cloud/files/{file['id']}", headers=ann.headers)

    # Also where it could be sent no more.
    again = await send(pair, file, client_id="1", status=200)

    assert again == first
    assert await count(REFS, file["sha256"]) == 2
    assert await count("select count(*) from file_snapshots where owner_id = $1", ann.id) == 1


async def test_sent_twice_and_deleted_at_once_it_is_counted_as_often_as_it_was_sent(
    client, upload, send, fetch, pair, group, ann, ben, count
):
    file = await upload()
    path = f"cloud/files/{file['id']}?forever=true"

    answers = await asyncio.gather(
        *(
            call(client, "POST", ann, where, "/messages", file_id=file["id"])
            for where in (pair, group)
        ),
        client.delete(path, headers=ann.headers),
    )

    sent = [answer.json()["data"] for answer in answers[:2] if answer.status_code == 201]
    assert {answer.status_code for answer in answers} <= {200, 201, 404}
    assert await count(REFS, file["sha256"]) == len(sent)
    for said in sent:
        assert (await fetch(said, ben)).status_code == 200


@pytest.mark.parametrize("words", ["", "Look"])
async def test_the_text_of_a_message_with_a_file_can_be_removed(
    client, upload, send, pair, ann, words
):
    said = await send(pair, await upload(), content="Look")

    changed = await call(client, "PUT", ann, pair, f"/messages/{said['id']}", content=words)

    assert (changed.status_code, changed.json()["data"]["content"]) == (200, words)
    assert changed.json()["data"]["file"] == said["file"]


async def test_files_of_suspended_members_are_hidden(
    client, services, upload, send, fetch, group, ann, ben
):
    said = await send(group, await upload(by=ben), by=ben)
    await make.suspended(services, ben)

    assert told(await fetch(said, ann)) == [(404, "attachment_not_found")]
    assert (await read_history(client, ann, group))["messages"][0]["file"] is None

    await make.unsuspended(services, ben)
    assert (await fetch(said, ann)).status_code == 200


async def test_erasure_deletes_sent_files(
    client, services, upload, send, fetch, pair, ann, ben, count
):
    file = await upload(by=ben)
    said = await send(pair, file, by=ben)
    await erase(services, ben)

    assert told(await fetch(said, ann)) == [(404, "attachment_not_found")]
    assert (await read_history(client, ann, pair))["messages"][0]["file"] is None
    assert await count(REFS, file["sha256"]) == 0


async def test_files_are_deleted_with_an_ended_conversation(
    client, services, upload, send, fetch, room, ann, count
):
    file = await upload()
    said = await send(room, file)
    await call(client, "DELETE", ann, room)
    assert (await fetch(said, ann)).status_code == 404
    await make.swept_conversations(services)

    assert await count("select count(*) from messages where conversation_id = $1", room) == 0
    assert await count(REFS, file["sha256"]) == 1


async def test_content_only_in_messages_counts_in_the_quota(
    client, services, upload, send, pair, ann
):
    async def quota():
        answer = (await client.get("cloud/quota", headers=ann.headers)).json()["data"]
        return answer["used_bytes"], answer["sent_bytes"]

    file = await upload(some_bytes(3000))
    said, again = await send(pair, file), await send(pair, file)
    assert await quota() == (3000, 0)
    await client.delete(f"cloud/files/{file['id']}?forever=true", headers=ann.headers)
    assert await quota() == (3000, 3000)
    await call(client, "DELETE", ann, pair, f"/messages/{said['id']}")
    assert await quota() == (3000, 3000)
    await call(client, "DELETE", ann, pair, f"/messages/{again['id']}")
    assert await quota() == (0, 0)


async def test_the_export_has_sent_files_with_content_that_is_in_no_file(
    client, services, upload, send, pair, ann
):
    kept, gone = await upload(name="kept.wav"), await upload(name="gone.wav")
    sent = [await send(pair, file) for file in (kept, gone, gone)]
    await client.delete(f"cloud/files/{gone['id']}?forever=true", headers=ann.headers)

    async with services.database.snapshot() as conn:
        handed_out = await personal_data.export(conn, ann.id)
        (own,) = await personal_data.list_files(conn, ann.id)

    told_of = [(str(each.message_id), each.name, each.sha256) for each in handed_out.files]
    files = (kept, gone, gone)
    assert told_of == [
        (said["id"], file["name"], file["sha256"]) for said, file in zip(sent, files, strict=True)
    ]
    assert own.name.endswith("-gone.wav")
    assert own.size_bytes == gone["size_bytes"]
    assert len(await services.storage.read_all(own.key)) == own.size_bytes
