"""What can't be of all that was sold together."""

from veza.domains.marketplace.ledger.models import Invariant

INVARIANTS = (
    Invariant(
        "what buyers paid is with sellers, the platform, or back with buyers",
        """
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
    ),
)
