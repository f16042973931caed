"""Statements on the passkeys of a member, which count as second factors."""

from veza.core.ids import UserId
from veza.domains.auth.passkeys.models import Passkey
from veza.infra.postgres.database import Conn, Tx


async def list_passkeys(conn: Conn, user_id: UserId) -> list[Passkey]:
    """Return the passkeys of a member, the oldest first: there are few."""
    sql = """
        select id, name, is_backed_up, created_at, last_used_at
          from passkeys
         where user_id = $1
         order by created_at, id
    """
    return await conn.all(Passkey, sql, user_id)


async def delete_passkeys(tx: Tx, user_id: UserId) -> None:
    await tx.run("delete from passkeys where user_id = $1", user_id)
