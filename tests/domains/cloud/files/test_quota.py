"""Room: distinct contents count, and the trash makes some where it is needed."""

import asyncio

import pytest

from tests import make
from tests.domains.cloud.files.upload_steps import some_bytes

pytestmark = pytest.mark.usefixtures("small_quota")


@pytest.fixture
def quota(client, ann):
    async def ask():
        answer = await client.get("cloud/quota", headers=ann.headers)
        assert answer.status_code == 200
        return answer.json()["data"]

    return ask


async def test_distinct_contents_count(upload, replace, quota):
    content = some_bytes(3000)
    file = await upload(content)
    for _ in range(3):
        await upload(content)
    await replace(file["id"], content)
    assert await quota() == {
        "quota_bytes": 10_000,
        "used_bytes": 3000,
        "sent_bytes": 0,
        "trash_bytes": 0,
        "left_bytes": 7000,
    }


async def test_what_finds_no_room_is_told_how_much_is_left(upload, replace, stored, work, quota):
    file = await upload(some_bytes(6000))
    await work()
    before = stored()

    refused = await upload(some_bytes(4001), status=413)
    assert refused["code"] == "quota_exceeded"
    assert refused["details"] == [{"field": "file", "message": "4000 bytes are left."}]
    # One that is no larger than what is there is received whole before it is known.
    assert (await upload(some_bytes(6000), status=413))["code"] == "quota_exceeded"
    assert (await replace(file["id"], some_bytes(4001), status=413))["code"] == "quota_exceeded"
    assert (await upload(bytes(8001), status=413))["code"] in {"quota_exceeded", "file_too_large"}
    await work()
    assert stored() == before
    await upload(some_bytes(4000))
    assert (await quota())["left_bytes"] == 0


async def test_a_file_is_never_larger_than_any_may_be(upload):
    assert (await upload(bytes(8001), status=413))["code"] == "file_too_large"
    assert (await upload(bytes(200_000), status=413))["code"] == "file_too_large"
    await upload(some_bytes(8000))


@pytest.mark.parametrize(
    ("size", "code"),
    [(4001, "quota_exceeded"), (8001, "file_too_large"), (10**17, "file_too_large")],
)
async def test_what_is_announced_as_too_much_is_refused_before_it_is_sent(
    client, upload, ann, count, size, code
):
    file = await upload(some_bytes(3000))
    await upload(some_bytes(3000))
    uploads = "select count(*) from uploads"
    before = await count(uploads)

    async def body():
        # What was announced doesn't come: it isn't looked at.
        yield b"x"

    form = {"content-type": "multipart/form-data; boundary=b"}
    for method, path, more, headers in (
        ("PUT", f"cloud/files/{file['id']}/content", 0, {}),
        ("POST", "cloud/files", 64 * 1024, form),
    ):
        told = ann.headers | headers | {"content-length": str(size + more)}
        answer = await client.request(method, path, headers=told, content=body())
        assert (answer.status_code, answer.json()["code"]) == (413, code)
    assert await count(uploads) == before


@pytest.mark.parametrize("length", ["-1", "²", "", "9" * 30, "abc"])
async def test_a_length_that_is_none_announces_nothing(client, upload, ann, length):
    file = await upload(some_bytes(100))
    told = [*ann.headers.items(), (b"content-length", length.encode("latin-1"))]
    path = f"cloud/files/{file['id']}/content"
    answer = await client.put(path, headers=told, content=some_bytes(200))
    assert answer.status_code == 200


async def test_what_is_held_already_needs_no_room(upload, replace):
    content, file = some_bytes(8000), await upload(some_bytes(2000))
    await upload(content)
    await upload(content)
    assert (await replace(file["id"], content))["version"] == 2


async def test_what_others_hold_needs_room_all_the_same(upload, bob):
    content = some_bytes(8000)
    await upload(some_bytes(8000), by=bob)
    await upload(content)
    assert (await upload(content, by=bob, status=413))["code"] == "quota_exceeded"


async def test_the_trash_makes_room_the_oldest_first(client, upload, ann, quota):
    files = [await upload(some_bytes(3000), name) for name in ("a", "b", "c")]
    for file in files[:2]:
        await client.delete(f"cloud/files/{file['id']}", headers=ann.headers)
    assert await quota() == {
        "quota_bytes": 10_000,
        "used_bytes": 3000,
        "sent_bytes": 0,
        "trash_bytes": 6000,
        "left_bytes": 7000,
    }

    await upload(some_bytes(4000), "d")

    trash = await client.get("cloud/files?trashed=true", headers=ann.headers)
    assert [file["name"] for file in trash.json()["data"]["files"]] == ["b"]


async def test_the_trash_is_left_alone_where_it_would_not_suffice(client, upload, ann):
    files = [await upload(some_bytes(5000), name) for name in ("a", "b")]
    await client.delete(f"cloud/files/{files[0]['id']}", headers=ann.headers)
    refused = await upload(some_bytes(5001), status=413)
    assert refused["details"] == [{"field": "file", "message": "5000 bytes are left."}]
    trash = await client.get("cloud/files?trashed=true", headers=ann.headers)
    assert [file["name"] for file in trash.json()["data"]["files"]] == ["a"]


async def test_many_uploads_at_once_never_hold_more_than_may_be(client, services, upload, quota):
    person = await make.person(services)

    async def post():
        files = {"file": ("a", some_bytes(3000))}
        answer = await client.post("cloud/files", headers=person.headers, files=files)
        return answer.status_code

    statuses = await asyncio.gather(*(post() for _ in range(6)))

    assert sorted(statuses) == [201, 201, 201, 413, 413, 413]
    assert (await quota())["used_bytes"] == 0
