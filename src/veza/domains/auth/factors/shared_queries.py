"""Statements on factors that wait to be removed, which account recovery calls."""

from datetime import timedelta
from uuid import UUID

from veza.core.ids import UserId
from veza.domains.auth.factors.models import FactorRecovery
from veza.infra.postgres.database import Conn, Tx


async def insert_recovery(tx: Tx, user_id: UserId, reason: str, delay: timedelta) -> bool:
    """Return False if the factors of the member wait to be removed already."""
    sql = """
        insert into factor_recoveries (user_id, reason, due_at)
             values ($1, $2, now() + $3::interval)
                 on conflict (user_id) do nothing
    """
    return await tx.run(sql, user_id, reason, delay) == 1


async def find_recovery(conn: Conn, user_id: UserId) -> FactorRecovery | None:
    sql = """
        select user_id, reason, begun_at, due_at
          from factor_recoveries
         where user_id = $1
    """
    return await conn.maybe(FactorRecovery, sql, user_id)


async def list_due_recoveries(conn: Conn) -> list[UserId]:
    """Return up to 100 members whose factors are to be removed now, the longest due first."""
    sql = """
        select user_id
          from factor_recoveries
         where due_at <= now()
         order by due_at
         limit 100
    """
    return [UserId(found) for found in await conn.column(UUID, sql)]


async def delete_recovery(tx: Tx, user_id: UserId) -> bool:
    return await tx.run("delete from factor_recoveries where user_id = $1", user_id) == 1
