"""The price of a cart: a pure function of its products, the buyer's offers, and what reduces it.

Reductions apply one after the other, each to what the former left: of a bundle, of the buyer's
memberships, and of a code. None makes a price negative.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from msgspec import Struct, structs

from veza.core.ids import ProductId
from veza.core.money import MIN_PRICE_CENTS, divide, ensure_price, take_share
from veza.domains.marketplace.prices.errors import PriceChanged, PriceTooLow
from veza.domains.marketplace.prices.models import (
    BundleTerms,
    CartItem,
    Cause,
    DiscountTerms,
    MemberTerms,
    PricedItem,
    Reduction,
)
from veza.domains.marketplace.products.models.forms import Pricing


class _Cause(Struct, frozen=True):
    cause: Cause
    reference_id: UUID
    label: str


def price_cart(
    cart: Sequence[CartItem],
    *,
    bundle: BundleTerms | None = None,
    memberships: Sequence[MemberTerms] = (),
    discount: DiscountTerms | None = None,
) -> list[PricedItem]:
    """Return the price of each product of a cart, in its order, with what is taken off and why.

    Of the least total that no provider would accept, 1 to 49 cents, only so much is taken off that
    50 are left. Raises PriceChanged, PriceTooLow, and Invalid for a price that is refused so.
    """
    priced = [
        PricedItem(item.product_id, item.price_cents, item.price_cents, item.price_cents)
        for item in cart
    ]
    if bundle is not None:
        priced = [
            structs.replace(each, bundle_id=bundle.id) if each.product_id in bundle.prices else each
            for each in priced
        ]
        cause = _Cause(Cause.BUNDLE, bundle.id, bundle.title)
        priced = _reduce(priced, cause, _bundle_amounts(priced, bundle))
    for member in memberships:
        cause = _Cause(Cause.MEMBERSHIP, member.id, member.label)
        priced = _reduce(priced, cause, _member_amounts(cart, priced, member))
    if discount is not None:
        cause = _Cause(Cause.CODE, discount.id, discount.code)
        priced = _reduce(priced, cause, _discount_amounts(cart, priced, discount))
    priced = _keep_payable(priced)
    return [_choose(item, each) for item, each in zip(cart, priced, strict=True)]


def bundle_prices(prices: Mapping[ProductId, int], total_cents: int) -> dict[ProductId, int]:
    """Return how much each product of a bundle costs within it.

    The price of the bundle is divided in proportion to the prices of its products.
    """
    if sum(prices.values()) == 0:
        return dict.fromkeys(prices, 0)
    parts = divide(total_cents, list(prices.values()))
    return {
        product_id: min(part, prices[product_id])
        for product_id, part in zip(prices, parts, strict=True)
    }


def applies_to(discount: DiscountTerms, item: CartItem) -> bool:
    """Return whether a code is for a product."""
    is_listed = discount.product_ids is None or item.product_id in discount.product_ids
    return is_listed and item.seller_id == discount.seller_id


def _bundle_amounts(priced: Sequence[PricedItem], bundle: BundleTerms) -> list[int]:
    return [
        max(0, each.price_cents - bundle.prices.get(each.product_id, each.price_cents))
        for each in priced
    ]


def _member_amounts(
    cart: Sequence[CartItem], priced: Sequence[PricedItem], member: MemberTerms
) -> list[int]:
    return [
        take_share(each.price_cents, member.rate) if item.seller_id == member.seller_id else 0
        for item, each in zip(cart, priced, strict=True)
    ]


def _discount_amounts(
    cart: Sequence[CartItem], priced: Sequence[PricedItem], discount: DiscountTerms
) -> list[int]:
    prices = [
        each.price_cents if applies_to(discount, item) else 0
        for item, each in zip(cart, priced, strict=True)
    ]
    if discount.rate is not None:
        return [take_share(cents, discount.rate) for cents in prices]
    total = sum(prices)
    return divide(min(discount.amount_cents, total), prices) if total else prices


def _reduce(
    priced: Sequence[PricedItem], cause: _Cause, amounts: Sequence[int]
) -> list[PricedItem]:
    return [
        _take_off(each, Reduction(cause.cause, cause.reference_id, cause.label, amount))
        if amount
        else each
        for each, amount in zip(priced, amounts, strict=True)
    ]


def _take_off(priced: PricedItem, reduction: Reduction) -> PricedItem:
    left = priced.price_cents - reduction.amount_cents
    return structs.replace(
        priced,
        price_cents=left,
        minimum_cents=left,
        reductions=[*priced.reductions, reduction],
    )


def _keep_payable(priced: list[PricedItem]) -> list[PricedItem]:
    """Return the prices, of which the last reductions are cut if the total is too small to pay."""
    total = sum(each.price_cents for each in priced)
    missing = MIN_PRICE_CENTS - total if 0 < total < MIN_PRICE_CENTS else 0
    kept: list[PricedItem] = []
    for each in reversed(priced):
        given_back = min(missing, each.list_cents - each.price_cents)
        missing -= given_back
        kept.append(_give_back(each, given_back))
    return kept[::-1]


def _give_back(priced: PricedItem, cents: int) -> PricedItem:
    """Return a price that is higher by some of its reductions, beginning with the last one."""
    reductions = list(priced.reductions)
    missing = cents
    while missing:
        last = reductions.pop()
        cut = min(missing, last.amount_cents)
        missing -= cut
        if cut < last.amount_cents:
            reductions.append(structs.replace(last, amount_cents=last.amount_cents - cut))
    price = priced.price_cents + cents
    return structs.replace(priced, price_cents=price, minimum_cents=price, reductions=reductions)


def _choose(item: CartItem, priced: PricedItem) -> PricedItem:
    """Return what the buyer pays: the least, or more if they offer it and the pricing allows it.

    More leaves less of the reductions, and none if it is more than the price without them.
    """
    offered, least = item.offered_cents, priced.minimum_cents
    if offered is None or offered == least:
        return priced
    if item.pricing is Pricing.FIXED:
        raise PriceChanged
    if offered < least:
        raise PriceTooLow
    ensure_price(offered, "items.price_cents")
    given_back = min(offered, priced.list_cents) - least
    chosen = structs.replace(_give_back(priced, given_back), minimum_cents=least)
    return structs.replace(chosen, price_cents=offered, list_cents=max(offered, priced.list_cents))
