"""Totals, postings, licences and counts follow from the lines of an order."""

from veza.domains.marketplace.orders.shared_queries import divide_by_party

# Amounts of each line in open or lost disputes; `lost_cents` are lost for good.
_DISPUTED = """
    select s.item_id,
           sum(s.amount_cents) as amount_cents,
           sum(s.net_cents) as net_cents,
           coalesce(sum(s.amount_cents) filter (where d.status = 'lost'), 0) as lost_cents
      from dispute_shares s
      join order_disputes d on d.id = s.dispute_id
     where d.status in ('open', 'lost')
     group by s.item_id
"""

# The lines of paid orders, with their refunded and disputed amounts.
_LINES = f"""
    select i.id, i.order_id, i.kind, i.product_id, i.variant_id, i.seller_subject, i.price_cents,
           i.net_cents, o.buyer_id, o.is_guest, o.currency, o.mode, o.came_late, i.is_gift,
           i.is_given, i.is_received, i.refunded_at is not null as is_refunded,
           i.service is not null as is_service,
           i.refund_id is not null and i.refunded_at is null as is_pending,
           coalesce(b.lost_cents, 0) as lost_cents,
           i.refunded_at is not null
           or ((o.came_late or i.price_cents > 0)
               and i.price_cents <= coalesce(b.lost_cents, 0)) as is_back,
           case when o.came_late or i.refunded_at is not null then 0
                else i.net_cents - coalesce(b.net_cents, 0) end as due_cents
      from order_items i
      join orders o on o.id = i.order_id and o.paid_at is not null
      left join ({_DISPUTED}) b on b.item_id = i.id
"""

# The frozen fee and net of lines that are split.
_SPLIT_FEES = """
    select i.id, i.order_id, i.seller_subject, o.currency, o.mode, i.fee_cents as due_cents
      from order_items i
      join orders o on o.id = i.order_id
     where exists (select from order_item_parts p where p.item_id = i.id)
"""
_SPLIT_NETS = """
    select i.id, i.order_id, i.seller_subject, o.currency, o.mode, i.net_cents as due_cents
      from order_items i
      join orders o on o.id = i.order_id
     where exists (select from order_item_parts p where p.item_id = i.id)
"""

_ENTRIES = """
    select p.kind, p.reference_id, a.key as account, e.amount_cents
      from ledger_postings p
      join ledger_entries e on e.posting_id = p.id
      join ledger_accounts a on a.number = e.account_number
"""

# The postings of each order: sales, refunds and disputes.
_ORDER_ENTRIES = f"""
    select m.account, m.amount_cents, coalesce(r.order_id, d.order_id, m.reference_id) as order_id
      from ({_ENTRIES}) m
      left join (select distinct refund_id, order_id from order_items where refund_id is not null) r
        on m.kind in ('refund', 'return') and r.refund_id = m.reference_id
      left join order_disputes d
        on m.kind in ('dispute', 'dispute_won') and d.id = m.reference_id
     where m.kind in ('sale', 'late_payment', 'refund', 'return', 'dispute', 'dispute_won')
"""

INVARIANTS = {
    "the total of an order is the sum of its lines": """
        select 'order ' || o.id as "where", false as is_under_way
          from orders o
          left join order_items i on i.order_id = o.id
         group by o.id
        having o.total_cents is distinct from sum(i.price_cents)
    """,
    "no line was sold below the price that it had, or the least that its buyer could pay": """
        select 'order ' || order_id as "where", false as is_under_way
          from order_items
         where price_cents < minimum_cents and not is_redeemed
    """,
    "what was taken off the price of a line is the sum of its reductions": """
        select 'order ' || i.order_id as "where", false as is_under_way
          from order_items i
          left join order_item_reductions r on r.item_id = i.id
         group by i.id
        having i.reduced_cents <> coalesce(sum(r.amount_cents), 0)
    """,
    "a line holds a unit of the stock only while it may be paid, or its buyer has it": f"""
        select 'order ' || i.order_id as "where", false as is_under_way
          from order_items i
          join orders o on o.id = i.order_id
          left join ({_DISPUTED}) b on b.item_id = i.id
         where i.holds_unit
           and (o.came_late or o.status = 'cancelled' or i.refunded_at is not null or i.is_redeemed
                or (o.paid_at is not null and i.price_cents > 0
                    and i.price_cents <= coalesce(b.lost_cents, 0)))
    """,
    "one exclusive licence of a product stands at most, and none was sold after it": """
        select 'product ' || p.id as "where", false as is_under_way
          from order_items i
          join licences l on l.item_id = i.id
          join products p on p.id = i.product_id
         where i.variant->>'kind' = 'exclusive'
           and (p.exclusive_item_id is distinct from i.id or p.sold_exclusively_at is null)
         union
        select 'product ' || p.id, false
          from products p
          join order_items i on i.product_id = p.id and i.id <> p.exclusive_item_id
          join orders o on o.id = i.order_id
         where not i.is_received and not o.came_late and o.paid_at > p.sold_exclusively_at
           and (i.is_given or exists (select from licences l where l.item_id = i.id))
    """,
    "an exclusive order holds its product while it may be paid, or its buyer has it": """
        select 'order ' || o.id as "where", false as is_under_way
          from order_items i
          join orders o on o.id = i.order_id
          left join products p on p.exclusive_item_id = i.id
         where i.variant->>'kind' = 'exclusive'
           and ((o.status in ('pending', 'failed') and p.id is null)
                or (p.id is not null and (o.status = 'cancelled' or o.came_late
                                          or i.refunded_at is not null)))
    """,
    "who paid for a release that is to come waits for one that will be published": """
        select 'order ' || i.order_id as "where", false as is_under_way
          from order_items i
          left join licences l on l.item_id = i.id
          join products p on p.id = i.product_id
          left join releases r on r.id = p.release_id
         where i.is_undelivered and i.service is null
           and i.price_cents > 0 and p.seller_id is not null
           and (l.item_id is not null or i.is_given)
           and (r.id is null or (r.visibility = 'private' and r.publish_at is null))
    """,
    "a paid order is posted once, with the amounts of its lines": f"""
        with sold as (
            select o.id as order_id,
                   case when o.came_late then 'late_payment' else 'sale' end as kind,
                   e.account, e.amount_cents
              from orders o
              join lateral (
                      select ledger_account_key('payments', o.provider, o.currency, o.mode)
                             as account, -o.total_cents as amount_cents
                       union all
                      select ledger_account_key('returns', null, o.currency, o.mode), o.total_cents
                        where o.came_late
                       union all
                      select ledger_account_key('fees', null, o.currency, o.mode), sum(i.fee_cents)
                        from order_items i
                       where i.order_id = o.id and not o.came_late
                       union all
                      select ledger_account_key('earned',
                                                coalesce(p.party_subject, i.seller_subject)::text,
                                                o.currency, o.mode),
                             sum(coalesce(p.net_cents, i.net_cents))
                        from order_items i
                        left join order_item_parts p on p.item_id = i.id
                       where i.order_id = o.id and not o.came_late
                       group by coalesce(p.party_subject, i.seller_subject)
                   ) e on e.amount_cents <> 0
             where o.paid_at is not null
        ), posted as (
            select m.reference_id as order_id, m.kind, m.account, m.amount_cents
              from ({_ENTRIES}) m
             where m.kind in ('sale', 'late_payment')
        )
        select distinct 'order ' || coalesce(s.order_id, p.order_id) as "where",
               false as is_under_way
          from sold s
          full join posted p
            on p.order_id = s.order_id and p.kind = s.kind and p.account = s.account
         where p.amount_cents is distinct from s.amount_cents
    """,
    "a refund or dispute is posted once, with its amount": f"""
        with gone as (
            select case when o.came_late then 'return' else 'refund' end as kind,
                   i.refund_id as reference_id,
                   ledger_account_key('payments', o.provider, o.currency, o.mode) as account,
                   sum(i.price_cents) as amount_cents
              from order_items i
              join orders o on o.id = i.order_id
             where i.refunded_at is not null and i.price_cents > 0
             group by o.id, i.refund_id
             union all
            select k.kind, d.id, ledger_account_key('payments', o.provider, o.currency, o.mode),
                   case k.kind when 'dispute' then d.amount_cents else -d.amount_cents end
              from order_disputes d
              join orders o on o.id = d.order_id
              join (values ('dispute', null), ('dispute_won', 'won')) as k (kind, status)
                on k.status is null or k.status = d.status
             where d.amount_cents is not null
        ), posted as (
            select m.kind, m.reference_id, max(m.account) as account, sum(m.amount_cents)
                   as amount_cents
              from ({_ENTRIES}) m
             where m.kind in ('refund', 'return', 'dispute', 'dispute_won')
               and m.account like 'payments:%'
             group by m.kind, m.reference_id
        )
        select coalesce(g.kind, p.kind) || ' ' || coalesce(g.reference_id, p.reference_id)
               as "where", false as is_under_way
          from gone g
          full join posted p on p.kind = g.kind and p.reference_id = g.reference_id
         where (p.account, p.amount_cents) is distinct from (g.account, g.amount_cents)
    """,
    "the parts of a line are those of the whole line": f"""
        with frozen as (
            select i.order_id, p.party_subject, sum(p.fee_cents) as fee_cents,
                   sum(p.net_cents) as net_cents
              from order_item_parts p
              join order_items i on i.id = p.item_id
             group by i.order_id, p.party_subject
        ), fees as ({divide_by_party(_SPLIT_FEES)}), nets as ({divide_by_party(_SPLIT_NETS)})
        select 'order ' || i.order_id as "where", false as is_under_way
          from order_items i
          join order_item_parts p on p.item_id = i.id
         group by i.id
        having sum(p.parts_per_10000) <> 10000
            or sum(p.fee_cents) <> i.fee_cents
            or sum(p.net_cents) <> i.net_cents
         union
        select 'order ' || f.order_id, false
          from frozen f
          left join fees e on e.order_id = f.order_id and e.party_subject = f.party_subject
          left join nets n on n.order_id = f.order_id and n.party_subject = f.party_subject
         where (e.due_cents, n.due_cents) is distinct from (f.fee_cents, f.net_cents)
    """,
    "the postings of an order add up to what is due to parties, platform and provider": f"""
        with due as (
            select l.order_id,
                   ledger_account_key('earned', l.party_subject::text, l.currency, l.mode)
                   as account, l.due_cents as amount_cents
              from ({divide_by_party(_LINES)}) l
             union all
            select o.id, ledger_account_key('payments', o.provider, o.currency, o.mode),
                   (select coalesce(sum(i.price_cents), 0)
                      from order_items i
                     where i.order_id = o.id and i.refunded_at is not null)
                   + (select coalesce(sum(d.amount_cents), 0)
                        from order_disputes d
                       where d.order_id = o.id and d.status in ('open', 'lost'))
                   - o.total_cents
              from orders o
             where o.paid_at is not null
        ), shared as (
            select order_id, account, amount_cents
              from due
             union all
            select d.order_id,
                   ledger_account_key(case when o.came_late then 'returns' else 'fees' end, null,
                                      o.currency, o.mode),
                   -sum(d.amount_cents)
              from due d
              join orders o on o.id = d.order_id
             group by d.order_id, o.came_late, o.currency, o.mode
        ), posted as (
            select p.order_id, p.account, sum(p.amount_cents) as amount_cents
              from ({_ORDER_ENTRIES}) p
             group by p.order_id, p.account
        )
        select distinct 'order ' || coalesce(s.order_id, p.order_id) as "where",
               false as is_under_way
          from shared s
          full join posted p on p.order_id = s.order_id and p.account = s.account
         where coalesce(p.amount_cents, 0) <> coalesce(s.amount_cents, 0)
    """,
    "the tax of a line is within its price, by its rate": """
        select distinct 'order ' || i.order_id as "where", false as is_under_way
          from order_items i
         where i.tax_cents not between 0 and i.price_cents
            or abs(i.tax_cents * (100 + coalesce(i.tax_rate, 0))
                   - i.price_cents * coalesce(i.tax_rate, 0)) * 2
               > 100 + coalesce(i.tax_rate, 0)
    """,
    "the status of an order follows from its lines": f"""
        select 'order ' || o.id as "where", false as is_under_way
          from orders o
          join ({_LINES}) l on l.order_id = o.id
         group by o.id
        having o.status <> case
                   when bool_or(l.is_pending) or (o.came_late and not bool_and(l.is_back))
                   then 'refund_pending'
                   when bool_and(l.is_back) then 'refunded'
                   when bool_or(l.is_back) or sum(l.lost_cents) > 0 then 'partially_refunded'
                   else 'paid'
               end
    """,
    "only the lines of a paid order are refunded or disputed": """
        select 'order ' || o.id as "where", false as is_under_way
          from orders o
         where o.paid_at is null
           and (exists (select from order_items i
                         where i.order_id = o.id and i.refund_id is not null)
                or exists (select from order_disputes d where d.order_id = o.id))
    """,
    "a disputed amount is shared among the lines, up to what each earned": f"""
        select 'order ' || i.order_id as "where", false as is_under_way
          from ({_DISPUTED}) b
          join order_items i on i.id = b.item_id
         where b.amount_cents > i.price_cents or b.net_cents > i.net_cents
         union all
        select 'order ' || d.order_id, false
          from order_disputes d
          join dispute_shares s on s.dispute_id = d.id
          join order_items i on i.id = s.item_id
         group by d.id
        having sum(s.amount_cents) > d.amount_cents
            or d.amount_cents is null
            or bool_or(i.order_id <> d.order_id)
    """,
    "a buyer holds the licences of lines that are paid and not returned, and no others": f"""
        with held as (
            select id, order_id, buyer_id, product_id, variant_id, is_guest, is_service
              from ({_LINES}) l
             where kind = 'product' and not came_late and not is_back and not is_gift
               and (buyer_id is not null or is_guest)
        )
        select coalesce('order ' || h.order_id, 'licence of line ' || l.item_id) as "where",
               false as is_under_way
          from held h
          full join licences l on l.item_id = h.id
         where h.id is null or l.item_id is null
            or l.product_id <> h.product_id
            or (l.buyer_id is distinct from h.buyer_id
                and not (l.buyer_id is null
                         and exists (select from licences other
                                       join order_items w on w.id = other.item_id
                                      where other.buyer_id = h.buyer_id
                                        and other.product_id = h.product_id
                                        and (h.is_guest or h.is_service
                                             or w.variant_id is distinct from h.variant_id))))
    """,
    "a gift is given while it is paid and not returned, and its buyer has no licence": f"""
        select 'order ' || i.order_id as "where", false as is_under_way
          from order_items i
          left join ({_LINES}) l on l.id = i.id
         where i.is_gift
           and (i.is_given is distinct from (l.id is not null and not l.came_late and not l.is_back)
                or exists (select from licences k where k.item_id = i.id))
    """,
    "the order of a guest has an address to be delivered to, and no other order has one": """
        select 'order ' || o.id as "where", false as is_under_way
          from orders o
          left join guest_orders g on g.order_id = o.id
         where o.is_guest <> (g.order_id is not null)
    """,
    "the sales count of a product is the number of its licensed lines": f"""
        select 'product ' || p.id as "where", false as is_under_way
          from products p
          left join ({_LINES}) l on l.product_id = p.id and not l.came_late and not l.is_back
                                 and not l.is_received
         group by p.id
        having p.sales_count <> count(l.id)
    """,
    "the payment of every unpaid order is polled": """
        select 'order ' || id as "where", false as is_under_way
          from orders
         where status in ('pending', 'failed') and poll_at is null
    """,
    "all payments are accounted for by sellers, the platform, refunds and disputes": """
        with paid as (
            select currency, mode, sum(total_cents) as cents
              from orders
             where paid_at is not null
             group by currency, mode
        ), back as (
            select o.currency, o.mode, sum(i.price_cents) as cents
              from orders o
              join order_items i on i.order_id = o.id
             where i.refunded_at is not null
             group by o.currency, o.mode
        ), disputed as (
            select o.currency, o.mode, sum(d.amount_cents) as cents
              from orders o
              join order_disputes d on d.order_id = o.id
             where d.status in ('open', 'lost')
             group by o.currency, o.mode
        ), held as (
            select a.currency, a.mode, sum(e.amount_cents) as cents
              from ledger_accounts a
              join ledger_entries e on e.account_number = a.number
             where a.kind in ('earned', 'paid', 'fees', 'returns')
             group by a.currency, a.mode
        )
        select 'all of ' || currency || ', ' || mode as "where", false as is_under_way
          from held
          full join paid using (currency, mode)
          full join back using (currency, mode)
          full join disputed using (currency, mode)
         where coalesce(paid.cents, 0) <> coalesce(held.cents, 0) + coalesce(back.cents, 0)
                                          + coalesce(disputed.cents, 0)
    """,
}
