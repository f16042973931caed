"""Each line of a tip has its row in `tips`; of others only the words with a monthly tip."""

INVARIANTS = {
    "a tip has a row of tips, and no product has one": """
        select 'line ' || coalesce(i.id, t.item_id) as "where",
               'kind ' || i.kind || case when t.item_id is null then ', no row' else ', a row' end
                   as what,
               false as is_under_way
          from order_items i
          left join tips t on t.item_id = i.id
         where i.kind = 'tip' and t.item_id is null
            or t.item_id is not null and coalesce(i.kind, 'product') = 'product'
    """,
}
