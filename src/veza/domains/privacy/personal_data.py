"""What this domain keeps of a person: to hand out, and to erase."""

from veza.core.ids import UserId
from veza.domains.privacy import queries
from veza.domains.privacy.models import DeleteExports, PersonalPrivacy
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Conn, Tx

# Tables that hold a person's id, or hang on one that does.
TABLES = ("exports", "farewells", "staff_erasures")


async def export(conn: Conn, user_id: UserId) -> PersonalPrivacy:
    """Hand out when a member asked for their data, whether they leave, and whom they erased."""
    return PersonalPrivacy(
        await queries.list_exports_of(conn, user_id),
        await queries.find_farewell(conn, user_id),
        await queries.list_erasures_by(conn, user_id),
    )


async def erase(tx: Tx, user_id: UserId) -> None:
    """Forget that a member asked for their data or left; what lies there goes soon after."""
    await queries.delete_farewell(tx, user_id)
    await queries.update_erasures_of_nobody(tx, user_id)
    export_ids = await queries.delete_exports_of(tx, user_id)
    if export_ids:
        await enqueue(tx, DeleteExports(export_ids))
