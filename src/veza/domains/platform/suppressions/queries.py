"""An address is counted and suppressed by its hash."""

from datetime import timedelta

from veza.core.ids import UserId
from veza.domains.platform.suppressions.models import StoredSuppression, SuppressionCause
from veza.domains.platform.suppressions.rules import hash_key
from veza.infra.postgres.database import Conn, Tx

_COLUMNS = "cause, failures, status, suppressed_at"


async def find_suppression(conn: Conn, address_hash: bytes) -> StoredSuppression | None:
    sql = f"select {_COLUMNS} from mail_suppressions where address_hash = $1"
    return await conn.maybe(StoredSuppression, sql, address_hash)


async def find_of_member(conn: Conn, user_id: UserId) -> StoredSuppression | None:
    """Return what is stored of the address of an account."""
    sql = f"""
        select {_COLUMNS}
          from mail_suppressions
         where address_hash = (
                   select {hash_key("u.email_key")}
                     from users u
                    where u.id = $1 and u.page_kind is null
               )
    """
    return await conn.maybe(StoredSuppression, sql, user_id)


async def upsert_suppression(
    tx: Tx, address_hash: bytes, cause: SuppressionCause, status: str | None
) -> None:
    """Suppress an address. A complaint stays one, whatever comes after it."""
    sql = """
        insert into mail_suppressions as s (address_hash, cause, status, suppressed_at)
             values ($1, $2, $3, now())
                 on conflict (address_hash) do update
                set cause = case when s.cause = 'complaint' then s.cause else excluded.cause end,
                    status = coalesce(excluded.status, s.status),
                    suppressed_at = coalesce(s.suppressed_at, excluded.suppressed_at),
                    updated_at = now()
    """
    await tx.run(sql, address_hash, cause, status)


async def upsert_failure(tx: Tx, address_hash: bytes, status: str | None, *, most: int) -> None:
    """Count a mail that was not delivered; suppress the address at the last one of `most`."""
    sql = """
        insert into mail_suppressions as s (address_hash, failures, status)
             values ($1, 1, $2)
                 on conflict (address_hash) do update
                set failures = least(s.failures + 1, $3),
                    status = coalesce(excluded.status, s.status),
                    cause = case when s.cause is null and s.failures + 1 >= $3 then 'unreachable'
                                 else s.cause end,
                    suppressed_at = case when s.cause is null and s.failures + 1 >= $3 then now()
                                         else s.suppressed_at end,
                    updated_at = now()
    """
    await tx.run(sql, address_hash, status, most)


async def delete_failures(tx: Tx, address_hashes: list[bytes]) -> None:
    """Forget the failures of addresses that took a mail."""
    sql = "delete from mail_suppressions where address_hash = any($1::bytea[]) and cause is null"
    await tx.run(sql, address_hashes)


async def delete_suppression(tx: Tx, address_hash: bytes) -> None:
    await tx.run("delete from mail_suppressions where address_hash = $1", address_hash)


async def delete_of_member(tx: Tx, user_id: UserId) -> None:
    """Forget the address of an account, unless mail to it was complained of."""
    sql = f"""
        delete from mail_suppressions
              where address_hash = (
                        select {hash_key("u.email_key")}
                          from users u
                         where u.id = $1 and u.page_kind is null
                    )
                and cause is distinct from 'complaint'
    """
    await tx.run(sql, user_id)


async def delete_old_failures(tx: Tx, older_than: timedelta) -> None:
    sql = """
        delete from mail_suppressions
         where cause is null and updated_at < now() - $1::interval
    """
    await tx.run(sql, older_than)


async def count_suppressed(conn: Conn) -> dict[str, int]:
    """Count the addresses that get no mail, by their cause, up to a hundred thousand."""
    sql = """
        select count(*) filter (where cause = 'refused') as refused,
               count(*) filter (where cause = 'unreachable') as unreachable,
               count(*) filter (where cause = 'complaint') as complaints
          from (select cause from mail_suppressions where cause is not null limit 100000) as s
    """
    return await conn.counts(sql)
