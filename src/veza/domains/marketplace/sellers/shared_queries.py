"""The statement that finds where a seller is paid, which others call."""

from veza.core.ids import UserId
from veza.core.money_mode import MoneyMode
from veza.domains.marketplace.sellers.models import StoredPayoutAccount
from veza.infra.postgres.database import Conn

ACCOUNT = "user_id, provider, account_ref, status, reason, connected_at"


async def handles_payouts(conn: Conn, user_id: UserId, mode: MoneyMode, *, sells: bool) -> bool:
    """Return whether an account that sells, or a page whose money it handles, can be paid."""
    sql = """
        select exists (
            select
              from payout_accounts
             where mode = $2
               and user_id in (select $1::uuid where $3
                                union all
                               select m.profile_id
                                 from profile_members m
                                where m.user_id = $1 and m.role in ('owner', 'finance')))
    """
    return bool(await conn.value(bool, sql, user_id, mode, sells))


async def find_payout_account(
    conn: Conn, user_id: UserId, mode: MoneyMode
) -> StoredPayoutAccount | None:
    sql = f"select {ACCOUNT} from payout_accounts where user_id = $1 and mode = $2"
    return await conn.maybe(StoredPayoutAccount, sql, user_id, mode)
