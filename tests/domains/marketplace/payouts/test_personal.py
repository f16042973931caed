"""A seller with open transfers or reversals can't be erased, and others can."""

from tests import make
from veza.core.access import Role
from veza.core.ids import new_id
from veza.core.money_mode import MoneyMode
from veza.domains.marketplace.payouts.queries import has_open_transfers


async def test_open_transfers_and_reversals_are_a_sellers_own(tx):
    buyer, _ = await make.member_in(tx)
    seller, other = [(await make.member_in(tx, Role.CREATOR))[0] for _ in range(2)]
    order_id = await make.paid_order(tx, buyer, (seller, 1000), (other, 1000))
    of_seller, of_other = [
        await make.failed_transfer(tx, person, order_id) for person in (seller, other)
    ]

    async def are_open():
        return [await has_open_transfers(tx, each.id, [MoneyMode.TEST]) for each in (seller, other)]

    assert await are_open() == [False, False]
    sql = """
        insert into transfer_reversals (id, transfer_id, amount_cents, status)
             values ($1, $2, 100, $3)
    """
    await tx.run(sql, new_id(), of_seller, "failed")
    await tx.run(sql, new_id(), of_other, "pending")
    assert await are_open() == [False, True]
    assert not await has_open_transfers(tx, other.id, [MoneyMode.LIVE])
    await tx.run("update transfers set status = 'pending', reason = null where id = $1", of_seller)
    assert await are_open() == [True, True]
