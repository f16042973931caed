"""A product is seen by its seller, and by others while published; file names give types."""

import math
import mimetypes
from collections.abc import Mapping, Sequence
from operator import attrgetter

from msgspec import UNSET, UnsetType, structs

from veza.core import visibility
from veza.core.access import Member
from veza.core.errors import FieldError, Invalid
from veza.core.ids import ProductFileId, ProductId, UserId
from veza.core.money import ensure_currency, ensure_price
from veza.core.normalize import require_line
from veza.core.pages import Total
from veza.core.palettes import read_palette
from veza.core.prices import ProductPrice
from veza.core.search_text import SearchDocument, index_words, quote_lexeme, title_key
from veza.core.service_terms import ServiceTerms
from veza.core.signed_urls import UrlBuilder
from veza.core.structs import copy_fields
from veza.core.takedowns import show_taken_down
from veza.core.track_metadata import AiUse
from veza.core.visibility import Visibility
from veza.domains.auth.accounts.models import name_member
from veza.domains.images import rules as image_rules
from veza.domains.marketplace.products.errors import (
    NotYourProduct,
    PricedByVariants,
    ProductNotFound,
    ReleaseNotAvailable,
    SoldExclusively,
    StockChanged,
)
from veza.domains.marketplace.products.models.files import ArchiveFormat, StoredProductFile
from veza.domains.marketplace.products.models.forms import ProductChange, ProductStatus, ProductType
from veza.domains.marketplace.products.models.lists import ProductPage
from veza.domains.marketplace.products.models.products import (
    Product,
    ProductAttributes,
    ProductDetails,
    ProductEvidence,
    PurchasableProduct,
    ReleaseSummary,
    SearchableProduct,
    StoredProduct,
)
from veza.domains.music.tracks import rules as track_rules
from veza.domains.music.tracks.models.tracks import StoredTrackSummary, TrackSummary

_UNKNOWN_TYPE = "application/octet-stream"
# Fixed types of audio files: the tables of operating systems differ.
_TYPES = mimetypes.MimeTypes()
_TYPES.add_type("audio/flac", ".flac")
_TYPES.add_type("audio/wav", ".wav")
_TYPES.add_type("audio/aiff", ".aiff")
_TYPES.add_type("audio/mp4", ".m4a")


def is_visible_to(product: StoredProduct, viewer: UserId | None) -> bool:
    """Return whether a viewer may see a product: its seller, and others while it is published.

    Products of suspended sellers are hidden from others, and those that are taken down.
    """
    return visibility.is_visible_to(
        viewer,
        product.seller_id,
        is_shown=product.status is ProductStatus.PUBLISHED,
        is_hidden=product.is_hidden,
    )


def ensure_visible(product: StoredProduct | None, viewer: Member | None) -> StoredProduct:
    """Return a product that the viewer sees. Raises ProductNotFound.

    The error is the same as for missing products, so that ids can't be probed.
    """
    if product is None or not is_visible_to(product, viewer and viewer.id):
        raise ProductNotFound
    return product


def ensure_seller(product: StoredProduct, member_id: UserId) -> StoredProduct:
    """Return the product if the member sells it. Raises NotYourProduct."""
    if product.seller_id != member_id:
        raise NotYourProduct
    return product


def clean_attributes(attributes: ProductAttributes) -> ProductAttributes:
    """Trim texts.

    Raises Invalid for an empty title, a price too low, an unknown currency, and for a release
    beside a track or another type.
    """
    title = require_line(attributes.title, "title", "A product needs a title.")
    ensure_price(attributes.price_cents)
    ensure_currency(attributes.currency)
    if attributes.release_id is not None:
        _ensure_album(attributes)
    return structs.replace(
        attributes,
        title=title,
        licence=attributes.licence.strip(),
        prices=_clean_prices(attributes),
        service=_clean_service(attributes),
    )


def _clean_service(attributes: ProductAttributes) -> ServiceTerms | None:
    """Return the terms of a service, those by default if it has none; None of other types."""
    if attributes.type is not ProductType.SERVICE:
        return None
    terms = attributes.service or ServiceTerms()
    return structs.replace(terms, questions=terms.questions.strip())


def _clean_prices(attributes: ProductAttributes) -> list[ProductPrice]:
    """Return the prices in further currencies, ordered as they are shown.

    Raises Invalid for a price too low, an unknown currency, and one that is there already.
    """
    known = {attributes.currency}
    for price in attributes.prices:
        ensure_price(price.price_cents, "prices.price_cents")
        ensure_currency(price.currency, "prices.currency")
        if price.currency in known:
            sentence = "A product has one price in each currency."
            raise Invalid(details=[FieldError("prices.currency", sentence, "repeated")])
        known.add(price.currency)
    return sorted(attributes.prices, key=attrgetter("currency"))


def ensure_stock_seen(product: StoredProduct, change: ProductChange) -> None:
    """Raise StockChanged if a seller sets the stock of a product and saw another one.

    The stock that it has already may be set without: a repeated request is none.
    """
    is_same = change.stock is UNSET or change.stock == product.stock
    if not is_same and change.stock_seen != product.stock:
        raise StockChanged


def ensure_priced_alone(product: StoredProduct, change: ProductChange) -> None:
    """Raise PricedByVariants if a seller sets another price of a product with variants.

    The prices that it has already may be set, as a form sends them.
    """
    cents = {UNSET, product.price_cents}
    if product.has_variants and (
        change.price_cents not in cents or change.prices not in (UNSET, [])
    ):
        raise PricedByVariants


def has_contents(product: ProductAttributes | StoredProduct) -> bool:
    """Return whether a product is a track or a release, besides its files."""
    return product.track_id is not None or product.release_id is not None


def ensure_may_have(product: StoredProduct, status: ProductStatus) -> None:
    """Raise SoldExclusively if a product would be for sale whose exclusive licence was sold."""
    if product.is_sold_exclusively and status is not ProductStatus.WITHDRAWN:
        raise SoldExclusively


def priced_in(
    products: Sequence[PurchasableProduct], currency: str, prices: Mapping[ProductId, int]
) -> list[PurchasableProduct]:
    """Return products with their prices in a currency; those without one as they are."""
    return [
        structs.replace(product, currency=currency, price_cents=prices[product.id])
        if product.id in prices
        else product
        for product in products
    ]


def _ensure_album(attributes: ProductAttributes) -> None:
    if attributes.track_id is not None:
        raise Invalid(details=[FieldError("release_id", "A product shows a track or a release.")])
    if attributes.type is not ProductType.ALBUM:
        raise Invalid(details=[FieldError("type", "The type of a release is `album`.")])


def index_product(product: SearchableProduct) -> SearchDocument:
    """Return what a product is found by: title, seller and type, in this order of weights."""
    filters = filters_of(product.type, product.seller_id)
    words = index_words(
        (product.title, "A"), (product.username, "B"), (product.type.replace("_", " "), "C")
    )
    return SearchDocument(
        id=product.id,
        title_key=title_key(product.title),
        words=" ".join([words, *map(quote_lexeme, filters)]),
        popularity=math.log1p(product.sales_count),
    )


def filters_of(type_: ProductType | None, seller_id: UserId | None) -> list[str]:
    """Return the lexemes that products of a type and a seller have."""
    named = {"type": type_, "seller": seller_id}
    return [f"{name}:{value}" for name, value in named.items() if value is not None]


def guess_type(name: str) -> str:
    """Return the media type by a file's name. The type that the sender claims isn't used."""
    return _TYPES.guess_type(name)[0] or _UNKNOWN_TYPE


def folder_of(product_id: ProductId, file_id: ProductFileId | None = None) -> str:
    """Return the folder of a product's files in the storage, or of a single file."""
    folder = f"products/{product_id}"
    return folder if file_id is None else f"{folder}/{file_id}"


def file_key(product_id: ProductId, file_id: ProductFileId) -> str:
    """Return the key of a file in the storage."""
    return f"{folder_of(product_id, file_id)}/file"


def summary_of(product: StoredProduct) -> StoredTrackSummary | None:
    """Return the summary of a product's track, if it is public."""
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
        appearance=product.artist_appearance,
        duration_ms=product.duration_ms,
        is_explicit=product.is_explicit,
        ai=product.ai or AiUse.NONE,
        cover=product.cover,
        line=product.artist_line,
        credited=product.credited,
    )


def ensure_release_shown(product: ProductDetails) -> ProductDetails:
    """Return a seller's own product. Raises ReleaseNotAvailable if it shows a hidden release."""
    is_published = product.status is ProductStatus.PUBLISHED
    if is_published and product.release_id and product.release is None:
        raise ReleaseNotAvailable
    return product


def release_summary_of(product: StoredProduct, cover_url: str | None) -> ReleaseSummary | None:
    """Return the summary of a product's release, if it may be shown."""
    if (
        product.release_id is None
        or product.release_title is None
        or product.release_artist is None
        or product.release_kind is None
    ):
        return None
    return ReleaseSummary(
        id=product.release_id,
        title=product.release_title,
        artist_name=product.release_artist,
        kind=product.release_kind,
        release_date=product.release_date,
        publish_at=product.release_publish_at,
        cover_url=cover_url,
        cover_palette=read_palette(product.release_palette),
        cover_placeholder=product.release_placeholder,
        tracks_count=product.release_tracks_count or 0,
        duration_seconds=(product.release_duration_ms or 0) / 1000,
    )


def show_page(
    found: Sequence[StoredProduct], total: Total, viewer: Member | None, urls: UrlBuilder
) -> ProductPage:
    """Return a page of products as a viewer sees them."""
    shown = [show(product, viewer, urls) for product in found]
    return ProductPage(shown, total.rows, total.is_exact)


def show(product: StoredProduct, viewer: Member | None, urls: UrlBuilder) -> Product:
    """Return a product as a viewer sees it, with what it sells."""
    summary = summary_of(product)
    track = None if summary is None else track_rules.show_summary(summary, urls)
    cover = product.release_cover_id
    is_public = product.release_visibility is Visibility.PUBLIC
    cover_url = None if cover is None else image_rules.url_of(cover, urls, is_public=is_public)
    release = release_summary_of(product, cover_url)
    viewer_id = viewer and viewer.id
    return show_product(product, viewer_id, track=track, release=release, urls=urls)


def show_product(
    product: StoredProduct,
    viewer_id: UserId | None,
    *,
    track: TrackSummary | None,
    release: ReleaseSummary | None,
    urls: UrlBuilder,
) -> Product:
    """Return a product as a viewer sees it: its seller sees more."""
    is_own = product.seller_id is not None and product.seller_id == viewer_id
    average = product.rating_average
    return copy_fields(
        Product,
        product,
        status=chosen_status(product),
        is_sold_out=product.stock == 0,
        taken_down=show_taken_down(product.taken_down, urls.base),
        seller=name_member(product.seller_id, product.username, product.appearance),
        track=track,
        release=release,
        rating_average=None if average is None else round(average, 2),
        sales_count=product.sales_count if is_own else UNSET,
        track_id=product.track_id if is_own else UNSET,
        release_id=product.release_id if is_own else UNSET,
        formats=_list_formats(product, is_shown=is_own or release is not None),
    )


def _list_formats(product: StoredProduct, *, is_shown: bool) -> list[ArchiveFormat] | UnsetType:
    if product.has_lossy is None:
        return UNSET
    is_release = product.release_id is not None and is_shown
    return formats_of(has_lossy=product.has_lossy) if is_release else []


def formats_of(*, has_lossy: bool) -> list[ArchiveFormat]:
    """Return the formats in which buyers download a release.

    FLAC is one of them only if all originals are lossless.
    """
    return [each for each in ArchiveFormat if each is not ArchiveFormat.FLAC or not has_lossy]


def chosen_status(product: StoredProduct) -> ProductStatus:
    """Return the status that the seller chose, whether or not the product is taken down."""
    return product.owner_status or product.status


def evidence_of(
    product: StoredProduct, files: Sequence[StoredProductFile]
) -> ProductEvidence | None:
    """Return the content to keep with a report; None if the product has no seller any more."""
    if product.seller_id is None or product.username is None:
        return None
    file_names = [file.name for file in files]
    return copy_fields(ProductEvidence, product, author_id=product.seller_id, file_names=file_names)
