"""A refund is the sum of its lines, late payments are refunded, and the sandbox agrees."""

INVARIANTS = {
    "the lines of a refund are reserved or refunded together, and no others": """
        with claimed as (
            select r.id, r.order_id, r.status = 'made' as is_made, i.item_id
              from refunds r
              join refund_items i on i.refund_id = r.id
             where r.status in ('pending', 'unresolved', 'made')
        ), lines as (
            select refund_id, order_id, refunded_at is not null as is_made, id as item_id
              from order_items
             where refund_id is not null and not is_received and refund_id <> id
        )
        select distinct 'refund ' || coalesce(t.id, l.refund_id) as "where",
               false as is_under_way
          from claimed t
          full join lines l on l.refund_id = t.id and l.item_id = t.item_id
         where (l.order_id, l.is_made) is distinct from (t.order_id, t.is_made)
    """,
    "a refund has the mode of its order": """
        select 'refund ' || r.id as "where", false as is_under_way
          from refunds r
          join orders o on o.id = r.order_id
         where r.mode <> o.mode
    """,
    "the amount of a refund is the sum of its lines, in the currency of its order": """
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
    "a late payment is refunded": """
        select 'order ' || o.id as "where",
               exists (select from refunds r
                        where r.order_id = o.id and r.status in ('pending', 'unresolved', 'failed'))
               or exists (select from order_disputes d
                           where d.order_id = o.id and d.status in ('open', 'lost'))
               or exists (select from outbox e
                           where e.name = 'OrderToReturn'
                             and e.payload->>'order_id' = o.id::text) as is_under_way
          from orders o
         where o.came_late and o.status <> 'refunded'
    """,
    "payments and refunds of the sandbox match orders and refunds": """
        with claimed as (
            select o.id, o.poll_at, o.paid_at is not null as is_paid, o.total_cents, o.currency,
                   (select coalesce(sum(r.amount_cents), 0)
                      from refunds r
                     where r.order_id = o.id and r.status = 'made') as back_cents,
                   s.state = 'succeeded' as is_taken, s.amount_cents as taken_cents,
                   s.currency as taken_currency,
                   (select coalesce(sum(b.amount_cents), 0)
                      from sandbox_refunds b
                     where b.payment_id = s.id) as given_cents
              from orders o
              left join sandbox_payments s on s.id = o.payment_ref
             where o.provider = 'sandbox' and o.total_cents > 0
        )
        select 'order ' || t.id as "where",
               (t.poll_at is not null
                or exists (select from webhook_events e where e.done_at is null)
                or exists (select from refunds r
                            where r.order_id = t.id
                              and r.status in ('pending', 'unresolved')))
               and (not t.is_paid or coalesce(t.is_taken, false)) as is_under_way
          from claimed t
         where t.is_paid <> coalesce(t.is_taken, false)
            or t.given_cents <> t.back_cents
            or (t.is_paid and (t.taken_cents, t.taken_currency) <> (t.total_cents, t.currency))
    """,
}
