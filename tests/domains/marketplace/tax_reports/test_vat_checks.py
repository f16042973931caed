"""The VAT id of a buyer is looked up before an order, and what was found is kept with it."""

from collections.abc import Iterator

import pytest
from msgspec import structs

from tests import make
from tests.fakes.vat_directory import AWAY, INVALID, FakeVatDirectory
from tests.support.ordering import place_order
from veza.core.access import Role
from veza.domains.marketplace.orders.errors import VatIdUnknown
from veza.domains.marketplace.orders.models.checkout import OrderForm, OrderItemForm
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

    async def place(billing, context=context):
        async with services.database.transaction() as tx:
            product_id = await make.product(tx, seller.member, "More", price_cents=500)
        form = OrderForm([OrderItemForm(product_id)], billing=billing)
        made = await place_order(services.database, context, buyer.member, form)
        async with services.database.read() as conn:
            sql = (
                "select vat_check->>'state' || coalesce(vat_check->>'request_id', '-') from orders"
            )
            return await conn.value(str, f"{sql} where id = $1", made.id)

    return place


async def test_what_was_found_is_kept_with_the_order(order, fake):
    assert await order(BILLING) == "validWAPIAAAAX1"
    fake.answer = (500, AWAY)
    assert await order(BILLING) == "unknown-"
    assert len(fake.asked) == 2


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
        assert await order(billing) is None
    assert await order(BILLING, context=services.checkout) is None
    assert fake.asked == []
