"""What the clock starts: to ask the company of sellers' accounts, whatever was lost on the way."""

from datetime import timedelta

from veza.core.money_mode import MoneyMode
from veza.domains.marketplace.sellers import queries, service
from veza.domains.marketplace.sellers.models import LearnAccount
from veza.infra.jobs.queue import enqueue
from veza.infra.payouts.provider import PayoutProvider, PayoutsByMode
from veza.infra.postgres.database import Database

_AT_ONCE = 100
# For the company's answer, which says when to ask the next time.
_AGAIN_AFTER = timedelta(minutes=5)


async def poll_accounts(database: Database, providers: PayoutsByMode) -> None:
    """Have the payout providers asked of the accounts whose time has come, each by itself.

    So one of which it doesn't answer keeps no other waiting.
    """
    for mode, payouts in providers.items():
        await _poll_accounts(database, mode, payouts)


async def learn_account(database: Database, providers: PayoutsByMode, job: LearnAccount) -> None:
    """Ask the payout provider how an account stands. What is heard twice is kept once."""
    payouts = providers.get(job.mode)
    if payouts is not None:
        await service.learn_account(database, payouts, job.account_ref)


async def _poll_accounts(database: Database, mode: MoneyMode, payouts: PayoutProvider) -> None:
    is_more = True
    while is_more:
        async with database.transaction(recorded=False) as tx:
            due = await queries.take_due_accounts(
                tx, payouts.name, limit=_AT_ONCE, again_after=_AGAIN_AFTER
            )
            for account_ref in due:
                job = LearnAccount(account_ref, mode)
                await enqueue(tx, job, key=f"learn_account:{account_ref}")
        is_more = len(due) == _AT_ONCE
