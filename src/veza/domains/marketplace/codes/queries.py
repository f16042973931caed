"""A code and its batch are locked to redeem it; deleting a batch deletes unused codes."""

from collections.abc import Sequence
from uuid import UUID

from veza.core.ids import CodeBatchId, OrderItemId, ProductId, UserId
from veza.domains.marketplace.codes.models import CodeBatch, NewCodeBatch, RedeemedCode, StoredCode
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind

_BATCH = """
    b.id, b.product_id, b.label, b.codes_count, b.used_count, b.expires_at, b.revoked_at,
    b.created_at
"""


async def count_batches(conn: Conn, product_id: ProductId) -> int:
    sql = "select count(*) from code_batches where product_id = $1"
    return await conn.value(int, sql, product_id) or 0


async def insert_batch(tx: Tx, batch: NewCodeBatch) -> CodeBatch:
    sql = f"""
        insert into code_batches as b (id, product_id, label, codes_count, expires_at)
             values (:id, :product_id, :label, :codes_count, :expires_at)
          returning {_BATCH}
    """
    return await tx.one(CodeBatch, *bind(sql, batch))


async def insert_codes(tx: Tx, batch_id: CodeBatchId, hashes: Sequence[bytes]) -> None:
    sql = "insert into download_codes (batch_id, code_hash) select $1, unnest($2::bytea[])"
    await tx.run(sql, batch_id, hashes)


async def list_batches(conn: Conn, product_id: ProductId) -> list[CodeBatch]:
    """List the batches of a product, newest first."""
    sql = f"select {_BATCH} from code_batches b where b.product_id = $1 order by b.id desc"
    return await conn.all(CodeBatch, sql, product_id)


async def lock_batch(tx: Tx, product_id: ProductId, batch_id: CodeBatchId) -> CodeBatch | None:
    sql = f"""
        select {_BATCH}
          from code_batches b
         where b.product_id = $1 and b.id = $2
           for no key update
    """
    return await tx.maybe(CodeBatch, sql, product_id, batch_id)


async def update_revoked(tx: Tx, batch_id: CodeBatchId) -> CodeBatch:
    sql = f"""
           update code_batches b
              set revoked_at = coalesce(b.revoked_at, now())
            where b.id = $1
        returning {_BATCH}
    """
    return await tx.one(CodeBatch, sql, batch_id)


async def delete_unused(tx: Tx, batch_id: CodeBatchId) -> None:
    await tx.run("delete from download_codes where batch_id = $1 and item_id is null", batch_id)


async def delete_batch(tx: Tx, batch_id: CodeBatchId) -> None:
    await tx.run("delete from code_batches where id = $1", batch_id)


async def find_product(conn: Conn, code_hash: bytes) -> ProductId | None:
    """Return the product that a code is for."""
    sql = """
        select b.product_id
          from download_codes c
          join code_batches b on b.id = c.batch_id
         where c.code_hash = $1
    """
    found = await conn.value(UUID, sql, code_hash)
    return None if found is None else ProductId(found)


async def lock_code(tx: Tx, code_hash: bytes) -> StoredCode | None:
    """Lock a code and its batch. The caller has locked the product."""
    sql = """
        select c.batch_id, coalesce(b.expires_at <= now(), false) as is_expired,
               (select i.order_id from order_items i where i.id = c.item_id) as order_id,
               (select o.buyer_id
                  from order_items i
                  join orders o on o.id = i.order_id
                 where i.id = c.item_id) as buyer_id,
               (select g.email_key
                  from order_items i
                  join guest_orders g on g.order_id = i.order_id
                 where i.id = c.item_id) as email_key
          from download_codes c
          join code_batches b on b.id = c.batch_id
         where c.code_hash = $1
           for no key update of c, b
    """
    return await tx.maybe(StoredCode, sql, code_hash)


async def update_redeemed(
    tx: Tx, code_hash: bytes, batch_id: CodeBatchId, item_id: OrderItemId
) -> None:
    """Mark a locked code as used by a line of an order, and count it."""
    sql = "update download_codes set item_id = $2, redeemed_at = now() where code_hash = $1"
    await tx.run(sql, code_hash, item_id)
    await tx.run("update code_batches set used_count = used_count + 1 where id = $1", batch_id)


async def list_batches_of(conn: Conn, seller_id: UserId) -> list[CodeBatch]:
    """List the batches of all products of a seller, by id."""
    sql = f"""
        select {_BATCH}
          from code_batches b
          join products p on p.id = b.product_id
         where p.seller_id = $1
         order by b.id
    """
    return await conn.every(CodeBatch, sql, seller_id)


async def list_redeemed(conn: Conn, buyer_id: UserId) -> list[RedeemedCode]:
    """List the codes that a member redeemed, by the line of the order."""
    sql = """
        select c.item_id, i.order_id, i.title, c.redeemed_at
          from orders o
          join order_items i on i.order_id = o.id
          join download_codes c on c.item_id = i.id
         where o.buyer_id = $1
         order by c.item_id
    """
    return await conn.every(RedeemedCode, sql, buyer_id)


async def delete_unused_of(tx: Tx, seller_id: UserId) -> None:
    """Delete the unused codes of all products of a seller."""
    sql = """
        delete from download_codes c
         using code_batches b, products p
         where b.id = c.batch_id and p.id = b.product_id and p.seller_id = $1
           and c.item_id is null
    """
    await tx.run(sql, seller_id)


async def update_unlabelled(tx: Tx, seller_id: UserId) -> None:
    """Remove what a seller wrote from the batches of their products."""
    sql = """
        update code_batches b
           set label = null, revoked_at = coalesce(b.revoked_at, now())
          from products p
         where p.id = b.product_id and p.seller_id = $1
    """
    await tx.run(sql, seller_id)
