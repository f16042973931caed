"""There is one set-up link at a time, and deleting it spends it."""

from datetime import timedelta

from veza.infra.postgres.database import Conn, Tx


async def upsert_link(tx: Tx, token_hash: bytes, lifetime: timedelta) -> None:
    """Store the link in place of any other. A concurrent start waits, and the later one counts."""
    sql = """
        insert into setup_link (token_hash, expires_at)
             values ($1, now() + $2::interval)
                 on conflict (is_only) do update
                set token_hash = excluded.token_hash, expires_at = excluded.expires_at
    """
    await tx.run(sql, token_hash, lifetime)


async def is_valid(conn: Conn, token_hash: bytes) -> bool:
    sql = "select exists (select from setup_link where token_hash = $1 and expires_at > now())"
    return bool(await conn.value(bool, sql, token_hash))


async def delete_link(tx: Tx, token_hash: bytes) -> bool:
    """Spend a link. A concurrent use waits, and returns False."""
    sql = "delete from setup_link where token_hash = $1 and expires_at > now()"
    return await tx.run(sql, token_hash) == 1


async def delete_any_link(tx: Tx) -> None:
    await tx.run("delete from setup_link")
