"""A discount is locked while an order uses it; its uses belong to orders."""

from collections.abc import Sequence
from uuid import UUID

from veza.core.ids import DiscountId, OrderId, ProductId, UserId
from veza.core.visibility import active
from veza.domains.marketplace.discounts.models import (
    CodeBuyer,
    Discount,
    DiscountTarget,
    NewDiscount,
    StoredDiscount,
)
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind

_DISCOUNT = """
    d.id, d.code, d.label, d.percent, d.amount_cents, d.currency,
    case when not d.is_for_all then
        array(select p.product_id from discount_products p where p.discount_id = d.id
               order by p.product_id) end as product_ids,
    d.starts_at, d.ends_at, d.max_uses, d.max_uses_per_buyer, d.used_count, d.created_at
"""


async def lock_seller(tx: Tx, seller_id: UserId) -> bool:
    """Lock a seller while discounts are added; return False if deleted or suspended."""
    sql = f"select true from users where id = $1 and {active()} for no key update"
    return bool(await tx.value(bool, sql, seller_id))


async def count_discounts(conn: Conn, seller_id: UserId) -> int:
    sql = "select count(*) from discounts where seller_id = $1"
    return await conn.value(int, sql, seller_id) or 0


async def insert_discount(tx: Tx, discount: NewDiscount) -> bool:
    """Insert a discount without products; return False if the seller has its code already."""
    sql = """
        insert into discounts (id, seller_id, code, label, percent, amount_cents, currency,
                               is_for_all, starts_at, ends_at, max_uses, max_uses_per_buyer)
             values (:id, :seller_id, :code, :label, :percent, :amount_cents, :currency,
                     :product_ids::uuid[] is null, :starts_at, :ends_at, :max_uses,
                     :max_uses_per_buyer)
        on conflict (seller_id, code_key) do nothing
    """
    return await tx.run(*bind(sql, discount)) == 1


async def lock_products(
    tx: Tx, seller_id: UserId, product_ids: Sequence[ProductId]
) -> list[ProductId]:
    """Lock those of the products that are the seller's against deletion; return them."""
    sql = """
        select id
          from products
         where id = any($2) and seller_id = $1
         order by id
           for key share
    """
    return [ProductId(found) for found in await tx.column(UUID, sql, seller_id, product_ids)]


async def insert_products(
    tx: Tx, discount_id: DiscountId, product_ids: Sequence[ProductId]
) -> None:
    sql = """
        insert into discount_products (discount_id, product_id) select $1, unnest($2::uuid[])
    """
    await tx.run(sql, discount_id, product_ids)


async def delete_products(tx: Tx, discount_id: DiscountId) -> None:
    await tx.run("delete from discount_products where discount_id = $1", discount_id)


async def list_discounts(conn: Conn, seller_id: UserId) -> list[Discount]:
    """List the discounts of a seller, newest first."""
    sql = f"select {_DISCOUNT} from discounts d where d.seller_id = $1 order by d.id desc"
    return await conn.all(Discount, sql, seller_id)


async def find_discount(conn: Conn, target: DiscountTarget) -> Discount | None:
    sql = f"select {_DISCOUNT} from discounts d where d.id = :id and d.seller_id = :seller_id"
    return await conn.maybe(Discount, *bind(sql, target))


async def lock_discount(tx: Tx, target: DiscountTarget) -> Discount | None:
    sql = f"""
        select {_DISCOUNT}
          from discounts d
         where d.id = :id and d.seller_id = :seller_id
           for update of d
    """
    return await tx.maybe(Discount, *bind(sql, target))


async def update_discount(tx: Tx, discount: Discount) -> None:
    sql = """
        update discounts
           set label = :label, is_for_all = :product_ids::uuid[] is null, starts_at = :starts_at,
               ends_at = :ends_at, max_uses = :max_uses, max_uses_per_buyer = :max_uses_per_buyer
         where id = :id
    """
    await tx.run(*bind(sql, discount))


async def delete_discount(tx: Tx, discount_id: DiscountId) -> None:
    await tx.run("delete from discounts where id = $1", discount_id)


async def delete_discounts_of(tx: Tx, seller_id: UserId) -> None:
    await tx.run("delete from discounts where seller_id = $1", seller_id)


async def delete_codes_of_both(tx: Tx, seller_id: UserId, other_id: UserId) -> None:
    """Delete the discounts of a seller with codes that another seller has, too."""
    sql = """
        delete from discounts d
         using discounts o
         where d.seller_id = $1 and o.seller_id = $2 and o.code_key = d.code_key
    """
    await tx.run(sql, seller_id, other_id)


async def update_seller(tx: Tx, seller_id: UserId, into_id: UserId) -> None:
    await tx.run("update discounts set seller_id = $2 where seller_id = $1", seller_id, into_id)


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
