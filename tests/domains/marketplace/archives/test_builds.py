"""Builds of archives: interrupted, overtaken by changes, refused, and superseded."""

import pytest
from msgspec import structs

from tests.domains.cloud.blobs.content_steps import chunks_of
from veza.core.errors import OutOfSpace
from veza.domains.marketplace.archives import rules
from veza.domains.music.audio import rules as audio_rules
from veza.domains.music.tracks.service import track_changes
from veza.infra.storage.objects import Storage


class Watched(Storage):
    """The real storage, which calls `before_fetch` with the number of each file that it fetches."""

    def __init__(self, store, before_fetch):
        super().__init__(store)
        self._before_fetch = before_fetch
        self._count = 0

    async def fetch(self, key, path):
        self._count += 1
        await self._before_fetch(self._count)
        await super().fetch(key, path)


@pytest.fixture
def storage_that(services, storage):
    opened = []

    def open_one(before_fetch):
        watched = Watched(services.storage._store, before_fetch)
        opened.append(watched)
        return structs.replace(storage, audio=structs.replace(storage.audio, storage=watched))

    yield open_one
    for each in opened:
        each.close()


@pytest.fixture
def row_of(services):
    """Return the state of an archive: status, failure reason, and number of tries."""

    async def find(archive_id):
        sql = """
            select jsonb_build_array(status, failure_reason, tries)
              from release_archives
             where id = $1
        """
        async with services.database.read() as conn:
            return await conn.value(list, sql, archive_id)

    return find


async def test_a_killed_build_is_begun_anew(services, sell, ask, build, newest, stored, row_of):
    sale = await sell()
    await ask(sale)
    archive_id = await newest(sale)
    # What a process leaves that was killed after it had stored an archive.
    sql = "update release_archives set tries = 1, attempts = 1, progress = 0.5 where id = $1"
    async with services.database.transaction() as tx:
        await tx.run(sql, archive_id)
    await services.storage.put_stream(f"archives/{archive_id}/1/archive.zip", chunks_of(b"PK"))

    await build(sale)

    assert await row_of(archive_id) == ["ready", None, 2]
    assert stored(archive_id) == ["2/archive.zip"]


async def test_a_build_that_kills_its_workers_is_given_up(
    services, sell, ask, build, newest, stored, row_of
):
    sale = await sell()
    await ask(sale)
    archive_id = await newest(sale)
    sql = "update release_archives set tries = 5, attempts = 5 where id = $1"
    async with services.database.transaction() as tx:
        await tx.run(sql, archive_id)

    await build(sale)

    assert await row_of(archive_id) == ["failed", rules.BUILD_FAILED, 6]
    assert stored(archive_id) == []


@pytest.mark.long
async def test_a_failure_counts_no_attempt(services, sell, ask, newest, build, storage_that):
    sale = await sell()
    await ask(sale)

    async def fail(_number):
        raise RuntimeError("The power went.")

    for _ in range(rules.MAX_ATTEMPTS + 1):
        with pytest.raises(RuntimeError):
            await build(sale, storage_that(fail))

    archive_id = await build(sale)
    sql = "select attempts from release_archives where id = $1 and status = 'ready'"
    async with services.database.read() as conn:
        assert await conn.value(int, sql, archive_id) == 1


async def test_a_release_that_changes_meanwhile_is_built_anew(
    services, sell, ask, build, download, see, storage_that
):
    sale = await sell()
    await ask(sale)

    async def rename(number):
        if number == 1:
            async with services.database.transaction() as tx:
                sql = "update releases set title = 'Day Ferry' where id = $1"
                await tx.run(sql, sale.release_id)

    await build(sale, storage_that(rename))

    archive = (await see(sale))["original"]
    assert archive["status"] == "ready"
    assert archive["filename"] == f"{sale.seller.username} - Day Ferry (original).zip"


@pytest.mark.long
async def test_a_track_that_is_deleted_meanwhile_is_left_out(
    services, sell, add_track, ask, build, see, client, download, storage_that
):
    first, second = await add_track("First"), await add_track("Second")
    sale = await sell(first, second)
    await ask(sale)

    async def delete_second(number):
        if number == 2:
            async with services.database.transaction() as tx:
                await track_changes.delete_track(tx, second, sale.seller.member)
            await services.storage.delete_folder(f"tracks/{second}")

    await build(sale, storage_that(delete_second))

    opened = await download(sale)
    assert opened.namelist() == ["01 First.flac", "credits.txt"]


@pytest.mark.long
async def test_a_release_that_keeps_changing_is_given_up(
    services, sell, ask, build, row_of, stored, storage_that
):
    sale = await sell()
    await ask(sale)

    async def rename(number):
        async with services.database.transaction() as tx:
            sql = "update releases set title = $2 where id = $1"
            await tx.run(sql, sale.release_id, f"Ferry {number}")

    archive_id = await build(sale, storage_that(rename))

    assert await row_of(archive_id) == ["failed", rules.RELEASE_CHANGING, 1]
    assert stored(archive_id) == []


@pytest.mark.long
@pytest.mark.parametrize(
    "sql",
    [
        "update release_archives set retired_at = now() where id = $1",
        "update release_archives set tries = tries + 1 where id = $1",
        "delete from releases where id = (select release_id from release_archives where id = $1)",
    ],
)
async def test_a_superseded_build_leaves_nothing(
    services, sell, ask, build, newest, stored, storage_that, sql
):
    sale = await sell()
    await ask(sale)

    async def supersede(_number):
        async with services.database.transaction() as tx:
            await tx.run(sql, archive_id)

    archive_id = await newest(sale)
    await build(sale, storage_that(supersede))

    assert stored(archive_id) == []


async def test_a_killed_build_of_a_retired_archive_leaves_nothing(
    services, sell, ask, build, newest, stored
):
    sale = await sell()
    await ask(sale)
    archive_id = await newest(sale)
    sql = "update release_archives set tries = 1, retired_at = now() where id = $1"
    async with services.database.transaction() as tx:
        await tx.run(sql, archive_id)
    await services.storage.put_stream(f"archives/{archive_id}/1/archive.zip", chunks_of(b"PK"))

    await build(sale)

    assert stored(archive_id) == []


async def test_a_full_disk_fails_an_archive(sell, ask, build, row_of, storage_that, see):
    sale = await sell()
    await ask(sale)

    async def fill(_number):
        raise OutOfSpace

    archive_id = await build(sale, storage_that(fill))

    assert await row_of(archive_id) == ["failed", rules.NO_SPACE, 1]
    shown = (await see(sale))["original"]
    assert (shown["status"], shown["failure_reason"]) == ("failed", rules.NO_SPACE)
    # At once, it would fail again.
    assert (await ask(sale))["status"] == "failed"


@pytest.mark.long
async def test_a_failed_archive_is_built_again_later(services, sell, ask, build, storage_that):
    sale = await sell()
    await ask(sale)

    async def fill(_number):
        raise OutOfSpace

    failed = await build(sale, storage_that(fill))
    sql = "update release_archives set used_at = used_at - interval '11 minutes' where id = $1"
    async with services.database.transaction() as tx:
        await tx.run(sql, failed)

    assert (await ask(sale))["status"] == "building"
    assert await build(sale) != failed


async def test_an_archive_that_is_too_large_fails(sell, ask, build, storage, row_of, stored):
    sale = await sell()
    await ask(sale, "flac")
    archive_id = await build(sale, structs.replace(storage, max_bytes=1000))
    assert await row_of(archive_id) == ["failed", rules.TOO_LARGE, 1]
    assert stored(archive_id) == []


async def test_a_damaged_original_can_not_be_converted(
    sell, ask, build, add_track, row_of, folder, download
):
    damaged = folder / "damaged.wav"
    damaged.write_bytes(b"RIFF\x24\x00\x00\x00WAVEfmt ")
    sale = await sell(await add_track("Broken", damaged))
    await ask(sale, "flac")

    archive_id = await build(sale)

    assert await row_of(archive_id) == ["failed", "“Broken” could not be converted.", 1]
    # As it was uploaded, and without tags, it can be downloaded.
    opened = await download(sale, "original")
    assert opened.read("01 Broken.wav") == damaged.read_bytes()


async def test_a_lost_original_fails_an_archive(services, sell, ask, build, row_of, stored):
    sale = await sell()
    await services.storage.delete_folder(
        audio_rules.original_key(sale.track_ids[0]).rpartition("/")[0]
    )
    await ask(sale)
    archive_id = await build(sale)
    assert await row_of(archive_id) == ["failed", rules.RELEASE_CHANGING, 1]
    assert stored(archive_id) == []


async def test_no_temporary_files_stay(services, sell, download):
    before = set(services.audio_storage.folder.iterdir())
    await download(await sell(), "mp3_v0")
    assert set(services.audio_storage.folder.iterdir()) <= before
