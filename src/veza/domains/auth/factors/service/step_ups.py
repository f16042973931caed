"""Step-up: prove again whose a session is, before a change."""

from veza.core.access import Member, session_of
from veza.core.errors import required
from veza.core.ids import UserId
from veza.core.step_up import StepUp, StepUpNeeded
from veza.domains.auth.factors import queries, rules
from veza.domains.auth.factors.service.overview import FactorContext
from veza.domains.auth.passkeys import service as passkeys
from veza.domains.auth.passkeys.models import (
    ExpectedChallenge,
    PasskeyPurpose,
    PasskeyRequestOptions,
)
from veza.domains.auth.sessions.errors import InvalidToken
from veza.infra.postgres.database import Conn, Database, Tx


async def begin_step_up(tx: Tx, context: FactorContext, user_id: UserId) -> PasskeyRequestOptions:
    """Return what a passkey has to sign to prove whose a session is. Raises PasskeyNotFound."""
    expected = ExpectedChallenge(PasskeyPurpose.STEP_UP, user_id)
    return await passkeys.begin_proof(tx, context.passkeys, expected, user_id)


async def is_step_up_due(database: Database, member: Member, needed: StepUp) -> bool:
    """Return whether a session has to prove again whose it is, before a change."""
    async with database.read() as conn:
        return await _is_due(conn, member, needed)


async def ensure_stepped_up(conn: Conn, member: Member, needed: StepUp) -> None:
    """Raise StepUpNeeded if a session has to prove again whose it is, before a change.

    For changes that need the proof only in some cases; a route that always does declares `step_up`.
    """
    if await _is_due(conn, member, needed):
        raise StepUpNeeded


async def _is_due(conn: Conn, member: Member, needed: StepUp) -> bool:
    standing = await queries.find_standing(conn, session_of(member), member.actor_id)
    return rules.is_step_up_due(required(standing, InvalidToken), needed)
