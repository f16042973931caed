"""A discount is locked while an order uses it; its uses belong to orders."""

from collections.abc import Sequence
from uuid import UUID

from veza.core.ids import DiscountId, OrderId, UserId
from veza.domains.marketplace.discounts.models import CodeBuyer, StoredDiscount
from veza.infra.postgres.database import Conn, Tx

_DISCOUNT = """
    d.id, d.code, d.label, d.percent, d.amount_cents, d.currency,
    case when not d.is_for_all then
        array(select p.product_id from discount_products p where p.discount_id = d.id
               order by p.product_id) end as product_ids,
    d.starts_at, d.ends_at, d.max_uses, d.max_uses_per_buyer, d.used_count, d.created_at
"""


async def find_by_code(
    conn: Conn, code_key: str, seller_ids: Sequence[UserId]
) -> list[StoredDiscount]:
    """Return the discounts that these sellers have with a code, by id."""
    sql = f"""
        select {_DISCOUNT}, d.seller_id
          from discounts d
         where d.code_key = $1 and d.seller_id = any($2)
         order by d.id
    """
    return await conn.all(StoredDiscount, sql, code_key, seller_ids)


async def lock_by_code(tx: Tx, code_key: str, seller_ids: Sequence[UserId]) -> list[StoredDiscount]:
    """Lock and return the discounts that these sellers have with a code, by id.

    The caller has locked the products. Other orders with the code wait.
    """
    sql = f"""
        select {_DISCOUNT}, d.seller_id
          from discounts d
         where d.code_key = $1 and d.seller_id = any($2)
         order by d.id
           for no key update of d
    """
    return await tx.all(StoredDiscount, sql, code_key, seller_ids)


async def count_uses(conn: Conn, discount_id: DiscountId, buyer: CodeBuyer) -> int:
    """Count the uses of a discount by an account, or by an address."""
    sql = """
        select count(*)
          from discount_uses u
         where u.discount_id = $1
           and u.order_id in (select o.id from orders o where o.buyer_id = $2
                               union all
                              select g.order_id from guest_orders g where g.email_key = $3)
    """
    return await conn.value(int, sql, discount_id, buyer.user_id, buyer.email_key) or 0


async def insert_use(tx: Tx, order_id: OrderId, discount_id: DiscountId) -> None:
    """Count an order as a use of a locked discount."""
    sql = "insert into discount_uses (order_id, discount_id) values ($1, $2)"
    await tx.run(sql, order_id, discount_id)
    await tx.run("update discounts set used_count = used_count + 1 where id = $1", discount_id)


async def lock_used(tx: Tx, order_id: OrderId) -> DiscountId | None:
    """Lock and return the discount that an order uses."""
    sql = """
        select d.id
          from discount_uses u
          join discounts d on d.id = u.discount_id
         where u.order_id = $1
           for no key update of d
    """
    found = await tx.value(UUID, sql, order_id)
    return None if found is None else DiscountId(found)


async def delete_use(tx: Tx, order_id: OrderId, discount_id: DiscountId) -> None:
    """Give back the use of a locked discount by an order."""
    await tx.run("delete from discount_uses where order_id = $1", order_id)
    await tx.run("update discounts set used_count = used_count - 1 where id = $1", discount_id)
