"""Price a cart by what the database says now: locked for an order, or only read for a quote."""

from collections.abc import Mapping, Sequence

from msgspec import Struct, structs

from veza.core.errors import required
from veza.core.ids import ProductId
from veza.domains.marketplace.bundles import service as bundles
from veza.domains.marketplace.bundles.models import BundleOrder
from veza.domains.marketplace.discounts import service as discounts
from veza.domains.marketplace.discounts.errors import DiscountNotApplicable
from veza.domains.marketplace.discounts.models import CodeBuyer, WantedDiscount
from veza.domains.marketplace.memberships.service.perks import list_member_terms
from veza.domains.marketplace.orders.errors import AlreadyOwned
from veza.domains.marketplace.orders.models.checkout import CartForm, CartLine
from veza.domains.marketplace.orders.rules import checkout as rules
from veza.domains.marketplace.prices.models import (
    BundleTerms,
    CartItem,
    Cause,
    DiscountTerms,
    MemberTerms,
)
from veza.domains.marketplace.prices.rules import price_cart
from veza.domains.marketplace.products import service as products
from veza.domains.marketplace.products.errors import ProductNotFound
from veza.domains.marketplace.products.models.products import PurchasableProduct
from veza.domains.marketplace.variants import service as variants
from veza.domains.marketplace.variants.errors import ExclusiveHeld
from veza.domains.marketplace.variants.models import StoredVariant, VariantKind
from veza.domains.marketplace.variants.rules import choose, freeze
from veza.infra.postgres.database import Conn, Tx

type _Products = Mapping[ProductId, PurchasableProduct]
type _Variants = Mapping[ProductId, StoredVariant]


class _Terms(Struct, frozen=True):
    """The bundle and the memberships that reduce prices."""

    bundle: BundleTerms | None
    memberships: Sequence[MemberTerms]


async def lock_cart(tx: Tx, buyer: CodeBuyer, form: CartForm) -> list[CartLine]:
    """Lock the products of a cart and then what reduces their prices; return its lines.

    Raises Invalid, ProductNotFound, MixedCurrencies, PriceChanged, PriceTooLow, and those of
    variants, of a bundle and of a discount code.
    """
    product_ids = rules.list_products(form)
    sold = _all_of(form, await products.lock_for_sale(tx, product_ids, form.currency))
    chosen = await _choose_variants(tx, sold, form)
    found = _priced_as(sold, chosen)
    wanted = _wanted_discount(found, buyer, form)
    discount = None if wanted is None else await discounts.lock_terms(tx, wanted)
    cart = _price(found, form, await _read_terms(tx, found, buyer, form), discount)
    return _with_variants(cart, chosen)


async def read_cart(conn: Conn, buyer: CodeBuyer, form: CartForm) -> list[CartLine]:
    """Return the lines of a cart as an order would have them now.

    Raises the errors of `lock_cart`.
    """
    product_ids = rules.list_products(form)
    sold = _all_of(form, await products.list_for_sale(conn, product_ids, form.currency))
    chosen = await _choose_variants(conn, sold, form)
    found = _priced_as(sold, chosen)
    wanted = _wanted_discount(found, buyer, form)
    discount = None if wanted is None else await discounts.find_terms(conn, wanted)
    cart = _price(found, form, await _read_terms(conn, found, buyer, form), discount)
    return _with_variants(cart, chosen)


def _all_of(form: CartForm, found: Sequence[PurchasableProduct]) -> _Products:
    if len(found) < len(form.items):
        raise ProductNotFound
    rules.ensure_one_currency(found, form.currency)
    return {product.id: product for product in found}


async def _choose_variants(conn: Conn, found: _Products, form: CartForm) -> _Variants:
    """Return the chosen variant of each product that is sold in variants.

    Raises VariantNeeded, VariantNotFound, and ExclusiveHeld.
    """
    in_variants = [product.id for product in found.values() if product.has_variants]
    if not in_variants and all(item.variant_id is None for item in form.items):
        return {}
    known = await variants.list_variants(conn, in_variants)
    chosen = {
        item.product_id: choose(item.variant_id, item.product_id, known) for item in form.items
    }
    for product_id, variant in chosen.items():
        is_exclusive = variant is not None and variant.kind is VariantKind.EXCLUSIVE
        if is_exclusive and found[product_id].is_exclusive_held:
            raise ExclusiveHeld
    return {product_id: variant for product_id, variant in chosen.items() if variant is not None}


def _priced_as(found: _Products, chosen: _Variants) -> _Products:
    """Return products with the prices of their chosen variants."""
    return {
        product_id: structs.replace(product, price_cents=chosen[product_id].price_cents)
        if product_id in chosen
        else product
        for product_id, product in found.items()
    }


def _with_variants(cart: Sequence[CartLine], chosen: _Variants) -> list[CartLine]:
    return [
        structs.replace(line, variant=freeze(chosen[line.product.id], line.product.title))
        if line.product.id in chosen
        else line
        for line in cart
    ]


async def _read_terms(conn: Conn, found: _Products, buyer: CodeBuyer, form: CartForm) -> _Terms:
    """Return what reduces the prices of products for a buyer, without a code."""
    sellers = {product.seller_id for product in found.values()}
    return _Terms(
        await _find_bundle(conn, found, buyer, form),
        await list_member_terms(conn, buyer.user_id, sellers),
    )


async def _find_bundle(
    conn: Conn, found: _Products, buyer: CodeBuyer, form: CartForm
) -> BundleTerms | None:
    """Return the prices of a bundle. Raises BundleChanged, and AlreadyOwned if nothing is due.

    Who gives it away gives all of it, whatever they own.
    """
    if form.bundle_id is None:
        return None
    buyer_id = None if all(item.gift for item in form.items) else buyer.user_id
    order = BundleOrder(buyer_id, found.keys(), _currency_of(found))
    return required(await bundles.find_terms(conn, form.bundle_id, order), AlreadyOwned)


def _wanted_discount(found: _Products, buyer: CodeBuyer, form: CartForm) -> WantedDiscount | None:
    if form.discount_code is None:
        return None
    return WantedDiscount(form.discount_code, _items_of(found, form), _currency_of(found), buyer)


def _currency_of(found: _Products) -> str:
    """Return the currency of products, which have the same one."""
    return next(iter(found.values())).currency


def _items_of(found: _Products, form: CartForm) -> list[CartItem]:
    return [rules.cart_item(found[item.product_id], item.price_cents) for item in form.items]


def _price(
    found: _Products, form: CartForm, terms: _Terms, discount: DiscountTerms | None
) -> list[CartLine]:
    priced = price_cart(
        _items_of(found, form),
        bundle=terms.bundle,
        memberships=terms.memberships,
        discount=discount,
    )
    causes = {reduction.cause for each in priced for reduction in each.reductions}
    if discount is not None and Cause.CODE not in causes:
        raise DiscountNotApplicable
    return [CartLine(found[each.product_id], each) for each in priced]
