"""A quote: the lines of a cart with their prices."""

from msgspec import Struct

from veza.core.ids import ProductId, VariantId
from veza.domains.marketplace.orders.models.checkout import CartForm
from veza.domains.marketplace.prices.models import Reduction
from veza.domains.marketplace.products.models.forms import Pricing
from veza.domains.marketplace.taxes.models import BillingDetails, ShownTax


class QuoteForm(CartForm, frozen=True):
    """The products to price, and the code that reduces their prices, as an order has them.

    By the `billing` details their tax is known.
    """

    billing: BillingDetails | None = None


class QuoteItem(Struct, frozen=True):
    """A product, or a variant, and its price: `list_cents` less the `reductions`.

    `minimum_cents` is the least that you can pay. What you own (`is_owned`) can't be ordered again.
    The price includes the `tax`, null as long as it needs your country.
    """

    product_id: ProductId
    variant_id: VariantId | None
    title: str
    pricing: Pricing
    list_cents: int
    minimum_cents: int
    price_cents: int
    reductions: list[Reduction]
    is_owned: bool
    tax: ShownTax | None


class CartQuote(Struct, frozen=True):
    """The price of an order now. `list_cents` is the total without reductions.

    `tax_cents` are within the total. With `needs_country` a seller declares the tax of your
    country: an order without `billing.country` is refused.
    """

    items: list[QuoteItem]
    list_cents: int
    total_cents: int
    tax_cents: int
    needs_country: bool
    currency: str
