"""Uploads that are interrupted and continued become what a form would have made of the file."""

import asyncio
import base64
import hashlib
import os
from uuid import UUID, uuid4

import httpx
import pytest
from msgspec import structs

from tests import make
from tests.http.apps import ask, calling, replaced
from tests.support.addresses import BASE_URL
from veza.app.api import wrap
from veza.app.service_registry import create_registry
from veza.core.access import Role
from veza.domains.platform.uploads import jobs, rules
from veza.domains.platform.uploads.models import CompleteUpload, IncomingChunk, StorageKind
from veza.domains.platform.uploads.queries import resumable as queries
from veza.domains.platform.uploads.resumable import completion
from veza.domains.platform.uploads.resumable.purposes import ResumableUploads
from veza.infra.storage.stores import open_storage

TUS = {"tus-resumable": "1.0.0"}
CHUNK = TUS | {"content-type": "application/offset+octet-stream"}
FOLDERS = "select id from resumable_uploads where owner_id = $1"


def describe(**fields):
    return ",".join(
        f"{name} {base64.b64encode(text.encode()).decode()}" for name, text in fields.items()
    )


class Vanished(BaseException):
    """The process was killed."""


async def pass_time(services, upload_id):
    """Age an incomplete upload by two days, and others by two minutes."""
    sql = """
        update resumable_uploads
           set writer_until = writer_until - interval '2 minutes',
               expires_at = expires_at - case when state = 'receiving' then interval '2 days'
                                              else interval '2 minutes' end
         where id = $1
    """
    async with services.database.transaction() as tx:
        await tx.run(sql, upload_id)


async def state_of(services, upload_id):
    async with services.database.read() as conn:
        return await conn.value(str, "select state from resumable_uploads where id = $1", upload_id)


async def pieces(*given):
    for piece in given:
        yield piece


def address_of(path):
    """Return the address of a path on this server; that of an upload is one already."""
    return str(httpx.URL(BASE_URL).join(path))


def with_storage(services, storage):
    """Return services whose cloud files and uploads are in another storage."""
    uploads = structs.replace(services.uploads, storage=storage)
    blobs = structs.replace(services.cloud_storage.blobs, storage=storage)
    cloud = structs.replace(services.cloud_storage, blobs=blobs)
    return structs.replace(services, uploads=uploads, cloud_storage=cloud)


class Uploader:
    """Speaks tus for one member."""

    def __init__(self, client, person):
        self.client = client
        self.person = person

    async def begin(self, length, *, body=None, more=None, **fields):
        metadata = {"filename": "a.bin"} | fields
        headers = TUS | {"upload-length": str(length), "upload-metadata": describe(**metadata)}
        headers |= self.person.headers | (more or {})
        if body is not None:
            headers["content-type"] = CHUNK["content-type"]
        return await self.client.post("uploads", headers=headers, content=body or b"")

    async def send(self, url, offset, content, **headers):
        wanted = CHUNK | self.person.headers | {"upload-offset": str(offset)} | headers
        return await self.client.patch(address_of(url), headers=wanted, content=content)

    async def offset(self, url):
        answer = await self.client.head(address_of(url), headers=TUS | self.person.headers)
        assert answer.status_code == 200, answer.text
        assert answer.headers["cache-control"] == "no-store"
        return int(answer.headers["upload-offset"])

    async def show(self, url):
        return (await self.fetch(url)).json()["data"]

    async def fetch(self, path):
        return await self.client.get(address_of(path), headers=self.person.headers)


@pytest.fixture
def uploader(client, creator):
    return Uploader(client, creator)


@pytest.fixture
def kept(services):
    """Count the segments, and the objects in their folders, of a member's uploads."""

    async def find(person):
        async with services.database.read() as conn:
            ids = await conn.column(type(person.id), FOLDERS, person.id)
        found = [await services.storage.list_keys(rules.folder_of(one)) for one in ids]
        return sum(map(len, found))

    return find


async def test_what_is_sent_in_pieces_becomes_what_a_form_makes_of_it(
    uploader, contents, product_id, gear_id, kept, reserved, work
):
    fields = {
        "track": {"title": "A tone", "tags": "one, two"},
        "image": {},
        "product_file": {"product_id": str(product_id)},
        "cloud_file": {"folder": "Takes/One"},
        "gear_document": {"gear_id": str(gear_id), "document_type": "invoice"},
    }
    kinds = dict(zip(fields, StorageKind, strict=False))
    kinds["cloud_file"], kinds["gear_document"] = StorageKind.FILES, StorageKind.GEAR_DOCUMENTS
    shown = {}
    for purpose, named in fields.items():
        content = contents[kinds[purpose]]
        begun = await uploader.begin(len(content), purpose=purpose, **named)
        assert begun.status_code == 201, begun.text
        url, middle = begun.headers["location"], len(content) // 2
        assert url.startswith(f"{BASE_URL}/api/v1/uploads/")

        first = await uploader.send(url, 0, content[:middle])
        assert (first.status_code, first.headers["upload-offset"]) == (204, str(middle))
        assert "upload-result" not in first.headers
        assert await uploader.offset(url) == middle
        last = await uploader.send(url, middle, content[middle:])

        assert last.status_code == 204, last.text
        status = await uploader.show(url)
        assert status["state"] == "completed"
        assert last.headers["upload-result"] == status["result"]["path"]
        found = await uploader.fetch(last.headers["upload-result"])
        assert found.status_code == 200, found.text
        shown[purpose] = found
        assert await uploader.offset(url) == len(content)
    await work()

    assert shown["track"].json()["data"]["tags"] == ["one", "two"]
    assert shown["cloud_file"].json()["data"]["folder"] == "Takes/One"
    assert shown["gear_document"].content == contents[StorageKind.GEAR_DOCUMENTS]
    assert await kept(uploader.person) == 0
    assert await reserved(uploader.person.id) == 0
    listed = await uploader.fetch("/api/v1/uploads")
    assert len(listed.json()["data"]["items"]) == 5


async def test_a_cloud_file_that_is_named_gets_a_version(uploader, contents):
    content = contents[StorageKind.FILES]
    file_id = None
    for version in (1, 2):
        named = {} if file_id is None else {"file_id": file_id}
        begun = await uploader.begin(len(content), purpose="cloud_file", **named)
        sent = await uploader.send(begun.headers["location"], 0, content)
        file = (await uploader.fetch(sent.headers["upload-result"])).json()["data"]
        assert (file["version"], file_id in {None, file["id"]}) == (version, True)
        file_id = file["id"]
    missing = str(uuid4())
    refused = await uploader.begin(len(content), purpose="cloud_file", file_id=missing)
    assert (refused.status_code, refused.json()["code"]) == (404, "file_not_found")


async def test_bytes_stay_that_arrived_before_the_connection_broke(
    uploader, app, settings, contents
):
    content = contents[StorageKind.FILES]
    url = (await uploader.begin(len(content), purpose="cloud_file")).headers["location"]
    headers = CHUNK | uploader.person.headers | {"upload-offset": "0", "content-length": "1000"}
    scope = {
        "path": httpx.URL(url).path,
        "method": "PATCH",
        "headers": [(name.lower().encode(), text.encode()) for name, text in headers.items()],
    }
    body = {"type": "http.request", "body": content[:300], "more_body": True}

    await ask(wrap(app, settings), scope, [body, {"type": "http.disconnect"}])

    assert await uploader.offset(url) == 300
    # With a checksum, what arrived can't be checked, and is discarded.
    scope["headers"][-2:] = [
        (b"upload-offset", b"300"),
        (b"content-length", b"700"),
        (b"upload-checksum", b"sha1 " + base64.b64encode(hashlib.sha1(content[300:]).digest())),
    ]
    await ask(wrap(app, settings), scope, [body, {"type": "http.disconnect"}])
    assert await uploader.offset(url) == 300


async def test_the_latest_request_continues_an_upload(uploader, contents, kept, work):
    content = contents[StorageKind.FILES]
    url = (await uploader.begin(len(content), purpose="cloud_file")).headers["location"]
    started, goes_on = asyncio.Event(), asyncio.Event()

    async def slow():
        yield content[:500]
        started.set()
        await goes_on.wait()
        yield content[500:]

    dead = asyncio.create_task(uploader.send(url, 0, slow()))
    await started.wait()
    answer = await uploader.send(url, 0, content[:600])
    assert (answer.status_code, answer.headers["upload-offset"]) == (204, "600")
    goes_on.set()

    assert (await dead).json()["code"] == "upload_taken_over"
    assert await kept(uploader.person) == 1
    assert (await uploader.send(url, 600, content[600:])).status_code == 204
    await work()
    assert await kept(uploader.person) == 0


async def test_what_does_not_fit_is_refused_and_changes_nothing(
    uploader, contents, client, services
):
    content = contents[StorageKind.FILES]
    url = (await uploader.begin(1000, purpose="cloud_file")).headers["location"]
    assert (await uploader.send(url, 0, content[:400])).status_code == 204

    async def unannounced():
        yield bytes(601)

    stranger = Uploader(client, await make.person(services, Role.CREATOR))
    wrong_sum = "sha256 " + base64.b64encode(hashlib.sha256(b"x").digest()).decode()
    refused = [
        (await uploader.send(url, 0, content[400:]), 409, "wrong_offset"),
        (await uploader.send(url, 401, content[401:]), 409, "wrong_offset"),
        (await uploader.send(url, 400, bytes(601)), 413, "too_many_bytes"),
        (await uploader.send(url, 400, unannounced()), 413, "too_many_bytes"),
        (await uploader.send(url, 400, b"1", **{"tus-resumable": "0.2"}), 412, None),
        (await uploader.send(url, 400, b"1", **{"content-type": "text/plain"}), 415, None),
        (await uploader.send(url, 400, b"1", **{"upload-checksum": wrong_sum}), 460, None),
        (await uploader.send(url, 400, b"1", **{"upload-checksum": "crc9 aa"}), 400, None),
        (await uploader.send(url, 400, b"1", **{"upload-checksum": b"sha1 \xe9"}), 400, None),
        (await uploader.send(url, -1, b"1"), 400, None),
        (await stranger.send(url, 400, content[400:]), 404, "upload_not_found"),
        (await stranger.fetch(url), 404, "upload_not_found"),
        (await uploader.send(f"/api/v1/uploads/{uuid4()}", 0, b"1"), 404, None),
    ]
    for answer, status, code in refused:
        assert answer.status_code == status, answer.text
        assert code in {None, answer.json()["code"]}
        assert answer.headers["tus-resumable"] == "1.0.0"
        assert answer.headers.get("tus-version") == ("1.0.0" if status == 412 else None)
    assert await uploader.offset(url) == 400
    intact = "sha1 " + base64.b64encode(hashlib.sha1(content[400:]).digest()).decode()
    last = await uploader.send(url, 400, content[400:], **{"upload-checksum": intact})
    assert last.status_code == 204
    assert (await uploader.send(url, 1000, b"")).json()["code"] == "upload_ended"


async def test_creation_is_refused_as_the_form_would_be(
    uploader, client, services, narrow, product_id
):
    member = Uploader(client, await make.person(services))
    narrow(StorageKind.TRACKS, 100_000)
    large = 65 * 1024 * 1024
    refused = [
        (await uploader.begin(10), 400, "unknown_purpose"),
        (await uploader.begin(10, purpose="poem"), 400, "unknown_purpose"),
        (await uploader.begin(10, purpose="track", title="T" * 201), 400, "invalid_input"),
        (await uploader.begin(10, purpose="track", title="T", filename=""), 400, None),
        (await uploader.begin(100_001, purpose="track", title="T"), 413, "quota_exceeded"),
        (await uploader.begin(large, purpose="cloud_file"), 413, "file_too_large"),
        (await member.begin(10, purpose="track", title="T"), 403, "forbidden"),
        (await member.begin(10, purpose="product_file", product_id=str(product_id)), 403, None),
        (await uploader.begin(10, purpose="product_file", product_id=str(uuid4())), 404, None),
        (await uploader.begin(10, purpose="gear_document", gear_id="x"), 400, None),
        (await uploader.begin(-1, purpose="cloud_file"), 400, None),
        (await uploader.begin(1, purpose="cloud_file", more={"tus-resumable": ""}), 412, None),
        (await uploader.begin(1, more={"upload-metadata": "purpose %%%"}), 400, "bad_metadata"),
        (await uploader.begin(1, more={"upload-metadata": b"purpose \xe9"}), 400, "bad_metadata"),
        (await uploader.begin(1, purpose="cloud_file", folder="x" * 13_000), 400, "bad_metadata"),
    ]
    for answer, status, code in refused:
        assert answer.status_code == status, answer.text
        assert code in {None, answer.json()["code"]}, answer.text
        assert answer.headers.get("tus-version") == ("1.0.0" if status == 412 else None)
    # A reservation counts until it is given up.
    held = await uploader.begin(99_000, purpose="track", title="T")
    assert held.status_code == 201
    assert (await uploader.begin(2000, purpose="track", title="T")).status_code == 413
    wanted = TUS | uploader.person.headers
    ended = await client.delete(held.headers["location"], headers=wanted)
    assert ended.status_code == 204
    assert (await uploader.begin(2000, purpose="track", title="T")).status_code == 201


async def test_a_file_that_is_refused_says_why_and_leaves_nothing(
    uploader, kept, reserved, work, client, monkeypatch
):
    content = b"no sound at all" * 100
    begun = await uploader.begin(len(content), purpose="track", title="T", body=content)
    assert begun.json()["code"] == "not_audio", begun.text

    [shown] = (await uploader.fetch("/api/v1/uploads")).json()["data"]["items"]
    assert (shown["state"], shown["failure"]["code"]) == ("failed", "not_audio")
    url = f"{BASE_URL}/api/v1/uploads/{shown['id']}"
    # A client that lost the answer must not take the length for success.
    assert (await client.head(url, headers=uploader.person.headers)).status_code == 403
    await work()
    assert await kept(uploader.person) == 0
    assert await reserved(uploader.person.id) == 0

    monkeypatch.setattr(queries, "MAX_RESUMABLE", 1)
    last = (await uploader.begin(20, purpose="cloud_file")).json()["data"]
    listed = (await uploader.fetch("/api/v1/uploads")).json()["data"]["items"]
    assert [each["id"] for each in listed] == [last["id"]]


async def test_an_upload_of_which_the_storage_lost_something_is_refused(uploader, services):
    url = (await uploader.begin(20, purpose="cloud_file")).headers["location"]
    await uploader.send(url, 0, bytes(10))
    await services.storage.delete_folder(rules.folder_of(UUID(url.rpartition("/")[2])))
    last = await uploader.send(url, 10, bytes(10))
    assert (last.status_code, last.json()["code"]) == (409, "upload_damaged")
    assert (await uploader.show(url))["state"] == "failed"


async def test_a_file_is_refused_by_its_beginning(uploader, kept, reserved, work):
    begun = await uploader.begin(50_000_000, purpose="track", title="T")
    url = begun.headers["location"]
    first = await uploader.send(url, 0, b"no sound at all" * 300)

    assert first.json()["code"] == "not_audio"
    assert (await uploader.show(url))["failure"]["code"] == "not_audio"
    assert (await uploader.send(url, 0, b"")).json()["code"] == "upload_ended"
    await work()
    assert (await kept(uploader.person), await reserved(uploader.person.id)) == (0, 0)


async def test_parts_that_are_sent_side_by_side_become_one_file(
    uploader, contents, kept, reserved, work
):
    content = bytes(range(250)) * 4
    cuts = [content[:100], content[100:101], content[101:]]
    partial = {"upload-concat": "partial"}
    begun = [await uploader.begin(len(cut), purpose="cloud_file", more=partial) for cut in cuts]
    urls = [answer.headers["location"] for answer in begun]
    final = {"upload-concat": "final;" + " ".join(urls)}
    early = await uploader.begin(0, purpose="cloud_file", more=final)
    assert early.json()["code"] == "parts_unfinished"
    sent = await asyncio.gather(
        *(uploader.send(url, 0, cut) for url, cut in zip(urls, cuts, strict=True))
    )
    assert [answer.status_code for answer in sent] == [204] * 3

    unreadable = [*urls, "http://[x"]
    for wrong in (urls + urls[:1], [*urls, f"/api/v1/uploads/{uuid4()}"], [], unreadable):
        told = {"upload-concat": "final;" + " ".join(wrong)}
        assert (await uploader.begin(0, purpose="cloud_file", more=told)).status_code == 400
    other = await uploader.begin(0, purpose="image", more=final)
    assert other.json()["code"] == "parts_unfinished"
    made = await uploader.begin(0, purpose="cloud_file", more=final)

    assert made.status_code == 201, made.text
    assert "upload-offset" in made.headers
    assert made.headers["upload-concat"] == final["upload-concat"]
    file = await uploader.fetch(f"{made.headers['upload-result']}/download")
    assert file.content == content
    assert (await uploader.fetch(urls[0])).status_code == 404
    await work()
    assert await kept(uploader.person) == 0
    assert await reserved(uploader.person.id) == 0


async def test_parts_leave_it_to_the_final_upload_what_they_are_for(
    uploader, client, services, contents, narrow, kept, reserved, work
):
    """As aiotus sends them: without metadata."""
    member = Uploader(client, await make.person(services))
    content = contents[StorageKind.IMAGES]
    partial = {"upload-concat": "partial", "upload-metadata": ""}
    urls = []
    for cut in (content[:50], content[50:]):
        begun = await member.begin(len(cut), more=partial)
        assert begun.status_code == 201, begun.text
        urls.append(begun.headers["location"])
        assert (await member.send(urls[-1], 0, cut)).status_code == 204
    final = {"upload-concat": "final;" + " ".join(urls)}

    assert (await member.begin(0, more=final)).json()["code"] == "unknown_purpose"
    refused = await member.begin(0, purpose="track", title="T", more=final)
    assert refused.json()["code"] == "forbidden"
    narrow(StorageKind.IMAGES, len(content) - 1)
    assert (await member.begin(0, purpose="image", more=final)).json()["code"] == "quota_exceeded"
    narrow(StorageKind.IMAGES, 1_000_000)
    made = await member.begin(0, purpose="image", more=final)

    assert made.status_code == 201, made.text
    assert (await member.fetch(made.headers["upload-result"])).status_code == 200
    await work()
    assert (await kept(member.person), await reserved(member.person.id)) == (0, 0)


async def test_parts_without_a_purpose_take_up_storage_of_one_that_has_room(
    uploader, client, services, narrow
):
    member = Uploader(client, await make.person(services))
    partial = {"upload-concat": "partial", "upload-metadata": ""}
    narrow(StorageKind.IMAGES, 100)
    narrow(StorageKind.GEAR_DOCUMENTS, 300)
    sizes = (200, 100, 70_000_000)

    assert [(await member.begin(size, more=partial)).status_code for size in sizes] == [
        *(201, 201, 413)
    ]


async def test_a_job_completes_what_a_killed_process_left(uploader, services, app, contents, work):
    content = contents[StorageKind.FILES]
    url = (await uploader.begin(len(content), purpose="cloud_file")).headers["location"]
    resumable = app.state.services.get(ResumableUploads)

    async def vanish(_owner, _form):
        raise Vanished

    purpose = structs.replace(resumable.purposes["cloud_file"], complete=vanish)
    dying = structs.replace(resumable, purposes={**resumable.purposes, "cloud_file": purpose})
    upload_id = UUID(url.rpartition("/")[2])
    chunk = IncomingChunk(0, pieces(content))
    with pytest.raises(Vanished):
        await completion.receive(dying, uploader.person.member, upload_id, chunk)

    # Its writer still has the upload, and may be alive.
    await jobs.complete_upload(resumable, CompleteUpload(upload_id))
    again = await uploader.send(url, len(content), b"")
    assert (again.status_code, await uploader.offset(url)) == (204, len(content))
    assert await state_of(services, upload_id) == "received"
    await pass_time(services, upload_id)
    await jobs.complete_uploads(services.database)
    await work()
    await jobs.complete_upload(resumable, CompleteUpload(upload_id))
    assert await state_of(services, upload_id) == "completed"


async def test_what_nobody_continues_is_swept(uploader, services, kept, reserved, work):
    url = (await uploader.begin(1000, purpose="cloud_file")).headers["location"]
    await uploader.send(url, 0, bytes(400))
    assert (await kept(uploader.person), await reserved(uploader.person.id)) == (1, 1)
    folder = rules.folder_of(UUID(url.rpartition("/")[2]))

    await jobs.sweep_uploads(services.uploads)
    assert await uploader.offset(url) == 400
    await pass_time(services, UUID(url.rpartition("/")[2]))
    assert (await uploader.send(url, 400, bytes(600))).status_code == 404
    await jobs.sweep_uploads(services.uploads)
    await work()

    assert await services.storage.list_keys(folder) == []
    assert await reserved(uploader.person.id) == 0


async def test_the_storage_may_be_an_s3_and_the_bytes_many(
    app, services, uploader, s3, tmp_path, monkeypatch
):
    storage = open_storage(s3.url("resumable"), tmp_path)
    on_s3 = with_storage(services, storage)
    resumable = create_registry(on_s3).get(ResumableUploads)
    content = os.urandom(1_000_000)
    # So that one request makes many segments, as a long one does.
    monkeypatch.setattr(rules, "SEGMENT_BYTES", 100_000)
    with replaced(app, resumable):
        url = (await uploader.begin(len(content), purpose="cloud_file")).headers["location"]
        parts = [content[at : at + 30_000] for at in range(0, len(content), 30_000)]
        first = await uploader.send(url, 0, pieces(*parts[:20]))
        assert (first.status_code, first.headers["upload-offset"]) == (204, "600000")
        folder = rules.folder_of(UUID(url.rpartition("/")[2]))
        assert len(await storage.list_keys(folder)) == 5
        last = await uploader.send(url, 600_000, pieces(*parts[20:]))
        assert last.status_code == 204, last.text

    [stored] = [key for key in await storage.list_keys("blobs") if key.endswith("/content")]
    assert await storage.read_all(stored) == content
    assert (await uploader.show(url))["state"] == "completed"
    storage.close()


async def test_clients_find_out_what_is_spoken_and_may_do_without_patch(
    uploader, client, app, settings
):
    spoken = (await client.options("uploads")).headers
    assert spoken["tus-version"] == spoken["tus-resumable"] == "1.0.0"
    assert spoken["tus-max-size"] == str(settings.upload_max_bytes)
    assert "concatenation" in spoken["tus-extension"].split(",")
    assert "sha1" in spoken["tus-checksum-algorithm"].split(",")
    assert spoken["upload-limit"].endswith("max-append-size=90000000")

    url = (await uploader.begin(2, purpose="cloud_file")).headers["location"]
    headers = CHUNK | uploader.person.headers | {"upload-offset": "0"}
    headers["x-http-method-override"] = "PATCH"
    # No operation of the document is called so.
    async with calling(wrap(app, settings)) as bare:
        sent = await bare.post(url, headers=headers, content=b"ok")
    assert (sent.status_code, sent.headers["upload-offset"]) == (204, "2")
