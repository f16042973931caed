"""Codes reduce the prices of a cart; wrong ones are limited.

An order with a code locks the discount after the products, and an order that is cancelled locks it
after the order.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from veza.core.clock import now
from veza.core.ids import DiscountId, OrderId
from veza.domains.marketplace.discounts import queries, rules
from veza.domains.marketplace.discounts.errors import (
    DiscountNotFound,
    TooManyWrongDiscountCodes,
)
from veza.domains.marketplace.discounts.models import StoredDiscount, WantedDiscount
from veza.domains.marketplace.prices.models import DiscountTerms
from veza.infra.postgres.database import Conn, Tx
from veza.infra.security.login_throttle import LoginThrottle


async def lock_terms(tx: Tx, wanted: WantedDiscount) -> DiscountTerms:
    """Lock the discount of a code, and return what it takes off. The caller locked the products.

    Raises the errors of `find_terms`.
    """
    code = rules.read_code(wanted.code)
    sellers = sorted({item.seller_id for item in wanted.items})
    found = [] if code is None else await queries.lock_by_code(tx, code, sellers)
    return await _terms_for(tx, wanted, found)


async def find_terms(conn: Conn, wanted: WantedDiscount) -> DiscountTerms:
    """Return what a code takes off.

    Raises DiscountNotFound, DiscountNotApplicable, DiscountNotStarted, DiscountEnded,
    DiscountUsedUp and DiscountAlreadyUsed.
    """
    code = rules.read_code(wanted.code)
    sellers = sorted({item.seller_id for item in wanted.items})
    found = [] if code is None else await queries.find_by_code(conn, code, sellers)
    return await _terms_for(conn, wanted, found)


async def reserve(tx: Tx, order_id: OrderId, discount_id: DiscountId) -> None:
    """Count a new order as a use of a locked discount."""
    await queries.insert_use(tx, order_id, discount_id)


async def release(tx: Tx, order_id: OrderId) -> None:
    """Give back the use of a discount by a locked order that buys nothing any more."""
    discount_id = await queries.lock_used(tx, order_id)
    if discount_id is not None:
        await queries.delete_use(tx, order_id, discount_id)


@asynccontextmanager
async def limiting_guesses(
    attempts: LoginThrottle, client: str, code: str | None
) -> AsyncGenerator[None]:
    """Count a wrong code of a client. Raises TooManyWrongDiscountCodes after many of them."""
    if code is None:
        yield
        return
    async with attempts.attempt(f"discount:{client}", TooManyWrongDiscountCodes) as attempt:
        try:
            yield
        except DiscountNotFound:
            attempt.fail()
            raise


async def _terms_for(
    conn: Conn, wanted: WantedDiscount, found: list[StoredDiscount]
) -> DiscountTerms:
    discount = rules.choose(found, wanted)
    is_counted = discount.max_uses_per_buyer is not None
    uses = await queries.count_uses(conn, discount.id, wanted.buyer) if is_counted else 0
    rules.ensure_valid(discount, now(), buyer_uses=uses)
    return rules.terms_of(discount)
