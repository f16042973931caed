"""Versions: what replaces what, how one goes back, and which thin out."""

import asyncio
from datetime import timedelta

import pytest

from tests.domains.cloud.files.upload_steps import REFS, some_bytes
from veza.domains.cloud.files import jobs
from veza.domains.cloud.files.models import MAX_SNAPSHOTS, MAX_VERSIONS, Retention

DAY = timedelta(days=1)


@pytest.fixture
def versions(client, ann):
    """List the versions of a file: `await versions(file_id, limit=2)`."""

    async def ask(file_id, **query):
        path = f"cloud/files/{file_id}/versions"
        answer = await client.get(path, headers=ann.headers, params=query)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert body["versions"] == body["data"]["versions"], "Its keys stand in both places."
        return body["data"]

    return ask


@pytest.fixture
def download(client, ann):
    async def get(file_id, **query):
        path = f"cloud/files/{file_id}/download"
        answer = await client.get(path, headers=ann.headers, params=query)
        return answer.content if answer.status_code == 200 else answer.json()["code"]

    return get


async def test_another_content_is_the_next_version(upload, replace, versions, download):
    old, new = some_bytes(), some_bytes(2000)
    file = await upload(old)

    replaced = await replace(file["id"], new)

    assert (replaced["version"], replaced["size_bytes"]) == (2, 2000)
    assert (replaced["id"], replaced["name"]) == (file["id"], file["name"])
    listed = (await versions(file["id"]))["versions"]
    assert [(each["version"], each["size_bytes"]) for each in listed] == [(2, 2000), (1, 1000)]
    assert {each["file_id"] for each in listed} == {file["id"]}
    assert await download(file["id"]) == new
    assert await download(file["id"], version=1) == old
    assert await download(file["id"], version=3) == "file_version_not_found"


async def test_where_the_bytes_lie_nobody_is_told(upload, versions, stored):
    file = await upload()
    [version] = (await versions(file["id"]))["versions"]
    assert version["storage_key"] == f"files/{file['id']}/1"
    assert version["id"] not in stored()


async def test_versions_go_on_by_cursor(upload, replace, versions):
    file = await upload()
    for n in range(4):
        await replace(file["id"], b"%d" % n)
    first = await versions(file["id"], limit=3)
    second = await versions(file["id"], limit=3, cursor=first["next_cursor"])
    numbers = [each["version"] for page in (first, second) for each in page["versions"]]
    assert numbers == [5, 4, 3, 2, 1]
    assert second["next_cursor"] is None


async def test_cursors_of_other_lists_are_refused(client, upload, ann):
    files = [await upload() for _ in range(2)]
    page = await client.get("cloud/files?limit=1", headers=ann.headers)
    cursor = page.json()["data"]["next_cursor"]
    path = f"cloud/files/{files[0]['id']}/versions?cursor={cursor}"
    answer = await client.get(path, headers=ann.headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_cursor")


async def test_a_snapshot_is_a_version_that_takes_no_room(client, upload, ann, versions, count):
    file = await upload()
    path = f"cloud/files/{file['id']}/versions"

    answer = await client.post(path, headers=ann.headers)

    assert answer.status_code == 201
    taken = answer.json()["data"]
    assert (taken["version"], taken["is_snapshot"]) == (2, True)
    assert taken["sha256"] == file["sha256"]
    assert [each["version"] for each in (await versions(file["id"]))["versions"]] == [2, 1]
    assert await count(REFS, file["sha256"]) == 2
    quota = (await client.get("cloud/quota", headers=ann.headers)).json()["data"]
    assert quota["used_bytes"] == 1000


async def test_restoring_makes_the_next_version(client, upload, replace, ann, download, count):
    old, new = some_bytes(), some_bytes()
    file = await upload(old)
    await replace(file["id"], new)

    answer = await client.post(f"cloud/files/{file['id']}/restore/1", headers=ann.headers)

    assert answer.status_code == 200
    assert answer.json()["data"]["version"] == 3
    assert await download(file["id"]) == old
    assert await download(file["id"], version=2) == new
    assert await count(REFS, file["sha256"]) == 2
    for version in (0, 4, -1, 2**31 - 1):
        path = f"cloud/files/{file['id']}/restore/{version}"
        answer = await client.post(path, headers=ann.headers)
        assert (answer.status_code, answer.json()["code"]) == (404, "file_version_not_found")
    beyond = await client.post(f"cloud/files/{file['id']}/restore/{2**40}", headers=ann.headers)
    assert beyond.status_code in {400, 404}


async def test_versions_made_at_once_follow_each_other(client, upload, replace, ann, versions):
    file = await upload()
    snapshot = f"cloud/files/{file['id']}/versions"
    await asyncio.gather(
        *(replace(file["id"], some_bytes()) for _ in range(4)),
        *(client.post(snapshot, headers=ann.headers) for _ in range(4)),
    )
    listed = (await versions(file["id"]))["versions"]
    assert [each["version"] for each in listed] == list(range(9, 0, -1))


async def test_a_former_version_is_deleted_for_its_room(client, upload, replace, ann, count):
    file = await upload()
    await replace(file["id"], some_bytes(500))
    path = f"cloud/files/{file['id']}/versions"

    answer = await client.delete(f"{path}/1", headers=ann.headers)

    assert (answer.status_code, answer.json()["data"]["version"]) == (200, 1)
    assert await count(REFS, file["sha256"]) == 0
    again = await client.delete(f"{path}/1", headers=ann.headers)
    assert (again.status_code, again.json()["code"]) == (404, "file_version_not_found")
    current = await client.delete(f"{path}/2", headers=ann.headers)
    assert (current.status_code, current.json()["code"]) == (409, "file_version_in_use")


async def test_a_form_is_no_content(client, upload, ann, stored, work):
    file = await upload()
    await work()
    before = stored()
    path = f"cloud/files/{file['id']}/content"
    answer = await client.put(path, headers=ann.headers, files={"file": ("a", b"x")})
    assert answer.status_code == 415
    await work()
    assert stored() == before


async def test_a_file_has_so_many_versions(client, services, upload, replace, ann, stored, work):
    file = await upload()
    sql = """
        insert into file_versions (id, file_id, version, sha256, size_bytes, content_type,
                                   is_snapshot)
             select gen_random_uuid(), $1, n, $2, 1000, 'a/b', n <= $4
               from generate_series(2, $3::integer) n
    """
    async with services.database.transaction() as tx:
        await tx.run(sql, file["id"], file["sha256"], MAX_VERSIONS, MAX_SNAPSHOTS + 1)
        await tx.run("update files set version = $2 where id = $1", file["id"], MAX_VERSIONS)
        more = MAX_VERSIONS - 1
        await tx.run("update blobs set refs = refs + $2 where sha256 = $1", file["sha256"], more)
    await work()
    before = stored()

    assert (await replace(file["id"], b"more", status=409))["code"] == "too_many_versions"
    path = f"cloud/files/{file['id']}/versions"
    answer = await client.post(path, headers=ann.headers)
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_snapshots")
    await work()
    assert stored() == before


async def test_former_versions_thin_out_but_for_snapshots(
    client, services, upload, replace, ann, versions, count
):
    file = await upload()
    await client.post(f"cloud/files/{file['id']}/versions", headers=ann.headers)
    for n in range(6):
        await replace(file["id"], b"%d" % n + some_bytes())
    # Those of one hour, two days ago.
    sql = """
        update file_versions
           set created_at = date_trunc('day', now()) - interval '2 days'
                            + version * interval '1 minute'
         where file_id = $1 and version < 8
    """
    async with services.database.transaction() as tx:
        await tx.run(sql, file["id"])

    await jobs.thin_versions(services.database, Retention(30 * DAY, None))
    assert len((await versions(file["id"]))["versions"]) == 8
    for _ in range(2):
        await jobs.thin_versions(services.database, Retention(30 * DAY, DAY))

    left = (await versions(file["id"]))["versions"]
    assert [each["version"] for each in left] == [8, 7, 2]
    # The snapshot has it still, the first version no more.
    assert await count(REFS, file["sha256"]) == 1
