"""A gift line has its gift, and what was redeemed has exactly one line of another order."""

INVARIANTS = {
    "a line that is a gift has a gift, and no other line has one": """
        select 'order ' || i.order_id as "where", false as is_under_way
          from order_items i
          left join gifts g on g.item_id = i.id
         where i.is_gift <> (g.item_id is not null)
    """,
    "a redeemed gift has exactly one line, of the same product and without a price": """
        select 'order ' || i.order_id as "where", false as is_under_way
          from gifts g
          join order_items i on i.id = g.item_id
          left join order_items r on r.id = g.redeemed_item_id
         where g.redeemed_at is not null
           and (r.id is null or not r.is_received or r.product_id <> i.product_id
                or r.price_cents <> 0 or r.order_id = i.order_id)
         union all
        select 'order ' || r.order_id, false
          from order_items r
          left join gifts g on g.redeemed_item_id = r.id
         where r.is_received and g.item_id is null
    """,
    "what was received is taken back when its gift is returned, and only then": """
        select 'order ' || r.order_id as "where",
               exists (select from outbox e
                        where e.name in ('OrderRefunded', 'OrderDisputed')
                          and e.payload->>'order_id' = i.order_id::text) as is_under_way
          from gifts g
          join order_items i on i.id = g.item_id
          join order_items r on r.id = g.redeemed_item_id
         where i.is_given <> (r.refunded_at is null)
    """,
}
