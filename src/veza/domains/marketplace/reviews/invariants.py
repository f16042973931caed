"""Review counts and rating sums match the reviews, whose authors bought the product."""

INVARIANTS = {
    "a product's review count and rating sum match its reviews": """
        select 'product ' || p.id as "where", false as is_under_way
          from products p
          left join reviews r on r.product_id = p.id and not r.is_hidden
         group by p.id
        having (p.reviews_count, p.rating_sum) <> (count(r.id), coalesce(sum(r.rating), 0))
    """,
    "a review is of a product that its author bought": """
        select 'review ' || r.id as "where", false as is_under_way
          from reviews r
         where not exists (
             select from orders o
               join order_items i on i.order_id = o.id
              where o.id = r.order_id and o.buyer_id = r.buyer_id and o.paid_at is not null
                and not o.came_late and i.product_id = r.product_id
         )
    """,
}
