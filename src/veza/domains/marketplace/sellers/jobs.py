"""Refreshes due payout accounts, each in a job of its own, in case a webhook was lost."""

from datetime import timedelta
from functools import partial

from veza.core.money_mode import MoneyMode
from veza.domains.marketplace.sellers import queries, service
from veza.domains.marketplace.sellers.models import RefreshPayoutAccount
from veza.infra.jobs.queue import enqueue
from veza.infra.payouts.provider import PayoutProvider, PayoutsByMode
from veza.infra.postgres.batches import run_in_batches
from veza.infra.postgres.database import Database, Tx

_BATCH = 100
# Time for the refresh, which sets the next check.
_LEASE = timedelta(minutes=5)


async def poll_payout_accounts(database: Database, providers: PayoutsByMode) -> None:
    """Enqueue a refresh of each due account, so that no account delays others."""
    for mode, payouts in providers.items():
        await run_in_batches(database, partial(_enqueue_due, mode, payouts))


async def refresh_payout_account(
    database: Database, providers: PayoutsByMode, job: RefreshPayoutAccount
) -> None:
    """Fetch the status of an account from the payout provider. May run twice."""
    payouts = providers.get(job.mode)
    if payouts is not None:
        await service.refresh_account(database, payouts, job.account_ref)


async def _enqueue_due(mode: MoneyMode, payouts: PayoutProvider, tx: Tx) -> int:
    due = await queries.lease_due_accounts(tx, payouts.name, limit=_BATCH, lease=_LEASE)
    for account_ref in due:
        job = RefreshPayoutAccount(account_ref, mode)
        await enqueue(tx, job, key=f"refresh_account:{account_ref}")
    return len(due)
