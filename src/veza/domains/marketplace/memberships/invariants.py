"""Paid periods are those of paid lines, and nobody loses what is paid."""

# Lines of memberships that are paid, and not returned: refunded, or lost by disputes.
_LINES = """
    select i.id, i.order_id,
           o.paid_at is not null and not o.came_late and i.refunded_at is null
           and i.price_cents > coalesce((
               select sum(s.amount_cents)
                 from dispute_shares s
                 join order_disputes d on d.id = s.dispute_id and d.status = 'lost'
                where s.item_id = i.id
           ), 0) as is_held
      from order_items i
      join orders o on o.id = i.order_id
     where i.kind = 'membership'
"""

INVARIANTS = {
    "a period of a membership is paid while its line is paid and not returned": f"""
        select 'line ' || coalesce(l.id, p.item_id) as "where", false as is_under_way
          from ({_LINES}) l
          full join membership_periods p on p.item_id = l.id
         where coalesce(l.is_held, false) <> coalesce(p.is_paid, false)
    """,
    "paid periods of a membership have one number each, and don't overlap": """
        select distinct 'membership ' || p.membership_id as "where", false as is_under_way
          from membership_periods p
          join membership_periods n
            on n.membership_id = p.membership_id and n.item_id > p.item_id and n.is_paid
         where p.is_paid
           and (n.number = p.number
                or n.starts_at < coalesce(p.cut_at, p.ends_at)
                   and p.starts_at < coalesce(n.cut_at, n.ends_at))
    """,
    "a member has access until the end of what is paid": """
        select distinct 'membership ' || m.id as "where", false as is_under_way
          from memberships m
          join membership_periods p on p.membership_id = m.id and p.is_paid
         where m.member_id is not null and m.profile_id is not null
           and coalesce(m.access_until, '-infinity') < coalesce(p.cut_at, p.ends_at)
    """,
    "a period has one order that may be paid": """
        select 'membership ' || p.membership_id as "where", false as is_under_way
          from membership_periods p
          join order_items i on i.id = p.item_id
          join orders o on o.id = i.order_id
          join memberships m on m.id = p.membership_id and m.state <> 'ended'
         where o.status in ('pending', 'failed')
         group by p.membership_id, p.number
        having count(*) > 1
    """,
    "nothing is charged to a membership that ends": """
        select 'membership ' || id as "where", false as is_under_way
          from memberships
         where next_charge_at is not null and (state = 'ended' or cancelled_at is not null)
    """,
}
