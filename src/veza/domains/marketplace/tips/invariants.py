"""Each line of a tip has its row in `tips`, and no other line has one."""

INVARIANTS = {
    "a line is a tip if and only if it has a row of tips": """
        select 'line ' || coalesce(i.id, t.item_id) as "where",
               'kind ' || i.kind || case when t.item_id is null then ', no row' else ', a row' end
                   as what,
               false as is_under_way
          from order_items i
          left join tips t on t.item_id = i.id
         where (i.kind = 'tip') <> (t.item_id is not null)
    """,
}
