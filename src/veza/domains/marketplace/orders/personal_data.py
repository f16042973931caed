"""Exports purchases and sales; sales still open prevent erasure, and orders stay."""

from collections.abc import Collection

from veza.core.ids import UserId
from veza.core.money_mode import MoneyMode
from veza.domains.marketplace.ledger.errors import MoneyStays, OpenBalance
from veza.domains.marketplace.orders.models.personal_data import PersonalTrade
from veza.domains.marketplace.orders.queries import gifts as gift_queries
from veza.domains.marketplace.orders.queries import personal_data as queries
from veza.domains.marketplace.orders.queries import places as place_queries
from veza.infra.postgres.database import Conn, Tx

# Tables that hold a person's id, directly or by reference.
TABLES = (
    "orders",
    "order_items",
    "order_item_parts",
    "order_item_reductions",
    "licences",
    "flag_clearances",
    "guest_orders",
    "order_places",
    "gifts",
)


async def export(conn: Conn, user_id: UserId) -> PersonalTrade:
    """Return the purchases, sales and gifts of a member, and their parts of sales."""
    return PersonalTrade(
        await queries.list_orders(conn, user_id),
        await queries.list_sales(conn, user_id),
        await queries.list_parts(conn, user_id),
        await gift_queries.list_personal(conn, user_id),
    )


async def ensure_no_open_sales(tx: Tx, user_id: UserId, modes: Collection[MoneyMode]) -> None:
    """Raise OpenBalance while sales may still be paid, delivered, refunded or disputed."""
    if await queries.has_open_sales(tx, user_id, modes):
        raise OpenBalance


async def erase(tx: Tx, user_id: UserId) -> None:
    """Remove a member from orders as buyer, seller, party and admin. The orders are kept.

    A payment that arrives later for one of these orders is refunded. A gift that waits for its date
    is still mailed, without what its buyer wrote, and its address is forgotten then.
    """
    await gift_queries.forget_of_member(tx, user_id)
    await queries.delete_licences(tx, user_id)
    await queries.delete_deliveries(tx, user_id)
    await place_queries.delete_of_buyer(tx, user_id)
    await queries.update_buyer_gone(tx, user_id)
    await queries.update_seller_gone(tx, user_id)
    await queries.update_party_gone(tx, user_id)
    await queries.update_admin_gone(tx, user_id)


async def ensure_never_traded(tx: Tx, user_id: UserId) -> None:
    """Raise MoneyStays if a profile bought or sold anything."""
    if await queries.has_traded(tx, user_id):
        raise MoneyStays
