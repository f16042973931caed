"""Deletes products that were never ordered; withdraws the others of an erased seller."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from uuid import UUID

from veza.core.ids import ProductId, UserId
from veza.core.people import appearance
from veza.core.prices import ProductPrice
from veza.core.takedowns import takedown_column
from veza.core.track_covers import shown_cover
from veza.core.visibility import active, announced_release, published_track, suspended
from veza.domains.marketplace.products.models.forms import ProductStatus
from veza.domains.marketplace.products.models.products import (
    NewProduct,
    ProductAttributes,
    StoredProduct,
)
from veza.domains.marketplace.products.shared_queries import LOSSLESS
from veza.domains.music.credits.shared_queries import track_credits
from veza.domains.music.releases.errors import ReleaseNotFound
from veza.domains.music.tracks.errors import TrackNotFound
from veza.infra.postgres.anonymize import anonymized
from veza.infra.postgres.database import Conn, ConstraintViolation, Tx
from veza.infra.postgres.parameters import bind

FURTHER_PRICES = """
    (select coalesce(jsonb_agg(jsonb_build_object('currency', x.currency,
                                                  'price_cents', x.price_cents)
                               order by x.currency), '[]')
       from product_prices x
      where x.product_id = p.id) as prices
"""

PRODUCT_COLUMNS = f"""
    p.id, p.seller_id, u.username, {appearance("u")} as appearance,
    ({suspended("u")} or p.owner_status is not null) as is_hidden, p.owner_status,
    {takedown_column("product", "p", "owner_status is not null")}, p.title,
    p.description, p.type, p.price_cents, p.currency, p.licence, p.pricing, p.stock,
    p.service, {FURTHER_PRICES}, p.status,
    p.rating_average, p.reviews_count, p.sales_count, p.ordered_at is not null as is_ordered,
    p.has_variants, p.sold_exclusively_at is not null as is_sold_exclusively,
    p.created_at, p.published_at, p.track_id, t.title as track_title, a.id as artist_id,
    a.username as artist_name, {appearance("a")} as artist_appearance, t.duration_ms,
    t.is_explicit, t.ai, {shown_cover("t")}, t.artist_name as artist_line, {track_credits("t")},
    p.release_id,
    r.title as release_title, coalesce(r.artist_name, u.username) as release_artist,
    r.kind as release_kind, r.release_date, r.publish_at as release_publish_at,
    r.visibility as release_visibility, r.tracks_count as release_tracks_count,
    r.duration_ms as release_duration_ms, r.cover_image_id as release_cover_id,
    i.palette as release_palette, i.placeholder as release_placeholder
"""

# The track only if it is public. The release, which is always the seller's own, also if it is
# scheduled: by publishing the product the seller announces it.
PRODUCT_JOINS = f"""
    left join users u on u.id = p.seller_id
    left join (tracks t join users a on a.id = t.owner_id and {active("a")})
      on t.id = p.track_id and {published_track("t")}
    left join releases r
      on r.id = p.release_id and {active("u")}
         and {announced_release("r")}
    left join images i on i.id = r.cover_image_id
"""

# Reads all tracks of a release: for one product, and for the few that sell the same music.
HAS_LOSSY = f"""
    exists (select
              from release_tracks e
              join tracks n on n.id = e.track_id and n.status <> 'failed'
              join track_media m on m.track_id = n.id
             where e.release_id = p.release_id and m.original_kind not in {LOSSLESS}) as has_lossy
"""
_FIND_PRODUCT = f"""
    select {PRODUCT_COLUMNS}, {HAS_LOSSY}
      from products p
      {PRODUCT_JOINS}
     where p.id = $1
"""


async def lock_username(tx: Tx, user_id: UserId) -> str | None:
    """Lock a member and return their name; None if they are deleted or suspended."""
    sql = f"select username from users where id = $1 and {active()} for share"
    return await tx.value(str, sql, user_id)


async def insert_product(tx: Tx, product: NewProduct) -> None:
    sql = """
        insert into products (id, seller_id, title, type, price_cents, currency, description,
                              licence, track_id, release_id, pricing, status, stock, service,
                              published_at)
             values (:id, :seller_id, :title, :type, :price_cents, :currency, :description,
                     :licence, :track_id, :release_id, :pricing, :status, :stock, :service,
                     case when :status = 'published' then now() end)
    """
    await tx.run(*bind(sql, product, product.attributes))


async def insert_prices(tx: Tx, product_id: ProductId, prices: Sequence[ProductPrice]) -> None:
    sql = """
        insert into product_prices (product_id, currency, price_cents)
             select $1, g.currency, g.price_cents
               from unnest($2::text[], $3::integer[]) as g (currency, price_cents)
    """
    cents = [price.price_cents for price in prices]
    await tx.run(sql, product_id, [price.currency for price in prices], cents)


async def replace_prices(tx: Tx, product_id: ProductId, prices: Sequence[ProductPrice]) -> None:
    await tx.run("delete from product_prices where product_id = $1", product_id)
    await insert_prices(tx, product_id, prices)


async def find_product(conn: Conn, product_id: ProductId) -> StoredProduct | None:
    return await conn.maybe(StoredProduct, _FIND_PRODUCT, product_id)


async def list_by_id(conn: Conn, product_ids: Sequence[ProductId]) -> list[StoredProduct]:
    """List the given products, in no order."""
    sql = f"select {PRODUCT_COLUMNS} from products p {PRODUCT_JOINS} where p.id = any($1)"
    return await conn.all(StoredProduct, sql, product_ids)


async def has_variant_with_contents(conn: Conn, product_id: ProductId) -> bool:
    """Return whether a variant of a product includes its track or release."""
    sql = """
        select exists (select from product_variants where product_id = $1 and includes_contents)
    """
    return bool(await conn.value(bool, sql, product_id))


async def lock_product(tx: Tx, product_id: ProductId) -> StoredProduct | None:
    sql = f"{_FIND_PRODUCT} for no key update of p"
    return await tx.maybe(StoredProduct, sql, product_id)


async def update_product(
    tx: Tx,
    product_id: ProductId,
    attributes: ProductAttributes,
    *,
    status: ProductStatus,
) -> None:
    sql = """
        update products
           set title = :title, type = :type, price_cents = :price_cents, currency = :currency,
               description = :description, licence = :licence, track_id = :track_id,
               release_id = :release_id, pricing = :pricing, stock = :stock,
               service = :service,
               status = case when owner_status is null then :status else status end,
               owner_status = case when owner_status is null then null else :status end,
               published_at = case when :status = 'published' and owner_status is null
                                   then coalesce(published_at, now()) else published_at end,
               updated_at = now()
         where id = :id
    """
    await tx.run(*bind(sql, attributes, id=product_id, status=status))


async def update_taken_down(tx: Tx, product_id: ProductId) -> None:
    """Withdraw a product, and keep what its seller chose."""
    sql = """
        update products
           set owner_status = status, status = 'withdrawn'
         where id = $1 and owner_status is null
    """
    await tx.run(sql, product_id)


async def update_restored(tx: Tx, product_id: ProductId) -> None:
    """Give a product back the status that its seller chose."""
    sql = """
        update products
           set status = owner_status, owner_status = null,
               published_at = case when owner_status = 'published'
                                   then coalesce(published_at, now()) else published_at end
         where id = $1 and owner_status is not null
    """
    await tx.run(sql, product_id)


async def delete_product(tx: Tx, product_id: ProductId) -> None:
    await tx.run("delete from products where id = $1", product_id)


async def delete_unordered_of(tx: Tx, seller_id: UserId) -> list[ProductId]:
    """Delete a seller's products that were never ordered; return their ids."""
    sql = "delete from products where seller_id = $1 and ordered_at is null returning id"
    return [ProductId(found) for found in await tx.column(UUID, sql, seller_id)]


async def update_orphaned(tx: Tx, seller_id: UserId) -> None:
    """Withdraw a seller's remaining products and remove the seller from them.

    The title is kept, without the seller's name, so that buyers recognize the product.
    """
    sql = f"""
        update products p
           set status = 'withdrawn', owner_status = null, seller_id = null,
               title = {anonymized("p.title")}, description = '', licence = '',
               service = jsonb_set(p.service, array['questions'], '""'), updated_at = now()
          from users u
         where p.seller_id = u.id and u.id = $1
    """
    await tx.run(sql, seller_id)


async def update_nameless_files(tx: Tx, seller_id: UserId) -> None:
    """Remove a seller's name from the names of their files."""
    sql = f"""
        update product_files f
           set name = {anonymized("f.name")}
          from products p
          join users u on u.id = p.seller_id
         where f.product_id = p.id and u.id = $1
    """
    await tx.run(sql, seller_id)


async def update_seller(tx: Tx, seller_id: UserId, into_id: UserId) -> None:
    """Give all products of a page, which were never ordered, to another profile."""
    await tx.run("update products set seller_id = $2 where seller_id = $1", seller_id, into_id)
    sql = "update product_files set owner_id = $2 where owner_id = $1"
    await tx.run(sql, seller_id, into_id)


@contextmanager
def shown_must_exist() -> Generator[None]:
    """Raise TrackNotFound or ReleaseNotFound if what it shows was deleted concurrently."""
    try:
        yield
    except ConstraintViolation as error:
        if error.constraint == "products_track_id_fkey":
            raise TrackNotFound from error
        if error.constraint == "products_release_id_fkey":
            raise ReleaseNotFound from error
        raise
