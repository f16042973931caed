"""The trash: what lies there is in no other list, comes back, and goes in the end."""

import asyncio
from datetime import timedelta

import pytest

from tests import make
from tests.domains.cloud.files.upload_steps import REFS, some_bytes
from veza.domains.cloud.files import jobs, personal_data
from veza.domains.cloud.files.models import Retention

DAY = timedelta(days=1)


@pytest.fixture
def names(client, ann):
    async def ask(**query):
        answer = await client.get("cloud/files", headers=ann.headers, params=query)
        return [file["name"] for file in answer.json()["data"]["files"]]

    return ask


async def test_what_lies_in_the_trash_is_there_alone(client, upload, ann, names):
    file = await upload(name="a")
    path = f"cloud/files/{file['id']}"

    answer = await client.delete(path, headers=ann.headers)

    assert answer.status_code == 200
    assert answer.json()["data"]["trashed_at"] is not None
    assert (await names(), await names(trashed=True)) == ([], ["a"])
    for method, place in (
        ("GET", path),
        ("GET", f"{path}/download"),
        ("GET", f"{path}/versions"),
        ("POST", f"{path}/versions"),
        ("POST", f"{path}/restore/1"),
        ("DELETE", path),
    ):
        answer = await client.request(method, place, headers=ann.headers)
        assert (answer.status_code, answer.json()["code"]) == (404, "file_not_found"), place


async def test_what_is_taken_out_is_as_it_was(client, upload, ann, names):
    content = some_bytes()
    file = await upload(content, "a", folder="b")
    path = f"cloud/files/{file['id']}"
    assert (await client.post(f"{path}/restore", headers=ann.headers)).status_code == 409
    await client.delete(path, headers=ann.headers)

    answer = await client.post(f"{path}/restore", headers=ann.headers)

    assert answer.status_code == 200
    assert answer.json()["data"] == file
    assert (await names(folder="b"), await names(trashed=True)) == (["a"], [])
    again = await client.get(f"{path}/download", headers=ann.headers)
    assert again.content == content


@pytest.mark.parametrize("is_trashed", [True, False])
async def test_what_is_deleted_for_good_is_gone(client, upload, replace, ann, count, is_trashed):
    file = await upload()
    await replace(file["id"], some_bytes())
    path = f"cloud/files/{file['id']}"
    if is_trashed:
        await client.delete(path, headers=ann.headers)

    answer = await client.delete(f"{path}?forever=true", headers=ann.headers)

    assert (answer.status_code, answer.json()["data"]["version"]) == (200, 2)
    assert await count(REFS, file["sha256"]) == 0
    assert await count("select count(*) from file_versions where file_id = $1", file["id"]) == 0
    again = await client.delete(f"{path}?forever=true", headers=ann.headers)
    assert again.status_code == 404


async def test_deleting_twice_at_once_counts_once(client, upload, ann, bob, count):
    content = some_bytes()
    file, _ = await upload(content), await upload(content, by=bob)
    path = f"cloud/files/{file['id']}?forever=true"
    answers = await asyncio.gather(*(client.delete(path, headers=ann.headers) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 404, 404, 404]
    assert await count(REFS, file["sha256"]) == 1


async def test_the_trash_is_emptied_after_a_while(client, services, upload, ann, names, count):
    files = [await upload(name=name) for name in ("old", "new", "kept")]
    for file in files[:2]:
        await client.delete(f"cloud/files/{file['id']}", headers=ann.headers)
    sql = "update files set trashed_at = now() - interval '31 days' where id = $1"
    async with services.database.transaction() as tx:
        await tx.run(sql, files[0]["id"])

    await jobs.empty_trash(services.database, Retention(30 * DAY, None))

    assert (await names(), await names(trashed=True)) == (["kept"], ["new"])
    assert await count(REFS, files[0]["sha256"]) == 0


async def test_an_erased_member_leaves_what_others_have(services, upload, ann, bob, count, client):
    both, mine = some_bytes(), await upload()
    shared = await upload(both)
    theirs = await upload(both, by=bob)
    await upload(both)
    await client.delete(f"cloud/files/{mine['id']}", headers=ann.headers)

    async with services.database.transaction() as tx:
        handed_out = await personal_data.export(tx, ann.id)
        await personal_data.erase(tx, ann.id)

    assert len(handed_out) == 3
    assert await count("select count(*) from files where owner_id = $1", ann.id) == 0
    assert await count(REFS, shared["sha256"]) == 1
    assert await count(REFS, mine["sha256"]) == 0
    answer = await client.get(f"cloud/files/{theirs['id']}/download", headers=bob.headers)
    assert answer.content == both


async def test_the_account_does_not_go_before_its_files(services, upload, ann):
    # Contents are counted: what went by itself would stay counted for ever.
    await upload()
    with pytest.raises(Exception, match="files_owner_id_fkey"):
        async with services.database.transaction() as tx:
            await tx.run("delete from users where id = $1", ann.id)


async def test_who_is_suspended_uploads_nothing(services, upload, client, ann):
    await make.suspended(services, ann)
    answer = await client.post("cloud/files", headers=ann.headers, files={"file": ("a", b"b")})
    assert answer.status_code == 401
