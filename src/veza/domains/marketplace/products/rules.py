"""Decisions without I/O: everything here can be tested with plain values."""

import mimetypes
from collections.abc import Sequence

from msgspec import UNSET, structs

from veza.core.errors import Fault, Invalid
from veza.core.ids import ProductFileId, ProductId, UserId
from veza.core.money import CURRENCIES
from veza.core.normalize import fold
from veza.domains.marketplace.products.models import (
    MIN_PRICE_CENTS,
    OwnProduct,
    Product,
    ProductChange,
    ProductDetails,
    ProductEvidence,
    ProductFile,
    ProductForm,
    ProductTerms,
    ProductType,
    ShownFile,
    Status,
    StoredProduct,
)
from veza.domains.music.tracks.models import Artist, StoredTrackSummary, TrackSummary

_ANYTHING = "application/octet-stream"
# Their own names for what musicians send; the machine that we run on may have others, or none.
_TYPES = mimetypes.MimeTypes()
_TYPES.add_type("audio/flac", ".flac")
_TYPES.add_type("audio/wav", ".wav")
_TYPES.add_type("audio/aiff", ".aiff")
_TYPES.add_type("audio/mp4", ".m4a")


def is_visible_to(product: StoredProduct, viewer: UserId | None) -> bool:
    """Tell whether somebody may know of a product: its seller, and others once it is published.

    While its seller is suspended, nobody else may.
    """
    if product.seller_id is not None and product.seller_id == viewer:
        return True
    return product.status is Status.PUBLISHED and not product.is_hidden


def first_terms(form: ProductForm, currency: str) -> ProductTerms:
    """Tell what is said of a new product, which is sold in a currency."""
    return ProductTerms(
        title=form.title,
        type=form.type,
        price_cents=form.price_cents,
        currency=currency,
        description=form.description,
        licence=form.licence,
        track_id=form.track_id,
    )


def clean_terms(terms: ProductTerms) -> ProductTerms:
    """Trim what is said of a product. Raises Invalid where it can't be sold so."""
    title = " ".join(terms.title.split())
    if not title:
        raise Invalid(details=[Fault("title", "A product needs a title.")])
    if 0 < terms.price_cents < MIN_PRICE_CENTS:
        sentence = f"A price is 0, or {MIN_PRICE_CENTS} cents at least."
        raise Invalid(details=[Fault("price_cents", sentence)])
    if terms.currency not in CURRENCIES:
        known = ", ".join(sorted(CURRENCIES))
        raise Invalid(details=[Fault("currency", f"This must be one of {known}.")])
    return structs.replace(terms, title=title, licence=terms.licence.strip())


def merge(product: StoredProduct, change: ProductChange) -> ProductTerms:
    """Tell what is said of a product after a change."""
    given = {name: getattr(change, name) for name in ProductTerms.__struct_fields__}
    changed = {name: value for name, value in given.items() if value is not UNSET}
    return structs.replace(terms_of(product), **changed)


def terms_of(product: StoredProduct) -> ProductTerms:
    """Tell what is said of a product."""
    return ProductTerms(
        title=product.title,
        type=product.type,
        price_cents=product.price_cents,
        currency=product.currency,
        description=product.description,
        licence=product.licence,
        track_id=product.track_id,
    )


def search_text(title: str, seller: str, type_: ProductType) -> str:
    """Write what a product is found by, a line each; the title first, because it counts most."""
    return "\n".join(fold(part) for part in (title, seller, type_.replace("_", " ")))


def guess_type(name: str) -> str:
    """Tell the type of a file by its name: what the sender says of it counts for nothing."""
    return _TYPES.guess_type(name)[0] or _ANYTHING


def folder_of(product_id: ProductId, file_id: ProductFileId | None = None) -> str:
    """Tell where in the storage the files of a product lie, or one of them."""
    folder = f"products/{product_id}"
    return folder if file_id is None else f"{folder}/{file_id}"


def file_key(product_id: ProductId, file_id: ProductFileId) -> str:
    """Tell the key of a file in the storage."""
    return f"{folder_of(product_id, file_id)}/file"


def summary_of(product: StoredProduct) -> StoredTrackSummary | None:
    """Give what is shown of a product's track, where everybody may hear it."""
    if (
        product.track_id is None
        or product.track_title is None
        or product.artist_id is None
        or product.artist_name is None
    ):
        return None
    return StoredTrackSummary(
        id=product.track_id,
        title=product.track_title,
        owner_id=product.artist_id,
        username=product.artist_name,
        duration_ms=product.duration_ms,
        has_cover=bool(product.has_cover),
    )


def show_product(
    product: StoredProduct, track: TrackSummary | None, viewer_id: UserId | None
) -> Product:
    """Show a product: to its seller with what is theirs alone to know."""
    is_own = product.seller_id is not None and product.seller_id == viewer_id
    return Product(
        id=product.id,
        title=product.title,
        description=product.description,
        type=product.type,
        price_cents=product.price_cents,
        currency=product.currency,
        licence=product.licence,
        status=product.status,
        seller=_seller_of(product),
        track=track,
        rating_average=None if product.rating_average is None else round(product.rating_average, 2),
        reviews_count=product.reviews_count,
        created_at=product.created_at,
        published_at=product.published_at,
        sales_count=product.sales_count if is_own else UNSET,
        track_id=product.track_id if is_own else UNSET,
    )


def show_details(product: Product, files: Sequence[ProductFile]) -> ProductDetails:
    """Show a product by itself, with its files."""
    shown = {name: getattr(product, name) for name in Product.__struct_fields__}
    return ProductDetails(**shown, files=[show_file(file) for file in files])


def show_file(file: ProductFile) -> ShownFile:
    """Show a file of a product, without a way to it."""
    return ShownFile(file.id, file.name, file.size_bytes, file.content_type)


def hand_out(product: StoredProduct, file_names: list[str]) -> OwnProduct:
    """Give a product to its seller with the rest of their data."""
    return OwnProduct(
        id=product.id,
        title=product.title,
        description=product.description,
        type=product.type,
        price_cents=product.price_cents,
        currency=product.currency,
        licence=product.licence,
        status=product.status,
        sales_count=product.sales_count,
        created_at=product.created_at,
        file_names=file_names,
    )


def evidence_of(product: StoredProduct, files: Sequence[ProductFile]) -> ProductEvidence | None:
    """Give what a report of a product has to keep; None where nobody sells it any more."""
    if product.seller_id is None or product.username is None:
        return None
    return ProductEvidence(
        author_id=product.seller_id,
        username=product.username,
        title=product.title,
        description=product.description,
        type=product.type,
        price_cents=product.price_cents,
        currency=product.currency,
        licence=product.licence,
        file_names=[file.name for file in files],
        created_at=product.created_at,
    )


def _seller_of(product: StoredProduct) -> Artist | None:
    if product.seller_id is None or product.username is None:
        return None
    return Artist(product.seller_id, product.username)
