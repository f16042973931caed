"""What can't be of all that was sold together."""

from veza.domains.ledger.models import Proof

PROOFS = (
    Proof(
        "what buyers paid is with sellers, the platform, or back with buyers",
        """
        with paid as (
            select currency, sum(total_cents) as cents
              from orders
             where paid_at is not null
             group by currency
        ), back as (
            select o.currency, sum(i.price_cents) as cents
              from orders o
              join order_items i on i.order_id = o.id
             where i.refunded_at is not null
             group by o.currency
        ), disputed as (
            select o.currency, sum(d.amount_cents) as cents
              from orders o
              join order_disputes d on d.order_id = o.id
             where d.status in ('open', 'lost')
             group by o.currency
        ), held as (
            select a.currency, sum(e.amount_cents) as cents
              from ledger_accounts a
              join ledger_entries e on e.account_number = a.number
             where a.kind in ('earned', 'paid', 'fees', 'returns')
             group by a.currency
        )
        select 'all of ' || currency as "where", false as is_under_way
          from held
          full join paid using (currency)
          full join back using (currency)
          full join disputed using (currency)
         where coalesce(paid.cents, 0) <> coalesce(held.cents, 0) + coalesce(back.cents, 0)
                                          + coalesce(disputed.cents, 0)
        """,
    ),
)
