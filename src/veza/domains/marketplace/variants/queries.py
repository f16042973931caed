"""Read and replace the variants of a product, whose row is locked first."""

from collections.abc import Sequence

from veza.core.ids import ProductId, UserId
from veza.domains.marketplace.variants.models import ExportedVariant, StoredVariant
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind


async def list_variants(conn: Conn, product_ids: Sequence[ProductId]) -> list[StoredVariant]:
    """Return the variants of products, by product and position; files in their order."""
    sql = """
        select v.id, v.product_id, v.kind, v.title, v.price_cents, v.includes_contents, v.terms,
               v.credit_line, v.clauses,
               array(select f.id
                       from product_variant_files n
                       join product_files f on f.id = n.file_id
                      where n.variant_id = v.id
                      order by f.position) as file_ids
          from product_variants v
         where v.product_id = any($1)
         order by v.product_id, v.position
    """
    return await conn.all(StoredVariant, sql, product_ids)


async def is_exclusive_held(conn: Conn, product_id: ProductId) -> bool:
    """Return whether an order that is not paid holds the exclusive variant of a product."""
    sql = """
        select exclusive_item_id is not null and sold_exclusively_at is null
          from products
         where id = $1
    """
    return bool(await conn.value(bool, sql, product_id))


async def delete_variants(tx: Tx, product_id: ProductId) -> None:
    await tx.run("delete from product_variants where product_id = $1", product_id)


async def insert_variant(tx: Tx, variant: StoredVariant, position: int) -> None:
    sql = """
        insert into product_variants (id, product_id, position, kind, title, price_cents,
                                      includes_contents, terms, credit_line, clauses)
             values (:id, :product_id, :position, :kind, :title, :price_cents, :includes_contents,
                     :terms, :credit_line, :clauses)
    """
    await tx.run(*bind(sql, variant, position=position))
    files = """
        insert into product_variant_files (variant_id, file_id, product_id)
             select $1, g.id, $3 from unnest($2::uuid[]) as g (id)
    """
    await tx.run(files, variant.id, variant.file_ids, variant.product_id)


async def list_personal_variants(conn: Conn, seller_id: UserId) -> list[ExportedVariant]:
    """List the variants of all products of a seller, newest product first."""
    sql = """
        select v.id, v.product_id, v.kind, v.title, v.price_cents, v.terms,
               v.credit_line, v.clauses
          from product_variants v
          join products p on p.id = v.product_id
         where p.seller_id = $1
         order by v.product_id desc, v.position
    """
    return await conn.every(ExportedVariant, sql, seller_id)


async def delete_variants_of(tx: Tx, seller_id: UserId) -> None:
    sql = """
        delete from product_variants v
         using products p
         where p.id = v.product_id and p.seller_id = $1
    """
    await tx.run(sql, seller_id)
