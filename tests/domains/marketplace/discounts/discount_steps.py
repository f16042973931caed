"""A shop with discount codes: orders, quotes, and what `veza ledger verify` says."""

from dataclasses import dataclass
from typing import Any

from tests import make
from tests.support.ordering import place_order
from veza.domains.marketplace.discounts import invariants
from veza.domains.marketplace.discounts import service as discounts
from veza.domains.marketplace.discounts.models import Discount
from veza.domains.marketplace.ledger import service as ledger
from veza.domains.marketplace.orders import invariants as order_invariants
from veza.domains.marketplace.orders.models.checkout import Order, OrderForm, OrderItemForm
from veza.domains.marketplace.orders.models.state import OrderEvent, PaymentExpired
from veza.domains.marketplace.orders.service import settlement
from veza.domains.marketplace.quotes import service as quotes
from veza.domains.marketplace.quotes.models import CartQuote, QuoteForm


@dataclass(frozen=True)
class Codes:
    """A shop whose first seller has discounts."""

    # The `Shop` of the fixtures.
    shop: Any

    async def create(self, code: str = "SPRING", **fields: Any) -> Discount:
        async with self.shop.services.database.transaction() as tx:
            return await make.discount(tx, self.shop.sellers[0].member, code, **fields)

    async def order(self, code: str = "SPRING", buyer: make.Person | None = None) -> Order:
        """Order both products with a code."""
        items = [OrderItemForm(each) for each in self.shop.product_ids]
        member = (buyer or self.shop.buyer).member
        services, checkout = self.shop.services, self.shop.checkout
        return await place_order(services.database, checkout, member, OrderForm(items, code))

    async def quote(self, code: str = "SPRING", buyer: make.Person | None = None) -> CartQuote:
        """Ask what both products cost with a code."""
        items = [OrderItemForm(each) for each in self.shop.product_ids]
        member = (buyer or self.shop.buyer).member
        async with self.shop.services.database.read() as conn:
            return await quotes.make_quote(conn, member, QuoteForm(items, code))

    async def settle(self, order: Order, event: OrderEvent | None = None) -> None:
        """Apply an event to an order; without one it expires."""
        async with self.shop.services.database.transaction() as tx:
            await settlement.settle(tx, order.id, event or PaymentExpired())

    async def used(self, discount: Discount) -> int:
        async with self.shop.services.database.read() as conn:
            listed = await discounts.list_discounts(conn, self.shop.sellers[0].member)
        return next(each.used_count for each in listed.discounts if each.id == discount.id)

    async def ensure_right(self, *things: object) -> None:
        """Ask `veza ledger verify` about discounts and orders, and what it says of these."""
        rules = {**invariants.INVARIANTS, **order_invariants.INVARIANTS}
        async with self.shop.services.database.read() as conn:
            found = await ledger.find_violations(conn, rules)
        ids = [str(each) for each in things]
        assert [each for each in found if any(one in each.where for one in ids)] == []
