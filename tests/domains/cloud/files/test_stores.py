"""Files on local disk and in S3: the same from the first byte to the last object."""

import re
import time
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import pytest
from msgspec import structs

from tests.domains.cloud.files.upload_steps import some_bytes
from tests.http.apps import replaced
from veza.app.worker import run_until_empty
from veza.core.ids import BlobId
from veza.core.signed_urls import Resource
from veza.domains.cloud.blobs import jobs as blob_jobs
from veza.domains.cloud.blobs.service import folder_of
from veza.infra.storage.objects import CHUNK
from veza.infra.storage.stores import open_storage

# More than goes to S3 at once.
LARGE = 9 * CHUNK + 17


@pytest.fixture(params=["disk", "s3"])
async def shop(request, app, services, tmp_path):
    """The services of a server whose storage is of either kind; the API works on it, too."""
    s3 = request.getfixturevalue("s3") if request.param == "s3" else None
    storage = open_storage(s3 and s3.url(f"tests/{uuid4()}"), tmp_path)
    blobs = structs.replace(services.cloud_storage.blobs, storage=storage)
    cloud = structs.replace(services.cloud_storage, blobs=blobs, quota_bytes=4 * LARGE)
    uploads = structs.replace(services.uploads, storage=storage)
    made = structs.replace(services, cloud_storage=cloud, uploads=uploads)
    access = made.shared_file_access
    with replaced(app, cloud), replaced(app, access), replaced(app, uploads):
        yield made
    storage.close()


@pytest.fixture
def objects(shop, services):
    """How many objects a content has in the storage, once all is done that was ordered."""

    async def count(sha256):
        await run_until_empty(shop)
        sql = "select id from blobs where sha256 = $1"
        async with services.database.read() as conn:
            ids = await conn.column(UUID, sql, sha256)
        return [
            len(await shop.cloud_storage.blobs.storage.list_keys(folder_of(BlobId(one))))
            for one in ids
        ]

    return count


async def test_a_file_lives_and_dies(client, shop, upload, replace, ann, objects, services):
    content = some_bytes(LARGE)
    file = await upload(content, "Night Ferry.wav", folder="Mixes")
    path = f"cloud/files/{file['id']}"

    async def get(place="download", **headers):
        return await client.get(f"{path}/{place}", headers=ann.headers | headers)

    assert (await get()).content == content
    for wanted, part in (
        ("bytes=0-0", content[:1]),
        (f"bytes={8 * CHUNK - 1}-{8 * CHUNK}", content[8 * CHUNK - 1 : 8 * CHUNK + 1]),
        ("bytes=-17", content[-17:]),
        (f"bytes={LARGE - 1}-", content[-1:]),
    ):
        answer = await get(range=wanted)
        assert (answer.status_code, answer.content) == (206, part), wanted
    assert (await get(range=f"bytes={LARGE}-")).status_code == 416

    mastered = some_bytes(8)
    changed = await replace(file["id"], mastered)
    assert (changed["version"], (await get()).content) == (2, mastered)
    assert (await get("download?version=1")).content == content
    restored = await client.post(f"{path}/restore/1", headers=ann.headers)
    assert restored.json()["data"]["version"] == 3
    assert (await get(range="bytes=-5")).content == content[-5:]
    again = await upload(content, "The same.wav")
    assert await objects(file["sha256"]) == [1]

    for gone in (again, file):
        answer = await client.delete(f"cloud/files/{gone['id']}?forever=true", headers=ann.headers)
        assert answer.status_code == 200
    place = folder_of(await _blob_of(services, file["sha256"]))
    assert await objects(file["sha256"]) == [1]
    await blob_jobs.sweep_blobs(services.database, grace=timedelta(0))
    await run_until_empty(shop)
    assert await shop.cloud_storage.blobs.storage.list_keys(place) == []
    assert await shop.cloud_storage.blobs.storage.list_keys("blobs") == []


async def test_a_link_gives_the_bytes_until_it_is_over(client, shop, upload, ann, services):
    content = some_bytes(5000)
    file = await upload(content)
    path = f"cloud/files/{file['id']}"
    said = {"expires_in_hours": 1, "password": "Ferry"}
    made = (await client.post(f"{path}/share", headers=ann.headers, json=said)).json()["data"]
    unlocked = await client.post(
        "cloud/shared/unlock", json={"token": made["token"], "password": "Ferry"}
    )
    url = urlsplit(unlocked.json()["data"]["download_url"])
    place = f"{url.path.removeprefix('/api/v1/')}?{url.query}"

    part = await client.get(place, headers={"range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, content[10:20])
    assert (await client.get(place)).content == content
    for expires in (int(time.time()) - 8, 2**31):
        over = re.sub(r"expires=[0-9]+", f"expires={expires}", place)
        assert (await client.get(over)).status_code == 403, "Another time is signed otherwise."
    expires = int(time.time()) - 8
    signature = services.url_signer.sign(Resource.SHARED_FILE, made["token"], expires=expires)
    over = f"{place.partition('?')[0]}?expires={expires}&signature={signature}"
    assert (await client.get(over)).status_code == 403
    sql = "update file_shares set expires_at = now() where id = $1"
    async with services.database.transaction() as tx:
        await tx.run(sql, made["id"])
    assert (await client.get(place)).status_code == 404


async def test_what_is_refused_midway_leaves_nothing(client, shop, upload, replace, ann):
    room = shop.cloud_storage.quota_bytes
    file = await upload(some_bytes(5), "first")
    assert (await upload(bytes(room), status=413))["code"] == "quota_exceeded"
    assert (await replace(file["id"], bytes(room), status=413))["code"] == "quota_exceeded"
    await run_until_empty(shop)
    assert len(await shop.cloud_storage.blobs.storage.list_keys("blobs")) == 1
    quota = await client.get("cloud/quota", headers=ann.headers)
    assert quota.json()["data"]["used_bytes"] == file["size_bytes"]


async def test_an_object_that_is_lost_is_a_file_that_is_not_there(client, shop, upload, ann):
    file = await upload()
    await shop.cloud_storage.blobs.storage.delete_folder("blobs")
    answer = await client.get(f"cloud/files/{file['id']}/download", headers=ann.headers)
    assert (answer.status_code, answer.json()["code"]) == (404, "file_not_found")


async def _blob_of(services, sha256):
    async with services.database.read() as conn:
        sql = "select id from blobs where sha256 = $1"
        return BlobId(await conn.value(UUID, sql, sha256))
