"""Sellers were paid what is due, less what is withheld, as the ledger says."""

from veza.domains.marketplace.orders.shared_queries import divide_by_party

# What each line of a paid order earns, after refunds and disputes.
_LINES = """
    select i.id, o.id as order_id, i.seller_subject, o.currency, o.mode,
           case when i.refunded_at is not null then 0
                else i.net_cents - coalesce(b.net_cents, 0) end as due_cents
      from orders o
      join order_items i on i.order_id = o.id
      left join (select s.item_id, sum(s.net_cents) as net_cents
                   from dispute_shares s
                   join order_disputes d on d.id = s.dispute_id
                  where d.status in ('open', 'lost')
                  group by s.item_id) b on b.item_id = i.id
     where o.paid_at is not null and not o.came_late
"""
# What of that is due to each party.
_DUE = divide_by_party(_LINES)

# Orders with pending events for transfers.
_PENDING_ORDERS = """
    select payload->>'order_id' as order_id
      from outbox
     where name in ('OrderPaid', 'OrderRefunded', 'OrderDisputed')
"""

# The amount still to be paid or recovered: see `rules.amounts.outstanding_cents`.
_OUTSTANDING = """
    t.due_cents - t.withheld_cents - case when t.provider_ref is null then 0
                                        else t.amount_cents - t.reversed_cents end
"""

INVARIANTS = {
    "each completed transfer and reversal is in the ledger once, and no other": """
        with made as (
            select 'transfer' as kind, id as reference_id, id as transfer_id, amount_cents
              from transfers
             where provider_ref is not null
             union all
            select 'reversal', id, transfer_id, -amount_cents
              from transfer_reversals
             where status = 'completed'
        ), moved as (
            select m.kind, m.reference_id,
                   ledger_account_key(e.kind, e.owner, t.currency, t.mode) as account,
                   e.amount_cents
              from made m
              join transfers t on t.id = m.transfer_id
              join lateral (values
                  ('earned', t.seller_subject::text, -m.amount_cents),
                  ('paid', t.seller_subject::text, m.amount_cents),
                  ('payments', t.payment_provider, m.amount_cents),
                  ('payouts', t.provider, -m.amount_cents)
              ) as e (kind, owner, amount_cents) on true
        ), posted as (
            select p.kind, p.reference_id, a.key as account, e.amount_cents
              from ledger_postings p
              join ledger_entries e on e.posting_id = p.id
              join ledger_accounts a on a.number = e.account_number
             where p.kind in ('transfer', 'reversal')
        )
        select distinct coalesce(m.kind, p.kind) || ' ' || coalesce(m.reference_id, p.reference_id)
               as "where", false as is_under_way
          from moved m
          full join posted p on p.kind = m.kind and p.reference_id = m.reference_id
                            and p.account = m.account
         where p.amount_cents is distinct from m.amount_cents
    """,
    "the reversed amount of a transfer is the sum of its reversals": """
        select 'transfer ' || t.id as "where", false as is_under_way
          from transfers t
          left join transfer_reversals r on r.transfer_id = t.id and r.status = 'completed'
         group by t.id
        having t.reversed_cents <> coalesce(sum(r.amount_cents), 0)
    """,
    "a seller's balance is what is due for all sales": f"""
        with due as (
            select d.party_subject || ':' || d.currency || ':' || d.mode as owner,
                   sum(d.due_cents) as amount_cents
              from ({_DUE}) d
             group by d.party_subject, d.currency, d.mode
        ), kept as (
            select a.subject_id || ':' || a.currency || ':' || a.mode as owner,
                   sum(b.balance_cents) as amount_cents
              from ledger_accounts a
              join ledger_balances b on b.account_number = a.number
             group by a.subject_id, a.currency, a.mode
        )
        select 'seller ' || coalesce(d.owner, k.owner) as "where", false as is_under_way
          from due d
          full join kept k on k.owner = d.owner
         where coalesce(d.amount_cents, 0) <> coalesce(k.amount_cents, 0)
    """,
    "a transfer is of the mode of its order, and is paid by a provider of that mode": """
        select 'transfer ' || t.id as "where", false as is_under_way
          from transfers t
          join orders o on o.id = t.order_id
         where t.mode <> o.mode
            or money_mode(t.payment_provider) <> o.mode
            or money_mode(t.provider) <> o.mode
    """,
    "the due amounts of transfers are up to date": f"""
        with known as (
            select order_id, seller_subject, currency, sum(due_cents) as due_cents
              from transfers
             group by order_id, seller_subject, currency
        )
        select 'order ' || coalesce(d.order_id, k.order_id) as "where",
               coalesce(d.order_id, k.order_id)::text in ({_PENDING_ORDERS}) as is_under_way
          from ({_DUE}) d
          full join known k on k.order_id = d.order_id and k.seller_subject = d.party_subject
                           and k.currency = d.currency
         where coalesce(d.due_cents, 0) <> coalesce(k.due_cents, 0)
    """,
    "a seller was paid what is due, less what is withheld": f"""
        select 'transfer ' || t.id as "where",
               t.next_retry_at is not null
               or (t.status = 'failed' and {_OUTSTANDING} > 0) as is_under_way
          from transfers t
         where {_OUTSTANDING} <> 0 or t.key_used_at is not null
    """,
    "nothing of an order is paid to a seller before their pre-orders in it are delivered": """
        select 'transfer ' || t.id as "where", false as is_under_way
          from transfers t
         where (t.key_used_at is not null
                or (t.provider_ref is not null and t.amount_cents > t.reversed_cents))
           and exists (select from order_items i
                         left join licences l on l.item_id = i.id
                         left join order_item_parts p on p.item_id = i.id
                        where i.order_id = t.order_id
                          and coalesce(p.party_subject, i.seller_subject) = t.seller_subject
                          and i.is_undelivered and i.price_cents > 0
                          and (l.item_id is not null or i.is_given))
    """,
    "the sandbox paid and reversed what transfers say": """
        with ours as (
            select provider_ref as ref, amount_cents, reversed_cents
              from transfers
             where provider = 'sandbox' and provider_ref is not null
        )
        select 'transfer ' || coalesce(o.ref, s.ref) || ' of the sandbox' as "where",
               exists (select from transfers t
                        where t.id::text = s.transfer_id
                          and (t.key_used_at is not null
                               or exists (select from transfer_reversals r
                                           where r.transfer_id = t.id and r.status = 'processing'))
                      ) as is_under_way
          from ours o
          full join sandbox_transfers s on s.ref = o.ref
         where (s.amount_cents, s.reversed_cents)
               is distinct from (o.amount_cents, o.reversed_cents)
    """,
}
