"""Counts a day's sales again from orders, refunds and disputes, as the ledger has them.

The sums of `net_cents` are what the ledger says that the sellers earned: a refund takes what a line
still earned, and the share of a dispute is taken when the bank takes it, and returned if it is won.
For products they are computed from the lines; for sellers, who may be parties of a split, they are
those of the ledger itself.
"""

from datetime import date

from veza.infra.postgres.database import Tx

# The changes of lines on a day ($1), each with the seller's part of the money.
_CHANGES = """
    sold as (
        select i.id as item_id, i.product_id, i.seller_id, o.currency, o.mode, 1 as sales,
               0 as refunds, i.net_cents
          from orders o
          join order_items i on i.order_id = o.id
         where o.paid_at >= $1::date and o.paid_at < $1::date + 1 and not o.came_late
    ), refunded as (
        select i.id as item_id, i.product_id, i.seller_id, o.currency, o.mode, 0 as sales,
               1 as refunds, coalesce(w.net_cents, 0) - i.net_cents as net_cents
          from order_items i
          join orders o on o.id = i.order_id
          left join lateral (
              select sum(s.net_cents) as net_cents
                from order_disputes d
                join dispute_shares s on s.dispute_id = d.id and s.item_id = i.id
                join ledger_postings p on p.kind = 'dispute' and p.reference_id = d.id
                left join ledger_postings r on r.kind = 'dispute_won' and r.reference_id = d.id
               where d.order_id = i.order_id and p.posted_at < i.refunded_at
                 and (r.posted_at is null or r.posted_at > i.refunded_at)
          ) w on true
         where i.refunded_at >= $1::date and i.refunded_at < $1::date + 1 and not o.came_late
    ), disputed as (
        select i.id as item_id, i.product_id, i.seller_id, o.currency, o.mode, 0 as sales,
               0 as refunds,
               case p.kind when 'dispute' then -s.net_cents else s.net_cents end as net_cents
          from ledger_postings p
          join dispute_shares s on s.dispute_id = p.reference_id
          join order_items i on i.id = s.item_id
          join orders o on o.id = i.order_id
         where p.kind in ('dispute', 'dispute_won')
           and p.posted_at >= $1::date and p.posted_at < $1::date + 1
           and not o.came_late
           and (i.refunded_at is null or i.refunded_at > p.posted_at)
    ), changed as materialized (
        select item_id, product_id, seller_id, currency, mode, sales, refunds, net_cents
          from sold
         union all
        select item_id, product_id, seller_id, currency, mode, sales, refunds, net_cents
          from refunded
         union all
        select item_id, product_id, seller_id, currency, mode, sales, refunds, net_cents
          from disputed
    )
"""


# The same by seller: what the ledger has on the accounts of sellers for these changes.
_EARNED = """
    posted as (
        select p.id
          from orders o
          join ledger_postings p on p.kind = 'sale' and p.reference_id = o.id
         where o.paid_at >= $1::date and o.paid_at < $1::date + 1 and not o.came_late
         union
        select p.id
          from order_items i
          join ledger_postings p on p.kind = 'refund' and p.reference_id = i.refund_id
         where i.refunded_at >= $1::date and i.refunded_at < $1::date + 1
         union
        select p.id
          from ledger_postings p
         where p.kind in ('dispute', 'dispute_won')
           and p.posted_at >= $1::date and p.posted_at < $1::date + 1
    ), earned as materialized (
        select coalesce(p.party_id, c.seller_id) as seller_id, c.currency, c.mode, c.sales,
               c.refunds, 0 as net_cents
          from changed c
          left join order_item_parts p on p.item_id = c.item_id
         where p.party_id is not null or p.item_id is null
         union all
        select s.user_id, e.currency, e.mode, 0, 0, e.amount_cents
          from posted
          join ledger_entries e on e.posting_id = posted.id
          join ledger_accounts a on a.number = e.account_number and a.kind = 'earned'
          join ledger_subjects s on s.id = a.subject_id
    )
"""


async def count_product_sales(tx: Tx, day: date) -> None:
    """Count the sales and refunds of each product on a day, and what they earned."""
    sql = f"""
        with {_CHANGES}
        insert into product_days as d (product_id, day, currency, mode, sales_count,
                                       refunds_count, net_cents)
             select product_id, $1::date, currency, mode, sum(sales), sum(refunds), sum(net_cents)
               from changed
              -- Tips and memberships have no product.
              where product_id is not null
              group by product_id, currency, mode
        on conflict (product_id, day, currency, mode) do update
                set sales_count = excluded.sales_count, refunds_count = excluded.refunds_count,
                    net_cents = excluded.net_cents
              where (d.sales_count, d.refunds_count, d.net_cents)
                    <> (excluded.sales_count, excluded.refunds_count, excluded.net_cents)
    """
    await tx.run(sql, day)


async def count_seller_sales(tx: Tx, day: date) -> None:
    """Count the sales and refunds of each seller on a day; sellers who were erased have none.

    The parties of a split are sellers of it.
    """
    sql = f"""
        with {_CHANGES},
        {_EARNED},
        existing as materialized (
            select u.id
              from users u
             where u.id = any(array(select seller_id from earned))
             order by u.id
               for key share of u
        )
        insert into seller_days as d (seller_id, day, currency, mode, sales_count,
                                      refunds_count, net_cents)
             select c.seller_id, $1::date, c.currency, c.mode, sum(c.sales), sum(c.refunds),
                    sum(c.net_cents)
               from earned c
               join existing e on e.id = c.seller_id
              group by c.seller_id, c.currency, c.mode
        on conflict (seller_id, day, currency, mode) do update
                set sales_count = excluded.sales_count, refunds_count = excluded.refunds_count,
                    net_cents = excluded.net_cents
              where (d.sales_count, d.refunds_count, d.net_cents)
                    <> (excluded.sales_count, excluded.refunds_count, excluded.net_cents)
    """
    await tx.run(sql, day)
