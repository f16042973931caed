"""Sales are divided by the parts in force at that moment, whichever change follows."""

import asyncio

import asyncpg
import pytest

from tests import make
from tests.raw import borrowed
from tests.support.ordering import place_order
from tests.support.waiting import until_somebody_waits
from veza.app.domains import PERSONAL_DATA
from veza.core.access import Role
from veza.core.profiles import PageKind
from veza.core.visibility import Visibility
from veza.domains.marketplace.ledger.errors import OpenBalance
from veza.domains.marketplace.orders.models.checkout import OrderForm, OrderItemForm
from veza.domains.marketplace.orders.models.state import PaymentMade
from veza.domains.marketplace.orders.service import settlement
from veza.domains.privacy import service as privacy
from veza.infra.postgres.database import ConstraintViolation

# Of 1,001 cents the fee is 100: 901 and 100 are divided by 3,334, 3,333 and 3,333.
NETS = [301, 300, 300]
FEES = [34, 33, 33]


@pytest.fixture
async def buyer(services):
    return await make.person(services)


async def buy(services, buyer, product_id):
    """Place an order and pay it."""
    form = OrderForm([OrderItemForm(product_id)])
    order = await place_order(services.database, services.checkout, buyer.member, form)
    await pay(services, order)
    return order.id


async def pay(services, order):
    async with services.database.transaction() as tx:
        await settlement.settle(tx, order.id, PaymentMade(order.total_cents, order.currency))
    await make.delivered(services)


async def agree(agreement, *parts):
    proposed = await agreement.propose(*parts)
    awaited = set(proposed["proposal"]["awaited"])
    await agreement.accept(
        *(who for who in (agreement.ben, agreement.cat) if str(who.id) in awaited)
    )


async def read(agreement, path, who):
    return (await agreement.send("get", path, who)).json()["data"]


async def list_pending(agreement):
    """Return the amount owed to each party, by their balances."""
    people = (agreement.owner, agreement.ben, agreement.cat)
    return [(await read(agreement, "sell/balance", who))["pending"] for who in people]


async def test_each_party_has_its_part_of_what_is_sold(agreement, services, buyer, product_id):
    await agree(agreement, 3334, 3333, 3333)
    order_id = await buy(services, buyer, product_id)
    await agree(agreement, 1, 9998, 1)

    assert await list_pending(agreement) == NETS
    people = (agreement.owner, agreement.ben, agreement.cat)
    for who, net, fee in zip(people, NETS, FEES, strict=True):
        [transfer] = (await read(agreement, "sell/transfers", who))["transfers"]
        assert (transfer["order_id"], transfer["status"]) == (str(order_id), "pending")
        assert (transfer["amount_cents"], transfer["platform_fee_cents"]) == (net, fee)
        [told] = [
            one
            for one in (await read(agreement, "notifications", who))["notifications"]
            if one["kind"] == "sale"
        ]
        assert (told["sale"]["share_cents"], told["sale"]["currency"]) == (net, "EUR")
    [sale] = (await read(agreement, "sell/orders", agreement.owner))["orders"]
    assert (sale["net_cents"], sale["share_cents"]) == (901, NETS[0])


async def test_a_refund_takes_the_same_parts(agreement, services, buyer, product_id):
    await agree(agreement, 3334, 3333, 3333)
    order_id = await buy(services, buyer, product_id)
    async with services.database.transaction() as tx:
        await make.refunded_item(tx, order_id)
    await make.delivered(services)

    assert await list_pending(agreement) == [0, 0, 0]


async def test_what_is_ordered_before_a_change_is_divided_as_before(
    agreement, services, buyer, product_id
):
    form = OrderForm([OrderItemForm(product_id)])
    order = await place_order(services.database, services.checkout, buyer.member, form)
    await agree(agreement, 0, 5000, 5000)
    await pay(services, order)

    assert await list_pending(agreement) == [901, 0, 0]


async def test_a_party_stays_as_long_as_money_is_due_to_it(agreement, services, buyer, product_id):
    await agree(agreement, 0, 10_000)
    form = OrderForm([OrderItemForm(product_id)])
    order = await place_order(services.database, services.checkout, buyer.member, form)
    # It may still be paid.
    await _ensure_stays(services, agreement.ben)
    await pay(services, order)
    await _ensure_stays(services, agreement.ben)
    # The seller earned nothing of it, and may go.
    async with services.database.transaction() as tx:
        await privacy.erase(tx, PERSONAL_DATA, agreement.cat.id)


async def _ensure_stays(services, party):
    with pytest.raises(OpenBalance):
        async with services.database.transaction() as tx:
            await privacy.erase(tx, PERSONAL_DATA, party.id)


async def test_the_part_of_a_party_that_was_erased_meanwhile_is_the_sellers(
    agreement, services, buyer, product_id
):
    await agree(agreement, 1000, 4000, 5000)
    async with services.database.transaction() as tx:
        await privacy.erase(tx, PERSONAL_DATA, agreement.ben.id)
    await buy(services, buyer, product_id)

    pending = [
        (await read(agreement, "sell/balance", who))["pending"]
        for who in (agreement.owner, agreement.cat)
    ]
    # Both have the same fraction; the earlier party gets the cent.
    assert pending == [451, 450]


async def test_an_order_waits_for_a_party_that_leaves_without_holding_the_product(
    agreement, services, buyer, product_id
):
    await agree(agreement, 5000, 5000)
    form = OrderForm([OrderItemForm(product_id)])
    async with services.database.transaction() as tx:
        await tx.run("select from users where id = $1 for update", agreement.ben.id)
        ordering = asyncio.create_task(
            place_order(services.database, services.checkout, buyer.member, form)
        )
        await until_somebody_waits(services.database)
        # An erasure changes the ratings of what its member reviewed: both would wait for ever.
        assert await tx.run("select from products where id = $1 for update nowait", product_id)
    await ordering


async def test_frozen_parts_are_the_whole_line_and_stay_so(agreement, services, buyer, product_id):
    await agree(agreement, 5000, 5000)
    order_id = await buy(services, buyer, product_id)
    sql = "select id from order_items where order_id = $1"
    async with services.database.read() as conn:
        [item_id] = await conn.column(type(order_id), sql, order_id)
    for change in (
        "update order_item_parts set net_cents = 0 where item_id = $1",
        "update order_item_parts set party_id = gen_random_uuid() where item_id = $1",
        "delete from order_item_parts where item_id = $1",
    ):
        async with borrowed(services) as raw:
            with pytest.raises(
                asyncpg.InsufficientPrivilegeError, match="never changed or deleted"
            ):
                await raw.execute(change, item_id)
    more = """
        insert into order_item_parts (item_id, position, party_subject, parts_per_10000, fee_cents,
                                      net_cents)
             values ($1, 3, gen_random_uuid(), 1, 0, 0)
    """
    with pytest.raises(ConstraintViolation) as refused:
        async with services.database.transaction() as tx:
            await tx.run(more, item_id)
    assert refused.value.constraint == "order_item_parts_are_whole"


async def test_a_label_that_is_left_keeps_its_part_of_what_was_agreed(client, services, buyer):
    artist, owner = [await make.person(services, Role.CREATOR) for _ in range(2)]
    label = await make.page(services, owner, PageKind.LABEL)
    roster, form = f"profiles/{label.id}/roster", {"profile_id": str(artist.id), "scope": "all"}
    entry = (await client.post(roster, headers=label.headers, json=form)).json()["data"]
    await client.post(f"{roster}/{entry['id']}/accept", headers=artist.headers)
    async with services.database.transaction() as tx:
        track_id = await make.bare_track(tx, artist.member, "Agreed")
        release_id = await make.release(
            tx, artist.member, "Agreed", track_id, visibility=Visibility.PUBLIC
        )
        product_id = await make.product(
            tx, artist.member, "Agreed", price_cents=1000, release_id=release_id
        )
    splits = f"releases/{release_id}/splits"
    shares = ((artist, 7000), (label, 3000))
    parts = [{"profile_id": str(each.id), "parts_per_10000": part} for each, part in shares]
    proposed = await client.put(splits, headers=artist.headers, json={"parts": parts})
    assert proposed.status_code == 200, proposed.text
    accepted = await client.post(f"{splits}/accept", headers=label.headers)
    assert accepted.status_code == 200, accepted.text

    ended = await client.delete(f"{roster}/{entry['id']}", headers=artist.headers)
    assert ended.status_code == 200
    found = (await client.get(splits, headers=label.headers)).json()["data"]["parts"]
    assert {each["profile"]["id"]: each["parts_per_10000"] for each in found} == {
        str(each.id): part for each, part in shares
    }
    await buy(services, buyer, product_id)
    for each, pending in ((artist, 630), (label, 270)):
        balance = (await client.get("sell/balance", headers=each.headers)).json()["data"]
        assert balance["pending"] == pending
