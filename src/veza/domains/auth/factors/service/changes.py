"""Complete the addition or removal of a factor: sessions, notices, recovery codes."""

from veza.core.access import Member, session_of
from veza.core.ids import UserId
from veza.domains.auth.factors import queries
from veza.domains.auth.factors import shared_queries as factor_queries
from veza.domains.auth.factors.models import Owned, RecoveryCodes
from veza.domains.auth.factors.service import recovery_codes
from veza.domains.auth.factors.service.overview import has_factors
from veza.domains.auth.sessions import service as sessions
from veza.domains.auth.sessions import shared_queries as session_queries
from veza.domains.auth.sessions.events import SecurityNoticed
from veza.domains.auth.sessions.models import NoticeKind
from veza.infra.jobs.outbox import emit
from veza.infra.postgres.database import Tx


async def complete_addition(tx: Tx, member: Member, before: Owned) -> RecoveryCodes:
    """Complete the addition of a factor, which the session has just proved.

    With the first factor all other sessions end: they were opened without it.
    """
    current = session_of(member)
    await emit(tx, SecurityNoticed(member.id, NoticeKind.FACTOR_ADDED))
    await session_queries.update_proved_by_factor(tx, current)
    if not before.has_factors:
        await sessions.end_sessions(tx, member.id, except_for=current)
    if before.recovery_codes:
        return RecoveryCodes([])
    return await recovery_codes.create_codes(tx, member.id)


async def complete_removal(tx: Tx, member: Member) -> None:
    """End all other sessions; without any factor recovery codes are deleted, too."""
    await emit(tx, SecurityNoticed(member.id, NoticeKind.FACTOR_REMOVED))
    await sessions.end_sessions(tx, member.id, except_for=session_of(member))
    if not await has_factors(tx, member.id):
        await forget_replacements(tx, member.id)


async def forget_replacements(tx: Tx, user_id: UserId) -> None:
    """Delete what stands for factors or waits for one, after the last factor was removed."""
    await queries.delete_recovery_codes(tx, user_id)
    await queries.delete_challenges(tx, user_id)
    await factor_queries.delete_recovery(tx, user_id)
