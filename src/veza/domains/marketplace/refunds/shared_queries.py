"""The statement that finds whom to notify of a refund."""

from veza.core.ids import RefundId
from veza.domains.marketplace.refunds.models import RefundParties
from veza.infra.postgres.database import Conn


async def find_parties(conn: Conn, refund_id: RefundId) -> RefundParties | None:
    sql = """
        select o.buyer_id, r.requested_by, o.came_late,
               array(select i.seller_id
                       from refund_items l
                       join order_items i on i.id = l.item_id
                      where l.refund_id = r.id and i.seller_id is not null
                      union
                     select p.party_id
                       from refund_items l
                       join order_item_parts p on p.item_id = l.item_id
                      where l.refund_id = r.id and p.party_id is not null) as seller_ids
          from refunds r
          join orders o on o.id = r.order_id
         where r.id = $1
    """
    return await conn.maybe(RefundParties, sql, refund_id)
