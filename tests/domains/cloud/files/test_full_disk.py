"""A disk that is full: what can't be kept is told, and what was kept is still there."""

import resource
from contextlib import contextmanager
from uuid import uuid4

import pytest
from msgspec import structs

from tests.domains.cloud.files.upload_steps import some_bytes
from tests.http.apps import replaced
from tests.infra.small_disk import mounted
from veza.app.worker import run_until_empty
from veza.infra.storage.objects import CHUNK
from veza.infra.storage.stores import open_storage

DISK = 24 * CHUNK
LEFT = 4 * CHUNK
# What is sent to the disk in one piece, and in several.
TOO_MUCH = [pytest.param(LEFT + CHUNK, id="in one"), pytest.param(20 * CHUNK, id="in parts")]


@pytest.fixture(params=["disk", "limit"])
def folder(request, tmp_path):
    """A folder, on a small disk of its own or on the one that all is on."""
    place = tmp_path / "storage"
    if request.param == "limit":
        place.mkdir()
        yield place
        return
    with mounted(place, DISK):
        yield place


@pytest.fixture
def full(request, folder):
    """Have there be 4 MiB left, whether others took the space or a limit says so."""

    @contextmanager
    def taken():
        filler = folder / "filler"
        filler.write_bytes(bytes(DISK - LEFT - _used(folder)))
        yield
        filler.unlink()

    @contextmanager
    def limited():
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (LEFT, hard))
        yield
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    return taken if request.node.callspec.params["folder"] == "disk" else limited


@pytest.fixture
async def shop(app, services, folder, tmp_path):
    """The services of a server whose storage is that folder."""
    storage = open_storage(f"file://{folder}", tmp_path)
    blobs = structs.replace(services.cloud_storage.blobs, storage=storage)
    cloud = structs.replace(services.cloud_storage, blobs=blobs)
    uploads = structs.replace(services.uploads, storage=storage)
    with replaced(app, cloud), replaced(app, blobs), replaced(app, uploads):
        yield structs.replace(services, cloud_storage=cloud, uploads=uploads)
    storage.close()


@pytest.mark.parametrize("size", TOO_MUCH)
async def test_what_finds_no_space_is_told_and_leaves_nothing(
    client, shop, folder, full, upload, replace, ann, count, size
):
    content = some_bytes(3 * CHUNK)
    file = await upload(content, "kept.wav")
    await run_until_empty(shop)
    uploads = "select count(*) from uploads"
    before = (_files(folder), await count(uploads))

    with full():
        refused = await upload(some_bytes(size), "large.wav", status=507)
        assert refused["code"] == "out_of_space"
        assert "no space left" in refused["error"]
        again = await replace(file["id"], some_bytes(size), status=507)
        assert again["code"] == "out_of_space"
        answer = await client.get(f"cloud/files/{file['id']}/download", headers=ann.headers)
        assert answer.content == content

    await run_until_empty(shop)
    assert (_files(folder), await count(uploads)) == before
    owned = "select count(*) from files where owner_id = $1"
    versions = "select count(*) from file_versions where file_id = $1"
    assert await count(owned, ann.id) == await count(versions, file["id"]) == 1
    quota = await client.get("cloud/quota", headers=ann.headers)
    assert quota.json()["data"]["used_bytes"] == len(content)
    # As soon as there is space again, all goes on.
    assert (await replace(file["id"], some_bytes(size)))["version"] == 2


async def test_a_small_file_finds_space_where_a_large_one_does_not(shop, upload, full):
    with full():
        await upload(some_bytes(6 * CHUNK), status=507)
        await upload(some_bytes(CHUNK))


async def test_links_take_no_space(client, shop, upload, full, ann):
    file = await upload(some_bytes(CHUNK), f"{uuid4()}.wav")
    path = f"cloud/files/{file['id']}"
    with full():
        for place, said in ((f"{path}/share", {}), (f"{path}/versions", None)):
            answer = await client.post(place, headers=ann.headers, json=said)
            assert answer.status_code in {200, 201}, answer.text


def _files(folder):
    found = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path.relative_to(folder).as_posix() for path in found)


def _used(folder):
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
