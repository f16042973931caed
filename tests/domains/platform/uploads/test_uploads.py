"""Uploads are held to the quotas, one by one and side by side, before and while they come."""

import asyncio
import re
from uuid import uuid4

import pytest
from msgspec import structs

from tests.calls import list_calls
from tests.http.apps import replaced
from veza.app.worker import run_until_empty
from veza.domains.platform.uploads.jobs import sweep_uploads
from veza.domains.platform.uploads.models import NewUpload, QuotaLimit, StorageKind
from veza.domains.platform.uploads.service import UploadSession

KINDS = [
    StorageKind.TRACKS,
    StorageKind.IMAGES,
    StorageKind.PRODUCT_FILES,
    StorageKind.GEAR_DOCUMENTS,
]


@pytest.fixture
async def size_of(send, usage, creator):
    """What one upload of a kind takes, found out by one that is there then."""

    async def find(kind):
        answer = await send(kind)
        assert answer.status_code == 201, answer.text
        [(size, count)] = [one for name, one in (await usage(creator.id)).items() if name == kind]
        assert count == 1
        return size

    return find


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
async def test_ten_parallel_uploads_never_exceed_a_quota_together(
    send, narrow, usage, creator, reserved, size_of, kind
):
    size = await size_of(kind)
    # Room for three more, and for half of a fourth one.
    narrow(kind, 4 * size + size // 2)

    answers = await asyncio.gather(*(send(kind) for _ in range(10)))
    for _ in range(4):
        answers.append(await send(kind))

    codes = sorted(answer.status_code for answer in answers)
    assert codes == [201] * 3 + [413] * 11
    assert (await usage(creator.id))[kind] == (4 * size, 4)
    assert await reserved(creator.id) == 0
    refused = answers[-1].json()
    assert refused["code"] in {"quota_exceeded", "gear_documents_full"}
    assert refused["details"] == [{"field": "file", "message": f"{size // 2} bytes are left."}]


@pytest.mark.parametrize("kind", [StorageKind.TRACKS, StorageKind.IMAGES])
async def test_the_number_has_a_bound_too(send, narrow, usage, creator, kind):
    narrow(kind, 10**9, 3)

    answers = await asyncio.gather(*(send(kind) for _ in range(6)))
    answers.append(await send(kind))

    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [413] * 4
    assert (await usage(creator.id))[kind][1] == 3
    assert answers[-1].json()["code"] == "quota_of_objects_exceeded"
    assert answers[-1].json()["details"] == [{"field": "file", "message": "0 of 3 are left."}]


@pytest.mark.parametrize(
    "kind", [StorageKind.TRACKS, StorageKind.PRODUCT_FILES, StorageKind.GEAR_DOCUMENTS]
)
async def test_what_is_announced_as_too_much_is_refused_before_it_is_sent(
    client, creator, narrow, paths, kind
):
    narrow(kind, 1000)

    async def body():
        yield b"x"

    told = {"content-type": "multipart/form-data; boundary=b", "content-length": "40000000"}
    answer = await client.post(paths[kind], headers=creator.headers | told, content=body())

    assert answer.status_code == 413
    assert answer.json()["details"] == [{"field": "file", "message": "1000 bytes are left."}]


def _form(boundary, pieces, **fields):
    """Return a form of unknown length."""

    async def body():
        for name, value in fields.items():
            head = f'--{boundary}\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n'
            yield f"{head}{value}\r\n".encode()
        yield (
            f'--{boundary}\r\ncontent-disposition: form-data; name="file"; filename="a.bin"\r\n\r\n'
        ).encode()
        async for piece in pieces:
            yield piece
        yield f"\r\n--{boundary}--\r\n".encode()

    return body()


async def test_what_becomes_too_much_is_refused_while_it_comes(
    client, creator, narrow, paths, services, reserved, usage
):
    narrow(StorageKind.PRODUCT_FILES, 100_000)
    sent = []

    async def pieces():
        for _ in range(1000):
            sent.append(1)
            yield bytes(10_000)

    answer = await client.post(
        paths[StorageKind.PRODUCT_FILES],
        headers=creator.headers | {"content-type": "multipart/form-data; boundary=b"},
        content=_form("b", pieces()),
    )

    assert answer.status_code == 413
    assert answer.json()["code"] == "quota_exceeded"
    assert len(sent) < 20
    assert await reserved(creator.id) == 0
    assert await usage(creator.id) == {}


class _HalfOpen:
    """Uploads that sent a part of a file, and don't go on."""

    def __init__(self, client, headers, path):
        self.headers = headers | {"content-type": "multipart/form-data; boundary=b"}
        self.client, self.path = client, path
        self.may_end = asyncio.Event()

    async def begin(self, size=1000):
        has_begun = asyncio.Event()

        async def pieces():
            yield bytes(size)
            has_begun.set()
            await self.may_end.wait()

        form = _form("b", pieces())
        request = self.client.post(self.path, headers=self.headers, content=form)
        task = asyncio.ensure_future(request)
        waiting = asyncio.ensure_future(has_begun.wait())
        await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        return task

    async def end(self, *tasks):
        self.may_end.set()
        return await asyncio.gather(*tasks)


@pytest.mark.parametrize("kind", [StorageKind.PRODUCT_FILES, StorageKind.FILES])
async def test_a_member_has_so_many_uploads_under_way_at_most_whatever_their_kind(
    client, creator, narrow, paths, send, reserved, kind
):
    narrow(StorageKind.TRACKS, 10**9, uploads=4)
    half_open = _HalfOpen(client, creator.headers, paths[kind])
    begun = [await half_open.begin() for _ in range(6)]

    refused = [task.result() for task in begun if task.done()]
    assert [one.status_code for one in refused] == [429, 429]
    assert {one.json()["code"] for one in refused} == {"too_many_uploads"}
    assert int(refused[0].headers["retry-after"]) > 0
    assert await reserved(creator.id) == 4
    for other in StorageKind:
        assert (await send(other)).status_code == 429

    ended = await half_open.end(*begun)
    assert sorted(one.status_code for one in ended) == [201] * 4 + [429] * 2
    assert await reserved(creator.id) == 0
    assert (await send(kind)).status_code == 201


async def test_a_half_open_upload_holds_its_room(client, creator, narrow, paths, send):
    narrow(StorageKind.PRODUCT_FILES, 1500)
    half_open = _HalfOpen(client, creator.headers, paths[StorageKind.PRODUCT_FILES])
    upload = await half_open.begin(600)

    # All that is left is reserved for one that doesn't say how long it is.
    assert (await send(StorageKind.PRODUCT_FILES)).status_code == 413
    assert [one.status_code for one in await half_open.end(upload)] == [201]
    assert (await send(StorageKind.PRODUCT_FILES, bytes(901))).status_code == 413
    assert (await send(StorageKind.PRODUCT_FILES, bytes(900))).status_code == 201


async def test_an_upload_that_is_broken_off_gives_its_room_back(
    client, creator, narrow, paths, send, reserved
):
    narrow(StorageKind.PRODUCT_FILES, 1000, uploads=1)
    half_open = _HalfOpen(client, creator.headers, paths[StorageKind.PRODUCT_FILES])
    upload = await half_open.begin(600)
    assert await reserved(creator.id) == 1

    upload.cancel()
    await asyncio.wait({upload})

    assert await reserved(creator.id) == 0
    assert (await send(StorageKind.PRODUCT_FILES)).status_code == 201


async def test_the_reservation_of_a_dead_process_expires(services, creator, narrow, send, reserved):
    narrow(StorageKind.PRODUCT_FILES, 1000, uploads=1)
    upload_id = uuid4()
    session = UploadSession(
        structs.replace(services.uploads, limits={StorageKind.PRODUCT_FILES: QuotaLimit(1000)}),
        creator.id,
        NewUpload(upload_id, StorageKind.PRODUCT_FILES, f"products/{upload_id}"),
    )
    await session.begin(None)
    assert (await send(StorageKind.PRODUCT_FILES)).status_code == 429

    async with services.database.transaction() as tx:
        expire = "update uploads set reserved_until = now() - interval '1 second' where id = $1"
        await tx.run(expire, upload_id)
    assert (await send(StorageKind.PRODUCT_FILES)).status_code == 201
    assert await reserved(creator.id) == 1


@pytest.mark.long
async def test_tracks_of_a_member_that_wait_to_be_processed_have_a_bound(
    app, services, creator, send
):
    with replaced(app, structs.replace(services.audio_storage, max_processing=2)):
        answers = [await send(StorageKind.TRACKS) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [201, 201, 429]
        assert answers[-1].json()["code"] == "too_many_in_processing"
        assert int(answers[-1].headers["retry-after"]) > 0
        await run_until_empty(services)
        assert (await send(StorageKind.TRACKS)).status_code == 201


async def test_a_member_is_told_how_much_they_keep(client, creator, narrow, size_of):
    size = await size_of(StorageKind.TRACKS)
    narrow(StorageKind.TRACKS, 10 * size, 5, uploads=7)

    answer = await client.get("users/me/storage", headers=creator.headers)

    shown = answer.json()["data"]
    assert shown["uploads_at_once"] == 7
    assert [one["kind"] for one in shown["quotas"]] == KINDS
    assert shown["quotas"][0] == {
        "kind": "tracks",
        "max_bytes": 10 * size,
        "used_bytes": size,
        "left_bytes": 9 * size,
        "max_objects": 5,
        "used_objects": 1,
    }


async def test_every_route_that_takes_a_body_of_any_length_reserves_room(
    app, client, creator, narrow, send, product_id, gear_id
):
    file_id = (await send(StorageKind.FILES)).json()["data"]["id"]
    tus = {
        "tus-resumable": "1.0.0",
        "content-type": "application/offset+octet-stream",
        "upload-length": "1",
        "upload-offset": "0",
        # A cloud file called `a`.
        "upload-metadata": "purpose Y2xvdWRfZmlsZQ==,filename YQ==",
    }
    begun = await client.post("uploads", headers=creator.headers | tus | {"content-type": ""})
    upload_id = begun.json()["data"]["id"]
    ids = {"product_id": product_id, "gear_id": gear_id, "file_id": file_id}
    ids |= {"upload_id": upload_id, "profile_id": creator.id}
    narrow(StorageKind.TRACKS, 10**9, uploads=0)
    unbounded = [
        call
        for call in list_calls()
        if call.handler.resolve_request_max_body_size() is None and call.method != "OPTIONS"
    ]

    assert len(unbounded) >= 8
    for call in unbounded:
        path = re.sub(r"\{(\w+):uuid\}", lambda found: str(ids[found[1]]), call.path)
        headers = creator.headers | {"content-type": "multipart/form-data; boundary=b"}
        if call.method == "PUT" and "/profiles/" not in call.path:
            headers = creator.headers
        if "/uploads" in call.path:
            headers = creator.headers | tus
        answer = await client.request(
            call.method, path.removeprefix("/api/v1/"), headers=headers, content=b"x"
        )
        assert answer.json()["code"] == "too_many_uploads", call


@pytest.mark.parametrize("kind", list(StorageKind))
async def test_beyond_the_memory_of_the_process_an_upload_is_put_off(
    services, send, creator, reserved, monkeypatch, kind
):
    with monkeypatch.context() as patch:
        patch.setattr(services.storage, "max_writes", 0)
        answer = await send(kind)

    assert (answer.status_code, answer.json()["code"]) == (503, "storage_busy")
    assert int(answer.headers["retry-after"]) > 0
    assert await reserved(creator.id) == 0
    assert (await send(kind)).status_code == 201


@pytest.mark.parametrize("kind", list(StorageKind))
async def test_a_form_without_its_file_names_the_missing_part(
    client, creator, paths, reserved, kind
):
    codes = {
        StorageKind.IMAGES: "image_missing",
        StorageKind.PRODUCT_FILES: "product_file_missing",
        StorageKind.GEAR_DOCUMENTS: "gear_document_missing",
    }
    for files in ({}, {"file": (None, "text")}):
        answer = await client.post(
            paths[kind],
            headers=creator.headers,
            files={"title": (None, "A tone")} | files,
        )
        assert (answer.status_code, answer.json()["code"]) == (400, codes.get(kind, "file_missing"))
        fault = {"field": "file", "message": "Send this part with a file name."}
        assert answer.json()["details"] == [fault]
    assert await reserved(creator.id) == 0


async def test_a_cover_without_a_file_names_the_missing_part(client, creator, contents):
    files = {"cover": (None, "text"), "file": ("a.wav", contents[StorageKind.TRACKS])}
    answer = await client.post("tracks", headers=creator.headers, files=files)
    assert answer.status_code == 400
    fault = {"field": "cover", "message": "Send this part with a file name."}
    assert answer.json()["details"] == [fault]


@pytest.mark.parametrize("kind", list(StorageKind))
async def test_an_upload_that_was_swept_while_it_was_received_can_not_be_finished(
    client, services, creator, paths, contents, reserved, kind
):
    before = await _list_objects(services)

    async def pieces():
        yield contents[kind]
        async with services.database.transaction() as tx:
            sql = "update uploads set started_at = now() - interval '25 hours' where owner_id = $1"
            assert await tx.run(sql, creator.id) == 1
        await sweep_uploads(services.uploads)

    answer = await client.post(
        paths[kind],
        headers=creator.headers | {"content-type": "multipart/form-data; boundary=b"},
        content=_form("b", pieces(), title="A tone"),
    )

    assert (answer.status_code, answer.json()["code"]) == (409, "upload_expired")
    assert await _list_objects(services) == before
    assert await reserved(creator.id) == 0


async def _list_objects(services):
    return {found.key async for batch in services.storage.walk() for found in batch}
