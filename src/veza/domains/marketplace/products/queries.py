"""Every SQL statement of the domain, one function each."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from msgspec import structs

from veza.core.ids import ProductFileId, ProductId, UserId
from veza.domains.marketplace.products.models import (
    FilePlace,
    ForSale,
    NamedProduct,
    NewProduct,
    OwnQuery,
    ProductFigures,
    ProductFile,
    ProductQuery,
    ProductTerms,
    Sort,
    Status,
    StoredFile,
    StoredProduct,
)
from veza.infra.postgres.anonymize import anonymized
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.where import Where

_PRODUCT = """
    p.id, p.seller_id, u.username, u.suspended_at is not null as is_hidden, p.title,
    p.description, p.type, p.price_cents, p.currency, p.licence, p.status, p.rating_average,
    p.reviews_count, p.sales_count, p.ordered_at is not null as is_ordered, p.created_at,
    p.published_at, p.track_id, t.title as track_title, a.id as artist_id,
    a.username as artist_name, t.duration_ms, t.has_cover
"""

# The track only where everybody may hear it.
_JOINS = """
    left join users u on u.id = p.seller_id
    left join (tracks t join users a on a.id = t.owner_id and a.suspended_at is null)
      on t.id = p.track_id and t.visibility = 'public' and t.status = 'ready'
"""

_IS_SHOWN = "p.status = 'published' and s.suspended_at is null"
_FILE = "id, product_id, name, size_bytes, content_type, sha256, created_at"

_ORDER = {
    Sort.NEWEST: "p.published_at desc, p.id desc",
    Sort.PRICE_ASC: "p.price_cents, p.id",
    Sort.PRICE_DESC: "p.price_cents desc, p.id desc",
    Sort.POPULAR: "p.sales_count desc, p.id desc",
    Sort.RATING: "coalesce(p.rating_average, 0) desc, p.reviews_count desc, p.id desc",
}
# What resembles far less than the best find is left out, so that an exact hit stands alone.
_ALIKE_ENOUGH = "0.55"


async def find_username(conn: Conn, user_id: UserId) -> str | None:
    """The name of a member who isn't suspended, and stays so."""
    sql = "select username from users where id = $1 and suspended_at is null for share"
    return await conn.value(str, sql, user_id)


async def insert_product(tx: Tx, product: NewProduct) -> None:
    sql = """
        insert into products (id, seller_id, title, type, price_cents, currency, description,
                              licence, track_id, status, search_text, published_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11,
                     case when $10 = 'published' then now() end)
    """
    terms = structs.astuple(product.terms)
    await tx.run(sql, product.id, product.seller_id, *terms, product.status, product.search_text)


async def find_product(conn: Conn, product_id: ProductId) -> StoredProduct | None:
    sql = f"""
        select {_PRODUCT}
          from products p
          {_JOINS}
         where p.id = $1
    """
    return await conn.maybe(StoredProduct, sql, product_id)


async def lock_product(tx: Tx, product_id: ProductId) -> StoredProduct | None:
    sql = f"""
        select {_PRODUCT}
          from products p
          {_JOINS}
         where p.id = $1
           for no key update of p
    """
    return await tx.maybe(StoredProduct, sql, product_id)


async def list_products(conn: Conn, wish: ProductQuery) -> list[StoredProduct]:
    """A page of what is published."""
    where = Where()
    source = _match(where, wish)
    resemblance = "found.resemblance desc, " if wish.words and wish.sort is None else ""
    sql = f"""
        {source}
        select {_PRODUCT}
          from found
          join products p on p.id = found.id
          {_JOINS}
         order by {resemblance}{_ORDER[wish.sort or Sort.NEWEST]}
         limit {wish.limit:d} offset {wish.offset:d}
    """
    return await conn.all(StoredProduct, sql, *where.values)


async def count_listed(conn: Conn, wish: ProductQuery) -> int:
    """How many there are in all pages."""
    where = Where()
    sql = f"{_match(where, wish)} select count(*) from found"
    return await conn.value(int, sql, *where.values) or 0


def _match(where: Where, wish: ProductQuery) -> str:
    """Begin a statement with `found`: the ids of what is asked for, and how well each fits."""
    words = [where.bind(word) for word in wish.words]
    whole = where.bind(" ".join(wish.words)) if words else ""
    where.add(_IS_SHOWN)
    if wish.type is not None:
        where.add("p.type = {}", wish.type)
    if wish.seller_id is not None:
        where.add("p.seller_id = {}", wish.seller_id)
    joined = "products p join users s on s.id = p.seller_id"
    if not words:
        return f"with found as not materialized (select p.id from {joined} {where.sql})"
    alike = " + ".join(f"word_similarity({word}, p.search_text)" for word in words)
    matches = " and ".join(f"m.search_text %> {word}" for word in words)
    return f"""
        with matched as materialized (
            -- By itself, so that the planner goes by the trigrams and never by the sellers.
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
                   >= (select max(resemblance) from fitting) * {_ALIKE_ENOUGH}
        )
    """


async def list_own(conn: Conn, seller_id: UserId, wish: OwnQuery) -> list[StoredProduct]:
    """A page of somebody's products, the latest first."""
    where = _whose(seller_id, wish.status)
    sql = f"""
        select {_PRODUCT}
          from products p
          {_JOINS}
        {where.sql}
         order by p.id desc
         limit {wish.limit:d} offset {wish.offset:d}
    """
    return await conn.all(StoredProduct, sql, *where.values)


async def count_own(conn: Conn, seller_id: UserId, status: Status | None) -> int:
    where = _whose(seller_id, status)
    sql = f"select count(*) from products p {where.sql}"
    return await conn.value(int, sql, *where.values) or 0


def _whose(seller_id: UserId, status: Status | None) -> Where:
    where = Where()
    where.add("p.seller_id = {}", seller_id)
    if status is not None:
        where.add("p.status = {}", status)
    return where


async def update_product(
    tx: Tx, product_id: ProductId, terms: ProductTerms, status: Status, *, search_text: str
) -> None:
    """Write what is said of a product, the terms in their order, and who may know of it."""
    sql = """
        update products
           set title = $2, type = $3, price_cents = $4, currency = $5, description = $6,
               licence = $7, track_id = $8, status = $9, search_text = $10, updated_at = now(),
               published_at = case when $9 = 'published' then coalesce(published_at, now())
                                   else published_at end
         where id = $1
    """
    await tx.run(sql, product_id, *structs.astuple(terms), status, search_text)


async def delete_product(tx: Tx, product_id: ProductId) -> None:
    await tx.run("delete from products where id = $1", product_id)


async def lock_for_sale(tx: Tx, product_ids: Sequence[ProductId]) -> list[ForSale]:
    """Those that are published by sellers who aren't suspended, locked in the order of their ids.

    Whoever orders the same waits a moment, and so does whoever changes it or takes it away. Sellers
    before what they sell: whoever erases one locks them first.
    """
    sql = """
        select p.id, p.seller_id, p.title, p.price_cents, p.currency, p.licence,
               case when p.type = 'track' then p.track_id end as track_id
          from products p
          join users s on s.id = p.seller_id
         where p.id = any($1) and p.status = 'published' and s.suspended_at is null
         order by p.id
           for key share of s
           for no key update of p
    """
    return await tx.all(ForSale, sql, product_ids)


async def update_ordered(tx: Tx, product_ids: Sequence[ProductId]) -> None:
    """Note of products, which are locked, that somebody ordered them."""
    sql = "update products set ordered_at = now() where id = any($1) and ordered_at is null"
    await tx.run(sql, product_ids)


async def add_to_sales_counts(tx: Tx, product_ids: list[ProductId], more: list[int]) -> None:
    """Count so many more sales of each, locked in the order of their ids."""
    sql = """
        with locked as (
            select p.id, tally.more
              from unnest($1::uuid[], $2::integer[]) as tally (id, more)
              join products p on p.id = tally.id
             order by p.id
               for no key update of p
        )
        update products p
           set sales_count = p.sales_count + locked.more
          from locked
         where p.id = locked.id
    """
    await tx.run(sql, product_ids, more)


async def lock_counts(tx: Tx, product_ids: Sequence[ProductId]) -> None:
    sql = "select id from products where id = any($1) order by id for no key update"
    await tx.column(UUID, sql, product_ids)


async def add_to_ratings(
    tx: Tx, product_ids: list[ProductId], reviews: list[int], rating_sums: list[int]
) -> None:
    """Count so many more reviews of each, which is locked, and add to the sums of their ratings."""
    sql = """
        update products
           set reviews_count = reviews_count + more.reviews,
               rating_sum = products.rating_sum + more.rating_sum
          from unnest($1::uuid[], $2::integer[], $3::integer[]) as more (id, reviews, rating_sum)
         where products.id = more.id
    """
    await tx.run(sql, product_ids, reviews, rating_sums)


async def insert_upload(tx: Tx, place: FilePlace) -> None:
    sql = "insert into product_uploads (file_id, product_id) values ($1, $2)"
    await tx.run(sql, place.file_id, place.product_id)


async def delete_upload(tx: Tx, file_id: ProductFileId) -> None:
    await tx.run("delete from product_uploads where file_id = $1", file_id)


async def list_old_uploads(conn: Conn, age: timedelta) -> list[FilePlace]:
    """Uploads that began longer ago and never ended."""
    sql = """
        select product_id, file_id
          from product_uploads
         where started_at < now() - $1::interval
         order by started_at
         limit 1000
    """
    return await conn.all(FilePlace, sql, age)


async def count_places_taken(conn: Conn, product_id: ProductId) -> int:
    """How many files a product has, those on their way included."""
    sql = """
        select (select count(*) from product_files where product_id = $1)
             + (select count(*) from product_uploads where product_id = $1)
    """
    return await conn.value(int, sql, product_id) or 0


async def insert_file(tx: Tx, file: StoredFile) -> ProductFile:
    """Add a file to a product, which is locked, behind the others."""
    sql = f"""
        insert into product_files (id, product_id, name, size_bytes, content_type, sha256, position)
             select $1, $2, $3, $4, $5, $6, coalesce(max(position) + 1, 0)
               from product_files
              where product_id = $2
          returning {_FILE}
    """
    place = file.place
    facts = (file.name, file.size_bytes, file.content_type, file.sha256)
    return await tx.one(ProductFile, sql, place.file_id, place.product_id, *facts)


async def list_files(conn: Conn, product_ids: Sequence[ProductId]) -> list[ProductFile]:
    """The files of products, each product's in their order."""
    sql = f"""
        select {_FILE}
          from product_files
         where product_id = any($1)
         order by product_id, position
    """
    return await conn.all(ProductFile, sql, product_ids)


async def delete_file(tx: Tx, place: FilePlace) -> bool:
    """False where the product has no such file."""
    sql = "delete from product_files where id = $1 and product_id = $2"
    return await tx.run(sql, place.file_id, place.product_id) == 1


async def lock_named_products(
    tx: Tx, seller_id: UserId, after: ProductId | None
) -> list[NamedProduct]:
    """Somebody's products in the order of their ids, 500 at a time."""
    where = Where()
    where.add("seller_id = {}", seller_id)
    if after is not None:
        where.add("id > {}", after)
    sql = f"""
        select id, title, type
          from products
        {where.sql}
         order by id
         limit 500
           for no key update
    """
    return await tx.all(NamedProduct, sql, *where.values)


async def update_search_texts(tx: Tx, product_ids: list[ProductId], texts: list[str]) -> None:
    sql = """
        update products
           set search_text = fresh.search_text
          from unnest($1::uuid[], $2::text[]) as fresh (id, search_text)
         where products.id = fresh.id
    """
    await tx.run(sql, product_ids, texts)


async def delete_unordered_of(tx: Tx, seller_id: UserId) -> list[ProductId]:
    """Delete what nobody ordered of a seller's products; tell which."""
    sql = "delete from products where seller_id = $1 and ordered_at is null returning id"
    return [ProductId(found) for found in await tx.column(UUID, sql, seller_id)]


async def update_orphaned(tx: Tx, seller_id: UserId) -> None:
    """Withdraw what is left of a seller's products, and forget whose they were.

    Their buyers know them by the title; what else was said of them nobody reads any more.
    """
    sql = f"""
        update products p
           set status = 'withdrawn', seller_id = null, title = {anonymized("p.title")},
               description = '', licence = '', search_text = '', updated_at = now()
          from users u
         where p.seller_id = u.id and u.id = $1
    """
    await tx.run(sql, seller_id)


async def update_nameless_files(tx: Tx, seller_id: UserId) -> None:
    """Leave out of the names of a seller's files who they are."""
    sql = f"""
        update product_files f
           set name = {anonymized("f.name")}
          from products p
          join users u on u.id = p.seller_id
         where f.product_id = p.id and u.id = $1
    """
    await tx.run(sql, seller_id)


async def count_products(conn: Conn) -> ProductFigures:
    sql = """
        select count(*) as total,
               count(*) filter (where status = 'published') as published,
               (select coalesce(sum(size_bytes), 0)::bigint from product_files) as files_bytes
          from products
    """
    return await conn.one(ProductFigures, sql)
