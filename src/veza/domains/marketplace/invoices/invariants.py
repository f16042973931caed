"""Invoice numbers have no gap within a year; each paid order and refund has documents, with VAT."""

INVARIANTS = {
    "the invoice numbers of a seller have no gap within a year": """
        with given as (
            select seller_subject, year, count(*) as count, min(number) as first,
                   max(number) as last
              from invoices
             group by seller_subject, year
        )
        select 'seller ' || coalesce(c.seller_subject, g.seller_subject) || ' in '
               || coalesce(c.year, g.year) as "where", false as is_under_way
          from invoice_counters c
          full join given g on g.seller_subject = c.seller_subject and g.year = c.year
         where (coalesce(g.count, 0), coalesce(g.first, 1), coalesce(g.last, 0))
               is distinct from (c.last_number, 1, c.last_number)
    """,
    "each seller issued an invoice for each paid order, and a credit note for each refund": """
        with sold as (
            select o.id as order_id, i.seller_subject, null::uuid as refund_id,
                   sum(i.price_cents) as amount_cents
              from orders o
              join order_items i on i.order_id = o.id
             where o.paid_at is not null and not o.came_late
             group by o.id, i.seller_subject
             union all
            select o.id, i.seller_subject, i.refund_id, sum(i.price_cents)
              from orders o
              join order_items i on i.order_id = o.id
             where not o.came_late and i.refunded_at is not null
             group by o.id, i.seller_subject, i.refund_id
        ), issued as (
            select v.order_id, v.seller_subject, v.refund_id,
                   (select sum((line->>'price_cents')::bigint)
                      from jsonb_array_elements(v.data->'lines') as l (line)) as amount_cents
              from invoices v
        ), waiting as (
            select payload->>'order_id' as order_id
              from outbox
             where name in ('OrderPaid', 'OrderRefunded')
             union all
            select convert_from(payload, 'utf8')::jsonb->>'order_id'
              from jobs
             where name = 'IssueDocument'
        )
        select distinct 'order ' || coalesce(s.order_id, v.order_id) as "where",
               v.order_id is null and s.order_id::text in (select order_id from waiting)
               as is_under_way
          from sold s
          full join issued v on v.order_id = s.order_id and v.seller_subject = s.seller_subject
           and coalesce(v.refund_id, v.order_id) = coalesce(s.refund_id, s.order_id)
         where v.amount_cents is distinct from s.amount_cents
    """,
    "the VAT of a document is that of its lines": """
        select distinct 'order ' || v.order_id as "where", false as is_under_way
          from invoices v
         cross join lateral jsonb_array_elements(v.data->'lines') as l (line)
          join order_items i on i.id = (l.line->>'item_id')::uuid
         where i.tax_treatment is not null
           and ((l.line->>'vat_cents')::bigint, l.line->>'tax_treatment', l.line->>'tax_country',
                (l.line->>'tax_rate')::numeric)
               is distinct from (i.tax_cents, i.tax_treatment, i.tax_country, i.tax_rate)
    """,
}
