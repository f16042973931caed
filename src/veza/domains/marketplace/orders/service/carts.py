"""Price a cart by what the database says now: locked for an order, or only read for a quote."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

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
from veza.domains.marketplace.products.models import PurchasableProduct
from veza.infra.postgres.database import Conn, Tx

type _Products = Mapping[ProductId, PurchasableProduct]


class _Terms(Struct, frozen=True):
    """The bundle and the memberships that reduce prices."""

    bundle: BundleTerms | None
    memberships: Sequence[MemberTerms]


async def lock_cart(tx: Tx, buyer: CodeBuyer, form: CartForm) -> list[CartLine]:
    """Lock the products of a cart and then what reduces their prices; return its lines.

    Raises Invalid, ProductNotFound, MixedCurrencies, PriceChanged, PriceTooLow, and those of a
    bundle and of a discount code.
    """
    product_ids = rules.list_products(form)
    found = _all_of(form, await products.lock_for_sale(tx, product_ids, form.currency))
    wanted = _wanted_discount(found, buyer, form)
    discount = None if wanted is None else await discounts.lock_terms(tx, wanted)
    return _price(found, form, await _read_terms(tx, found, buyer, form), discount)


async def read_cart(conn: Conn, buyer: CodeBuyer, form: CartForm) -> list[CartLine]:
    """Return the lines of a cart as an order would have them now.

    Raises the errors of `lock_cart`.
    """
    product_ids = rules.list_products(form)
    found = _all_of(form, await products.list_for_sale(conn, product_ids, form.currency))
    wanted = _wanted_discount(found, buyer, form)
    discount = None if wanted is None else await discounts.find_terms(conn, wanted)
    return _price(found, form, await _read_terms(conn, found, buyer, form), discount)


def _all_of(form: CartForm, found: Sequence[PurchasableProduct]) -> _Products:
    if len(found) < len(form.items):
        raise ProductNotFound
    rules.ensure_one_currency(found, form.currency)
    return {product.id: product for product in found}


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
