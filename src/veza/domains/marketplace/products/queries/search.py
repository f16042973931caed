"""Finds published products by words, best first; keeps the index of those everybody sees."""

from collections.abc import Sequence
from uuid import UUID

from veza.core.ids import LOWEST_ID, ProductId, UserId
from veza.core.search_query import SearchQuery
from veza.core.visibility import blocked
from veza.domains.marketplace.products.models.lists import ProductQuery
from veza.domains.marketplace.products.models.products import SearchableProduct, StoredProduct
from veza.domains.marketplace.products.queries.listings import IS_SHOWN, ORDER, sells_track
from veza.domains.marketplace.products.queries.records import PRODUCT_COLUMNS, PRODUCT_JOINS
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.search_index import MAX_CANDIDATES, SearchIndex, found_sql
from veza.infra.postgres.where import Where

PRODUCTS = SearchIndex(
    "product",
    "product_search",
    "ln(1 + (select p.sales_count from products p where p.id = batch.id))",
)


# Ranked more than a page, because some may have been hidden a moment ago.
_SPARE = 200


async def search_products(
    conn: Conn, wanted: SearchQuery, query: ProductQuery, viewer_id: UserId | None
) -> list[StoredProduct]:
    """Return a page of the published products that match, best first or in another order."""
    where = Where()
    # In another order, all that match have to be sorted; and few of the best may be of a release.
    ranks_all = query.sort or query.release_id or query.track_id
    ranked = MAX_CANDIDATES if ranks_all else query.offset + query.limit + _SPARE
    found = _found(where, wanted, query, viewer_id, min(ranked, MAX_CANDIDATES))
    order = "found.score desc, found.id desc" if query.sort is None else ORDER[query.sort]
    sql = f"""
        {found}
        select {PRODUCT_COLUMNS}
          from shown as found
          join products p on p.id = found.id
          {PRODUCT_JOINS}
         order by {order}
         limit {query.limit:d} offset {query.offset:d}
    """
    return await conn.all(StoredProduct, sql, *where.values)


async def count_found(
    conn: Conn, wanted: SearchQuery, query: ProductQuery, viewer_id: UserId | None
) -> int:
    """Count the published products that match, up to `MAX_CANDIDATES`."""
    where = Where()
    found = _found(where, wanted, query, viewer_id, MAX_CANDIDATES)
    sql = f"{found} select count(*) from shown"
    return await conn.value(int, sql, *where.values) or 0


def _found(
    where: Where, wanted: SearchQuery, query: ProductQuery, viewer_id: UserId | None, limit: int
) -> str:
    """Return a `with` clause whose `shown` has the matching products that the viewer may see."""
    found = found_sql(PRODUCTS, where, wanted, limit)
    hidden = release = track = ""
    if query.release_id is not None:
        release = f"and p.release_id = {where.bind(query.release_id)}"
    if query.track_id is not None:
        track = f"and {sells_track(where, query.track_id)}"
    if viewer_id is not None:
        viewer = where.bind(viewer_id)
        hidden = f"and not {blocked(viewer, 's.id')}"
    return f"""
        {found}, shown as (
            select found.id, found.score
              from found
              join products p on p.id = found.id
              join users s on s.id = p.seller_id
             where {IS_SHOWN} {release} {track} {hidden}
        )
    """


async def list_searchable(conn: Conn, product_ids: Sequence[ProductId]) -> list[SearchableProduct]:
    """Return those of the products that everybody may see."""
    sql = f"""
        select p.id, p.seller_id, s.username, p.title, p.type, p.sales_count
          from products p
          join users s on s.id = p.seller_id
         where p.id = any($1) and {IS_SHOWN}
    """
    return await conn.all(SearchableProduct, sql, product_ids)


async def list_product_ids(
    conn: Conn, seller_id: UserId | None, after: ProductId | None
) -> list[ProductId]:
    """Return the next 500 products of a seller or of all, ordered by id."""
    where = Where()
    where.add("id > {}", after or LOWEST_ID)
    if seller_id is not None:
        where.add("seller_id = {}", seller_id)
    sql = f"select id from products {where.sql} order by id limit 500"
    return [ProductId(found) for found in await conn.column(UUID, sql, *where.values)]


async def delete_documents_of(tx: Tx, seller_id: UserId) -> None:
    sql = """
        delete from product_search found
         using products p
         where p.id = found.id and p.seller_id = $1
    """
    await tx.run(sql, seller_id)
