"""Reads a member's accounts of what was earned: sums of a month, and its entries in parts."""

from veza.core.ids import PostingId, UserId
from veza.domains.marketplace.statements.models import AccountStatement, Month, StatementEntry
from veza.infra.postgres.database import Conn

# What was the fee of a party in an order: of a line without parts, it is its seller's.
_FEE = """
    (select sum(coalesce(t.fee_cents, i.fee_cents))
       from order_items i
       left join order_item_parts t on t.item_id = i.id
      where i.order_id = p.reference_id
        and coalesce(t.party_subject, i.seller_subject) = a.subject_id)::bigint
"""

_FIRST = "$2::date::timestamp at time zone 'utc'"
_FOLLOWING = "$3::date::timestamp at time zone 'utc'"

# The tax in the lines of a seller that were sold or refunded in a month, also of those whose parts
# all went to others, so that no account of the seller has an entry.
_TAXED = f"""
    (
        select currency, mode, sum(tax_cents) as taxes
          from (
              select o.currency, o.mode, i.tax_cents
                from order_items i
                join orders o on o.id = i.order_id
               where i.seller_id = $1 and i.tax_cents > 0 and not o.came_late
                 and o.paid_at >= {_FIRST} and o.paid_at < {_FOLLOWING}
               union all
              select o.currency, o.mode, -i.tax_cents
                from order_items i
                join orders o on o.id = i.order_id
               where i.seller_id = $1 and i.tax_cents > 0 and not o.came_late
                 and i.refunded_at >= {_FIRST} and i.refunded_at < {_FOLLOWING}
          ) t
         group by currency, mode
    )
"""

# All entries of a member until the end of a month, with the fee of those in it.
_ENTRIES = f"""
    select a.number, a.currency, a.mode, p.kind, e.amount_cents,
           p.posted_at < $2::date::timestamp at time zone 'utc' as is_before,
           case when p.kind = 'sale'
                 and p.posted_at >= $2::date::timestamp at time zone 'utc'
                then {_FEE} end as fee_cents
      from ledger_subjects s
      join ledger_accounts a on a.subject_id = s.id and a.kind = 'earned'
      join ledger_entries e on e.account_number = a.number
      join ledger_postings p on p.id = e.posting_id
     where s.user_id = $1
       and p.posted_at < $3::date::timestamp at time zone 'utc'
"""


async def list_statements(conn: Conn, user_id: UserId, month: Month) -> list[AccountStatement]:
    """Return the sums of a month for each account of a member that existed in it.

    So for each currency in which something of theirs was sold for others alone.
    """
    sql = f"""
        with entry as (
            {_ENTRIES}
        ), summed as (
            select number, currency, mode,
                   coalesce(sum(amount_cents) filter (where is_before), 0) as opening,
                   coalesce(sum(amount_cents) filter (where not is_before and kind = 'sale'), 0)
                       as sold,
                   coalesce(sum(fee_cents), 0) as fees,
                   coalesce(sum(amount_cents) filter (where not is_before and kind = 'refund'), 0)
                       as refunded,
                   coalesce(sum(amount_cents) filter (
                       where not is_before and kind in ('dispute', 'dispute_won')), 0) as disputed,
                   coalesce(sum(amount_cents) filter (
                       where not is_before and kind in ('transfer', 'reversal')), 0) as moved,
                   sum(amount_cents) as closing
              from entry
             group by number, currency, mode
        ), taxed as {_TAXED}
        select number as account_number, currency, mode,
               coalesce(opening, 0)::bigint as opening_balance_cents,
               coalesce(sold + fees, 0)::bigint as sales_cents,
               coalesce(taxes, 0)::bigint as taxes_cents, coalesce(fees, 0)::bigint as fees_cents,
               coalesce(-refunded, 0)::bigint as refunds_cents,
               coalesce(-disputed, 0)::bigint as disputes_cents,
               coalesce(-moved, 0)::bigint as transfers_cents,
               coalesce(closing, 0)::bigint as closing_balance_cents
          from summed
          full join taxed using (currency, mode)
         order by mode, currency
    """
    return await conn.all(AccountStatement, sql, user_id, month.first, month.following)


async def list_entries(
    conn: Conn, account_number: int, month: Month, *, after: PostingId, limit: int
) -> list[StatementEntry]:
    """Return the next entries of an account in a month, by posting."""
    sql = f"""
        select p.id as posting_id, p.posted_at, p.kind, p.reference_id, e.amount_cents,
               case p.kind
                   when 'sale' then p.reference_id
                   when 'refund' then (select r.order_id from refunds r where r.id = p.reference_id)
                   when 'transfer' then (select t.order_id from transfers t
                                          where t.id = p.reference_id)
                   when 'reversal' then (select t.order_id
                                           from transfer_reversals v
                                           join transfers t on t.id = v.transfer_id
                                          where v.id = p.reference_id)
                   else (select d.order_id from order_disputes d where d.id = p.reference_id)
               end as order_id,
               case when p.kind = 'sale' then {_FEE} end as fee_cents
          from ledger_entries e
          join ledger_accounts a on a.number = e.account_number
          join ledger_postings p on p.id = e.posting_id
         where e.account_number = $1 and e.posting_id > $4
           and p.posted_at >= $2::date::timestamp at time zone 'utc'
           and p.posted_at < $3::date::timestamp at time zone 'utc'
         order by e.posting_id
         limit {limit:d}
    """
    return await conn.all(StatementEntry, sql, account_number, month.first, month.following, after)
