"""Makes marketplace for tests, by the use cases of the application."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from msgspec import convert, json, structs

from tests.make.cloud import _read
from tests.make.people import NO_LINKS, Person
from veza.app.services import Services
from veza.core.access import Member, Role
from veza.core.clock import now
from veza.core.ids import (
    ArchiveId,
    BundleId,
    OrderId,
    OrderItemId,
    ProductFileId,
    ProductId,
    ProfileId,
    RefundId,
    ReleaseId,
    ReviewId,
    SubjectId,
    TransferId,
    VariantId,
    new_id,
)
from veza.core.languages import Language
from veza.core.money import take_share
from veza.core.money_mode import MoneyMode
from veza.domains.marketplace.bundles import service as bundles
from veza.domains.marketplace.bundles.models import BundleContents, BundleForm
from veza.domains.marketplace.codes import service as codes
from veza.domains.marketplace.codes.models import CodeBatchForm, CreatedCodeBatch
from veza.domains.marketplace.codes.service import CodeRedemption
from veza.domains.marketplace.commissions.service import payment as commissions
from veza.domains.marketplace.discounts import service as discounts
from veza.domains.marketplace.discounts.models import CodeBuyer, Discount, DiscountForm
from veza.domains.marketplace.ledger import service as ledger
from veza.domains.marketplace.ledger.models import (
    AccountKind,
    LedgerAccount,
    LedgerEntry,
    Posting,
    PostingKind,
)
from veza.domains.marketplace.orders.models.checkout import (
    BillingDetails,
    CheckedForm,
    NewOrder,
    NewOrderLine,
    OrderForm,
)
from veza.domains.marketplace.orders.models.guests import NONCE_BYTES, NewGuest
from veza.domains.marketplace.orders.models.state import (
    LinePart,
    OrderStatus,
    PaymentMade,
    RefundBegun,
    RefundMade,
)
from veza.domains.marketplace.orders.queries.checkout import (
    insert_lines,
    insert_order,
    insert_parts,
)
from veza.domains.marketplace.orders.queries.guests import insert_guest
from veza.domains.marketplace.orders.rules.parties import freeze_parts
from veza.domains.marketplace.orders.service import placing, settlement
from veza.domains.marketplace.orders.service.placing import CheckoutContext
from veza.domains.marketplace.products import service as products
from veza.domains.marketplace.products.file_uploads import upload_file
from veza.domains.marketplace.products.models.forms import ProductStatus
from veza.domains.marketplace.renewals.models import MembershipForm, MembershipOrder
from veza.domains.marketplace.renewals.service import joining
from veza.domains.marketplace.renewals.service.desk import RenewalDesk
from veza.domains.marketplace.reviews import service as reviews
from veza.domains.marketplace.reviews.models import ReviewForm
from veza.domains.marketplace.splits import service as splits
from veza.domains.marketplace.splits.models import SplitForm, SplitPartForm, SplitTarget
from veza.domains.marketplace.tiers import service as tiers
from veza.domains.marketplace.tiers.models import Tier, TierForm
from veza.domains.marketplace.tips import service as tips
from veza.domains.marketplace.tips.models import TipForm, TipJarForm
from veza.domains.marketplace.variants.models import SoldVariant, VariantKind, VariantTerms
from veza.domains.platform.uploads.models import FileForm, PreparedForm
from veza.infra.payments.provider import PaymentProviders
from veza.infra.postgres.database import Tx


async def product(tx: Tx, seller: Member, title: str = "A product", **columns: object) -> ProductId:
    """Make a row of a product that is published, and costs 12 euros, without any file."""
    product_id = ProductId(new_id())
    values: dict[str, object] = {
        "id": product_id,
        "seller_id": seller.id,
        "title": title,
        "type": "album",
        "price_cents": 1200,
        "currency": "EUR",
        "licence": "Personal use.",
        "status": "published",
        "published_at": now(),
    } | columns
    names = ", ".join(values)
    places = ", ".join(f"${n}" for n in range(1, len(values) + 1))
    await tx.run(f"insert into products ({names}) values ({places})", *values.values())
    await products.index_products(tx, [product_id])
    return product_id


async def product_file(
    services: Services, seller: Person, product_id: ProductId, content: bytes = b"wave"
) -> ProductFileId:
    """Upload a file of a product, committed."""
    form = PreparedForm(FileForm(), "Side A.wav", _read(content))
    max_bytes = services.product_files.max_file_bytes
    file = await upload_file(
        services.uploads, seller.member, product_id, form=form, max_bytes=max_bytes
    )
    return file.id


async def code_batch(
    tx: Tx, seller: Member, product_id: ProductId, label: str = "Vinyl", count: int = 1
) -> CreatedCodeBatch:
    """Make a batch of download codes of a product."""
    return await codes.create_batch(tx, product_id, seller, CodeBatchForm(count, label))


async def discount(tx: Tx, seller: Member, code: str = "SPRING", **fields: Any) -> Discount:
    """Make a discount of a fifth, or of an amount."""
    takes = {} if "amount_cents" in fields else {"percent": 20}
    return await discounts.create(tx, seller, DiscountForm(code=code, **takes | fields))


async def tip_jar(tx: Tx, profile: Member, currency: str = "EUR", **fields: Any) -> None:
    """Open the tip jar of a profile."""
    values: dict[str, Any] = {"is_open": True, "currency": currency, "suggested_cents": [300, 500]}
    form = TipJarForm(**values | fields)
    await tips.set_jar(tx, profile, form)


async def tip(
    tx: Tx, services: Services, giver: Member, profile: Member, message: str = "Encore!"
) -> OrderId:
    """Make an order that is pending, of a tip of 5 euros for a profile, whose jar is opened."""
    await tip_jar(tx, profile)
    form = OrderForm(tips=[TipForm(ProfileId(profile.id), 500, message)])
    context = CheckoutContext(services.payments, Decimal("0.10"))
    basket = await placing.lock_basket(tx, CodeBuyer(giver.id), CheckedForm(form))
    order_id = OrderId(new_id())
    new = await placing.make_order(tx, context, giver.id, order_id, basket)
    assert await placing.insert_order(tx, new)
    return order_id


async def paid_tip(
    tx: Tx, services: Services, giver: Member, profile: Member, message: str = "Encore!"
) -> OrderId:
    """Make a tip of 5 euros for a profile that was paid."""
    order_id = await tip(tx, services, giver, profile, message)
    settled = await settlement.settle(tx, order_id, PaymentMade(500, "EUR"))
    assert settled.status is OrderStatus.PAID
    return order_id


async def tier(tx: Tx, profile: Member, name: str = "Gold", **fields: Any) -> Tier:
    """Create a tier of a profile: 5 euros a month, unless the fields say otherwise."""
    values = {"currency": "EUR", "monthly_cents": 500}
    return await tiers.create(tx, profile, TierForm(name=name, **values | fields))


async def membership(
    services: Services, member: Person, profile: Member, **fields: Any
) -> MembershipOrder:
    """Make a membership of a tier, whose first period was paid in the sandbox."""
    context = CheckoutContext(services.payments, Decimal("0.10"))
    desk = RenewalDesk(context, PaymentProviders(services.payments))
    async with services.database.transaction() as tx:
        joined = await tier(tx, profile, **fields)
    form = MembershipForm(tier_id=joined.id)
    answer = await joining.join(services.database, desk, member.member, form=form, sent=None)
    made = convert(json.decode(answer)["data"], MembershipOrder)
    assert made.order is not None
    order = made.order
    async with services.database.transaction() as tx:
        ref = settlement.payment_ref(order.id)
        await tx.run("update sandbox_payments set state = 'succeeded' where id = $1", ref)
        await settlement.settle(tx, order.id, PaymentMade(order.total_cents, order.currency))
    return made


async def member_of(tx: Tx, member: Member, tier: Tier, *, until: datetime | None = None) -> None:
    """Make somebody a member of a tier, for a month or until another moment, without any orders."""
    sql = """
        insert into memberships (id, member_id, profile_id, currency, state, tier_id, tier_name,
                                 interval, price_cents, anchor_day, started_at, paid_until,
                                 access_until, provider, customer_id)
             values ($1, $2, $3, $4, 'active', $5, $6, 'month', 500, 1, now() - interval '60 days',
                     $7, $7, 'sandbox', 'nobody')
    """
    end = until or now() + timedelta(days=30)
    values = (member.id, tier.profile_id, tier.currency, tier.id, tier.name, end)
    await tx.run(sql, new_id(), *values)


async def bundle(
    tx: Tx, seller: Member, *product_ids: ProductId, title: str = "A bundle", **fields: Any
) -> BundleId:
    """Make a published bundle of products, or else of all albums, for a fifth less."""
    contents = BundleContents.PRODUCTS if product_ids else BundleContents.ALL_ALBUMS
    form = BundleForm(title, contents, list(product_ids), percent_off=20)
    published = structs.replace(form, **{"status": ProductStatus.PUBLISHED} | fields)
    return (await bundles.create_bundle(tx, seller, published, NO_LINKS)).id


async def redeemed(services: Services, member: Person, code: str) -> OrderId:
    """Redeem a download code, committed."""
    redemption = CodeRedemption(services.checkout, services.login_context.attempts)
    return (await codes.redeem(services.database, redemption, member.member, code)).id


async def archive(tx: Tx, release_id: ReleaseId, *waiting: Member) -> ArchiveId:
    """Make a row of an archive that is being built, for which members wait."""
    archive_id = ArchiveId(new_id())
    sql = """
        insert into release_archives (id, release_id, format, version, name)
             values ($1, $2, 'flac', repeat('0', 32), 'Night Ferry')
    """
    await tx.run(sql, archive_id, release_id)
    for member in waiting:
        sql = "insert into archive_requests (archive_id, user_id) values ($1, $2)"
        await tx.run(sql, archive_id, member.id)
    return archive_id


async def bought(tx: Tx, buyer: Member, product_id: ProductId) -> OrderId:
    """Have somebody buy a product that is there, for the price that it has."""
    [sold] = await products.lock_for_sale(tx, [product_id])
    seller = Member(sold.seller_id, Role.CREATOR, None)
    order_id = await order(tx, buyer, (seller, sold.price_cents), currency=sold.currency)
    sql = "update order_items set product_id = $2 where order_id = $1"
    await tx.run(sql, order_id, product_id)
    await settlement.settle(tx, order_id, PaymentMade(sold.price_cents, sold.currency))
    return order_id


async def review(
    tx: Tx, buyer: Member, product_id: ProductId, rating: int = 5, comment: str = "Amazing!"
) -> ReviewId:
    """Have somebody buy a product and review it."""
    await bought(tx, buyer, product_id)
    form = ReviewForm(rating, comment)
    return (await reviews.create_review(tx, product_id, buyer, form)).id


async def split(tx: Tx, owner: Member, product_id: ProductId, parts: Mapping[Member, int]) -> None:
    """Split what a product earns by these parts of 10,000, which all accept whom it concerns."""
    target = SplitTarget(product_id=product_id)
    form = SplitForm([SplitPartForm(party.id, each) for party, each in parts.items()])
    proposed = await splits.propose(tx, target, owner, form)
    for party_id in proposed.proposal.awaited if proposed.proposal else []:
        await splits.accept(tx, target, Member(party_id, Role.USER, None), None)


async def guest_order(tx: Tx, email: str, *sold: tuple[Member, int]) -> OrderId:
    """Make an order for which a guest paid."""
    order_id = await order(tx, None, *sold)
    guest = NewGuest(email, Language.ENGLISH, bytes(NONCE_BYTES), bytes(32), bytes(32))
    await insert_guest(tx, order_id, guest)
    total = sum(price_cents for _, price_cents in sold)
    settled = await settlement.settle(tx, order_id, PaymentMade(total, "EUR"))
    assert settled.status is OrderStatus.PAID
    return order_id


async def order(
    tx: Tx,
    buyer: Member | None,
    *sold: tuple[Member, int],
    currency: str = "EUR",
    parts: Mapping[Member, int] | None = None,
) -> OrderId:
    """Make an order that is pending, of products of these sellers at these prices, in cents.

    With `parts`, each line is split by them. Without a buyer it is that of a guest.
    """
    order_id, fee_rate = OrderId(new_id()), Decimal("0.10")
    shared = [
        LinePart(party.id, await ledger.get_or_create_subject(tx, party.id), each)
        for party, each in (parts or {}).items()
    ]
    lines: list[NewOrderLine] = []
    for seller, price_cents in sold:
        fee = take_share(price_cents, fee_rate)
        lines.append(
            NewOrderLine(
                id=OrderItemId(new_id()),
                product_id=await product(tx, seller, "Night Ferry", price_cents=price_cents),
                seller_id=seller.id,
                seller_subject=await ledger.get_or_create_subject(tx, seller.id),
                title="Night Ferry",
                licence="Personal use.",
                reductions=[],
                price_cents=price_cents,
                fee_cents=fee,
                net_cents=price_cents - fee,
                parts=shared,
            )
        )
    await products.lock_for_sale(tx, [line.product_id for line in lines if line.product_id])
    new = NewOrder(
        id=order_id,
        buyer_id=buyer and buyer.id,
        buyer_subject=(
            SubjectId(new_id())
            if buyer is None
            else await ledger.get_or_create_subject(tx, buyer.id)
        ),
        total_cents=sum(line.price_cents for line in lines),
        currency=currency,
        provider="sandbox",
        billing=BillingDetails("Ann Example", "1 Quay Street", "CH"),
        lines=lines,
        is_guest=buyer is None,
    )
    expires_after, poll_after = timedelta(minutes=30), timedelta(minutes=2)
    assert await insert_order(tx, new, expires_after=expires_after, poll_after=poll_after)
    await insert_lines(tx, order_id, lines)
    await insert_parts(tx, [part for line in lines for part in freeze_parts(line)])
    return order_id


async def paid_order(
    tx: Tx,
    buyer: Member,
    *sold: tuple[Member, int],
    currency: str = "EUR",
    parts: Mapping[Member, int] | None = None,
) -> OrderId:
    """Make an order for which the money came."""
    order_id = await order(tx, buyer, *sold, currency=currency, parts=parts)
    total = sum(price_cents for _, price_cents in sold)
    settled = await settlement.settle(tx, order_id, PaymentMade(total, currency))
    assert settled.status is OrderStatus.PAID
    return order_id


async def licence(tx: Tx, order_id: OrderId) -> OrderItemId:
    """Make the first line of an order that of a variant; return the line."""
    variant = SoldVariant(
        id=VariantId(new_id()),
        kind=VariantKind.LEASE,
        title="Lease",
        file_ids=[],
        includes_contents=True,
        terms=VariantTerms(),
        credit_line="",
        clauses="",
    )
    sql = """
           update order_items
              set variant_id = $2, variant = $3
            where order_id = $1 and position = 1
        returning id
    """
    found = await tx.value(UUID, sql, order_id, variant.id, variant)
    assert found is not None
    return OrderItemId(found)


async def refunded_item(tx: Tx, order_id: OrderId, place: int = 0) -> RefundId:
    """Have a line of an order refunded, by its place in it."""
    refund_id = RefundId(new_id())
    sql = "select id from order_items where order_id = $1 order by position"
    item_id = (await tx.column(OrderItemId, sql, order_id))[place]
    for fact in (RefundBegun(refund_id, [item_id]), RefundMade(refund_id)):
        assert (await settlement.settle(tx, order_id, fact)).has_changed
    return refund_id


async def paid_out(tx: Tx, seller: Member, order_id: OrderId) -> TransferId:
    """Have a seller be paid all that they earned by an order of ten euros."""
    transfer_id = await failed_transfer(tx, seller, order_id)
    sql = """
        update transfers
           set status = 'completed', provider = 'sandbox', account_ref = 'acct_1',
               amount_cents = 900, provider_ref = $2, reason = null
         where id = $1
    """
    await tx.run(sql, transfer_id, f"tr_{transfer_id}")
    subject_id = await ledger.get_or_create_subject(tx, seller.id)
    entries = [
        LedgerEntry(LedgerAccount(AccountKind.EARNED, "EUR", MoneyMode.TEST, subject_id), -900),
        LedgerEntry(LedgerAccount(AccountKind.PAID, "EUR", MoneyMode.TEST, subject_id), 900),
        LedgerEntry(
            LedgerAccount(AccountKind.PAYMENTS, "EUR", MoneyMode.TEST, provider="sandbox"), 900
        ),
        LedgerEntry(
            LedgerAccount(AccountKind.PAYOUTS, "EUR", MoneyMode.TEST, provider="sandbox"), -900
        ),
    ]
    assert await ledger.post(tx, Posting(PostingKind.TRANSFER, transfer_id, entries))
    return transfer_id


async def failed_transfer(tx: Tx, seller: Member, order_id: OrderId) -> TransferId:
    """Make a transfer of ten euros less the fee that failed."""
    transfer_id = TransferId(new_id())
    sql = """
        insert into transfers (id, order_id, seller_id, seller_subject, payment_provider, due_cents,
                               platform_fee_cents, currency, status, tries, retry_count, reason)
             values ($1, $2, $3, $4, 'sandbox', 900, 100, 'EUR', 'failed', 1, 1, 'No such account.')
    """
    subject_id = await ledger.get_or_create_subject(tx, seller.id)
    await tx.run(sql, transfer_id, order_id, seller.id, subject_id)
    return transfer_id


async def commission(tx: Tx, buyer: Member, seller: Member, **columns: object) -> OrderItemId:
    """Make a service that a member has ordered and paid, for 40 euros."""
    order_id = await paid_order(tx, buyer, (seller, 4000))
    sql = """
        update order_items
           set service = '{"delivery_days": 7, "revisions": 2, "questions": ""}',
               available_at = now() + interval '7 days'
         where order_id = $1
     returning id
    """
    [item_id] = [OrderItemId(found) for found in await tx.column(UUID, sql, order_id)]
    await commissions.begin(tx, order_id)
    if columns:
        sets = ", ".join(f"{name} = ${place}" for place, name in enumerate(columns, 2))
        sql = f"update commissions set {sets} where id = $1"
        await tx.run(sql, item_id, *columns.values())
    return item_id
