"""Contents are stored once, counted exactly, and deleted without references."""

import asyncio
import hashlib
from datetime import timedelta
from uuid import uuid4

import pytest
from msgspec import Struct

from tests.domains.cloud.blobs.content_steps import kept_content, read_whole, stored_content
from veza.app.services import Services
from veza.core.ids import BlobId, new_id
from veza.domains.cloud.blobs import jobs, service
from veza.domains.cloud.blobs.models import Content
from veza.infra.storage.deletion import DeleteFolders, delete_folders
from veza.infra.storage.errors import ObjectMissing

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
    """Move the time since which a content has no references into the past."""
    sql = "update blobs set orphaned_at = orphaned_at - $2::interval where sha256 = $1"
    async with services.database.transaction() as tx:
        await tx.run(sql, content.sha256, timedelta(hours=hours))


async def release(services: Services, *sha256s: str) -> None:
    async with services.database.transaction() as tx:
        await service.remove_references(tx, sha256s)


def drawn() -> bytes:
    return uuid4().bytes * 100


def test_objects_lie_in_folders_by_the_end_of_their_ids():
    blob_id = BlobId(new_id())
    assert service.object_key(blob_id) == f"blobs/{blob_id.hex[-2:]}/{blob_id}/content"


def test_changes_of_the_same_content_are_added_up():
    assert service.count_changes(["b", "a", "b"], -1) == {"a": -1, "b": -2}
    assert list(service.count_changes(["b", "a"], 1)) == ["a", "b"]
    assert service.count_changes([], 1) == {}


async def test_type_size_and_hash_are_those_of_the_content(services):
    parts = [b"%PDF-1.7", b"", *(bytes([n]) * 70_000 for n in range(3))]
    content = await kept_content(services, *parts)
    whole = b"".join(parts)
    assert content.sha256 == hashlib.sha256(whole).hexdigest()
    assert (content.size_bytes, content.content_type) == (len(whole), "application/pdf")
    assert await read_whole(services.cloud_storage.blobs, content.blob_id, len(whole)) == whole


async def test_the_second_object_of_a_content_is_deleted(services, stored, work):
    content = drawn()
    first = await kept_content(services, content)
    again = await kept_content(services, content)
    await work()
    assert await find_row(services, first.sha256) == Row(first.blob_id, 2, False)
    assert str(first.blob_id) in stored()
    assert str(again.blob_id) not in stored()


async def test_a_content_stored_concurrently_is_kept_once(services, stored, work):
    content = drawn()
    await work()
    before = stored()
    brought = await asyncio.gather(*(kept_content(services, content) for _ in range(8)))
    await work()
    assert (row := await find_row(services, brought[0].sha256))
    assert row.refs == 8
    assert stored() - before == {str(row.id)}


async def test_a_reference_that_is_rolled_back_is_not_counted(services):
    content = await stored_content(services, drawn())

    async def add_and_fail() -> None:
        async with services.database.transaction() as tx:
            await service.add_content(tx, content)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await add_and_fail()
    assert await find_row(services, content.sha256) is None


async def test_a_content_without_references_can_get_one_within_a_day(services, stored, work):
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


async def test_a_content_without_references_for_a_day_is_deleted(services, stored, work):
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


async def test_deleting_objects_is_idempotent(services, stored):
    content = await stored_content(services, drawn())
    for _ in range(2):
        await delete_folders(services.storage, DeleteFolders([service.folder_of(content.blob_id)]))
    assert str(content.blob_id) not in stored()
    with pytest.raises(ObjectMissing):
        await read_whole(services.cloud_storage.blobs, content.blob_id, content.size_bytes)


async def test_concurrent_changes_in_any_order_are_counted_exactly(services):
    contents = [await kept_content(services, drawn()) for _ in range(3)]
    names = [content.sha256 for content in contents]

    async def add_and_remove(order: list[str]) -> None:
        async with services.database.transaction() as tx:
            for sha256 in sorted(order):
                await service.add_reference(tx, sha256)
        await release(services, *order)

    await asyncio.gather(*(add_and_remove(names[::step]) for step in (1, -1) for _ in range(5)))

    for content in contents:
        assert await find_row(services, content.sha256) == Row(content.blob_id, 1, False)


async def test_references_to_missing_contents_are_refused(services):
    for change in (
        service.add_reference,
        lambda tx, sha256: service.remove_references(tx, [sha256]),
    ):
        with pytest.raises(AssertionError):
            async with services.database.transaction() as tx:
                await change(tx, "0" * 64)


async def test_the_database_refuses_a_negative_count(services):
    content = await kept_content(services, drawn())
    with pytest.raises(Exception, match="blobs_refs_check"):
        await release(services, content.sha256, content.sha256)
