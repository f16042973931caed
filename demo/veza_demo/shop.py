"""Fills the shop of the demonstration: sellers, products, purchases and reviews.

Purchases use the checkout and are paid in the sandbox. With another payment provider there are only
products.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from functools import partial
from pathlib import Path

import numpy as np
from numpy.random import default_rng

from veza.app.payment_providers import create_sandbox
from veza.app.services import Services
from veza.core.access import Member
from veza.core.clock import now
from veza.core.ids import OrderId, ProductId, TrackId, new_id
from veza.core.signed_urls import UrlBuilder, UrlSigner
from veza.domains.marketplace.orders.models.checkout import Order, OrderForm, OrderItemForm
from veza.domains.marketplace.orders.models.state import OrderStatus
from veza.domains.marketplace.orders.service import checkout, purchases
from veza.domains.marketplace.products import service as products
from veza.domains.marketplace.products.file_uploads import upload_file
from veza.domains.marketplace.products.models.forms import ProductChange, ProductForm, ProductStatus
from veza.domains.marketplace.reviews import service as reviews
from veza.domains.marketplace.reviews.models import AnswerForm, ReviewForm, ReviewRef
from veza.domains.marketplace.sandbox.models import PaymentConfirmation, PaymentOutcome
from veza.domains.marketplace.sandbox.service import simulation
from veza.domains.marketplace.sandbox.service.simulation import Sandbox
from veza.domains.marketplace.sellers import service as sellers
from veza.domains.marketplace.sellers.models import SellerProfileChange
from veza.domains.music.audio import rules as audio
from veza.domains.platform.idempotency.models import KeyClaim
from veza.domains.platform.uploads.models import FileForm, PreparedForm
from veza_demo.catalogue import (
    PRODUCTS,
    PURCHASES,
    REVIEWS,
    SELLERS,
    DemoProduct,
    DemoPurchase,
    DemoReview,
    DemoSeller,
)
from veza_demo.existing import count_unpaid, find_product, find_release, find_review
from veza_demo.instruments import hat, kick, rim, snare, tom
from veza_demo.music import chunks_of
from veza_demo.pieces import PIECES, write_wav
from veza_demo.progress import Progress
from veza_demo.waiting import wait_for_jobs

type Members = Mapping[str, Member]

_ADDRESS = "http://localhost:8080/api/v1"
# Responses are not used, so their URLs need no valid signature.
_URLS = UrlBuilder(_ADDRESS, UrlSigner(b"", ""), 0)


async def fill_shop(
    services: Services,
    members: Members,
    uploaded: Mapping[str, TrackId],
    progress: Progress,
) -> dict[str, ProductId]:
    """Make what is missing in the shop; return its products by slug."""
    sandbox = create_sandbox(services.database, services.providers, services.keys)
    for seller in SELLERS:
        await _introduce(services, sandbox, members[seller.username], seller)
    shop: dict[str, ProductId] = {}
    for product in PRODUCTS:
        progress.show(f"Product {product.title}")
        shop[product.slug] = await _make_product(services, members, uploaded, product)
        progress.advance()
    if sandbox.payments is not None:
        await _buy_and_review(services, sandbox, members, shop=shop, progress=progress)
    return shop


async def _buy_and_review(
    services: Services,
    sandbox: Sandbox,
    members: Members,
    *,
    shop: Mapping[str, ProductId],
    progress: Progress,
) -> None:
    order_ids: list[OrderId] = []
    for purchase in PURCHASES:
        progress.show(f"Purchase of {purchase.username}")
        order = await _buy(services, sandbox, members[purchase.username], purchase, shop=shop)
        order_ids.append(order.id)
        progress.advance()
    # A job processes the webhook of each payment.
    await wait_for_jobs(
        services,
        partial(count_unpaid, order_ids=order_ids),
        what="payments",
        on_progress=lambda _: None,
    )
    progress.show("Reviews")
    for review in REVIEWS:
        await _review(services, members, shop[review.product], review)
    progress.advance()


async def _introduce(
    services: Services, sandbox: Sandbox, member: Member, seller: DemoSeller
) -> None:
    """Store the details of a seller, and open their account at the payout provider."""
    change = SellerProfileChange(
        legal_name=seller.legal_name,
        address=seller.address,
        country=seller.country,
        vat_rate=seller.vat_rate,
    )
    async with services.database.transaction() as tx:
        await sellers.update_profile(tx, member, change)
    if not seller.is_connected or sandbox.payouts is None:
        return
    begun = await sellers.start_onboarding(
        services.database, services.payouts, member.id, return_url=_ADDRESS
    )
    token = begun.onboarding_url.rpartition("/")[2]
    await simulation.connect(sandbox, services.database, token)


async def _make_product(
    services: Services, members: Members, uploaded: Mapping[str, TrackId], product: DemoProduct
) -> ProductId:
    """Create and publish a product, unless an earlier run has; replace a draft that it left."""
    seller = members[product.seller]
    async with services.database.read() as conn:
        found = await find_product(conn, seller, product.title)
    if found is not None and found.status == ProductStatus.PUBLISHED:
        return found.id
    if found is not None:
        async with services.database.transaction() as tx:
            await products.delete_product(tx, found.id, seller, _URLS)
    return await _publish(services, seller, uploaded, product)


async def _publish(
    services: Services, seller: Member, uploaded: Mapping[str, TrackId], product: DemoProduct
) -> ProductId:
    database = services.database
    async with database.read() as conn:
        title = product.release
        release_id = None if title is None else await find_release(conn, seller, title)
    form = ProductForm(
        title=product.title,
        type=product.type,
        price_cents=product.price_cents,
        currency=product.currency,
        description=product.description,
        licence=product.licence,
        track_id=uploaded[product.pieces[0]] if product.pieces else None,
        release_id=release_id,
    )
    async with database.transaction() as tx:
        product_id = (await products.create_product(tx, seller, form, _URLS)).id
    with tempfile.TemporaryDirectory(dir=services.audio_storage.folder) as folder:
        for name, chunks in await _list_files(services, uploaded, product, Path(folder)):
            file = PreparedForm(FileForm(), name, chunks)
            max_bytes = services.product_files.max_file_bytes
            await upload_file(services.uploads, seller, product_id, form=file, max_bytes=max_bytes)
    async with database.transaction() as tx:
        change = ProductChange(status=ProductStatus.PUBLISHED)
        await products.update_product(tx, product_id, seller, change=change, urls=_URLS)
        sql = "update products set created_at = $2, published_at = $2 where id = $1"
        await tx.run(sql, product_id, now() - timedelta(days=product.published_days_ago))
    return product_id


async def _list_files(
    services: Services, uploaded: Mapping[str, TrackId], product: DemoProduct, folder: Path
) -> list[tuple[str, AsyncIterator[bytes]]]:
    """Return the files of a product: names and content."""
    pieces = {piece.slug: piece for piece in PIECES}
    files = [
        (
            f"{pieces[slug].title}.{pieces[slug].file_format}",
            services.storage.read(audio.original_key(uploaded[slug])),
        )
        for slug in product.pieces
    ]
    if product.has_kit:
        names = await asyncio.to_thread(_write_kit, folder)
        files += [(name, chunks_of((folder / name).read_bytes())) for name in names]
    if product.text is not None:
        files.append((f"{product.title}.txt", chunks_of(product.text.encode())))
    return files


def _write_kit(folder: Path) -> list[str]:
    """Write a WAV file for each drum; return the names."""
    rng = default_rng(7)
    strokes = {
        "kick.wav": kick(50, 0.36, punch=2),
        "snare.wav": snare(rng, 0.3),
        "rim.wav": rim(),
        "hat.wav": hat(rng, 0.08),
        "tom.wav": tom(110),
    }
    for name, stroke in strokes.items():
        write_wav(folder / name, stroke[np.newaxis])
    return list(strokes)


async def _buy(
    services: Services,
    sandbox: Sandbox,
    buyer: Member,
    purchase: DemoPurchase,
    *,
    shop: Mapping[str, ProductId],
) -> Order:
    """Order products and confirm the payment; continue with an order of an earlier run."""
    product_ids = [shop[slug] for slug in purchase.products]
    found = await _find_order(services, buyer, product_ids)
    if found is not None and found.status is not OrderStatus.PENDING:
        return found
    claim = KeyClaim(new_id() if found is None else found.id)
    form = OrderForm(
        [OrderItemForm(product_id) for product_id in product_ids], billing=purchase.billing
    )
    await checkout.complete_order(
        services.database, services.checkout, buyer, form=form, claim=claim
    )
    async with services.database.read() as conn:
        order = await purchases.get_order(conn, OrderId(claim.id), buyer.id)
    # Free products have no payment.
    if order.payment is not None:
        await simulation.confirm_payment(
            sandbox,
            services.database,
            buyer,
            order.payment.payment_id,
            PaymentConfirmation(PaymentOutcome.SUCCEEDED),
        )
    return order


async def _find_order(
    services: Services, buyer: Member, product_ids: list[ProductId]
) -> Order | None:
    """Return an earlier run's order of these products that is paid, or can still be paid."""
    async with services.database.read() as conn:
        page = await purchases.list_orders(conn, buyer.id, limit=50, cursor=None)
    for order in page.orders:
        is_same = {item.product_id for item in order.items} == set(product_ids)
        is_over = order.status in {OrderStatus.FAILED, OrderStatus.CANCELLED}
        is_expired = order.status is OrderStatus.PENDING and order.expires_at <= now()
        if is_same and not is_over and not is_expired:
            return order
    return None


async def _review(
    services: Services, members: Members, product_id: ProductId, review: DemoReview
) -> None:
    """Write a review and its answer, unless an earlier run has."""
    buyer = members[review.username]
    async with services.database.read() as conn:
        found = await find_review(conn, product_id, buyer)
    if found is None:
        form = ReviewForm(review.rating, review.comment)
        async with services.database.transaction() as tx:
            review_id = (await reviews.create_review(tx, product_id, buyer, form)).id
    else:
        review_id = found.id
    if review.answer is None or (found is not None and found.is_answered):
        return
    [seller] = [members[each.seller] for each in PRODUCTS if each.slug == review.product]
    async with services.database.transaction() as tx:
        place = ReviewRef(product_id, review_id)
        await reviews.answer_review(tx, place, seller, AnswerForm(review.answer))
