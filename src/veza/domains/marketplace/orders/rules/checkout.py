"""Prices of a checkout, and for how long its payment counts."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from msgspec import structs

from veza.core.errors import FieldError, Invalid
from veza.core.ids import OrderItemId, ProductId, SubjectId, UserId, new_id
from veza.core.money import MAX_CENTS, Rate, take_share
from veza.domains.marketplace.orders.errors import (
    MixedCurrencies,
    OrderTooLarge,
    OwnProduct,
    PriceChanged,
    PriceTooLow,
)
from veza.domains.marketplace.orders.models.checkout import NewOrderLine
from veza.domains.marketplace.orders.models.state import LinePart
from veza.domains.marketplace.products.errors import ReleaseNotAvailable
from veza.domains.marketplace.products.models import MIN_PRICE_CENTS, Pricing, PurchasableProduct
from veza.domains.marketplace.splits.models import SplitPartForm

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


def price_lines(
    products: Sequence[PurchasableProduct],
    subjects: Mapping[UserId, SubjectId],
    *,
    parts: Mapping[ProductId, Sequence[SplitPartForm]],
    fee_rate: Rate,
) -> list[NewOrderLine]:
    """Return order lines with the current prices and parts, the platform's fee and the net.

    The fee is rounded line by line; the parties get the rest.
    """
    fees = [take_share(product.price_cents, fee_rate) for product in products]
    return [
        NewOrderLine(
            id=OrderItemId(new_id()),
            product_id=product.id,
            seller_id=product.seller_id,
            seller_subject=subjects[product.seller_id],
            title=product.title,
            licence=product.licence,
            track_id=product.track_id,
            available_at=product.available_at,
            is_redeemed=product.is_redeemed,
            minimum_cents=product.minimum_cents,
            price_cents=product.price_cents,
            fee_cents=fee,
            net_cents=product.price_cents - fee,
            parts=_freeze(product, parts[product.id], subjects),
        )
        for product, fee in zip(products, fees, strict=True)
    ]


def _freeze(
    product: PurchasableProduct,
    parts: Sequence[SplitPartForm],
    subjects: Mapping[UserId, SubjectId],
) -> list[LinePart]:
    """Return the parties of a line; none if all is the seller's."""
    if [part.profile_id for part in parts] == [product.seller_id]:
        return []
    return [
        LinePart(part.profile_id, subjects[part.profile_id], part.parts_per_10000) for part in parts
    ]


def choose_price(product: PurchasableProduct, offered_cents: int | None) -> PurchasableProduct:
    """Return the product at the price that a buyer pays; None is its price, or the least one.

    Raises PriceChanged, PriceTooLow, and Invalid for a price that no provider would accept.
    """
    if offered_cents is None or offered_cents == product.price_cents:
        return product
    if product.pricing is Pricing.FIXED:
        raise PriceChanged
    if offered_cents < product.price_cents:
        raise PriceTooLow
    if offered_cents < MIN_PRICE_CENTS:
        sentence = f"A price is 0, or at least {MIN_PRICE_CENTS} cents."
        raise Invalid(details=[FieldError("items.price_cents", sentence, "price")])
    return structs.replace(product, price_cents=offered_cents)


def ensure_buyable(products: Sequence[PurchasableProduct], buyer_id: UserId | None) -> None:
    """Raise OwnProduct, ReleaseNotAvailable, MixedCurrencies or OrderTooLarge.

    Without `buyer_id` for a guest, whose address may be anybody's: no product is their own.
    """
    if any(product.seller_id == buyer_id for product in products):
        raise OwnProduct
    if not all(product.is_available for product in products):
        raise ReleaseNotAvailable
    if len({product.currency for product in products}) > 1:
        raise MixedCurrencies
    if sum(product.price_cents for product in products) > MAX_CENTS:
        raise OrderTooLarge
