"""The statement that finds where a seller is paid, which others call."""

from veza.core.ids import UserId
from veza.core.money_mode import MoneyMode
from veza.domains.marketplace.sellers.models import StoredPayoutAccount
from veza.infra.postgres.database import Conn

ACCOUNT = "user_id, provider, account_ref, status, reason, connected_at"


async def find_payout_account(
    conn: Conn, user_id: UserId, mode: MoneyMode
) -> StoredPayoutAccount | None:
    sql = f"select {ACCOUNT} from payout_accounts where user_id = $1 and mode = $2"
    return await conn.maybe(StoredPayoutAccount, sql, user_id, mode)
