"""Statements on what members bought, which other domains call."""

from veza.core.ids import OrderId, ProductId, SubjectId, TrackId, UserId
from veza.domains.marketplace.orders.models.checkout import Purchase
from veza.infra.postgres.database import Conn


async def find_purchase(conn: Conn, buyer_id: UserId, product_id: ProductId) -> Purchase | None:
    """Return the line by which a member owns a product, or owned it last."""
    sql = """
        select i.order_id, i.id as item_id, l.item_id is null as is_refunded
          from order_items i
          join orders o on o.id = i.order_id
          left join licences l on l.item_id = i.id
         where i.product_id = $2
           and o.buyer_id = $1
           and o.paid_at is not null
           and not o.came_late
         order by l.item_id is null, i.order_id desc
         limit 1
    """
    return await conn.maybe(Purchase, sql, buyer_id, product_id)


async def has_track(conn: Conn, buyer_id: UserId, track_id: TrackId) -> bool:
    """Return whether a member bought a track or a release with it, and may still download it."""
    sql = """
        select exists (
            select from licences l
              join order_items i on i.id = l.item_id
              join products p on p.id = l.product_id
             where l.buyer_id = $1 and i.refund_id is null and not i.is_undelivered
               and (i.track_id = $2
                    or exists (select from release_tracks e
                                where e.release_id = p.release_id and e.track_id = $2)
                    or exists (select from sold_tracks k
                                where k.product_id = p.id and k.track_id = $2))
        )
    """
    return bool(await conn.value(bool, sql, buyer_id, track_id))


async def is_track_ordered(conn: Conn, track_id: TrackId) -> bool:
    """Return whether a deleted track was ordered, alone or as a part of a release."""
    sql = """
        select exists (select from order_items where track_id = $1)
            or exists (select from sold_tracks where track_id = $1)
    """
    return bool(await conn.value(bool, sql, track_id))


async def has_undelivered(conn: Conn, order_id: OrderId, seller_subject: SubjectId) -> bool:
    """Return whether a buyer still waits for something that they paid this seller for."""
    sql = """
        select exists (
            select from order_items i
              join licences l on l.item_id = i.id
             where i.order_id = $1 and i.seller_subject = $2
               and i.is_undelivered and i.price_cents > 0
        )
    """
    return bool(await conn.value(bool, sql, order_id, seller_subject))
