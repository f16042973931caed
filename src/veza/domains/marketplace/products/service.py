"""Orders never change with a product; one that was ordered is withdrawn, not deleted.

Functions that move files take the database and open short transactions.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from msgspec import Struct

from veza.core.access import Member
from veza.core.errors import Unauthenticated, required
from veza.core.ids import ProductId, ReleaseId, TrackId, UserId, new_id
from veza.core.pages import Total, bounded_total, ensure_within_reach
from veza.core.search_query import SearchQuery, make_query
from veza.core.search_text import parse_search
from veza.core.signed_urls import UrlBuilder
from veza.core.structs import copy_fields, merge
from veza.domains.auth.accounts.models import RecountBatch
from veza.domains.contributions import OwnedItem, TakedownKind
from veza.domains.marketplace.products import errors, rules
from veza.domains.marketplace.products import shared_queries as product_queries
from veza.domains.marketplace.products.events import ProductCreated
from veza.domains.marketplace.products.models.files import ProductFile, ProductFileRef
from veza.domains.marketplace.products.models.forms import ProductChange, ProductForm, ProductStatus
from veza.domains.marketplace.products.models.lists import (
    OwnProductQuery,
    ProductPage,
    ProductQuery,
)
from veza.domains.marketplace.products.models.products import (
    NewProduct,
    Product,
    ProductAttributes,
    ProductDetails,
    ProductEvidence,
    PurchasableProduct,
    StoredProduct,
)
from veza.domains.marketplace.products.queries import (
    counters,
    file_records,
    listings,
    records,
    search,
)
from veza.domains.marketplace.sellers import service as sellers
from veza.domains.moderation.takedowns.shared_queries import note_edit
from veza.domains.music.releases.service import releases
from veza.domains.music.tracks.errors import NotYourTrack
from veza.domains.music.tracks.service import visible_tracks
from veza.infra.jobs.outbox import emit
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.search_index import (
    MAX_CANDIDATES,
    delete_documents,
    list_spellings,
    store_documents,
)
from veza.infra.storage.deletion import DeleteFolders
from veza.infra.storage.objects import Storage


class ProductFileStorage(Struct, frozen=True):
    """The storage of product files, and the size limit of a file."""

    storage: Storage
    max_file_bytes: int


async def create_product(
    tx: Tx, seller: Member, form: ProductForm, urls: UrlBuilder
) -> ProductDetails:
    """Create a product. Raises the errors of a track or release that isn't the seller's own."""
    # Deleted or suspended while the token was still valid.
    required(await records.lock_username(tx, seller.id), Unauthenticated)
    currency = form.currency or (await sellers.get_profile(tx, seller.id)).currency
    attributes = rules.clean_attributes(copy_fields(ProductAttributes, form, currency=currency))
    await _ensure_own_track(tx, attributes.track_id, seller)
    await _ensure_own_release(tx, attributes.release_id, seller)
    new = NewProduct(ProductId(new_id()), seller.id, attributes, form.status)
    with records.shown_must_exist():
        await records.insert_product(tx, new)
    await records.insert_prices(tx, new.id, attributes.prices)
    await index_products(tx, [new.id])
    await emit(tx, ProductCreated(new.id, seller.id))
    return rules.ensure_release_shown(await get_product(tx, new.id, seller, urls))


async def get_product(
    conn: Conn, product_id: ProductId, viewer: Member | None, urls: UrlBuilder
) -> ProductDetails:
    """Return a product with its files. Raises ProductNotFound."""
    product = rules.show(await get_visible(conn, product_id, viewer), viewer, urls)
    found = await product_queries.list_files(conn, [product_id])
    files = [copy_fields(ProductFile, file) for file in found]
    return copy_fields(ProductDetails, product, files=files)


async def list_products(
    conn: Conn, query: ProductQuery, viewer: Member | None, urls: UrlBuilder
) -> ProductPage:
    """List published products. A search tolerates typing errors and ignores accents."""
    ensure_within_reach(query.offset, query.limit)
    if query.search.strip():
        return await _search_products(conn, query, viewer, urls)
    found = await listings.list_products(conn, query)
    filters = (query.type, query.seller_id, query.release_id, query.track_id)
    if any(each is not None for each in filters):
        total = bounded_total(await listings.count_matching(conn, query))
    else:
        total = Total(await listings.count_listed(conn))
    return rules.show_page(found, total, viewer, urls)


async def list_own_products(
    conn: Conn, seller: Member, query: OwnProductQuery, urls: UrlBuilder
) -> ProductPage:
    """List the caller's products in every status, newest first."""
    ensure_within_reach(query.offset, query.limit)
    found = await listings.list_own(conn, seller.id, query)
    total = bounded_total(await listings.count_own(conn, seller.id, query))
    return rules.show_page(found, total, seller, urls)


async def show_products(
    conn: Conn, product_ids: Sequence[ProductId], viewer: Member | None, urls: UrlBuilder
) -> dict[ProductId, Product]:
    """Return products that the viewer sees, by id."""
    found = await records.list_by_id(conn, product_ids) if product_ids else []
    return {product.id: rules.show(product, viewer, urls) for product in found}


async def update_product(
    tx: Tx, product_id: ProductId, seller: Member, *, change: ProductChange, urls: UrlBuilder
) -> ProductDetails:
    """Change, publish or withdraw a product of the caller. Existing orders don't change."""
    product = await lock_own(tx, product_id, seller)
    rules.ensure_stock_seen(product, change)
    rules.ensure_priced_alone(product, change)
    attributes = rules.clean_attributes(merge(ProductAttributes, product, change))
    if attributes.track_id != product.track_id:
        await _ensure_own_track(tx, attributes.track_id, seller)
    if attributes.release_id != product.release_id:
        if product.is_ordered:
            raise errors.ProductKeepsRelease
        await _ensure_own_release(tx, attributes.release_id, seller)
    if product.has_variants and not rules.has_contents(attributes):
        await _ensure_not_kept(tx, product_id)
    chosen = rules.chosen_status(product)
    status = change.status if isinstance(change.status, ProductStatus) else chosen
    rules.ensure_may_have(product, status)
    await _update(tx, product, attributes, status)
    await note_edit(tx, product.taken_down)
    return rules.ensure_release_shown(await get_product(tx, product_id, seller, urls))


async def delete_product(
    tx: Tx, product_id: ProductId, seller: Member, urls: UrlBuilder
) -> ProductDetails:
    """Delete a product of the caller, or withdraw it if it was ordered; return it if withdrawn.

    Buyers keep access to it and its files.
    """
    product = await lock_own(tx, product_id, seller)
    attributes = copy_fields(ProductAttributes, product)
    await _update(tx, product, attributes, ProductStatus.WITHDRAWN)
    withdrawn = await get_product(tx, product_id, seller, urls)
    await _remove(tx, product)
    return withdrawn


async def delete_product_file(
    tx: Tx, file: ProductFileRef, seller: Member, urls: UrlBuilder
) -> ProductDetails:
    """Remove a file of the caller. Raises ProductOrdered, ProductFileNotFound, FileInVariant."""
    product = await lock_own(tx, file.product_id, seller)
    if product.is_ordered:
        raise errors.ProductOrdered
    if not await file_records.delete_file(tx, file):
        raise errors.ProductFileNotFound
    await enqueue(tx, DeleteFolders([rules.folder_of(file.product_id, file.file_id)]))
    return await get_product(tx, file.product_id, seller, urls)


async def get_visible(conn: Conn, product_id: ProductId, viewer: Member | None) -> StoredProduct:
    """Return a product that the viewer sees. Raises ProductNotFound."""
    return rules.ensure_visible(await records.find_product(conn, product_id), viewer)


async def ensure_public(conn: Conn, product_id: ProductId, viewer: Member) -> None:
    """Raise ProductNotFound, or ProductNotPublished for a hidden product of the caller."""
    product = await get_visible(conn, product_id, viewer)
    if product.status is not ProductStatus.PUBLISHED:
        raise errors.ProductNotPublished


async def find_evidence(conn: Conn, product_id: UUID, viewer: Member) -> ProductEvidence | None:
    """Return the content to keep with a report; None if the viewer may not see the product."""
    product = await records.find_product(conn, ProductId(product_id))
    if product is None or not rules.is_visible_to(product, viewer.id):
        return None
    files = await product_queries.list_files(conn, [product.id])
    return rules.evidence_of(product, files)


async def lock_for_sale(
    tx: Tx, product_ids: Sequence[ProductId], currency: str | None = None
) -> list[PurchasableProduct]:
    """Lock products for an order, and return those that can be bought, by id and once each.

    Those that have a price in `currency` are returned with it. They are marked as ordered, so that
    their files are never deleted.
    """
    found = await counters.lock_for_sale(tx, product_ids)
    if first_ordered := [product.id for product in found if not product.was_ordered]:
        await counters.update_ordered(tx, first_ordered)
    return await counters.price_in(tx, found, currency)


async def list_for_sale(
    conn: Conn, product_ids: Sequence[ProductId], currency: str | None = None
) -> list[PurchasableProduct]:
    """Return those of the products that can be bought, as `lock_for_sale` does."""
    return await counters.price_in(conn, await counters.list_for_sale(conn, product_ids), currency)


async def take_units(tx: Tx, product_ids: Sequence[ProductId]) -> None:
    """Take a unit of the stock of each of these locked products. Raises SoldOut."""
    if await counters.take_units(tx, product_ids) < len(product_ids):
        raise errors.SoldOut


async def add_sales(
    tx: Tx, sold: Mapping[ProductId, int], units: Collection[ProductId] = ()
) -> None:
    """Add to the sales counts of products, and give a unit back to each of `units`.

    Products without a limit stay so, and deleted products are ignored.
    """
    product_ids = sorted({*sold, *units})
    await product_queries.lock_counts(tx, product_ids)
    more = [sold.get(product_id, 0) for product_id in product_ids]
    await counters.add_to_sales_counts(tx, product_ids, more, units)


async def lock_visible(tx: Tx, product_id: ProductId, viewer: Member) -> StoredProduct:
    """Lock and return a product that the viewer sees. Raises ProductNotFound."""
    return rules.ensure_visible(await records.lock_product(tx, product_id), viewer)


async def ensure_own(conn: Conn, product_id: ProductId, member: Member) -> None:
    """Raise ProductNotFound, or NotYourProduct for a product of another member."""
    rules.ensure_seller(await get_visible(conn, product_id, member), member.id)


async def lock_own(tx: Tx, product_id: ProductId, member: Member) -> StoredProduct:
    """Lock and return a product of the member. Raises ProductNotFound and NotYourProduct."""
    return rules.ensure_seller(await lock_visible(tx, product_id, member), member.id)


async def lock_to_give(tx: Tx, product_id: ProductId) -> PurchasableProduct | None:
    """Lock a product that is given for nothing, and mark it as ordered.

    Return None if its seller is gone or suspended.
    """
    found = await counters.lock_to_give(tx, product_id)
    await counters.update_ordered(tx, [product_id])
    return found


async def update_hidden_products(tx: Tx, batch: RecountBatch[ProductId]) -> list[ProductId]:
    """Exclude the next batch of a seller's products from the number of products, or add them."""
    product_ids = await counters.list_products_of(tx, batch.user_id, batch.after)
    await product_queries.lock_counts(tx, product_ids)
    await counters.update_hidden(tx, product_ids, hide=batch.hide)
    return product_ids


async def _ensure_not_kept(tx: Tx, product_id: ProductId) -> None:
    if await records.has_variant_with_contents(tx, product_id):
        raise errors.KeptByVariants


async def _find_owned(conn: Conn, content_id: UUID) -> OwnedItem | None:
    product = await records.find_product(conn, ProductId(content_id))
    if product is None or product.seller_id is None:
        return None
    return OwnedItem(product.seller_id, product.title)


async def _take_down(tx: Tx, content_id: UUID) -> Mapping[str, Any] | None:
    product = await records.lock_product(tx, ProductId(content_id))
    if product is None:
        return None
    await records.update_taken_down(tx, product.id)
    await index_products(tx, [product.id])
    return {}


async def _restore(tx: Tx, content_id: UUID, _kept: Mapping[str, Any]) -> None:
    product = await records.lock_product(tx, ProductId(content_id))
    if product is not None:
        await records.update_restored(tx, product.id)
        await index_products(tx, [product.id])


async def _delete_taken_down(tx: Tx, content_id: UUID, seller: Member) -> None:
    await _remove(tx, await lock_own(tx, ProductId(content_id), seller))


TAKEDOWN = TakedownKind(_find_owned, _take_down, _restore, _delete_taken_down)


async def index_products(tx: Tx, product_ids: Sequence[ProductId]) -> None:
    """Update what products are found by; the caller has locked them."""
    found = await search.list_searchable(tx, product_ids)
    await store_documents(tx, search.PRODUCTS, [rules.index_product(each) for each in found])
    hidden = set(product_ids).difference(product.id for product in found)
    if hidden:
        await delete_documents(tx, search.PRODUCTS, list(hidden))


async def index_batch(tx: Tx, seller_id: UserId | None, after: ProductId | None) -> list[ProductId]:
    """Index the next products of a seller, or of all, ordered by id; return them."""
    product_ids = await search.list_product_ids(tx, seller_id, after)
    # A separate statement, because the next one must see all commits before the lock.
    await product_queries.lock_counts(tx, product_ids)
    await index_products(tx, product_ids)
    return product_ids


async def search_products(
    conn: Conn, text: str, limit: int, *, viewer: Member | None, urls: UrlBuilder
) -> list[Product]:
    """Find published products by title, seller and type, best first."""
    query = ProductQuery(limit, search=text)
    wanted = await _make_query(conn, query)
    if wanted is None:
        return []
    found = await search.search_products(conn, wanted, query, viewer and viewer.id)
    return [rules.show(product, viewer, urls) for product in found]


async def _make_query(conn: Conn, query: ProductQuery) -> SearchQuery | None:
    text = parse_search(query.search)
    spellings = await list_spellings(conn, [search.PRODUCTS], text)
    filters = rules.filters_of(query.type, query.seller_id)
    return make_query(text, spellings[search.PRODUCTS.kind], filters)


async def _search_products(
    conn: Conn, query: ProductQuery, viewer: Member | None, urls: UrlBuilder
) -> ProductPage:
    wanted = await _make_query(conn, query)
    if wanted is None:
        return ProductPage([], 0, total_is_exact=True)
    viewer_id = viewer and viewer.id
    found = await search.search_products(conn, wanted, query, viewer_id)
    total = await search.count_found(conn, wanted, query, viewer_id)
    return rules.show_page(found, Total(total, is_exact=total < MAX_CANDIDATES), viewer, urls)


async def _remove(tx: Tx, product: StoredProduct) -> None:
    """Delete a locked product with its files, unless it was ordered."""
    if not product.is_ordered:
        await records.delete_product(tx, product.id)
        await enqueue(tx, DeleteFolders([rules.folder_of(product.id)]))


async def _update(
    tx: Tx, product: StoredProduct, attributes: ProductAttributes, status: ProductStatus
) -> None:
    with records.shown_must_exist():
        await records.update_product(tx, product.id, attributes, status=status)
    if attributes.prices != product.prices:
        await records.replace_prices(tx, product.id, attributes.prices)
    await index_products(tx, [product.id])


async def _ensure_own_track(conn: Conn, track_id: TrackId | None, seller: Member) -> None:
    if track_id is None:
        return
    track = await visible_tracks.get_visible(conn, track_id, seller.id)
    if track.owner_id != seller.id:
        raise NotYourTrack


async def _ensure_own_release(conn: Conn, release_id: ReleaseId | None, seller: Member) -> None:
    if release_id is not None:
        await releases.find_own(conn, release_id, seller)
