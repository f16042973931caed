"""Each statement that locks rows waits for a transaction that holds them: one line a lock."""

import asyncio
from datetime import timedelta

from tests import make
from tests.support.locks import ensure_passes_by, ensure_waits
from tests.support.waiting import until_somebody_waits
from veza.core.clock import now
from veza.core.ids import OrderItemId, ProductId, RefundId, new_id
from veza.core.money_mode import MoneyMode
from veza.core.redeem_codes import hash_of
from veza.domains.auth.accounts.models import RecountBatch
from veza.domains.marketplace.archives.queries import archives
from veza.domains.marketplace.codes import queries as codes
from veza.domains.marketplace.codes import service as code_batches
from veza.domains.marketplace.codes.models import CodeBatchForm
from veza.domains.marketplace.discounts import queries as discounts
from veza.domains.marketplace.discounts.models import DiscountTarget
from veza.domains.marketplace.invoices import queries as invoices
from veza.domains.marketplace.ledger import queries as balances
from veza.domains.marketplace.ledger import service as ledger
from veza.domains.marketplace.ledger.models import AccountKind, LedgerAccount
from veza.domains.marketplace.ledger.rules import account_key
from veza.domains.marketplace.orders.queries import checkout, delivery, settlement
from veza.domains.marketplace.payouts import queries as payouts
from veza.domains.marketplace.products import service as products
from veza.domains.marketplace.products import shared_queries as product_queries
from veza.domains.marketplace.products.models.files import ArchiveFormat
from veza.domains.marketplace.products.models.forms import ProductForm, ProductType
from veza.domains.marketplace.products.queries import counters, records
from veza.domains.marketplace.refunds import queries as refunds
from veza.domains.marketplace.refunds.models import NewRefund
from veza.domains.marketplace.reviews import queries as reviews
from veza.domains.marketplace.reviews import service as review_service
from veza.domains.marketplace.reviews.models import ReviewForm, ReviewRef
from veza.domains.marketplace.sandbox import queries as sandbox
from veza.domains.marketplace.sandbox.models import LaterCharges
from veza.domains.marketplace.sellers import queries as sellers
from veza.domains.marketplace.splits import service as splits
from veza.domains.marketplace.splits.models import SplitForm, SplitPartForm, SplitTarget
from veza.domains.marketplace.webhooks import queries as webhooks
from veza.infra.payments.provider import Payment, PaymentRequest, PaymentState


async def test_members_are_locked_before_what_they_buy_and_sell(services, shop):
    seller, buyer, [product_id, other_id] = shop.sellers[0], shop.buyer, shop.product_ids
    async with services.database.transaction() as tx:
        order_id = await make.order(tx, buyer.member, (seller.member, 1000))
        batch = await make.code_batch(tx, seller.member, product_id)
    payment = Payment("p1", PaymentState.PENDING, 1000, "EUR")
    form = ProductForm("A", ProductType.ALBUM, 100)
    party = await make.person(services)
    async with services.database.transaction() as tx:
        await make.split(tx, shop.sellers[1].member, other_id, {party.member: 10_000})
        proposed = await make.product(tx, seller.member)
    target = SplitTarget(product_id=proposed)
    parts = SplitForm([SplitPartForm(party.id, 10_000)])
    for person, strength, change in (
        (buyer, "no key update", lambda tx: checkout.lock_buyer(tx, buyer.id)),
        (buyer, "no key update", lambda _: shop.order(other_id)),
        (party, "update", lambda _: shop.order(other_id)),
        (party, "update", lambda tx: splits.propose(tx, target, seller.member, parts)),
        (party, "update", lambda tx: splits.accept(tx, target, party.member, None)),
        (buyer, "no key update", lambda _: make.redeemed(services, buyer, batch.codes[0])),
        (buyer, "no key update", lambda tx: reviews.lock_member(tx, buyer.id)),
        (
            buyer,
            "update",
            lambda tx: settlement.lock_order(tx, order_id, overdue_after=timedelta(1)),
        ),
        (
            buyer,
            "update",
            lambda tx: checkout.update_payment(tx, order_id, payment, provider="sandbox"),
        ),
        (seller, "update", lambda tx: counters.lock_for_sale(tx, [product_id])),
        (seller, "update", lambda tx: counters.lock_to_give(tx, product_id)),
        (
            seller,
            "no key update",
            lambda tx: products.create_product(tx, seller.member, form, make.NO_LINKS),
        ),
        (seller, "no key update", lambda tx: sellers.lock_seller(tx, seller.id)),
        (seller, "no key update", lambda tx: discounts.lock_seller(tx, seller.id)),
        (
            seller,
            "no key update",
            lambda tx: sellers.insert_account(
                tx, seller.id, "sandbox", account_ref="a", next_check_at=now()
            ),
        ),
    ):
        await ensure_waits(services.database, change, "users", person.id, strength=strength)


async def test_products_and_releases_are_locked_while_they_are_sold(services, shop):
    seller, buyer, [product_id, _] = shop.sellers[0].member, shop.buyer.member, shop.product_ids
    later = now() + timedelta(days=1)
    async with services.database.transaction() as tx:
        batch = await make.code_batch(tx, seller, product_id)
        track_id = await make.bare_track(tx, seller, "Prelude", visibility="private")
        release_id = await make.release(tx, seller, "Night Ferry", track_id, publish_at=later)
        await make.archive(tx, release_id)
        sold_id = await make.product(tx, seller, release_id=release_id)
        await make.bought(tx, buyer, sold_id)
        sql = "select id from order_items where product_id = $1"
        item_ids = [await tx.value(type(sold_id), sql, sold_id)]
    form = CodeBatchForm(1, "Vinyl")
    wanted = ArchiveFormat.FLAC
    for table, row_id, change in (
        ("products", product_id, lambda tx: counters.lock_for_sale(tx, [product_id])),
        ("products", product_id, lambda tx: counters.lock_to_give(tx, product_id)),
        ("products", product_id, lambda tx: product_queries.lock_counts(tx, [product_id])),
        ("products", product_id, lambda tx: records.lock_product(tx, product_id)),
        (
            "products",
            product_id,
            lambda tx: code_batches.create_batch(tx, product_id, seller, form),
        ),
        (
            "products",
            product_id,
            lambda tx: code_batches.delete_batch(tx, product_id, batch.id, seller),
        ),
        ("products", product_id, lambda tx: products.index_batch(tx, seller.id, None)),
        ("products", sold_id, lambda tx: settlement.count_deliverable(tx, item_ids)),
        ("releases", release_id, lambda tx: settlement.count_deliverable(tx, item_ids)),
    ):
        await ensure_waits(services.database, change, table, row_id)
    await ensure_waits(
        services.database,
        lambda tx: discounts.lock_products(tx, seller.id, [product_id]),
        "products",
        product_id,
        strength="update",
    )
    await ensure_waits(
        services.database,
        lambda tx: archives.lock_current(tx, release_id, wanted),
        "release_archives",
        release_id,
        column="release_id",
    )


async def test_what_moves_money_is_locked_while_it_changes(services, shop):
    seller, buyer, product_id = shop.sellers[0].member, shop.buyer.member, shop.product_ids[0]
    async with services.database.transaction() as tx:
        order_id = await make.paid_order(tx, buyer, (seller, 1000))
        transfer_id = await make.failed_transfer(tx, seller, order_id)
        subject = await ledger.get_or_create_subject(tx, seller.id)
        refund = NewRefund(
            RefundId(new_id()), order_id, buyer.id, None, 1000, "EUR", "Not as described", None
        )
        await refunds.insert_refund(tx, refund)
        await invoices.insert_counters(tx, [subject], 2026)
        batch = await make.code_batch(tx, seller, product_id)
        discount = await make.discount(tx, seller)
        await discounts.insert_use(tx, order_id, discount.id)
        key = account_key(LedgerAccount(AccountKind.EARNED, "EUR", MoneyMode.TEST, subject))
        account = await tx.value(int, "select number from ledger_accounts where key = $1", key)
    code_hash = hash_of(batch.codes[0])
    own = DiscountTarget(discount.id, seller.id)
    for table, column, value, change in (
        (
            "orders",
            "id",
            order_id,
            lambda tx: settlement.lock_order(tx, order_id, overdue_after=timedelta(1)),
        ),
        ("refunds", "id", refund.id, lambda tx: refunds.lock_refund(tx, refund.id)),
        ("transfers", "id", transfer_id, lambda tx: payouts.lock_transfer(tx, transfer_id)),
        ("transfers", "id", transfer_id, lambda tx: payouts.lock_transfers_of(tx, order_id)),
        (
            "invoice_counters",
            "seller_subject",
            subject,
            lambda tx: invoices.lock_counters(tx, [subject], 2026),
        ),
        (
            "ledger_balances",
            "account_number",
            account,
            lambda tx: balances.lock_balance(tx, key),
        ),
        ("code_batches", "id", batch.id, lambda tx: codes.lock_batch(tx, product_id, batch.id)),
        ("code_batches", "id", batch.id, lambda tx: codes.lock_code(tx, code_hash)),
        ("download_codes", "code_hash", code_hash, lambda tx: codes.lock_code(tx, code_hash)),
        (
            "discounts",
            "id",
            discount.id,
            lambda tx: discounts.lock_by_code(tx, "spring", [seller.id]),
        ),
        ("discounts", "id", discount.id, lambda tx: discounts.lock_used(tx, order_id)),
        ("discounts", "id", discount.id, lambda tx: discounts.lock_discount(tx, own)),
    ):
        await ensure_waits(services.database, change, table, value, column=column)


async def test_reviews_wait_for_their_product_before_they_are_judged(services, shop):
    seller, buyer, product_id = shop.sellers[0].member, shop.buyer.member, shop.product_ids[0]
    async with services.database.transaction() as tx:
        other, _ = await make.member_in(tx)
        review = ReviewRef(product_id, await make.review(tx, buyer, product_id))
    form = ReviewForm(3)
    batch = RecountBatch[ReviewRef](buyer.id, None, hide=False)
    of_seller = RecountBatch[ProductId](seller.id, None, hide=False)
    for change in (
        # Refused, or without an effect: nothing but the lock waits.
        lambda tx: review_service.create_review(tx, product_id, other, form),
        lambda tx: review_service.change_review(tx, review, other, form),
        lambda tx: review_service.delete_review(tx, review, other),
        lambda tx: review_service.hide_reviews(tx, batch),
        lambda tx: products.update_hidden_products(tx, of_seller),
    ):
        await ensure_waits(services.database, change, "products", product_id)


async def test_payments_and_transfers_of_the_sandbox_are_locked(services, shop):
    seller, buyer = shop.sellers[0].member, shop.buyer.member
    ref = f"tr_{new_id()}"
    async with services.database.transaction() as tx:
        request = PaymentRequest(
            ref, 1000, "EUR", "Night Ferry", customer_id="customer", keeps_method=True
        )
        await sandbox.insert_payment(tx, request, "secret")
        await sandbox.insert_method(tx, ref, ref, LaterCharges.SUCCEEDED)
        sql = """
            insert into sandbox_transfers (ref, key, transfer_id, transfer_group, account_ref,
                                           amount_cents, currency)
                 values ($1, $1, $1, $1, $1, 900, 'EUR')
        """
        await tx.run(sql, ref)
        sql = """
            insert into payout_accounts (user_id, provider, account_ref, status, connected_at)
                 values ($1, 'sandbox', $2, 'connected', now())
        """
        await tx.run(sql, seller.id, ref)
        order_id = await make.paid_order(tx, buyer, (seller, 1000))
        transfer_id = await make.failed_transfer(tx, seller, order_id)
    for table, column, value, change in (
        ("sandbox_payments", "id", ref, lambda tx: sandbox.lock_payment(tx, ref)),
        ("sandbox_methods", "id", ref, lambda tx: sandbox.lock_method(tx, "customer", ref)),
        ("sandbox_transfers", "ref", ref, lambda tx: sandbox.lock_transfer(tx, ref)),
        ("transfers", "id", transfer_id, lambda tx: payouts.lock_resumable(tx, seller.id)),
    ):
        await ensure_waits(services.database, change, table, value, column=column)
    async with services.database.transaction() as tx:
        assert await payouts.lock_resumable(tx, seller.id) == [transfer_id]
        await tx.run(
            "update payout_accounts set status = 'restricted' where user_id = $1", seller.id
        )
        assert await payouts.lock_resumable(tx, seller.id) == []


async def test_of_two_uses_of_a_link_of_the_sandbox_one_counts(services):
    ref, link = f"acct_{new_id()}", bytes(16) + new_id().bytes
    async with services.database.transaction() as tx:
        sql = """
            insert into sandbox_accounts (ref, key, link_hash, link_expires_at, return_url)
                 values ($1, $1, $2, now() + interval '1 hour', 'https://veza.test')
        """
        await tx.run(sql, ref, link)

    async def use():
        async with services.database.transaction() as own:
            return await sandbox.update_connected(own, link)

    async with services.database.transaction() as tx:
        assert await sandbox.update_connected(tx, link) is not None
        second = asyncio.create_task(use())
        await until_somebody_waits(services.database)
    assert await second is None


async def test_what_another_job_works_on_is_left_to_it(services, shop):
    seller, buyer, product_id = shop.sellers[0].member, shop.buyer.member, shop.product_ids[0]
    refund_id = RefundId(new_id())
    async with services.database.transaction() as tx:
        order_id = await make.paid_order(tx, buyer, (seller, 1000))
        await tx.run("update orders set poll_at = now() where id = $1", order_id)
        refund = NewRefund(refund_id, order_id, buyer.id, None, 1000, "EUR", "Not mine", None)
        await refunds.insert_refund(tx, refund)
        await tx.run("update refunds set poll_at = now() where id = $1", refund_id)
        sql = """
               update order_items set product_id = $2, available_at = now() where order_id = $1
            returning id
        """
        item_id = await tx.value(OrderItemId, sql, order_id, product_id)
        await sellers.insert_account(
            tx, seller.id, "sandbox", account_ref=str(seller.id), next_check_at=now()
        )
        release_id = await make.release(tx, seller, "Night Ferry")
        archive_id = await make.archive(tx, release_id)
        long_ago = "now() - interval '1000 days'"
        sql = f"update release_archives set retired_at = {long_ago} where id = $1"
        await tx.run(sql, archive_id)
        event_id = new_id()
        sql = f"""
            insert into webhook_events (id, provider, event_id, kind, body, done_at, outcome)
                 values ($1::uuid, 'sandbox', $1::uuid::text, 'paid', '', {long_ago}, 'applied')
        """
        await tx.run(sql, event_id)

    async def poll_orders(tx):
        day = timedelta(days=1)
        found = await checkout.claim_due_polls(tx, limit=500, interval=day, cancelled_for=day)
        assert order_id not in {job.order_id for job in found}

    async def poll_refunds(tx):
        assert refund_id not in {job.refund_id for job in await refunds.claim_due(tx)}

    async def deliver(tx):
        assert await delivery.update_delivered(tx, product_id, 500) == []

    async def check_accounts(tx):
        lease = timedelta(days=1)
        found = await sellers.lease_due_accounts(tx, "sandbox", limit=500, lease=lease)
        assert str(seller.id) not in found

    async def delete_events(tx):
        await webhooks.delete_old(tx, timedelta(days=999))

    async def delete_archives(tx):
        found = await archives.delete_expired(tx, timedelta(days=999), timedelta(days=999))
        assert archive_id not in found

    database = services.database
    await ensure_passes_by(database, check_accounts, "payout_accounts", seller.id, column="user_id")
    await ensure_passes_by(database, delete_events, "webhook_events", event_id)
    await ensure_passes_by(database, delete_archives, "release_archives", archive_id)
    await ensure_passes_by(database, poll_orders, "orders", order_id)
    await ensure_passes_by(database, poll_refunds, "refunds", refund_id)
    await ensure_passes_by(database, deliver, "order_items", item_id)
