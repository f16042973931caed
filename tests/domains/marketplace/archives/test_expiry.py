"""Expiry of archives: after their last download, when replaced, and for want of space."""

import pytest
from msgspec import structs

from veza.core.ids import ArchiveId
from veza.domains.marketplace.archives.jobs import builds
from veza.domains.music.releases.service import releases
from veza.infra.jobs.queue import JobState, list_jobs


@pytest.fixture
def age(services):
    """Make an archive older: `await age(archive_id, "used_at", "8 days")`."""

    async def shift(archive_id, column, by):
        sql = f"update release_archives set {column} = {column} - interval '{by}' where id = $1"
        async with services.database.transaction() as tx:
            assert await tx.run(sql, archive_id) == 1

    return shift


@pytest.fixture
def sweep(services, storage):
    """Delete what is over; return whether some archives are still there."""

    async def run(*archive_ids, using=None):
        await builds.sweep_archives(services.database, using or storage)
        async with services.database.read() as conn:
            sql = "select id from release_archives where id = any($1)"
            left = await conn.column(ArchiveId, sql, list(archive_ids))
        return [each in left for each in archive_ids]

    return run


async def _is_deletion_enqueued(services, archive_id):
    async with services.database.read() as conn:
        jobs = await list_jobs(conn, JobState.QUEUED, limit=1000, before=None)
    return any(
        job.name == "DeleteFolders" and f"archives/{archive_id}".encode() in (job.payload or b"")
        for job in jobs
    )


async def test_an_archive_expires_after_its_last_download(
    services, sell, ask, build, see, client, age, sweep
):
    sale = await sell()
    await ask(sale)
    archive_id = await build(sale)
    await age(archive_id, "used_at", "6 days")
    url = (await see(sale))["original"]["url"]
    assert (await client.get(url)).status_code == 200
    await age(archive_id, "used_at", "6 days")
    assert await sweep(archive_id) == [True]

    await age(archive_id, "used_at", "2 days")

    assert await sweep(archive_id) == [False]
    assert await _is_deletion_enqueued(services, archive_id)
    assert (await client.get(url)).status_code == 404
    assert (await see(sale))["original"]["status"] == "missing"


async def test_a_changed_release_gets_another_archive_while_the_former_is_downloaded(
    services, sell, ask, build, see, client, age, sweep
):
    sale = await sell()
    await ask(sale)
    former = await build(sale)
    url = (await see(sale))["original"]["url"]
    content = (await client.get(url)).content
    async with services.database.transaction() as tx:
        sql = "update tracks set title = 'Other' where id = $1"
        await tx.run(sql, sale.track_ids[0])

    assert (await see(sale))["original"]["status"] == "missing"
    assert (await ask(sale))["status"] == "building"
    assert await build(sale) != former

    assert (await client.get(url)).content == content
    assert await sweep(former) == [True]
    await age(former, "retired_at", "61 minutes")
    assert await sweep(former) == [False]


async def test_the_archives_of_a_deleted_release_are_deleted(services, sell, ask, build, sweep):
    sale = await sell()
    await ask(sale)
    archive_id = await build(sale)
    async with services.database.transaction() as tx:
        await releases.delete_release(tx, sale.release_id, sale.seller.member)

    assert await sweep(archive_id) == [False]
    assert await _is_deletion_enqueued(services, archive_id)


async def test_an_archive_whose_file_is_missing_is_built_again(
    services, sell, ask, build, see, client
):
    sale = await sell()
    await ask(sale)
    archive_id = await build(sale)
    url = (await see(sale))["original"]["url"]
    await services.storage.delete_folder(f"archives/{archive_id}")

    answer = await client.get(url)

    assert (answer.status_code, answer.json()["code"]) == (404, "archive_not_found")
    assert (await ask(sale))["status"] == "building"


@pytest.mark.long
async def test_without_space_the_archives_go_that_were_not_used_for_longest(
    services, storage, sell, ask, build, age, sweep
):
    sales = [await sell() for _ in range(3)]
    made = []
    for sale in sales:
        await ask(sale)
        made.append(await build(sale))
    # Far in the past and the future, so that archives of other tests don't come between.
    await age(made[0], "used_at", "3 days")
    await age(made[1], "used_at", "4 days")
    await age(made[2], "used_at", "-100 days")
    sql = """
        select sum(size_bytes)::bigint
          from release_archives
         where status = 'ready' and retired_at is null
           and used_at > now() - interval '3 days 1 minute'
    """
    async with services.database.read() as conn:
        max_bytes = await conn.value(int, sql)

    assert await sweep(*made, using=structs.replace(storage, max_bytes=max_bytes)) == [
        True,
        False,
        True,
    ]
