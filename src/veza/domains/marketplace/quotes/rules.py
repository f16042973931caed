"""A quote from the lines of a cart."""

from collections.abc import Collection, Sequence

from veza.core.ids import ProductId
from veza.core.structs import copy_fields
from veza.domains.marketplace.orders.models.checkout import CartLine
from veza.domains.marketplace.quotes.models import CartQuote, QuoteItem


def make_quote(cart: Sequence[CartLine], owned: Collection[ProductId]) -> CartQuote:
    """Return the prices of a cart, of which the buyer owns some products."""
    return CartQuote(
        items=[_show(line, owned) for line in cart],
        list_cents=sum(line.priced.list_cents for line in cart),
        total_cents=sum(line.priced.price_cents for line in cart),
        currency=cart[0].product.currency,
    )


def _show(line: CartLine, owned: Collection[ProductId]) -> QuoteItem:
    product = line.product
    return copy_fields(
        QuoteItem,
        line.priced,
        title=product.title,
        pricing=product.pricing,
        is_owned=product.id in owned,
    )
