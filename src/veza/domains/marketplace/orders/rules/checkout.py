"""Prices of a checkout, and for how long its payment counts."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta

from msgspec import structs

from veza.core.errors import FieldError, Invalid
from veza.core.ids import DiscountId, OrderItemId, ProductId, SubjectId, UserId, new_id
from veza.core.money import MAX_CENTS, Rate, take_share
from veza.domains.marketplace.orders.errors import (
    BuyerNameNeeded,
    GiftNotFree,
    MixedCurrencies,
    OrderTooLarge,
    OwnProduct,
    ServiceNeedsAccount,
    ServiceNotGiven,
)
from veza.domains.marketplace.orders.models.checkout import (
    Basket,
    CartForm,
    CartLine,
    NewOrderLine,
    NewReduction,
    OrderForm,
)
from veza.domains.marketplace.orders.models.gifts import NewGift
from veza.domains.marketplace.orders.models.state import LinePart
from veza.domains.marketplace.prices.models import CartItem, Cause, PricedItem
from veza.domains.marketplace.products.errors import (
    ReleaseNotAvailable,
    SoldExclusively,
    SoldOut,
)
from veza.domains.marketplace.products.models.products import PurchasableProduct
from veza.domains.marketplace.splits.models import SplitPartForm
from veza.domains.marketplace.tips.models import TipForm
from veza.domains.marketplace.variants.errors import ExclusiveNotGiven
from veza.domains.marketplace.variants.models import SoldVariant

MAX_TITLE = 200
# An unpaid order expires after this time, and its payment is cancelled at the provider.
PAYMENT_WINDOW = timedelta(minutes=30)
# An expired order becomes overdue after this further time. Until then a payment counts that was
# made in time but reported late, and the order waits for a provider that does not answer or is
# still processing the payment.
OVERDUE_AFTER = timedelta(days=1)
# The provider is polled for this long about a payment of a cancelled order that may still be made.
CANCELLED_POLLED_FOR = timedelta(days=30)
# Providers send webhooks: polling only finds lost ones.
POLL_INTERVAL = timedelta(minutes=2)


def make_lines(
    cart: Sequence[CartLine],
    subjects: Mapping[UserId, SubjectId],
    *,
    parts: Mapping[ProductId, Sequence[SplitPartForm]],
    fee_rate: Rate,
) -> list[NewOrderLine]:
    """Return order lines with their prices and parts, the platform's fee and the net.

    The fee is that of what is paid, rounded line by line; the parties get the rest.
    """
    fees = [take_share(line.priced.price_cents, fee_rate) for line in cart]
    lines = [
        NewOrderLine(
            id=OrderItemId(new_id()),
            product_id=line.product.id,
            seller_id=line.product.seller_id,
            seller_subject=subjects[line.product.seller_id],
            title=line.product.title,
            licence=line.product.licence,
            track_id=line.product.track_id,
            available_at=line.product.available_at,
            service=line.product.service,
            is_redeemed=line.product.is_redeemed,
            holds_unit=_holds_unit(line.product),
            is_received=line.product.is_received,
            is_gift=line.gift is not None,
            gift=line.gift,
            reduced_cents=line.priced.list_cents - line.priced.price_cents,
            reductions=line.priced.reductions,
            bundle_id=line.priced.bundle_id,
            minimum_cents=line.priced.minimum_cents,
            price_cents=line.priced.price_cents,
            fee_cents=fee,
            net_cents=line.priced.price_cents - fee,
            parts=freeze_shares(line.product.seller_id, parts[line.product.id], subjects),
        )
        for line, fee in zip(cart, fees, strict=True)
    ]
    return [_sold_as(new, line.variant) for new, line in zip(lines, cart, strict=True)]


def _holds_unit(product: PurchasableProduct) -> bool:
    """Return whether a line takes from the stock, which doesn't count what download codes give."""
    return product.stock is not None and not product.is_redeemed


def freeze_shares(
    seller_id: UserId, parts: Sequence[SplitPartForm], subjects: Mapping[UserId, SubjectId]
) -> list[LinePart]:
    """Return the parties of a line; none if all is the seller's."""
    if [part.profile_id for part in parts] == [seller_id]:
        return []
    return [
        LinePart(part.profile_id, subjects[part.profile_id], part.parts_per_10000) for part in parts
    ]


def list_reductions(lines: Sequence[NewOrderLine]) -> list[NewReduction]:
    """Return what is taken off the prices of lines, as it is stored."""
    return [
        NewReduction(**structs.asdict(reduction), item_id=line.id, position=position)
        for line in lines
        for position, reduction in enumerate(line.reductions, 1)
    ]


def list_gifts(lines: Sequence[NewOrderLine]) -> list[NewGift]:
    """Return the gifts of lines, as they are stored."""
    return [
        NewGift(**structs.asdict(line.gift), item_id=line.id)
        for line in lines
        if line.gift is not None
    ]


def cart_item(product: PurchasableProduct, offered_cents: int | None) -> CartItem:
    """Return a product as it is priced, with what its buyer offers."""
    return CartItem(
        product.id, product.seller_id, product.price_cents, product.pricing, offered_cents
    )


def list_products(form: CartForm) -> list[ProductId]:
    """Return the products of a cart. Raises Invalid if one is repeated."""
    product_ids = [item.product_id for item in form.items]
    if len(set(product_ids)) < len(product_ids):
        raise Invalid(
            details=[FieldError("items", "Each product can be ordered once.", "repeated")]
        )
    return product_ids


def list_ordered(form: OrderForm) -> tuple[list[ProductId], list[UserId]]:
    """Return the products of an order, and the profiles that get tips."""
    product_ids = [item.product_id for item in form.items]
    return product_ids, [UserId(tip.profile_id) for tip in form.tips]


def find_discount(lines: Sequence[NewOrderLine]) -> DiscountId | None:
    """Return the discount whose code reduces the prices of lines."""
    for line in lines:
        for reduction in line.reductions:
            if reduction.cause is Cause.CODE:
                return DiscountId(reduction.reference_id)
    return None


def give_away(product: PurchasableProduct, variant: SoldVariant | None = None) -> CartLine:
    """Return the line of a product, or of a variant, that is given for a code."""
    given = structs.replace(product, is_redeemed=True)
    return CartLine(given, PricedItem(product.id, 0, 0, 0), variant=variant)


def line_title(title: str, variant: SoldVariant | None) -> str:
    """Return the title of a line, which names the variant. It fits its column."""
    if variant is None:
        return title
    name = f" \N{EN DASH} {variant.title}"
    room = MAX_TITLE - len(name)
    return (title if len(title) <= room else f"{title[: room - 1].rstrip()}…") + name


def ensure_one_currency(products: Collection[PurchasableProduct], chosen: str | None) -> None:
    """Raise MixedCurrencies if prices are in several currencies, or not in the chosen one."""
    currencies = {product.currency for product in products}
    if len(currencies) > 1 or (chosen is not None and currencies != {chosen}):
        raise MixedCurrencies


def ensure_in_stock(products: Collection[PurchasableProduct]) -> None:
    """Raise SoldOut if nothing is left of a product."""
    if any(product.stock == 0 for product in products):
        raise SoldOut


def ensure_not_empty(form: CartForm, tips: Collection[TipForm] = ()) -> None:
    """Raise Invalid for a cart of nothing."""
    if not form.items and not tips:
        sentence = "Choose at least one product."
        raise Invalid(details=[FieldError("items", sentence, "too_few", 1)])


def find_currency(basket: Basket) -> str:
    """Return the currency of an order. Raises MixedCurrencies if there are several."""
    currencies = {line.product.currency for line in basket.cart}
    currencies.update(tip.jar.currency for tip in basket.tips)
    currencies.update(period.currency for period in basket.periods)
    if len(currencies) != 1 or basket.currency not in {None, *currencies}:
        raise MixedCurrencies
    return currencies.pop()


def ensure_payable(total_cents: int) -> None:
    """Raise OrderTooLarge."""
    if total_cents > MAX_CENTS:
        raise OrderTooLarge


def ensure_buyer_named(basket: Basket) -> None:
    """Raise BuyerNameNeeded if a guest buys a licence without a name for its contract."""
    is_contract = any(line.variant and line.gift is None for line in basket.cart)
    if is_contract and not (basket.billing and basket.billing.name):
        raise BuyerNameNeeded


def ensure_buyable(cart: Sequence[CartLine], buyer_id: UserId | None) -> None:
    """Raise OwnProduct, ReleaseNotAvailable, SoldExclusively, or for gifts and large orders.

    Without `buyer_id` for a guest, whose address may be anybody's: no product is their own. Raises
    ServiceNeedsAccount and ServiceNotGiven, because who orders a service says what to make.
    """
    products = [line.product for line in cart]
    if any(product.seller_id == buyer_id for product in products):
        raise OwnProduct
    if not all(product.is_available for product in products):
        raise ReleaseNotAvailable
    if any(product.is_sold_exclusively and not product.is_received for product in products):
        raise SoldExclusively
    if buyer_id is None and any(product.service for product in products):
        raise ServiceNeedsAccount
    if any(line.gift and line.product.service for line in cart):
        raise ServiceNotGiven
    if any(line.gift and line.variant and line.variant.is_exclusive for line in cart):
        raise ExclusiveNotGiven
    if any(line.gift is not None and line.priced.price_cents == 0 for line in cart):
        raise GiftNotFree
    ensure_payable(sum(line.priced.price_cents for line in cart))


def _sold_as(line: NewOrderLine, variant: SoldVariant | None) -> NewOrderLine:
    """Return a line as that of a variant, if it is one."""
    if variant is None:
        return line
    return structs.replace(
        line,
        title=line_title(line.title, variant),
        variant_id=variant.id,
        variant=variant,
        is_exclusive=variant.is_exclusive,
        track_id=line.track_id if variant.includes_contents else None,
    )
