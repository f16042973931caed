"""A challenge is used up by its deletion; a passkey can be registered only once."""

from datetime import timedelta

from veza.core.ids import PasskeyId, UserId
from veza.domains.auth.passkeys.models import (
    CheckedPasskey,
    ExpectedChallenge,
    NewPasskeyRow,
    PasskeyPurpose,
    StoredPasskey,
)
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind


async def list_credential_ids(conn: Conn, user_id: UserId) -> list[bytes]:
    sql = "select credential_id from passkeys where user_id = $1 order by created_at, id"
    return await conn.column(bytes, sql, user_id)


async def find_passkey(conn: Conn, credential_id: bytes) -> StoredPasskey | None:
    sql = """
        select id, user_id, credential_id, public_key
          from passkeys
         where credential_id = $1
    """
    return await conn.maybe(StoredPasskey, sql, credential_id)


async def insert_passkey(tx: Tx, row: NewPasskeyRow) -> bool:
    """Return False if the passkey is registered already, by whomever."""
    sql = """
        insert into passkeys (id, user_id, credential_id, public_key, name, counter, is_backed_up)
             values (:id, :user_id, :credential_id, :public_key, :name, :counter, :is_backed_up)
                 on conflict (credential_id) do nothing
    """
    return await tx.run(*bind(sql, row)) == 1


async def update_passkey_name(tx: Tx, user_id: UserId, passkey_id: PasskeyId, name: str) -> bool:
    sql = "update passkeys set name = $3 where id = $2 and user_id = $1"
    return await tx.run(sql, user_id, passkey_id, name) == 1


async def lock_counter(tx: Tx, passkey_id: PasskeyId) -> int | None:
    """Return the counter of a passkey, locked; None if the passkey is gone."""
    sql = "select counter from passkeys where id = $1 for no key update"
    return await tx.value(int, sql, passkey_id)


async def update_passkey_used(tx: Tx, used: CheckedPasskey) -> None:
    sql = """
        update passkeys
           set counter = :counter, is_backed_up = :is_backed_up, last_used_at = now()
         where id = :id
    """
    await tx.run(*bind(sql, used))


async def delete_passkey(tx: Tx, user_id: UserId, passkey_id: PasskeyId) -> bool:
    sql = "delete from passkeys where id = $2 and user_id = $1"
    return await tx.run(sql, user_id, passkey_id) == 1


async def insert_challenge(
    tx: Tx, challenge_hash: bytes, expected: ExpectedChallenge, lifetime: timedelta
) -> None:
    sql = """
        insert into passkey_challenges (challenge_hash, purpose, user_id, login_hash, expires_at)
             values ($1, $2, $3, $4, now() + $5::interval)
    """
    given = expected.purpose, expected.user_id, expected.login_hash
    await tx.run(sql, challenge_hash, *given, lifetime)


async def delete_surplus_challenges(
    tx: Tx, user_id: UserId, purpose: PasskeyPurpose, kept: int
) -> None:
    """Delete the challenges of a member for a purpose but for the newest."""
    sql = """
        delete from passkey_challenges
              where challenge_hash in (
                        select challenge_hash
                          from passkey_challenges
                         where user_id = $1 and purpose = $2
                         order by created_at desc, challenge_hash
                        offset $3
                    )
    """
    await tx.run(sql, user_id, purpose, kept)


async def delete_challenge(tx: Tx, challenge_hash: bytes, expected: ExpectedChallenge) -> bool:
    """Use up a challenge; False if it is unknown, expired, or for something else."""
    sql = """
        delete from passkey_challenges
              where challenge_hash = $1
                and purpose = $2
                and user_id is not distinct from $3
                and login_hash is not distinct from $4
                and expires_at > now()
    """
    given = expected.purpose, expected.user_id, expected.login_hash
    return await tx.run(sql, challenge_hash, *given) == 1


async def delete_challenges(tx: Tx, user_id: UserId) -> None:
    await tx.run("delete from passkey_challenges where user_id = $1", user_id)


async def delete_expired_challenges(tx: Tx) -> None:
    await tx.run("delete from passkey_challenges where expires_at <= now()")
