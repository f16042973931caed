"""A process dies after each step of an order that is sent with an idempotency key."""

import asyncio

import pytest

from tests.money.market import Wish
from veza.core.access import Role
from veza.core.ids import OrderId, new_id
from veza.core.keyed_request import KeyedRequest
from veza.domains.platform.idempotency.errors import KeyReused

_BODY, _OTHER_BODY = b"f" * 32, b"g" * 32


# The claim, the order, the payment at the provider, the payment and the answer here.
@pytest.mark.parametrize("dies_after", [1, 2, 3, 4])
async def test_an_order_is_placed_and_its_payment_created_once(market, dies_after):
    seller, buyer = await market.person(Role.CREATOR), await market.person()
    # The id is the key's.
    wish = Wish(OrderId(new_id()), buyer, [await market.product(seller, 1200)])
    sent = KeyedRequest(buyer.id, "a key", _BODY)
    payments = len(market.payments.payments)

    assert not await market.attempt(market.send_order(wish, sent), dies_after=dies_after)
    with pytest.raises(KeyReused):
        await market.send_order(wish, KeyedRequest(buyer.id, "a key", _OTHER_BODY))
    async with market.database.transaction() as tx:
        sql = "update idempotency_keys set leased_until = now() where user_id = $1"
        await tx.run(sql, buyer.id)
    made, again = await asyncio.gather(*(market.send_order(wish, sent) for _ in range(2)))

    assert made == again
    async with market.database.read() as conn:
        sql = "select id from orders where buyer_id = $1 and payment_ref is not null"
        assert await conn.column(OrderId, sql, buyer.id) == [made.id]
    assert len(market.payments.payments) == payments + 1
    assert made.payment is not None
    assert made.payment.payment_id in market.payments.payments
