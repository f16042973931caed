"""Contents: stored once, counted exactly, and gone when nobody has them."""

import asyncio
import hashlib
from datetime import timedelta
from uuid import uuid4

import pytest
from msgspec import Struct
from veza.domains.cloud.blobs.errors import UploadExpired

from tests.domains.cloud.blobs.conftest import kept_content, read_whole, stored_content
from veza.app.services import Services
from veza.core.ids import BlobId, new_id
from veza.domains.cloud.blobs import jobs, rules, service
from veza.domains.cloud.blobs.models import Content, DeleteBlobs
from veza.infra.storage.objects import ObjectMissing

NO_TIME = timedelta(0)


class Row(Struct, frozen=True):
    id: BlobId
    refs: int
    is_orphan: bool


async def find_row(services: Services, sha256: str) -> Row | None:
    sql = "select id, refs, orphaned_at is not null as is_orphan from blobs where sha256 = $1"
    async with services.database.read() as conn:
        return await conn.maybe(Row, sql, sha256)


async def age(services: Services, content: Content, hours: int) -> None:
    """Have it be so long since a content had its last one, or an upload began."""
    for sql, key in (
        (
            "update blobs set orphaned_at = orphaned_at - $2::interval where sha256 = $1",
            content.sha256,
        ),
        (
            "update blob_uploads set started_at = started_at - $2::interval where blob_id = $1",
            content.blob_id,
        ),
    ):
        async with services.database.transaction() as tx:
            await tx.run(sql, key, timedelta(hours=hours))


async def release(services: Services, *sha256s: str) -> None:
    async with services.database.transaction() as tx:
        await service.release(tx, sha256s)


def drawn() -> bytes:
    return uuid4().bytes * 100


def test_objects_lie_in_folders_by_the_end_of_their_ids():
    blob_id = BlobId(new_id())
    assert rules.object_key(blob_id) == f"blobs/{blob_id.hex[-2:]}/{blob_id}/content"


def test_of_many_alike_it_is_told_how_many():
    assert rules.tally(["b", "a", "b"], -1) == {"a": -1, "b": -2}
    assert list(rules.tally(["b", "a"], 1)) == ["a", "b"]
    assert rules.tally([], 1) == {}


async def test_a_content_is_told_by_its_bytes(services):
    parts = [b"%PDF-1.7", b"", *(bytes([n]) * 70_000 for n in range(3))]
    content = await kept_content(services, *parts)
    whole = b"".join(parts)
    assert content.sha256 == hashlib.sha256(whole).hexdigest()
    assert (content.size_bytes, content.content_type) == (len(whole), "application/pdf")
    assert await read_whole(services.cloud_storage.blobs, content.blob_id, len(whole)) == whole


async def test_what_comes_again_is_counted_and_its_object_goes(services, stored, work):
    content = drawn()
    first = await kept_content(services, content)
    again = await kept_content(services, content)
    await work()
    assert await find_row(services, first.sha256) == Row(first.blob_id, 2, False)
    assert str(first.blob_id) in stored()
    assert str(again.blob_id) not in stored()


async def test_what_many_bring_at_once_is_there_once(services, stored, work):
    content = drawn()
    await work()
    before = stored()
    brought = await asyncio.gather(*(kept_content(services, content) for _ in range(8)))
    await work()
    assert (row := await find_row(services, brought[0].sha256))
    assert row.refs == 8
    assert stored() - before == {str(row.id)}


async def test_keeping_that_fails_counts_nothing(services, stored, work):
    content = await stored_content(services, drawn())
    await work()
    before = stored()

    async def keep_and_fail() -> None:
        async with services.database.transaction() as tx:
            await service.keep(tx, content)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await keep_and_fail()
    assert await find_row(services, content.sha256) is None
    await service.abandon_upload(services.database, content.blob_id)
    await service.abandon_upload(services.database, content.blob_id)
    await work()
    assert before - stored() == {str(content.blob_id)}


async def test_what_is_kept_is_not_abandoned(services, stored, work):
    # A commit may fail for whoever waits for it, after it was done.
    content = await kept_content(services, drawn())
    await service.abandon_upload(services.database, content.blob_id)
    await work()
    assert str(content.blob_id) in stored()


async def test_what_nobody_has_stays_for_a_while_and_comes_back(services, stored, work):
    content = drawn()
    first = await kept_content(services, content)
    await release(services, first.sha256)
    assert await find_row(services, first.sha256) == Row(first.blob_id, 0, True)
    await age(services, first, 23)
    await jobs.sweep_blobs(services.database)

    await kept_content(services, content)

    await jobs.sweep_blobs(services.database, NO_TIME)
    await work()
    assert await find_row(services, first.sha256) == Row(first.blob_id, 1, False)
    assert str(first.blob_id) in stored()


async def test_what_nobody_has_had_for_a_day_goes(services, stored, work):
    content = drawn()
    first = await kept_content(services, content)
    await release(services, first.sha256)
    await age(services, first, 25)

    await jobs.sweep_blobs(services.database)
    second = await kept_content(services, content)
    await work()

    # The object of before went, and not the one that came since.
    assert str(first.blob_id) not in stored()
    assert await find_row(services, second.sha256) == Row(second.blob_id, 1, False)
    assert str(second.blob_id) in stored()


async def test_uploads_that_never_ended_are_swept_and_can_not_end(services, stored, work):
    content = await stored_content(services, drawn())
    await jobs.sweep_blobs(services.database)
    assert str(content.blob_id) in stored()
    await age(services, content, 25)
    await jobs.sweep_blobs(services.database)
    await work()
    assert str(content.blob_id) not in stored()
    with pytest.raises(UploadExpired):
        async with services.database.transaction() as tx:
            await service.keep(tx, content)


async def test_deleting_objects_twice_is_once(services, stored):
    content = await stored_content(services, drawn())
    for _ in range(2):
        await jobs.delete_blobs(services.cloud_storage.blobs, DeleteBlobs([content.blob_id]))
    assert str(content.blob_id) not in stored()
    with pytest.raises(ObjectMissing):
        await read_whole(services.cloud_storage.blobs, content.blob_id, content.size_bytes)


async def test_counting_at_once_in_any_order_is_exact(services):
    contents = [await kept_content(services, drawn()) for _ in range(3)]
    names = [content.sha256 for content in contents]

    async def hold_and_release(order: list[str]) -> None:
        async with services.database.transaction() as tx:
            for sha256 in sorted(order):
                await service.hold(tx, sha256)
        await release(services, *order)

    await asyncio.gather(*(hold_and_release(names[::step]) for step in (1, -1) for _ in range(5)))

    for content in contents:
        assert await find_row(services, content.sha256) == Row(content.blob_id, 1, False)


async def test_what_is_not_there_is_neither_held_nor_released(services):
    for change in (service.hold, lambda tx, sha256: service.release(tx, [sha256])):
        with pytest.raises(AssertionError):
            async with services.database.transaction() as tx:
                await change(tx, "0" * 64)


async def test_the_database_refuses_less_than_none(services):
    content = await kept_content(services, drawn())
    with pytest.raises(Exception, match="blobs_refs_check"):
        await release(services, content.sha256, content.sha256)
