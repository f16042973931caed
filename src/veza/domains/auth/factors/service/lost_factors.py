"""Remove the factors of members who have lost them."""

from veza.core.ids import UserId
from veza.domains.auth.factors import queries
from veza.domains.auth.factors import shared_queries as factor_queries
from veza.domains.auth.factors.errors import NoFactorRecovery
from veza.domains.auth.factors.service.changes import forget_replacements
from veza.domains.auth.factors.service.overview import has_factors, lock_owner
from veza.domains.auth.passkeys import shared_queries as passkey_queries
from veza.domains.auth.sessions.events import SecurityNoticed
from veza.domains.auth.sessions.models import NoticeKind
from veza.infra.jobs.outbox import emit
from veza.infra.postgres.database import Tx


async def cancel_recovery(tx: Tx, user_id: UserId) -> None:
    """Keep the factors of a member that wait to be removed. Raises NoFactorRecovery."""
    if not await factor_queries.delete_recovery(tx, user_id):
        raise NoFactorRecovery


async def complete_recovery(tx: Tx, user_id: UserId) -> bool:
    """Remove all factors of a member if that is due; return whether it was."""
    # Nothing is due of a member who is gone.
    await queries.lock_owner(tx, user_id)
    if not await queries.delete_due_recovery(tx, user_id):
        return False
    await _remove(tx, user_id)
    return True


async def remove_all(tx: Tx, user_id: UserId) -> bool:
    """Remove all factors of a member at once, and notify them; return whether there were any."""
    await lock_owner(tx, user_id)
    if not await has_factors(tx, user_id):
        return False
    await _remove(tx, user_id)
    return True


async def _remove(tx: Tx, user_id: UserId) -> None:
    await queries.delete_totp(tx, user_id)
    await passkey_queries.delete_passkeys(tx, user_id)
    await forget_replacements(tx, user_id)
    await emit(tx, SecurityNoticed(user_id, NoticeKind.FACTOR_REMOVED))
