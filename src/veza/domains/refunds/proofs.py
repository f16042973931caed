"""What can't be of refunds, beside the lines that they give back."""

from veza.domains.ledger.models import Proof

PROOFS = (
    Proof(
        "a refund gives back its own lines, and all of them alike",
        """
        with told as (
            select r.id, r.order_id, r.status = 'made' as is_made, i.item_id
              from refunds r
              join refund_items i on i.refund_id = r.id
             where r.status in ('pending', 'made')
        ), lines as (
            select refund_id, order_id, refunded_at is not null as is_made, id as item_id
              from order_items
             where refund_id is not null
        )
        select distinct 'refund ' || coalesce(t.id, l.refund_id) as "where",
               false as is_under_way
          from told t
          full join lines l on l.refund_id = t.id and l.item_id = t.item_id
         where (l.order_id, l.is_made) is distinct from (t.order_id, t.is_made)
        """,
    ),
    Proof(
        "a refund is as much as its lines cost, in the currency of its order",
        """
        select 'refund ' || r.id as "where", false as is_under_way
          from refunds r
          join orders o on o.id = r.order_id
          left join refund_items t on t.refund_id = r.id
          left join order_items i on i.id = t.item_id
         group by r.id, o.id
        having sum(i.price_cents) is distinct from r.amount_cents
            or r.currency <> o.currency
            or bool_or(i.order_id <> o.id)
        """,
    ),
    Proof(
        "what bought nothing goes back",
        """
        select 'order ' || o.id as "where",
               o.is_flagged
               or exists (select from refunds r
                           where r.order_id = o.id and r.status = 'pending')
               or exists (select from outbox e
                           where e.name = 'OrderToReturn'
                             and e.payload->>'order_id' = o.id::text) as is_under_way
          from orders o
         where o.came_late and o.status <> 'refunded'
        """,
    ),
)
