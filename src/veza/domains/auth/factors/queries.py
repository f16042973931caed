"""A code, a recovery code and a challenge are used up by the statement that accepts them."""

from datetime import timedelta

from veza.core.ids import SessionId, UserId
from veza.domains.auth.factors.models import (
    ExportedFactors,
    Owned,
    Standing,
    StoredChallenge,
    StoredTotp,
    Totp,
)
from veza.infra.postgres.database import Conn, Tx

_HAS_FACTORS = """
    (exists (select 1 from totp_factors where user_id = s.user_id and confirmed_at is not null)
     or exists (select 1 from passkeys where user_id = s.user_id))
"""

# The statements of `infra.security.sealed_secrets`.
FIND_OUTDATED_TOTP = """
    select user_id as row_id, sealed, sealed_with
      from totp_factors
     where sealed_with <> $1 and user_id > $2
     order by user_id
     limit 100
       for no key update
"""
UPDATE_TOTP_SEAL = "update totp_factors set sealed = $2, sealed_with = $3 where user_id = $1"


async def lock_owner(tx: Tx, user_id: UserId) -> str | None:
    """Lock a member while their factors change; return the name, None if they are gone.

    A concurrent login waits: its session is opened before the change, or with the new factor.
    """
    sql = "select username from users where id = $1 for no key update"
    return await tx.value(str, sql, user_id)


async def find_owned(conn: Conn, user_id: UserId) -> Owned:
    sql = """
        select exists (
                   select 1
                     from totp_factors
                    where user_id = $1 and confirmed_at is not null
               ) as totp,
               (select count(*) from passkeys where user_id = $1) as passkeys,
               (select count(*)
                  from recovery_codes
                 where user_id = $1 and used_at is null) as recovery_codes
    """
    return await conn.one(Owned, sql, user_id)


async def find_standing(conn: Conn, session_id: SessionId, user_id: UserId) -> Standing | None:
    sql = f"""
        select s.proof,
               extract(epoch from now() - s.proved_at)::float8 as age_s,
               {_HAS_FACTORS} as has_factors
          from sessions s
         where s.id = $1 and s.user_id = $2 and s.ended_at is null
    """
    return await conn.maybe(Standing, sql, session_id, user_id)


async def find_totp(conn: Conn, user_id: UserId) -> Totp | None:
    """Return the authenticator app of a member, unless it waits for its first code."""
    sql = """
        select created_at, last_used_at
          from totp_factors
         where user_id = $1 and confirmed_at is not null
    """
    return await conn.maybe(Totp, sql, user_id)


async def find_sealed_totp(conn: Conn, user_id: UserId) -> StoredTotp | None:
    sql = """
        select user_id, sealed, sealed_with, confirmed_at is not null as is_confirmed
          from totp_factors
         where user_id = $1
    """
    return await conn.maybe(StoredTotp, sql, user_id)


async def upsert_totp(tx: Tx, totp: StoredTotp) -> bool:
    """Store a secret that waits for its first code; False if there is a confirmed one."""
    sql = """
        insert into totp_factors (user_id, sealed, sealed_with)
             values ($1, $2, $3)
                 on conflict (user_id) do update
                set sealed = excluded.sealed,
                    sealed_with = excluded.sealed_with,
                    created_at = excluded.created_at
              where totp_factors.confirmed_at is null
    """
    return await tx.run(sql, totp.user_id, totp.sealed, totp.sealed_with) == 1


async def update_totp_confirmed(tx: Tx, user_id: UserId, step: int) -> bool:
    """Store the first code; False if none was waited for."""
    sql = """
        update totp_factors
           set confirmed_at = now(), last_step = $2, last_used_at = now()
         where user_id = $1 and confirmed_at is null
    """
    return await tx.run(sql, user_id, step) == 1


async def update_totp_used(tx: Tx, user_id: UserId, step: int) -> bool:
    """Store the time step of a code; False if it was used, or an earlier one after it."""
    sql = """
        update totp_factors
           set last_step = $2, last_used_at = now()
         where user_id = $1 and confirmed_at is not null and last_step < $2
    """
    return await tx.run(sql, user_id, step) == 1


async def delete_totp(tx: Tx, user_id: UserId) -> bool:
    """Return False if there was no confirmed one; one that waits is deleted, too."""
    sql = "delete from totp_factors where user_id = $1 returning confirmed_at is not null"
    return bool(await tx.value(bool, sql, user_id))


async def insert_recovery_codes(tx: Tx, user_id: UserId, hashes: list[bytes]) -> None:
    sql = """
        insert into recovery_codes (user_id, code_hash)
             select $1, code_hash
               from unnest($2::bytea[]) as code_hash
    """
    await tx.run(sql, user_id, hashes)


async def update_recovery_code_used(tx: Tx, user_id: UserId, code_hash: bytes) -> bool:
    """Use up a recovery code; False if the member has no such code, or it was used."""
    sql = """
        update recovery_codes
           set used_at = now()
         where code_hash = $2 and user_id = $1 and used_at is null
    """
    return await tx.run(sql, user_id, code_hash) == 1


async def delete_recovery_codes(tx: Tx, user_id: UserId) -> None:
    await tx.run("delete from recovery_codes where user_id = $1", user_id)


async def insert_challenge(
    tx: Tx, token_hash: bytes, challenge: StoredChallenge, *, lifetime: timedelta
) -> None:
    sql = """
        insert into login_challenges (token_hash, user_id, password_digest, expires_at)
             values ($1, $2, $3, now() + $4::interval)
    """
    await tx.run(sql, token_hash, challenge.user_id, challenge.password_digest, lifetime)


async def delete_surplus_challenges(tx: Tx, user_id: UserId, kept: int) -> None:
    """Delete the challenges of a member but for the newest."""
    sql = """
        delete from login_challenges
              where token_hash in (
                        select token_hash
                          from login_challenges
                         where user_id = $1
                         order by created_at desc, token_hash
                        offset $2
                    )
    """
    await tx.run(sql, user_id, kept)


async def find_challenge(conn: Conn, token_hash: bytes, max_tries: int) -> StoredChallenge | None:
    """Return an open challenge."""
    sql = """
        select user_id, password_digest
          from login_challenges
         where token_hash = $1 and tries < $2 and expires_at > now()
    """
    return await conn.maybe(StoredChallenge, sql, token_hash, max_tries)


async def update_challenge_tried(tx: Tx, token_hash: bytes, max_tries: int) -> bool:
    """Count a try, and lock the challenge; False if it is over."""
    sql = """
        update login_challenges
           set tries = tries + 1
         where token_hash = $1 and tries < $2 and expires_at > now()
    """
    return await tx.run(sql, token_hash, max_tries) == 1


async def delete_challenge(tx: Tx, token_hash: bytes) -> None:
    await tx.run("delete from login_challenges where token_hash = $1", token_hash)


async def delete_expired_challenges(tx: Tx) -> None:
    await tx.run("delete from login_challenges where expires_at <= now()")


async def delete_challenges(tx: Tx, user_id: UserId) -> None:
    await tx.run("delete from login_challenges where user_id = $1", user_id)


async def delete_due_recovery(tx: Tx, user_id: UserId) -> bool:
    """Return False if it was cancelled, is not due, or was completed before."""
    sql = "delete from factor_recoveries where user_id = $1 and due_at <= now()"
    return await tx.run(sql, user_id) == 1


async def list_for_export(conn: Conn, user_id: UserId) -> ExportedFactors | None:
    """Return when a member set up and used their factors; no secrets."""
    sql = """
        select (select created_at from totp_factors where user_id = $1) as totp_created_at,
               (select last_used_at from totp_factors where user_id = $1) as totp_last_used_at,
               (select count(*) from recovery_codes where user_id = $1) as recovery_codes,
               (select max(used_at) from recovery_codes where user_id = $1)
                   as recovery_code_used_at,
               (select count(*) from login_challenges where user_id = $1) as open_logins,
               (select reason from factor_recoveries where user_id = $1) as recovery_reason,
               (select begun_at from factor_recoveries where user_id = $1) as recovery_begun_at,
               (select due_at from factor_recoveries where user_id = $1) as recovery_due_at
    """
    return await conn.maybe(ExportedFactors, sql, user_id)
