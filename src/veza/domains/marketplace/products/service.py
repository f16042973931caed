"""What one can do with products. What moves files takes the database and opens short transactions.

What `orders` needs stands at the end: it locks what it sells, and counts what it sold.
"""

from collections.abc import AsyncIterator, Generator, Mapping, Sequence
from contextlib import contextmanager
from uuid import UUID

from msgspec import Struct

from veza.core.access import Member
from veza.core.errors import Unauthenticated
from veza.core.filenames import plain_filename
from veza.core.ids import ProductFileId, ProductId, TrackId, new_id
from veza.core.pages import ensure_within_reach
from veza.core.signed_urls import UrlBuilder
from veza.domains.marketplace.products import queries, rules
from veza.domains.marketplace.products.errors import (
    NotYourProduct,
    ProductFileEmpty,
    ProductFileNotFound,
    ProductFileTooLarge,
    ProductNotFound,
    ProductNotPublished,
    ProductOrdered,
    TooManyProductFiles,
)
from veza.domains.marketplace.products.events import ProductDeleted
from veza.domains.marketplace.products.models import (
    MAX_FILES,
    DeleteProductFiles,
    FilePlace,
    ForSale,
    NewProduct,
    OwnQuery,
    Product,
    ProductChange,
    ProductDetails,
    ProductEvidence,
    ProductFigures,
    ProductFile,
    ProductForm,
    ProductPage,
    ProductQuery,
    ProductTerms,
    Ratings,
    ShownFile,
    Status,
    StoredFile,
    StoredProduct,
)
from veza.domains.marketplace.sellers import service as sellers
from veza.domains.music.tracks import service as tracks
from veza.domains.music.tracks.errors import NotYourTrack, TrackNotFound
from veza.infra.jobs.outbox import emit
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Conn, ConstraintViolation, Database, Tx
from veza.infra.storage.objects import Storage


class Stockroom(Struct, frozen=True):
    """Where the files of products lie, and how large one may be."""

    storage: Storage
    max_file_bytes: int


async def create_product(
    tx: Tx, seller: Member, form: ProductForm, urls: UrlBuilder
) -> ProductDetails:
    """Make a product. As a draft only its seller knows of it, until it is published."""
    username = await queries.find_username(tx, seller.id)
    if username is None:
        # The token outlived the account, or they were suspended just now.
        raise Unauthenticated
    currency = form.currency or (await sellers.get_profile(tx, seller.id)).currency
    terms = rules.clean_terms(rules.first_terms(form, currency))
    await _ensure_own_track(tx, terms.track_id, seller)
    text = rules.search_text(terms.title, username, terms.type)
    new = NewProduct(ProductId(new_id()), seller.id, terms, form.status, text)
    with _refusing_what_is_gone():
        await queries.insert_product(tx, new)
    return await get_product(tx, new.id, seller, urls)


async def get_product(
    conn: Conn, product_id: ProductId, viewer: Member | None, urls: UrlBuilder
) -> ProductDetails:
    """Show a product by itself, with the names of its files."""
    product = await get_visible(conn, product_id, viewer)
    files = await queries.list_files(conn, [product_id])
    return rules.show_details(_show(product, viewer, urls), files)


async def list_products(
    conn: Conn, wish: ProductQuery, viewer: Member | None, urls: UrlBuilder
) -> ProductPage:
    """List what is published, in a page, and tell how much there is.

    A search forgives typing errors and accents; what fits best comes first, unless it is sorted.
    """
    ensure_within_reach(wish.offset, wish.limit)
    found = await queries.list_products(conn, wish)
    total = await queries.count_listed(conn, wish)
    return ProductPage([_show(product, viewer, urls) for product in found], total)


async def list_own(conn: Conn, seller: Member, wish: OwnQuery, urls: UrlBuilder) -> ProductPage:
    """List one's own products, drafts and withdrawn ones too, the latest first."""
    ensure_within_reach(wish.offset, wish.limit)
    found = await queries.list_own(conn, seller.id, wish)
    total = await queries.count_own(conn, seller.id, wish.status)
    return ProductPage([_show(product, seller, urls) for product in found], total)


async def update_product(
    tx: Tx, product_id: ProductId, seller: Member, *, change: ProductChange, urls: UrlBuilder
) -> ProductDetails:
    """Change what is said of one's own product, publish it, or withdraw it.

    Orders keep what was said when they were made.
    """
    product = await _lock_own(tx, product_id, seller)
    terms = rules.clean_terms(rules.merge(product, change))
    if terms.track_id != product.track_id:
        await _ensure_own_track(tx, terms.track_id, seller)
    status = change.status if isinstance(change.status, Status) else product.status
    await _update(tx, product, terms, status)
    return await get_product(tx, product_id, seller, urls)


async def delete_product(
    tx: Tx, product_id: ProductId, seller: Member, urls: UrlBuilder
) -> ProductDetails:
    """Withdraw one's own product, and forget it where nobody ordered it; give what it was.

    Those who ordered it keep it, with its files.
    """
    product = await _lock_own(tx, product_id, seller)
    await _update(tx, product, rules.terms_of(product), Status.WITHDRAWN)
    withdrawn = await get_product(tx, product_id, seller, urls)
    if not product.is_ordered:
        await queries.delete_product(tx, product_id)
        await emit(tx, ProductDeleted(product_id))
    return withdrawn


async def begin_upload(database: Database, product_id: ProductId, seller: Member) -> FilePlace:
    """Note that a file of one's own product will come, so that it is swept if it never ends.

    Raises TooManyProductFiles, before anything is sent in vain.
    """
    place = FilePlace(product_id, ProductFileId(new_id()))
    async with database.transaction(recorded=False) as tx:
        await _lock_own(tx, product_id, seller)
        if await queries.count_places_taken(tx, product_id) >= MAX_FILES:
            raise TooManyProductFiles
        await queries.insert_upload(tx, place)
    return place


async def store_file(
    stockroom: Stockroom, place: FilePlace, filename: str, chunks: AsyncIterator[bytes]
) -> StoredFile:
    """Store a file as it comes. Raises ProductFileEmpty and ProductFileTooLarge."""
    name = plain_filename(filename)
    key = rules.file_key(place.product_id, place.file_id)
    stored = await stockroom.storage.put_stream(key, _bounded(chunks, stockroom.max_file_bytes))
    if not stored.size:
        raise ProductFileEmpty
    return StoredFile(place, name, stored.size, rules.guess_type(name), stored.sha256)


async def finish_upload(tx: Tx, seller: Member, file: StoredFile) -> ShownFile:
    """Add what was stored to the product."""
    await _lock_own(tx, file.place.product_id, seller)
    await queries.delete_upload(tx, file.place.file_id)
    return rules.show_file(await queries.insert_file(tx, file))


async def abandon_upload(database: Database, stockroom: Stockroom, place: FilePlace) -> None:
    """Delete what an upload left that will never end."""
    await stockroom.storage.delete_folder(rules.folder_of(place.product_id, place.file_id))
    async with database.transaction(recorded=False) as tx:
        await queries.delete_upload(tx, place.file_id)


async def delete_file(tx: Tx, place: FilePlace, seller: Member, urls: UrlBuilder) -> ProductDetails:
    """Take a file out of one's own product, which nobody ordered yet; give what is left."""
    product = await _lock_own(tx, place.product_id, seller)
    if product.is_ordered:
        raise ProductOrdered
    if not await queries.delete_file(tx, place):
        raise ProductFileNotFound
    await enqueue(tx, DeleteProductFiles(place.product_id, place.file_id))
    return await get_product(tx, place.product_id, seller, urls)


async def get_visible(conn: Conn, product_id: ProductId, viewer: Member | None) -> StoredProduct:
    """Give a product to those who may know of it."""
    product = await queries.find_product(conn, product_id)
    # A hidden one answers like a missing one, so that ids can't be probed.
    if product is None or not rules.is_visible_to(product, viewer and viewer.id):
        raise ProductNotFound
    return product


async def ensure_public(conn: Conn, product_id: ProductId, viewer: Member) -> None:
    """Raise ProductNotFound, or ProductNotPublished of one's own that not everybody may see."""
    product = await get_visible(conn, product_id, viewer)
    if product.status is not Status.PUBLISHED:
        raise ProductNotPublished


async def find_evidence(conn: Conn, product_id: UUID, viewer: Member) -> ProductEvidence | None:
    """Give what a report of a product has to keep; None where the viewer may not know of it."""
    product = await queries.find_product(conn, ProductId(product_id))
    if product is None or not rules.is_visible_to(product, viewer.id):
        return None
    files = await queries.list_files(conn, [product.id])
    return rules.evidence_of(product, files)


async def count_products(conn: Conn) -> ProductFigures:
    """Count the products, and what their files take."""
    return await queries.count_products(conn)


async def lock_for_sale(tx: Tx, product_ids: Sequence[ProductId]) -> list[ForSale]:
    """Give those of some products that can be bought, as they are until the transaction ends.

    They count as ordered from then on: their files stay for ever. They come in the order of their
    ids, and one that is asked for twice comes once; what is missing can't be bought.
    """
    found = await queries.lock_for_sale(tx, product_ids)
    await queries.update_ordered(tx, [product.id for product in found])
    return found


async def count_sales(tx: Tx, more: Mapping[ProductId, int]) -> None:
    """Count so many more sales of each product; less than 0 is fewer. What is gone counts not."""
    await queries.add_to_sales_counts(tx, list(more), list(more.values()))


async def lock_visible(tx: Tx, product_id: ProductId, viewer: Member) -> StoredProduct:
    """Give a product to those who may know of it, locked: what hangs on it may be counted."""
    product = await queries.lock_product(tx, product_id)
    if product is None or not rules.is_visible_to(product, viewer.id):
        raise ProductNotFound
    return product


async def lock_counts(tx: Tx, product_ids: Sequence[ProductId]) -> None:
    """Have many products stay as they are, in the order of their ids: who counts there waits."""
    await queries.lock_counts(tx, product_ids)


async def count_ratings(tx: Tx, more: Mapping[ProductId, Ratings]) -> None:
    """Count so many more reviews of each product, which is locked; less than 0 is fewer."""
    reviews = [each.reviews for each in more.values()]
    rating_sums = [each.rating_sum for each in more.values()]
    await queries.add_to_ratings(tx, list(more), reviews, rating_sums)


async def list_files(conn: Conn, product_ids: Sequence[ProductId]) -> list[ProductFile]:
    """List the files of products, each product's in their order."""
    return await queries.list_files(conn, product_ids)


def file_key(product_id: ProductId, file_id: ProductFileId) -> str:
    """Tell where in the storage a file of a product lies."""
    return rules.file_key(product_id, file_id)


def _show(product: StoredProduct, viewer: Member | None, urls: UrlBuilder) -> Product:
    summary = rules.summary_of(product)
    track = None if summary is None else tracks.show_summary(summary, urls)
    return rules.show_product(product, track, viewer and viewer.id)


async def _lock_own(tx: Tx, product_id: ProductId, member: Member) -> StoredProduct:
    product = await lock_visible(tx, product_id, member)
    if product.seller_id != member.id:
        raise NotYourProduct
    return product


async def _update(tx: Tx, product: StoredProduct, terms: ProductTerms, status: Status) -> None:
    text = rules.search_text(terms.title, product.username or "", terms.type)
    with _refusing_what_is_gone():
        await queries.update_product(tx, product.id, terms, status, search_text=text)


async def _ensure_own_track(conn: Conn, track_id: TrackId | None, seller: Member) -> None:
    if track_id is None:
        return
    track = await tracks.get_visible(conn, track_id, seller.id)
    if track.owner_id != seller.id:
        raise NotYourTrack


@contextmanager
def _refusing_what_is_gone() -> Generator[None]:
    """Answer as if it had never been there, where a track was deleted just now."""
    try:
        yield
    except ConstraintViolation as error:
        if error.constraint == "products_track_id_fkey":
            raise TrackNotFound from error
        raise


async def _bounded(chunks: AsyncIterator[bytes], max_bytes: int) -> AsyncIterator[bytes]:
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        if size > max_bytes:
            raise ProductFileTooLarge
        yield chunk
