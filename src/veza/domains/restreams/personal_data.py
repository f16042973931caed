"""Exports targets without their keys; erasing deletes them, and so does a merge of their page."""

from veza.core.ids import UserId
from veza.domains.restreams.models import ExportedTarget
from veza.domains.restreams.queries import targets as queries
from veza.infra.postgres.database import Conn, Tx

# Tables with a user's id, or with rows that belong to such a row.
TABLES = ("restream_targets",)


async def export(conn: Conn, user_id: UserId) -> list[ExportedTarget]:
    """Return the targets of a member."""
    return await queries.list_all_of(conn, user_id)


async def erase(tx: Tx, user_id: UserId) -> None:
    """Delete the targets of a member, with what was sent to them."""
    await queries.delete_all_of(tx, user_id)
