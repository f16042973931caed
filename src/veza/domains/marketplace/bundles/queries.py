"""Lists bundles, and what of them can be bought at the moment."""

from collections.abc import Sequence

from veza.core.ids import BundleId, ProductId, UserId
from veza.core.people import appearance
from veza.core.takedowns import takedown_column
from veza.core.visibility import active, suspended
from veza.domains.marketplace.bundles.models import (
    MAX_BUNDLES,
    MAX_PRODUCTS,
    BundleAttributes,
    BundledProduct,
    ExportedBundle,
    ListedProduct,
    NewBundle,
    StoredBundle,
)
from veza.domains.marketplace.products.models.forms import ProductStatus
from veza.domains.marketplace.products.shared_queries import on_sale
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind

_PRODUCT_IDS = """
    array(select n.product_id
            from bundle_products n
           where n.bundle_id = b.id
           order by n.position) as product_ids
"""

_SELECT_BUNDLE = f"""
    select b.id, b.seller_id, u.username, {appearance("u")} as appearance,
           ({suspended("u")} or b.owner_status is not null) as is_hidden, b.owner_status,
           {takedown_column("bundle", "b", "owner_status is not null")},
           b.title, b.description, b.contents, b.price_cents, b.percent_off, b.currency, b.status,
           b.created_at, {_PRODUCT_IDS}
      from bundles b
      join users u on u.id = b.seller_id
"""

_FIND_BUNDLE = f"{_SELECT_BUNDLE} where b.id = $1"


async def lock_seller(tx: Tx, seller_id: UserId) -> bool:
    """Lock a member, so that their bundles are counted; return False if they are suspended."""
    sql = f"select true from users where id = $1 and {active()} for no key update"
    return bool(await tx.value(bool, sql, seller_id))


async def lock_products(
    tx: Tx, seller_id: UserId, product_ids: Sequence[ProductId]
) -> list[ListedProduct]:
    """Lock and return those of the products that are a seller's, by id: none is deleted now."""
    sql = """
        select p.id, p.currency, p.status, p.has_variants
          from products p
         where p.id = any($2) and p.seller_id = $1
         order by p.id
           for key share
    """
    return await tx.all(ListedProduct, sql, seller_id, product_ids)


async def count_bundles(conn: Conn, seller_id: UserId) -> int:
    sql = "select count(*) from bundles where seller_id = $1"
    return await conn.value(int, sql, seller_id) or 0


async def insert_bundle(tx: Tx, bundle: NewBundle) -> None:
    sql = """
        insert into bundles (id, seller_id, title, description, contents, price_cents, percent_off,
                             currency, status)
             values (:id, :seller_id, :title, :description, :contents, :price_cents, :percent_off,
                     :currency, :status)
    """
    await tx.run(*bind(sql, bundle, bundle.attributes))


async def insert_products(tx: Tx, bundle_id: BundleId, product_ids: Sequence[ProductId]) -> None:
    """List the products of a bundle, in their order."""
    sql = """
        insert into bundle_products (bundle_id, position, product_id)
             select $1, g.position, g.product_id
               from unnest($2::uuid[]) with ordinality as g (product_id, position)
    """
    await tx.run(sql, bundle_id, product_ids)


async def delete_products(tx: Tx, bundle_id: BundleId) -> None:
    await tx.run("delete from bundle_products where bundle_id = $1", bundle_id)


async def update_bundle(
    tx: Tx, bundle_id: BundleId, attributes: BundleAttributes, *, status: ProductStatus
) -> None:
    sql = """
        update bundles
           set title = :title, description = :description, contents = :contents,
               price_cents = :price_cents, percent_off = :percent_off, currency = :currency,
               status = case when owner_status is null then :status else status end,
               owner_status = case when owner_status is null then null else :status end,
               updated_at = now()
         where id = :id
    """
    await tx.run(*bind(sql, attributes, id=bundle_id, status=status))


async def update_taken_down(tx: Tx, bundle_id: BundleId) -> None:
    """Withdraw a bundle, and keep what its seller chose."""
    sql = """
        update bundles
           set owner_status = status, status = 'withdrawn'
         where id = $1 and owner_status is null
    """
    await tx.run(sql, bundle_id)


async def update_restored(tx: Tx, bundle_id: BundleId) -> None:
    """Give a bundle back the status that its seller chose."""
    sql = """
        update bundles
           set status = owner_status, owner_status = null
         where id = $1 and owner_status is not null
    """
    await tx.run(sql, bundle_id)


async def update_seller(tx: Tx, seller_id: UserId, into_id: UserId) -> None:
    """Give all bundles of a page to another profile, with its products."""
    await tx.run("update bundles set seller_id = $2 where seller_id = $1", seller_id, into_id)


async def delete_bundle(tx: Tx, bundle_id: BundleId) -> None:
    await tx.run("delete from bundles where id = $1", bundle_id)


async def delete_bundles_of(tx: Tx, seller_id: UserId) -> None:
    await tx.run("delete from bundles where seller_id = $1", seller_id)


async def find_bundle(conn: Conn, bundle_id: BundleId) -> StoredBundle | None:
    return await conn.maybe(StoredBundle, _FIND_BUNDLE, bundle_id)


async def lock_bundle(tx: Tx, bundle_id: BundleId) -> StoredBundle | None:
    return await tx.maybe(StoredBundle, f"{_FIND_BUNDLE} for no key update of b", bundle_id)


async def list_published(conn: Conn, seller_id: UserId) -> list[StoredBundle]:
    """List the published bundles of a seller, newest first; none if they are suspended."""
    sql = f"""
        {_SELECT_BUNDLE}
         where b.seller_id = $1 and b.status = 'published' and {active("u")}
         order by b.id desc
         limit {MAX_BUNDLES:d}
    """
    return await conn.all(StoredBundle, sql, seller_id)


async def list_own(conn: Conn, seller_id: UserId, limit: int, offset: int) -> list[StoredBundle]:
    """List a page of a seller's bundles in every status, newest first."""
    sql = f"""
        {_SELECT_BUNDLE}
         where b.seller_id = $1
         order by b.id desc
         limit {limit:d} offset {offset:d}
    """
    return await conn.all(StoredBundle, sql, seller_id)


async def list_contents(
    conn: Conn, bundle_ids: Sequence[BundleId], viewer_id: UserId | None
) -> list[BundledProduct]:
    """List the products of bundles that can be bought now, by bundle, in their order.

    Nobody owns a service: what was made once is made again for who orders it again.
    """
    sql = f"""
        with contents as (
            select b.id as bundle_id, p.id as product_id, p.type, p.price_cents, n.position
              from bundles b
              join bundle_products n on n.bundle_id = b.id
              join products p on p.id = n.product_id
             where b.id = any($1) and p.seller_id = b.seller_id and p.currency = b.currency
               and {on_sale("p")} and not p.has_variants
             union all
            select b.id, newest.id, newest.type, newest.price_cents, newest.position
              from bundles b
              cross join lateral (
                  select p.id, p.type, p.price_cents,
                         row_number() over (order by p.published_at desc, p.id desc) as position
                    from products p
                   where p.seller_id = b.seller_id and p.currency = b.currency
                     and (b.contents = 'all_products' or p.type = 'album') and {on_sale("p")}
                     and not p.has_variants
                   order by p.published_at desc, p.id desc
                   limit {MAX_PRODUCTS:d}
              ) newest
             where b.id = any($1) and b.contents <> 'products'
        )
        select c.bundle_id, c.product_id, c.price_cents,
               c.type <> 'service' and exists (
                   select from licences l
                    where l.buyer_id = $2 and l.product_id = c.product_id) as is_owned
          from contents c
         order by c.bundle_id, c.position
    """
    return await conn.all(BundledProduct, sql, bundle_ids, viewer_id)


async def list_personal_bundles(conn: Conn, seller_id: UserId) -> list[ExportedBundle]:
    """List all bundles of a seller, newest first."""
    sql = f"""
        select b.id, b.title, b.description, b.contents, b.price_cents, b.percent_off, b.currency,
               coalesce(b.owner_status, b.status) as status, b.created_at, {_PRODUCT_IDS}
          from bundles b
         where b.seller_id = $1
         order by b.id desc
    """
    return await conn.every(ExportedBundle, sql, seller_id)
