"""What is ordered keeps the tax that it had, with the proofs of its buyer's place."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from tests import make
from tests.domains.marketplace.memberships.club_steps import Club
from tests.support.ordering import place_order
from veza.core import clock
from veza.core.errors import Invalid
from veza.core.ids import OrderId, ProfileId, RefundId, new_id
from veza.core.money import vat_within
from veza.domains.marketplace.discounts.models import CodeBuyer
from veza.domains.marketplace.invoices import rules as invoice_rules
from veza.domains.marketplace.invoices import service as invoices
from veza.domains.marketplace.invoices.invariants import INVARIANTS as INVOICE_RULES
from veza.domains.marketplace.ledger import service as ledger
from veza.domains.marketplace.orders import personal_data
from veza.domains.marketplace.orders.invariants import INVARIANTS as ORDER_RULES
from veza.domains.marketplace.orders.models.checkout import (
    BillingDetails,
    CheckedForm,
    OrderForm,
    OrderItemForm,
)
from veza.domains.marketplace.orders.models.state import PaymentMade, RefundBegun, RefundMade
from veza.domains.marketplace.orders.service import placing, settlement
from veza.domains.marketplace.quotes import service as quotes
from veza.domains.marketplace.quotes.models import QuoteForm
from veza.domains.marketplace.sellers import service as sellers
from veza.domains.marketplace.sellers.models import SellerProfileChange
from veza.domains.marketplace.taxes import service as taxes
from veza.domains.marketplace.taxes.errors import CountryNeeded
from veza.domains.marketplace.taxes.models import TaxRateForm, VatRegime
from veza.domains.marketplace.tips.models import TipForm

IRISH = "IE6433435F"
DESTINATION = {"country": "DE", "vat_id": "DE136695976", "vat_regime": VatRegime.DESTINATION}
GERMAN_19 = DESTINATION | {"vat_regime": VatRegime.DOMESTIC, "vat_rate": 0.19}


@pytest.fixture
def sells(shop):
    """Change the profile of a seller."""

    async def change(place=0, **fields):
        async with shop.services.database.transaction() as tx:
            seller = shop.sellers[place].member
            return await sellers.update_profile(tx, seller, SellerProfileChange(**fields))

    return change


async def order(shop, billing=None, **more):
    items = [OrderItemForm(product_id) for product_id in shop.product_ids]
    buyer = await make.person(shop.services)
    form = OrderForm(items, billing=billing, **more)
    made = await place_order(shop.services.database, shop.checkout, buyer.member, form)
    return buyer, made


async def settle(shop, order_id, *events):
    async with shop.services.database.transaction() as tx:
        for event in events:
            await settlement.settle(tx, order_id, event)


async def places_of(shop, order_id):
    async with shop.services.database.read() as conn:
        sql = "select kind || ' ' || country from order_places where order_id = $1 order by kind"
        return await conn.column(str, sql, order_id)


def taxes_of(made):
    return [
        (item.tax.treatment, item.tax.country, item.tax.rate, item.tax.cents) for item in made.items
    ]


async def test_lines_keep_the_tax_of_their_seller(shop, sells):
    await sells(0, **GERMAN_19)
    _, made = await order(shop)
    expected = [("domestic", "DE", 19, 192), ("none", None, None, 0)]
    assert taxes_of(made) == expected
    assert made.total_cents == 1700
    await sells(0, vat_regime=VatRegime.NONE)
    async with shop.services.database.read() as conn:
        [shown] = [await settlement.read_state(conn, made.id)]
        assert len(shown.lines) == 2
        rates = "select tax_rate from order_items where order_id = $1 and tax_rate is not null"
        assert await conn.column(Decimal, rates, made.id) == [Decimal(19)]


async def test_a_seller_by_destination_asks_for_a_country_before_anything_is_placed(shop, sells):
    await sells(0, **DESTINATION)
    with pytest.raises(CountryNeeded):
        await order(shop)
    _, made = await order(shop, BillingDetails(country="FI"))
    assert taxes_of(made)[0] == ("destination", "FI", 25.5, vat_within(1200, Decimal("0.255")))
    assert await places_of(shop, made.id) == ["declared FI"]
    _, business = await order(shop, BillingDetails(country="IE", vat_id="ie 6433435 f"))
    assert taxes_of(business)[0] == ("reverse_charge", "IE", None, 0)
    assert business.billing.vat_id == IRISH
    with pytest.raises(Invalid):
        await order(shop, BillingDetails(country="FI", vat_id=IRISH))
    with pytest.raises(Invalid):
        await order(shop, BillingDetails(vat_id=IRISH))


async def test_a_quote_has_the_tax_of_the_order_or_asks_for_the_country(shop, sells):
    await sells(0, **DESTINATION)
    await sells(1, country="FR", vat_rate=0.2)
    items = [OrderItemForm(product_id) for product_id in shop.product_ids]

    async def quote(billing=None):
        async with shop.services.database.read() as conn:
            return await quotes.make_quote(conn, None, QuoteForm(items, billing=billing))

    unknown = await quote()
    assert unknown.needs_country
    assert [item.tax and item.tax.cents for item in unknown.items] == [None, 83]
    known = await quote(BillingDetails(country="FI"))
    assert not known.needs_country
    _, made = await order(shop, BillingDetails(country="FI"))
    assert [item.tax for item in known.items] == [item.tax for item in made.items]
    assert known.tax_cents == sum(item.tax.cents for item in made.items)
    with pytest.raises(Invalid):
        await quote(BillingDetails(country="FI", vat_id="FI1"))


async def test_a_tip_is_no_sale(shop, sells):
    await sells(0, **DESTINATION)
    profile = shop.sellers[0].member
    async with shop.services.database.transaction() as tx:
        await make.tip_jar(tx, profile)
        buyer = await make.person(shop.services)
        form = OrderForm(tips=[TipForm(ProfileId(profile.id), 500)])
        basket = await placing.lock_basket(tx, CodeBuyer(buyer.id), CheckedForm(form))
        new = await placing.make_order(tx, shop.checkout, buyer.id, OrderId(new_id()), basket)
    assert [(line.tax_treatment, line.tax_cents) for line in new.lines] == [("none", 0)]


async def test_a_rate_of_the_site_counts_from_its_day_on_at_midnight(shop, sells, monkeypatch):
    moment = datetime(2027, 3, 31, 23, 59, 59, tzinfo=UTC)
    monkeypatch.setattr(clock, "now", lambda: moment)
    await sells(0, **DESTINATION)
    async with shop.services.database.transaction() as tx:
        day = datetime(2027, 4, 1, tzinfo=UTC).date()
        await taxes.set_rate(tx, TaxRateForm("CH", 8.5, day))
        await taxes.set_rate(tx, TaxRateForm("FR", 21, day))
    try:
        swiss, french = BillingDetails(country="CH"), BillingDetails(country="MC")
        before = [(await order(shop, each))[1] for each in (swiss, french)]
        moment = datetime(2027, 4, 1, tzinfo=UTC)
        after = [(await order(shop, each))[1] for each in (swiss, french)]
    finally:
        async with shop.services.database.transaction() as tx:
            await tx.run("delete from tax_rates")
    assert [taxes_of(made)[0][:3] for made in before] == [
        ("outside", "CH", None),
        ("destination", "FR", 20),
    ]
    assert [taxes_of(made)[0][:3] for made in after] == [
        ("destination", "CH", 8.5),
        ("destination", "FR", 21),
    ]


async def test_the_card_is_a_second_proof_and_both_are_erased_with_the_buyer(shop, sells):
    await sells(0, **DESTINATION)
    buyer, made = await order(shop, BillingDetails(country="FI"))
    shop.provider.pay(settlement.payment_ref(made.id), country="FINLAND")
    payment = await shop.checkout.payments.find_payment(settlement.payment_ref(made.id))
    event = settlement.event_from_payment(payment)
    await settle(shop, made.id, event, event)
    assert await places_of(shop, made.id) == ["declared FI", "payment FI"]
    async with shop.services.database.transaction() as tx:
        exported = await personal_data.export(tx, buyer.id)
        assert [each.country for each in exported.orders[0].places] == ["FI", "FI"]
        await personal_data.erase(tx, buyer.id)
    assert await places_of(shop, made.id) == []


async def test_the_network_is_a_proof_if_a_proxy_tells_it(shop, sells):
    await sells(0, **DESTINATION)
    of = replace(shop, checkout=shop.checkout.requested_from("MC"))
    for context, places in (
        (of, ["declared FI", "network FR"]),
        (shop, ["declared FI"]),
    ):
        _, made = await order(context, BillingDetails(country="FI"))
        assert await places_of(shop, made.id) == places


async def test_sellers_see_what_counts_for_the_threshold(shop, sells):
    await sells(0, **GERMAN_19)
    seller = shop.sellers[0].member

    async def count():
        async with shop.services.database.read() as conn:
            found = await sellers.count_taxes(conn, seller, "hyperswitch")
        years = [found.by_currency, found.preceding_by_currency]
        sums = [[(each.cross_border_cents, each.unknown_cents) for each in one] for one in years]
        return *sums, found.unproven_orders

    assert await count() == ([], [], 0)
    paid = []
    for billing in (
        None,
        BillingDetails(country="DE"),
        BillingDetails(country="FI"),
        BillingDetails(country="CH"),
        BillingDetails(country="IE", vat_id=IRISH),
    ):
        _, made = await order(shop, billing)
        await settle(shop, made.id, PaymentMade(made.total_cents, "EUR"))
        paid.append(made)
    # That to Switzerland is unproven, until the card agrees.
    # Of 1,200 at 19 % are 192 tax.
    assert await count() == ([(1008, 1008)], [], 1)
    await settle(shop, paid[3].id, PaymentMade(paid[3].total_cents, "EUR", "CH"))
    refund_id = RefundId(new_id())
    begun = RefundBegun(refund_id, [item.id for item in paid[2].items])
    await settle(shop, paid[2].id, begun, RefundMade(refund_id))
    assert await count() == ([(0, 1008)], [], 0)

    async def move(place, years):
        async with shop.services.database.transaction() as tx:
            sql = "update orders set paid_at = paid_at - make_interval(years => $2) where id = $1"
            await tx.run(sql, paid[place].id, years)

    # That of last year counts apart, and none before.
    _, made = await order(shop, BillingDetails(country="FR"))
    await settle(shop, made.id, PaymentMade(made.total_cents, "EUR"))
    paid.append(made)
    await move(0, 1)
    await move(5, 1)
    assert await count() == ([(0, 0)], [(1008, 1008)], 0)
    await move(0, 1)
    assert await count() == ([(0, 0)], [(1008, 0)], 0)


async def test_members_are_taxed_by_the_place_of_their_first_payment(shop, sells, monkeypatch):
    club = Club(shop, monkeypatch)
    tier = await club.tier()
    await sells(0, **GERMAN_19)
    asked = await club.joined(tier, billing=BillingDetails(country="FI"))
    await sells(0, **DESTINATION)
    await club.until_due(asked)
    await club.renew(asked)
    sql = """
        select i.tax_treatment || ' ' || i.tax_country || ' ' || i.tax_rate
          from membership_periods m join order_items i on i.id = m.item_id
         where m.membership_id = $1 order by m.number
    """
    async with shop.services.database.read() as conn:
        found = await conn.column(str, sql, asked)
    assert found == ["domestic DE 19.00", "destination FI 25.50"]


async def test_a_member_who_was_not_asked_is_taxed_as_in_the_country_of_the_seller(
    shop, sells, monkeypatch
):
    club = Club(shop, monkeypatch)
    tier = await club.tier()
    joined = await club.joined(tier)
    await sells(0, **DESTINATION)
    with pytest.raises(CountryNeeded):
        await club.join(tier, member=await make.person(shop.services))
    await club.until_due(joined)
    renewed = await club.renew(joined)
    assert renewed.last_number == 2
    sql = """
        select i.tax_treatment || ' ' || i.tax_country || ' ' || i.tax_rate
          from membership_periods m join order_items i on i.id = m.item_id
         where m.membership_id = $1 and m.number = 2
    """
    async with shop.services.database.read() as conn:
        assert await conn.column(str, sql, joined) == ["domestic DE 19.00"]


SELLERS = some.sampled_from(
    [
        {"country": None, "vat_id": None, "vat_regime": VatRegime.NONE},
        GERMAN_19,
        DESTINATION,
        GERMAN_19 | {"vat_rate": 0.055, "vat_id": None},
    ]
)
BUYERS = some.sampled_from(
    [
        BillingDetails(country="DE"),
        BillingDetails(country="FI"),
        BillingDetails(country="US"),
        BillingDetails(country="IE", vat_id=IRISH),
    ]
)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    profiles=some.tuples(SELLERS, SELLERS),
    billing=BUYERS,
    prices=some.lists(some.integers(50, 9999), min_size=2, max_size=4),
    refunds=some.lists(some.sets(some.integers(0, 3), min_size=1), max_size=2),
)
async def test_documents_have_the_tax_of_the_lines(shop, sells, profiles, billing, prices, refunds):
    for place, profile in enumerate(profiles):
        await sells(place, **profile)
    database = shop.services.database
    async with database.transaction() as tx:
        product_ids = [
            await make.product(tx, shop.sellers[place % 2].member, price_cents=cents)
            for place, cents in enumerate(prices)
        ]
    items = [OrderItemForm(product_id) for product_id in product_ids]
    buyer = await make.person(shop.services)
    form = OrderForm(items, billing=billing)
    made = await place_order(database, shop.checkout, buyer.member, form)
    await settle(shop, made.id, PaymentMade(made.total_cents, "EUR"))
    async with database.transaction() as tx:
        issued = await invoices.issue_invoices(tx, made.id)
    lines = {line.item_id: line for each in issued for line in each.data.lines}
    assert {key: line.vat_cents for key, line in lines.items()} == {
        item.id: item.tax.cents for item in made.items
    }
    for each in issued:
        ensure_totals(each)
    refunded = set()
    for places in refunds:
        ids = {made.items[at].id for at in places if at < len(made.items)} - refunded
        if not ids:
            continue
        refunded |= ids
        refund_id = RefundId(new_id())
        await settle(shop, made.id, RefundBegun(refund_id, sorted(ids)), RefundMade(refund_id))
        async with database.transaction() as tx:
            notes = await invoices.issue_credit_notes(tx, made.id, refund_id)
        credited = [line for note in notes for line in note.data.lines]
        assert {line.item_id: line for line in credited} == {key: lines[key] for key in ids}
    async with database.read() as conn:
        found = await ledger.find_violations(conn, INVOICE_RULES | ORDER_RULES)
    assert [each for each in found if str(made.id) in each.where] == []


def ensure_totals(invoice):
    """See that what is printed adds up, and has the sentence that the law asks for."""
    paper = invoice_rules.print_invoice(invoice)
    lines = invoice.data.lines
    by_rate = Counter()
    for line in lines:
        by_rate[line.tax_rate] += line.vat_cents
    printed = {name: text for name, text in paper.totals if name.startswith("VAT")}
    assert len(printed) == len([rate for rate in by_rate if rate is not None])
    assert sum(int(text.split()[0].replace(".", "")) for text in printed.values()) == sum(
        line.vat_cents for line in lines
    )
    is_reversed = any(line.tax_treatment == "reverse_charge" for line in lines)
    assert is_reversed == ("Article 196 Directive 2006/112/EC" in paper.notes[0])
