"""The data of a receipt: a paid order, and the address of its buyer."""

from veza.core.ids import OrderId
from veza.domains.marketplace.receipts.models import Receipt, ReceiptLine
from veza.infra.postgres.database import Conn


async def find_receipt(conn: Conn, order_id: OrderId) -> Receipt | None:
    """Return a paid order and its buyer; None if it bought nothing, or the buyer is gone.

    What a page bought, who founded it reads.
    """
    sql = """
        select o.id as order_id, m.id as buyer_id, m.email,
               m.email_verified_at is not null as is_verified,
               coalesce(m.language, 'en') as language, o.total_cents, o.currency
          from orders o
          join users u on u.id = o.buyer_id
          join users m on m.id = case
                   when u.page_kind is null then u.id
                   else (select w.user_id
                           from profile_members w
                          where w.profile_id = u.id and w.role = 'owner'
                          order by w.joined_at, w.user_id
                          limit 1) end
         where o.id = $1 and o.paid_at is not null and not o.came_late
    """
    return await conn.maybe(Receipt, sql, order_id)


async def list_lines(conn: Conn, order_id: OrderId, *, most: int) -> list[ReceiptLine]:
    sql = f"""
        select i.kind, i.title, coalesce(u.display_name, u.username) as seller, i.price_cents,
               i.price_cents + i.reduced_cents as list_cents,
               array(select r.label
                       from order_item_reductions r
                      where r.item_id = i.id
                      order by r.position) as causes,
               i.tax_rate, i.tax_cents
          from order_items i
          left join users u on u.id = i.seller_id
         where i.order_id = $1
         order by i.id
         limit {most:d}
    """
    return await conn.all(ReceiptLine, sql, order_id)
