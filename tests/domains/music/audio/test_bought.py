"""Who bought a track has the original for good; who didn't, or gave it back, hasn't."""

import asyncio
import hashlib

import pytest

from tests import make
from tests.domains.music.audio.storage_steps import files_of
from tests.raw import borrowed
from veza.app.domains import PERSONAL_DATA
from veza.core.access import Role
from veza.core.ids import OrderId
from veza.domains.music.audio import queries, rules
from veza.domains.music.audio.service import files as track_files
from veza.infra.postgres.database import Conn

ORIGINAL, STREAM = b"as it was made", b"as all may hear it"


@pytest.fixture
async def seller(services):
    return await make.person(services, Role.CREATOR)


@pytest.fixture
async def track_id(services, seller):
    """A track that everybody may hear, and nobody may download."""
    return await add_track(services, seller)


@pytest.fixture
def buy(services, client, track_id, seller):
    """Put a product on sale for nothing that has the track, and have somebody order it."""

    async def order(buyer, **columns):
        said = {"type": "track", "price_cents": 0, "track_id": track_id} | columns
        async with services.database.transaction() as tx:
            product_id = await make.product(tx, seller.member, **said)
        items = {"items": [{"product_id": str(product_id)}]}
        answer = await client.post("marketplace/orders", headers=buyer.headers, json=items)
        assert answer.json()["data"]["status"] == "paid"
        return OrderId(answer.json()["data"]["id"])

    return order


@pytest.fixture
def got(client, track_id):
    """Tell what somebody streams and downloads: bytes, or why not."""

    async def ask(person=None):
        headers = None if person is None else person.headers
        return [
            answer.content if answer.status_code == 200 else answer.status_code
            for path in ("stream", "download")
            for answer in [await client.get(f"tracks/{track_id}/{path}", headers=headers)]
        ]

    return ask


async def add_track(services, owner, **columns):
    """Make a track with files of some bytes, as if it had been processed."""
    async with services.database.transaction() as tx:
        track_id = await make.bare_track(tx, owner.member, "Night Ferry", **columns)
        sql = """
            insert into track_media (track_id, filename, original_kind, original_size,
                                     original_hash, stream_size, ladder_size)
                 values ($1, 'night.ferry.flac', 'flac', $2, $3, $4, 1)
        """
        digest = hashlib.sha256(ORIGINAL).hexdigest()
        await tx.run(sql, track_id, len(ORIGINAL), digest, len(STREAM))
    for name, content in (("original", ORIGINAL), ("stream.m4a", STREAM), ("hls/a.m4s", b"a")):
        await services.storage.put_new(f"{rules.folder_of(track_id)}/{name}", content)
    return track_id


async def test_a_buyer_has_the_original_and_others_hear_what_all_hear(buy, got, other, services):
    assert await got(other) == [STREAM, 403]

    await buy(other)

    assert await got(other) == [ORIGINAL, ORIGINAL]
    assert await got(await make.person(services)) == [STREAM, 403]
    assert await got() == [STREAM, 403]


async def test_a_buyer_s_download_can_be_gone_on_with_and_has_a_name(
    buy, other, client, track_id, seller
):
    await buy(other)

    part = await client.get(
        f"tracks/{track_id}/download", headers=other.headers | {"range": "bytes=3-5"}
    )
    assert (part.status_code, part.content) == (206, ORIGINAL[3:6])
    assert "Night Ferry.flac" in part.headers["content-disposition"]
    assert part.headers["cache-control"].startswith("private")

    await client.delete(f"tracks/{track_id}", headers=seller.headers)
    whole = await client.get(f"tracks/{track_id}/download", headers=other.headers)
    assert "night.ferry.flac" in whole.headers["content-disposition"]


async def test_a_track_that_is_hidden_later_stays_with_its_buyers(
    buy, got, other, services, client, track_id, seller
):
    await buy(other)

    for visibility, stranger in (("unlisted", [STREAM, 403]), ("private", [404, 404])):
        path = f"tracks/{track_id}"
        await client.put(path, headers=seller.headers, json={"visibility": visibility})
        assert await got(other) == [ORIGINAL, ORIGINAL]
        assert await got(await make.person(services)) == stranger


async def test_a_track_whose_artist_is_suspended_stays_with_its_buyers(
    buy, got, other, services, seller
):
    await buy(other)
    await make.suspended(services, seller)

    assert await got(other) == [ORIGINAL, ORIGINAL]
    assert await got() == [404, 404]


async def test_of_a_deleted_track_the_original_stays_with_its_buyers(
    buy, got, other, services, client, work, track_id, seller
):
    await buy(other)
    await work()
    before = await sum_sizes(services)
    await client.delete(f"tracks/{track_id}", headers=seller.headers)
    assert await got(other) == [ORIGINAL, ORIGINAL], "Before the files go."

    for _ in range(2):
        await work()
        assert files_of(services, track_id) == {"original"}

    assert await got(other) == [ORIGINAL, ORIGINAL]
    assert await got(seller) == [404, 404]
    assert await got() == [404, 404]
    after = await sum_sizes(services)
    assert after["originals_bytes"] == before["originals_bytes"]
    assert after["renditions_bytes"] == before["renditions_bytes"] - len(STREAM) - 1


async def test_of_an_erased_artist_the_original_stays_with_its_buyers(
    buy, got, other, services, work, track_id, seller
):
    await buy(other)
    async with services.database.transaction() as tx:
        for part in PERSONAL_DATA.values():
            await part.erase(tx, seller.id)
    await work()

    assert await got(other) == [ORIGINAL, ORIGINAL]
    assert files_of(services, track_id) == {"original"}


async def test_what_nobody_ordered_goes_with_its_track(services, client, work, track_id, seller):
    await client.delete(f"tracks/{track_id}", headers=seller.headers)
    await work()

    assert files_of(services, track_id) == set()
    async with services.database.read() as conn:
        sql = "select count(*) from track_media where track_id = $1"
        assert await conn.value(int, sql, track_id) == 0


async def test_what_is_paid_after_the_track_was_deleted_is_there_still(
    got, other, services, client, work, track_id, seller
):
    async with services.database.transaction() as tx:
        product_id = await make.product(tx, seller.member, type="track", track_id=track_id)
    items = {"items": [{"product_id": str(product_id)}]}
    answer = await client.post("marketplace/orders", headers=other.headers, json=items)
    payment_id = answer.json()["data"]["payment"]["payment_id"]
    await client.delete(f"tracks/{track_id}", headers=seller.headers)
    await work()
    assert await got(other) == [404, 404]

    path, wish = f"sandbox/payments/{payment_id}/confirm", {"outcome": "succeeded"}
    await client.post(path, headers=other.headers, json=wish)
    await work()

    assert await got(other) == [ORIGINAL, ORIGINAL]


@pytest.mark.long
async def test_of_an_order_and_a_deletion_at_once_either_sees_the_other(
    other, services, client, work, seller
):
    rounds = []
    for _ in range(6):
        track_id = await add_track(services, seller)
        said = {"type": "track", "price_cents": 0, "track_id": track_id}
        async with services.database.transaction() as tx:
            product_id = await make.product(tx, seller.member, **said)
        items = {"items": [{"product_id": str(product_id)}]}
        ordered, deleted = await asyncio.gather(
            client.post("marketplace/orders", headers=other.headers, json=items),
            client.delete(f"tracks/{track_id}", headers=seller.headers),
        )
        assert (ordered.status_code, deleted.status_code) == (201, 200)
        rounds.append((track_id, ordered.json()["data"]["id"]))
    await work()

    for track_id, order_id in rounds:
        async with services.database.read() as conn:
            sql = "select track_id is not null from order_items where order_id = $1"
            is_sold = await conn.value(bool, sql, order_id)
        answer = await client.get(f"tracks/{track_id}/stream", headers=other.headers)
        kept = (200, {"original"}) if is_sold else (404, set())
        assert (answer.status_code, files_of(services, track_id)) == kept


async def test_who_gave_it_back_has_it_no_more(buy, got, other, services):
    order_id = await buy(other)
    async with services.database.transaction() as tx:
        await make.refunded_item(tx, order_id)

    assert await got(other) == [STREAM, 403]


@pytest.mark.parametrize("kind", ["album", "sample_pack", "preset", "service"])
async def test_a_track_that_lets_people_hear_something_else_is_not_sold_with_it(
    buy, got, other, kind
):
    await buy(other, type=kind)

    assert await got(other) == [STREAM, 403]


async def test_buyers_keep_the_track_that_they_bought_whatever_the_product_has_later(
    buy, got, other, services, track_id, seller
):
    await buy(other)
    async with services.database.transaction() as tx:
        await tx.run("update products set track_id = null where track_id = $1", track_id)

    assert await got(other) == [ORIGINAL, ORIGINAL]


class Counting(Conn):
    """A connection that counts what it is asked."""

    count = 0

    async def maybe(self, *args):
        self.count += 1
        return await super().maybe(*args)

    async def value(self, *args):
        self.count += 1
        return await super().value(*args)


async def test_purchases_are_only_looked_up_for_viewers_who_need_one(
    services, track_id, seller, other
):
    offered = await add_track(services, seller, downloadable=True)

    async def count(which, person):
        async with borrowed(services) as raw:
            counting = Counting(raw)
            viewer = None if person is None else person.member
            await track_files.open_best_audio(
                counting, which, viewer, granted=False, purchases=services.audio_storage.purchases
            )
            return counting.count

    assert await count(offered, other) == 1
    assert await count(track_id, None) == 1
    assert await count(track_id, seller) == 1
    assert await count(track_id, other) == 2


async def sum_sizes(services):
    async with services.database.read() as conn:
        return await queries.sum_sizes(conn)
