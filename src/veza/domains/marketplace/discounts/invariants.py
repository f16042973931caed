"""Uses are those of orders that were not cancelled, and a code takes off its seller's prices."""

INVARIANTS = {
    "a discount counts its uses": """
        select 'discount ' || d.id as "where", false as is_under_way
          from discounts d
          left join discount_uses u on u.discount_id = d.id
         group by d.id
        having d.used_count <> count(u.order_id)
    """,
    "an order uses a discount as long as it buys anything at a price that a code reduced": """
        with reduced as (
            select distinct i.order_id, r.reference_id as discount_id
              from order_item_reductions r
              join order_items i on i.id = r.item_id
              join orders o on o.id = i.order_id
              join discounts d on d.id = r.reference_id
             where r.cause = 'code' and o.status <> 'cancelled' and not o.came_late
        )
        select 'order ' || coalesce(r.order_id, u.order_id) as "where", false as is_under_way
          from reduced r
          full join discount_uses u on u.order_id = r.order_id and u.discount_id = r.discount_id
         where r.order_id is null or u.order_id is null
    """,
    "a code reduces the prices of its seller's products alone": """
        select 'order ' || i.order_id as "where", false as is_under_way
          from order_item_reductions r
          join discounts d on d.id = r.reference_id
          join order_items i on i.id = r.item_id
         where r.cause = 'code' and i.seller_id is not null and i.seller_id <> d.seller_id
    """,
}
