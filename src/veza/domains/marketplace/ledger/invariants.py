"""A posting sums up to zero, and a seller's balance is the sum of its entries."""

INVARIANTS = {
    "a posting sums up to zero in one currency and mode": """
        select 'posting ' || p.id as "where", false as is_under_way
          from ledger_postings p
          left join ledger_entries e on e.posting_id = p.id
          left join ledger_accounts a on a.number = e.account_number
         group by p.id
        having coalesce(sum(e.amount_cents), 1) <> 0
            or bool_or((e.currency, a.currency, e.mode, a.mode)
                       is distinct from (p.currency, p.currency, p.mode, p.mode))
    """,
    "a provider moves money of its own mode only": """
        select 'account ' || key as "where", false as is_under_way
          from ledger_accounts
         where money_mode(provider) <> mode
    """,
    "a seller's balance is the sum of its entries": """
        select 'account ' || a.key as "where", false as is_under_way
          from ledger_accounts a
          left join ledger_balances b on b.account_number = a.number
          left join ledger_entries e on e.account_number = a.number
         where a.subject_id is not null
         group by a.number, b.account_number
        having b.balance_cents is distinct from coalesce(sum(e.amount_cents), 0)
    """,
}
