"""Statements on balances and totals, which other domains call."""

from veza.core.ids import UserId
from veza.domains.marketplace.ledger.models import AccountTotal, Balance
from veza.infra.postgres.database import Conn


async def list_balances(conn: Conn, user_id: UserId) -> list[Balance]:
    sql = """
        select a.currency, a.mode,
               coalesce(sum(b.balance_cents) filter (where a.kind = 'earned'), 0)::bigint
                   as earned_cents,
               coalesce(sum(b.balance_cents) filter (where a.kind = 'paid'), 0)::bigint
                   as paid_cents
          from ledger_subjects s
          join ledger_accounts a on a.subject_id = s.id
          join ledger_balances b on b.account_number = a.number
         where s.user_id = $1
         group by a.mode, a.currency
         order by a.mode, a.currency
    """
    return await conn.all(Balance, sql, user_id)


async def list_totals(conn: Conn) -> list[AccountTotal]:
    """Sum up accounts by kind: sellers' from stored balances, others from their entries."""
    sql = """
        select a.kind, a.currency, a.mode, count(*) as accounts,
               sum(coalesce(b.balance_cents,
                            (select sum(e.amount_cents)
                               from ledger_entries e
                              where e.account_number = a.number), 0))::bigint as balance_cents
          from ledger_accounts a
          left join ledger_balances b on b.account_number = a.number
         group by a.mode, a.kind, a.currency
         order by a.mode, a.currency, a.kind
    """
    return await conn.all(AccountTotal, sql)
