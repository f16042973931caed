"""The number of listed products is the sum of its changes, without suspended sellers."""

INVARIANTS = {
    "the number of listed products is the sum of its changes": """
        select 'products' as "where", false as is_under_way
         where (select coalesce(sum(difference), 0) from product_count_changes)
               <> (select count(*) from products where status = 'published' and not is_hidden)
    """,
    "a product is hidden from counts while its seller is suspended": """
        select 'product ' || p.id as "where",
               exists (select from jobs j
                        where j.name = 'RecountMember'
                          and convert_from(j.payload, 'utf8')::jsonb ->> 'user_id' = u.id::text)
               or exists (select from outbox o
                           where o.name in ('UserSuspended', 'UserUnsuspended')
                             and o.payload ->> 'user_id' = u.id::text) as is_under_way
          from products p
          join users u on u.id = p.seller_id
         where p.is_hidden <> (u.suspended_at is not null)
    """,
}
