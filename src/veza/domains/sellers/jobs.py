"""Work done by the clock: to ask the company of sellers' accounts, whatever was lost on the way."""

from veza.domains.sellers import queries, service
from veza.infra.db import Database
from veza.infra.payouts.provider import PayoutProvider


async def poll_accounts(database: Database, payouts: PayoutProvider) -> None:
    """Ask of the accounts whose time has come. What a gone company can't say is asked next time."""
    async with database.read() as conn:
        due = await queries.list_due_accounts(conn, payouts.name)
    for account_ref in due:
        await service.learn_account(database, payouts, account_ref)
