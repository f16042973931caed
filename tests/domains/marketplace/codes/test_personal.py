"""Personal data of the codes of a seller, and of those that a member redeemed."""

from tests import make
from veza.core.access import Role
from veza.domains.marketplace.codes import personal_data


async def test_erasing_a_seller_leaves_the_codes_of_buyers_and_of_other_sellers(services):
    seller, other = [await make.person(services, Role.CREATOR) for _ in range(2)]
    buyer = await make.person(services)
    batches = {}
    async with services.database.transaction() as tx:
        for person in (seller, other):
            product_id = await make.product(tx, person.member)
            batches[person.id] = await make.code_batch(tx, person.member, product_id, count=3)
    order_id = await make.redeemed(services, buyer, batches[seller.id].codes[0])

    async def count(person, condition):
        sql = f"select count(*) from download_codes where batch_id = $1 and item_id {condition}"
        return await conn.value(int, sql, batches[person.id].id)

    async with services.database.transaction() as tx:
        exported = await personal_data.export(tx, seller.id)
        assert [batch.id for batch in exported.batches] == [batches[seller.id].id]
        assert exported.redeemed == []
        await personal_data.erase(tx, seller.id)

    async with services.database.transaction(recorded=False) as conn:
        assert await count(seller, "is null") == 0
        assert await count(seller, "is not null") == 1
        assert await count(other, "is null") == 3
        [batch] = (await personal_data.export(conn, seller.id)).batches
        assert (batch.label, batch.used_count) == (None, 1)
        assert batch.revoked_at is not None
        [of_other] = (await personal_data.export(conn, other.id)).batches
        assert (of_other.label, of_other.revoked_at) == ("Vinyl", None)
        of_buyer = await personal_data.export(conn, buyer.id)
        assert [code.order_id for code in of_buyer.redeemed] == [order_id]
        assert of_buyer.batches == []
