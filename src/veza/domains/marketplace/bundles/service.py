"""Sellers make bundles; buyers order their products, and pay for those that they don't own.

What changes a bundle locks its seller or the bundle, then the products that it lists.
"""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any
from uuid import UUID

from veza.core.access import Member
from veza.core.errors import FieldError, Invalid, Unauthenticated, required
from veza.core.ids import BundleId, ProductId, UserId, new_id
from veza.core.pages import RowRange, ensure_within_reach
from veza.core.signed_urls import UrlBuilder
from veza.core.structs import copy_fields, merge
from veza.domains.contributions import OwnedItem, TakedownKind
from veza.domains.marketplace.bundles import errors, queries, rules
from veza.domains.marketplace.bundles.models import (
    MAX_BUNDLES,
    MAX_COVERS,
    Bundle,
    BundleAttributes,
    BundleChange,
    BundleDetails,
    BundledProduct,
    BundleEvidence,
    BundleForm,
    BundleItem,
    BundleOrder,
    BundlePage,
    BundleQuery,
    NewBundle,
    StoredBundle,
)
from veza.domains.marketplace.prices.models import BundleTerms
from veza.domains.marketplace.products import service as products
from veza.domains.marketplace.products.errors import ProductNotFound
from veza.domains.marketplace.products.models.forms import ProductStatus
from veza.domains.marketplace.products.models.products import Product
from veza.domains.marketplace.sellers import service as sellers
from veza.domains.moderation.takedowns.shared_queries import note_edit
from veza.infra.postgres.database import Conn, Tx

type _Contents = Mapping[BundleId, list[BundledProduct]]


async def create_bundle(
    tx: Tx, seller: Member, form: BundleForm, urls: UrlBuilder
) -> BundleDetails:
    """Create a bundle. Raises TooManyBundles, and the errors of `_lock_listed`."""
    if not await queries.lock_seller(tx, seller.id):
        # Deleted or suspended while the token was still valid.
        raise Unauthenticated
    currency = form.currency or (await sellers.get_profile(tx, seller.id)).currency
    attributes = rules.clean_attributes(copy_fields(BundleAttributes, form, currency=currency))
    if await queries.count_bundles(tx, seller.id) >= MAX_BUNDLES:
        raise errors.TooManyBundles
    attributes = await _lock_listed(tx, seller.id, attributes, follow=form.currency is None)
    new = NewBundle(BundleId(new_id()), seller.id, attributes, form.status)
    await queries.insert_bundle(tx, new)
    await queries.insert_products(tx, new.id, attributes.product_ids)
    return await get_bundle(tx, new.id, seller, urls)


async def get_bundle(
    conn: Conn, bundle_id: BundleId, viewer: Member | None, urls: UrlBuilder
) -> BundleDetails:
    """Return a bundle with its products.

    Raises BundleNotFound, also to others than its seller if nothing in it is for sale.
    """
    bundle = rules.ensure_visible(await queries.find_bundle(conn, bundle_id), viewer)
    viewer_id = viewer and viewer.id
    found = await queries.list_contents(conn, [bundle_id], viewer_id)
    product_ids = [each.product_id for each in found]
    shown = await products.show_products(conn, product_ids, viewer, urls)
    # Without those that were deleted meanwhile.
    contents = [each for each in found if each.product_id in shown]
    if not contents and bundle.seller_id != viewer_id:
        raise errors.BundleNotFound
    prices = rules.line_prices(bundle, contents)
    items = [
        BundleItem(shown[each.product_id], prices[each.product_id], each.is_owned)
        for each in contents
    ]
    summary = rules.show_bundle(bundle, contents, [item.product for item in items], urls)
    return copy_fields(BundleDetails, summary, items=items)


async def list_bundles(
    conn: Conn, query: BundleQuery, viewer: Member | None, urls: UrlBuilder
) -> BundlePage:
    """List the published bundles of a seller, or those with a product, that have something to sell.

    Raises Invalid without either.
    """
    ensure_within_reach(query.offset, query.limit)
    seller_id = query.seller_id
    if seller_id is None:
        seller_id = await _find_seller(conn, query.product_id, viewer)
    if seller_id is None:
        return BundlePage([], 0)
    published = await queries.list_published(conn, seller_id)
    contents = await _list_contents(conn, published, viewer)
    found = [
        bundle
        for bundle in published
        if any(query.product_id in {None, each.product_id} for each in contents.get(bundle.id, []))
    ]
    page = found[query.offset : query.offset + query.limit]
    return BundlePage(await _show(conn, page, contents, viewer, urls), len(found))


async def list_own_bundles(
    conn: Conn, seller: Member, rows: RowRange, urls: UrlBuilder
) -> BundlePage:
    """List the caller's bundles in every status, newest first."""
    ensure_within_reach(rows.offset, rows.limit)
    page = await queries.list_own(conn, seller.id, rows.limit, rows.offset)
    contents = await _list_contents(conn, page, seller)
    total = await queries.count_bundles(conn, seller.id)
    return BundlePage(await _show(conn, page, contents, seller, urls), total)


async def update_bundle(
    tx: Tx, bundle_id: BundleId, seller: Member, *, change: BundleChange, urls: UrlBuilder
) -> BundleDetails:
    """Change, publish or withdraw a bundle of the caller. Existing orders don't change.

    Raises BundleNotFound, NotYourBundle, and the errors of `_lock_listed`.
    """
    bundle = await _lock_own(tx, bundle_id, seller)
    attributes = rules.clean_attributes(merge(BundleAttributes, bundle, change))
    before = (bundle.product_ids, bundle.currency)
    if (attributes.product_ids, attributes.currency) != before:
        attributes = await _lock_listed(tx, seller.id, attributes)
    if attributes.product_ids != bundle.product_ids:
        await queries.delete_products(tx, bundle_id)
        await queries.insert_products(tx, bundle_id, attributes.product_ids)
    chosen = rules.chosen_status(bundle)
    status = change.status if isinstance(change.status, ProductStatus) else chosen
    await queries.update_bundle(tx, bundle_id, attributes, status=status)
    await note_edit(tx, bundle.taken_down)
    return await get_bundle(tx, bundle_id, seller, urls)


async def delete_bundle(tx: Tx, bundle_id: BundleId, seller: Member) -> None:
    """Delete a bundle of the caller. Orders stay as they are."""
    await _lock_own(tx, bundle_id, seller)
    await queries.delete_bundle(tx, bundle_id)


async def find_terms(conn: Conn, bundle_id: BundleId, order: BundleOrder) -> BundleTerms | None:
    """Return the prices of a bundle in an order; None if the buyer owns all of it.

    Guests own nothing. The caller has locked the ordered products. Raises BundleChanged if the
    bundle is not for sale any more, or in another currency, or has products that are neither
    ordered nor owned.
    """
    bundle = await queries.find_bundle(conn, bundle_id)
    if bundle is None or not rules.is_visible_to(bundle, None):
        raise errors.BundleChanged
    if bundle.currency != order.currency:
        raise errors.BundleChanged
    contents = await queries.list_contents(conn, [bundle_id], order.buyer_id)
    is_something_due = rules.ensure_complete(contents, order.product_ids)
    return rules.terms_of(bundle, contents) if is_something_due else None


async def find_evidence(conn: Conn, bundle_id: UUID, viewer: Member) -> BundleEvidence | None:
    """Return the content to keep with a report; None if the viewer may not see the bundle."""
    bundle = await queries.find_bundle(conn, BundleId(bundle_id))
    if bundle is None or not rules.is_visible_to(bundle, viewer.id):
        return None
    return copy_fields(BundleEvidence, bundle, author_id=bundle.seller_id)


async def _find_owned(conn: Conn, content_id: UUID) -> OwnedItem | None:
    bundle = await queries.find_bundle(conn, BundleId(content_id))
    return None if bundle is None else OwnedItem(bundle.seller_id, bundle.title)


async def _take_down(tx: Tx, content_id: UUID) -> Mapping[str, Any] | None:
    bundle = await queries.lock_bundle(tx, BundleId(content_id))
    if bundle is None:
        return None
    await queries.update_taken_down(tx, bundle.id)
    return {}


async def _restore(tx: Tx, content_id: UUID, _kept: Mapping[str, Any]) -> None:
    bundle = await queries.lock_bundle(tx, BundleId(content_id))
    if bundle is not None:
        await queries.update_restored(tx, bundle.id)


async def _delete_taken_down(tx: Tx, content_id: UUID, seller: Member) -> None:
    await delete_bundle(tx, BundleId(content_id), seller)


TAKEDOWN = TakedownKind(_find_owned, _take_down, _restore, _delete_taken_down)


async def _lock_own(tx: Tx, bundle_id: BundleId, seller: Member) -> StoredBundle:
    """Lock and return a bundle of the member. Raises BundleNotFound and NotYourBundle."""
    bundle = rules.ensure_visible(await queries.lock_bundle(tx, bundle_id), seller)
    return rules.ensure_seller(bundle, seller.id)


async def _lock_listed(
    tx: Tx, seller_id: UserId, attributes: BundleAttributes, *, follow: bool = False
) -> BundleAttributes:
    """Lock the listed products of a bundle; return it with their currency if it is to `follow`.

    Raises ProductNotFound, ProductNotPublished and BundleCurrencies.
    """
    if not attributes.product_ids:
        return attributes
    found = await queries.lock_products(tx, seller_id, attributes.product_ids)
    if follow:
        currencies = {product.id: product.currency for product in found}
        first = required(currencies.get(attributes.product_ids[0]), ProductNotFound)
        attributes = copy_fields(BundleAttributes, attributes, currency=first)
    rules.ensure_sellable(attributes, found)
    return attributes


async def _find_seller(
    conn: Conn, product_id: ProductId | None, viewer: Member | None
) -> UserId | None:
    if product_id is None:
        sentence = "Name a seller or a product."
        raise Invalid(details=[FieldError("seller_id", sentence, "missing")])
    return (await products.get_visible(conn, product_id, viewer)).seller_id


async def _list_contents(
    conn: Conn, bundles: Sequence[StoredBundle], viewer: Member | None
) -> _Contents:
    """Return what can be bought of bundles; nothing for those that have nothing."""
    if not bundles:
        return {}
    bundle_ids = [bundle.id for bundle in bundles]
    found = await queries.list_contents(conn, bundle_ids, viewer and viewer.id)
    return {
        bundle_id: list(contents)
        for bundle_id, contents in groupby(found, key=lambda each: each.bundle_id)
    }


async def _show(
    conn: Conn,
    bundles: Sequence[StoredBundle],
    contents: _Contents,
    viewer: Member | None,
    urls: UrlBuilder,
) -> list[Bundle]:
    first = {bundle.id: contents.get(bundle.id, [])[:MAX_COVERS] for bundle in bundles}
    product_ids = {each.product_id for found in first.values() for each in found}
    shown: Mapping[ProductId, Product] = await products.show_products(
        conn, sorted(product_ids), viewer, urls
    )
    return [
        rules.show_bundle(
            bundle,
            contents.get(bundle.id, []),
            # Without those that were deleted meanwhile.
            [shown[each.product_id] for each in first[bundle.id] if each.product_id in shown],
            urls,
        )
        for bundle in bundles
    ]
