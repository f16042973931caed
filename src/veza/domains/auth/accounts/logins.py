"""Signing in with a password, and going on with a refresh token.

A login counts as failed for its network, and for its account or device, after a completed
comparison that said no: not if the database is away or the client has gone (`infra/attempts.py`).
"""

from veza.domains.auth.accounts import queries, rules
from veza.domains.auth.accounts.errors import AccountSuspended, InvalidCredentials, TooManyLogins
from veza.domains.auth.accounts.models import Admission, Login, StoredUser
from veza.domains.auth.accounts.service import Doorkeeper, open_session
from veza.domains.auth.sessions import service as sessions
from veza.domains.auth.sessions.errors import InvalidRefreshToken
from veza.domains.auth.sessions.models import Bearer, Device, TokenPair
from veza.infra.postgres.database import Database


async def login(
    database: Database,
    keeper: Doorkeeper,
    device: Device,
    given: Login,
    *,
    device_token: str | None = None,
) -> Admission:
    """Sign in. Takes as long for an unknown address as for a wrong password.

    That an account is suspended, and why, learns only who knows the password.
    """
    user = await _find_user(database, keeper, device, given, device_token=device_token)
    if user is None:
        raise InvalidCredentials
    async with database.transaction() as tx:
        standing = await queries.lock_standing(tx, user.id, user.password_hash)
        if standing is None:
            raise InvalidCredentials
        if standing.is_suspended:
            raise AccountSuspended(f"Your account is suspended: {standing.suspension_reason}")
        return await open_session(tx, keeper, device, user)


async def refresh(database: Database, keeper: Doorkeeper, device: Device, token: str) -> TokenPair:
    """Exchange a refresh token for new tokens, in the role that the member has by now."""
    async with database.transaction() as tx:
        exchange = await sessions.spend(tx, keeper.door, device, token)
        role = exchange and await queries.find_role(tx, exchange.user_id)
        if exchange is not None and role is not None:
            bearer = Bearer(exchange.user_id, role)
            return await sessions.complete(tx, keeper.door, exchange, bearer)
        tx.refusal = InvalidRefreshToken
    raise InvalidRefreshToken


async def _find_user(
    database: Database,
    keeper: Doorkeeper,
    device: Device,
    given: Login,
    *,
    device_token: str | None,
) -> StoredUser | None:
    """Return the account that address and password fit. Raises TooManyLogins."""
    network = rules.count_by_network(device.ip)
    async with keeper.attempts.attempt([network], TooManyLogins) as from_network:
        async with database.read() as conn:
            user = await queries.find_user_by_email(conn, given.email)
        key = _choose_count(keeper, user, given.email, device_token)
        async with keeper.attempts.attempt([key], TooManyLogins) as attempt:
            stored = user and user.password_hash
            if await keeper.passwords.verify(stored, given.password):
                attempt.clear()
                return user
            attempt.fail()
            from_network.fail()
    return None


def _choose_count(
    keeper: Doorkeeper, user: StoredUser | None, email: str, device_token: str | None
) -> str:
    """Return the key that counts a failed login: of a device known to the account, or the account.

    So somebody who guesses from elsewhere can't lock out the devices of its owner.
    """
    if user is None:
        return rules.count_by_account(None, email)
    known = device_token and keeper.device_tokens.find_device(
        device_token, str(user.id), user.password_hash
    )
    return rules.count_by_device(known) if known else rules.count_by_account(user.id, email)
