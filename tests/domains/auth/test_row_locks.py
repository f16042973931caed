"""Each statement that locks rows waits for a transaction that holds them: one line a lock."""

from datetime import timedelta
from uuid import UUID

from tests import make
from tests.domains.auth.accounts.people import bearer, sign_up
from tests.domains.auth.factors.steps import add_passkey
from tests.support.locks import ensure_passes_by, ensure_waits
from veza.core.access import session_of
from veza.core.ids import AppPasswordId, PasskeyId, UserId
from veza.domains.auth.accounts import queries as accounts
from veza.domains.auth.api_keys import queries as api_keys
from veza.domains.auth.app_passwords import queries as app_passwords
from veza.domains.auth.app_passwords.service import SEALED_PASSWORDS
from veza.domains.auth.factors import queries as factors
from veza.domains.auth.factors.models import StoredTotp
from veza.domains.auth.factors.service.authenticator_apps import SEALED_TOTP
from veza.domains.auth.identities import queries as identities
from veza.domains.auth.passkeys import queries as passkeys
from veza.domains.auth.recovery import service as recovery
from veza.domains.auth.sessions import queries as sessions
from veza.domains.auth.sign_up import queries as sign_up_queries
from veza.infra.security.sealed_secrets import SealedRow


async def test_members_are_locked_while_their_ways_in_change(services):
    someone = await make.person(services)
    user_id, session_id = someone.id, session_of(someone.member)
    async with services.database.read() as conn:
        hashed = await conn.value(str, "select password_hash from users where id = $1", user_id)
    changes = (
        lambda tx: accounts.lock_suspension(tx, user_id),
        lambda tx: accounts.lock_account_status(tx, user_id, hashed),
        lambda tx: accounts.lock_with_admins(tx, user_id),
        lambda tx: api_keys.lock_owner(tx, user_id),
        lambda tx: app_passwords.lock_owner(tx, user_id),
        lambda tx: identities.lock_session_owner(tx, session_id),
        lambda tx: identities.lock_owner(tx, user_id),
        lambda tx: sign_up_queries.lock_inviter(tx, user_id),
    )
    for change in changes:
        await ensure_waits(services.database, change, "users", user_id)

    async def lock_user(tx):
        await accounts.lock_user(tx, user_id)

    await ensure_waits(services.database, lock_user, "users", user_id, strength="update")


async def test_tokens_and_passkeys_are_locked_while_they_are_used(services, client):
    someone = await sign_up(client)
    await add_passkey(client, bearer(someone["access_token"]))
    token_hash, user_id = recovery.rules.hash_token(someone["refresh_token"]), someone["user"]["id"]
    async with services.database.read() as conn:
        sql = "select session_id from refresh_tokens where token_hash = $1"
        session_id = await conn.value(object, sql, token_hash)
        passkey_id = await conn.value(
            PasskeyId, "select id from passkeys where user_id = $1", user_id
        )

    async def lock_token(tx):
        assert await sessions.lock_refresh_token(tx, token_hash, timedelta(0))

    async def lock_passkey(tx):
        assert await passkeys.lock_counter(tx, passkey_id) is not None

    database = services.database
    await ensure_waits(database, lock_token, "refresh_tokens", token_hash, column="token_hash")
    await ensure_waits(database, lock_token, "sessions", session_id)
    await ensure_waits(database, lock_passkey, "passkeys", passkey_id)


async def test_secrets_are_locked_while_they_are_encrypted_anew(services):
    someone = await make.person(services)
    async with services.database.transaction() as tx:
        totp = StoredTotp(someone.id, b"secret", 1, is_confirmed=False)
        await factors.upsert_totp(tx, totp)
        phone = await make.app_password_in(services, tx, someone.id)
    before = UserId(UUID(int=someone.id.int - 1))
    first = AppPasswordId(UUID(int=phone.id.int - 1))

    async def lock_totp(tx):
        found = await tx.all(SealedRow, SEALED_TOTP.find_outdated, 99, before)
        assert found[0] == SealedRow(someone.id, totp.sealed, totp.sealed_with)

    async def lock_phone(tx):
        assert await tx.all(SealedRow, SEALED_PASSWORDS.find_outdated, 99, first)

    await ensure_waits(services.database, lock_totp, "totp_factors", someone.id, column="user_id")
    await ensure_waits(services.database, lock_phone, "app_passwords", phone.id)


async def test_the_use_of_a_key_is_noted_without_waiting(services):
    someone = await make.person(services)
    async with services.database.transaction() as tx:
        key = await make.key_in(tx, someone.id)
        phone = await make.app_password_in(services, tx, someone.id)
    for table, row_id, change in (
        ("api_keys", key.id, lambda tx: api_keys.update_keys_used(tx, [key.id])),
        ("app_passwords", phone.id, lambda tx: app_passwords.update_used(tx, phone.id)),
    ):
        await ensure_passes_by(services.database, change, table, row_id)
