"""Second factors of a member: which ones they have, and whether one is required."""

from collections.abc import Awaitable, Callable

from msgspec import Struct

from veza.core.access import Member, Role
from veza.core.errors import required
from veza.core.ids import UserId
from veza.domains.auth.factors import queries, rules
from veza.domains.auth.factors import shared_queries as factor_queries
from veza.domains.auth.factors.models import FactorOverview
from veza.domains.auth.passkeys import shared_queries as passkey_queries
from veza.domains.auth.passkeys.service import PasskeyContext
from veza.domains.auth.sessions import shared_queries as session_queries
from veza.domains.auth.sessions.errors import InvalidToken
from veza.infra.postgres.database import Conn, Tx
from veza.infra.security.encryption import Encryptor


class FactorContext(Struct, frozen=True):
    """The encryption of secrets, the name of this server in apps, and who must have a factor."""

    encryptor: Encryptor
    passkeys: PasskeyContext
    site: str
    is_required: Callable[[Conn, UserId, Role], Awaitable[bool]]


async def has_factors(conn: Conn, user_id: UserId) -> bool:
    """Return whether a member has a second factor."""
    return (await queries.find_owned(conn, user_id)).has_factors


async def may_only_enrol(conn: Conn, context: FactorContext, user_id: UserId, role: Role) -> bool:
    """Return whether a session of this member may set up a second factor and nothing else."""
    if not await context.is_required(conn, user_id, role):
        return False
    owned = await queries.find_owned(conn, user_id)
    return rules.may_only_enrol(is_required=True, has_factors=owned.has_factors)


async def must_enrol(conn: Conn, context: FactorContext, user_id: UserId, role: Role) -> bool:
    """Return whether a member has to set up a second factor before keys and app passwords work.

    The rule is that of their sessions. A second factor at a provider, where it counts, spares them
    the set-up as long as a session that began with it is stored.
    """
    if not await may_only_enrol(conn, context, user_id, role):
        return False
    return not await session_queries.has_provider_proof(conn, user_id)


async def list_factors(conn: Conn, member: Member) -> FactorOverview:
    """Return the second factors of a member."""
    owned = await queries.find_owned(conn, member.id)
    recovery = await factor_queries.find_recovery(conn, member.id)
    return FactorOverview(
        totp=await queries.find_totp(conn, member.id),
        passkeys=await passkey_queries.list_passkeys(conn, member.id),
        recovery_codes_left=owned.recovery_codes,
        recovery_due_at=recovery and recovery.due_at,
        must_enrol=member.may_only_enrol,
    )


async def lock_owner(tx: Tx, user_id: UserId) -> str:
    """Lock a member while their factors change; return their name. Raises InvalidToken."""
    return required(await queries.lock_owner(tx, user_id), InvalidToken)
