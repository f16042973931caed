"""Members are suspended and let back, and counted again; the last admin can't be lost."""

from collections.abc import Awaitable, Callable, Sequence

from veza.core.ids import UserId
from veza.domains.auth.accounts import queries
from veza.domains.auth.accounts.events import UserSuspended, UserUnsuspended
from veza.domains.auth.accounts.models import RecountBatch
from veza.domains.auth.accounts.service import member_accounts
from veza.domains.auth.sessions import service as sessions
from veza.infra.jobs.outbox import emit
from veza.infra.postgres.database import Database, Tx

_OWNERS_SUSPENDED = "All owners of the page are suspended."


async def recount_in_batches[P](
    database: Database,
    user_id: UserId,
    recount: Callable[[Tx, RecountBatch[P]], Awaitable[Sequence[P]]],
) -> None:
    """Exclude a suspended member from counts, or include them again, batch by batch.

    Each batch is a transaction and uses the state at that moment. So running twice, late, or
    concurrently does no harm.
    """
    rows: Sequence[P] | None = None
    while rows is None or rows:
        async with database.transaction(recorded=False) as tx:
            is_suspended = await queries.lock_suspension(tx, user_id)
            if is_suspended is None:
                return
            rows = await recount(
                tx, RecountBatch(user_id, rows[-1] if rows else None, hide=is_suspended)
            )


async def suspend(tx: Tx, user_id: UserId, reason: str) -> bool:
    """Suspend a member: their sessions end, and what they published is hidden.

    Returns False if they were suspended before; the reason stays. Raises LastAdmin and
    UserNotFound.
    """
    standing = await member_accounts.lock_account_status(tx, user_id, keeps_admin=False)
    if standing.is_suspended and not await queries.is_hidden_with_owners(tx, user_id):
        return False
    await queries.update_suspended(tx, user_id, reason)
    await sessions.end_sessions(tx, user_id)
    await emit(tx, UserSuspended(user_id))
    return True


async def hide_page(tx: Tx, page_id: UserId) -> None:
    """Hide a page, as all of its owners are suspended. A page that staff suspended stays so."""
    if await queries.update_hidden_with_owners(tx, page_id, _OWNERS_SUSPENDED):
        await emit(tx, UserSuspended(page_id))


async def show_page(tx: Tx, page_id: UserId) -> None:
    """Show a page again that was hidden with its owners."""
    if await queries.update_shown_with_owners(tx, page_id):
        await emit(tx, UserUnsuspended(page_id))


async def lift_suspension(tx: Tx, user_id: UserId) -> bool:
    """Lift a suspension. Returns False if the member isn't suspended."""
    if await queries.update_suspension_lifted(tx, user_id):
        await emit(tx, UserUnsuspended(user_id))
        return True
    await member_accounts.get_admin_user(tx, user_id)
    return False
