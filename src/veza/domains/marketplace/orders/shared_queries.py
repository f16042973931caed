"""Statements on what members bought, which other domains call."""

from collections.abc import Sequence
from uuid import UUID

from veza.core.ids import OrderId, ProductId, SubjectId, TrackId, UserId, VariantId
from veza.core.takedowns import revoked, revoked_item
from veza.domains.marketplace.orders.models.checkout import OrderedTrack, Purchase
from veza.infra.postgres.database import Conn


def divide_by_party(lines: str) -> str:
    """Return a select of what is due to each party of an order, from one of what lines earn.

    The lines have the columns `id`, `order_id`, `seller_subject`, `currency`, `mode` and
    `due_cents`. The amounts of a line are divided as by `core.money.divide`.
    """
    return f"""
        select d.order_id, d.party_subject, d.currency, d.mode,
               sum(d.whole_cents + case when d.rank <= d.left_cents then 1 else 0 end)::bigint
                   as due_cents
          from (
              select c.order_id, c.party_subject, c.currency, c.mode, c.whole_cents,
                     c.due_cents - sum(c.whole_cents) over (partition by c.id) as left_cents,
                     row_number() over (partition by c.id
                                        order by c.fraction desc, c.position) as rank
                from (
                    select l.id, l.order_id, l.currency, l.mode, l.due_cents::bigint as due_cents,
                           coalesce(p.position, 1) as position,
                           coalesce(p.party_subject, l.seller_subject) as party_subject,
                           div(l.due_cents * coalesce(p.parts_per_10000, 10000), 10000)
                               as whole_cents,
                           mod(l.due_cents * coalesce(p.parts_per_10000, 10000), 10000)
                               as fraction
                      from ({lines}) l
                      left join order_item_parts p on p.item_id = l.id
                ) c
          ) d
         group by d.order_id, d.party_subject, d.currency, d.mode
    """


async def find_purchase(conn: Conn, buyer_id: UserId, product_id: ProductId) -> Purchase | None:
    """Return the line by which a member owns a product, or owned it last; not one they gave."""
    sql = """
        select i.order_id, i.id as item_id, l.item_id is null as is_refunded,
               i.variant_id is not null as is_variant,
               array(select v.variant_id
                       from order_items v
                       join orders b on b.id = v.order_id
                       join licences k on k.item_id = v.id
                      where v.product_id = $2 and v.variant_id is not null and b.buyer_id = $1
                      order by v.order_id) as variant_ids
          from order_items i
          join orders o on o.id = i.order_id
          left join licences l on l.item_id = i.id
         where i.product_id = $2
           and not i.is_gift
           and o.buyer_id = $1
           and o.paid_at is not null
           and not o.came_late
         order by l.item_id is null, i.variant_id is not null, i.order_id desc
         limit 1
    """
    return await conn.maybe(Purchase, sql, buyer_id, product_id)


async def list_owned(
    conn: Conn, buyer_id: UserId, product_ids: Sequence[ProductId]
) -> list[ProductId]:
    """Return those of the products that a member owns whole, not by a variant alone, by id."""
    sql = """
        select distinct i.product_id
          from orders o
          join order_items i
            on i.order_id = o.id and i.product_id = any($2) and i.variant_id is null
          join licences l on l.item_id = i.id
         where o.buyer_id = $1
         order by i.product_id
    """
    return [ProductId(found) for found in await conn.column(UUID, sql, buyer_id, product_ids)]


async def list_owned_variants(
    conn: Conn, buyer_id: UserId, variant_ids: Sequence[VariantId]
) -> list[VariantId]:
    """Return those of the variants that a member owns."""
    sql = """
        select i.variant_id
          from orders o
          join order_items i on i.order_id = o.id and i.variant_id = any($2)
          join licences l on l.item_id = i.id
         where o.buyer_id = $1
    """
    return [VariantId(found) for found in await conn.column(UUID, sql, buyer_id, variant_ids)]


def licences_of(buyer: str, product: str | None = None) -> str:
    """Return a select of the licences of an account, with its further ones of the same products.

    Of these no account is the holder in the table: the order that they are in is the account's.
    """
    further = "" if product is None else f"and i.product_id = {product}"
    held = "" if product is None else f"and l.product_id = {product}"
    return f"""
        select l.item_id, l.product_id
          from licences l
         where l.buyer_id = {buyer} {held}
         union all
        select l.item_id, l.product_id
          from orders o
          join order_items i on i.order_id = o.id {further}
          join licences l on l.item_id = i.id and l.buyer_id is null
         where o.buyer_id = {buyer}
    """


def bundle_of(item: str) -> str:
    """Return the id of the bundle that a line was bought in, whatever that made of its price.

    Lines that were ordered before `bundle_id` was stored have it in their reductions.
    """
    return f"""coalesce({item}.bundle_id, (
        select r.reference_id from order_item_reductions r
         where r.item_id = {item}.id and r.cause = 'bundle'))
    """


def revoked_line(item: str, product: str) -> str:
    """Return the condition that a line is taken from its buyer, of the aliases of both.

    With its product, what that sells, or the bundle that it was bought in: its own, or that of the
    gift that it was received as. The same product that was bought alone stays.
    """
    return f"""({revoked(product)} or exists (
        select from order_items b
         where {revoked_item("bundle", bundle_of("b"))}
           and b.id = case when {item}.is_received then (
                   select g.item_id from gifts g where g.redeemed_item_id = {item}.id)
               else {item}.id end))
    """


def granted_tracks(buyer: str) -> str:
    """Return a select of the tracks that an account bought and may still download, by `track_id`.

    Alone, in a release, or with a variant that includes the contents; a track may be there twice.
    """
    return f"""
        select k.track_id
          from ({licences_of(buyer)}) l
          join order_items i on i.id = l.item_id
          join products p on p.id = l.product_id
         cross join lateral (
               select i.track_id
                union all
               select e.track_id from release_tracks e where e.release_id = p.release_id
                union all
               select s.track_id from sold_tracks s where s.product_id = p.id
               ) k
         where k.track_id is not null and i.refund_id is null and not i.is_undelivered
           and not {revoked_line("i", "p")} and not {revoked_item("track", "k.track_id")}
           and (i.variant is null or (i.variant->>'includes_contents')::boolean)
    """


async def has_track(conn: Conn, buyer_id: UserId, track_id: TrackId) -> bool:
    """Return whether a member bought a track or a release with it, and may still download it."""
    sql = f"select exists (select from ({granted_tracks('$1')}) g where g.track_id = $2)"
    return bool(await conn.value(bool, sql, buyer_id, track_id))


async def list_ordered_tracks(conn: Conn, order_id: OrderId) -> list[OrderedTrack]:
    """Return the tracks whose originals an order gives, unless refunded or taken from buyers."""
    sql = f"""
        select l.product_id, i.track_id
          from order_items i
          join licences l on l.item_id = i.id
          join products p on p.id = i.product_id
         where i.order_id = $1 and i.track_id is not null and i.refund_id is null
           and not i.is_undelivered
           and not {revoked_line("i", "p")} and not {revoked_item("track", "i.track_id")}
         order by i.position
    """
    return await conn.all(OrderedTrack, sql, order_id)


async def is_track_ordered(conn: Conn, track_id: TrackId) -> bool:
    """Return whether a deleted track was ordered, alone or as a part of a release."""
    sql = """
        select exists (select from order_items where track_id = $1)
            or exists (select from sold_tracks where track_id = $1)
    """
    return bool(await conn.value(bool, sql, track_id))


async def has_undelivered(conn: Conn, order_id: OrderId, seller_subject: SubjectId) -> bool:
    """Return whether a buyer still waits for something that they paid this party for."""
    sql = """
        select exists (
            select from order_items i
              left join licences l on l.item_id = i.id
              left join order_item_parts p on p.item_id = i.id
             where i.order_id = $1 and coalesce(p.party_subject, i.seller_subject) = $2
               and i.is_undelivered and i.price_cents > 0
               and (l.item_id is not null or i.is_given)
        )
    """
    return bool(await conn.value(bool, sql, order_id, seller_subject))
