"""Sellers manage discounts; codes reduce the prices of a cart, and wrong ones are limited.

Discounts are locked after the products that they are for. An order with a code locks the discount
after its products, and an order that is cancelled locks it after the order and its products.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from msgspec import UNSET, UnsetType, structs

from veza.core.access import Member
from veza.core.addresses import network_of
from veza.core.clock import now
from veza.core.errors import Unauthenticated, required
from veza.core.ids import DiscountId, OrderId, ProductId, UserId, new_id
from veza.core.money import ensure_currency
from veza.core.structs import copy_fields, merge
from veza.domains.marketplace.discounts import queries, rules
from veza.domains.marketplace.discounts.errors import (
    DiscountCodeTaken,
    DiscountNotFound,
    TooManyDiscounts,
    TooManyWrongDiscountCodes,
)
from veza.domains.marketplace.discounts.models import (
    MAX_DISCOUNTS,
    Discount,
    DiscountChange,
    DiscountForm,
    DiscountLimits,
    DiscountList,
    DiscountTarget,
    NewDiscount,
    StoredDiscount,
    WantedDiscount,
)
from veza.domains.marketplace.prices.models import DiscountTerms
from veza.domains.marketplace.products.errors import ProductNotFound
from veza.domains.marketplace.sellers import service as sellers
from veza.infra.postgres.database import Conn, Tx
from veza.infra.security.login_throttle import LoginThrottle


async def create(tx: Tx, seller: Member, form: DiscountForm) -> Discount:
    """Create a discount of the caller.

    Raises Invalid, TooManyDiscounts, DiscountCodeTaken, and ProductNotFound for a product that is
    not the caller's.
    """
    rules.ensure_one_kind(form)
    cleaned = rules.clean_limits(form)
    if not await queries.lock_seller(tx, seller.id):
        raise Unauthenticated
    currency = await _choose_currency(tx, seller, form)
    if await queries.count_discounts(tx, seller.id) >= MAX_DISCOUNTS:
        raise TooManyDiscounts
    products = await _lock_products(tx, seller.id, form.product_ids)
    target = DiscountTarget(DiscountId(new_id()), seller.id)
    new = copy_fields(NewDiscount, cleaned, id=target.id, seller_id=seller.id, currency=currency)
    if not await queries.insert_discount(tx, new):
        raise DiscountCodeTaken
    await queries.insert_products(tx, target.id, products)
    return await _get(tx, target)


async def list_discounts(conn: Conn, seller: Member) -> DiscountList:
    """Return the discounts of the caller, newest first."""
    return DiscountList(await queries.list_discounts(conn, seller.id))


async def update(tx: Tx, target: DiscountTarget, change: DiscountChange) -> Discount:
    """Change the limits of a discount. Orders that have used it don't change.

    Raises DiscountNotFound, Invalid and ProductNotFound.
    """
    products = await _lock_products(tx, target.seller_id, change.product_ids)
    stored = required(await queries.lock_discount(tx, target), DiscountNotFound)
    limits = merge(DiscountLimits, stored, change)
    changed = rules.clean_limits(structs.replace(stored, **structs.asdict(limits)))
    await queries.update_discount(tx, changed)
    if change.product_ids is not UNSET:
        await queries.delete_products(tx, target.id)
        await queries.insert_products(tx, target.id, products)
    return await _get(tx, target)


async def end(tx: Tx, target: DiscountTarget) -> Discount:
    """End a discount now, unless it has ended. Raises DiscountNotFound."""
    stored = required(await queries.lock_discount(tx, target), DiscountNotFound)
    await queries.update_discount(tx, rules.end(stored, now()))
    return await _get(tx, target)


async def delete(tx: Tx, target: DiscountTarget) -> Discount:
    """Delete a discount. Orders keep what it took off. Raises DiscountNotFound."""
    stored = required(await queries.lock_discount(tx, target), DiscountNotFound)
    await queries.delete_discount(tx, target.id)
    return stored


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
    attempts: LoginThrottle, caller: Member | None, ip: str, *, code: str | None
) -> AsyncGenerator[None]:
    """Count a wrong code of a member, or of the network of a stranger.

    Raises TooManyWrongDiscountCodes after many of them.
    """
    if code is None:
        yield
        return
    key = f"discount:{network_of(ip) if caller is None else caller.id}"
    async with attempts.attempt(key, TooManyWrongDiscountCodes) as attempt:
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


async def _choose_currency(conn: Conn, seller: Member, form: DiscountForm) -> str | None:
    """Return the currency of an amount. Raises Invalid for an unknown one."""
    if form.amount_cents is None:
        return None
    currency = form.currency or (await sellers.get_profile(conn, seller.id)).currency
    ensure_currency(currency)
    return currency


async def _lock_products(
    tx: Tx, seller_id: UserId, product_ids: list[ProductId] | UnsetType | None
) -> list[ProductId]:
    """Lock the products that a discount is for. Raises ProductNotFound for one of others."""
    listed = product_ids or []
    locked = await queries.lock_products(tx, seller_id, listed)
    if len(locked) < len(set(listed)):
        raise ProductNotFound
    return locked


async def _get(conn: Conn, target: DiscountTarget) -> Discount:
    return required(await queries.find_discount(conn, target), DiscountNotFound)
