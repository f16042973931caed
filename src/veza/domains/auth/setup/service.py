"""A link that works once creates the first admin, while there is none."""

from msgspec.structs import asdict

from veza.core.access import Role
from veza.core.addresses import network_of
from veza.domains.auth.accounts.models import LoginResult, RegistrationForm
from veza.domains.auth.accounts.service import (
    account_passwords,
    login_context,
    member_accounts,
    new_accounts,
)
from veza.domains.auth.accounts.service.login_context import LoginContext
from veza.domains.auth.sessions.models import Device
from veza.domains.auth.setup import queries, rules
from veza.domains.auth.setup.errors import SetupLinkInvalid, TooManySetupTries
from veza.domains.auth.setup.models import SetupForm
from veza.infra.postgres.database import Conn, Database, Tx


async def offer_link(tx: Tx) -> str | None:
    """Return a new token in place of any earlier one; None if there is an admin."""
    if await member_accounts.has_admin(tx):
        await queries.delete_any_link(tx)
        return None
    token = rules.draw_token()
    await queries.upsert_link(tx, rules.hash_token(token), rules.LINK_LIFETIME)
    return token


async def create_first_admin(
    database: Database, context: LoginContext, device: Device, form: SetupForm
) -> LoginResult:
    """Create the first admin, who is signed in at once, and spend the link.

    A refused name, address or password leaves the link valid. The token is checked before the
    password is hashed. Raises SetupLinkInvalid, TooManySetupTries, and those of the account:
    UsernameTaken, EmailTaken, WeakPassword and PasswordSignInOff.
    """
    account_passwords.ensure_passwords_open(context)
    token_hash = rules.hash_token(form.token)
    key = rules.tries_key(network_of(device.ip))
    async with context.attempts.attempt(key, TooManySetupTries) as attempt:
        async with database.read() as conn:
            is_valid = await _is_usable(conn, token_hash)
        if not is_valid:
            attempt.fail()
            raise SetupLinkInvalid
    registration = _read_registration(form)
    new_accounts.ensure_valid(registration)
    user = await new_accounts.prepare_user(context, registration, Role.ADMIN)
    async with database.transaction() as tx:
        # Others who use the link wait here, until this one is committed.
        if not await queries.delete_link(tx, token_hash) or await member_accounts.has_admin(tx):
            raise SetupLinkInvalid
        tx.actor = user.id
        await new_accounts.insert_user(tx, user)
        return await login_context.open_session(tx, context, device, user)


async def _is_usable(conn: Conn, token_hash: bytes) -> bool:
    return await queries.is_valid(conn, token_hash) and not await member_accounts.has_admin(conn)


def _read_registration(form: SetupForm) -> RegistrationForm:
    given = asdict(form)
    del given["token"]
    return RegistrationForm(**given)
