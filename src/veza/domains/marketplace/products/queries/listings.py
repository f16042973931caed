"""SQL of lists and counts of products."""

from veza.core.ids import UserId
from veza.domains.marketplace.products.models import (
    ExportedProduct,
    OwnProductQuery,
    ProductQuery,
    ProductSort,
    ProductStatus,
    StoredProduct,
)
from veza.domains.marketplace.products.queries.records import PRODUCT_COLUMNS, PRODUCT_JOINS
from veza.infra.postgres.database import Conn
from veza.infra.postgres.where import Where

_IS_SHOWN = "p.status = 'published' and s.suspended_at is null"

_ORDER = {
    ProductSort.NEWEST: "p.published_at desc, p.id desc",
    ProductSort.PRICE_ASC: "p.price_cents, p.id",
    ProductSort.PRICE_DESC: "p.price_cents desc, p.id desc",
    ProductSort.POPULAR: "p.sales_count desc, p.id desc",
    ProductSort.RATING: "coalesce(p.rating_average, 0) desc, p.reviews_count desc, p.id desc",
}
# Matches much less similar than the best match are excluded, so that an exact match is the only
# result.
_MIN_RESEMBLANCE = "0.55"


async def list_products(conn: Conn, query: ProductQuery) -> list[StoredProduct]:
    """List a page of the published products that match."""
    where = Where()
    source = _match(where, query)
    resemblance = "found.resemblance desc, " if query.words and query.sort is None else ""
    sql = f"""
        {source}
        select {PRODUCT_COLUMNS}
          from found
          join products p on p.id = found.id
          {PRODUCT_JOINS}
         order by {resemblance}{_ORDER[query.sort or ProductSort.NEWEST]}
         limit {query.limit:d} offset {query.offset:d}
    """
    return await conn.all(StoredProduct, sql, *where.values)


async def count_listed(conn: Conn, query: ProductQuery) -> int:
    """Count the published products that match."""
    where = Where()
    sql = f"{_match(where, query)} select count(*) from found"
    return await conn.value(int, sql, *where.values) or 0


def _match(where: Where, query: ProductQuery) -> str:
    """Return a CTE `found` of the matching products' ids, in a search with their resemblance."""
    words = [where.bind(word) for word in query.words]
    whole = where.bind(" ".join(query.words)) if words else ""
    where.add(_IS_SHOWN)
    where.add_filter("p.type = {}", query.type)
    where.add_filter("p.seller_id = {}", query.seller_id)
    joined = "products p join users s on s.id = p.seller_id"
    if not words:
        return f"with found as not materialized (select p.id from {joined} {where.sql})"
    alike = " + ".join(f"word_similarity({word}, p.search_text)" for word in words)
    matches = " and ".join(f"m.search_text %> {word}" for word in words)
    return f"""
        with matched as materialized (
            -- Materialized: the planner must use the trigram index, not join the sellers first.
            select m.id from products m where m.status = 'published' and {matches}
        ), fitting as (
            select p.id,
                   ({alike}) / {len(words):d}
                   + similarity({whole}, split_part(p.search_text, E'\\n', 1)) / 2 as resemblance
              from matched
              join products p on p.id = matched.id
              join users s on s.id = p.seller_id
            {where.sql}
        ), found as (
            select fitting.id, fitting.resemblance
              from fitting
             where fitting.resemblance
                   >= (select max(resemblance) from fitting) * {_MIN_RESEMBLANCE}
        )
    """


async def list_own(conn: Conn, seller_id: UserId, query: OwnProductQuery) -> list[StoredProduct]:
    """List a page of a seller's products, newest first."""
    where = _owned_by(seller_id, query.status)
    sql = f"""
        select {PRODUCT_COLUMNS}
          from products p
          {PRODUCT_JOINS}
        {where.sql}
         order by p.id desc
         limit {query.limit:d} offset {query.offset:d}
    """
    return await conn.all(StoredProduct, sql, *where.values)


async def list_personal_products(conn: Conn, seller_id: UserId) -> list[ExportedProduct]:
    """List all products of a seller, newest first, with the names of their files."""
    sql = """
        select p.id, p.title, p.description, p.type, p.price_cents, p.currency, p.licence,
               p.status, p.sales_count, p.created_at,
               array(select f.name
                       from product_files f
                      where f.product_id = p.id
                      order by f.position) as file_names
          from products p
         where p.seller_id = $1
         order by p.id desc
    """
    return await conn.every(ExportedProduct, sql, seller_id)


async def count_own(conn: Conn, seller_id: UserId, status: ProductStatus | None) -> int:
    where = _owned_by(seller_id, status)
    sql = f"select count(*) from products p {where.sql}"
    return await conn.value(int, sql, *where.values) or 0


def _owned_by(seller_id: UserId, status: ProductStatus | None) -> Where:
    where = Where("p.seller_id = {}", seller_id)
    where.add_filter("p.status = {}", status)
    return where


async def count_products(conn: Conn) -> dict[str, int]:
    """Return the numbers of products and of published products, and the size of all files."""
    sql = """
        select count(*) as total,
               count(*) filter (where status = 'published') as published,
               (select coalesce(sum(size_bytes), 0)::bigint from product_files) as files_bytes
          from products
    """
    return await conn.counts(sql)
