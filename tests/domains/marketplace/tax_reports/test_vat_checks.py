"""The VAT id of a buyer is looked up before an order, and what was found is kept with it."""

from collections.abc import Iterator

import pytest
from msgspec import structs

from tests import make
from tests.domains.marketplace.guests.guest_steps import address
from tests.fakes.vat_directory import AWAY, INVALID, FakeVatDirectory
from tests.support.ordering import place_order
from veza.core.access import Role
from veza.core.guest_request import GuestRequest
from veza.core.ids import OrderId, new_id
from veza.core.languages import Language
from veza.domains.marketplace.orders import personal_data
from veza.domains.marketplace.orders.errors import VatIdUnknown
from veza.domains.marketplace.orders.models.checkout import OrderForm, OrderItemForm
from veza.domains.marketplace.orders.service import guest_orders
from veza.domains.marketplace.orders.service.guest_orders import GuestDesk
from veza.domains.marketplace.taxes.models import BillingDetails
from veza.infra.vat_ids.directory import VatIdDirectory

BILLING = BillingDetails("Ann Ltd", "1 Quay, Cork", "IE", "IE6388047V")


@pytest.fixture
def fake() -> Iterator[FakeVatDirectory]:
    with FakeVatDirectory() as started:
        yield started


@pytest.fixture
async def order(services, fake):
    seller, buyer = [await make.person(services, role) for role in (Role.CREATOR, Role.USER)]
    context = structs.replace(services.checkout, vat_ids=VatIdDirectory(fake.url))

    async def place(billing, context=context, tries=1):
        async with services.database.transaction() as tx:
            product_id = await make.product(tx, seller.member, "More", price_cents=500)
        form = OrderForm([OrderItemForm(product_id)], billing=billing)
        order_id = OrderId(new_id())
        for _ in range(tries):
            await place_order(services.database, context, buyer.member, form, order_id)
        return await state_of(services, order_id), buyer.id

    return place


async def state_of(services, order_id):
    """Return what is stored, without when it was found."""
    async with services.database.read() as conn:
        sql = "select vat_check - 'checked_at' from orders where id = $1"
        found = await conn.value(dict, sql, order_id)
    return found and found["state"] if found is None or len(found) == 1 else found


async def test_what_was_found_is_kept_with_the_order(order, fake):
    assert (await order(BILLING))[0] == "valid"
    fake.answer = (500, AWAY)
    assert (await order(BILLING))[0] == "unknown"
    assert len(fake.asked) == 2


async def test_an_order_that_is_tried_again_is_looked_up_once(order, fake):
    assert (await order(BILLING, tries=3))[0] == "valid"
    assert len(fake.asked) == 1


async def test_a_guest_is_looked_up_once_for_each_cart(services, fake):
    seller = await make.person(services, Role.CREATOR)
    async with services.database.transaction() as tx:
        product_id = await make.product(tx, seller.member, "More", price_cents=500)
    context = structs.replace(services.checkout, vat_ids=VatIdDirectory(fake.url))
    gate = structs.replace(services.sign_up.gate, most_unproved=0)
    desk = GuestDesk(context, gate, services.keys.derive(guest_orders.KEY_PURPOSE))
    request = GuestRequest("192.0.2.7", Language.ENGLISH, None, b"")
    form = OrderForm([OrderItemForm(product_id)], billing=BILLING, email=address())

    async def place(**billing):
        changed = structs.replace(form, billing=structs.replace(BILLING, **billing))
        return (await guest_orders.check_out(services.database, desk, changed, request)).id

    first = await place()
    assert await place() == first
    assert len(fake.asked) == 1
    assert await state_of(services, first) == "valid"
    # Another name or address is on another invoice.
    assert len({first, await place(name="Bo Ltd"), await place(address="3 Quay, Cork")}) == 3
    async with services.database.transaction() as tx:
        await guest_orders.forget_address(tx, form.email)
    assert await state_of(services, first) is None


async def test_what_was_found_is_exported_and_erased_with_the_buyer(order, services):
    state, buyer_id = await order(BILLING)
    async with services.database.transaction() as tx:
        [exported] = (await personal_data.export(tx, buyer_id)).orders
        assert exported.vat_check.state == state == "valid"
        await personal_data.erase(tx, buyer_id)
    assert await state_of(services, exported.id) is None


async def test_an_unknown_id_buys_nothing(order, fake, services):
    fake.answer = (200, INVALID)
    async with services.database.read() as conn:
        before = await conn.value(int, "select count(*) from orders")
    with pytest.raises(VatIdUnknown):
        await order(BILLING)
    async with services.database.read() as conn:
        assert await conn.value(int, "select count(*) from orders") == before


async def test_nothing_is_asked_without_an_id_of_the_eu_or_a_directory(order, fake, services):
    for billing in (
        None,
        structs.replace(BILLING, vat_id=None),
        structs.replace(BILLING, country="CH", vat_id="CHE-123.456.788"),
    ):
        assert (await order(billing))[0] is None
    assert (await order(BILLING, context=services.checkout))[0] is None
    assert fake.asked == []
