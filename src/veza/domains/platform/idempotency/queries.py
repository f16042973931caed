"""A key is leased for one execution; its response is stored once, for repeated requests."""

from datetime import timedelta
from uuid import UUID

from veza.core.ids import UserId
from veza.core.keyed_request import KeyedRequest
from veza.domains.platform.idempotency.models import (
    KEPT_FOR,
    LEASE,
    KeyClaim,
    PersonalIdempotencyKey,
    StoredRequest,
)
from veza.infra.postgres.database import Conn, Tx


async def lease_key(tx: Tx, new_id: UUID, sent: KeyedRequest) -> KeyClaim | None:
    """Lease a key that is new, outdated, or has an expired lease and no response.

    Returns None at once, without waiting, while another transaction leases it. The member is locked
    before the key: erasing a member locks the member and then the keys.
    """
    sql = """
        with owner as materialized (
            select id from users where id = $2 for key share
        )
        insert into idempotency_keys as k (id, user_id, key, fingerprint, leased_until)
             select $1, $2, $3, $4, now() + $5::interval
              where (select count(*) from owner) >= 0
                and pg_try_advisory_xact_lock(hashtextextended($2::text || $3, 0))
        on conflict (user_id, key) do update
                set id = case when k.created_at < now() - $6::interval
                              then excluded.id else k.id end,
                    fingerprint = excluded.fingerprint,
                    leased_until = excluded.leased_until,
                    created_at = case when k.created_at < now() - $6::interval
                                      then now() else k.created_at end,
                    answer = null
              where k.leased_until < now()
                and (k.created_at < now() - $6::interval
                     or (k.answer is null and k.fingerprint = excluded.fingerprint))
          returning k.id, k.leased_until
    """
    owner_id = sent.owner_id
    key = sent.key
    fingerprint = sent.fingerprint
    return await tx.maybe(KeyClaim, sql, new_id, owner_id, key, fingerprint, LEASE, KEPT_FOR)


async def find_request(conn: Conn, user_id: UserId, key: str) -> StoredRequest | None:
    sql = """
        select id, fingerprint, answer
          from idempotency_keys
         where user_id = $1 and key = $2
    """
    return await conn.maybe(StoredRequest, sql, user_id, key)


async def update_answered(tx: Tx, key_id: UUID, answer: bytes) -> bytes | None:
    """Store the response, unless one is stored; return the stored one, or None without the key."""
    sql = """
           update idempotency_keys
              set answer = coalesce(answer, $2), leased_until = now()
            where id = $1
        returning answer
    """
    return await tx.value(bytes, sql, key_id, answer)


async def end_lease(tx: Tx, claim: KeyClaim) -> None:
    """Release a key, unless it was leased again."""
    sql = "update idempotency_keys set leased_until = now() where id = $1 and leased_until = $2"
    await tx.run(sql, claim.id, claim.leased_until)


async def delete_leased(tx: Tx, claim: KeyClaim) -> None:
    """Delete a key, unless it was leased again or answered."""
    sql = "delete from idempotency_keys where id = $1 and leased_until = $2"
    await tx.run(sql, claim.id, claim.leased_until)


async def delete_old(tx: Tx, kept_for: timedelta) -> None:
    await tx.run("delete from idempotency_keys where created_at < now() - $1::interval", kept_for)


async def list_keys_of(conn: Conn, user_id: UserId) -> list[PersonalIdempotencyKey]:
    sql = """
        select key, answer is not null as is_answered, created_at
          from idempotency_keys
         where user_id = $1
         order by created_at
    """
    return await conn.all(PersonalIdempotencyKey, sql, user_id)


async def delete_keys_of(tx: Tx, user_id: UserId) -> None:
    await tx.run("delete from idempotency_keys where user_id = $1", user_id)
