"""A quote from the lines of a cart."""

from collections.abc import Collection, Sequence

from veza.core.ids import ProductId, VariantId
from veza.core.structs import copy_fields
from veza.domains.marketplace.orders.models.checkout import CartLine
from veza.domains.marketplace.orders.rules.checkout import line_title
from veza.domains.marketplace.quotes.models import CartQuote, QuoteItem
from veza.domains.marketplace.taxes.errors import CountryNeeded
from veza.domains.marketplace.taxes.models import ShownTax, TaxTerms
from veza.domains.marketplace.taxes.rules import show_tax, tax_of


def make_quote(
    cart: Sequence[CartLine], owned: Collection[ProductId | VariantId], terms: TaxTerms
) -> CartQuote:
    """Return the prices of a cart, of which the buyer owns some products and variants."""
    items = [_show(line, owned, _find_tax(line, terms)) for line in cart]
    return CartQuote(
        items=items,
        list_cents=sum(item.list_cents for item in items),
        total_cents=sum(item.price_cents for item in items),
        tax_cents=sum(item.tax.cents for item in items if item.tax is not None),
        needs_country=any(item.tax is None for item in items),
        currency=cart[0].product.currency,
    )


def owned_as(line: CartLine) -> ProductId | VariantId:
    """Return the id of what a buyer of a line owns."""
    return line.product.id if line.variant is None else line.variant.id


def _find_tax(line: CartLine, terms: TaxTerms) -> ShownTax | None:
    """Return the tax of a line; None as long as it needs the country of the buyer."""
    seller = terms.sellers[line.product.seller_id]
    try:
        tax = tax_of(
            line.priced.price_cents,
            seller,
            terms.buyer,
            day=terms.day,
            site_rates=terms.site_rates,
        )
    except CountryNeeded:
        return None
    return show_tax(tax)


def _show(
    line: CartLine, owned: Collection[ProductId | VariantId], tax: ShownTax | None
) -> QuoteItem:
    product = line.product
    return copy_fields(
        QuoteItem,
        line.priced,
        variant_id=line.variant and line.variant.id,
        title=line_title(product.title, line.variant),
        pricing=product.pricing,
        is_owned=owned_as(line) in owned,
        tax=tax,
    )
