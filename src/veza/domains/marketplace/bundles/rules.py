"""The price of a bundle is divided over all its products: owned ones take their part away."""

from collections.abc import Collection, Sequence
from fractions import Fraction

from msgspec import structs

from veza.core import visibility
from veza.core.access import Member
from veza.core.errors import FieldError, Invalid
from veza.core.ids import ProductId, UserId
from veza.core.money import ensure_currency, ensure_price, take_share
from veza.core.normalize import require_line
from veza.core.signed_urls import UrlBuilder
from veza.core.structs import copy_fields
from veza.core.takedowns import show_taken_down
from veza.domains.auth.accounts.models import show_named_member
from veza.domains.marketplace.bundles.errors import (
    BundleChanged,
    BundleCurrencies,
    BundledVariants,
    BundleNotFound,
    NotYourBundle,
)
from veza.domains.marketplace.bundles.models import (
    MAX_COVERS,
    MIN_PRODUCTS,
    Bundle,
    BundleAttributes,
    BundleContents,
    BundleCover,
    BundledProduct,
    BundleSums,
    ListedProduct,
    StoredBundle,
)
from veza.domains.marketplace.prices.models import BundleTerms, CartItem, PricedItem
from veza.domains.marketplace.prices.rules import bundle_prices, price_cart
from veza.domains.marketplace.products.errors import ProductNotFound, ProductNotPublished
from veza.domains.marketplace.products.models.forms import ProductStatus
from veza.domains.marketplace.products.models.products import Product


def clean_attributes(attributes: BundleAttributes) -> BundleAttributes:
    """Trim texts. Raises Invalid for an empty title, two prices or none, and for wrong contents."""
    title = require_line(attributes.title, "title", "A bundle needs a title.")
    if (attributes.price_cents is None) == (attributes.percent_off is None):
        sentence = "A bundle has either a price or a percentage off."
        rule = "missing" if attributes.price_cents is None else "choice"
        raise Invalid(details=[FieldError("price_cents", sentence, rule)])
    ensure_price(attributes.price_cents or 0)
    ensure_currency(attributes.currency)
    _ensure_contents(attributes)
    return structs.replace(attributes, title=title, description=attributes.description.strip())


def _ensure_contents(attributes: BundleAttributes) -> None:
    listed = attributes.product_ids
    if attributes.contents is not BundleContents.PRODUCTS:
        if listed:
            sentence = "Only a bundle of chosen products lists them."
            raise Invalid(details=[FieldError("contents", sentence, "choice")])
        return
    if len(listed) < MIN_PRODUCTS:
        sentence = f"Choose at least {MIN_PRODUCTS} products."
        raise Invalid(details=[FieldError("product_ids", sentence, "too_few", MIN_PRODUCTS)])
    if len(set(listed)) < len(listed):
        sentence = "Each product is in a bundle once."
        raise Invalid(details=[FieldError("product_ids", sentence, "repeated")])


def ensure_sellable(attributes: BundleAttributes, found: Sequence[ListedProduct]) -> None:
    """Raise ProductNotFound, ProductNotPublished, BundleCurrencies or BundledVariants.

    `found` are those of them that are the seller's.
    """
    if len(found) < len(attributes.product_ids):
        raise ProductNotFound
    if any(product.status is not ProductStatus.PUBLISHED for product in found):
        raise ProductNotPublished
    if any(product.currency != attributes.currency for product in found):
        raise BundleCurrencies
    if any(product.has_variants for product in found):
        raise BundledVariants


def terms_of(bundle: StoredBundle, contents: Sequence[BundledProduct]) -> BundleTerms:
    """Return how much each product of a bundle costs within it."""
    prices = {product.product_id: product.price_cents for product in contents}
    total = bundle.price_cents
    if total is None:
        kept = Fraction(100 - (bundle.percent_off or 0), 100)
        total = take_share(sum(prices.values()), kept)
    return BundleTerms(bundle.id, bundle.title, bundle_prices(prices, total))


def price_products(
    bundle: StoredBundle, contents: Sequence[BundledProduct], chosen: Sequence[BundledProduct]
) -> list[PricedItem]:
    """Return the prices of an order of some products of a bundle, and nothing else."""
    cart = [
        CartItem(product.product_id, bundle.seller_id, product.price_cents) for product in chosen
    ]
    return price_cart(cart, bundle=terms_of(bundle, contents))


def sum_up(bundle: StoredBundle, contents: Sequence[BundledProduct]) -> BundleSums:
    """Return what a bundle costs, and what a viewer has to pay for what they don't own."""
    due = [product for product in contents if not product.is_owned]
    return BundleSums(
        products_count=len(contents),
        list_cents=sum(product.price_cents for product in contents),
        total_cents=_sum_prices(price_products(bundle, contents, contents)),
        owned_count=len(contents) - len(due),
        due_cents=_sum_prices(price_products(bundle, contents, due)),
    )


def _sum_prices(priced: Sequence[PricedItem]) -> int:
    return sum(each.price_cents for each in priced)


def line_prices(bundle: StoredBundle, contents: Sequence[BundledProduct]) -> dict[ProductId, int]:
    """Return what a viewer pays for each product; of those they own, the part that is taken off."""
    due = [product for product in contents if not product.is_owned]
    prices = dict(terms_of(bundle, contents).prices)
    for priced in price_products(bundle, contents, due):
        prices[priced.product_id] = priced.price_cents
    return prices


def ensure_complete(contents: Sequence[BundledProduct], ordered: Collection[ProductId]) -> bool:
    """Return whether something of a bundle is left to buy.

    Raises BundleChanged if it is not for sale, or has products that are neither ordered nor owned.
    """
    missing = {product.product_id for product in contents if not product.is_owned}
    if not contents or not missing <= set(ordered):
        raise BundleChanged
    return bool(missing)


def is_visible_to(bundle: StoredBundle, viewer: UserId | None) -> bool:
    """Return whether a viewer may see a bundle: its seller, and others while it is published."""
    return visibility.is_visible_to(
        viewer,
        bundle.seller_id,
        is_shown=bundle.status is ProductStatus.PUBLISHED,
        is_hidden=bundle.is_hidden,
    )


def ensure_visible(bundle: StoredBundle | None, viewer: Member | None) -> StoredBundle:
    """Return a bundle that the viewer sees. Raises BundleNotFound."""
    if bundle is None or not is_visible_to(bundle, viewer and viewer.id):
        raise BundleNotFound
    return bundle


def ensure_seller(bundle: StoredBundle, member_id: UserId) -> StoredBundle:
    """Return the bundle if the member sells it. Raises NotYourBundle."""
    if bundle.seller_id != member_id:
        raise NotYourBundle
    return bundle


def chosen_status(bundle: StoredBundle) -> ProductStatus:
    """Return the status that the seller chose, whether or not the bundle is taken down."""
    return bundle.owner_status or bundle.status


def show_bundle(
    bundle: StoredBundle,
    contents: Sequence[BundledProduct],
    products: Sequence[Product],
    urls: UrlBuilder,
) -> Bundle:
    """Return a bundle as it is shown; `products` are the first ones of it."""
    sums = sum_up(bundle, contents)
    return copy_fields(
        Bundle,
        bundle,
        **structs.asdict(sums),
        status=chosen_status(bundle),
        taken_down=show_taken_down(bundle.taken_down, urls.base),
        seller=show_named_member(bundle.seller_id, bundle.username, bundle.appearance),
        covers=[cover_of(product) for product in products[:MAX_COVERS]],
    )


def cover_of(product: Product) -> BundleCover:
    """Return the cover of what a product sells."""
    shown = product.release or product.track
    if shown is None:
        return BundleCover(product.title, None, None, None)
    return BundleCover(product.title, shown.cover_url, shown.cover_palette, shown.cover_placeholder)
