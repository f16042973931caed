"""A member with an open balance cannot be erased; a seller who was paid out can."""

from typing import NoReturn

import pytest

from tests import make
from veza.app.domains import PERSONAL_DATA
from veza.core.access import Member, Role
from veza.core.ids import OrderId, RefundId, new_id
from veza.domains.marketplace.ledger import shared_queries as ledger_queries
from veza.domains.marketplace.ledger.errors import OpenBalance
from veza.domains.marketplace.orders.models.state import (
    DisputeLost,
    DisputeOpened,
    PaymentExpired,
    PaymentFailed,
    PaymentMade,
    RefundBegun,
)
from veza.domains.marketplace.orders.service import settlement
from veza.domains.privacy import service as privacy
from veza.infra.postgres.database import Tx


@pytest.fixture
async def buyer(tx: Tx) -> Member:
    return (await make.member_in(tx))[0]


@pytest.fixture
async def seller(tx: Tx) -> Member:
    return (await make.member_in(tx, Role.CREATOR))[0]


async def erase(tx: Tx, member: Member) -> None:
    await privacy.erase(tx, PERSONAL_DATA, member.id)


async def erases(tx: Tx, member: Member) -> bool:
    """Return whether a member can be erased, and roll back."""
    try:
        async with tx.savepoint():
            await erase(tx, member)
            _undo()
    except _Undone:
        return True
    except OpenBalance:
        return False


class _Undone(Exception):
    """What was tried is taken back."""


def _undo() -> NoReturn:
    raise _Undone


async def test_who_is_still_to_be_paid_stays_and_may_go_once_they_are(tx, buyer, seller):
    order_id = await make.paid_order(tx, buyer, (seller, 1000))
    with pytest.raises(OpenBalance):
        async with tx.savepoint():
            await erase(tx, seller)

    await make.paid_out(tx, seller, order_id)

    await erase(tx, seller)


async def test_who_owes_what_was_refunded_after_they_were_paid_stays(tx, buyer, seller):
    order_id = await make.paid_order(tx, buyer, (seller, 1000))
    await make.paid_out(tx, seller, order_id)
    await make.refunded_item(tx, order_id)

    assert not await erases(tx, seller)


async def test_a_refund_on_its_way_keeps_the_seller_though_nothing_is_owed_yet(tx, buyer, seller):
    order_id = await make.paid_order(tx, buyer, (seller, 1000))
    await make.paid_out(tx, seller, order_id)
    [line] = (await settlement.read_state(tx, order_id)).lines
    await settlement.settle(tx, order_id, RefundBegun(RefundId(new_id()), [line.id]))

    assert not await erases(tx, seller)


async def test_an_order_that_may_still_be_paid_keeps_its_seller(tx, buyer, seller):
    order_id = await make.order(tx, buyer, (seller, 1000))
    assert not await erases(tx, seller)

    await settlement.settle(tx, order_id, PaymentFailed("No money."))
    assert not await erases(tx, seller), "What failed may be paid by another card."


async def test_an_order_that_nobody_paid_keeps_nobody(tx, buyer, seller):
    order_id = await make.order(tx, buyer, (seller, 1000))
    await settlement.settle(tx, order_id, PaymentExpired())

    assert await erases(tx, seller)


async def test_a_dispute_keeps_the_seller_until_it_is_decided(tx, buyer, seller):
    order_id = await make.paid_order(tx, buyer, (seller, 1000))
    await settlement.settle(tx, order_id, DisputeOpened("dp_1", 1000))
    assert await earned(tx, seller) == 0
    assert not await erases(tx, seller), "It may be won."

    await settlement.settle(tx, order_id, DisputeLost("dp_1"))
    assert await erases(tx, seller)


@pytest.mark.parametrize("status", ["pending", "processing"])
async def test_a_transfer_under_way_keeps_the_seller(tx, buyer, seller, status):
    order_id = await make.paid_order(tx, buyer, (seller, 1000))
    await make.refunded_item(tx, order_id)
    assert await erases(tx, seller), "All went back: nothing is left."

    transfer_id = await make.failed_transfer(tx, seller, order_id)
    sql = "update transfers set status = $2 where id = $1"
    await tx.run(sql, transfer_id, status)

    assert not await erases(tx, seller)


async def test_a_reversal_under_way_keeps_the_seller(tx, buyer, seller):
    order_id = await make.paid_order(tx, buyer, (seller, 1000))
    await make.refunded_item(tx, order_id)
    transfer_id = await make.failed_transfer(tx, seller, order_id)
    sql = """
        insert into transfer_reversals (id, transfer_id, amount_cents, status)
             values ($1, $2, 900, 'pending')
    """
    await tx.run(sql, new_id(), transfer_id)

    assert not await erases(tx, seller)


async def test_buyers_may_go_and_their_sellers_keep_what_they_earned(tx, buyer, seller):
    await make.paid_order(tx, buyer, (seller, 1000))
    await make.order(tx, buyer, (seller, 1000))

    await erase(tx, buyer)

    assert await earned(tx, seller) == 900


async def test_what_a_buyer_pays_for_goods_of_who_is_gone_goes_back(tx, buyer, seller):
    order_id = await gone_sellers_order(tx, buyer, seller)

    settled = await settlement.settle(tx, order_id, PaymentMade(1000, "EUR"))

    assert settled.status == "refund_pending"


async def gone_sellers_order(tx: Tx, buyer: Member, seller: Member) -> OrderId:
    """Make an order that expired after its payment failed, of a seller who went."""
    order_id = await make.order(tx, buyer, (seller, 1000))
    await settlement.settle(tx, order_id, PaymentFailed("No money."))
    await settlement.settle(tx, order_id, PaymentExpired())
    await erase(tx, seller)
    return order_id


async def earned(tx: Tx, seller: Member) -> int:
    """Tell what is to be paid to a seller."""
    return sum(one.earned_cents for one in await ledger_queries.list_balances(tx, seller.id))
