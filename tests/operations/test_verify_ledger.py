"""`veza ledger verify`: whatever is wrong with money, anywhere in the database, is told."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from random import Random

import pytest
from msgspec import structs

from tests import make
from tests.infra.databases import execute, migrated
from veza.app.services import open_services
from veza.app.worker import run_until_empty, run_worker
from veza.core.access import Member, Role
from veza.core.errors import Conflict
from veza.core.ids import OrderItemId, RefundId, new_id
from veza.domains.marketplace.orders.models.state import (
    DisputeLost,
    DisputeOpened,
    DisputeWon,
    PaymentExpired,
    PaymentMade,
)
from veza.domains.marketplace.orders.queries.checkout import update_payment
from veza.domains.marketplace.orders.service import settlement
from veza.domains.marketplace.payouts.jobs import retry_transfers
from veza.domains.marketplace.refunds.models import RefundClaim, RefundForm
from veza.domains.marketplace.refunds.service import requested_refunds
from veza.domains.marketplace.reviews import service as reviews
from veza.domains.marketplace.reviews.models import ReviewForm
from veza.domains.marketplace.sellers.events import SellerConnected
from veza.infra.jobs import outbox, queue
from veza.infra.jobs.outbox import emit
from veza.infra.payments.provider import PaymentRequest
from veza.infra.postgres import database as db
from veza.operations.verification import ledger as verify_ledger

ZERO = "a posting sums up to zero in one currency and mode"
OWN_MODE = "a provider moves money of its own mode only"
BALANCE = "a seller's balance is the sum of its entries"
COSTS = "the total of an order is the sum of its lines"
PRICED = "no line was sold below the price that it had, or the least that its buyer could pay"
UNITS = "a line holds a unit of the stock only while it may be paid, or its buyer has it"
EXCLUSIVE = "one exclusive licence of a product stands at most, and none was sold after it"
WITHHELD = "an exclusive order holds its product while it may be paid, or its buyer has it"
COMING = "who paid for a release that is to come waits for one that will be published"
REDUCED = "what was taken off the price of a line is the sum of its reductions"
REDEEMED = "a used code has a paid order without money, and every such order has a code or a gift"
USES = "a discount counts its uses"
USED = "an order uses a discount as long as it buys anything at a price that a code reduced"
OWN_CODE = "a code reduces the prices of its seller's products alone"
BUNDLED = "the products of a bundle are its seller's, and those that it lists"
GIVEN = "a gift is given while it is paid and not returned, and its buyer has no licence"
GIFT = "a line that is a gift has a gift, and no other line has one"
RECEIVED = "a redeemed gift has exactly one line, of the same product and without a price"
TAKEN_BACK = "what was received is taken back when its gift is returned, and only then"
TIPPED = "a tip has a row of tips, and no product has one"
PERIOD = "a period of a membership is paid while its line is paid and not returned"
APART = "paid periods of a membership have one number each, and don't overlap"
ACCESS = "a member has access until the end of what is paid"
ONE_ORDER = "a period has one order that may be paid"
NOT_CHARGED = "nothing is charged to a membership that ends"
CODES = "a batch has the codes that it says, and counts those that are used"
SOLD = "a paid order is posted once, with the amounts of its lines"
GONE = "a refund or dispute is posted once, with its amount"
BROUGHT = "the postings of an order add up to what is due to parties, platform and provider"
STANDS = "the status of an order follows from its lines"
UNPAID = "only the lines of a paid order are refunded or disputed"
BORNE = "a disputed amount is shared among the lines, up to what each earned"
DELIVERED = "the order of a guest has an address to be delivered to, and no other order has one"
HELD = "a buyer holds the licences of lines that are paid and not returned, and no others"
DIVIDED = "the parts of a line are those of the whole line"
COUNTED = "the sales count of a product is the number of its licensed lines"
ASKED = "the payment of every unpaid order is polled"
OWN_LINES = "the lines of a refund are reserved or refunded together, and no others"
REFUND_MODE = "a refund has the mode of its order"
REFUNDED = "the amount of a refund is the sum of its lines, in the currency of its order"
GOES_BACK = "a late payment is refunded"
MADE = "each completed transfer and reversal is in the ledger once, and no other"
REVERSED = "the reversed amount of a transfer is the sum of its reversals"
HAS = "a seller's balance is what is due for all sales"
TRANSFER_MODE = "a transfer is of the mode of its order, and is paid by a provider of that mode"
KNOWN = "the due amounts of transfers are up to date"
SETTLED = "a seller was paid what is due, less what is withheld"
EARLY = "nothing of an order is paid to a seller before their pre-orders in it are delivered"
MADE_TO_ORDER = "a service that is paid has a commission"
ACCEPTED = "a service is delivered once its commission is accepted"
MONEY_BACK = "the payment of a cancelled commission is returned, and of no other"
TAKEN = "payments and refunds of the sandbox match orders and refunds"
PAID_OUT = "the sandbox paid and reversed what transfers say"
TAXED = "the tax of a line is within its price, by its rate"
SAME_VAT = "the VAT of a document is that of its lines"
NUMBERED = "the invoice numbers of a seller have no gap within a year"
ISSUED = "each seller issued an invoice for each paid order, and a credit note for each refund"
LISTED = "the number of listed products is the sum of its changes"
HIDDEN = "a product is hidden from counts while its seller is suspended"
RATED = "a product's review count and rating sum match its reviews"
BOUGHT = "a review is of a product that its author bought"
ALL = "all payments are accounted for by sellers, the platform, refunds and disputes"


class _Shop:
    """Members who buy and sell, in a database of their own."""

    def __init__(self, services, urls):
        self.services, self.urls = services, urls
        self.database = services.database

    async def open(self):
        self.buyer = await make.person(self.services)
        self.ann, self.ben = [await make.person(self.services, Role.CREATOR) for _ in range(2)]
        await self.connect(self.ann)

    async def buy(self, *cents, facts=(), is_late=False, parts=None):
        """Have something of Ann's and something of Ben's be paid; tell the order facts."""
        sold = list(zip((self.ann.member, self.ben.member), cents, strict=True))
        async with self.database.transaction() as tx:
            order_id = await make.order(tx, self.buyer.member, *sold, parts=parts)
        ref = settlement.payment_ref(order_id)
        request = PaymentRequest(ref, sum(cents), "EUR", "Music")
        payment = await self.services.payments.create_payment(request)
        async with self.database.transaction() as tx:
            await tx.run("update sandbox_payments set state = 'succeeded' where id = $1", ref)
            await update_payment(tx, order_id, payment, provider="sandbox")
            late = [PaymentExpired()] if is_late else []
            for fact in (*late, PaymentMade(sum(cents), "EUR"), *facts):
                await settlement.settle(tx, order_id, fact)
        return order_id

    async def refund(self, order_id, place):
        """Have one of the lines of an order be given back."""
        admin = Member(self.buyer.id, Role.ADMIN, None)
        async with self.database.transaction() as tx:
            sql = "select id from order_items where order_id = $1 order by position"
            item_id = (await tx.column(OrderItemId, sql, order_id))[place]
            claim = RefundClaim(RefundForm("Broken", None, [item_id]), timedelta())
            refund_id = RefundId(new_id())
            await requested_refunds.request_refund(
                tx, order_id, admin, refund_id=refund_id, claim=claim
            )

    async def review(self, order_id):
        async with self.database.transaction() as tx:
            sql = "select product_id from order_items where order_id = $1 order by position limit 1"
            [product_id] = await tx.column(OrderItemId, sql, order_id)
            await reviews.create_review(
                tx, product_id, self.buyer.member, ReviewForm(4, "Amazing!")
            )

    async def rest(self):
        """Have all be done that is to be done, and all that follows from it."""
        async with asyncio.timeout(120):
            while await self._count_waiting():
                await run_until_empty(self.services)

    async def settle_interrupted(self):
        """Settle transfers whose jobs were interrupted, as the schedule does later."""
        async with self.database.transaction() as tx:
            await tx.run("update transfers set next_retry_at = now() where next_retry_at > now()")
        await retry_transfers(self.database, self.services.providers.payouts_by_mode)
        await self.rest()

    async def find_violations(self):
        async with self.database.snapshot() as conn:
            return await verify_ledger.find_violations(conn)

    async def connect(self, seller):
        """Have a seller be somebody who can be paid."""
        ref = await self.services.payouts.open_account(
            f"account:{seller.id}", email="a@example.com", country=None
        )
        async with self.database.transaction() as tx:
            await tx.run("update sandbox_accounts set is_connected = true where ref = $1", ref)
            sql = """
                insert into payout_accounts (user_id, provider, account_ref, status, connected_at)
                     values ($1, 'sandbox', $2, 'connected', now())
            """
            await tx.run(sql, seller.id, ref)
            await emit(tx, SellerConnected(seller.id))

    async def _count_waiting(self):
        async with self.database.read() as conn:
            events, jobs = await outbox.count_events(conn), await queue.count_jobs(conn)
        return events["waiting"] + jobs["waiting"]


@pytest.fixture(scope="module")
async def shop(services, settings):
    """A shop in which everything happened that can."""
    async with migrated(services) as urls:
        own = structs.replace(
            settings, database_url=urls.app_url, migration_database_url=urls.owner_url
        )
        async with open_services(own) as opened:
            made = _Shop(opened, urls)
            await made.open()
            yield made


@pytest.fixture(scope="module")
async def story(shop):
    """All that happened in the shop; what was found before and while anything followed from it."""
    whole = await shop.buy(1000, 500)
    await shop.buy(700, 50, is_late=True)
    await shop.buy(900, 300, facts=[DisputeOpened("won", 400), DisputeWon("won")])
    await shop.buy(900, 300, facts=[DisputeOpened("part", 400), DisputeLost("part")])
    parts = {shop.ann.member: 3335, shop.ben.member: 6665}
    await shop.buy(901, 301, facts=[DisputeOpened("parts", 333), DisputeLost("parts")], parts=parts)
    before = await shop.find_violations()
    await shop.rest()
    await shop.review(whole)
    await shop.refund(whole, 1)
    await shop.rest()
    during = await shop.find_violations()
    await shop.connect(shop.ben)
    await shop.rest()
    await shop.refund(whole, 0)
    async with shop.database.transaction() as tx:
        await make.order(tx, shop.buyer.member, (shop.ann.member, 400))
        tipped = await make.tip(tx, shop.services, shop.buyer.member, shop.ann.member)
        await settlement.settle(tx, tipped, PaymentExpired())
        product_id = await make.product(tx, shop.ann.member, "Given")
        codes = await make.code_batch(tx, shop.ann.member, product_id, count=2)
        other = await make.product(tx, shop.ann.member, "Also for sale")
        await make.bundle(tx, shop.ann.member, product_id, other)
        await make.discount(tx, shop.ann.member)
    await make.redeemed(shop.services, shop.buyer, codes.codes[0])
    await make.membership(shop.services, shop.buyer, shop.ann.member)
    await shop.rest()
    await shop.settle_interrupted()
    return before, during


@pytest.mark.long
async def test_what_waits_for_work_or_for_people_is_under_way(story):
    before, during = story
    assert {one.rule for one in before} == {GOES_BACK, KNOWN, ISSUED}
    assert {one.rule for one in during} == {SETTLED}
    assert all(one.is_under_way for one in (*before, *during))


async def test_a_shop_at_rest_is_right(story, shop):
    assert await shop.find_violations() == []


_ENTRIES = """
    update ledger_entries e
       set amount_cents = e.amount_cents + case a.kind when '{}' then 1 else -1 end
      from ledger_postings p, ledger_accounts a
     where p.id = e.posting_id and a.number = e.account_number
       and p.kind = '{}' and a.kind in ('{}', '{}')
"""


def _move_cent(kind, one, other):
    """Have a cent of each posting of a kind be with another account."""
    return _ENTRIES.format(one, kind, one, other)


def _forget(kind):
    return f"update ledger_postings set reference_id = gen_random_uuid() where kind = '{kind}'"


# As a line that is an exclusive licence.
_EXCLUSIVE = """variant_id = id, variant = '{"kind": "exclusive"}'"""

_SERVICE = '{"delivery_days": 7, "revisions": 2, "questions": ""}'
_COMMISSION = """
    insert into commissions (id, order_id, status)
         select id, order_id, {} from order_items where price_cents > 0 and {}
"""
BREAKS = [
    (ZERO, "update ledger_entries set amount_cents = amount_cents + 1 where amount_cents > 400"),
    (ZERO, "update ledger_postings set currency = 'USD' where kind = 'refund'"),
    (ZERO, "delete from ledger_entries"),
    (ZERO, "update ledger_entries set mode = 'live'"),
    (ZERO, "update ledger_postings set mode = 'live' where kind = 'sale'"),
    (ZERO, "update ledger_accounts set mode = 'live' where kind = 'earned'"),
    (OWN_MODE, "update ledger_accounts set provider = 'stripe' where kind = 'payouts'"),
    (OWN_MODE, "update ledger_accounts set mode = 'live' where kind = 'payments'"),
    (BALANCE, "update ledger_balances set balance_cents = balance_cents - 1"),
    (BALANCE, "delete from ledger_balances"),
    (COSTS, "update orders set total_cents = total_cents + 1"),
    (COSTS, "delete from order_items where position = 1"),
    (PRICED, "update order_items set minimum_cents = price_cents + 1 where position = 1"),
    (REDUCED, "update order_items set reduced_cents = 1 where position = 1"),
    (USES, "update discounts set used_count = used_count + 1"),
    (USED, "insert into discount_uses select o.id, d.id from orders o, discounts d"),
    (
        OWN_CODE,
        """
        insert into order_item_reductions
             select i.id, 1, 'code', d.id, 'SPRING', 1
               from order_items i, discounts d
              where i.seller_id <> d.seller_id
        """,
    ),
    (BUNDLED, "update bundles set contents = 'all_products'"),
    (BUNDLED, "update products set seller_id = gen_random_uuid()"),
    (GIVEN, "update order_items set is_gift = true"),
    (GIFT, "update order_items set is_gift = true"),
    (RECEIVED, "update order_items set is_received = true"),
    (
        TAKEN_BACK,
        """
        insert into gifts (item_id, language, send_at, redeemed_item_id, redeemed_at)
             select id, 'en', now(), id, now() from order_items where refunded_at is null
        """,
    ),
    (PERIOD, "update membership_periods set is_paid = false"),
    (PERIOD, "delete from membership_periods"),
    (
        APART,
        """
        insert into membership_periods (item_id, membership_id, number, kind, tier_name, interval,
                                        price_cents, keeps_method, starts_at, ends_at, is_paid)
             select gen_random_uuid(), membership_id, 2, 'renewal', tier_name, interval,
                    price_cents, false, ends_at - interval '1 second', ends_at, true
               from membership_periods
        """,
    ),
    (ACCESS, "update memberships set access_until = now()"),
    (ACCESS, "update membership_periods set ends_at = ends_at + interval '1 year'"),
    (
        ONE_ORDER,
        """
        with opened as (update orders set status = 'pending' returning id)
        insert into membership_periods (item_id, membership_id, number, kind, tier_name, interval,
                                        price_cents, keeps_method)
             select i.id, m.id, 2, 'renewal', 'Gold', 'month', 500, true
               from memberships m, order_items i
               join opened o on o.id = i.order_id
              where i.kind <> 'membership'
        """,
    ),
    (NOT_CHARGED, "update memberships set cancelled_at = now()"),
    (COMING, "update order_items set available_at = now(), delivered_at = null"),
    (UNITS, "update order_items set holds_unit = true where refunded_at is not null"),
    (UNITS, "update order_items set holds_unit = true"),
    (EXCLUSIVE, f"update order_items set {_EXCLUSIVE} where kind = 'product'"),
    (
        EXCLUSIVE,
        """
        update products p
           set status = 'withdrawn', sold_exclusively_at = '2000-01-01',
               exclusive_item_id = (select id from order_items where product_id <> p.id limit 1)
         where p.id = (select product_id from licences limit 1)
        """,
    ),
    (WITHHELD, f"update order_items set {_EXCLUSIVE} where kind = 'product'"),
    (REDEEMED, "update order_items set is_redeemed = true"),
    (REDEEMED, "update download_codes set item_id = (select id from order_items limit 1)"),
    (TIPPED, "delete from tips"),
    (
        TIPPED,
        "update tips set item_id = (select id from order_items where kind = 'product' limit 1)",
    ),
    (CODES, "update code_batches set used_count = used_count + 1"),
    (CODES, "delete from download_codes"),
    (SOLD, _forget("sale")),
    (SOLD, _forget("late_payment")),
    (SOLD, _move_cent("sale", "fees", "payments")),
    (SOLD, _move_cent("late_payment", "returns", "payments")),
    (SOLD, "update order_items set fee_cents = fee_cents + 1, net_cents = net_cents - 1"),
    (SOLD, "update orders set status = 'cancelled', paid_at = null where not came_late"),
    (SOLD, "update orders set status = 'paid', paid_at = now() where status = 'pending'"),
    (SOLD, "update order_item_parts set net_cents = net_cents + 1"),
    (SOLD, "update order_item_parts set party_subject = gen_random_uuid()"),
    (DIVIDED, "update order_item_parts set parts_per_10000 = 5000"),
    (DIVIDED, "update order_item_parts set parts_per_10000 = 5000 where position = 1"),
    (
        DIVIDED,
        """
        update order_item_parts
           set fee_cents = fee_cents + case position when 1 then 1 else -1 end
        """,
    ),
    (BROUGHT, "delete from order_item_parts"),
    (KNOWN, "update order_item_parts set parts_per_10000 = 10000 - parts_per_10000"),
    *((GONE, _forget(kind)) for kind in ("refund", "return", "dispute", "dispute_won")),
    (GONE, _move_cent("refund", "payments", "fees")),
    (GONE, "update order_items set refunded_at = null, refund_id = null"),
    (GONE, "update order_disputes set status = 'open' where status = 'won'"),
    (BROUGHT, _move_cent("refund", "earned", "fees")),
    (BROUGHT, _move_cent("dispute", "earned", "fees")),
    (BROUGHT, "delete from order_disputes"),
    (BROUGHT, "update dispute_shares set net_cents = net_cents - 1"),
    (STANDS, "update orders set status = 'paid' where status = 'refunded'"),
    (STANDS, "update orders set status = 'refunded' where status = 'paid'"),
    (UNPAID, "update orders set status = 'failed', paid_at = null where status = 'refunded'"),
    (
        UNPAID,
        """
        update order_disputes
           set order_id = (select id from orders where paid_at is null limit 1)
        """,
    ),
    (BORNE, "update dispute_shares set amount_cents = 1000, net_cents = 800"),
    (BORNE, "update order_disputes set amount_cents = null where status = 'won'"),
    (
        BORNE,
        """
        update dispute_shares
           set item_id = (select id from order_items where refund_id is not null limit 1)
         where (dispute_id, item_id) = (select dispute_id, item_id from dispute_shares limit 1)
        """,
    ),
    (HELD, "delete from licences"),
    (HELD, "update licences set product_id = gen_random_uuid()"),
    (HELD, "update licences set buyer_id = gen_random_uuid()"),
    (HELD, "update licences set buyer_id = null"),
    (DELIVERED, "update orders set is_guest = true"),
    (
        HELD,
        """
        insert into licences (buyer_id, product_id, item_id)
             select o.buyer_id, i.product_id, i.id
               from orders o
               join order_items i on i.order_id = o.id
              where o.status = 'refunded'
        """,
    ),
    (COUNTED, "update products set sales_count = sales_count + 1"),
    (ASKED, "update orders set poll_at = null where status = 'pending'"),
    (OWN_LINES, "delete from refund_items"),
    (OWN_LINES, "update refunds set status = 'failed', failure = 'No'"),
    (OWN_LINES, "update order_items set refunded_at = null"),
    (REFUND_MODE, "update refunds set mode = 'live'"),
    (REFUND_MODE, "update orders set provider = 'hyperswitch'"),
    (REFUNDED, "update refunds set amount_cents = amount_cents + 1"),
    (REFUNDED, "update refunds set currency = 'USD'"),
    (GOES_BACK, "update orders set status = 'refund_pending' where came_late"),
    *((MADE, _forget(kind)) for kind in ("transfer", "reversal")),
    (MADE, _move_cent("transfer", "earned", "paid")),
    (MADE, "update transfers set provider_ref = null, status = 'completed'"),
    (MADE, "update transfer_reversals set status = 'failed'"),
    (
        REVERSED,
        "update transfers set reversed_cents = reversed_cents - 1 where status = 'reversed'",
    ),
    (HAS, "update ledger_balances set balance_cents = balance_cents + 1"),
    (TRANSFER_MODE, "update transfers set provider = 'stripe' where provider = 'sandbox'"),
    (TRANSFER_MODE, "update transfers set payment_provider = 'hyperswitch'"),
    (TRANSFER_MODE, "update orders set provider = 'hyperswitch'"),
    (SOLD, "update orders set provider = 'hyperswitch'"),
    (KNOWN, "update transfers set due_cents = due_cents + 1"),
    (KNOWN, "delete from transfers"),
    (SETTLED, "update transfers set withheld_cents = 1"),
    (SETTLED, "update transfers set key_used_at = now()"),
    (EARLY, "update order_items set available_at = now()"),
    (MADE_TO_ORDER, f"update order_items set service = '{_SERVICE}'"),
    (ACCEPTED, _COMMISSION.format("'accepted'", "refunded_at is null")),
    (MONEY_BACK, _COMMISSION.format("'cancelled'", "refunded_at is null")),
    (MONEY_BACK, _COMMISSION.format("'accepted'", "refunded_at is not null")),
    (TAKEN, "update sandbox_payments set state = 'failed'"),
    (TAKEN, "update sandbox_payments set amount_cents = amount_cents + 1"),
    (TAKEN, "delete from sandbox_refunds"),
    (TAKEN, "update orders set payment_ref = null"),
    (PAID_OUT, "delete from sandbox_transfers"),
    (PAID_OUT, "update sandbox_transfers set amount_cents = amount_cents + 1"),
    (PAID_OUT, "update transfers set reversed_cents = 0"),
    (TAXED, "update order_items set tax_rate = 19, tax_cents = price_cents"),
    (TAXED, "update order_items set tax_cents = 1"),
    (SAME_VAT, "update order_items set tax_treatment = 'outside', tax_country = 'CH'"),
    (NUMBERED, "update invoices set number = number + 1"),
    (NUMBERED, "delete from invoices where number = 2"),
    (NUMBERED, "delete from invoice_counters"),
    (NUMBERED, "update invoice_counters set last_number = last_number + 1"),
    (ISSUED, "delete from invoices where kind = 'invoice'"),
    (ISSUED, "delete from invoices where kind = 'credit_note'"),
    (ISSUED, "update invoices set data = jsonb_set(data, '{lines,0,price_cents}', '1')"),
    (ISSUED, "update invoices set seller_subject = gen_random_uuid()"),
    (LISTED, "insert into product_count_changes (difference) values (1)"),
    (LISTED, "update products set status = 'draft' where status = 'published'"),
    (HIDDEN, "update products set is_hidden = true"),
    (RATED, "update products set rating_sum = rating_sum + 1 where reviews_count > 0"),
    (RATED, "update reviews set is_hidden = true"),
    (BOUGHT, "update reviews set order_id = gen_random_uuid()"),
    (ALL, _move_cent("sale", "fees", "payments")),
]


async def _trade(shop, draw):
    """Sell something, and have whatever may come of it come."""
    begun = DisputeOpened("d", draw.choice([300, 1500]))
    facts = draw.choice([[], [begun], [begun, DisputeLost("d")], [begun, DisputeWon("d")]])
    order_id = await shop.buy(1000, 500, facts=facts, is_late=draw.random() < 0.3)
    with suppress(Conflict):
        await shop.refund(order_id, draw.choice([0, 1]))
    for fact in draw.sample([DisputeOpened("e", 700), DisputeWon("e"), DisputeLost("d")], 2):
        async with shop.database.transaction() as tx:
            await settlement.settle(tx, order_id, fact)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2))
async def test_the_books_are_right_at_every_moment_while_the_shop_runs(shop, seed):
    draw, stop, broken = Random(seed), asyncio.Event(), set()

    async def trade():
        for _ in range(10):
            await _trade(shop, draw)

    async def look_once():
        broken.update(one for one in await shop.find_violations() if not one.is_under_way)

    async def look():
        while not stop.is_set():
            await look_once()

    async with asyncio.TaskGroup() as group:
        group.create_task(run_worker(shop.services, stop))
        group.create_task(look())
        await asyncio.gather(*(trade() for _ in range(4)))
        stop.set()
    await shop.rest()
    await look_once()

    assert broken == set()


@pytest.fixture(scope="module")
async def undefended(story, shop):
    """The database of the shop, in which nothing keeps anybody from anything any more."""
    await execute(
        shop.urls.owner_url,
        """
        do $$
        declare
            made record;
        begin
            for made in
                select conrelid::regclass as place, conname as name
                  from pg_constraint
                 where connamespace = 'public'::regnamespace and contype in ('f', 'c', 'u')
                 order by contype <> 'f'
            loop
                execute format('alter table %s drop constraint %I', made.place, made.name);
            end loop;
            for made in
                select tgrelid::regclass as place from pg_trigger where not tgisinternal
            loop
                execute format('alter table %s disable trigger user', made.place);
            end loop;
        end
        $$
        """,
    )
    async with db.connect(shop.urls.owner_url, max_size=1) as owning:
        yield owning


class _Undone(Exception):
    pass


def test_each_rule_is_broken_once_at_least():
    assert {rule for rule, _ in BREAKS} == set(verify_ledger.INVARIANTS)


@pytest.mark.parametrize(("rule", "sql"), BREAKS, ids=[rule for rule, _ in BREAKS])
async def test_what_is_broken_is_found(undefended, rule, sql):
    with suppress(_Undone):
        async with undefended.transaction() as tx:
            assert await tx.run(sql)
            found = await verify_ledger.find_violations(tx)
            raise _Undone

    assert rule in {one.rule for one in found if not one.is_under_way}


async def test_what_is_found_is_told_beside_what_the_books_hold(story, shop, capsys):
    assert await verify_ledger.verify(shop.services)
    *totals, verdict = capsys.readouterr().out.splitlines()
    assert verdict == "The books are right."
    kinds = [line.split()[0] for line in totals if not line.startswith("Under way")]
    assert kinds == ["earned", "fees", "paid", "payments", "payouts", "returns"]


async def test_what_is_broken_is_told_and_fails_and_what_is_under_way_does_not(
    services, capsys, monkeypatch
):
    for rule, is_under_way in (("It waits", True), ("It can't be", False)):
        sql = f"select 'order 7' as \"where\", {is_under_way} as is_under_way"
        monkeypatch.setattr(verify_ledger, "INVARIANTS", {rule: sql})
        assert await verify_ledger.verify(services) is is_under_way

    told = capsys.readouterr().out.splitlines()
    assert "Under way: It waits: order 7." in told
    assert "Broken: It can't be: order 7." in told
    assert (told[-1], "The books are right." in told) == ("The books are NOT right.", True)
