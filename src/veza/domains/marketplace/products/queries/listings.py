"""Lists published products of active sellers; an unfiltered count comes from a counter."""

from veza.core.ids import TrackId, UserId
from veza.core.pages import MAX_COUNTED
from veza.core.visibility import active, suspended
from veza.domains.marketplace.products.models.lists import (
    OwnProductQuery,
    ProductQuery,
    ProductSort,
)
from veza.domains.marketplace.products.models.products import ExportedProduct, StoredProduct
from veza.domains.marketplace.products.queries.records import (
    FURTHER_PRICES,
    HAS_LOSSY,
    PRODUCT_COLUMNS,
    PRODUCT_JOINS,
)
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.where import Where

IS_SHOWN = f"p.status = 'published' and {active('s')}"

ORDER = {
    ProductSort.NEWEST: "p.published_at desc, p.id desc",
    ProductSort.PRICE_ASC: "p.price_cents, p.id",
    ProductSort.PRICE_DESC: "p.price_cents desc, p.id desc",
    ProductSort.POPULAR: "p.sales_count desc, p.id desc",
    ProductSort.RATING: "coalesce(p.rating_average, 0) desc, p.reviews_count desc, p.id desc",
}


async def list_products(conn: Conn, query: ProductQuery) -> list[StoredProduct]:
    """List a page of the published products that match the filters.

    Its ids are found first, in an index alone, however many are skipped. Formats are read where the
    list is of what sells a track or a release.
    """
    where = _filter(query)
    is_of_music = query.release_id is not None or query.track_id is not None
    columns = f"{PRODUCT_COLUMNS}, {HAS_LOSSY}" if is_of_music else PRODUCT_COLUMNS
    order = ORDER[query.sort or ProductSort.NEWEST]
    sql = f"""
        with page as materialized (
            select p.id
              from products p
            {where.sql}
             order by {order}
             limit {query.limit:d} offset {query.offset:d}
        )
        select {columns}
          from page
          join products p on p.id = page.id
          {PRODUCT_JOINS}
         order by {order}
    """
    return await conn.all(StoredProduct, sql, *where.values)


async def count_listed(conn: Conn) -> int:
    """Return the number of products in the unfiltered list, from its counter."""
    sql = "select coalesce(sum(difference), 0)::bigint from product_count_changes"
    return await conn.value(int, sql) or 0


async def count_matching(conn: Conn, query: ProductQuery) -> int:
    """Count the published products that match the filters, up to `MAX_COUNTED` plus 1."""
    where = _filter(query)
    sql = f"""
        select count(*)
          from (select p.id from products p {where.sql} limit {MAX_COUNTED + 1:d}) counted
    """
    return await conn.value(int, sql, *where.values) or 0


async def sum_counts(tx: Tx) -> None:
    """Replace the changes of the number of listed products by their sum."""
    sql = """
        with summed as (
            delete from product_count_changes returning difference
        )
        insert into product_count_changes (difference)
             select sum(difference) from summed having sum(difference) <> 0
    """
    await tx.run(sql)


def _filter(query: ProductQuery) -> Where:
    # No join, so that an index alone answers it. The ids of suspended members are read once.
    where = Where()
    where.add("p.status = 'published'")
    where.add(f"""not exists (select from users s
                             where s.id = p.seller_id and {suspended("s")})""")
    where.add_filter("p.type = {}", query.type)
    where.add_filter("p.seller_id = {}", query.seller_id)
    where.add_filter("p.release_id = {}", query.release_id)
    if query.track_id is not None:
        where.add(sells_track(where, query.track_id))
    return where


def sells_track(where: Where, track_id: TrackId) -> str:
    """Return the condition that a product sells a track, or a release that it is on."""
    track = where.bind(track_id)
    releases = f"select e.release_id from release_tracks e where e.track_id = {track}"
    return f"(p.track_id = {track} or p.release_id = any(array({releases})))"


async def list_own(conn: Conn, seller_id: UserId, query: OwnProductQuery) -> list[StoredProduct]:
    """List a page of a seller's products, newest first."""
    where = _owned_by(seller_id, query)
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
    sql = f"""
        select p.id, p.title, p.description, p.type, p.price_cents, p.currency, p.licence,
               p.pricing, p.stock, p.service, {FURTHER_PRICES}, p.status, p.sales_count,
               p.created_at,
               array(select f.name
                       from product_files f
                      where f.product_id = p.id
                      order by f.position) as file_names
          from products p
         where p.seller_id = $1
         order by p.id desc
    """
    return await conn.every(ExportedProduct, sql, seller_id)


async def count_own(conn: Conn, seller_id: UserId, query: OwnProductQuery) -> int:
    """Count a seller's products, up to `MAX_COUNTED` plus 1."""
    where = _owned_by(seller_id, query)
    counted = f"select p.id from products p {where.sql} limit {MAX_COUNTED + 1:d}"
    sql = f"select count(*) from ({counted}) counted"
    return await conn.value(int, sql, *where.values) or 0


def _owned_by(seller_id: UserId, query: OwnProductQuery) -> Where:
    where = Where("p.seller_id = {}", seller_id)
    where.add_filter("p.status = {}", query.status)
    where.add_filter("p.release_id = {}", query.release_id)
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
