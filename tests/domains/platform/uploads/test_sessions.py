"""Upload sessions: what a failed, a lost and an unfinished upload leave behind."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from tests import make
from veza.domains.platform.uploads import shared_queries as upload_queries
from veza.domains.platform.uploads.errors import UploadExpired
from veza.domains.platform.uploads.jobs import sweep_uploads
from veza.domains.platform.uploads.models import NewUpload, StorageKind
from veza.domains.platform.uploads.service import UploadSession, open_session

ROWS = "select count(*) from uploads where id = $1"


class Lost(Exception):
    """The answer to a commit got lost."""


@pytest.fixture
def count(services):
    async def find(upload_id):
        async with services.database.read() as conn:
            return await conn.value(int, ROWS, upload_id)

    return find


async def chunks():
    yield b"half"


def new_upload(parent_id: UUID | None = None) -> NewUpload:
    upload_id = uuid4()
    return NewUpload(upload_id, StorageKind.IMAGES, f"images/{upload_id}", parent_id=parent_id)


async def begin(services, owner, new: NewUpload) -> UploadSession:
    """Begin an upload and store a part of it, as by a process that is killed then."""
    session = UploadSession(services.uploads, owner.id, new)
    await session.begin(None)
    await services.storage.put_stream(f"{new.folder}/picture.jpg", session.receive(chunks()))
    return session


async def is_stored(services, new: NewUpload) -> bool:
    return bool(await services.storage.list_keys(new.folder))


async def age(services, new: NewUpload, hours: int) -> None:
    sql = "update uploads set started_at = started_at - $2::interval where id = $1"
    async with services.database.transaction() as tx:
        await tx.run(sql, new.id, timedelta(hours=hours))


@pytest.mark.parametrize("error", [ValueError, asyncio.CancelledError])
async def test_a_failed_upload_leaves_nothing(services, creator, count, error):
    new = new_upload()

    async def fail() -> None:
        async with open_session(services.uploads, creator.member, new) as session:
            await services.storage.put_stream(f"{new.folder}/a", session.receive(chunks()))
            raise error

    with pytest.raises(error):
        await fail()
    assert not await is_stored(services, new)
    assert await count(new.id) == 0


async def test_what_was_rolled_back_leaves_nothing(services, creator, count):
    new = new_upload()

    async def finish_and_fail() -> None:
        async with open_session(services.uploads, creator.member, new) as session:
            await services.storage.put_stream(f"{new.folder}/a", session.receive(chunks()))
            async with services.database.transaction() as tx:
                await session.finish(tx, 4)
                raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await finish_and_fail()
    assert not await is_stored(services, new)
    assert await count(new.id) == 0


async def test_what_was_committed_stays_even_if_the_commit_seemed_to_fail(services, creator):
    new = new_upload()

    async def finish_and_lose() -> None:
        async with open_session(services.uploads, creator.member, new) as session:
            await services.storage.put_stream(f"{new.folder}/a", session.receive(chunks()))
            async with services.database.transaction() as tx:
                await session.finish(tx, 4)
            raise Lost

    with pytest.raises(Lost):
        await finish_and_lose()
    assert await is_stored(services, new)
    await services.storage.delete_folder(new.folder)


async def test_a_commit_in_progress_is_waited_for(services, creator):
    new = new_upload()
    session = await begin(services, creator, new)
    async with services.database.transaction() as tx:
        await session.finish(tx, 4)
        discarding = asyncio.create_task(session.discard())
        await asyncio.sleep(0.1)
        assert not discarding.done()
    await discarding
    assert await is_stored(services, new)
    await services.storage.delete_folder(new.folder)


async def test_uploads_that_never_ended_are_swept_after_a_day(services, creator, count):
    old, young = new_upload(), new_upload()
    for new, hours in ((old, 25), (young, 23)):
        await begin(services, creator, new)
        await age(services, new, hours)

    await sweep_uploads(services.uploads)

    assert (await is_stored(services, old), await count(old.id)) == (False, 0)
    assert (await is_stored(services, young), await count(young.id)) == (True, 1)
    await age(services, young, 2)
    await sweep_uploads(services.uploads)


async def test_what_could_not_be_deleted_is_swept_at_once(services, creator, count):
    new = new_upload()
    await begin(services, creator, new)
    async with services.database.transaction() as tx:
        await tx.run("update uploads set is_abandoned = true where id = $1", new.id)

    await sweep_uploads(services.uploads)

    assert (await is_stored(services, new), await count(new.id)) == (False, 0)


async def test_an_upload_that_was_swept_can_not_be_finished(services, creator):
    new = new_upload()
    session = await begin(services, creator, new)
    await age(services, new, 25)
    await sweep_uploads(services.uploads)

    with pytest.raises(UploadExpired):
        async with services.database.transaction() as tx:
            await session.finish(tx, 4)


async def test_the_row_outlives_its_owner(services, count):
    owner, new = await make.person(services), new_upload()
    await begin(services, owner, new)
    async with services.database.transaction() as tx:
        await tx.run("delete from users where id = $1", owner.id)
    assert await count(new.id) == 1
    await age(services, new, 25)

    await sweep_uploads(services.uploads)

    assert (await is_stored(services, new), await count(new.id)) == (False, 0)


async def test_uploads_of_a_parent_are_counted(services, creator):
    parent_id = uuid4()
    sessions = [await begin(services, creator, new_upload(parent_id)) for _ in range(2)]
    async with services.database.read() as conn:
        assert await upload_queries.count_uploads(conn, parent_id) == 2
    for session in sessions:
        await session.discard()
    async with services.database.read() as conn:
        assert await upload_queries.count_uploads(conn, parent_id) == 0
