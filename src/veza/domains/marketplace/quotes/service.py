"""Quote the price of a cart."""

from collections.abc import Sequence

from veza.core.access import Member
from veza.core.ids import ProductId, UserId, VariantId
from veza.domains.marketplace.discounts.models import CodeBuyer
from veza.domains.marketplace.orders import shared_queries as order_queries
from veza.domains.marketplace.orders.models.checkout import CartLine
from veza.domains.marketplace.orders.rules.checkout import (
    ensure_buyable,
    ensure_in_stock,
    ensure_not_empty,
)
from veza.domains.marketplace.orders.rules.taxes import buyer_of, read_billing
from veza.domains.marketplace.orders.service.carts import read_cart
from veza.domains.marketplace.orders.service.taxes import read_terms
from veza.domains.marketplace.quotes import rules
from veza.domains.marketplace.quotes.models import CartQuote, QuoteForm
from veza.infra.postgres.database import Conn


async def make_quote(conn: Conn, buyer: Member | None, form: QuoteForm) -> CartQuote:
    """Return what an order would cost now.

    Raises the errors that the order would have, but for AlreadyOwned: the quote tells what is. How
    often a guest has used a code is only known when an order says its address.
    """
    ensure_not_empty(form)
    billing = read_billing(form.billing)
    buyer_id = None if buyer is None else buyer.id
    cart = await read_cart(conn, CodeBuyer(buyer_id), form)
    ensure_buyable(cart, buyer_id)
    owned = await _list_owned(conn, buyer_id, cart) if buyer_id else set[ProductId | VariantId]()
    ensure_in_stock([line.product for line in cart if rules.owned_as(line) not in owned])
    sellers = {line.product.seller_id for line in cart}
    terms = await read_terms(conn, sellers, buyer_of(billing))
    return rules.make_quote(cart, owned, terms)


async def _list_owned(
    conn: Conn, buyer_id: UserId, cart: Sequence[CartLine]
) -> set[ProductId | VariantId]:
    # A service can be ordered again.
    once = [line for line in cart if line.product.service is None]
    product_ids = [line.product.id for line in once if line.variant is None]
    owned: set[ProductId | VariantId] = set()
    owned.update(await order_queries.list_owned(conn, buyer_id, product_ids))
    if variant_ids := [line.variant.id for line in once if line.variant is not None]:
        owned.update(await order_queries.list_owned_variants(conn, buyer_id, variant_ids))
    return owned
