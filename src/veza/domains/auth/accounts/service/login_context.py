"""The services that logins use, and the sessions that they open."""

from collections.abc import Awaitable, Callable

from msgspec import Struct

from veza.core.access import Role
from veza.core.ids import UserId
from veza.domains.auth.accounts import shared_queries
from veza.domains.auth.accounts.models import Identity, LoginResult, SignedInUser, StoredUser
from veza.domains.auth.factors.service.overview import FactorContext, may_only_enrol
from veza.domains.auth.sessions import service as sessions
from veza.domains.auth.sessions.models import Device, Proof, SessionUser
from veza.domains.auth.sessions.service import SessionTokens
from veza.domains.contributions import ClaimOrders
from veza.infra.postgres.database import Conn, Tx
from veza.infra.security.device_tokens import DeviceTokens
from veza.infra.security.login_throttle import LoginThrottle
from veza.infra.security.passwords import Passwords

type OfferAppeal = Callable[[Conn, UserId], Awaitable[str | None]]


class LoginContext(Struct, frozen=True):
    """The dependencies of logins: tokens, password hashing, limits, device tokens, factors."""

    session_tokens: SessionTokens
    passwords: Passwords
    attempts: LoginThrottle
    device_tokens: DeviceTokens
    creators_need_approval: bool
    members_may_invite: bool
    factors: FactorContext
    passwords_open: bool = True
    # Finds the page on which a suspended member may appeal.
    offer_appeal: OfferAppeal | None = None
    # Called in the transaction that verifies an address.
    claim_orders: ClaimOrders | None = None


def issue_device_token(context: LoginContext, user_id: UserId, password_hash: str) -> str:
    """Return a device token for a device on which the owner has authenticated."""
    return context.device_tokens.issue(str(user_id), password_hash)


async def mark_verified(tx: Tx, context: LoginContext, user_id: UserId, email: str) -> bool:
    """Mark an address as verified, and give the account what was ordered with it.

    Returns False if the member has another address.
    """
    if not await shared_queries.update_email_verified(tx, user_id, email):
        return False
    if context.claim_orders is not None:
        await context.claim_orders(tx, user_id)
    return True


async def open_session(
    tx: Tx,
    context: LoginContext,
    device: Device,
    user: StoredUser,
    proof: Proof = Proof.PASSWORD,
) -> LoginResult:
    """Open a session on a device, which is trusted from now on."""
    bearer = SessionUser(user.id, user.role)
    if proof is not Proof.PROVIDER:
        bearer = await describe_bearer(tx, context, user.id, user.role)
    pair = await sessions.open_session(tx, context.session_tokens, device, bearer, proof)
    identity = Identity(user.id, user.username, user.email)
    return LoginResult(
        SignedInUser(pair.access_token, pair.refresh_token, pair.expires_in, identity),
        issue_device_token(context, user.id, user.password_hash),
    )


async def describe_bearer(
    conn: Conn, context: LoginContext, user_id: UserId, role: Role
) -> SessionUser:
    """Return what the tokens of a member say: whether they are limited, too."""
    is_limited = await may_only_enrol(conn, context.factors, user_id, role)
    return SessionUser(user_id, role, may_only_enrol=is_limited)
