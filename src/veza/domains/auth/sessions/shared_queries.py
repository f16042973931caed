"""Statements on the proofs of a session, which logins and factors call."""

from veza.core.ids import SessionId, UserId
from veza.domains.auth.sessions.models import Proof
from veza.infra.postgres.database import Conn, Tx


async def find_proof(conn: Conn, session_id: SessionId) -> Proof | None:
    return await conn.value(Proof, "select proof from sessions where id = $1", session_id)


async def has_provider_proof(conn: Conn, user_id: UserId) -> bool:
    """Return whether a stored session of a member began with a second factor at a provider."""
    sql = "select exists (select from sessions where user_id = $1 and proof = $2)"
    return bool(await conn.value(bool, sql, user_id, Proof.PROVIDER))


async def update_proved_by_factor(tx: Tx, session_id: SessionId) -> None:
    sql = "update sessions set proof = 'factor', proved_at = now() where id = $1"
    await tx.run(sql, session_id)


async def update_proved_by_password(tx: Tx, session_id: SessionId) -> None:
    """Store that a member without factors gave the password; what was proved before stays."""
    sql = "update sessions set proved_at = now() where id = $1"
    await tx.run(sql, session_id)
