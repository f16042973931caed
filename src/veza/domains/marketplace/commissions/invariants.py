"""A service that is paid has a commission, and its seller is paid once it is accepted."""

# Orders with pending events for commissions.
_PENDING = """
    select payload->>'order_id'
      from outbox
     where name in ('OrderPaid', 'OrderRefunded', 'OrderDisputed')
"""

INVARIANTS = {
    "a service that is paid has a commission": f"""
        select 'line ' || i.id as "where", i.order_id::text in ({_PENDING}) as is_under_way
          from order_items i
          join licences l on l.item_id = i.id
          left join commissions c on c.id = i.id
         where i.service is not null and c.id is null
    """,
    "a service is delivered once its commission is accepted": """
        select 'commission ' || c.id as "where", false as is_under_way
          from commissions c
          join order_items i on i.id = c.id
         where i.service is null
            or i.order_id <> c.order_id
            or (c.status = 'accepted' and i.is_undelivered)
            or (c.status not in ('accepted', 'cancelled') and not i.is_undelivered)
    """,
    "the payment of a cancelled commission is returned, and of no other": f"""
        select 'commission ' || c.id as "where", c.order_id::text in ({_PENDING}) as is_under_way
          from commissions c
          join order_items i on i.id = c.id
          left join licences l on l.item_id = c.id
         where case when c.status = 'cancelled' then l.item_id is not null
                    else i.refunded_at is not null end
    """,
}
