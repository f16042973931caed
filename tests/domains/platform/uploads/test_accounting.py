"""What is counted is what is there, whatever statement, cascade or job took something away."""

import asyncio
from functools import partial

import pytest

from tests import make, sounds
from tests.raw import borrowed
from veza.app.worker import run_until_empty
from veza.core.access import Role
from veza.domains.music.audio import failed_tracks
from veza.domains.platform.uploads import shared_queries as upload_queries
from veza.domains.platform.uploads.models import StorageKind
from veza.domains.privacy.service import erase
from veza.operations.verification.storage import find_wrong_counts


@pytest.fixture
def mismatches(services):
    async def find(*people):
        async with services.database.read() as conn:
            return await upload_queries.list_mismatches(conn, [one.id for one in people])

    return find


async def test_what_is_deleted_gives_its_room_back(
    client, services, creator, send, usage, product_id, gear_id, mismatches
):
    made = {kind: (await send(kind)).json()["data"] for kind in StorageKind}
    await run_until_empty(services)
    assert {count for _, count in (await usage(creator.id)).values()} == {1}
    assert await mismatches(creator) == []

    # The item and the product go with what hangs on them.
    for path in (
        f"tracks/{made[StorageKind.TRACKS]['id']}",
        f"images/{made[StorageKind.IMAGES]['id']}",
        f"marketplace/products/{product_id}",
        f"inventory/gear/{gear_id}",
        f"cloud/files/{made[StorageKind.FILES]['id']}?forever=true",
    ):
        answer = await client.delete(path, headers=creator.headers)
        assert answer.is_success, answer.text
    await run_until_empty(services)

    assert set((await usage(creator.id)).values()) == {(0, 0)}
    assert await mismatches(creator) == []


async def test_one_file_or_document_less_counts_too(
    client, creator, send, usage, product_id, gear_id
):
    file = (await send(StorageKind.PRODUCT_FILES)).json()["data"]
    document = (await send(StorageKind.GEAR_DOCUMENTS)).json()["data"]
    await send(StorageKind.PRODUCT_FILES)
    await send(StorageKind.GEAR_DOCUMENTS)

    for path in (
        f"marketplace/products/{product_id}/files/{file['id']}",
        f"inventory/gear/{gear_id}/documents/{document['id']}",
    ):
        assert (await client.delete(path, headers=creator.headers)).is_success

    assert await usage(creator.id) == {"gear_documents": (1000, 1), "product_files": (1000, 1)}


async def test_a_track_that_failed_counts_until_its_file_is_deleted(
    services, creator, send, usage, mismatches, tmp_path
):
    flac = sounds.write(tmp_path / "whole.flac", sounds.noise(4)).read_bytes()[:100_000]
    assert (await send(StorageKind.TRACKS, flac)).status_code == 201
    assert (await usage(creator.id))["tracks"] == (100_000, 1)
    await run_until_empty(services)
    assert (await usage(creator.id))["tracks"] == (100_000, 1)
    async with services.database.transaction() as tx:
        sql = "update track_media set failed_at = now() - interval '8 days' where owner_id = $1"
        await tx.run(sql, creator.id)
    await failed_tracks.delete_expired(services.database)
    assert (await usage(creator.id))["tracks"] == (0, 1)
    assert await mismatches(creator) == []


@pytest.mark.long
async def test_what_a_buyer_keeps_counts_for_its_seller_as_long_as_there_is_one(
    client, services, creator, send, usage, mismatches
):
    track_id = (await send(StorageKind.TRACKS)).json()["data"]["id"]
    await run_until_empty(services)
    buyer = await make.person(services)
    async with services.database.transaction() as tx:
        said = {"type": "track", "price_cents": 0, "track_id": track_id}
        product_id = await make.product(tx, creator.member, **said)
    items = {"items": [{"product_id": str(product_id)}]}
    order = await client.post("marketplace/orders", headers=buyer.headers, json=items)
    assert order.json()["data"]["status"] == "paid"
    await client.delete(f"tracks/{track_id}", headers=creator.headers)
    await run_until_empty(services)

    assert (await usage(creator.id))["tracks"][1] == 1
    assert await mismatches(creator) == []
    await _erase(services, creator)
    assert await usage(creator.id) == {}
    assert await mismatches(creator) == []


@pytest.mark.long
async def test_who_is_erased_is_counted_no_more(services, send, creator, usage, mismatches):
    for kind in StorageKind:
        await send(kind)
    await run_until_empty(services)
    await _erase(services, creator)

    assert await usage(creator.id) == {}
    assert await mismatches(creator) == []
    async with borrowed(services) as raw:
        for table in ("track_media", "product_files", "gear_documents"):
            sql = f"select count(*) from {table} where owner_id = $1"
            assert await raw.fetchval(sql, creator.id) == 0


async def _erase(services, person):
    async with services.database.transaction() as tx:
        await erase(tx, services.personal_data.domains, person.id)
    await run_until_empty(services)


async def test_many_who_come_and_go_at_once_are_counted_exactly(services, mismatches, usage):
    people = [await make.person(services, Role.CREATOR) for _ in range(4)]

    async def delete(ids, tx):
        await tx.run("delete from images where id = any($1)", ids)

    async def come_and_go(person):
        for number in range(10):
            async with services.database.transaction() as tx:
                ids = [await make.bare_image(tx, person.member) for _ in range(3)]
            await services.database.transact(partial(delete, ids[: number % 4]))

    async def leave_together():
        # Of all of them in one statement, as a sweep does.
        ids = [person.id for person in people]
        sql = """
            delete from images
                  where id in (select id from images where owner_id = any($1) limit 3)
        """
        for _ in range(10):
            # Two of them can lock the same rows in another order.
            await services.database.transact(lambda tx: tx.run(sql, ids))

    await asyncio.gather(
        *(come_and_go(person) for person in people for _ in range(2)),
        *(leave_together() for _ in range(3)),
    )

    assert await mismatches(*people) == []
    for person in people:
        size, count = (await usage(person.id))["images"]
        assert size == 1000 * count


async def test_a_count_that_is_wrong_is_found(services, send, creator):
    await send(StorageKind.PRODUCT_FILES)
    async with services.database.transaction() as tx:
        await tx.run("update storage_usage set bytes = 7 where user_id = $1", creator.id)

    found = [one async for one in find_wrong_counts(services.database)]

    [one] = [one for one in found if str(creator.id) in one.key]
    assert one.what == "Wrong count"
    assert one.key == f"product_files of {creator.id}"
    assert one.text == "7 bytes in 1 objects are counted, 1000 bytes in 1 objects exist"
    async with services.database.transaction() as tx:
        await tx.run("update storage_usage set bytes = 1000 where user_id = $1", creator.id)


async def test_a_count_that_is_wrong_keeps_nobody_from_deleting(
    client, services, send, creator, product_id, usage
):
    file = (await send(StorageKind.PRODUCT_FILES)).json()["data"]
    async with services.database.transaction() as tx:
        sql = "update storage_usage set bytes = 1, objects = 0 where user_id = $1"
        await tx.run(sql, creator.id)

    path = f"marketplace/products/{product_id}/files/{file['id']}"
    assert (await client.delete(path, headers=creator.headers)).is_success
    assert await usage(creator.id) == {"product_files": (0, 0)}
