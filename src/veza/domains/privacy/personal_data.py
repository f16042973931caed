"""Exports a member's exports, deletion, and the erasures that they decided."""

from veza.core.ids import UserId
from veza.domains.privacy import queries
from veza.domains.privacy.models import DeleteExports, PersonalPrivacy
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Conn, Tx

# Tables that contain a member's id, directly or through another table.
TABLES = ("exports", "pending_deletions", "staff_erasures")


async def export(conn: Conn, user_id: UserId) -> PersonalPrivacy:
    """Return a member's exports, their pending deletion, and the erasures they decided."""
    return PersonalPrivacy(
        await queries.list_exports(conn, user_id),
        await queries.find_pending_deletion(conn, user_id),
        await queries.list_erasures_by(conn, user_id),
    )


async def erase(tx: Tx, user_id: UserId) -> None:
    """Delete a member's exports and pending deletion; the archives are deleted by a job."""
    await queries.delete_pending_deletion(tx, user_id)
    await queries.anonymize_erasures(tx, user_id)
    export_ids = await queries.delete_exports(tx, user_id)
    if export_ids:
        await enqueue(tx, DeleteExports(export_ids))
