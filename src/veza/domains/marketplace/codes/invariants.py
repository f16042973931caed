"""Each used code has a paid order without money, and batches count their used codes."""

INVARIANTS = {
    "a used code has a paid order without money, and every such order has a code or a gift": """
        select 'order ' || i.order_id as "where", false as is_under_way
          from download_codes c
          join code_batches b on b.id = c.batch_id
          join order_items i on i.id = c.item_id
          join orders o on o.id = i.order_id
         where not i.is_redeemed or i.product_id <> b.product_id or o.total_cents <> 0
            or o.paid_at is null or o.came_late
            or (select count(*) from order_items n where n.order_id = o.id) <> 1
         union all
        select 'order ' || i.order_id, false
          from order_items i
         where i.is_redeemed and not i.is_received
           and not exists (select from download_codes c where c.item_id = i.id)
    """,
    "a batch has the codes that it says, and counts those that are used": """
        select 'batch ' || b.id as "where", false as is_under_way
          from code_batches b
          left join download_codes c on c.batch_id = b.id
         group by b.id
        having b.used_count <> count(c.item_id)
            or count(c.code_hash) <> case when b.revoked_at is null then b.codes_count
                                          else b.used_count end
    """,
}
